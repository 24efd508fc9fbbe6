//! One segment and its parts, borrowed from the text; each part knows where in the text it stands.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::Delimiters;
use super::escape::unescape;

/// A segment: a name and fields counted from 1 (HL7 v2.5.1 §2.5).
///
/// A missing field, repeat, component or subcomponent is an empty one: the standard does not tell them apart. In a
/// header segment field 1 is the field delimiter itself and field 2 the other delimiters (§2.14.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
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

/// A component, which may have subcomponents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component<'a> {
    span: Span<'a>,
}

/// The smallest part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subcomponent<'a> {
    span: Span<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Span<'a> {
    bytes: &'a [u8],
    offset: usize,
    delimiters: Delimiters,
}

impl<'a> Segment<'a> {
    pub(super) fn new(bytes: &'a [u8], offset: usize, delimiters: Delimiters) -> Self {
        Self {
            span: Span {
                bytes,
                offset,
                delimiters,
            },
        }
    }

    /// Its name: `MSH`, `OBX`.
    pub fn name(&self) -> &'a [u8] {
        let end = if declares(self.span.bytes) {
            Some(3)
        } else {
            find(self.span.bytes, self.span.delimiters.field)
        };
        end.and_then(|end| self.span.bytes.get(..end))
            .unwrap_or(self.span.bytes)
    }

    /// Field `number`, counted from 1; field 0 is empty.
    pub fn field(&self, number: usize) -> Field<'a> {
        Field {
            span: self.field_span(number),
        }
    }

    fn field_span(&self, number: usize) -> Span<'a> {
        let span = self.span;
        if number == 0 {
            return span.nothing();
        }
        if !declares(span.bytes) {
            return span.part(span.delimiters.field, number + 1);
        }
        if number == 1 {
            return span.slice(3..span.bytes.len().min(4));
        }
        // Behind the first delimiter the rest of a header counts like any other segment, from field 2.
        span.slice(span.bytes.len().min(4)..span.bytes.len())
            .part(span.delimiters.field, number - 1)
    }

    /// All fields in order, field 1 first.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> + use<'a> {
        let span = self.span;
        let header = declares(span.bytes);
        let first = header.then(|| Field {
            span: span.slice(3..span.bytes.len().min(4)),
        });
        let rest = if header {
            span.slice(span.bytes.len().min(4)..span.bytes.len())
        } else {
            span
        };
        let rest = rest.parts(span.delimiters.field).skip(usize::from(!header));
        first.into_iter().chain(rest.map(|span| Field { span }))
    }

    /// How many fields are written.
    pub fn field_count(&self) -> usize {
        self.fields().count()
    }

    /// The delimiters the segment was read with.
    pub fn delimiters(&self) -> Delimiters {
        self.span.delimiters
    }

    /// The segment as it stands in the text, without its line end.
    pub fn raw(&self) -> &'a [u8] {
        self.span.bytes
    }

    /// Where the segment stands in the text, without its line end.
    pub fn range(&self) -> Range<usize> {
        self.span.range()
    }
}

macro_rules! common {
    ($part:ident, $what:literal) => {
        impl<'a> $part<'a> {
            #[doc = concat!("The ", $what, " as it stands in the text.")]
            pub fn raw(&self) -> &'a [u8] {
                self.span.bytes
            }

            #[doc = concat!("The whole ", $what, " with the escapes undone, in the bytes of the message's charset.")]
            ///
            /// Delimiters of lower levels stay in place: an `&` that nobody escaped is text here.
            pub fn text(&self) -> Cow<'a, [u8]> {
                unescape(self.span.bytes, &self.span.delimiters)
            }

            /// The delimiters it was read with.
            pub fn delimiters(&self) -> Delimiters {
                self.span.delimiters
            }

            /// Nothing is written: no value given, or unchanged.
            pub fn is_empty(&self) -> bool {
                self.span.bytes.is_empty()
            }

            /// `""` is written: explicitly nothing, or delete (HL7 v2.5.1 §2.5.3).
            pub fn is_null(&self) -> bool {
                self.span.bytes == b"\"\""
            }

            #[doc = concat!("Where the ", $what, " stands in the text.")]
            pub fn range(&self) -> Range<usize> {
                self.span.range()
            }
        }
    };
}

common!(Field, "field");
common!(Repeat, "repeat");
common!(Component, "component");
common!(Subcomponent, "subcomponent");

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
}

impl<'a> Component<'a> {
    /// Subcomponent `number`, counted from 1.
    pub fn subcomponent(&self, number: usize) -> Subcomponent<'a> {
        Subcomponent {
            span: self.span.part(self.span.delimiters.subcomponent, number),
        }
    }

    /// All subcomponents; an empty component has one empty subcomponent.
    pub fn subcomponents(&self) -> impl Iterator<Item = Subcomponent<'a>> + use<'a> {
        self.span
            .parts(self.span.delimiters.subcomponent)
            .map(|span| Subcomponent { span })
    }
}

impl<'a> Span<'a> {
    fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.bytes.len()
    }

    fn slice(&self, range: Range<usize>) -> Self {
        let start = range.start;
        match self.bytes.get(range) {
            Some(bytes) => Self {
                bytes,
                offset: self.offset + start,
                ..*self
            },
            None => self.nothing(),
        }
    }

    /// The empty part behind the last one.
    fn nothing(&self) -> Self {
        Self {
            bytes: &[],
            offset: self.offset + self.bytes.len(),
            ..*self
        }
    }

    fn part(&self, delimiter: u8, number: usize) -> Self {
        number
            .checked_sub(1)
            .and_then(|index| self.parts(delimiter).nth(index))
            .unwrap_or_else(|| self.nothing())
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
        let Some(end) = find(span.bytes, self.delimiter) else {
            return Some(span);
        };
        self.rest = Some(span.slice(end + 1..span.bytes.len()));
        Some(span.slice(0..end))
    }
}

fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|byte| *byte == wanted)
}

/// Whether a segment declares the delimiters: message, file and batch headers do.
pub(super) fn declares(segment: &[u8]) -> bool {
    matches!(segment.get(..3), Some(b"MSH" | b"FHS" | b"BHS"))
}
