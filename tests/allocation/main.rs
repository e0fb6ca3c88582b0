//! A warm decision that ends in Permit without obligations allocates nothing, and no decision more
//! than its work pays for.

#![expect(unsafe_code, reason = "an allocator that counts cannot be had without")]

#[cfg(feature = "altinn")]
mod altinn;
mod functions;
mod growth;
mod proportion;
mod reading;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use vedtak::request::Matrix;
use vedtak::{Context, Decision, Pdp, Request};

/// Counts the allocations of each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
    /// What is held now, and the most that was: memory may be given back by another thread.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: usize) {
    // A thread that is ending has no counter any more, and no test running either.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
    let _ = BYTES.try_with(|count| count.set(count.get() + bytes));
}

fn hold(bytes: isize) {
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: defers to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        hold(layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        hold(size.cast_signed() - layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(-layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(decide: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    decide();
    ALLOCATIONS.with(Cell::get) - before
}

/// How many bytes are asked for in all.
fn bytes(decide: impl FnOnce()) -> usize {
    let before = BYTES.with(Cell::get);
    decide();
    BYTES.with(Cell::get) - before
}

/// How many bytes are held at once beyond those that were held before.
fn peak(decide: impl FnOnce()) -> usize {
    let before = HELD.with(Cell::get);
    PEAK.with(|peak| peak.set(before));
    decide();
    (PEAK.with(Cell::get) - before).unsigned_abs()
}

#[test]
fn a_warm_permit_without_obligations_allocates_nothing() {
    // The fixture without its obligations and advice.
    let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    let (head, _) = policy
        .split_once("<ObligationExpressions>")
        .expect("is there");
    let pdp = Pdp::from_xml(format!("{head}</Policy>")).expect("compiles");
    let request = |role: &str, action: &str| {
        Request::builder()
            .subject("urn:altinn:userid", 20_000_490)
            .subject("urn:altinn:rolecode", "REGNA")
            .subject("urn:altinn:rolecode", role)
            .subject("urn:altinn:accesspackage", "skattegrunnlag")
            .resource("urn:altinn:resource", "vedtak-brev")
            .action(action)
            .build()
    };
    let requests = [
        request("dagl", "read"),
        request("DAGL", "write"),
        request("dagl", "delete"),
        request("lede", "list"),
    ];
    let mut context = Context::new();
    let mut permits = |requests: &[Request]| {
        requests
            .iter()
            .filter(|request| pdp.decide_with(&mut context, request).decision() == Decision::Permit)
            .count()
    };
    // Warm up.
    assert_eq!(permits(&requests), requests.len());
    let mut permitted = 0;
    let allocated = allocations(|| {
        for _ in 0..100 {
            permitted += permits(&requests);
        }
    });
    assert_eq!(permitted, 100 * requests.len());
    assert_eq!(allocated, 0);
}

#[test]
fn a_warm_permit_by_conditions_allocates_nothing() {
    let xacml = |version: &str, name: &str, arguments: &str| {
        let id = format!("urn:oasis:names:tc:xacml:{version}:function:{name}");
        format!(r#"<Apply FunctionId="{id}">{arguments}</Apply>"#)
    };
    let literal = |data_type: &str, text: &str| {
        format!(
            r#"<AttributeValue DataType="http://www.w3.org/2001/XMLSchema#{data_type}">{text}</AttributeValue>"#
        )
    };
    let role = r#"<AttributeDesignator Category="urn:oasis:names:tc:xacml:1.0:subject-category:access-subject" AttributeId="role" DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/>"#;
    let level = r#"<AttributeDesignator Category="urn:oasis:names:tc:xacml:1.0:subject-category:access-subject" AttributeId="level" DataType="http://www.w3.org/2001/XMLSchema#integer" MustBePresent="true"/>"#;
    let only_level = xacml("1.0", "integer-one-and-only", level);
    let roles = literal("string", "dagl") + &literal("string", "lede");
    let equal = r#"<Function FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-equal"/>"#;
    let product = xacml(
        "1.0",
        "integer-multiply",
        &literal("integer", "2").repeat(2),
    );
    let terms = [
        xacml(
            "3.0",
            "any-of",
            &format!("{equal}{}{role}", literal("string", "dagl")),
        ),
        xacml(
            "1.0",
            "string-at-least-one-member-of",
            &format!("{role}{}", xacml("1.0", "string-bag", &roles)),
        ),
        xacml(
            "1.0",
            "integer-greater-than",
            &(xacml("1.0", "integer-add", &(only_level.clone() + &product))
                + &literal("integer", "5")),
        ),
        xacml(
            "1.0",
            "not",
            &xacml(
                "1.0",
                "integer-equal",
                &(xacml("1.0", "string-bag-size", role) + &only_level),
            ),
        ),
        xacml(
            "1.0",
            "string-regexp-match",
            &(literal("string", "^d") + &xacml("1.0", "string-one-and-only", role)),
        ),
    ];
    let condition = xacml("1.0", "and", &terms.concat());
    let policy = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/><Rule RuleId="r" Effect="Permit"><Condition>{condition}</Condition></Rule></Policy>"#
    );
    let pdp = Pdp::from_xml(policy).expect("compiles");
    let request = Request::builder()
        .subject("role", "dagl")
        .subject("level", 3)
        .build();
    let mut context = Context::new();
    let mut decide = || pdp.decide_with(&mut context, &request).decision();
    assert_eq!(decide(), Decision::Permit);
    assert_eq!(allocations(|| assert_eq!(decide(), Decision::Permit)), 0);
}

/// Many patterns over long texts: where they are found, what is found waits in memory of the context.
#[test]
fn a_warm_permit_by_patterns_allocates_nothing() {
    let rules: String = (0..200)
        .map(|number| {
            format!(
                r#"<Rule RuleId="r{number}" Effect="Permit"><Target><AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-regexp-match"><AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">^https://api\.example/s{number}/[0-9]+/</AttributeValue><AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:resource" AttributeId="url" DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/></Match></AllOf></AnyOf></Target></Rule>"#
            )
        })
        .collect();
    let pdp = Pdp::from_xml(format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/>{rules}</Policy>"#
    ))
    .expect("compiles");
    let requests = [0, 17, 199].map(|number| {
        let url = format!("https://api.example/s{number}/{}/read", "9".repeat(300));
        Request::builder().resource("url", url.as_str()).build()
    });
    let mut context = Context::new();
    let mut permits = || {
        let permits = |request| pdp.decide_with(&mut context, request).decision();
        requests
            .iter()
            .map(permits)
            .filter(|decision| *decision == Decision::Permit)
            .count()
    };
    assert_eq!(permits(), requests.len());
    let allocated = allocations(|| {
        for _ in 0..100 {
            assert_eq!(permits(), requests.len());
        }
    });
    assert_eq!(allocated, 0);
}

#[test]
fn a_cell_of_a_matrix_allocates_nothing() {
    let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    let pdp = Pdp::from_xml(policy).expect("compiles");
    // As many subjects, resources and actions, and more cells.
    let matrix = |repeated: usize| {
        let base = Request::builder().resource("urn:altinn:partyid", "50001");
        let nothing = vec![Request::default(); repeated];
        Matrix::new(base.build())
            .subjects("urn:altinn:rolecode", ["dagl", "REGNA", "lede"])
            .resources("urn:altinn:resource", ["vedtak-brev", "another"])
            .actions(["read", "write", "sign"])
            .axis(nothing)
    };
    let allocated = |matrix: &Matrix| {
        let mut permits = 0;
        let allocated = allocations(|| {
            let grid = pdp.call().brief().decide_matrix(matrix);
            let permitted = grid
                .cells()
                .iter()
                .filter(|cell| cell.decision == Decision::Permit);
            permits = permitted.count();
        });
        (allocated, permits)
    };
    let (few, many) = (matrix(1), matrix(40));
    // The keys of the alternatives are made once.
    allocated(&few);
    allocated(&many);
    let (of_few, permits) = allocated(&few);
    assert!(permits > 0);
    assert_eq!(allocated(&many), (of_few, 40 * permits));
}

/// Memory is in proportion to the text: of twice the text it is no more than a little over twice as
/// much, and never more than `times` the text and what a hundred problems take.
#[cfg(feature = "json")]
fn in_proportion(what: &str, times: usize, text: impl Fn(usize) -> String, run: impl Fn(&str)) {
    let mut before = None;
    for n in [2_000, 4_000, 8_000] {
        let text = text(n);
        let (mut held, mut made) = (0, 0);
        made += allocations(|| held = peak(|| run(&text)));
        assert!(
            held <= times * text.len() + 100_000,
            "{what}: {held} bytes for {} of text, {} times",
            text.len(),
            held / text.len()
        );
        if let Some((held_before, made_before)) = before.replace((held, made)) {
            assert!(
                held * 10 <= held_before * 26,
                "{what}: {held_before}, then {held} bytes"
            );
            assert!(
                made * 10 <= made_before * 23 + 1000,
                "{what}: {made_before}, then {made}"
            );
        }
    }
}

#[cfg(feature = "json")]
#[test]
fn json_takes_memory_in_proportion_to_the_text() {
    use vedtak::Response;
    use vedtak::authzen::{Evaluation, Evaluations, Mapping};
    let list = |n: usize, each: &dyn Fn(usize) -> String| {
        (0..n).map(each).collect::<Vec<String>>().join(",")
    };
    let request = |text: &str| drop(Request::from_json(text));
    let response = |text: &str| drop(Response::from_json(text));
    let of = |inside: String| format!(r#"{{"Request":{{{inside}}}}}"#);
    let attributes = |n: usize| {
        list(n, &|i| {
            format!(r#"{{"AttributeId":"urn:a{i}","Value":"v"}}"#)
        })
    };
    in_proportion(
        "attributes",
        12,
        |n| of(format!(r#""Action":{{"Attribute":[{}]}}"#, attributes(n))),
        request,
    );
    in_proportion(
        "values",
        30,
        |n| {
            of(format!(
                r#""Action":{{"Attribute":{{"AttributeId":"a","Value":[{}]}}}}"#,
                list(n, &|_| "1".into())
            ))
        },
        request,
    );
    in_proportion(
        "categories",
        20,
        |n| {
            of(format!(
                r#""Category":[{}]"#,
                list(n, &|i| format!(r#"{{"CategoryId":"c{i}","Id":"i{i}"}}"#))
            ))
        },
        request,
    );
    in_proportion(
        "references",
        20,
        |n| {
            let ids = list(n, &|_| r#"{"ReferenceId":["i"]}"#.into());
            of(format!(
                r#""Action":{{"Id":"i"}},"MultiRequests":{{"RequestReference":[{ids}]}}"#
            ))
        },
        request,
    );
    in_proportion(
        "unknown members",
        20,
        |n| of(list(n, &|i| format!(r#""Aktion{i}":1"#))),
        request,
    );
    in_proportion(
        "repeated members",
        20,
        |n| of(list(n, &|_| r#""Action":{}"#.into())),
        request,
    );
    in_proportion(
        "bad values",
        20,
        |n| of(format!(r#""Action":[{}]"#, list(n, &|_| "7".into()))),
        request,
    );
    in_proportion(
        "results",
        20,
        |n| {
            format!(
                r#"{{"Response":[{}]}}"#,
                list(n, &|_| r#"{"Decision":"Permit"}"#.into())
            )
        },
        response,
    );
    in_proportion(
        "results that are none",
        30,
        |n| format!(r#"{{"Response":[{}]}}"#, list(n, &|_| "{}".into())),
        response,
    );
    in_proportion(
        "obligations",
        20,
        |n| {
            let all = list(n, &|_| {
                r#"{"Id":"o","AttributeAssignment":[{"AttributeId":"a","Value":1}]}"#.into()
            });
            format!(r#"{{"Response":[{{"Decision":"Permit","Obligations":[{all}]}}]}}"#)
        },
        response,
    );
    let evaluation = |properties: String, rest: &str| {
        format!(
            r#"{{"subject":{{"type":"u","id":"b","properties":{{{properties}}}}},"resource":{{"type":"r","id":"1"}},"action":{{"name":"a"}}{rest}}}"#
        )
    };
    let properties = |n: usize| list(n, &|i| format!(r#""property-{i}":"value""#));
    let ask = |text: &str| {
        let asked = Evaluation::from_json(text).expect("can be read");
        drop(asked.to_request(&Mapping::default()).expect("is mapped"));
    };
    // A property is 23 bytes of text; its name stands in two tables, which double as they grow.
    in_proportion("properties", 25, |n| evaluation(properties(n), ""), ask);
    in_proportion(
        "nulls",
        25,
        |n| evaluation(list(n, &|i| format!(r#""property-{i}":null"#)), ""),
        ask,
    );
    let pdp = Pdp::from_xml(include_str!("../../fixtures/authzen/records.xml")).expect("compiles");
    let later = |text: &str| {
        let asked = Evaluations::from_json(text).expect("can be read");
        let mapping = Mapping::default();
        let answers = pollster::block_on(pdp.call().decide_evaluations_async(&asked, &mapping));
        assert_eq!(answers.expect("is a batch").answers.len(), 200);
    };
    let batch = |text: &str| {
        let asked = Evaluations::from_json(text).expect("can be read");
        let answers = pdp
            .call()
            .decide_evaluations(&asked, &Mapping::default())
            .expect("is a batch");
        assert_eq!(answers.answers.len(), 200);
    };
    let sharing = |n| {
        evaluation(
            properties(n),
            &format!(r#","evaluations":[{}]"#, list(200, &|_| "{}".into())),
        )
    };
    in_proportion("a batch that shares", 30, sharing, batch);
    // Where each request is made anew, as two members have one category.
    let mut mapping = Mapping::default();
    mapping.context.category = mapping.subject.category.clone();
    let one_category = |text: &str| {
        let asked = Evaluations::from_json(text).expect("can be read");
        let answers = pollster::block_on(pdp.call().decide_evaluations_async(&asked, &mapping));
        assert_eq!(answers.expect("is a batch").answers.len(), 200);
    };
    // Requests that are under way together have keys or attributes of their own: of a batch few are
    // held at once, however many there are in all.
    for n in [2_000, 8_000, 16_000] {
        let text = sharing(n);
        let most = 100 * text.len() + 12_000_000;
        let held = [peak(|| later(&text)), peak(|| one_category(&text))];
        assert!(held.iter().all(|held| *held < most), "{n}: {held:?}");
    }
}

/// Looking through what is there for each that is added would take billions of steps.
#[test]
fn a_builder_takes_many_attributes_and_categories() {
    const MANY: usize = 60_000;
    let mut builder = Request::builder();
    for i in 0..MANY {
        builder = builder.subject(format!("a{i}"), 1);
        builder = builder.subject(format!("a{}", i / 2), "again");
        builder = builder.attribute(format!("c{i}"), "a", 1);
    }
    let request = builder.build();
    assert_eq!(request.categories().len(), MANY + 1);
    let subject = &request.categories()[0].attributes;
    assert_eq!(subject.len(), MANY);
    let values: usize = subject.iter().map(|attribute| attribute.values.len()).sum();
    assert_eq!(values, 2 * MANY);
    assert_eq!(subject[0].values.len(), 3);
    assert_eq!(subject[MANY - 1].values.len(), 1);
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
    let two_vectors = || {
        drop(std::hint::black_box(vec![0_u8; 100]));
        drop(std::hint::black_box(vec![0_u8; 60]));
    };
    assert_eq!((bytes(two_vectors), peak(two_vectors)), (160, 100));
}

/// What linting costs grows with the policy, whatever it repeats.
#[cfg(feature = "altinn")]
#[test]
fn linting_grows_with_the_policy() {
    use vedtak::altinn::catalogue::Catalogue;
    use vedtak::altinn::lint::Lint;

    fn matching(category: &str, id: &str, value: &str) -> String {
        format!(
            "<Match MatchId=\"urn:oasis:names:tc:xacml:1.0:function:string-equal\">\
             <AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#string\">{value}\
             </AttributeValue><AttributeDesignator Category=\"{category}\" AttributeId=\"{id}\" \
             MustBePresent=\"false\" DataType=\"http://www.w3.org/2001/XMLSchema#string\"/></Match>"
        )
    }
    fn rule(id: &str, target: &str) -> String {
        format!("<Rule RuleId=\"{id}\" Effect=\"Permit\"><Target>{target}</Target></Rule>")
    }
    fn any_of(all_of: &str) -> String {
        format!("<AnyOf>{all_of}</AnyOf>")
    }
    fn all_of(matches: &str) -> String {
        format!("<AllOf>{matches}</AllOf>")
    }
    let subject = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
    let resource = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
    let role = |value: &str| matching(subject, "urn:altinn:rolecode", value);
    let task = |value: &str| matching(resource, "urn:altinn:task", value);
    let each = |n: usize, part: &dyn Fn(usize) -> String| (0..n).map(part).collect::<String>();
    let two = |i: usize| all_of(&task(&format!("T{i}"))) + &all_of(&task("other"));
    let shapes: [(&str, &dyn Fn(usize) -> String); 8] = [
        ("rules of one id", &|n| {
            each(n, &|_| rule("r", &any_of(&all_of(&role("dagl")))))
        }),
        ("unknown roles", &|n| {
            each(n, &|i| {
                rule(
                    &format!("r{i}"),
                    &any_of(&all_of(&role(&format!("dalg{i}")))),
                )
            })
        }),
        ("ending roles", &|n| {
            each(n, &|i| {
                rule(&format!("r{i}"), &any_of(&all_of(&role("UTINN"))))
            })
        }),
        ("alternatives", &|n| {
            let alternatives = each(n, &|i| all_of(&task(&format!("T{i}"))));
            rule("r", &any_of(&alternatives))
        }),
        ("matches", &|n| {
            rule("r", &any_of(&all_of(&each(n, &|i| task(&format!("T{i}"))))))
        }),
        ("demands", &|n| rule("r", &each(n, &|i| any_of(&two(i))))),
        ("single demands", &|n| {
            let several = each(7, &|i| any_of(&two(i)));
            rule(
                "r",
                &(several + &each(n, &|_| any_of(&all_of(&task("other"))))),
            )
        }),
        ("placeholders", &|n| {
            rule("r", &any_of(&each(n, &|_| all_of(&role("[ORG]")))))
        }),
    ];
    let lint = Lint::new(&Catalogue::standard()).of_resource("ttd-brev");
    for (name, shape) in shapes {
        let cost = |n: usize| {
            let policy = format!(
                "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" \
                 Version=\"1.0\" RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:\
                 rule-combining-algorithm:deny-overrides\"><Target/>{}</Policy>",
                shape(n)
            );
            allocations(|| {
                lint.warnings("p.xml", &policy).expect("can be read");
            })
        };
        let [one, two, four] = [150, 300, 600].map(cost);
        // Twice as much costs twice as much, and what there is without any of it.
        assert!(two < one * 22 / 10 + 500, "{name}: {one} {two} {four}");
        assert!(four < two * 22 / 10 + 500, "{name}: {one} {two} {four}");
    }
}

/// A file of `n` packages that PLOG gave, each as `item` says it.
#[cfg(feature = "altinn")]
fn register_of(n: usize, item: impl Fn(usize) -> String) -> String {
    let items = (1..=n).map(item);
    let items = Vec::from_iter(items).join(",\n");
    format!(
        r#"{{"format": "vedtak-register", "version": 1, "parties": [
{{"kind": "organisation", "name": "PLOG AS", "number": "310000001", "legal_form": "AS"}},
{{"kind": "organisation", "name": "HARV AS", "number": "310000002", "legal_form": "AS"}},
{{"kind": "organisation", "name": "RIVE AS", "number": "310000003", "legal_form": "AS"}}],
"packages": [
{items}]}}"#
    )
}

/// HARV and RIVE give on to one another, again and again, what PLOG once gave.
#[cfg(feature = "altinn")]
fn to_and_fro(i: usize) -> String {
    let to = ["HARV AS", "RIVE AS"][i % 2];
    let on_from = match i {
        1 => String::new(),
        _ => format!(r#", "on_from": {}"#, i - 1),
    };
    format!(r#"{{"to": "{to}", "from": "PLOG AS", "package": "jordbruk", "id": {i}{on_from}}}"#)
}

#[cfg(feature = "altinn")]
#[test]
fn reading_a_register_allocates_in_proportion_to_it() {
    use vedtak::altinn::Register;
    let from_one = |i: usize| {
        let on_from = if i == 1 { "" } else { r#", "on_from": 1"# };
        let to = ["HARV AS", "RIVE AS"][i % 2];
        // At instants of their own: the same is not given twice.
        let at = format!(
            "2020-01-{:02}T{:02}:{:02}:00Z",
            1 + i / 1440,
            i / 60 % 24,
            i % 60
        );
        format!(
            r#"{{"to": "{to}", "from": "PLOG AS", "package": "fiske", "id": {i}, "at": "{at}"{on_from}}}"#
        )
    };
    let in_a_circle = |i: usize| {
        let root = i % 4000 + 1;
        format!(
            r#"{{"to": "HARV AS", "from": "PLOG AS", "package": "fiske", "id": {i}, "on_from": {root}}}"#
        )
    };
    let twice = |_: usize| {
        r#"{"to": "HARV AS", "from": "PLOG AS", "package": "fiske", "id": 7}"#.to_owned()
    };
    type Kind<'k> = (&'k str, &'k dyn Fn(usize) -> String, bool);
    let kinds: [Kind<'_>; 4] = [
        ("to and fro", &to_and_fro, true),
        ("all from one", &from_one, true),
        ("in a circle", &in_a_circle, false),
        ("all of one number", &twice, false),
    ];
    for (kind, item, is_right) in kinds {
        let counted = [1000, 2000, 4000].map(|n| {
            let text = register_of(n, item);
            allocations(|| {
                let read = Register::from_json("register.json", text.as_bytes());
                assert_eq!(read.is_ok(), is_right, "{kind}");
            })
        });
        let [one, two, four] = counted;
        assert!(two < 3 * one && four < 3 * two, "{kind}: {counted:?}");
    }
}

#[cfg(feature = "altinn")]
#[test]
fn a_question_about_a_long_chain_allocates_in_proportion_to_it() {
    use vedtak::altinn::facts::{AccessPackages, Asked, Parties};
    use vedtak::altinn::{PartyKey, Register};
    let at = "2026-03-02T09:00:00+01:00".parse().expect("is an instant");
    let counted = [1000, 2000, 4000].map(|n| {
        let text = register_of(n, to_and_fro);
        let register = Register::from_json("register.json", text.as_bytes()).expect("is read");
        let party = |number| {
            let party = register.party(&PartyKey::organisation(number));
            party.expect("answers").expect("is there")
        };
        let (plog, harv) = (party("310000001"), party("310000002"));
        allocations(|| {
            let packages = register.access_packages(&Asked::new(&harv, &plog, at));
            assert_eq!(packages.expect("answers").len(), n / 2);
        })
    });
    let [one, two, four] = counted;
    assert!(two < 3 * one && four < 3 * two, "{counted:?}");
}
