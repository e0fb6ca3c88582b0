//! Two responses → where they differ. Values are compared as values, not as text.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use vedtak::decision::StatusCode;
use vedtak::request::SharedAttributes;
use vedtak::response::{AttributeAssignment, PolicyIdentifier, ResponseResult, Status};
use vedtak::value::{Value, Zone};
use vedtak::{Decision, Response};

use crate::manifest::{Case, Compare};

/// What to compare.
pub(crate) struct Rules<'a> {
    pub(crate) switches: &'a Compare,
    /// Whether the attributes that a result repeats matter.
    pub(crate) attributes: bool,
    /// Whether `StatusDetail` matters.
    pub(crate) status_detail: bool,
    /// Whether the request asked for the policies that applied.
    pub(crate) policy_identifiers: bool,
}

/// The first difference; or, where there is none that counts, those that do not.
type Compared = Result<Vec<String>, String>;

/// Compares what was found with all that a response expects.
pub(crate) fn responses(expected: &Response, found: &Response, rules: &Rules<'_>) -> Compared {
    let (expected, found) = (&expected.results, &found.results);
    number("result", expected.len(), found.len())?;
    if rules.switches.result_order {
        let mut remarks = Vec::new();
        for (expected, found) in expected.iter().zip(found) {
            remarks.extend(results(expected, found, rules)?);
        }
        return Ok(remarks);
    }
    let alike = |a: &ResponseResult, b: &ResponseResult| results(a, b, rules).is_ok();
    match same_multiset(expected, found, alike) {
        true => Ok(Vec::new()),
        false => Err("expected the same results in some order".to_owned()),
    }
}

/// Compares what was found with the decisions and status codes the manifest has, for cases
/// without a response.
pub(crate) fn decisions(case: &Case, found: &Response) -> Compared {
    let expected = case
        .expected_decision
        .as_ref()
        .map_or(&[][..], |d| d.as_slice());
    number("result", expected.len(), found.results.len())?;
    let codes = case
        .expected_status
        .as_ref()
        .map_or(&[][..], |s| s.as_slice());
    for (i, (expected, found)) in expected.iter().zip(&found.results).enumerate() {
        differ("", expected.as_str(), found.decision.as_str())?;
        if let Some(code) = codes.get(i).filter(|_| case.compare.status_code) {
            differ("status ", code.as_str(), status_code(found).uri())?;
        }
    }
    Ok(Vec::new())
}

fn results(expected: &ResponseResult, found: &ResponseResult, rules: &Rules<'_>) -> Compared {
    let switches = rules.switches;
    differ("", expected.decision.as_str(), found.decision.as_str())?;
    // An Indeterminate without a status may have any; elsewhere no status means ok.
    let any_status = expected.decision == Decision::Indeterminate && expected.status.is_none();
    if switches.status_code && !any_status {
        differ(
            "status ",
            status_code(expected).uri(),
            status_code(found).uri(),
        )?;
    }
    if rules.status_detail {
        let (expected, found) = (missing(&expected.status), missing(&found.status));
        if expected != found {
            return Err(format!(
                "expected the missing attributes {expected:?}, found {found:?}"
            ));
        }
    }
    let duties = |result: &ResponseResult| -> Vec<Duty> {
        let all = result
            .obligations
            .iter()
            .map(|o| (o.id.clone(), o.assignments.clone()));
        all.collect()
    };
    let advice = |result: &ResponseResult| -> Vec<Duty> {
        let all = result
            .advice
            .iter()
            .map(|a| (a.id.clone(), a.assignments.clone()));
        all.collect()
    };
    let mut remarks = Vec::new();
    remarks.extend(in_order(
        "obligation",
        &duties(expected),
        &duties(found),
        switches,
    )?);
    remarks.extend(in_order(
        "advice",
        &advice(expected),
        &advice(found),
        switches,
    )?);
    if rules.attributes {
        attributes(&expected.attributes, &found.attributes)?;
    }
    if rules.policy_identifiers && switches.policy_identifiers {
        policy_identifiers(&expected.policies, &found.policies)?;
    }
    Ok(remarks)
}

fn status_code(result: &ResponseResult) -> &StatusCode {
    result
        .status
        .as_ref()
        .map_or(&StatusCode::Ok, |status| &status.code)
}

fn missing(status: &Option<Status>) -> HashSet<&vedtak::attribute::Designator> {
    let missing = status.iter().flat_map(|status| &status.missing);
    missing.map(|missing| &missing.designator).collect()
}

/// An obligation or an advice: its id and its assignments.
type Duty = (Arc<str>, Vec<AttributeAssignment>);

/// The standard gives obligations and advice no order, so another order is only a remark.
fn in_order(what: &str, expected: &[Duty], found: &[Duty], switches: &Compare) -> Compared {
    number(what, expected.len(), found.len())?;
    let alike = |a: &Duty, b: &Duty| {
        (a.0 == b.0 || !switches.obligation_ids) && same_multiset(&a.1, &b.1, same_assignment)
    };
    match expected.iter().zip(found).position(|(a, b)| !alike(a, b)) {
        None => Ok(Vec::new()),
        Some(_) if same_multiset(expected, found, alike) => {
            Ok(vec![format!("{what} in another order")])
        }
        Some(at) => Err(format!(
            "expected {what} {}, found {}",
            duty(&expected[at]),
            duty(&found[at])
        )),
    }
}

fn duty((id, assignments): &Duty) -> String {
    let assignments: Vec<String> = assignments
        .iter()
        .map(|assignment| {
            let AttributeAssignment { id, value, .. } = assignment;
            format!("{id} = {value} ({})", value.data_type().short_name())
        })
        .collect();
    format!("`{id}` [{}]", assignments.join(", "))
}

fn same_assignment(a: &AttributeAssignment, b: &AttributeAssignment) -> bool {
    a.id == b.id
        && a.category == b.category
        && a.issuer == b.issuer
        && same_value(&a.value, &b.value)
}

/// The bags that the attributes of a response make; an attribute may be given in several parts.
fn bags(categories: &[SharedAttributes]) -> BTreeMap<(&str, &str, Option<&str>), Vec<Value>> {
    let mut bags = BTreeMap::<_, Vec<Value>>::new();
    for attributes in categories {
        for attribute in &attributes.attributes {
            let name = (
                &*attributes.category,
                &*attribute.id,
                attribute.issuer.as_deref(),
            );
            bags.entry(name)
                .or_default()
                .extend(attribute.values.iter().cloned());
        }
    }
    bags
}

fn attributes(expected: &[SharedAttributes], found: &[SharedAttributes]) -> Result<(), String> {
    let (expected, found) = (bags(expected), bags(found));
    let names = |bags: &BTreeMap<(&str, &str, Option<&str>), _>| -> Vec<String> {
        bags.keys()
            .map(|(category, id, _)| format!("{id} of {category}"))
            .collect()
    };
    if !expected.keys().eq(found.keys()) {
        return Err(format!(
            "expected the attributes {:?}, found {:?}",
            names(&expected),
            names(&found)
        ));
    }
    for (name, values) in &expected {
        if !same_multiset(values, &found[name], same_value) {
            return Err(format!(
                "expected {values:?} of attribute {}, found {:?}",
                name.1, found[name]
            ));
        }
    }
    Ok(())
}

fn policy_identifiers(
    expected: &[PolicyIdentifier],
    found: &[PolicyIdentifier],
) -> Result<(), String> {
    let within = |those: &[PolicyIdentifier], these: &[PolicyIdentifier]| {
        these
            .iter()
            .all(|this| those.iter().any(|that| same_identifier(this, that)))
    };
    if within(expected, found) && within(found, expected) {
        return Ok(());
    }
    let ids = |list: &[PolicyIdentifier]| -> Vec<String> {
        list.iter().map(|policy| policy.id.to_string()).collect()
    };
    Err(format!(
        "expected the policies {:?}, found {:?}",
        ids(expected),
        ids(found)
    ))
}

fn same_identifier(a: &PolicyIdentifier, b: &PolicyIdentifier) -> bool {
    let versions = a.version.as_ref().zip(b.version.as_ref());
    a.is_set == b.is_set && a.id == b.id && versions.is_none_or(|(a, b)| a == b)
}

/// The same value by the `*-equal` function of its type, or written alike, as NaN is. XPath
/// expressions have no such function; a response may declare fewer prefixes than its request.
fn same_value(a: &Value, b: &Value) -> bool {
    let xpath = |value: &Value| {
        let expression = value.as_xpath_expression()?;
        Some((expression.text.clone(), expression.category.clone()))
    };
    match (xpath(a), xpath(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b || a.equal(b, Zone::UTC) == Some(true),
    }
}

/// Whether each of `expected` has one of its own in `found`, and none is left.
fn same_multiset<T>(expected: &[T], found: &[T], alike: impl Fn(&T, &T) -> bool) -> bool {
    let mut left: Vec<&T> = found.iter().collect();
    expected.len() == found.len()
        && expected.iter().all(|one| {
            let at = left.iter().position(|other| alike(one, other));
            at.map(|at| left.swap_remove(at)).is_some()
        })
}

fn number(what: &str, expected: usize, found: usize) -> Result<(), String> {
    differ(&format!("{what}: "), expected, found)
}

fn differ<T: PartialEq + std::fmt::Display>(
    what: &str,
    expected: T,
    found: T,
) -> Result<(), String> {
    match expected == found {
        true => Ok(()),
        false => Err(format!("{what}expected {expected}, found {found}")),
    }
}
