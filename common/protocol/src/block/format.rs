//! One block: its marks, its check, and how blocks are found in a capture.

use core::ops::Range;

use crate::lis1a::control::{ACK, CR, ENQ, EOT, ETB, ETX, LF, NAK, STX};

/// Start of a session, for those makers that use it in place of ENQ.
pub const SOH: u8 = 0x01;
/// Ends the tag groups of a bioMérieux message, before its checksum.
pub const GS: u8 = 0x1D;

/// The identifier of the line that holds the checksum of a Horiba ABX message.
const CHECK_LINE: u8 = 0xFD;

/// How a block proves that it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    /// It does not.
    None,
    /// GS and two hexadecimal digits before ETX: the sum of all bytes after STX up to and including GS, modulo 256.
    Group,
    /// One byte of any value after ETX: the exclusive or of all bytes after STX up to and including ETX.
    Bcc,
    /// A last line `FD` blank and four hexadecimal digits before ETX: the sum of all bytes after STX up to that line,
    /// modulo 65536. The extent of the sum is not confirmed by a capture.
    Line,
}

/// What a check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checked {
    /// There is nothing to check.
    Absent,
    /// It matches.
    Right {
        /// Whether it is written in lower case.
        lower_case: bool,
    },
    /// It does not match.
    Wrong {
        /// Over the bytes received.
        computed: u16,
        /// As sent.
        found: u16,
    },
}

impl Check {
    /// Looks at a block: everything from STX, with the bytes after ETX that belong to it.
    pub fn of(self, block: &[u8]) -> Checked {
        let end = text_end(block);
        match self {
            Self::None => Checked::Absent,
            Self::Group => {
                let text = block.get(1..end).unwrap_or_default();
                let Some((summed, digits)) = text
                    .len()
                    .checked_sub(2)
                    .and_then(|cut| text.split_at_checked(cut))
                    .filter(|(summed, _)| summed.last() == Some(&GS))
                else {
                    return Checked::Absent;
                };
                let sum = summed
                    .iter()
                    .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
                compare(u16::from(sum), digits)
            }
            Self::Bcc => {
                let summed = block.get(1..=end).unwrap_or_default();
                let Some(&found) = block.get(end.saturating_add(1)) else {
                    return Checked::Absent;
                };
                let computed = summed.iter().fold(0, |bcc, byte| bcc ^ byte);
                if computed == found {
                    Checked::Right { lower_case: false }
                } else {
                    Checked::Wrong {
                        computed: u16::from(computed),
                        found: u16::from(found),
                    }
                }
            }
            Self::Line => {
                let text = block.get(1..end).unwrap_or_default();
                let Some(at) = text.iter().rposition(|byte| *byte == CHECK_LINE) else {
                    return Checked::Absent;
                };
                let (summed, line) = text.split_at(at);
                let digits = line.get(1..).unwrap_or_default().trim_ascii();
                let sum = summed
                    .iter()
                    .fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
                if digits.len() == 4 {
                    compare(sum, digits)
                } else {
                    Checked::Absent
                }
            }
        }
    }

    /// How many bytes follow ETX.
    pub(crate) const fn trailing(self) -> usize {
        matches!(self, Self::Bcc) as usize
    }

    /// Where the text ends and the check begins.
    fn cut(self, block: &[u8]) -> usize {
        let end = text_end(block);
        match (self, self.of(block)) {
            (Self::Group, Checked::Right { .. } | Checked::Wrong { .. }) => end.saturating_sub(3),
            _ => end,
        }
    }
}

fn compare(computed: u16, digits: &[u8]) -> Checked {
    let mut found = 0_u16;
    for byte in digits {
        match char::from(*byte).to_digit(16).map(u16::try_from) {
            Some(Ok(digit)) => found = found << 4 | digit,
            _ => return Checked::Absent,
        }
    }
    if found == computed {
        Checked::Right {
            lower_case: digits.iter().any(u8::is_ascii_lowercase),
        }
    } else {
        Checked::Wrong { computed, found }
    }
}

/// The place of the end mark.
fn text_end(block: &[u8]) -> usize {
    block
        .iter()
        .position(|byte| matches!(*byte, ETX | ETB))
        .unwrap_or(block.len())
}

/// Whether the end mark is ETX.
pub(crate) fn ends_with_etx(block: &[u8]) -> bool {
    block.get(text_end(block)) == Some(&ETX)
}

/// The text of a block between its marks, without a check that stands inside them.
pub(crate) fn text(block: &[u8], check: Check) -> Range<usize> {
    1..check.cut(block).max(1)
}

/// Writes a block.
pub fn encode(text: &[u8], is_last: bool, check: Check) -> Vec<u8> {
    let mut block = Vec::with_capacity(text.len() + 6);
    block.push(STX);
    block.extend_from_slice(text);
    if check == Check::Group {
        block.push(GS);
        let sum = block
            .iter()
            .skip(1)
            .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        block.extend_from_slice(format!("{sum:02x}").as_bytes());
    }
    block.push(if is_last { ETX } else { ETB });
    if check == Check::Bcc {
        let bcc = block.iter().skip(1).fold(0, |bcc, byte| bcc ^ byte);
        block.push(bcc);
    }
    block
}

/// Whether a byte may not stand in the text of a block.
pub fn is_forbidden(byte: u8, check: Check) -> bool {
    matches!(byte, SOH | STX | ETX | EOT | ENQ | ACK | NAK | ETB)
        || (check == Check::Group && byte == GS)
}

/// A block found in a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBlock {
    /// The whole of it.
    pub range: Range<usize>,
    /// Its text.
    pub text: Range<usize>,
    /// What its check says.
    pub checked: Checked,
    /// Whether it has both marks. Text whose marks a logger left out has none.
    pub is_framed: bool,
    /// Whether it has a start and no end.
    pub is_cut: bool,
}

/// Finds the blocks of a capture. A capture without any start mark is one bare text, without the control characters
/// around it.
pub fn find_blocks(capture: &[u8], check: Check) -> Vec<FoundBlock> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = position(capture, from, |byte| byte == STX) {
        let end = position(capture, start + 1, |byte| matches!(byte, STX | ETX | ETB));
        let framed = end.filter(|end| capture.get(*end) != Some(&STX));
        let mut to = match framed {
            Some(end) => (end + 1 + check.trailing()).min(capture.len()),
            None => end.unwrap_or(capture.len()),
        };
        let mut block = capture.get(start..to).unwrap_or_default();
        let mut is_cut = framed.is_none();
        let mut checked = check.of(block);
        // A byte that means something of its own is no check: none was sent.
        let after = block.last().is_some_and(|byte| is_mark(*byte));
        if check == Check::Bcc && matches!(checked, Checked::Wrong { .. }) && after {
            to -= 1;
            block = capture.get(start..to).unwrap_or_default();
            checked = Checked::Absent;
        }
        // A logger may have dropped the end mark alone: the check proves that nothing else is missing.
        if is_cut && check == Check::Group {
            let tail = block
                .iter()
                .rev()
                .take_while(|byte| is_mark(**byte))
                .count();
            let rest = block.get(..block.len() - tail).unwrap_or_default();
            if let right @ Checked::Right { .. } = check.of(rest) {
                (block, checked, is_cut) = (rest, right, false);
            }
        }
        let inner = text(block, check);
        found.push(FoundBlock {
            range: start..to,
            text: start + inner.start..start + inner.end,
            checked,
            is_framed: framed.is_some(),
            is_cut,
        });
        from = to;
    }
    if found.is_empty() {
        let around = |byte: &u8| is_mark(*byte);
        let start = capture.iter().take_while(|byte| around(byte)).count();
        let tail = capture.iter().rev().take_while(|byte| around(byte)).count();
        let end = capture.len().saturating_sub(tail);
        if start < end {
            found.push(FoundBlock {
                range: start..end,
                text: start..end,
                checked: Checked::Absent,
                is_framed: false,
                is_cut: false,
            });
        }
    }
    found
}

/// Whether a byte is one of the link's own.
const fn is_mark(byte: u8) -> bool {
    matches!(byte, 0 | SOH | STX | ETX | EOT | ENQ | ACK | NAK | CR | LF)
}

fn position(bytes: &[u8], from: usize, is: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter().position(|byte| is(*byte)).map(|at| at + from)
}

#[cfg(test)]
mod tests {
    use super::{Check, Checked, encode, find_blocks};

    #[test]
    fn what_is_written_checks_and_is_found() {
        for check in [Check::None, Check::Group, Check::Bcc] {
            let mut capture = b"\x05".to_vec();
            capture.extend(encode(b"\x1emtrsl|\x1eciA1|", true, check));
            capture.extend(encode(b"\x1emtrsl|\x1eciA2|", true, check));
            capture.push(4);
            let found = find_blocks(&capture, check);
            let texts: Vec<_> = found
                .iter()
                .map(|block| &capture[block.text.clone()])
                .collect();
            assert_eq!(texts, [b"\x1emtrsl|\x1eciA1|", b"\x1emtrsl|\x1eciA2|"]);
            let right = Checked::Right { lower_case: false };
            let checked = |block: &super::FoundBlock| match block.checked {
                Checked::Right { .. } => right,
                other => other,
            };
            let expected = if check == Check::None {
                Checked::Absent
            } else {
                right
            };
            assert!(
                found.iter().all(|block| checked(block) == expected),
                "{check:?}"
            );
        }
    }

    #[test]
    fn a_bcc_may_look_like_a_mark() {
        // 'A' ^ 0x03 ^ 'B' ^ 'C' … : find texts whose check byte is STX, ETX and EOT.
        for wanted in [2_u8, 3, 4, 5, 10] {
            let text = (32..127_u8)
                .flat_map(|a| (32..127_u8).map(move |b| [a, b]))
                .find(|[a, b]| a ^ b ^ 3 == wanted)
                .unwrap();
            let mut capture = encode(&text, true, Check::Bcc);
            assert_eq!(capture.last(), Some(&wanted));
            capture.extend(encode(b"ZZ", true, Check::Bcc));
            let found = find_blocks(&capture, Check::Bcc);
            assert_eq!(found.len(), 2, "{wanted}");
        }
    }

    #[test]
    fn bare_text_is_one_block_and_a_cut_one_is_told() {
        let found = find_blocks(b"\x05\x05D 0001\x04", Check::Bcc);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, 2..8);
        assert!(!found[0].is_framed && !found[0].is_cut);
        let found = find_blocks(b"\x02abc", Check::None);
        assert!(found[0].is_cut);
        assert!(find_blocks(b"\x05\x04", Check::None).is_empty());
    }
}
