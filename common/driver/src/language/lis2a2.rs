//! LIS2-A2 (ASTM E1394) as a record language: its levels, its frames, and what is odd about either in words.

use super::{
    Charset, Content, Document, Grammar, Level, Message, Purpose, Record,
    Standing::{Beside, Ends, Opens, Silent},
    Syntax,
    record::Body,
};
use crate::{
    profile::Profile,
    reading::{ByteRange, Problem, Severity},
};
use lisiere_protocol::lis2a2::{
    self, Deframed, Delimiters, EscapeStyle, ReadOptions, deframe,
    deframe::{ChecksumVerdict, Part, ProblemKind as FrameOddity},
    read,
    reader::ProblemKind as TextOddity,
};

/// LIS2-A2.
pub(super) struct Lis2a2;

/// LIS02-A2 §5.2: H, then P, then O, then R; C belongs to the record before it; L ends the message.
static GRAMMAR: Grammar = Grammar {
    levels: &[
        Level::new("H", Opens(0)),
        Level::new("P", Opens(1)),
        Level::new("O", Opens(2)),
        Level::new("R", Opens(3)),
        Level::new("C", Beside),
        Level::new("Q", Silent),
        Level::new("L", Ends),
    ],
    rows: &["R"],
    comments: &["C"],
    questions: &[("Q", 3)],
    orders: &["O"],
    personal: &["P"],
    hides_orders: true,
    is_name: |name| name.len() == 1 && name.bytes().all(|byte| byte.is_ascii_uppercase()),
    name_words: "une lettre majuscule (O, R…)",
    not_a_record: "ce n'est pas un enregistrement LIS2-A2 (une lettre puis le séparateur)",
    no_order: "résultat sans demande (enregistrement O) : échantillon inconnu",
};

impl Syntax for Lis2a2 {
    fn grammar(&self) -> &'static Grammar {
        &GRAMMAR
    }

    fn open<'c>(&self, capture: &'c [u8], profile: &Profile) -> Content<'c> {
        let deframed = deframe(capture);
        let damaged = damaged(&deframed);
        let mut problems = Vec::new();
        let repair = profile.link.repair_line_ends.unwrap_or(false);
        describe_frames(&deframed, repair, &mut problems);
        let mut content = Content::deframed(deframed);
        content.damaged = damaged;
        content.problems = problems;
        content
    }

    fn read<'t>(&self, content: &'t Content<'_>, profile: &Profile) -> Document<'t> {
        let text = content.text.as_ref();
        let read = read(text, options(profile));
        let mut document = Document::default();
        if !read
            .messages
            .iter()
            .any(|message| has_header(message) || has_rows(message))
        {
            document.unreadable = Some(no_message(content));
            return document;
        }
        describe_text(&read, content, &mut document.problems);
        let declared = profile.charset();
        for message in read.messages {
            let span = message.range();
            let charset = if profile.text.detect_utf8 {
                declared.settle(text.get(span.clone()).unwrap_or_default())
            } else {
                declared
            };
            document.messages.push(Message {
                terminated: message.terminated,
                title: None,
                purpose: Purpose::Open,
                range: content.range(span),
                records: message
                    .records
                    .into_iter()
                    .map(|record| wrap(record, content, charset))
                    .collect(),
            });
        }
        document
    }
}

fn wrap<'t>(record: lis2a2::Record<'t>, content: &Content<'_>, charset: Charset) -> Record<'t> {
    let name = record.field(1).raw();
    // The letter of a record is taken in either case (LIS02-A2 §5.1); anything longer is no letter.
    let name = match name {
        [letter] if letter.is_ascii_lowercase() => {
            char::from(letter.to_ascii_uppercase()).to_string().into()
        }
        other => charset.decode(other),
    };
    Record {
        name,
        range: content.range(record.range()),
        charset,
        body: Body::Lis2a2(record),
    }
}

/// How to read this analyzer's text.
fn options(profile: &Profile) -> ReadOptions {
    let text = &profile.text;
    let forced = text.delimiters.as_deref().map(str::as_bytes);
    let delimiters = forced.and_then(|signs| match signs {
        [field, repeat, component, escape] => Some(Delimiters {
            field: *field,
            repeat: *repeat,
            component: *component,
            escape: *escape,
        }),
        _ => None,
    });
    let escapes = if text.shorthand_escapes {
        EscapeStyle::Shorthand
    } else {
        EscapeStyle::Standard
    };
    ReadOptions {
        delimiters,
        escapes,
    }
}

fn has_header(message: &lis2a2::Message<'_>) -> bool {
    message
        .records
        .first()
        .is_some_and(|record| record.letter() == b'H' && record.field_count() > 1)
}

fn has_rows(message: &lis2a2::Message<'_>) -> bool {
    message.records.iter().any(|record| {
        matches!(record.field(1).raw(), [b'P' | b'O' | b'R' | b'Q']) && record.field_count() > 1
    })
}

fn no_message(content: &Content<'_>) -> Problem {
    let text = content.text.as_ref();
    let start = text.iter().position(|byte| !byte.is_ascii_whitespace());
    let (at, text) = if let Some(at) = text.windows(4).position(|window| window == b"MSH|") {
        let at = content.range(at..at + 1).from;
        let words = "message HL7 v2 (MSH) : ce pilote lit des enregistrements LIS2-A2";
        (at, words.to_owned())
    } else if let Some(start) = start {
        let at = content.range(start..start + 1).from;
        let seen = text
            .get(start)
            .map_or(String::new(), |byte| format!(" (octet {byte:02X})"));
        (
            at,
            format!("aucun enregistrement d'en-tête H{seen} : ce n'est pas un message LIS2-A2"),
        )
    } else {
        (0, "fichier vide, ou sans aucun texte".to_owned())
    };
    Problem {
        severity: Severity::Unreadable,
        at,
        text,
    }
}

/// Frames whose bytes cannot be trusted and which nothing replaced, and the places where frames are missing.
fn damaged(deframed: &Deframed) -> Vec<ByteRange> {
    let in_doubt = deframed.frames.iter().filter(|frame| {
        frame.part == Part::Used
            && (frame.end.is_none() || matches!(frame.checksum, ChecksumVerdict::Wrong { .. }))
    });
    let bad = in_doubt.map(|frame| ByteRange {
        from: frame.range.start,
        to: frame.range.end,
    });
    let missing = deframed
        .problems
        .iter()
        .filter(|oddity| matches!(oddity.kind, FrameOddity::Jump { .. }));
    bad.chain(missing.map(|oddity| ByteRange {
        from: oddity.at,
        to: oddity.at + 1,
    }))
    .collect()
}

/// Lists what is odd. A checksum that holds only for other line ends is taken where the profile allows the repair.
fn describe_frames(deframed: &Deframed, repair_allowed: bool, out: &mut Vec<Problem>) {
    for oddity in &deframed.problems {
        let severity = match oddity.kind {
            FrameOddity::Checksum { .. } | FrameOddity::Cut | FrameOddity::Jump { .. } => {
                Severity::Warning
            }
            FrameOddity::LineEndsRewritten if !repair_allowed => Severity::Warning,
            _ => Severity::Notice,
        };
        if let Some(text) = frame_words(oddity.kind) {
            out.push(Problem {
                severity,
                at: oddity.at,
                text,
            });
        }
    }
}

fn describe_text(read: &lis2a2::Document<'_>, content: &Content<'_>, out: &mut Vec<Problem>) {
    for oddity in &read.problems {
        let at = content.range(oddity.at..oddity.at + 1).from;
        let (severity, text) = match oddity.kind {
            TextOddity::NoHeader => (
                Severity::Warning,
                "enregistrements sans en-tête H".to_owned(),
            ),
            TextOddity::NoTerminator => (
                Severity::Warning,
                "message sans enregistrement L : il est peut-être coupé".to_owned(),
            ),
            TextOddity::Delimiters(_) => (
                Severity::Notice,
                "séparateurs mal déclarés dans l'en-tête H".to_owned(),
            ),
            // The record itself is listed as unknown.
            TextOddity::NotARecord => continue,
        };
        out.push(Problem { severity, at, text });
    }
}

fn frame_words(kind: FrameOddity) -> Option<String> {
    Some(match kind {
        FrameOddity::Unframed => return None,
        FrameOddity::Checksum { computed, found } => {
            format!(
                "total de contrôle {found:02X}, calculé {computed:02X} : faites renvoyer le message"
            )
        }
        FrameOddity::ChecksumMissing => "trame sans total de contrôle".to_owned(),
        FrameOddity::LineEndsRewritten => {
            "fins de ligne réécrites après l'analyseur (le total de contrôle l'atteste)".to_owned()
        }
        FrameOddity::NoNumber => "trame sans numéro".to_owned(),
        FrameOddity::Jump { previous, found } => {
            format!("trame {found} après la trame {previous} : il en manque")
        }
        FrameOddity::Cut => "trame coupée".to_owned(),
        FrameOddity::Duplicate => "trame répétée, comptée une fois".to_owned(),
        FrameOddity::Superseded => "trame endommagée puis renvoyée".to_owned(),
        FrameOddity::Noise { length } => format!("{length} octets hors des trames"),
        FrameOddity::FrameDigits => {
            "numéros de trame devant les enregistrements, retirés".to_owned()
        }
    })
}
