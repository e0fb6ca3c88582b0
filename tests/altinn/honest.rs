//! Answers that say neither more nor less than decisions: what nobody can have is no way in, what is
//! given elsewhere leaves nobody out, and a failure is told.

use std::sync::Arc;

use vedtak::altinn::answers::{ChangeOutcome, ChangeReport, Needed};
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::delegation::Right;
use vedtak::altinn::explain::Language;
use vedtak::altinn::facts::{AccessGroups, Answer, Asked, Fact, Roles, Window};
use vedtak::altinn::lint::Lint;
use vedtak::altinn::register::{DelegationOrder, Grantable, PartyQuery};
use vedtak::altinn::resource::{InstanceId, Resource, ResourceId};
use vedtak::altinn::{Party, PartyKey, Pdp, Register};
use vedtak::provider::ProviderError;
use vedtak::value::DateTime;

const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
pub(crate) const PACKAGE: &str = "urn:altinn:accesspackage";
pub(crate) const ROLE: &str = "urn:altinn:rolecode";
const PERSON: &str = "urn:altinn:person:identifier-no";

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

fn permit(subjects: &[&[(&str, &str)]]) -> String {
    rule("Permit", subjects, Some("read"), &[])
}

fn policy(rules: &str) -> String {
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

fn needed(pdp: &Pdp, who: &PartyKey, of: &PartyKey) -> Needed {
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
