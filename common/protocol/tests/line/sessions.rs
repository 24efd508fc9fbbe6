//! Recorded sessions: written and read back byte for byte, read by people's edits, and replayed into messages.

use lisiere_protocol::session::{
    Direction, Event, Gather, Session, SessionError, head, is_session, line, spell, unspell,
};
use lisiere_protocol::{LinkKind, LinkSettings};
use proptest::prelude::*;

const FILE: &str = "# lisiere-session 1\n# port = c311\n# link = lis1a\n# a person's remark\n\
    2026-11-23T09:12:01.000000Z <-- <ENQ>\n2026-11-23T09:12:01.001000Z --> <ACK>\n\n\
    2026-11-23T09:12:02.000000Z <-- <STX>1H|\\^&<CR>\n2026-11-23T09:12:02.100000Z <-- L|1|N<CR><ETX>CA<CR><LF>\n\
    2026-11-23T09:12:02.200000Z --> <ACK>\n2026-11-23T09:12:02.300000Z <-- <EOT>\n";

fn any_event() -> impl Strategy<Value = Event> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..60);
    prop_oneof![
        (bytes, any::<bool>()).prop_map(|(bytes, received)| Event::Bytes {
            direction: if received {
                Direction::Received
            } else {
                Direction::Sent
            },
            bytes,
        }),
        any::<u64>().prop_map(Event::Errors),
        any::<u64>().prop_map(Event::Lost),
    ]
}

#[test]
fn a_session_is_read_with_what_people_wrote_into_it() {
    let session = Session::read(FILE.as_bytes()).unwrap();
    assert_eq!(session.link(), Some(LinkKind::Lis1a));
    assert_eq!(session.fact("port"), Some("c311"));
    assert_eq!(session.bytes(Direction::Sent), [6, 6]);
    // Saved by an editor of another system.
    let saved = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
    assert!(is_session(saved.as_bytes()));
    assert_eq!(Session::read(saved.as_bytes()).unwrap(), session);
}

#[test]
fn facts_with_line_ends_and_equal_signs_are_read_as_they_are_written() {
    let text = "H\rI";
    let file = format!("{}#N=O = {text}|N\r\u{3}67 #", head(&[]));
    let session = Session::read(file.as_bytes()).unwrap();
    assert_eq!(
        session.facts,
        [("N O".to_owned(), "H I|N \u{3}67 #".to_owned())]
    );
    assert_eq!(Session::read(session.write().as_bytes()), Ok(session));
}

#[test]
fn a_session_gives_the_messages_that_were_kept() {
    let session = Session::read(FILE.as_bytes()).unwrap();
    let frame = b"\x021H|\\^&\rL|1|N\r\x03";
    let sum = frame[1..]
        .iter()
        .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let file = FILE.replace("CA<CR><LF>", &format!("{sum:02X}<CR><LF>"));
    let session = Session {
        events: Session::read(file.as_bytes()).unwrap().events,
        ..session
    };
    let kept = session.messages(&LinkSettings::standard(LinkKind::Lis1a));
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].text, b"H|\\^&\rL|1|N\r");
    // An error that the port reported in the middle of the frame spoils it, as it did then.
    let spoiled = file.replace(
        "2026-11-23T09:12:02.100000Z",
        "2026-11-23T09:12:02.050000Z !!! errors 1\n2026-11-23T09:12:02.100000Z",
    );
    let spoiled = Session::read(spoiled.as_bytes()).unwrap();
    assert!(
        spoiled
            .messages(&LinkSettings::standard(LinkKind::Lis1a))
            .is_empty()
    );
}

#[test]
fn mistakes_are_named_with_their_line() {
    assert_eq!(Session::read(b"2026"), Err(SessionError::Foreign));
    for (wrong, words) in [
        ("yesterday <-- x", "is not a moment"),
        ("2026-11-23T09:12:01Z <-> x", "a line is a moment"),
        ("2026-11-23T09:12:01Z <-- <STX", "`<` without `>`"),
        ("2026-11-23T09:12:01Z <-- <STY>", "`<STY>` names no byte"),
        ("2026-11-23T09:12:01Z <-- \u{e9}", "is not ASCII"),
        ("2026-11-23T09:12:01Z !!! errors many", "a line is a moment"),
        (
            "2026-11-23T09:12:01Z !!! found 3",
            "neither `errors` nor `lost`",
        ),
    ] {
        let file = format!("# lisiere-session 1\n\n{wrong}\n");
        let error = Session::read(file.as_bytes()).unwrap_err().to_string();
        assert!(
            error.starts_with("line 3: ") && error.contains(words),
            "{error}"
        );
    }
}

#[test]
fn lines_follow_frames_segments_and_signs() {
    let bytes = b"\x05\x021H|a\rP|1\r\x03E5\r\n\x04\x0bMSH|x\rPID|1\r\x1c\r\x06";
    let mut gather = Gather::default();
    let mut lines: Vec<String> = Vec::new();
    for byte in bytes {
        let pieces = gather.push(0, Direction::Received, &[*byte]);
        lines.extend(pieces.iter().map(|piece| spell(&piece.bytes)));
    }
    lines.extend(gather.flush().map(|piece| spell(&piece.bytes)));
    let expected = [
        "<ENQ>",
        "<STX>1H|a<CR>",
        "P|1<CR><ETX>E5<CR><LF>",
        "<EOT>",
        "<VT>MSH|x<CR>",
        "PID|1<CR>",
        "<FS><CR>",
        "<ACK>",
    ];
    assert_eq!(lines, expected);
}

proptest! {
    #[test]
    fn what_is_spelled_is_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let text = spell(&bytes);
        prop_assert!(text.is_ascii() && text.trim() == text && !text.contains(['\r', '\n']));
        prop_assert_eq!(unspell(&text), Ok(bytes));
    }

    #[test]
    fn what_is_written_is_read_back(events in proptest::collection::vec((0..253_402_300_799_999_999_i64, any_event()), 0..20)) {
        let session = Session { facts: vec![("link".into(), "mllp".into())], events };
        prop_assert_eq!(Session::read(session.write().as_bytes()), Ok(session));
    }

    #[test]
    fn any_text_is_read_or_refused(lines in proptest::collection::vec("\\PC{0,40}", 0..10)) {
        let file = format!("{}{}", head(&[]), lines.join("\n"));
        if let Ok(session) = Session::read(file.as_bytes()) {
            prop_assert_eq!(Session::read(session.write().as_bytes()), Ok(session));
        }
    }

    #[test]
    fn where_pieces_are_cut_does_not_matter(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), 0_u8..0x20], 0..80), cut in 0_usize..80) {
        let lines = |pieces: &[&[u8]]| {
            let mut gather = Gather::default();
            let mut lines = Vec::new();
            for piece in pieces {
                lines.extend(gather.push(5, Direction::Sent, piece));
            }
            lines.extend(gather.flush());
            lines
        };
        let (one, two) = bytes.split_at(cut.min(bytes.len()));
        let whole = lines(&[&bytes]);
        prop_assert_eq!(&lines(&[one, two]), &whole);
        let all: Vec<u8> = whole.iter().flat_map(|piece| piece.bytes.clone()).collect();
        prop_assert_eq!(all, bytes);
    }
}

#[test]
fn errors_and_losses_are_lines_of_their_own() {
    assert_eq!(
        line(0, &Event::Errors(2)),
        "1970-01-01T00:00:00.000000Z !!! errors 2\n"
    );
    assert_eq!(
        line(1, &Event::Lost(3)),
        "1970-01-01T00:00:00.000001Z !!! lost 3\n"
    );
}
