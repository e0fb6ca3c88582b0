//! Targets and policies → clauses: conditions on attributes without which they do not apply.

mod condition;
mod part;
mod target;

use std::borrow::Cow;

use smallvec::SmallVec;

use super::Vocabulary;
use crate::combining::Algorithm;
use crate::program::{By, Child, Policy, Presence, SlotId};
pub(super) use target::{may_fail, of_target};

/// An attribute with a value, or with a piece of a value, one of the alternatives of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pair {
    pub(crate) slot: SlotId,
    pub(crate) by: By,
    /// The key of the value; for a piece, its number in the vocabulary.
    pub(crate) key: u64,
    pub(crate) needs: Presence,
}

impl Pair {
    /// The attribute, and how its values are looked up.
    pub(super) fn attribute(&self) -> Attribute {
        (self.slot, self.by)
    }
}

/// An attribute, and the form of its values that a clause compares.
pub(super) type Attribute = (SlotId, By);

/// Alternatives of which one must hold, or the child is NotApplicable (or could be Indeterminate
/// where a value must be present and is not).
pub(crate) type Clause = SmallVec<[Pair; 4]>;

/// The clauses of a child.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clauses {
    /// The clauses of its own target.
    pub(crate) own: Vec<Clause>,
    /// The clauses of a rule's condition, or of a policy's children: where one of these does not
    /// hold, the child is NotApplicable although its own target may match.
    pub(crate) derived: Vec<Clause>,
}

/// The most alternatives in a clause that a policy derives from its rules together. The rules
/// themselves may have longer clauses.
const MOST_DERIVED: usize = 64;

/// The most clauses of one child that are used.
const MOST_CLAUSES: usize = 16;

/// Whether a clause asks for pieces of values, which only an index looks up.
pub(super) fn has_parts(clause: &Clause) -> bool {
    clause.iter().any(|pair| pair.by == By::Part)
}

fn distinct(mut clause: Clause) -> Clause {
    clause.sort_unstable();
    clause.dedup();
    clause
}

/// The clauses without which none of a policy's children applies. Empty if the policy may apply
/// although all children are NotApplicable (appendix C).
pub(super) fn of_children<'c>(
    algorithm: &Algorithm,
    children: impl Iterator<Item = &'c Clauses> + Clone,
) -> Vec<Clause> {
    if !algorithm.applies_only_through_children() {
        return Vec::new();
    }
    // only-one-applicable asks for targets alone (C.9).
    let by_target = matches!(algorithm, Algorithm::OnlyOneApplicable);
    let of_child = |child: &'c Clauses| {
        let derived: &[Clause] = if by_target { &[] } else { &child.derived };
        child.own.iter().chain(derived)
    };
    let mut rest = children;
    let Some(first) = rest.next() else {
        return Vec::new();
    };
    // By their attributes: the smallest clause of each child, joined over all children. They are
    // few, so a linear search is faster than hashing.
    let smallest = |child: &'c Clauses, wanted: &Attributes| {
        let like = of_child(child).filter(|clause| looks_at(clause, wanted));
        like.min_by_key(|clause| clause.len())
    };
    let mut joined: Vec<(Attributes, Clause)> = Vec::new();
    for clause in of_child(first) {
        let attributes = attributes(clause);
        if joined.iter().all(|(known, _)| *known != attributes) {
            let smallest = smallest(first, &attributes).unwrap_or(clause);
            joined.push((attributes, smallest.clone()));
        }
    }
    joined.sort_unstable();
    for child in rest {
        if joined.is_empty() {
            break;
        }
        joined.retain_mut(|(attributes, clause)| {
            let Some(more) = smallest(child, attributes) else {
                return false;
            };
            for pair in more {
                if !clause.contains(pair) {
                    clause.push(*pair);
                }
            }
            clause.len() <= MOST_DERIVED
        });
    }
    joined.truncate(MOST_CLAUSES);
    joined
        .into_iter()
        .map(|(_, clause)| distinct(clause))
        .collect()
}

type Attributes = SmallVec<[Attribute; 2]>;

fn attributes(clause: &Clause) -> Attributes {
    let mut attributes: Attributes = clause.iter().map(Pair::attribute).collect();
    attributes.sort_unstable();
    attributes.dedup();
    attributes
}

/// Whether a clause is about these attributes and no others.
fn looks_at(clause: &Clause, wanted: &Attributes) -> bool {
    clause.iter().all(|pair| wanted.contains(&pair.attribute()))
        && wanted
            .iter()
            .all(|attribute| clause.iter().any(|pair| pair.attribute() == *attribute))
}

/// The clauses of a child of a policy, those of policies being known by their id.
pub(super) fn of_child<'c>(
    child: &Child,
    of: &Policy,
    policies: &'c [Clauses],
    vocabulary: &mut Vocabulary,
) -> Cow<'c, Clauses> {
    match child {
        Child::Rule(rule) => Cow::Owned(Clauses {
            own: of_target(&rule.target, of, vocabulary),
            derived: condition::of_rule(rule, of, vocabulary),
        }),
        Child::Policy(id) => policies
            .get(id.index())
            .map_or_else(Cow::default, Cow::Borrowed),
    }
}
