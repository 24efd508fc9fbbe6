//! Escape sequences inside a field (LIS02-A2 §5), with the shorthand some makers write instead.

use std::borrow::Cow;

use super::Delimiters;

/// How an analyzer writes a delimiter that is meant as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EscapeStyle {
    /// `&F&`, `&S&`, `&R&`, `&E&`, `&Xhh&` as the standard has it.
    #[default]
    Standard,
    /// Also `&|`: the escape character directly before the delimiter (Mindray).
    Shorthand,
}

/// Undoes the escape sequences. What is no known sequence stays as it is.
pub fn unescape<'a>(raw: &'a [u8], delimiters: &Delimiters, style: EscapeStyle) -> Cow<'a, [u8]> {
    if !raw.contains(&delimiters.escape) {
        return Cow::Borrowed(raw);
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        if byte == delimiters.escape
            && let Some(next) = sequence(after, *delimiters, style, &mut text)
        {
            rest = next;
            continue;
        }
        text.push(byte);
        rest = after;
    }
    Cow::Owned(text)
}

/// Reads one sequence after its escape character; gives what follows it, or `None` when it is no sequence.
fn sequence<'a>(
    after: &'a [u8],
    delimiters: Delimiters,
    style: EscapeStyle,
    text: &mut Vec<u8>,
) -> Option<&'a [u8]> {
    let (&kind, tail) = after.split_first()?;
    if style == EscapeStyle::Shorthand && is_delimiter(kind, delimiters) {
        text.push(kind);
        return Some(tail);
    }
    let end = tail.iter().position(|byte| *byte == delimiters.escape)?;
    let (body, rest) = (tail.get(..end)?, tail.get(end + 1..)?);
    match (kind, body) {
        (b'F', []) => text.push(delimiters.field),
        (b'S', []) => text.push(delimiters.component),
        (b'R', []) => text.push(delimiters.repeat),
        (b'E', []) => text.push(delimiters.escape),
        // Highlighting on and off: presentation, nothing of the value.
        (b'H' | b'N', []) => {}
        (b'X', digits) => text.extend_from_slice(&hex(digits)?),
        _ => return None,
    }
    Some(rest)
}

fn is_delimiter(byte: u8, delimiters: Delimiters) -> bool {
    byte == delimiters.field || byte == delimiters.repeat || byte == delimiters.component
}

fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| match *pair {
            [high, low] => Some(hex_digit(high)? << 4 | hex_digit(low)?),
            _ => None,
        })
        .collect()
}

/// The value of one hexadecimal digit, upper or lower case.
pub(crate) fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Writes text so that reading it with [`unescape`] gives it back: delimiters and control characters become sequences.
pub fn escape<'a>(text: &'a [u8], delimiters: &Delimiters) -> Cow<'a, [u8]> {
    let plain = |byte: &u8| {
        !is_delimiter(*byte, *delimiters) && *byte != delimiters.escape && !must_not_be_sent(*byte)
    };
    if text.iter().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut raw = Vec::with_capacity(text.len() + 8);
    for &byte in text {
        let kind = match byte {
            _ if plain(&byte) => {
                raw.push(byte);
                continue;
            }
            _ if byte == delimiters.field => b'F',
            _ if byte == delimiters.component => b'S',
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

/// The upper-case digit of the low four bits.
pub(crate) fn upper_hex(value: u8) -> u8 {
    match value & 0x0F {
        digit @ 0..=9 => b'0' + digit,
        letter => b'A' + letter - 10,
    }
}

/// Characters that LIS01-A2 §6.6 forbids in a text, and the record end, which cannot be part of a field.
fn must_not_be_sent(byte: u8) -> bool {
    byte < 0x20 || byte == 0x7F || byte == 0xFF
}

#[cfg(test)]
mod tests {
    use super::{EscapeStyle, escape, unescape};
    use crate::lis2a2::Delimiters;

    fn check(raw: &[u8], style: EscapeStyle, expected: &[u8]) {
        assert_eq!(
            &*unescape(raw, &Delimiters::default(), style),
            expected,
            "{raw:?}"
        );
    }

    #[test]
    fn sequences_are_undone_and_everything_else_stays() {
        let standard = EscapeStyle::Standard;
        check(b"a&F&b&S&c&R&d&E&e", standard, b"a|b^c\\d&e");
        check(b"x&X0D0a&y", standard, b"x\r\ny");
        check(b"&H&bold&N&", standard, b"bold");
        check(b"&Zmine&", standard, b"&Zmine&");
        check(b"R&D Engineer", standard, b"R&D Engineer");
        check(b"R&D, Q&A", standard, b"R&D, Q&A");
        check(b"&X0&", standard, b"&X0&");
        check(b"&&F&", standard, b"&|");
        check(b"end&", standard, b"end&");
        check(b"a&|b&^c", EscapeStyle::Shorthand, b"a|b^c");
        check(b"a&F&b", EscapeStyle::Shorthand, b"a|b");
    }

    #[test]
    fn what_is_written_can_be_read() {
        let all: Vec<u8> = (0..=255).collect();
        let delimiters = Delimiters::default();
        let raw = escape(&all, &delimiters);
        assert!(
            !raw.iter()
                .any(|byte| *byte < 0x20 || matches!(byte, b'|' | b'^' | b'\\'))
        );
        assert_eq!(
            &*unescape(&raw, &delimiters, EscapeStyle::Standard),
            all.as_slice()
        );
    }
}
