//! Functions of strings and URIs (A.3.3, A.3.9), without the conversions.

use super::table::{Table, ill_typed, predicates, rows, takes};
use super::{Call, Environment, FunctionError, Operand, Type, shown};
use crate::error::cut;
use crate::value::{DataType, Integer, Value};

/// A.3.3.
pub(super) fn normalization(table: &mut Table) {
    rows! { table, environment =>
        1.0 "string-normalize-space"(text: String) -> String = Ok(strip_space(text));
        1.0 "string-normalize-to-lower-case"(text: String) -> String =
            short_enough(text.to_lowercase());
    }
}

/// A.3.9.
pub(super) fn string(table: &mut Table) {
    let strings = Type::One(DataType::String);
    table.row(
        "2.0",
        "string-concatenate",
        takes([strings; 2], Some(strings), DataType::String),
        Call::Plain(string_concatenate),
    );
    // Deprecated (A.4): the concatenation of a URI and strings may not be a URI.
    table.row(
        "2.0",
        "uri-string-concatenate",
        takes(
            [Type::One(DataType::AnyUri), strings],
            Some(strings),
            DataType::AnyUri,
        ),
        Call::Plain(uri_string_concatenate),
    );
    // The pattern comes first in all of these, as in the match functions of a Target (§5.9).
    predicates! { table, environment =>
        3.0 "string-starts-with"(start: String, text: String), Contains = starts_with(environment, start, text);
        3.0 "anyURI-starts-with"(start: String, uri: AnyUri), Contains = starts_with(environment, start, uri);
        3.0 "string-ends-with"(end: String, text: String), Contains = ends_with(environment, end, text);
        3.0 "anyURI-ends-with"(end: String, uri: AnyUri), Contains = ends_with(environment, end, uri);
        3.0 "string-contains"(part: String, text: String), Contains = contains(environment, part, text);
        3.0 "anyURI-contains"(part: String, uri: AnyUri), Contains = contains(environment, part, uri);
    }
    rows! { table, environment =>
        3.0 "string-substring"(text: String, from: Integer, to: Integer) -> String =
            substring(text, from, to);
        3.0 "anyURI-substring"(uri: AnyUri, from: Integer, to: Integer) -> String =
            substring(uri, from, to).and_then(|part| {
                match Value::parse(DataType::AnyUri, part) {
                    Ok(_) => Ok(part),
                    Err(error) => Err(FunctionError::processing(error.to_string())),
                }
            });
    }
}

fn starts_with(environment: &Environment, start: &str, text: &str) -> Result<bool, FunctionError> {
    environment.spend_on_comparing(start.len())?;
    Ok(text.starts_with(start))
}

fn ends_with(environment: &Environment, end: &str, text: &str) -> Result<bool, FunctionError> {
    environment.spend_on_comparing(end.len())?;
    Ok(text.ends_with(end))
}

fn contains(environment: &Environment, part: &str, text: &str) -> Result<bool, FunctionError> {
    environment.spend_on_reading(text.len())?;
    Ok(text.contains(part))
}

/// Strips white space, as XML defines it (XML 1.0, production 3), at the ends only.
fn strip_space(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// The characters from position `from` up to, not including, `to`. Positions count characters from
/// 0; -1 as `to` is the end.
fn substring<'t>(text: &'t str, from: &Integer, to: &Integer) -> Result<&'t str, FunctionError> {
    let outside = || {
        let (text, from, to) = (cut(text), shown(from), shown(to));
        FunctionError::processing(format!("`{text}` has no part from {from} to {to}"))
    };
    // The byte offset of the character at a position; the end is a position too.
    let byte = |position: &Integer, text: &str| {
        let position = usize::try_from(position.as_i64()?).ok()?;
        text.char_indices()
            .map(|(byte, _)| byte)
            .chain([text.len()])
            .nth(position)
    };
    let start = byte(from, text).ok_or_else(outside)?;
    let end = match to.as_i64() {
        Some(-1) => text.len(),
        _ => byte(to, text).ok_or_else(outside)?,
    };
    text.get(start..end).ok_or_else(outside)
}

fn string_concatenate<'a>(
    environment: &Environment,
    arguments: &[Operand<'a>],
) -> Result<Operand<'a>, FunctionError> {
    joined(environment, arguments).map(Operand::value)
}

fn uri_string_concatenate<'a>(
    environment: &Environment,
    arguments: &[Operand<'a>],
) -> Result<Operand<'a>, FunctionError> {
    let text = joined(environment, arguments)?;
    match Value::parse(DataType::AnyUri, &text) {
        Ok(uri) => Ok(Operand::value(uri)),
        Err(error) => Err(FunctionError::syntax(error.to_string())),
    }
}

fn joined(environment: &Environment, arguments: &[Operand<'_>]) -> Result<String, FunctionError> {
    let mut joined = String::new();
    for argument in arguments {
        let part = argument
            .as_value()
            .and_then(Value::as_str)
            .ok_or_else(ill_typed)?;
        // Before it is copied, so that no more is ever held than the limit and one argument.
        if joined.len() + part.len() > LONGEST {
            return Err(too_long());
        }
        joined.push_str(part);
    }
    environment.spend_on_making(joined.len())?;
    Ok(joined)
}

fn short_enough(text: String) -> Result<String, FunctionError> {
    if text.len() > LONGEST {
        return Err(too_long());
    }
    Ok(text)
}

fn too_long() -> FunctionError {
    FunctionError::processing("the string would be longer than 1 MiB")
}

/// The most bytes of a string made by concatenation or lower-casing, which alone can lengthen one.
const LONGEST: usize = 1 << 20;
