//! Random numbers that are equal in every run with the same seed.

/// `SplitMix64`.
pub(in crate::altinn::register::tests) struct Random(pub(in crate::altinn::register::tests) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `bound`.
    pub(in crate::altinn::register::tests) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).expect("is small");
        usize::try_from(self.next() % bound).expect("is small")
    }

    pub(in crate::altinn::register::tests) fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    pub(in crate::altinn::register::tests) fn pick<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }
}
