//! The checksum of a frame: the sum of all bytes from the frame number through ETB or ETX, modulo 256 (LIS01-A2 §6.3.3).

use crate::lis2a2::escape::{hex_digit, upper_hex};

/// What may have happened to the line ends of a text after the analyzer summed it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineEndRepair {
    /// CR became CR LF.
    CrLfToCr,
    /// CR became LF.
    LfToCr,
}

impl LineEndRepair {
    /// Every repair, the more common first.
    pub const ALL: [Self; 2] = [Self::CrLfToCr, Self::LfToCr];

    /// The text as the analyzer must have sent it.
    pub fn apply(self, text: &[u8]) -> Vec<u8> {
        let mut repaired = Vec::with_capacity(text.len());
        for &byte in text {
            match (self, byte) {
                (Self::LfToCr, b'\n') => repaired.push(b'\r'),
                (Self::CrLfToCr, b'\n') if repaired.last() == Some(&b'\r') => {}
                _ => repaired.push(byte),
            }
        }
        repaired
    }
}

/// The sum of the bytes, modulo 256.
pub fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// The sum the bytes would have after a repair of their line ends.
pub fn sum_repaired(bytes: &[u8], repair: LineEndRepair) -> u8 {
    sum(&repair.apply(bytes))
}

/// Two hexadecimal digits, high one first, in upper case as the standard has it.
pub fn digits(checksum: u8) -> [u8; 2] {
    [upper_hex(checksum >> 4), upper_hex(checksum)]
}

/// Reads two hexadecimal digits of either case; `None` when they are something else.
pub fn parse(digits: &[u8]) -> Option<u8> {
    match *digits {
        [high, low] => Some(hex_digit(high)? << 4 | hex_digit(low)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{LineEndRepair, digits, parse, sum, sum_repaired};

    #[test]
    fn sum_of_a_frame_written_by_hand() {
        // "1H|\^&" CR ETX: 31+48+7C+5C+5E+26+0D+03 = 1E5 hex.
        assert_eq!(sum(b"1H|\\^&\r\x03"), 0xE5);
        assert_eq!(digits(0xE5), *b"E5");
        assert_eq!(sum(&[0xFF; 256]), 0);
    }

    #[test]
    fn digits_are_read_in_either_case() {
        assert_eq!(parse(b"e5"), Some(0xE5));
        assert_eq!(parse(b"E5"), Some(0xE5));
        assert_eq!(parse(b"G5"), None);
        assert_eq!(parse(b"5"), None);
    }

    #[test]
    fn rewritten_line_ends_can_be_put_back() {
        let sent = b"1P|1\rL|1\r\x03";
        assert_eq!(
            sum_repaired(b"1P|1\r\nL|1\r\n\x03", LineEndRepair::CrLfToCr),
            sum(sent)
        );
        assert_eq!(
            sum_repaired(b"1P|1\nL|1\n\x03", LineEndRepair::LfToCr),
            sum(sent)
        );
    }
}
