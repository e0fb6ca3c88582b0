//! Random conditions over many functions. Attributes have no value, one or several, so that
//! `one-and-only` often fails; numbers are divided by zero; some attributes must be present, some
//! are fetched, and some fetches fail.

use crate::generate::{ATTRIBUTES, Asked, Dice, LOOKING, first_argument, uri};

const TYPES: [&str; 6] = ["string", "integer", "anyURI", "boolean", "time", "version"];

/// Functions of two values of a type that give a boolean.
const PREDICATES: [&[&str]; 6] = [
    &[
        "1.0:string-equal",
        "1.0:string-equal",
        "3.0:string-equal-ignore-case",
        "1.0:string-greater-than",
        "1.0:string-less-than-or-equal",
        "1.0:string-regexp-match",
        "3.0:string-contains",
        "3.0:string-starts-with",
    ],
    &[
        "1.0:integer-equal",
        "1.0:integer-equal",
        "1.0:integer-greater-than",
        "1.0:integer-less-than-or-equal",
    ],
    &["1.0:anyURI-equal"],
    &["1.0:boolean-equal"],
    &["1.0:time-equal", "1.0:time-greater-than-or-equal"],
    &[
        "1.0:version-equal",
        "1.0:version-equal",
        "1.0:version-greater-than",
        "1.0:version-less-than-or-equal",
    ],
];

/// A policy has two variables; not all are referred to.
pub(crate) fn variables(dice: &mut Dice, text: &mut String) {
    let definitions = [boolean(dice, 2), single(dice, 1, 2)];
    for (number, definition) in definitions.iter().enumerate() {
        *text += &format!(
            r#"<VariableDefinition VariableId="v{number}">{definition}</VariableDefinition>"#
        );
    }
}

pub(crate) fn condition(dice: &mut Dice, text: &mut String) {
    let depth = dice.below(4);
    let variable = |number| format!(r#"<VariableReference VariableId="v{number}"/>"#);
    let expression = match dice.below(8) {
        0 => variable(0),
        1 => apply(
            ["1.0:integer-greater-than", "1.0:integer-equal"][dice.below(2)],
            &[variable(1), single(dice, 1, depth)],
        ),
        _ => boolean(dice, depth),
    };
    *text += &format!("<Condition>{expression}</Condition>");
}

/// An expression that gives a boolean.
fn boolean(dice: &mut Dice, depth: usize) -> String {
    if dice.below(12) == 0 {
        return looking(dice, |dice| [0, 1, 2, 3, 4, 9][dice.below(6)]);
    }
    let of_type = dice.below(TYPES.len());
    let name = TYPES[of_type];
    match dice.below(if depth == 0 { 6 } else { 13 }) {
        12 => {
            let quantifier = ["ForAny", "ForAll"][dice.below(2)];
            quantified(dice, quantifier, of_type, depth)
        }
        0 | 1 => {
            let predicate = predicate(dice, of_type);
            let first = first(dice, predicate, of_type, depth);
            apply(predicate, &[first, single(dice, of_type, depth)])
        }
        2 => {
            let versions = if dice.below(2) == 0 { "3.0" } else { "1.0" };
            let form = ["any-of", "any-of", "all-of"][dice.below(3)];
            let predicate = predicate(dice, of_type);
            let first = first(dice, predicate, of_type, 0);
            let mut arguments = vec![first, bag(dice, of_type, depth)];
            if dice.below(4) == 0 && !predicate.contains("regexp") {
                arguments.reverse();
            }
            higher_order(&format!("{versions}:{form}"), predicate, &arguments)
        }
        3 => {
            let forms = [
                "1.0:any-of-any",
                "3.0:any-of-any",
                "1.0:all-of-any",
                "1.0:any-of-all",
                "1.0:all-of-all",
            ];
            let form = forms[dice.below(forms.len())];
            let bags = [bag(dice, of_type, depth), bag(dice, of_type, depth)];
            higher_order(form, predicate(dice, of_type), &bags)
        }
        4 => {
            let form = [
                "at-least-one-member-of",
                "at-least-one-member-of",
                "subset",
                "set-equals",
            ][dice.below(4)];
            let bags = [bag(dice, of_type, depth), bag(dice, of_type, depth)];
            apply(&format!("1.0:{name}-{form}"), &bags)
        }
        5 => {
            let arguments = [single(dice, of_type, depth), bag(dice, of_type, depth)];
            apply(&format!("1.0:{name}-is-in"), &arguments)
        }
        6 => apply("1.0:not", &[boolean(dice, depth - 1)]),
        7 => {
            let times = [(); 3].map(|()| single(dice, 4, depth - 1));
            apply("2.0:time-in-range", &times)
        }
        8 => single(dice, 3, depth - 1),
        form => {
            let count = 1 + dice.below(3);
            let mut parts: Vec<String> = (0..count).map(|_| boolean(dice, depth - 1)).collect();
            let form = ["and", "or", "n-of"][form - 9];
            if form == "n-of" {
                parts.insert(0, literal("integer", ["0", "1", "2"][dice.below(3)]));
            }
            apply(&format!("1.0:{form}"), &parts)
        }
    }
}

/// Functions that look into texts, of the only value of an attribute or of any.
pub(crate) fn looking(dice: &mut Dice, attribute: impl Fn(&mut Dice) -> usize) -> String {
    let parts: Vec<String> = (0..[1, 1, 2][dice.below(3)])
        .map(|_| {
            let which = attribute(dice);
            let (id, category, data_type, ..) = ATTRIBUTES[which];
            let functions = LOOKING[usize::from(data_type == "anyURI")];
            let function = functions[dice.below(functions.len())];
            let first = first_argument(dice, which, function);
            let required = dice.below(6) == 0;
            let bag = format!(
                r#"<AttributeDesignator Category="{category}" AttributeId="{id}" DataType="{}" MustBePresent="{required}"/>"#,
                uri(data_type)
            );
            let function = function.replacen("function:", "", 1);
            match dice.below(3) {
                0 => higher_order("3.0:any-of", &function, &[first, bag]),
                _ => {
                    let only = apply(&format!("1.0:{data_type}-one-and-only"), &[bag]);
                    apply(&function, &[first, only])
                }
            }
        })
        .collect();
    match &*parts {
        [only] => only.clone(),
        _ => apply(["1.0:and", "1.0:or"][dice.below(2)], &parts),
    }
}

fn predicate(dice: &mut Dice, of_type: usize) -> &'static str {
    let all = PREDICATES[of_type];
    all[dice.below(all.len())]
}

/// The first argument of a predicate, which may be a regular expression.
fn first(dice: &mut Dice, predicate: &str, of_type: usize, depth: usize) -> String {
    match predicate.ends_with("regexp-match") && dice.below(3) > 0 {
        true => literal(
            "string",
            ["^[a-d]", "L.*E", "^(skatt|toll)$"][dice.below(3)],
        ),
        false => single(dice, of_type, depth),
    }
}

/// An expression that gives one value of a type.
fn single(dice: &mut Dice, of_type: usize, depth: usize) -> String {
    let name = TYPES[of_type];
    let sides = if depth == 0 { 5 } else { 8 };
    match (dice.below(sides), name) {
        (0 | 1, _) => some_literal(dice, of_type),
        (2..=4, _) => {
            let bag = match dice.below(4) {
                0 => bag(dice, of_type, depth),
                _ => designator(dice, of_type),
            };
            apply(&format!("1.0:{name}-one-and-only"), &[bag])
        }
        (_, "string") => {
            let count = 2 + dice.below(3);
            match dice.below(4) {
                0 => {
                    let parts: Vec<_> = (0..count).map(|_| single(dice, 0, depth - 1)).collect();
                    apply("2.0:string-concatenate", &parts)
                }
                1 => apply(
                    "1.0:string-normalize-to-lower-case",
                    &[single(dice, 0, depth - 1)],
                ),
                2 => apply("3.0:string-from-integer", &[single(dice, 1, depth - 1)]),
                _ => apply("1.0:string-from-version", &[single(dice, 5, depth - 1)]),
            }
        }
        (_, "integer") => {
            let functions = [
                "add", "multiply", "subtract", "divide", "mod", "abs", "bag-size",
            ];
            let function = functions[dice.below(functions.len())];
            let counts = match function {
                "add" | "multiply" => 2 + dice.below(3),
                "abs" => 1,
                _ => 2,
            };
            if function == "bag-size" {
                let of_type = dice.below(TYPES.len());
                let id = format!("1.0:{}-bag-size", TYPES[of_type]);
                return apply(&id, &[bag(dice, of_type, depth - 1)]);
            }
            let numbers: Vec<_> = (0..counts).map(|_| single(dice, 1, depth - 1)).collect();
            apply(&format!("1.0:integer-{function}"), &numbers)
        }
        (_, "boolean") => boolean(dice, depth - 1),
        (_, "version") => apply("1.0:version-from-string", &[single(dice, 0, depth - 1)]),
        _ => some_literal(dice, of_type),
    }
}

/// An expression that gives a bag of a type.
fn bag(dice: &mut Dice, of_type: usize, depth: usize) -> String {
    let name = TYPES[of_type];
    match dice.below(if depth == 0 { 6 } else { 9 }) {
        8 => {
            let quantifier = ["Map", "Select"][dice.below(2)];
            quantified(dice, quantifier, of_type, depth)
        }
        0..=2 => designator(dice, of_type),
        3 | 4 => {
            // Some more than are looked through one by one.
            let count = [0, 1, 2, 3, 12][dice.below(5)];
            let values: Vec<_> = (0..count).map(|_| some_literal(dice, of_type)).collect();
            apply(&format!("1.0:{name}-bag"), &values)
        }
        5 => apply(&format!("1.0:{name}-bag"), &[single(dice, of_type, 0)]),
        6 => {
            let form = ["union", "intersection"][dice.below(2)];
            let bags = [bag(dice, of_type, depth - 1), bag(dice, of_type, depth - 1)];
            apply(&format!("1.0:{name}-{form}"), &bags)
        }
        _ if name == "string" => higher_order(
            "3.0:map",
            "1.0:string-normalize-to-lower-case",
            &[bag(dice, 0, depth - 1)],
        ),
        _ => designator(dice, of_type),
    }
}

fn attributes(of_type: usize) -> Vec<&'static Asked> {
    let all = ATTRIBUTES.iter();
    all.filter(|asked| asked.2 == TYPES[of_type]).collect()
}

/// A quantified expression over a bag of a type; what is inside of it has less depth, and so other
/// names.
fn quantified(dice: &mut Dice, quantifier: &str, of_type: usize, depth: usize) -> String {
    let local = format!(r#"<VariableReference VariableId="q{depth}"/>"#);
    let domain = bag(dice, of_type, depth - 1);
    let iterant = if quantifier == "Map" {
        match (TYPES[of_type], dice.below(3)) {
            ("string", 1) => apply("1.0:string-normalize-to-lower-case", &[local]),
            ("integer", 1) => apply("1.0:integer-divide", &[literal("integer", "4"), local]),
            (_, 2) => single(dice, of_type, depth - 1),
            _ => local,
        }
    } else {
        let compared = apply(
            predicate(dice, of_type),
            &[local, single(dice, of_type, depth - 1)],
        );
        match dice.below(3) {
            0 => {
                let form = ["1.0:and", "1.0:or"][dice.below(2)];
                apply(form, &[compared, boolean(dice, depth - 1)])
            }
            _ => compared,
        }
    };
    format!(r#"<{quantifier} VariableId="q{depth}">{domain}{iterant}</{quantifier}>"#)
}

/// The same attribute as a designator's, or one of another category, by the function for it.
fn worked_out(dice: &mut Dice, (id, category, data_type, ..): &Asked) -> String {
    let category = match dice.below(4) {
        0 => "urn:other",
        _ => category,
    };
    let category = literal("anyURI", category);
    let category = match dice.below(3) {
        0 => category,
        _ => apply(
            "1.0:anyURI-one-and-only",
            &[apply("1.0:anyURI-bag", &[category])],
        ),
    };
    let data_type = uri(data_type);
    let required = ["true", "false", "false"][dice.below(3)];
    let arguments = [
        category,
        literal("anyURI", id),
        literal("anyURI", &data_type),
        literal("boolean", required),
    ];
    apply("3.0:attribute-designator", &arguments)
}

fn designator(dice: &mut Dice, of_type: usize) -> String {
    let all = attributes(of_type);
    let asked = all[dice.below(all.len())];
    if dice.below(6) == 0 {
        return worked_out(dice, asked);
    }
    let (id, category, data_type, ..) = asked;
    let (required, data_type) = (dice.below(6) == 0, uri(data_type));
    format!(
        r#"<AttributeDesignator Category="{category}" AttributeId="{id}" DataType="{data_type}" MustBePresent="{required}"/>"#
    )
}

fn some_literal(dice: &mut Dice, of_type: usize) -> String {
    let all = attributes(of_type);
    let (.., values) = all[dice.below(all.len())];
    let other = ["-1", "0", "3"];
    match TYPES[of_type] {
        "integer" if dice.below(2) == 0 => literal("integer", other[dice.below(3)]),
        name => literal(name, values[dice.below(values.len())]),
    }
}

fn literal(name: &str, value: &str) -> String {
    let data_type = uri(name);
    format!(r#"<AttributeValue DataType="{data_type}">{value}</AttributeValue>"#)
}

fn urn(function: &str) -> String {
    let (version, name) = function.split_once(':').expect("has a version");
    format!("urn:oasis:names:tc:xacml:{version}:function:{name}")
}

fn apply(function: &str, arguments: &[String]) -> String {
    let (urn, arguments) = (urn(function), arguments.concat());
    format!(r#"<Apply FunctionId="{urn}">{arguments}</Apply>"#)
}

fn higher_order(form: &str, function: &str, arguments: &[String]) -> String {
    let mut all = vec![format!(r#"<Function FunctionId="{}"/>"#, urn(function))];
    all.extend_from_slice(arguments);
    apply(form, &all)
}
