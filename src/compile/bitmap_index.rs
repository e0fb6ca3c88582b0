//! The clauses of a few children → a bitmap index of them.
//!
//! Clauses that share an attribute are joined to one question, and each child enters a question by
//! one clause, the smallest. Leaving a question or a clause out is always exact: a child that is
//! asked less passes more often, and its own target decides. So questions that would make the table
//! large are dropped, and clauses of pieces, which no table of keys can answer, are not used. If no
//! question is left, there is no bitmap index. A rule is provable only if it enters
//! questions by all clauses of its target and by no others. `program/bitmap_index.rs` says why the rest is exact.

use std::borrow::Cow;
use std::ops::Range;

use super::Vocabulary;
use super::clause::{Attribute, Clause, Clauses, Pair, has_parts};
use crate::decision::Effect;
use crate::program::{
    BitmapIndex, BitmapProbe, BitmapTable, BitmapText, Bits, By, Child, Comparison, Literal,
    Policy, Presence, Target, Test, entry_key, place,
};
use crate::value::case::equal_ignoring_case;

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

/// A bitmap index of the children of a policy by their clauses, if it is worth while. `by_target` uses
/// those of their own targets alone.
pub(super) fn bitmap_index(
    policy: &Policy,
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
                texts_end: 0,
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
    // Only where an attribute may have many values is it worth the memory.
    let mut asked = questions.iter().flat_map(|question| &question.attributes);
    let (texts, provable) = match asked.any(|(slot, _)| vocabulary.is_supplied(*slot)) {
        true => texts(policy, children, &questions, &mut probes),
        false => (Box::default(), 0),
    };
    let bare = |effect: Effect| {
        let is_bare = |child: &Child| match child {
            Child::Rule(rule) => {
                rule.effect == effect && rule.condition.is_none() && rule.obligations.is_empty()
            }
            Child::Policy(_) => false,
        };
        let children = policy.children.iter().zip(0..);
        let bits = children.filter(|(child, _)| is_bare(child));
        bits.fold(0, |bits: Bits, (_, number)| bits | 1 << number) & provable
    };
    Some(Box::new(BitmapIndex {
        permits: bare(Effect::Permit),
        denies: bare(Effect::Deny),
        probes: probes.into(),
        table: BitmapTable::new(&sets, all),
        all,
        texts,
        provable,
    }))
}

/// The texts of the rules whose target is nothing but questions, and these rules. Each probe gets the
/// end of its texts.
fn texts(
    policy: &Policy,
    children: &[Cow<'_, Clauses>],
    questions: &[BitmapQuestion<'_>],
    probes: &mut [BitmapProbe],
) -> (Box<[BitmapText]>, Bits) {
    let mut of_probes: Vec<Vec<BitmapText>> = probes.iter().map(|_| Vec::new()).collect();
    let mut provable: Bits = 0;
    for ((child, clauses), number) in policy.children.iter().zip(children).zip(0..) {
        let bit: Bits = 1 << number;
        let Some(any_ofs) = alternatives(child, policy, &clauses.own) else {
            continue;
        };
        // The question that each of its clauses entered, and the number of the first probe of it.
        let asks = |clause: &Clause| {
            let is_own = |question: &&BitmapQuestion<'_>| {
                let mut own = question.clauses.iter();
                own.any(|(_, own)| std::ptr::eq(*own, clause))
            };
            let question = questions.iter().find(is_own)?;
            let before = questions
                .iter()
                .take_while(|other| !std::ptr::eq(*other, question));
            Some((
                question,
                before.map(|other| other.attributes.len()).sum::<usize>(),
            ))
        };
        let Some(asked) = clauses.own.iter().map(asks).collect::<Option<Vec<_>>>() else {
            continue;
        };
        // A question that its condition asks has no texts of it.
        let enters = |question: &&BitmapQuestion<'_>| {
            let mut entered = question.clauses.iter();
            entered.any(|(child, _)| *child == bit)
        };
        if questions.iter().filter(enters).count() != asked.len() {
            continue;
        }
        provable |= bit;
        for (tests, (question, first)) in any_ofs.into_iter().zip(asked) {
            for place in tests {
                let test = &policy.tests[place];
                let is_of = |(slot, by): &Attribute| *slot == test.slot && Some(*by) == form(test);
                let Some(probe) = question.attributes.iter().position(is_of) else {
                    provable &= !bit;
                    continue;
                };
                let texts = &mut of_probes[first + probe];
                let same = |text: &&mut BitmapText| {
                    let other = text_of(policy, text.test as usize);
                    match (other, text_of(policy, place), form(test)) {
                        (Some(a), Some(b), Some(By::Folded)) => equal_ignoring_case(a, b),
                        (a, b, _) => a == b,
                    }
                };
                match texts.iter_mut().find(same) {
                    Some(text) => text.children |= bit,
                    None => texts.push(BitmapText {
                        key: test.key,
                        test: crate::limits::short(place),
                        children: bit,
                    }),
                }
            }
        }
    }
    let mut end = 0;
    for (probe, texts) in probes.iter_mut().zip(&of_probes) {
        end += texts.len();
        probe.texts_end = crate::limits::short(end);
    }
    (of_probes.into_iter().flatten().collect(), provable)
}

/// The places of the tests of each `AnyOf` of a rule's target, if each is the whole of one clause:
/// texts of which one suffices, none of which must be present.
fn alternatives(child: &Child, policy: &Policy, clauses: &[Clause]) -> Option<Vec<Range<usize>>> {
    let Child::Rule(rule) = child else {
        return None;
    };
    let (start, end) = match &rule.target {
        Target::Tests { start, end } | Target::Sections { start, end } => (*start, *end),
        Target::Any | Target::AnyOfs(_) => return None,
    };
    let tests = policy.tests.get(start as usize..end as usize)?;
    let is_alternative =
        |test: &Test| test.ends_all_of && !test.must_be_present && form(test).is_some();
    if !tests.iter().all(is_alternative) {
        return None;
    }
    let mut first = start as usize;
    let any_ofs = tests.split_inclusive(|test| test.ends_any_of).map(|tests| {
        let range = first..first + tests.len();
        first = range.end;
        range
    });
    let any_ofs: Vec<Range<usize>> = any_ofs.collect();
    let is_whole = |(tests, clause): (&Range<usize>, &Clause)| tests.len() == clause.len();
    let are_whole = any_ofs.len() == clauses.len() && any_ofs.iter().zip(clauses).all(is_whole);
    are_whole.then_some(any_ofs)
}

/// The form of the values that a test compares with a text; none if it is another test.
fn form(test: &Test) -> Option<By> {
    match test.comparison {
        Comparison::Exact => Some(By::Exact),
        Comparison::Folded => Some(By::Folded),
        Comparison::Keyed | Comparison::Other => None,
    }
}

/// The text that a test of the policy compares with.
fn text_of(policy: &Policy, place: usize) -> Option<&str> {
    match policy.literals.get(place)? {
        Literal::Text(text) => Some(text),
        Literal::Match(_) => None,
    }
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
