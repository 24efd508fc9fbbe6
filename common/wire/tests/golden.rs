//! Bytes of every payload version ever shipped: they must be written the same way, and read for ever.

use lisiere_model::{ClockQuality, UtcMicros};
use lisiere_wire::{
    Absence, AbsenceReason, Act, Capture, Command, Confirm, EnvelopeError, JournalId, LinkStats,
    ListId, Outcome, Payload, PortState, Presence, Reply, Signed, State, TraceDirection,
    TraceSlice, Worklist, WorklistEntry, WorklistHeld, WorklistKey, decode, encode,
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
        link: "lis1a".into(),
        direction: TraceDirection::Received,
        at: UtcMicros(6),
        bytes: vec![5],
        errors: 1,
        lost: 300,
    }
}

fn command(act: Act) -> Command {
    Command {
        id: 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef,
        appliance: "box-7".parse().unwrap(),
        issued_at: UtcMicros(1_795_000_000_000_000),
        expires_at: UtcMicros(1_795_000_060_000_000),
        act,
    }
}

fn reply(outcome: Outcome) -> Reply {
    Reply { id: 300, outcome }
}

fn key(specimen: &str) -> WorklistKey {
    WorklistKey {
        driver: "roche-cobas-c311".into(),
        specimen: specimen.into(),
    }
}

fn worklist() -> Worklist {
    Worklist {
        list: ListId([5; 16]),
        version: 8,
        since: Some(7),
        part: 0,
        parts: 1,
        entries: vec![WorklistEntry {
            key: key("26112300017"),
            kind: "SER".into(),
            tests: vec!["685".into()],
            urgent: true,
        }],
        removed: vec![key("26112300016")],
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
    assert_eq!(&decode::<P>(&bytes_of(&kept)).unwrap(), payload);
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let pairs = hex.trim().as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn older_versions_are_read_into_what_they_are_now() {
    let kept = include_str!("../golden/trace-1.hex");
    let slice: TraceSlice = decode(&bytes_of(kept)).unwrap();
    let expected = TraceSlice {
        link: String::new(),
        errors: 0,
        lost: 0,
        ..trace()
    };
    assert_eq!(slice, expected);
    let kept = include_str!("../golden/worklist-1.hex");
    let list: Worklist = decode(&bytes_of(kept)).unwrap();
    let mut expected = worklist();
    expected.list = ListId::default();
    expected.entries[0].key.driver.clear();
    expected.removed[0].driver.clear();
    assert_eq!(list, expected);
}

#[test]
fn shipped_bytes_stay_readable() {
    check("capture-1", &capture());
    check("confirm-1", &confirm());
    check("state-1", &state());
    check("trace-2", &trace());
    check("worklist-2", &worklist());
    let held = WorklistHeld {
        list: ListId([5; 16]),
        version: 8,
        drivers: vec!["roche-cobas-c311".into(), "sysmex-xn".into()],
    };
    check("worklist-held-1", &held);
    let absence = Absence {
        journal: JOURNAL,
        reason: AbsenceReason::TooLarge,
        ranges: vec![(17, 17), (300, 302)],
    };
    check("absence-1", &absence);
    let port = || "c311".to_owned();
    for (name, act) in [
        (
            "command-watch-1",
            Act::Watch {
                port: port(),
                seconds: 300,
            },
        ),
        ("command-unwatch-1", Act::Unwatch { port: port() }),
        ("command-recognise-1", Act::Recognise { port: port() }),
        ("command-restart-1", Act::Restart),
        ("command-replay-1", Act::Replay { from: 17, to: 300 }),
    ] {
        check(name, &command(act));
    }
    for (name, outcome) in [
        ("reply-accepted-1", Outcome::Accepted),
        ("reply-done-1", Outcome::Done { json: "{}".into() }),
        (
            "reply-refused-1",
            Outcome::Refused {
                reason: "port inconnu".into(),
            },
        ),
    ] {
        check(name, &reply(outcome));
    }
    let signed = Signed {
        chain: vec![vec![0x30, 0x82], vec![0x30]],
        body: encode(&command(Act::Restart)).unwrap(),
        signature: vec![0x30, 0x45],
    };
    check("signed-1", &signed);
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
