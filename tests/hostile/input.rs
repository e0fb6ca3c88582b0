//! Input made to hurt: no panic, no hang, no unbounded growth, and never a Permit.

use vedtak::request::AttributeBuilder;
use vedtak::syntax::{Document, Policy, PolicyChild};
use vedtak::{Decision, Limits, Pdp, Request, attribute::category};

const POLICY: &str = include_str!("../../fixtures/nested/library.xml");
const REQUEST: &str = include_str!("../../fixtures/nested/request.xml");
const F1: &str = "urn:oasis:names:tc:xacml:1.0:function:";
const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const INTEGER: &str = "http://www.w3.org/2001/XMLSchema#integer";

fn policy(variables: &str, condition: &str) -> String {
    format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" Version=\"1\" \
         RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides\">\
         <Target/>{variables}<Rule RuleId=\"r\" Effect=\"Permit\"><Condition>{condition}</Condition></Rule></Policy>"
    )
}

/// Variables that each use the one before twice, under `function`.
fn doubling(function: &str, data_type: &str, first: &str, count: usize) -> String {
    let mut text = format!(
        "<VariableDefinition VariableId=\"v0\"><AttributeValue DataType=\"{data_type}\">{first}</AttributeValue></VariableDefinition>"
    );
    for i in 1..count {
        let before = format!("<VariableReference VariableId=\"v{}\"/>", i - 1);
        text += &format!(
            "<VariableDefinition VariableId=\"v{i}\"><Apply FunctionId=\"{function}\">{before}{before}</Apply></VariableDefinition>"
        );
    }
    text
}

fn equals_itself(equal: &str, variable: usize) -> String {
    let reference = format!("<VariableReference VariableId=\"v{variable}\"/>");
    format!("<Apply FunctionId=\"{F1}{equal}\">{reference}{reference}</Apply>")
}

fn decide(policy: &str, request: &Request) -> Decision {
    let mut limits = Limits::default();
    limits.variable_depth = 200;
    limits.apply_depth = 200;
    let pdp = Pdp::builder().limits(limits).policy("p", policy).build();
    pdp.expect("compiles").decide(request).decision()
}

#[test]
fn variables_of_variables_are_evaluated_once_and_what_they_make_is_bounded() {
    let empty = Request::default();
    let concatenate = "urn:oasis:names:tc:xacml:2.0:function:string-concatenate";
    let text = policy(
        &doubling(concatenate, STRING, "dddddddd", 60),
        &equals_itself("string-equal", 59),
    );
    assert_eq!(decide(&text, &empty), Decision::Indeterminate);
    let multiply = format!("{F1}integer-multiply");
    let text = policy(
        &doubling(&multiply, INTEGER, "123456789", 60),
        &equals_itself("integer-equal", 59),
    );
    assert_eq!(decide(&text, &empty), Decision::Indeterminate);
    // 2^60 paths, but 60 variables.
    let and = format!("{F1}and");
    let boolean = "http://www.w3.org/2001/XMLSchema#boolean";
    let text = policy(
        &doubling(&and, boolean, "true", 60),
        &equals_itself("boolean-equal", 59),
    );
    assert_eq!(decide(&text, &empty), Decision::Permit);
}

#[test]
fn cross_products_and_sets_of_large_bags_end() {
    let values: Vec<String> = (0..30_000).map(|i| format!("v{i}")).collect();
    let request = Request::builder()
        .with(AttributeBuilder::new(category::ACCESS_SUBJECT, "a").values(values.clone()))
        .with(
            AttributeBuilder::new(category::RESOURCE, "a")
                .values(values.iter().map(|v| format!("{v}x"))),
        )
        .build();
    let bag = |category: &str| {
        format!(
            "<AttributeDesignator Category=\"{category}\" AttributeId=\"a\" DataType=\"{STRING}\" MustBePresent=\"true\"/>"
        )
    };
    let bags = bag(category::ACCESS_SUBJECT) + &bag(category::RESOURCE);
    let function = format!("<Function FunctionId=\"{F1}string-equal\"/>");
    for condition in [
        format!("<Apply FunctionId=\"{F1}string-at-least-one-member-of\">{bags}</Apply>"),
        format!(
            "<Apply FunctionId=\"urn:oasis:names:tc:xacml:3.0:function:any-of-any\">{function}{bags}</Apply>"
        ),
        // Each value finds its like, after half of the others.
        format!(
            "<Apply FunctionId=\"{F1}all-of-any\">{function}{0}{0}</Apply>",
            bag(category::ACCESS_SUBJECT)
        ),
    ] {
        assert_eq!(
            decide(&policy("", &condition), &request),
            Decision::Indeterminate,
            "{condition}"
        );
    }
}

#[test]
fn patterns_that_weigh_too_much_together_are_refused() {
    let matches: String = (0..2_000)
        .map(|i| {
            format!(
                "<Apply FunctionId=\"{F1}string-regexp-match\"><AttributeValue DataType=\"{STRING}\">\\w{{60}}{i}</AttributeValue>\
                 <AttributeValue DataType=\"{STRING}\">x</AttributeValue></Apply>"
            )
        })
        .collect();
    let condition = format!("<Apply FunctionId=\"{F1}or\">{matches}</Apply>");
    let error = Pdp::from_xml(policy("", &condition)).expect_err("is too much");
    assert!(error.to_string().contains("weigh too much"), "{error}");
}

#[test]
fn damaged_documents_never_panic() {
    for (text, is_policy) in [(POLICY, true), (REQUEST, false)] {
        let bytes = text.as_bytes();
        for at in 0..bytes.len() {
            let mut damaged = bytes.to_vec();
            for byte in [0, b'<', b'"', b'&', 0xFF] {
                damaged[at] = byte;
                if is_policy {
                    let _ = Pdp::from_xml(&damaged);
                } else {
                    let _ = Request::from_xml(&damaged);
                }
            }
            let _ = Pdp::from_xml(&bytes[..at]);
        }
    }
}

/// Each mistake asks for its place and for what was meant, here with as many names to compare.
#[test]
fn a_long_line_of_mistakes_is_told_up_to_a_bound() {
    let value = format!("<AttributeValue DataType=\"{STRING}\">x</AttributeValue>");
    let variables: String = (0..20_000)
        .map(|i| {
            format!("<VariableDefinition VariableId=\"variable{i}\">{value}</VariableDefinition>")
        })
        .collect();
    let mistakes: String = (0..20_000)
        .map(|i| format!("<VariableReference VariableId=\"varieble{i}\"/>"))
        .collect();
    let condition = format!("<Apply FunctionId=\"{F1}and\">{mistakes}</Apply>");
    let error = Pdp::from_xml(policy(&variables, &condition)).expect_err("has mistakes");
    assert_eq!(error.diagnostics().len(), 1001);
    let last = error.diagnostics().last().map(|last| last.message());
    assert_eq!(last, Some("19000 more problems are not listed"));
}

/// A tree that the host built is refused with what no document can hold: printed, nobody could read it.
#[test]
fn a_tree_with_characters_that_xml_cannot_hold_is_refused() {
    let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    type Change = fn(&mut Policy);
    let tree = |change: Change| {
        let text = policy(
            "",
            "<AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#boolean\">true</AttributeValue>",
        );
        let document = Document::from_xml(text).expect("is a policy");
        let Document::Policy(mut policy) = document else {
            panic!("is a policy");
        };
        change(&mut policy);
        Document::Policy(policy)
    };
    let good = || tree(|_| ());
    let cases: [(Change, &str); 3] = [
        (
            |policy| policy.description = Some("a\u{1}b".to_owned()),
            "`Description` has the character U+0001",
        ),
        (
            |policy| policy.id.push('\u{FFFE}'),
            "`Policy` has the character U+FFFE",
        ),
        (
            |policy| {
                if let Some(PolicyChild::Rule(rule)) = policy.children.first_mut() {
                    rule.id.push('\0');
                }
            },
            "`Rule` has the character U+0000",
        ),
    ];
    let store = Pdp::builder()
        .root_combining(deny)
        .store()
        .expect("an empty store");
    store.put_document(good()).expect("it compiles");
    for (change, expected) in cases {
        let several = [
            vec![tree(change)],
            vec![tree(change), {
                let Document::Policy(mut other) = good() else {
                    panic!("is a policy")
                };
                other.id = "other".to_owned();
                Document::Policy(other)
            }],
        ];
        let mut errors = vec![store.put_document(tree(change)).expect_err(expected)];
        for documents in several {
            let builder = Pdp::builder().root_combining(deny);
            let builder = documents
                .into_iter()
                .fold(builder, |all, document| all.document(document));
            errors.push(builder.build().expect_err(expected));
        }
        for error in errors {
            let told = error.to_string();
            assert!(
                told.contains(expected) && told.contains("not allowed in XML"),
                "{told}"
            );
        }
    }
    assert_eq!((store.len(), store.version()), (1, 1));
    assert_eq!(
        store.pdp().decide(&Request::default()).decision(),
        Decision::Permit
    );
}
