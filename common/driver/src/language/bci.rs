//! bioMérieux as a record language: tagged fields, gathered into records by what their tags are about.

use super::{Cell, Charset, Content, Document, Grammar, Message, Purpose, Record, Syntax, blocks};
use crate::{
    profile::Profile,
    reading::{Problem, Severity},
};
use lisiere_protocol::bci::{self, Field};
use std::ops::Range;

/// bioMérieux.
pub(super) struct Bci;

static GRAMMAR: Grammar = Grammar {
    levels: blocks::LEVELS,
    rows: &["R"],
    comments: &["C"],
    questions: &[("Q", 1)],
    orders: &["O"],
    personal: &["P"],
    hides_orders: false,
    is_name: blocks::is_name,
    name_words: "H (message), P (patient), O (échantillon) ou R (résultat), puis l'étiquette du champ : R.qn",
    not_a_record: "ce n'est pas un champ bioMérieux (deux lettres, une valeur et |)",
    no_order: "résultat sans champ d'échantillon (ci) avant lui",
};

impl Syntax for Bci {
    fn grammar(&self) -> &'static Grammar {
        &GRAMMAR
    }

    fn open<'c>(&self, capture: &'c [u8], profile: &Profile) -> Content<'c> {
        let mut content = blocks::open(capture, profile);
        let mut open_ended = Vec::new();
        for part in &content.parts {
            let text = content.text.get(part.clone()).unwrap_or_default();
            if bci::fields(text).last().is_some_and(|last| !last.is_closed) {
                open_ended.push(content.range(part.clone()));
            }
        }
        for range in open_ended {
            if !content.damaged.contains(&range) {
                content.damaged.push(range);
            }
            content.problems.push(Problem {
                severity: Severity::Warning,
                at: range.from,
                text: "le dernier champ n'a pas de fin : message coupé".to_owned(),
            });
        }
        content
    }

    fn read<'t>(&self, content: &'t Content<'_>, profile: &Profile) -> Document<'t> {
        let mut document = Document::default();
        let charset = blocks::charset(content, profile);
        for part in &content.parts {
            let text = content.text.get(part.clone()).unwrap_or_default();
            let fields = bci::fields(text);
            if !fields.iter().any(|field| field.tag == *b"mt") {
                continue;
            }
            document
                .messages
                .push(message(&fields, part, content, charset));
        }
        if document.messages.is_empty() {
            let words = "aucun champ mt : ce n'est pas un message bioMérieux";
            document.unreadable = Some(blocks::unreadable(content, words));
        }
        document
    }
}

fn message<'t>(
    fields: &[Field],
    part: &Range<usize>,
    content: &Content<'_>,
    charset: Charset,
) -> Message<'t> {
    let kind = fields.iter().find(|field| field.tag == *b"mt");
    let kind = kind.map(|field| charset.decode(&field.value).into_owned());
    let purpose = match kind.as_deref() {
        Some("rsl") => Purpose::Results,
        Some("mpr") => Purpose::NoResults("programmation d'analyses"),
        _ => Purpose::Open,
    };
    Message {
        records: gather(fields, part, content, charset),
        terminated: fields.last().is_some_and(|last| last.is_closed),
        title: kind,
        purpose,
        range: content.range(part.clone()),
    }
}

/// `mt` begins the message, `p…` is about the patient, `s…` and `c…` up to the first `rt` about the specimen, and each
/// `rt` begins a result.
fn gather<'t>(
    fields: &[Field],
    part: &Range<usize>,
    content: &Content<'_>,
    charset: Charset,
) -> Vec<Record<'t>> {
    let mut groups: Vec<(&str, Vec<&Field>)> = Vec::new();
    for field in fields {
        let last = groups.last().map(|(name, _)| *name);
        let again = groups
            .last()
            .is_some_and(|(_, group)| group.iter().any(|other| other.tag == field.tag));
        let opens = match (&field.tag, last) {
            (b"mt", _) => Some("H"),
            (b"rt", _) => Some("R"),
            ([b'p', _], last) if last != Some("P") => Some("P"),
            // Said twice, it is another specimen.
            (b"si" | b"ci", last) if last != Some("O") || again => Some("O"),
            (_, None) => Some("H"),
            _ => None,
        };
        match (opens, groups.last_mut()) {
            (None, Some((_, group))) => group.push(field),
            (name, _) => groups.push((name.unwrap_or("H"), vec![field])),
        }
    }
    groups
        .into_iter()
        .map(|(name, group)| {
            let from = group.first().map_or(0, |field| field.range.start);
            let to = group.last().map_or(from, |field| field.range.end);
            let range = content.range(part.start + from..part.start + to);
            Record::cells(name, group.into_iter().map(cell).collect(), charset, range)
        })
        .collect()
}

fn cell<'t>(field: &Field) -> Cell<'t> {
    let name: String = field.tag.iter().copied().map(char::from).collect();
    Cell::new(name.to_ascii_lowercase(), field.value.clone())
}
