//! Tests of reading requests, and of the reasons why some cannot be answered.

use super::*;

fn read(request: crate::request::RequestBuilder) -> Result<String, Unclear> {
    let request = request.build();
    let subject = RequestedSubject::read(&request, |kind| matches!(kind, AttributeKind::Role(_)))?;
    let question = RequestedAccess::read(&request)?;
    subject.check()?;
    Ok(format!(
        "{:?} asks to {:?} {:?} {:?} of {:?}",
        subject.keys, question.actions, question.resource, question.instance, question.party
    ))
}

fn base() -> crate::request::RequestBuilder {
    Request::builder().subject(subject::USER_ID, 20_001)
}

#[test]
fn both_spellings_of_an_app_are_one_resource() {
    let by_id = base().resource(resource::RESOURCE, "app_ttd_form_v2");
    let by_name = base()
        .resource(resource::ORG, "ttd")
        .resource(resource::APP, "form_v2");
    assert_eq!(read(by_id.clone()), read(by_name.clone()));
    assert!(read(by_id).is_ok());
    let differ = by_name.resource(resource::RESOURCE, "app_ttd_form");
    assert!(matches!(read(differ), Err(Unclear::ResourcesDiffer(..))));
    let half = base().resource(resource::APP, "form");
    assert_eq!(read(half), Err(Unclear::HalfAnApp));
}

#[test]
fn what_is_said_twice_must_agree() {
    let twice = base().subject(subject::USER_ID, "20002");
    assert_eq!(read(twice), Err(Unclear::Twice("the one who asks")));
    let spelt = base().subject(subject::USER_ID, "20001");
    assert!(read(spelt).is_ok(), "as integer and as string");
    let parties = base()
        .resource(subject::PARTY_ID, 1)
        .resource(subject::PARTY_ID, 2);
    assert_eq!(read(parties), Err(Unclear::Twice("the party asked for")));
    let old = base()
        .resource(subject::ORGANISATION_NUMBER, "910000001")
        .resource(subject::OLD_ORGANISATION_NUMBER, "910000002");
    assert_eq!(read(old), Err(Unclear::Twice("the party asked for")));
    let instances = base()
        .resource(
            resource::INSTANCE_ID,
            "1/a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
        )
        .resource(
            resource::RESOURCE_INSTANCE_ID,
            "a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c12",
        );
    assert_eq!(read(instances), Err(Unclear::Twice("the instance")));
    let owners = base()
        .resource(
            resource::INSTANCE_ID,
            "1/a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
        )
        .resource(
            resource::RESOURCE_INSTANCE_ID,
            "urn:altinn:instance-id:2/a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
        );
    let twice = Unclear::Twice("the party of the instance");
    assert_eq!(read(owners), Err(twice));
}

#[test]
fn a_system_user_asks_alone() {
    let uuid = "a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11";
    let system = Request::builder().subject(subject::SYSTEM_USER_UUID, uuid);
    assert!(read(system.clone()).is_ok());
    for both in [
        system.clone().subject(subject::USER_ID, 5),
        base().subject(subject::SYSTEM_USER_UUID, uuid),
        system.subject(subject::SERVICE_OWNER, "ttd"),
    ] {
        assert_eq!(read(both), Err(Unclear::SystemUserWithOthers));
    }
}

#[test]
fn nobody_may_say_its_own_roles() {
    let claimed = base().subject(subject::ROLE_CODE, "dagl");
    assert_eq!(
        read(claimed),
        Err(Unclear::TrustedFact(subject::ROLE_CODE.into()))
    );
    assert_eq!(
        read(Request::builder().action("read")),
        Err(Unclear::NoSubject)
    );
}

#[test]
fn no_national_identity_number_is_told() {
    for wrong in ["010170 12345", "0101701234", "010170123456"] {
        let unclear = read(Request::builder().subject(subject::PERSON_NUMBER, wrong));
        let unclear = unclear.expect_err("is no number").to_string();
        assert!(!unclear.contains("0101"), "{unclear}");
    }
}

#[test]
fn the_party_of_an_instance_stands_in_its_name() {
    let uuid = "a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11";
    assert_eq!(owner(&format!("50001/{uuid}")), Some(50_001));
    let urn = format!("urn:altinn:instance-id:50001/{uuid}");
    assert_eq!(owner(&urn), Some(50_001));
    assert_eq!(owner(uuid), None);
    assert_eq!(owner("letters/7"), None);
}

#[test]
fn a_key_has_one_spelling() {
    for wrong in ["", "+5", "05", "5 ", "-1", "4294967296", "x"] {
        let request = Request::builder().subject(subject::USER_ID, wrong);
        assert!(matches!(read(request), Err(Unclear::Key(_))), "{wrong:?}");
    }
}
