//! Names of attributes → the slots that ask for them.

use super::seeded::Seeded;
use super::{Slot, SlotId};
use crate::value::key;

/// Slots by the key of category and attribute id. Several where an attribute is asked for in
/// several data types or by issuer; those of another name, should two names have one key, are told
/// apart by whoever looks at the slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Open addressing; the length is a power of two or zero, and at least half is free.
    table: Vec<Option<(u64, SlotId)>>,
    count: usize,
    seed: Seeded,
}

impl Names {
    pub(crate) fn insert(&mut self, slot: &Slot, id: SlotId) {
        if (self.count + 1) * 2 > self.table.len() {
            let longer = vec![None; (self.table.len() * 2).max(8)];
            let shorter = std::mem::replace(&mut self.table, longer);
            for (key, id) in shorter.into_iter().flatten() {
                self.place(key, id);
            }
        }
        self.place(name(slot), id);
        self.count += 1;
    }

    /// Takes out a slot that was inserted. Those that may stand behind it because of it are put
    /// where they belong now.
    pub(crate) fn remove(&mut self, slot: &Slot, id: SlotId) {
        let key = name(slot);
        let mut at = self.begin(key);
        while self
            .table
            .get(at)
            .is_some_and(|found| *found != Some((key, id)))
        {
            if self.table[at].is_none() {
                return;
            }
            at = self.after(at);
        }
        let mut moved = Vec::new();
        if !self.table.is_empty() {
            self.table[at] = None;
            self.count -= 1;
            at = self.after(at);
            while let Some(found) = self.table[at].take() {
                moved.push(found);
                at = self.after(at);
            }
        }
        for (key, id) in moved {
            self.place(key, id);
        }
    }

    /// The slots of a name, in no order.
    #[inline]
    pub(crate) fn get(&self, name: u64) -> impl Iterator<Item = SlotId> {
        let mut at = self.begin(name);
        std::iter::from_fn(move || {
            loop {
                let (key, id) = (*self.table.get(at)?)?;
                at = self.after(at);
                if key == name {
                    return Some(id);
                }
            }
        })
    }

    fn place(&mut self, key: u64, id: SlotId) {
        let mut at = self.begin(key);
        while self.table[at].is_some() {
            at = self.after(at);
        }
        self.table[at] = Some((key, id));
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

fn name(slot: &Slot) -> u64 {
    let category = key::text_key(&slot.designator.category);
    key::name_key(category, &slot.designator.id)
}
