//! Linting documents and PDPs in which much is found, or nearly.

use vedtak::Pdp;
use vedtak::analysis::lint::{Lint, Vocabulary};
use vedtak::attribute::Designator;
use vedtak::combining::policy::DENY_OVERRIDES;
use vedtak::value::DataType;

use super::loading::SHAPES;
use super::{
    CATEGORY, F1, STRING, Shape, all_of, any_of, condition, designator, grows, many, matching,
    policy, rule, target,
};

/// Each policy tests a value of its own, and has a rule that changes nothing.
#[test]
fn what_linting_a_pdp_takes_grows_with_its_policies() {
    let policies = |n: usize| {
        many(n, |i| {
            let of = |values: [&str; 2]| {
                let values = values.map(|value| all_of(&matching("string-equal", value)));
                target(&any_of(&values.concat()))
            };
            let own = format!("v{i}");
            let rules =
                rule(0, &of([&own, "w"])) + &rule(1, &of([&own, "a"])) + &rule(2, &of(["a", "w"]));
            policy(&format!("p{i}"), &("<Target/>".to_owned() + &rules)) + "\n"
        })
    };
    grows("policies beside one another", policies, |text| {
        let builder = Pdp::builder().root_combining(DENY_OVERRIDES);
        let builder = text
            .lines()
            .fold(builder, |builder, policy| builder.policy("p.xml", policy));
        let linted = builder
            .build()
            .expect("compiles")
            .lint(&Lint::new(), 10_000);
        assert_eq!((linted.left_out.len(), linted.unanswered), (0, None));
        assert_eq!(linted.findings.len(), 3 * text.lines().count());
    });
}

/// Documents in which much is found, or nearly.
const ODD_SHAPES: &[Shape] = &[
    ("rules of one id", |n| {
        policy("p", &("<Target/>".to_owned() + &many(n, |_| rule(0, ""))))
    }),
    ("misspelt attributes", |n| {
        let misspelt = |i: usize| {
            let id = format!("urn:oasis:names:tc:xacml:1.0:action:acton-id{}", i % 100);
            target(&any_of(&all_of(&matching("string-equal", " v ").replace(
                r#"AttributeId="a""#,
                &format!(r#"AttributeId="{id}""#),
            ))))
        };
        policy(
            "p",
            &("<Target/>".to_owned() + &many(n, |i| rule(i, &misspelt(i)))),
        )
    }),
    ("attributes outside the vocabulary", |n| {
        let outside = |i: usize| {
            matching("string-equal", "v")
                .replace(r#"AttributeId="a""#, &format!(r#"AttributeId="o{i}""#))
        };
        policy("p", &target(&any_of(&many(n, |i| all_of(&outside(i))))))
    }),
    ("alternatives of the policy and of each rule", |n| {
        let own = many(16, |i| all_of(&matching("string-equal", &format!("v{i}"))));
        let of_rule = |i: usize| {
            let alternatives = many(16, |nth| {
                all_of(&matching("string-equal", &format!("v{}", (i + nth) % 30)))
            });
            rule(i, &target(&any_of(&alternatives)))
        };
        policy("p", &(target(&any_of(&own)) + &many(n / 10, of_rule)))
    }),
    ("tests that never hold together", |n| {
        let both = |i: usize| {
            let matches = many(2, |nth| matching("string-equal", &format!("v{i}-{nth}")));
            rule(i, &target(&any_of(&all_of(&matches))))
        };
        policy("p", &("<Target/>".to_owned() + &many(n, both)))
    }),
    ("an `and` within each `or`", |n| {
        let inner = |i: usize| {
            format!(
                r#"<Apply FunctionId="{F1}string-is-in"><AttributeValue DataType="{STRING}">v{i}</AttributeValue>{}</Apply>"#,
                designator("a")
            )
        };
        let deep = |i: usize| {
            let around = |condition: String, level: usize| {
                let function = ["and", "or", "not"][level % 3];
                let beside = if function == "not" {
                    String::new()
                } else {
                    inner(i)
                };
                format!(r#"<Apply FunctionId="{F1}{function}">{beside}{condition}</Apply>"#)
            };
            rule(i, &condition(&(0..36).fold(inner(i), around)))
        };
        policy("p", &("<Target/>".to_owned() + &many(n / 20, deep)))
    }),
    ("required attributes", |n| {
        let required = |i: usize| {
            matching("string-equal", "v")
                .replace(r#"AttributeId="a""#, &format!(r#"AttributeId="a{i}""#))
                .replace(r#"Present="false""#, r#"Present="true""#)
        };
        policy("p", &target(&any_of(&many(n, |i| all_of(&required(i))))))
    }),
];

#[test]
fn what_linting_takes_grows_with_the_document() {
    let designator = Designator::new(CATEGORY, "a", DataType::String);
    let mut vocabulary = Vocabulary::new().single_valued(designator);
    for i in 0..100 {
        let id = format!("other{i}");
        vocabulary = vocabulary.attribute(Designator::new(CATEGORY, id, DataType::String));
    }
    for lint in [Lint::new(), Lint::new().vocabulary(vocabulary)] {
        for (name, shape) in SHAPES.iter().chain(ODD_SHAPES) {
            grows(name, *shape, |text| {
                let found = lint.findings("p.xml", text);
                found.unwrap_or_else(|error| panic!("{name}: {error}"))
            });
        }
    }
}
