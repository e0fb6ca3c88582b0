//! Rules that are told apart by their conditions are found, and none is left out that has anything
//! to say: what is left out is seen by the work it saves.

use vedtak::attribute::Designator;
use vedtak::decision::ExtendedDecision;
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::request::AttributeBuilder;
use vedtak::{Context, Limits, Pdp, PdpBuilder, Request};

const F1: &str = "urn:oasis:names:tc:xacml:1.0:function:";
const F3: &str = "urn:oasis:names:tc:xacml:3.0:function:";
const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const ACTION: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";

fn designator(id: &str, must_be_present: bool) -> String {
    format!(
        r#"<AttributeDesignator Category="{ACTION}" AttributeId="{id}" DataType="{STRING}"
            MustBePresent="{must_be_present}"/>"#
    )
}

fn apply(function: &str, arguments: &[&str]) -> String {
    let arguments = arguments.concat();
    format!(r#"<Apply FunctionId="{function}">{arguments}</Apply>"#)
}

fn literal(text: &str) -> String {
    format!(r#"<AttributeValue DataType="{STRING}">{text}</AttributeValue>"#)
}

fn only(id: &str) -> String {
    let bag = designator(id, false);
    apply(&format!("{F1}string-one-and-only"), &[&bag])
}

/// Ways to say that the kind is this text.
fn shapes(text: &str) -> Vec<(&'static str, String)> {
    let (value, bag) = (literal(text), designator("kind", false));
    let equal = format!("{F1}string-equal");
    let function = format!(r#"<Function FunctionId="{equal}"/>"#);
    let never = apply(&equal, &[&only("kind"), &literal(&format!("never-{text}"))]);
    let is = apply(&equal, &[&only("kind"), &value]);
    vec![
        ("equal", is.clone()),
        ("turned", apply(&equal, &[&value, &only("kind")])),
        (
            "ignoring case",
            apply(
                &format!("{F3}string-equal-ignore-case"),
                &[&only("kind"), &literal(&text.to_uppercase())],
            ),
        ),
        (
            "is-in",
            apply(&format!("{F1}string-is-in"), &[&value, &bag]),
        ),
        (
            "must be there",
            apply(
                &format!("{F1}string-is-in"),
                &[&value, &designator("kind", true)],
            ),
        ),
        (
            "any-of",
            apply(&format!("{F3}any-of"), &[&function, &value, &bag]),
        ),
        ("or", apply(&format!("{F1}or"), &[&never, &is])),
        ("variable", r#"<VariableReference VariableId="is"/>"#.into()),
    ]
}

/// Policies of one rule each, for another kind each; what else it asks comes first, and is dear.
fn policy(rules: usize, shape: usize, target: &str) -> String {
    let dear = apply(
        &format!("{F1}string-is-in"),
        &[&only("other"), &designator("many", false)],
    );
    let policies: String = (0..rules)
        .map(|number| {
            let text = format!("kind-{number}");
            let (_, condition) = &shapes(&text)[shape];
            let is = apply(&format!("{F1}string-equal"), &[&only("kind"), &literal(&text)]);
            let condition = apply(&format!("{F1}and"), &[&dear, condition]);
            format!(
                r#"<Policy PolicyId="p{number}" Version="1"
                    RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
                    <Target/><VariableDefinition VariableId="is">{is}</VariableDefinition>
                    <Rule RuleId="r" Effect="Permit"><Target>{target}</Target>
                    <Condition>{condition}</Condition></Rule></Policy>"#
            )
        })
        .collect();
    format!(
        r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicySetId="s" Version="1"
            PolicyCombiningAlgId="urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides">
            <Target/>{policies}</PolicySet>"#
    )
}

fn request(kinds: &[&str]) -> Request {
    let many = (0..200).map(|number| format!("m{number}"));
    let attribute =
        |id: &str, values: Vec<String>| AttributeBuilder::new(ACTION, id).values(values);
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let mut builder = Request::builder()
        .with(attribute("many", many.collect()))
        .with(attribute("other", vec!["m199".to_owned()]));
    if !kinds.is_empty() {
        builder = builder.with(attribute("kind", kinds));
    }
    builder.build()
}

fn decided(builder: PdpBuilder, request: &Request) -> ExtendedDecision {
    let pdp = builder.build().expect("it compiles");
    let mut context = Context::new();
    pdp.decide_with(&mut context, request).extended_decision()
}

#[test]
fn rules_are_found_by_their_conditions() {
    // Enough for one or two rules.
    let mut limits = Limits::default();
    limits.work = 600;
    for rules in [4, 20, 50] {
        for shape in 0..shapes("").len() {
            let name = shapes("")[shape].0;
            let text = policy(rules, shape, "");
            let with = |index| {
                Pdp::builder()
                    .policy("p.xml", &text)
                    .optimizations(true, index)
            };
            let last = format!("kind-{}", rules - 1);
            for kinds in [&[][..], &["kind-0"], &[&last], &["else"], &[&last, "else"]] {
                let asked = request(kinds);
                let plain = decided(with(false), &asked);
                let case = format!("{rules} rules, {name}: {kinds:?}");
                assert_eq!(decided(with(true), &asked), plain, "{case}");
                if let ["kind-0"] = kinds {
                    assert_eq!(plain, ExtendedDecision::Permit, "{case}");
                    let little = |index| decided(with(index).limits(limits.clone()), &asked);
                    assert_eq!(little(true), ExtendedDecision::Permit, "{case}");
                    assert!(little(false).is_indeterminate(), "{case}");
                }
            }
        }
    }
}

struct OutOfOrder;

impl AttributeProvider for OutOfOrder {
    fn name(&self) -> &str {
        "out of order"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "supplied"
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Err(ProviderError::new("it is out of order"))
    }
}

/// A target that may be Indeterminate makes the rule so, whatever its condition is.
#[test]
fn a_condition_does_not_hide_what_its_target_has_to_say() {
    let wants = |id: &str, must_be_present| {
        format!(
            r#"<AnyOf><AllOf><Match MatchId="{F1}string-equal">{}{}</Match></AllOf></AnyOf>"#,
            literal("yes"),
            designator(id, must_be_present)
        )
    };
    for (target, permits) in [
        (wants("missing", true), false),
        (wants("supplied", false), false),
        (String::new(), true),
    ] {
        for rules in [4, 20, 50] {
            let text = policy(rules, 0, &target);
            let answers = [false, true].map(|index| {
                let builder = Pdp::builder()
                    .policy("p.xml", &text)
                    .optimizations(true, index);
                let builder = builder.provider(OutOfOrder);
                decided(builder, &request(&["kind-0"]))
            });
            assert_eq!(answers[0], answers[1], "{rules} rules, {target}");
            assert_eq!(answers[0] == ExtendedDecision::Permit, permits);
            assert_eq!(answers[0].is_indeterminate(), !permits);
        }
    }
}

/// A set without members has nothing in common with anything, but the attribute it is compared with
/// may be Indeterminate all the same.
#[test]
fn nothing_to_look_for_is_no_reason_to_leave_a_rule_out() {
    let none = apply(&format!("{F1}string-bag"), &[]);
    let in_none = |bag: &str| {
        let arguments = [bag, none.as_str()];
        apply(&format!("{F1}string-at-least-one-member-of"), &arguments)
    };
    let is = |text: &str| {
        let arguments = [only("kind"), literal(text)];
        apply(
            &format!("{F1}string-equal"),
            &[&arguments[0], &arguments[1]],
        )
    };
    for missing in [designator("missing", true), designator("supplied", false)] {
        let nothing = in_none(&missing);
        let shapes = |number: usize| {
            let kind = is(&format!("kind-{number}"));
            [
                nothing.clone(),
                apply(&format!("{F1}or"), &[&nothing, &kind]),
                apply(&format!("{F1}or"), &[&kind, &nothing]),
            ]
        };
        for (count, shape) in [3, 9, 32, 33, 60]
            .into_iter()
            .flat_map(|c| [(c, 0), (c, 1), (c, 2)])
        {
            let rules: String = (0..count)
                .map(|number| {
                    let condition = match number {
                        0 => shapes(number)[shape].clone(),
                        _ => is(&format!("kind-{number}")),
                    };
                    let effect = if number == 0 { "Deny" } else { "Permit" };
                    format!(
                        r#"<Rule RuleId="r{number}" Effect="{effect}"><Condition>{condition}</Condition></Rule>"#
                    )
                })
                .collect();
            let text = format!(
                r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
                    RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
                    <Target/>{rules}</Policy>"#
            );
            let decide = |index| {
                let builder = Pdp::builder()
                    .policy("p.xml", &text)
                    .optimizations(index, index);
                decided(builder.provider(OutOfOrder), &request(&["kind-1"]))
            };
            let found = decide(true);
            assert_eq!(found, decide(false), "{count} rules, shape {shape}");
            assert_eq!(found, ExtendedDecision::IndeterminateDP);
        }
    }
}

/// What looks into texts is found by the pieces it looks for, however many rules there are: the work
/// is that of one look at the text, and not of a look by each rule.
#[test]
fn rules_are_found_by_what_their_patterns_look_for() {
    let url = |number: usize| format!("https://api.example/v1/service-{number:03}/17/read");
    let regexp = "string-regexp-match";
    type Form = (&'static str, &'static str, fn(usize) -> String);
    let forms: [Form; 8] = [
        ("1.0", regexp, |n| {
            format!(r"^https://api\.example/v1/service-{n:03}/[0-9]+/read$")
        }),
        ("1.0", regexp, |n| format!("/service-{n:03}/[0-9]+/")),
        ("1.0", regexp, |n| {
            format!("^https?://[^/]+/v1/service-{n:03}/[0-9]+/(read|write)$")
        }),
        ("1.0", regexp, |n| format!("^(http|https|ftp)://.*-{n:03}/")),
        ("1.0", regexp, |n| {
            format!("(alpha|service)-{n:03}/[0-9]{{2}}")
        }),
        ("3.0", "string-starts-with", |n| {
            format!("https://api.example/v1/service-{n:03}/")
        }),
        ("3.0", "string-contains", |n| format!("service-{n:03}")),
        ("3.0", "string-ends-with", |n| format!("-{n:03}/17/read")),
    ];
    let mut limits = Limits::default();
    limits.work = 900;
    for (version, name, pattern) in forms {
        let function = format!("urn:oasis:names:tc:xacml:{version}:function:{name}");
        let in_condition = |value: &str| {
            let condition = apply(&function, &[value, &only("url")]);
            format!("<Condition>{condition}</Condition>")
        };
        let in_target = |value: &str| {
            let bag = designator("url", false);
            format!(
                r#"<Target><AnyOf><AllOf><Match MatchId="{function}">{value}{bag}</Match></AllOf></AnyOf></Target>"#
            )
        };
        let places: [&dyn Fn(&str) -> String; 2] = [&in_target, &in_condition];
        for (place, asks) in places.into_iter().enumerate() {
            let rules: String = (0..300)
                .map(|number| {
                    let asks = asks(&literal(&pattern(number)));
                    format!(r#"<Rule RuleId="r{number}" Effect="Permit">{asks}</Rule>"#)
                })
                .collect();
            let text = format!(
                r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
                    RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
                    <Target/>{rules}</Policy>"#
            );
            let pdp = |index, limits: &Limits| {
                let builder = Pdp::builder()
                    .policy("p.xml", &text)
                    .optimizations(true, index);
                builder.limits(limits.clone()).build().expect("it compiles")
            };
            let found = pdp(true, &limits);
            let mut context = Context::new();
            let mut decide = |pdp: &Pdp, urls: Vec<String>| {
                let attribute = AttributeBuilder::new(ACTION, "url").values(urls);
                let request = Request::builder().with(attribute).build();
                let outcome = pdp.decide_with(&mut context, &request);
                let rules: Vec<String> = outcome.rules().map(|rule| rule.to_string()).collect();
                (outcome.extended_decision(), rules)
            };
            let case = format!("{name}, {}, place {place}", pattern(7));
            for number in [0, 7, 299] {
                let (decision, rules) = decide(&found, vec![url(number)]);
                assert_eq!(decision, ExtendedDecision::Permit, "{case}");
                let suffix = format!("`r{number}`");
                assert!(
                    rules.len() == 1 && rules[0].contains(&suffix),
                    "{case}: {rules:?}"
                );
            }
            let other = vec!["https://api.example/v1/service-xyz/17/read".to_owned()];
            assert_eq!(
                decide(&found, other).0,
                ExtendedDecision::NotApplicable,
                "{case}"
            );
            let plain = pdp(false, &limits);
            assert!(
                decide(&plain, vec![url(299)]).0.is_indeterminate(),
                "{case}"
            );
            // Several values, or none: as without an index.
            let (found, plain) = (
                pdp(true, &Limits::default()),
                pdp(false, &Limits::default()),
            );
            for urls in [vec![], vec![url(3), url(298)], vec![url(5), "x".to_owned()]] {
                assert_eq!(decide(&found, urls.clone()), decide(&plain, urls), "{case}");
            }
        }
    }
}
