//! The receiver's state table, row by row.

use lisiere_protocol::lis1a::{Dialect, HeaderPolicy, TerminatorPolicy};
use lisiere_protocol::{Admission, Completion, DropCause, Engine, FrameFault, Notice};

use crate::support::{Bench, HEADER, TERMINATOR, last, message, part};

#[test]
fn neutral_answers_an_enquiry_and_ignores_the_rest() {
    let mut bench = Bench::computer();
    assert_eq!(bench.feed(b"abc\x06\x15\x04\x02"), "");
    assert_eq!(bench.counters().noise_bytes, 7);
    assert_eq!(
        bench.feed(message(1)),
        "",
        "a frame outside a session is noise"
    );
    assert_eq!(bench.feed(b"\x05"), "ACK");
}

#[test]
fn neutral_answers_busy_when_it_cannot_store() {
    let mut bench = Bench::computer();
    bench.link.admit(Admission::Busy);
    assert_eq!(bench.feed(b"\x05"), "NAK");
    assert_eq!(bench.counters().busy_answers, 1);
    bench.link.admit(Admission::Open);
    assert_eq!(bench.feed(b"\x05"), "ACK");
}

#[test]
fn frames_are_put_together_and_the_last_one_waits_for_the_journal() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(last(1, HEADER)), "ACK");
    assert_eq!(bench.feed(part(2, "R|1|^^^7/1/no")), "ACK");
    assert_eq!(bench.feed(last(3, "t|9.61\r")), "ACK");
    assert_eq!(bench.feed(last(4, TERMINATOR)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(
        bench.last_text(),
        format!("{HEADER}R|1|^^^7/1/not|9.61\r{TERMINATOR}")
    );
    let frames = [
        last(1, HEADER),
        part(2, "R|1|^^^7/1/no"),
        last(3, "t|9.61\r"),
        last(4, TERMINATOR),
    ];
    assert_eq!(bench.kept[0].bytes, frames.concat());
    assert_eq!(bench.kept[0].completion, Completion::Terminated);
    assert_eq!(bench.kept[0].frames, 4);
    assert_eq!(bench.feed(b"\x04"), "");
    assert!(bench.link.is_neutral());
    assert!(bench.notices.contains(&Notice::SessionClosed));
}

#[test]
fn a_repeated_frame_is_answered_and_not_appended() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(last(1, HEADER)), "ACK");
    assert_eq!(bench.feed(last(1, HEADER)), "ACK");
    assert_eq!(bench.feed(last(2, TERMINATOR)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.feed(last(2, TERMINATOR)), "ACK", "our ACK was lost");
    assert_eq!(bench.last_text(), format!("{HEADER}{TERMINATOR}"));
    assert_eq!(
        (bench.kept.len(), bench.counters().duplicate_frames),
        (1, 2)
    );
}

#[test]
fn the_same_number_with_other_text_is_no_repetition() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    let second = last(1, format!("{HEADER}P|2\r{TERMINATOR}"));
    assert_eq!(
        bench.feed(second),
        "NAK",
        "taking it for a repetition would lose it"
    );
}

#[test]
fn damaged_frames_are_refused_and_come_again() {
    let mut bench = Bench::in_session();
    let mut flipped = last(1, HEADER);
    flipped[4] ^= 1;
    assert_eq!(bench.feed(&flipped), "NAK");
    assert_eq!(bench.feed(last(1, HEADER)), "ACK");
    assert_eq!(bench.feed(b"\x029L|1\r\x03FF\r\n"), "NAK");
    bench.feed(&last(2, TERMINATOR)[..5]);
    bench.link.line_error();
    assert_eq!(bench.feed(&last(2, TERMINATOR)[5..]), "NAK");
    assert_eq!(bench.feed(last(2, TERMINATOR)), "KEEP");
    let counters = bench.counters();
    assert_eq!(
        (
            counters.checksum_errors,
            counters.frame_number_errors,
            counters.line_errors
        ),
        (1, 1, 1)
    );
}

#[test]
fn a_jump_in_the_numbers_is_mended_only_by_a_new_session() {
    let mut bench = Bench::in_session();
    bench.feed(last(1, HEADER));
    assert_eq!(bench.feed(last(3, "R|2\r")), "NAK");
    let fault = FrameFault::Sequence {
        expected: 2,
        found: 3,
    };
    assert!(bench.notices.contains(&Notice::FrameRefused(fault)));
    assert_eq!(
        bench.feed(last(2, TERMINATOR)),
        "NAK",
        "a sender that does not heed us left a gap"
    );
    assert_eq!(bench.feed(b"\x04\x05"), "ACK");
    assert_eq!(bench.feed(message(1)), "KEEP");
}

#[test]
fn noise_around_frames_is_ignored() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(b"\x00\xffxy"), "");
    assert_eq!(
        bench.feed(b"\x02\x02noise\x02"),
        "",
        "STX in noise begins nothing that is answered"
    );
    let mut frame = last(1, HEADER);
    frame.extend(b"zz");
    assert_eq!(bench.feed(frame), "ACK");
    assert_eq!(bench.counters().noise_bytes, 6);
}

#[test]
fn the_end_of_a_session_drops_what_is_no_message() {
    let mut bench = Bench::in_session();
    bench.feed(last(1, HEADER));
    bench.feed(part(2, "R|1|^^^7"));
    assert_eq!(bench.feed(b"\x04"), "");
    let bytes = HEADER.len() + 8;
    assert!(bench.notices.contains(&Notice::MessageDropped {
        cause: DropCause::SessionEnded,
        bytes
    }));
    assert_eq!(bench.counters().incomplete_dropped, 1);
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.last_text(), format!("{HEADER}{TERMINATOR}"));
}

#[test]
fn an_enquiry_in_the_middle_starts_again() {
    let mut bench = Bench::in_session();
    bench.feed(last(1, HEADER));
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(bench.counters().repeated_enquiries, 1);
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.last_text(), format!("{HEADER}{TERMINATOR}"));
}

#[test]
fn an_enquiry_after_a_refusal_is_answered_busy() {
    let mut bench = Bench::in_session();
    bench.feed(last(1, HEADER));
    let mut damaged = last(2, TERMINATOR);
    damaged[3] ^= 1;
    assert_eq!(bench.feed(damaged), "NAK");
    assert_eq!(
        bench.feed(b"\x05"),
        "NAK",
        "an ACK could be taken for the answer to the frame"
    );
    assert_eq!(bench.feed(b"\x05"), "ACK");
}

#[test]
fn silence_ends_the_session_after_thirty_seconds() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.wait(29_999), "");
    assert!(!bench.link.is_neutral());
    bench.feed(last(1, HEADER));
    assert_eq!(bench.wait(29_999), "", "every frame starts the time anew");
    assert!(!bench.link.is_neutral());
    assert_eq!(bench.wait(1), "");
    assert!(bench.link.is_neutral());
    assert_eq!(
        (
            bench.counters().session_timeouts,
            bench.counters().incomplete_dropped
        ),
        (1, 1)
    );
    assert_eq!(bench.link.deadline(), None);
}

#[test]
fn a_frame_cut_by_silence_is_refused_and_the_next_one_found() {
    let mut bench = Bench::in_session();
    bench.feed(&last(1, HEADER)[..6]);
    assert_eq!(bench.wait(4_999), "");
    assert_eq!(bench.wait(1), "NAK");
    assert_eq!(bench.feed(last(1, HEADER)), "ACK");
    assert_eq!(bench.counters().character_timeouts, 1);
}

#[test]
fn a_long_frame_on_a_slow_line_is_not_silence() {
    let mut bench = Bench::in_session();
    let frame = last(1, format!("{HEADER}M|1|{}\r{TERMINATOR}", "x".repeat(60)));
    for byte in &frame[..frame.len() - 1] {
        assert_eq!(bench.feed([*byte]), "");
        assert_eq!(bench.wait(100), "");
    }
    assert_eq!(bench.feed(b"\n"), "KEEP");
}

#[test]
fn several_messages_in_one_session_keep_counting_frames() {
    let mut bench = Bench::in_session();
    for number in [1, 2, 3, 4, 5, 6, 7, 0, 1, 2] {
        assert_eq!(bench.feed(message(number)), "KEEP", "frame {number}");
        assert_eq!(bench.store(), "ACK");
    }
    assert_eq!(bench.counters().messages_stored, 10);
}

#[test]
fn the_rest_of_a_message_whose_start_was_lost_is_refused() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(last(1, "R|1|^^^5|1\r")), "NAK");
    assert_eq!(bench.counters().headless_refused, 1);
    let mut bench = Bench::in_session_with(Dialect {
        header: HeaderPolicy::Optional,
        ..Dialect::computer()
    });
    assert_eq!(bench.feed(last(1, "R|1|^^^5|1\r")), "ACK");
    assert_eq!(bench.feed(last(2, TERMINATOR)), "KEEP");
}

#[test]
fn without_terminator_the_profile_decides() {
    let text = format!("{HEADER}P|1\r");
    let mut strict = Bench::in_session();
    assert_eq!(strict.feed(last(1, &text)), "ACK");
    assert_eq!(strict.feed(b"\x04"), "");
    assert_eq!(strict.counters().incomplete_dropped, 1);

    let session_end = Dialect {
        terminator: TerminatorPolicy::RecordOrSessionEnd,
        ..Dialect::computer()
    };
    let mut lenient = Bench::in_session_with(session_end.clone());
    assert_eq!(lenient.feed(last(1, &text)), "ACK");
    assert_eq!(lenient.feed(b"\x04"), "KEEP");
    assert_eq!(
        lenient.feed(b"\x05"),
        "",
        "the next session waits for the journal"
    );
    assert_eq!(lenient.store(), "ACK", "one answer, to the enquiry");
    assert_eq!(lenient.kept[0].completion, Completion::NoTerminator);
    assert_eq!(lenient.counters().missing_terminator, 1);

    let mut quiet = Bench::in_session_with(session_end.clone());
    quiet.feed(last(1, &text));
    assert_eq!(quiet.wait(30_000), "KEEP");
    assert_eq!(quiet.store(), "");
    assert!(quiet.link.is_neutral());

    let mut restarted = Bench::in_session_with(session_end.clone());
    restarted.feed(last(1, &text));
    assert_eq!(restarted.feed(b"\x05"), "KEEP");
    assert_eq!(restarted.store(), "ACK");

    let mut cut = Bench::in_session_with(session_end);
    cut.feed(part(1, &text));
    assert_eq!(cut.feed(b"\x04"), "", "after ETB more had to come");
    assert_eq!(cut.counters().incomplete_dropped, 1);

    let mut every = Bench::in_session_with(Dialect {
        terminator: TerminatorPolicy::LastFrame,
        ..Dialect::computer()
    });
    assert_eq!(every.feed(last(1, &text)), "KEEP");
    assert_eq!(every.store(), "ACK");
}

#[test]
fn a_terminator_is_found_however_the_frames_cut_it() {
    for (cuts, whole) in [
        (vec!["L|", "1|N\r"], true),
        (vec!["L", "|1|N\r"], true),
        (vec!["L|1|N", "\r"], true),
        (vec!["L"], true),
        (vec!["l|1\r"], true),
        (vec!["LOT|1\r"], false),
        (vec!["M|1|x\rL|1", "\rR|1\r"], false),
    ] {
        let mut bench = Bench::in_session();
        bench.feed(last(1, HEADER));
        let mut said = String::new();
        for (number, text) in (2..).zip(&cuts) {
            let is_last = number as usize == cuts.len() + 1;
            said = bench.feed(if is_last {
                last(number, text)
            } else {
                part(number, text)
            });
        }
        assert_eq!(said, if whole { "KEEP" } else { "ACK" }, "{cuts:?}");
    }
}

#[test]
fn an_urgent_host_answers_with_eot_when_the_profile_says_so() {
    let mut bench = Bench::in_session_with(Dialect {
        interrupt: true,
        ..Dialect::computer()
    });
    assert_eq!(bench.submit("H|\\^&\rL|1\r"), "");
    assert_eq!(bench.feed(last(1, HEADER)), "EOT");
    assert_eq!(
        bench.feed(last(2, TERMINATOR)),
        "KEEP",
        "the sender may go on"
    );
    assert_eq!(bench.store(), "ACK");
    bench.feed(b"\x04");
    assert_eq!(bench.wait(200), "ENQ");
}

#[test]
fn a_storm_of_half_open_sessions_leaves_nothing_behind() {
    let mut bench = Bench::computer();
    for round in 0..1_000 {
        assert_eq!(bench.feed(b"\x05"), "ACK");
        assert_eq!(bench.feed(last(1, HEADER)), "ACK");
        bench.feed(&last(2, TERMINATOR)[..round % 11]);
        let ended = bench.wait(5_000) + &bench.feed(b"\x04");
        assert!(ended.is_empty() || ended == "NAK", "{ended}");
    }
    assert!(bench.kept.is_empty() && bench.link.is_neutral());
    assert_eq!(bench.counters().incomplete_dropped, 1_000);
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(bench.feed(message(1)), "KEEP");
}
