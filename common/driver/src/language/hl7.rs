//! HL7 version 2 as a record language: its levels in either order of SPM and ORC, its blocks, and its kinds of message.

use super::{
    Charset, Content, Document, Grammar, Level, Message, Purpose, Record,
    Standing::{Before, Beside, Late, Opens, Silent},
    Syntax,
    record::Body,
};
use crate::{
    profile::Profile,
    reading::{ByteRange, Problem, Severity},
};
use lisiere_protocol::{
    hl7::{self, CharsetSource, reader::ProblemKind as TextOddity},
    lis1a::ChecksumPolicy,
    mllp::{deblock, deblock::ProblemKind as BlockOddity},
};
use std::ops::Range;

/// HL7 version 2.
pub(super) struct Hl7;

/// Results specimen by specimen (OUL^R22, HL7 v2.5.1 §7.3.6): SPM, then OBR, then ORC, then OBX.
static BY_SPECIMEN: &[Level] = &[
    Level::new("MSH", Opens(0)),
    Level::new("PID", Opens(1)),
    Level::new("SPM", Opens(2)),
    Level::new("OBR", Opens(3)),
    Level::new("OBX", Opens(4)),
    Level::new("ORC", Beside),
    Level::new("SAC", Beside),
    Level::new("PV1", Beside),
    Level::new("PD1", Beside),
    Level::new("NTE", Beside),
    Level::new("TQ1", Beside),
    Level::new("TCD", Beside),
    Level::new("INV", Beside),
    Level::new("SID", Beside),
    Level::new("CTI", Beside),
    Level::new("PV2", Silent),
    Level::new("NK1", Silent),
    Level::new("TQ2", Silent),
    Level::new("CTD", Silent),
    Level::new("FT1", Silent),
    Level::new("ROL", Silent),
    Level::new("SFT", Silent),
    Level::new("UAC", Silent),
    Level::new("MSA", Beside),
    Level::new("ERR", Beside),
    Level::new("QAK", Beside),
    Level::new("QPD", Beside),
    Level::new("QRD", Beside),
    Level::new("QRF", Beside),
    Level::new("QID", Beside),
    Level::new("RCP", Beside),
    Level::new("EQU", Beside),
    Level::new("DSP", Silent),
    Level::new("DSC", Silent),
];

/// Results order by order (ORU^R01, ORU^R30 to R32, §7.3.1): ORC, then OBR, then OBX, and SPM at the end of the group.
static BY_ORDER: &[Level] = &[
    Level::new("MSH", Opens(0)),
    Level::new("PID", Opens(1)),
    Level::new("ORC", Before(3)),
    Level::new("OBR", Opens(3)),
    Level::new("SPM", Late(3)),
    Level::new("OBX", Opens(4)),
    Level::new("SAC", Beside),
    Level::new("PV1", Beside),
    Level::new("PD1", Beside),
    Level::new("NTE", Beside),
    Level::new("TQ1", Beside),
    Level::new("TCD", Beside),
    Level::new("INV", Beside),
    Level::new("SID", Beside),
    Level::new("CTI", Beside),
    Level::new("PV2", Silent),
    Level::new("NK1", Silent),
    Level::new("TQ2", Silent),
    Level::new("CTD", Silent),
    Level::new("FT1", Silent),
    Level::new("ROL", Silent),
    Level::new("SFT", Silent),
    Level::new("UAC", Silent),
    Level::new("MSA", Beside),
    Level::new("ERR", Beside),
    Level::new("QAK", Beside),
    Level::new("QPD", Beside),
    Level::new("QRD", Beside),
    Level::new("QRF", Beside),
    Level::new("QID", Beside),
    Level::new("RCP", Beside),
    Level::new("EQU", Beside),
    Level::new("DSP", Silent),
    Level::new("DSC", Silent),
];

static GRAMMAR: Grammar = Grammar {
    levels: BY_ORDER,
    rows: &["OBX"],
    comments: &["NTE"],
    questions: &[("QPD", 3), ("QRD", 8)],
    orders: &["OBR", "SPM"],
    personal: &[
        "PID", "PD1", "NK1", "PV1", "PV2", "DSP", "IN1", "GT1", "MRG",
    ],
    hides_orders: true,
    is_name: |name| {
        name.len() == 3
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && name
                .bytes()
                .next()
                .is_some_and(|first| first.is_ascii_uppercase())
    },
    name_words: "trois majuscules ou chiffres (OBX, SPM, PID…)",
    not_a_record: "ce n'est pas un segment HL7 (trois lettres puis le séparateur)",
    no_order: "résultat sans demande (segment OBR ou SPM) : échantillon inconnu",
};

impl Syntax for Hl7 {
    fn grammar(&self) -> &'static Grammar {
        &GRAMMAR
    }

    fn open<'c>(&self, capture: &'c [u8], profile: &Profile) -> Content<'c> {
        let blocks = deblock(capture);
        let mut content = Content::slice(capture, 0..capture.len());
        for oddity in &blocks.problems {
            let cut = oddity.kind == BlockOddity::NoEnd;
            let wrong = oddity.kind == BlockOddity::Checksum
                && profile.link.checksum != Some(ChecksumPolicy::None);
            // Blocks stand in order: the first that ends behind the place.
            let nth = blocks
                .messages
                .partition_point(|block| block.end <= oddity.at);
            let block = blocks.messages.get(nth);
            // Without an end and without the end of its last segment, that segment may be cut.
            if let Some(block) = block.filter(|_| cut || wrong)
                && (wrong
                    || !capture
                        .get(block.clone())
                        .is_some_and(|text| text.ends_with(b"\r") || text.ends_with(b"\n")))
            {
                content.damaged.push(ByteRange {
                    from: block.start,
                    to: block.end,
                });
            }
            if let Some((severity, text)) = block_words(oddity.kind) {
                content.problems.push(Problem {
                    severity,
                    at: oddity.at,
                    text,
                });
            }
        }
        content.parts = blocks.messages;
        content
    }

    fn read<'t>(&self, content: &'t Content<'_>, profile: &Profile) -> Document<'t> {
        let mut document = Document::default();
        for part in &content.parts {
            let text = content.text.get(part.clone()).unwrap_or_default();
            let read = hl7::read(text);
            describe(&read, part, content, &mut document.problems);
            for message in &read.messages {
                wrap(message, part.start, content, profile, &mut document);
            }
        }
        if !document.messages.iter().any(looks_like_hl7) {
            document.messages.clear();
            document.problems.clear();
            document.unreadable = Some(no_message(content));
        }
        document
    }

    fn levels(&self, message: &Message<'_>) -> &'static [Level] {
        let first = |name: &str| {
            message
                .records
                .iter()
                .position(|record| record.name == name)
        };
        // Its name says it: a specimen behind the first order is then that of other results.
        let by_specimen = message
            .title
            .as_deref()
            .is_some_and(|title| title == "OUL^R22");
        match (first("SPM"), first("OBR"), first("ORC")) {
            (Some(_), _, _) if by_specimen => BY_SPECIMEN,
            // A specimen behind a result closes that result's order, also when the order itself is lost.
            (Some(specimen), _, _) if first("OBX").is_some_and(|row| row < specimen) => BY_ORDER,
            (Some(specimen), Some(order), _) if specimen < order => BY_SPECIMEN,
            (Some(_), None, _) => BY_SPECIMEN,
            (None, Some(order), Some(common)) if order < common => BY_SPECIMEN,
            _ => BY_ORDER,
        }
    }
}

fn wrap<'t>(
    message: &hl7::Message<'t>,
    shift: usize,
    content: &Content<'_>,
    profile: &Profile,
    document: &mut Document<'t>,
) {
    let range = |text: Range<usize>| content.range(text.start + shift..text.end + shift);
    let (charset, odd) = charset(message, profile);
    let at = range(message.range());
    if let Some(text) = odd {
        document.problems.push(Problem {
            severity: Severity::Notice,
            at: at.from,
            text,
        });
    }
    let header = message.header();
    let part = |component: hl7::Component<'_>| {
        let text: String = component
            .raw()
            .iter()
            .map(|byte| char::from(*byte))
            .collect();
        (!text.is_empty() && text.len() <= 8).then_some(text)
    };
    let kind = header.and_then(|header| part(header.message_type()));
    let trigger = header.and_then(|header| part(header.trigger()));
    document.messages.push(Message {
        records: message
            .segments
            .iter()
            .map(|segment| Record {
                name: charset.decode(segment.name()),
                range: range(segment.range()),
                charset,
                body: Body::Hl7(*segment),
            })
            .collect(),
        terminated: header.is_some(),
        purpose: kind.as_deref().map_or(Purpose::Open, purpose),
        title: kind.map(|kind| match trigger {
            Some(trigger) => format!("{kind}^{trigger}"),
            None => kind,
        }),
        range: at,
    });
}

/// The character set of a message, and what is odd about it.
fn charset(message: &hl7::Message<'_>, profile: &Profile) -> (Charset, Option<String>) {
    let own = profile.charset();
    let stand_in = hl7::Charset::named(own.name().as_bytes()).unwrap_or(hl7::Charset::LATIN_1);
    let (found, source) = hl7::Charset::of(message, stand_in);
    if !profile.text.declared_charset && found != hl7::Charset::UTF_8 {
        return (own, None);
    }
    let guessed = matches!(
        source,
        CharsetSource::Missing | CharsetSource::Unknown | CharsetSource::Contradicted
    );
    let charset = if guessed && found != hl7::Charset::UTF_8 {
        own
    } else {
        Charset::Hl7(found)
    };
    let words = match source {
        CharsetSource::Declared | CharsetSource::Ascii => None,
        CharsetSource::WrongField => Some("jeu de caractères déclaré ailleurs qu'en MSH-18"),
        CharsetSource::Missing => {
            Some("MSH-18 ne dit pas le jeu de caractères : lu d'après les octets,")
        }
        CharsetSource::Unknown => {
            Some("MSH-18 nomme un jeu de caractères inconnu : lu d'après les octets,")
        }
        CharsetSource::Contradicted => {
            Some("MSH-18 nomme un autre jeu de caractères que celui des octets : lu d'après eux,")
        }
    };
    (
        charset,
        words.map(|words| format!("{words} en {}", charset.name())),
    )
}

/// What a kind of message promises (HL7 table 0076).
fn purpose(kind: &str) -> Purpose {
    match kind {
        "ORU" | "OUL" | "OPU" | "ORF" => Purpose::Results,
        "QBP" | "QRY" | "QSB" | "QVR" => Purpose::Question,
        "ACK" => Purpose::NoResults("accusé de réception"),
        "QCK" => Purpose::NoResults("accusé de réception d'une question"),
        "QCN" => Purpose::NoResults("question retirée par l'analyseur"),
        "RSP" | "RTB" | "RDY" => Purpose::NoResults("réponse de l'hôte à une question"),
        "DSR" => Purpose::NoResults("réponse de l'hôte à une question, avec les demandes"),
        "OML" | "ORM" | "OMG" => Purpose::NoResults("demandes de l'hôte"),
        "ORL" | "ORR" | "ORG" => Purpose::NoResults("réponse de l'analyseur à des demandes"),
        "SSU" | "SSR" => Purpose::NoResults("état d'un échantillon"),
        "ESU" | "ESR" | "EAC" | "EAN" | "EAR" => Purpose::NoResults("état de l'appareil"),
        "INU" | "INR" => Purpose::NoResults("inventaire de l'appareil"),
        "LSU" | "LSR" => Purpose::NoResults("journal de l'appareil"),
        "NMD" | "NMQ" | "NMR" => Purpose::NoResults("gestion du réseau"),
        _ => Purpose::Open,
    }
}

fn looks_like_hl7(message: &Message<'_>) -> bool {
    let known = |record: &Record<'_>| Level::of(BY_ORDER, &record.name).is_some();
    message.terminated
        || message
            .records
            .iter()
            .filter(|record| known(record))
            .count()
            > 1
}

fn no_message(content: &Content<'_>) -> Problem {
    let text = content.text.as_ref();
    let start = text
        .iter()
        .position(|byte| !byte.is_ascii_whitespace() && !byte.is_ascii_control());
    let (at, text) = match start {
        None => (0, "fichier vide, ou sans aucun texte".to_owned()),
        Some(at) => {
            let seen = text.get(at).copied().unwrap_or_default();
            let words = "aucun en-tête MSH";
            (
                at,
                format!("{words} (octet {seen:02X}) : ce n'est pas un message HL7 v2"),
            )
        }
    };
    Problem {
        severity: Severity::Unreadable,
        at,
        text,
    }
}

fn describe(
    read: &hl7::Document<'_>,
    part: &Range<usize>,
    content: &Content<'_>,
    out: &mut Vec<Problem>,
) {
    for oddity in &read.problems {
        let at = oddity.at + part.start;
        let at = content.range(at..at + 1).from;
        let (severity, text) = match oddity.kind {
            TextOddity::NoHeader => (Severity::Warning, "segments sans en-tête MSH"),
            TextOddity::Delimiters(_) => (
                Severity::Notice,
                "séparateurs mal déclarés dans l'en-tête MSH",
            ),
            // The line itself is listed as unknown.
            TextOddity::NotASegment => continue,
        };
        out.push(Problem {
            severity,
            at,
            text: text.to_owned(),
        });
    }
}

fn block_words(kind: BlockOddity) -> Option<(Severity, String)> {
    Some(match kind {
        BlockOddity::Unframed => return None,
        BlockOddity::NoEnd => (
            Severity::Warning,
            "bloc sans fin (FS) : il est peut-être coupé".to_owned(),
        ),
        BlockOddity::NoCr => (Severity::Notice, "fin de bloc (FS) sans CR".to_owned()),
        BlockOddity::Noise { length } => {
            (Severity::Notice, format!("{length} octets hors des blocs"))
        }
        BlockOddity::Checksum => (
            Severity::Warning,
            "compte ou total de contrôle du bloc faux : faites renvoyer le message".to_owned(),
        ),
        BlockOddity::Refusal => (Severity::Notice, "refus d'un bloc endommagé".to_owned()),
    })
}
