//! Names of attributes → the slots that ask for them.

use super::seeded::Seeded;
use super::{Slot, SlotId};
use crate::value::key;

/// Slots by the key of category and attribute id, and of the issuer if they ask for one: however
/// many issuers policies name, an attribute finds few slots. A key has several slots where policies
/// ask for several data types. If two names have one key, the caller compares the names.
///
/// Slots of one key form a chain and take one place of the table, so that a long chain does not
/// slow other look-ups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Open addressing; the length is a power of two or zero, and at least half is free. Each key
    /// with the slot that came last.
    table: Vec<Option<(u64, SlotId)>>,
    /// For each slot the slot of its key that was added before it.
    before: Vec<Option<SlotId>>,
    /// The number of keys.
    count: usize,
    /// The number of slots that ask for an issuer.
    by_issuer: usize,
    seed: Seeded,
}

impl Names {
    /// Adds a slot.
    pub(crate) fn insert(&mut self, slot: &Slot, id: SlotId) {
        if (self.count + 1) * 2 > self.table.len() {
            let longer = vec![None; (self.table.len() * 2).max(8)];
            let shorter = std::mem::replace(&mut self.table, longer);
            for (key, id) in shorter.into_iter().flatten() {
                let at = self.place(key);
                self.table[at] = Some((key, id));
            }
        }
        self.by_issuer += usize::from(slot.designator.issuer.is_some());
        let key = name(slot);
        let at = self.place(key);
        let before = self.table[at].replace((key, id)).map(|(_, id)| id);
        self.count += usize::from(before.is_none());
        if self.before.len() <= id.index() {
            self.before.resize(id.index() + 1, None);
        }
        self.before[id.index()] = before;
    }

    /// The slots that an attribute of this name may fill, in no order and each once. Its issuer is
    /// asked for only if some slot asks for one.
    #[inline]
    pub(crate) fn get<'i>(
        &self,
        name: u64,
        issuer: impl FnOnce() -> Option<&'i str>,
    ) -> impl Iterator<Item = SlotId> {
        let issuer = if self.by_issuer > 0 { issuer() } else { None };
        let key = issuer.map(|issuer| key::name_key(name, issuer));
        Chains {
            names: self,
            next: self.last(name),
            // Texts can be made up for which the two are the same.
            then: key.filter(|key| *key != name),
        }
    }

    /// The slot of a key that came last.
    #[inline]
    fn last(&self, name: u64) -> Option<SlotId> {
        let mut at = self.begin(name);
        loop {
            match self.table.get(at) {
                Some(Some((key, last))) if *key == name => return Some(*last),
                Some(Some(_)) => at = self.after(at),
                _ => return None,
            }
        }
    }

    /// The place of a key, or the free place for it. The table is not empty.
    fn place(&self, key: u64) -> usize {
        let mut at = self.begin(key);
        while self.table[at].is_some_and(|(known, _)| known != key) {
            at = self.after(at);
        }
        at
    }

    fn begin(&self, key: u64) -> usize {
        // Cut to the length of the table.
        #[allow(clippy::cast_possible_truncation)]
        let place = self.seed.place(key) as usize;
        place & self.table.len().wrapping_sub(1)
    }

    fn after(&self, at: usize) -> usize {
        (at + 1) & self.table.len().wrapping_sub(1)
    }
}

/// The slots of one key, then those of another.
struct Chains<'n> {
    names: &'n Names,
    next: Option<SlotId>,
    then: Option<u64>,
}

impl Iterator for Chains<'_> {
    type Item = SlotId;

    #[inline]
    fn next(&mut self) -> Option<SlotId> {
        let id = match self.next {
            Some(id) => id,
            None => self.names.last(self.then.take()?)?,
        };
        self.next = self.names.before.get(id.index()).copied().flatten();
        Some(id)
    }
}

fn name(slot: &Slot) -> u64 {
    let category = key::text_key(&slot.designator.category);
    let name = key::name_key(category, &slot.designator.id);
    let issuer = slot.designator.issuer.as_deref();
    issuer.map_or(name, |issuer| key::name_key(name, issuer))
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::{found, slot};
    use super::*;
    use crate::value::DataType;

    /// A policy may ask for one attribute by very many issuers. Each must cost the same, or a
    /// policy that is refused keeps a store busy for hours, and one that is not each of its
    /// decisions.
    #[test]
    fn many_of_one_name_take_no_time() {
        let slot = |n| slot(1, Some(n), DataType::String);
        let slots: Vec<Slot> = (0..30_000).map(slot).collect();
        let mut names = Names::default();
        for (slot, id) in slots.iter().zip((0..).map(SlotId)) {
            names.insert(slot, id);
        }
        for (at, slot) in slots.iter().enumerate() {
            assert_eq!(found(&names, &slot.designator), [at]);
        }
    }
}
