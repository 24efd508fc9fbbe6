//! Takes people out of a capture: personal fields and specimen numbers become others of the same length and shape, the same
//! one each time, so that what a driver reads stays the same in all but these.
//!
//! Where a field stands is found in the text of the records, put together from the frames; a value that is known to be
//! personal is masked wherever else it stands. Everything outside the text of frames (noise, repeated frames) is masked as a
//! whole. What cannot be proven clean is named for a person to read.

use std::collections::{BTreeMap, BTreeSet};

use lisiere_driver::profile::FieldName;
use lisiere_driver::{Driver, Language};

/// Values shorter than this are masked where their field stands only: elsewhere they mean something else.
const SHORTEST: usize = 4;

/// The new texts by the old ones.
#[derive(Default)]
pub(super) struct Pseudonyms {
    by_value: BTreeMap<Vec<u8>, Vec<u8>>,
    used: BTreeSet<Vec<u8>>,
}

impl Pseudonyms {
    /// The other text for this one: same length, digits for digits, letters for letters, signs as they are.
    pub(super) fn of(&mut self, value: &[u8]) -> Vec<u8> {
        if let Some(known) = self.by_value.get(value) {
            return known.clone();
        }
        let mut number = self.by_value.len().saturating_add(1);
        let mut made = shaped(value, number);
        // Two values stay two as long as there is room for it.
        for _ in 0..1000 {
            if made != value && !self.used.contains(&made) {
                break;
            }
            number = number.saturating_add(1);
            made = shaped(value, number);
        }
        self.used.insert(made.clone());
        self.by_value.insert(value.to_vec(), made.clone());
        made
    }

    /// Every value that was masked, the longest first, so that a part never spoils the whole.
    pub(super) fn values(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut all: Vec<_> = self
            .by_value
            .iter()
            .map(|(value, other)| (value.clone(), other.clone()))
            .collect();
        all.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        all
    }

    /// How many values were masked.
    pub(super) fn len(&self) -> usize {
        self.by_value.len()
    }
}

fn shaped(value: &[u8], number: usize) -> Vec<u8> {
    let mut left = number;
    let mut made: Vec<u8> = value
        .iter()
        .rev()
        .map(|byte| {
            let mut next = |base: u8, count: usize| {
                let step = u8::try_from(left % count).unwrap_or_default();
                left /= count;
                base.saturating_add(step)
            };
            match byte {
                b'0'..=b'9' => next(b'0', 10),
                b'A'..=b'Z' => next(b'A', 26),
                b'a'..=b'z' => next(b'a', 26),
                // A letter with an accent in some set, or part of one.
                0x80.. => b'X',
                other => *other,
            }
        })
        .collect();
    made.reverse();
    made
}

/// All letters and digits covered.
pub(super) fn covered(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'9',
        b'A'..=b'Z' | 0x80.. => b'X',
        b'a'..=b'z' => b'x',
        other => other,
    }
}

/// A date becomes another one of the same form, so that it is still a date.
fn dated(value: &[u8]) -> Vec<u8> {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits != value.len() || digits < 8 {
        return value.iter().map(|byte| covered(*byte)).collect();
    }
    let other = b"19000101000000000000";
    value.iter().zip(other).map(|(_, byte)| *byte).collect()
}

/// Masks the personal fields of a text of records in place; gives the values of free texts that were left as they are.
pub(super) fn fields(text: &mut [u8], driver: &Driver, pseudonyms: &mut Pseudonyms) -> usize {
    match driver.profile().language {
        Language::Lis2a2 => lis2a2(text, driver, pseudonyms),
        Language::Hl7 => hl7(text, driver, pseudonyms),
        Language::Bci => bci(text, pseudonyms),
        Language::Text => labelled(text, pseudonyms),
        _ => 0,
    }
}

/// Whether the profile names the field personal.
fn named(driver: &Driver, record: &[u8], number: usize) -> bool {
    driver.profile().privacy.personal.iter().any(|at| {
        at.place.record.as_bytes() == record
            && matches!(at.place.field, FieldName::Number(wanted) if wanted == number)
    })
}

fn lis2a2(text: &mut [u8], driver: &Driver, pseudonyms: &mut Pseudonyms) -> usize {
    let mut separator = b'|';
    let mut free = 0;
    for record in text.split_mut(|byte| matches!(byte, b'\r' | b'\n')) {
        let Some(&letter) = record.first() else {
            continue;
        };
        if letter == b'H'
            && let Some(&declared) = record.get(1)
        {
            separator = declared;
        }
        for (number, field) in (1..).zip(record.split_mut(|byte| *byte == separator)) {
            let personal = match (letter, number) {
                // Sex is nobody's name, and some analyzers choose reference ranges by it.
                (b'P', 1 | 2 | 9) | (b'H', _) => false,
                (b'P', _) | (b'O', 14 | 17 | 18) | (b'R', 11) => true,
                _ => named(driver, &[letter], number),
            };
            if personal && (letter, number) == (b'P', 8) {
                let other = dated(field);
                field.copy_from_slice(&other);
            } else if personal {
                words(field, pseudonyms);
            } else if (letter, number) == (b'C', 4) && has_words(field) {
                free += 1;
            }
        }
    }
    free
}

/// Fields of HL7 that speak of people: of the patient, their family, who ordered, who drew, who answered.
fn hl7_personal(segment: &[u8], number: usize) -> bool {
    match segment {
        b"PID" => !matches!(number, 1 | 8),
        b"NK1" | b"GT1" | b"IN1" | b"IN2" | b"PD1" | b"PV1" | b"PV2" | b"MRG" | b"ROL" => {
            number > 2
        }
        b"ORC" => matches!(number, 10..=12 | 14 | 19 | 21..=24),
        b"OBR" => matches!(number, 10 | 13 | 16 | 17 | 28 | 32..=35),
        b"OBX" => matches!(number, 16 | 25),
        _ => false,
    }
}

fn hl7(text: &mut [u8], driver: &Driver, pseudonyms: &mut Pseudonyms) -> usize {
    let mut separator = b'|';
    let mut free = 0;
    let ends = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0x0b | 0x1c);
    for segment in text.split_mut(ends) {
        let Some(name) = segment.get(..3).map(<[u8]>::to_vec) else {
            continue;
        };
        if name == b"MSH" {
            separator = segment.get(3).copied().unwrap_or(separator);
            continue;
        }
        for (number, field) in segment.split_mut(|byte| *byte == separator).enumerate() {
            if (name.as_slice(), number) == (b"PID".as_slice(), 7) {
                let other = dated(field);
                field.copy_from_slice(&other);
            } else if number > 0 && (hl7_personal(&name, number) || named(driver, &name, number)) {
                words(field, pseudonyms);
            } else if name == b"NTE" && number == 3 && has_words(field) {
                free += 1;
            }
        }
    }
    free
}

/// Tag groups of bioMérieux: those of the patient begin with `p`; `ps` is the sex.
fn bci(text: &mut [u8], pseudonyms: &mut Pseudonyms) -> usize {
    for group in text.split_mut(|byte| matches!(byte, b'|' | 0x1e | 0x02 | 0x03 | 0x1d)) {
        if let [b'p', tag, value @ ..] = group
            && *tag != b's'
        {
            words(value, pseudonyms);
        }
    }
    0
}

/// Print text has no fields: what follows a word such as "name" on its line is masked, and the rest is for a person.
fn labelled(text: &mut [u8], pseudonyms: &mut Pseudonyms) -> usize {
    const LABELS: [&[u8]; 8] = [
        b"name",
        b"nom",
        b"patient",
        b"birth",
        b"naissance",
        b"dob",
        b"operator",
        b"doctor",
    ];
    let mut free = 0;
    for line in text.split_mut(|byte| matches!(byte, b'\r' | b'\n')) {
        let lower = line.to_ascii_lowercase();
        let label = LABELS
            .iter()
            .filter_map(|label| {
                let at = lower.windows(label.len()).position(|part| part == *label)?;
                Some(at.saturating_add(label.len()))
            })
            .min();
        match label.and_then(|end| line.get_mut(end..)) {
            Some(value) => words(value, pseudonyms),
            None => free += usize::from(has_words(line)),
        }
    }
    free
}

/// Masks each word of a field: signs and delimiters stay.
fn words(field: &mut [u8], pseudonyms: &mut Pseudonyms) {
    for word in field.split_mut(|byte| !byte.is_ascii_alphanumeric() && *byte < 0x80) {
        if !word.is_empty() {
            let other = pseudonyms.of(word);
            word.copy_from_slice(&other);
        }
    }
}

/// Whether somebody may have written something: two words of three letters.
fn has_words(field: &[u8]) -> bool {
    let mut words = field.split(|byte| !byte.is_ascii_alphabetic());
    let long = |word: &&[u8]| word.len() >= 3;
    words.by_ref().filter(long).count() >= 2
}

/// Masks a value wherever it stands by itself.
pub(super) fn everywhere(text: &mut [u8], value: &[u8], other: &[u8]) {
    if value.len() < SHORTEST || value.len() != other.len() {
        return;
    }
    let inside = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let mut from = 0;
    while let Some(at) = text
        .get(from..)
        .and_then(|rest| rest.windows(value.len()).position(|part| part == value))
    {
        let start = from.saturating_add(at);
        let end = start.saturating_add(value.len());
        let alone = !inside(start.checked_sub(1).and_then(|before| text.get(before)))
            && !inside(text.get(end));
        if let Some(place) = text.get_mut(start..end).filter(|_| alone) {
            place.copy_from_slice(other);
        }
        from = end;
    }
}
