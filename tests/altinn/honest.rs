//! Answers that say neither more nor less than decisions: what nobody can have is no way in, what is
//! given elsewhere leaves nobody out, and a failure is told.

use std::sync::Arc;

use vedtak::altinn::answers::Needed;
use vedtak::altinn::facts::{AccessGroups, Answer, Asked, Fact, Window};
use vedtak::altinn::register::{DelegationOrder, PartyQuery};
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::{Party, PartyKey, Pdp, Register};
use vedtak::value::DateTime;

const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
pub(crate) const PACKAGE: &str = "urn:altinn:accesspackage";
pub(crate) const ROLE: &str = "urn:altinn:rolecode";
pub(crate) const PERSON: &str = "urn:altinn:person:identifier-no";

pub(crate) fn now() -> DateTime {
    "2026-03-01T12:00:00+01:00".parse().expect("is an instant")
}

pub(crate) fn firm(digit: u32) -> PartyKey {
    PartyKey::organisation(format!("91000000{digit}"))
}

pub(crate) fn person(digit: u32) -> PartyKey {
    PartyKey::person(format!("0101701000{digit}"))
}

pub(crate) fn service() -> ResourceId {
    ResourceId::new("svc")
}

/// FJELL, run by KARI; DAL, run by DINA, with a sub-unit; OLA and PER.
pub(crate) fn world() -> Register {
    let register = Register::new();
    let filled = register.update(|change| {
        change.party(Party::new(firm(1), "FJELL AS").legal_form("AS"))?;
        change.party(Party::new(firm(2), "DAL AS").legal_form("AS"))?;
        let unit = Party::new(firm(3), "DAL AVD NORD").legal_form("BEDR");
        change.party(unit.part_of(firm(2)))?;
        for (digit, name) in [(1, "KARI"), (2, "DINA"), (3, "OLA"), (4, "PER")] {
            change.party(Party::new(person(digit), name))?;
        }
        change.register_role(&firm(1), &person(1), "dagl", Window::ALWAYS)?;
        change.register_role(&firm(2), &person(2), "dagl", Window::ALWAYS)?;
        change.resource(Resource::new(service(), "ttd"))
    });
    filled.expect("nothing is refused");
    register
}

fn matches(of: &str, all: &[(&str, &str)]) -> String {
    let matches = all.iter().map(|(id, value)| {
        format!(
            r#"<Match MatchId="urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case">
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
  <AttributeDesignator Category="{of}" AttributeId="{id}" MustBePresent="false"
      DataType="http://www.w3.org/2001/XMLSchema#string"/></Match>"#
        )
    });
    matches.collect()
}

/// A rule for each of the alternatives of the subject; an action of none is every action.
pub(crate) fn rule(
    effect: &str,
    subjects: &[&[(&str, &str)]],
    action: Option<&str>,
    part: &[(&str, &str)],
) -> String {
    let all_of = |matches: String| format!("<AllOf>{matches}</AllOf>");
    let subjects: String = subjects
        .iter()
        .map(|all| all_of(matches(SUBJECT, all)))
        .collect();
    let mut resource = vec![("urn:altinn:resource", "svc")];
    resource.extend(part);
    let mut target = format!("<AnyOf>{subjects}</AnyOf>");
    target += &format!("<AnyOf>{}</AnyOf>", all_of(matches(RESOURCE, &resource)));
    if let Some(action) = action {
        let id = "urn:oasis:names:tc:xacml:1.0:action:action-id";
        let of = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
        target += &format!("<AnyOf>{}</AnyOf>", all_of(matches(of, &[(id, action)])));
    }
    format!(r#"<Rule RuleId="{effect}" Effect="{effect}"><Target>{target}</Target></Rule>"#)
}

pub(crate) fn permit(subjects: &[&[(&str, &str)]]) -> String {
    rule("Permit", subjects, Some("read"), &[])
}

pub(crate) fn policy(rules: &str) -> String {
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
  RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/>
{rules}</Policy>"#
    )
}

pub(crate) fn pdp(register: &Register, rules: &str) -> Pdp {
    let pdp = Pdp::builder().policy("svc", policy(rules));
    pdp.register(register).build().expect("compiles")
}

pub(crate) fn give(register: &Register, to: &PartyKey, package: &str) {
    let order = DelegationOrder::new(&person(1), &firm(1), to, now());
    let given = register.update(|change| change.delegate_package(&order, package));
    given.expect("is given");
}

pub(crate) fn needed(pdp: &Pdp, who: &PartyKey, of: &PartyKey) -> Needed {
    let needed = pdp.needed(who, &service(), &"read".into(), of, now());
    needed.expect("is answered")
}

#[test]
fn what_is_not_enough_is_no_way_in() {
    // The party is not on the list that the resource is for: no role helps.
    let register = world();
    let listed = Resource::new(service(), "ttd").with_access_list();
    register
        .update(|change| change.resource(listed))
        .expect("is no refusal");
    let director = permit(&[&[(ROLE, "dagl")]]);
    let told = needed(&pdp(&register, &director), &person(3), &firm(1));
    assert!(told.veto.is_some() && told.ways.is_empty(), "{told}");

    // Something else that she has is denied.
    let register = world();
    give(&register, &person(3), "fiske");
    let denied = director.clone() + &rule("Deny", &[&[(PACKAGE, "fiske")]], Some("read"), &[]);
    let told = needed(&pdp(&register, &denied), &person(3), &firm(1));
    assert!(told.ways.is_empty(), "{told}");

    // Nobody can have anything for who exists no longer, nor give it to her.
    let register = world();
    let both = permit(&[&[(PACKAGE, "jordbruk")], &[(ROLE, "dagl")]]);
    let gone = register.update(|change| {
        change.party(Party::new(firm(1), "FJELL AS").legal_form("AS").deleted())?;
        change.party(Party::new(person(4), "PER").deleted())
    });
    gone.expect("is no refusal");
    let of_both = pdp(&register, &both);
    for (who, of) in [(person(3), firm(1)), (person(4), firm(2))] {
        let told = needed(&of_both, &who, &of);
        assert!(told.ways.is_empty(), "{told}");
    }

    // What she is herself is nothing to be given.
    let register = world();
    let kind = permit(&[&[(PACKAGE, "jordbruk"), ("urn:altinn:partytype", "person")]]);
    let told = needed(&pdp(&register, &kind), &person(3), &firm(1));
    // The package, and the single right.
    assert_eq!(told.ways.len(), 2, "{told}");
    assert_eq!(told.ways[0].missing.len(), 1, "{told}");
    assert!(!told.ways[0].givers.is_empty(), "{told}");
    let other = permit(&[&[("urn:altinn:org", "ttd")], &[(PERSON, "01017010001")]]);
    let told = needed(&pdp(&register, &other), &person(3), &firm(1));
    assert!(told.ways.is_empty(), "{told}");
}

#[test]
fn nobody_who_is_permitted_is_left_out() {
    // The sub-unit receives a right; who runs its main unit uses it.
    let register = world();
    let pdp = pdp(&register, &permit(&[&[(ROLE, "dagl")]]));
    let order = DelegationOrder::new(&person(1), &firm(1), &firm(3), now());
    let given = register
        .update(|change| change.delegate_resource(&order, &service(), None, &["read".into()]));
    given.expect("is given");
    let held = pdp.holders(&service(), &"read".into(), &firm(1), now());
    let held = held.expect("is answered");
    assert!(
        held.holders.iter().any(|one| &*one.party.name == "DINA"),
        "{held}"
    );
    // And she finds the party.
    let parties = pdp.authorized_parties(
        &person(2),
        &service(),
        &"read".into(),
        &PartyQuery::new(),
        now(),
    );
    let mut names = parties.parties.iter().map(|listed| &*listed.party.name);
    assert!(names.any(|name| name == "FJELL AS"));
}

#[test]
fn a_right_of_a_party_that_one_alone_may_use_leads_to_it() {
    use vedtak::altinn::facts::ResourceRight;
    let register = world();
    let pdp = pdp(
        &register,
        &permit(&[&[("urn:resourceright:action", "read")]]),
    );
    let mut right = ResourceRight::new(service(), person(1), "urn:resourceright:action", "read");
    right.performed_by = Some(person(3));
    let id = register
        .update(|change| change.add_resource_right("ttd", right))
        .expect("is added");
    let listed = || {
        let query = PartyQuery::new();
        let right = "read".into();
        let listed = pdp.authorized_parties(&person(3), &service(), &right, &query, now());
        listed
            .parties
            .iter()
            .map(|one| one.party.name.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(), ["KARI"]);
    let gone = register.update(|change| change.delete_resource_right("ttd", id));
    gone.expect("is removed");
    assert!(listed().is_empty());
}

const GROUP: &str = "urn:altinn:accessgroup";

const LIST: &str = "urn:altinn:access-list";

const ESTATE: &str = "urn:digitaltdodsbo:rolecode";

/// The ways by alternatives of the policy: there may be the single right besides.
fn by_policy(told: &Needed) -> usize {
    let ways = told.ways.iter();
    ways.filter(|way| way.alternative.is_some()).count()
}

/// Something that is missing, and that nobody gives, is decided about as if it were there.
#[test]
fn every_way_is_decided_with_what_it_supposes() {
    let formue = "urn:digitaltdodsbo:formuesfullmakt";
    let right = "urn:resourceright:action";
    let cases = [
        (GROUP, "gruppe", 3, firm(1), 1),
        (LIST, "ttd:liste", 3, firm(1), 1),
        (ESTATE, formue, 3, person(4), 1),
        (right, "read", 1, firm(1), 1),
        // A resource right of the party is used by those who act for it.
        (right, "read", 3, firm(1), 0),
        // An organisation has no estate, and a role by another name is none in an estate.
        (ESTATE, formue, 3, firm(1), 0),
        (ESTATE, "formuesfullmakt", 3, person(4), 0),
    ];
    for (id, value, who, of, ways) in cases {
        let permitted = permit(&[&[(id, value)]]);
        let told = needed(&pdp(&world(), &permitted), &person(who), &of);
        assert_eq!(by_policy(&told), ways, "{id}: {told}");
        assert!(told.untried.is_empty(), "{id}: {told}");
        // With it, something that she has is denied still.
        let register = world();
        let denied = permitted.clone() + &rule("Deny", &[&[(ROLE, "dagl")]], Some("read"), &[]);
        let told = needed(&pdp(&register, &denied), &person(1), &firm(1));
        assert!(told.ways.is_empty(), "{id}: {told}");
        // The resource is not for this party, whatever she has.
        let listed = Resource::new(service(), "ttd").with_access_list();
        let listed = register.update(|change| change.resource(listed));
        listed.expect("is no refusal");
        let told = needed(&pdp(&register, &permitted), &person(3), &person(2));
        assert!(told.ways.is_empty(), "{id}: {told}");
    }
}

/// No copy of the register can have these: nothing is said of whether they are enough.
#[test]
fn a_way_that_cannot_be_tried_is_told_apart() {
    struct NoGroups;
    impl AccessGroups for NoGroups {
        fn access_groups(&self, _asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
            Ok(Vec::new())
        }
    }
    let told = |pdp: &Pdp| {
        let told = needed(pdp, &person(3), &firm(1));
        assert_eq!(by_policy(&told), 0, "{told}");
        assert_eq!(told.untried.len(), 1, "{told}");
        let said = told.to_string();
        assert!(said.contains("could not be tried"), "{said}");
    };
    let register = world();
    told(&pdp(&register, &permit(&[&[(ROLE, "nyrolle")]])));
    told(&pdp(
        &register,
        &permit(&[&[(GROUP, "gruppe"), ("urn:ttd:seal", "red")]]),
    ));
    let asked = Pdp::builder().policy("svc", policy(&permit(&[&[(GROUP, "gruppe")]])));
    let asked = asked.register(&register).groups(NoGroups).build();
    told(&asked.expect("compiles"));
}

#[test]
fn a_listed_right_is_a_right() {
    let register = world();
    give(&register, &person(3), "fiske");
    give(&register, &person(3), "jordbruk");
    let rules = permit(&[&[(PACKAGE, "jordbruk")]])
        + &rule("Deny", &[&[(PACKAGE, "fiske")]], Some("read"), &[]);
    let held =
        pdp(&register, &rules).holdings_for(&person(1), &person(3), &firm(1), &[service()], now());
    assert!(held.expect("may be seen").rights.is_empty());
}
