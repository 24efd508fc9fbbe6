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
    let wave = Wave::new(bytes, sent);
    // One bit of the sender takes `2 × read.baud` units, one of the receiver `2 × sent.baud`: all samples are whole.
    let sender = 2 * u64::from(read.baud);
    let receiver = 2 * u64::from(sent.baud);
    let mut seen = Vec::new();
    let mut at = 0;
    while let Some(start) = wave.falls(at, sender) {
        let sample = |bit: u64| wave.level(start + bit * receiver + receiver / 2, sender);
        if sample(0) {
            // A pulse too short for a start bit.
            at = start + receiver / 2;
            continue;
        }
        let data = u64::from(read.framing.data_bits);
        let byte = (0..data).fold(0_u8, |byte, bit| byte | u8::from(sample(bit + 1)) << bit);
        let parity = match read.framing.parity {
            Parity::None => None,
            Parity::Even => Some(byte.count_ones() % 2 == 1),
            Parity::Odd => Some(byte.count_ones() % 2 == 0),
        };
        let parity_holds = parity.is_none_or(|expected| sample(data + 1) == expected);
        let stop = data + 1 + u64::from(parity.is_some());
        let is_stopped = sample(stop);
        seen.push(Seen {
            byte,
            is_sound: parity_holds && is_stopped,
        });
        // Without a stop bit the receiver waits for the line to rest before it looks for the next start.
        at = start + stop * receiver + receiver / 2;
    }
    seen
}

/// Levels of a line, one a bit of the sender; before and after, it rests high.
struct Wave(Vec<bool>);

impl Wave {
    fn new(bytes: &[u8], sent: Setting) -> Self {
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
        Self(levels)
    }

    fn level(&self, at: u64, bit: u64) -> bool {
        let index = usize::try_from(at / bit.max(1)).unwrap_or(usize::MAX);
        self.0.get(index).copied().unwrap_or(true)
    }

    /// The first moment from `from` at which the line falls after having been high.
    fn falls(&self, from: u64, bit: u64) -> Option<u64> {
        let bit = bit.max(1);
        let first = usize::try_from(from / bit).unwrap_or(usize::MAX);
        let mut high = first == 0 && from == 0 || self.0.get(first).copied().unwrap_or(true);
        for (index, level) in self.0.iter().enumerate().skip(first) {
            let begins = u64::try_from(index).unwrap_or(u64::MAX).saturating_mul(bit);
            if high && !level && begins >= from {
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
