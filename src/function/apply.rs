//! A function and its evaluated arguments → its result.

use std::panic::{AssertUnwindSafe, catch_unwind};

use smallvec::SmallVec;

use super::matching::regexp_match_text;
use super::table::ill_typed;
use super::{Call, Environment, Function, FunctionError, Operand, Type, logical};
use crate::value::Value;
use crate::value::bulk::Bulk;

impl Function {
    /// Applies the function to arguments that all have a value, as a higher-order function does
    /// (A.3.12). Functions that must not evaluate all their arguments (`and`, `or`, `n-of`) or take
    /// a function are evaluated elsewhere; here the former only join values.
    pub(crate) fn apply<'a>(
        &self,
        environment: &Environment,
        arguments: &[Operand<'a>],
    ) -> Result<Operand<'a>, FunctionError> {
        match &self.call {
            Call::Predicate(call) => {
                let (first, second) = two_values(arguments)?;
                call(environment, first, second).map(Operand::value)
            }
            Call::OfValues(call) => {
                let values = arguments.iter().map(Operand::as_value);
                let values: Option<SmallVec<[&Value; 4]>> = values.collect();
                call(environment, &values.ok_or_else(ill_typed)?).map(Operand::value)
            }
            Call::Plain(call) => call(environment, arguments),
            Call::Regexp => {
                let (pattern, text) = two_values(arguments)?;
                let pattern = pattern.as_str().ok_or_else(ill_typed)?;
                regexp_match_text(environment, pattern, text).map(Operand::value)
            }
            Call::And | Call::Or | Call::NOf => {
                logical::of_values(&self.call, arguments).map(Operand::value)
            }
            Call::HigherOrder(_) | Call::Nodes(_) | Call::Entity(_) => Err(ill_typed()),
            // Not met: without policies and a request there is nothing to decide.
            Call::AccessPermitted => Err(FunctionError::processing(
                "a decision cannot be asked for here",
            )),
            Call::Host(call) => {
                // Its work is not known; it is charged by the size of its arguments and its result.
                environment.spend_on_reading(arguments.iter().map(bulk).sum())?;
                // It has no reference to any state of ours except its arguments, which are shared.
                let ask = AssertUnwindSafe(|| call.0(environment, arguments));
                let panicked = || FunctionError::processing("the function panicked");
                let result = catch_unwind(ask).unwrap_or_else(|_| Err(panicked()))?;
                if is_of(&result, self.signature.returns) {
                    environment.spend_on_making(bulk(&result))?;
                    return Ok(result);
                }
                Err(FunctionError::processing(format!(
                    "the function returned something other than {}, which it says it returns",
                    self.signature.returns
                )))
            }
        }
    }
}

/// The memory of an operand's values, in bytes.
fn bulk(operand: &Operand<'_>) -> usize {
    match operand {
        Operand::One(value) => value.bulk(),
        Operand::Bag(values) => {
            let all = values.iter();
            all.map(|value| size_of::<Value>() + value.bulk()).sum()
        }
    }
}

fn two_values<'o>(arguments: &'o [Operand<'_>]) -> Result<(&'o Value, &'o Value), FunctionError> {
    match arguments {
        [first, second] => first.as_value().zip(second.as_value()),
        _ => None,
    }
    .ok_or_else(ill_typed)
}

/// Whether a result has the type of the signature. It is checked for functions of the host, as all
/// other rows rely on it.
fn is_of(result: &Operand<'_>, expected: Type) -> bool {
    match (result, expected) {
        (Operand::One(value), Type::One(data_type)) => value.data_type() == data_type,
        (Operand::Bag(values), Type::Bag(data_type)) => {
            values.iter().all(|value| value.data_type() == data_type)
        }
        _ => false,
    }
}
