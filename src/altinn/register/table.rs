//! A map and a list that are cheap to copy: copies share every shard, or chunk, that neither has changed.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// The number of shards: large enough that a shard of a map of a million entries is copied in well
/// under a millisecond, and small enough that the list of shards is copied in microseconds.
const SHARDS: usize = 256;

#[cfg(test)]
thread_local! {
    /// The number of elements that changes have visited in lists, for tests of their cost.
    pub(super) static COUNTED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts elements of a list that a change visits, in tests.
pub(super) fn counted(elements: usize) {
    #[cfg(test)]
    COUNTED.with(|counted| counted.set(counted.get() + elements));
    let _ = elements;
}

/// A hash map in shards; copies share a shard until one of them changes it.
#[derive(Clone)]
pub(super) struct ShardedMap<K, V> {
    shards: Vec<Arc<HashTable<(K, V)>>>,
    /// It is seeded, because keys come from requests.
    hasher: RandomState,
    length: usize,
}

impl<K, V> Default for ShardedMap<K, V> {
    fn default() -> Self {
        Self {
            shards: Vec::new(),
            hasher: RandomState::default(),
            length: 0,
        }
    }
}

/// Returns the shard of a key with this hash, by other bits than those that place it in the shard,
/// the lowest and the highest: with these, the keys of one shard would crowd a few of its buckets.
fn shard(hash: u64) -> usize {
    // The remainder is below SHARDS.
    #[allow(clippy::cast_possible_truncation)]
    let index = (hash >> 32) as usize % SHARDS;
    index
}

/// Returns the place of a key in its shard, which is copied if others share it.
fn place<'m, K: Eq + Hash + Clone, V: Clone>(
    shards: &'m mut Vec<Arc<HashTable<(K, V)>>>,
    hasher: &RandomState,
    key: &K,
) -> Entry<'m, (K, V)> {
    if shards.is_empty() {
        shards.resize_with(SHARDS, Arc::default);
    }
    let hash = hasher.hash_one(key);
    let table = Arc::make_mut(&mut shards[shard(hash)]);
    let same = |(known, _): &(K, V)| known == key;
    table.entry(hash, same, |(known, _)| hasher.hash_one(known))
}

impl<K: Eq + Hash + Clone, V: Clone> ShardedMap<K, V> {
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        if self.shards.is_empty() {
            return None;
        }
        let hash = self.hasher.hash_one(key);
        let same = |(known, _): &(K, V)| known.borrow() == key;
        let found = self.shards[shard(hash)].find(hash, same);
        found.map(|(_, value)| value)
    }

    /// Returns the value of a key for a change, and inserts the default if there is none.
    pub(super) fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let known = match place(&mut self.shards, &self.hasher, &key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => {
                self.length += 1;
                vacant.insert((key, V::default())).into_mut()
            }
        };
        &mut known.1
    }

    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match place(&mut self.shards, &self.hasher, &key) {
            Entry::Occupied(known) => Some(std::mem::replace(&mut known.into_mut().1, value)),
            Entry::Vacant(vacant) => {
                self.length += 1;
                vacant.insert((key, value));
                None
            }
        }
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        // A missing key must not copy the shard.
        self.get(key)?;
        match place(&mut self.shards, &self.hasher, key) {
            Entry::Occupied(known) => {
                self.length -= 1;
                Some(known.remove().0.1)
            }
            Entry::Vacant(_) => None,
        }
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        let shards = self.shards.iter_mut();
        let entries = shards.flat_map(|shard| Arc::make_mut(shard).iter_mut());
        entries.map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let entries = self.shards.iter().flat_map(|shard| shard.iter());
        entries.map(|(key, value)| (key, value))
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }
}

/// The number of elements of a chunk: as with shards, few enough to be copied, and enough that there are
/// few chunks.
const CHUNK: usize = 1024;

/// A list in chunks that only grows; copies share a chunk until one of them changes it.
#[derive(Clone)]
pub(super) struct ChunkedList<T> {
    /// INVARIANT: all but the last are full.
    chunks: Vec<Arc<Vec<T>>>,
}

impl<T> Default for ChunkedList<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T: Clone> ChunkedList<T> {
    pub(super) fn get(&self, place: usize) -> Option<&T> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    /// Puts an element in the place of another, or at the end.
    pub(super) fn put(&mut self, place: usize, element: T) {
        let chunk = self.chunks.get_mut(place / CHUNK);
        if let Some(known) = chunk.and_then(|chunk| Arc::make_mut(chunk).get_mut(place % CHUNK)) {
            *known = element;
            return;
        }
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => Arc::make_mut(last).push(element),
            _ => self.chunks.push(Arc::new(vec![element])),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    pub(super) fn len(&self) -> usize {
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        full + self.chunks.last().map_or(0, |last| last.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_a_list_does_not_see_later_changes() {
        let mut list = ChunkedList::default();
        for i in 0..3000 {
            assert_eq!((list.len(), list.get(i)), (i, None));
            list.put(i, i);
        }
        let copy = list.clone();
        list.put(1500, 0);
        list.put(3000, 3000);
        assert_eq!((copy.get(1500), list.get(1500)), (Some(&1500), Some(&0)));
        assert_eq!((copy.len(), list.len()), (3000, 3001));
        assert!(copy.iter().copied().eq(0..3000));
        assert!(Arc::ptr_eq(&copy.chunks[0], &list.chunks[0]));
    }

    #[test]
    fn a_copy_does_not_see_later_changes() {
        let mut table: ShardedMap<u32, u32> = ShardedMap::default();
        for i in 0..10_000 {
            table.insert(i, i);
        }
        let copy = table.clone();
        table.insert(7, 70);
        table.remove(&8);
        *table.entry(20_000) += 1;
        assert_eq!(
            (copy.get(&7), copy.get(&8), copy.get(&20_000)),
            (Some(&7), Some(&8), None)
        );
        assert_eq!(
            (table.get(&7), table.get(&8), table.get(&20_000)),
            (Some(&70), None, Some(&1))
        );
        assert_eq!((copy.len(), table.len()), (10_000, 10_000));
        assert_eq!(table.iter().count(), 10_000);
        let shared = copy
            .shards
            .iter()
            .zip(&table.shards)
            .filter(|(a, b)| Arc::ptr_eq(a, b));
        assert!(
            shared.count() >= SHARDS - 3,
            "what was not touched is shared"
        );
    }
}
