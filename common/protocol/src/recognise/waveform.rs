//! What a receiver reads when it is set to another speed or framing than the sender: the levels of the line, sampled in the
//! middle of each bit as the receiver counts them.
//!
//! Also for simulators, which let a pseudo-terminal behave like a wire with it.

use super::setting::{Parity, Setting};

/// A character as a receiver saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seen {
    /// The data bits.
    pub byte: u8,
    /// Parity and stop bit were as they should be.
    pub is_sound: bool,
}

/// What a receiver reads of bytes that were sent one right after the other on a line at rest.
pub fn misread(bytes: &[u8], sent: Setting, read: Setting) -> Vec<Seen> {
    let mut stretch = Stretch::new(bytes, sent);
    core::iter::from_fn(|| stretch.next(read)).collect()
}

/// A second in units in which one bit of any usual speed is whole, and half of it too.
const SECOND: u64 = 16 * 115_200;

/// Bytes sent one right after the other on a line at rest, read one character at a time: the receiver may be set otherwise
/// in the middle of it, and is then out of step until a pulse brings it back.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// Levels of the line, one a bit of the sender; before and after, it rests high.
    levels: Vec<bool>,
    bit: u64,
    at: u64,
}

impl Stretch {
    /// Bytes sent at a setting.
    pub fn new(bytes: &[u8], sent: Setting) -> Self {
        let mut levels = Vec::with_capacity(bytes.len() * 12);
        for byte in bytes {
            let bits = (0..sent.framing.data_bits).map(|bit| byte >> bit & 1 == 1);
            let ones = bits.clone().filter(|bit| *bit).count();
            levels.push(false);
            levels.extend(bits);
            match sent.framing.parity {
                Parity::None => {}
                Parity::Even => levels.push(ones % 2 == 1),
                Parity::Odd => levels.push(ones % 2 == 0),
            }
            levels.extend((0..sent.framing.stop_bits).map(|_| true));
        }
        Self {
            levels,
            bit: (SECOND / u64::from(sent.baud.max(1))).max(1),
            at: 0,
        }
    }

    /// The next character that a receiver set like this sees; `None` when the line has come to rest.
    pub fn next(&mut self, read: Setting) -> Option<Seen> {
        let bit = (SECOND / u64::from(read.baud.max(1))).max(2);
        let start = loop {
            let start = self.falls()?;
            if !self.level(start + bit / 2) {
                break start;
            }
            // A pulse too short for a start bit.
            self.at = start + bit / 2;
        };
        let sample = |place: u64| self.level(start + place * bit + bit / 2);
        let data = u64::from(read.framing.data_bits);
        let byte = (0..data).fold(0_u8, |byte, place| {
            byte | u8::from(sample(place + 1)) << place
        });
        let parity = match read.framing.parity {
            Parity::None => None,
            Parity::Even => Some(byte.count_ones() % 2 == 1),
            Parity::Odd => Some(byte.count_ones() % 2 == 0),
        };
        let parity_holds = parity.is_none_or(|expected| sample(data + 1) == expected);
        let stop = data + 1 + u64::from(parity.is_some());
        let is_stopped = sample(stop);
        // Without a stop bit the receiver waits for the line to rest before it looks for the next start.
        self.at = start + stop * bit + bit / 2;
        Some(Seen {
            byte,
            is_sound: parity_holds && is_stopped,
        })
    }

    fn level(&self, at: u64) -> bool {
        let index = usize::try_from(at / self.bit).unwrap_or(usize::MAX);
        self.levels.get(index).copied().unwrap_or(true)
    }

    /// The first moment from now on at which the line falls after having been high.
    fn falls(&self) -> Option<u64> {
        let first = usize::try_from(self.at / self.bit).unwrap_or(usize::MAX);
        let mut high = self.at == 0 || self.levels.get(first).copied().unwrap_or(true);
        for (index, level) in self.levels.iter().enumerate().skip(first) {
            let begins = u64::try_from(index)
                .unwrap_or(u64::MAX)
                .saturating_mul(self.bit);
            if high && !level && begins >= self.at {
                return Some(begins);
            }
            high = *level;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::score::is_known;
    use super::super::setting::{Framing, Setting, plan};
    use super::{Seen, misread};

    const fn at(baud: u32, framing: Framing) -> Setting {
        Setting { baud, framing }
    }

    fn sound(bytes: &[u8]) -> Vec<Seen> {
        let seen = |byte: &u8| Seen {
            byte: *byte,
            is_sound: true,
        };
        bytes.iter().map(seen).collect()
    }

    #[test]
    fn at_the_same_setting_every_byte_is_read_as_sent() {
        let all: Vec<u8> = (0..=127).collect();
        for setting in plan() {
            assert_eq!(misread(&all, setting, setting), sound(&all), "{setting}");
        }
    }

    #[test]
    fn seven_bits_with_parity_pass_for_eight_without() {
        let (seven, eight) = (at(9600, Framing::SEVEN_EVEN), at(9600, Framing::EIGHT_NONE));
        assert_eq!(misread(b"1H\x05", seven, eight), sound(&[0xb1, 0x48, 5]));
        // With a parity bit beside eight data bits, the enquiry seems to lack its stop bit.
        let damaged = Seen {
            byte: 5,
            is_sound: false,
        };
        let enquiry = misread(&[5], at(9600, Framing::EIGHT_EVEN), eight);
        assert_eq!(enquiry, [damaged]);
    }

    /// What the recogniser relies on: an enquiry that stands alone and is read without error proves the speed.
    #[test]
    fn no_single_character_at_another_speed_reads_as_an_enquiry() {
        for read in plan() {
            for sent in plan().into_iter().filter(|sent| sent.baud != read.baud) {
                for byte in 0..=255 {
                    assert_ne!(
                        misread(&[byte], sent, read),
                        sound(&[5]),
                        "{byte:02x} {sent} {read}"
                    );
                }
            }
        }
    }

    #[test]
    fn text_at_another_speed_makes_no_sense() {
        let text = b"\x021H|\\^&|||ANALYZER^1.0|||||||P|1|20261123091201\r\x03".repeat(8);
        for read in plan() {
            for sent in plan().into_iter().filter(|sent| sent.baud != read.baud) {
                let seen = misread(&text, sent, read);
                let sense = seen
                    .iter()
                    .filter(|seen| seen.is_sound && is_known(seen.byte))
                    .count();
                assert!(sense * 20 < seen.len() * 17, "{sent} read at {read}");
            }
        }
    }
}
