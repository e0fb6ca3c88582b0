//! Logical functions (A.3.5) and the higher-order ones (A.3.12).

use super::table::ill_typed;
use super::table::{Table, rows, takes};
use super::{Call, FunctionError, HigherOrder, Operand, Type};
use crate::value::{DataType, Integer, Value};

/// A.3.5.
pub(super) fn logical(table: &mut Table) {
    let booleans = Some(Type::One(DataType::Boolean));
    let any = takes([], booleans, DataType::Boolean);
    let counted = takes([Type::One(DataType::Integer)], booleans, DataType::Boolean);
    table.row("1.0", "or", any.clone(), Call::Or);
    table.row("1.0", "and", any, Call::And);
    table.row("1.0", "n-of", counted, Call::NOf);
    rows! { table, environment =>
        1.0 "not"(value: Boolean) -> Boolean, Not = Ok(!value);
    }
}

/// A.3.12. The deprecated identifiers of 1.0 took fewer kinds of arguments, and still do.
pub(super) fn higher_order(table: &mut Table) {
    for version in ["3.0", "1.0"] {
        table.higher_order(version, "any-of", HigherOrder::AnyOf);
        table.higher_order(version, "all-of", HigherOrder::AllOf);
        table.higher_order(version, "any-of-any", HigherOrder::AnyOfAny);
        table.higher_order(version, "map", HigherOrder::Map);
    }
    table.higher_order("1.0", "all-of-any", HigherOrder::AllOfAny);
    table.higher_order("1.0", "any-of-all", HigherOrder::AnyOfAll);
    table.higher_order("1.0", "all-of-all", HigherOrder::AllOfAll);
}

/// The number of booleans that `n-of` requires to be True; an error if it is negative or more than
/// the `offered` ones.
pub(crate) fn needed(asked: &Integer, offered: usize) -> Result<usize, FunctionError> {
    let needed = asked.as_i64().and_then(|asked| usize::try_from(asked).ok());
    needed.filter(|needed| *needed <= offered).ok_or_else(|| {
        let asked = super::shown(asked);
        FunctionError::processing(format!("n-of asks for {asked} of {offered} arguments"))
    })
}

/// `and`, `or` and `n-of` of arguments that all have a value.
pub(super) fn of_values(call: &Call, arguments: &[Operand<'_>]) -> Result<bool, FunctionError> {
    let (count, booleans) = match (call, arguments) {
        (Call::NOf, [count, booleans @ ..]) => {
            let count = count.as_value().and_then(Value::as_integer);
            (count.ok_or_else(ill_typed)?, booleans)
        }
        (Call::And, _) => (&Integer::from(arguments.len()), arguments),
        (Call::Or, _) => (&Integer::from(1_i64), arguments),
        _ => return Err(ill_typed()),
    };
    let mut held = 0;
    for boolean in booleans {
        let boolean = boolean.as_value().and_then(Value::as_bool);
        held += usize::from(boolean.ok_or_else(ill_typed)?);
    }
    match call {
        Call::Or => Ok(held > 0),
        _ => Ok(held >= needed(count, booleans.len())?),
    }
}
