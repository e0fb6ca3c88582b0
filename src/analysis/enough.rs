//! Enough for a Permit: the least changes of attributes that the asker may make.

mod change;
mod found;
mod search;
mod trial;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::rc::Rc;

use super::Unanswered;
use super::ask::Analysis;
use super::diagram::policy::Detail;
use super::named::Named;
use super::requirement::Requirement;
use crate::attribute::{Designator, id};
use crate::decision::Decision;
use crate::error::cut;
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
    /// Whether there are no others. There may be, if more than `most` were found; if an expression
    /// that is no test of one attribute depends on the attributes that change; or if the host does
    /// not allow the example of many values that would do, and does not
    /// [offer](Costs::offering) values of its own.
    pub is_complete: bool,
}

/// A set of changes that is enough for a Permit.
#[derive(Clone, Debug, PartialEq)]
pub struct Sufficient {
    /// The changes, one for each attribute.
    pub changes: Vec<Change>,
    /// The sum of their costs, without that of what it rests on.
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
    /// If a value of `add` is an example of many: the requirements that are met by each value that
    /// would do. Empty if it takes exactly these values.
    pub any_for: Vec<Requirement>,
    named: Named,
}

/// The costs of changes.
#[derive(Clone, Copy)]
pub struct Costs<'c> {
    add: &'c dyn Fn(&Designator, &Value) -> Option<u64>,
    remove: &'c dyn Fn(&Designator, &Value) -> Option<u64>,
    offered: &'c dyn Fn(&Designator) -> Option<Vec<Value>>,
}

impl Default for Costs<'_> {
    /// Each value that is added or removed costs 1.
    fn default() -> Self {
        Self {
            add: &|_, _| Some(1),
            remove: &|_, _| Some(1),
            offered: &|_| None,
        }
    }
}

impl<'c> Costs<'c> {
    /// The costs of adding a value to an attribute, and of removing one; none: that may not be done.
    /// A cost of 0 counts as 1. An attribute that can never change is better left
    /// [closed](Analysis::open).
    pub fn new(
        add: &'c dyn Fn(&Designator, &Value) -> Option<u64>,
        remove: &'c dyn Fn(&Designator, &Value) -> Option<u64>,
    ) -> Self {
        Self {
            add,
            remove,
            offered: &|_| None,
        }
    }

    /// Offers all values that an attribute can get, such as the roles that there are; none: any
    /// value. Where a policy asks for one of many values, those offered are tried; without, one is
    /// made up.
    ///
    /// ```
    /// use vedtak::analysis::Costs;
    /// use vedtak::attribute::{Designator, category};
    /// use vedtak::{Pdp, Request};
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().action("read").build();
    /// let analysis = pdp.analysis(&request).open_category(category::ACCESS_SUBJECT);
    /// let roles = |attribute: &Designator| match &*attribute.id {
    ///     "role" => Some(vec!["clerk".into(), "porter".into()]),
    ///     _ => None,
    /// };
    /// let enough = analysis.enough(Costs::default().offering(&roles), 10)?;
    /// assert_eq!(enough.sets[0].changes[0].to_string(), "add `clerk` to `role` of the subject");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn offering(mut self, offered: &'c dyn Fn(&Designator) -> Option<Vec<Value>>) -> Self {
        self.offered = offered;
        self
    }
}

impl fmt::Debug for Costs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Costs").finish_non_exhaustive()
    }
}

/// A cost; what is not known how to do comes last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    /// The number of requirements that it is not known how to meet.
    unknown: u32,
    known: u64,
}

impl Cost {
    const UNKNOWN: Self = Self {
        unknown: 1,
        known: 0,
    };

    fn of(known: u64) -> Self {
        Self { unknown: 0, known }
    }

    fn and(self, other: Self) -> Self {
        Self {
            unknown: self.unknown.saturating_add(other.unknown),
            known: self.known.saturating_add(other.known),
        }
    }
}

impl Analysis<'_> {
    /// Finds what would be enough for a Permit: the least changes of the open attributes, at most
    /// `most` sets of them. If the decision is Permit, that is the empty set. The open attributes
    /// change from what the request or their providers have; from what the request has, if such a
    /// provider does not answer at once.
    ///
    /// A failure is no way in: where `permit-unless-deny` would permit for want of a Deny, as the rule that
    /// would deny is Indeterminate for an open attribute, the set is not enough.
    ///
    /// # Errors
    ///
    /// The answer takes more steps than its budget, or the decision more work than its limit.
    pub fn enough(&self, costs: Costs<'_>, most: usize) -> Result<Enough, Unanswered> {
        self.within_work()?;
        let (nodes, space, root) = self.diagram(Detail::Decision, |diagrams, root| {
            Ok((diagrams.truths.nodes, diagrams.truths.space, root))
        })?;
        let closed = self.closed(&space)?;
        let offered = space.attributes.iter().map(|tested| {
            let mut offered = (costs.offered)(&tested.designator)?;
            let data_type = tested.designator.data_type;
            offered.retain(|value| value.data_type() == data_type);
            offered.sort_by_key(|value| (costs.add)(&tested.designator, value).unwrap_or(u64::MAX));
            Some(offered)
        });
        let mut search = EnoughSearch {
            offered: offered.collect(),
            analysis: self,
            size: closed.values.iter().map(Vec::len).sum(),
            closed: &closed,
            nodes: &nodes,
            root,
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
            _ => search.sets(most)?,
        };
        Ok(Enough {
            decision,
            sets,
            is_complete,
        })
    }
}

impl Analysis<'_> {
    /// Finds what would be enough as [`enough`](Self::enough) does, for whoever asked: who asks, for what
    /// resource and what action stays as it is (`subject-id`, `resource-id`, `action-id`), and a value
    /// replaces the only one that an attribute has. Only if nothing would be enough so, an attribute gets
    /// values beside its own; and only if that is not enough either, another one would have to ask.
    ///
    /// ```
    /// use vedtak::analysis::Costs;
    /// use vedtak::attribute::category;
    /// use vedtak::{Pdp, Request};
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().subject("role", "porter").action("read").build();
    /// let analysis = pdp.analysis(&request).open_category(category::ACCESS_SUBJECT);
    /// let enough = analysis.enough_for_asker(Costs::default(), 10)?;
    /// let told = enough.sets[0].changes[0].to_string();
    /// assert_eq!(told, "replace `porter` by `clerk` in `role` of the subject");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The answer takes more steps than its budget, or the decision more work than its limit.
    pub fn enough_for_asker(&self, costs: Costs<'_>, most: usize) -> Result<Enough, Unanswered> {
        self.within_work()?;
        let space = self.read(Detail::Decision, |_, space| Ok(space))?;
        let closed = self.closed(&space)?;
        let several = space.attributes.iter().zip(&closed.values);
        let several = several.filter(|(_, values)| values.len() > 1);
        let several: HashSet<Designator> = several
            .map(|(tested, _)| tested.designator.clone())
            .collect();
        let several = Rc::new(several);
        let mut last = Enough {
            decision: closed.decision,
            sets: Vec::new(),
            is_complete: false,
        };
        for stays in [true, false] {
            for replaces in [true, false] {
                let mut analysis = self.clone();
                if stays {
                    analysis.kept.push(Rc::new(is_name));
                }
                if replaces {
                    let several = several.clone();
                    analysis = analysis.presume_single(move |of| !several.contains(of));
                }
                let enough = analysis.enough(costs, most)?;
                if !enough.sets.is_empty() {
                    return Ok(enough);
                }
                last = enough;
            }
        }
        // The last one left nothing out.
        Ok(last)
    }
}

/// Whether an attribute says who asks, for what resource, or what action.
fn is_name(of: &Designator) -> bool {
    [id::SUBJECT_ID, id::RESOURCE_ID, id::ACTION_ID].contains(&&*of.id)
}

/// `add `dagl` to `rolecode` of the subject`, in words.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.named.in_words(&self.attribute);
        let list = |values: &[Value]| {
            let quoted = values
                .iter()
                .map(|value| format!("`{}`", cut(&value.to_string())));
            quoted.collect::<Vec<_>>().join(" and ")
        };
        match (&self.add[..], &self.remove[..]) {
            (add, []) => write!(f, "add {} to {name}", list(add))?,
            ([], remove) => write!(f, "remove {} from {name}", list(remove))?,
            (add, remove) => write!(f, "replace {} by {} in {name}", list(remove), list(add))?,
        }
        for (place, requirement) in self.any_for.iter().enumerate() {
            let before = if place == 0 {
                ", or whatever else:"
            } else {
                " and"
            };
            write!(f, "{before} {requirement}")?;
        }
        Ok(())
    }
}
