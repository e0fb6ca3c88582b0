//! Bags as sets (A.3.11): the families of `bag.rs`, compared by `*-equal`.
//!
//! Results keep the order in which values were first met, so that a decision can be repeated.
//! Doubles make no exception: NaN equals nothing, so it is in no intersection and stays in a union.

use super::bag::{FAMILIES, FamilyRow};
use super::comparison::equal;
use super::table::{Table, ill_typed, takes};
use super::{Call, Environment, FunctionError, Meaning, Operand, Signature, Type};
use crate::value::{DataType, Value};

pub(super) fn set(table: &mut Table) {
    for (version, data_type) in FAMILIES {
        for (name, signature, call, meaning) in rows(data_type) {
            let name = format!("{}-{name}", data_type.short_name());
            let row = table.row(version, &name, signature, Call::Plain(call));
            row.meaning = meaning;
        }
    }
}

/// The set functions of a data type: the end of the identifier, after the name of the data type,
/// the signature, the implementation and the meaning.
pub(super) fn rows(data_type: DataType) -> [FamilyRow; 5] {
    let bag = Type::Bag(data_type);
    let to_bag = |repeated| Signature {
        parameters: vec![bag; 2],
        repeated,
        returns: bag,
    };
    let to_boolean = || takes([bag; 2], None, DataType::Boolean);
    [
        ("intersection", to_bag(None), intersection, Meaning::Other),
        (
            "at-least-one-member-of",
            to_boolean(),
            at_least_one_member_of,
            Meaning::IsIn,
        ),
        ("union", to_bag(Some(bag)), union, Meaning::Other),
        ("subset", to_boolean(), subset, Meaning::Other),
        ("set-equals", to_boolean(), set_equals, Meaning::Other),
    ]
}

fn intersection<'a>(
    environment: &Environment,
    arguments: &[Operand<'a>],
) -> Result<Operand<'a>, FunctionError> {
    let (first, second) = bags(environment, arguments, 2)?;
    let mut common = Vec::new();
    for value in first {
        if contains(environment, second, value)? && !contains(environment, &common, value)? {
            common.push(value.clone());
        }
    }
    Ok(Operand::bag(common))
}

fn union<'a>(
    environment: &Environment,
    arguments: &[Operand<'a>],
) -> Result<Operand<'a>, FunctionError> {
    let mut all: Vec<Value> = Vec::new();
    for argument in arguments {
        // Each value of a bag is compared with those in the result, and with the bag's values
        // before it.
        let values = argument.values();
        environment
            .spend(comparisons(values, &all).saturating_add(comparisons(values, values) / 2))?;
        for value in values {
            if !contains(environment, &all, value)? {
                all.push(value.clone());
            }
        }
    }
    Ok(Operand::bag(all))
}

fn at_least_one_member_of<'a>(
    environment: &Environment,
    arguments: &[Operand<'a>],
) -> Result<Operand<'a>, FunctionError> {
    let (first, second) = bags(environment, arguments, 1)?;
    for value in first {
        if contains(environment, second, value)? {
            return Ok(Operand::value(true));
        }
    }
    Ok(Operand::value(false))
}

fn subset<'a>(
    environment: &Environment,
    arguments: &[Operand<'a>],
) -> Result<Operand<'a>, FunctionError> {
    let (first, second) = bags(environment, arguments, 1)?;
    all_in(environment, first, second).map(Operand::value)
}

fn set_equals<'a>(
    environment: &Environment,
    arguments: &[Operand<'a>],
) -> Result<Operand<'a>, FunctionError> {
    let (first, second) = bags(environment, arguments, 2)?;
    let equal = all_in(environment, first, second)? && all_in(environment, second, first)?;
    Ok(Operand::value(equal))
}

/// The two bags, with the work paid for: every value of one compared with every one of the other,
/// `times` over.
fn bags<'o>(
    environment: &Environment,
    arguments: &'o [Operand<'_>],
    times: u64,
) -> Result<(&'o [Value], &'o [Value]), FunctionError> {
    let [first, second] = arguments else {
        return Err(ill_typed());
    };
    let (first, second) = (first.values(), second.values());
    environment.spend(comparisons(first, second).saturating_mul(times))?;
    Ok((first, second))
}

fn all_in(
    environment: &Environment,
    part: &[Value],
    whole: &[Value],
) -> Result<bool, FunctionError> {
    for value in part {
        if !contains(environment, whole, value)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn contains(
    environment: &Environment,
    values: &[Value],
    value: &Value,
) -> Result<bool, FunctionError> {
    for other in values {
        if equal(environment, other, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The work of comparing every value of one bag with every value of the other, without the work
/// that [`equal`] charges for long texts.
fn comparisons(first: &[Value], second: &[Value]) -> u64 {
    (first.len() as u64).saturating_mul(second.len() as u64)
}
