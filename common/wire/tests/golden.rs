//! Bytes of every payload version ever shipped: they must be written the same way, and read for ever.

use lisiere_model::{ClockQuality, UtcMicros};
use lisiere_wire::{
    Absence, AbsenceReason, Capture, Confirm, EnvelopeError, JournalId, LinkStats, Payload,
    PortState, Presence, State, TraceDirection, TraceSlice, Worklist, WorklistEntry, decode,
    encode,
};
use proptest::prelude::*;
use std::{fmt::Debug, fs, path::PathBuf};

const JOURNAL: JournalId = JournalId([7; 16]);

fn stats() -> LinkStats {
    LinkStats(vec![("checksum errors".into(), 2)])
}

fn capture() -> Capture {
    Capture {
        journal: JOURNAL,
        seq: 300,
        boot: 4,
        port: "c311".into(),
        link: "lis1a".into(),
        driver: "roche-cobas-c311".into(),
        received_at: UtcMicros(1_795_000_000_000_000),
        clock: ClockQuality::Ntp,
        digest: [9; 32],
        bytes: b"\x021H|\\^&\r\x03E5\r\n".to_vec(),
        stats: stats(),
    }
}

fn state() -> State {
    State {
        presence: Presence::Online,
        version: "0.1.0".into(),
        at: UtcMicros(1_795_000_000_000_001),
        clock: ClockQuality::Rtc,
        journal: JOURNAL,
        boot: 4,
        queue: 12,
        last_seq: 300,
        journal_free: 1 << 29,
        certificate_days: 700,
        alarms: vec!["journal plein".into()],
        ports: vec![PortState {
            name: "c311".into(),
            driver: "roche-cobas-c311".into(),
            open: true,
            last_heard: Some(UtcMicros(5)),
            messages: 3,
            stats: stats(),
        }],
    }
}

fn trace() -> TraceSlice {
    TraceSlice {
        port: "c311".into(),
        direction: TraceDirection::Received,
        at: UtcMicros(6),
        bytes: vec![5],
    }
}

fn worklist() -> Worklist {
    let entry = WorklistEntry {
        specimen: "26112300017".into(),
        specimen_kind: "SER".into(),
        tests: vec!["685".into()],
        urgent: true,
        appliance: "box-7".parse().unwrap(),
    };
    Worklist {
        version: 8,
        since: Some(7),
        entries: vec![entry],
        removed: vec!["26112300016".into()],
    }
}

fn confirm() -> Confirm {
    Confirm {
        journal: JOURNAL,
        upto: 298,
        missing: vec![(299, 299), (302, 310)],
    }
}

/// Compares with `golden/<name>.hex`; a missing file is written once, then belongs to the repository for ever.
fn check<P: Payload + PartialEq + Debug>(name: &str, payload: &P) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(format!("{name}.hex"));
    let hex: String = encode(payload)
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if std::env::var_os("LISIERE_BLESS").is_some() && !path.exists() {
        fs::write(&path, format!("{hex}\n")).unwrap();
    }
    let kept = fs::read_to_string(&path).expect("golden bytes are part of the repository");
    assert_eq!(
        hex,
        kept.trim(),
        "{name} is no longer written as it was shipped: give it a new version instead"
    );
    let bytes: Vec<u8> = kept
        .trim()
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    assert_eq!(&decode::<P>(&bytes).unwrap(), payload);
}

#[test]
fn shipped_bytes_stay_readable() {
    check("capture-1", &capture());
    check("confirm-1", &confirm());
    check("state-1", &state());
    check("trace-1", &trace());
    check("worklist-1", &worklist());
    let absence = Absence {
        journal: JOURNAL,
        reason: AbsenceReason::TooLarge,
        ranges: vec![(17, 17), (300, 302)],
    };
    check("absence-1", &absence);
}

#[test]
fn a_payload_on_the_wrong_topic_is_named() {
    let bytes = encode(&confirm()).unwrap();
    assert_eq!(
        decode::<Capture>(&bytes),
        Err(EnvelopeError::Kind {
            found: 2,
            expected: 1
        })
    );
}

#[test]
fn a_newer_version_is_refused_with_the_remedy() {
    let mut bytes = encode(&confirm()).unwrap();
    bytes[0] += 1;
    let error = decode::<Confirm>(&bytes).unwrap_err();
    assert_eq!(error, EnvelopeError::Version(2));
    assert!(error.to_string().contains("update this side first"));
}

#[test]
fn journal_ids_print_and_parse() {
    assert_eq!(JournalId::from_hex(&JOURNAL.to_string()), Some(JOURNAL));
    assert_eq!(JournalId::from_hex("é"), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(payload) = decode::<Capture>(&bytes) {
            prop_assert_eq!(decode::<Capture>(&encode(&payload).unwrap()).unwrap(), payload);
        }
    }

    #[test]
    fn a_shortened_capture_is_refused(cut in 0usize..100) {
        let bytes = encode(&capture()).unwrap();
        prop_assert!(decode::<Capture>(&bytes[..cut.min(bytes.len() - 1)]).is_err());
    }
}
