//! The sender's state table, row by row.

use lisiere_protocol::lis1a::{Dialect, Framing, SubmitError};
use lisiere_protocol::{Engine, Tick};

use crate::support::{Bench, HEADER, TERMINATOR, last, message, part};

fn text() -> String {
    format!("{HEADER}{TERMINATOR}")
}

fn enquiring() -> Bench {
    enquiring_with(Dialect::instrument())
}

fn enquiring_with(dialect: Dialect) -> Bench {
    let mut bench = Bench::new(dialect);
    assert_eq!(bench.submit(&text()), "ENQ");
    bench
}

fn sending() -> Bench {
    let mut bench = enquiring();
    assert_eq!(bench.feed(b"\x06"), "F1");
    bench
}

fn impatient() -> Dialect {
    let mut dialect = Dialect::instrument();
    dialect.retries.message = 1;
    dialect
}

#[test]
fn a_message_goes_out_frame_by_frame() {
    let mut bench = sending();
    assert_eq!(bench.feed(b"\x06"), "F2");
    assert_eq!(bench.feed(b"\x06"), "SENT EOT");
    let expected = [
        &b"\x05"[..],
        &last(1, HEADER),
        &last(2, TERMINATOR),
        b"\x04",
    ]
    .concat();
    assert_eq!(bench.sent, expected);
    assert_eq!(bench.counters().messages_sent, 1);
    assert_eq!(bench.link.deadline(), None);
}

#[test]
fn frames_as_other_analyzers_cut_them() {
    let mut bench = enquiring_with(Dialect {
        framing: Framing::RecordsUntilEtx,
        ..Dialect::instrument()
    });
    assert_eq!(bench.feed(b"\x06"), "F1");
    assert!(bench.sent.ends_with(&part(1, HEADER)));
    let mut bench = enquiring_with(Dialect {
        framing: Framing::Filled,
        ..Dialect::instrument()
    });
    assert_eq!(bench.feed(b"\x06"), "F1");
    assert!(bench.sent.ends_with(&message(1)));
}

#[test]
fn frame_numbers_wrap() {
    let mut bench = Bench::new(Dialect::instrument());
    let records: String = (0..12).map(|n| format!("R|{n}\r")).collect();
    bench.submit(&format!("{HEADER}{records}{TERMINATOR}"));
    let said: Vec<String> = (0..14).map(|_| bench.feed(b"\x06")).collect();
    assert_eq!(said.join(" "), "F1 F2 F3 F4 F5 F6 F7 F0 F1 F2 F3 F4 F5 F6");
    assert_eq!(bench.feed(b"\x06"), "SENT EOT");
}

#[test]
fn busy_waits_ten_seconds_and_gives_up_after_six() {
    let mut bench = enquiring_with(impatient());
    for _ in 0..5 {
        assert_eq!(bench.feed(b"\x15"), "");
        assert_eq!(bench.wait(9_999), "");
        assert_eq!(bench.wait(1), "ENQ");
    }
    assert_eq!(bench.feed(b"\x15"), "ABORTED(Busy)");
    assert_eq!(bench.counters().busy_received, 6);
}

#[test]
fn busy_then_accepted() {
    let mut bench = enquiring();
    bench.feed(b"\x15");
    assert_eq!(bench.wait(10_000), "ENQ");
    assert_eq!(bench.feed(b"\x06"), "F1");
}

#[test]
fn an_unanswered_enquiry_ends_after_fifteen_seconds() {
    let mut bench = enquiring_with(impatient());
    assert_eq!(bench.feed(b"\x00x\x02"), "", "anything else is ignored");
    assert_eq!(bench.wait(14_999), "");
    assert_eq!(bench.wait(1), "EOT ABORTED(NoAnswer)");
}

#[test]
fn a_failed_message_is_repeated_in_full_and_then_given_back() {
    let mut dialect = Dialect::instrument();
    dialect.retries.message = 2;
    let mut bench = enquiring_with(dialect);
    assert_eq!(bench.feed(b"\x06"), "F1");
    assert_eq!(bench.feed(b"\x06"), "F2");
    assert_eq!(bench.wait(14_999), "");
    assert_eq!(bench.wait(1), "EOT");
    assert_eq!(bench.wait(9_999), "");
    assert_eq!(bench.wait(1), "ENQ");
    assert_eq!(bench.feed(b"\x06"), "F1", "from the start");
    assert_eq!(bench.wait(15_000), "EOT ABORTED(NoReply)");
    assert_eq!(
        (
            bench.counters().reply_timeouts,
            bench.counters().messages_aborted
        ),
        (2, 1)
    );
}

#[test]
fn a_refused_frame_is_sent_six_times() {
    let mut bench = enquiring_with(impatient());
    assert_eq!(bench.feed(b"\x06"), "F1");
    assert_eq!(bench.feed(b"\x06"), "F2");
    for _ in 0..5 {
        assert_eq!(bench.feed(b"\x15"), "F2");
    }
    assert_eq!(bench.feed(b"\x15"), "EOT ABORTED(Refused)");
    assert_eq!(
        (
            bench.counters().naks_received,
            bench.counters().frames_resent
        ),
        (6, 5)
    );
}

#[test]
fn refusals_are_counted_for_each_frame() {
    let mut bench = sending();
    for _ in 0..5 {
        assert_eq!(bench.feed(b"\x15"), "F1");
    }
    assert_eq!(bench.feed(b"\x06"), "F2");
    for _ in 0..5 {
        assert_eq!(bench.feed(b"\x15"), "F2");
    }
    assert_eq!(bench.feed(b"\x06"), "SENT EOT");
}

#[test]
fn any_other_character_counts_as_a_refusal_unless_the_answer_follows() {
    let mut bench = sending();
    assert_eq!(bench.feed(b"?"), "");
    assert_eq!(bench.wait(300), "F1");
    assert_eq!(bench.feed(b"?!"), "");
    assert_eq!(bench.feed(b"\x06"), "F2", "noise before the answer");
    assert_eq!(
        (
            bench.counters().garbled_replies,
            bench.counters().frames_resent
        ),
        (3, 1)
    );
}

#[test]
fn eot_in_place_of_ack_proves_nothing_unless_interrupts_are_agreed() {
    let mut bench = sending();
    assert_eq!(
        bench.feed(b"\x04"),
        "",
        "it may be the end of the other side's own attempt"
    );
    assert_eq!(bench.wait(300), "F1", "whoever has the frame answers ACK");
    assert_eq!(bench.feed(b"\x06"), "F2");
}

#[test]
fn eot_in_place_of_ack_interrupts_when_the_profile_says_so() {
    let mut bench = enquiring_with(Dialect {
        interrupt: true,
        ..Dialect::instrument()
    });
    bench.feed(b"\x06");
    assert_eq!(bench.feed(b"\x04"), "EOT");
    assert_eq!(
        bench.wait(14_999),
        "",
        "silent, so that the other side can ask"
    );
    assert_eq!(bench.wait(1), "ENQ");

    let mut bench = enquiring_with(Dialect {
        interrupt: true,
        ..Dialect::instrument()
    });
    bench.feed(b"\x06");
    assert_eq!(bench.feed(b"\x04"), "EOT");
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.feed(b"\x04"), "");
    assert_eq!(bench.wait(200), "ENQ", "the other side has had its session");
}

#[test]
fn eot_for_the_last_frame_does_not_interrupt() {
    let mut bench = enquiring_with(Dialect {
        interrupt: true,
        ..Dialect::instrument()
    });
    bench.feed(b"\x06");
    bench.feed(b"\x06");
    assert_eq!(bench.feed(b"\x04"), "SENT EOT");
}

#[test]
fn sessions_are_separated_by_a_pause() {
    let mut bench = enquiring();
    assert_eq!(bench.submit(&text()), "");
    bench.feed(b"\x06");
    bench.feed(b"\x06");
    assert_eq!(bench.feed(b"\x06"), "SENT EOT");
    assert_eq!(bench.wait(199), "");
    assert_eq!(bench.wait(1), "ENQ");
}

#[test]
fn several_messages_may_share_a_session() {
    let mut bench = enquiring_with(Dialect {
        chain_messages: true,
        ..Dialect::instrument()
    });
    bench.submit(&text());
    bench.feed(b"\x06");
    bench.feed(b"\x06");
    assert_eq!(bench.feed(b"\x06"), "SENT F3");
    assert_eq!(bench.feed(b"\x06"), "F4");
    assert_eq!(bench.feed(b"\x06"), "SENT EOT");
}

#[test]
fn an_answer_before_the_frame_is_out_belongs_to_an_earlier_frame() {
    let mut bench = Bench::new(Dialect {
        line_rate: Some(960),
        ..Dialect::instrument()
    });
    bench.submit(&text());
    assert_eq!(
        bench.feed(b"\x06\x06"),
        "F1",
        "the enquiry was answered twice"
    );
    assert_eq!(bench.counters().early_replies, 1);
    assert_eq!(bench.wait(20), "");
    assert_eq!(bench.feed(b"\x06"), "F2");
}

#[test]
fn the_reply_time_begins_with_the_last_byte() {
    let mut dialect = impatient();
    dialect.line_rate = Some(10);
    let mut bench = enquiring_with(dialect);
    bench.feed(b"\x06");
    let transmission = 100 * last(1, HEADER).len() as u64;
    assert_eq!(bench.wait(14_999 + transmission), "");
    assert_eq!(bench.wait(1), "EOT ABORTED(NoReply)");
}

#[test]
fn what_the_link_uses_for_itself_cannot_be_submitted() {
    let mut bench = Bench::new(Dialect::instrument());
    let submit =
        |bench: &mut Bench, text: &[u8]| bench.link.submit(Tick(0), text.to_vec()).unwrap_err();
    assert_eq!(submit(&mut bench, b""), SubmitError::Empty);
    assert_eq!(
        submit(&mut bench, b"H|\x03"),
        SubmitError::Forbidden { at: 2, byte: 3 }
    );
    assert_eq!(
        submit(&mut bench, b"H|\n"),
        SubmitError::Forbidden { at: 2, byte: 10 }
    );
}

#[test]
fn a_message_can_be_taken_back_until_it_is_begun() {
    let mut bench = enquiring();
    let first = bench.link.submit(Tick(0), b"H|\r".to_vec()).unwrap();
    assert!(bench.link.withdraw(first));
    assert!(!bench.link.withdraw(first));
    assert_eq!(bench.link.pending(), 1);
}

#[test]
fn bytes_of_every_kind_survive() {
    let mut dialect = Dialect::instrument();
    dialect.limits.text_sent = 5;
    let mut bench = Bench::new(dialect);
    let text: Vec<u8> = [
        b"H|\\^&\r".to_vec(),
        (0x20..0x7F).collect(),
        (0x80..0xFF).collect(),
        b"\r".to_vec(),
    ]
    .concat();
    bench.link.submit(Tick(0), text.clone()).unwrap();
    let mut receiver = Bench::in_session();
    bench.words();
    let mut said = bench.feed(b"\x06");
    bench.sent.clear();
    while said.starts_with('F') {
        said = bench.feed(b"\x06");
        receiver.feed(std::mem::take(&mut bench.sent));
    }
    assert_eq!(said, "SENT EOT");
}
