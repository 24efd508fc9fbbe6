//! HL7 v2 in blocks: the minimal lower layer protocol (VT … FS CR) and the hybrid one with count and checksum.
//!
//! MLLP has no answer of its own: the acknowledgement message is the answer, so this engine reads the header of what
//! comes and writes acknowledgements, after the journal's verdict as every engine here. Who opened the connection does
//! not matter, and both sides may send.
//!
//! # What no engine can prevent
//!
//! MLLP has no checksum: on a serial line a damaged value arrives as another value. A port that reports parity errors
//! ([`crate::Link::line_error`]) helps, and [`Envelope::Hybrid`] where the analyzer has it.

mod answer;
pub mod deblock;
mod decoder;
pub mod dialect;
pub mod hybrid;
mod link;
mod memory;
mod receiver;
mod sender;

pub use deblock::{Deblocked, deblock};
pub use dialect::{AnswerPolicy, Envelope, Limits, MllpDialect, Timers};
pub use link::MllpLink;

/// Start of a block.
pub(crate) const VT: u8 = 0x0B;
/// End of a block, followed by CR.
pub(crate) const FS: u8 = 0x1C;
/// End of a segment, and the last byte of a block.
pub(crate) const CR: u8 = 0x0D;
/// Line feed.
pub(crate) const LF: u8 = 0x0A;

/// A message in its block.
///
/// ```
/// assert_eq!(lisiere_protocol::mllp::block(b"MSH|^~\\&\r"), b"\x0BMSH|^~\\&\r\x1C\r");
/// ```
pub fn block(text: &[u8]) -> Vec<u8> {
    let mut block = Vec::with_capacity(text.len() + 3);
    block.push(VT);
    block.extend_from_slice(text);
    block.extend_from_slice(&[FS, CR]);
    block
}
