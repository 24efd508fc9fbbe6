//! From segments to text, with every delimiter in a value escaped so that reading gives the same values back.

use super::escape::escape;
use super::segment::declares;
use super::{Delimiters, Field, Segment};

/// A segment to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct SegmentDraft {
    name: [u8; 3],
    // Field 1 first; fields 1 and 2 of a header stay empty, because the delimiters of the message go there.
    fields: Vec<FieldDraft>,
}

/// A field to be written: repeats made of components made of subcomponents.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldDraft {
    repeats: Vec<Vec<Vec<Vec<u8>>>>,
}

impl SegmentDraft {
    /// A segment with nothing but its name.
    pub fn new(name: [u8; 3]) -> Self {
        Self {
            name,
            fields: Vec::new(),
        }
    }

    /// Its name.
    pub fn name(&self) -> [u8; 3] {
        self.name
    }

    /// Sets field `number` (counted from 1) to one plain value. Fields 1 and 2 of a header cannot be set.
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

    /// Sets field `number`. Field 0, and fields 1 and 2 of a header, cannot be set.
    pub fn with_field(mut self, number: usize, field: FieldDraft) -> Self {
        let reserved = if declares(&self.name) { 2 } else { 0 };
        if number > reserved {
            let index = number - 1;
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

/// An empty field: one repeat with one component with one subcomponent, and nothing in it.
impl Default for FieldDraft {
    fn default() -> Self {
        Self {
            repeats: vec![vec![vec![Vec::new()]]],
        }
    }
}

impl FieldDraft {
    /// One plain value.
    pub fn plain(value: impl AsRef<[u8]>) -> Self {
        Self::components([value])
    }

    /// `""`: explicitly nothing.
    pub fn null() -> Self {
        Self::plain(b"\"\"")
    }

    /// One value made of components.
    pub fn components<V: AsRef<[u8]>>(components: impl IntoIterator<Item = V>) -> Self {
        let components = components.into_iter();
        let components = components.map(|component| vec![component.as_ref().to_vec()]);
        Self::from_repeats(vec![components.collect()])
    }

    /// Several values, each made of components made of subcomponents.
    pub fn from_repeats(mut repeats: Vec<Vec<Vec<Vec<u8>>>>) -> Self {
        if repeats.is_empty() {
            return Self::default();
        }
        for components in &mut repeats {
            if components.is_empty() {
                components.push(Vec::new());
            }
            for subcomponents in components {
                if subcomponents.is_empty() {
                    subcomponents.push(Vec::new());
                }
            }
        }
        Self { repeats }
    }

    fn write(&self, delimiters: Delimiters, text: &mut Vec<u8>) {
        for (index, repeat) in self.repeats.iter().enumerate() {
            separate(index, delimiters.repeat, text);
            for (index, component) in repeat.iter().enumerate() {
                separate(index, delimiters.component, text);
                for (index, subcomponent) in component.iter().enumerate() {
                    separate(index, delimiters.subcomponent, text);
                    text.extend_from_slice(&escape(subcomponent, &delimiters));
                }
            }
        }
    }
}

fn separate(index: usize, delimiter: u8, text: &mut Vec<u8>) {
    if index > 0 {
        text.push(delimiter);
    }
}

impl Segment<'_> {
    /// An owned copy with the escapes undone, for changing and writing; `None` for a line that is no segment.
    pub fn to_draft(&self) -> Option<SegmentDraft> {
        let name: [u8; 3] = self.name().try_into().ok()?;
        let mut draft = SegmentDraft::new(name);
        for (number, field) in (1..).zip(self.fields()) {
            draft = draft.with_field(number, field.to_draft());
        }
        Some(draft)
    }
}

impl Field<'_> {
    /// An owned copy with the escapes undone.
    pub fn to_draft(&self) -> FieldDraft {
        let repeats = self.repeats().map(|repeat| {
            let components = repeat.components().map(|component| {
                let subcomponents = component.subcomponents();
                subcomponents
                    .map(|subcomponent| subcomponent.text().into_owned())
                    .collect()
            });
            components.collect()
        });
        FieldDraft::from_repeats(repeats.collect())
    }
}

/// Writes segments, each ended by CR.
///
/// ```
/// use lisiere_protocol::hl7::{Delimiters, SegmentDraft, write};
///
/// let text = write(
///     &Delimiters::default(),
///     &[
///         SegmentDraft::new(*b"MSH").with(3, "Lisière").with_components(9, ["QBP", "Q11"]),
///         SegmentDraft::new(*b"QPD").with(3, "S|1"),
///     ],
/// );
/// assert_eq!(text, "MSH|^~\\&|Lisière||||||QBP^Q11\rQPD|||S\\F\\1\r".as_bytes());
/// ```
pub fn write(delimiters: &Delimiters, segments: &[SegmentDraft]) -> Vec<u8> {
    let mut text = Vec::new();
    for segment in segments {
        text.extend_from_slice(&segment.name);
        let header = declares(&segment.name);
        if header {
            text.extend_from_slice(&[
                delimiters.field,
                delimiters.component,
                delimiters.repeat,
                delimiters.escape,
                delimiters.subcomponent,
            ]);
        }
        for field in segment.fields.iter().skip(if header { 2 } else { 0 }) {
            text.push(delimiters.field);
            field.write(*delimiters, &mut text);
        }
        text.push(b'\r');
    }
    text
}

/// Shows the name and the number of fields only: the fields may name a patient.
impl core::fmt::Debug for SegmentDraft {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "SegmentDraft({} with {} fields)",
            self.name.escape_ascii(),
            self.fields.len()
        )
    }
}

impl core::fmt::Debug for FieldDraft {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "FieldDraft({} repeats)", self.repeats.len())
    }
}
