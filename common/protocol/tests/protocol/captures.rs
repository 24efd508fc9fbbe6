//! What real analyzers sent, replayed at every chunk size and with the cuts the serial driver really made.

use std::path::Path;

use lisiere_protocol::lis1a::{ChecksumPolicy, Dialect, TerminatorPolicy};
use lisiere_protocol::lis2a2::{ReadOptions, deframe, read};
use lisiere_protocol::{Engine, KeptMessage, LinkCounters, Output, Tick, Verdict};

use crate::support::captures;

/// Which captures hold frames, how many messages are in them, and what a profile must allow.
const FRAMED: &[(&str, usize, Need)] = &[
    ("abbott-afinion2-result.astm", 1, Need::Nothing),
    ("beckman-access2-vitd.astm", 1, Need::Nothing),
    ("erba-elitepro-results-2frames.astm", 1, Need::Nothing),
    ("erba-em200-query-multi.astm", 1, Need::Repair),
    ("erba-xl640-glucose.astm", 1, Need::Nothing),
    ("horiba-yumizen-h500-patient-etb.astm", 1, Need::Nothing),
    ("mindray-bs-astm-glucose.astm", 1, Need::Nothing),
    ("ortho-vitros3600-order-download.astm", 1, Need::LastFrame),
    ("ortho-vitros3600-query.astm", 1, Need::Nothing),
    ("ortho-vitros3600-results-lt.astm", 1, Need::Nothing),
    ("ortho-vitros3600-results.astm", 1, Need::Nothing),
    (
        "roche-cobas-c111-b-result-lfmangled.astm",
        1,
        Need::NoChecksum,
    ),
    ("roche-cobas-c111-result.astm", 1, Need::Nothing),
    (
        "roche-cobas-c311-h7600-batch-lfmangled.astm",
        1,
        Need::Repair,
    ),
    ("roche-cobas-c311-result.astm", 1, Need::Nothing),
    ("roche-cobas-e411-query-unreadable.astm", 1, Need::Repair),
    ("roche-cobas-e411-query.astm", 1, Need::Repair),
    ("roche-cobas-e411-result-1frame.astm", 1, Need::Nothing),
    ("roche-cobas-e411-results-3frames.astm", 1, Need::Nothing),
    (
        "siemens-atellica-dm-hema580-cancelled.astm",
        1,
        Need::Nothing,
    ),
    ("siemens-atellica-dm-hema580-retic.astm", 1, Need::Nothing),
    ("sysmex-xp100-result.astm", 1, Need::Nothing),
];

/// Somebody joined the frames of this one and kept the last number of each: a link must not take it.
const EDITED: &str = "horiba-yumizen-h500-qc.astm";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    Repair,
    NoChecksum,
    LastFrame,
}

fn dialect(need: Need) -> Dialect {
    let mut dialect = Dialect::computer();
    match need {
        Need::Nothing => {}
        Need::Repair => dialect.repair_line_ends = true,
        Need::NoChecksum => dialect.checksum = ChecksumPolicy::None,
        Need::LastFrame => dialect.terminator = TerminatorPolicy::LastFrame,
    }
    dialect
}

/// Feeds a capture in the given cuts; a verdict follows each read.
fn replay(
    dialect: &Dialect,
    capture: &[u8],
    cuts: &mut dyn Iterator<Item = usize>,
) -> (Vec<KeptMessage>, LinkCounters) {
    let mut link = lisiere_protocol::lis1a::Lis1Link::new(dialect.clone());
    let mut kept = Vec::new();
    let mut settle = |link: &mut lisiere_protocol::lis1a::Lis1Link| {
        while let Some(output) = link.next() {
            if let Output::Keep { token, message } = output {
                kept.push(message);
                link.confirm(Tick(0), token, Verdict::Stored);
            }
        }
    };
    if !capture.contains(&0x05) {
        // The logger kept the frames only.
        link.receive(Tick(0), b"\x05");
    }
    let mut rest = capture;
    while !rest.is_empty() {
        let cut = cuts.next().unwrap_or(rest.len()).min(rest.len());
        let (read, after) = rest.split_at(cut);
        link.receive(Tick(0), read);
        settle(&mut link);
        rest = after;
    }
    link.elapse(Tick(200));
    settle(&mut link);
    let counters = *link.counters();
    (kept, counters)
}

fn load(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_framed_capture_gives_its_message_at_every_chunk_size() {
    let Some(folder) = captures() else { return };
    for &(name, messages, need) in FRAMED {
        let capture = load(&folder, name);
        let dialect = dialect(need);
        let whole = replay(&dialect, &capture, &mut std::iter::empty());
        assert_eq!(whole.0.len(), messages, "{name}: {:?}", whole.1);
        // Every size for what fits a few reads; for the large ones the small sizes, where frames are cut everywhere.
        let sizes = 1..capture
            .len()
            .min(if capture.len() > 5_000 { 40 } else { 700 });
        for size in sizes {
            let chunked = replay(&dialect, &capture, &mut std::iter::repeat(size));
            assert!(chunked.0 == whole.0, "{name} in reads of {size}");
        }
    }
}

#[test]
fn captures_with_the_cuts_of_the_serial_driver() {
    let Some(folder) = captures() else { return };
    for name in [
        "roche-cobas-e411-result-1frame",
        "roche-cobas-e411-results-3frames",
    ] {
        let capture = load(&folder, &format!("{name}.astm"));
        let cuts: Vec<usize> =
            serde_json::from_slice(&load(&folder, &format!("{name}.chunks.json"))).unwrap();
        let whole = replay(&Dialect::computer(), &capture, &mut std::iter::empty());
        let real = replay(&Dialect::computer(), &capture, &mut cuts.into_iter());
        assert!(real.0 == whole.0 && real.0.len() == 1, "{name}");
    }
}

#[test]
fn what_a_strict_link_refuses_is_kept_by_nobody() {
    let Some(folder) = captures() else { return };
    for &(name, _, need) in FRAMED.iter().filter(|(_, _, need)| *need != Need::Nothing) {
        let (kept, counters) = replay(
            &Dialect::computer(),
            &load(&folder, name),
            &mut std::iter::empty(),
        );
        assert!(kept.is_empty(), "{name}");
        assert!(
            need == Need::LastFrame || counters.checksum_errors > 0,
            "{name}"
        );
    }
}

#[test]
fn deframing_a_capture_gives_the_text_the_link_kept() {
    let Some(folder) = captures() else { return };
    for &(name, _, need) in FRAMED.iter().filter(|(_, _, need)| *need == Need::Nothing) {
        let capture = load(&folder, name);
        let (kept, _) = replay(&dialect(need), &capture, &mut std::iter::empty());
        let deframed = deframe(&capture);
        assert_eq!(
            deframed.text.len(),
            kept[0].text.len(),
            "{name} {:?}",
            deframed.problems
        );
        // What a driver gets is the bytes that were kept, not the session around them.
        let again = deframe(&kept[0].bytes);
        assert!(
            again.text == kept[0].text && again.problems.is_empty(),
            "{name}: {:?}",
            again.problems
        );
        let document = read(&deframed.text, ReadOptions::default());
        assert!(
            document.problems.is_empty(),
            "{name}: {:?}",
            document.problems
        );
        for record in &document.messages[0].records {
            let range = deframed.capture_range(record.range());
            assert!(
                capture[range.clone()].starts_with(&record.raw()[..1]),
                "{name} {range:?}"
            );
        }
    }
}

#[test]
fn a_gap_in_the_frame_numbers_is_refused_on_the_line_and_listed_when_deframed() {
    let Some(folder) = captures() else { return };
    let capture = load(&folder, EDITED);
    let (kept, counters) = replay(&Dialect::computer(), &capture, &mut std::iter::empty());
    assert!(kept.is_empty() && counters.frame_number_errors > 0);
    let deframed = deframe(&capture);
    assert_eq!(deframed.problems.len(), 4);
    let document = read(&deframed.text, ReadOptions::default());
    assert_eq!(
        (document.messages[0].records.len(), document.problems.len()),
        (31, 0)
    );
}

#[test]
fn every_astm_capture_can_be_read() {
    let Some(folder) = captures() else { return };
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "astm"))
        .collect();
    names.sort();
    assert!(names.len() > FRAMED.len());
    for name in names {
        let deframed = deframe(&load(&folder, &name));
        let document = read(&deframed.text, ReadOptions::default());
        assert_eq!(document.messages[0].records[0].letter(), b'H', "{name}");
        assert!(document.messages[0].records.len() >= 3, "{name}");
    }
}
