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

use super::seeded::Seeded;
use super::{Presence, SlotId, entry_key};
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
}

/// The place of a probe's value in a table of this length.
pub(crate) fn place(probe: u32, key: u64, length: usize) -> usize {
    // Cut to the length of the table.
    #[allow(clippy::cast_possible_truncation)]
    let place = Seeded::OPEN.place(entry_key(probe, key)) as usize;
    place & (length - 1)
}
