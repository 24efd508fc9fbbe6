//! Puts the pieces in which bytes arrive together into lines that a person can follow: one frame, segment or sign each.

use super::Direction;

/// After so long without a byte, in microseconds, a line is complete whatever it holds.
const PAUSE: i64 = 300_000;
/// The longest line.
const LONGEST: usize = 4096;

const ETX: u8 = 0x03;
const ETB: u8 = 0x17;

/// A line: bytes of one direction that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// When the first of them went over the line, in microseconds since 1970.
    pub at: i64,
    /// Which way.
    pub direction: Direction,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Gathers bytes into lines. No byte is left out, none changes its place.
#[derive(Debug, Clone, Default)]
pub struct Gather {
    open: Option<Piece>,
    /// When the last byte came.
    last: i64,
}

impl Gather {
    /// Takes bytes; gives the lines that are complete.
    pub fn push(&mut self, at: i64, direction: Direction, bytes: &[u8]) -> Vec<Piece> {
        let mut complete = Vec::new();
        let stale = self.open.as_ref().is_some_and(|open| {
            open.direction != direction || at.saturating_sub(self.last) > PAUSE
        });
        if stale {
            complete.extend(self.flush());
        }
        self.last = at;
        for &byte in bytes {
            if self
                .open
                .as_ref()
                .is_some_and(|open| ends_before(open, byte))
            {
                complete.extend(self.flush());
            }
            let open = self.open.get_or_insert_with(|| Piece {
                at,
                direction,
                bytes: Vec::new(),
            });
            open.bytes.push(byte);
            if ends_after(byte) {
                complete.extend(self.flush());
            }
        }
        complete
    }

    /// Gives what is there, complete or not.
    pub fn flush(&mut self) -> Option<Piece> {
        self.open.take()
    }

    /// When [`Self::flush`] is due, if no byte comes before.
    pub fn deadline(&self) -> Option<i64> {
        self.open.as_ref().map(|_| self.last.saturating_add(PAUSE))
    }
}

fn ends_before(open: &Piece, byte: u8) -> bool {
    let after_return = open.bytes.last() == Some(&b'\r');
    // STX, VT and ENQ begin something; CR ends a record unless the line goes on with its trailer.
    let begins = matches!(byte, 0x02 | 0x05 | 0x0b);
    begins
        || open.bytes.len() >= LONGEST
        || (after_return && !matches!(byte, b'\r' | b'\n' | ETX | ETB))
}

fn ends_after(byte: u8) -> bool {
    // EOT, ENQ, ACK and NAK stand alone; LF ends whatever it is in.
    matches!(byte, 0x04..=0x06 | 0x15 | b'\n')
}
