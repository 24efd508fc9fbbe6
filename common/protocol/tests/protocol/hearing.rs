//! Whether the sender has shown that it heard our last ACK: only then has it no reason to repeat anything.

use lisiere_protocol::Notice;
use lisiere_protocol::lis1a::{Dialect, TerminatorPolicy};

use crate::support::{Bench, HEADER, TERMINATOR, last, message};

/// How often the sender has shown it.
fn heard(bench: &Bench) -> usize {
    let told = bench.notices.iter();
    told.filter(|notice| **notice == Notice::AnswersHeard)
        .count()
}

fn answered() -> Bench {
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    bench
}

#[test]
fn a_session_ended_at_once_shows_that_the_ack_was_heard() {
    let mut bench = answered();
    bench.wait(2000);
    assert_eq!(heard(&bench), 0, "not before the end");
    bench.feed(b"\x04");
    assert_eq!(heard(&bench), 1);
}

#[test]
fn a_session_ended_late_or_by_silence_shows_nothing() {
    let mut bench = answered();
    bench.wait(2001);
    bench.feed(b"\x04");
    assert_eq!(heard(&bench), 0, "the sender may have waited in vain");
    let mut bench = answered();
    bench.wait(40_000);
    assert!(bench.link.is_neutral());
    assert_eq!(heard(&bench), 0);
}

#[test]
fn a_sender_that_goes_on_is_judged_by_its_last_message() {
    let mut bench = answered();
    bench.wait(10_000);
    assert_eq!(bench.feed(message(2)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(heard(&bench), 0, "not in the middle of a session");
    bench.feed(b"\x04");
    assert_eq!(heard(&bench), 1);
}

#[test]
fn a_session_broken_off_in_a_later_message_shows_nothing() {
    let mut bench = answered();
    assert_eq!(bench.feed(last(2, HEADER)), "ACK");
    bench.feed(b"\x04");
    assert_eq!(heard(&bench), 0, "it may be repeated whole");
    let mut bench = answered();
    assert_eq!(bench.feed(message(3)), "NAK");
    bench.feed(b"\x04");
    assert_eq!(heard(&bench), 0, "the last answer was a refusal");
}

#[test]
fn an_empty_session_shows_nothing_of_the_one_before() {
    let mut bench = answered();
    bench.wait(15_000);
    bench.feed(b"\x04");
    assert_eq!(bench.feed(b"\x05"), "ACK");
    bench.feed(b"\x04");
    assert_eq!(heard(&bench), 0);
}

#[test]
fn a_slow_answer_and_the_senders_timeout_are_not_confused() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(message(1)), "KEEP");
    bench.wait(13_900);
    assert_eq!(bench.store(), "ACK");
    bench.wait(1100);
    bench.feed(b"\x04");
    assert_eq!(heard(&bench), 0, "15 s after the frame");
}

#[test]
fn a_session_given_up_before_the_answer_shows_nothing() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(message(1)), "KEEP");
    bench.wait(5000);
    bench.feed(b"\x04");
    assert_eq!(bench.store(), "");
    assert_eq!(heard(&bench), 0);
    // A verdict after the refusal for lateness: no ACK was ever given.
    let mut bench = Bench::in_session();
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.wait(14_000), "NAK");
    assert_eq!(bench.store(), "");
    bench.feed(b"\x04");
    assert_eq!(heard(&bench), 0);
}

#[test]
fn a_frame_answered_to_its_last_try_shows_nothing() {
    for (repeats, shown) in [(1, 1), (4, 1), (5, 0)] {
        let mut bench = answered();
        for _ in 0..repeats {
            assert_eq!(bench.feed(message(1)), "ACK");
        }
        bench.feed(b"\x04");
        assert_eq!(heard(&bench), shown, "after {repeats} repetitions");
    }
}

#[test]
fn senders_that_never_wait_or_never_end_a_session_are_known_by_their_haste() {
    let mut bench = Bench::computer();
    let whole = [&b"\x05"[..], &message(1), b"\x04"].concat();
    bench.feed(whole);
    bench.wait(100);
    bench.store();
    assert_eq!(heard(&bench), 1);
    let mut bench = answered();
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(heard(&bench), 1);
}

#[test]
fn a_message_kept_at_the_end_of_the_session_counts_when_it_is_stored() {
    let dialect = Dialect {
        terminator: TerminatorPolicy::RecordOrSessionEnd,
        ..Dialect::computer()
    };
    for (pause, shown) in [(100, 1), (15_000, 0)] {
        let mut bench = Bench::in_session_with(dialect.clone());
        assert_eq!(bench.feed(last(1, HEADER)), "ACK");
        bench.wait(pause);
        assert_eq!(bench.feed(b"\x04"), "KEEP");
        assert_eq!(heard(&bench), 0);
        bench.store();
        assert_eq!(heard(&bench), shown);
    }
    let mut bench = Bench::in_session_with(dialect);
    assert_eq!(bench.feed(last(1, HEADER)), "ACK");
    assert_eq!(bench.feed(last(2, TERMINATOR)), "KEEP");
    bench.store();
    bench.feed(b"\x04");
    assert_eq!(heard(&bench), 1);
}
