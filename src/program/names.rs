//! Names of attributes → the slots that ask for them.

use super::seeded::Seeded;
use super::{Slot, SlotId};
use crate::value::key;

/// Slots by the key of category and attribute id. Several where an attribute is asked for in
/// several data types or by issuer; those of another name, should two names have one key, are told
/// apart by whoever looks at the slot.
///
/// Slots of one key form a chain and take one place of the table, so that many of them are in nobody's
/// way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Open addressing; the length is a power of two or zero, and at least half is free. Each key
    /// with the slot that came last.
    table: Vec<Option<(u64, SlotId)>>,
    /// By slot: the one of its key that came before.
    before: Vec<Option<SlotId>>,
    /// How many keys there are.
    count: usize,
    seed: Seeded,
}

impl Names {
    /// Adds a slot. They come in the order of their ids.
    pub(crate) fn insert(&mut self, slot: &Slot, id: SlotId) {
        if (self.count + 1) * 2 > self.table.len() {
            let longer = vec![None; (self.table.len() * 2).max(8)];
            let shorter = std::mem::replace(&mut self.table, longer);
            for (key, id) in shorter.into_iter().flatten() {
                let at = self.place(key);
                self.table[at] = Some((key, id));
            }
        }
        let key = name(slot);
        let at = self.place(key);
        let before = self.table[at].replace((key, id)).map(|(_, id)| id);
        self.count += usize::from(before.is_none());
        self.before.push(before);
    }

    /// Takes out the slot that was inserted last. Those that may stand behind it because of it are
    /// put where they belong now.
    pub(crate) fn remove_last(&mut self, slot: &Slot) {
        let Some(before) = self.before.pop() else {
            return;
        };
        let key = name(slot);
        let mut at = self.place(key);
        if let Some(before) = before {
            self.table[at] = Some((key, before));
            return;
        }
        self.count -= usize::from(self.table[at].take().is_some());
        let mut moved = Vec::new();
        loop {
            at = self.after(at);
            match self.table[at].take() {
                Some(found) => moved.push(found),
                None => break,
            }
        }
        for (key, id) in moved {
            let at = self.place(key);
            self.table[at] = Some((key, id));
        }
    }

    /// The slots of a name, in no order.
    #[inline]
    pub(crate) fn get(&self, name: u64) -> impl Iterator<Item = SlotId> {
        let mut at = self.begin(name);
        let mut next = loop {
            match self.table.get(at) {
                Some(Some((key, last))) if *key == name => break Some(*last),
                Some(Some(_)) => at = self.after(at),
                _ => break None,
            }
        };
        std::iter::from_fn(move || {
            let id = next?;
            next = self.before.get(id.index()).copied().flatten();
            Some(id)
        })
    }

    /// Where a key stands, or would. The table is not empty.
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

fn name(slot: &Slot) -> u64 {
    let category = key::text_key(&slot.designator.category);
    key::name_key(category, &slot.designator.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::Designator;
    use crate::value::DataType;

    fn slot(id: usize, issuer: usize) -> Slot {
        Slot {
            designator: Designator {
                category: "c".into(),
                id: format!("a{id}").into(),
                data_type: DataType::String,
                issuer: Some(format!("i{issuer}").into()),
            },
            clock: None,
        }
    }

    fn found(names: &Names, of: &Slot) -> Vec<usize> {
        let mut found: Vec<usize> = names.get(name(of)).map(SlotId::index).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn what_is_taken_out_hides_nobody() {
        let slots: Vec<Slot> = (0..400).map(|n| slot(n * n % 97, n)).collect();
        let mut names = Names::default();
        assert!(found(&names, &slots[0]).is_empty());
        // Filled, emptied to some length, filled again.
        let mut length = 0;
        for to in [400, 13, 250, 0, 90, 89, 400] {
            while length < to {
                names.insert(&slots[length], SlotId::next(length));
                length += 1;
            }
            while length > to {
                length -= 1;
                names.remove_last(&slots[length]);
            }
            for asked in &slots {
                let same = |other: &usize| slots[*other].designator.id == asked.designator.id;
                let expected: Vec<usize> = (0..length).filter(same).collect();
                assert_eq!(found(&names, asked), expected, "of {length}");
            }
        }
    }

    /// A policy may ask for one attribute by very many issuers. Each must cost the same, or a policy
    /// that is refused keeps a store busy for hours.
    #[test]
    fn many_of_one_name_take_no_time() {
        let slots: Vec<Slot> = (0..30_000).map(|n| slot(1, n)).collect();
        let mut names = Names::default();
        for (slot, id) in slots.iter().zip((0..).map(SlotId)) {
            names.insert(slot, id);
        }
        assert_eq!(found(&names, &slots[0]).len(), slots.len());
        for slot in slots.iter().rev() {
            names.remove_last(slot);
        }
        assert!(found(&names, &slots[0]).is_empty());
    }
}
