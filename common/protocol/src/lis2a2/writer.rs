//! From records to text, with every delimiter in a value escaped so that reading gives the same values back.

use super::Delimiters;
use super::escape::escape;

/// A record to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordDraft {
    letter: u8,
    // Field 2 first; a header's field 2 stays empty, because the delimiters of the message go there.
    fields: Vec<FieldDraft>,
}

/// A field to be written: repeats made of components.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldDraft {
    repeats: Vec<Vec<Vec<u8>>>,
}

impl RecordDraft {
    /// A record with nothing but its letter.
    pub fn new(letter: u8) -> Self {
        Self {
            letter: letter.to_ascii_uppercase(),
            fields: Vec::new(),
        }
    }

    /// The record letter.
    pub fn letter(&self) -> u8 {
        self.letter
    }

    /// Sets field `number` (counted from 1) to one plain value. Fields 0 and 1 cannot be set, nor field 2 of a header.
    pub fn with(self, number: usize, value: impl AsRef<[u8]>) -> Self {
        self.with_field(number, FieldDraft::plain(value))
    }

    /// Sets field `number` to one value made of components.
    pub fn with_components<V: AsRef<[u8]>>(
        self,
        number: usize,
        components: impl IntoIterator<Item = V>,
    ) -> Self {
        self.with_field(number, FieldDraft::components(components))
    }

    /// Sets field `number`. Fields 0 and 1 cannot be set, nor field 2 of a header.
    pub fn with_field(mut self, number: usize, field: FieldDraft) -> Self {
        let reserved = if self.letter == b'H' { 2 } else { 1 };
        if number > reserved {
            let index = number - 2;
            if self.fields.len() <= index {
                self.fields.resize_with(index + 1, FieldDraft::default);
            }
            if let Some(slot) = self.fields.get_mut(index) {
                *slot = field;
            }
        }
        self
    }
}

/// An empty field: one repeat with one component, and nothing in it.
impl Default for FieldDraft {
    fn default() -> Self {
        Self {
            repeats: vec![vec![Vec::new()]],
        }
    }
}

impl FieldDraft {
    /// One plain value.
    pub fn plain(value: impl AsRef<[u8]>) -> Self {
        Self::components([value])
    }

    /// One value made of components.
    pub fn components<V: AsRef<[u8]>>(components: impl IntoIterator<Item = V>) -> Self {
        Self::from_repeats([components])
    }

    /// Several values, each made of components.
    pub fn from_repeats<V: AsRef<[u8]>, R: IntoIterator<Item = V>>(
        repeats: impl IntoIterator<Item = R>,
    ) -> Self {
        let own = |repeat: R| -> Vec<Vec<u8>> {
            let components: Vec<_> = repeat
                .into_iter()
                .map(|component| component.as_ref().to_vec())
                .collect();
            if components.is_empty() {
                vec![Vec::new()]
            } else {
                components
            }
        };
        let repeats: Vec<_> = repeats.into_iter().map(own).collect();
        if repeats.is_empty() {
            Self::default()
        } else {
            Self { repeats }
        }
    }

    fn write(&self, delimiters: Delimiters, text: &mut Vec<u8>) {
        for (index, repeat) in self.repeats.iter().enumerate() {
            if index > 0 {
                text.push(delimiters.repeat);
            }
            for (index, component) in repeat.iter().enumerate() {
                if index > 0 {
                    text.push(delimiters.component);
                }
                text.extend_from_slice(&escape(component, &delimiters));
            }
        }
    }
}

/// Writes records, each ended by CR.
///
/// ```
/// use lisiere_protocol::lis2a2::{Delimiters, RecordDraft, write};
///
/// let text = write(
///     &Delimiters::default(),
///     &[
///         RecordDraft::new(b'H').with(5, "Lisière".as_bytes()),
///         RecordDraft::new(b'O').with(2, "1").with(3, "S|1").with_components(5, ["", "", "", "685"]),
///         RecordDraft::new(b'L').with(2, "1").with(3, "N"),
///     ],
/// );
/// assert_eq!(text, "H|\\^&|||Lisière\rO|1|S&F&1||^^^685\rL|1|N\r".as_bytes());
/// ```
pub fn write(delimiters: &Delimiters, records: &[RecordDraft]) -> Vec<u8> {
    let mut text = Vec::new();
    for record in records {
        text.push(record.letter);
        let declares = record.letter == b'H';
        if declares {
            text.extend_from_slice(&[
                delimiters.field,
                delimiters.repeat,
                delimiters.component,
                delimiters.escape,
            ]);
        }
        for field in record.fields.iter().skip(usize::from(declares)) {
            text.push(delimiters.field);
            field.write(*delimiters, &mut text);
        }
        text.push(b'\r');
    }
    text
}

/// Shows the letter and the number of fields only: the fields may name a patient.
impl core::fmt::Debug for RecordDraft {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "RecordDraft({} with {} fields)",
            char::from(self.letter),
            self.fields.len() + 1
        )
    }
}

impl core::fmt::Debug for FieldDraft {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "FieldDraft({} repeats)", self.repeats.len())
    }
}
