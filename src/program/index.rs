//! The values of a few attributes → the children of a policy that may apply to a request.
//!
//! **Benefit.** The cost of a decision grows with the values of the request and the children that
//! they lead to, and not with the children there are.
//!
//! **Mechanism.** One hash table serves all probes of an index. An entry's key joins the number of
//! the probe and the key of a value, and leads to a child, a list of children, or a nested index of
//! those in the list. The place of a key depends on a secret of the table.
//!
//! **Failure.** A value with the key of another leads to children that do not apply: a false
//! positive, which the child's own target rejects. There are no false negatives: an unknown value, and
//! any attribute of the request that cannot be used (`evaluate/target.rs`), keeps every child that
//! could depend on it.
//!
//! **Exactness.** A child is left out only if it is certainly NotApplicable. Each child in the table has an entry
//! for every alternative of one *clause*: one of its `AnyOf`s, of which each `AllOf` contains an
//! equality with a literal. If the attributes have none of these values, each `AllOf` is False,
//! whatever errors its other Matches have; so the `AnyOf` is False, the target is NoMatch (§7.7,
//! tables 1 to 3), and the child NotApplicable (§7.11 to §7.14), which every algorithm that has an
//! index treats as absent. In a policy of XACML 2.0 that holds only where no other `AnyOf` may be
//! Indeterminate (2.0 §7.5). For a rule, the clause may be one of its condition (see the compiler's
//! `clause/condition.rs`). For a policy, NotApplicable when all its rules are, the clause may be
//! that of its rules together.
//!
//! A regular expression is in a clause as pieces of which every matching text contains one: a value
//! without any does not match, which the index finds without running its automaton.
//!
//! A value that is not known yet, or whose provider failed, keeps every child that depends on it,
//! and so does the lack of a value that must be present. Children are visited in the order of the
//! document, as they are without an index.

use super::SlotId;
use super::parts::TextPieces;
use super::seeded::Seeded;
use crate::function::text_matched;
use crate::value::Value;
use crate::value::key::Keys;

/// Children by the values of attributes.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) probes: Box<[Probe]>,
    /// Open addressing; the length is a power of two, and more than half is free.
    pub(crate) entries: Box<[Entry]>,
    pub(crate) lists: Box<[u32]>,
    /// Indexes of the children found here by another clause of theirs.
    pub(crate) below: Box<[Index]>,
    /// Children that must always be visited.
    pub(crate) always: Box<[u32]>,
    pub(crate) seed: Seeded,
}

/// An attribute that is looked up.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) slot: SlotId,
    pub(crate) by: Lookup,
    /// The number of values it must have for a child to be left out.
    pub(crate) needs: Presence,
    /// All children in the table that depend on it.
    pub(crate) children: Box<[u32]>,
}

/// The way the values of an attribute are looked up.
#[derive(Debug)]
pub(crate) enum Lookup {
    Exact,
    Folded,
    /// By the pieces that their texts contain.
    Parts(Box<TextPieces>),
}

/// The form of a value that an alternative of a clause compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum By {
    /// The attribute has a value of this key.
    Exact,
    /// The attribute has a value whose lower-case form has this key.
    Folded,
    /// The attribute has a value whose text contains the piece of this number.
    Part,
}

/// The number of values that an attribute must have for the index to leave out children that
/// compare it with other values. With any other number they may be Indeterminate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Presence {
    /// Any number, also none.
    Any,
    /// At least one: it must be present.
    Some,
    /// Exactly one.
    One,
}

impl Presence {
    /// `Some` for an attribute with MustBePresent, otherwise `Any`.
    pub(crate) const fn of(must_be_present: bool) -> Self {
        match must_be_present {
            true => Self::Some,
            false => Self::Any,
        }
    }

    pub(crate) const fn is_met_by(self, count: usize) -> bool {
        match self {
            Self::Any => true,
            Self::Some => count > 0,
            Self::One => count == 1,
        }
    }
}

/// A place in the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) key: u64,
    pub(crate) found: FoundChildren,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum FoundChildren {
    Nothing,
    Child(u32),
    /// The list from here; its first number is how many follow.
    List(u32),
    Below(u32),
}

impl Index {
    /// Adds the children that may apply to `children`, in no order and perhaps twice. `bag` gives
    /// the keys of the values of a slot, or nothing where they are not known, and `values` those of
    /// one that is known; `afford` is asked before children are added, and may end the search.
    pub(crate) fn find<'v>(
        &self,
        bag: &impl Fn(SlotId) -> Option<&'v [Keys]>,
        values: &impl Fn(SlotId) -> &'v [Value],
        afford: &impl Fn(usize) -> bool,
        children: &mut Vec<u32>,
    ) {
        if !afford(self.always.len()) {
            return;
        }
        children.extend_from_slice(&self.always);
        for (probe, number) in self.probes.iter().zip(0..) {
            let known = bag(probe.slot);
            let Some(keys) = known.filter(|keys| probe.needs.is_met_by(keys.len())) else {
                if !afford(probe.children.len()) {
                    return;
                }
                children.extend_from_slice(&probe.children);
                continue;
            };
            let folded = match &probe.by {
                Lookup::Exact => false,
                Lookup::Folded => true,
                Lookup::Parts(parts) => {
                    let texts = values(probe.slot).iter().map(text_matched);
                    // The pieces wait at the end of the children, which so need no memory of their own.
                    let start = children.len();
                    parts.find(texts, afford, children);
                    let end = children.len();
                    for at in start..end {
                        if let Some(key) = parts.key(children[at]) {
                            self.add(self.children_of(number, key), bag, values, afford, children);
                        }
                    }
                    children.drain(start..end);
                    continue;
                }
            };
            for keys in keys {
                let key = if folded { keys.folded } else { keys.exact };
                self.add(self.children_of(number, key), bag, values, afford, children);
            }
        }
    }

    #[inline]
    fn add<'v>(
        &self,
        found: FoundChildren,
        bag: &impl Fn(SlotId) -> Option<&'v [Keys]>,
        values: &impl Fn(SlotId) -> &'v [Value],
        afford: &impl Fn(usize) -> bool,
        children: &mut Vec<u32>,
    ) {
        match found {
            FoundChildren::Nothing => {}
            FoundChildren::Child(child) => children.push(child),
            FoundChildren::List(at) => {
                let list = self.list(at);
                if afford(list.len()) {
                    children.extend_from_slice(list);
                }
            }
            FoundChildren::Below(at) => {
                if let Some(below) = self.below.get(at as usize) {
                    below.find(bag, values, afford, children);
                }
            }
        }
    }

    fn children_of(&self, probe: u32, key: u64) -> FoundChildren {
        let key = entry_key(probe, key);
        // Ends at a free place: the table is never full.
        let mask = self.entries.len() - 1;
        let mut at = self.seed.place(key) as usize & mask;
        loop {
            let entry = &self.entries[at];
            match entry.found {
                FoundChildren::Nothing => return FoundChildren::Nothing,
                found if entry.key == key => return found,
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn list(&self, at: u32) -> &[u32] {
        let rest = self.lists.get(at as usize..).unwrap_or_default();
        rest.split_first()
            .and_then(|(count, rest)| rest.get(..*count as usize))
            .unwrap_or_default()
    }
}

/// The key of an entry. Adding the number of the probe is a bijection, so two values of one probe
/// share an entry only if they share a key. The factor is odd, so the numbers of two probes differ,
/// and one text never has one entry under both.
pub(crate) fn entry_key(probe: u32, key: u64) -> u64 {
    key.wrapping_add(u64::from(probe).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}
