//! Attributes of a request that are there and cannot be used: what the flow reads itself, it does not
//! take for something that was not said.

use vedtak::altinn::delegation::{Delegation, Right};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{PartyKey, Pdp, PdpBuilder, Register};
use vedtak::attribute::{category, id};
use vedtak::authzen;
use vedtak::decision::StatusCode;
use vedtak::request::{AttributeBuilder, RequestBuilder};
use vedtak::value::DateTime;
use vedtak::{Decision, Request};

use crate::forms::every_form;
use crate::host::OnFile;

const POLICY: &str = include_str!("../../fixtures/altinn/first-service/policy.xml");

const INSTANCE: &str = "5f1c1b1e-0d0e-4b52-9d8c-3b8a1f6e2a01";

const REGISTER: &str = r#"{"format": "vedtak-register", "version": 1,
    "parties": [
        {"kind": "organisation", "name": "FJELL AS", "number": "310000101", "legal_form": "AS", "id": 50001},
        {"kind": "organisation", "name": "ANNEN AS", "number": "310000102", "legal_form": "AS", "id": 50002},
        {"kind": "person", "name": "KARI", "user": 201},
        {"kind": "person", "name": "DELE", "user": 204}
    ],
    "roles": [{"to": "KARI", "from": "FJELL AS", "role": "dagl"}],
    "delegations": [{"to": "DELE", "from": "FJELL AS", "resource": "ttd-brev", "rights": [{"action": "read"}]}],
    "instances": [{"id": "5f1c1b1e-0d0e-4b52-9d8c-3b8a1f6e2a01", "resource": "ttd-brev", "party": "FJELL AS", "task": "Task_1"}],
    "resources": [{"id": "ttd-brev", "owner": "ttd"}]}"#;

/// A user who comes by a role, and one who comes by a delegation.
const ASKERS: [&str; 2] = ["201", "204"];

/// Attributes that name a party, be it the one who asks or the one asked for.
const NAMES: [&str; 10] = [
    "urn:altinn:userid",
    "urn:altinn:person:identifier-no",
    "urn:altinn:person:uuid",
    "urn:altinn:party:uuid",
    "urn:altinn:partyid",
    "urn:altinn:organization:identifier-no",
    "urn:altinn:organizationnumber",
    "urn:altinn:organization:uuid",
    "urn:altinn:systemuser:uuid",
    "urn:altinn:enterpriseuser:uuid",
];

/// What else is read of the resource.
const OF_RESOURCE: [&str; 7] = [
    "urn:altinn:resource",
    "urn:altinn:org",
    "urn:altinn:app",
    "urn:altinn:instance-id",
    "urn:altinn:resource:instance-id",
    "urn:altinn:task",
    "urn:altinn:end-event",
];

/// Facts that only a source may tell of the one who asks.
const FACTS: [&str; 11] = [
    "urn:altinn:rolecode",
    "urn:altinn:role",
    "urn:altinn:external-role:ccr",
    "urn:altinn:external-role:cra",
    "urn:digitaltdodsbo:rolecode",
    "urn:altinn:accesspackage",
    "urn:altinn:accessgroup",
    "urn:altinn:access-list",
    "urn:altinn:partytype",
    "urn:resourceright:action",
    "urn:altinn:resource:delegation",
];

/// Category and id of all that the flow reads.
fn all_read() -> Vec<(&'static str, &'static str)> {
    let subject = NAMES.into_iter().chain(["urn:altinn:org"]).chain(FACTS);
    let resource = NAMES.into_iter().chain(OF_RESOURCE);
    let subject = subject.map(|id| (category::ACCESS_SUBJECT, id));
    let resource = resource.map(|id| (category::RESOURCE, id));
    let action = [(category::ACTION, id::ACTION_ID)];
    subject.chain(resource).chain(action).collect()
}

fn at() -> DateTime {
    "2026-03-02T09:00:00+01:00".parse().expect("is an instant")
}

fn builder() -> PdpBuilder {
    let register = Register::from_json("register.json", REGISTER.as_bytes());
    Pdp::builder()
        .policy("ttd-brev", POLICY)
        .register(&register.expect("can be read"))
        .clock(at)
}

fn pdp() -> Pdp {
    builder().build().expect("compiles")
}

fn ask(user: &str) -> RequestBuilder {
    Request::builder()
        .subject("urn:altinn:userid", user)
        .resource("urn:altinn:resource", "ttd-brev")
        .resource("urn:altinn:organization:identifier-no", "310000101")
        .action("read")
}

/// That no form answers a request, and that each says why.
fn refuses(pdp: &Pdp, request: &Request, attribute: &str, reason: &str) {
    for (form, ruling) in every_form(pdp, request, at()) {
        let status = ruling.result.status.as_ref().expect("has a status");
        let message = status.message.as_deref().unwrap_or("");
        let what = format!("{form}, `{attribute}`: {ruling:?}");
        assert_eq!(ruling.decision(), Decision::Indeterminate, "{what}");
        assert_eq!(status.code, StatusCode::SyntaxError, "{what}");
        assert!(message.contains(&format!("`{attribute}`")), "{what}");
        assert!(message.contains(reason), "{what}");
    }
}

fn reason(category: &str, id: &str) -> &'static str {
    match category == category::ACCESS_SUBJECT && FACTS.contains(&id) {
        true => "of the one who asks",
        false => "cannot be used: it is null",
    }
}

#[test]
fn what_the_flow_reads_must_be_usable() {
    let pdp = pdp();
    for user in ASKERS {
        for (form, ruling) in every_form(&pdp, &ask(user).build(), at()) {
            assert_eq!(ruling.decision(), Decision::Permit, "{form} {user}");
        }
        for (category, id) in all_read() {
            let unusable = || AttributeBuilder::new(category, id).unusable("is null");
            let beside = ask(user).with(unusable()).build();
            refuses(&pdp, &beside, id, reason(category, id));
            let within = ask(user).resource("urn:altinn:resource:instance-id", INSTANCE);
            refuses(
                &pdp,
                &within.with(unusable()).build(),
                id,
                reason(category, id),
            );
        }
    }
}

/// The attribute is not said in any other way, either.
#[test]
fn nothing_is_made_up_for_what_cannot_be_used() {
    let pdp = pdp();
    let (subject, resource, party) = (
        "urn:altinn:userid",
        "urn:altinn:resource",
        "urn:altinn:organization:identifier-no",
    );
    for without in [subject, resource, party, id::ACTION_ID] {
        let mut request = Request::builder();
        for (category, id, value) in [
            (category::ACCESS_SUBJECT, subject, "204"),
            (category::RESOURCE, resource, "ttd-brev"),
            (category::RESOURCE, party, "310000101"),
            (
                category::RESOURCE,
                "urn:altinn:resource:instance-id",
                INSTANCE,
            ),
            (category::ACTION, id::ACTION_ID, "read"),
        ] {
            request = match id == without {
                true => request.with(AttributeBuilder::new(category, id).unusable("is null")),
                false => request.attribute(category, id, value),
            };
        }
        refuses(
            &pdp,
            &request.build(),
            without,
            "cannot be used: it is null",
        );
    }
}

#[test]
fn nobody_minds_what_nobody_reads() {
    let pdp = pdp();
    for (category, id) in [
        (category::ACCESS_SUBJECT, "email"),
        (category::ACCESS_SUBJECT, "urn:altinn:task"),
        (category::RESOURCE, "urn:altinn:rolecode"),
        (category::RESOURCE, "urn:altinn:appresource"),
        (category::ACTION, "urn:altinn:resource"),
        (category::ENVIRONMENT, "urn:altinn:partyid"),
    ] {
        for user in ASKERS {
            let unusable = AttributeBuilder::new(category, id).unusable("is null");
            let request = ask(user).with(unusable).build();
            for (form, ruling) in every_form(&pdp, &request, at()) {
                assert_eq!(ruling.decision(), Decision::Permit, "{form} {user} {id}");
            }
        }
    }
}

/// Which attributes say what part of a resource is asked for, the delegations say.
#[test]
fn the_part_that_a_right_is_for_must_be_usable() {
    let part = "urn:altinn:appresource";
    let given = |id: &str, right: Right| {
        let (from, to) = (PartyKey::organisation("310000101"), PartyKey::User(204));
        Delegation::new(id, ResourceId::new("ttd-brev"), from, to).right(right)
    };
    let events = || given("d1", Right::from("read").on(part, "events"));
    let elsewhere = || given("d2", Right::from("write").on(part, "events"));
    let anywhere = || given("d3", "read".into());
    let build = |on_file: Vec<Delegation>| {
        let builder = builder().delegations(OnFile(on_file));
        builder.build().expect("compiles")
    };
    let decide = |pdp: &Pdp, request: RequestBuilder| {
        let rulings = every_form(pdp, &request.build(), at());
        let first = rulings[0].1.decision();
        for (form, ruling) in rulings {
            assert_eq!(ruling.decision(), first, "{form}");
        }
        first
    };
    let unusable = || AttributeBuilder::new(category::RESOURCE, part).unusable("is null");

    let of_part = build(vec![events()]);
    let asked = || ask("204").resource(part, "events");
    assert_eq!(decide(&of_part, asked()), Decision::Permit);
    assert_eq!(decide(&of_part, ask("204")), Decision::NotApplicable);
    for request in [ask("204"), asked()] {
        let request = request.with(unusable()).build();
        refuses(&of_part, &request, part, "cannot be used: it is null");
        // One that is for all parts does not make up for what cannot be told of the other.
        let both = build(vec![anywhere(), events()]);
        refuses(&both, &request, part, "cannot be used: it is null");
    }
    // A right to do something else is not asked for.
    let others = build(vec![anywhere(), elsewhere()]);
    let request = ask("204").with(unusable());
    assert_eq!(decide(&others, request), Decision::Permit);
}

/// All that AuthZEN has and an attribute has not.
#[test]
fn properties_that_cannot_be_attributes_are_no_omissions() {
    let pdp = pdp();
    let mut mapping = authzen::Mapping::by_name();
    mapping.subject.id = Some("urn:altinn:userid".into());
    mapping.subject.kind = None;
    mapping.resource.id = Some("urn:altinn:resource".into());
    mapping.resource.kind = None;
    mapping.action.id = Some(id::ACTION_ID.into());
    mapping.obligations = authzen::Obligations::InContext;
    let decide = |user: &str, category: &str, property: &str| {
        let of = |own: &str, first: &str| {
            let own = if own == category { property } else { "" };
            let all = [first, own].into_iter().filter(|all| !all.is_empty());
            all.collect::<Vec<_>>().join(",")
        };
        let party = r#""urn:altinn:organization:identifier-no": "310000101""#;
        // A property of one name is one property.
        let party = match property.contains("organization:identifier-no")
            && category == category::RESOURCE
        {
            true => "",
            false => party,
        };
        let body = format!(
            r#"{{"subject": {{"type": "user", "id": "{user}", "properties": {{{}}}}},
                "action": {{"name": "read", "properties": {{{}}}}},
                "resource": {{"type": "service", "id": "ttd-brev", "properties": {{{}}}}}}}"#,
            of(category::ACCESS_SUBJECT, ""),
            of(category::ACTION, ""),
            of(category::RESOURCE, party),
        );
        let evaluation = authzen::Evaluation::from_json(&body).expect("can be read");
        evaluation.decide(&mapping, |request| pdp.respond_at(request, at()))
    };
    for user in ASKERS {
        let plain = decide(user, category::ENVIRONMENT, "").expect("is answered");
        assert!(plain.decision, "{user}");
        for (category, id) in all_read() {
            for value in [
                "null",
                "{}",
                r#"{"value": "50002"}"#,
                r#"["50001", 50002]"#,
                r#"["50001", null]"#,
                "[[]]",
            ] {
                let property = format!(r#""{id}": {value}"#);
                // An error is no Permit, either.
                let permits = decide(user, category, &property).is_ok_and(|told| told.decision);
                assert!(!permits, "{user} {category} {property}");
            }
        }
    }
}
