//! Functions of bags (A.3.10), and the data types that have them.

use std::borrow::Cow;

use super::comparison::equal;
use super::table::{Table, ill_typed, takes};
use super::{Call, Environment, FunctionError, Meaning, Operand, Plain, Signature, Type};
use crate::value::{DataType, Value};

/// Each data type with bag and set functions, and the version in their identifiers.
///
/// The standard lists no `is-in` and no set functions for `ipAddress` and `dnsName`, which have no
/// `*-equal`; policies in the wild use them, and comparing as written is the one thing they can
/// mean.
pub(super) const FAMILIES: [(&str, DataType); 18] = [
    ("1.0", DataType::String),
    ("1.0", DataType::Boolean),
    ("1.0", DataType::Integer),
    ("1.0", DataType::Double),
    ("1.0", DataType::Time),
    ("1.0", DataType::Date),
    ("1.0", DataType::DateTime),
    ("1.0", DataType::AnyUri),
    ("1.0", DataType::HexBinary),
    ("1.0", DataType::Base64Binary),
    ("3.0", DataType::DayTimeDuration),
    ("3.0", DataType::YearMonthDuration),
    ("1.0", DataType::X500Name),
    ("1.0", DataType::Rfc822Name),
    ("2.0", DataType::IpAddress),
    ("2.0", DataType::DnsName),
    // Deprecated (A.4).
    ("1.0", DataType::DayTimeDuration),
    ("1.0", DataType::YearMonthDuration),
];

pub(super) fn bag(table: &mut Table) {
    let mut all = |version, data_type: DataType, compares: bool| {
        for (name, signature, call, meaning) in rows(data_type) {
            if compares || meaning != Meaning::IsIn {
                let name = format!("{}-{name}", data_type.short_name());
                let row = table.row(version, &name, signature, Call::Plain(call));
                row.meaning = meaning;
            }
        }
    };
    for (version, data_type) in FAMILIES {
        all(version, data_type, true);
    }
    // Related and Nested Entities Profile: entities have no equality, so nothing that compares.
    all("3.0", DataType::Entity, false);
}

/// The bag functions of a data type: the end of the identifier, after the name of the data type,
/// the signature, the implementation and the meaning.
pub(super) fn rows(data_type: DataType) -> [FamilyRow; 4] {
    let one = Type::One(data_type);
    let bag = Type::Bag(data_type);
    let constructor = Signature {
        parameters: Vec::new(),
        repeated: Some(one),
        returns: bag,
    };
    [
        (
            "one-and-only",
            takes([bag], None, data_type),
            one_and_only,
            Meaning::OneAndOnly,
        ),
        (
            "bag-size",
            takes([bag], None, DataType::Integer),
            bag_size,
            Meaning::BagSize,
        ),
        (
            "is-in",
            takes([one, bag], None, DataType::Boolean),
            is_in,
            Meaning::IsIn,
        ),
        ("bag", constructor, of_values, Meaning::Bag),
    ]
}

/// A row that each of some data types has.
pub(super) type FamilyRow = (&'static str, Signature, Plain, Meaning);

fn one_and_only<'a>(
    _: &Environment,
    arguments: &[Operand<'a>],
) -> Result<Operand<'a>, FunctionError> {
    match arguments {
        [Operand::Bag(Cow::Borrowed([value]))] => Ok(Operand::One(Cow::Borrowed(value))),
        [bag] => only_value(bag.values()).map(|value| Operand::value(value.clone())),
        _ => Err(ill_typed()),
    }
}

/// The message of `*-one-and-only` about a bag without a value.
pub(crate) const EMPTY_BAG: &str = "the bag is empty, but one value is asked for";

/// The result of `*-one-and-only`: the only value of a bag, or an error.
pub(crate) fn only_value(bag: &[Value]) -> Result<&Value, FunctionError> {
    match bag {
        [value] => Ok(value),
        [] => Err(FunctionError::processing(EMPTY_BAG)),
        values => Err(FunctionError::processing(format!(
            "the bag has {} values, but one is asked for",
            values.len()
        ))),
    }
}

fn bag_size<'a>(_: &Environment, arguments: &[Operand<'a>]) -> Result<Operand<'a>, FunctionError> {
    match arguments {
        [bag] => Ok(Operand::value(crate::value::Integer::from(
            bag.values().len(),
        ))),
        _ => Err(ill_typed()),
    }
}

fn is_in<'a>(
    environment: &Environment,
    arguments: &[Operand<'a>],
) -> Result<Operand<'a>, FunctionError> {
    let [value, bag] = arguments else {
        return Err(ill_typed());
    };
    let value = value.as_value().ok_or_else(ill_typed)?;
    environment.spend(bag.values().len() as u64)?;
    for other in bag.values() {
        if equal(environment, value, other)? {
            return Ok(Operand::value(true));
        }
    }
    Ok(Operand::value(false))
}

fn of_values<'a>(
    environment: &Environment,
    arguments: &[Operand<'a>],
) -> Result<Operand<'a>, FunctionError> {
    environment.spend(arguments.len() as u64)?;
    let values = arguments
        .iter()
        .map(|argument| argument.as_value().cloned());
    let values: Option<Vec<_>> = values.collect();
    values.map(Operand::bag).ok_or_else(ill_typed)
}
