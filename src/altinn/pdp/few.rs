//! A map that is a list while it is small: most decisions know two parties, a batch may know thousands.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use foldhash::quality::RandomState;
use smallvec::SmallVec;

/// The number of entries up to which comparing is faster than hashing.
const FEW: usize = 4;

/// A map without removal.
pub(super) struct FewOrMany<K, V> {
    few: SmallVec<[(K, V); 2]>,
    /// All entries, once there are more than a few. It is hashed with a seed, as keys come from
    /// requests.
    many: Option<HashMap<K, V, RandomState>>,
}

impl<K, V> Default for FewOrMany<K, V> {
    fn default() -> Self {
        Self {
            few: SmallVec::new(),
            many: None,
        }
    }
}

impl<K: Eq + Hash, V> FewOrMany<K, V> {
    /// Returns the value of a key.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        match &self.many {
            Some(many) => many.get(key),
            None => {
                let mut few = self.few.iter();
                few.find(|(known, _)| known.borrow() == key)
                    .map(|(_, value)| value)
            }
        }
    }

    /// Adds an entry whose key is new.
    pub(super) fn add(&mut self, key: K, value: V) {
        if let Some(many) = &mut self.many {
            many.insert(key, value);
            return;
        }
        self.few.push((key, value));
        if self.few.len() > FEW {
            self.many = Some(self.few.drain(..).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_found_alike() {
        let mut map = FewOrMany::default();
        for i in 0..100_u32 {
            assert_eq!(map.get(&i), None);
            map.add(i, i + 1);
            let found = (0..=i).filter_map(|known| map.get(&known).copied());
            assert!(found.eq(1..=i + 1));
        }
    }
}
