//! Print text as a record language: what the profile looks for becomes records, anything else is put before a person.

use super::{Cell, Charset, Content, Document, Grammar, Message, Purpose, Record, Syntax, blocks};
use crate::profile::{Find, Profile};
use regex::bytes::Captures;
use std::ops::Range;

/// Print text.
pub(super) struct Text;

static GRAMMAR: Grammar = Grammar {
    levels: blocks::LEVELS,
    rows: &["R"],
    comments: &["C"],
    questions: &[("Q", 1)],
    orders: &["O"],
    personal: &["P"],
    hides_orders: false,
    is_name: blocks::is_name,
    name_words: "une lettre majuscule (O, R…) que [[layout.find]] nomme",
    not_a_record: "texte que ce profil ne cherche pas",
    no_order: "résultat sans ligne d'échantillon avant lui",
};

impl Syntax for Text {
    fn grammar(&self) -> &'static Grammar {
        &GRAMMAR
    }

    fn open<'c>(&self, capture: &'c [u8], profile: &Profile) -> Content<'c> {
        // Only what begins with STX is between marks; in binary data the byte means anything.
        let idle = |byte: &u8| matches!(*byte, 0 | 4..=6 | b'\r' | b'\n');
        let start = capture.iter().take_while(|byte| idle(byte)).count();
        if capture.get(start) == Some(&0x02) && !profile.layout.find.is_empty() {
            return blocks::open(capture, profile);
        }
        let mut content = Content::slice(capture, 0..capture.len());
        if !capture.is_empty() {
            content.parts.push(0..capture.len());
        }
        content
    }

    fn read<'t>(&self, content: &'t Content<'_>, profile: &Profile) -> Document<'t> {
        let mut document = Document::default();
        let charset = blocks::charset(content, profile);
        let mut found = profile.layout.find.is_empty() && !content.text.is_empty();
        for part in &content.parts {
            let text = content.text.get(part.clone()).unwrap_or_default();
            let records = search(text, part.start, &profile.layout.find, content, charset);
            found |= records.iter().any(|record| blocks::is_name(&record.name));
            document.messages.push(Message {
                records,
                terminated: true,
                title: None,
                purpose: Purpose::Open,
                range: content.range(part.clone()),
            });
        }
        if !found {
            let words =
                "rien de ce que ce profil cherche : ce n'est pas un compte rendu de cet analyseur";
            document.unreadable = Some(blocks::unreadable(content, words));
        }
        document
    }
}

/// What is found first is taken first, and the search goes on after it.
fn search<'t>(
    text: &'t [u8],
    start: usize,
    finds: &[Find],
    content: &Content<'_>,
    charset: Charset,
) -> Vec<Record<'t>> {
    let mut records = Vec::new();
    let mut at = 0;
    let leave = |records: &mut Vec<Record<'t>>, range: Range<usize>| {
        let rest = text.get(range.clone()).unwrap_or_default();
        if !rest.iter().all(u8::is_ascii_whitespace) {
            let range = content.range(start + range.start..start + range.end);
            records.push(blocks::strange(rest, charset, range));
        }
    };
    while let Some((find, captures, whole)) = next(text, at, finds) {
        leave(&mut records, at..whole.start);
        let range = content.range(start + whole.start..start + whole.end);
        let cells = cells(find, &captures);
        records.push(Record::cells(find.record.clone(), cells, charset, range));
        at = whole.end;
    }
    leave(&mut records, at..text.len());
    records
}

fn next<'f, 't>(
    text: &'t [u8],
    at: usize,
    finds: &'f [Find],
) -> Option<(&'f Find, Captures<'t>, Range<usize>)> {
    finds
        .iter()
        .filter_map(|find| {
            let captures = find.matches.0.captures_at(text, at)?;
            let whole = captures.get(0)?.range();
            (!whole.is_empty()).then_some((find, captures, whole))
        })
        .min_by_key(|(_, _, whole)| whole.start)
}

fn cells<'t>(find: &Find, captures: &Captures<'t>) -> Vec<Cell<'t>> {
    find.matches
        .0
        .capture_names()
        .flatten()
        .filter_map(|name| {
            let text = captures.name(name)?.as_bytes();
            Some(Cell::new(name.to_owned(), text))
        })
        .collect()
}
