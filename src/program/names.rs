//! Names of attributes → the slots that ask for them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use smallvec::SmallVec;

use super::{Slot, SlotId};
use crate::value::key;

/// Slots by the key of category and attribute id. Several where an attribute is asked for in
/// several data types or by issuer; those of another name, should two names have one key, are told
/// apart by whoever looks at the slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(HashMap<u64, SmallVec<[SlotId; 2]>, BuildHasherDefault<AsItIs>>);

impl Names {
    pub(crate) fn insert(&mut self, slot: &Slot, id: SlotId) {
        let category = key::text_key(&slot.designator.category);
        let name = key::name_key(category, &slot.designator.id);
        self.0.entry(name).or_default().push(id);
    }

    pub(crate) fn get(&self, name: u64) -> &[SlotId] {
        self.0.get(&name).map_or(&[], |slots| slots)
    }
}

/// For keys that are hashes already.
#[derive(Clone, Copy, Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        // Not used: the only keys are numbers. Should it be, it must still be a function of them.
        for byte in bytes {
            self.0 = self.0.wrapping_mul(31).wrapping_add((*byte).into());
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
