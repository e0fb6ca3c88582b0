//! Answers with open attributes, where two things that differ look alike, or one looks like nothing.

use vedtak::analysis::{Analysis, Costs};
use vedtak::attribute::{Designator, category};
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::request::AttributeBuilder;
use vedtak::value::{DataType, Value};
use vedtak::{Decision, Pdp, Request};

const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";

fn subject(name: &str) -> String {
    format!(
        "<AttributeDesignator Category='{}' AttributeId='{name}' DataType='{STRING}' \
         MustBePresent='false'/>",
        category::ACCESS_SUBJECT
    )
}

fn text(value: &str) -> String {
    format!("<AttributeValue DataType='{STRING}'>{value}</AttributeValue>")
}

fn apply(function: &str, arguments: &[&str]) -> String {
    format!(
        "<Apply FunctionId='urn:oasis:names:tc:xacml:{function}'>{}</Apply>",
        arguments.concat()
    )
}

fn only(name: &str) -> String {
    apply("1.0:function:string-one-and-only", &[&subject(name)])
}

fn both(literal: &str) -> String {
    let joined = apply("2.0:function:string-concatenate", &[&only("a"), &only("b")]);
    apply("1.0:function:string-equal", &[&joined, &text(literal)])
}

fn rule(id: &str, effect: &str, condition: &str) -> String {
    format!("<Rule RuleId='{id}' Effect='{effect}'><Condition>{condition}</Condition></Rule>")
}

fn policy(combining: &str, inside: &str) -> String {
    format!(
        "<Policy xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicyId='p' Version='1.0' \
         RuleCombiningAlgId='urn:oasis:names:tc:xacml:{combining}'><PolicyDefaults><XPathVersion>\
         http://www.w3.org/TR/1999/REC-xpath-19991116</XPathVersion></PolicyDefaults><Target/>\
         {inside}</Policy>"
    )
}

const OVERRIDES: &str = "3.0:rule-combining-algorithm:deny-overrides";
const FIRST: &str = "1.0:rule-combining-algorithm:first-applicable";

fn pdp(inside: &str) -> Pdp {
    Pdp::from_xml(policy(OVERRIDES, inside)).expect("compiles")
}

fn whole<'p>(pdp: &'p Pdp, request: &'p Request) -> Analysis<'p> {
    pdp.analysis(request).open(|_| true)
}

#[test]
fn literals_that_look_like_parts_of_a_program_are_literals() {
    let nothing = Request::default();
    let [one, two] = ["SlotId(998)", "SlotId(999)"];
    let sides = [one, two].map(|literal| pdp(&rule("r", "Permit", &both(literal))));
    let [before, after] = [&sides[0], &sides[1]].map(|pdp| whole(pdp, &nothing));
    let difference = before.difference(&after, 10).expect("is small");
    assert!(!difference.changes.is_empty(), "{difference:?}");

    let rules = rule("p", "Permit", &both(one)) + &rule("d", "Deny", &both(two));
    let pdp = pdp(&rules);
    let request = Request::builder()
        .subject("a", "SlotId")
        .subject("b", "(998)");
    assert_eq!(pdp.decide(&request.build()).decision(), Decision::Permit);
    let residual = whole(&pdp, &nothing).residual().expect("is small");
    let permits = residual.alternatives(Decision::Permit, 10, 1_000);
    assert_eq!(permits.expect("is small").len(), 1);
}

#[test]
fn what_is_known_on_either_side_may_differ() {
    let assigned = "<ObligationExpressions><ObligationExpression ObligationId='log' FulfillOn='Permit'>\
        <AttributeAssignmentExpression AttributeId='who'>@</AttributeAssignmentExpression>\
        </ObligationExpression></ObligationExpressions>";
    let obliged = format!(
        "<Rule RuleId='r' Effect='Permit'>{}</Rule>",
        assigned.replace('@', &subject("b"))
    );
    for inside in [rule("r", "Permit", &both("xy")), obliged] {
        let pdp = pdp(&inside);
        let sides = ["y", "z"].map(|suffix| Request::builder().subject("b", suffix).build());
        let [before, after] = [&sides[0], &sides[1]].map(|request| {
            let open = pdp.analysis(request);
            open.open(|attribute| &*attribute.id == "a")
        });
        let difference = before.difference(&after, 10).expect("is small");
        assert!(!difference.changes.is_empty(), "{inside}");
        let same = before.difference(&before, 10).expect("is small");
        assert!(same.changes.is_empty(), "{inside}");
    }
}

#[test]
fn every_part_of_an_assignment_counts() {
    let of = |extra: &str, data_type: &str| {
        let value = format!(
            "<AttributeValue DataType='http://www.w3.org/2001/XMLSchema#{data_type}'>5</AttributeValue>"
        );
        format!(
            "<ObligationExpressions><ObligationExpression ObligationId='log' FulfillOn='Permit'>\
             <AttributeAssignmentExpression AttributeId='level' {extra}>{value}\
             </AttributeAssignmentExpression></ObligationExpression></ObligationExpressions>"
        )
    };
    let permit =
        |obligations: &str| format!("<Rule RuleId='r' Effect='Permit'>{obligations}</Rule>");
    let nothing = Request::default();
    let first = pdp(&permit(&of("", "string")));
    for (extra, data_type) in [
        ("", "integer"),
        ("Category='urn:c'", "string"),
        ("Issuer='i'", "string"),
    ] {
        let second = pdp(&permit(&of(extra, data_type)));
        let difference = whole(&first, &nothing).difference(&whole(&second, &nothing), 10);
        assert_eq!(
            difference.expect("is small").changes.len(),
            1,
            "{extra} {data_type}"
        );
    }
    let same = whole(&first, &nothing).difference(&whole(&first, &nothing), 10);
    assert!(same.expect("is small").changes.is_empty());
}

#[cfg(feature = "xpath")]
#[test]
fn prefixes_are_what_they_stand_for() {
    let selects = |namespace: &str| {
        let path = format!(
            "<AttributeSelector xmlns:a='{namespace}' Category='{}' Path='//a:x/text()' \
             DataType='{STRING}' MustBePresent='false'/>",
            category::RESOURCE
        );
        apply("1.0:function:string-is-in", &[&text("v"), &path])
    };
    let nothing = Request::default();
    let sides = ["urn:1", "urn:2"].map(|of| pdp(&rule("r", "Permit", &selects(of))));
    let [before, after] = [&sides[0], &sides[1]].map(|pdp| whole(pdp, &nothing));
    assert!(
        !before
            .difference(&after, 10)
            .expect("is small")
            .changes
            .is_empty()
    );

    let rules = rule("d", "Deny", &selects("urn:1")) + &rule("p", "Permit", &selects("urn:2"));
    let pdp = Pdp::from_xml(policy(FIRST, &rules)).expect("compiles");
    let idle = whole(&pdp, &nothing).idle_rules().expect("is small");
    assert!(idle.rules.is_empty(), "{idle:?}");
}

#[test]
fn values_that_must_go_are_found_among_many() {
    let has = |role: &str| {
        apply(
            "1.0:function:string-is-in",
            &[&text(role), &subject("role")],
        )
    };
    let rules = rule("a", "Deny", &has("a")) + &rule("b", "Deny", &has("b"));
    let pdp = pdp(&(rules + "<Rule RuleId='others' Effect='Permit'/>"));
    for count in [0, 4, 5, 6, 10, 40] {
        let mut request = Request::builder().subject("role", "a").subject("role", "b");
        for other in 0..count {
            request = request.subject("role", format!("other-{other}"));
        }
        let request = request.build();
        let enough = whole(&pdp, &request).enough(Costs::default(), 10);
        let enough = enough.expect("is small");
        assert!(enough.is_complete);
        let told: Vec<String> = enough
            .sets
            .iter()
            .map(|set| set.changes[0].to_string())
            .collect();
        assert_eq!(
            told,
            ["remove `a` and `b` from `role` of the subject"],
            "{count}"
        );
    }
}

#[test]
fn a_set_that_rests_on_more_hides_no_other() {
    let role = apply(
        "1.0:function:string-is-in",
        &[&text("boss"), &subject("role")],
    );
    let equal = apply("1.0:function:string-equal", &[&only("a"), &only("b")]);
    let pdp = pdp(&(rule("w", "Permit", &equal) + &rule("boss", "Permit", &role)));
    let nothing = Request::default();
    for cost in [1, 1 << 40] {
        let add = |_: &Designator, _: &Value| Some(cost);
        let enough = whole(&pdp, &nothing).enough(Costs::new(&add, &|_, _| None), 10);
        let enough = enough.expect("is small");
        let mut plain = enough.sets.iter().filter(|set| set.rests_on.is_empty());
        let boss = plain.next().expect("is there");
        assert_eq!(
            boss.changes[0].to_string(),
            "add `boss` to `role` of the subject"
        );
        assert_eq!(boss.cost, cost);
        assert!(enough.sets.iter().any(|set| !set.rests_on.is_empty()));
    }
}

#[test]
fn a_value_of_an_issuer_counts_once() {
    let by_issuer = subject("clearance").replace("MustBePresent", "Issuer='A' MustBePresent");
    let parts = [
        apply(
            "1.0:function:string-equal",
            &[&only("clearance"), &text("x")],
        ),
        apply("1.0:function:string-is-in", &[&text("x"), &by_issuer]),
        apply(
            "1.0:function:string-is-in",
            &[&text("admin"), &subject("role")],
        ),
    ];
    let all: Vec<&str> = parts.iter().map(String::as_str).collect();
    let pdp = pdp(&rule("r", "Permit", &apply("1.0:function:and", &all)));
    let clearance = AttributeBuilder::new(category::ACCESS_SUBJECT, "clearance");
    let clearance = clearance.issuer("A").values(["x"]);
    let request = Request::builder().with(clearance).build();
    let enough = whole(&pdp, &request)
        .enough(Costs::default(), 10)
        .expect("is small");
    let told: Vec<String> = enough
        .sets
        .iter()
        .map(|set| set.changes[0].to_string())
        .collect();
    assert_eq!(told, ["add `admin` to `role` of the subject"], "{enough:?}");
}

#[test]
fn what_is_not_equal_to_itself_is_no_value_of_an_answer() {
    let double = "http://www.w3.org/2001/XMLSchema#double";
    let bag = subject("x").replace(STRING, double);
    let not_a_number = text("NaN").replace(STRING, double);
    let x = apply("1.0:function:double-one-and-only", &[&bag]);
    let pdp = pdp(&rule(
        "r",
        "Permit",
        &apply("1.0:function:double-equal", &[&not_a_number, &x]),
    ));
    let nothing = Request::default();
    let residual = whole(&pdp, &nothing).residual().expect("is small");
    let request = Request::builder().subject("x", f64::NAN).build();
    assert_eq!(pdp.decide(&request).decision(), Decision::NotApplicable);
    let decided = residual.decide(&request).map(Decision::from);
    assert_eq!(decided, Some(Decision::NotApplicable));
    let x = Designator::new(category::ACCESS_SUBJECT, "x", DataType::Double);
    let permitted = residual.permitted(&x, 1_000).expect("is small");
    assert!(permitted.always.is_empty() && permitted.sometimes.is_empty());
}

#[test]
fn a_residual_takes_neither_what_cannot_be_used_nor_several_decisions() {
    let absent = apply("1.0:function:string-bag-size", &[&subject("a")]);
    let zero =
        "<AttributeValue DataType='http://www.w3.org/2001/XMLSchema#integer'>0</AttributeValue>";
    let none = apply("1.0:function:integer-equal", &[&absent, zero]);
    let pdp = pdp(&rule("r", "Permit", &none));
    let nothing = Request::default();
    let residual = whole(&pdp, &nothing).residual().expect("is small");
    let unusable = AttributeBuilder::new(category::ACCESS_SUBJECT, "a").unusable("is null");
    let request = Request::builder().with(unusable).build();
    assert_eq!(pdp.decide(&request).decision(), Decision::Indeterminate);
    assert_eq!(residual.decide(&request), None);
    assert_eq!(residual.given(&request, |_| true).decision(), None);

    let several = r#"{"Request": {"AccessSubject": [
        {"Attribute": [{"AttributeId": "b", "Value": "1"}]},
        {"Attribute": [{"AttributeId": "b", "Value": "2"}]}]}}"#;
    let several = Request::from_json(several).expect("is a request");
    assert_eq!(residual.decide(&several), None);
    assert_eq!(residual.given(&several, |_| true).decision(), None);
}

/// It says that everybody is blocked.
struct Blocked;

impl AttributeProvider for Blocked {
    fn name(&self) -> &str {
        "blocked"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "status"
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Ok(Fetched::from(vec!["blocked".into()]))
    }
}

#[test]
fn what_a_provider_supplies_can_be_taken_away() {
    let blocked = apply(
        "1.0:function:string-is-in",
        &[&text("blocked"), &subject("status")],
    );
    let rules = rule("b", "Deny", &blocked) + "<Rule RuleId='others' Effect='Permit'/>";
    let pdp = Pdp::builder()
        .policy("p.xml", policy(OVERRIDES, &rules))
        .provider(Blocked);
    let pdp = pdp.build().expect("compiles");
    let nothing = Request::default();
    let enough = whole(&pdp, &nothing)
        .enough(Costs::default(), 10)
        .expect("is small");
    assert_eq!(enough.decision, Decision::Deny);
    assert_eq!(
        enough.sets[0].changes[0].to_string(),
        "remove `blocked` from `status` of the subject"
    );
    assert!(enough.is_complete);
}

#[test]
fn a_policy_of_a_long_residual_is_read_by_every_reader() {
    let mut rules = String::new();
    for number in 0..60 {
        let name = format!("a{number}");
        let has = apply("1.0:function:string-is-in", &[&text("x"), &subject(&name)]);
        rules += &rule(&name, if number % 2 == 0 { "Deny" } else { "Permit" }, &has);
    }
    let pdp = Pdp::from_xml(policy(FIRST, &rules)).expect("compiles");
    let nothing = Request::default();
    let residual = whole(&pdp, &nothing).residual().expect("is small");
    assert!(residual.to_policy("rest", 10).is_err());
    let rest = residual.to_policy("rest", 100_000).expect("can be said");
    let rest = Pdp::builder().document(rest).build().expect("is read");
    for number in 0..60 {
        let request = Request::builder()
            .subject(&*format!("a{number}"), "x")
            .build();
        assert_eq!(
            rest.decide(&request).decision(),
            pdp.decide(&request).decision()
        );
    }
}

#[test]
fn a_name_looks_like_no_other() {
    let has = apply(
        "1.0:function:string-is-in",
        &[&text("clerk` and `admin\u{202e}"), &subject("role")],
    );
    let pdp = pdp(&rule("r", "Permit", &has));
    let nothing = Request::default();
    let enough = whole(&pdp, &nothing)
        .enough(Costs::default(), 10)
        .expect("is small");
    let told = enough.sets[0].changes[0].to_string();
    assert_eq!(
        told,
        r"add `clerk\u{60} and \u{60}admin\u{202e}` to `role` of the subject"
    );
}

#[test]
fn patterns_that_take_long_are_charged() {
    let pattern = text("[ab]*a[ab]{400}c");
    let mut rules = String::new();
    for number in 0..8 {
        let long = format!("{}{number}", "ab".repeat(2_000));
        let equal = apply("1.0:function:string-equal", &[&only("a"), &text(&long)]);
        rules += &rule(&format!("equal-{number}"), "Deny", &equal);
        let pattern = pattern.replace("400", &(400 + number).to_string());
        let matches = apply("1.0:function:string-regexp-match", &[&pattern, &only("a")]);
        rules += &rule(&format!("matches-{number}"), "Permit", &matches);
    }
    let pdp = pdp(&rules);
    let nothing = Request::default();
    let within = |steps| whole(&pdp, &nothing).budget(steps).residual().is_ok();
    // Eight patterns, each against 32,000 characters.
    assert!(!within(10_000) && within(1_000_000));
}

/// A register that counts how often it is asked.
struct Asked(std::sync::atomic::AtomicUsize);

impl AttributeProvider for Asked {
    fn name(&self) -> &str {
        "asked"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "group"
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(Fetched::from(vec!["g".into()]))
    }
}

#[test]
fn each_set_that_is_tried_is_charged() {
    let group = apply(
        "1.0:function:string-is-in",
        &[&text("g"), &subject("group")],
    );
    let not_group = apply("1.0:function:not", &[&group]);
    let mut rules = rule("closed", "Deny", &group);
    for number in 0..100 {
        let role = text(&format!("role-{number}"));
        let role = apply("1.0:function:string-is-in", &[&role, &subject("role")]);
        // Sums are taken whole, so each of these is tried.
        let both = apply("1.0:function:and", &[&role, &not_group]);
        rules += &rule(&format!("r{number}"), "Permit", &both);
    }
    let asked = std::sync::Arc::new(Asked(0.into()));
    let counted = asked.clone();
    let pdp = Pdp::builder().policy("p.xml", policy(OVERRIDES, &rules));
    let pdp = pdp.provider(counted).build().expect("compiles");
    let nothing = Request::default();
    let open = |budget| {
        let analysis = pdp.analysis(&nothing).budget(budget);
        let enough = analysis
            .open(|of| &*of.id == "role")
            .enough(Costs::default(), 1_000);
        enough.map(|enough| enough.sets.len())
    };
    for budget in [1_000, 10_000, 100_000] {
        let before = asked.0.load(std::sync::atomic::Ordering::Relaxed);
        let _ = open(budget);
        let times = asked.0.load(std::sync::atomic::Ordering::Relaxed) - before;
        assert!(times <= 10 + budget / 50, "{times} of {budget}");
    }
}

#[test]
fn very_many_values_are_charged_and_those_that_must_go_found() {
    let has = |role: &str| {
        apply(
            "1.0:function:string-is-in",
            &[&text(role), &subject("role")],
        )
    };
    let rules = rule("a", "Deny", &has("a")) + "<Rule RuleId='others' Effect='Permit'/>";
    let pdp = pdp(&rules);
    let of = |count: usize| {
        let mut request = Request::builder().subject("role", "a");
        for other in 0..count {
            request = request.subject("role", format!("other-{other}"));
        }
        request.build()
    };
    let request = of(2_000);
    let enough = |budget| {
        let analysis = whole(&pdp, &request).budget(budget);
        analysis.enough(Costs::default(), 10)
    };
    assert!(enough(2_000).is_err(), "it looks at more values than that");
    let found = enough(1_000_000).expect("is small");
    let told: Vec<String> = found
        .sets
        .iter()
        .map(|set| set.changes[0].to_string())
        .collect();
    assert_eq!(told, ["remove `a` from `role` of the subject"]);
}
