//! Regular expressions (A.3.13) and the special match functions (A.3.14).

use std::borrow::Cow;

use super::regexp::{Regexp, RegexpError, Written};
use super::table::{Table, predicates, takes};
use super::{Call, Environment, FunctionError, Type};
use crate::value::{DataType, Rfc822Name, Value};

pub(super) fn matching(table: &mut Table) {
    for (version, data_type) in [
        ("1.0", DataType::String),
        ("2.0", DataType::AnyUri),
        ("2.0", DataType::IpAddress),
        ("2.0", DataType::DnsName),
        ("2.0", DataType::Rfc822Name),
        ("2.0", DataType::X500Name),
    ] {
        let name = format!("{}-regexp-match", data_type.short_name());
        let parameters = [Type::One(DataType::String), Type::One(data_type)];
        let signature = takes(parameters, None, DataType::Boolean);
        table.row(version, &name, signature, Call::Regexp);
    }
    predicates! { table, environment =>
        1.0 "x500Name-match"(tail: X500Name, name: X500Name) = {
            environment.spend_on_comparing(tail.as_str().len().max(name.as_str().len()))?;
            Ok(tail.matches_tail(name))
        };
        1.0 "rfc822Name-match"(pattern: String, name: Rfc822Name) = {
            environment.spend_on_reading(pattern.len())?;
            Ok(Rfc822Name::matches(pattern, name))
        };
    }
}

/// Whether the expression matches somewhere in the value as `string-from-*` writes it.
pub(crate) fn regexp_match(
    environment: &Environment,
    regexp: &Regexp,
    value: &Value,
) -> Result<bool, FunctionError> {
    let text = text_matched(value);
    environment.spend(regexp.work(&text))?;
    Ok(regexp.is_match(&text))
}

/// Matches as [`regexp_match`] does, with a pattern that is compiled during the decision.
pub(crate) fn regexp_match_text(
    environment: &Environment,
    pattern: &str,
    value: &Value,
) -> Result<bool, FunctionError> {
    let invalid = |error: RegexpError| FunctionError::processing(error.to_string());
    environment.spend(pattern.len() as u64)?;
    let written = Written::read(pattern).map_err(invalid)?;
    // Making the automaton costs far more than running it once, however short the expression.
    environment.spend(LEAST_WEIGHT + written.weight())?;
    let regexp = written.compile().map_err(invalid)?;
    regexp_match(environment, &regexp, value)
}

/// The weight of the smallest automaton: some 20 kilobytes, and the time to fill them.
const LEAST_WEIGHT: u64 = 1_000;

/// The text that a regular expression is matched with.
pub(crate) fn text_matched(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) | Value::AnyUri(text) => Cow::Borrowed(text),
        Value::IpAddress(address) => Cow::Borrowed(address.as_str()),
        Value::DnsName(name) => Cow::Borrowed(name.as_str()),
        Value::Rfc822Name(name) => Cow::Borrowed(name.as_str()),
        Value::X500Name(name) => Cow::Borrowed(name.as_str()),
        value => Cow::Owned(value.to_string()),
    }
}
