//! Departures from the standard seen in the field, one test each: what is tolerated, and that it is counted.

use lisiere_protocol::lis1a::checksum;
use lisiere_protocol::lis1a::{ChecksumPolicy, Dialect, Limits};
use lisiere_protocol::{Deviation, LinkCounters, Notice};

use crate::support::{Bench, HEADER, TERMINATOR, last, message, part};

/// Feeds a session of one message whose frames end in `trailer`, and gives the counters.
fn with_trailer(trailer: &[u8], said: &str) -> LinkCounters {
    let mut bench = Bench::in_session();
    for (number, text) in [(1, HEADER), (2, TERMINATOR)] {
        let mut frame = last(number, text);
        frame.truncate(frame.len() - 2);
        frame.extend_from_slice(trailer);
        let mut heard = bench.feed(&frame);
        heard.push_str(&bench.wait(150));
        assert_eq!(heard, if number == 1 { "ACK" } else { "KEEP" }, "{said}");
        if number == 2 {
            assert!(bench.kept[0].bytes.ends_with(&frame), "{said}");
        }
    }
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.feed(b"\x04"), "");
    assert_eq!(bench.counters().noise_bytes, 0);
    *bench.counters()
}

#[test]
fn trailers_of_every_kind() {
    let standard = with_trailer(b"\r\n", "standard");
    let trailers = standard
        .entries()
        .filter(|(name, _)| name.starts_with("trailer"));
    assert_eq!(trailers.map(|(_, count)| count).sum::<u64>(), 0);
    assert_eq!(with_trailer(b"\r", "Afinion 2").trailer_without_lf, 2);
    assert_eq!(with_trailer(b"\n", "c 111").trailer_without_cr, 2);
    assert_eq!(with_trailer(b"\r\r\n", "Access 2").trailer_extra_cr, 2);
    assert_eq!(with_trailer(b"", "XN-330 log").trailer_missing, 2);
}

#[test]
fn a_trailer_may_be_required() {
    let mut bench = Bench::in_session_with(Dialect {
        accept_missing_trailer: false,
        ..Dialect::computer()
    });
    let frame = message(1);
    assert_eq!(bench.feed(&frame[..frame.len() - 2]), "");
    assert_eq!(bench.wait(150), "NAK");
}

#[test]
fn without_any_trailer_the_next_stx_starts_a_frame() {
    let mut bench = Bench::in_session();
    let strip = |frame: Vec<u8>| frame[..frame.len() - 2].to_vec();
    let read = [strip(last(1, HEADER)), strip(last(2, TERMINATOR))].concat();
    assert_eq!(bench.feed(read), "ACK");
    assert_eq!(bench.wait(150), "KEEP");
}

#[test]
fn lower_case_checksums() {
    let mut bench = Bench::in_session();
    let frame = last(1, "H|\\^&|||a\r");
    let lower = frame.to_ascii_lowercase();
    let mut mixed = frame.clone();
    let digits = frame.len() - 4;
    mixed[digits..].copy_from_slice(&lower[digits..]);
    assert_ne!(mixed, frame, "the checksum has a letter");
    assert_eq!(bench.feed(mixed), "ACK");
    assert_eq!(bench.counters().checksum_lower_case, 1);
}

#[test]
fn rewritten_line_ends_need_a_profile_that_allows_repair() {
    let text = format!("{HEADER}P|1\r{TERMINATOR}");
    for rewritten in [text.replace('\r', "\n"), text.replace('\r', "\r\n")] {
        let mut frame = last(1, &text);
        let sum = frame[frame.len() - 4..].to_vec();
        frame = [b"\x021", rewritten.as_bytes(), b"\x03", &sum].concat();
        let mut strict = Bench::in_session();
        assert_eq!(strict.feed(&frame), "NAK");
        assert_eq!(strict.counters().checksum_errors, 1);
        let repair = Dialect {
            repair_line_ends: true,
            ..Dialect::computer()
        };
        let mut lenient = Bench::in_session_with(repair);
        assert_eq!(lenient.feed(&frame), "KEEP");
        assert_eq!(lenient.last_text(), text);
        assert_eq!(
            lenient.kept[0].bytes, frame,
            "the capture stays as received"
        );
        assert_eq!(lenient.counters().line_ends_repaired, 1);
    }
}

#[test]
fn line_feeds_with_a_right_checksum_are_text() {
    let mut bench = Bench::in_session();
    let text = "H|\\^&\r\nP|1\r\nL|1|N\r\n";
    assert_eq!(bench.feed(last(1, text)), "KEEP");
    assert_eq!(bench.last_text(), text);
    assert_eq!(bench.counters().forbidden_bytes, 3);
}

#[test]
fn checksum_policies() {
    let bare = format!("\x021{HEADER}\x03\r\n");
    let zero = format!("\x021{HEADER}\x0300\r\n");
    let wrong = format!("\x021{HEADER}\x0311\r\n");
    let garbage = format!("\x021{HEADER}\x03G!\r\n");
    let right = last(1, HEADER);
    assert_ne!(checksum::sum(format!("1{HEADER}\x03").as_bytes()), 0x11);
    let check = |checksum, frame: &[u8], expected: &str| {
        let mut bench = Bench::in_session_with(Dialect {
            checksum,
            ..Dialect::computer()
        });
        let heard = bench.feed(frame) + &bench.wait(5_000);
        assert_eq!(heard, expected, "{checksum:?} {frame:?}");
    };
    for frame in [
        bare.as_bytes(),
        zero.as_bytes(),
        wrong.as_bytes(),
        garbage.as_bytes(),
    ] {
        check(ChecksumPolicy::Required, frame, "NAK");
        check(ChecksumPolicy::None, frame, "ACK");
    }
    check(ChecksumPolicy::Optional, bare.as_bytes(), "ACK");
    check(ChecksumPolicy::Optional, zero.as_bytes(), "ACK");
    check(ChecksumPolicy::Optional, wrong.as_bytes(), "NAK");
    check(ChecksumPolicy::Optional, garbage.as_bytes(), "NAK");
    check(
        ChecksumPolicy::Optional,
        &bare.as_bytes()[..bare.len() - 2],
        "ACK",
    );
    for policy in [
        ChecksumPolicy::Required,
        ChecksumPolicy::Optional,
        ChecksumPolicy::None,
    ] {
        check(policy, &right, "ACK");
    }
}

#[test]
fn two_enquiries_before_the_first_frame() {
    let mut bench = Bench::computer();
    assert_eq!(bench.feed(b"\x05\x05"), "ACK ACK");
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.counters().repeated_enquiries, 1);
}

#[test]
fn an_acknowledged_end_of_session_is_harmless() {
    let mut bench = Bench::in_session();
    bench.feed(b"\x04");
    assert_eq!(bench.feed(b"\x06"), "");
    assert_eq!(bench.feed(b"\x05"), "ACK");
}

#[test]
fn no_end_of_session() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.wait(60_000), "");
    assert_eq!(bench.counters().incomplete_dropped, 0);
    assert_eq!(bench.feed(b"\x05"), "ACK");
}

#[test]
fn bytes_with_the_high_bit_and_nul_are_kept() {
    let mut bench = Bench::in_session();
    let text = b"H|\\^&\rP|1||||M\xfcller\x00\xff\rL|1\r";
    assert_eq!(bench.feed(last(1, text)), "KEEP");
    assert_eq!(bench.kept[0].text, text);
    assert_eq!(bench.counters().forbidden_bytes, 2);
}

#[test]
fn text_that_begins_with_a_digit() {
    let mut bench = Bench::in_session();
    bench.feed(part(1, "H|\\^&\rR|1|||1"));
    bench.feed(part(2, "12"));
    assert_eq!(bench.feed(last(3, "\rL|1\r")), "KEEP");
    assert_eq!(bench.last_text(), "H|\\^&\rR|1|||112\rL|1\r");
}

#[test]
fn a_record_cut_inside_an_escape_and_inside_a_character() {
    let mut bench = Bench::in_session();
    bench.feed(part(1, "H|\\^&\rC|1|a&"));
    bench.feed(part(2, b"F&b \xc3"));
    assert_eq!(bench.feed(last(3, b"\xa9\rL|1\r")), "KEEP");
    assert_eq!(bench.last_text(), "H|\\^&\rC|1|a&F&b é\rL|1\r");
}

#[test]
fn long_frames_are_accepted_and_counted() {
    let mut bench = Bench::in_session();
    let record = |length: usize| format!("M|1|{}\r", "x".repeat(length));
    bench.feed(last(1, HEADER));
    assert_eq!(bench.feed(last(2, record(30_000))), "ACK");
    assert_eq!(bench.feed(last(3, record(70_000))), "ACK");
    assert_eq!(bench.feed(last(4, TERMINATOR)), "KEEP");
    assert_eq!(
        (
            bench.counters().long_frames,
            bench.counters().oversized_frames
        ),
        (1, 1)
    );
    assert!(
        bench
            .notices
            .contains(&Notice::Tolerated(Deviation::OversizedFrame))
    );
}

#[test]
fn a_ten_megabyte_record_is_kept() {
    let text = format!("{HEADER}M|1|{}\r{TERMINATOR}", "x".repeat(10 << 20));
    let mut whole = Bench::in_session();
    assert_eq!(whole.feed(last(1, &text)), "KEEP");
    assert_eq!(whole.kept[0].text.len(), text.len());
    let mut parts = Bench::in_session();
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(64_000 - 7).collect();
    for (index, piece) in pieces.iter().enumerate() {
        let number = u8::try_from((index + 1) % 8).unwrap();
        let is_last = index + 1 == pieces.len();
        let frame = if is_last {
            last(number, piece)
        } else {
            part(number, piece)
        };
        assert_eq!(parts.feed(frame), if is_last { "KEEP" } else { "ACK" });
    }
    assert_eq!(parts.kept[0].text, text.as_bytes());
}

#[test]
fn beyond_the_bound_a_message_is_refused_with_a_word() {
    let limits = Limits {
        message: 1_000,
        ..Limits::default()
    };
    let mut bench = Bench::in_session_with(Dialect {
        limits,
        ..Dialect::computer()
    });
    assert_eq!(
        bench.feed(last(1, format!("{HEADER}{}", "x".repeat(5_000)))),
        "NAK"
    );
    assert_eq!(
        bench.feed(part(1, format!("{HEADER}{}", "x".repeat(900)))),
        "ACK"
    );
    assert_eq!(bench.feed(part(2, "x".repeat(200))), "NAK");
    assert_eq!(bench.counters().too_long_refused, 2);
    let word = bench.notices.last().unwrap().to_string();
    assert!(
        word.contains("1000 bytes") && word.contains("profile"),
        "{word}"
    );
}

#[test]
fn a_deviation_is_told_once_a_session_and_counted_always() {
    let mut bench = Bench::in_session();
    for number in 1..=5 {
        let mut frame = last(number, HEADER);
        frame.pop();
        bench.feed(frame);
        bench.wait(150);
    }
    let told = bench
        .notices
        .iter()
        .filter(|notice| matches!(notice, Notice::Tolerated(_)))
        .count();
    assert_eq!((told, bench.counters().trailer_without_lf), (1, 5));
}

#[test]
fn nothing_told_or_shown_names_a_patient() {
    let mut bench = Bench::in_session();
    let text = format!("{HEADER}P|1||||DUPONT^JEANNE\r{TERMINATOR}");
    bench.feed(last(1, &text));
    bench.refuse();
    bench.feed(b"\x04");
    let shown = format!("{:?} {:?}", bench.kept, bench.notices);
    assert!(
        !shown.contains("DUPONT") && !shown.contains("68, 85, 80"),
        "{shown}"
    );
}
