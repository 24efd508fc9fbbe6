//! A small seeded generator, so that every random story can be run again exactly.

use crate::clock;

/// SplitMix64: enough randomness to choose moments and faults, and one number to repeat it.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Starts from a known seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Takes the seed from `LISIERE_SEED`, else from the clock, and prints it.
    pub fn announced(story: &str) -> Self {
        let seed = std::env::var("LISIERE_SEED")
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(clock::seed);
        println!("{story}: seed {seed} (repeat with LISIERE_SEED={seed})");
        Self::new(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound` (0 when the bound is 0).
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits().checked_rem(bound).unwrap_or(0)
    }

    /// An index into something of `len` elements.
    pub fn index(&mut self, len: usize) -> usize {
        let bound = u64::try_from(len).unwrap_or(u64::MAX);
        usize::try_from(self.below(bound)).unwrap_or(0)
    }

    /// True once in `n` times on average.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low.saturating_add(self.below(high.saturating_sub(low).saturating_add(1)))
    }
}
