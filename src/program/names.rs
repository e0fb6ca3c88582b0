//! Names of attributes → the slots that ask for them.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::seeded::Seeded;
use super::{Slot, SlotId};
use crate::value::key;

/// Slots by the key of category and attribute id. Several where an attribute is asked for in
/// several data types or by issuer; those of another name, should two names have one key, are told
/// apart by whoever looks at the slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(HashMap<u64, SmallVec<[SlotId; 2]>, Seeded>);

impl Names {
    pub(crate) fn insert(&mut self, slot: &Slot, id: SlotId) {
        self.0.entry(name(slot)).or_default().push(id);
    }

    pub(crate) fn remove(&mut self, slot: &Slot, id: SlotId) {
        if let Some(slots) = self.0.get_mut(&name(slot)) {
            slots.retain(|known| *known != id);
        }
    }

    pub(crate) fn get(&self, name: u64) -> &[SlotId] {
        self.0.get(&name).map_or(&[], |slots| slots)
    }
}

fn name(slot: &Slot) -> u64 {
    let category = key::text_key(&slot.designator.category);
    key::name_key(category, &slot.designator.id)
}
