//! Reasons against decisions, for random policies: what is said to be enough is enough, what is
//! lacking is named, and nothing is said to be denied where nothing denies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::altinn::answers::{ChangeReport, Holder, Need, PolicyAnswers, PolicyRight};
use vedtak::altinn::explain::{Language, Requirement};
use vedtak::altinn::facts::Window;
use vedtak::altinn::register::{DelegationOrder, Grantable};
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::{Party, PartyKey, Pdp, Register};
use vedtak::attribute::category::{ACCESS_SUBJECT, ACTION, ENVIRONMENT, RESOURCE};
use vedtak::value::DateTime;
use vedtak::{Decision, Request};

const ROLE: &str = "urn:altinn:rolecode";
const PACKAGE: &str = "urn:altinn:accesspackage";
const ACTION_ID: &str = "urn:oasis:names:tc:xacml:1.0:action:action-id";
/// The attributes of the environment that policies read, which open it with `ja`: by the target of
/// the policy, by that of a rule, and by a condition.
const OPEN: [&str; 3] = ["urn:ttd:apent", "urn:ttd:ukedag", "urn:ttd:vilkar"];
/// Roles and packages, of which the roles bring none of the packages.
const NEEDS: [(&str, &str); 4] = [
    (ROLE, "dtso"),
    (ROLE, "medl"),
    (PACKAGE, "jordbruk"),
    (PACKAGE, "fiske"),
];

fn now() -> DateTime {
    "2026-03-01T12:00:00+01:00".parse().expect("is an instant")
}

fn firm() -> PartyKey {
    PartyKey::organisation("910000001")
}

fn person(digit: u32) -> PartyKey {
    PartyKey::person(format!("0101701000{digit}"))
}

fn service() -> ResourceId {
    ResourceId::new("svc")
}

/// `SplitMix64`: the same throws for the same seed.
struct Throws(u64);

impl Throws {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % end
    }

    fn is_one_in(&mut self, end: u64) -> bool {
        self.below(end) == 0
    }
}

/// A match of a string, in any letter case or exactly.
fn matches(of: &str, id: &str, value: &str, is_exact: bool) -> String {
    let function = match is_exact {
        true => "1.0:function:string-equal",
        false => "3.0:function:string-equal-ignore-case",
    };
    format!(
        r#"<Match MatchId="urn:oasis:names:tc:xacml:{function}">
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
  <AttributeDesignator Category="{of}" AttributeId="{id}" MustBePresent="false"
      DataType="http://www.w3.org/2001/XMLSchema#string"/></Match>"#
    )
}

fn any_of(alternatives: &[String]) -> String {
    let all: Vec<String> = alternatives
        .iter()
        .map(|matches| format!("<AllOf>{matches}</AllOf>"))
        .collect();
    format!("<AnyOf>{}</AnyOf>", all.concat())
}

fn rule(id: usize, effect: &str, target: &str, condition: &str) -> String {
    let action = any_of(&[matches(ACTION, ACTION_ID, "read", true)]);
    let resource = any_of(&[matches(RESOURCE, "urn:altinn:resource", "svc", true)]);
    format!(
        r#"<Rule RuleId="rule-{id}" Effect="{effect}"><Target>{target}{resource}{action}</Target>{condition}</Rule>"#
    )
}

fn policy(target: &str, rules: &str) -> String {
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
  RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
  <Target>{target}</Target>{rules}</Policy>"#
    )
}

fn is_open(id: &str) -> String {
    matches(ENVIRONMENT, id, "ja", true)
}

/// One to three rules that permit reading to roles and packages, in some circumstances.
fn random_policy(throws: &mut Throws) -> String {
    let target = match throws.is_one_in(3) {
        true => any_of(&[is_open(OPEN[0])]),
        false => String::new(),
    };
    let rules: String = (0..=throws.below(3) as usize)
        .map(|id| {
            let mut asked = String::new();
            for _ in 0..=throws.below(2) {
                let alternatives: Vec<String> = (0..=throws.below(2))
                    .map(|_| {
                        let (id, value) = NEEDS[throws.below(4) as usize];
                        let mut all = matches(ACCESS_SUBJECT, id, value, false);
                        if throws.is_one_in(4) {
                            all += &is_open(OPEN[1]);
                        }
                        all
                    })
                    .collect();
                asked += &any_of(&alternatives);
            }
            if throws.is_one_in(4) {
                asked += &any_of(&[is_open(OPEN[1])]);
            }
            let condition = match throws.is_one_in(3) {
                true => format!(
                    r#"<Condition><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in">
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">ja</AttributeValue>
  <AttributeDesignator Category="{ENVIRONMENT}" AttributeId="{}" MustBePresent="false"
      DataType="http://www.w3.org/2001/XMLSchema#string"/></Apply></Condition>"#,
                    OPEN[2]
                ),
                false => String::new(),
            };
            rule(id, "Permit", &asked, &condition)
        })
        .collect();
    policy(&target, &rules)
}

/// FJELL, run by KARI, and OLA, who has some roles and packages for it.
fn register(has: &[(String, String)]) -> Register {
    let register = Register::new();
    let filled = register.update(|change| {
        change.party(Party::new(firm(), "FJELL AS").legal_form("AS"))?;
        change.party(Party::new(person(1), "KARI"))?;
        change.party(Party::new(person(3), "OLA"))?;
        change.register_role(&firm(), &person(1), "dagl", Window::ALWAYS)?;
        change.resource(Resource::new(service(), "ttd"))?;
        for (id, value) in has {
            match id == ROLE {
                true => change.register_role(&firm(), &person(3), value, Window::ALWAYS)?,
                false => {
                    let order = DelegationOrder::new(&person(1), &firm(), &person(3), now());
                    change.delegate_package(&order, value).map(drop)?;
                }
            }
        }
        Ok(())
    });
    filled.expect("nothing is refused");
    register
}

fn pdp(register: &Register, policy: &str) -> Pdp {
    let pdp = Pdp::builder().policy("svc", policy).register(register);
    pdp.build().expect("compiles")
}

/// Reading by OLA; the environment says `ja` or `nei`, or nothing.
fn request(circumstances: &[Option<bool>; 3], names_party: bool) -> Request {
    let mut request = Request::builder()
        .subject("urn:altinn:person:identifier-no", "01017010003")
        .resource("urn:altinn:resource", "svc")
        .action("read");
    if names_party {
        request = request.resource("urn:altinn:organization:identifier-no", "910000001");
    }
    for (id, is) in OPEN.iter().zip(circumstances) {
        if let Some(is) = is {
            request = request.environment(*id, if *is { "ja" } else { "nei" });
        }
    }
    request.build()
}

/// Some roles and packages, and some circumstances.
fn random_case(throws: &mut Throws) -> (Vec<(String, String)>, [Option<bool>; 3]) {
    let mut has = Vec::new();
    for (id, value) in NEEDS {
        if throws.is_one_in(3) {
            has.push((id.to_owned(), value.to_owned()));
        }
    }
    let circumstances = [(); 3].map(|()| match throws.below(3) {
        0 => None,
        one => Some(one == 1),
    });
    (has, circumstances)
}

#[test]
fn whoever_is_told_what_would_be_enough_has_not_had_it() {
    let mut throws = Throws(15);
    let (mut openings, mut nobody) = (0, 0);
    for _ in 0..100 {
        let policy = random_policy(&mut throws);
        let (has, circumstances) = random_case(&mut throws);
        let why = pdp(&register(&has), &policy).explain_at(&request(&circumstances, true), now());
        if why.ruling.decision() == Decision::Permit {
            continue;
        }
        assert!(why.is_complete, "{why}\n{policy}");
        for all in why.openings.iter().flat_map(|opening| &opening.any_of) {
            let (mut then, mut open) = (has.clone(), circumstances);
            for one in all {
                match one {
                    Requirement::Need(need) if *need.category == *ENVIRONMENT => {
                        let place = OPEN.iter().position(|id| *id == &*need.id);
                        open[place.expect("is read")] = Some(true);
                    }
                    Requirement::Need(need) => {
                        let need = (need.id.to_string(), need.value.to_string());
                        if !then.contains(&need) {
                            then.push(need);
                        }
                    }
                    Requirement::Condition => open[2] = Some(true),
                    other => panic!("{other}"),
                }
            }
            // What she was told is what she lacks: with it, the decision is another.
            let ruling = pdp(&register(&then), &policy).decide_at(&request(&open, true), now());
            assert_eq!(ruling.decision(), Decision::Permit, "{why}\n{policy}");
            openings += 1;
        }
        if why.openings.is_empty() {
            let all = NEEDS.map(|(id, value)| (id.to_owned(), value.to_owned()));
            let all = pdp(&register(&all), &policy);
            let ruling = all.decide_at(&request(&[Some(true); 3], true), now());
            assert_ne!(ruling.decision(), Decision::Permit, "{why}\n{policy}");
            nobody += 1;
        }
    }
    assert!(openings > 60 && nobody == 0, "{openings}, {nobody}");
}

#[test]
fn an_answer_that_is_complete_is_so_in_all_circumstances() {
    let mut throws = Throws(17);
    let (mut complete, mut lacking) = (0, 0);
    for _ in 0..100 {
        let policy = random_policy(&mut throws);
        let (has, circumstances) = random_case(&mut throws);
        let register = register(&has);
        let pdp = pdp(&register, &policy);
        let answers = pdp.answers(&service(), now()).expect("has no source");
        let answers = answers.expect("has a policy");
        let right = answers.who_may(&"read".into()).expect("is answered");
        assert_eq!(right.is_complete, right.lacking.is_empty(), "{right}");
        let named = right
            .lacking
            .iter()
            .all(|of| right.to_string().contains(&*of.id));
        assert!(named, "{right}");
        let ruling = pdp.decide_at(&request(&circumstances, true), now());
        let is_listed = is_held(&register, &right);
        match right.is_complete {
            true => {
                let permits = ruling.decision() == Decision::Permit;
                assert_eq!(permits, is_listed, "{right}\n{policy}");
                complete += 1;
            }
            false => lacking += 1,
        }
        // Another answer tells the same of what is lacking.
        let held = pdp.holders(&service(), &"read".into(), &firm(), now());
        assert_eq!(held.expect("is answered").lacking, right.lacking);
        let rights = answers.rights().expect("is answered");
        assert_eq!(rights.lacking, right.lacking, "{rights}\n{policy}");
    }
    assert!(complete > 4 && lacking > 12, "{complete}, {lacking}");
}

/// Whether OLA has all needs of an alternative.
fn is_held(register: &Register, right: &PolicyRight) -> bool {
    let snapshot = register.snapshot();
    let roles = snapshot.roles_of(&person(3), &firm(), now()).into_iter();
    let all = roles.chain(snapshot.packages_of(&person(3), &firm(), now()));
    let held: Vec<Grantable> = all.map(|holding| holding.what).collect();
    let catalogue = vedtak::altinn::catalogue::Catalogue::standard();
    let has = |need: &Need| {
        held.iter().any(|what| match what {
            Grantable::Role(role) => {
                catalogue.role(role).is_some()
                    && catalogue.role(role) == catalogue.role(&need.urn())
            }
            Grantable::Package(package) => {
                catalogue.package(package).is_some()
                    && catalogue.package(package) == catalogue.package(&need.urn())
            }
            _ => false,
        })
    };
    right
        .alternatives
        .iter()
        .any(|one| one.needs.iter().all(has))
}

/// The rules for whom an app chooses are for parts that a question must name.
#[test]
fn what_only_the_choice_of_an_app_opens_is_not_for_nobody() {
    let text = include_str!(
        "../../fixtures/altinn/scenarios/24-user-controlled-signing/policies/app_ttd_signering.xml"
    );
    let policy = vedtak::altinn::policy::ResourcePolicy::compiler().compile("policy.xml", text);
    let app = ResourceId::new("app_ttd_signering");
    let answers = PolicyAnswers::of(policy.expect("compiles"), app, now());
    for (action, is_on_part) in [("sign", true), ("read", false), ("fly", false)] {
        let right = answers.who_may(&action.into()).expect("is answered");
        let told = right
            .to_string()
            .contains("nobody; the policy has `sign (urn:altinn:task ");
        assert_eq!((told, right.is_complete), (is_on_part, true), "{right}");
    }
    let rights = answers.rights_to("sign").expect("is answered");
    let told = rights.to_string();
    let by_app = "  a delegation of the instance, made by the app app_ttd_signering\n";
    assert!(told.contains(by_app) && rights.is_complete, "{told}");
    let all = answers.rights().expect("is answered").rights;
    assert!(all.iter().all(|right| right.is_somebodys()), "{all:?}");
}

/// A report compares rights in any environment, and says so: whoever loses one in some circumstances
/// loses it in the report.
#[test]
fn a_report_knows_what_is_lost_in_some_circumstances() {
    let mut throws = Throws(23);
    let later: DateTime = "2027-01-01T12:00:00+01:00".parse().expect("is an instant");
    let (mut lost, mut whole) = (0, 0);
    for _ in 0..100 {
        // One of the roles is one that ends.
        let policy = random_policy(&mut throws).replace(">dtso<", ">utinn<");
        let (mut has, circumstances) = random_case(&mut throws);
        let roles = has.len();
        has.retain(|(_, value)| value != "dtso");
        let register = register(&has);
        if has.len() < roles {
            let given = register
                .update(|change| change.import_role(&firm(), &person(3), "utinn", Window::ALWAYS));
            given.expect("is given");
        }
        let pdp = pdp(&register, &policy);
        let report = ChangeReport::between((&pdp, now()), (&pdp, later), &[service()], &[firm()]);
        let report = report.expect("is answered");
        assert!(report.is_complete(), "{report}\n{policy}");
        whole += usize::from(!report.is_something_lost());
        let change = &report.services[0].policy;
        let answers = pdp.answers(&service(), now()).expect("has no source");
        let rights = answers
            .expect("has a policy")
            .rights()
            .expect("is answered");
        assert_eq!(change.lacking, rights.lacking, "{report}\n{policy}");
        for of in &rights.lacking {
            let read = format!("`{}` of the environment", of.id);
            let is_said = report.to_html().contains(&read) && change.to_string().contains(&read);
            assert!(is_said, "{report}");
            let read = format!("\"AttributeId\": \"{}\"", of.id);
            assert!(report.to_json().contains(&read), "{}", report.to_json());
        }
        let request = request(&circumstances, true);
        let permits = |at| pdp.decide_at(&request, at).decision() == Decision::Permit;
        if permits(now()) && !permits(later) {
            assert!(
                change.rights.iter().any(|right| !right.lost.is_empty()),
                "{report}\n{policy}"
            );
            lost += 1;
        }
    }
    assert!(lost > 4 && whole > 10, "{lost}, {whole}");
}

/// A test of the environment by another function than equality is no need of whoever asks.
#[test]
fn a_test_of_the_environment_is_one_of_the_circumstances() {
    let starts = is_open(OPEN[1]).replace(
        "1.0:function:string-equal",
        "3.0:function:string-starts-with",
    );
    let target = any_of(&[matches(ACCESS_SUBJECT, ROLE, "medl", false)]) + &any_of(&[starts]);
    let register = register(&[(ROLE.to_owned(), "medl".to_owned())]);
    let pdp = pdp(&register, &policy("", &rule(1, "Permit", &target, "")));
    let why = pdp.explain_at(&request(&[None; 3], true), now());
    let mut all = why.openings[0].any_of.iter().flatten();
    let of_environment = |one: &Requirement| matches!(one, Requirement::Test { category, .. } if **category == *ENVIRONMENT);
    assert!(all.any(of_environment), "{why}");
    let english = "the role styremedlem (medl), if `urn:ttd:ukedag` of the environment for which \
                   string-starts-with `ja` holds";
    let norwegian =
        "`urn:ttd:ukedag` i kategorien environment som oppfyller string-starts-with `ja`";
    assert!(why.to_string().contains(english), "{why}");
    let told = why.in_language(Language::Bokmal).to_string();
    assert!(told.contains(norwegian), "{told}");
}

#[test]
fn a_role_is_held_for_a_party_that_the_request_must_name() {
    let has = [(ROLE.to_owned(), "medl".to_owned())];
    let asked = any_of(&[matches(ACCESS_SUBJECT, ROLE, "medl", false)]);
    let pdp = pdp(&register(&has), &policy("", &rule(1, "Permit", &asked, "")));
    for (names_party, is_told) in [(false, true), (true, false)] {
        let told = pdp
            .explain_at(&request(&[None; 3], names_party), now())
            .to_string();
        assert_eq!(
            told.contains("the request names no party"),
            is_told,
            "{told}"
        );
    }
}

/// Where values are compared exactly in one rule and in any letter case in another, nothing is said
/// to be denied, and no spelling is listed beside another.
#[test]
fn nothing_is_denied_where_no_rule_denies() {
    let now = now();
    let mut throws = Throws(212);
    let ids = [
        ("urn:altinn:org", ["ttd", "TTD", "digdir"]),
        (ROLE, ["medl", "MEDL", "dagl"]),
        (PACKAGE, ["fiske", "Fiske", "jordbruk"]),
        ("urn:scope", ["a:b", "A:b", "c"]),
    ];
    for _ in 0..100 {
        let rules: String = (0..3)
            .map(|id| {
                let (of, values) = ids[throws.below(4) as usize];
                let alternatives: Vec<String> = (0..=throws.below(2))
                    .map(|_| {
                        let value = values[throws.below(3) as usize];
                        matches(ACCESS_SUBJECT, of, value, throws.is_one_in(2))
                    })
                    .collect();
                rule(id, "Permit", &any_of(&alternatives), "")
            })
            .collect();
        let text = policy("", &rules);
        let policy = vedtak::altinn::policy::ResourcePolicy::compiler()
            .compile("policy.xml", &text)
            .expect("compiles");
        let answers = PolicyAnswers::of(policy, service(), now);
        let right = answers.who_may(&"read".into()).expect("is answered");
        for one in &right.alternatives {
            assert!(!one.may_be_refused, "{right}\n{text}");
            let [need] = &one.needs[..] else {
                panic!("{right}\n{text}");
            };
            // The policy names it, in some letter case.
            let (text, value) = (text.to_lowercase(), need.value.to_lowercase());
            assert!(text.contains(&format!(">{value}<")), "{right}\n{text}");
        }
        assert!(right.is_complete, "{right}\n{text}");
        let plain = vedtak::Pdp::from_xml(&text).expect("compiles");
        for (id, values) in ids {
            for value in values {
                let request = Request::builder()
                    .subject(id, value)
                    .resource("urn:altinn:resource", "svc");
                let permits = plain.decide(&request.action("read").build()).decision();
                let mut needs = right.alternatives.iter().flat_map(|one| &one.needs);
                let is_it = |need: &Need| {
                    let known = need.value.to_lowercase() == value.to_lowercase();
                    *need.id == *id && known
                };
                // What only a package or role in another letter case would have, nobody has.
                let can_be_had = id == "urn:altinn:org" || id == "urn:scope";
                match permits == Decision::Permit {
                    true if can_be_had => assert!(needs.any(is_it), "{right}\n{text}"),
                    true => {}
                    false => assert!(!needs.any(|need| is_it(need) && *need.value == *value)),
                }
            }
        }
    }
}

/// The ways of all holders are found with the parts of the policy compiled once, and nobody's request
/// is audited.
#[test]
fn many_holders_share_what_is_examined() {
    let alternatives: Vec<String> = (0..40)
        .map(|i| matches(ACCESS_SUBJECT, PACKAGE, &format!("p{i}"), false))
        .chain([matches(ACCESS_SUBJECT, ROLE, "medl", false)])
        .collect();
    let policy = policy("", &rule(1, "Permit", &any_of(&alternatives), ""));
    for count in [15, 30, 60] {
        let register = register(&[]);
        let filled = register.update(|change| {
            for number in 0..count {
                let member = PartyKey::Id(60_000 + number);
                change.party(Party::new(member.clone(), format!("MEDLEM {number}")))?;
                change.register_role(&firm(), &member, "medl", Window::ALWAYS)?;
            }
            Ok(())
        });
        filled.expect("nothing is refused");
        let audited = Arc::new(AtomicUsize::new(0));
        let counter = audited.clone();
        let pdp = Pdp::builder().policy("svc", &policy).register(&register);
        let pdp = pdp.audit(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let pdp = pdp.build().expect("compiles");
        let held = pdp.holders(&service(), &"read".into(), &firm(), now());
        let held = held.expect("is answered");
        let members = held.holders.iter();
        let members = members.filter(|holder| holder.party.name.starts_with("MEDLEM"));
        let ways: Vec<Vec<String>> = members.map(Holder::ways).collect();
        assert_eq!(ways.len(), count as usize);
        for way in &ways {
            assert_eq!(way, &["the role styremedlem (medl) — directly"], "{held}");
        }
        assert_eq!(audited.load(Ordering::Relaxed), 0);
    }
}

/// A single right that the policy itself ends is not said to stay.
#[test]
fn a_single_right_stays_only_if_the_policy_still_gives_it() {
    let asked = any_of(&[matches(ACCESS_SUBJECT, ROLE, "utinn", false)]);
    let until = format!(
        r#"<Condition><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:dateTime-less-than">
  <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:dateTime-one-and-only">
    <AttributeDesignator AttributeId="urn:oasis:names:tc:xacml:1.0:environment:current-dateTime"
        Category="{ENVIRONMENT}" DataType="http://www.w3.org/2001/XMLSchema#dateTime"
        MustBePresent="true"/></Apply>
  <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#dateTime">2026-12-01T00:00:00+01:00</AttributeValue>
  </Apply></Condition>"#
    );
    let after = "2027-01-01T00:00:00+01:00".parse().expect("is an instant");
    for (condition, stays) in [("", true), (&*until, false)] {
        let policy = policy("", &rule(1, "Permit", &asked, condition));
        let pdp = pdp(&register(&[]), &policy);
        let report = ChangeReport::between((&pdp, now()), (&pdp, after), &[service()], &[]);
        let report = report.expect("is answered");
        let change = &report.services[0].policy.rights[0];
        assert_eq!(change.single_right_stays, stays, "{report}");
        let told = report
            .to_string()
            .contains("but for whoever was given this single right");
        assert_eq!(told, stays, "{report}");
    }
}
