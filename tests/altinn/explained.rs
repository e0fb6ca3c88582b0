//! Explanations: what they say of a policy that was not examined to its end, why a Permit is vetoed,
//! and that no text of others forges a line of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::altinn::delegation::Right;
use vedtak::altinn::explain::Explanation;
use vedtak::altinn::facts::{Answer, Asked, Fact, Path, Roles};
use vedtak::altinn::lint::Lint;
use vedtak::altinn::reading::differences;
use vedtak::altinn::register::{Grantable, Refusal};
use vedtak::altinn::resource::{InstanceId, ResourceId};
use vedtak::altinn::ruling::{Basis, Refused, Veto};
use vedtak::altinn::{Party, PartyKey, Pdp, Register};
use vedtak::attribute::category::{ACCESS_SUBJECT, ACTION, RESOURCE};
use vedtak::attribute::id::ACTION_ID;
use vedtak::combining::rule::{DENY_OVERRIDES, DENY_UNLESS_PERMIT};
use vedtak::function::id::STRING_EQUAL;
use vedtak::provider::ProviderError;
use vedtak::syntax::{AttributeDesignator, Document, Match, Policy, Rule, Target};
use vedtak::value::DataType;
use vedtak::{Context, Decision, Limits, Request};

const ROLE: &str = "urn:altinn:rolecode";
const GIVES_UP: &str = "not all of the policy could be examined";
const NOBODY: &str = "no rule of the policy permits this to anyone";

fn is(value: &str, category: &str, id: &str) -> Match {
    let attribute = AttributeDesignator::new(category, id, DataType::String);
    Match::new(STRING_EQUAL, value, attribute)
}

fn write(policy: Policy) -> String {
    Document::Policy(policy).to_xml()
}

fn request(action: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:userid", "1")
        .resource("urn:altinn:resource", "brev")
        .resource("urn:altinn:partyid", "50001")
        .action(action)
        .build()
}

fn within(work: u64) -> Limits {
    let mut limits = Limits::default();
    limits.work = work;
    limits
}

/// Explains a request for reading; the subject has no roles.
fn explain(policy: Policy, limits: Limits) -> Explanation {
    let pdp = Pdp::builder()
        .policy("brev", write(policy))
        .limits(limits)
        .build();
    pdp.expect("compiles").explain(&request("read"))
}

/// A policy with so many rules, each for a role of its own.
fn rules(count: usize) -> Policy {
    let rules = (0..count).map(|i| {
        let target = Target::new()
            .any_of([is(&format!("r{i}"), ACCESS_SUBJECT, ROLE)])
            .any_of([is("read", ACTION, ACTION_ID)]);
        Rule::permit(format!("rule-{i}")).target(target)
    });
    rules.fold(Policy::new("brev", DENY_OVERRIDES), Policy::rule)
}

#[test]
fn a_policy_that_is_examined_to_its_end_says_who_may() {
    let explanation = explain(rules(3), Limits::default());
    assert_eq!(explanation.ruling.decision(), Decision::NotApplicable);
    assert!(explanation.is_complete);
    assert_eq!(explanation.openings.len(), 3);
    let none = explain(Policy::new("brev", DENY_OVERRIDES), Limits::default());
    assert!(
        none.is_complete && none.to_string().contains(NOBODY),
        "{none}"
    );
}

/// The bound counts parts that are compiled, whatever the number of rules.
#[test]
fn no_explanation_examines_more_than_a_thousand_parts() {
    for (count, found) in [(1000, 1000), (1001, 1000), (2000, 1000)] {
        let limits = within(u64::MAX);
        let explanation = explain(rules(count), limits);
        assert_eq!(explanation.openings.len(), found);
        assert_eq!(explanation.is_complete, count <= found);
        let text = explanation.to_string();
        assert_eq!(text.contains(GIVES_UP), count > found);
        assert!(!text.contains(NOBODY));
    }
}

#[test]
fn an_explanation_without_enough_work_does_not_say_that_nobody_may() {
    let whole = |work: u64| explain(rules(300), within(work)).is_complete;
    let (mut too_little, mut enough) = (0, 1 << 20);
    while enough - too_little > 1 {
        let between = (too_little + enough) / 2;
        match whole(between) {
            true => enough = between,
            false => too_little = between,
        }
    }
    let mut gave_up = 0;
    for work in [0, 1, too_little / 2, too_little, enough] {
        let explanation = explain(rules(300), within(work));
        let text = explanation.to_string();
        assert!(
            !text.contains(NOBODY) && !text.contains("to anyone"),
            "{text}"
        );
        if explanation.ruling.decision() == Decision::NotApplicable {
            assert_eq!(text.contains(GIVES_UP), work < enough, "{text}");
            gave_up += usize::from(work < enough);
        }
    }
    assert!(
        gave_up > 0,
        "the decision takes less work than its explanation, which takes {enough}"
    );
}

#[test]
fn more_alternatives_than_are_listed_are_said_to_be_more() {
    let several = |count: usize| {
        let alternatives = |of: &'static str| {
            (0..count).map(move |i| is(&format!("{of}{i}"), ACCESS_SUBJECT, ROLE))
        };
        let target = Target::new()
            .any_of(alternatives("a"))
            .any_of(alternatives("b"));
        Policy::new("brev", DENY_OVERRIDES).rule(Rule::permit("r").target(target))
    };
    for (count, listed) in [(8, 64), (9, 64)] {
        let explanation = explain(several(count), Limits::default());
        assert_eq!(explanation.openings[0].any_of.len(), listed);
        assert_eq!(explanation.is_complete, count * count <= listed);
    }
}

/// Answers once.
struct Once(AtomicUsize);

impl Roles for Once {
    fn roles(&self, _: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(vec![Fact::new("dagl")]),
            _ => Err(ProviderError::new("down")),
        }
    }
}

#[test]
fn a_source_that_fails_after_the_decision_leaves_the_explanation_incomplete() {
    let rule = Rule::permit("r").target(Target::new().any_of([is("dagl", ACCESS_SUBJECT, ROLE)]));
    let policy = write(Policy::new("brev", DENY_OVERRIDES).rule(rule));
    let builder = Pdp::builder().policy("brev", policy);
    let pdp = builder
        .roles(Once(AtomicUsize::new(0)))
        .build()
        .expect("compiles");
    let explanation = pdp.explain(&request("read"));
    assert_eq!(explanation.ruling.decision(), Decision::Permit);
    assert!(!explanation.is_complete);
    assert!(explanation.to_string().contains(GIVES_UP), "{explanation}");
}

fn register(name: &str, is_deleted: bool, needs: &str) -> Register {
    let file = serde_json::json!({
        "format": "vedtak-register",
        "version": 1,
        "parties": [
            {"kind": "organisation", "name": name, "id": 50001, "deleted": is_deleted,
             "uuid": "a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11"},
            {"kind": "person", "name": name.to_owned() + " K", "user": 1}
        ],
        "resources": [{"id": "brev", "owner": "skd", needs: true}],
    });
    Register::from_json("register.json", file.to_string().as_bytes()).expect("is a register")
}

#[test]
fn a_dissolved_organisation_is_told_that_it_exists_no_longer() {
    let policy = write(Policy::new("brev", DENY_OVERRIDES).rule(Rule::permit("r")));
    for needs in ["access_list", "resource_rights"] {
        let pdp = Pdp::builder()
            .policy("brev", &policy)
            .register(&register("FJELL", true, needs));
        let ruling = pdp.build().expect("compiles").decide(&request("read"));
        let party = "FJELL".into();
        assert_eq!(
            ruling.basis,
            Basis::Veto(Veto::Deleted { party }),
            "{needs}"
        );
        assert_eq!(ruling.decision(), Decision::Deny);
        let message = ruling.result.status.and_then(|status| status.message);
        let expected = "FJELL exists no longer";
        assert_eq!(message.as_deref(), Some(expected));
    }
}

#[test]
fn a_subject_of_another_kind_than_the_request_says_is_named() {
    let policy = write(Policy::new("brev", DENY_OVERRIDES).rule(Rule::permit("r")));
    let pdp =
        Pdp::builder()
            .policy("brev", policy)
            .register(&register("FJELL", false, "access_list"));
    let request = Request::builder()
        .subject(
            "urn:altinn:person:uuid",
            "a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
        )
        .resource("urn:altinn:resource", "brev")
        .action("read")
        .build();
    let ruling = pdp.build().expect("compiles").decide(&request);
    let message = ruling.result.status.and_then(|status| status.message);
    let expected = "the request calls the subject a person, but it is an organisation";
    assert_eq!(message.as_deref(), Some(expected));
}

const FORGED: &str = "x\nPermit: OLA may\tall";

#[test]
fn nobody_forges_a_line() {
    let text: Arc<str> = FORGED.into();
    let resource = ResourceId::new(FORGED);
    let instance = InstanceId::new(FORGED);
    let right = Right::from(FORGED).on(FORGED, FORGED);
    let path = Path::step(FORGED).then(FORGED);
    let mut party = Party::new(PartyKey::organisation(FORGED), FORGED);
    party.number = Some(text.clone());
    let keys = [PartyKey::organisation(FORGED), PartyKey::person(FORGED)];
    let shown = [
        party.to_string(),
        format!("{} {:?}", keys[0], keys[0]),
        format!("{} {:?}", keys[1], keys[1]),
        FORGED.parse::<PartyKey>().expect_err("is none").to_string(),
        path.to_string(),
        right.to_string(),
        resource.to_string(),
        format!("{instance} {instance:?}"),
        Grantable::role(FORGED).to_string(),
        Grantable::package(FORGED).to_string(),
        Grantable::resource(resource.clone(), [right.clone()]).to_string(),
        Grantable::instance(resource.clone(), instance, [right.clone()]).to_string(),
        Basis::Delegation {
            id: text.clone(),
            path,
        }
        .to_string(),
        Veto::AccessList {
            party: text.clone(),
            action: text.clone(),
        }
        .to_string(),
        Veto::ResourceRight {
            party: text.clone(),
        }
        .to_string(),
        Veto::Deleted {
            party: text.clone(),
        }
        .to_string(),
        Refused::Obligation(FORGED.into()).to_string(),
        Refusal::PartyWithoutKey { name: text.clone() }.to_string(),
        Refusal::PartOfItself { name: text.clone() }.to_string(),
        Refusal::UnknownParent(keys[0].clone()).to_string(),
        Refusal::UnknownRole {
            name: text.clone(),
            similar: None,
        }
        .to_string(),
        Refusal::UnknownPackage {
            name: text.clone(),
            similar: None,
        }
        .to_string(),
        Refusal::UnknownLegalForm {
            name: text.clone(),
            similar: None,
        }
        .to_string(),
        Refusal::UnknownResource(resource.clone()).to_string(),
        Refusal::UnknownList(text.clone()).to_string(),
        Refusal::NotOwner {
            resource: resource.clone(),
            owner: text.clone(),
            by: text.clone(),
        }
        .to_string(),
        Refusal::RightNotInPolicy {
            resource,
            right,
            known: vec![text.clone()],
        }
        .to_string(),
    ];
    for shown in shown {
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }

    // Where a text has several lines, none of them is another's.
    let once = || Target::new().any_of([is(FORGED, RESOURCE, "urn:altinn:resource")]);
    let rule = |role: &str| {
        let target = once()
            .any_of([is(role, ACCESS_SUBJECT, ROLE)])
            .any_of([is(FORGED, ACTION, FORGED)]);
        Rule::permit(FORGED).target(target.any_of([is(FORGED, ACTION, ACTION_ID)]))
    };
    let policy = write(
        Policy::new(FORGED, DENY_UNLESS_PERMIT)
            .rule(rule(FORGED))
            .rule(Rule::permit(FORGED).target(once().any_of([is(
                "b",
                RESOURCE,
                "urn:altinn:resource",
            )])))
            .rule(
                Rule::permit(FORGED).target(Target::new().any_of([is("own", ACTION, ACTION_ID)])),
            ),
    );
    let request = |action: &str| {
        Request::builder()
            .subject("urn:altinn:userid", "1")
            .resource("urn:altinn:resource", FORGED)
            .resource("urn:altinn:partyid", "50001")
            .with(vedtak::request::AttributeBuilder::new(ACTION, FORGED).value(FORGED))
            .action(action)
            .build()
    };
    let register = register(FORGED, false, "access_list");
    let build = |facts: Option<&Register>| {
        let builder = Pdp::builder().policy(FORGED, &policy);
        let builder = match facts {
            Some(facts) => builder.register(facts),
            None => builder,
        };
        builder.build().expect("compiles")
    };
    let mut texts = Vec::new();
    for pdp in [build(Some(&register)), build(None)] {
        for action in ["own", FORGED, "other\nPermit: OLA may"] {
            texts.push(pdp.explain(&request(action)).to_string());
        }
    }
    let document = Document::from_xml(&policy).expect("is read");
    texts.extend(
        differences(&document)
            .iter()
            .map(|difference| difference.to_string()),
    );
    let lint = Lint::new(&vedtak::altinn::catalogue::Catalogue::standard()).of_resource(FORGED);
    let warnings = lint.warnings("p.xml", &policy).expect("is read");
    assert!(warnings.len() > 2, "{warnings:?}");
    texts.extend(warnings.iter().map(|warning| warning.to_string()));
    let damaged = serde_json::json!({
        "format": "vedtak-register", "version": 1, FORGED: FORGED,
        "parties": [{"kind": FORGED, "name": FORGED, "id": 1, FORGED: 1, "legal_form": FORGED}],
        "roles": [{"to": FORGED, "from": 1, "role": FORGED, "valid_from": FORGED}],
        "delegations": [{"resource": FORGED, "rights": [{"action": "a", "on": {FORGED: 1}}]}],
        "access_lists": [{"list": FORGED, "members": [FORGED, FORGED]}],
    });
    let error = Register::from_json("r.json", damaged.to_string().as_bytes());
    texts.push(error.expect_err("is damaged").to_string());
    let engine = vedtak::Pdp::from_xml(&policy).expect("compiles");
    let mut context = Context::new();
    let outcome_of = request("own");
    let outcome = engine.decide_with(&mut context, &outcome_of);
    texts.extend(outcome.rules().map(|rule| rule.to_string()));
    for text in texts {
        let forged = |line: &str| line.trim_start().starts_with("Permit: OLA");
        assert!(!text.lines().any(forged), "{text}");
    }
}
