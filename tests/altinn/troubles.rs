//! Sources that fail: what a ruling tells of them, whatever it came to.

use std::sync::Arc;

use vedtak::altinn::delegation::Delegation;
use vedtak::altinn::facts::{AccessPackages, Answer, Asked, Delegations, Fact, Resources};
use vedtak::altinn::resource::{InstanceId, Resource, ResourceId};
use vedtak::altinn::{PartyKey, Pdp, PdpBuilder, Register, Ruling};
use vedtak::attribute::category;
use vedtak::provider::ProviderError;
use vedtak::request::{AttributeBuilder, RequestBuilder};
use vedtak::response::StatusDisclosure;
use vedtak::value::DateTime;
use vedtak::{Decision, Limits, Request};

use crate::forms::every_form;

const POLICY: &str = include_str!(
    "../../fixtures/altinn/scenarios/01-letter-with-attachment/policies/ttd-straffesak-brev.xml"
);
const REGISTER: &str =
    include_str!("../../fixtures/altinn/scenarios/01-letter-with-attachment/register.json");

struct Down;

impl AccessPackages for Down {
    fn access_packages(&self, _: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        Err(ProviderError::new("connection refused"))
    }
}

impl Resources for Down {
    fn resource(&self, _: &ResourceId) -> Answer<Option<Arc<Resource>>> {
        Err(ProviderError::new("connection refused"))
    }
}

fn at() -> DateTime {
    "2026-03-02T09:00:00+01:00".parse().expect("is a time")
}

fn request() -> Request {
    of_user("201").build()
}

fn of_user(user: &str) -> RequestBuilder {
    Request::builder()
        .subject("urn:altinn:userid", user)
        .resource("urn:altinn:resource", "ttd-straffesak-brev")
        .resource("urn:altinn:organization:identifier-no", "310000101")
        .action("confirm")
}

fn builder(algorithm: &str) -> PdpBuilder {
    let overrides = "policy-combining-algorithm:deny-overrides";
    assert!(POLICY.contains(overrides));
    let other = format!("policy-combining-algorithm:{algorithm}");
    let register = Register::from_json("register.json", REGISTER.as_bytes());
    Pdp::builder()
        .policy("ttd-straffesak-brev", POLICY.replace(overrides, &other))
        .register(&register.expect("can be read"))
        .clock(at)
}

fn lines(ruling: &Ruling) -> Vec<String> {
    ruling
        .result
        .troubles
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_register_that_is_down_is_told() {
    for (algorithm, expected) in [
        ("deny-overrides", Decision::Indeterminate),
        ("deny-unless-permit", Decision::Deny),
        ("permit-unless-deny", Decision::Permit),
    ] {
        let honest = builder(algorithm)
            .build()
            .expect("compiles")
            .decide(&request());
        assert_eq!(lines(&honest), [""; 0], "{algorithm}");
        for wary in [false, true] {
            let builder = builder(algorithm).packages(Down);
            let builder = match wary {
                true => builder.indeterminate_on_trouble(),
                false => builder,
            };
            let pdp = builder.build().expect("compiles");
            let ruling = pdp.decide(&request());
            let expected = if wary {
                Decision::Indeterminate
            } else {
                expected
            };
            assert_eq!(ruling.decision(), expected, "{algorithm}");
            assert!(
                ruling.decision() != Decision::Indeterminate
                    || ruling.result.obligations.is_empty()
            );
            let told = lines(&ruling);
            assert!(
                told.iter().any(|line| line.contains("connection refused")),
                "{told:?}"
            );
            for (form, other) in every_form(&pdp, &request(), at()) {
                assert_eq!(other.result, ruling.result, "{form}");
                assert_eq!(lines(&other), told, "{form}");
            }
        }
    }
}

#[test]
fn a_source_that_fails_after_the_policy_is_told() {
    let pdp = builder("deny-overrides")
        .resources(Down)
        .build()
        .expect("compiles");
    let ruling = pdp.decide(&request());
    assert_eq!(ruling.decision(), Decision::Indeterminate);
    let [trouble] = &ruling.result.troubles[..] else {
        panic!("{ruling:?}");
    };
    assert_eq!(trouble.provider.as_deref(), Some("resources"));
    assert!(trouble.message.contains("connection refused"));
}

#[test]
fn a_stranger_is_told_codes_only() {
    let asked = request();
    for (disclosure, is_told) in [
        (StatusDisclosure::CodeOnly, false),
        (StatusDisclosure::Message, true),
    ] {
        let builder = builder("deny-overrides")
            .packages(Down)
            .status_disclosure(disclosure);
        let pdp = builder.build().expect("compiles");
        let answers = [
            pdp.decide_xml(asked.to_xml()),
            pdp.decide_json(asked.to_json()),
            pdp.decide_xml("<Request>connection refused</Request>"),
            pdp.decide_json(r#"{"connection refused": 1}"#),
        ];
        for answer in answers {
            assert_eq!(answer.contains("connection refused"), is_told, "{answer}");
        }
    }
}

/// A user who comes by a package, and one who has nothing but what is on file.
const ASKERS: [&str; 2] = ["201", "204"];

/// What is on file for whoever asks: this.
struct OnFile;

impl Delegations for OnFile {
    fn delegations(
        &self,
        asked: &Asked<'_>,
        resource: &ResourceId,
        _: Option<&InstanceId>,
    ) -> Answer<Vec<Delegation>> {
        let to = asked.subject.keys().next().expect("has a key");
        let from = PartyKey::organisation("310000101");
        let given = Delegation::new("d1", resource.clone(), from, to);
        Ok(vec![given.right("confirm")])
    }
}

/// What a call may take it may take in every form, and one that may not take more permits nothing.
#[test]
fn every_form_has_the_same_budget() {
    for user in ASKERS {
        let asked = of_user(user).build();
        let mut seen = [0; 2];
        for work in (0..40).chain((40..2_000).step_by(97)) {
            let mut limits = Limits::default();
            limits.work = work;
            let builder = builder("deny-overrides").limits(limits);
            let builder = builder.delegations(OnFile);
            let pdp = builder.build().expect("compiles");
            let rulings = every_form(&pdp, &asked, at());
            let (_, first) = &rulings[0];
            for (form, ruling) in &rulings {
                assert_eq!(ruling.result, first.result, "{form}, {work}");
                assert_eq!(lines(ruling), lines(first), "{form}, {work}");
            }
            match first.decision() {
                Decision::Permit => seen[0] += 1,
                Decision::Indeterminate => seen[1] += 1,
                other => panic!("{work}: {other}"),
            }
        }
        assert!(seen.iter().all(|seen| *seen > 0), "{seen:?}");
    }
}

/// The results of one call repeat no more than the limit, whoever gave the Permits.
#[test]
fn what_results_repeat_is_counted_by_every_way() {
    let told = |number: usize| {
        let value = format!("{number}{}", "x".repeat(500));
        let told = AttributeBuilder::new(category::ENVIRONMENT, "urn:case").value(value);
        let part = Request::builder().with(told.include_in_result()).build();
        part.categories()[0].clone()
    };
    let parts = |user: &str| {
        (0..10).fold(of_user(user), |request, number| {
            request.category(told(number))
        })
    };
    let mut limits = Limits::default();
    limits.response = 3_000;
    for user in ASKERS {
        let builder = builder("deny-overrides").limits(limits.clone());
        let pdp = builder.delegations(OnFile).build().expect("compiles");
        let response = pdp.respond_at(&parts(user).build(), at());
        assert_eq!(response.results.len(), 10, "{response}");
        let permits = response.results.iter();
        let permits = permits.filter(|result| result.decision == Decision::Permit);
        assert!(permits.count() < 7, "{response}");
        assert!(response.to_xml().len() < 20_000);
    }
}
