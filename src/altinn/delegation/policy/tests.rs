mod random;
mod refused;

use uuid::Uuid;

use super::*;
use crate::Limits;
use crate::altinn::level::MinimumLevel;
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::syntax::PolicyChild;

const APP: &str = include_str!("../../../../fixtures/altinn/delegations/app.xml");
const FROM: PartyKey = PartyKey::Id(50001);

fn read(policy: &str) -> Result<Vec<Delegation>, Error> {
    Delegation::from_policy("d", FROM, "d.xml", policy, &Limits::default())
}

fn fixture(name: &str) -> Vec<Delegation> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/altinn/delegations/");
    read(&std::fs::read_to_string(format!("{folder}{name}")).unwrap()).unwrap()
}

fn form(to: PartyKey) -> Delegation {
    Delegation::new("d", ResourceId::app("ttd", "form"), FROM, to)
}

fn uuid(text: &str) -> PartyKey {
    PartyKey::Uuid(Uuid::try_parse(text).unwrap())
}

#[test]
fn an_app() {
    let write = Right::from("write").on("urn:altinn:task", "Task_1");
    let expected = form(PartyKey::User(20001)).right("read").right(write);
    assert_eq!(fixture("app.xml"), [expected]);
}

#[test]
fn a_resource_of_the_registry() {
    let resource = ResourceId::new("vedtak-register");
    let expected = Delegation::new("d", resource, FROM, PartyKey::Id(50002)).right("access");
    assert_eq!(fixture("registry.xml"), [expected]);
}

#[test]
fn a_system_user() {
    let system = uuid("c8a5ce0e-2d0b-4f5e-8a5c-6f1f0d1b2a33");
    let read = fixture("system-user.xml");
    assert_eq!(read, [form(system).right("instantiate")]);
    let details = PolicyDetails::default().to(PartyKind::SystemUser);
    let text = read[0].to_policy(&details).unwrap().to_xml();
    assert!(text.contains(subject::SYSTEM_USER_UUID) && text.contains(resource::APP));
}

#[test]
fn an_instance_in_two_spellings() {
    let person = uuid("1b7c7d3a-90a1-4d0c-8e5e-52a4f3f0b611");
    let instance = InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11");
    let expected = Delegation::new("d", ResourceId::new("vedtak-brev"), FROM, person)
        .of_instance(instance)
        .right("read")
        .right("sign");
    assert_eq!(fixture("instance.xml"), [expected]);
}

#[test]
fn several_receivers_and_resources() {
    let with_id = |mut delegation: Delegation, id: &str| {
        delegation.id = id.into();
        delegation
    };
    let register = ResourceId::new("vedtak-register");
    let expected = [
        // The app in two spellings is one.
        with_id(form(PartyKey::User(20001)), "d/1")
            .right("read")
            .right("write"),
        with_id(form(PartyKey::User(20002)), "d/2").right("read"),
        Delegation::new("d/3", register, FROM, PartyKey::User(20001)).right("access"),
    ];
    assert_eq!(fixture("several.xml"), expected);
}

#[test]
fn what_others_write_is_read() {
    let capitals = uuid("1b7c7d3a-90a1-4d0c-8e5e-52a4f3f0b611");
    let resource = ResourceId::new("vedtak-brev");
    let given = |to: PartyKey| Delegation::new("d", resource.clone(), FROM, to);
    let at = |level| MinimumLevel::of_user(level).of_service_owner(2);
    let with_id = |mut delegation: Delegation, id: &str| {
        delegation.id = id.into();
        delegation
    };
    let expected = [
        with_id(given(capitals.clone()).at_level(at(3)), "d/1")
            .right("read")
            .right("confirm"),
        with_id(given(PartyKey::User(20001)).at_level(at(3)), "d/2")
            .right("read")
            .right("confirm"),
        with_id(given(capitals).at_level(at(4)), "d/3").right("delete"),
    ];
    assert_eq!(fixture("others.xml"), expected);
}

#[test]
fn algorithms_that_permit_what_the_rules_permit_are_alike() {
    let with = |id: &str| {
        let own = policy::DENY_OVERRIDES;
        assert!(APP.contains(own));
        read(&APP.replace(own, &format!("urn:oasis:names:tc:xacml:{id}")))
    };
    for id in [
        "3.0:rule-combining-algorithm:deny-overrides",
        "3.0:rule-combining-algorithm:ordered-permit-overrides",
        "3.0:policy-combining-algorithm:permit-overrides",
        "1.0:rule-combining-algorithm:deny-overrides",
        "1.0:rule-combining-algorithm:first-applicable",
        "1.1:policy-combining-algorithm:ordered-deny-overrides",
    ] {
        assert_eq!(with(id), read(APP), "{id}");
    }
    for id in [
        "3.0:rule-combining-algorithm:permit-unless-deny",
        "3.0:rule-combining-algorithm:deny-unless-permit",
        "1.0:policy-combining-algorithm:only-one-applicable",
        "3.0:policy-combining-algorithm:on-permit-apply-second",
        "3.0:rule-combining-algorithm:deny-override",
    ] {
        assert!(with(id).is_err(), "{id}");
    }
}

#[test]
fn the_last_revocation_leaves_nothing() {
    assert_eq!(fixture("revoked.xml"), []);
    let nothing = form(PartyKey::User(20001)).to_policy(&PolicyDetails::default());
    assert_eq!(read(&nothing.unwrap().to_xml()).unwrap(), []);
}

#[test]
fn the_written_form_is_altinns() {
    let details = PolicyDetails::default()
        .by(PartyKey::person("01017012345"))
        .rule_ids(["a", "b"]);
    let rights = form(PartyKey::User(7)).right("read").right("write");
    let Document::Policy(policy) = rights.to_policy(&details).unwrap() else {
        unreachable!("is a policy");
    };
    assert_eq!(policy.id, "urn:altinn:policyid:1");
    assert_eq!(policy.version.as_str(), "1.0");
    assert_eq!(policy.combining_algorithm, policy::DENY_OVERRIDES);
    assert_eq!(
        policy.description.as_deref(),
        Some(
            "What urn:altinn:userid:7 may do for urn:altinn:partyid:50001 with app_ttd_form; \
             delegated by urn:altinn:person:identifier-no:010170*****."
        )
    );
    let rules: Vec<&Rule> = policy
        .children
        .iter()
        .map(|child| match child {
            PolicyChild::Rule(rule) => rule,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        rules.iter().map(|rule| &*rule.id).collect::<Vec<_>>(),
        ["a", "b"]
    );
    let shape = |rule: &Rule| -> Vec<Vec<usize>> {
        let any_of = rule.target.as_ref().unwrap().any_of.iter();
        any_of
            .map(|any_of| any_of.all_of.iter().map(|all| all.matches.len()).collect())
            .collect()
    };
    assert_eq!(shape(rules[0]), [[1], [2], [1]]);
    let Document::Policy(default) = rights.to_policy(&PolicyDetails::default()).unwrap() else {
        unreachable!("is a policy");
    };
    let PolicyChild::Rule(rule) = &default.children[1] else {
        unreachable!("is a rule");
    };
    assert_eq!(rule.id, "d-2");
}

#[test]
fn what_a_policy_cannot_say_is_not_written() {
    let told = |delegation: Delegation, details: PolicyDetails| {
        let error = delegation.to_policy(&details).unwrap_err();
        let all = error
            .diagnostics()
            .iter()
            .map(|problem| problem.message().to_owned());
        all.collect::<Vec<_>>().join("; ")
    };
    let plain = PolicyDetails::default;
    let until = Window::until("2027-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(
        told(form(PartyKey::User(7)).right("read").during(until), plain()),
        "a delegation policy knows no time, and would permit whenever; this delegation holds until \
         1 January 2027 at 01:00"
    );
    let part = Right::from("read")
        .on("urn:altinn:partyid", "50002")
        .on("urn:altinn:app", "other");
    assert_eq!(
        told(form(PartyKey::person("01017012345")).right(part), plain()),
        "a delegation policy names its receiver by user id, party id or UUID, not as \
         urn:altinn:person:identifier-no:010170*****; `urn:altinn:partyid` is no part of a \
         resource; `urn:altinn:app` is no part of a resource"
    );
    let rights = form(PartyKey::User(7))
        .right("read")
        .right("write")
        .right("sign");
    assert_eq!(
        told(rights, plain().rule_ids(["a", "a"])),
        "2 RuleIds are given for 3 rights; the RuleId `a` is given twice"
    );
}
