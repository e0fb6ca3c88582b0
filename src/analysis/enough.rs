//! Enough for a Permit: the least changes of attributes that the asker may make.

mod change;
mod search;
mod trial;

use std::collections::HashMap;
use std::fmt;

use super::Unanswered;
use super::ask::Analysis;
use super::diagram::policy::Detail;
use super::requirement::Requirement;
use crate::attribute::Designator;
use crate::decision::Decision;
use crate::error::{cut, last_part};
use crate::value::Value;
use search::EnoughSearch;

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
        let mut search = EnoughSearch {
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
