//! Those who exist no longer, the end of roles, and ways in that nobody can take: what answers say of them.

use vedtak::altinn::answers::{ChangeReport, Needed};
use vedtak::altinn::register::{NotDelegable, PartyQuery};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::ruling::{Basis, Veto};
use vedtak::altinn::{PartyKey, Pdp, Register};
use vedtak::attribute::category::{ACCESS_SUBJECT, ACTION, RESOURCE};
use vedtak::value::DateTime;
use vedtak::{Decision, Request};

const REGISTER: &str = r#"{"format": "vedtak-register", "version": 1,
  "parties": [
    {"kind": "person", "name": "KARI", "user": 1},
    {"kind": "person", "name": "OLA", "user": 2, "deleted": true},
    {"kind": "person", "name": "ADA", "user": 5},
    {"kind": "organisation", "name": "FJELL AS", "number": "910000001"},
    {"kind": "organisation", "name": "VIDDE AS", "number": "910000002", "deleted": true}
  ],
  "resources": [{"id": "svc", "owner": "ttd"}],
  "roles": [
    {"to": "KARI", "from": "FJELL AS", "role": "dagl"},
    {"to": "ADA", "from": "OLA", "role": "urn:digitaltdodsbo:formuesfullmakt"}
  ]}"#;

fn at(text: &str) -> DateTime {
    text.parse().expect("is an instant")
}

fn now() -> DateTime {
    at("2026-03-02T09:00:00+01:00")
}

fn matches(of: &str, id: &str, value: &str, is_exact: bool) -> String {
    let function = match is_exact {
        true => "1.0:function:string-equal",
        false => "3.0:function:string-equal-ignore-case",
    };
    format!(
        r#"<AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:{function}">
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
  <AttributeDesignator Category="{of}" AttributeId="{id}" MustBePresent="false"
      DataType="http://www.w3.org/2001/XMLSchema#string"/></Match></AllOf></AnyOf>"#
    )
}

/// A policy of rules that permit an action to one subject each.
fn policy(rules: &[(&str, &str, &str, bool)]) -> String {
    let rules = rules.iter().enumerate();
    let rules = rules.map(|(place, (id, value, action, is_exact))| {
        let subject = matches(ACCESS_SUBJECT, id, value, false);
        let resource = matches(RESOURCE, "urn:altinn:resource", "svc", true);
        let action_id = "urn:oasis:names:tc:xacml:1.0:action:action-id";
        let action = matches(ACTION, action_id, action, *is_exact);
        format!(
            r#"<Rule RuleId="{place}" Effect="Permit"><Target>{subject}{resource}{action}</Target></Rule>"#
        )
    });
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
  RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
  <Target/>{}</Policy>"#,
        rules.collect::<String>()
    )
}

const ROLE: &str = "urn:altinn:rolecode";
const PACKAGE: &str = "urn:altinn:accesspackage";

fn pdp(rules: &[(&str, &str, &str, bool)]) -> Pdp {
    let register = Register::from_json("register.json", REGISTER.as_bytes()).expect("is read");
    let pdp = Pdp::builder().policy("svc", policy(rules));
    pdp.register(&register).build().expect("compiles")
}

fn svc() -> ResourceId {
    ResourceId::new("svc")
}

fn needed(pdp: &Pdp, who: u32, of: &PartyKey) -> Needed {
    let needed = pdp.needed(&PartyKey::User(who), &svc(), &"read".into(), of, now());
    needed.expect("is answered")
}

/// Whatever rule permits, nobody acts for a party that exists no longer, but heirs.
#[test]
fn nobody_acts_for_who_exists_no_longer_but_heirs() {
    let estate = "urn:digitaltdodsbo:formuesfullmakt";
    let pdp = pdp(&[
        ("urn:altinn:userid", "1", "read", true),
        ("urn:altinn:org", "ttd", "read", true),
        ("urn:digitaltdodsbo:rolecode", estate, "read", true),
    ]);
    let explained = |who: (&str, &str), of: (&str, &str)| {
        let request = Request::builder()
            .subject(who.0, who.1)
            .resource("urn:altinn:resource", "svc")
            .resource(of.0, of.1)
            .action("read")
            .build();
        pdp.explain_at(&request, now())
    };
    let number = "urn:altinn:organization:identifier-no";
    let (kari, owner) = (("urn:altinn:userid", "1"), ("urn:altinn:org", "ttd"));
    let ada = ("urn:altinn:userid", "5");
    for who in [kari, owner] {
        let there = explained(who, (number, "910000001"));
        assert_eq!(there.ruling.decision(), Decision::Permit, "{there}");
        let gone = explained(who, (number, "910000002"));
        assert_eq!(gone.ruling.decision(), Decision::Deny, "{gone}");
        assert!(matches!(
            gone.ruling.basis,
            Basis::Veto(Veto::Deleted { .. })
        ));
        assert!(gone.to_string().contains("exists no longer"), "{gone}");
    }
    let heir = explained(ada, ("urn:altinn:userid", "2"));
    assert_eq!(heir.ruling.decision(), Decision::Permit, "{heir}");
    let other = explained(kari, ("urn:altinn:userid", "2"));
    assert_eq!(other.ruling.decision(), Decision::Deny, "{other}");
}

/// A role that she has, or could be given, is not named where the party or the asker is gone.
#[test]
fn nothing_is_enough_for_who_exists_no_longer() {
    let pdp = pdp(&[
        (ROLE, "dagl", "read", true),
        (PACKAGE, "jordbruk", "read", true),
    ]);
    let vidde = PartyKey::organisation("910000002");
    let fjell = PartyKey::organisation("910000001");
    for (who, of, gone) in [(1, &vidde, "VIDDE AS"), (2, &fjell, "OLA")] {
        let needed = needed(&pdp, who, of);
        assert_eq!(needed.ways, [], "{needed}");
        assert_eq!(needed.troubles, [], "{needed}");
        assert_eq!(needed.gone.as_ref().map(|gone| &*gone.name), Some(gone));
        let told = needed.to_string();
        assert!(told.contains("exists no longer"), "{told}");
        assert!(
            told.contains("nothing that is known would be enough"),
            "{told}"
        );
    }
    assert!(needed(&pdp, 5, &fjell).gone.is_none());
    let request = Request::builder()
        .subject("urn:altinn:userid", "1")
        .resource("urn:altinn:resource", "svc")
        .resource("urn:altinn:organization:identifier-no", "910000002")
        .action("read")
        .build();
    let why = pdp.explain_at(&request, now());
    assert_eq!(why.ruling.decision(), Decision::NotApplicable);
    assert_eq!(why.openings, []);
    let told = why.to_string();
    assert!(
        told.contains("VIDDE AS (910000002) exists no longer"),
        "{told}"
    );
    assert!(!told.contains("daglig leder"), "{told}");
}

/// A right that only roles of Altinn II gave can still be given singly, and is in the list.
#[test]
fn a_right_of_ended_roles_is_there_for_single_rights() {
    let policies = [
        (ROLE, "utinn", "read", true),
        ("urn:altinn:org", "ttd", "write", true),
    ];
    let pdp = pdp(&policies);
    let answers = pdp
        .answers(&svc(), now())
        .expect("is there")
        .expect("is there");
    let before = answers.rights().expect("is answered");
    assert!(before.rights.iter().all(|right| right.is_somebodys()));
    let after = answers.at(at("2027-02-01T09:00:00+01:00"));
    let rights = after.rights().expect("is answered");
    let actions = rights.rights.iter();
    let actions = actions.map(|right| (right.action.as_deref(), right.is_somebodys()));
    let actions: Vec<_> = actions.collect();
    assert_eq!(
        actions,
        [(Some("read"), false), (Some("write"), true)],
        "{rights}"
    );
    let told = "read\n  whoever is given the single right\n";
    assert!(rights.to_string().starts_with(told), "{rights}");
    let right = after.who_may(&"read".into()).expect("is answered");
    assert!(right.to_string().starts_with(told), "{right}");
}

/// An action is one text, so nothing is open that would have to be two at once.
#[test]
fn no_action_is_two_at_once() {
    let owner = "urn:altinn:org";
    let pdp = pdp(&[
        (owner, "ttd", "read", true),
        (owner, "ttd", "customReadAction", false),
        (owner, "ttd", "write", true),
        (owner, "ttd", "customWriteAction", false),
    ]);
    let answers = pdp
        .answers(&svc(), now())
        .expect("is there")
        .expect("is there");
    let rights = answers.rights().expect("is answered");
    assert!(rights.is_complete);
    let rests = |one: &vedtak::altinn::answers::Alternative| !one.rests_on.is_empty();
    for right in &rights.rights {
        assert!(right.action.is_some(), "{rights}");
        assert!(!right.alternatives.iter().any(rests), "{rights}");
    }
    assert_eq!(rights.rights.len(), 4, "{rights}");
}

/// The reason why a right is not to be delegated is told of that right alone.
#[test]
fn a_reason_is_told_of_the_right_that_has_it() {
    let file = include_str!("../../fixtures/altinn/scenarios/35-banks-on-a-list/register.json");
    let register = Register::from_json("register.json", file.as_bytes()).expect("is read");
    let query = PartyQuery::new();
    let found = register
        .snapshot()
        .authorized_parties(&PartyKey::User(3504), &query, now());
    let mut parties = found.parties.iter();
    let bank = parties
        .find(|listed| *listed.party.name == *"LESEBANKEN")
        .expect("is listed");
    let told = bank
        .resources
        .iter()
        .map(|held| (held.what.to_string(), held.not_delegable));
    let told: Vec<_> = told.collect();
    let closed = Some(NotDelegable::NotOnAccessList);
    let expected = [
        ("read on `ttd-kontosok`", None),
        ("write on `ttd-kontosok`", closed),
    ];
    let expected = expected.map(|(what, why)| (what.to_owned(), why));
    assert_eq!(told, expected);
}

/// No role is offered that the register has for parties of another kind, and a package that is not given
/// on its own is told so.
#[test]
fn a_way_that_nobody_can_take_is_not_offered_as_one() {
    let pdp = pdp(&[
        (ROLE, "dagl", "read", true),
        ("urn:altinn:role", "privatperson", "read", true),
        (PACKAGE, "ansvarlig-revisor", "read", true),
    ]);
    let needed_by_ada = needed(&pdp, 5, &PartyKey::User(1));
    let told = needed_by_ada.to_string();
    assert!(
        !told.contains("daglig leder") && !told.contains("privatperson"),
        "{told}"
    );
    let told = needed(&pdp, 5, &PartyKey::organisation("910000001")).to_string();
    assert!(
        told.contains("daglig leder") && !told.contains("privatperson"),
        "{told}"
    );
    let alone = "(ansvarlig-revisor): nobody can give it on its own";
    assert!(told.contains(alone), "{told}");
}

/// The PDP of a scenario, with the policy of one resource.
fn of_scenario(folder: &str, resource: &str) -> Pdp {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/altinn/scenarios");
    let text = |name: &str| std::fs::read_to_string(root.join(folder).join(name)).expect("is text");
    let register = text("register.json");
    let register = Register::from_json("register.json", register.as_bytes()).expect("is read");
    let policy = text(&format!("policies/{resource}.xml"));
    let pdp = Pdp::builder().policy(resource, policy);
    pdp.register(&register).build().expect("compiles")
}

/// Where nothing helps, it is said why: a rule that denies, actions that the policy does not have, a rule for
/// others. A delegation that is still to begin is told beside what helps.
#[test]
fn it_is_said_why_nothing_is_enough() {
    let drone = ("43-in-norwegian", "ttd-droneskjema", "310002901");
    let accounts = (
        "39-a-rule-that-denies",
        "ttd-regnskapsgrunnlag",
        "310003901",
    );
    for ((folder, resource, firm), who, action, lines) in [
        (
            accounts,
            3902,
            "write",
            &[
                "has not got write",
                "  by rule `",
                "the role revisor (revi)",
            ][..],
        ),
        (
            drone,
            2902,
            "rea",
            &[
                "no rule of the policy permits this to anyone",
                "the actions in its rules are `read`, `confirm`, `write`",
            ],
        ),
        (
            drone,
            2902,
            "write",
            &["permits it to\n    the service owner ttd"],
        ),
        (
            drone,
            2902,
            "read",
            &[
                "SINDRE SENERE needs one of these\n",
                "delegation `1` would fit, but holds from 1 May 2026 at 00:00",
            ],
        ),
    ] {
        let pdp = of_scenario(folder, resource);
        let (who, firm) = (PartyKey::User(who), PartyKey::organisation(firm));
        let resource = ResourceId::new(resource);
        let needed = pdp.needed(&who, &resource, &action.into(), &firm, now());
        let told = needed.expect("is answered").to_string();
        for line in lines {
            assert!(told.contains(line), "{line}: {told}");
        }
        assert!(!told.contains("nothing that is known"), "{told}");
    }
}

/// The party and others who exist no longer are not tried as those who ask.
#[test]
fn nobody_holds_a_right_for_a_party_that_exists_no_longer() {
    let pdp = pdp(&[(ROLE, "dagl", "read", true)]);
    let vidde = PartyKey::organisation("910000002");
    let held = pdp.holders(&svc(), &"read".into(), &vidde, now());
    let held = held.expect("is answered");
    assert!(held.is_complete && held.troubles.is_empty(), "{held}");
    assert_eq!(held.gone.as_ref().map(|gone| &*gone.name), Some("VIDDE AS"));
    let told = held.to_string();
    assert_eq!(
        told,
        "nobody\n  because VIDDE AS (910000002) exists no longer\n"
    );
}

/// A service whose policy is of another was not looked at: a report says so, and is not complete.
#[test]
fn a_report_is_not_complete_about_the_policy_of_another_service() {
    let register = Register::from_json("register.json", REGISTER.as_bytes()).expect("is read");
    let of_svc = policy(&[(ROLE, "dagl", "read", true)]);
    let pdp = Pdp::builder().policy("policy", of_svc).register(&register);
    let pdp = pdp.build().expect("compiles");
    let services = [ResourceId::new("policy")];
    let until = at("2027-01-01T00:00:00+01:00");
    let report = ChangeReport::between((&pdp, now()), (&pdp, until), &services, &[]);
    let report = report.expect("is answered");
    assert!(!report.is_complete());
    assert_eq!(report.services[0].of_others, [svc()]);
    for told in [report.to_markdown(), report.to_html()] {
        assert!(told.contains("1 service was not looked at"), "{told}");
        assert!(!told.contains("Nothing is lost"), "{told}");
    }
    let json = report.to_json();
    let told = r#""is_complete": false, "policy_of_others": ["svc"]"#;
    assert!(json.contains(told), "{json}");
}
