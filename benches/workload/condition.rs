//! W5: rules of long conditions. And rules that only a regular expression tells apart.

use vedtak::Decision;

use super::names::{
    ACTION_ID, EQUAL, INSTANCE, LEVEL, NOW, PACKAGE, REGEXP_MATCH, ROLE, SERVICE, SINCE, TIME, Term,
};
use super::policy::{any_of, designator, literal, open_policy};
use super::question::Question;
use super::random::Random;
use super::xml::Xml;

/// The rules of W5.
pub(crate) const RULES: usize = 20;
/// The packages one of which the asker must have.
pub(crate) const PACKAGES: [&str; 4] = [
    "urn:altinn:accesspackage:tilgangsstyrer",
    "urn:altinn:accesspackage:maskinporten-scopes",
    "urn:altinn:accesspackage:revisor",
    "urn:altinn:accesspackage:dokumentbasert-tilsyn",
];
/// The role the asker must have.
pub(crate) const REQUIRED: &str = "A0236";

/// The pattern for the instance: that of the last rule fits, the others fail at its end.
pub(crate) fn pattern(rule: usize) -> String {
    let start = "^5[0-9]{7}/[0-9a-f]{8}-([0-9a-f]{4}-){3}";
    match rule + 1 {
        RULES => format!("{start}[0-9a-f]{{12}}$"),
        _ => format!("{start}[0-9a-f]{{11}}x{rule}$"),
    }
}

/// W5: every term of every rule is evaluated, and all but the last term of each hold; the last
/// rule permits all 64 questions.
pub(crate) fn conditions() -> (String, Vec<Question>) {
    let mut xml = Xml::new();
    open_policy(&mut xml, "urn:bench:conditions", "deny-overrides");
    xml.empty("Target", &[]);
    for rule in 0..RULES {
        let id = format!("urn:bench:conditions:rule:{rule}");
        xml.open("Rule", &[("RuleId", &id), ("Effect", "Permit")]);
        xml.open("Target", &[]);
        let actions = ["read", "write"].map(|action| (ACTION_ID, action.to_owned()));
        any_of(&mut xml, &actions, EQUAL);
        xml.close();
        xml.open("Condition", &[]);
        apply(&mut xml, "1.0", "and");
        has_role(&mut xml);
        in_office_hours(&mut xml, rule);
        level_suffices(&mut xml, rule);
        has_a_package(&mut xml);
        apply(&mut xml, "1.0", "dateTime-less-than");
        only(&mut xml, SINCE);
        only(&mut xml, NOW);
        xml.close();
        not_so_many_roles(&mut xml, rule);
        apply(&mut xml, "1.0", "string-regexp-match");
        literal(&mut xml, "string", &pattern(rule));
        only(&mut xml, INSTANCE);
        for _ in 0..4 {
            xml.close();
        }
    }
    (xml.finish(), about_conditions())
}

fn about_conditions() -> Vec<Question> {
    let mut random = Random::new(5);
    (0..64)
        .map(|_| {
            let action = random.pick(&["read", "write"]);
            let question = Question::of_altinn(
                &mut random,
                &[REQUIRED, "UILUF", "SISKD"],
                &PACKAGES[1..3],
                "app_skd_taxreport",
                action,
                Decision::Permit,
            );
            let level = (2 + random.below(3)).to_string();
            let since = format!("2024-0{}-01T08:00:00Z", 1 + random.below(8));
            let time = format!("{:02}:{:02}:00Z", 9 + random.below(10), random.below(60));
            let now = format!("2026-03-02T12:{:02}:00Z", random.below(60));
            question
                .with(LEVEL, &[&level])
                .with(SINCE, &[&since])
                .with(TIME, &[&time])
                .with(NOW, &[&now])
        })
        .collect()
}

fn has_role(xml: &mut Xml) {
    apply(xml, "3.0", "any-of");
    xml.empty("Function", &[("FunctionId", EQUAL)]);
    literal(xml, "string", REQUIRED);
    designator(xml, ROLE);
    xml.close();
}

fn in_office_hours(xml: &mut Xml, rule: usize) {
    apply(xml, "2.0", "time-in-range");
    only(xml, TIME);
    literal(xml, "time", &format!("{:02}:00:00Z", rule % 8));
    literal(xml, "time", "20:30:00Z");
    xml.close();
}

/// level + 2 × (rule + 1) > 2 × rule + 3, which holds from level 2.
fn level_suffices(xml: &mut Xml, rule: usize) {
    apply(xml, "1.0", "integer-greater-than");
    apply(xml, "1.0", "integer-add");
    only(xml, LEVEL);
    apply(xml, "1.0", "integer-multiply");
    literal(xml, "integer", "2");
    literal(xml, "integer", &(rule + 1).to_string());
    xml.close();
    xml.close();
    literal(xml, "integer", &(2 * rule + 3).to_string());
    xml.close();
}

fn has_a_package(xml: &mut Xml) {
    apply(xml, "1.0", "string-at-least-one-member-of");
    designator(xml, PACKAGE);
    apply(xml, "1.0", "string-bag");
    for package in PACKAGES {
        literal(xml, "string", package);
    }
    xml.close();
    xml.close();
}

fn not_so_many_roles(xml: &mut Xml, rule: usize) {
    apply(xml, "1.0", "not");
    apply(xml, "1.0", "integer-equal");
    apply(xml, "1.0", "string-bag-size");
    designator(xml, ROLE);
    xml.close();
    literal(xml, "integer", &(40 + rule).to_string());
    xml.close();
    xml.close();
}

fn apply(xml: &mut Xml, version: &str, function: &str) {
    let id = format!("urn:oasis:names:tc:xacml:{version}:function:{function}");
    xml.open("Apply", &[("FunctionId", &id)]);
}

/// The value of an attribute that has one.
fn only(xml: &mut Xml, term: Term) {
    apply(xml, "1.0", &format!("{}-one-and-only", term.data_type));
    designator(xml, term);
    xml.close();
}

/// Each rule's target is one regular expression for the service, told apart by its end alone. One rule
/// permits each of the 64 questions.
pub(crate) fn patterns(count: usize) -> (String, Vec<Question>) {
    let mut xml = Xml::new();
    open_policy(&mut xml, "urn:bench:patterns", "deny-overrides");
    xml.empty("Target", &[]);
    for rule in 0..count {
        let id = format!("urn:bench:patterns:rule:{rule}");
        xml.open("Rule", &[("RuleId", &id), ("Effect", "Permit")]);
        xml.open("Target", &[]);
        let pattern = format!("^[a-z]+_service-0*{rule}$");
        any_of(&mut xml, &[(SERVICE, pattern)], REGEXP_MATCH);
        xml.close();
        xml.close();
    }
    let mut random = Random::new(6);
    let questions = (0..64)
        .map(|_| {
            let service = format!("skd_service-{:06}", random.below(count));
            Question::of_altinn(
                &mut random,
                &["DAGL"],
                &[],
                &service,
                "read",
                Decision::Permit,
            )
        })
        .collect();
    (xml.finish(), questions)
}
