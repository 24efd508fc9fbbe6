//! What a bad line does to bytes: flips bits, loses and doubles bytes, adds noise, falls silent.

use crate::chance::Dice;

/// How often each fault strikes, once in so many bytes; 0 never.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// One bit of a byte is flipped.
    pub flip: u64,
    /// A byte is lost.
    pub lose: u64,
    /// A byte arrives twice.
    pub double: u64,
    /// A random byte is inserted.
    pub noise: u64,
    /// The rest of what is being sent does not arrive.
    pub silence: u64,
}

/// Bytes between two faults: no frame of 247 bytes meets two. One fault always changes the sum modulo 256; two may
/// cancel out, and then E1381 itself cannot see them (§6.3.4 has no stronger check).
const SPACING: u64 = 260;

/// The faults of one line, and how long ago the last one struck.
#[derive(Debug, Clone)]
pub struct Mischief {
    dice: Dice,
    since: u64,
    done: u64,
}

impl Faults {
    /// A perfect line.
    pub const NONE: Self = Self {
        flip: 0,
        lose: 0,
        double: 0,
        noise: 0,
        silence: 0,
    };
}

impl Mischief {
    /// Mischief that has done nothing yet.
    pub fn new(dice: Dice) -> Self {
        Self {
            dice,
            since: 0,
            done: 0,
        }
    }

    /// Goes on with other randomness: two lines never suffer alike.
    pub fn reseed(&mut self, seed: u64) {
        self.dice = Dice::new(seed);
    }

    /// How many faults struck so far.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// What the other side sees of `bytes`.
    pub fn distort(&mut self, bytes: &[u8], faults: Faults) -> Vec<u8> {
        let mut seen = Vec::with_capacity(bytes.len());
        for byte in bytes {
            self.since = self.since.saturating_add(1);
            if self.strikes(faults.silence) {
                break;
            }
            if self.strikes(faults.noise) {
                // Never 0, which would not change the sum.
                let noise = u8::try_from(self.dice.between(1, 255)).unwrap_or(1);
                seen.extend([noise, *byte]);
            } else if self.strikes(faults.lose) {
            } else if self.strikes(faults.flip) {
                seen.push(byte ^ (1 << self.dice.below(8)));
            } else if self.strikes(faults.double) {
                seen.extend([*byte, *byte]);
            } else {
                seen.push(*byte);
            }
        }
        seen
    }

    fn strikes(&mut self, once_in: u64) -> bool {
        let strikes = once_in > 0 && self.since > SPACING && self.dice.one_in(once_in);
        if strikes {
            self.since = 0;
            self.done = self.done.saturating_add(1);
        }
        strikes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_line_changes_nothing_and_a_bad_one_does() {
        let mut mischief = Mischief::new(Dice::new(7));
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        assert_eq!(mischief.distort(&bytes, Faults::NONE), bytes);
        let bad = Faults {
            flip: 50,
            lose: 50,
            double: 50,
            noise: 50,
            silence: 0,
        };
        assert_ne!(mischief.distort(&bytes, bad), bytes);
        assert!(mischief.done() > 10);
    }
}
