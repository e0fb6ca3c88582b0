//! Expressions → values (§7.4 to §7.9, A.3.5, A.3.12).
//!
//! An argument that waits for an attribute does not end the evaluation of its neighbours: they
//! are evaluated too, so that all that can be asked for at once is.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::Pass;
use super::cause::{Cause, Stop};
use crate::function::{self, Call, Environment, HigherOrder, Operand};
use crate::program::{Applied, Expression, Match, Quantifier, VariableId};
use crate::value::Value;

/// The work of copying one value: it covers memory more than time.
pub(super) const COPY: usize = 4;

pub(super) type Arguments<'e> = SmallVec<[Operand<'e>; 4]>;

impl<'e> Pass<'e> {
    /// The value of an expression of type boolean.
    pub(super) fn boolean(&self, expression: &'e Expression) -> Result<bool, Stop> {
        self.spend_on(1)?;
        match expression {
            Expression::And(parts) => self.joined(parts, false),
            Expression::Or(parts) => self.joined(parts, true),
            Expression::NOf(count, parts) => self.n_of(count, parts),
            Expression::Match(matching) => self.matches(matching),
            Expression::HigherOrder {
                kind,
                applied,
                arguments,
            } if *kind != HigherOrder::Map => self.quantified(*kind, applied, arguments),
            Expression::Not(expression) => self.boolean(expression).map(|value| !value),
            Expression::Predicate(compared) => self.predicate(compared),
            Expression::RegexpMatch(fits) => self.regexp_match(fits),
            Expression::IsIn(is_in) => self.is_in(is_in),
            Expression::Call(computed) => match self.value_call(computed)? {
                Value::Boolean(value) => Ok(value),
                _ => Err(Cause::IllTyped.into()),
            },
            Expression::Quantified(quantified)
                if matches!(
                    quantified.quantifier,
                    Quantifier::ForAny | Quantifier::ForAll
                ) =>
            {
                self.for_any_or_all(quantified)
            }
            other => match self.value(other)? {
                Operand::One(value) => match *value {
                    Value::Boolean(value) => Ok(value),
                    // The compiler proved the type; were it wrong, the expression is Indeterminate.
                    _ => Err(Cause::IllTyped.into()),
                },
                Operand::Bag(_) => Err(Cause::IllTyped.into()),
            },
        }
    }

    /// The value of any expression.
    pub(super) fn value(&self, expression: &'e Expression) -> Result<Operand<'e>, Stop> {
        self.spend_on(1)?;
        match expression {
            Expression::Literal(value) => Ok(Operand::One(Cow::Borrowed(value))),
            Expression::Slot {
                slot,
                must_be_present,
            } => {
                let bag = self.bag(*slot, *must_be_present)?;
                Ok(Operand::Bag(Cow::Borrowed(bag.values)))
            }
            Expression::Selector {
                selector,
                must_be_present,
            } => {
                let bag = self.selected_bag(*selector, *must_be_present)?;
                Ok(Operand::Bag(Cow::Borrowed(bag)))
            }
            Expression::Variable(variable) => self.variable(*variable),
            Expression::Apply { applied, arguments } => self.apply(applied, arguments),
            Expression::Quantified(quantified) => match quantified.quantifier {
                Quantifier::ForAny | Quantifier::ForAll => {
                    self.for_any_or_all(quantified).map(Operand::value)
                }
                Quantifier::Map | Quantifier::Select => self.map_or_select(quantified),
            },
            Expression::Local(number) => self.local(*number),
            Expression::Entity(related) => self.entity(related),
            Expression::HigherOrder {
                kind: HigherOrder::Map,
                applied,
                arguments,
            } => self.map(applied, arguments),
            Expression::And(_)
            | Expression::Or(_)
            | Expression::NOf(..)
            | Expression::Match(_)
            | Expression::HigherOrder { .. }
            | Expression::Not(_)
            | Expression::Predicate(_)
            | Expression::RegexpMatch(_)
            | Expression::IsIn(_) => self.boolean(expression).map(Operand::value),
            Expression::Literals(values) => Ok(Operand::Bag(Cow::Borrowed(values))),
            Expression::OneAndOnly { .. } | Expression::BagSize { .. } | Expression::Call(_) => {
                self.single(expression).map(Operand::One)
            }
        }
    }

    /// Searches the parts for True if it is an `or`, for False if it is an `and`: that value
    /// outweighs the other parts, errors included, and later parts are not evaluated (A.3.5; the
    /// same as tables 1 to 3 of §7.7).
    pub(super) fn joined(&self, parts: &'e [Expression], outweighs: bool) -> Result<bool, Stop> {
        let mut stop = None;
        for part in parts {
            match self.boolean(part) {
                Ok(value) if value == outweighs => return Ok(outweighs),
                Ok(_) => {}
                Err(found) => note(&mut stop, found),
            }
        }
        stop.map_or(Ok(!outweighs), Err)
    }

    /// A.3.5: at least so many of the parts are True.
    fn n_of(&self, count: &'e Expression, parts: &'e [Expression]) -> Result<bool, Stop> {
        let Operand::One(count) = self.value(count)? else {
            return Err(Cause::IllTyped.into());
        };
        let Value::Integer(count) = &*count else {
            return Err(Cause::IllTyped.into());
        };
        let needed =
            function::needed(count, parts.len()).map_err(|error| self.failed(None, error))?;
        let (mut held, mut undecided) = (0, 0);
        let mut stop = None;
        for (i, part) in parts.iter().enumerate() {
            let remaining = parts.len() - i;
            if held >= needed || held + undecided + remaining < needed {
                break;
            }
            match self.boolean(part) {
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
        let bag = self.bag(matching.slot, matching.must_be_present)?.values;
        self.spend_on(bag.len())?;
        let mut stop = None;
        for value in bag {
            match self.holds(&matching.applied, &matching.value, value) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(found) => note(&mut stop, found),
            }
        }
        stop.map_or(Ok(false), Err)
    }

    /// A function of two values that gives a boolean.
    fn holds(&self, applied: &Applied, first: &Value, second: &Value) -> Result<bool, Stop> {
        let function = &self.program.functions[applied.function.index()];
        let result = match (&function.call, &applied.pattern) {
            (Call::Predicate(call), _) => call(&self.environment, first, second),
            (Call::Regexp, Some(pattern)) => {
                function::regexp_match(&self.environment, pattern, second)
            }
            _ => {
                let arguments = [
                    Operand::One(Cow::Borrowed(first)),
                    Operand::One(Cow::Borrowed(second)),
                ];
                return boolean_of(self.applied(applied, &arguments)?);
            }
        };
        result.map_err(|error| self.failed(Some(applied.function), error))
    }

    /// Any function, its arguments evaluated.
    fn applied<'o>(
        &self,
        applied: &Applied,
        arguments: &[Operand<'o>],
    ) -> Result<Operand<'o>, Stop> {
        let function = &self.program.functions[applied.function.index()];
        let result = match (&function.call, &applied.pattern, arguments) {
            (Call::Nodes(of), ..) => return self.of_nodes(*of, applied, arguments),
            (Call::Regexp, Some(pattern), [_, Operand::One(text)]) => {
                function::regexp_match(&self.environment, pattern, text).map(Operand::value)
            }
            (Call::AccessPermitted, _, [category, content]) => {
                return self.access_permitted(applied.function, category, content);
            }
            _ => function.apply(&self.environment, arguments),
        };
        result.map_err(|error| self.failed(Some(applied.function), error))
    }

    fn apply(
        &self,
        applied: &'e Applied,
        arguments: &'e [Expression],
    ) -> Result<Operand<'e>, Stop> {
        // Nearly all have one or two.
        match arguments {
            [only] => self.applied(applied, &[self.value(only)?]),
            [first, second] => {
                let first = self.value(first);
                let (first, second) = both(first, || self.value(second))?;
                self.applied(applied, &[first, second])
            }
            more => self.applied(applied, &self.arguments(more)?),
        }
    }

    /// The values of arguments, left to right. The first that is Indeterminate ends it (A.3).
    pub(super) fn arguments(&self, expressions: &'e [Expression]) -> Result<Arguments<'e>, Stop> {
        let mut values = Arguments::with_capacity(expressions.len());
        let mut open = false;
        for expression in expressions {
            match self.value(expression) {
                Ok(value) => values.push(value),
                Err(Stop::Open) => open = true,
                // Behind one that is open, this may not be the first.
                Err(Stop::Indeterminate(_)) if open => {}
                Err(stop) => return Err(stop),
            }
        }
        if open { Err(Stop::Open) } else { Ok(values) }
    }

    /// §7.8.
    fn variable(&self, variable: VariableId) -> Result<Operand<'e>, Stop> {
        let (policy, place) = (self.policy.get(), self.frame.get() + variable.index());
        if let Some(known) = self.known(place)? {
            return Ok(known);
        }
        let definition = policy.and_then(|policy| policy.variables.get(variable.index()));
        let Some(definition) = definition else {
            return Err(Cause::IllTyped.into());
        };
        let result = self.value(definition).and_then(|value| {
            self.spend_on(value.values().len().saturating_mul(COPY))?;
            Ok(value.into_owned())
        });
        let mut variables = self.variables.borrow_mut();
        if let Some(known) = variables.get_mut(place) {
            *known = Some(result.clone());
        }
        result
    }

    /// The value of a variable that was met in this visit of its policy.
    fn known(&self, place: usize) -> Result<Option<Operand<'e>>, Stop> {
        let variables = self.variables.borrow();
        match variables.get(place) {
            Some(Some(Ok(value))) => {
                self.spend_on(value.values().len().saturating_mul(COPY))?;
                Ok(Some(value.clone()))
            }
            Some(Some(Err(stop))) => Err(*stop),
            _ => Ok(None),
        }
    }

    /// The boolean higher-order functions (A.3.12).
    fn quantified(
        &self,
        kind: HigherOrder,
        applied: &'e Applied,
        arguments: &'e [Expression],
    ) -> Result<bool, Stop> {
        let arguments = self.arguments(arguments)?;
        match kind {
            // Exactly one argument is a bag, so the cross product runs over its values.
            HigherOrder::AnyOf | HigherOrder::AnyOfAny => {
                self.over_products(applied, &arguments, true)
            }
            HigherOrder::AllOf | HigherOrder::AllOfAll => {
                self.over_products(applied, &arguments, false)
            }
            HigherOrder::AllOfAny | HigherOrder::AnyOfAll => {
                let [first, second] = &arguments[..] else {
                    return Err(Cause::IllTyped.into());
                };
                let (every, some, flipped) = match kind {
                    HigherOrder::AllOfAny => (first, second, false),
                    _ => (second, first, true),
                };
                all(every.values(), &self.environment, |one| {
                    any(some.values(), &self.environment, |other| {
                        self.spend()?;
                        if flipped {
                            self.holds(applied, other, one)
                        } else {
                            self.holds(applied, one, other)
                        }
                    })
                })
            }
            HigherOrder::Map => Err(Cause::IllTyped.into()),
        }
    }

    /// The function over the cross product of all arguments, joined with `or` or `and`. The last
    /// argument varies fastest.
    fn over_products(
        &self,
        applied: &Applied,
        arguments: &[Operand<'_>],
        outweighs: bool,
    ) -> Result<bool, Stop> {
        if arguments
            .iter()
            .any(|argument| argument.values().is_empty())
        {
            return Ok(!outweighs);
        }
        let mut places: SmallVec<[usize; 4]> = SmallVec::from_elem(0, arguments.len());
        let mut stop = None;
        loop {
            self.spend_on(arguments.len())?;
            let result = match arguments {
                [first, second] => self.holds(
                    applied,
                    &first.values()[places[0]],
                    &second.values()[places[1]],
                ),
                _ => {
                    let values: Arguments<'_> = arguments
                        .iter()
                        .zip(&places)
                        .map(|(argument, place)| {
                            Operand::One(Cow::Borrowed(&argument.values()[*place]))
                        })
                        .collect();
                    self.applied(applied, &values).and_then(boolean_of)
                }
            };
            match result {
                Ok(value) if value == outweighs => return Ok(outweighs),
                Ok(_) => {}
                Err(found) => note(&mut stop, found),
            }
            // Count up, the last place first.
            let mut turned = false;
            for (place, argument) in places.iter_mut().zip(arguments).rev() {
                *place += 1;
                if *place < argument.values().len() {
                    turned = true;
                    break;
                }
                *place = 0;
            }
            if !turned {
                return stop.map_or(Ok(!outweighs), Err);
            }
        }
    }

    /// A.3.12: the bag of the results, in the order of the one bag among the arguments.
    fn map(&self, applied: &'e Applied, arguments: &'e [Expression]) -> Result<Operand<'e>, Stop> {
        let arguments = self.arguments(arguments)?;
        let is_bag = |argument: &Operand<'_>| matches!(argument, Operand::Bag(_));
        let Some(bag) = arguments.iter().position(is_bag) else {
            return Err(Cause::IllTyped.into());
        };
        let mut results = Vec::with_capacity(arguments[bag].values().len());
        for value in arguments[bag].values() {
            self.spend_on(arguments.len() + COPY)?;
            let values: Arguments<'_> = arguments
                .iter()
                .enumerate()
                .map(|(i, argument)| match argument.as_value() {
                    Some(single) if i != bag => Operand::One(Cow::Borrowed(single)),
                    _ => Operand::One(Cow::Borrowed(value)),
                })
                .collect();
            match self.applied(applied, &values)? {
                Operand::One(value) => results.push(value.into_owned()),
                Operand::Bag(_) => return Err(Cause::IllTyped.into()),
            }
        }
        Ok(Operand::bag(results))
    }

    /// Spends work that is not a function's. Without any left the whole decision fails.
    pub(super) fn spend_on(&self, units: usize) -> Result<(), Stop> {
        let spent = self.environment.spend(units as u64);
        spent.map_err(|_| Cause::Exhausted.into())
    }

    fn spend(&self) -> Result<(), Stop> {
        self.environment
            .spend(1)
            .map_err(|_| Cause::Exhausted.into())
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

/// Ends early when no work is left: trying the rest would only fail, one by one.
fn any<'v>(
    values: &'v [Value],
    environment: &Environment,
    mut holds: impl FnMut(&'v Value) -> Result<bool, Stop>,
) -> Result<bool, Stop> {
    let mut stop = None;
    for value in values {
        match holds(value) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(found) => {
                note(&mut stop, found);
                if environment.is_exhausted() {
                    break;
                }
            }
        }
    }
    stop.map_or(Ok(false), Err)
}

fn all<'v>(
    values: &'v [Value],
    environment: &Environment,
    mut holds: impl FnMut(&'v Value) -> Result<bool, Stop>,
) -> Result<bool, Stop> {
    any(values, environment, |value| holds(value).map(|held| !held)).map(|failed| !failed)
}

fn boolean_of(operand: Operand<'_>) -> Result<bool, Stop> {
    match operand.as_value() {
        Some(Value::Boolean(value)) => Ok(*value),
        _ => Err(Cause::IllTyped.into()),
    }
}
