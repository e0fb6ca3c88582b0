//! A diagram and things as they are → the cheapest ways to a Permit.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::change::{Changed, Refused};
use super::found::FoundSets;
use super::trial::Confirmed;
use super::{Cost, Costs, Sufficient};
use crate::analysis::Unanswered;
use crate::analysis::ask::{Analysis, ClosedValues};
use crate::analysis::diagram::node::{DiagramNode, Leaf, NodeId, Nodes};
use crate::analysis::diagram::path::{Outcomes, Turn, attribute_of, outcome_of, ways_of};
use crate::analysis::diagram::policy::FiredItem;
use crate::analysis::diagram::space::Space;
use crate::analysis::diagram::variable::{ValueClass, Variable, VariableKind};
use crate::analysis::residual::value_of;
use crate::attribute::Designator;
use crate::decision::ExtendedDecision;
use crate::value::Value;

/// A path that is being followed.
struct Followed {
    node: NodeId,
    path: Vec<Turn>,
    cost: Cost,
    /// The changes, if the path is at its end.
    done: Option<Vec<Changed>>,
}

/// The search for the sets.
pub(super) struct EnoughSearch<'s, 'p> {
    pub(super) analysis: &'s Analysis<'p>,
    pub(super) closed: &'s ClosedValues,
    pub(super) nodes: &'s Nodes<FiredItem>,
    pub(super) root: NodeId,
    pub(super) space: &'s Space,
    pub(super) costs: Costs<'s>,
    /// All values that each attribute can get, the cheapest first; none: any.
    pub(super) offered: Vec<Option<Vec<Value>>>,
    /// The number of values of the request: each change and each trial looks at them.
    pub(super) size: usize,
    /// The least cost from a node to a Permit; none if there is no way.
    pub(super) least: HashMap<NodeId, Option<Cost>>,
    pub(super) budget: usize,
}

impl EnoughSearch<'_, '_> {
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Unanswered> {
        self.budget = self.budget.checked_sub(steps).ok_or(Unanswered::TooLarge)?;
        Ok(())
    }

    /// The sets, the cheapest first, and whether these are all.
    pub(super) fn sets(&mut self, most: usize) -> Result<(Vec<Sufficient>, bool), Unanswered> {
        let root = self.root;
        for id in self.nodes.below(root) {
            let least = match self.nodes.node(id) {
                DiagramNode::Leaf(leaf) => is_permit(*leaf).then_some(Cost::default()),
                DiagramNode::Branch(branch) => ways_of(branch)
                    .filter_map(|(outcome, child)| {
                        let step = self.step_cost(branch.variable, &outcome)?;
                        Some(step.and(self.least.get(&child).copied().flatten()?))
                    })
                    .min(),
            };
            self.spend(1)?;
            self.least.insert(id, least);
        }
        let mut sets = FoundSets::default();
        let mut is_complete = true;
        let mut paths: Vec<Followed> = Vec::new();
        let mut waiting = BinaryHeap::new();
        if let Some(least) = self.least[&root] {
            paths.push(Followed {
                node: root,
                path: Vec::new(),
                cost: Cost::default(),
                done: None,
            });
            waiting.push(Reverse((least, 0)));
        }
        while let Some(Reverse((_, number))) = waiting.pop() {
            self.spend(1)?;
            // Each comes once, and its room is free for others then.
            let followed = &mut paths[number];
            let (node, cost) = (followed.node, followed.cost);
            let path = std::mem::take(&mut followed.path);
            if let Some(changes) = followed.done.take() {
                match self.confirmed(&path, &changes, cost, &sets)? {
                    Confirmed::Set(_) if sets.len() == most => {
                        is_complete = false;
                        break;
                    }
                    Confirmed::Set(set) => sets.push(self.space, set, changes),
                    Confirmed::Holds => {}
                    Confirmed::Refuted => is_complete = false,
                }
                continue;
            }
            match self.nodes.node(node) {
                DiagramNode::Leaf(_) => {
                    // The costs on the way were the least there could be. Each value that comes is held
                    // against the path.
                    let is_there = |turn: &&Turn| turn.outcome == Outcomes::Is(1);
                    let values = 1 + path.iter().filter(is_there).count();
                    self.spend(self.size.saturating_add(path.len().saturating_mul(values)))?;
                    let (changes, cost) = match self.changes(&path) {
                        Ok(changes) => changes,
                        Err(refused) => {
                            is_complete &= refused == Refused::All;
                            continue;
                        }
                    };
                    waiting.push(Reverse((cost, paths.len())));
                    paths.push(Followed {
                        node,
                        path,
                        cost,
                        done: Some(changes),
                    });
                }
                DiagramNode::Branch(branch) => {
                    for (outcome, child) in ways_of(branch) {
                        let Some(least) = self.least.get(&child).copied().flatten() else {
                            continue;
                        };
                        let Some(step) = self.step_cost(branch.variable, &outcome) else {
                            continue;
                        };
                        let mut path = path.clone();
                        path.push(Turn {
                            variable: branch.variable,
                            outcome,
                        });
                        if attribute_of(branch.variable)
                            .is_some_and(|attribute| !self.space.is_possible(attribute, &path))
                        {
                            continue;
                        }
                        self.spend(1 + path.len())?;
                        let cost = cost.and(step);
                        waiting.push(Reverse((cost.and(least), paths.len())));
                        paths.push(Followed {
                            node: child,
                            path,
                            cost,
                            done: None,
                        });
                    }
                }
            }
        }
        Ok((sets.into_sets(), is_complete))
    }

    /// The least that an outcome of a question costs; none if it cannot be.
    pub(super) fn step_cost(&self, variable: Variable, outcome: &Outcomes) -> Option<Cost> {
        let is = |actual: u32| outcome.is(actual);
        let Some(attribute) = attribute_of(variable) else {
            let VariableKind::Whole(number) = variable.asks() else {
                return Some(Cost::default());
            };
            let actual = self.closed.truths.get(number as usize).copied().flatten();
            return Some(match actual.map(outcome_of).is_some_and(is) {
                true => Cost::default(),
                false => Cost::UNKNOWN,
            });
        };
        let tested = self.space.tested(attribute);
        let actual = &self.closed.values[attribute as usize];
        if self.space.outcome(variable, actual).is_some_and(is) {
            return Some(Cost::default());
        }
        let designator = &tested.designator;
        let add = |value: &Value| self.addition(attribute, value);
        let known = match (variable.asks(), outcome) {
            (VariableKind::Has(_, class), Outcomes::Is(_)) => match class.as_point() {
                Some(point) => add(&tested.points[point as usize]),
                None => Some(1),
            },
            (VariableKind::Has(_, class), Outcomes::None(_)) => {
                let of_class = actual
                    .iter()
                    .filter(|value| self.space.class(attribute, value) == class);
                of_class
                    .map(|value| self.removal(designator, value))
                    .try_fold(0_u64, |sum, cost| Some(sum.saturating_add(cost?)))
            }
            (VariableKind::Value(_), Outcomes::Is(class)) => match ValueClass(*class).as_point() {
                Some(point) => add(&tested.points[point as usize]),
                None => Some(1),
            },
            // Counts follow from the values, and one change may serve two tests.
            _ => Some(0),
        };
        known.map(Cost::of)
    }

    pub(super) fn addition(&self, attribute: u32, value: &Value) -> Option<u64> {
        let designator = &self.space.tested(attribute).designator;
        let offered = self.offered[attribute as usize].as_ref();
        if offered.is_some_and(|offered| !offered.contains(value)) {
            return None;
        }
        (self.costs.add)(designator, value).map(|cost| cost.max(1))
    }

    pub(super) fn removal(&self, designator: &Designator, value: &Value) -> Option<u64> {
        (self.costs.remove)(designator, value).map(|cost| cost.max(1))
    }
}

pub(super) fn is_permit(leaf: Leaf) -> bool {
    value_of(leaf).value == ExtendedDecision::Permit
}
