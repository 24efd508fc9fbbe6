//! What is odd about a capture, in words for a person, and which of its bytes are in doubt.

use crate::reading::{ByteRange, Problem, Severity};
use lisiere_protocol::lis2a2::{
    Deframed, Document, Message,
    deframe::{ChecksumVerdict, Part, ProblemKind as FrameOddity},
    reader::ProblemKind as TextOddity,
};

/// Problems listed one by one.
const LISTED: usize = 200;

/// Keeps the first problems and says how many more there are, with the gravest severity among them.
pub(super) fn bound(problems: &mut Vec<Problem>) {
    let more = problems.len().saturating_sub(LISTED);
    let Some(rest) = problems.get(LISTED..) else {
        return;
    };
    let gravest = rest.iter().map(|problem| problem.severity).max();
    if let (Some(severity), Some(at)) = (gravest, rest.first().map(|problem| problem.at)) {
        problems.truncate(LISTED);
        problems.push(Problem {
            severity,
            at,
            text: format!("et {more} autres remarques"),
        });
    }
}

/// Why the capture holds no message at all, if so.
pub(super) fn no_message(
    document: &Document<'_>,
    deframed: &Deframed,
    capture: &[u8],
) -> Option<Problem> {
    if document
        .messages
        .iter()
        .any(|message| has_header(message) || has_rows(message))
    {
        return None;
    }
    let (at, text) = if capture.is_empty() {
        (0, "fichier vide".to_owned())
    } else if let Some(at) = find(capture, b"MSH|") {
        (
            at,
            "message HL7 v2 (MSH) : ce pilote lit des enregistrements LIS2-A2".to_owned(),
        )
    } else {
        let text_start = deframed
            .text
            .iter()
            .position(|byte| !byte.is_ascii_whitespace());
        let at = text_start.map_or(0, |start| deframed.capture_range(start..start + 1).start);
        let seen = capture
            .get(at)
            .map_or(String::new(), |byte| format!(" (octet {byte:02X})"));
        (
            at,
            format!("aucun enregistrement d'en-tête H{seen} : ce n'est pas un message LIS2-A2"),
        )
    };
    Some(Problem {
        severity: Severity::Unreadable,
        at,
        text,
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

fn has_header(message: &Message<'_>) -> bool {
    message
        .records
        .first()
        .is_some_and(|record| record.letter() == b'H' && record.field_count() > 1)
}

fn has_rows(message: &Message<'_>) -> bool {
    message.records.iter().any(|record| {
        matches!(record.field(1).raw(), [b'P' | b'O' | b'R' | b'Q']) && record.field_count() > 1
    })
}

/// Frames whose bytes cannot be trusted and which nothing replaced, and the places where frames are missing.
pub(super) fn damaged(deframed: &Deframed) -> Vec<ByteRange> {
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
pub(super) fn describe(
    deframed: &Deframed,
    document: &Document<'_>,
    repair_allowed: bool,
    out: &mut Vec<Problem>,
) {
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
    for oddity in &document.problems {
        let at = deframed.capture_range(oddity.at..oddity.at + 1).start;
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
