//! A hasher for keys that are hashes already. Each table mixes them with a secret of its own, so
//! that no author can write policies whose keys all get one place.

use std::hash::{BuildHasher, Hasher, RandomState};

/// One for each table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl Seeded {
    /// No secret: for tables in which collisions cost little.
    pub(crate) const OPEN: Self = Self(0);

    /// The place of a key: a multiplication whose high half is folded onto the low one.
    pub(crate) fn place(self, key: u64) -> u64 {
        let product = u128::from(key ^ self.0) * 0xA076_1D64_78BD_642F;
        // Both halves are meant to be cut.
        #[allow(clippy::cast_possible_truncation)]
        let folded = (product as u64) ^ ((product >> 64) as u64);
        folded
    }
}

impl BuildHasher for Seeded {
    type Hasher = SeededHasher;

    fn build_hasher(&self) -> SeededHasher {
        SeededHasher {
            seeded: *self,
            key: 0,
        }
    }
}

pub(crate) struct SeededHasher {
    seeded: Seeded,
    key: u64,
}

impl Hasher for SeededHasher {
    fn write(&mut self, bytes: &[u8]) {
        // Not used: the only keys are numbers. Should it be, it must still be a function of them.
        for byte in bytes {
            self.key = self.key.wrapping_mul(31).wrapping_add((*byte).into());
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.key = number;
    }

    fn finish(&self) -> u64 {
        self.seeded.place(self.key)
    }
}
