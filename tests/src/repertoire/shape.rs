//! Texts of the same shape as others: numbers with other digits, words in the same width, where a text stands in another.

use std::{cmp::Ordering, ops::Range};

use crate::chance::Dice;

/// Every place where `word` stands in `text`, overlapping ones left out.
pub(super) fn occurrences(text: &[u8], word: &[u8]) -> Vec<Range<usize>> {
    if word.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, window) in text.windows(word.len()).enumerate() {
        if window == word && found.last().is_none_or(|last| last.end <= at) {
            found.push(at..at + word.len());
        }
    }
    found
}

/// Every place where `word` stands between signs that are neither letters nor digits.
pub(super) fn words(text: &[u8], word: &[u8]) -> Vec<Range<usize>> {
    let is_edge = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b','))
    };
    let mut found = occurrences(text, word);
    found.retain(|place| is_edge(place.start.checked_sub(1)) && is_edge(Some(place.end)));
    found
}

/// The place with the blanks that fill its width.
pub(super) fn with_padding(text: &[u8], place: Range<usize>) -> Range<usize> {
    let blank = |byte: &&u8| **byte == b' ';
    let before = text.get(..place.start).unwrap_or_default();
    let after = text.get(place.end..).unwrap_or_default();
    let before = before.iter().rev().take_while(blank).count();
    let after = after.iter().take_while(blank).count();
    place.start - before..place.end + after
}

/// A word in the width and on the side of a padded model; blanks on the other side stay. A longer word stays whole.
pub(super) fn justified(model: &[u8], word: &str) -> Vec<u8> {
    let before = model.len() - model.trim_ascii_start().len();
    let after = model.len() - model.trim_ascii_end().len();
    let blanks = |count: usize| " ".repeat(count);
    let text = match before.cmp(&after) {
        Ordering::Greater => {
            let width = model.len() - after;
            format!("{word:>width$}{}", blanks(after))
        }
        Ordering::Less => {
            let width = model.len() - before;
            format!("{}{word:<width$}", blanks(before))
        }
        Ordering::Equal => format!("{}{word}{}", blanks(before), blanks(after)),
    };
    text.into_bytes()
}

/// The same with every digit changed, the first that is not zero to another that is not zero.
pub(super) fn other_digits(model: &str) -> String {
    let mut begun = false;
    let digit = |digit: u8| {
        let first = !begun && digit > 0;
        begun |= first;
        match (first, begun) {
            (true, _) => digit % 9 + 1,
            (false, true) => (digit + 1) % 10,
            (false, false) => digit,
        }
    };
    with_digits(model, digit)
}

/// A value of the same size: the first digit that is not zero stays, the others are drawn.
pub(super) fn value(model: &str, dice: &mut Dice) -> String {
    let alone = model.bytes().filter(u8::is_ascii_digit).count() == 1;
    let mut begun = false;
    let digit = |digit: u8| {
        let first = !begun && digit > 0;
        begun |= first;
        let mut drawn = |low, high| u8::try_from(dice.between(low, high)).unwrap_or(1);
        match (first, begun) {
            (true, _) if alone => drawn(1, 9),
            (true, _) | (false, false) => digit,
            (false, true) => drawn(0, 9),
        }
    };
    with_digits(model, digit)
}

/// A counter in so many digits.
pub(super) fn counter(serial: u64, width: usize) -> String {
    let digits = u32::try_from(width).unwrap_or(1).min(18);
    let serial = serial % 10_u64.saturating_pow(digits);
    format!("{serial:0width$}")
}

fn with_digits(model: &str, mut digit: impl FnMut(u8) -> u8) -> String {
    let sign = |sign: char| match sign.to_digit(10).and_then(|value| u8::try_from(value).ok()) {
        Some(value) => char::from(b'0' + digit(value)),
        None => sign,
    };
    model.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_shape_and_size() {
        let mut dice = Dice::new(3);
        for model in ["24.10", "<0.050", "7,4", "133", "8"] {
            for _ in 0..50 {
                let drawn = value(model, &mut dice);
                assert_eq!(drawn.len(), model.len(), "{model} became {drawn}");
                let other = other_digits(model);
                assert!(other != model && other.len() == model.len());
            }
        }
        assert!(value("24.10", &mut dice).starts_with('2'));
        assert!(value("<0.050", &mut dice).starts_with("<0.05"));
    }

    #[test]
    fn a_padded_number_keeps_its_width() {
        let text = b"O|1||^^      25110042^B|";
        let place = words(text, b"25110042").remove(0);
        let place = with_padding(text, place);
        assert_eq!(justified(&text[place], "123456789012"), b"  123456789012");
        assert_eq!(justified(b"25110400017     ", "77"), b"77              ");
        assert_eq!(justified(b"25110400017", "77"), b"77");
        assert_eq!(justified(b" 25110056   ", "260001"), b" 260001     ");
    }

    #[test]
    fn words_are_told_from_parts_of_words() {
        assert_eq!(words(b"R|1|1.0|1", b"1"), [2..3, 8..9]);
        assert_eq!(occurrences(b"R|1|1.0|1", b"1").len(), 3);
    }
}
