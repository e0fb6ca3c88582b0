//! What an answer shows and what it keeps to itself: failures and unknown names are told, numbers of persons
//! are not.

use std::sync::Arc;

use vedtak::altinn::answers::ChangeReport;
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::facts::{Answer, Asked, Fact, Roles, Window};
use vedtak::altinn::lint::Lint;
use vedtak::altinn::register::{DelegationOrder, Grantable, PartyQuery};
use vedtak::altinn::resource::{InstanceId, ResourceId};
use vedtak::altinn::{Party, PartyKey, Pdp};
use vedtak::provider::ProviderError;

use crate::honest::*;

struct Down;

impl Roles for Down {
    fn roles(&self, _asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        Err(ProviderError::new("connection refused"))
    }
}

#[test]
fn a_failure_is_told_with_every_answer() {
    let register = world();
    let policy = permit(&[&[(ROLE, "dagl")]]);
    let policy = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
  RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/>
{policy}</Policy>"#
    );
    let pdp = Pdp::builder()
        .policy("svc", policy)
        .register(&register)
        .roles(Down);
    let pdp = pdp.build().expect("compiles");
    let (right, firm) = ("read".into(), firm(1));
    let parties = pdp.authorized_parties(&person(1), &service(), &right, &PartyQuery::new(), now());
    let held = pdp
        .holders(&service(), &right, &firm, now())
        .expect("is answered");
    let needed = needed(&pdp, &person(1), &firm);
    let after = "2027-01-01T00:00:00+01:00".parse().expect("is an instant");
    let report = ChangeReport::between((&pdp, now()), (&pdp, after), &[service()], &[firm]);
    let report = report.expect("is answered");
    for troubles in [
        &parties.troubles,
        &held.troubles,
        &needed.troubles,
        &report.services[0].troubles,
    ] {
        let [trouble] = &troubles[..] else {
            panic!("{troubles:?}");
        };
        assert!(
            trouble.to_string().contains("connection refused"),
            "{trouble}"
        );
    }
    assert!(!report.is_complete());
    for told in [held.to_string(), needed.to_string(), report.to_string()] {
        assert!(told.contains("connection refused"), "{told}");
    }
}

#[test]
fn unknown_names_in_a_query_are_told() {
    let register = world();
    let troubles = |who: &PartyKey, query: &PartyQuery| {
        let listed = register.snapshot().authorized_parties(who, query, now());
        let told = listed.troubles.iter().map(ToString::to_string);
        told.collect::<Vec<_>>().join("; ")
    };
    assert_eq!(troubles(&person(1), &PartyQuery::new()), "");
    let misspelled = PartyQuery::new().package("jordbruc").role("daggl");
    let told = troubles(&person(1), &misspelled);
    assert!(
        told.contains("`jordbruk`") && told.contains("daggl"),
        "{told}"
    );
    let nobody = troubles(&person(9), &PartyQuery::new());
    assert!(nobody.contains("not in the register"), "{nobody}");
}

/// Numbers of persons and addresses in a policy are nobody's to read in an answer.
#[test]
fn numbers_of_persons_stay_hidden() {
    let register = world();
    let email = "urn:altinn:person:idporten-email";
    let rules = permit(&[
        &[(PERSON, "01017012345")],
        &[(email, "eva.hansen@example.no")],
        &[(ROLE, "dagl")],
    ]);
    let before = pdp(&register, &rules);
    let after = pdp(&register, &permit(&[&[(ROLE, "dagl")]]));
    let report = ChangeReport::between((&before, now()), (&after, now()), &[service()], &[]);
    let report = report.expect("is answered");
    let answers = before.answers(&service(), now()).expect("has no source");
    let rights = answers
        .expect("has a policy")
        .rights()
        .expect("is answered");
    let request = vedtak::Request::builder()
        .subject(PERSON, "01017010003")
        .resource("urn:altinn:organization:identifier-no", "910000001")
        .resource("urn:altinn:resource", "svc")
        .action("read")
        .build();
    let unknown = "urn:altinn:person:identifier-no:01017012345 ".parse::<PartyKey>();
    for told in [
        needed(&before, &person(3), &firm(1)).to_string(),
        report.to_markdown(),
        report.to_json(),
        report.to_html(),
        rights.to_string(),
        before.explain_at(&request, now()).to_string(),
        unknown.expect_err("has a blank").to_string(),
    ] {
        assert!(
            !told.contains("12345") && !told.contains("hansen"),
            "{told}"
        );
    }
}

/// A part of a service may be a person, and so may a value that is none of Altinn's.
#[test]
fn numbers_of_persons_in_parts_stay_hidden() {
    let register = world();
    let part = [(PERSON, "01017012345")];
    let rules = rule("Permit", &[&[(PACKAGE, "fiske")]], Some("read"), &part)
        + &rule(
            "Permit",
            &[&[("urn:ttd:fnr", "01017012345")]],
            Some("read"),
            &[],
        )
        + &rule("Permit", &[&[(ROLE, "01017012345")]], Some("read"), &[])
        + &permit(&[&[(ROLE, "dagl")]]);
    let before = pdp(&register, &rules);
    let after = pdp(&register, &permit(&[&[(ROLE, "dagl")]]));
    let report = ChangeReport::between((&before, now()), (&after, now()), &[service()], &[]);
    let report = report.expect("is answered");
    let answers = before.answers(&service(), now()).expect("has no source");
    let rights = answers
        .expect("has a policy")
        .rights()
        .expect("is answered");
    let of_person = rights.rights.iter().find(|right| !right.part.is_empty());
    let of_person = of_person.expect("the policy has it");
    assert_eq!(
        of_person.key(),
        "svc;read;urn:altinn:person:identifier-no=010170%2a%2a%2a%2a%2a"
    );
    let warnings = Lint::new(&Catalogue::standard())
        .of_resource("svc")
        .warnings("policy.xml", policy(&rules))
        .expect("can be read");
    assert!(!warnings.is_empty());
    let right = of_person.right().expect("has an action");
    let of_right = before.needed(&person(3), &service(), &right, &firm(1), now());
    let what = [Grantable::resource(service(), [right])];
    let checked = register
        .snapshot()
        .delegation_check(&person(1), &firm(1), &what, None, now());
    let refused = checked.expect("is an administrator").remove(0).result;
    let mut told = vec![
        needed(&before, &person(3), &firm(1)).to_string(),
        of_right.expect("is answered").to_string(),
        refused.expect_err("is for another").to_string(),
        report.to_markdown(),
        report.to_json(),
        report.to_html(),
        rights.to_string(),
    ];
    told.extend(warnings.iter().map(ToString::to_string));
    for told in told {
        assert!(!told.contains("12345"), "{told}");
    }
}

#[test]
fn a_name_makes_no_link() {
    let register = world();
    let name = "www.evil.example and https://evil.example @octocat $x$ me@evil.example";
    let named = register.update(|change| {
        change.party(Party::new(person(3), name))?;
        change.register_role(&firm(1), &person(3), "dagl", Window::ALWAYS)
    });
    named.expect("is no refusal");
    let before = pdp(&register, &permit(&[&[(ROLE, "dagl")]]));
    let after = pdp(&register, &permit(&[&[(PACKAGE, "fiske")]]));
    let report = ChangeReport::between((&before, now()), (&after, now()), &[service()], &[firm(1)]);
    let told = report.expect("is answered").to_markdown();
    for link in ["www.", "https:", "@", "$x"] {
        let row = told
            .lines()
            .find(|line| line.contains("octocat"))
            .expect("is told");
        assert!(!row.replace("\\$", "").contains(link), "{row}");
    }
}

#[test]
fn filters_select_by_one_or_by_all_and_by_instance() {
    let register = world();
    give(&register, &person(3), "jordbruk");
    let order = DelegationOrder::new(&person(1), &firm(1), &person(3), now());
    let form = InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11");
    let given = register.update(|change| {
        change.delegate_resource(&order, &service(), Some(&form), &["read".into()])
    });
    given.expect("is given");
    let fits = |query: PartyQuery| {
        let listed = register
            .snapshot()
            .authorized_parties(&person(3), &query, now());
        listed
            .parties
            .iter()
            .any(|one| &*one.party.name == "FJELL AS")
    };
    let query = PartyQuery::new;
    assert!(fits(query().package("jordbruk").package("fiske")));
    assert!(!fits(
        query().package("jordbruk").package("fiske").needing_all()
    ));
    assert!(fits(query().package("jordbruk").needing_all()));
    let other = InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c12");
    assert!(fits(query().instance(form.clone())));
    assert!(!fits(query().instance(other.clone())));
    assert!(fits(
        query()
            .instance(form.clone())
            .instance(other.clone())
            .action("read")
    ));
    assert!(!fits(
        query().instance(form.clone()).instance(other).needing_all()
    ));
    assert!(!fits(query().instance(form.clone()).action("write")));
    let unknown = ResourceId::new("another");
    assert!(fits(
        query()
            .resource(unknown.clone())
            .also_instance(form.clone())
            .resource(service())
    ));
    assert!(!fits(query().also_resource(unknown).resource(service())));
    assert!(fits(
        query()
            .also_resource(service())
            .also_instance(form.clone())
            .also_package("jordbruk")
    ));
    let other = InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c12");
    assert!(!fits(query().instance(form).also_instance(other)));
}
