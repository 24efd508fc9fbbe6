//! The journal's word: in time, refused, late, and what comes over the line meanwhile.

use lisiere_protocol::lis1a::{Dialect, TerminatorPolicy};
use lisiere_protocol::{Engine, Notice, Tick, Token, Verdict};

use crate::support::{Bench, HEADER, TERMINATOR, last, message};

fn waiting() -> Bench {
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(message(1)), "KEEP");
    bench
}

#[test]
fn a_refused_message_is_repeated_and_kept_again() {
    let mut bench = waiting();
    assert_eq!(bench.refuse(), "NAK");
    assert!(bench.notices.contains(&Notice::MessageRefused {
        reason: "disk full".into()
    }));
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    let counters = bench.counters();
    assert_eq!(
        (counters.messages_refused, counters.messages_stored),
        (1, 1)
    );
}

#[test]
fn only_the_frame_is_refused_not_what_was_accepted_before() {
    let mut bench = Bench::in_session();
    bench.feed(last(1, HEADER));
    assert_eq!(bench.feed(last(2, TERMINATOR)), "KEEP");
    assert_eq!(bench.refuse(), "NAK");
    assert_eq!(bench.feed(last(2, TERMINATOR)), "KEEP");
    assert_eq!(bench.last_text(), format!("{HEADER}{TERMINATOR}"));
}

#[test]
fn a_slow_journal_makes_the_sender_repeat_without_keeping_twice() {
    let mut bench = waiting();
    assert_eq!(bench.wait(13_999), "");
    assert_eq!(bench.wait(1), "NAK");
    assert_eq!(
        bench.feed(message(1)),
        "",
        "the same verdict is still awaited"
    );
    assert_eq!(bench.store(), "ACK");
    assert_eq!(
        (bench.kept.len(), bench.counters().verdict_timeouts),
        (1, 1)
    );
}

#[test]
fn a_verdict_between_refusal_and_repetition_is_not_answered_by_itself() {
    let mut bench = waiting();
    assert_eq!(bench.wait(14_000), "NAK");
    assert_eq!(bench.store(), "");
    assert_eq!(bench.feed(message(1)), "ACK");
    assert_eq!((bench.kept.len(), bench.counters().late_verdicts), (1, 1));
}

#[test]
fn a_late_refusal_leaves_the_frame_to_be_kept_again() {
    let mut bench = waiting();
    bench.wait(14_000);
    assert_eq!(bench.refuse(), "");
    assert_eq!(bench.feed(message(1)), "KEEP");
}

#[test]
fn while_the_verdict_is_out_nothing_else_is_accepted() {
    let mut bench = waiting();
    bench.wait(14_000);
    let other = last(1, format!("{HEADER}P|9\r{TERMINATOR}"));
    assert_eq!(bench.feed(other), "NAK");
    assert_eq!(bench.feed(b"\x04"), "");
    assert_eq!(bench.feed(b"\x05"), "NAK", "busy");
    assert_eq!(bench.store(), "");
    assert_eq!(bench.feed(b"\x05"), "ACK");
}

#[test]
fn an_answer_that_would_come_after_the_limit_is_not_given() {
    let mut bench = waiting();
    // The driver itself was held up: it comes back after the sender has aborted.
    bench.now += 16_000;
    assert_eq!(bench.store(), "", "neither ACK nor NAK");
    assert_eq!(bench.feed(b"\x04\x05"), "ACK");
}

#[test]
fn a_sender_that_gave_up_gets_no_late_answer() {
    let mut bench = waiting();
    bench.now += 5_000;
    assert_eq!(bench.feed(b"\x04"), "");
    assert_eq!(bench.feed(b"\x05"), "", "held until the journal has spoken");
    assert_eq!(bench.store(), "ACK", "one answer, to the enquiry");
    assert_eq!(
        bench.feed(message(1)),
        "KEEP",
        "the whole message again; the journal knows it"
    );
    assert_eq!(bench.kept[0].text, bench.kept[1].text);
}

#[test]
fn an_impatient_repetition_gets_one_answer() {
    let mut bench = waiting();
    assert_eq!(bench.feed(message(1)), "");
    assert_eq!(bench.feed(message(1)), "");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.kept.len(), 1);
}

#[test]
fn a_repetition_under_way_is_answered_at_its_end() {
    let mut bench = waiting();
    let frame = message(1);
    bench.feed(&frame[..8]);
    assert_eq!(
        bench.store(),
        "",
        "an answer inside the frame would not be heard"
    );
    assert_eq!(bench.feed(&frame[8..]), "ACK");
    assert_eq!(bench.kept.len(), 1);
}

#[test]
fn noise_while_waiting_does_not_cost_the_answer() {
    let mut bench = waiting();
    assert_eq!(bench.feed(b"\x00~"), "");
    assert_eq!(bench.store(), "ACK");
}

#[test]
fn noise_that_looks_like_an_enquiry_does_not_turn_a_refusal_into_an_ack() {
    let mut bench = waiting();
    assert_eq!(bench.feed(b"\x05"), "");
    assert_eq!(
        bench.refuse(),
        "NAK",
        "busy for an enquiry, refused for a frame"
    );
    assert_eq!(bench.feed(b"\x05"), "ACK");
}

#[test]
fn two_sessions_in_one_read_are_both_kept() {
    let mut bench = Bench::computer();
    let mut second = last(1, format!("{HEADER}P|2\r{TERMINATOR}"));
    second.push(4);
    let read = [&b"\x05"[..], &message(1), b"\x04\x05", &second].concat();
    assert_eq!(bench.feed(read), "ACK KEEP");
    assert_eq!(bench.store(), "KEEP");
    assert_eq!(bench.store(), "");
    assert_eq!(
        bench.kept[1].text,
        format!("{HEADER}P|2\r{TERMINATOR}").as_bytes()
    );
    assert!(bench.link.is_neutral());
}

#[test]
fn a_frame_without_trailer_glued_to_the_next_session() {
    let mut bench = Bench::computer();
    let frame = message(1);
    let bare = &frame[..frame.len() - 2];
    let read = [&b"\x05"[..], bare, b"\x05", bare, b"\x05"].concat();
    assert_eq!(bench.feed(read), "ACK KEEP");
    assert_eq!(bench.store(), "KEEP");
    assert_eq!(bench.store(), "ACK", "only the last enquiry");
}

#[test]
fn verdicts_for_nothing_known_are_counted() {
    let mut bench = Bench::computer();
    bench.link.confirm(Tick(0), Token(99), Verdict::Stored);
    assert_eq!(bench.words(), "");
    assert_eq!(bench.counters().late_verdicts, 1);
}

#[test]
fn the_session_goes_on_after_the_verdict() {
    let mut bench = Bench::in_session_with(Dialect::computer());
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.feed(message(2)), "", "a sender that does not wait");
    assert_eq!(
        bench.store(),
        "KEEP",
        "no ACK that frame 2 could be paired with"
    );
    assert_eq!(bench.store(), "ACK");
}

#[test]
fn after_a_power_cut_between_store_and_ack_the_repeat_is_recognisable() {
    let mut before = Bench::in_session();
    assert_eq!(before.feed(message(1)), "KEEP");
    // Power cut: the message is on disk, the ACK never left, and the engine starts anew.
    let mut after = Bench::computer();
    assert_eq!(
        after.feed(message(1)),
        "",
        "the rest of a session that no longer exists"
    );
    assert_eq!(after.feed(b"\x04\x05"), "ACK");
    let mut again = message(1);
    again.truncate(again.len() - 1);
    assert_eq!(after.feed(again), "");
    assert_eq!(after.wait(150), "KEEP");
    assert_eq!(
        after.kept[0].text, before.kept[0].text,
        "the text tells, whatever became of the trailer"
    );
    assert_ne!(after.kept[0].bytes, before.kept[0].bytes);
}

/// A message whose end only the end of the session showed: all of it is acknowledged, so nobody sends it again.
fn ended(silence: bool) -> Bench {
    let mut bench = Bench::in_session_with(Dialect {
        terminator: TerminatorPolicy::RecordOrSessionEnd,
        ..Dialect::computer()
    });
    assert_eq!(bench.feed(last(1, HEADER)), "ACK");
    let said = if silence {
        bench.wait(30_000)
    } else {
        bench.feed(b"\x04")
    };
    assert_eq!(said, "KEEP");
    bench
}

#[test]
fn what_is_acknowledged_already_is_offered_again_until_it_is_stored() {
    for silence in [false, true] {
        let mut bench = ended(silence);
        assert_eq!(bench.feed(b"\x05"), "", "held until the journal has spoken");
        assert_eq!(bench.refuse(), "NAK", "busy");
        for _ in 0..3 {
            assert!(!bench.link.is_neutral());
            assert_eq!(bench.wait(4_999), "");
            assert_eq!(bench.wait(1), "KEEP");
            assert_eq!(bench.last_text(), HEADER);
            assert_eq!(bench.feed(b"\x05"), "NAK", "busy");
            assert_eq!(bench.refuse(), "");
        }
        assert_eq!(bench.wait(5_000), "KEEP");
        assert_eq!(bench.store(), "");
        assert!(bench.link.is_neutral());
        assert_eq!(bench.feed(b"\x05"), "ACK");
        let mut first = bench.kept[0].clone();
        first.received = bench.kept[4].received;
        assert_eq!(bench.kept[4], first);
        let counters = bench.counters();
        assert_eq!((counters.offered_again, counters.messages_stored), (4, 1));
        assert_eq!((counters.messages_refused, counters.late_verdicts), (4, 0));
    }
}

#[test]
fn a_late_refusal_of_what_is_acknowledged_already_offers_it_again() {
    let mut bench = ended(false);
    assert_eq!(bench.wait(14_000), "");
    assert_eq!(bench.refuse(), "");
    assert_eq!(bench.feed(b"\x05"), "NAK", "busy");
    assert_eq!(bench.wait(5_000), "KEEP");
    assert_eq!(bench.last_text(), HEADER);
    assert_eq!(bench.store(), "");
    assert_eq!(bench.feed(b"\x05"), "ACK");
}

#[test]
fn what_its_sender_has_still_is_not_offered_again() {
    let mut bench = waiting();
    bench.wait(14_000);
    bench.feed(b"\x04");
    assert_eq!(bench.refuse(), "");
    assert_eq!(bench.wait(60_000), "");
    assert_eq!(bench.feed(b"\x05"), "ACK");
}
