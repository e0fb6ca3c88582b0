//! What changes between two instants, as reports and lists tell it.

use vedtak::altinn::answers::{ChangeOutcome, ChangeReport};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::explain::Language;
use vedtak::altinn::facts::Window;
use vedtak::altinn::register::{DelegationOrder, PartyQuery};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{Party, PartyKey, Pdp};
use vedtak::value::DateTime;

use crate::honest::*;

/// The policy has a rule for the whole service, and one person a part of it.
#[test]
fn who_loses_a_part_that_only_a_delegation_names_is_in_the_report() {
    let part = Right::from("read").on("urn:altinn:task", "Task_2");
    let rules = permit(&[&[(ROLE, "dagl")]]);
    let before = world();
    let order = DelegationOrder::new(&person(1), &firm(1), &person(3), now());
    let given = before.update(|change| {
        change.delegate_resource(&order, &service(), None, std::slice::from_ref(&part))
    });
    given.expect("is given");
    let (before, after) = (pdp(&before, &rules), pdp(&world(), &rules));
    let sides = ((&before, now()), (&after, now()));
    let report = ChangeReport::between(sides.0, sides.1, &[service()], &[firm(1)]);
    let report = report.expect("is answered");
    let people = &report.services[0].people;
    let lost: Vec<_> = people
        .iter()
        .map(|one| (&*one.who.name, &one.lost[..]))
        .collect();
    assert_eq!(lost, [("OLA", std::slice::from_ref(&part))]);
    assert!(report.is_complete());
    // Who gains the whole gains the part with it.
    let report = ChangeReport::between(sides.1, sides.0, &[service()], &[firm(1)]);
    let gained = &report.expect("is answered").services[0].people[0].gained;
    assert_eq!(gained[..], [part]);

    // More parts than are asked about are told.
    let order = DelegationOrder::new(&person(1), &firm(1), &person(3), now());
    let many = world();
    let given = many.update(|change| {
        let part = |task: usize| Right::from("read").on("urn:altinn:task", format!("Task_{task}"));
        let parts: Vec<Right> = (0..101).map(part).collect();
        change.delegate_resource(&order, &service(), None, &parts)
    });
    given.expect("is given");
    let many = pdp(&many, &rules);
    let report = ChangeReport::between((&many, now()), sides.1, &[service()], &[firm(1)]);
    let report = report.expect("is answered");
    assert_eq!(report.services[0].people[0].lost.len(), 100);
    assert!(!report.is_complete());
    let told = report.in_language(Language::Bokmal).to_markdown();
    assert!(told.contains("100 andre deler"), "{told}");
}

#[test]
fn a_change_report_compares_people_and_rights_and_not_their_names() {
    let task = "urn:altinn:task";
    let cases = [
        (
            rule("Permit", &[&[(ROLE, "utinn")]], Some("read"), &[]),
            rule("Permit", &[&[(PACKAGE, "jordbruk")]], None, &[]),
        ),
        (
            rule(
                "Permit",
                &[&[(ROLE, "utinn")]],
                Some("read"),
                &[(task, "T1")],
            ),
            rule("Permit", &[&[(PACKAGE, "jordbruk")]], Some("read"), &[]),
        ),
    ];
    for (before, after) in cases {
        let register = world();
        let [before, after] = [before, after].map(|rules| pdp(&register, &rules));
        let report = ChangeReport::between((&before, now()), (&after, now()), &[service()], &[]);
        let report = report.expect("is answered");
        assert_eq!(report.outcome(), ChangeOutcome::SomeLost, "{report}");
    }

    // A party has one more key in one of the registers.
    let other = world();
    let uuid = "00000000-0000-4000-8000-000000000001"
        .parse()
        .expect("is a UUID");
    let named = Party::new(person(1), "KARI").key(PartyKey::Uuid(uuid));
    other
        .update(|change| change.party(named))
        .expect("is no refusal");
    let rules = permit(&[&[(PACKAGE, "jordbruk")], &[(ROLE, "dagl")]]);
    let (one, two) = (pdp(&world(), &rules), pdp(&other, &rules));
    for (before, after) in [(&one, &two), (&two, &one)] {
        let report =
            ChangeReport::between((before, now()), (after, now()), &[service()], &[firm(1)]);
        let report = report.expect("is answered");
        assert!(!report.is_something_lost(), "{report}");
        assert!(report.services[0].people.is_empty(), "{report}");
    }
    // No report of nothing, and none backwards.
    let earlier = "2026-02-01T12:00:00+01:00".parse().expect("is an instant");
    for (at, resource) in [(now(), ResourceId::new("svk")), (earlier, service())] {
        let report = ChangeReport::between((&one, now()), (&one, at), &[resource], &[]);
        report.expect_err("is refused");
    }
}

/// What ends by itself is told apart from what is lost by the end of the roles.
#[test]
fn what_ends_by_itself_is_not_lost() {
    let register = world();
    let until = "2026-05-01T00:00:00+02:00".parse().expect("is an instant");
    let order = DelegationOrder::new(&person(1), &firm(1), &person(3), now());
    let order = order.during(Window::until(until));
    let given = register.update(|change| {
        change.delegate_package(&order, "jordbruk")?;
        change.import_role(&firm(1), &person(4), "utinn", Window::ALWAYS)
    });
    given.expect("is given");
    let pdp = pdp(
        &register,
        &permit(&[&[(PACKAGE, "jordbruk")], &[(ROLE, "utinn")]]),
    );
    let after = "2027-01-01T00:00:00+01:00".parse().expect("is an instant");
    let report = ChangeReport::between((&pdp, now()), (&pdp, after), &[service()], &[firm(1)]);
    let report = report.expect("is answered");
    let of = |name: &str| {
        let mut people = report.services[0].people.iter();
        let found = people.find(|person| &*person.who.name == name);
        let found = found.unwrap_or_else(|| panic!("{name} is not in {report}"));
        (found.lost.len(), found.expired.len())
    };
    assert_eq!((of("OLA"), of("PER")), ((0, 1), (1, 0)));
}

fn later() -> DateTime {
    "2027-01-01T00:00:00+01:00".parse().expect("is an instant")
}

fn compared(pdp: &Pdp) -> ChangeReport {
    let report = ChangeReport::between(
        (pdp, now()),
        (pdp, later()),
        &[service()],
        &[firm(1), firm(2)],
    );
    report.expect("is answered")
}

/// A role that a rule denies ends: those who have it may do more.
#[test]
fn what_opens_at_the_end_of_the_roles_is_told() {
    let register = world();
    let given = register.update(|change| {
        change.import_role(&firm(1), &person(1), "utinn", Window::ALWAYS)?;
        change.import_role(&firm(2), &person(1), "utinn", Window::ALWAYS)?;
        change.register_role(&firm(2), &person(1), "dagl", Window::ALWAYS)
    });
    given.expect("is given");
    let rules = permit(&[&[(PACKAGE, "jordbruk")]])
        + &rule("Deny", &[&[(ROLE, "utinn")]], Some("read"), &[]);
    let report = compared(&pdp(&register, &rules));
    let service = &report.services[0];
    let [change] = &service.policy.rights[..] else {
        panic!("{report}");
    };
    assert_eq!(
        (change.widened.len(), change.lost.len()),
        (1, 0),
        "{report}"
    );
    let gained: Vec<(&str, usize)> = service
        .people
        .iter()
        .filter(|person| !person.gained.is_empty())
        .map(|person| (&*person.party.name, person.gained.len()))
        .collect();
    assert!(gained.contains(&("FJELL AS", 1)), "{report}");
    assert!(gained.contains(&("DAL AS", 1)), "{report}");
    assert!(!report.is_something_lost() && report.is_complete());
    let json: String = report.to_json().split_whitespace().collect();
    assert!(json.contains("\"gained\":[\"read\"]"), "{json}");
    for (text, line) in [
        (report.to_markdown(), "1 right is open to more; "),
        (report.to_html(), "<th scope=\"col\">gains</th>"),
        (
            report.to_markdown(),
            "- wider: the access package Jordbruk (jordbruk)",
        ),
        (
            report.in_language(Language::Bokmal).to_markdown(),
            "Ingenting faller bort. 1 rettighet er åpen for flere; ",
        ),
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

/// Whoever acts for several parties is one person.
#[test]
fn a_headline_counts_persons_once_and_names_everybody() {
    let register = world();
    let given = register.update(|change| {
        change.party(Party::new(person(5), ""))?;
        change.import_role(&firm(1), &person(5), "utinn", Window::ALWAYS)?;
        change.import_role(&firm(2), &person(5), "utinn", Window::ALWAYS)
    });
    given.expect("is given");
    let rules = permit(&[&[(ROLE, "utinn")]]);
    let report = compared(&pdp(&register, &rules));
    let losing = |name: &str| {
        let people = report.services[0].people.iter();
        let losing = people.filter(|person| !person.lost.is_empty());
        losing.filter(|person| &*person.who.name == name).count()
    };
    assert_eq!(losing(""), 2, "{report}");
    let told = report.to_markdown();
    assert!(told.contains("| this person | DAL AS"), "{told}");
    let told = report.in_language(Language::Bokmal).to_markdown();
    assert!(told.contains("| denne personen | DAL AS"), "{told}");
    let mut names: Vec<&str> = Vec::new();
    for person in report.services[0].people.iter() {
        if !person.lost.is_empty() && !names.contains(&&*person.who.name) {
            names.push(&person.who.name);
        }
    }
    let counted = format!(" {} rettighetshaver", names.len());
    assert!(told.contains(&counted), "{counted}\n{told}");
}

/// Nobody asks who exists no longer, on either side.
#[test]
fn a_deleted_party_leaves_a_report_whole() {
    let register = world();
    let gone = register.update(|change| {
        change.party(Party::new(firm(1), "FJELL AS").legal_form("AS").deleted())?;
        change.party(Party::new(person(4), "PER").deleted())
    });
    gone.expect("is no refusal");
    let pdp = pdp(&register, &permit(&[&[(ROLE, "dagl")], &[(ROLE, "utinn")]]));
    let parties = [firm(1), person(4)];
    let report = ChangeReport::between((&pdp, now()), (&pdp, later()), &[service()], &parties);
    let report = report.expect("is answered");
    assert!(report.is_complete(), "{report}");
    let mut people = report.services[0].people.iter();
    assert!(people.all(|person| !person.who.is_deleted), "{report}");
}

/// Actions of rules that are closed are actions of the policy, and a closed rule is for somebody.
#[test]
fn actions_of_rules_that_are_closed_are_told() {
    let register = world();
    let rules = rule("Permit", &[&[(ROLE, "utinn")]], Some("apply"), &[])
        + &permit(&[&[(ROLE, "dagl")]])
        + &rule("Deny", &[&[(ROLE, "medl")]], Some("sign"), &[]);
    let pdp = pdp(&register, &rules);
    let told = |action: &str, language| {
        let request = vedtak::Request::builder()
            .subject(PERSON, "01017010003")
            .resource("urn:altinn:organization:identifier-no", "910000001")
            .resource("urn:altinn:resource", "svc")
            .action(action)
            .build();
        let told = pdp.explain_at(&request, later());
        told.in_language(language).to_string()
    };
    let other = told("send", Language::English);
    for line in ["this to anyone", "its rules are `apply`, `read`"] {
        assert!(other.contains(line), "{other}");
    }
    assert!(!other.contains("sign"), "{other}");
}

/// Roles of Altinn II end in the lists of a PDP as in its decisions.
#[test]
fn lists_of_a_pdp_know_the_end_of_roles() {
    let register = world();
    let given =
        register.update(|change| change.import_role(&firm(1), &person(4), "utinn", Window::ALWAYS));
    given.expect("is given");
    let pdp = pdp(&register, &permit(&[&[(ROLE, "utinn")]]));
    let ends = |at| {
        let held = pdp.holdings_for(&person(1), &person(4), &firm(1), &[service()], at);
        let held = held.expect("may be seen");
        let all = held.roles.iter().chain(&held.rights);
        all.map(|held| held.window.ends().map(|ends| ends.to_unix()))
            .collect::<Vec<_>>()
    };
    let end = Some(later().to_unix());
    assert_eq!((ends(now()), ends(later())), (vec![end, end], vec![]));
    let query = PartyQuery::new();
    let listed = pdp.authorized_parties(&person(4), &service(), &"read".into(), &query, now());
    let roles = listed.parties.iter().flat_map(|one| &one.roles);
    let mut ends = roles.map(|held| held.window.ends().map(|ends| ends.to_unix()));
    assert!(ends.any(|ends| ends == end), "{listed:?}");
}
