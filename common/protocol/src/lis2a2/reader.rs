//! From text to messages and records. Reading never fails: what is odd is listed beside what could be read.

use std::ops::Range;

use super::delimiters::Declaration;
use super::{Delimiters, EscapeStyle, Record};
use crate::scan;

/// What a driver profile knows about the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// Use these instead of the declared ones, for an analyzer whose header lies.
    pub delimiters: Option<Delimiters>,
    /// How delimiters are written inside text.
    pub escapes: EscapeStyle,
}

/// Everything a text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<'a> {
    /// The messages in order.
    pub messages: Vec<Message<'a>>,
    /// What is odd.
    pub problems: Vec<Problem>,
}

/// One message: a header record and what follows it up to the next header or the terminator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// The delimiters in force.
    pub delimiters: Delimiters,
    /// The records in order.
    pub records: Vec<Record<'a>>,
    /// Whether the last record is a terminator.
    pub terminated: bool,
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
    /// The records have no header before them.
    #[error("record without a header record before it")]
    NoHeader,
    /// The header does not declare its delimiters properly.
    #[error("{0}")]
    Delimiters(Declaration),
    /// The message has no terminator record.
    #[error("message without terminator record")]
    NoTerminator,
    /// A record does not begin with a letter.
    #[error("record does not begin with a letter")]
    NotARecord,
}

impl Message<'_> {
    /// Where the message stands in the text, from its first record to the end of its last.
    pub fn range(&self) -> Range<usize> {
        match (self.records.first(), self.records.last()) {
            (Some(first), Some(last)) => first.range().start..last.range().end,
            _ => 0..0,
        }
    }
}

/// Reads a text. Records end with CR; LF and CR LF, which loggers and some analyzers write instead, are taken as well.
///
/// ```
/// use lisiere_protocol::lis2a2::{ReadOptions, read};
///
/// let document = read(b"H|\\^&\rO|1|S001\rR|1|^^^685|5.4|mmol/L\rL|1|N\r", ReadOptions::default());
/// let result = &document.messages[0].records[2];
/// assert_eq!(result.letter(), b'R');
/// assert_eq!(result.field(3).component(4).raw(), b"685");
/// assert_eq!(result.field(9).raw(), b"");
/// assert!(document.problems.is_empty());
/// ```
pub fn read(text: &[u8], options: ReadOptions) -> Document<'_> {
    let mut document = Document {
        messages: Vec::new(),
        problems: Vec::new(),
    };
    let mut open: Option<Message<'_>> = None;
    for (at, line) in lines(text) {
        let begins = line
            .first()
            .is_some_and(|letter| letter.eq_ignore_ascii_case(&b'H'))
            && line.get(1).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if begins {
            document.close(open.take());
            let (declared, declaration) = Delimiters::declared_by(line);
            if options.delimiters.is_none() && declaration != Declaration::Complete {
                document.problems.push(Problem {
                    at,
                    kind: ProblemKind::Delimiters(declaration),
                });
            }
            let delimiters = options.delimiters.unwrap_or(declared);
            open = Some(Message {
                delimiters,
                records: Vec::new(),
                terminated: false,
            });
        }
        let message = open.get_or_insert_with(|| {
            document.problems.push(Problem {
                at,
                kind: ProblemKind::NoHeader,
            });
            let delimiters = options.delimiters.unwrap_or_default();
            Message {
                delimiters,
                records: Vec::new(),
                terminated: false,
            }
        });
        if !line.first().is_some_and(u8::is_ascii_alphabetic) {
            document.problems.push(Problem {
                at,
                kind: ProblemKind::NotARecord,
            });
        }
        let record = Record::new(line, at, message.delimiters, options.escapes);
        message.records.push(record);
        if is_terminator(line, message.delimiters.field) {
            message.terminated = true;
            document.close(open.take());
        }
    }
    document.close(open);
    document
}

impl<'a> Document<'a> {
    fn close(&mut self, message: Option<Message<'a>>) {
        let Some(message) = message else { return };
        if !message.terminated {
            self.problems.push(Problem {
                at: message.range().end,
                kind: ProblemKind::NoTerminator,
            });
        }
        self.messages.push(message);
    }
}

/// Whether a record is the terminator: an `L` that is the whole record or is followed by the field delimiter.
pub(crate) fn is_terminator(record: &[u8], field: u8) -> bool {
    match record {
        [b'L' | b'l'] => true,
        [b'L' | b'l', next, ..] => *next == field,
        _ => false,
    }
}

/// The lines that are not empty, with their offsets, cut at CR and at LF.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = Some((0, text));
    std::iter::from_fn(move || {
        while let Some((at, bytes)) = rest {
            let end =
                scan::controls(bytes).find(|at| matches!(bytes.get(*at), Some(b'\r' | b'\n')));
            rest = end.and_then(|end| Some((at + end + 1, bytes.get(end + 1..)?)));
            let line = end.map_or(bytes, |end| bytes.get(..end).unwrap_or_default());
            if !line.is_empty() {
                return Some((at, line));
            }
        }
        None
    })
}
