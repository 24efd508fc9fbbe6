//! From captured bytes back to the messages in them: blocks, damaged blocks, and text that never had any. Never fails.

use std::ops::Range;

use super::hybrid::{self, Content};
use super::{CR, FS, LF, VT};
use crate::hl7::header::is_header;
use crate::lis1a::ChecksumPolicy;
use crate::lis2a2::reader::lines;

/// What a capture holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deblocked {
    /// Each message, as a place in the capture: what stands between the marks.
    pub messages: Vec<Range<usize>>,
    /// Whether there were blocks.
    pub framed: bool,
    /// What is odd.
    pub problems: Vec<Problem>,
}

/// Something odd in a capture, with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {kind}")]
pub struct Problem {
    /// Offset in the capture.
    pub at: usize,
    /// What it is.
    pub kind: ProblemKind,
}

/// What can be odd in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ProblemKind {
    /// The capture has no blocks.
    #[error("no blocks: read as plain segments")]
    Unframed,
    /// The block has no end.
    #[error("block without end")]
    NoEnd,
    /// The end of the block is not followed by CR.
    #[error("end of block without CR")]
    NoCr,
    /// Bytes outside blocks.
    #[error("{length} bytes outside blocks")]
    Noise {
        /// How many.
        length: usize,
    },
    /// Count or checksum of a hybrid block are wrong.
    #[error("count or checksum wrong")]
    Checksum,
    /// A block that only says that another came damaged.
    #[error("refusal of a damaged block")]
    Refusal,
}

/// Takes a capture apart.
///
/// ```
/// let capture = b"\x0BMSH|^~\\&|A\r\x1C\r\x0BMSH|^~\\&|B\r\x1C\r";
/// let found = lisiere_protocol::mllp::deblock(capture);
/// assert_eq!(found.messages.len(), 2);
/// assert_eq!(&capture[found.messages[1].clone()], b"MSH|^~\\&|B\r");
/// assert!(found.problems.is_empty());
/// ```
pub fn deblock(capture: &[u8]) -> Deblocked {
    let mut found = Deblocked {
        messages: Vec::new(),
        framed: capture.contains(&VT) || capture.contains(&FS),
        problems: Vec::new(),
    };
    if !found.framed {
        found.note(0, ProblemKind::Unframed);
        found.plain(capture, 0);
        return found;
    }
    let mut at = 0;
    while let Some(rest) = capture.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(content) = rest.strip_prefix(&[VT]) {
            at += 1 + found.block(content, at + 1);
            continue;
        }
        // Up to the next start. A text that is cut off by FS has lost its own.
        let start = rest.iter().position(|byte| *byte == VT);
        let outside = rest.get(..start.unwrap_or(rest.len())).unwrap_or(rest);
        found.outside(outside, at);
        at += outside.len();
    }
    found
}

impl Deblocked {
    fn note(&mut self, at: usize, kind: ProblemKind) {
        self.problems.push(Problem { at, kind });
    }

    /// One block from behind its VT; gives how far it goes.
    fn block(&mut self, content: &[u8], at: usize) -> usize {
        let restart = content
            .iter()
            .position(|byte| *byte == VT)
            .unwrap_or(content.len());
        let scope = content.get(..restart).unwrap_or(content);
        let Some(end) = end_of_block(scope) else {
            if !scope.iter().all(|byte| is_filler(*byte)) {
                self.note(at, ProblemKind::NoEnd);
                self.message(scope, at);
            }
            return scope.len();
        };
        self.message(scope.get(..end).unwrap_or_default(), at);
        if scope.get(end + 1) == Some(&CR) {
            return end + 2;
        }
        self.note(at + end, ProblemKind::NoCr);
        end + 1
    }

    fn message(&mut self, content: &[u8], at: usize) {
        if content.iter().all(|byte| is_filler(*byte)) {
            return;
        }
        if !hybrid::is_hybrid(content) {
            self.messages.push(at..at + content.len());
            return;
        }
        match hybrid::open(content, ChecksumPolicy::Required) {
            Content::Data { text, .. } => {
                let start = at + 4;
                self.messages.push(start..start + text.len());
            }
            Content::Refusal => self.note(at, ProblemKind::Refusal),
            Content::Damaged(_) => {
                self.note(at, ProblemKind::Checksum);
                let data = content.len().saturating_sub(8).max(4);
                self.messages.push(at + 4.min(content.len())..at + data);
            }
        }
    }

    /// Bytes that no VT announced. A text among them that begins with a header and is cut off by FS is a message.
    fn outside(&mut self, bytes: &[u8], at: usize) {
        let mut start = at;
        for part in bytes.split(|byte| *byte == FS) {
            self.unannounced(part, start);
            start += part.len() + 1;
        }
    }

    fn unannounced(&mut self, bytes: &[u8], at: usize) {
        let header = lines(bytes).find(|(_, line)| is_header(line));
        let start = header.map_or(bytes.len(), |(start, _)| start);
        let (before, text) = bytes.split_at_checked(start).unwrap_or((bytes, &[]));
        let length = before.iter().filter(|byte| !is_filler(**byte)).count();
        if length > 0 {
            self.note(at, ProblemKind::Noise { length });
        }
        self.plain(text, at + start);
    }

    /// Text without blocks: a message begins at each header.
    fn plain(&mut self, text: &[u8], at: usize) {
        let mut start = 0;
        for (line_at, line) in lines(text) {
            if is_header(line) && line_at > start {
                if text
                    .get(start..line_at)
                    .is_some_and(|part| !part.iter().all(|byte| is_filler(*byte)))
                {
                    self.messages.push(at + start..at + line_at);
                }
                start = line_at;
            }
        }
        let rest = text.get(start..).unwrap_or_default();
        if !rest.iter().all(|byte| is_filler(*byte)) {
            self.messages.push(at + start..at + text.len());
        }
    }
}

/// The FS that ends a block: the first that is not followed by more text.
fn end_of_block(scope: &[u8]) -> Option<usize> {
    let ends = scope.iter().enumerate().filter(|(_, byte)| **byte == FS);
    let mut ends = ends.map(|(at, _)| at);
    ends.find(|at| {
        scope
            .get(at + 1)
            .is_none_or(|next| *next < 0x20 && *next != FS)
    })
}

fn is_filler(byte: u8) -> bool {
    matches!(byte, CR | LF | 0 | b' ' | 0x02)
}
