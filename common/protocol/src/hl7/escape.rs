//! Escape sequences inside a value (HL7 v2.5.1 §2.7): undone in the bytes of the message's charset, and written.

use std::borrow::Cow;

use super::Delimiters;
use crate::lis2a2::escape::{hex_digit, upper_hex};

/// What one escape sequence stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sequence<'a> {
    /// One byte.
    Byte(u8),
    /// Bytes given in hexadecimal, in the charset in force.
    Hex(&'a [u8]),
    /// That many line ends.
    Lines(usize),
    /// That many blanks.
    Blanks(usize),
    /// Presentation only: nothing of the value.
    Nothing,
    /// The digits of an ISO 2022 escape sequence: what follows is in another charset.
    Switch(&'a [u8]),
}

/// One sequence, and what follows it.
pub(super) type Read<'a> = (Sequence<'a>, &'a [u8]);

/// More blanks or lines than this in one sequence are a mistake.
const FORMAT_LIMIT: usize = 200;

/// Undoes the escape sequences. What is no known sequence stays as it is, and so do switches of the charset, which only
/// [`super::Charset::decode`] can follow.
pub fn unescape<'a>(raw: &'a [u8], delimiters: &Delimiters) -> Cow<'a, [u8]> {
    if !raw.contains(&delimiters.escape) {
        return Cow::Borrowed(raw);
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        if byte == delimiters.escape
            && let Some((sequence, next)) = sequence(after, *delimiters)
        {
            match sequence {
                Sequence::Switch(_) => {
                    let length = rest.len() - next.len();
                    text.extend_from_slice(rest.get(..length).unwrap_or_default());
                }
                other => apply(&other, &mut text),
            }
            rest = next;
            continue;
        }
        text.push(byte);
        rest = after;
    }
    Cow::Owned(text)
}

/// Writes what a sequence stands for; a switch writes nothing.
pub(super) fn apply(sequence: &Sequence<'_>, text: &mut Vec<u8>) {
    match sequence {
        Sequence::Byte(byte) => text.push(*byte),
        Sequence::Hex(digits) => text.extend(pairs(digits)),
        Sequence::Lines(count) => text.resize(text.len() + count, b'\n'),
        Sequence::Blanks(count) => text.resize(text.len() + count, b' '),
        Sequence::Nothing | Sequence::Switch(_) => {}
    }
}

/// Reads one sequence after its escape character; `None` when it is no sequence, and the character therefore text.
pub(super) fn sequence(after: &[u8], delimiters: Delimiters) -> Option<Read<'_>> {
    let end = after.iter().position(|byte| *byte == delimiters.escape)?;
    let (body, rest) = (after.get(..end)?, after.get(end + 1..)?);
    let (&kind, tail) = body.split_first()?;
    let sequence = match (kind, tail) {
        (b'F', []) => Sequence::Byte(delimiters.field),
        (b'S', []) => Sequence::Byte(delimiters.component),
        (b'T', []) => Sequence::Byte(delimiters.subcomponent),
        (b'R', []) => Sequence::Byte(delimiters.repeat),
        (b'E', []) => Sequence::Byte(delimiters.escape),
        // The truncation character of v2.7.
        (b'P', []) => Sequence::Byte(b'#'),
        // Highlighting on and off.
        (b'H' | b'N', []) => Sequence::Nothing,
        (b'X', digits) if is_hex(digits) => Sequence::Hex(digits),
        (b'C', digits) if digits.len() == 4 && is_hex(digits) => Sequence::Switch(digits),
        (b'M', digits) if matches!(digits.len(), 4 | 6) && is_hex(digits) => {
            Sequence::Switch(digits)
        }
        (b'.', command) => formatting(command)?,
        // `\Z..\` is a maker's own, and anything else no sequence at all.
        _ => return None,
    };
    Some((sequence, rest))
}

/// A formatting command of a text field (§2.7.6).
fn formatting(command: &[u8]) -> Option<Sequence<'static>> {
    let (name, argument) = command.split_at_checked(2)?;
    let count = || {
        let digits = argument.strip_prefix(b"+").unwrap_or(argument);
        let number = std::str::from_utf8(digits).ok()?.trim();
        if number.is_empty() {
            return Some(1);
        }
        number
            .parse()
            .ok()
            .filter(|count: &usize| *count <= FORMAT_LIMIT)
    };
    match name {
        b"br" | b"ce" if argument.is_empty() => Some(Sequence::Lines(1)),
        b"sp" => count().map(Sequence::Lines),
        b"sk" => count().map(Sequence::Blanks),
        b"in" | b"ti" => Some(Sequence::Nothing),
        b"fi" | b"nf" if argument.is_empty() => Some(Sequence::Nothing),
        _ => None,
    }
}

fn is_hex(digits: &[u8]) -> bool {
    !digits.is_empty() && digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit)
}

/// The bytes of pairs of hexadecimal digits.
pub(super) fn pairs(digits: &[u8]) -> impl Iterator<Item = u8> {
    digits.chunks_exact(2).filter_map(|pair| match *pair {
        [high, low] => Some(hex_digit(high)? << 4 | hex_digit(low)?),
        _ => None,
    })
}

/// Writes text so that reading it with [`unescape`] gives it back: delimiters and control characters become sequences.
pub fn escape<'a>(text: &'a [u8], delimiters: &Delimiters) -> Cow<'a, [u8]> {
    let plain = |byte: u8| byte >= 0x20 && byte != 0x7F && !delimiters.contains(byte);
    if text.iter().all(|byte| plain(*byte)) {
        return Cow::Borrowed(text);
    }
    let mut raw = Vec::with_capacity(text.len() + 8);
    for &byte in text {
        let kind = match byte {
            _ if plain(byte) => {
                raw.push(byte);
                continue;
            }
            _ if byte == delimiters.field => b'F',
            _ if byte == delimiters.component => b'S',
            _ if byte == delimiters.subcomponent => b'T',
            _ if byte == delimiters.repeat => b'R',
            _ if byte == delimiters.escape => b'E',
            _ => {
                raw.extend_from_slice(&[
                    delimiters.escape,
                    b'X',
                    upper_hex(byte >> 4),
                    upper_hex(byte),
                    delimiters.escape,
                ]);
                continue;
            }
        };
        raw.extend_from_slice(&[delimiters.escape, kind, delimiters.escape]);
    }
    Cow::Owned(raw)
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};
    use crate::hl7::Delimiters;

    fn check(raw: &[u8], expected: &[u8]) {
        assert_eq!(
            &*unescape(raw, &Delimiters::default()),
            expected,
            "{}",
            raw.escape_ascii()
        );
    }

    #[test]
    fn sequences_are_undone() {
        check(b"a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", b"a|b^c&d~e\\f");
        check(b"x\\X0D0a\\y", b"x\r\ny");
        check(b"\\H\\bold\\N\\ text", b"bold text");
        check(b"one\\.br\\two\\.sp2\\three", b"one\ntwo\n\nthree");
        check(b"a\\.sk3\\b\\.ce\\c", b"a   b\nc");
        check(b"\\.in+4\\a\\.ti-2\\\\.fi\\b\\.nf\\", b"ab");
        check(b"cut\\P\\", b"cut#");
    }

    #[test]
    fn what_is_no_sequence_stays() {
        check(b"R&D Engineer", b"R&D Engineer");
        check(b"C:\\temp\\new", b"C:\\temp\\new");
        check(b"\\Zmine\\", b"\\Zmine\\");
        check(b"\\X0\\ \\Xzz\\", b"\\X0\\ \\Xzz\\");
        check(b"\\.br", b"\\.br");
        check(b"\\.sp99999\\", b"\\.sp99999\\");
        check(b"end\\", b"end\\");
        check(b"\\\\F\\", b"\\|");
        check(b"\\M2442\\$B\\C2842\\", b"\\M2442\\$B\\C2842\\");
    }

    #[test]
    fn what_is_written_can_be_read() {
        let all: Vec<u8> = (0..=255).collect();
        let delimiters = Delimiters::default();
        let raw = escape(&all, &delimiters);
        assert!(
            !raw.iter()
                .any(|byte| *byte < 0x20 || matches!(byte, b'|' | b'^' | b'~' | b'&'))
        );
        assert_eq!(&*unescape(&raw, &delimiters), all.as_slice());
    }
}
