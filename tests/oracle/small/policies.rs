//! Random policies of three attributes, small enough that every request there is can be asked.

use std::fmt::Write;

use super::attribute;
use crate::choices::Noise;

pub(super) struct Dice(pub(super) Noise);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) as usize % sides
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }
}

const NAMESPACE: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";

const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";

const INTEGER: &str = "http://www.w3.org/2001/XMLSchema#integer";

fn designator(name: &str, must_be_present: bool) -> String {
    let attribute = attribute(name);
    let data_type = if name == "level" { INTEGER } else { STRING };
    format!(
        "<AttributeDesignator Category='{}' AttributeId='{name}' DataType='{data_type}' \
         MustBePresent='{must_be_present}'/>",
        attribute.category
    )
}

fn literal(name: &str, value: &str) -> String {
    let data_type = if name == "level" { INTEGER } else { STRING };
    format!("<AttributeValue DataType='{data_type}'>{value}</AttributeValue>")
}

fn of_1(name: &str) -> String {
    format!("urn:oasis:names:tc:xacml:1.0:function:{name}")
}

fn of_3(name: &str) -> String {
    format!("urn:oasis:names:tc:xacml:3.0:function:{name}")
}

pub(super) fn value(dice: &mut Dice, name: &str) -> &'static str {
    match name {
        "role" => dice.pick(&["a", "b", "A"]),
        "action" => dice.pick(&["r", "w"]),
        _ => dice.pick(&["1", "2"]),
    }
}

fn a_match(dice: &mut Dice) -> String {
    let name = dice.pick(&["role", "role", "action", "level"]);
    let value = value(dice, name);
    let function = match name {
        "level" => of_1(dice.pick(&[
            "integer-equal",
            "integer-greater-than",
            "integer-less-than-or-equal",
        ])),
        _ => match dice.roll(6) {
            0 => of_3("string-equal-ignore-case"),
            1 => of_3("string-starts-with"),
            2 => of_1("string-regexp-match"),
            _ => of_1("string-equal"),
        },
    };
    let must_be_present = dice.roll(5) == 0;
    format!(
        "<Match MatchId='{function}'>{}{}</Match>",
        literal(name, value),
        designator(name, must_be_present)
    )
}

fn target(dice: &mut Dice) -> String {
    let mut text = "<Target>".to_owned();
    for _ in 0..dice.roll(3) {
        text.push_str("<AnyOf>");
        for _ in 0..=dice.roll(2) {
            text.push_str("<AllOf>");
            for _ in 0..=dice.roll(2) {
                text.push_str(&a_match(dice));
            }
            text.push_str("</AllOf>");
        }
        text.push_str("</AnyOf>");
    }
    text + "</Target>"
}

pub(super) fn only(dice: &mut Dice, name: &str) -> String {
    let data_type = if name == "level" { "integer" } else { "string" };
    let must_be_present = dice.roll(2) == 0;
    format!(
        "<Apply FunctionId='{}'>{}</Apply>",
        of_1(&format!("{data_type}-one-and-only")),
        designator(name, must_be_present)
    )
}

fn condition(dice: &mut Dice, depth: usize) -> String {
    let apply = |function: String, arguments: String| {
        format!("<Apply FunctionId='{function}'>{arguments}</Apply>")
    };
    match dice.roll(if depth == 0 { 6 } else { 10 }) {
        0 => {
            let name = dice.pick(&["role", "action"]);
            let value = literal(name, value(dice, name));
            let only = match dice.roll(3) {
                0 => apply(of_1("string-normalize-to-lower-case"), only(dice, name)),
                _ => only(dice, name),
            };
            apply(of_1("string-equal"), only + &value)
        }
        1 => {
            let function = dice.pick(&[
                "integer-greater-than",
                "integer-less-than",
                "integer-greater-than-or-equal",
                "integer-equal",
            ]);
            let (level, value) = (only(dice, "level"), literal("level", value(dice, "level")));
            let arguments = if dice.roll(2) == 0 {
                level + &value
            } else {
                value + &level
            };
            apply(of_1(function), arguments)
        }
        2 => {
            let name = dice.pick(&["role", "action"]);
            let value = literal(name, value(dice, name));
            let must_be_present = dice.roll(4) == 0;
            apply(
                of_1("string-is-in"),
                value + &designator(name, must_be_present),
            )
        }
        3 => {
            let function =
                dice.pick(&["integer-equal", "integer-greater-than", "integer-less-than"]);
            let name = dice.pick(&["role", "action"]);
            let size = apply(of_1("string-bag-size"), designator(name, dice.roll(4) == 0));
            let value = literal("level", dice.pick(&["0", "1", "2", "2", "3"]));
            apply(of_1(function), size + &value)
        }
        4 => {
            let form = dice.pick(&["any-of", "all-of"]);
            let equal = dice
                .pick(&[of_1("string-equal"), of_3("string-starts-with")].each_ref())
                .clone();
            let function = format!("<Function FunctionId='{equal}'/>");
            let name = dice.pick(&["role", "action"]);
            let value = literal(name, value(dice, name));
            apply(
                of_3(form),
                function + &value + &designator(name, dice.roll(4) == 0),
            )
        }
        // No test of one attribute.
        5 => {
            let names = dice.pick(&[["role", "action"], ["action", "role"]]);
            let bags = |dice: &mut Dice| names.map(|name| designator(name, dice.roll(4) == 0));
            match dice.roll(4) {
                0 => {
                    let function = of_1("string-at-least-one-member-of");
                    apply(function, bags(dice).concat())
                }
                1 => {
                    let equal = format!("<Function FunctionId='{}'/>", of_1("string-equal"));
                    apply(of_1("any-of-any"), equal + &bags(dice).concat())
                }
                _ => apply(
                    of_1("string-equal"),
                    names.map(|name| only(dice, name)).concat(),
                ),
            }
        }
        6 => apply(of_1("not"), condition(dice, depth - 1)),
        7 => {
            let parts = condition(dice, depth - 1) + &condition(dice, depth - 1);
            apply(of_1("and"), parts)
        }
        8 => {
            let parts = condition(dice, depth - 1) + &condition(dice, depth - 1);
            apply(of_1("or"), parts)
        }
        _ => {
            let parts = [(); 3].map(|()| condition(dice, depth - 1)).concat();
            apply(of_1("n-of"), literal("level", "2") + &parts)
        }
    }
}

pub(super) fn rule(dice: &mut Dice, number: usize) -> String {
    let effect = dice.pick(&["Permit", "Permit", "Deny"]);
    let mut text = format!(
        "<Rule RuleId='rule{number}' Effect='{effect}'>{}",
        target(dice)
    );
    if dice.roll(2) == 0 {
        let _ = write!(text, "<Condition>{}</Condition>", condition(dice, 2));
    }
    if dice.roll(6) == 0 {
        let assignment = match dice.roll(2) {
            0 => String::new(),
            _ => format!(
                "<AttributeAssignmentExpression AttributeId='of'>{}</AttributeAssignmentExpression>",
                designator("role", dice.roll(2) == 0)
            ),
        };
        let _ = write!(
            text,
            "<ObligationExpressions><ObligationExpression ObligationId='duty{}' FulfillOn='{effect}'>\
             {assignment}</ObligationExpression></ObligationExpressions>",
            dice.roll(2),
        );
    }
    text + "</Rule>"
}

pub(super) fn rules(dice: &mut Dice) -> Vec<String> {
    let count = 1 + dice.roll(4);
    (0..count).map(|number| rule(dice, number)).collect()
}

/// The algorithm and the target around the rules.
pub(super) fn head(dice: &mut Dice) -> (String, String) {
    let algorithm = dice.pick(&[
        "3.0:rule-combining-algorithm:deny-overrides",
        "3.0:rule-combining-algorithm:permit-overrides",
        "3.0:rule-combining-algorithm:deny-unless-permit",
        "3.0:rule-combining-algorithm:permit-unless-deny",
        "1.0:rule-combining-algorithm:first-applicable",
        "1.0:rule-combining-algorithm:deny-overrides",
        "1.0:rule-combining-algorithm:permit-overrides",
    ]);
    let target = match dice.roll(3) {
        0 => target(dice),
        _ => "<Target/>".to_owned(),
    };
    (algorithm.to_owned(), target)
}

pub(super) fn policy((algorithm, target): &(String, String), rules: &[String]) -> String {
    format!(
        "<Policy xmlns='{NAMESPACE}' PolicyId='small' Version='1.0' \
         RuleCombiningAlgId='urn:oasis:names:tc:xacml:{algorithm}'>{target}{}</Policy>",
        rules.concat()
    )
}
