//! The changes from policies to others: the requests that two policies, or one at two instants, decide otherwise.

use std::fmt;
use std::sync::Arc;

use super::Unanswered;
use super::ask::Analysis;
use super::diagram::fold::{Fold, FoldStep, fold};
use super::diagram::node::{Leaf, LeafValue, NodeId, Nodes};
use super::diagram::path::{Sampled, Turn, walk};
use super::diagram::policy::{Detail, Diagrams, FiredItem, FiredWhat, read};
use super::diagram::space::Space;
use super::requirement::{Requirement, requirements};
use super::residual::value_of;
use crate::attribute::Designator;
use crate::decision::Decision;
use crate::request::Request;
use crate::value::Value;

/// The changes from some policies to others.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The classes of requests that are decided otherwise, or get other obligations or advice.
    pub changes: Vec<DecisionChange>,
    /// Whether these are all. If not, there are more than were asked for.
    pub is_complete: bool,
    /// The expressions that were taken whole: a change that depends on one of them is a change only
    /// where it may be as the requirements say.
    pub whole: Vec<String>,
}

/// A class of requests that are decided otherwise.
#[derive(Clone, Debug)]
pub struct DecisionChange {
    /// The decision before.
    pub before: Decided,
    /// The decision after.
    pub after: Decided,
    /// The requirements that the requests of the class meet, and no others.
    pub requirements: Vec<Requirement>,
    /// A request of the class. Both decisions of it were made, and are these. None if no request
    /// could be made: a requirement is about an expression, or no value is known that meets it.
    pub witness: Option<Request>,
}

/// A decision with what comes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// The obligations, each with its id and its assignments.
    pub obligations: Vec<String>,
    /// The advice, each with its id and its assignments.
    pub advice: Vec<String>,
}

impl Analysis<'_> {
    /// Finds what changes from the policies of this question to those of another: at most `most`
    /// classes of requests. What is not open is known on either side, and may differ, such as the
    /// instant.
    ///
    /// # Errors
    ///
    /// The answer takes more steps than its budget.
    pub fn difference(&self, after: &Analysis<'_>, most: usize) -> Result<Difference, Unanswered> {
        self.refuse_others()?;
        after.refuse_others()?;
        if self.zone() != after.zone() {
            return Err(Unanswered::TwoZones);
        }
        let of = |before: &Diagrams, pair: NodeId| self.changes(after, before, pair, most);
        let is_open = |designator: &Designator| self.is_open(designator);
        self.examine(&is_open, |first| {
            let is_open = |designator: &Designator| after.is_open(designator);
            after.examine(&is_open, |second| {
                let mut space = Space::new(self.zone());
                let detail = Detail::Obligations;
                let categories = |category: &str| self.is_category_open(category);
                let old = read(&first, &mut space, &categories, detail, self.budget)?;
                let categories = |category: &str| after.is_category_open(category);
                let new = read(&second, &mut space, &categories, detail, self.budget)?;
                for tested in &mut space.attributes {
                    tested.is_single =
                        self.is_single(&tested.designator) || after.is_single(&tested.designator);
                }
                space.settle(self.budget)?;
                let mut diagrams = Diagrams::new(space.into(), detail, self.budget as u64);
                let both = [diagrams.root(&old)?, diagrams.root(&new)?];
                let pair = fold(&mut diagrams.truths.nodes, &Paired, None, both)?;
                of(&diagrams, pair)
            })
        })
    }

    fn changes(
        &self,
        after: &Analysis<'_>,
        diagrams: &Diagrams,
        pair: NodeId,
        most: usize,
    ) -> Result<Difference, Unanswered> {
        let (nodes, space) = (&diagrams.truths.nodes, &*diagrams.truths.space);
        let leaves = |leaf: Leaf| match leaf {
            Leaf::Pair(first, second) => [first, second].map(|id| {
                let leaf = nodes.as_leaf(id).unwrap_or(leaf);
                value_of(leaf)
            }),
            leaf => [value_of(leaf), value_of(leaf)],
        };
        let wanted = |leaf: Leaf| {
            let [first, second] = leaves(leaf);
            let decision = |of: LeafValue| Decision::from(of.value);
            decision(first) != decision(second) || first.fired != second.fired
        };
        let mut changes = Vec::new();
        let mut is_complete = true;
        walk(
            nodes,
            space,
            pair,
            self.budget,
            &wanted,
            &mut |path, leaf| {
                if changes.len() == most {
                    is_complete = false;
                    return false;
                }
                let [first, second] = leaves(leaf);
                changes.push((path.to_vec(), decided(nodes, first), decided(nodes, second)));
                true
            },
        )?;
        let changes = changes
            .into_iter()
            .map(|(path, before, now)| DecisionChange {
                witness: self.witness(after, space, &path, (&before, &now)),
                requirements: requirements(space, &path),
                before,
                after: now,
            });
        let whole = space.whole.values();
        Ok(Difference {
            changes: changes.collect(),
            is_complete,
            whole: whole.map(|whole| whole.text.clone()).collect(),
        })
    }

    /// A request that takes a path, if both decisions of it are as the path says.
    fn witness(
        &self,
        after: &Analysis<'_>,
        space: &Space,
        path: &[Turn],
        (before, now): (&Decided, &Decided),
    ) -> Option<Request> {
        let values = sampled(space, path)?;
        let given = space.attributes.iter().zip(&values);
        let given = given.map(|(tested, values)| (&tested.designator, values));
        let first = self.with(given.clone());
        let is_so = self.decide(&first) == before.decision
            && after.decide(&after.with(given)) == now.decision;
        is_so.then_some(first)
    }
}

/// Values of all attributes with which a path is taken, if some are known.
pub(super) fn sampled(space: &Space, path: &[Turn]) -> Option<Vec<Vec<Value>>> {
    let attributes = 0..crate::limits::short(space.attributes.len());
    let values = attributes.map(|attribute| {
        let is_asked =
            |step: &Turn| super::diagram::path::attribute_of(step.variable) == Some(attribute);
        if !path.iter().any(is_asked) {
            return Some(Vec::new());
        }
        match space.sample(attribute, path) {
            Sampled::Values(values) => Some(values),
            Sampled::Unknown | Sampled::Impossible => None,
        }
    });
    values.collect()
}

fn decided(nodes: &Nodes<FiredItem>, outcome: LeafValue) -> Decided {
    let mut decided = Decided {
        decision: outcome.value.into(),
        obligations: Vec::new(),
        advice: Vec::new(),
    };
    for item in nodes.fired(outcome.fired) {
        if let FiredWhat::Obligation {
            is_advice,
            id,
            assignments,
        } = &*item.what
        {
            let text = told(id, assignments);
            match is_advice {
                true => decided.advice.push(text),
                false => decided.obligations.push(text),
            }
        }
    }
    decided
}

fn told(id: &str, assignments: &[(Arc<str>, String)]) -> String {
    let assignments = assignments.iter();
    let assignments = assignments.map(|(name, value)| format!("{name} = {value}"));
    let assignments: Vec<String> = assignments.collect();
    match &assignments[..] {
        [] => id.to_owned(),
        assignments => format!("{id} ({})", assignments.join(", ")),
    }
}

/// Two diagrams walked together.
pub(super) struct Paired;

impl Fold<FiredItem> for Paired {
    /// The leaf of the first.
    type State = Option<Leaf>;

    fn hear(
        &self,
        nodes: &mut Nodes<FiredItem>,
        first: &Self::State,
        leaf: Leaf,
    ) -> Result<FoldStep<Self::State>, Unanswered> {
        Ok(match first {
            None => FoldStep::On(Some(leaf)),
            Some(first) => {
                let pair = [*first, leaf].map(|leaf| nodes.leaf(leaf));
                FoldStep::Done(Leaf::Pair(pair[0], pair[1]))
            }
        })
    }

    fn conclude(&self, _: &mut Nodes<FiredItem>, first: Self::State) -> Result<Leaf, Unanswered> {
        // Two are heard.
        first.ok_or(Unanswered::TooLarge)
    }
}

/// The change, and the requests that it is about, in words.
impl fmt::Display for DecisionChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = (self.before.decision, self.after.decision);
        match before == after {
            true => write!(f, "{before} with other obligations or advice")?,
            false => write!(f, "{before} becomes {after}")?,
        }
        for (place, requirement) in self.requirements.iter().enumerate() {
            let before = if place == 0 { ", where" } else { ", and" };
            write!(f, "{before} {requirement}")?;
        }
        Ok(())
    }
}
