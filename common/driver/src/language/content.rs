//! The text of a capture's records, with the way back from each byte of it to the capture.

use crate::reading::{ByteRange, Problem};
use lisiere_protocol::lis2a2::Deframed;
use std::{borrow::Cow, ops::Range};

/// The text between the marks of the link, and where in the capture it came from.
pub(crate) struct Content<'c> {
    /// The records.
    pub(crate) text: Cow<'c, [u8]>,
    /// Stretches of the capture that cannot be trusted.
    pub(crate) damaged: Vec<ByteRange>,
    /// What is odd about frames and blocks.
    pub(crate) problems: Vec<Problem>,
    /// The blocks in the text, in languages where records never belong to those of another block.
    pub(crate) parts: Vec<Range<usize>>,
    map: Map,
}

enum Map {
    /// Text and capture agree from this offset on.
    Shift(usize),
    /// The text was put together from pieces, in order.
    Pieces(Vec<Piece>),
    /// Frames of LIS1-A.
    Deframed(Box<Deframed>),
}

/// A piece of the text that stands as it is in the capture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// Its first byte in the text.
    pub(crate) text: usize,
    /// Its first byte in the capture.
    pub(crate) capture: usize,
}

impl<'c> Content<'c> {
    /// One stretch of the capture.
    pub(crate) fn slice(capture: &'c [u8], range: Range<usize>) -> Self {
        let text = capture.get(range.clone()).unwrap_or_default();
        Self {
            text: Cow::Borrowed(text),
            damaged: Vec::new(),
            problems: Vec::new(),
            parts: Vec::new(),
            map: Map::Shift(range.start),
        }
    }

    /// Pieces put together, in the order of both.
    pub(crate) fn pieces(text: Vec<u8>, pieces: Vec<Piece>) -> Self {
        Self {
            text: Cow::Owned(text),
            damaged: Vec::new(),
            problems: Vec::new(),
            parts: Vec::new(),
            map: Map::Pieces(pieces),
        }
    }

    /// What came out of frames of LIS1-A, or out of records without frames.
    pub(crate) fn deframed(mut deframed: Deframed) -> Self {
        Self {
            text: Cow::Owned(std::mem::take(&mut deframed.text)),
            damaged: Vec::new(),
            problems: Vec::new(),
            parts: Vec::new(),
            map: Map::Deframed(Box::new(deframed)),
        }
    }

    /// Where a stretch of the text stands in the capture.
    pub(crate) fn range(&self, text: Range<usize>) -> ByteRange {
        match &self.map {
            Map::Shift(shift) => ByteRange {
                from: text.start.saturating_add(*shift),
                to: text.end.saturating_add(*shift),
            },
            Map::Pieces(pieces) => {
                let at = |offset: usize| {
                    let place = pieces.partition_point(|piece| piece.text <= offset);
                    let piece = place.checked_sub(1).and_then(|place| pieces.get(place));
                    piece.map_or(offset, |piece| piece.capture + (offset - piece.text))
                };
                let from = at(text.start);
                let to = match text.end.checked_sub(1) {
                    Some(last) if last >= text.start => at(last) + 1,
                    _ => from,
                };
                ByteRange { from, to }
            }
            Map::Deframed(deframed) => {
                let range = deframed.capture_range(text);
                ByteRange {
                    from: range.start,
                    to: range.end,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_lead_back_to_the_capture() {
        let pieces = vec![
            Piece {
                text: 0,
                capture: 3,
            },
            Piece {
                text: 4,
                capture: 10,
            },
        ];
        let content = Content::pieces(b"abcdefgh".to_vec(), pieces);
        assert_eq!(content.range(0..4), ByteRange { from: 3, to: 7 });
        assert_eq!(content.range(2..6), ByteRange { from: 5, to: 12 });
        assert_eq!(content.range(5..5), ByteRange { from: 11, to: 11 });
        let content = Content::slice(b"..abc..", 2..5);
        assert_eq!(content.text.as_ref(), b"abc");
        assert_eq!(content.range(1..2), ByteRange { from: 3, to: 4 });
    }
}
