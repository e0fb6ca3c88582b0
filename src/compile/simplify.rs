//! Expressions → equal expressions with fewer steps: applications of literals are evaluated now,
//! and those with few arguments borrow them.
//!
//! The values and the errors are the same: an application of literals that fails stays as it is,
//! and fails in every decision. Only functions of the standard are simplified. Those of the host
//! are not, nor those that depend on more than their arguments: the implicit time zone is that of a
//! decision.

use std::borrow::Cow;
use std::sync::Arc;

use crate::function::{Call, Environment, Function, Meaning, Operand};
use crate::program::{
    Apply, BagOf, Condition, Expression, IsIn, PredicateCall, Quantified, Term, ValueCall,
};
use crate::value::case::equal_ignoring_case;
use crate::value::key;
use crate::value::{DataType, Value, Zone};

/// The most work for evaluating one application here. One that takes more is left for decisions.
const WORK: u64 = 1000;

/// An expression, or a part of one.
pub(super) trait Simplify {
    /// Simplifies it with all its parts; these are the functions.
    fn simplify(&mut self, functions: &[Arc<Function>]);
}

impl<T: Simplify> Simplify for [T] {
    fn simplify(&mut self, functions: &[Arc<Function>]) {
        self.iter_mut().for_each(|part| part.simplify(functions));
    }
}

impl<T: Simplify> Simplify for Quantified<T> {
    fn simplify(&mut self, functions: &[Arc<Function>]) {
        self.domain.simplify(functions);
        self.iterant.simplify(functions);
    }
}

impl Simplify for Expression {
    fn simplify(&mut self, functions: &[Arc<Function>]) {
        match self {
            Self::Term(term) => term.simplify(functions),
            Self::Bag(bag) => bag.simplify(functions),
        }
    }
}

impl Simplify for Condition {
    fn simplify(&mut self, functions: &[Arc<Function>]) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.simplify(functions),
            Self::NOf(count, parts) => {
                count.simplify(functions);
                parts.simplify(functions);
            }
            Self::AnyOf(products) => {
                products.arguments.simplify(functions);
                let function = &functions[products.applied.function.index()];
                if let Some(is_in) = is_in(&products.arguments, function) {
                    *self = is_in;
                }
            }
            Self::AllOf(products) => products.arguments.simplify(functions),
            Self::AllOfAny(all_of_any) => {
                all_of_any.first.simplify(functions);
                all_of_any.second.simplify(functions);
            }
            Self::ForAny(quantified) | Self::ForAll(quantified) => quantified.simplify(functions),
            Self::RegexpMatch(matching) => matching.text.simplify(functions),
            Self::Term(Term::Apply(apply)) => {
                if let Some(simple) = simple_term(apply, functions) {
                    *self = simple.into();
                }
            }
            Self::Term(term) => term.simplify(functions),
            Self::Match(_) | Self::Not(_) | Self::Predicate(_) | Self::IsIn(_) => {}
        }
    }
}

impl Simplify for Term {
    fn simplify(&mut self, functions: &[Arc<Function>]) {
        match self {
            Self::Apply(apply) => {
                if let Some(simple) = simple_term(apply, functions) {
                    *self = simple;
                }
            }
            Self::Condition(condition) => condition.simplify(functions),
            _ => {}
        }
    }
}

impl Simplify for BagOf {
    fn simplify(&mut self, functions: &[Arc<Function>]) {
        match self {
            Self::Apply(apply) => {
                if let Some(Operand::Bag(values)) = worked_out(apply, functions) {
                    *self = Self::Literals(values.into_owned().into());
                }
            }
            Self::Map(map) => map.arguments.simplify(functions),
            Self::MapEach(quantified) => quantified.simplify(functions),
            Self::Select(quantified) => quantified.simplify(functions),
            Self::Entity(entity) => {
                entity.owner.simplify(functions);
                entity.attribute.simplify(functions);
                entity.must_be_present.as_mut_slice().simplify(functions);
                entity.qualifier.as_mut_slice().simplify(functions);
            }
            _ => {}
        }
    }
}

/// Simplifies the arguments, and gives the result of a function of literals, if it has one.
fn worked_out(apply: &mut Apply, functions: &[Arc<Function>]) -> Option<Operand<'static>> {
    apply.arguments.simplify(functions);
    let function = &functions[apply.function.index()];
    if !matches!(
        function.call,
        Call::Predicate(_) | Call::OfValues(_) | Call::Plain(_)
    ) {
        return None;
    }
    let operands: Vec<Operand<'_>> = apply.arguments.iter().map(literal).collect::<Option<_>>()?;
    if function.meaning != Meaning::Bag && operands.iter().any(may_take_a_zone) {
        return None;
    }
    let environment = Environment::new(Zone::UTC, WORK);
    let result = function.apply(&environment, &operands).ok()?;
    Some(result.into_owned())
}

fn literal(expression: &Expression) -> Option<Operand<'_>> {
    match expression {
        Expression::Term(Term::Literal(value)) => Some(Operand::One(Cow::Borrowed(value))),
        Expression::Bag(BagOf::Literals(values)) => Some(Operand::Bag(Cow::Borrowed(values))),
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

/// A simpler term than an application whose arguments it simplifies, if there is one.
fn simple_term(apply: &mut Apply, functions: &[Arc<Function>]) -> Option<Term> {
    if let Some(Operand::One(value)) = worked_out(apply, functions) {
        return Some(Term::Literal(value.into_owned()));
    }
    let (id, function) = (apply.function, &functions[apply.function.index()]);
    if let [Expression::Bag(BagOf::Attribute(bag))] = *apply.arguments {
        match function.meaning {
            Meaning::OneAndOnly => return Some(Term::OneAndOnly(bag, id)),
            Meaning::BagSize => return Some(Term::BagSize(bag)),
            _ => {}
        }
    }
    if let Some(is_in) = is_in(&apply.arguments, function) {
        return Some(is_in.into());
    }
    // Functions of single values alone, as many as their signatures say.
    if !matches!(function.call, Call::Predicate(_) | Call::OfValues(_)) {
        return None;
    }
    let arguments = std::mem::take(&mut apply.arguments).into_iter();
    let mut terms = arguments.filter_map(Expression::term);
    Some(match (&function.call, function.meaning) {
        (Call::Predicate(call), _) => Term::from(Condition::Predicate(Box::new(PredicateCall {
            function: id,
            call: *call,
            first: terms.next()?,
            second: terms.next()?,
        }))),
        (_, Meaning::Not) => Condition::Not(Box::new(terms.next()?.into())).into(),
        (Call::OfValues(call), _) => Term::Call(Box::new(ValueCall {
            function: id,
            call: *call,
            arguments: terms.collect(),
        })),
        _ => return None,
    })
}

/// An application that compares the values of an attribute with literals, by an equality whose
/// values have keys, as `IsIn`; none for others. Such an equality has a result for any two values,
/// in either order, so only the attribute can be Indeterminate.
fn is_in(arguments: &[Expression], function: &Function) -> Option<Condition> {
    let (literals, bag) = match arguments {
        [literals, Expression::Bag(BagOf::Attribute(bag))]
        | [Expression::Bag(BagOf::Attribute(bag)), literals] => (literals, *bag),
        _ => return None,
    };
    let folded = match function.meaning {
        Meaning::IsIn => false,
        meaning => meaning.equality_is_folded()?,
    };
    let literals = literal(literals)?;
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
    Some(Condition::IsIn(Box::new(IsIn {
        bag,
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
    use crate::function::Type;
    use crate::program::{Applied, AttributeBag, FunctionId, Products, SlotId};

    /// An application of a function, simplified.
    fn of(id: &str, arguments: impl Into<Box<[Expression]>>) -> Expression {
        let function = function(id);
        let (gives, functions) = (function.signature().returns, [function]);
        let apply = Apply {
            function: FunctionId(0),
            arguments: arguments.into(),
        };
        match gives {
            Type::One(_) => simplified(Term::Apply(apply), &functions).into(),
            Type::Bag(_) => simplified(BagOf::Apply(apply), &functions).into(),
        }
    }

    fn simplified<T: Simplify>(mut expression: T, functions: &[Arc<Function>]) -> T {
        expression.simplify(functions);
        expression
    }

    /// An application that is a condition, simplified.
    fn condition_of(id: &str, arguments: impl Into<Box<[Expression]>>) -> Condition {
        of(id, arguments).condition().expect("is boolean")
    }

    fn function(id: &str) -> Arc<Function> {
        let id = format!("urn:oasis:names:tc:xacml:{id}");
        Arc::new(function::standard(&id).expect("is standard").clone())
    }

    fn literal(data_type: DataType, text: &str) -> Expression {
        Term::Literal(Value::parse(data_type, text).expect("is a value")).into()
    }

    fn number(text: &str) -> Expression {
        literal(DataType::Integer, text)
    }

    fn slot() -> Expression {
        Expression::Bag(BagOf::Attribute(AttributeBag {
            slot: SlotId(7),
            must_be_present: true,
        }))
    }

    fn is_literal(expression: &Expression, wanted: i32) -> bool {
        matches!(expression, Expression::Term(Term::Literal(value)) if *value == wanted.into())
    }

    #[test]
    fn functions_of_literals_are_worked_out() {
        let product = of("1.0:function:integer-multiply", [number("6"), number("7")]);
        assert!(is_literal(&product, 42), "{product:?}");
        let bag = of("1.0:function:integer-bag", [number("1"), number("1")]);
        let Expression::Bag(BagOf::Literals(values)) = &bag else {
            panic!("{bag:?}");
        };
        assert_eq!(**values, [Value::from(1), Value::from(1)]);
        let size = of("1.0:function:integer-bag-size", [bag]);
        assert!(is_literal(&size, 2), "{size:?}");
    }

    #[test]
    fn what_has_no_result_stays_and_so_does_what_takes_long() {
        let is_call = |term: &Expression| matches!(term, Expression::Term(Term::Call(_)));
        let divided = of("1.0:function:integer-divide", [number("1"), number("0")]);
        assert!(is_call(&divided), "{divided:?}");
        let long = literal(DataType::String, &"x".repeat(100_000));
        let lower = of("1.0:function:string-normalize-to-lower-case", [long]);
        assert!(is_call(&lower));
    }

    #[test]
    fn times_wait_for_the_zone_of_the_decision() {
        let time = |text| literal(DataType::Time, text);
        let equal = condition_of(
            "1.0:function:time-equal",
            [time("09:00:00"), time("09:00:00Z")],
        );
        assert!(matches!(equal, Condition::Predicate(_)), "{equal:?}");
        let bag = of("1.0:function:time-bag", [time("09:00:00")]);
        assert!(matches!(bag, Expression::Bag(BagOf::Literals(_))));
    }

    #[test]
    fn functions_of_the_host_are_left_alone() {
        let standard = function("1.0:function:integer-add");
        let call = |_: &Environment, _: &[Operand<'_>]| Ok(Operand::value(Value::from(1)));
        let host = Function::new("urn:mine:integer-add", standard.signature().clone(), call);
        let apply = Term::Apply(Apply {
            function: FunctionId(0),
            arguments: Box::new([number("1"), number("2")]),
        });
        let left = simplified(apply, &[Arc::new(host)]);
        assert!(matches!(left, Term::Apply(_)), "{left:?}");
    }

    #[test]
    fn an_attribute_among_literals_is_looked_up_by_keys() {
        let text = |text| literal(DataType::String, text);
        let bag = of("1.0:function:string-bag", [text("b"), text("a"), text("b")]);
        let member = "1.0:function:string-at-least-one-member-of";
        let member = condition_of(member, [slot(), bag]);
        let Condition::IsIn(is_in) = &member else {
            panic!("{member:?}");
        };
        assert_eq!((is_in.keys.len(), is_in.values.len()), (2, 2));
        assert!(is_in.keys.is_sorted() && is_in.bag.must_be_present);
        // Values without keys are compared themselves.
        let is_applied =
            |condition: &Condition| matches!(condition, Condition::Term(Term::Apply(_)));
        let double = |text| literal(DataType::Double, text);
        let bag = of("1.0:function:double-bag", [double("1"), double("NaN")]);
        let member = "1.0:function:double-at-least-one-member-of";
        let member = condition_of(member, [slot(), bag]);
        assert!(is_applied(&member), "{member:?}");
        // Two numbers with one key: only comparing tells them apart.
        let large = ["99999999999999999999", "99999999999999999998"].map(number);
        let bag = of("1.0:function:integer-bag", large);
        let member = "1.0:function:integer-at-least-one-member-of";
        let member = condition_of(member, [slot(), bag]);
        assert!(is_applied(&member), "{member:?}");
    }

    #[test]
    fn any_of_with_an_equality_is_looked_up_by_keys() {
        let folded_by = |id: &str, kind: fn(Products) -> Condition| {
            let products = Products {
                applied: Applied {
                    is_of_each: false,
                    function: FunctionId(0),
                    pattern: None,
                },
                arguments: Box::new([literal(DataType::String, "Ab"), slot()]),
            };
            match simplified(kind(products), &[function(id)]) {
                Condition::IsIn(is_in) => Some(is_in.folded),
                _ => None,
            }
        };
        let (equal, folded) = (
            "1.0:function:string-equal",
            "3.0:function:string-equal-ignore-case",
        );
        assert_eq!(folded_by(equal, Condition::AnyOf), Some(false));
        assert_eq!(folded_by(folded, Condition::AnyOf), Some(true));
        assert_eq!(folded_by(equal, Condition::AllOf), None);
        let less = "1.0:function:string-less-than";
        assert_eq!(folded_by(less, Condition::AnyOf), None);
    }
}
