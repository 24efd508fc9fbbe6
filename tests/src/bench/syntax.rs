//! How fast a message becomes typed observations: HL7 beside two public parsers and a bare split, ASTM beside a bare loop
//! that sums and splits. One thread, everything in memory.

use std::{fmt::Write as _, hint::black_box, time::Duration};

use anyhow::{Context, Result, ensure};
use encoding_rs::WINDOWS_1252;
use lisiere_protocol::{
    hl7::{self, Charset, CharsetSource, Value},
    lis1a::frame::{FrameEnd, encode},
    lis2a2::{self, ReadOptions, measurement::Reading},
};
use rusthl7::{escape_sequence::EscapeSequence, message::Message as RustHl7Message};

use super::Figure;
use crate::clock::Stopwatch;

/// Observations of the HL7 message; it has 2 kB then.
const OBSERVATIONS: usize = 19;
/// Results of the ASTM message: with H, P, O and L it has 34 frames.
const RESULTS: usize = 30;
/// How long the candidates take turns.
const SPELL: Duration = Duration::from_secs(4);
/// Messages in one turn: short, so that some turns meet a machine with nothing else to do.
const TURN: u32 = 8;

pub(super) fn measure() -> Result<Vec<Figure>> {
    let mut figures = hl7_figures()?;
    figures.extend(astm_figures()?);
    Ok(figures)
}

fn hl7_figures() -> Result<Vec<Figure>> {
    let message = oru();
    let text = decoded(&message);
    let escapes = EscapeSequence::new(RustHl7Message::new(&text).get_separators());
    // All four read the same thing out of the same bytes.
    let expected = typed(&message);
    ensure!(
        expected.count == OBSERVATIONS,
        "our reader sees {} observations",
        expected.count
    );
    ensure!(
        with_hl7_parser(&message)? == expected,
        "hl7-parser reads something else"
    );
    ensure!(
        with_rust_hl7(&message, &escapes)? == expected,
        "rust-hl7 reads something else"
    );
    let [ours, parser, rust, levels, flat] = race([
        &mut || typed(&message).count,
        &mut || with_hl7_parser(&message).map_or(0, |seen| seen.count),
        &mut || with_rust_hl7(&message, &escapes).map_or(0, |seen| seen.count),
        &mut || level_split(&message),
        &mut || flat_split(&message),
    ]);
    let size = message.len();
    Ok(vec![
        Figure::new(
            format!("HL7 ORU^R01, {size} bytes, to {OBSERVATIONS} typed observations"),
            ratio(parser, ours, "×"),
            format!(
                "{} against {} of hl7-parser 0.3",
                micro(ours),
                micro(parser)
            ),
        ),
        Figure::new(
            "  the same, beside rust-hl7",
            ratio(rust, ours, "×"),
            format!("{} of rust-hl7 0.5; aim: ten times as fast", micro(rust)),
        ),
        Figure::new(
            "  the same, beside a bare split",
            ratio(levels, ours, ""),
            format!(
                "{} to split level by level, aim: 0.5; {} to split on any separator at once: {}",
                micro(levels),
                micro(flat),
                ratio(flat, ours, "")
            ),
        ),
    ])
}

fn astm_figures() -> Result<Vec<Figure>> {
    let capture = astm();
    ensure!(
        typed_astm(&capture) == RESULTS,
        "our reader sees other results"
    );
    ensure!(
        bare_sum_and_split(&capture) > 0,
        "the bare loop refuses a frame"
    );
    let [ours, bare] = race([&mut || typed_astm(&capture), &mut || {
        bare_sum_and_split(&capture)
    }]);
    let size = capture.len();
    Ok(vec![Figure::new(
        format!("ASTM, 34 frames, {size} bytes, sums checked, {RESULTS} results typed"),
        ratio(bare, ours, ""),
        format!(
            "{} against {} of a bare checksum-and-split loop; aim: 0.5",
            micro(ours),
            micro(bare)
        ),
    )])
}

fn ratio(baseline: f64, ours: f64, unit: &str) -> String {
    format!("{:.2}{unit}", baseline / ours)
}

fn micro(seconds: f64) -> String {
    format!("{:.2} µs", seconds * 1e6)
}

/// Seconds that each candidate takes for one message, in its best turn.
fn race<const N: usize>(mut candidates: [&mut dyn FnMut() -> usize; N]) -> [f64; N] {
    let mut best = [f64::INFINITY; N];
    let whole = Stopwatch::start();
    while whole.elapsed() < SPELL {
        for (candidate, best) in candidates.iter_mut().zip(&mut best) {
            let watch = Stopwatch::start();
            for _ in 0..TURN {
                black_box(candidate());
            }
            *best = best.min(watch.seconds() / f64::from(TURN));
        }
    }
    best
}

/// What every reader has to find, so that none is measured doing less.
#[derive(Debug, Clone, PartialEq, Default)]
struct Seen {
    count: usize,
    /// Letters of codes, texts and units, escapes undone.
    letters: usize,
    sum: f64,
    days: u32,
    final_ones: usize,
}

impl Seen {
    fn take(&mut self, texts: [&str; 4], value: Option<f64>, day: Option<u8>, status: Option<u8>) {
        self.count += 1;
        self.letters += texts.map(str::len).iter().sum::<usize>();
        self.sum += value.unwrap_or_default();
        self.days += u32::from(day.unwrap_or_default());
        self.final_ones += usize::from(status == Some(b'F'));
    }
}

fn typed(message: &[u8]) -> Seen {
    let mut seen = Seen::default();
    let document = hl7::read(message);
    for message in &document.messages {
        let (charset, source) = Charset::of(message, Charset::LATIN_1);
        if source != CharsetSource::Declared {
            return seen;
        }
        for row in message.observations(charset) {
            let value = match &row.value {
                Value::Number(number) => Some(exact(number.mantissa, number.scale)),
                _ => None,
            };
            let texts = [
                &*row.code.code,
                &*row.code.text,
                &*row.units.code,
                &*row.range,
            ];
            seen.take(texts, value, row.time.and_then(|time| time.day), row.status);
            black_box(&row);
        }
    }
    seen
}

/// Only for comparing what was read: the product keeps the digits.
fn exact(mantissa: i64, scale: u8) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the numbers of the bench are small"
    )]
    let number = mantissa as f64;
    number / 10_f64.powi(i32::from(scale))
}

fn decoded(message: &[u8]) -> String {
    WINDOWS_1252
        .decode_without_bom_handling(message)
        .0
        .into_owned()
}

fn with_hl7_parser(message: &[u8]) -> Result<Seen> {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(message);
    let message = hl7_parser::Message::parse(&text).context("parsing")?;
    let plain = |raw: &str| {
        if raw.contains('\\') {
            message.separators.decode(raw).to_string()
        } else {
            raw.to_owned()
        }
    };
    let mut seen = Seen::default();
    for row in message.segments().filter(|segment| segment.name == "OBX") {
        let part = |field: usize, component: usize| {
            let field = row.field(field);
            let component = field.and_then(|field| field.component(component));
            component.map_or("", |component| component.raw_value())
        };
        let whole = |field: usize| row.field(field).map_or("", |field| field.raw_value());
        let value = whole(5).parse::<f64>().ok();
        let time: Option<hl7_parser::datetime::TimeStamp> = whole(14).parse().ok();
        let texts = [part(3, 1), part(3, 2), part(6, 1), whole(7)].map(plain);
        let [code, name, unit, range] = &texts;
        let status = whole(11).bytes().next();
        let day = time.and_then(|time| time.day);
        seen.take([code, name, unit, range], value, day, status);
        black_box((part(3, 3), whole(4), whole(8), &texts));
    }
    Ok(seen)
}

fn with_rust_hl7(message: &[u8], escapes: &EscapeSequence) -> Result<Seen> {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(message);
    let message = RustHl7Message::new(&text);
    let rows = message.segments_by_name("OBX").context("finding rows")?;
    let mut seen = Seen::default();
    for row in rows {
        let part = |field: usize, component: usize| {
            let field = row.fields.get(field);
            let first = field.and_then(|field| field.components.first());
            first
                .and_then(|components| components.get(component))
                .copied()
                .unwrap_or_default()
        };
        let whole = |field: usize| row.fields.get(field).map_or("", |field| field.source);
        let value = whole(5).parse::<f64>().ok();
        let day = whole(14).get(6..8).and_then(|day| day.parse().ok());
        let texts = [part(3, 0), part(3, 1), part(6, 0), whole(7)].map(|raw| escapes.decode(raw));
        let [code, name, unit, range] = &texts;
        let status = whole(11).bytes().next();
        seen.take([code, name, unit, range], value, day, status);
        black_box((part(3, 2), whole(4), whole(8), &texts));
    }
    Ok(seen)
}

/// The separators level by level, as a message is built, and nothing more.
fn level_split(message: &[u8]) -> usize {
    let mut pieces = 0;
    for segment in message.split(|byte| *byte == b'\r') {
        for field in segment.split(|byte| *byte == b'|') {
            for repeat in field.split(|byte| *byte == b'~') {
                for component in repeat.split(|byte| *byte == b'^') {
                    for subcomponent in component.split(|byte| *byte == b'&') {
                        pieces += black_box(subcomponent).len();
                    }
                }
            }
        }
    }
    pieces
}

/// As little as anybody can do with the separators: cut at each, whatever it separates, and look at the length.
fn flat_split(message: &[u8]) -> usize {
    let mut pieces = 0;
    for piece in message.split(|byte| matches!(byte, b'\r' | b'|' | b'~' | b'^' | b'&')) {
        pieces += black_box(piece).len();
    }
    pieces
}

fn typed_astm(capture: &[u8]) -> usize {
    let deframed = lis2a2::deframe(capture);
    if !deframed.problems.is_empty() {
        return 0;
    }
    let document = lis2a2::read(&deframed.text, ReadOptions::default());
    let mut numbers = 0;
    for message in &document.messages {
        for row in message.measurements() {
            numbers += usize::from(matches!(row.value, Reading::Number(_)));
            black_box(&row);
        }
    }
    numbers
}

/// As little as anybody can do with frames: sum each, compare, cut at each separator.
fn bare_sum_and_split(capture: &[u8]) -> usize {
    let mut pieces = 0;
    let mut rest = capture;
    while let Some(start) = rest.iter().position(|byte| *byte == 0x02) {
        let Some(frame) = rest.get(start + 1..) else {
            return 0;
        };
        let Some(end) = frame.iter().position(|byte| matches!(byte, 0x03 | 0x17)) else {
            return 0;
        };
        let (Some(summed), Some(&[high, low])) = (frame.get(..=end), frame.get(end + 1..end + 3))
        else {
            return 0;
        };
        let sum = summed
            .iter()
            .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => digit - b'0',
            _ => digit.wrapping_sub(b'A' - 10),
        };
        if digit(high) << 4 | digit(low) != sum {
            return 0;
        }
        let text = frame.get(1..end).unwrap_or_default();
        for piece in text.split(|byte| matches!(byte, b'\r' | b'|' | b'\\' | b'^' | b'&')) {
            pieces += black_box(piece).len();
        }
        rest = frame.get(end + 3..).unwrap_or_default();
    }
    pieces
}

/// A fictitious blood count, in ISO 8859-1, with escapes in names, units and ranges.
fn oru() -> Vec<u8> {
    let mut text = String::from(
        "MSH|^~\\&|Analyseur^H500|Hématologie|Lisière|Labo|20260102101112||ORU^R01^ORU_R01|20260102-000017|P|2.5.1|||NE|AL||8859/1\r\
         PID|1||P0001^^^Labo||Exemple^Zoé^^^^^L||19800101|F\r\
         OBR|1|A26000017||00001^Numération \\T\\ formule^L|||20260102095500||||||||SANG\r",
    );
    let names = [
        "Leucocytes",
        "Hématies",
        "Hémoglobine",
        "Plaquettes \\T\\ amas",
        "V.G.M.",
    ];
    let units = ["10*9/L", "10\\S\\12/L", "g/dL", "fL"];
    for row in 0..OBSERVATIONS {
        let name = names.get(row % names.len()).copied().unwrap_or_default();
        let unit = units.get(row % units.len()).copied().unwrap_or_default();
        let (whole, part) = (row * 7 + 1, row * 13 % 100);
        let _ = write!(
            text,
            "OBX|{}|NM|C{row}^{name}^L|1/1|{whole}.{part:02}|{unit}^{unit}^L|3.90 - 10.20|N|||F|||20260102101010||biologiste é\r",
            row + 1
        );
    }
    WINDOWS_1252.encode(&text).0.into_owned()
}

/// A fictitious chemistry run, one record a frame.
fn astm() -> Vec<u8> {
    let mut records = vec![
        "H|\\^&|||Analyseur^1.0|||||host|RSUPL^REAL|P|1|20260102101112\r".to_owned(),
        "P|1||P0001||Exemple^Zoe||19800101|F\r".to_owned(),
        "O|1|A26000017|17^5003^2^^S1^SC|^^^685\\^^^687|R||20260102095500||||N||||1|||||||||F\r"
            .to_owned(),
    ];
    for row in 0..RESULTS {
        records.push(format!(
            "R|{}|^^^{}/|{}.{:02}|mmol/L|3.90^5.60|N||F||operator|20260102100000|20260102101010|P1\r",
            row + 1,
            600 + row,
            row * 3 + 1,
            row * 7 % 100
        ));
    }
    records.push("L|1|N\r".to_owned());
    let mut capture = vec![0x05];
    for (number, record) in (1_u8..).zip(&records) {
        capture.extend(encode(number % 8, record.as_bytes(), FrameEnd::Last));
    }
    capture.push(0x04);
    capture
}
