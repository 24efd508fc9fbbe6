//! A question cut into records and fields without a change of any byte: what is echoed must be what was sent.
//!
//! LIS2-A2 and HL7 v2 are cut alike; they differ in how fields are counted and in which delimiters the first record
//! declares.

use super::rule::Spot;

/// The delimiters in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signs {
    pub(super) field: u8,
    pub(super) repeat: u8,
    pub(super) component: u8,
    pub(super) escape: u8,
    /// HL7 only.
    pub(super) sub: Option<u8>,
}

impl Signs {
    /// The delimiters that a first record declares; the usual ones of LIS2-A2 when it declares none.
    pub(super) fn declared_by(line: &[u8]) -> Self {
        let usual = Self {
            field: b'|',
            repeat: b'\\',
            component: b'^',
            escape: b'&',
            sub: None,
        };
        if let Some([field, component, repeat, rest @ ..]) = line.strip_prefix(b"MSH") {
            let mut rest = rest.iter().copied().take_while(|byte| byte != field);
            return Self {
                field: *field,
                repeat: *repeat,
                component: *component,
                escape: rest.next().unwrap_or(b'\\'),
                sub: Some(rest.next().unwrap_or(b'&')),
            };
        }
        match line.get(1..) {
            Some([field, repeat, component, escape, ..])
                if line
                    .first()
                    .is_some_and(|byte| byte.eq_ignore_ascii_case(&b'H'))
                    && !field.is_ascii_alphanumeric() =>
            {
                Self {
                    field: *field,
                    repeat: *repeat,
                    component: *component,
                    escape: *escape,
                    sub: None,
                }
            }
            _ => usual,
        }
    }

    pub(super) const fn is_hl7(self) -> bool {
        self.sub.is_some()
    }

    /// The letter between two escape characters that stands for a delimiter (LIS02-A2 §5.4.6, HL7 v2.5.1 §2.7.1).
    pub(super) fn letter(self, byte: u8) -> Option<u8> {
        if byte == self.field {
            Some(b'F')
        } else if byte == self.component {
            Some(b'S')
        } else if byte == self.repeat {
            Some(b'R')
        } else if byte == self.escape {
            Some(b'E')
        } else if self.sub == Some(byte) {
            Some(b'T')
        } else {
            None
        }
    }

    /// The byte that a letter between escape characters stands for.
    fn meant(self, letter: u8) -> Option<u8> {
        match letter {
            b'F' => Some(self.field),
            b'S' => Some(self.component),
            b'R' => Some(self.repeat),
            b'E' => Some(self.escape),
            b'T' => self.sub,
            _ => None,
        }
    }
}

/// A question as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) signs: Signs,
    records: Vec<Vec<u8>>,
}

impl Sheet {
    /// Reads a text; nothing when it begins with no header.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let records: Vec<Vec<u8>> = text
            .split(|byte| matches!(byte, b'\r' | b'\n'))
            .filter(|line| !line.is_empty())
            .map(<[u8]>::to_vec)
            .collect();
        let first = records.first()?;
        let begins = first.starts_with(b"MSH")
            || (first.first()?.eq_ignore_ascii_case(&b'H')
                && first
                    .get(1)
                    .is_some_and(|byte| !byte.is_ascii_alphanumeric()));
        let signs = Signs::declared_by(first);
        begins.then_some(Self { signs, records })
    }

    /// Whether there is a record of this name.
    pub(super) fn has(&self, record: &str) -> bool {
        self.record(record).is_some()
    }

    fn record(&self, name: &str) -> Option<&[u8]> {
        let named = |line: &&Vec<u8>| {
            line.split(|byte| *byte == self.signs.field)
                .next()
                .is_some_and(|begin| begin.eq_ignore_ascii_case(name.as_bytes()))
        };
        self.records.iter().find(named).map(Vec::as_slice)
    }

    /// Records of this name, in order.
    pub(super) fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.records.iter().map(Vec::as_slice)
    }

    /// A field of a record, by the language's own count.
    pub(super) fn field<'a>(&self, record: &'a [u8], field: usize) -> &'a [u8] {
        let index = if !self.signs.is_hl7() || record.starts_with(b"MSH") {
            field.checked_sub(1)
        } else {
            Some(field)
        };
        index
            .and_then(|index| record.split(|byte| *byte == self.signs.field).nth(index))
            .unwrap_or_default()
    }

    /// The bytes at a place, as sent.
    pub(super) fn at(&self, spot: &Spot) -> &[u8] {
        let Some(record) = self.record(&spot.record) else {
            return &[];
        };
        if spot.field == 0 {
            return record;
        }
        let field = self.field(record, spot.field);
        match spot.component {
            None => field,
            Some(number) => {
                let first = field.split(|byte| *byte == self.signs.repeat).next();
                self.component(first.unwrap_or_default(), number)
            }
        }
    }

    /// The text at a place, for a condition.
    pub(super) fn shown(&self, spot: &Spot) -> String {
        String::from_utf8_lossy(self.at(spot)).into_owned()
    }

    /// The repeats of the field at a place, over all records of that name.
    pub(super) fn repeats(&self, spot: &Spot) -> Vec<Vec<u8>> {
        let named = |record: &&Vec<u8>| {
            record
                .split(|byte| *byte == self.signs.field)
                .next()
                .is_some_and(|begin| begin.eq_ignore_ascii_case(spot.record.as_bytes()))
        };
        let records = self.records.iter().filter(named);
        let fields = records.flat_map(|record| {
            self.field(record, spot.field)
                .split(|byte| *byte == self.signs.repeat)
        });
        fields.map(<[u8]>::to_vec).collect()
    }

    /// One component of a repeat.
    pub(super) fn component<'a>(&self, repeat: &'a [u8], number: usize) -> &'a [u8] {
        number
            .checked_sub(1)
            .and_then(|index| {
                repeat
                    .split(|byte| *byte == self.signs.component)
                    .nth(index)
            })
            .unwrap_or_default()
    }

    /// The components of a repeat from one on, as sent.
    pub(super) fn components_from<'a>(&self, repeat: &'a [u8], number: usize) -> &'a [u8] {
        let mut rest = repeat;
        for _ in 1..number {
            let Some(at) = rest.iter().position(|byte| *byte == self.signs.component) else {
                return &[];
            };
            rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        }
        rest
    }

    /// A component as text, escapes undone.
    pub(super) fn text_of(&self, repeat: &[u8], number: usize) -> String {
        let mut text = Vec::new();
        let mut rest = self.component(repeat, number);
        while let Some((&byte, after)) = rest.split_first() {
            let meant = match after {
                [letter, end, ..] if byte == self.signs.escape && *end == self.signs.escape => {
                    self.signs.meant(*letter)
                }
                _ => None,
            };
            text.push(meant.unwrap_or(byte));
            rest = if meant.is_some() {
                after.get(2..).unwrap_or_default()
            } else {
                after
            };
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Bytes of this question in a message with other delimiters.
    pub(super) fn carried(&self, raw: &[u8], signs: Signs) -> Vec<u8> {
        if signs == self.signs {
            return raw.to_vec();
        }
        let mut carried = Vec::with_capacity(raw.len());
        for &byte in raw {
            match self
                .signs
                .letter(byte)
                .and_then(|letter| signs.meant(letter))
            {
                Some(same) => carried.push(same),
                None => push_escaped(&mut carried, byte, signs),
            }
        }
        carried
    }
}

/// Writes a byte of a value; a delimiter becomes its escape sequence, a control character nothing.
pub(super) fn push_escaped(text: &mut Vec<u8>, byte: u8, signs: Signs) {
    match signs.letter(byte) {
        Some(letter) => text.extend_from_slice(&[signs.escape, letter, signs.escape]),
        None if byte.is_ascii_control() => {}
        None => text.push(byte),
    }
}
