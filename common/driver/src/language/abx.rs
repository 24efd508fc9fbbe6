//! Horiba ABX as a record language: lines with an identifier; those about the specimen come first, wherever they stand.

use super::{Cell, Charset, Content, Document, Grammar, Message, Purpose, Record, Syntax, blocks};
use crate::profile::Profile;
use lisiere_protocol::abx::{self, Line};
use std::ops::Range;

/// Horiba ABX.
pub(super) struct Abx;

/// The identifier of the kind of message.
const HEAD: u8 = 0xFF;
/// The identifier of the checksum, which the link has looked at.
const CHECK: u8 = 0xFD;

static GRAMMAR: Grammar = Grammar {
    levels: blocks::LEVELS,
    rows: &["R"],
    comments: &["C"],
    questions: &[("Q", 1)],
    orders: &["O"],
    personal: &["P"],
    hides_orders: false,
    is_name: blocks::is_name,
    name_words: "H (genre de message), O (échantillon) ou R (une ligne de résultat)",
    not_a_record: "ligne d'un message ABX d'un genre que ce profil ne décrit pas",
    no_order: "résultat sans ligne d'échantillon",
};

impl Syntax for Abx {
    fn grammar(&self) -> &'static Grammar {
        &GRAMMAR
    }

    fn open<'c>(&self, capture: &'c [u8], profile: &Profile) -> Content<'c> {
        blocks::open(capture, profile)
    }

    fn read<'t>(&self, content: &'t Content<'_>, profile: &Profile) -> Document<'t> {
        let mut document = Document::default();
        let charset = blocks::charset(content, profile);
        for part in &content.parts {
            let text = content.text.get(part.clone()).unwrap_or_default();
            let lines = abx::lines(text);
            let Some(head) = lines.iter().find_map(|line| head(line, text)) else {
                continue;
            };
            let known = profile.layout.heads.iter().any(|known| known == &head);
            let reader = Reader {
                text,
                part,
                content,
                charset,
                profile,
            };
            document.messages.push(Message {
                records: reader.records(&lines, &head, known),
                terminated: true,
                purpose: if known {
                    Purpose::Results
                } else {
                    Purpose::Open
                },
                title: Some(head),
                range: content.range(part.clone()),
            });
        }
        if document.messages.is_empty() {
            let words = "aucune ligne de genre (RESULT…) : ce n'est pas un message ABX";
            document.unreadable = Some(blocks::unreadable(content, words));
        }
        document
    }
}

/// The kind of message, when the line says it.
fn head(line: &Line, text: &[u8]) -> Option<String> {
    let value = text.get(line.value.clone())?.trim_ascii();
    let word = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_');
    let says = matches!(line.identifier, HEAD | 0) && value.len() > 2 && value.iter().all(word);
    says.then(|| value.iter().copied().map(char::from).collect())
}

struct Reader<'a, 't> {
    text: &'t [u8],
    part: &'a Range<usize>,
    content: &'a Content<'a>,
    charset: Charset,
    profile: &'a Profile,
}

impl<'t> Reader<'_, 't> {
    fn records(&self, lines: &[Line], head: &str, known: bool) -> Vec<Record<'t>> {
        let mut order = Vec::new();
        let mut rows = Vec::new();
        let mut bytes: Option<Range<usize>> = None;
        for line in lines {
            if matches!(line.identifier, HEAD | CHECK | 0) {
                continue;
            }
            let identifier = self.charset.decode(&[line.identifier]).into_owned();
            if let Some(field) = self.profile.layout.identifiers.get(&identifier) {
                let value = self.value(line);
                order.push(Cell::new(field.clone(), value));
                if field == "date" {
                    // `04/11/25 08h15mn00s`: the signs between the digits change with the analyzer's language.
                    let digits = value.iter().copied().filter(u8::is_ascii_digit);
                    order.push(Cell::new("digits", digits.collect::<Vec<u8>>()));
                }
                let from = bytes.map_or(line.range.start, |range| range.start);
                bytes = Some(from..line.range.end);
            } else {
                rows.push(self.row(line, known));
            }
        }
        let start = 0..lines.first().map_or(0, |line| line.range.end);
        let kind = Cell::new("kind", head.as_bytes().to_vec());
        let mut records = vec![self.record("H", vec![kind], &start)];
        if !order.is_empty() {
            records.push(self.record("O", order, &bytes.unwrap_or(start)));
        }
        records.append(&mut rows);
        records
    }

    /// A value, the flags after it, and the line as it is. Rows of an unknown kind of message are no rows.
    fn row(&self, line: &Line, known: bool) -> Record<'t> {
        let text = self.value(line);
        let number = |byte: &u8| byte.is_ascii_digit() || b".,+-<>*".contains(byte);
        let blanks = text.iter().take_while(|byte| **byte == b' ').count();
        let value = text.get(blanks..).unwrap_or_default();
        let length = value.iter().take_while(|byte| number(byte)).count();
        let (value, flags) = value.split_at_checked(length).unwrap_or((value, &[]));
        let cells = vec![
            Cell::new("code", vec![line.identifier]),
            Cell::new("value", value),
            Cell::new("flags", flags.trim_ascii()),
            Cell::new("text", text),
        ];
        self.record(if known { "R" } else { "?" }, cells, &line.range)
    }

    fn record(&self, name: &'static str, cells: Vec<Cell<'t>>, range: &Range<usize>) -> Record<'t> {
        let at = self.part.start;
        let range = self.content.range(at + range.start..at + range.end);
        Record::cells(name, cells, self.charset, range)
    }

    fn value(&self, line: &Line) -> &'t [u8] {
        self.text.get(line.value.clone()).unwrap_or_default()
    }
}
