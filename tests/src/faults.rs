//! What a bad line does to bytes: flips bits, drops and doubles bytes, adds noise.

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
}

impl Faults {
    /// A perfect line.
    pub const NONE: Self = Self {
        flip: 0,
        lose: 0,
        double: 0,
        noise: 0,
    };

    /// What the other side sees of `bytes`.
    pub fn distort(&self, bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
        let mut seen = Vec::with_capacity(bytes.len());
        for byte in bytes {
            if strikes(self.noise, dice) {
                seen.push(dice.next().to_le_bytes()[0]);
            }
            if strikes(self.lose, dice) {
                continue;
            }
            let flipped = if strikes(self.flip, dice) {
                1 << dice.below(8)
            } else {
                0
            };
            seen.push(byte ^ flipped);
            if strikes(self.double, dice) {
                seen.push(byte ^ flipped);
            }
        }
        seen
    }
}

fn strikes(once_in: u64, dice: &mut Dice) -> bool {
    once_in > 0 && dice.one_in(once_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_line_changes_nothing_and_a_bad_one_does() {
        let mut dice = Dice::new(7);
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(Faults::NONE.distort(&bytes, &mut dice), bytes);
        let bad = Faults {
            flip: 20,
            lose: 20,
            double: 20,
            noise: 20,
        };
        assert_ne!(bad.distort(&bytes, &mut dice), bytes);
    }
}
