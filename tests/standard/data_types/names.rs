//! The identifiers of a type's functions mean nothing: whatever they are, policies decide the same.

use std::cmp::Ordering;
use std::fmt;

use vedtak::attribute::category;
use vedtak::value::{DataType, ExtensionType, Value};
use vedtak::{Decision, Pdp, Request};

use crate::data_types::{apply, attribute, built, literal, permits_if};

/// A mark, of which `03` and `3` are one. Its functions have the identifiers of a naming.
struct Mark<const NAMING: usize>(u32);

impl<const NAMING: usize> fmt::Display for Mark<NAMING> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const NAMING: usize> ExtensionType for Mark<NAMING> {
    const ID: &'static str = "urn:example:data-type:mark";
    const NAME: &'static str = "mark";
    const ORDERED: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| "no number".to_owned())
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        Some(self.0.cmp(&other.0))
    }

    fn function(name: &str) -> Option<String> {
        Some(identifier(NAMING, name))
    }
}

/// The functions of a data type.
const FUNCTIONS: [&str; 16] = [
    "equal",
    "one-and-only",
    "bag-size",
    "is-in",
    "bag",
    "intersection",
    "at-least-one-member-of",
    "union",
    "subset",
    "set-equals",
    "greater-than",
    "greater-than-or-equal",
    "less-than",
    "less-than-or-equal",
    "from-string",
    "string-from",
];

/// Names that the standard gives to functions of other types.
const STANDARD: [&str; 16] = [
    "not",
    "string-equal-ignore-case",
    "and",
    "string-starts-with",
    "integer-equal",
    "string-bag",
    "boolean-one-and-only",
    "string-equal",
    "anyURI-equal",
    "integer-bag-size",
    "date-equal",
    "string-at-least-one-member-of",
    "string-regexp-match",
    "or",
    "string-is-in",
    "time-bag",
];

const NUMBERED: usize = 100;
const LIKE_THE_STANDARDS: usize = 200;

/// Naming 0 is the usual one; those below [`NUMBERED`] give a function the name of another.
fn identifier(naming: usize, name: &str) -> String {
    let place = FUNCTIONS.iter().position(|function| *function == name);
    let place = place.expect("is listed");
    match naming {
        NUMBERED => format!("urn:example:{place}"),
        LIKE_THE_STANDARDS.. => {
            let of = STANDARD[(place + naming) % STANDARD.len()];
            format!("urn:example:mark:{of}")
        }
        _ => {
            let of = FUNCTIONS[(place + naming) % FUNCTIONS.len()];
            format!("urn:example:mark-{of}")
        }
    }
}

/// Conditions, each with the marks of requests for which it is True.
fn conditions<const NAMING: usize>() -> Vec<(String, &'static [&'static [&'static str]])> {
    let of = |name: &str, arguments: &[String]| apply(&identifier(NAMING, name), arguments);
    let mark = |text: &str| literal::<Mark<NAMING>>(text);
    let marks = || attribute::<Mark<NAMING>>(category::ACCESS_SUBJECT, "mark");
    let only = || of("one-and-only", &[marks()]);
    let standard =
        |name: &str, arguments: &[String]| apply(&format!("{CORE}:1.0:function:{name}"), arguments);
    let number = |text: &str| {
        let data_type = DataType::Integer;
        format!("<AttributeValue DataType=\"{data_type}\">{text}</AttributeValue>")
    };
    let string = |text: &str| {
        let data_type = DataType::String;
        format!("<AttributeValue DataType=\"{data_type}\">{text}</AttributeValue>")
    };
    let equal = format!("<Function FunctionId=\"{}\"/>", identifier(NAMING, "equal"));
    let any_of = |arguments: &[String]| apply(&format!("{CORE}:3.0:function:any-of"), arguments);
    let two = || of("bag", &[mark("03"), mark("4")]);
    vec![
        (of("equal", &[mark("03"), only()]), &[&["3"]]),
        (of("equal", &[only(), mark("4")]), &[&["04"]]),
        (of("less-than", &[only(), mark("4")]), &[&["3"]]),
        (of("greater-than", &[only(), mark("3")]), &[&["04"], &["5"]]),
        (
            of("greater-than-or-equal", &[only(), mark("4")]),
            &[&["04"], &["5"]],
        ),
        (
            of("less-than-or-equal", &[only(), mark("4")]),
            &[&["3"], &["04"]],
        ),
        (of("is-in", &[mark("3"), marks()]), &[&["3"], &["4", "03"]]),
        (of("is-in", &[only(), two()]), &[&["3"], &["04"]]),
        (
            any_of(&[equal, mark("3"), marks()]),
            &[&["3"], &["4", "03"]],
        ),
        (
            of("at-least-one-member-of", &[marks(), two()]),
            &[&["3"], &["04"], &["4", "03"]],
        ),
        (
            of("subset", &[marks(), two()]),
            &[&[], &["3"], &["04"], &["4", "03"]],
        ),
        (of("set-equals", &[two(), marks()]), &[&["4", "03"]]),
        (
            of("set-equals", &[of("union", &[marks(), two()]), two()]),
            &[&[], &["3"], &["04"], &["4", "03"]],
        ),
        (
            standard(
                "integer-equal",
                &[
                    of("bag-size", &[of("intersection", &[marks(), two()])]),
                    number("1"),
                ],
            ),
            &[&["3"], &["04"]],
        ),
        (
            standard("integer-equal", &[of("bag-size", &[marks()]), number("2")]),
            &[&["4", "03"]],
        ),
        (
            of("equal", &[of("from-string", &[string("003")]), only()]),
            &[&["3"]],
        ),
        (
            standard("string-equal", &[of("string-from", &[only()]), string("4")]),
            &[&["04"]],
        ),
        (
            standard("not", &[of("less-than", &[mark("3"), mark("03")])]),
            &REQUESTS,
        ),
    ]
}

const CORE: &str = "urn:oasis:names:tc:xacml";

const REQUESTS: [&[&str]; 5] = [&[], &["3"], &["04"], &["5"], &["4", "03"]];

fn check<const NAMING: usize>() {
    let only = format!("\"{}\"", identifier(NAMING, "one-and-only"));
    for (condition, permitted) in conditions::<NAMING>() {
        for (lowering, index) in [(false, false), (true, false), (true, true)] {
            let builder = Pdp::builder().policy("p.xml", permits_if(&condition));
            let pdp = built(
                builder
                    .optimizations(lowering, index)
                    .data_type::<Mark<NAMING>>(),
            );
            for marks in REQUESTS {
                let mut request = Request::builder();
                for mark in marks {
                    let mark = Value::parse(DataType::of::<Mark<NAMING>>(), mark).unwrap();
                    request = request.subject("mark", mark);
                }
                let response = pdp.decide(&request.build());
                let expected = match permitted.contains(&marks) {
                    true => Decision::Permit,
                    // The only one of none, or of two.
                    false if marks.len() != 1 && condition.contains(&only) => {
                        Decision::Indeterminate
                    }
                    false => Decision::NotApplicable,
                };
                assert_eq!(
                    response.decision(),
                    expected,
                    "{marks:?}, lowered: {lowering}: {condition}\n{response}"
                );
            }
        }
    }
}

#[test]
fn whatever_its_functions_are_called_policies_decide_the_same() {
    check::<0>();
    check::<NUMBERED>();
    // Each has the name of each other.
    check::<1>();
    check::<2>();
    check::<3>();
    check::<4>();
    check::<5>();
    check::<6>();
    check::<7>();
    check::<8>();
    check::<9>();
    check::<10>();
    check::<11>();
    check::<12>();
    check::<13>();
    check::<14>();
    check::<15>();
    // Each has some names of functions of strings, numbers and booleans.
    check::<200>();
    check::<201>();
    check::<203>();
    check::<207>();
    check::<210>();
}
