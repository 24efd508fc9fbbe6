//! What the makers' own languages have in common: text between STX and ETX, and the levels of its records.

use super::{
    Cell, Charset, Content, Level, Record,
    Standing::{Beside, Ends, Opens, Silent},
    content::Piece,
};
use crate::{
    profile::Profile,
    reading::{ByteRange, Problem, Severity},
};
use lisiere_protocol::{
    block::{Check, FoundBlock, find_blocks, format::Checked},
    link::Role,
    lis1a::ChecksumPolicy,
};

/// The records that a profile makes out of blocks are named after those of LIS2-A2.
pub(super) static LEVELS: &[Level] = &[
    Level::new("H", Opens(0)),
    Level::new("P", Opens(1)),
    Level::new("O", Opens(2)),
    Level::new("R", Opens(3)),
    Level::new("C", Beside),
    Level::new("Q", Silent),
    Level::new("L", Ends),
];

pub(super) fn is_name(name: &str) -> bool {
    name.len() == 1 && name.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The blocks of a capture, those that came twice once.
pub(super) fn open<'c>(capture: &'c [u8], profile: &Profile) -> Content<'c> {
    let dialect = profile.link.blocks(Role::Computer, None);
    let mut found = find_blocks(capture, dialect.check);
    let mut problems = Vec::new();
    let mut damaged = Vec::new();
    let text_of = |block: &FoundBlock| capture.get(block.text.clone()).unwrap_or_default();
    found.dedup_by(|later, earlier| {
        let same = later.is_framed && text_of(later) == text_of(earlier);
        if same {
            let words = "bloc répété, compté une fois".to_owned();
            problems.push(notice(Severity::Notice, later.range.start, words));
        }
        same
    });
    let required = dialect.check != Check::None && dialect.policy == ChecksumPolicy::Required;
    for block in &found {
        let words = match block.checked {
            _ if block.is_cut => "bloc coupé : il n'a pas de fin (ETX)".to_owned(),
            Checked::Wrong { computed, found } if dialect.policy != ChecksumPolicy::None => {
                format!("contrôle {found:02X}, calculé {computed:02X} : faites renvoyer le message")
            }
            Checked::Absent if required && block.is_framed => "bloc sans son contrôle".to_owned(),
            _ => continue,
        };
        problems.push(notice(Severity::Warning, block.range.start, words));
        damaged.push(ByteRange {
            from: block.range.start,
            to: block.range.end,
        });
    }
    let mut content = gather(capture, &found);
    content.problems = problems;
    content.damaged = damaged;
    content
}

fn gather<'c>(capture: &'c [u8], found: &[FoundBlock]) -> Content<'c> {
    if let [only] = found {
        let mut content = Content::slice(capture, only.text.clone());
        content.parts.push(0..only.text.len());
        return content;
    }
    let (mut text, mut pieces, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for block in found {
        pieces.push(Piece {
            text: text.len(),
            capture: block.text.start,
        });
        let start = text.len();
        text.extend_from_slice(capture.get(block.text.clone()).unwrap_or_default());
        parts.push(start..text.len());
    }
    let mut content = Content::pieces(text, pieces);
    content.parts = parts;
    content
}

/// The character set of the text; UTF-8 where it can be nothing else.
pub(super) fn charset(content: &Content<'_>, profile: &Profile) -> Charset {
    if profile.text.detect_utf8 {
        profile.charset().settle(&content.text)
    } else {
        profile.charset()
    }
}

/// A stretch that is no record of the language: put before a person as it is.
pub(super) fn strange(text: &[u8], charset: Charset, range: ByteRange) -> Record<'_> {
    Record::cells("?", vec![Cell::new("", text)], charset, range)
}

pub(super) fn unreadable(content: &Content<'_>, words: &str) -> Problem {
    let at = content.range(0..content.text.len().min(1)).from;
    let words = if content.text.is_empty() {
        "fichier vide, ou sans aucun texte"
    } else {
        words
    };
    notice(Severity::Unreadable, at, words.to_owned())
}

pub(super) fn notice(severity: Severity, at: usize, text: String) -> Problem {
    Problem { severity, at, text }
}
