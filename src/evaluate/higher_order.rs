//! Higher-order functions (A.3.12) and quantified expressions (Related and Nested Entities Profile
//! 1.0 §5) → values.
//!
//! As everywhere, an expression that waits for an attribute does not keep the rest from being
//! evaluated, so that all needs of a pass are found at once. Each turn costs work, and so does each
//! expression in it: nested quantifiers over long bags end when the work of the decision is spent.

use std::borrow::Cow;
use std::{slice, vec};

use smallvec::SmallVec;

use super::Pass;
use super::cause::Stop;
use super::expression::{Arguments, COPY, Values, boolean, both, note};
use crate::program::{AllOfAny, BagOf, Condition, Products, Quantified, Term};
use crate::value::Value;

impl<'e> Pass<'e> {
    /// `any-of` and `any-of-any` if True outweighs, `all-of` and `all-of-all` if False does.
    pub(super) fn any_or_all_of(
        &self,
        products: &'e Products,
        outweighs: bool,
    ) -> Result<bool, Stop> {
        let applied = &products.applied;
        let arguments = self.arguments(&products.arguments)?;
        let mut stop = None;
        let searched = each_product(&arguments, |values| {
            self.spend_on(values.len()).map_err(Err)?;
            let result = match values {
                [first, second] => self.holds(applied, first, second),
                values => boolean(self.applied_to(applied.function, values)),
            };
            match result {
                Ok(value) if value == outweighs => return Err(Ok(value)),
                Ok(_) => {}
                Err(found) => note(&mut stop, found),
            }
            Ok(())
        });
        match searched {
            Err(result) => result,
            Ok(()) => stop.map_or(Ok(!outweighs), Err),
        }
    }

    pub(super) fn all_of_any(&self, all_of_any: &'e AllOfAny) -> Result<bool, Stop> {
        let AllOfAny {
            is_any_of_all,
            applied,
            first,
            second,
        } = all_of_any;
        let (first, second) = both(self.values(first), || self.values(second))?;
        let (every, some) = match is_any_of_all {
            false => (&first, &second),
            true => (&second, &first),
        };
        let with_some = |one: &Value| {
            self.search(some.iter(), true, |other| {
                self.spend_on(1)?;
                match is_any_of_all {
                    false => self.holds(applied, one, other),
                    true => self.holds(applied, other, one),
                }
            })
        };
        self.search(every.iter(), false, with_some)
    }

    /// The bag of the results, in the order of the one bag among the arguments.
    pub(super) fn map(&self, map: &'e Products) -> Values<'e> {
        let arguments = self.arguments(&map.arguments)?;
        let count = arguments.iter().map(|argument| argument.values().len());
        let mut results = Vec::with_capacity(count.product());
        each_product::<Stop>(&arguments, |values| {
            self.spend_on(values.len() + COPY)?;
            results.push(match values {
                [first, second] if map.applied.pattern.is_some() => {
                    Value::Boolean(self.holds(&map.applied, first, second)?)
                }
                values => self.applied_to(map.applied.function, values)?.into_owned(),
            });
            Ok(())
        })?;
        Ok(Cow::Owned(results))
    }

    /// `ForAny` if True outweighs, `ForAll` if False does.
    pub(super) fn for_any_or_all(
        &self,
        quantified: &'e Quantified<Condition>,
        outweighs: bool,
    ) -> Result<bool, Stop> {
        self.search(self.domain(&quantified.domain)?, outweighs, |value| {
            self.turn(value, || self.condition(&quantified.iterant)).1
        })
    }

    /// The quantified expression `Map`.
    pub(super) fn map_each(&self, quantified: &'e Quantified<Term>) -> Values<'e> {
        self.collected(quantified, |value| {
            let mapped = self.turn(value, || self.term(&quantified.iterant)).1;
            mapped.map(Some)
        })
    }

    /// The quantified expression `Select`.
    pub(super) fn select_from(&self, quantified: &'e Quantified<Condition>) -> Values<'e> {
        self.collected(quantified, |value| {
            let (value, holds) = self.turn(value, || self.condition(&quantified.iterant));
            holds.map(|holds| holds.then_some(value))
        })
    }

    /// A bag of what each value of the domain gives, if anything. One error is enough, and ends it.
    fn collected<T>(
        &self,
        quantified: &'e Quantified<T>,
        each: impl Fn(Cow<'e, Value>) -> Result<Option<Cow<'e, Value>>, Stop>,
    ) -> Values<'e> {
        let mut values = Vec::new();
        let mut open = false;
        for value in self.domain(&quantified.domain)? {
            match each(value) {
                Ok(None) => {}
                Ok(Some(kept)) => {
                    self.spend_on(COPY)?;
                    values.push(kept.into_owned());
                }
                Err(Stop::Open) => open = true,
                // Behind one that is open, this may not be the first.
                Err(Stop::Indeterminate(_)) if open && !self.environment.is_exhausted() => {}
                Err(stop) => return Err(stop),
            }
        }
        if open {
            Err(Stop::Open)
        } else {
            Ok(Cow::Owned(values))
        }
    }

    fn domain(&self, domain: &'e BagOf) -> Result<DomainValues<'e>, Stop> {
        Ok(match self.values(domain)? {
            Cow::Borrowed(values) => DomainValues::Borrowed(values.iter()),
            Cow::Owned(values) => DomainValues::Owned(values.into_iter()),
        })
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
        self.scope.at(value, evaluate)
    }
}

/// The values of a bag, one by one.
enum DomainValues<'e> {
    Borrowed(slice::Iter<'e, Value>),
    Owned(vec::IntoIter<Value>),
}

impl<'e> Iterator for DomainValues<'e> {
    type Item = Cow<'e, Value>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Borrowed(values) => values.next().map(Cow::Borrowed),
            Self::Owned(values) => values.next().map(Cow::Owned),
        }
    }
}

/// Visits the cross product of all arguments, until one visit is the last. The last argument varies
/// fastest.
fn each_product<E>(
    arguments: &Arguments<'_>,
    mut visit: impl FnMut(&[&Value]) -> Result<(), E>,
) -> Result<(), E> {
    let firsts = arguments.iter().map(|argument| argument.values().first());
    let Some(mut values) = firsts.collect::<Option<SmallVec<[&Value; 4]>>>() else {
        return Ok(());
    };
    let mut places: SmallVec<[usize; 4]> = SmallVec::from_elem(0, arguments.len());
    loop {
        visit(&values)?;
        // Count up, the last place first.
        let mut turned = false;
        let counters = places.iter_mut().zip(&mut values).zip(arguments);
        for ((place, value), argument) in counters.rev() {
            let all = argument.values();
            turned = *place + 1 < all.len();
            *place = if turned { *place + 1 } else { 0 };
            *value = &all[*place];
            if turned {
                break;
            }
        }
        if !turned {
            return Ok(());
        }
    }
}
