//! A set of changes → whether it gives Permit, and no part of it does: by deciding.

use super::change::Changed;
use super::found::FoundSets;
use super::search::{EnoughSearch, is_permit};
use super::{Change, Cost, Sufficient};
use crate::analysis::Unanswered;
use crate::analysis::diagram::node::{DiagramNode, Truth};
use crate::analysis::diagram::path::{Turn, attribute_of, outcome_of};
use crate::analysis::diagram::variable::VariableKind;
use crate::analysis::requirement::{Requirement, requirements};
use crate::attribute::Designator;
use crate::decision::Decision;
use crate::request::Request;
use crate::value::Value;

/// The steps that a decision of a changed request counts for, beside its values.
const TRIAL: usize = 50;

/// The result of trying a set of changes.
pub(super) enum Confirmed {
    Set(Sufficient),
    /// A part of it is enough.
    Holds,
    /// It does not give Permit.
    Refuted,
}

impl EnoughSearch<'_, '_> {
    /// The set, if it is none that holds an earlier one, and gives Permit.
    pub(super) fn confirmed(
        &mut self,
        path: &[Turn],
        changes: &[Changed],
        cost: Cost,
        earlier: &FoundSets,
    ) -> Result<Confirmed, Unanswered> {
        let is_unknown = |step: &&Turn| match attribute_of(step.variable) {
            Some(attribute) => {
                let changed = changes.iter().any(|changed| changed.attribute == attribute);
                let actual = self
                    .space
                    .outcome(step.variable, &self.closed.values[attribute as usize]);
                let is = actual.is_some_and(|actual| step.outcome.is(actual));
                !changed && !is
            }
            None => self.step_cost(step.variable, &step.outcome) != Some(Cost::default()),
        };
        let unknown: Vec<Turn> = path.iter().filter(is_unknown).cloned().collect();
        let rests_on = requirements(self.space, &unknown);
        // A set that rests on more says nothing of those that do not.
        let is_in = |earlier: &Sufficient| earlier.rests_on.iter().all(|on| rests_on.contains(on));
        let near = earlier.near(self.space, changes);
        let values = changes.iter().map(|changed| self.parts_of(changed));
        self.spend(near.len().saturating_mul(values.sum::<usize>().max(1)))?;
        let mut all = near.into_iter();
        if all.any(|(set, earlier)| is_in(set) && holds(changes, earlier)) {
            return Ok(Confirmed::Holds);
        }
        if rests_on.is_empty() {
            self.spend(self.trials(1))?;
            if !self.permits(changes)? {
                // An expression taken whole changed with the attributes that it reads.
                return Ok(Confirmed::Refuted);
            }
            if self.holds_less(changes)? {
                return Ok(Confirmed::Holds);
            }
        }
        let told = changes.iter().map(|changed| Change {
            named: self.space.named.clone(),
            attribute: self.space.tested(changed.attribute).designator.clone(),
            add: changed.add.clone(),
            remove: changed.remove.clone(),
            any_for: match changed.is_example {
                true => self.about(changed.attribute, path),
                false => Vec::new(),
            },
        });
        Ok(Confirmed::Set(Sufficient {
            changes: told.collect(),
            cost: cost.known,
            rests_on,
        }))
    }

    /// The steps that so many decisions count for.
    fn trials(&self, count: usize) -> usize {
        TRIAL.saturating_add(self.size).saturating_mul(count)
    }

    /// The requirements of a path on one attribute.
    fn about(&self, attribute: u32, path: &[Turn]) -> Vec<Requirement> {
        let steps = path.iter();
        let steps = steps.filter(|step| attribute_of(step.variable) == Some(attribute));
        let steps: Vec<Turn> = steps.cloned().collect();
        requirements(self.space, &steps)
    }

    /// Whether a part of the changes gives Permit, too: that of another path, on which other values
    /// stand for the same, or where an expression that is taken whole has another value.
    fn holds_less(&mut self, changes: &[Changed]) -> Result<bool, Unanswered> {
        const MOST: usize = 8;
        let count = changes.iter().map(|changed| self.parts_of(changed)).sum();
        if count > MOST {
            // The values are left out one by one.
            self.spend(self.trials(count))?;
            for left in 0..count {
                if self.permits_without(changes, |place| place == left)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let all = (1_usize << count) - 1;
        self.spend(self.trials(all))?;
        for kept in 0..all {
            if self.permits_without(changes, |place| kept & (1 << place) == 0)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The parts of a change that may be left out each: its values, or the whole where the attribute
    /// has one value at most.
    fn parts_of(&self, changed: &Changed) -> usize {
        match self.space.tested(changed.attribute).is_single {
            true => 1,
            false => changed.add.len() + changed.remove.len(),
        }
    }

    /// Whether the decision is Permit without the parts of these places.
    fn permits_without(
        &mut self,
        changes: &[Changed],
        is_left: impl Fn(usize) -> bool,
    ) -> Result<bool, Unanswered> {
        let mut next = 0;
        let mut fewer = Vec::new();
        for changed in changes {
            let first = next;
            next += self.parts_of(changed);
            let is_one = self.space.tested(changed.attribute).is_single;
            let kept = |values: &[Value], before: usize| {
                let values = values.iter().enumerate().filter(|(place, _)| match is_one {
                    true => !is_left(first),
                    false => !is_left(first + before + place),
                });
                values.map(|(_, value)| value.clone()).collect()
            };
            fewer.push(Changed {
                attribute: changed.attribute,
                add: kept(&changed.add, 0),
                remove: kept(&changed.remove, changed.add.len()),
                is_example: changed.is_example,
            });
        }
        self.permits(&fewer)
    }

    /// Whether the request with changes is permitted, and not for want of a Deny of what fails.
    fn permits(&mut self, changes: &[Changed]) -> Result<bool, Unanswered> {
        let mut values = self.closed.values.clone();
        for changed in changes {
            let of = &mut values[changed.attribute as usize];
            for value in &changed.remove {
                if let Some(place) = of.iter().position(|other| other == value) {
                    of.remove(place);
                }
            }
            of.extend(changed.add.iter().cloned());
        }
        let open = self.space.attributes.iter().zip(&values);
        let request = self
            .analysis
            .with(open.map(|(tested, values)| (&tested.designator, values)));
        match self.analysis.result(&request).decision {
            Decision::Permit => self.leads_to_permit(&request, &values),
            _ => Ok(false),
        }
    }

    /// Whether the diagram leads a request to Permit, which has these values of the open attributes.
    fn leads_to_permit(
        &mut self,
        request: &Request,
        values: &[Vec<Value>],
    ) -> Result<bool, Unanswered> {
        let (nodes, space) = (self.nodes, self.space);
        let mut truths: Option<Vec<Option<Truth>>> = None;
        let mut next = self.root;
        loop {
            let branch = match nodes.node(next) {
                DiagramNode::Leaf(leaf) => return Ok(is_permit(*leaf)),
                DiagramNode::Branch(branch) => branch,
            };
            self.spend(1)?;
            let outcome = match branch.variable.asks() {
                VariableKind::Whole(number) => {
                    let truths = truths.get_or_insert_with(|| self.truths(request));
                    let truth = truths.get(number as usize).copied().flatten();
                    truth.map(outcome_of)
                }
                _ => attribute_of(branch.variable)
                    .and_then(|of| space.outcome(branch.variable, &values[of as usize])),
            };
            match outcome {
                Some(outcome) => next = branch.way(outcome),
                // Its decision is what there is.
                None => return Ok(true),
            }
        }
    }

    /// The truths of the expressions that are taken whole, for a request; none if a provider fails.
    fn truths(&self, request: &Request) -> Vec<Option<Truth>> {
        let mut asked = self.analysis.clone();
        asked.request = request;
        let is_given = |designator: &Designator| self.analysis.is_open(designator);
        let closed = asked.closed_if(&is_given, self.space);
        closed.map(|(_, truths)| truths).unwrap_or_default()
    }
}

/// Whether the changes hold all of others.
fn holds(changes: &[Changed], others: &[Changed]) -> bool {
    let has = |all: &[Value], some: &[Value]| some.iter().all(|value| all.contains(value));
    others.iter().all(|other| {
        changes.iter().any(|changed| {
            changed.attribute == other.attribute
                && has(&changed.add, &other.add)
                && has(&changed.remove, &other.remove)
        })
    })
}
