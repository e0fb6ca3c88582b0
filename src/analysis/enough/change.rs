//! A path → the least change of each attribute with which a request takes it.

use super::Cost;
use super::search::EnoughSearch;
use crate::analysis::diagram::node::Truth;
use crate::analysis::diagram::path::{Sampled, Turn, attribute_of};
use crate::analysis::diagram::variable::VariableKind;
use crate::value::Value;

/// A change of the attribute of this number.
#[derive(Clone)]
pub(super) struct Changed {
    pub(super) attribute: u32,
    pub(super) add: Vec<Value>,
    pub(super) remove: Vec<Value>,
    /// A value that is added is an example of many.
    pub(super) is_example: bool,
}

/// The values that the host does not allow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// All with which the path is taken.
    All,
    /// An example of many.
    Example,
}

/// The least change of an attribute.
enum LeastChange {
    /// Its cost, and the values added and removed.
    Costs(u64, Vec<Value>, Vec<Value>),
    /// No value is known that passes the tests.
    Unknown,
    /// The host does not allow it.
    Forbidden(Refused),
}

impl EnoughSearch<'_, '_> {
    /// The changes with which a path is taken, and their cost.
    ///
    /// # Errors
    ///
    /// They may not be made.
    pub(super) fn changes(&self, path: &[Turn]) -> Result<(Vec<Changed>, Cost), Refused> {
        let mut cost = Cost::default();
        let mut changes: Vec<Changed> = Vec::new();
        for step in path {
            let Some(attribute) = attribute_of(step.variable) else {
                let step = self.step_cost(step.variable, &step.outcome);
                cost = cost.and(step.unwrap_or(Cost::UNKNOWN));
                continue;
            };
            if changes.iter().any(|changed| changed.attribute == attribute) {
                continue;
            }
            let (of_change, add, remove) = match self.change(attribute, path) {
                LeastChange::Costs(cost, add, remove) => (Cost::of(cost), add, remove),
                LeastChange::Unknown => (Cost::UNKNOWN, Vec::new(), Vec::new()),
                LeastChange::Forbidden(refused) => return Err(refused),
            };
            cost = cost.and(of_change);
            changes.push(Changed {
                is_example: add.iter().any(|value| self.is_example(attribute, value)),
                attribute,
                add,
                remove,
            });
        }
        changes.retain(|changed| !changed.add.is_empty() || !changed.remove.is_empty());
        Ok((changes, cost))
    }

    /// The parts of a bag that a change may keep, each with the rest: all of them if they are few;
    /// otherwise the whole, none, the values that no step of a path rules out by themselves, and the
    /// first that would do alone.
    fn parts(
        &self,
        attribute: u32,
        path: &[Turn],
        bag: &[Value],
        fits: &dyn Fn(&[Value]) -> bool,
    ) -> Vec<(Vec<Value>, Vec<Value>)> {
        const MOST: usize = 6;
        let split = |keeps: &dyn Fn(usize) -> bool| {
            let (kept, removed): (Vec<_>, Vec<_>) =
                bag.iter().enumerate().partition(|(place, _)| keeps(*place));
            let values =
                |of: Vec<(usize, &Value)>| of.into_iter().map(|(_, v)| v.clone()).collect();
            (values(kept), values(removed))
        };
        if bag.len() <= MOST {
            let all = (0..1_usize << bag.len()).rev();
            return all
                .map(|kept| split(&|place| kept & (1 << place) != 0))
                .collect();
        }
        let alone = bag
            .iter()
            .position(|value| fits(std::slice::from_ref(value)));
        let alone = alone.map(|one| split(&|place| place == one));
        let may_stay = |place: usize| !self.must_go(attribute, path, &bag[place]);
        let mut parts = vec![split(&|_| true), split(&may_stay)];
        parts.extend(alone);
        parts.push(split(&|_| false));
        parts
    }

    /// Whether a step of a path rules out a value by itself.
    fn must_go(&self, attribute: u32, path: &[Turn], value: &Value) -> bool {
        let class = self.space.class(attribute, value);
        path.iter().any(|step| match step.variable.asks() {
            VariableKind::Has(of, other) if of == attribute && other == class => {
                !step.outcome.is(1)
            }
            VariableKind::Passes(of, test) if of == attribute && class.as_gap().is_some() => {
                let truth = self.space.truth_of(attribute, test, value);
                step.outcome.is(0) && truth != Truth::False
            }
            _ => false,
        })
    }

    /// Whether a value is one of many that a policy does not tell apart by their names.
    fn is_example(&self, attribute: u32, value: &Value) -> bool {
        self.space.class(attribute, value).as_gap().is_some()
    }

    /// The least change of an attribute with which a path is taken.
    fn change(&self, attribute: u32, path: &[Turn]) -> LeastChange {
        let steps = path
            .iter()
            .filter(|step| attribute_of(step.variable) == Some(attribute));
        let is_single = self.space.tested(attribute).is_single;
        let fits = |values: &[Value]| {
            if is_single && values.len() > 1 {
                return false;
            }
            steps.clone().all(|step| {
                let outcome = self.space.outcome(step.variable, values);
                outcome.is_some_and(|outcome| step.outcome.is(outcome))
            })
        };
        let actual = &self.closed.values[attribute as usize];
        if fits(actual) {
            return LeastChange::Costs(0, Vec::new(), Vec::new());
        }
        let offered = self.offered[attribute as usize].as_deref();
        let sample = match self.space.sample(attribute, path, offered) {
            Sampled::Values(values) => values,
            // Of what is offered, nothing does.
            _ if offered.is_some() => return LeastChange::Forbidden(Refused::All),
            Sampled::Unknown | Sampled::Impossible => return LeastChange::Unknown,
        };
        if !fits(&sample) {
            return LeastChange::Unknown;
        }
        let designator = &self.space.tested(attribute).designator;
        let cost = |added: &[Value], removed: &[Value]| -> Option<u64> {
            let add = added.iter().map(|value| self.addition(attribute, value));
            let remove = removed.iter().map(|value| self.removal(designator, value));
            add.chain(remove)
                .try_fold(0_u64, |sum, cost| Some(sum.saturating_add(cost?)))
        };
        let mut best: Option<(u64, Vec<Value>, Vec<Value>)> = None;
        for (kept, removed) in self.parts(attribute, path, actual, &fits) {
            let mut added = without(&sample, &kept);
            if fits(&kept) {
                added.clear();
            } else if !fits(&[&kept[..], &added].concat()) {
                continue;
            }
            // What need not come does not.
            for place in (0..added.len()).rev() {
                let mut fewer = added.clone();
                fewer.remove(place);
                if fits(&[&kept[..], &fewer].concat()) {
                    added = fewer;
                }
            }
            let Some(cost) = cost(&added, &removed) else {
                continue;
            };
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, added, removed));
            }
        }
        match best {
            Some((cost, added, removed)) => LeastChange::Costs(cost, added, removed),
            // Another example may be allowed.
            None if offered.is_none()
                && sample.iter().any(|value| self.is_example(attribute, value)) =>
            {
                LeastChange::Forbidden(Refused::Example)
            }
            None => LeastChange::Forbidden(Refused::All),
        }
    }
}

/// The values of a bag that are not among others, of which each counts once.
fn without(bag: &[Value], others: &[Value]) -> Vec<Value> {
    let mut rest = bag.to_vec();
    for other in others {
        if let Some(place) = rest.iter().position(|value| value == other) {
            rest.remove(place);
        }
    }
    rest
}
