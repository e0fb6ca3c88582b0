//! The clauses of a few children → a bitmap index of them.
//!
//! Clauses that share an attribute are joined to one question, and each child enters a question by
//! one clause, the smallest. Leaving a question or a clause out is always exact: a child that is
//! asked less passes more often, and its own target decides. So questions that would make the table
//! large are dropped, and clauses of pieces, which no table of keys can answer, are not used. If no
//! question is left, there is no bitmap index. `program/bitmap_index.rs` says why the rest is exact.

use std::borrow::Cow;

use super::Vocabulary;
use super::clause::{Attribute, Clause, Clauses, Pair, has_parts};
use crate::program::{BitmapIndex, BitmapProbe, BitmapTable, Bits, By, Presence, entry_key, place};

/// The fewest children of a bitmap index: the targets of fewer are tested as fast.
const FEWEST_CHILDREN: usize = 3;

/// The most children of a bitmap index: one for each bit.
pub(super) const MOST_CHILDREN: usize = Bits::BITS as usize;

/// The most alternatives in the questions of a bitmap index, for each child.
const PAIRS_PER_CHILD: usize = 24;

/// Places of the table for each alternative: most stay empty, so that most values find no child.
const PLACES_PER_PAIR: usize = 4;

/// A question: attributes that belong together, and a clause of each child that depends on them.
struct BitmapQuestion<'c> {
    attributes: Vec<Attribute>,
    clauses: Vec<(Bits, &'c Clause)>,
}

/// A bitmap index of these children by their clauses, if it is worth while. `by_target` uses those of
/// their own targets alone.
pub(super) fn bitmap_index(
    children: &[Cow<'_, Clauses>],
    by_target: bool,
    vocabulary: &Vocabulary,
) -> Option<Box<BitmapIndex>> {
    if !(FEWEST_CHILDREN..=MOST_CHILDREN).contains(&children.len()) {
        return None;
    }
    let all = Bits::MAX >> (MOST_CHILDREN - children.len());
    let mut questions = questions(children, by_target);
    // Those that reject most children first, and those that need a provider last: often one is
    // enough.
    questions.sort_by_cached_key(|question| {
        let costs = question.attributes.iter();
        let cost = costs.map(|(slot, _)| vocabulary.cost(*slot)).max();
        (cost, question.passing(all), question.attributes.len())
    });
    let mut room = children.len() * PAIRS_PER_CHILD;
    questions.retain(|question| {
        let left = room.checked_sub(question.pairs().count());
        room = left.unwrap_or(room);
        left.is_some()
    });
    let used = children.len() * PAIRS_PER_CHILD - room;
    if questions.is_empty() {
        return None;
    }
    let length = (used * PLACES_PER_PAIR).next_power_of_two();
    let mut sets = vec![0; length];
    let mut probes = Vec::new();
    for question in &questions {
        let depending = question
            .clauses
            .iter()
            .fold(0, |bits, (child, _)| bits | child);
        for attribute in &question.attributes {
            let (slot, by) = attribute;
            let number = crate::limits::short(probes.len());
            let mut probe = BitmapProbe {
                slot: *slot,
                children: 0,
                free: all & !depending,
                folded: *by == By::Folded,
                needs: Presence::Any,
                ends_question: false,
            };
            for (child, pair) in question.pairs() {
                // The strictest presence of all children counts for the probe: where it is not met,
                // one of them may be Indeterminate, and all that depend on the probe pass.
                if pair.attribute() == *attribute {
                    probe.children |= child;
                    probe.needs = probe.needs.max(pair.needs);
                    sets[place(number, pair.key, length)] |= child;
                }
            }
            probes.push(probe);
        }
        if let Some(last) = probes.last_mut() {
            last.ends_question = true;
        }
    }
    Some(Box::new(BitmapIndex {
        probes: probes.into(),
        table: BitmapTable::new(&sets, all),
        all,
    }))
}

/// Attributes in one clause, of any child, belong to one question.
fn questions<'c>(children: &'c [Cow<'_, Clauses>], by_target: bool) -> Vec<BitmapQuestion<'c>> {
    let mut questions: Vec<BitmapQuestion<'c>> = Vec::new();
    for (clauses, number) in children.iter().zip(0..) {
        let child: Bits = 1 << number;
        let derived: &[Clause] = if by_target { &[] } else { &clauses.derived };
        let all = clauses.own.iter().chain(derived);
        for clause in all.filter(|clause| !has_parts(clause)) {
            let mut joined = BitmapQuestion {
                attributes: Vec::new(),
                clauses: vec![(child, clause)],
            };
            for pair in clause {
                joined.add(pair.attribute());
            }
            // Those it has an attribute of become one with it, in the order they had.
            let mut rest = Vec::new();
            let mut before: Option<BitmapQuestion<'c>> = None;
            for mut question in questions.drain(..) {
                let meet = |attribute: &Attribute| joined.attributes.contains(attribute);
                if !question.attributes.iter().any(meet) {
                    rest.push(question);
                } else if let Some(before) = &mut before {
                    question.attributes.drain(..).for_each(|a| before.add(a));
                    before.clauses.append(&mut question.clauses);
                } else {
                    before = Some(question);
                }
            }
            if let Some(mut before) = before {
                joined.attributes.drain(..).for_each(|a| before.add(a));
                before.clauses.append(&mut joined.clauses);
                joined = before;
            }
            rest.push(joined);
            questions = rest;
        }
    }
    for question in &mut questions {
        question.keep_one_of_each();
    }
    questions
}

impl BitmapQuestion<'_> {
    fn add(&mut self, attribute: Attribute) {
        if !self.attributes.contains(&attribute) {
            self.attributes.push(attribute);
        }
    }

    /// Keeps the smallest clause of each child: a child that fails one of its clauses does not
    /// apply.
    fn keep_one_of_each(&mut self) {
        self.clauses
            .sort_by_key(|(child, clause)| (*child, clause.len()));
        self.clauses.dedup_by_key(|(child, _)| *child);
    }

    fn pairs(&self) -> impl Iterator<Item = (Bits, &Pair)> {
        let clauses = self.clauses.iter();
        clauses.flat_map(|(child, clause)| clause.iter().map(move |pair| (*child, pair)))
    }

    /// The number of children that pass by a value, on average over the values compared.
    fn passing(&self, all: Bits) -> usize {
        let mut keys: Vec<u64> = self
            .pairs()
            .map(|(_, pair)| entry_key(pair.slot.0, pair.key))
            .collect();
        let pairs = keys.len();
        keys.sort_unstable();
        keys.dedup();
        let free = all.count_ones() as usize - self.clauses.len();
        free + pairs / keys.len().max(1)
    }
}
