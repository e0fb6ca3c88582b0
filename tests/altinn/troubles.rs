//! Sources that fail: what a ruling tells of them, whatever it came to.

use std::sync::Arc;

use vedtak::altinn::{
    AccessPackages, Answer, Asked, Fact, Pdp, PdpBuilder, Register, Resource, ResourceId,
    Resources, Ruling,
};
use vedtak::provider::ProviderError;
use vedtak::request::Matrix;
use vedtak::response::StatusDisclosure;
use vedtak::value::DateTime;
use vedtak::{Decision, Request};

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
    Request::builder()
        .subject("urn:altinn:userid", "201")
        .resource("urn:altinn:resource", "ttd-straffesak-brev")
        .resource("urn:altinn:organization:identifier-no", "310000101")
        .action("confirm")
        .build()
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
            let matrix = Matrix::new(request());
            let others = [
                pdp.decide_all([&request()]).remove(0),
                pollster::block_on(pdp.decide_async(&request())),
                pdp.decide_matrix(&matrix).into_cells().remove(0),
            ];
            for other in &others {
                assert_eq!(other.decision(), expected);
                assert_eq!(lines(other), told);
            }
            let response = pdp.respond(&request());
            assert_eq!(response.troubles().count(), told.len());
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
