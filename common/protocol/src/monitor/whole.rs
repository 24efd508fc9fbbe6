//! Checksums that can only be judged once a whole block is there: HL7 hybrid blocks, and the last line of Horiba ABX blocks.

use super::Span;
use crate::block::{Check, format::Checked};
use crate::link::LinkKind;
use crate::lis1a::ChecksumPolicy;
use crate::mllp::hybrid::{self, Content, Fault};

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const VT: u8 = 0x0b;
const FS: u8 = 0x1c;

/// A block larger than this is shown without a verdict.
const LARGEST: usize = 128 * 1024;

/// A block being gathered.
#[derive(Debug, Clone)]
pub(super) struct Whole {
    kind: Option<LinkKind>,
    block: Option<Vec<u8>>,
}

impl Whole {
    pub(super) fn new(kind: Option<LinkKind>) -> Self {
        Self {
            kind: kind.filter(|kind| matches!(kind, LinkKind::Hllp | LinkKind::Abx)),
            block: None,
        }
    }

    /// Takes a byte; gives a verdict with the one that ends a block.
    pub(super) fn push(&mut self, byte: u8) -> Option<Span> {
        let is_hybrid = self.kind? == LinkKind::Hllp;
        let (start, end) = if is_hybrid { (VT, FS) } else { (STX, ETX) };
        if byte == start {
            self.block = Some(vec![byte]);
            return None;
        }
        let block = self.block.as_mut()?;
        block.push(byte);
        if block.len() > LARGEST {
            self.block = None;
            return None;
        }
        if byte != end {
            return None;
        }
        let block = self.block.take()?;
        if is_hybrid {
            hybrid_verdict(block.get(1..block.len().saturating_sub(1))?)
        } else {
            match Check::Line.of(&block) {
                Checked::Absent => None,
                Checked::Right { .. } => Some(Span::Good),
                Checked::Wrong { computed, found } => Some(Span::Wrong {
                    said: format!("{found:04X}"),
                    sum: format!("{computed:04X}"),
                }),
            }
        }
    }
}

fn hybrid_verdict(content: &[u8]) -> Option<Span> {
    let (said, sum) = match hybrid::open(content, ChecksumPolicy::Required) {
        Content::Data {
            unchecked: true, ..
        } => return None,
        Content::Data { .. } | Content::Refusal => return Some(Span::Good),
        Content::Damaged(Fault::Checksum { computed, found }) => {
            (format!("{found:03}"), format!("{computed:03}"))
        }
        Content::Damaged(Fault::Count { found, counted }) => {
            (format!("{found:05}"), format!("{counted:05}"))
        }
        Content::Damaged(_) => return None,
    };
    Some(Span::Wrong { said, sum })
}

#[cfg(test)]
mod tests {
    use super::super::{Monitor, Privacy, plain};
    use super::{ETX, STX, hybrid};
    use crate::block::{Check, format::encode};

    fn seen(link: &str, bytes: &[u8]) -> String {
        plain(&Monitor::new(link, Privacy::Clear).feed(bytes))
    }

    #[test]
    fn hybrid_blocks_are_judged() {
        let mut block = hybrid::seal(b"MSH|^~\\&|A\r").unwrap();
        assert!(seen("hllp", &block).contains("<FS> ✓"), "{block:?}");
        block[8] ^= 1;
        assert!(seen("hllp", &block).contains('✗'));
        // A plain block has no checksum to judge.
        assert!(!seen("hllp", b"\x0bMSH|^~\\&|A\r\x1c\r").contains(['✓', '✗']));
    }

    #[test]
    fn the_last_line_of_a_horiba_block_is_judged() {
        let text = b"\rRESULT \r! 7.1\r";
        let sum = text
            .iter()
            .fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        let line = format!(" {sum:04X}\r");
        let block = [&[STX], &text[..], &[0xfd], line.as_bytes(), &[ETX]].concat();
        assert!(
            seen("abx", &block).contains("<ETX> ✓"),
            "{}",
            seen("abx", &block)
        );
        let mut damaged = block.clone();
        damaged[10] ^= 1;
        assert!(seen("abx", &damaged).contains('✗'));
        assert!(!seen("abx", &encode(text, true, Check::None)).contains(['✓', '✗']));
    }
}
