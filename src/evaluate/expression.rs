//! Expressions → values (§7.4 to §7.9, A.3.5).
//!
//! An argument that waits for an attribute does not end the evaluation of its neighbours: they
//! are evaluated too, so that all that can be asked for at once is.

use std::borrow::Cow;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Pass;
use super::cause::{BagSource, Cause, Stop};
use crate::function::{self, Call, Operand, only_value};
use crate::program::{Applied, Apply, BagOf, Condition, Expression, FunctionId, Match, Term};
use crate::value::{Integer, Value, XPathExpression};

/// The work of copying one value: it covers memory more than time.
pub(super) const COPY: usize = 4;

pub(super) type Arguments<'e> = SmallVec<[Operand<'e>; 4]>;

/// A value, or why there is none.
pub(super) type Single<'e> = Result<Cow<'e, Value>, Stop>;

/// The values of a bag, or why there are none.
pub(super) type Values<'e> = Result<Cow<'e, [Value]>, Stop>;

impl<'e> Pass<'e> {
    pub(super) fn condition(&self, condition: &'e Condition) -> Result<bool, Stop> {
        self.spend_on(1)?;
        match condition {
            Condition::And(parts) => self.joined(parts, false),
            Condition::Or(parts) => self.joined(parts, true),
            Condition::NOf(count, parts) => self.n_of(count, parts),
            Condition::Match(matching) => self.matches(matching),
            Condition::AnyOf(products) => self.any_or_all_of(products, true),
            Condition::AllOf(products) => self.any_or_all_of(products, false),
            Condition::AllOfAny(all_of_any) => self.all_of_any(all_of_any),
            Condition::ForAny(quantified) => self.for_any_or_all(quantified, true),
            Condition::ForAll(quantified) => self.for_any_or_all(quantified, false),
            Condition::RegexpMatch(matching) => self.regexp_match(matching),
            Condition::Term(Term::Call(call)) => typed(self.value_call(call)?.as_bool()),
            Condition::Term(term) => boolean(self.term(term)),
            Condition::Not(condition) => self.condition(condition).map(|value| !value),
            Condition::Predicate(call) => self.predicate(call),
            Condition::IsIn(is_in) => self.is_in(is_in),
        }
    }

    pub(super) fn term(&self, term: &'e Term) -> Single<'e> {
        self.spend_on(1)?;
        if let Some(value) = self.at_hand(term) {
            return Ok(Cow::Borrowed(value));
        }
        match term {
            Term::Literal(value) => Ok(Cow::Borrowed(value)),
            Term::Variable(variable) => typed(self.variable(*variable)?.into_value()),
            Term::Local(number) => Ok(self.scope.local(*number)),
            Term::Apply(apply) => typed(self.apply(apply)?.into_value()),
            Term::Condition(condition) => {
                let value = self.condition(condition)?;
                Ok(Cow::Owned(Value::Boolean(value)))
            }
            Term::OneAndOnly(bag, function) => {
                let value = only_value(self.bag(*bag)?);
                let value = value.map_err(|error| {
                    let source = BagSource::Attribute(bag.slot);
                    self.failed_of(Some(*function), Some(source), error)
                })?;
                Ok(Cow::Borrowed(value))
            }
            Term::BagSize(bag) => {
                let size = self.bag(*bag)?.len();
                Ok(Cow::Owned(Integer::from(size).into()))
            }
            Term::Call(call) => self.value_call(call).map(Cow::Owned),
        }
    }

    pub(super) fn values(&self, bag: &'e BagOf) -> Values<'e> {
        self.spend_on(1)?;
        match bag {
            BagOf::Attribute(bag) => Ok(Cow::Borrowed(self.bag(*bag)?)),
            BagOf::Selector {
                selector,
                must_be_present,
            } => {
                let bag = self.selected_bag(*selector, *must_be_present)?;
                Ok(Cow::Borrowed(bag))
            }
            BagOf::Variable(variable) => typed(self.variable(*variable)?.into_bag()),
            BagOf::Apply(apply) => typed(self.apply(apply)?.into_bag()),
            BagOf::Map(map) => self.map(map),
            BagOf::MapEach(quantified) => self.map_each(quantified),
            BagOf::Select(quantified) => self.select_from(quantified),
            BagOf::Entity(entity) => self.entity(entity),
            BagOf::Literals(values) => Ok(Cow::Borrowed(values)),
        }
    }

    pub(super) fn operand(&self, expression: &'e Expression) -> Result<Operand<'e>, Stop> {
        match expression {
            Expression::Term(term) => self.term(term).map(Operand::One),
            Expression::Bag(bag) => self.values(bag).map(Operand::Bag),
        }
    }

    /// An `or` if True outweighs, an `and` if False does (A.3.5; the same as tables 1 to 3 of §7.7).
    pub(super) fn joined(&self, parts: &'e [Condition], outweighs: bool) -> Result<bool, Stop> {
        self.search(parts.iter(), outweighs, |part| self.condition(part))
    }

    /// Searches for one of which the result is `outweighs`: it outweighs the others, errors included,
    /// and later ones are not evaluated. Nor are they when no work is left: trying them would only
    /// fail, one by one.
    pub(super) fn search<T>(
        &self,
        all: impl Iterator<Item = T>,
        outweighs: bool,
        holds: impl Fn(T) -> Result<bool, Stop>,
    ) -> Result<bool, Stop> {
        let mut stop = None;
        for one in all {
            match holds(one) {
                Ok(value) if value == outweighs => return Ok(outweighs),
                Ok(_) => {}
                Err(found) => {
                    note(&mut stop, found);
                    if self.environment.is_exhausted() {
                        break;
                    }
                }
            }
        }
        stop.map_or(Ok(!outweighs), Err)
    }

    /// A.3.5: at least so many of the parts are True.
    fn n_of(&self, count: &'e Term, parts: &'e [Condition]) -> Result<bool, Stop> {
        let count = self.term(count)?;
        let needed = function::needed(typed(count.as_integer())?, parts.len());
        let needed = needed.map_err(|error| self.failed(None, error))?;
        let (mut held, mut undecided) = (0, 0);
        let mut stop = None;
        for (i, part) in parts.iter().enumerate() {
            let remaining = parts.len() - i;
            if held >= needed || held + undecided + remaining < needed {
                break;
            }
            match self.condition(part) {
                Ok(value) => held += usize::from(value),
                Err(found) => {
                    undecided += 1;
                    note(&mut stop, found);
                }
            }
        }
        match stop {
            _ if held >= needed => Ok(true),
            Some(stop) if held + undecided >= needed => Err(stop),
            _ => Ok(false),
        }
    }

    /// §7.6.
    fn matches(&self, matching: &'e Match) -> Result<bool, Stop> {
        let bag = self.bag(matching.bag)?;
        self.spend_on(bag.len())?;
        let holds = |value| self.holds(&matching.applied, &matching.value, value);
        self.search(bag.iter(), true, holds)
    }

    /// A function of two values that gives a boolean.
    pub(super) fn holds(
        &self,
        applied: &Applied,
        first: &Value,
        second: &Value,
    ) -> Result<bool, Stop> {
        let function = &self.program.functions[applied.function.index()];
        let result = match (&function.call, &applied.pattern) {
            (Call::Predicate(call), _) => call(&self.environment, first, second),
            (Call::Regexp, Some(pattern)) => {
                function::regexp_match(&self.environment, pattern, second)
            }
            _ => return boolean(self.applied_to(applied.function, &[first, second])),
        };
        result.map_err(|error| self.failed(Some(applied.function), error))
    }

    /// Any function of single values.
    pub(super) fn applied_to<'v>(&self, function: FunctionId, values: &[&'v Value]) -> Single<'v> {
        let one = |value: &&'v Value| Operand::One(Cow::Borrowed(*value));
        let arguments: Arguments<'v> = values.iter().map(one).collect();
        typed(self.applied(function, &[], &arguments)?.into_value())
    }

    /// Any function, its arguments evaluated; `written` are the expressions that they are the values of.
    fn applied<'o>(
        &self,
        id: FunctionId,
        written: &[Expression],
        arguments: &[Operand<'o>],
    ) -> Result<Operand<'o>, Stop> {
        let function = &self.program.functions[id.index()];
        match (&function.call, arguments) {
            (Call::Nodes(of), _) => self.of_nodes(*of, id, arguments),
            (Call::AccessPermitted, [category, content]) => {
                self.access_permitted(id, category, content)
            }
            _ => {
                let result = function.apply(&self.environment, arguments);
                result.map_err(|error| self.failed_on(id, written, error))
            }
        }
    }

    fn apply(&self, apply: &'e Apply) -> Result<Operand<'e>, Stop> {
        // Nearly all have one or two.
        let written = &*apply.arguments;
        match written {
            [only] => self.applied(apply.function, written, &[self.operand(only)?]),
            [first, second] => {
                let (first, second) = both(self.operand(first), || self.operand(second))?;
                self.applied(apply.function, written, &[first, second])
            }
            more => self.applied(apply.function, written, &self.arguments(more)?),
        }
    }

    /// The values of arguments, left to right. The first that is Indeterminate ends it (A.3).
    pub(super) fn arguments(&self, expressions: &'e [Expression]) -> Result<Arguments<'e>, Stop> {
        let mut values = Arguments::with_capacity(expressions.len());
        let mut open = false;
        for expression in expressions {
            match self.operand(expression) {
                Ok(value) => values.push(value),
                Err(Stop::Open) => open = true,
                // Behind one that is open, this may not be the first.
                Err(Stop::Indeterminate(_)) if open => {}
                Err(stop) => return Err(stop),
            }
        }
        if open { Err(Stop::Open) } else { Ok(values) }
    }

    /// Spends work that is not a function's. Without any left the whole decision fails.
    pub(super) fn spend_on(&self, units: usize) -> Result<(), Stop> {
        let spent = self.environment.spend(units as u64);
        spent.map_err(|_| Cause::Exhausted.into())
    }
}

/// Two arguments, as [`Pass::arguments`] evaluates them.
pub(super) fn both<A, B>(
    first: Result<A, Stop>,
    second: impl FnOnce() -> Result<B, Stop>,
) -> Result<(A, B), Stop> {
    match first {
        Ok(first) => Ok((first, second()?)),
        Err(Stop::Open) => {
            // For what it asks for.
            drop(second());
            Err(Stop::Open)
        }
        Err(stop) => Err(stop),
    }
}

/// Remembers why there is no value: the first trouble, unless something is open, which may turn
/// out to be an earlier one.
pub(super) fn note(stop: &mut Option<Stop>, found: Stop) {
    if stop.is_none() || matches!(found, Stop::Open) {
        *stop = Some(found);
    }
}

/// The inside of a value or of a function's result. The data type of the one and the shape of the
/// other are no types of Rust: a program has them right as long as every row of the table of functions
/// keeps to its signature. If one does not, the expression is Indeterminate.
pub(super) fn typed<T>(inside: Option<T>) -> Result<T, Stop> {
    inside.ok_or_else(|| Cause::IllTyped.into())
}

pub(super) fn boolean(value: Single<'_>) -> Result<bool, Stop> {
    typed(value?.as_bool())
}

/// The text of a string or an anyURI.
pub(super) fn text_of(value: &Value) -> Result<&Arc<str>, Stop> {
    typed(match value {
        Value::String(text) | Value::AnyUri(text) => Some(text),
        _ => None,
    })
}

/// The expression that is the value.
pub(super) fn xpath_of(value: &Value) -> Result<&Arc<XPathExpression>, Stop> {
    typed(match value {
        Value::XPathExpression(expression) => Some(expression),
        _ => None,
    })
}
