//! One frame.

use super::checksum;
use super::control::{CR, ETB, ETX, LF, STX};

/// What ends the text of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameEnd {
    /// ETB: more frames follow.
    Intermediate,
    /// ETX: the last frame of a message, or of a record with analyzers that send one record a frame.
    Last,
}

impl FrameEnd {
    /// Reads the control character.
    pub fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            ETB => Some(Self::Intermediate),
            ETX => Some(Self::Last),
            _ => None,
        }
    }

    /// The control character.
    pub fn byte(self) -> u8 {
        match self {
            Self::Intermediate => ETB,
            Self::Last => ETX,
        }
    }
}

/// Writes a frame as the standard has it. Only the last three bits of the number count.
///
/// ```
/// use lisiere_protocol::lis1a::frame::{FrameEnd, encode};
///
/// assert_eq!(encode(1, b"H|\\^&\r", FrameEnd::Last), b"\x021H|\\^&\r\x03E5\r\n");
/// ```
pub fn encode(number: u8, text: &[u8], end: FrameEnd) -> Vec<u8> {
    let mut frame = Vec::with_capacity(text.len() + 7);
    frame.extend_from_slice(&[STX, b'0' + number % 8]);
    frame.extend_from_slice(text);
    frame.push(end.byte());
    let sum = checksum::sum(frame.get(1..).unwrap_or_default());
    frame.extend_from_slice(&checksum::digits(sum));
    frame.extend_from_slice(&[CR, LF]);
    frame
}
