//! Rights that depend on more than somebody's roles: on what a request says besides, on the part of the
//! service, on a place on an access list.

use vedtak::altinn::delegation::Right;
use vedtak::altinn::facts::Window;
use vedtak::altinn::register::{DelegationOrder, Holding};
use vedtak::altinn::resource::Resource;
use vedtak::altinn::{PartyKey, Pdp, Register};
use vedtak::value::DateTime;
use vedtak::{Decision, Request};

use crate::honest::{PACKAGE, ROLE, firm, give, now, pdp, person, rule, service, world};

const TASK: &str = "urn:altinn:task";

/// A rule that also asks for the environment.
fn by_channel(subjects: &[&[(&str, &str)]], action: &str) -> String {
    let channel = r#"<AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">app</AttributeValue>
  <AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
      AttributeId="urn:ttd:kanal" MustBePresent="false"
      DataType="http://www.w3.org/2001/XMLSchema#string"/></Match></AllOf></AnyOf></Target>"#;
    rule("Permit", subjects, Some(action), &[]).replace("</Target>", channel)
}

fn give_rights(register: &Register, to: &PartyKey, rights: &[Right]) {
    let order = DelegationOrder::new(&person(1), &firm(1), to, now());
    let given =
        register.update(|change| change.delegate_resource(&order, &service(), None, rights));
    given.expect("is given");
}

fn held(pdp: &Pdp, who: &PartyKey) -> Vec<Holding> {
    let held = pdp.holdings_for(&person(1), who, &firm(1), &[service()], now());
    held.expect("may be seen").rights
}

fn rights_to(pdp: &Pdp, action: &str) -> Vec<String> {
    let answers = pdp.answers(&service(), now()).expect("has no source");
    let rights = answers.expect("has a policy").rights_to(action);
    let rights = rights.expect("is answered").rights.into_iter();
    rights.map(|right| right.to_string()).collect()
}

#[test]
fn a_right_that_asks_for_the_environment_is_listed_with_its_condition() {
    let register = world();
    let rules = by_channel(&[&[(PACKAGE, "fiske")]], "read")
        + &rule("Permit", &[&[(ROLE, "dagl")]], Some("write"), &[]);
    let pdp = pdp(&register, &rules);
    let [read] = &rights_to(&pdp, "read")[..] else {
        panic!("the policy has one");
    };
    let condition =
        "the access package Fiske (fiske) and `urn:ttd:kanal` of the environment = `app`";
    assert!(
        read.starts_with(&format!("read\n  {condition}\n")),
        "{read}"
    );

    let holders = pdp.holders(&service(), &"read".into(), &firm(1), now());
    let holders = holders.expect("is answered");
    assert!(holders.holders.is_empty() && holders.others.is_empty());
    let told = holders.to_string();
    assert!(
        told.starts_with(&format!("depending on the request, {condition}\n")),
        "{told}"
    );
    assert_eq!(holders.conditional.len(), 1);

    let needed = pdp.needed(&person(3), &service(), &"read".into(), &firm(1), now());
    let needed = needed.expect("is answered");
    assert_eq!(
        (needed.ways.len(), needed.untried.len()),
        (0, 1),
        "{needed}"
    );
}

#[test]
fn a_delegated_right_that_asks_for_the_environment_is_not_without_effect() {
    let register = world();
    let pdp = pdp(&register, &by_channel(&[&[(PACKAGE, "fiske")]], "read"));
    let ola = person(3);
    give_rights(&register, &ola, &["read".into(), "xyz".into()]);
    let mut held = held(&pdp, &ola);
    held.sort_by_key(|held| held.lacking.is_empty());
    let [read, other] = &held[..] else {
        panic!("the one depends on what the other does not: {held:?}");
    };
    assert_eq!(read.decision, Some(Decision::NotApplicable));
    assert_eq!(&*read.lacking[0].id, "urn:ttd:kanal");
    let told = read.to_string();
    let depends = "with an effect that depends on `urn:ttd:kanal` of the environment";
    assert!(told.contains(depends), "{told}");
    assert!(!told.contains("without effect"), "{told}");
    assert!(other.to_string().contains("without effect"), "{other}");
    // With it, she may.
    let request = Request::builder()
        .subject("urn:altinn:person:identifier-no", "01017010003")
        .resource("urn:altinn:organization:identifier-no", "910000001")
        .resource("urn:altinn:resource", "svc")
        .action("read")
        .environment("urn:ttd:kanal", "app")
        .build();
    assert_eq!(pdp.decide_at(&request, now()).decision(), Decision::Permit);
}

#[test]
fn a_part_that_only_a_rule_that_denies_names_has_a_line_of_its_own() {
    let register = world();
    let whole = rule(
        "Permit",
        &[&[(ROLE, "dagl")], &[(PACKAGE, "jordbruk")]],
        Some("read"),
        &[],
    );
    let deny = |subject, task| rule("Deny", &[&[subject]], Some("read"), &[(TASK, task)]);
    let all = whole.clone()
        + &deny((PACKAGE, "fiske"), "T2")
        + &rule("Deny", &[&[(ROLE, "dagl")]], Some("write"), &[(TASK, "T3")]);
    let pdp_of_all = pdp(&register, &all);
    let [_, second] = &rights_to(&pdp_of_all, "read")[..] else {
        panic!("the whole and one task");
    };
    assert!(
        second.starts_with("read (urn:altinn:task T2)\n")
            && second.contains("unless something else that she has is denied"),
        "{second}"
    );
    give(&register, &person(3), "jordbruk");
    give(&register, &person(4), "jordbruk");
    give(&register, &person(3), "fiske");
    let holders = |right: &Right| {
        let held = pdp_of_all.holders(&service(), right, &firm(1), now());
        held.expect("is answered").holders.len()
    };
    let in_second = Right::from("read").on(TASK, "T2");
    // The managing director has all packages by her role.
    assert_eq!((holders(&"read".into()), holders(&in_second)), (3, 1));

    // Where a rule permits every action, too.
    let every = rule("Permit", &[&[(PACKAGE, "jordbruk")]], None, &[]);
    let every = every + &deny((PACKAGE, "fiske"), "T2");
    assert_eq!(rights_to(&pdp(&register, &every), "read").len(), 2);
    assert_eq!(rights_to(&pdp(&register, &every), "write").len(), 1);

    // Where nobody is left, it says so.
    let closed = whole + &deny((ROLE, "dagl"), "T2") + &deny((PACKAGE, "jordbruk"), "T2");
    let told = rights_to(&pdp(&register, &closed), "read");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(!told[1].contains("dagl"), "{}", told[1]);
}

/// A service owner has none of a party's roles and packages, by which a rule may deny.
#[test]
fn a_service_owner_is_denied_by_no_role() {
    let rules = rule(
        "Permit",
        &[&[("urn:altinn:org", "ttd")], &[(ROLE, "dagl")]],
        Some("read"),
        &[],
    ) + &rule("Deny", &[&[(PACKAGE, "fiske")]], Some("read"), &[]);
    let [read] = &rights_to(&pdp(&world(), &rules), "read")[..] else {
        panic!("the policy has one");
    };
    let denied: Vec<&str> = read
        .lines()
        .filter(|line| line.ends_with("unless something else that she has is denied"))
        .collect();
    assert!(
        matches!(denied[..], [one] if one.contains("(dagl)")),
        "{read}"
    );
    // Another owner is denied, and so is this one where a rule names it.
    let rules = rules + &rule("Deny", &[&[("urn:altinn:org", "ttd")]], Some("read"), &[]);
    let told = rights_to(&pdp(&world(), &rules), "read");
    assert!(!told[0].contains("service owner"), "{told:?}");
}

#[test]
fn a_right_ends_with_a_place_on_an_access_list() {
    let register = world();
    let june: DateTime = "2026-06-01T00:00:00+02:00".parse().expect("is an instant");
    let listed = register.update(|change| {
        change.resource(Resource::new(service(), "ttd").with_access_list())?;
        change.access_list("ttd:liste")?;
        change.connect_access_list("ttd:liste", &service(), None)?;
        change.access_list_member("ttd:liste", &firm(1), Window::until(june))
    });
    listed.expect("is no refusal");
    let pdp = pdp(
        &register,
        &rule("Permit", &[&[(ROLE, "dagl")]], Some("read"), &[]),
    );
    give_rights(&register, &person(3), &["read".into()]);
    for who in [person(1), person(3)] {
        let [read] = &held(&pdp, &who)[..] else {
            panic!("one right is held");
        };
        assert_eq!(read.window.ends(), None);
        assert_eq!(
            read.until().map(|until| until.to_unix()),
            Some(june.to_unix())
        );
        let told = read.to_string();
        assert!(told.contains(", until 1 June 2026"), "{told}");
    }
}

#[test]
fn a_single_right_is_offered_however_its_instance_is_spelt() {
    let register = world();
    let pdp = pdp(
        &register,
        &rule("Permit", &[&[(ROLE, "dagl")]], Some("read"), &[]),
    );
    for id in [
        "a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
        "A3B1F0DE-5C0B-4F0E-9A8D-0D8F1D3E6C11",
    ] {
        let right = Right::from("read").on("urn:altinn:resource:instance-id", id);
        let needed = pdp.needed(&person(3), &service(), &right, &firm(1), now());
        let needed = needed.expect("is answered");
        let mut ways = needed.ways.iter();
        let single = ways.find(|way| way.alternative.is_none());
        assert!(single.is_some_and(|way| !way.givers.is_empty()), "{needed}");
    }
}

#[test]
fn ways_that_take_the_same_are_one() {
    let register = world();
    give(&register, &person(1), "fiske");
    let right = ("urn:resourceright:action", "read");
    let rules = rule(
        "Permit",
        &[&[(ROLE, "dagl"), right], &[(PACKAGE, "fiske"), right]],
        Some("read"),
        &[],
    );
    let pdp = pdp(&register, &rules);
    let needed = pdp.needed(&person(1), &service(), &"read".into(), &firm(1), now());
    let needed = needed.expect("is answered");
    assert_eq!(needed.ways.len(), 1, "{needed}");
}

/// What is missing may come by itself.
#[test]
fn what_is_needed_says_when_it_changes() {
    use vedtak::altinn::facts::ResourceRight;
    let register = world();
    let june: DateTime = "2026-06-01T00:00:00+02:00".parse().expect("is an instant");
    let kind = "urn:resourceright:action";
    let given = register.update(|change| {
        change.resource(Resource::new(service(), "ttd").with_resource_rights())?;
        let right = ResourceRight::new(service(), firm(1), kind, "read");
        change.add_resource_right("ttd", right.during(Window::from(june)))
    });
    given.expect("is no refusal");
    let rules = rule(
        "Permit",
        &[&[(ROLE, "dagl"), (kind, "read")]],
        Some("read"),
        &[],
    );
    let pdp = pdp(&register, &rules);
    let needed = pdp.needed(&person(1), &service(), &"read".into(), &firm(1), now());
    let needed = needed.expect("is answered").to_string();
    assert!(needed.contains("may change on 1 June 2026"), "{needed}");
}

/// A rule may deny a part in a condition, by another comparison, or in several `AnyOf`s: such parts have no
/// line of their own, and the answer says that it is not whole.
#[test]
fn parts_that_are_denied_otherwise_leave_an_answer_open() {
    let register = world();
    give(&register, &person(3), "fiske");
    let permit = rule(
        "Permit",
        &[&[(PACKAGE, "fiske")], &[(ROLE, "dagl")]],
        Some("read"),
        &[],
    );
    let deny = |part: &[(&str, &str)]| rule("Deny", &[&[(PACKAGE, "fiske")]], Some("read"), part);
    let named = deny(&[(TASK, "T1")]);
    let condition = deny(&[]).replace(
        "</Target>",
        r#"</Target><Condition><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in">
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">T1</AttributeValue>
  <AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:resource"
      AttributeId="urn:altinn:task" MustBePresent="false"
      DataType="http://www.w3.org/2001/XMLSchema#string"/></Apply></Condition>"#,
    );
    let begins = deny(&[(TASK, "T1")]).replacen(
        r#"<Match MatchId="urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case">
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">T1<"#,
        r#"<Match MatchId="urn:oasis:names:tc:xacml:3.0:function:string-starts-with">
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">T1<"#,
        1,
    );
    let in_two = deny(&[(TASK, "T1")]).replace(
        "</Target>",
        r#"<AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">events</AttributeValue>
  <AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:resource"
      AttributeId="urn:altinn:appresource" MustBePresent="false"
      DataType="http://www.w3.org/2001/XMLSchema#string"/></Match></AllOf></AnyOf></Target>"#,
    );
    let whole = deny(&[]).replace("Permit", "Deny");
    for (rules, is_complete) in [
        (named, true),
        (whole, true),
        (condition, false),
        (begins, false),
        (in_two, false),
    ] {
        let pdp = pdp(&register, &(permit.clone() + &rules));
        let answers = pdp.answers(&service(), now()).expect("has no source");
        let rights = answers
            .expect("has a policy")
            .rights()
            .expect("is answered");
        assert_eq!(rights.is_complete, is_complete, "{rules}");
        // Whoever asks for the part is denied.
        let request = Request::builder()
            .subject("urn:altinn:person:identifier-no", "01017010003")
            .resource("urn:altinn:organization:identifier-no", "910000001")
            .resource("urn:altinn:resource", "svc")
            .resource(TASK, "T1")
            .resource("urn:altinn:appresource", "events")
            .action("read");
        assert_eq!(
            pdp.decide_at(&request.build(), now()).decision(),
            Decision::Deny
        );
    }
}
