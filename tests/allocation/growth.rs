//! What reading and compiling take grows in proportion to the document: bytes are counted at n, 2n
//! and 4n, for documents that are large in each way one can be.

#[cfg(feature = "alfa")]
mod alfa;
mod lint;
mod loading;

use std::fmt::Write as _;

use vedtak::combining::policy::DENY_OVERRIDES;
use vedtak::request::AttributeBuilder;
use vedtak::store::ChangeSet;
use vedtak::syntax::Document;
use vedtak::{Pdp, Request};

use crate::{BYTES, HELD, PEAK};

/// The bytes that `work` asks for in all, and the most that it has at once.
fn bytes<T>(work: impl FnOnce() -> T) -> (usize, usize) {
    let (all, held) = (BYTES.get(), HELD.get());
    PEAK.set(held);
    let made = work();
    let (all, most) = (BYTES.get() - all, PEAK.get() - held);
    drop(made);
    (all, most.cast_unsigned())
}

const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const CATEGORY: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
const F1: &str = "urn:oasis:names:tc:xacml:1.0:function:";

fn matching(function: &str, value: &str) -> String {
    format!(
        r#"<Match MatchId="{F1}{function}"><AttributeValue DataType="{STRING}">{value}</AttributeValue>{}</Match>"#,
        designator("a")
    )
}

fn designator(id: &str) -> String {
    format!(
        r#"<AttributeDesignator Category="{CATEGORY}" AttributeId="{id}" DataType="{STRING}" MustBePresent="false"/>"#
    )
}

fn policy(id: &str, content: &str) -> String {
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="{id}" Version="1" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">{content}</Policy>"#
    )
}

fn set(content: &str) -> String {
    format!(
        r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicySetId="s" Version="1" PolicyCombiningAlgId="urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides"><Target/>{content}</PolicySet>"#
    )
}

fn many(n: usize, each: impl Fn(usize) -> String) -> String {
    (0..n).fold(String::new(), |mut all, number| {
        all += &each(number);
        all
    })
}

fn rule(number: usize, content: &str) -> String {
    format!(r#"<Rule RuleId="r{number}" Effect="Permit">{content}</Rule>"#)
}

fn condition(content: &str) -> String {
    format!("<Condition>{content}</Condition>")
}

fn target(content: &str) -> String {
    format!("<Target>{content}</Target>")
}

fn any_of(all_ofs: &str) -> String {
    format!("<AnyOf>{all_ofs}</AnyOf>")
}

fn all_of(matches: &str) -> String {
    format!("<AllOf>{matches}</AllOf>")
}

/// A document that is large in one way, and n times so.
type Shape = (&'static str, fn(usize) -> String);

/// The bytes that `work` asks for, in all and at once, for a document n times so large.
fn grows<T>(name: &str, shape: fn(usize) -> String, work: impl Fn(&str) -> T) {
    let taken = [200, 400, 800].map(|n| {
        let text = shape(n);
        let (all, most) = bytes(|| work(&text));
        (text.len(), all, most)
    });
    let mut shown = String::new();
    for (length, all, most) in taken {
        let _ = write!(
            shown,
            " {:.1}/{:.1}",
            all as f64 / length as f64,
            most as f64 / length as f64
        );
    }
    println!("{name}: {shown}");
    for two in taken.windows(2) {
        let of_length = two[1].0 as f64 / two[0].0 as f64;
        let growth = |a: usize, b: usize| b as f64 / a as f64;
        assert!(
            growth(two[0].1, two[1].1) < 1.3 * of_length,
            "{name}: {taken:?}"
        );
        assert!(
            growth(two[0].2, two[1].2) < 1.3 * of_length,
            "{name}: {taken:?}"
        );
    }
}

/// What a document of many small parts takes in memory while it is read, and then: a few times its
/// own length.
#[test]
fn a_tree_takes_a_few_times_its_document() {
    let with =
        |n: usize, content: &str| policy("p", &("<Target/>".to_owned() + &content.repeat(n)));
    let in_condition = |n: usize, part: &str| {
        let all = format!(r#"<Apply FunctionId="f">{}</Apply>"#, part.repeat(n));
        policy("p", &("<Target/>".to_owned() + &rule(0, &condition(&all))))
    };
    for n in [10_000, 13_000, 17_000] {
        for (name, text) in [
            ("rules", with(n, r#"<Rule RuleId="r" Effect="Permit"/>"#)),
            (
                "rules with targets",
                with(n, r#"<Rule RuleId="r" Effect="Permit"><Target/></Rule>"#),
            ),
            (
                "variables",
                with(
                    n,
                    r#"<VariableDefinition VariableId="v"><Function FunctionId="f"/></VariableDefinition>"#,
                ),
            ),
            ("parameters", with(n, "<CombinerParameters/>")),
            ("Applys", in_condition(n, r#"<Apply FunctionId="f"/>"#)),
            (
                "Applys of one",
                in_condition(
                    n,
                    r#"<Apply FunctionId="f"><Function FunctionId="f"/></Apply>"#,
                ),
            ),
            (
                "references",
                in_condition(n, r#"<VariableReference VariableId="v"/>"#),
            ),
            (
                "values",
                in_condition(n, r#"<AttributeValue DataType="s"/>"#),
            ),
            (
                "policy references",
                set(&"<PolicyIdReference>p</PolicyIdReference>".repeat(n)),
            ),
            (
                "matches",
                policy(
                    "p",
                    &target(&any_of(&all_of(&matching("string-equal", "v")).repeat(n))),
                ),
            ),
        ] {
            let (_, most) =
                bytes(|| Document::from_xml(&text).unwrap_or_else(|e| panic!("{name}: {e}")));
            let times = most as f64 / text.len() as f64;
            println!("{n} {name}: {times:.1}");
            assert!(times < 10.0, "{n} {name}: {times:.1} times the document");
        }
    }
}

#[test]
fn a_request_takes_a_few_times_its_document() {
    let request = |content: &str| {
        format!(
            r#"<Request xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" ReturnPolicyIdList="false" CombinedDecision="false">{content}</Request>"#
        )
    };
    let within = |content: &str| {
        request(&format!(
            r#"<Attributes Category="c">{content}</Attributes>"#
        ))
    };
    let value = format!(r#"<AttributeValue DataType="{STRING}">v</AttributeValue>"#);
    let attribute = |values: &str| {
        format!(r#"<Attribute AttributeId="a" IncludeInResult="false">{values}</Attribute>"#)
    };
    for n in [10_000, 13_000, 17_000] {
        for (name, text) in [
            (
                "categories",
                request(&r#"<Attributes Category="c"/>"#.repeat(n)),
            ),
            ("attributes", within(&attribute(&value).repeat(n))),
            ("values", within(&attribute(&value.repeat(n)))),
        ] {
            let (_, most) =
                bytes(|| Request::from_xml(&text).unwrap_or_else(|e| panic!("{name}: {e}")));
            let times = most as f64 / text.len() as f64;
            println!("{n} {name}: {times:.1}");
            assert!(times < 10.0, "{n} {name}: {times:.1} times the document");
        }
    }
}

/// Of documents of a store that refer to one another in one circle, it is told which way it goes only as
/// long as that takes little.
#[test]
fn telling_a_circle_takes_no_more_than_its_documents() {
    let counted = [1_000, 2_000, 4_000].map(|n| {
        let store = Pdp::builder().root_combining(DENY_OVERRIDES).store();
        let store = store.expect("can be made");
        let changes = (0..n).fold(ChangeSet::new(), |changes, number| {
            let next = (number + 1) % n;
            let refers = set(&format!(
                "<PolicySetIdReference>s{next}</PolicySetIdReference>"
            ));
            let id = format!(r#"PolicySetId="s{number}""#);
            changes.put(
                &format!("{number}.xml"),
                refers.replace(r#"PolicySetId="s""#, &id),
            )
        });
        let (all, _) = bytes(|| {
            let told = store.change(changes).expect_err("a circle").to_string();
            assert!(
                told.contains("`s0` refers to `s1`, which refers to `s2`"),
                "{told}"
            );
        });
        all
    });
    let [one, two, four] = counted;
    assert!(two < 3 * one && four < 3 * two, "{counted:?}");
}

/// An attribute that must be present is looked for among similar ones, and a long name costs no more
/// than one that is as long as a name can be that somebody mistyped.
#[test]
fn long_names_are_not_compared() {
    let absent = many(100, |number| {
        let only = designator(&format!("clearance-{number}")).replace("false", "true");
        let only = format!(r#"<Apply FunctionId="{F1}string-one-and-only">{only}</Apply>"#);
        let value = format!(r#"<AttributeValue DataType="{STRING}">x</AttributeValue>"#);
        let equal = format!(r#"<Apply FunctionId="{F1}string-equal">{only}{value}</Apply>"#);
        rule(number, &condition(&equal))
    });
    let pdp = Pdp::from_xml(policy("p", &("<Target/>".to_owned() + &absent))).expect("compiles");
    let counted = [300, 3_000, 30_000].map(|length| {
        let request = (0..500).fold(Request::builder(), |request, number| {
            let name = format!("Clearance-{number}{}", "x".repeat(length));
            request.with(AttributeBuilder::new(CATEGORY, name).value("x"))
        });
        let request = request.build();
        bytes(|| assert_eq!(pdp.decide(&request).troubles().count(), 100)).0
    });
    let [short, long, longest] = counted;
    assert!(
        long < short + short / 10 && longest < short + short / 10,
        "{counted:?}"
    );
}

/// Explanations in every form, of decisions that are large in each way one can be.
#[test]
fn an_explanation_grows_with_what_it_explains() {
    let reads = |number: usize| matching("string-equal", &format!("v{number}"));
    let applies = |n| many(n, |number| rule(number, ""));
    let left_out = |n| {
        many(n, |number| {
            rule(number, &target(&any_of(&all_of(&reads(number)))))
        })
    };
    let conjunction = |n| {
        let one = format!(
            r#"<Apply FunctionId="{F1}string-is-in"><AttributeValue DataType="{STRING}">v0</AttributeValue>{}</Apply>"#,
            designator("a")
        );
        let all = many(n, |_| one.clone());
        rule(
            0,
            &condition(&format!(r#"<Apply FunctionId="{F1}and">{all}</Apply>"#)),
        )
    };
    let wide = |n| {
        let all = many(n, |number| all_of(&reads(number + 1)));
        rule(0, &target(&any_of(&all)))
    };
    type Make<'m> = &'m dyn Fn(usize) -> String;
    let shapes: [(&str, Make<'_>, bool); 5] = [
        ("rules that apply", &applies, false),
        ("rules that are left out", &left_out, false),
        ("a long condition", &conjunction, false),
        ("a target of many", &wide, false),
        ("values of the request", &wide, true),
    ];
    for (name, make, has_values) in shapes {
        let bytes_at = |n: usize| {
            let rules = make(if has_values { 40 } else { n });
            let text = policy("p", &format!("<Target/>{rules}"));
            let pdp = Pdp::from_xml(text).expect("compiles");
            let mut attribute = AttributeBuilder::new(CATEGORY, "a").value("v0");
            if has_values {
                let long = "x".repeat(100 * n);
                attribute = attribute.values((0..n).map(|number| format!("{long}{number}")));
            }
            let request = Request::builder().with(attribute).build();
            // The first one reads the documents.
            pdp.explain(&request);
            let (all, _) = bytes(|| {
                let explanation = pdp.explain(&request).remove(0);
                [
                    explanation.to_string(),
                    explanation.to_markdown(),
                    explanation.to_json(),
                    explanation.to_mermaid(),
                    explanation.to_svg(),
                ]
            });
            all
        };
        let [one, two, four] = [50, 100, 200].map(bytes_at);
        assert!(
            two <= 3 * one && four <= 3 * two,
            "{name}: {one}, {two}, {four}"
        );
        assert!(four < 8_000_000, "{name}: {four}");
    }
}
