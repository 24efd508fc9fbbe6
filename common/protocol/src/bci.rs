//! bioMérieux's bidirectional computer interface: VIDAS, mini VIDAS, VITEK.
//!
//! A session is ENQ, blocks, EOT. A block is a message of fields: a tag of two letters, a value, and `|`. RS (1E) opens
//! each group of fields and also folds lines that are longer than 80 columns, wherever that is, in the middle of a value
//! too. After the last field come GS (1D) and two hexadecimal digits: the sum of the bytes after STX up to GS.

use core::ops::Range;

use crate::block::{BlockDialect, Check, Opener};
use crate::lis1a::Role;

/// Opens a group of fields, or folds a line.
pub const RS: u8 = 0x1E;
/// Ends a field.
pub const FIELD_END: u8 = b'|';
/// Columns of a line before it is folded.
const LINE: usize = 80;

/// The link as the maker has it.
pub fn dialect(role: Role) -> BlockDialect {
    BlockDialect {
        check: Check::Group,
        opener: Opener::Enquiry,
        ..BlockDialect::new(role)
    }
}

/// A field of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its two letters.
    pub tag: [u8; 2],
    /// Its value, unfolded.
    pub value: Vec<u8>,
    /// Where it stands in the text, from its tag to the byte before its end.
    pub range: Range<usize>,
    /// Whether its end was there.
    pub is_closed: bool,
}

/// Reads the fields of a text. What has no tag of two bytes is no field and is left out.
pub fn fields(text: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut open: Option<(usize, Vec<u8>)> = None;
    let mut push = |(start, content): (usize, Vec<u8>), end: usize, is_closed: bool| {
        if let Some((tag, value)) = content.split_first_chunk::<2>() {
            fields.push(Field {
                tag: *tag,
                value: value.to_vec(),
                range: start..end,
                is_closed,
            });
        }
    };
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            // Between fields it opens a group, inside one it folds the line: either way it is no text.
            RS | b'\r' | b'\n' => {}
            FIELD_END => {
                if let Some(field) = open.take() {
                    push(field, at, true);
                }
            }
            _ => open.get_or_insert((at, Vec::new())).1.push(byte),
        }
    }
    if let Some(field) = open {
        push(field, text.len(), false);
    }
    fields
}

/// Writes fields as an analyzer does: one group each, lines folded.
pub fn write(fields: &[([u8; 2], &[u8])]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut column = 0;
    for (tag, value) in fields {
        text.push(RS);
        column += 1;
        for byte in tag.iter().chain(value.iter()).chain(&[FIELD_END]) {
            if column >= LINE {
                text.push(RS);
                column = 1;
            }
            text.push(*byte);
            column += 1;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{fields, write};

    #[test]
    fn a_folded_value_is_whole_again() {
        let text = b"\x1emtrsl|\x1eci77|\x1eqlNe\x1egative|\x1eqn0.12|";
        let read = fields(text);
        let values: Vec<_> = read
            .iter()
            .map(|field| (field.tag, field.value.as_slice()))
            .collect();
        assert_eq!(
            values,
            [
                (*b"mt", &b"rsl"[..]),
                (*b"ci", b"77"),
                (*b"ql", b"Negative"),
                (*b"qn", b"0.12")
            ]
        );
        assert_eq!(&text[read[2].range.clone()], b"qlNe\x1egative");
    }

    #[test]
    fn what_is_written_is_read() {
        let wanted = [
            (*b"mt", &b"rsl"[..]),
            (*b"pn", b""),
            (
                *b"rn",
                b"An assay with a long name that goes over the end of the line, and on",
            ),
            (*b"ql", b"Negative"),
        ];
        let read = fields(&write(&wanted));
        let read: Vec<_> = read
            .iter()
            .map(|field| (field.tag, field.value.as_slice()))
            .collect();
        assert_eq!(read, wanted);
    }

    #[test]
    fn a_field_without_end_is_told() {
        let read = fields(b"\x1emtrsl|\x1eqn0.1");
        assert_eq!((read.len(), read[1].is_closed), (2, false));
        assert!(fields(b"\x1e|\x1eq|").is_empty());
    }
}
