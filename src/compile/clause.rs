//! Targets and policies → clauses: what must hold of some attribute for them to apply at all.

mod condition;

use std::borrow::Cow;

use smallvec::SmallVec;

use super::Vocabulary;
use crate::combining::Algorithm;
use crate::program::{Child, Comparison, Policy, Presence, SlotId, Target, Test};

/// An attribute with a value, one of the alternatives of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pair {
    pub(crate) slot: SlotId,
    pub(crate) folded: bool,
    pub(crate) key: u64,
    pub(crate) needs: Presence,
}

impl Pair {
    /// What is looked up.
    pub(super) fn attribute(&self) -> (SlotId, bool) {
        (self.slot, self.folded)
    }
}

/// Alternatives of which one must hold, or the child is NotApplicable (or could be Indeterminate
/// where a value must be present and is not).
pub(crate) type Clause = SmallVec<[Pair; 4]>;

/// The clauses of a child.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clauses {
    /// Of its own target.
    pub(crate) own: Vec<Clause>,
    /// Of its condition, or of what it combines: where none of these can hold, it is NotApplicable
    /// although its own target may match.
    pub(crate) derived: Vec<Clause>,
}

/// Clauses with more alternatives than this are kept where they stand, but no policy gets one of
/// its rules together.
const MOST_DERIVED: usize = 64;

/// Of one child, more clauses than this are not looked at.
const MOST_CLAUSES: usize = 16;

/// The clauses of a target: of each of its `AnyOf`s, one for each attribute that all its `AllOf`s
/// compare, or one of several attributes if there is no such.
pub(super) fn of_target(target: &Target, tests: &[Test]) -> Vec<Clause> {
    let Target::Tests { start, end } = target else {
        return Vec::new();
    };
    let tests = tests.get(*start as usize..*end as usize).unwrap_or(&[]);
    let mut clauses = Vec::new();
    for any_of in tests.split_inclusive(|test| test.ends_any_of) {
        let all_ofs: SmallVec<[&[Test]; 4]> =
            any_of.split_inclusive(|test| test.ends_all_of).collect();
        of_any_of(&all_ofs, &mut clauses);
        if clauses.len() >= MOST_CLAUSES {
            break;
        }
    }
    clauses
}

fn of_any_of(all_ofs: &[&[Test]], clauses: &mut Vec<Clause>) {
    let Some((first, _)) = all_ofs.split_first() else {
        return;
    };
    let before = clauses.len();
    for test in first.iter().filter_map(pair) {
        let with = |all_of: &&[Test]| {
            let mut pairs = all_of.iter().filter_map(pair);
            pairs.find(|other| other.attribute() == test.attribute())
        };
        if let Some(clause) = all_ofs.iter().map(with).collect::<Option<Clause>>() {
            clauses.push(distinct(clause));
        }
    }
    if clauses.len() == before {
        let first_of = |all_of: &&[Test]| all_of.iter().find_map(pair);
        if let Some(clause) = all_ofs.iter().map(first_of).collect::<Option<Clause>>() {
            clauses.push(distinct(clause));
        }
    }
}

/// The pair of a test that is an equality.
fn pair(test: &Test) -> Option<Pair> {
    (test.comparison != Comparison::Other).then_some(Pair {
        slot: test.slot,
        folded: test.comparison == Comparison::Folded,
        key: test.key,
        needs: Presence::of(test.must_be_present),
    })
}

fn distinct(mut clause: Clause) -> Clause {
    clause.sort_unstable();
    clause.dedup();
    clause
}

/// What must hold for one of the children of a policy to apply, so far as the policy is
/// NotApplicable when all of them are (appendix C).
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
    // By the attributes they look at: the smallest of each child, joined over all of them. They are
    // few, so looking through them is faster than hashing them.
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

type Attributes = SmallVec<[(SlotId, bool); 2]>;

fn attributes(clause: &Clause) -> Attributes {
    let mut attributes: Attributes = clause.iter().map(Pair::attribute).collect();
    attributes.sort_unstable();
    attributes.dedup();
    attributes
}

/// Whether a clause looks at these attributes, and at no others.
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
    vocabulary: &Vocabulary,
) -> Cow<'c, Clauses> {
    match child {
        Child::Rule(rule) => Cow::Owned(Clauses {
            own: of_target(&rule.target, &of.tests),
            derived: condition::of_rule(rule, &of.tests, &of.variables, vocabulary),
        }),
        Child::Policy(id) => policies
            .get(id.index())
            .map_or_else(Cow::default, Cow::Borrowed),
    }
}
