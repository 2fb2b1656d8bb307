//! Numbers that look random and are the same on every machine.
//!
//! `SplitMix64`: a counter in steps of the golden ratio, mixed by two multiplications (Steele, Lea
//! and Flood, "Fast splittable pseudorandom number generators", 2014). It is no source of secrets.

/// A sequence of numbers that its seed determines.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The sequence number `index` of a seed; neighbouring indices are unrelated.
    pub(super) const fn new(seed: u64, index: u64) -> Self {
        let mut seeded = Self(seed);
        let key = seeded.next();
        let mut indexed = Self(key ^ index.wrapping_mul(0xd1b5_4a32_d192_ed03));
        Self(indexed.next())
    }

    /// The next number.
    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if the bound is 0.
    pub(super) const fn below(&mut self, bound: u32) -> u32 {
        // The upper half of a product: without division, and without visible bias below 2^32.
        (((self.next() >> 32) * bound as u64) >> 32) as u32
    }

    /// Whether a chance of so many in a hundred comes true.
    pub(super) const fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_sequence() {
        // The first outputs of SplitMix64 for the seed 1234567.
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn stays_below_its_bound_and_reaches_all_of_it() {
        let mut random = Random::new(1, 2);
        let mut seen = [false; 7];
        for _ in 0..1_000 {
            seen[random.below(7) as usize] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_eq!(random.below(0), 0);
    }
}
