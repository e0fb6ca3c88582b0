//! The policies of a store, by id and by the values of attributes. Copies of a table share their
//! unchanged chunks, so that a changed copy replaces the last without readers waiting.

use std::collections::{BTreeMap, HashMap};
use std::ops::Index;
use std::sync::Arc;

use smallvec::SmallVec;

use super::index::entry_key;
use super::seeded::Seeded;
use super::{PolicyId, Presence, SlotId};
use crate::combining::Algorithm;
use crate::limits::short;
use crate::value::key::Keys;

/// A vector in pieces of `CHUNK`, with holes. A change copies one chunk and the list of chunks, so
/// that it costs least where `CHUNK` is about the root of the length: by default, of some 300,000.
#[derive(Debug)]
pub(crate) struct Chunks<T, const CHUNK: usize = 512> {
    chunks: Vec<Arc<[Option<Arc<T>>]>>,
}

impl<T, const CHUNK: usize> Chunks<T, CHUNK> {
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.chunks
            .get(index / CHUNK)?
            .get(index % CHUNK)?
            .as_deref()
    }

    pub(crate) fn shared(&self, index: usize) -> Option<Arc<T>> {
        self.chunks.get(index / CHUNK)?.get(index % CHUNK)?.clone()
    }

    /// The values, each with its place, in order; holes are skipped.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let all = self.chunks.iter().flat_map(|chunk| chunk.iter());
        all.enumerate()
            .filter_map(|(place, value)| Some((place, value.as_deref()?)))
    }

    /// Sets the value of a place; none makes it a hole.
    pub(crate) fn set(&mut self, index: usize, value: Option<Arc<T>>) {
        if value.is_some() || self.get(index).is_some() {
            *self.place(index) = value;
        }
    }

    /// A place, to be changed.
    pub(crate) fn place(&mut self, index: usize) -> &mut Option<Arc<T>> {
        while self.chunks.len() <= index / CHUNK {
            self.chunks.push((0..CHUNK).map(|_| None).collect());
        }
        &mut Arc::make_mut(&mut self.chunks[index / CHUNK])[index % CHUNK]
    }
}

impl<T, const CHUNK: usize> Clone for Chunks<T, CHUNK> {
    fn clone(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
        }
    }
}

impl<T, const CHUNK: usize> Default for Chunks<T, CHUNK> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T, const CHUNK: usize> Index<usize> for Chunks<T, CHUNK> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        self.get(index)
            .expect("policies have ids that lead to them")
    }
}

/// The combining algorithm of a store, and its policies by the values of attributes. It is exact
/// for the reason that [`Index`](super::Index) gives.
///
/// A decision reads the attributes that the request has, and those whose absence matters: they must
/// be present, or a provider may supply them. It reads no others: an attribute without values leads
/// to none of the policies that depend on it. So a policy that asks for ten thousand attributes
/// costs the decisions about others nothing.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) algorithm: Algorithm,
    /// The probes of each slot.
    /// Few policies ask for more than a few dozen attributes together.
    probes: Chunks<Probes, 32>,
    /// The slots whose absence matters, in order.
    always_asked: Arc<Vec<SlotId>>,
    /// The children of each key, in shards by the first byte of the key's place, so that a change
    /// copies little.
    shards: Vec<Arc<HashMap<u64, Children, Seeded>>>,
    seed: Seeded,
    /// Policies that must always be visited.
    always: Arc<Vec<u32>>,
}

type Children = SmallVec<[u32; 2]>;

const SHARDS: usize = 256;

/// The look-ups of an attribute: by its values as they are, and in lower case.
#[derive(Clone, Debug, Default)]
struct Probes {
    exact: StoredProbe,
    folded: StoredProbe,
    /// Whether a provider may supply it.
    is_supplied: bool,
}

#[derive(Clone, Debug, Default)]
struct StoredProbe {
    /// The policies that may be Indeterminate where it is missing.
    required: usize,
    /// The policies that may be Indeterminate where it has not exactly one value.
    single: usize,
    /// The policies that depend on it, once for each value.
    children: usize,
    members: Arc<Bits>,
}

/// A set of ids in pieces of 4096, a bit for each: a changed copy shares all but one piece.
type Bits = BTreeMap<usize, Arc<[u64; 64]>>;

fn word_of(id: PolicyId) -> (usize, usize, u64) {
    let (piece, within) = (id.index() / 4096, id.index() % 4096);
    (piece, within / 64, 1 << (within % 64))
}

/// One of the alternatives under which a policy is found; see `Clause` in the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) slot: SlotId,
    pub(crate) folded: bool,
    pub(crate) key: u64,
    pub(crate) needs: Presence,
    /// Whether a provider may supply the attribute.
    pub(crate) is_supplied: bool,
}

impl Stored {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            probes: Chunks::default(),
            always_asked: Arc::default(),
            shards: (0..SHARDS).map(|_| Arc::default()).collect(),
            seed: Seeded::default(),
            always: Arc::default(),
        }
    }

    /// Adds a policy under its alternatives; under none, it is always visited.
    pub(crate) fn insert(&mut self, id: PolicyId, under: Option<&[Member]>) {
        let Some(under) = under else {
            let always = Arc::make_mut(&mut self.always);
            if let Err(place) = always.binary_search(&id.0) {
                always.insert(place, id.0);
            }
            return;
        };
        for member in under {
            self.change(member, |probe| probe.insert(id, member.needs));
            let (shard, key) = self.shard(member);
            let children = Arc::make_mut(shard).entry(key).or_default();
            if let Err(place) = children.binary_search(&id.0) {
                children.insert(place, id.0);
            }
        }
    }

    /// Removes a policy that was inserted with these alternatives.
    pub(crate) fn remove(&mut self, id: PolicyId, under: Option<&[Member]>) {
        let Some(under) = under else {
            Arc::make_mut(&mut self.always).retain(|known| *known != id.0);
            return;
        };
        for member in under {
            self.change(member, |probe| probe.remove(id, member.needs));
            let (shard, key) = self.shard(member);
            let shard = Arc::make_mut(shard);
            if let Some(children) = shard.get_mut(&key) {
                children.retain(|known| *known != id.0);
                if children.is_empty() {
                    shard.remove(&key);
                }
            }
        }
    }

    fn change(&mut self, member: &Member, change: impl FnOnce(&mut StoredProbe)) {
        let place = member.slot.index();
        let before = self.probes.get(place);
        let asked = before.is_some_and(Probes::are_always_asked);
        let mut probes = before.cloned().unwrap_or_default();
        probes.is_supplied = member.is_supplied;
        change(match member.folded {
            false => &mut probes.exact,
            true => &mut probes.folded,
        });
        let is_used = probes.exact.children + probes.folded.children > 0;
        if (is_used && probes.are_always_asked()) != asked {
            let slots = Arc::make_mut(&mut self.always_asked);
            match slots.binary_search(&member.slot) {
                Ok(at) => drop(slots.remove(at)),
                Err(at) => slots.insert(at, member.slot),
            }
        }
        self.probes.set(place, is_used.then(|| Arc::new(probes)));
    }

    fn shard(&mut self, member: &Member) -> (&mut Arc<HashMap<u64, Children, Seeded>>, u64) {
        let key = entry_key(number(member.slot, member.folded), member.key);
        (
            &mut self.shards[self.seed.place(key) as usize % SHARDS],
            key,
        )
    }

    /// The slots that [`find`](Self::find) reads only if they have values: the decision does not
    /// depend on their absence, but would on a value.
    pub(crate) fn asked_if_present(&self) -> impl Iterator<Item = SlotId> {
        let probes = self.probes.iter();
        let quiet = probes.filter(|(_, probes)| !probes.are_always_asked());
        quiet.map(|(place, _)| SlotId::next(place))
    }

    /// Adds all policies, in no order and perhaps twice.
    pub(crate) fn all(&self, afford: &impl Fn(usize) -> bool, found: &mut Vec<u32>) {
        for (_, probes) in self.probes.iter() {
            probes.each(|_, probe| probe.all(afford, found));
        }
        if afford(self.always.len()) {
            found.extend_from_slice(&self.always);
        }
    }

    /// Adds the policies that may apply, as [`Index::find`](super::Index::find) does. `filled` are
    /// the slots that have values.
    pub(crate) fn find<'v>(
        &self,
        filled: &[SlotId],
        bag: &impl Fn(SlotId) -> Option<&'v [Keys]>,
        afford: &impl Fn(usize) -> bool,
        found: &mut Vec<u32>,
    ) {
        if !afford(self.always.len()) {
            return;
        }
        found.extend_from_slice(&self.always);
        for slot in &*self.always_asked {
            if let Some(probes) = self.probes.get(slot.index()) {
                self.ask(*slot, probes, bag, afford, found);
            }
        }
        for slot in filled {
            if let Some(probes) = self.probes.get(slot.index())
                && !probes.are_always_asked()
            {
                self.ask(*slot, probes, bag, afford, found);
            }
        }
    }

    fn ask<'v>(
        &self,
        slot: SlotId,
        probes: &Probes,
        bag: &impl Fn(SlotId) -> Option<&'v [Keys]>,
        afford: &impl Fn(usize) -> bool,
        found: &mut Vec<u32>,
    ) {
        let known = bag(slot);
        probes.each(|folded, probe| {
            let Some(values) = known.filter(|keys| probe.needs().is_met_by(keys.len())) else {
                // Any of those that depend on it may apply, and no others for that.
                return probe.all(afford, found);
            };
            for keys in values {
                let key = if folded { keys.folded } else { keys.exact };
                let key = entry_key(number(slot, folded), key);
                let shard = &self.shards[self.seed.place(key) as usize % SHARDS];
                let Some(children) = shard.get(&key) else {
                    continue;
                };
                if !afford(children.len()) {
                    return;
                }
                found.extend_from_slice(children);
            }
        });
    }
}

impl Probes {
    fn are_always_asked(&self) -> bool {
        self.is_supplied
            || self.exact.needs() != Presence::Any
            || self.folded.needs() != Presence::Any
    }

    /// Those that some policy depends on, and whether they are of values in lower case.
    fn each(&self, mut ask: impl FnMut(bool, &StoredProbe)) {
        for (folded, probe) in [(false, &self.exact), (true, &self.folded)] {
            if probe.children > 0 {
                ask(folded, probe);
            }
        }
    }
}

/// The number of a probe in the keys of entries.
fn number(slot: SlotId, folded: bool) -> u32 {
    slot.0.wrapping_mul(2).wrapping_add(u32::from(folded))
}

impl StoredProbe {
    fn needs(&self) -> Presence {
        match (self.single, self.required) {
            (0, 0) => Presence::Any,
            (0, _) => Presence::Some,
            _ => Presence::One,
        }
    }

    fn insert(&mut self, id: PolicyId, needs: Presence) {
        self.children += 1;
        self.required += usize::from(needs == Presence::Some);
        self.single += usize::from(needs == Presence::One);
        let (piece, word, bit) = word_of(id);
        let members = Arc::make_mut(&mut self.members);
        let words = members.entry(piece).or_insert_with(|| Arc::new([0; 64]));
        Arc::make_mut(words)[word] |= bit;
    }

    fn remove(&mut self, id: PolicyId, needs: Presence) {
        self.children -= 1;
        self.required -= usize::from(needs == Presence::Some);
        self.single -= usize::from(needs == Presence::One);
        let (piece, word, bit) = word_of(id);
        let members = Arc::make_mut(&mut self.members);
        if let Some(words) = members.get_mut(&piece) {
            let words = Arc::make_mut(words);
            words[word] &= !bit;
            if words.iter().all(|word| *word == 0) {
                members.remove(&piece);
            }
        }
    }

    /// All policies that depend on it.
    fn all(&self, afford: &impl Fn(usize) -> bool, found: &mut Vec<u32>) {
        for (piece, words) in &*self.members {
            if !afford(words.len()) {
                return;
            }
            for (within, word) in words.iter().enumerate() {
                let mut rest = *word;
                while rest != 0 {
                    let bit = rest.trailing_zeros() as usize;
                    found.push(short(piece * 4096 + within * 64 + bit));
                    rest &= rest - 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: PolicyId = PolicyId(7);

    fn found(stored: &Stored, filled: &[SlotId], values: Option<&[Keys]>) -> Vec<u32> {
        let mut found = Vec::new();
        stored.find(filled, &|_| values, &|_| true, &mut found);
        found
    }

    /// A policy that depends on an attribute is found where that is not known, however often
    /// policies of the attribute came and went.
    #[test]
    fn what_is_not_known_leads_to_all_that_depend_on_it() {
        let slot = SlotId(3);
        let keys = [Keys {
            exact: 5,
            folded: 5,
        }];
        for is_supplied in [false, true] {
            for needs in [Presence::Any, Presence::Some, Presence::One] {
                let mut stored = Stored::new(Algorithm::OnlyOneApplicable);
                let member = Member {
                    slot,
                    folded: false,
                    key: 5,
                    needs,
                    is_supplied,
                };
                let other = Member {
                    folded: true,
                    needs: Presence::Any,
                    ..member
                };
                for _ in 0..3 {
                    assert!(found(&stored, &[slot], Some(&keys)).is_empty());
                    assert!(found(&stored, &[], None).is_empty());
                    stored.insert(ID, Some(&[member]));
                    stored.insert(PolicyId(8), Some(&[other]));
                    let mut both = found(&stored, &[slot], Some(&keys));
                    both.sort_unstable();
                    assert_eq!(both, [7, 8], "{needs:?}");
                    stored.remove(PolicyId(8), Some(&[other]));
                    assert_eq!(found(&stored, &[slot], Some(&keys)), [7], "{needs:?}");
                    // Pending, or missing where it must be present.
                    let missing = found(&stored, &[], if is_supplied { None } else { Some(&[]) });
                    let is_asked = is_supplied || needs != Presence::Any;
                    assert_eq!(missing == [7], is_asked, "{needs:?}, {is_supplied}");
                    assert_eq!(stored.asked_if_present().count(), usize::from(!is_asked));
                    stored.remove(ID, Some(&[member]));
                }
            }
        }
    }
}
