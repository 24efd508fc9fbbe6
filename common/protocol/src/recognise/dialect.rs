//! What each link language looks like, from bytes alone: marks in their places, and checksums that hold.

use crate::link::LinkKind;
use crate::lis1a::checksum::{self, LineEndRepair};
use core::ops::Range;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const ENQ: u8 = 0x05;
const VT: u8 = 0x0b;
const CR: u8 = b'\r';
const ETB: u8 = 0x17;
const FS: u8 = 0x1c;
const GS: u8 = 0x1d;
const RS: u8 = 0x1e;

/// A language that fits, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// Which.
    pub kind: LinkKind,
    /// 0 (no sign of it) to 1000 (certain).
    pub per_mille: u16,
    /// Whether a whole frame, block or message was seen, so that waiting for more would tell little.
    pub is_complete: bool,
    /// Where the message, or its beginning, stands in the bytes looked at.
    pub message: Range<usize>,
    /// What speaks for it, in French.
    pub evidence: Vec<String>,
}

/// The languages that fit some bytes, the likeliest first.
pub fn dialects(bytes: &[u8]) -> Vec<Dialect> {
    let readers = [
        lis1a, mllp, hllp, bci, au, kx, abx, tosoh, records, text, enquiry,
    ];
    let mut found: Vec<Dialect> = readers.iter().filter_map(|read| read(bytes)).collect();
    found.sort_by_key(|dialect| core::cmp::Reverse(dialect.per_mille));
    let mut kinds = Vec::new();
    found.retain(|dialect| {
        let is_new = !kinds.contains(&dialect.kind);
        kinds.push(dialect.kind);
        is_new
    });
    found
}

fn found(
    kind: LinkKind,
    per_mille: u16,
    is_complete: bool,
    message: Range<usize>,
    evidence: &[&str],
) -> Dialect {
    Dialect {
        kind,
        per_mille,
        is_complete,
        message,
        evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
    }
}

/// Where each byte that fits stands.
fn places(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> impl Iterator<Item = usize> {
    let places = bytes.iter().enumerate();
    places.filter_map(move |(at, byte)| wanted(*byte).then_some(at))
}

fn next(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter()
        .position(|byte| wanted(*byte))
        .map(|at| from + at)
}

fn slice(bytes: &[u8], range: Range<usize>) -> &[u8] {
    let end = range.end.min(bytes.len());
    bytes.get(range.start..end).unwrap_or_default()
}

/// The first place of a block whose text begins as told, with everything after it up to its end mark.
fn block(bytes: &[u8], begins: impl Fn(&[u8]) -> bool) -> Option<(Range<usize>, bool)> {
    let start =
        places(bytes, |byte| byte == STX).find(|at| bytes.get(at + 1..).is_some_and(&begins))?;
    let end = next(bytes, start + 1, |byte| matches!(byte, ETX | ETB));
    // A check byte may follow, and other blocks: all of it belongs to the message.
    Some((start..bytes.len(), end.is_some()))
}

fn lis1a(bytes: &[u8]) -> Option<Dialect> {
    let (mut right, mut repaired, mut wrong, mut header) = (0_u32, 0_u32, 0_u32, false);
    let mut message: Option<Range<usize>> = None;
    for start in places(bytes, |byte| byte == STX) {
        if !matches!(bytes.get(start + 1), Some(b'0'..=b'7')) {
            continue;
        }
        let Some(end) = next(bytes, start + 1, |byte| matches!(byte, ETX | ETB | STX)) else {
            continue;
        };
        if bytes.get(end) == Some(&STX) {
            continue;
        }
        let Some(said) = checksum::parse(slice(bytes, end + 1..end + 3)) else {
            continue;
        };
        let summed = slice(bytes, start + 1..end + 1);
        let holds_after = |repair| checksum::sum_repaired(summed, repair) == said;
        if checksum::sum(summed) == said {
            right += 1;
        } else if LineEndRepair::ALL.into_iter().any(holds_after) {
            repaired += 1;
        } else {
            wrong += 1;
            continue;
        }
        header |= matches!(bytes.get(start + 2), Some(b'H' | b'h'));
        let trailer = slice(bytes, end + 3..end + 6);
        let trailer = trailer
            .iter()
            .take_while(|byte| matches!(**byte, b'\r' | b'\n'))
            .count();
        let from = message.map_or(start, |range| range.start);
        message = Some(from..end + 3 + trailer);
    }
    let enquired = bytes.contains(&ENQ);
    let good = right + repaired;
    let message = message?;
    let mut dialect = found(
        LinkKind::Lis1a,
        if header { 995 } else { 960 },
        true,
        message,
        &[],
    );
    if wrong > good {
        dialect.per_mille = 700;
    }
    let mut say = |text: String| dialect.evidence.push(text);
    if enquired {
        say("demande de ligne ENQ avant les trames".to_owned());
    }
    say(format!("{good} trame(s) LIS1-A à somme de contrôle juste"));
    if repaired > 0 {
        say(format!(
            "dont {repaired} seulement après remise en CR des fins de ligne"
        ));
    }
    if wrong > 0 {
        say(format!("{wrong} trame(s) à somme fausse"));
    }
    if header {
        say("la première trame porte un enregistrement H".to_owned());
    }
    Some(dialect)
}

fn mllp(bytes: &[u8]) -> Option<Dialect> {
    let kind = LinkKind::Mllp;
    let begins = |at: &usize| {
        bytes
            .get(at + 1..)
            .is_some_and(|rest| rest.starts_with(b"MSH"))
    };
    if let Some(start) = places(bytes, |byte| byte == VT).find(begins) {
        let end = next(bytes, start, |byte| byte == FS);
        let to = end.map_or(bytes.len(), |end| (end + 2).min(bytes.len()));
        let evidence = ["bloc MLLP : VT puis MSH", "fin de bloc FS"];
        return Some(match end {
            Some(_) => found(kind, 990, true, start..to, &evidence),
            None => found(kind, 800, false, start..to, evidence.get(..1)?),
        });
    }
    let start = bytes.windows(9).position(|window| {
        window.starts_with(b"MSH")
            && window
                .get(3..8)
                .is_some_and(|marks| marks.iter().all(u8::is_ascii_punctuation))
    })?;
    let complete = next(bytes, start, |byte| byte == FS).is_some();
    let evidence = ["segment MSH d'HL7, sans la marque VT"];
    Some(found(kind, 650, complete, start..bytes.len(), &evidence))
}

fn hllp(bytes: &[u8]) -> Option<Dialect> {
    let begins = |at: &usize| matches!(slice(bytes, at + 1..at + 5), [b'D', one, two, CR] if one.is_ascii_digit() && two.is_ascii_digit());
    let start = places(bytes, |byte| byte == VT).find(begins)?;
    let end = next(bytes, start, |byte| byte == FS);
    let to = end.map_or(bytes.len(), |end| (end + 2).min(bytes.len()));
    let evidence = ["bloc HLLP : VT, D et version"];
    let per_mille = if end.is_some() { 985 } else { 850 };
    Some(found(
        LinkKind::Hllp,
        per_mille,
        end.is_some(),
        start..to,
        &evidence,
    ))
}

fn bci(bytes: &[u8]) -> Option<Dialect> {
    let (range, ended) = block(bytes, |text| {
        text.iter().take(3).any(|byte| *byte == RS) && text.iter().take(5).any(|byte| *byte == b'm')
    })?;
    let group = next(bytes, range.start, |byte| byte == GS).filter(|at| range.contains(at));
    let first = next(bytes, range.start, |byte| byte == RS)?;
    let right = group.is_some_and(|group| {
        checksum::parse(slice(bytes, group + 1..group + 3))
            == Some(checksum::sum(slice(bytes, first..group + 1)))
    });
    let mut dialect = found(
        LinkKind::Bci,
        if right { 995 } else { 850 },
        ended,
        range,
        &["bloc bioMérieux : STX, groupes RS à étiquette"],
    );
    if right {
        dialect
            .evidence
            .push("somme de contrôle juste après GS".to_owned());
    }
    Some(dialect)
}

fn au(bytes: &[u8]) -> Option<Dialect> {
    let (range, ended) = block(bytes, |text| match text {
        [
            b'D' | b'd' | b'R' | b'S',
            b'B' | b'E' | b' ' | b'H' | b'Q',
            rest @ ..,
        ] => {
            let mut text = rest.split(|byte| matches!(*byte, ETX | ETB));
            let text = text.next().unwrap_or_default();
            text.iter()
                .all(|byte| (0x20..0x7f).contains(byte) && *byte != b'|')
        }
        _ => false,
    })?;
    let short = range.len() <= 4;
    let evidence = if short {
        "bloc Beckman AU de début ou de fin (DB, DE)"
    } else {
        "bloc Beckman AU à largeur fixe"
    };
    Some(found(LinkKind::Au, 900, ended, range, &[evidence]))
}

fn kx(bytes: &[u8]) -> Option<Dialect> {
    let (range, ended) = block(bytes, |text| {
        matches!(text, [b'D', b'1' | b'2', b'U' | b'C', ..])
    })?;
    let evidence = ["bloc Sysmex à longueur fixe : D1U ou D2U"];
    Some(found(LinkKind::Kx, 970, ended, range, &evidence))
}

fn abx(bytes: &[u8]) -> Option<Dialect> {
    const FIRST: [&[u8]; 3] = [b"RESULT", b"RES-RR", b"QC-RES"];
    let (range, ended) = block(bytes, |text| {
        // The length of the message may stand on a line before its kind.
        let mut lines = text
            .split(|byte| *byte == CR)
            .filter(|line| !line.is_empty());
        let says = |line: &[u8]| FIRST.iter().any(|first| line.trim_ascii().ends_with(first));
        lines.by_ref().take(2).any(says)
    })?;
    let evidence = ["bloc Horiba ABX : ligne RESULT, RES-RR ou QC-RES en tête"];
    Some(found(LinkKind::Abx, 980, ended, range, &evidence))
}

fn tosoh(bytes: &[u8]) -> Option<Dialect> {
    let (mut right, mut message, mut at) = (0_u32, None::<Range<usize>>, 0);
    while let Some(start) = next(bytes, at, |byte| byte == STX) {
        at = start + 1;
        if !bytes.get(at).is_some_and(u8::is_ascii_digit) {
            continue;
        }
        let Some(end) = next(bytes, at, |byte| byte == ETX) else {
            break;
        };
        let bcc = slice(bytes, at..end + 1)
            .iter()
            .fold(0, |bcc, byte| bcc ^ byte);
        if bytes.get(end + 1) == Some(&bcc) {
            right += 1;
            let from = message.map_or(start, |range| range.start);
            message = Some(from..end + 2);
            // The check byte may be any, also STX.
            at = end + 2;
        }
    }
    let evidence = format!("{right} bloc(s) Tosoh à octet de contrôle juste");
    // One check byte is right by chance once in 256.
    let per_mille = if right > 1 { 975 } else { 800 };
    Some(found(
        LinkKind::Tosoh,
        per_mille,
        true,
        message?,
        &[&evidence],
    ))
}

fn records(bytes: &[u8]) -> Option<Dialect> {
    let start = (0..bytes.len()).find(|at| {
        let begins_line = *at == 0 || matches!(bytes.get(at - 1), Some(b'\r' | b'\n'));
        let is_header = matches!(
            slice(bytes, *at..at + 5),
            [b'H', field, repeat, component, escape]
                if [field, repeat, component, escape].into_iter().all(u8::is_ascii_punctuation)
                    && field != repeat && repeat != component && field != component
        );
        begins_line && is_header
    })?;
    let field = *bytes.get(start + 1)?;
    let ended = bytes
        .get(start..)?
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .any(|line| line.starts_with(&[b'L', field]));
    let evidence = ["enregistrements LIS2-A2 sans trames : ligne H et ses séparateurs"];
    let per_mille = if ended { 930 } else { 700 };
    Some(found(
        LinkKind::Records,
        per_mille,
        ended,
        start..bytes.len(),
        &evidence,
    ))
}

fn text(bytes: &[u8]) -> Option<Dialect> {
    let lines = bytes
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|line| line.iter().any(|byte| !byte.is_ascii_whitespace()))
        .count();
    let prints = |byte: u8| byte >= 0x20 || matches!(byte, b'\t' | b'\r' | b'\n' | 0x0c | 0x1b);
    let strange = places(bytes, |byte| !prints(byte) && !matches!(byte, STX | ETX)).count();
    let marked = bytes.first() == Some(&STX) && bytes.contains(&ETX);
    // Without lines or marks it may be anything that happens to print.
    let shaped = lines >= 3 || (marked && bytes.len() >= 8);
    if !(shaped || bytes.len() >= 40) || strange > bytes.len() / 20 {
        return None;
    }
    let evidence = format!("{lines} ligne(s) de texte imprimable, sans liaison connue");
    Some(found(
        LinkKind::ListenText,
        if shaped { 400 } else { 200 },
        false,
        0..bytes.len(),
        &[&evidence],
    ))
}

/// Nothing but requests for the line: what asks that way is most often LIS1-A.
fn enquiry(bytes: &[u8]) -> Option<Dialect> {
    let asked = places(bytes, |byte| byte == ENQ).count();
    let evidence = format!(
        "{asked} demande(s) de ligne ENQ ; les liaisons LIS1-A et bioMérieux commencent ainsi"
    );
    (asked > 0).then(|| found(LinkKind::Lis1a, 450, false, 0..0, &[&evidence]))
}
