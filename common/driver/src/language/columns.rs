//! Beckman AU, Sysmex KX and Tosoh HLC: blocks of fixed columns, whose widths the profile knows.

use super::{Cell, Charset, Content, Document, Grammar, Message, Purpose, Record, Syntax, blocks};
use crate::{
    profile::{BlockLayout, Column, Profile, Repeated},
    reading::{ByteRange, Problem, Severity},
};
use std::ops::Range;

/// Blocks of fixed columns.
pub(super) struct Columns;

static GRAMMAR: Grammar = Grammar {
    levels: blocks::LEVELS,
    rows: &["R"],
    comments: &["C"],
    questions: &[("Q", 1)],
    orders: &["O"],
    personal: &["P"],
    hides_orders: false,
    is_name: blocks::is_name,
    name_words: "une lettre majuscule (O, R…)",
    not_a_record: "bloc d'un genre ou d'une longueur que ce profil ne décrit pas",
    no_order: "résultat sans bloc d'échantillon avant lui",
};

impl Syntax for Columns {
    fn grammar(&self) -> &'static Grammar {
        &GRAMMAR
    }

    fn open<'c>(&self, capture: &'c [u8], profile: &Profile) -> Content<'c> {
        let mut content = blocks::open(capture, profile);
        let mut odd = Vec::new();
        for part in &content.parts {
            let text = content.text.get(part.clone()).unwrap_or_default();
            let kind = profile.layout.block.iter().find(|kind| kind.fits(text));
            if let Some(words) = kind.and_then(|kind| cut(kind, text).mistake) {
                odd.push((content.range(part.clone()), words));
            }
        }
        for (range, text) in odd {
            content.damaged.push(range);
            content.problems.push(Problem {
                severity: Severity::Warning,
                at: range.from,
                text,
            });
        }
        content
    }

    fn read<'t>(&self, content: &'t Content<'_>, profile: &Profile) -> Document<'t> {
        let mut document = Document::default();
        let charset = blocks::charset(content, profile);
        let mut known = false;
        for part in &content.parts {
            let text = content.text.get(part.clone()).unwrap_or_default();
            let kind = profile.layout.block.iter().find(|kind| kind.fits(text));
            known |= kind.is_some_and(|kind| !kind.continues);
            let range = content.range(part.clone());
            let records = match kind {
                Some(kind) => records(kind, text, part.start, content, charset),
                None => vec![blocks::strange(text, charset, range)],
            };
            match document.messages.last_mut() {
                // Marks such as "start of transfer" belong to what they announce.
                Some(message)
                    if kind.is_some_and(|kind| kind.continues) || only_marks(message, profile) =>
                {
                    message.records.extend(records);
                    message.range.to = range.to;
                }
                _ => document.messages.push(message(records, range)),
            }
        }
        if !known {
            let words = "aucun bloc des genres que ce profil décrit";
            document.unreadable = Some(blocks::unreadable(content, words));
        }
        document
    }
}

/// Whether the message holds nothing but records that the profile leaves out.
fn only_marks(message: &Message<'_>, profile: &Profile) -> bool {
    let ignored = &profile.records.ignored;
    message
        .records
        .iter()
        .all(|record| ignored.contains_key(record.name.as_ref()))
}

fn message(records: Vec<Record<'_>>, range: ByteRange) -> Message<'_> {
    Message {
        records,
        terminated: true,
        title: None,
        purpose: Purpose::Open,
        range,
    }
}

/// A block cut into its columns.
struct Cut {
    first: Vec<Range<usize>>,
    each: Vec<Range<usize>>,
    /// What does not fit, in French.
    mistake: Option<String>,
}

fn cut(kind: &BlockLayout, text: &[u8]) -> Cut {
    let mut at = 0;
    let first = kind
        .columns
        .iter()
        .map(|column| {
            let end = column.width.map_or(text.len(), |width| at + width);
            let range = at..end;
            at = end;
            range
        })
        .collect();
    let mut cut = Cut {
        first,
        each: Vec::new(),
        mistake: None,
    };
    if at > text.len() {
        cut.mistake = Some(format!(
            "bloc de {} caractères : il en faut au moins {at}",
            text.len()
        ));
        return cut;
    }
    let Some(each) = &kind.each else {
        if !blank(text.get(at..)) {
            cut.mistake = Some(format!("{} caractères de trop", text.len() - at));
        }
        return cut;
    };
    let Some(width) = each.width().filter(|width| *width > 0) else {
        return cut;
    };
    // The blanks of the last columns may have been left out, and more may follow.
    while !blank(text.get(at..)) {
        let whole = at + width <= text.len();
        if !whole && !fills(each, text.len() - at) {
            cut.mistake = Some(format!(
                "{} caractères restent, une ligne en prend {width} : vérifiez les largeurs réglées sur l'analyseur",
                text.len() - at
            ));
            break;
        }
        cut.each.push(at..(at + width).min(text.len()));
        at += width;
    }
    let (sent, codes) = (cut.each.len(), each.codes.len());
    if codes > 0 && sent != codes && cut.mistake.is_none() {
        cut.mistake = Some(format!("{sent} résultats au lieu de {codes}"));
    }
    cut
}

/// Whether so many characters hold all columns but a last one that is cut or left out.
fn fills(each: &Repeated, length: usize) -> bool {
    let (_, most) = each.columns.split_last().unzip();
    let most: Option<usize> = most.map_or(Some(0), |most: &[Column]| {
        most.iter().map(|column| column.width).sum()
    });
    most.is_some_and(|most| length >= most && most > 0)
}

fn blank(rest: Option<&[u8]>) -> bool {
    rest.unwrap_or_default().iter().all(u8::is_ascii_whitespace)
}

fn records<'t>(
    kind: &BlockLayout,
    text: &'t [u8],
    start: usize,
    content: &Content<'_>,
    charset: Charset,
) -> Vec<Record<'t>> {
    let cut = cut(kind, text);
    let place = |range: &Range<usize>| {
        let end = range.end.min(text.len());
        content.range(start + range.start.min(end)..start + end)
    };
    let head = match cut.first.last() {
        Some(last) => 0..last.end,
        None => 0..0,
    };
    let cells = cells(&kind.columns, &cut.first, text);
    let mut records = Vec::with_capacity(1 + cut.each.len());
    // A question names its tube in its first field, wherever the column stands.
    let cells = if kind.record == "Q" {
        id_first(cells)
    } else {
        cells
    };
    if !kind.columns.is_empty() {
        records.push(Record::cells(
            kind.record.clone(),
            cells,
            charset,
            place(&head),
        ));
    }
    if let Some(each) = &kind.each {
        for (nth, range) in cut.each.iter().enumerate() {
            let ranges = columns_in(&each.columns, range);
            let mut cells = self::cells(&each.columns, &ranges, text);
            let name = match each.codes.get(nth) {
                Some(code) => {
                    cells.push(Cell::new("code", code.clone().into_bytes()));
                    each.record.clone()
                }
                None if each.codes.is_empty() => each.record.clone(),
                None => "?".to_owned(),
            };
            records.push(Record::cells(name, cells, charset, place(range)));
        }
    }
    records
}

fn columns_in(columns: &[Column], within: &Range<usize>) -> Vec<Range<usize>> {
    let mut at = within.start;
    columns
        .iter()
        .map(|column| {
            let end = column.width.map_or(within.end, |width| at + width);
            let range = at..end;
            at = end;
            range
        })
        .collect()
}

fn cells<'t>(columns: &[Column], ranges: &[Range<usize>], text: &'t [u8]) -> Vec<Cell<'t>> {
    columns
        .iter()
        .zip(ranges)
        .filter_map(|(column, range)| {
            let end = range.end.min(text.len());
            let text = text.get(range.start.min(end)..end).unwrap_or_default();
            Some(Cell::new(column.name.clone()?, text))
        })
        .collect()
}

fn id_first(mut cells: Vec<Cell<'_>>) -> Vec<Cell<'_>> {
    if let Some(place) = cells.iter().position(|cell| cell.name == "id") {
        let id = cells.remove(place);
        cells.insert(0, id);
    }
    cells
}
