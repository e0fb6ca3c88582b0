//! Quantified expressions → values (Related and Nested Entities Profile 1.0 §5).
//!
//! As everywhere, an expression that waits for an attribute does not keep the rest from being
//! evaluated, so that all needs of a pass are found at once. Each turn costs work, and so does each
//! expression in it: nested quantifiers over long bags end when the work of the decision is spent.

use std::borrow::Cow;
use std::{slice, vec};

use super::Pass;
use super::cause::{Cause, Stop};
use super::expression::{COPY, note};
use crate::function::Operand;
use crate::program::{Quantified, Quantifier};
use crate::value::Value;

impl<'e> Pass<'e> {
    /// Searches the values for True if it is a `ForAny`, for False if it is a `ForAll`: that value
    /// outweighs the others, errors included, and ends the search.
    pub(super) fn for_any_or_all(&self, quantified: &'e Quantified) -> Result<bool, Stop> {
        let outweighs = quantified.quantifier == Quantifier::ForAny;
        let mut stop = None;
        for value in self.domain(quantified)? {
            match self.turn(value, || self.boolean(&quantified.iterant)).1 {
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

    /// `Map` and `Select`: one error is enough, and ends it.
    pub(super) fn map_or_select(&self, quantified: &'e Quantified) -> Result<Operand<'e>, Stop> {
        let mut values = Vec::new();
        let mut open = false;
        for value in self.domain(quantified)? {
            let (value, result) = self.turn(value, || match quantified.quantifier {
                Quantifier::Map => match self.value(&quantified.iterant)? {
                    Operand::One(value) => Ok(Some(value)),
                    Operand::Bag(_) => Err(Cause::IllTyped.into()),
                },
                _ => Ok(self
                    .boolean(&quantified.iterant)?
                    .then_some(Cow::Owned(Value::Boolean(true)))),
            });
            match result {
                Ok(None) => {}
                Ok(Some(mapped)) => {
                    self.spend_on(COPY)?;
                    values.push(match quantified.quantifier {
                        Quantifier::Map => mapped.into_owned(),
                        _ => value.into_owned(),
                    });
                }
                Err(Stop::Open) => open = true,
                // Behind one that is open, this may not be the first.
                Err(Stop::Indeterminate(_)) if open && !self.environment.is_exhausted() => {}
                Err(stop) => return Err(stop),
            }
        }
        if open {
            return Err(Stop::Open);
        }
        Ok(Operand::bag(values))
    }

    /// The value that a quantified expression around this one is at.
    pub(super) fn local(&self, number: u32) -> Result<Operand<'e>, Stop> {
        let locals = self.locals.borrow();
        let mut inner_first = locals.iter().rev();
        match inner_first.nth(number as usize) {
            Some(value) => Ok(Operand::One(value.clone())),
            None => Err(Cause::IllTyped.into()),
        }
    }

    fn domain(&self, quantified: &'e Quantified) -> Result<Iterant<'e>, Stop> {
        match self.value(&quantified.domain)? {
            Operand::Bag(Cow::Borrowed(values)) => Ok(Iterant::Borrowed(values.iter())),
            Operand::Bag(Cow::Owned(values)) => Ok(Iterant::Owned(values.into_iter())),
            Operand::One(_) => Err(Cause::IllTyped.into()),
        }
    }

    /// Evaluates with `value` as the innermost local, and gives it back.
    fn turn<T>(
        &self,
        value: Cow<'e, Value>,
        evaluate: impl FnOnce() -> Result<T, Stop>,
    ) -> (Cow<'e, Value>, Result<T, Stop>) {
        if let Err(stop) = self.spend_on(1) {
            return (value, Err(stop));
        }
        self.locals.borrow_mut().push(value);
        let result = evaluate();
        match self.locals.borrow_mut().pop() {
            Some(value) => (value, result),
            None => (
                Cow::Owned(Value::Boolean(false)),
                Err(Cause::IllTyped.into()),
            ),
        }
    }
}

/// The values of a bag, one by one.
enum Iterant<'e> {
    Borrowed(slice::Iter<'e, Value>),
    Owned(vec::IntoIter<Value>),
}

impl<'e> Iterator for Iterant<'e> {
    type Item = Cow<'e, Value>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Borrowed(values) => values.next().map(Cow::Borrowed),
            Self::Owned(values) => values.next().map(Cow::Owned),
        }
    }
}
