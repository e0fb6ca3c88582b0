//! The values of a few attributes → the bits of the children that may apply to a request.
//!
//! **Benefit.** For up to 32 children, one word holds a set of them. Intersecting such sets costs an
//! instruction, so a policy of five rules is narrowed by role, service and action together for less
//! than one target costs.
//!
//! **Mechanism.** Where an index uses one clause of a child, a bitmap index uses one for each
//! *question*: a set of attributes that some clause has alternatives of. The table gives the
//! children that pass a question by a value. Within a question the sets of all values are united,
//! because any alternative suffices. Between questions they are intersected, because a child must
//! pass each. A child that passes all questions is visited, in the order of the document.
//!
//! **Failure.** Values that share a place in the table share their children, so the table needs no
//! keys. A collision is a false positive; the child's own target rejects it. A flood of collisions
//! therefore costs at most a visit of all 32 children, and the table has no secret: the false
//! positives are the same in every program of the same policies, and so are the missing attributes
//! that their targets report.
//!
//! **Exactness.** A set only gains bits by collisions, and a value that is not known passes every
//! child that depends on it. So a child that fails a question fails one of its clauses for certain,
//! and is NotApplicable for the reason that [`Index`](super::Index) gives.
//!
//! **Proof.** The target of most rules is nothing but questions: each of its `AnyOf`s is a list of
//! texts of which one suffices, and is the clause by which the rule enters a question. In a policy
//! that asks for what a provider supplies, these texts are kept ([`BitmapText`]). Where several such
//! rules are left, or an attribute has more values than there are texts, each text is compared once
//! for all of them. The target of a rule that passes all its questions so matches, and is not
//! evaluated. If the rule is nothing but target and effect, it is not even looked at.

use super::seeded::Seeded;
use super::{Presence, SlotId, entry_key};
use crate::decision::Effect;
use crate::value::key::Keys;

/// Children as bits, the first one lowest.
pub(crate) type Bits = u32;

/// Children by the values of attributes.
#[derive(Debug)]
pub(crate) struct BitmapIndex {
    /// The probes of all questions, those of one question after those of another.
    pub(crate) probes: Box<[BitmapProbe]>,
    /// The children that pass, by the place of a value.
    pub(crate) table: BitmapTable,
    /// All children.
    pub(crate) all: Bits,
    /// The texts that the rules of `provable` are compared with, by the probes.
    pub(crate) texts: Box<[BitmapText]>,
    /// The rules whose target matches if each question has one of their texts.
    pub(crate) provable: Bits,
    /// Those of them with neither condition nor obligations or advice, that permit.
    pub(crate) permits: Bits,
    /// Those of them with neither condition nor obligations or advice, that deny.
    pub(crate) denies: Bits,
}

/// A text that opens a question to some rules.
#[derive(Debug)]
pub(crate) struct BitmapText {
    /// The key of the text, in the form that its probe compares.
    pub(crate) key: u64,
    /// The place among the tests of the policy of one that compares with it.
    pub(crate) test: u32,
    /// The rules of which some test of the question does.
    pub(crate) children: Bits,
}

/// Sets of children, as wide as there are children, so that small tables stay in few cache lines.
/// The length is a power of two.
#[derive(Debug)]
pub(crate) enum BitmapTable {
    Of8(Box<[u8]>),
    Of16(Box<[u16]>),
    Of32(Box<[u32]>),
}

impl BitmapTable {
    /// A table of sets of the children in `all`.
    pub(crate) fn new(sets: &[Bits], all: Bits) -> Self {
        // Truncated to the bits that may be set.
        #[allow(clippy::cast_possible_truncation)]
        match all {
            0..=0xff => Self::Of8(sets.iter().map(|set| *set as u8).collect()),
            0x100..=0xffff => Self::Of16(sets.iter().map(|set| *set as u16).collect()),
            _ => Self::Of32(sets.into()),
        }
    }

    fn get(&self, probe: u32, key: u64) -> Bits {
        match self {
            Self::Of8(sets) => sets[place(probe, key, sets.len())].into(),
            Self::Of16(sets) => sets[place(probe, key, sets.len())].into(),
            Self::Of32(sets) => sets[place(probe, key, sets.len())],
        }
    }
}

/// An attribute that a question is about.
#[derive(Debug)]
pub(crate) struct BitmapProbe {
    pub(crate) slot: SlotId,
    /// The children that depend on it.
    pub(crate) children: Bits,
    /// The children that pass the question with any values.
    pub(crate) free: Bits,
    /// Whether its values are compared in lower case.
    pub(crate) folded: bool,
    /// The number of values it must have for a child to be rejected.
    pub(crate) needs: Presence,
    /// Whether it is the last of its question.
    pub(crate) ends_question: bool,
    /// The end of its texts; those of the next probe begin there.
    pub(crate) texts_end: u32,
}

impl BitmapIndex {
    /// The children that may apply. `bag` gives the values of a slot, or nothing where they are not
    /// known.
    pub(crate) fn pass<'v>(&self, bag: impl Fn(SlotId) -> Option<&'v [Keys]>) -> Bits {
        let mut left = self.all;
        let mut through = 0;
        for (probe, number) in self.probes.iter().zip(0..) {
            through |= match bag(probe.slot) {
                Some(values) if probe.needs.is_met_by(values.len()) => {
                    self.by_keys(probe, number, values)
                }
                _ => probe.children,
            };
            if probe.ends_question {
                left &= through | probe.free;
                through = 0;
                // One or none left: its own target costs less than another question.
                if left & left.wrapping_sub(1) == 0 {
                    break;
                }
            }
        }
        left
    }

    /// The children that may apply, as [`pass`](Self::pass) finds them, but by the texts where an
    /// attribute has more values than there are texts: no value then stands for another one. Gives
    /// the questions that texts alone have settled, too. `values` gives those of a probe, or nothing
    /// where they are not known; `open` looks among them for texts of the probe that concern some
    /// children, and gives the children of those it finds.
    pub(crate) fn pass_by_texts<'v, V: Copy>(
        &self,
        values: impl Fn(&BitmapProbe) -> Option<(V, &'v [Keys])>,
        open: impl Fn(V, &[BitmapText], Bits) -> Bits,
    ) -> (Bits, Settled) {
        let mut left = self.all;
        let (mut through, mut by_texts, mut settled) = (0, true, Settled(0));
        let (mut start, mut question) = (0, 0);
        for (probe, number) in self.probes.iter().zip(0..) {
            let texts = self.texts(start, probe);
            start = probe.texts_end;
            match values(probe) {
                Some((bag, keys)) if probe.needs.is_met_by(keys.len()) => {
                    if probe.children & !self.provable == 0 && texts.len() <= keys.len() {
                        through |= open(bag, texts, left & !through);
                    } else {
                        through |= self.by_keys(probe, number, keys);
                        by_texts = false;
                    }
                }
                _ => {
                    through |= probe.children;
                    by_texts = false;
                }
            }
            if probe.ends_question {
                left &= through | probe.free;
                if by_texts {
                    settled.add(question);
                }
                (through, by_texts) = (0, true);
                question += 1;
                // As above.
                if left & left.wrapping_sub(1) == 0 {
                    break;
                }
            }
        }
        (left, settled)
    }

    /// The children among those left whose target is known to match. Questions that were settled by
    /// texts are not asked again.
    pub(crate) fn prove<V: Copy>(
        &self,
        left: Bits,
        settled: Settled,
        values: impl Fn(&BitmapProbe) -> Option<V>,
        open: impl Fn(V, &[BitmapText], Bits) -> Bits,
    ) -> Bits {
        let mut proven = left & self.provable;
        let (mut through, mut start, mut question) = (0, 0, 0);
        for probe in &self.probes {
            let texts = self.texts(start, probe);
            start = probe.texts_end;
            if !settled.has(question) {
                match values(probe) {
                    Some(bag) => through |= open(bag, texts, proven & !through),
                    // Their targets ask for the values, even if something else suffices.
                    None => proven &= !probe.children,
                }
            }
            if probe.ends_question {
                if !settled.has(question) {
                    proven &= through | probe.free;
                }
                through = 0;
                question += 1;
                if proven == 0 {
                    break;
                }
            }
        }
        proven
    }

    /// The effect of a rule that is nothing but a provable target and an effect.
    #[inline(always)]
    pub(crate) fn bare_effect(&self, child: u32) -> Option<Effect> {
        let is_among = |bits: Bits| bits.checked_shr(child).is_some_and(|rest| rest & 1 == 1);
        match is_among(self.permits) {
            true => Some(Effect::Permit),
            false => is_among(self.denies).then_some(Effect::Deny),
        }
    }

    /// The texts of a probe, which begin here.
    fn texts(&self, start: u32, probe: &BitmapProbe) -> &[BitmapText] {
        let range = start as usize..probe.texts_end as usize;
        self.texts.get(range).unwrap_or(&[])
    }

    /// The children that pass by one of these values, according to the table.
    #[inline(always)]
    fn by_keys(&self, probe: &BitmapProbe, number: u32, values: &[Keys]) -> Bits {
        let mut found = 0;
        for keys in values {
            let key = if probe.folded {
                keys.folded
            } else {
                keys.exact
            };
            found |= self.table.get(number, key);
        }
        // Without the children of other probes whose values share a place.
        found & probe.children
    }
}

/// Questions, by their places; those far down are never among them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settled(u64);

impl Settled {
    fn add(&mut self, question: u32) {
        self.0 |= 1_u64.checked_shl(question).unwrap_or(0);
    }

    fn has(self, question: u32) -> bool {
        self.0.checked_shr(question).unwrap_or(0) & 1 == 1
    }
}

/// The place of a probe's value in a table of this length.
pub(crate) fn place(probe: u32, key: u64, length: usize) -> usize {
    // Cut to the length of the table.
    #[allow(clippy::cast_possible_truncation)]
    let place = Seeded::OPEN.place(entry_key(probe, key)) as usize;
    place & (length - 1)
}
