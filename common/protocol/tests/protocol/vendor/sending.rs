//! Sending blocks: as an analyzer does in tests and simulations, and as a host that answers one.

use lisiere_protocol::link::Role;
use lisiere_protocol::{LinkKind, LinkSettings, SubmitError, Tick};

use super::bench::Bench;

fn sender(kind: LinkKind, role: Role) -> Bench {
    let mut settings = LinkSettings::standard(kind);
    if kind == LinkKind::Abx {
        settings.acknowledge = Some(true);
    }
    Bench::with_role(&settings, role)
}

#[test]
fn a_session_is_asked_for_and_ended() {
    let mut bench = sender(LinkKind::Bci, Role::Instrument);
    assert_eq!(bench.submit(b"\x1emtrsl|"), "ENQ");
    assert_eq!(bench.feed(b"\x06"), "BLOCK");
    assert_eq!(bench.feed(b"\x06"), "SENT EOT");
    assert_eq!(bench.sent, b"\x05\x02\x1emtrsl|\x1de9\x03\x04");
    assert_eq!(bench.link.pending(), 0);
}

#[test]
fn without_sessions_the_block_goes_out_at_once() {
    let mut bench = sender(LinkKind::Kx, Role::Instrument);
    assert_eq!(bench.submit(b"D1U"), "BLOCK");
    assert_eq!(bench.feed(b"\x06"), "SENT");
    assert_eq!(bench.sent, b"\x02D1U\x03");
    let mut bench = sender(LinkKind::Abx, Role::Instrument);
    assert_eq!(bench.submit(b"RESULT\r"), "SOH BLOCK");
    assert_eq!(bench.feed(b"\x06"), "SENT EOT");
}

#[test]
fn six_refusals_end_an_attempt_and_three_attempts_the_message() {
    let mut bench = sender(LinkKind::Kx, Role::Instrument);
    assert_eq!(bench.submit(b"D1U"), "BLOCK");
    for attempt in 1..=3 {
        for _ in 0..5 {
            assert_eq!(bench.feed(b"\x15"), "BLOCK");
        }
        let end = bench.feed(b"\x15");
        if attempt < 3 {
            assert_eq!(end, "");
            assert_eq!(bench.wait(10_000), "BLOCK");
        } else {
            assert_eq!(end, "ABORTED(Refused)");
        }
    }
    assert_eq!(bench.counters().naks_received, 18);
}

#[test]
fn silence_after_a_block_and_after_an_enquiry() {
    let mut bench = sender(LinkKind::Au, Role::Instrument);
    assert_eq!(bench.submit(b"D 0001"), "BLOCK");
    assert_eq!(bench.wait(14_999), "");
    assert_eq!(bench.wait(1), "");
    assert_eq!(bench.counters().reply_timeouts, 1);
    assert_eq!(bench.wait(10_000), "BLOCK");
    assert_eq!(bench.feed(b"\x06"), "SENT");
    let mut bench = sender(LinkKind::Bci, Role::Instrument);
    assert_eq!(bench.submit(b"\x1emtrsl|"), "ENQ");
    assert_eq!(bench.wait(15_000), "EOT");
    assert_eq!(bench.wait(10_000), "ENQ");
}

/// An EOT or a stray byte in place of the answer proves nothing: the answer is waited for.
#[test]
fn what_is_no_answer_is_counted_and_the_answer_awaited() {
    let mut bench = sender(LinkKind::Au, Role::Instrument);
    assert_eq!(bench.submit(b"D 0001"), "BLOCK");
    assert_eq!(bench.feed(b"\x04\x00x"), "");
    assert_eq!(bench.counters().garbled_replies, 3);
    assert_eq!(bench.feed(b"\x06"), "SENT");
}

#[test]
fn busy_then_ready() {
    let mut bench = sender(LinkKind::Bci, Role::Instrument);
    assert_eq!(bench.submit(b"\x1emtrsl|"), "ENQ");
    assert_eq!(bench.feed(b"\x15"), "");
    assert_eq!(bench.wait(9_999), "");
    assert_eq!(bench.wait(1), "ENQ");
    assert_eq!(bench.feed(b"\x06"), "BLOCK");
    assert_eq!(bench.counters().busy_received, 1);
}

#[test]
fn an_enquiry_against_an_enquiry() {
    let mut analyzer = sender(LinkKind::Bci, Role::Instrument);
    analyzer.submit(b"\x1emtrsl|");
    assert_eq!(analyzer.feed(b"\x05"), "");
    assert_eq!(analyzer.wait(1_000), "ENQ");
    let mut host = sender(LinkKind::Bci, Role::Computer);
    host.submit(b"\x1emtmpr|");
    assert_eq!(host.feed(b"\x05"), "", "the analyzer wins");
    assert_eq!(host.feed(b"\x05"), "ACK");
    assert_eq!(host.feed(b"\x04"), "");
    assert_eq!(host.wait(200), "ENQ");
}

#[test]
fn blocks_that_meet_the_analyzers_is_heard_and_ours_sent_again() {
    let mut host = sender(LinkKind::Au, Role::Computer);
    assert_eq!(host.submit(b"S 0001"), "BLOCK");
    // The analyzer was sending too, and has not heard ours.
    let block = lisiere_protocol::block::format::encode(
        b"D 0001",
        true,
        lisiere_protocol::block::Check::Bcc,
    );
    assert_eq!(host.feed(&block), "KEEP");
    assert_eq!(host.store(), "ACK");
    assert_eq!(host.wait(15_000), "");
    assert_eq!(host.wait(10_000), "BLOCK");
    assert_eq!(host.feed(b"\x06"), "SENT");
}

#[test]
fn a_host_answers_after_the_analyzers_block() {
    let mut host = sender(LinkKind::Au, Role::Computer);
    let block = lisiere_protocol::block::format::encode(
        b"R 000101",
        true,
        lisiere_protocol::block::Check::Bcc,
    );
    assert_eq!(host.feed(&block), "KEEP");
    assert_eq!(
        host.submit(b"S 000101 E"),
        "",
        "not before the answer to the question"
    );
    assert_eq!(host.store(), "ACK");
    assert_eq!(host.wait(200), "BLOCK");
    assert_eq!(host.feed(b"\x06"), "SENT");
}

#[test]
fn long_texts_are_cut_where_the_language_has_parts() {
    let mut settings = LinkSettings::standard(LinkKind::Au);
    settings.max_text = Some(4);
    let mut bench = Bench::with_role(&settings, Role::Instrument);
    assert_eq!(bench.submit(b"aaaabbbbcc"), "BLOCK");
    assert_eq!(bench.feed(b"\x06"), "BLOCK");
    assert_eq!(bench.feed(b"\x06"), "BLOCK");
    assert_eq!(bench.feed(b"\x06"), "SENT");
    let sent = &bench.sent;
    let blocks = lisiere_protocol::block::find_blocks(sent, lisiere_protocol::block::Check::Bcc);
    let ends: Vec<_> = blocks.iter().map(|block| sent[block.text.end]).collect();
    assert_eq!(ends, [0x17, 0x17, 0x03]);
}

#[test]
fn what_cannot_be_sent_is_said() {
    let mut bench = sender(LinkKind::Bci, Role::Instrument);
    let mut submit = |text: &[u8]| bench.link.submit(Tick(0), text.to_vec()).unwrap_err();
    assert_eq!(submit(b""), SubmitError::Empty);
    assert_eq!(
        submit(b"a\x1d"),
        SubmitError::Forbidden { at: 1, byte: 0x1d }
    );
    assert_eq!(submit(b"\x03"), SubmitError::Forbidden { at: 0, byte: 3 });
    let mut bench = Bench::of(LinkKind::ListenText);
    assert_eq!(
        bench.link.submit(Tick(0), b"x".to_vec()).unwrap_err(),
        SubmitError::ListenOnly
    );
}

#[test]
fn a_message_not_begun_can_be_taken_back() {
    let mut bench = sender(LinkKind::Bci, Role::Instrument);
    let first = bench.link.submit(Tick(0), b"\x1ea1|".to_vec()).unwrap();
    let second = bench.link.submit(Tick(0), b"\x1ea2|".to_vec()).unwrap();
    assert!(!bench.link.withdraw(first), "its enquiry is out");
    assert!(bench.link.withdraw(second));
    assert_eq!(bench.link.pending(), 1);
}
