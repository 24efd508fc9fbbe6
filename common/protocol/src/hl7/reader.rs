//! From text to messages and segments. Reading never fails: what is odd is listed beside what could be read.

use std::ops::Range;

use super::header::is_header;
use super::{Declaration, Delimiters, Header, Segment};
use crate::lis2a2::reader::lines;

/// Everything a text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<'a> {
    /// The messages in order.
    pub messages: Vec<Message<'a>>,
    /// What is odd.
    pub problems: Vec<Problem>,
}

/// One message: a header segment and what follows it up to the next header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// The delimiters in force.
    pub delimiters: Delimiters,
    /// The segments in order, the header first.
    pub segments: Vec<Segment<'a>>,
    text: &'a [u8],
}

/// Something odd in a text, with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {kind}")]
pub struct Problem {
    /// Offset in the text.
    pub at: usize,
    /// What it is.
    pub kind: ProblemKind,
}

/// What can be odd in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ProblemKind {
    /// The segments have no header before them.
    #[error("segment without a header segment before it")]
    NoHeader,
    /// The header does not declare its delimiters properly.
    #[error("{0}")]
    Delimiters(Declaration),
    /// A line is no segment: it begins with no name of three letters or digits. Noise, or a line end inside a value.
    #[error("line is no segment")]
    NotASegment,
}

impl<'a> Message<'a> {
    /// The header, when the message has one.
    pub fn header(&self) -> Option<Header<'a>> {
        Header::read(self.text)
    }

    /// The segments of one name, in order.
    pub fn named<'m>(&'m self, name: &'m [u8]) -> impl Iterator<Item = &'m Segment<'a>> {
        self.segments
            .iter()
            .filter(move |segment| segment.name() == name)
    }

    /// Where the message stands in the text, from its first segment to the end of its last.
    pub fn range(&self) -> Range<usize> {
        match (self.segments.first(), self.segments.last()) {
            (Some(first), Some(last)) => first.range().start..last.range().end,
            _ => 0..0,
        }
    }
}

/// Reads a text. Segments end with CR; LF and CR LF, which many write instead, are taken as well.
///
/// ```
/// let document = lisiere_protocol::hl7::read(b"MSH|^~\\&|Analyzer\rOBX|1|NM|GLU^Glucose||5.4|mmol/L\r");
/// let message = &document.messages[0];
/// assert_eq!(message.segments[0].field(3).raw(), b"Analyzer");
/// let result = &message.segments[1];
/// assert_eq!(result.field(3).component(2).raw(), b"Glucose");
/// assert_eq!(&*result.field(5).text(), b"5.4");
/// assert!(document.problems.is_empty());
/// ```
pub fn read(text: &[u8]) -> Document<'_> {
    let mut document = Document {
        messages: Vec::new(),
        problems: Vec::new(),
    };
    let mut open: Option<Message<'_>> = None;
    for (at, line) in lines(text) {
        if is_header(line) {
            document.messages.extend(open.take());
            let (delimiters, declaration) = Delimiters::declared_by(line);
            if declaration != Declaration::Complete {
                document.note(at, ProblemKind::Delimiters(declaration));
            }
            open = Some(Message::begin(text, at, delimiters));
        }
        let message = open.get_or_insert_with(|| {
            document.problems.push(Problem {
                at,
                kind: ProblemKind::NoHeader,
            });
            Message::begin(text, at, Delimiters::default())
        });
        let segment = Segment::new(line, at, message.delimiters);
        if !is_named(&segment) {
            document.problems.push(Problem {
                at,
                kind: ProblemKind::NotASegment,
            });
        }
        message.segments.push(segment);
    }
    document.messages.extend(open);
    document
}

impl<'a> Message<'a> {
    fn begin(text: &'a [u8], at: usize, delimiters: Delimiters) -> Self {
        Self {
            delimiters,
            // A segment has sixty bytes and more.
            segments: Vec::with_capacity(text.len().saturating_sub(at) / 60 + 4),
            text: text.get(at..).unwrap_or_default(),
        }
    }
}

impl Document<'_> {
    fn note(&mut self, at: usize, kind: ProblemKind) {
        self.problems.push(Problem { at, kind });
    }
}

/// Segment names are three upper-case letters or digits (HL7 v2.5.1 §2.5.2); lower case is let pass.
fn is_named(segment: &Segment<'_>) -> bool {
    let name = segment.name();
    name.len() == 3 && name.iter().all(u8::is_ascii_alphanumeric)
}
