//! Damaged captures: nothing panics, nothing is lost, and what was never sent is never read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::Cause;
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::LazyLock};
use support::{LIBRARY, assert_conserved, driver, fixture, own};

static FIXTURES: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for driver in LIBRARY.drivers() {
        for name in &driver.profile().tests {
            all.push((driver.id(), fixture(driver.id(), name)));
        }
    }
    all
});

/// Small, seeded, and the same everywhere.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// Signs that mean something to one language or another.
const SIGNS: &[u8] = b"|\\^&~\r\n\x02\x03\x17\x0b\x1c\x1d\x1eHPORLQCMSBXN\xff\0";

fn mutate(capture: &[u8], seeded: &mut Seeded) -> Vec<u8> {
    let mut bytes = capture.to_vec();
    for _ in 0..=seeded.below(6) {
        let at = seeded.below(bytes.len() + 1);
        match seeded.below(6) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => {
                let bit = 1 << seeded.below(8);
                bytes[at] ^= bit;
            }
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => bytes.insert(at, SIGNS[seeded.below(SIGNS.len())]),
            4 => {
                let from = seeded.below(at + 1);
                let part = bytes[from..at].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                let from = seeded.below(at + 1);
                bytes.drain(from..at);
            }
        }
    }
    bytes
}

#[test]
fn twenty_thousand_damaged_captures() {
    let mut seeded = Seeded(2_511_040_815);
    let mut readings = 0;
    for round in 0..20_000 {
        let (id, capture) = &FIXTURES[round % FIXTURES.len()];
        let bytes = mutate(capture, &mut seeded);
        let out = driver(id).interpret(&bytes);
        assert_conserved(driver(id), &bytes, &out);
        for reading in &out.readings {
            assert!(reading.bytes.from <= reading.bytes.to && reading.bytes.to <= bytes.len());
        }
        readings += out.readings.len();
    }
    assert!(readings > 20_000, "{readings}");
}

/// One flipped bit inside a frame: whatever is read from that frame waits, or the frame is as it was.
#[test]
fn a_flipped_bit_never_makes_a_clear_result() {
    let path = own("fixtures/sysmex-xp/numeration.astm");
    let capture = std::fs::read(path).unwrap();
    let driver = driver("sysmex-xp");
    let original: BTreeSet<String> = values(&driver.interpret(&capture).readings);
    for at in 0..capture.len() {
        for bit in 0..8 {
            let mut bytes = capture.clone();
            bytes[at] ^= 1 << bit;
            let out = driver.interpret(&bytes);
            let clear: Vec<_> = out
                .readings
                .into_iter()
                .filter(lisiere_driver::Reading::is_clear)
                .collect();
            let strange: Vec<String> = values(&clear).difference(&original).cloned().collect();
            assert!(strange.is_empty(), "bit {bit} of byte {at}: {strange:?}");
        }
    }
}

fn values(readings: &[lisiere_driver::Reading]) -> BTreeSet<String> {
    readings
        .iter()
        .map(|one| {
            format!(
                "{:?} {} {} {:?}",
                one.specimen, one.code, one.value.text, one.unit
            )
        })
        .collect()
}

#[test]
fn garbage_is_named_with_its_byte() {
    let driver = driver("sysmex-xp");
    for (bytes, at) in [
        (&b""[..], 0),
        (b"\0\0hello", 2),
        (b"MSH|^~\\&|A\rPID|1\r", 0),
        (b"\xff\xfe\xfd", 0),
    ] {
        let out = driver.interpret(bytes);
        let problem = out
            .unreadable()
            .unwrap_or_else(|| panic!("{bytes:?} was read: {out:?}"));
        assert_eq!(problem.at, at, "{bytes:?}: {problem}");
        assert!(out.readings.is_empty() && !out.is_clear());
    }
}

#[test]
fn a_result_without_an_order_is_never_given_to_the_specimen_before() {
    let capture =
        b"H|\\^&|||XP-300^^^^^B1||||||||E1394-97\rP|1\rO|1||^^     25110400031^B|||||||||N\r\
        R|1|^^^^HGB^1| 13.1|g/dL||N||||||20251104081500\rP|2\r\
        R|1|^^^^HGB^1|  8.1|g/dL||L||||||20251104081600\rL|1|N\r";
    let out = driver("sysmex-xp").interpret(capture);
    assert_eq!(out.readings[0].specimen.as_deref(), Some("25110400031"));
    assert_eq!(out.readings[1].specimen, None);
    assert_eq!(out.readings[1].quarantine[0].cause, Cause::SpecimenMissing);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for driver in LIBRARY.drivers() {
            let out = driver.interpret(&bytes);
            assert_conserved(driver, &bytes, &out);
        }
        LIBRARY.recognise(&bytes);
    }

    /// A value that was sent comes out as its exact decimal, whatever the cut of the frames around it.
    #[test]
    fn an_exact_value_survives_every_frame_cut(units in 0_i64..10_000_000, scale in 0_u32..4, size in 1_usize..200) {
        let number = rust_decimal::Decimal::new(units, scale);
        let text = format!(
            "H|\\^&|||XP-300^^^^^B1||||||||E1394-97\rP|1\rO|1||^^     25110400031^B|||||||||N\r\
             R|1|^^^^HGB^1|{number}|g/dL||N||||||20251104081500\rL|1|N\r"
        );
        let mut capture = Vec::new();
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
        for (index, chunk) in chunks.iter().enumerate() {
            let mut body = vec![b'0' + u8::try_from((index + 1) % 8).unwrap()];
            body.extend_from_slice(chunk);
            body.push(if index + 1 == chunks.len() { 0x03 } else { 0x17 });
            let sum = body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
            capture.push(0x02);
            capture.extend_from_slice(&body);
            capture.extend_from_slice(format!("{sum:02X}\r\n").as_bytes());
        }
        let out = driver("sysmex-xp").interpret(&capture);
        prop_assert_eq!(out.readings.len(), 1);
        prop_assert_eq!(out.readings[0].value.number, Some(number));
        prop_assert!(out.is_clear(), "{:?}", out);
    }
}

/// Pages of noise stay small in the answer, and everything in them stays covered by it.
#[test]
fn megabytes_of_noise_are_bounded() {
    let header = b"H|\\^&|||XP-300^^^^^B1\r";
    let mut lines = header.to_vec();
    lines.extend_from_slice(&b"x|y\r".repeat(500_000));
    let mut frames = header.to_vec();
    frames.extend_from_slice(&b"\x021\x03".repeat(100_000));
    let mut record = header.to_vec();
    record.extend_from_slice(b"R|1|");
    record.extend(std::iter::repeat_n(b'z', 10_000_000));
    for capture in [lines, frames, record] {
        let out = driver("sysmex-xp").interpret(&capture);
        assert!(out.problems.len() <= 201 && out.unknown.len() <= 10_000);
        if let Some(last) = out.unknown.last() {
            assert!(last.bytes.to + 1 >= capture.len(), "{:?}", last.bytes);
        }
    }
}

/// What the values of two captures are, one behind the other.
fn shown(driver: &lisiere_driver::Driver, capture: &[u8]) -> Vec<String> {
    let out = driver.interpret(capture);
    let rows = out.readings.iter();
    rows.map(|one| {
        format!(
            "{:?} {} {} {:?} {:?} {:?} {:?}",
            one.specimen,
            one.code,
            one.value.text,
            one.unit,
            one.kind,
            one.flags,
            one.quarantine_text()
        )
    })
    .collect()
}

/// Blocks that arrive in one read say what they say apart: nothing goes over from one to the other.
#[test]
fn blocks_in_one_read_say_what_they_say_apart() {
    let own: Vec<&(&str, Vec<u8>)> = FIXTURES
        .iter()
        .filter(|(id, _)| driver(id).profile().language == lisiere_driver::Language::Hl7)
        .collect();
    assert!(own.len() > 20);
    for (id, first) in &own {
        for (_, second) in own.iter().filter(|(other, _)| other == id) {
            let together = [first.as_slice(), second].concat();
            let mut apart = shown(driver(id), first);
            apart.extend(shown(driver(id), second));
            assert_eq!(shown(driver(id), &together), apart, "{id}");
        }
    }
}

/// The box keeps the frames, a logger keeps the text: a driver reads both alike.
#[test]
fn framed_bytes_and_bare_text_are_read_alike() {
    use lisiere_driver::Language;
    use lisiere_protocol::{lis2a2::deframe, mllp::deblock};
    let mut compared = 0;
    for (id, capture) in FIXTURES.iter() {
        let text = match driver(id).profile().language {
            Language::Lis2a2 => deframe(capture).text,
            Language::Hl7 => {
                let blocks = deblock(capture).messages;
                blocks
                    .into_iter()
                    .flat_map(|block| capture[block].to_vec())
                    .collect()
            }
            _ => continue,
        };
        if deframe(capture)
            .frames
            .iter()
            .any(|frame| frame.end.is_none())
        {
            continue;
        }
        let doubted = driver(id)
            .interpret(capture)
            .readings
            .iter()
            .any(|one| one.quarantine.iter().any(|why| why.cause == Cause::Damaged));
        if !doubted {
            assert_eq!(shown(driver(id), &text), shown(driver(id), capture), "{id}");
            compared += 1;
        }
    }
    assert!(compared > 80, "{compared}");
}
