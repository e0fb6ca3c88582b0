//! The changes from policies to others: the requests that two policies, or one at two instants, decide otherwise.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::Unanswered;
use super::alternatives::{is_within, least};
use super::ask::Analysis;
use super::diagram::fold::{Fold, FoldStep, fold};
use super::diagram::node::{Leaf, LeafValue, NodeId, Nodes, Truth};
use super::diagram::path::{Sampled, Turn, attribute_of, outcome_of, walk};
use super::diagram::policy::{Assigned, Detail, Diagrams, FiredItem, FiredWhat, read};
use super::diagram::sample::example;
use super::diagram::space::Space;
use super::diagram::tell::Opened;
use super::diagram::variable::VariableKind;
use super::named::Named;
use super::requirement::{Requirement, requirements};
use super::residual::value_of;
use crate::attribute::Designator;
use crate::decision::Decision;
use crate::error::Visible;
use crate::request::Request;
use crate::value::Value;

/// The changes from some policies to others.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The classes of requests that are decided otherwise, or get other obligations or advice, each in few
    /// words. A request may be in several, which then say the same of it.
    pub changes: Vec<DecisionChange>,
    /// Whether these are all. If not, there are more than were asked for.
    pub is_complete: bool,
    /// The expressions that were taken whole: a change that depends on one of them is a change only
    /// where it may be as the requirements say.
    pub whole: Vec<String>,
    /// The attributes of which it was [presumed](Analysis::presume_single) that they have one value at
    /// most: requests with several values of one may change besides.
    pub presumed_single: Vec<Designator>,
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
    /// A request of the class. Both decisions of it were made, and are these; if only obligations or
    /// advice change, those of it do. None if no request could be made: no value is known that meets
    /// a requirement, or an expression is not as it must be for the values that were tried.
    pub witness: Option<Request>,
}

/// A decision with what comes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// The obligations, each with its id and its assignments: with their categories, issuers and whole
    /// values where without them two that differ are the same.
    pub obligations: Vec<String>,
    /// The advice, each with its id and its assignments.
    pub advice: Vec<String>,
}

impl Decided {
    /// The obligations and advice that come and go from this to another, in words.
    fn obliged_otherwise(&self, after: &Self) -> String {
        // How often each comes counts: what both have is left out as often as both have it.
        let gone = |old: &[String], new: &[String], of_several: &str| {
            let mut left: HashMap<&String, usize> = HashMap::new();
            for one in new {
                *left.entry(one).or_default() += 1;
            }
            let gone = old.iter().filter_map(|one| match left.get_mut(one) {
                Some(0) => Some(format!("{of_several}{}", Visible(one))),
                Some(more) => {
                    *more -= 1;
                    None
                }
                None => Some(Visible(one).to_string()),
            });
            gone.collect::<Vec<_>>()
        };
        let both = |old: &Self, new: &Self, of_several: &str| {
            let obligations = gone(&old.obligations, &new.obligations, of_several);
            let advice = gone(&old.advice, &new.advice, of_several);
            [obligations, advice].concat().join(" and ")
        };
        let without = both(self, after, "one of several ");
        let with = both(after, self, "another ");
        match (&*without, &*with) {
            ("", "") => "with its obligations or advice in another order".to_owned(),
            (without, "") => format!("without {without}"),
            ("", with) => format!("with {with}"),
            (without, with) => format!("with {with} in place of {without}"),
        }
    }
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
        let of = |before: &Diagrams, pair: NodeId, beside: &[Designator]| {
            self.changes(after, before, pair, beside, most)
        };
        let is_open = |designator: &Designator| self.is_open(designator);
        self.examine([&is_open, &|_| false], |first| {
            let is_open = |designator: &Designator| after.is_open(designator);
            after.examine([&is_open, &|_| false], |second| {
                let mut space = Space::new(self.zone());
                space.named = Named::of([&first.program().slots, &second.program().slots]);
                let named = space.named.clone();
                let detail = Detail::Obligations;
                let opened = Opened {
                    attribute: &|designator| self.is_open(designator),
                    category: &|category| self.is_category_open(category),
                    named: &named,
                };
                let old = read(&first, &mut space, opened, detail, self.budget)?;
                let opened = Opened {
                    attribute: &|designator| after.is_open(designator),
                    category: &|category| after.is_category_open(category),
                    named: &named,
                };
                let new = read(&second, &mut space, opened, detail, self.budget)?;
                space.note_single(
                    |of| self.is_single(of) || after.is_single(of),
                    |of| self.presumes_single(of) || after.presumes_single(of),
                );
                space.settle(self.budget)?;
                let mut diagrams = Diagrams::new(space.into(), detail, self.budget as u64);
                let both = [diagrams.root(&old)?, diagrams.root(&new)?];
                let pair = fold(&mut diagrams.truths.nodes, &Paired, None, both)?;
                // Assigned to obligations, and tested nowhere.
                let slots = [first.program(), second.program()].map(|of| of.slots.in_use());
                let beside = slots
                    .into_iter()
                    .flatten()
                    .map(|(_, slot)| &slot.designator);
                let beside = beside.filter(|of| {
                    let is_open = self.is_open(of) && after.is_open(of);
                    is_open && diagrams.truths.space.number(of).is_none()
                });
                let beside: Vec<Designator> = beside.cloned().collect();
                of(&diagrams, pair, &beside)
            })
        })
    }

    fn changes(
        &self,
        after: &Analysis<'_>,
        diagrams: &Diagrams,
        pair: NodeId,
        beside: &[Designator],
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
        let is_alike = |first: LeafValue, second: LeafValue| {
            Decision::from(first.value) == Decision::from(second.value)
                && first.fired == second.fired
        };
        let mut changes: Vec<(Vec<Turn>, Vec<Turn>, [LeafValue; 2])> = Vec::new();
        let mut is_complete = true;
        // What classes say in vain is left out as far as it goes.
        let (mut spare, size) = (self.budget, nodes.size(pair));
        walk(
            nodes,
            space,
            pair,
            &mut { self.budget },
            &wanted,
            &mut |path, leaf| {
                if is_within(changes.iter().map(|(class, ..)| class), path) {
                    return true;
                }
                if changes.len() == most {
                    is_complete = false;
                    return false;
                }
                let found = leaves(leaf);
                let is_other = |leaf: Leaf| {
                    let [first, second] = leaves(leaf);
                    !(is_alike(first, found[0]) && is_alike(second, found[1]))
                };
                let class = least(nodes, space, pair, path, &is_other, (&mut spare, size));
                changes.push((class, path.to_vec(), found));
                true
            },
        )?;
        let changes = changes.into_iter().map(|(class, path, outcomes)| {
            let [before, now] = decided(nodes, outcomes);
            // Where no request of the class is found that way, one that takes the path is.
            let mut ways = [&class, &path].into_iter();
            let shows =
                |way: &Vec<Turn>| self.witness(after, (space, beside), way, (&before, &now));
            DecisionChange {
                witness: ways.find_map(shows),
                requirements: requirements(space, &class),
                before,
                after: now,
            }
        });
        let whole = space.whole.values();
        Ok(Difference {
            changes: changes.collect(),
            is_complete,
            whole: whole.map(|whole| whole.text.clone()).collect(),
            presumed_single: space.presumed().cloned().collect(),
        })
    }

    /// A request that takes a path, if both decisions of it are as the path says.
    fn witness(
        &self,
        after: &Analysis<'_>,
        (space, beside): (&Space, &[Designator]),
        path: &[Turn],
        decided: (&Decided, &Decided),
    ) -> Option<Request> {
        let values = sampled(space, path)?;
        let given = space.attributes.iter().map(|tested| &tested.designator);
        let bare: Vec<(&Designator, Vec<Value>)> = given.zip(values).collect();
        // Where only what is assigned changes, it takes values to assign.
        let some = |of: &Designator| example(of.data_type).into_iter().collect();
        let filled = bare.iter().map(|(of, values)| match &values[..] {
            [] if !is_asked(space, path, of) => (*of, some(of)),
            _ => (*of, values.clone()),
        });
        let beside = beside.iter().map(|of| (of, some(of)));
        let filled: Vec<(&Designator, Vec<Value>)> = filled.chain(beside).collect();
        [bare, filled]
            .iter()
            .find_map(|given| self.shown(after, space, path, given, decided))
    }

    /// The request with some values, if it shows a change.
    fn shown(
        &self,
        after: &Analysis<'_>,
        space: &Space,
        path: &[Turn],
        given: &[(&Designator, Vec<Value>)],
        (before, now): (&Decided, &Decided),
    ) -> Option<Request> {
        let given = given.iter().map(|(of, values)| (*of, values));
        let (first, second) = (self.with(given.clone()), after.with(given));
        let [old, new] = [self.result(&first), after.result(&second)];
        let is_so = old.decision == before.decision && new.decision == now.decision;
        let is_change = old.decision != new.decision
            || old.obligations != new.obligations
            || old.advice != new.advice;
        let wholes = path
            .iter()
            .filter(|turn| attribute_of(turn.variable).is_none());
        let shows = is_so && is_change && self.takes([&first, &second], after, space, wholes);
        shows.then_some(first)
    }

    /// Whether expressions that are taken whole have the outcomes of a path, for a request of either
    /// side.
    fn takes<'t>(
        &self,
        [first, second]: [&Request; 2],
        after: &Analysis<'_>,
        space: &Space,
        wholes: impl Iterator<Item = &'t Turn>,
    ) -> bool {
        let mut wholes = wholes.peekable();
        if wholes.peek().is_none() {
            return true;
        }
        let truths = |analysis: &Analysis<'_>, request: &Request| {
            let mut asked = analysis.clone();
            asked.request = request;
            let is_given = |designator: &Designator| analysis.is_open(designator);
            let closed = asked.closed_if(&is_given, space);
            closed.map(|(_, truths)| truths)
        };
        let (Ok(old), Ok(new)) = (truths(self, first), truths(after, second)) else {
            return false;
        };
        wholes.all(|turn| {
            let VariableKind::Whole(number) = turn.variable.asks() else {
                return true;
            };
            let known = |of: &[Option<Truth>]| of.get(number as usize).copied().flatten();
            known(&old)
                .or_else(|| known(&new))
                .is_some_and(|truth| turn.outcome.is(outcome_of(truth)))
        })
    }
}

/// Whether a path asks about an attribute.
fn is_asked(space: &Space, path: &[Turn], of: &Designator) -> bool {
    let number = space.number(of);
    let mut steps = path.iter();
    steps.any(|step| attribute_of(step.variable) == number)
}

/// Values of all attributes with which a path is taken, if some are known.
pub(super) fn sampled(space: &Space, path: &[Turn]) -> Option<Vec<Vec<Value>>> {
    let attributes = 0..crate::limits::short(space.attributes.len());
    let values = attributes.map(|attribute| {
        let is_asked = |step: &Turn| attribute_of(step.variable) == Some(attribute);
        if !path.iter().any(is_asked) {
            return Some(Vec::new());
        }
        match space.sample(attribute, path, None) {
            Sampled::Values(values) => Some(values),
            Sampled::Unknown | Sampled::Impossible => None,
        }
    });
    values.collect()
}

/// Two decisions in words. An obligation is told in short, but for what differs in the rest of it alone.
fn decided(nodes: &Nodes<FiredItem>, outcomes: [LeafValue; 2]) -> [Decided; 2] {
    let mut meant: HashMap<String, HashSet<String>> = HashMap::new();
    for item in outcomes.iter().flat_map(|of| nodes.fired(of.fired)) {
        if let FiredWhat::Obligation {
            id, assignments, ..
        } = &*item.what
        {
            let whole = told(id, assignments, true);
            meant
                .entry(told(id, assignments, false))
                .or_default()
                .insert(whole);
        }
    }
    outcomes.map(|outcome| {
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
                let short = told(id, assignments, false);
                let text = match meant.get(&short).is_some_and(|wholes| wholes.len() > 1) {
                    true => told(id, assignments, true),
                    false => short,
                };
                match is_advice {
                    true => decided.advice.push(text),
                    false => decided.obligations.push(text),
                }
            }
        }
        decided
    })
}

/// An obligation in words: with the id and the value of each assignment, or with all of it.
fn told(id: &str, assignments: &[Assigned], is_whole: bool) -> String {
    let assignments = assignments.iter();
    let assignments = assignments.map(|of| {
        if !is_whole {
            return format!("{} = {}", of.id, of.text);
        }
        let category = of
            .category
            .iter()
            .map(|category| format!(" of category {category}"));
        let issuer = of
            .issuer
            .iter()
            .map(|issuer| format!(" issued by {issuer}"));
        let about: String = category.chain(issuer).collect();
        format!("{}{about} = {}", of.id, of.key)
    });
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
            true => write!(f, "{before} {}", self.before.obliged_otherwise(&self.after))?,
            false => write!(f, "{before} becomes {after}")?,
        }
        for (place, requirement) in self.requirements.iter().enumerate() {
            let before = if place == 0 { ", where" } else { ", and" };
            write!(f, "{before} {requirement}")?;
        }
        Ok(())
    }
}
