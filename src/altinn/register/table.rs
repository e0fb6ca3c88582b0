//! A map that is cheap to copy: copies share every shard that neither has changed.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use foldhash::quality::RandomState;

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
    shards: Vec<Arc<HashMap<K, V, RandomState>>>,
    /// Selects the shard. It is seeded, because keys come from requests, and otherwise than the
    /// shards: with their seed, the keys of one shard would crowd a few of its buckets.
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

impl<K: Eq + Hash + Clone, V: Clone> ShardedMap<K, V> {
    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        // The remainder is below SHARDS.
        #[allow(clippy::cast_possible_truncation)]
        let index = self.hasher.hash_one(key) as usize % SHARDS;
        index
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        if self.shards.is_empty() {
            return None;
        }
        self.shards[self.shard(key)].get(key)
    }

    /// Returns the value of a key for a change, and inserts the default if there is none.
    pub(super) fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        if self.shards.is_empty() {
            self.shards.resize_with(SHARDS, Arc::default);
        }
        let shard = self.shard(&key);
        let map = Arc::make_mut(&mut self.shards[shard]);
        match map.entry(key) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(vacant) => {
                self.length += 1;
                vacant.insert(V::default())
            }
        }
    }

    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if self.shards.is_empty() {
            self.shards.resize_with(SHARDS, Arc::default);
        }
        let shard = self.shard(&key);
        let old = Arc::make_mut(&mut self.shards[shard]).insert(key, value);
        self.length += usize::from(old.is_none());
        old
    }

    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        // A missing key must not copy the shard.
        self.get(key)?;
        let shard = self.shard(key);
        let old = Arc::make_mut(&mut self.shards[shard]).remove(key);
        self.length -= usize::from(old.is_some());
        old
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        let shards = self.shards.iter_mut();
        shards.flat_map(|shard| Arc::make_mut(shard).values_mut())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
