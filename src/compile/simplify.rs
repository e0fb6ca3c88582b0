//! Expressions → equal expressions with fewer steps: applications of literals are evaluated now,
//! and those with few arguments borrow them.
//!
//! The values and the errors are the same: an application of literals that fails stays as it is,
//! and fails in every decision. Only functions of the standard are simplified. Those of the host
//! are not, nor those that depend on more than their arguments: the implicit time zone is that of a
//! decision.

use std::borrow::Cow;
use std::sync::Arc;

use crate::function::{Call, Environment, Function, HigherOrder, Meaning, Operand};
use crate::program::{
    Applied, Expression, IsIn, PredicateCall, Quantified, RegexpMatch, ValueCall,
};
use crate::value::case::equal_ignoring_case;
use crate::value::key;
use crate::value::{DataType, Value, Zone};

/// The most work for evaluating one application here. One that takes more is left for decisions.
const WORK: u64 = 1000;

/// Returns the expression with itself and all its parts simplified.
pub(super) fn simplified(expression: Expression, functions: &[Arc<Function>]) -> Expression {
    let all = |parts: Box<[Expression]>| -> Box<[Expression]> {
        let parts = parts.into_iter();
        parts.map(|part| simplified(part, functions)).collect()
    };
    match expression {
        Expression::And(parts) => Expression::And(all(parts)),
        Expression::Or(parts) => Expression::Or(all(parts)),
        Expression::NOf(count, parts) => {
            Expression::NOf(Box::new(simplified(*count, functions)), all(parts))
        }
        Expression::Apply { applied, arguments } => {
            let Some(function) = functions.get(applied.function.index()) else {
                return Expression::Apply { applied, arguments };
            };
            match function.call {
                // Of these the evaluator, or the host, wants the arguments as they are.
                Call::Nodes(_) | Call::AccessPermitted => Expression::Apply { applied, arguments },
                Call::Host(_) => Expression::Apply {
                    applied,
                    arguments: all(arguments),
                },
                _ => {
                    let arguments = all(arguments);
                    worked_out(function, &arguments)
                        .unwrap_or_else(|| application(function, applied, arguments))
                }
            }
        }
        Expression::HigherOrder {
            kind,
            applied,
            arguments,
        } => match functions.get(applied.function.index()) {
            Some(function) if !matches!(function.call, Call::Nodes(_) | Call::AccessPermitted) => {
                let arguments = all(arguments);
                let is_in = match kind {
                    HigherOrder::AnyOf | HigherOrder::AnyOfAny => is_in(&arguments, function),
                    _ => None,
                };
                is_in.unwrap_or(Expression::HigherOrder {
                    kind,
                    applied,
                    arguments,
                })
            }
            _ => Expression::HigherOrder {
                kind,
                applied,
                arguments,
            },
        },
        Expression::Quantified(quantified) => {
            let Quantified {
                quantifier,
                domain,
                iterant,
            } = *quantified;
            Expression::Quantified(Box::new(Quantified {
                quantifier,
                domain: simplified(domain, functions),
                iterant: simplified(iterant, functions),
            }))
        }
        Expression::Entity(mut related) => {
            related.arguments = all(related.arguments);
            Expression::Entity(related)
        }
        other => other,
    }
}

/// The result of a function of literals, if it has one.
fn worked_out(function: &Function, arguments: &[Expression]) -> Option<Expression> {
    if !matches!(
        function.call,
        Call::Predicate(_) | Call::OfValues(_) | Call::Plain(_)
    ) {
        return None;
    }
    let operands: Vec<Operand<'_>> = arguments.iter().map(known).collect::<Option<_>>()?;
    if function.meaning != Meaning::Bag && operands.iter().any(may_take_a_zone) {
        return None;
    }
    let environment = Environment::new(Zone::UTC, WORK);
    match function.apply(&environment, &operands).ok()? {
        Operand::One(value) => Some(Expression::Literal(value.into_owned())),
        Operand::Bag(values) => Some(Expression::Literals(values.into_owned().into())),
    }
}

fn known(expression: &Expression) -> Option<Operand<'_>> {
    match expression {
        Expression::Literal(value) => Some(Operand::One(Cow::Borrowed(value))),
        Expression::Literals(values) => Some(Operand::Bag(Cow::Borrowed(values))),
        _ => None,
    }
}

fn may_take_a_zone(operand: &Operand<'_>) -> bool {
    let temporal = |value: &Value| {
        matches!(
            value.data_type(),
            DataType::Time | DataType::Date | DataType::DateTime
        )
    };
    operand.values().iter().any(temporal)
}

/// A standard function with arguments of which some are not known.
fn application(function: &Function, applied: Applied, arguments: Box<[Expression]>) -> Expression {
    if let [
        Expression::Slot {
            slot,
            must_be_present,
        },
    ] = *arguments
    {
        match function.meaning {
            Meaning::OneAndOnly => {
                return Expression::OneAndOnly {
                    slot,
                    must_be_present,
                    function: applied.function,
                };
            }
            Meaning::BagSize => {
                return Expression::BagSize {
                    slot,
                    must_be_present,
                };
            }
            _ => {}
        }
    }
    if let Some(is_in) = is_in(&arguments, function) {
        return is_in;
    }
    let id = applied.function;
    match (&function.call, applied.pattern, Vec::from(arguments)) {
        (Call::Predicate(call), _, two) if two.len() == 2 => {
            let mut two = two.into_iter();
            match (two.next(), two.next()) {
                (Some(first), Some(second)) => Expression::Predicate(Box::new(PredicateCall {
                    function: id,
                    call: *call,
                    first,
                    second,
                })),
                _ => unreachable!("there are two"),
            }
        }
        (Call::Regexp, Some(pattern), mut two) if two.len() == 2 => {
            Expression::RegexpMatch(Box::new(RegexpMatch {
                function: id,
                pattern,
                text: two.remove(1),
            }))
        }
        (Call::OfValues(_), _, mut one) if one.len() == 1 && function.meaning == Meaning::Not => {
            Expression::Not(Box::new(one.remove(0)))
        }
        (Call::OfValues(call), _, arguments) => Expression::Call(Box::new(ValueCall {
            function: id,
            call: *call,
            arguments: arguments.into(),
        })),
        (_, pattern, arguments) => Expression::Apply {
            applied: Applied {
                function: id,
                pattern,
            },
            arguments: arguments.into(),
        },
    }
}

/// An application that compares the values of an attribute with literals, by an equality whose
/// values have keys, as `IsIn`; none for others. Such an equality has a result for any two values,
/// in either order, so only the attribute can be Indeterminate.
fn is_in(arguments: &[Expression], function: &Function) -> Option<Expression> {
    let (literals, slot) = match arguments {
        [literals, slot @ Expression::Slot { .. }] | [slot @ Expression::Slot { .. }, literals] => {
            (literals, slot)
        }
        _ => return None,
    };
    let Expression::Slot {
        slot,
        must_be_present,
    } = *slot
    else {
        return None;
    };
    let folded = match function.meaning {
        Meaning::IsIn => false,
        meaning => meaning.equality_is_folded()?,
    };
    let literals = known(literals)?;
    let mut keyed: Vec<(u64, &Value)> = literals
        .values()
        .iter()
        .map(|value| {
            let keys = key::keys(value)?;
            Some((if folded { keys.folded } else { keys.exact }, value))
        })
        .collect::<Option<_>>()?;
    keyed.sort_by_key(|(key, _)| *key);
    keyed.dedup_by(|(a, first), (b, second)| a == b && is_same(folded, first, second));
    if keyed.windows(2).any(|two| two[0].0 == two[1].0) {
        // Two values with one key: a collision that only an author could construct.
        return None;
    }
    Some(Expression::IsIn(Box::new(IsIn {
        slot,
        must_be_present,
        folded,
        keys: keyed.iter().map(|(key, _)| *key).collect(),
        values: keyed.iter().map(|(_, value)| (*value).clone()).collect(),
    })))
}

fn is_same(folded: bool, first: &Value, second: &Value) -> bool {
    match (folded, first, second) {
        (true, Value::String(first), Value::String(second)) => equal_ignoring_case(first, second),
        _ => first == second,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function;
    use crate::program::{FunctionId, SlotId};

    /// An application of a function, simplified.
    fn of(id: &str, arguments: impl Into<Box<[Expression]>>) -> Expression {
        let functions = [function(id)];
        let arguments = arguments.into();
        let applied = applied();
        simplified(Expression::Apply { applied, arguments }, &functions)
    }

    fn function(id: &str) -> Arc<Function> {
        let id = format!("urn:oasis:names:tc:xacml:{id}");
        Arc::new(function::standard(&id).expect("is standard").clone())
    }

    fn applied() -> Applied {
        Applied {
            function: FunctionId(0),
            pattern: None,
        }
    }

    fn literal(data_type: DataType, text: &str) -> Expression {
        Expression::Literal(Value::parse(data_type, text).expect("is a value"))
    }

    fn number(text: &str) -> Expression {
        literal(DataType::Integer, text)
    }

    fn slot() -> Expression {
        Expression::Slot {
            slot: SlotId(7),
            must_be_present: true,
        }
    }

    #[test]
    fn functions_of_literals_are_worked_out() {
        let product = of("1.0:function:integer-multiply", [number("6"), number("7")]);
        assert!(matches!(product, Expression::Literal(value) if value == Value::from(42)));
        let bag = of("1.0:function:integer-bag", [number("1"), number("1")]);
        let Expression::Literals(values) = &bag else {
            panic!("{bag:?}");
        };
        assert_eq!(**values, [Value::from(1), Value::from(1)]);
        let size = of("1.0:function:integer-bag-size", [bag]);
        assert!(matches!(size, Expression::Literal(value) if value == Value::from(2)));
    }

    #[test]
    fn what_has_no_result_stays_and_so_does_what_takes_long() {
        let divided = of("1.0:function:integer-divide", [number("1"), number("0")]);
        assert!(matches!(divided, Expression::Call(_)), "{divided:?}");
        let long = literal(DataType::String, &"x".repeat(100_000));
        let lower = of("1.0:function:string-normalize-to-lower-case", [long]);
        assert!(matches!(lower, Expression::Call(_)));
    }

    #[test]
    fn times_wait_for_the_zone_of_the_decision() {
        let time = |text| literal(DataType::Time, text);
        let equal = of(
            "1.0:function:time-equal",
            [time("09:00:00"), time("09:00:00Z")],
        );
        assert!(matches!(equal, Expression::Predicate(_)), "{equal:?}");
        let bag = of("1.0:function:time-bag", [time("09:00:00")]);
        assert!(matches!(bag, Expression::Literals(_)));
    }

    #[test]
    fn functions_of_the_host_are_left_alone() {
        let standard = function("1.0:function:integer-add");
        let call = |_: &Environment, _: &[Operand<'_>]| Ok(Operand::value(Value::from(1)));
        let host = Function::new("urn:mine:integer-add", standard.signature().clone(), call);
        let expression = Expression::Apply {
            applied: applied(),
            arguments: Box::new([number("1"), number("2")]),
        };
        let left = simplified(expression, &[Arc::new(host)]);
        assert!(matches!(left, Expression::Apply { .. }), "{left:?}");
    }

    #[test]
    fn an_attribute_among_literals_is_looked_up_by_keys() {
        let text = |text| literal(DataType::String, text);
        let bag = of("1.0:function:string-bag", [text("b"), text("a"), text("b")]);
        let member = of("1.0:function:string-at-least-one-member-of", [slot(), bag]);
        let Expression::IsIn(is_in) = &member else {
            panic!("{member:?}");
        };
        assert_eq!((is_in.keys.len(), is_in.values.len()), (2, 2));
        assert!(is_in.keys.is_sorted() && is_in.must_be_present);
        // Values without keys are compared themselves.
        let double = |text| literal(DataType::Double, text);
        let bag = of("1.0:function:double-bag", [double("1"), double("NaN")]);
        let member = of("1.0:function:double-at-least-one-member-of", [slot(), bag]);
        assert!(matches!(member, Expression::Apply { .. }), "{member:?}");
        // Two numbers with one key: only comparing tells them apart.
        let large = ["99999999999999999999", "99999999999999999998"].map(number);
        let bag = of("1.0:function:integer-bag", large);
        let member = of("1.0:function:integer-at-least-one-member-of", [slot(), bag]);
        assert!(matches!(member, Expression::Apply { .. }), "{member:?}");
    }

    #[test]
    fn any_of_with_an_equality_is_looked_up_by_keys() {
        let any_of = |id: &str, kind| {
            let arguments = Box::new([literal(DataType::String, "Ab"), slot()]);
            let applied = applied();
            let expression = Expression::HigherOrder {
                kind,
                applied,
                arguments,
            };
            simplified(expression, &[function(id)])
        };
        let (equal, folded) = (
            "1.0:function:string-equal",
            "3.0:function:string-equal-ignore-case",
        );
        let is_folded = |expression: Expression| match expression {
            Expression::IsIn(is_in) => Some(is_in.folded),
            _ => None,
        };
        assert_eq!(is_folded(any_of(equal, HigherOrder::AnyOf)), Some(false));
        assert_eq!(is_folded(any_of(folded, HigherOrder::AnyOfAny)), Some(true));
        assert_eq!(is_folded(any_of(equal, HigherOrder::AllOf)), None);
        let less = "1.0:function:string-less-than";
        assert_eq!(is_folded(any_of(less, HigherOrder::AnyOf)), None);
    }
}
