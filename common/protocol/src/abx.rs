//! Horiba ABX format: one block of lines, each of an identifier and a value, in no fixed order.
//!
//! The analyzer may be set to put SOH before and EOT after it. In one direction it waits for no answer; where it is set
//! to wait for one, a port says so with `acknowledge = true`.

use core::ops::Range;

use crate::block::{BlockDialect, Check, Opener};
use crate::lis1a::{ChecksumPolicy, Role};

/// The link where blocks are answered. The extent of the checksum line is not confirmed, so it is not enforced unless a
/// profile says so.
pub fn dialect(role: Role) -> BlockDialect {
    BlockDialect {
        check: Check::Line,
        policy: ChecksumPolicy::None,
        opener: Opener::Heading,
        ..BlockDialect::new(role)
    }
}

/// A line of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its identifier.
    pub identifier: u8,
    /// What follows it, without the blank between them.
    pub value: Range<usize>,
    /// The whole of it, without its end.
    pub range: Range<usize>,
}

/// Reads the lines of a text. A line without a blank after its first byte is one whose identifier is 0: a length, or a
/// kind without mark.
pub fn lines(text: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split(|byte| *byte == b'\r') {
        let skip = line.iter().take_while(|byte| **byte == b'\n').count();
        let range = start + skip..start + line.len();
        start += line.len() + 1;
        match text.get(range.clone()) {
            None | Some([]) => {}
            Some([identifier, b' ', ..]) => lines.push(Line {
                identifier: *identifier,
                value: range.start + 2..range.end,
                range,
            }),
            // An identifier may stand alone, with an empty value.
            Some([identifier]) => lines.push(Line {
                identifier: *identifier,
                value: range.end..range.end,
                range,
            }),
            Some(_) => lines.push(Line {
                identifier: 0,
                value: range.clone(),
                range,
            }),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn lines_have_an_identifier_and_a_value() {
        let text = b"00112\r\xff RESULT  \ru 77-A \r! 007.2  \r5  088 h\r\r2\rRESULT\r";
        let read: Vec<_> = lines(text)
            .into_iter()
            .map(|line| (line.identifier, &text[line.value]))
            .collect();
        assert_eq!(
            read,
            [
                (0, &b"00112"[..]),
                (0xff, b"RESULT  "),
                (b'u', b"77-A "),
                (b'!', b"007.2  "),
                (b'5', b" 088 h"),
                (b'2', b""),
                (0, b"RESULT"),
            ]
        );
    }
}
