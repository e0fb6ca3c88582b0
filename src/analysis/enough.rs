//! Enough for a Permit: the least changes of attributes that the asker may make.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fmt;

use super::Unanswered;
use super::ask::{Analysis, Closed};
use super::diagram::node::{Leaf, Node, NodeId, Nodes, Truth};
use super::diagram::path::{Outcomes, Sampled, Step, attribute_of, ways_of};
use super::diagram::policy::{Detail, FiredItem};
use super::diagram::space::Space;
use super::diagram::variable::{Asks, Class, Variable};
use super::requirement::{Requirement, requirements};
use super::residual::value_of;
use crate::attribute::Designator;
use crate::decision::{Decision, ExtendedDecision};
use crate::error::{cut, last_part};
use crate::value::Value;

/// The sets of changes that would be enough for a Permit.
#[derive(Clone, Debug, PartialEq)]
pub struct Enough {
    /// The decision as things are.
    pub decision: Decision,
    /// The least sets of changes that give Permit, the cheapest first. None of a set can be left
    /// out. Each was tried by deciding, unless it [rests](Sufficient::rests_on) on more.
    pub sets: Vec<Sufficient>,
    /// Whether there are no others. There may be, if more than `most` were found, or if an
    /// expression that is no test of one attribute depends on the attributes that change.
    pub is_complete: bool,
}

/// A set of changes that is enough for a Permit.
#[derive(Clone, Debug, PartialEq)]
pub struct Sufficient {
    /// The changes, one for each attribute.
    pub changes: Vec<Change>,
    /// The sum of their costs.
    pub cost: u64,
    /// Requirements beside them, of which it is not known how to meet them: expressions that are no test of one
    /// attribute, and tests of which no value is known that passes them.
    pub rests_on: Vec<Requirement>,
}

/// A change of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The attribute.
    pub attribute: Designator,
    /// The values that it gets.
    pub add: Vec<Value>,
    /// The values that it loses.
    pub remove: Vec<Value>,
}

/// The costs of changes.
#[derive(Clone, Copy)]
pub struct Costs<'c> {
    add: &'c dyn Fn(&Designator, &Value) -> Option<u64>,
    remove: &'c dyn Fn(&Designator, &Value) -> Option<u64>,
}

impl Default for Costs<'_> {
    /// Each value that is added or removed costs 1.
    fn default() -> Self {
        Self {
            add: &|_, _| Some(1),
            remove: &|_, _| Some(1),
        }
    }
}

impl<'c> Costs<'c> {
    /// The costs of adding a value to an attribute, and of removing one; none: that may not be done.
    /// A cost of 0 counts as 1.
    pub fn new(
        add: &'c dyn Fn(&Designator, &Value) -> Option<u64>,
        remove: &'c dyn Fn(&Designator, &Value) -> Option<u64>,
    ) -> Self {
        Self { add, remove }
    }
}

impl fmt::Debug for Costs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Costs").finish_non_exhaustive()
    }
}

/// The cost of what is not known how to do: it comes last.
const UNKNOWN: u64 = 1 << 32;

impl Analysis<'_> {
    /// Finds what would be enough for a Permit: the least changes of the open attributes, at most
    /// `most` sets of them. If the decision is Permit, that is the empty set.
    ///
    /// # Errors
    ///
    /// The answer takes more steps than its budget.
    pub fn enough(&self, costs: Costs<'_>, most: usize) -> Result<Enough, Unanswered> {
        let (nodes, space, root) = self.diagram(Detail::Decision, |diagrams, root| {
            Ok((diagrams.truths.nodes, diagrams.truths.space, root))
        })?;
        let closed = self.closed(&space)?;
        let mut search = Search {
            analysis: self,
            closed: &closed,
            nodes: &nodes,
            space: &space,
            costs,
            least: HashMap::new(),
            budget: self.budget,
        };
        let decision = closed.decision;
        let (sets, is_complete) = match decision {
            Decision::Permit => (
                vec![Sufficient {
                    changes: Vec::new(),
                    cost: 0,
                    rests_on: Vec::new(),
                }],
                true,
            ),
            _ => search.sets(root, most)?,
        };
        Ok(Enough {
            decision,
            sets,
            is_complete,
        })
    }
}

/// A path that is being followed.
struct Followed {
    node: NodeId,
    path: Vec<Step>,
    cost: u64,
    /// The changes, if the path is at its end.
    done: Option<Vec<Changed>>,
}

/// The result of trying a set of changes.
enum Confirmed {
    Set(Sufficient),
    /// A part of it is enough.
    Holds,
    /// It does not give Permit.
    Refuted,
}

/// A change of the attribute of this number.
#[derive(Clone)]
struct Changed {
    attribute: u32,
    add: Vec<Value>,
    remove: Vec<Value>,
}

struct Search<'s, 'p> {
    analysis: &'s Analysis<'p>,
    closed: &'s Closed,
    nodes: &'s Nodes<FiredItem>,
    space: &'s Space,
    costs: Costs<'s>,
    /// The least cost from a node to a Permit; none if there is no way.
    least: HashMap<NodeId, Option<u64>>,
    budget: usize,
}

impl Search<'_, '_> {
    fn spend(&mut self, steps: usize) -> Result<(), Unanswered> {
        self.budget = self.budget.checked_sub(steps).ok_or(Unanswered::TooLarge)?;
        Ok(())
    }

    /// The sets, the cheapest first, and whether these are all.
    fn sets(&mut self, root: NodeId, most: usize) -> Result<(Vec<Sufficient>, bool), Unanswered> {
        for id in self.nodes.below(root) {
            let least = match self.nodes.node(id) {
                Node::Leaf(leaf) => is_permit(*leaf).then_some(0),
                Node::Branch(branch) => ways_of(branch)
                    .filter_map(|(outcome, child)| {
                        let step = self.step_cost(branch.variable, &outcome)?;
                        Some(step + self.least.get(&child).copied().flatten()?)
                    })
                    .min(),
            };
            self.spend(1)?;
            self.least.insert(id, least);
        }
        let mut sets: Vec<(Sufficient, Vec<Changed>)> = Vec::new();
        let mut is_complete = true;
        let mut paths: Vec<Followed> = Vec::new();
        let mut waiting = BinaryHeap::new();
        if let Some(least) = self.least[&root] {
            paths.push(Followed {
                node: root,
                path: Vec::new(),
                cost: 0,
                done: None,
            });
            waiting.push(Reverse((least, 0)));
        }
        while let Some(Reverse((_, number))) = waiting.pop() {
            self.spend(1)?;
            let Followed {
                node,
                path,
                cost,
                done,
            } = &paths[number];
            let (node, path, cost) = (*node, path.clone(), *cost);
            if let Some(changes) = done.clone() {
                match self.confirmed(&path, &changes, cost, &sets) {
                    Confirmed::Set(_) if sets.len() == most => {
                        is_complete = false;
                        break;
                    }
                    Confirmed::Set(set) => sets.push((set, changes)),
                    Confirmed::Holds => {}
                    Confirmed::Refuted => is_complete = false,
                }
                continue;
            }
            match self.nodes.node(node) {
                Node::Leaf(_) => {
                    // The costs on the way were the least there could be.
                    let Some((changes, cost)) = self.changes(&path) else {
                        continue;
                    };
                    waiting.push(Reverse((cost, paths.len())));
                    paths.push(Followed {
                        node,
                        path,
                        cost,
                        done: Some(changes),
                    });
                }
                Node::Branch(branch) => {
                    for (outcome, child) in ways_of(branch) {
                        let Some(least) = self.least.get(&child).copied().flatten() else {
                            continue;
                        };
                        let Some(step) = self.step_cost(branch.variable, &outcome) else {
                            continue;
                        };
                        let mut path = path.clone();
                        path.push(Step {
                            variable: branch.variable,
                            outcome,
                        });
                        if attribute_of(branch.variable)
                            .is_some_and(|attribute| !self.space.is_possible(attribute, &path))
                        {
                            continue;
                        }
                        self.spend(1 + path.len())?;
                        let cost = cost + step;
                        waiting.push(Reverse((cost + least, paths.len())));
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
        Ok((sets.into_iter().map(|(set, _)| set).collect(), is_complete))
    }

    /// The least that an outcome of a question costs; none if it cannot be.
    fn step_cost(&self, variable: Variable, outcome: &Outcomes) -> Option<u64> {
        let is = |actual: u32| match outcome {
            Outcomes::Is(outcome) => *outcome == actual,
            Outcomes::None(others) => !others.contains(&actual),
        };
        let Some(attribute) = attribute_of(variable) else {
            let Asks::Whole(number) = variable.asks() else {
                return Some(0);
            };
            let actual = self.closed.truths.get(number as usize).copied().flatten();
            let actual = actual.map(|truth| match truth {
                Truth::False => 0,
                Truth::True => 1,
                Truth::Error => 2,
            });
            return Some(if actual.is_some_and(is) { 0 } else { UNKNOWN });
        };
        let tested = self.space.tested(attribute);
        let actual = &self.closed.values[attribute as usize];
        if self.space.outcome(variable, actual).is_some_and(is) {
            return Some(0);
        }
        let designator = &tested.designator;
        let add = |value: &Value| self.addition(designator, value);
        match (variable.asks(), outcome) {
            (Asks::Has(_, class), Outcomes::Is(_)) => match class.as_point() {
                Some(point) => add(&tested.points[point as usize]),
                None => Some(1),
            },
            (Asks::Has(_, class), Outcomes::None(_)) => {
                let of_class = actual
                    .iter()
                    .filter(|value| self.space.class(attribute, value) == class);
                of_class.map(|value| self.removal(designator, value)).sum()
            }
            (Asks::Value(_), Outcomes::Is(class)) => match Class(*class).as_point() {
                Some(point) => add(&tested.points[point as usize]),
                None => Some(1),
            },
            // Counts follow from the values, and one change may serve two tests.
            _ => Some(0),
        }
    }

    fn addition(&self, designator: &Designator, value: &Value) -> Option<u64> {
        (self.costs.add)(designator, value).map(|cost| cost.max(1))
    }

    fn removal(&self, designator: &Designator, value: &Value) -> Option<u64> {
        (self.costs.remove)(designator, value).map(|cost| cost.max(1))
    }

    /// The changes with which a path is taken, and their cost; none if they may not be made.
    fn changes(&self, path: &[Step]) -> Option<(Vec<Changed>, u64)> {
        let mut cost = 0;
        let mut changes: Vec<Changed> = Vec::new();
        for step in path {
            let Some(attribute) = attribute_of(step.variable) else {
                cost += self.step_cost(step.variable, &step.outcome)?;
                continue;
            };
            if changes.iter().any(|changed| changed.attribute == attribute) {
                continue;
            }
            let change = self.change(attribute, path);
            let Some((add, remove)) = change else {
                // It is not known how: no value is known that passes the tests.
                cost += UNKNOWN;
                changes.push(Changed {
                    attribute,
                    add: Vec::new(),
                    remove: Vec::new(),
                });
                continue;
            };
            let designator = &self.space.tested(attribute).designator;
            for value in &add {
                cost += self.addition(designator, value)?;
            }
            for value in &remove {
                cost += self.removal(designator, value)?;
            }
            changes.push(Changed {
                attribute,
                add,
                remove,
            });
        }
        changes.retain(|changed| !changed.add.is_empty() || !changed.remove.is_empty());
        Some((changes, cost))
    }

    /// The least change of an attribute with which a path is taken; none if none is known.
    fn change(&self, attribute: u32, path: &[Step]) -> Option<(Vec<Value>, Vec<Value>)> {
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
                outcome.is_some_and(|outcome| match &step.outcome {
                    Outcomes::Is(is) => *is == outcome,
                    Outcomes::None(others) => !others.contains(&outcome),
                })
            })
        };
        let actual = &self.closed.values[attribute as usize];
        if fits(actual) {
            return Some((Vec::new(), Vec::new()));
        }
        let sample = match self.space.sample(attribute, path) {
            Sampled::Values(values) => values,
            Sampled::Unknown | Sampled::Impossible => return None,
        };
        if !fits(&sample) {
            return None;
        }
        let designator = &self.space.tested(attribute).designator;
        let cost = |added: &[Value], removed: &[Value]| -> Option<u64> {
            let add = added.iter().map(|value| self.addition(designator, value));
            let remove = removed.iter().map(|value| self.removal(designator, value));
            add.chain(remove).sum()
        };
        // What need not go stays, and what need not come does not.
        let mut best: Option<(u64, Vec<Value>, Vec<Value>)> = None;
        for kept in parts(actual) {
            let mut added = without(&sample, &kept);
            if fits(&kept) {
                added.clear();
            } else if !fits(&[&kept[..], &added].concat()) {
                continue;
            }
            for place in (0..added.len()).rev() {
                let mut fewer = added.clone();
                fewer.remove(place);
                if fits(&[&kept[..], &fewer].concat()) {
                    added = fewer;
                }
            }
            let removed = without(actual, &kept);
            let Some(cost) = cost(&added, &removed) else {
                continue;
            };
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, added, removed));
            }
        }
        best.map(|(_, added, removed)| (added, removed))
    }

    /// The set, if it is none that holds an earlier one, and gives Permit.
    fn confirmed(
        &self,
        path: &[Step],
        changes: &[Changed],
        cost: u64,
        earlier: &[(Sufficient, Vec<Changed>)],
    ) -> Confirmed {
        if earlier.iter().any(|(_, earlier)| holds(changes, earlier)) {
            return Confirmed::Holds;
        }
        let is_unknown = |step: &&Step| match attribute_of(step.variable) {
            Some(attribute) => {
                let changed = changes.iter().any(|changed| changed.attribute == attribute);
                let actual = self
                    .space
                    .outcome(step.variable, &self.closed.values[attribute as usize]);
                let is = actual.is_some_and(|actual| match &step.outcome {
                    Outcomes::Is(outcome) => *outcome == actual,
                    Outcomes::None(others) => !others.contains(&actual),
                });
                !changed && !is
            }
            None => self.step_cost(step.variable, &step.outcome) != Some(0),
        };
        let unknown: Vec<Step> = path.iter().filter(is_unknown).cloned().collect();
        let rests_on = requirements(self.space, &unknown);
        if rests_on.is_empty() && self.decided(changes) != Decision::Permit {
            // An expression taken whole changed with the attributes that it reads.
            return Confirmed::Refuted;
        }
        if rests_on.is_empty() && self.holds_less(changes) {
            return Confirmed::Holds;
        }
        let told = changes.iter().map(|changed| Change {
            attribute: self.space.tested(changed.attribute).designator.clone(),
            add: changed.add.clone(),
            remove: changed.remove.clone(),
        });
        Confirmed::Set(Sufficient {
            changes: told.collect(),
            cost,
            rests_on,
        })
    }

    /// Whether a part of the changes gives Permit, too: that of another path, on which other values
    /// stand for the same, or where an expression that is taken whole has another value.
    fn holds_less(&self, changes: &[Changed]) -> bool {
        const MOST: usize = 8;
        let count = changes.iter().map(|changed| self.parts_of(changed)).sum();
        if count > MOST {
            // The values are left out one by one.
            return (0..count).any(|left| self.decided_without(changes, |place| place == left));
        }
        let all = (1_usize << count) - 1;
        (0..all).any(|kept| self.decided_without(changes, |place| kept & (1 << place) == 0))
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
    fn decided_without(&self, changes: &[Changed], is_left: impl Fn(usize) -> bool) -> bool {
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
            });
        }
        self.decided(&fewer) == Decision::Permit
    }

    /// The decision of the request with changes.
    fn decided(&self, changes: &[Changed]) -> Decision {
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
        self.analysis.decide(&request)
    }
}

/// The parts of a bag that a change may keep: all of them if they are few; otherwise the whole, all
/// but one, one, and none.
fn parts(bag: &[Value]) -> Vec<Vec<Value>> {
    const MOST: usize = 6;
    let of = |keeps: &dyn Fn(usize) -> bool| {
        let kept = bag.iter().enumerate().filter(|(place, _)| keeps(*place));
        kept.map(|(_, value)| value.clone()).collect()
    };
    if bag.len() <= MOST {
        let all = 0..1_usize << bag.len();
        return all
            .rev()
            .map(|kept| of(&|place| kept & (1 << place) != 0))
            .collect();
    }
    let mut parts = vec![of(&|_| true), of(&|_| false)];
    for one in 0..bag.len() {
        parts.push(of(&|place| place != one));
        parts.push(of(&|place| place == one));
    }
    parts
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

fn is_permit(leaf: Leaf) -> bool {
    value_of(leaf).value == ExtendedDecision::Permit
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

/// `add `dagl` to `rolecode``, in words.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = cut(last_part(&self.attribute.id)).to_string();
        let list = |values: &[Value]| {
            let quoted = values
                .iter()
                .map(|value| format!("`{}`", cut(&value.to_string())));
            quoted.collect::<Vec<_>>().join(" and ")
        };
        match (&self.add[..], &self.remove[..]) {
            (add, []) => write!(f, "add {} to `{name}`", list(add)),
            ([], remove) => write!(f, "remove {} from `{name}`", list(remove)),
            (add, remove) => write!(f, "replace {} by {} in `{name}`", list(remove), list(add)),
        }
    }
}
