//! Loading and formatting documents that are large in each way one can be.

use vedtak::syntax::format;
use vedtak::{Pdp, ReadOptions};

use super::{
    F1, STRING, Shape, all_of, any_of, condition, designator, grows, many, matching, policy, rule,
    set, target,
};

pub(super) const SHAPES: &[Shape] = &[
    ("bare rules", |n| {
        policy("p", &("<Target/>".to_owned() + &many(n, |i| rule(i, ""))))
    }),
    ("rules of a value each", |n| {
        let of_value = |i: usize| {
            rule(
                i,
                &target(&any_of(&all_of(&matching(
                    "string-equal",
                    &format!("v{i}"),
                )))),
            )
        };
        policy("p", &("<Target/>".to_owned() + &many(n, of_value)))
    }),
    ("rules of a pattern each", |n| {
        let pattern = |i: usize| format!("^https://a\\.example/service-{i}/[0-9]+/");
        let of_pattern = |i: usize| {
            rule(
                i,
                &target(&any_of(&all_of(&matching(
                    "string-regexp-match",
                    &pattern(i),
                )))),
            )
        };
        policy("p", &("<Target/>".to_owned() + &many(n, of_pattern)))
    }),
    ("rules of one pattern", |n| {
        let of_pattern = |i: usize| {
            let only = format!(
                r#"<Apply FunctionId="{F1}string-one-and-only">{}</Apply>"#,
                designator("a")
            );
            let pattern = format!(
                r#"<AttributeValue DataType="{STRING}">(alpha|beta)/[0-9]+/gamma$</AttributeValue>"#
            );
            rule(
                i,
                &condition(&format!(
                    r#"<Apply FunctionId="{F1}string-regexp-match">{pattern}{only}</Apply>"#
                )),
            )
        };
        policy("p", &("<Target/>".to_owned() + &many(n, of_pattern)))
    }),
    ("an AnyOf of many AllOfs", |n| {
        let all_ofs = many(n, |i| all_of(&matching("string-equal", &format!("v{i}"))));
        policy("p", &target(&any_of(&all_ofs)))
    }),
    ("an AnyOf of two AllOfs of many matches", |n| {
        let matches = many(n, |i| matching("string-equal", &format!("v{i}")));
        policy("p", &target(&any_of(&all_of(&matches).repeat(2))))
    }),
    ("AllOfs of many attributes", |n| {
        let of = |i: usize| {
            matching("string-equal", "v")
                .replace(r#"AttributeId="a""#, &format!(r#"AttributeId="a{i}""#))
        };
        policy("p", &target(&any_of(&all_of(&many(n, of)).repeat(2))))
    }),
    ("AllOfs of many patterns", |n| {
        let matches = many(n, |i| {
            matching("string-regexp-match", &format!("a[0-9]b{i}c"))
        });
        policy("p", &target(&any_of(&all_of(&matches).repeat(2))))
    }),
    ("a Target of many AnyOfs", |n| {
        policy(
            "p",
            &target(&many(n, |i| {
                any_of(&all_of(&matching("string-equal", &format!("v{i}"))))
            })),
        )
    }),
    ("variables of variables", |n| {
        let variable = |i: usize| {
            let refers = |to: usize| format!(r#"<VariableReference VariableId="v{to}"/>"#);
            let value = match i % 12 {
                0 => format!(
                    r#"<Apply FunctionId="{F1}string-is-in"><AttributeValue DataType="{STRING}">v{i}</AttributeValue>{}</Apply>"#,
                    designator("a")
                ),
                _ => format!(
                    r#"<Apply FunctionId="{F1}or">{}</Apply>"#,
                    refers(i - 1).repeat(3)
                ),
            };
            format!(r#"<VariableDefinition VariableId="v{i}">{value}</VariableDefinition>"#)
        };
        let refers = |i: usize| {
            rule(
                i,
                &condition(&format!(r#"<VariableReference VariableId="v{i}"/>"#)),
            )
        };
        policy(
            "p",
            &("<Target/>".to_owned() + &many(n, variable) + &many(n, refers)),
        )
    }),
    ("an Apply of many", |n| {
        let equal = |i: usize| {
            format!(
                r#"<Apply FunctionId="{F1}string-is-in"><AttributeValue DataType="{STRING}">v{i}</AttributeValue>{}</Apply>"#,
                designator("a")
            )
        };
        let all = format!(r#"<Apply FunctionId="{F1}and">{}</Apply>"#, many(n, equal));
        policy("p", &("<Target/>".to_owned() + &rule(0, &condition(&all))))
    }),
    ("many deep Applys", |n| {
        let deep = |i: usize| {
            let open = format!(r#"<Apply FunctionId="{F1}not">"#).repeat(40);
            let value = r#"<AttributeValue DataType="http://www.w3.org/2001/XMLSchema#boolean">true</AttributeValue>"#;
            rule(
                i,
                &condition(&format!("{open}{value}{}", "</Apply>".repeat(40))),
            )
        };
        policy("p", &("<Target/>".to_owned() + &many(n / 20, deep)))
    }),
    ("a bag of many", |n| {
        let values = many(n, |i| {
            format!(r#"<AttributeValue DataType="{STRING}">v{i}</AttributeValue>"#)
        });
        let is_in = format!(
            r#"<Apply FunctionId="{F1}string-at-least-one-member-of">{}<Apply FunctionId="{F1}string-bag">{values}</Apply></Apply>"#,
            designator("a")
        );
        policy(
            "p",
            &("<Target/>".to_owned() + &rule(0, &condition(&is_in))),
        )
    }),
    ("obligations of many assignments", |n| {
        let assignment = |i: usize| {
            format!(
                r#"<AttributeAssignmentExpression AttributeId="a{i}">{}</AttributeAssignmentExpression>"#,
                designator("a")
            )
        };
        let obligations = |i: usize| {
            format!(
                r#"<ObligationExpressions><ObligationExpression ObligationId="o{i}" FulfillOn="Permit">{}</ObligationExpression></ObligationExpressions>"#,
                many(10, assignment)
            )
        };
        policy(
            "p",
            &("<Target/>".to_owned() + &many(n / 10, |i| rule(i, &obligations(i)))),
        )
    }),
    ("combiner parameters", |n| {
        let parameter = |i: usize| {
            format!(
                r#"<CombinerParameter ParameterName="n{i}"><AttributeValue DataType="{STRING}">v</AttributeValue></CombinerParameter>"#
            )
        };
        let of_rule = |i: usize| {
            format!(
                r#"<RuleCombinerParameters RuleIdRef="r{i}">{}</RuleCombinerParameters>"#,
                parameter(i)
            )
        };
        let own = format!(
            "<CombinerParameters>{}</CombinerParameters>",
            many(n, parameter)
        );
        policy(
            "p",
            &("<Target/>".to_owned() + &many(n, |i| rule(i, "")) + &own + &many(n, of_rule)),
        )
    }),
    ("policies in a set", |n| {
        set(&many(n, |i| {
            let of = target(&any_of(&all_of(&matching(
                "string-equal",
                &format!("v{i}"),
            ))));
            policy(&format!("p{i}"), &(of + &rule(0, "")))
        }))
    }),
    ("sets in sets", |n| {
        let deep = |i: usize| {
            let inner = policy(&format!("p{i}"), &("<Target/>".to_owned() + &rule(0, "")));
            (0..20).fold(inner, |inner, level| {
                set(&inner).replace(
                    r#"PolicySetId="s""#,
                    &format!(r#"PolicySetId="s{i}-{level}""#),
                )
            })
        };
        set(&many(n / 20, deep))
    }),
    ("references to one policy", |n| {
        let alternatives = many(n, |i| all_of(&matching("string-equal", &format!("v{i}"))));
        let inner = policy("p", &(target(&any_of(&alternatives)) + &rule(0, "")));
        set(&(inner + &"<PolicyIdReference>p</PolicyIdReference>".repeat(n)))
    }),
    ("long ids", |n| {
        let long = |i: usize| format!("{i}{}", "x".repeat(n));
        let rules = many(20, |i| {
            format!(r#"<Rule RuleId="{}" Effect="Permit"/>"#, long(i))
        });
        policy(&long(0), &("<Target/>".to_owned() + &rules))
    }),
];

#[test]
fn what_loading_takes_grows_with_the_document() {
    for (name, shape) in SHAPES {
        grows(name, *shape, |text| {
            let built = Pdp::builder().policy("p.xml", text).build();
            built.unwrap_or_else(|error| panic!("{name}: {error}"))
        });
    }
}

#[test]
fn what_formatting_takes_grows_with_the_document() {
    for (name, shape) in SHAPES {
        grows(name, *shape, |text| {
            let formatted = format(text, ReadOptions::new());
            formatted.unwrap_or_else(|error| panic!("{name}: {error}"))
        });
    }
}
