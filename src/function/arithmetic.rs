//! Arithmetic (A.3.2) and the conversions between numbers (A.3.4).

use super::table::{Table, ill_typed, keep, rows, takes, walk};
use super::{Call, Environment, FunctionError, Type};
use crate::value::bulk::Bulk;
use crate::value::{DataType, Integer, Value};

/// A.3.2. Doubles follow IEEE 754 with no trap but that for a division by zero (§7.5).
pub(super) fn arithmetic(table: &mut Table) {
    let integers = Type::One(DataType::Integer);
    let doubles = Type::One(DataType::Double);
    for (name, call) in [
        ("integer-add", Call::OfValues(integer_add)),
        ("integer-multiply", Call::OfValues(integer_multiply)),
    ] {
        let signature = takes([integers; 2], Some(integers), DataType::Integer);
        table.row("1.0", name, signature, call);
    }
    for (name, call) in [
        ("double-add", Call::OfValues(double_add)),
        ("double-multiply", Call::OfValues(double_multiply)),
    ] {
        let signature = takes([doubles; 2], Some(doubles), DataType::Double);
        table.row("1.0", name, signature, call);
    }
    rows! { table, environment =>
        // The text leaves open which way integers are divided: towards zero, as XPath's `idiv`
        // does, with the remainder that belongs to that.
        1.0 "integer-divide"(a: Integer, b: Integer) -> Integer =
            spend(environment, a, b).and_then(|()| a.checked_divide(b).ok_or_else(by_zero));
        1.0 "integer-mod"(a: Integer, b: Integer) -> Integer =
            spend(environment, a, b).and_then(|()| a.checked_remainder(b).ok_or_else(by_zero));
    }
    rows! { table, environment =>
        1.0 "integer-subtract"(a: Integer, b: Integer) -> Integer = fits(a.checked_subtract(b));
        1.0 "integer-abs"(a: Integer) -> Integer = Ok(a.abs());
        1.0 "double-subtract"(a: Double, b: Double) -> Double = Ok(a - b);
        1.0 "double-divide"(a: Double, b: Double) -> Double =
            if *b == 0.0 { Err(by_zero()) } else { Ok(a / b) };
        1.0 "double-abs"(a: Double) -> Double = Ok(a.abs());
        // §7.5 sets the rounding of all arithmetic to half-even.
        1.0 "round"(a: Double) -> Double = Ok(a.round_ties_even());
        1.0 "floor"(a: Double) -> Double = Ok(a.floor());
    }
}

/// A.3.4.
pub(super) fn conversion(table: &mut Table) {
    rows! { table, environment =>
        1.0 "double-to-integer"(a: Double) -> Integer = Integer::from_f64(*a)
            .ok_or_else(|| FunctionError::processing(format!("{} is no integer", Value::Double(*a))));
        1.0 "integer-to-double"(a: Integer) -> Double = {
            // Those that fit are written out on the way.
            environment.spend_on_making(4 * a.bulk().min(128))?;
            a.to_f64()
                .ok_or_else(|| FunctionError::processing("the integer is outside the range of double"))
        };
    }
}

fn integer_add(environment: &Environment, arguments: &[&Value]) -> Result<Value, FunctionError> {
    if let Some(sum) = of_short(arguments, 0, i64::checked_add) {
        return Ok(sum.into());
    }
    let sum = folded(
        arguments,
        Value::as_integer,
        Integer::from(0_i64),
        |sum, a| {
            // Each step reads the sum so far, however small the number added.
            walk(environment, sum.bulk() + a.bulk())?;
            fits(sum.checked_add(a))
        },
    )?;
    keep(environment, sum)
}

fn integer_multiply(
    environment: &Environment,
    arguments: &[&Value],
) -> Result<Value, FunctionError> {
    if let Some(product) = of_short(arguments, 1, i64::checked_mul) {
        return Ok(product.into());
    }
    let product = folded(
        arguments,
        Value::as_integer,
        Integer::from(1_i64),
        |product, a| {
            walk(environment, product.bulk() + a.bulk())?;
            spend(environment, &product, a)?;
            fits(product.checked_multiply(a))
        },
    )?;
    keep(environment, product)
}

// From -0 and not from 0: only -0 leaves a sum of -0 unchanged.
fn double_add(_: &Environment, arguments: &[&Value]) -> Result<Value, FunctionError> {
    folded(arguments, Value::as_double, -0.0, |sum, a| Ok(sum + a)).map(Value::from)
}

fn double_multiply(_: &Environment, arguments: &[&Value]) -> Result<Value, FunctionError> {
    let times = |product, a| Ok(product * a);
    folded(arguments, Value::as_double, 1.0, times).map(Value::from)
}

/// Folds as [`folded`] does if all numbers fit 64 bits, as most do: that takes no work.
fn of_short(
    arguments: &[&Value],
    neutral: i64,
    join: impl Fn(i64, i64) -> Option<i64>,
) -> Option<i64> {
    let mut numbers = arguments.iter();
    numbers.try_fold(neutral, |result, a| join(result, a.as_integer()?.as_i64()?))
}

/// Joins the numbers, from the first argument to the last.
fn folded<'o, T, N>(
    arguments: &[&'o Value],
    number: impl Fn(&'o Value) -> Option<T>,
    neutral: N,
    join: impl Fn(N, T) -> Result<N, FunctionError>,
) -> Result<N, FunctionError> {
    let mut result = neutral;
    for argument in arguments {
        result = join(result, number(argument).ok_or_else(ill_typed)?)?;
    }
    Ok(result)
}

fn fits(result: Option<Integer>) -> Result<Integer, FunctionError> {
    result.ok_or_else(|| FunctionError::processing("the result is too large"))
}

fn by_zero() -> FunctionError {
    FunctionError::processing("division by zero")
}

/// Long numbers take time with the product of their lengths.
fn spend(environment: &Environment, a: &Integer, b: &Integer) -> Result<(), FunctionError> {
    match (a.bits() / 64).saturating_mul(b.bits() / 64) / 16 {
        0 => Ok(()),
        units => environment.spend(units),
    }
}
