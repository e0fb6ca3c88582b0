//! Bytes → choices. A generator that only reads these makes a test case of any bytes, and of fewer
//! or smaller bytes a simpler one: 0, and what comes after the last byte, is the simplest choice.

/// The choices not made yet.
pub(crate) struct Choices<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Choices<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes: bytes.iter(),
        }
    }

    /// A number less than `count`, which is at most 65,536.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let wide = count > 256;
        let mut byte = || usize::from(self.bytes.next().copied().unwrap_or(0));
        // Scaled, not the remainder: a smaller byte is a smaller choice.
        match wide {
            false => (byte() * count) >> 8,
            true => (((byte() << 8) + byte()) * count) >> 16,
        }
    }

    /// True about once in `count` times.
    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1 && count > 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A place in `weights`, the more often the greater the weight there; the first one without
    /// bytes.
    pub(crate) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, &weight) in weights.iter().enumerate() {
            if left < weight {
                return place;
            }
            left -= weight;
        }
        0
    }
}

/// Fast and repeatable noise to fill the bytes with (SplitMix64).
pub(crate) struct Noise(pub u64);

impl Noise {
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.next().to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
