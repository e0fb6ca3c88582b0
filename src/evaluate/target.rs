//! Targets → whether they match (§7.6, §7.7; 2.0 §7.5), and which children may apply at all.

use std::ops::Range;

use super::cause::{Cause, Stop};
use super::expression::note;
use super::{Pass, SlotState};
use crate::decision::XacmlVersion;
use crate::program::{
    AttributeBag, BitmapIndex, BitmapProbe, BitmapText, Bits, ChildSearch, Comparison, Literal,
    Policy, Settled, SlotId, Stored, Target, Test, each_once,
};
use crate::provider::{SharedValues, place_of_bit};
use crate::value::Value;
use crate::value::case::equal_ignoring_case;
use crate::value::key::Keys;

/// 2.0 §7.5: one Indeterminate among subjects, resources, actions and environments makes the target
/// Indeterminate, even beside one that does not match. So all are evaluated, and the first trouble
/// is returned.
fn sections_match(sections: impl Iterator<Item = Result<bool, Stop>>) -> Result<bool, Stop> {
    let (mut stop, mut matched) = (None, true);
    for section in sections {
        match section {
            Ok(matches) => matched &= matches,
            Err(found) => note(&mut stop, found),
        }
    }
    stop.map_or(Ok(matched), Err)
}

/// A bag that is searched for texts.
#[derive(Clone, Copy)]
struct TextBag<'e> {
    state: SlotState,
    keys: &'e [Keys],
    /// Whether the texts are compared in lower case.
    folded: bool,
    /// The index of the values, where there are more than a few and they have one.
    index: Option<&'e SharedValues>,
}

impl TextBag<'_> {
    /// The key that this bag compares.
    #[inline(always)]
    fn key(&self, keys: &Keys) -> u64 {
        match self.folded {
            true => keys.folded,
            false => keys.exact,
        }
    }
}

/// The children of a policy that are to be visited, in the order of the document.
pub(super) enum Visited {
    /// All from one place to another.
    All { next: u32, end: u32 },
    /// The children of these bits; the targets of `proven` match.
    Few { left: Bits, proven: Bits },
    /// The children at these places of the candidates; all that belong to it are from `start` on.
    Candidates {
        start: usize,
        next: usize,
        end: usize,
    },
}

impl Visited {
    /// The children whose targets are known to match.
    pub(super) fn proven(&self) -> Bits {
        match self {
            Self::Few { proven, .. } => *proven,
            Self::All { .. } | Self::Candidates { .. } => 0,
        }
    }
}

/// All children of a policy. They are visited where no search is exact: a rule is found by its
/// condition only if the compiler knows that its target cannot be Indeterminate, and where an
/// attribute of the request cannot be used, any target that asks for it is.
fn all_children(policy: &Policy) -> Visited {
    Visited::All {
        next: 0,
        end: crate::limits::short(policy.children.len()),
    }
}

impl<'e> Pass<'e> {
    /// A target of this policy or of one of its rules.
    pub(super) fn target(&self, policy: &'e Policy, target: &'e Target) -> Result<bool, Stop> {
        match target {
            Target::Any => Ok(true),
            // The compiler knows of a target of 2.0 that no part of it is Indeterminate, unless an
            // attribute of the request cannot be used.
            Target::Tests { start, end }
                if self.bindings.has_unusable && policy.xacml == XacmlVersion::V2 =>
            {
                self.sections(policy, *start as usize..*end as usize)
            }
            Target::Tests { start, end } => {
                let range = *start as usize..*end as usize;
                self.tests(&policy.tests[range.clone()], &policy.literals[range])
            }
            Target::Sections { start, end } => {
                self.sections(policy, *start as usize..*end as usize)
            }
            Target::AnyOfs(any_ofs) => match policy.xacml {
                XacmlVersion::V3 => self.joined(any_ofs, false),
                XacmlVersion::V2 => {
                    sections_match(any_ofs.iter().map(|any_of| self.condition(any_of)))
                }
            },
        }
    }

    fn sections(&self, policy: &'e Policy, range: Range<usize>) -> Result<bool, Stop> {
        let mut literals = &policy.literals[range.clone()];
        let sections = policy.tests[range].split_inclusive(|test| test.ends_any_of);
        sections_match(sections.map(|tests| {
            let (own, rest) = literals.split_at(tests.len());
            literals = rest;
            self.tests(tests, own)
        }))
    }

    /// One False AnyOf outweighs any error (in 2.0 `tests` are those of one), and so does, in an
    /// AnyOf, one True AllOf, and in an AllOf one False Match (§7.7, tables 1 to 3). What comes
    /// after is not evaluated.
    #[inline(always)]
    fn tests(&self, tests: &'e [Test], literals: &'e [Literal]) -> Result<bool, Stop> {
        let (mut failed, mut matched) = (false, false);
        for (test, literal) in tests.iter().zip(literals) {
            if !failed && !matched {
                let quickly = self.quickly(test, literal);
                match quickly.map_or_else(|| self.test(test, literal), Ok) {
                    Ok(holds) => failed = !holds,
                    // Rare: begun again in the form that keeps errors until something outweighs
                    // them.
                    Err(_) => return self.tests_with_errors(tests, literals),
                }
            }
            if test.ends_all_of {
                matched |= !failed;
                failed = false;
                if test.ends_any_of {
                    if !matched {
                        return Ok(false);
                    }
                    matched = false;
                }
            }
        }
        Ok(true)
    }

    /// Evaluates [`tests`](Self::tests) of which one is Indeterminate or open.
    #[cold]
    fn tests_with_errors(&self, tests: &'e [Test], literals: &'e [Literal]) -> Result<bool, Stop> {
        let (mut failed, mut matched) = (false, false);
        let (mut all_of, mut any_of, mut target) = (None, None, None);
        for (test, literal) in tests.iter().zip(literals) {
            if !failed && !matched {
                match self.test(test, literal) {
                    Ok(holds) => failed = !holds,
                    Err(stop) => note(&mut all_of, stop),
                }
            }
            if !test.ends_all_of {
                continue;
            }
            let stop = all_of.take();
            if !failed && !matched {
                match stop {
                    None => matched = true,
                    Some(stop) => note(&mut any_of, stop),
                }
            }
            failed = false;
            if test.ends_any_of {
                match any_of.take() {
                    _ if matched => {}
                    None => return Ok(false),
                    Some(stop) => note(&mut target, stop),
                }
                matched = false;
            }
        }
        target.map_or(Ok(true), Err)
    }

    /// The result of [`test`](Self::test) if the slot holds an attribute of the request, as nearly
    /// all do; none where only `test` can decide.
    #[inline]
    fn quickly(&self, test: &Test, literal: &'e Literal) -> Option<bool> {
        let folded = match test.comparison {
            Comparison::Exact => false,
            Comparison::Folded => true,
            Comparison::Keyed | Comparison::Other => return None,
        };
        let state = self.look_at(test.slot).state;
        let SlotState::Attribute { keys, count, .. } = state else {
            return None;
        };
        let start = keys as usize;
        let keys = self
            .bindings
            .request_keys
            .get(start..start + count as usize)?;
        let same = |keys: &Keys| test.key == if folded { keys.folded } else { keys.exact };
        let place = keys.iter().position(same);
        // A key without its text is a collision, and a later value may still be the text: `test`
        // looks at all of them. Nothing is charged here, as `test` charges for the whole.
        if let Some(place) = place
            && !self.is_text(state, place, literal, folded)
        {
            return None;
        }
        self.spend_on(1 + keys.len()).ok()?;
        Some(place.is_some())
    }

    /// Whether a value is this text.
    #[inline(never)]
    fn is_text(&self, state: SlotState, place: usize, literal: &Literal, folded: bool) -> bool {
        let value = self.bindings.values(state).get(place);
        let (Some(Value::String(text) | Value::AnyUri(text)), Literal::Text(literal)) =
            (value, literal)
        else {
            return false;
        };
        match folded {
            true => equal_ignoring_case(text, literal),
            false => **text == **literal,
        }
    }

    #[inline(never)]
    pub(super) fn test(&self, test: &Test, literal: &'e Literal) -> Result<bool, Stop> {
        let bag = AttributeBag {
            slot: test.slot,
            must_be_present: test.must_be_present,
        };
        match literal {
            Literal::Text(literal) => {
                let (state, keys) = self.keyed(bag)?;
                self.spend_on(1)?;
                let folded = test.comparison == Comparison::Folded;
                self.text_among(test.key, literal, self.text_bag(state, keys, folded))
            }
            Literal::Match(matching) => {
                self.spend_on(1)?;
                if test.comparison == Comparison::Keyed {
                    let (_, keys) = self.keyed(bag)?;
                    self.spend_on(keys.len())?;
                    if !keys.iter().any(|keys| keys.exact == test.key) {
                        return Ok(false);
                    }
                }
                self.condition(matching)
            }
        }
    }

    /// Whether a bag has a text: by the keys first, and where one is the same, by the texts.
    #[inline(never)]
    fn text_among(&self, key: u64, literal: &str, bag: TextBag<'e>) -> Result<bool, Stop> {
        let is = |text: &str| match bag.folded {
            true => equal_ignoring_case(text, literal),
            false => *text == *literal,
        };
        if let Some(index) = bag.index {
            return Ok(index.with_key(bag.folded, key).any(is));
        }
        self.spend_on(bag.keys.len())?;
        let values = self.bindings.values(bag.state);
        for (keys, value) in bag.keys.iter().zip(values) {
            if key == bag.key(keys)
                && let Value::String(text) | Value::AnyUri(text) = value
                && is(text)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A bag that is searched for texts.
    #[inline(always)]
    fn text_bag(&self, state: SlotState, keys: &'e [Keys], folded: bool) -> TextBag<'e> {
        let index = match keys.len() {
            0..=8 => None,
            _ => self.bindings.shared(state),
        };
        TextBag {
            state,
            keys,
            folded,
            index,
        }
    }

    /// The children of those texts that a bag has, of texts that concern some children. One text
    /// of a child suffices: the others are not looked for.
    #[inline(always)]
    fn opened(
        &self,
        policy: &'e Policy,
        bag: TextBag<'e>,
        texts: &[BitmapText],
        concerned: Bits,
    ) -> Bits {
        // Without work left the decision fails, and the search ends.
        if self.spend_on(texts.len()).is_err() {
            return 0;
        }
        // A bit of each key that is there rejects most texts before they are looked for.
        let of_few = bag
            .keys
            .iter()
            .take(if bag.index.is_some() { 0 } else { usize::MAX });
        let few = [of_few.fold(0, |bits, keys| bits | place_of_bit(bag.key(keys), 1).1)];
        let bits = bag.index.map_or(&few[..], |index| index.bits(bag.folded));
        let mut opened = 0;
        for text in texts {
            let (word, bit) = place_of_bit(text.key, bits.len());
            let may_be = bits.get(word).is_some_and(|bits| bits & bit != 0);
            if text.children & concerned & !opened != 0
                && may_be
                && let Some(Literal::Text(literal)) = policy.literals.get(text.test as usize)
                && self.text_among(text.key, literal, bag).unwrap_or(false)
            {
                opened |= text.children;
            }
        }
        opened
    }

    /// The children of a policy that may apply. They are kept until [`forget`](Self::forget).
    pub(super) fn children(&self, policy: &'e Policy) -> Result<Visited, Stop> {
        match &policy.search {
            ChildSearch::Bitmap(_) | ChildSearch::Index(_) if self.bindings.has_unusable => {
                Ok(all_children(policy))
            }
            ChildSearch::All => Ok(all_children(policy)),
            ChildSearch::Bitmap(bitmap) => {
                let (left, settled) = match bitmap.provable == 0 || self.bindings.are_of_request() {
                    true => {
                        let passed = bitmap.pass(|slot| self.searched(slot));
                        (passed, Settled::default())
                    }
                    false => self.passed_by_texts(policy, bitmap),
                };
                if self.environment.is_exhausted() {
                    return Err(Cause::Exhausted.into());
                }
                // Of one or none, its own target costs less.
                let proven = match left & left.wrapping_sub(1) & bitmap.provable {
                    0 => 0,
                    _ => self.proven(policy, bitmap, (left, settled)),
                };
                Ok(Visited::Few { left, proven })
            }
            ChildSearch::Index(index) => {
                let values = |slot: SlotId| {
                    let state = self.look_at(slot).state;
                    self.bindings.values(state)
                };
                self.candidates(|bag, afford, found| index.find(&bag, &values, &afford, found))
            }
        }
    }

    /// The children that may apply, where some attribute may have many values.
    #[inline(never)]
    fn passed_by_texts(&self, policy: &'e Policy, bitmap: &BitmapIndex) -> (Bits, Settled) {
        bitmap.pass_by_texts(
            |probe| self.text_bag_of(probe).map(|bag| (bag, bag.keys)),
            |bag, texts, concerned| self.opened(policy, bag, texts, concerned),
        )
    }

    /// The values of a probe, to be searched for texts; none if they are not known.
    fn text_bag_of(&self, probe: &BitmapProbe) -> Option<TextBag<'e>> {
        let keys = self.searched(probe.slot)?;
        let state = self.bindings.slots[probe.slot.index()].state;
        Some(self.text_bag(state, keys, probe.folded))
    }

    /// The children among those left whose targets are known to match.
    #[inline(never)]
    fn proven(
        &self,
        policy: &'e Policy,
        bitmap: &BitmapIndex,
        (left, settled): (Bits, Settled),
    ) -> Bits {
        bitmap.prove(
            left,
            settled,
            |probe| self.text_bag_of(probe),
            |bag, texts, concerned| self.opened(policy, bag, texts, concerned),
        )
    }

    /// The policies of a store that may apply.
    pub(super) fn members(&self, stored: &'e Stored) -> Result<Visited, Stop> {
        if self.bindings.has_unusable {
            return self.candidates(|_, afford, found| stored.all(&afford, found));
        }
        self.candidates(|bag, afford, found| {
            stored.find(self.bindings.filled, &bag, &afford, found)
        })
    }

    fn candidates(
        &self,
        find: impl FnOnce(&dyn Fn(SlotId) -> Option<&'e [Keys]>, &dyn Fn(usize) -> bool, &mut Vec<u32>),
    ) -> Result<Visited, Stop> {
        let mut candidates = self.candidates.borrow_mut();
        let start = candidates.len();
        let bag = |slot| self.searched(slot);
        let afford = |children: usize| self.spend_on(children).is_ok();
        find(&bag, &afford, &mut candidates);
        if self.environment.is_exhausted() {
            return Err(Cause::Exhausted.into());
        }
        // Found by value, visited by place: sorting restores the order of the document, on which
        // first-applicable and the order of obligations depend.
        each_once(start, &mut candidates);
        let end = candidates.len();
        Ok(Visited::Candidates {
            start,
            next: start,
            end,
        })
    }

    /// The keys to search children by: none if the values are not known.
    #[inline(always)]
    fn searched(&self, slot: SlotId) -> Option<&'e [Keys]> {
        let keys = self.keys(slot)?;
        // Without work left the decision fails, and the search ends.
        match self.spend_on(1 + keys.len()) {
            Ok(()) => Some(keys),
            Err(_) => Some(&[]),
        }
    }

    /// The place among all children of the next one to visit.
    #[inline(always)]
    pub(super) fn next(&self, visited: &mut Visited) -> Option<u32> {
        match visited {
            Visited::All { next, end } => {
                let child = *next;
                *next += u32::from(child < *end);
                (child < *end).then_some(child)
            }
            Visited::Few { left: 0, .. } => None,
            Visited::Few { left, .. } => {
                let child = left.trailing_zeros();
                *left &= *left - 1;
                Some(child)
            }
            Visited::Candidates { next, end, .. } => {
                let at = *next;
                *next += usize::from(at < *end);
                (at < *end).then(|| self.candidates.borrow()[at])
            }
        }
    }

    pub(super) fn forget(&self, visited: &Visited) {
        if let Visited::Candidates { start, .. } = visited {
            self.candidates.borrow_mut().truncate(*start);
        }
    }
}
