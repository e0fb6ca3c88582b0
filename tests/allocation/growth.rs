//! What reading and compiling take grows in proportion to the document: bytes are counted at n, 2n
//! and 4n, for documents that are large in each way one can be.

use std::fmt::Write as _;

use vedtak::analysis::lint::{Lint, Vocabulary};
use vedtak::attribute::Designator;
use vedtak::combining::policy::DENY_OVERRIDES;
use vedtak::request::AttributeBuilder;
use vedtak::store::ChangeSet;
use vedtak::syntax::{Document, format};
use vedtak::value::DataType;
use vedtak::{Pdp, ReadOptions, Request};

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

const SHAPES: &[Shape] = &[
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

/// Files in ALFA that are large in one way, mistakes among them.
#[cfg(feature = "alfa")]
const ALFA_SHAPES: &[Shape] = &[
    ("rules in ALFA", |n| {
        let rule = |i: usize| {
            format!(
                "rule r{i} {{ permit target clause Attributes.actionId == \"a{i}\" condition 1 < {i} }}\n"
            )
        };
        format!("policy p {{ apply firstApplicable {} }}", many(n, rule))
    }),
    ("attributes in ALFA", |n| {
        let attribute = |i: usize| {
            format!("attribute a{i} {{ id = \"a{i}\" type = string category = subjectCat }}\n")
        };
        let used = |i: usize| format!("or a{i} == \"v\" ");
        let target = format!("target clause a0 == \"w\" {}", many(n, used));
        format!(
            "{} policy p {{ apply firstApplicable {target} }}",
            many(n, attribute)
        )
    }),
    ("namespaces in ALFA", |n| {
        let namespace = |i: usize| {
            format!(
                "namespace n{i} {{ import n{}.* rule r{i} {{ permit }} policy p{i} {{ apply firstApplicable r{} }} }}\n",
                (i + 1) % n,
                (i + 1) % n
            )
        };
        many(n, namespace)
    }),
    ("unknown names in ALFA", |n| {
        format!(
            "policy p {{ apply firstApplicable {} }}",
            many(n, |i| format!("rule{i} "))
        )
    }),
    ("open braces in ALFA", |n| {
        "policy p { rule r { permit ".repeat(n / 4)
    }),
    ("unreadable characters in ALFA", |n| "; policy ".repeat(n)),
    ("comments in ALFA", |n| {
        let rule = |i: usize| format!("// {i}\n/* of {i} */ rule r{i} {{ permit // so\n }}");
        format!("policy p {{ apply firstApplicable {} }}", many(n, rule))
    }),
    ("policies in ALFA", |n| {
        let policy = |i: usize| {
            format!(
                "policy p{i} {{ apply denyOverrides rule r {{ permit condition Attributes.subjectId == \" a{i}\" }} }}\n"
            )
        };
        many(n, policy)
    }),
];

#[cfg(feature = "alfa")]
#[test]
fn what_alfa_takes_grows_with_the_file() {
    for (name, shape) in ALFA_SHAPES {
        grows(name, *shape, |text| {
            let read = vedtak::syntax::alfa::read(text, ReadOptions::new());
            read.map(|documents| vedtak::syntax::alfa::write(&documents))
        });
        grows(name, *shape, |text| {
            let files = [("p.alfa", text.as_bytes())];
            let made = vedtak::syntax::alfa::to_xml(files, &vedtak::Limits::default());
            made.map(|made| {
                let policies = made.policies.iter();
                let texts = policies.map(|(_, xml)| ("p.xml", xml.as_bytes()));
                vedtak::syntax::alfa::from_xml(texts, &vedtak::Limits::default())
            })
        });
        // Policies of one file share its text.
        grows(name, *shape, |text| {
            let builder = Pdp::builder().alfa([("p.alfa", text.as_bytes())]);
            let pdp = builder.root_combining(DENY_OVERRIDES).build();
            pdp.map(|pdp| (pdp.cover([]), pdp.lint(&Lint::new(), 1_000)))
        });
    }
}

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
