//! One frame, as written and as received.

use super::checksum;
use super::control::{CR, ETB, ETX, LF, STX};
use crate::engine::Deviation;

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

/// Writes a frame as the standard has it (LIS01-A2 §6.3.1). Only the last three bits of the number count.
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

/// A frame received whole, with its checksum judged.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// 0 to 7.
    pub(crate) number: u8,
    pub(crate) end: FrameEnd,
    /// From STX to the end of the trailer, exactly as received.
    pub(crate) raw: Vec<u8>,
    /// Where the text ends in `raw`.
    pub(crate) text_end: usize,
    /// The text with its line ends put back, when only that makes the checksum hold.
    pub(crate) repaired: Option<Vec<u8>>,
    /// What the dialect let pass.
    pub(crate) deviations: Vec<Deviation>,
    /// How many characters of the text the standard forbids.
    pub(crate) forbidden: u64,
}

impl Frame {
    pub(crate) fn text(&self) -> &[u8] {
        match &self.repaired {
            Some(text) => text,
            // STX and the number stand before the text.
            None => self.raw.get(2..self.text_end).unwrap_or_default(),
        }
    }

    /// Whether both are the same frame, sent twice: number, end and text, not the trailer.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.number == other.number && self.end == other.end && self.text() == other.text()
    }
}
