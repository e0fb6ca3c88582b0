//! Combining algorithms beside the folds of appendix C, over children of every kind: cases in
//! `fixtures/combining`.

use vedtak::{Context, Pdp, Request};

const XMLNS: &str = "xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\"";
const DENY_OVERRIDES: &str =
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
const SECOND: &str =
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:on-permit-apply-second";

/// A policy of one value, and an obligation for each effect.
fn child(kind: &str, number: usize) -> String {
    let broken = "<Condition><AttributeDesignator MustBePresent=\"true\" AttributeId=\"nobody-has-it\" \
        Category=\"urn:c\" DataType=\"http://www.w3.org/2001/XMLSchema#boolean\"/></Condition>";
    // A condition takes one boolean, and a designator gives a bag.
    let broken = broken.replace(
        "<AttributeDesignator",
        "<Apply FunctionId=\"urn:oasis:names:tc:xacml:1.0:function:boolean-one-and-only\"><AttributeDesignator",
    );
    let broken = broken.replace("</Condition>", "</Apply></Condition>");
    let rule = |effect: &str, condition: &str| {
        format!("<Rule RuleId=\"{effect}\" Effect=\"{effect}\">{condition}</Rule>")
    };
    let rules = match kind {
        "P" => rule("Permit", ""),
        "D" => rule("Deny", ""),
        "N" => String::new(),
        "IP" => rule("Permit", &broken),
        "ID" => rule("Deny", &broken),
        "IDP" => rule("Permit", &broken) + &rule("Deny", &broken),
        other => panic!("no child is of the kind {other}"),
    };
    let obligation = |effect: &str| {
        format!("<ObligationExpression ObligationId=\"urn:of:{number}\" FulfillOn=\"{effect}\"/>")
    };
    format!(
        "<Policy PolicyId=\"urn:child:{number}\" Version=\"1.0\" RuleCombiningAlgId=\
         \"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides\"><Target/>{rules}\
         <ObligationExpressions>{}{}</ObligationExpressions></Policy>",
        obligation("Permit"),
        obligation("Deny")
    )
}

fn set(id: &str, algorithm: &str, xmlns: &str, children: &str) -> String {
    format!(
        "<PolicySet {xmlns} PolicySetId=\"{id}\" Version=\"1.0\" PolicyCombiningAlgId=\"{algorithm}\">\
         <Target/>{children}</PolicySet>"
    )
}

/// The decision, and whose obligations it comes with.
fn decide(policy: &str) -> (String, Vec<String>) {
    let pdp = Pdp::from_xml(policy).unwrap_or_else(|error| panic!("{error}\n{policy}"));
    let response = pdp.decide(&Request::builder().build());
    let ids = response.obligations().iter().map(|o| o.id.to_string());
    (response.decision().to_string(), ids.collect())
}

#[test]
fn on_permit_apply_second_decides_as_the_cases_say() {
    let cases = include_str!("../../fixtures/combining/on-permit-apply-second.txt");
    let mut count = 0;
    for line in cases.lines().filter(|line| !line.starts_with('#')) {
        let (kinds, expected) = line.split_once(" = ").expect("children and a decision");
        let (alone, under) = expected.split_once(" under ").expect("two decisions");
        let kinds = kinds.split(' ').enumerate();
        let children: String = kinds.map(|(number, kind)| child(kind, number)).collect();
        let (decision, _) = decide(&set("urn:s", SECOND, XMLNS, &children));
        assert_eq!(decision, alone, "{line}");
        let inner = set("urn:s", SECOND, "", &children) + &child("P", 9);
        let (decision, _) = decide(&set("urn:outer", DENY_OVERRIDES, XMLNS, &inner));
        assert_eq!(decision, under, "{line}");
        count += 1;
    }
    assert!(count > 20, "the cases were found");
}

/// Those of the child whose decision it is, and of the first if it decided alike.
#[test]
fn on_permit_apply_second_binds_to_what_led_to_it() {
    for (kinds, expected) in [
        (["P", "P", "D"], ["urn:of:0", "urn:of:1"].as_slice()),
        (["P", "D", "P"], &["urn:of:1"]),
        (["D", "P", "D"], &["urn:of:0", "urn:of:2"]),
        (["D", "P", "P"], &["urn:of:2"]),
        (["N", "P", "P"], &["urn:of:2"]),
        (["P", "N", "P"], &[]),
    ] {
        let children = kinds.iter().enumerate();
        let children: String = children.map(|(number, kind)| child(kind, number)).collect();
        let (_, found) = decide(&set("urn:s", SECOND, XMLNS, &children));
        assert_eq!(found, expected, "{kinds:?}");
    }
}

/// Nothing in §5.21, §7.11 or appendix C asks for different ids: each rule decides by itself, and is
/// told from the others of its id.
#[test]
fn rules_of_one_id_are_several_rules() {
    let policy = include_str!("../../fixtures/combining/rules-of-one-id.policy.xml");
    let cases = include_str!("../../fixtures/combining/rules-of-one-id.txt");
    // Of rules that err, the status says which: not under an algorithm that swallows it.
    let telling = policy.replace("deny-unless-permit", "permit-overrides");
    let mut count = 0;
    for line in cases.lines().filter(|line| !line.starts_with('#')) {
        let (action, expected) = line.split_once(" = ").expect("an action and a decision");
        let (decision, said) = expected.split_once(": ").expect("a decision and words");
        let policy = match decision {
            "Indeterminate" => &telling,
            _ => policy,
        };
        for (lowering, index) in [(false, false), (true, false), (true, true)] {
            let pdp = Pdp::builder().policy("p.xml", policy);
            let pdp = pdp
                .optimizations(lowering, index)
                .build()
                .expect("compiles");
            let request = Request::builder().action(action).build();
            let mut context = Context::new();
            let outcome = pdp.decide_with(&mut context, &request);
            let rules: Vec<String> = outcome.rules().map(|rule| rule.to_string()).collect();
            let status = outcome.status().and_then(|status| status.message);
            let told = status.unwrap_or_else(|| rules.join(", "));
            assert_eq!(outcome.decision().to_string(), decision, "{line}");
            assert!(told.ends_with(said), "{line}: {told}");
        }
        count += 1;
    }
    assert_eq!(count, 3, "the cases were found");
}
