//! Both sides ask for the line at once (LIS01-A2 §6.2.7).

use lisiere_protocol::lis1a::Dialect;

use crate::support::{Bench, HEADER, TERMINATOR, message};

fn contended(dialect: Dialect) -> Bench {
    let mut bench = Bench::new(dialect);
    assert_eq!(bench.submit(&format!("{HEADER}{TERMINATOR}")), "ENQ");
    assert_eq!(bench.feed(b"\x05"), "");
    assert_eq!(bench.counters().contentions, 1);
    bench
}

#[test]
fn the_instrument_asks_again_after_a_second() {
    let mut bench = contended(Dialect::instrument());
    assert_eq!(bench.wait(999), "");
    assert_eq!(bench.wait(1), "ENQ");
    assert_eq!(bench.feed(b"\x06"), "F1");
}

#[test]
fn the_computer_gives_way_and_answers_the_next_enquiry() {
    let mut bench = contended(Dialect::computer());
    assert_eq!(bench.wait(1_000), "");
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(
        bench.wait(25_000),
        "",
        "no enquiry inside the other's session"
    );
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.feed(b"\x04"), "");
    assert_eq!(bench.wait(199), "");
    assert_eq!(bench.wait(1), "ENQ");
}

#[test]
fn the_computer_takes_the_line_when_the_instrument_stays_silent() {
    let mut bench = contended(Dialect::computer());
    assert_eq!(bench.wait(19_999), "");
    assert_eq!(bench.wait(1), "ENQ");
}

#[test]
fn a_loser_that_answers_nak_means_not_now() {
    let mut bench = Bench::new(Dialect::instrument());
    bench.submit(&format!("{HEADER}{TERMINATOR}"));
    assert_eq!(bench.feed(b"\x15"), "");
    assert_eq!(bench.wait(10_000), "ENQ");
}

#[test]
fn two_instruments_on_one_line_do_not_contend_for_ever() {
    let mut dialect = Dialect::instrument();
    dialect.retries.message = 1;
    let mut bench = contended(dialect);
    for _ in 0..4 {
        assert_eq!(bench.wait(1_000), "ENQ");
        assert_eq!(bench.feed(b"\x05"), "");
    }
    assert_eq!(bench.wait(1_000), "ENQ");
    assert_eq!(bench.feed(b"\x05"), "ABORTED(Contention)");
}

#[test]
fn a_message_submitted_inside_the_others_session_waits() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.submit(&format!("{HEADER}{TERMINATOR}")), "");
    assert_eq!(bench.feed(message(1)), "KEEP");
    assert_eq!(bench.wait(1_000), "");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.feed(b"\x04"), "");
    assert_eq!(bench.wait(200), "ENQ");
    assert!(!bench.link.is_neutral());
}

#[test]
fn an_enquiry_while_we_wait_after_busy_is_answered() {
    let mut bench = Bench::computer();
    bench.submit(&format!("{HEADER}{TERMINATOR}"));
    assert_eq!(bench.feed(b"\x15"), "");
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(bench.link.pending(), 1);
}
