//! Bytes as text without loss: control characters by name, everything that cannot be printed between `<` and `>`.

use crate::monitor::name;
use core::fmt::Write as _;

/// Why a text does not spell bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpellError {
    /// A `<` without its `>`.
    #[error("`<` without `>`; write `<3C>` for the character itself")]
    Open,
    /// Between `<` and `>` stands something else than a name or two digits.
    #[error(
        "`<{0}>` names no byte: write a control character (`<STX>`) or two hexadecimal digits (`<E9>`)"
    )]
    Name(String),
    /// A character that no single byte stands for.
    #[error("`{0}` is not ASCII: write the bytes of the line in hexadecimal, `<E9>`")]
    Character(char),
}

/// Spells bytes. The text never begins or ends with a blank.
pub fn spell(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    let last = bytes.len().saturating_sub(1);
    for (at, &byte) in bytes.iter().enumerate() {
        let is_edge = at == 0 || at == last;
        match byte {
            b'<' => text.push_str("<3C>"),
            b' ' if is_edge => text.push_str("<20>"),
            0x20..=0x7e => text.push(char::from(byte)),
            // The name of form feed is also the digits of another byte.
            0x0c => text.push_str("<0C>"),
            _ => {
                // Writing to memory cannot fail.
                let _ = write!(text, "<{}>", name(byte));
            }
        }
    }
    text
}

/// Reads what [`spell`] writes.
pub fn unspell(text: &str) -> Result<Vec<u8>, SpellError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '<' {
            let (inside, after) = rest
                .strip_prefix('<')
                .and_then(|rest| rest.split_once('>'))
                .ok_or(SpellError::Open)?;
            bytes.push(named(inside).ok_or_else(|| SpellError::Name(inside.to_owned()))?);
            rest = after;
            continue;
        }
        match u8::try_from(character) {
            Ok(byte @ 0x20..=0x7e) => bytes.push(byte),
            _ => return Err(SpellError::Character(character)),
        }
        rest = rest.strip_prefix(character).unwrap_or_default();
    }
    Ok(bytes)
}

fn named(word: &str) -> Option<u8> {
    match word.as_bytes() {
        [high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            u8::from_str_radix(word, 16).ok()
        }
        _ => (0..=0x1f).chain([0x7f]).find(|byte| name(*byte) == word),
    }
}
