//! Equality (A.3.1) and order (A.3.6, A.3.8).

use std::cmp::Ordering;

use super::table::{Table, ill_typed, predicates};
use super::{Environment, FunctionError, Meaning, Predicate};
use crate::error::cut;
use crate::value::bulk::Bulk;
use crate::value::case::equal_ignoring_case;
use crate::value::{DataType, Integer, Value};

/// A.3.1.
pub(super) fn equality(table: &mut Table) {
    predicates! { table, environment =>
        // These two stand in almost every target, and so do without the way around by `equal`.
        1.0 "string-equal"(a: String, b: String), Equal =
            same(environment, a.as_bytes(), b.as_bytes());
        1.0 "anyURI-equal"(a: AnyUri, b: AnyUri), Equal =
            same(environment, a.as_bytes(), b.as_bytes());
        3.0 "string-equal-ignore-case"(a: String, b: String), EqualIgnoreCase = environment
            .spend_on_reading(a.len().min(b.len()))
            .map(|()| equal_ignoring_case(a, b));
    }
    let mut equality = |version, data_type: DataType| {
        let name = format!("{}-equal", data_type.short_name());
        let row = table.predicate(version, &name, [data_type; 2], equal);
        row.meaning = Meaning::Equal;
    };
    for data_type in [
        DataType::Boolean,
        DataType::Integer,
        DataType::Double,
        DataType::Date,
        DataType::Time,
        DataType::DateTime,
        DataType::X500Name,
        DataType::Rfc822Name,
        DataType::HexBinary,
        DataType::Base64Binary,
    ] {
        equality("1.0", data_type);
    }
    for data_type in [DataType::DayTimeDuration, DataType::YearMonthDuration] {
        equality("3.0", data_type);
        // Deprecated (A.4).
        equality("1.0", data_type);
    }
}

/// A.3.6 and A.3.8, without `time-in-range`.
///
/// A.3.8 calls it illegal to compare a time with a zone and one without. Like the rows for dates
/// and dateTimes, and like `time-equal`, ours give the latter the implicit zone: a policy that
/// compares `current-time` with `09:00:00` means that zone.
pub(super) fn order(table: &mut Table) {
    for data_type in [
        DataType::Integer,
        DataType::Double,
        DataType::String,
        DataType::Time,
        DataType::DateTime,
        DataType::Date,
    ] {
        for (name, call, meaning) in order_rows() {
            let name = format!("{}-{name}", data_type.short_name());
            let row = table.predicate("1.0", &name, [data_type; 2], call);
            row.meaning = meaning;
        }
    }
}

/// The comparisons of an ordered data type: the end of the identifier, after the name of the data
/// type, the implementation and the meaning.
pub(super) fn order_rows() -> impl Iterator<Item = (&'static str, Predicate, Meaning)> {
    let rows: [(_, Predicate, _); 4] = [
        (
            "greater-than",
            |environment, a, b| ordered(environment, a, b, Ordering::is_gt),
            Meaning::Greater,
        ),
        (
            "greater-than-or-equal",
            |environment, a, b| ordered(environment, a, b, Ordering::is_ge),
            Meaning::GreaterOrEqual,
        ),
        (
            "less-than",
            |environment, a, b| ordered(environment, a, b, Ordering::is_lt),
            Meaning::Less,
        ),
        (
            "less-than-or-equal",
            |environment, a, b| ordered(environment, a, b, Ordering::is_le),
            Meaning::LessOrEqual,
        ),
    ];
    rows.into_iter()
}

/// The `*-equal` of the values' data type.
pub(super) fn equal(
    environment: &Environment,
    a: &Value,
    b: &Value,
) -> Result<bool, FunctionError> {
    match (a, b) {
        (Value::String(a), Value::String(b)) | (Value::AnyUri(a), Value::AnyUri(b)) => {
            same(environment, a.as_bytes(), b.as_bytes())
        }
        (Value::HexBinary(a), Value::HexBinary(b))
        | (Value::Base64Binary(a), Value::Base64Binary(b)) => same(environment, a, b),
        (Value::Extension(a), Value::Extension(b)) => {
            let same = same(environment, a.as_str().as_bytes(), b.as_str().as_bytes())?;
            Ok(same && a.data_type() == b.data_type())
        }
        (Value::Integer(a), Value::Integer(b)) => Ok(numbers(environment, a, b)?.is_eq()),
        (Value::X500Name(a), Value::X500Name(b)) => {
            environment.spend_on_comparing(a.as_str().len().max(b.as_str().len()))?;
            Ok(a.equal(b))
        }
        (Value::Rfc822Name(a), Value::Rfc822Name(b)) => {
            environment.spend_on_reading(a.as_str().len().min(b.as_str().len()))?;
            Ok(a.equal(b))
        }
        (Value::IpAddress(a), Value::IpAddress(b)) => {
            same(environment, a.as_str().as_bytes(), b.as_str().as_bytes())
        }
        (Value::DnsName(a), Value::DnsName(b)) => {
            same(environment, a.as_str().as_bytes(), b.as_str().as_bytes())
        }
        _ => a.equal(b, environment.zone_for(a, b)).ok_or_else(ill_typed),
    }
}

fn same(environment: &Environment, a: &[u8], b: &[u8]) -> Result<bool, FunctionError> {
    if a.len() != b.len() {
        return Ok(false);
    }
    environment.spend_on_comparing(a.len())?;
    Ok(a == b)
}

/// Numbers are compared from their most significant end.
fn numbers(environment: &Environment, a: &Integer, b: &Integer) -> Result<Ordering, FunctionError> {
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
        return Ok(a.cmp(&b));
    }
    environment.spend_on_comparing(a.bulk().min(b.bulk()))?;
    Ok(a.cmp(b))
}

fn ordered(
    environment: &Environment,
    a: &Value,
    b: &Value,
    holds: fn(Ordering) -> bool,
) -> Result<bool, FunctionError> {
    if let (Value::Integer(a), Value::Integer(b)) = (a, b) {
        return Ok(holds(numbers(environment, a, b)?));
    }
    if let (Value::String(a), Value::String(b)) = (a, b) {
        environment.spend_on_comparing(a.len().min(b.len()))?;
    }
    if let (Value::Extension(a), Value::Extension(b)) = (a, b) {
        // The host's code may well read both.
        environment.spend_on_reading(a.as_str().len().max(b.as_str().len()))?;
    }
    match a.compare(b, environment.zone_for(a, b)) {
        Some(ordering) => Ok(holds(ordering)),
        // IEEE 754: NaN is neither less than, greater than nor equal to anything.
        None if a.as_double().is_some() => Ok(false),
        None if matches!(a, Value::Extension(_)) => Err(FunctionError::processing(format!(
            "the data type {} does not say the order of `{}` and `{}`",
            a.data_type().short_name(),
            cut(&a.to_string()),
            cut(&b.to_string())
        ))),
        None => Err(ill_typed()),
    }
}
