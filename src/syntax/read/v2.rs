//! XACML 2.0 and 1.x policies → the trees of XACML 3.0 (2.0 §5.1 to §5.46; 3.0 B.2).
//!
//! The parts that all versions share are read by the functions for 3.0; here are those of 2.0 that
//! differ, and those of 1.x that differ from 2.0. A part without a counterpart in 3.0 is a problem
//! at its place.

mod expression;
mod path;
mod target;

use std::borrow::Cow;

use super::*;
use expression::{condition, obligations, variable};
use target::target;

const POLICY_SET: &[Particle] = &[
    optional(0, "Description"),
    optional(1, "PolicySetDefaults"),
    one(2, "Target"),
    many(3, "PolicySet"),
    many(3, "Policy"),
    many(3, "PolicySetIdReference"),
    many(3, "PolicyIdReference"),
    many(3, "CombinerParameters"),
    many(3, "PolicyCombinerParameters"),
    many(3, "PolicySetCombinerParameters"),
    optional(4, "Obligations"),
];

/// The children of a `PolicySet` of 1.x, which has no versions, parameters or variables.
const POLICY_SET_1: &[Particle] = &[
    optional(0, "Description"),
    optional(1, "PolicySetDefaults"),
    one(2, "Target"),
    many(3, "PolicySet"),
    many(3, "Policy"),
    many(3, "PolicySetIdReference"),
    many(3, "PolicyIdReference"),
    optional(4, "Obligations"),
];

type Schema = (&'static [&'static str], &'static [Particle]);

/// The attributes and the children of a `PolicySet` (2.0 §5.1).
pub(super) fn policy_set_schema(xml: &Xml<'_>) -> Schema {
    match xml.is_version_1() {
        true => (&["PolicySetId", "PolicyCombiningAlgId"], POLICY_SET_1),
        false => (
            &["PolicySetId", "PolicyCombiningAlgId", "Version"],
            POLICY_SET,
        ),
    }
}

pub(super) fn policy_set_child<'a>(xml: &mut Xml<'a>, child: &Element<'a>, set: &mut PolicySet) {
    match child.name {
        "PolicySetDefaults" => set.xpath_version = xpath_version(xml, child),
        "Target" => set.target = target(xml, child),
        "Obligations" => set.obligations = obligations(xml, child),
        _ => super::policy_set_child(xml, child, set),
    }
}

/// The children of a `Policy`. `CombinerParameters` may also precede the target (2.0 §5.22); its
/// place has no meaning.
const POLICY: &[Particle] = &[
    optional(0, "Description"),
    optional(1, "PolicyDefaults"),
    optional(2, "CombinerParameters"),
    one(3, "Target"),
    many(4, "Rule"),
    many(4, "VariableDefinition"),
    many(4, "CombinerParameters"),
    many(4, "RuleCombinerParameters"),
    optional(5, "Obligations"),
];

const POLICY_1: &[Particle] = &[
    optional(0, "Description"),
    optional(1, "PolicyDefaults"),
    one(2, "Target"),
    many(3, "Rule"),
    optional(4, "Obligations"),
];

/// The attributes and the children of a `Policy` (2.0 §5.22).
pub(super) fn policy_schema(xml: &Xml<'_>) -> Schema {
    match xml.is_version_1() {
        true => (&["PolicyId", "RuleCombiningAlgId"], POLICY_1),
        false => (&["PolicyId", "RuleCombiningAlgId", "Version"], POLICY),
    }
}

pub(super) fn policy_child<'a>(xml: &mut Xml<'a>, child: &Element<'a>, policy: &mut Policy) {
    let children = &mut policy.children;
    match child.name {
        "PolicyDefaults" => policy.xpath_version = xpath_version(xml, child),
        "Target" => policy.target = target(xml, child),
        "Rule" => children.extend(rule(xml, child).map(PolicyChild::Rule)),
        "VariableDefinition" => children.extend(variable(xml, child).map(PolicyChild::Variable)),
        "Obligations" => policy.obligations = obligations(xml, child),
        _ => super::policy_child(xml, child, policy),
    }
}

const RULE: &[Particle] = &[
    optional(0, "Description"),
    optional(1, "Target"),
    optional(2, "Condition"),
];

/// Reads a `Rule` (2.0 §5.29).
fn rule<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<Rule> {
    rule_with(xml, element, RULE, |xml, child, rule| match child.name {
        "Description" => rule.description = Some(plain_text(xml, child)),
        "Target" => rule.target = Some(target(xml, child)),
        _ => rule.condition = condition(xml, child).map(Box::new),
    })
}

/// Reads `XPathVersion` (2.0 §5.4). 3.0 writes the identifier of XPath 1.0 in capitals. 1.x may
/// leave it out of the defaults.
fn xpath_version<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<String> {
    let particle = match xml.is_version_1() {
        true => optional(0, "XPathVersion"),
        false => one(0, "XPathVersion"),
    };
    let version = defaults_of(xml, element, particle)?;
    Some(match version.as_str() {
        "http://www.w3.org/TR/1999/Rec-xpath-19991116" => {
            "http://www.w3.org/TR/1999/REC-xpath-19991116".to_owned()
        }
        _ => version,
    })
}

/// The identifier by which 3.0 knows a data type of 2.0: another one for the durations (10.2.9).
pub(super) fn data_type(id: String) -> String {
    match DataType::uri_of_2(&id) {
        same if same == id => id,
        other => other.to_owned(),
    }
}

/// The identifier by which 3.0 knows a function of 2.0: another one for those of durations
/// (10.2.9). Combining algorithms keep theirs, for those of 3.0 combine otherwise (C.10 to C.13);
/// so do the higher-order functions of 1.0, which take less than those of 3.0. The standard of 1.x
/// has the words of one name in another order.
fn function_id(id: &str, is_version_1: bool) -> Cow<'_, str> {
    match id.strip_prefix(FUNCTION_1) {
        Some("regexp-string-match") if is_version_1 => {
            Cow::Owned(format!("{FUNCTION_1}string-regexp-match"))
        }
        Some(name) if is_of_durations(name) => Cow::Owned(format!("{FUNCTION_3}{name}")),
        _ => Cow::Borrowed(id),
    }
}

fn is_of_durations(name: &str) -> bool {
    let of_one = ["dayTimeDuration-", "yearMonthDuration-"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix));
    match of_one {
        Some(rest) => matches!(
            rest,
            "equal"
                | "one-and-only"
                | "bag-size"
                | "is-in"
                | "bag"
                | "intersection"
                | "at-least-one-member-of"
                | "union"
                | "subset"
                | "set-equals"
        ),
        None => matches!(
            name,
            "dateTime-add-dayTimeDuration"
                | "dateTime-add-yearMonthDuration"
                | "dateTime-subtract-dayTimeDuration"
                | "dateTime-subtract-yearMonthDuration"
                | "date-add-yearMonthDuration"
                | "date-subtract-yearMonthDuration"
        ),
    }
}

const FUNCTION_1: &str = "urn:oasis:names:tc:xacml:1.0:function:";
const FUNCTION_3: &str = "urn:oasis:names:tc:xacml:3.0:function:";

/// Reports a function of 1.x that later versions do not have.
fn known_function<'a>(xml: &mut Xml<'a>, element: &Element<'a>, name: &str, id: &str) {
    if xml.is_version_1() && id.strip_prefix(FUNCTION_1) == Some("present") {
        let message = format!(
            "the function `{id}` has no counterpart; compare the `…-bag-size` of the attribute \
             with 0 instead"
        );
        xml.problem_with(element, name, message);
    }
}

#[cfg(test)]
mod tests;
