//! One record and its parts, borrowed from the text; each part knows where in the text it stands.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::escape::{EscapeStyle, unescape};
use super::{Delimiters, FieldDraft, RecordDraft};

/// A record: a letter and fields counted from 1, the letter being field 1 (LIS02-A2 §5).
///
/// A missing field, repeat or component is an empty one: the standard does not tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    span: Span<'a>,
}

/// A field, which may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    span: Span<'a>,
}

/// One repeat of a field, made of components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat<'a> {
    span: Span<'a>,
}

/// The smallest part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component<'a> {
    span: Span<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Span<'a> {
    bytes: &'a [u8],
    offset: usize,
    delimiters: Delimiters,
    style: EscapeStyle,
}

impl<'a> Record<'a> {
    pub(super) fn new(
        bytes: &'a [u8],
        offset: usize,
        delimiters: Delimiters,
        style: EscapeStyle,
    ) -> Self {
        // A header declares the escape character right before a field delimiter: there the two are no escape.
        let style = match bytes.first() {
            Some(b'H' | b'h') => EscapeStyle::Standard,
            _ => style,
        };
        Self {
            span: Span {
                bytes,
                offset,
                delimiters,
                style,
            },
        }
    }

    /// The record letter in upper case; a space for an empty record.
    pub fn letter(&self) -> u8 {
        self.span.bytes.first().map_or(b' ', u8::to_ascii_uppercase)
    }

    /// Field `number`, counted from 1.
    pub fn field(&self, number: usize) -> Field<'a> {
        Field {
            span: self.span.part(self.span.delimiters.field, number),
        }
    }

    /// How many fields are written.
    pub fn field_count(&self) -> usize {
        self.span.parts(self.span.delimiters.field).count()
    }

    /// All fields in order, field 1 first.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> + use<'a> {
        self.span
            .parts(self.span.delimiters.field)
            .map(|span| Field { span })
    }

    /// The delimiters the record was read with.
    pub fn delimiters(&self) -> Delimiters {
        self.span.delimiters
    }

    /// How delimiters are written inside its text.
    pub fn escape_style(&self) -> EscapeStyle {
        self.span.style
    }

    /// The record as it stands in the text, without its line end.
    pub fn raw(&self) -> &'a [u8] {
        self.span.bytes
    }

    /// Where the record stands in the text, without its line end.
    pub fn range(&self) -> Range<usize> {
        self.span.range()
    }

    /// An owned copy with the escapes undone, for changing and writing.
    pub fn to_draft(&self) -> RecordDraft {
        let mut draft = RecordDraft::new(self.letter());
        let first = if self.letter() == b'H' { 3 } else { 2 };
        for (number, field) in (1..).zip(self.fields()) {
            if number >= first {
                draft = draft.with_field(number, field.to_draft());
            }
        }
        draft
    }
}

impl<'a> Field<'a> {
    /// Repeat `number`, counted from 1.
    pub fn repeat(&self, number: usize) -> Repeat<'a> {
        Repeat {
            span: self.span.part(self.span.delimiters.repeat, number),
        }
    }

    /// All repeats; an empty field has one empty repeat.
    pub fn repeats(&self) -> impl Iterator<Item = Repeat<'a>> + use<'a> {
        self.span
            .parts(self.span.delimiters.repeat)
            .map(|span| Repeat { span })
    }

    /// Component `number` of the first repeat, counted from 1.
    pub fn component(&self, number: usize) -> Component<'a> {
        self.repeat(1).component(number)
    }

    /// The field as it stands in the text.
    pub fn raw(&self) -> &'a [u8] {
        self.span.bytes
    }

    /// The whole field with the escapes undone, delimiters left in place: for free text.
    pub fn text(&self) -> Cow<'a, [u8]> {
        self.span.text()
    }

    /// Nothing is written: unknown, or unchanged.
    pub fn is_empty(&self) -> bool {
        self.span.bytes.is_empty()
    }

    /// `""` is written: the value is to be deleted (LIS02-A2 §5).
    pub fn is_delete(&self) -> bool {
        self.span.bytes == b"\"\""
    }

    /// Where the field stands in the text.
    pub fn range(&self) -> Range<usize> {
        self.span.range()
    }

    /// An owned copy with the escapes undone.
    pub fn to_draft(&self) -> FieldDraft {
        FieldDraft::from_repeats(self.repeats().map(|repeat| {
            repeat
                .components()
                .map(|component| component.text().into_owned())
                .collect::<Vec<_>>()
        }))
    }
}

impl<'a> Repeat<'a> {
    /// Component `number`, counted from 1.
    pub fn component(&self, number: usize) -> Component<'a> {
        Component {
            span: self.span.part(self.span.delimiters.component, number),
        }
    }

    /// All components; an empty repeat has one empty component.
    pub fn components(&self) -> impl Iterator<Item = Component<'a>> + use<'a> {
        self.span
            .parts(self.span.delimiters.component)
            .map(|span| Component { span })
    }

    /// The repeat as it stands in the text.
    pub fn raw(&self) -> &'a [u8] {
        self.span.bytes
    }

    /// The whole repeat with the escapes undone, component delimiters left in place.
    pub fn text(&self) -> Cow<'a, [u8]> {
        self.span.text()
    }

    /// Nothing is written.
    pub fn is_empty(&self) -> bool {
        self.span.bytes.is_empty()
    }

    /// Where the repeat stands in the text.
    pub fn range(&self) -> Range<usize> {
        self.span.range()
    }
}

impl<'a> Component<'a> {
    /// The component as it stands in the text.
    pub fn raw(&self) -> &'a [u8] {
        self.span.bytes
    }

    /// The component with the escapes undone.
    pub fn text(&self) -> Cow<'a, [u8]> {
        self.span.text()
    }

    /// Nothing is written.
    pub fn is_empty(&self) -> bool {
        self.span.bytes.is_empty()
    }

    /// Where the component stands in the text.
    pub fn range(&self) -> Range<usize> {
        self.span.range()
    }
}

impl<'a> Span<'a> {
    fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.bytes.len()
    }

    fn text(&self) -> Cow<'a, [u8]> {
        unescape(self.bytes, &self.delimiters, self.style)
    }

    fn part(&self, delimiter: u8, number: usize) -> Self {
        let end = Self {
            bytes: &[],
            offset: self.offset + self.bytes.len(),
            ..*self
        };
        match number.checked_sub(1) {
            Some(index) => self.parts(delimiter).nth(index).unwrap_or(end),
            None => end,
        }
    }

    fn parts(&self, delimiter: u8) -> Parts<'a> {
        Parts {
            rest: Some(*self),
            delimiter,
        }
    }
}

/// Shows the place only: the bytes may name a patient.
impl fmt::Debug for Span<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {:?}", self.range())
    }
}

/// Cuts a span at a delimiter, from left to right.
struct Parts<'a> {
    rest: Option<Span<'a>>,
    delimiter: u8,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Span<'a>;

    fn next(&mut self) -> Option<Span<'a>> {
        let span = self.rest.take()?;
        let Some(end) = cut(&span, self.delimiter) else {
            return Some(span);
        };
        self.rest = span.bytes.get(end + 1..).map(|bytes| Span {
            bytes,
            offset: span.offset + end + 1,
            ..span
        });
        Some(Span {
            bytes: span.bytes.get(..end).unwrap_or_default(),
            ..span
        })
    }
}

fn cut(span: &Span<'_>, delimiter: u8) -> Option<usize> {
    if span.style == EscapeStyle::Standard {
        return span.bytes.iter().position(|byte| *byte == delimiter);
    }
    // In shorthand a delimiter directly after the escape character is text.
    let mut escaped = false;
    span.bytes.iter().position(|&byte| {
        let cuts = byte == delimiter && !escaped;
        escaped = byte == span.delimiters.escape && !escaped;
        cuts
    })
}
