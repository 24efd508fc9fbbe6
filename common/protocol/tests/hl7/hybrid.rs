//! The hybrid protocol: count, checksum, and the one-block answer to a damaged block.

use lisiere_protocol::lis1a::ChecksumPolicy;
use lisiere_protocol::mllp::hybrid::{Fault, refusal, seal};
use lisiere_protocol::mllp::{MllpDialect, block};
use lisiere_protocol::{Link, LinkKind, LinkSettings, SubmitError};

use crate::support::{Bench, order, result};

fn bench() -> Bench {
    Bench::new(MllpDialect::hybrid())
}

fn sealed(id: &str) -> Vec<u8> {
    seal(result(id).as_bytes()).unwrap()
}

#[test]
fn a_good_block_is_kept_and_answered_in_kind() {
    let mut bench = bench();
    let bytes = sealed("1");
    assert_eq!(bench.feed(&bytes), "KEEP");
    assert_eq!(bench.last_text(), result("1"));
    assert_eq!(bench.kept[0].bytes, bytes);
    assert_eq!(bench.store(), "hAA:1");
    assert_eq!(bench.counters().checksum_errors, 0);
}

#[test]
fn a_damaged_block_is_refused_and_taken_when_it_comes_again() {
    let mut bench = bench();
    let good = sealed("1");
    let mut flipped = good.clone();
    flipped[40] ^= 4;
    assert_eq!(bench.feed(&flipped), "NX");
    let mut shorter = good.clone();
    shorter.remove(40);
    assert_eq!(bench.feed(&shorter), "NC");
    assert_eq!(bench.counters().checksum_errors, 2);
    assert_eq!(bench.feed(&good), "KEEP");
    assert_eq!(bench.store(), "hAA:1");
    assert!(bench.kept.len() == 1);
}

#[test]
fn a_block_without_the_shape_is_refused_unless_the_profile_lets_it_pass() {
    let plain = block(result("1").as_bytes());
    assert_eq!(bench().feed(&plain), "NG");
    let mut lenient = Bench::new(MllpDialect {
        checksum: ChecksumPolicy::Optional,
        ..MllpDialect::hybrid()
    });
    assert_eq!(lenient.feed(&plain), "KEEP");
    assert_eq!(lenient.store(), "AA:1");
}

#[test]
fn a_plain_link_knows_a_hybrid_block() {
    let mut bench = Bench::usual();
    assert_eq!(bench.feed(sealed("1")), "KEEP");
    assert_eq!(bench.last_text(), result("1"));
    assert_eq!(bench.store(), "hAA:1");
    assert_eq!(bench.counters().hybrid_blocks, 1);
    let mut damaged = sealed("2");
    damaged[40] ^= 4;
    assert_eq!(bench.feed(&damaged), "NX");
}

#[test]
fn a_wrong_checksum_passes_only_when_nobody_looks() {
    let mut bench = Bench::new(MllpDialect {
        checksum: ChecksumPolicy::None,
        ..MllpDialect::hybrid()
    });
    let mut damaged = sealed("1");
    damaged[40] ^= 4;
    assert_eq!(bench.feed(&damaged), "KEEP");
    assert_eq!(bench.counters().checksum_ignored, 1);
}

#[test]
fn an_error_of_the_line_is_a_damaged_block() {
    let mut bench = bench();
    let bytes = sealed("1");
    bench.feed(&bytes[..20]);
    bench.link.line_error();
    assert_eq!(bench.feed(&bytes[20..]), "NG");
    assert_eq!(bench.feed(&bytes), "KEEP");
}

#[test]
fn a_block_that_is_too_large_is_refused_as_such() {
    let mut bench = Bench::new(MllpDialect {
        limits: lisiere_protocol::mllp::Limits {
            block: 100,
            waiting: 100,
        },
        ..MllpDialect::hybrid()
    });
    assert_eq!(bench.feed(sealed("1")), "NB");
    assert_eq!(bench.counters().too_long_refused, 1);
}

#[test]
fn a_refused_block_of_ours_goes_out_again_at_once() {
    let mut bench = bench();
    assert_eq!(bench.submit(&order("1")), "hOML:1");
    for _ in 0..5 {
        assert_eq!(bench.feed(refusal(Fault::Shape)), "hOML:1");
    }
    assert_eq!(bench.feed(refusal(Fault::Shape)), "ABORTED(Refused)");
    assert_eq!(bench.counters().naks_received, 6);
    // A refusal of nothing is no reason to send anything.
    assert_eq!(bench.feed(refusal(Fault::Shape)), "");
    assert_eq!(bench.counters().early_replies, 1);
}

#[test]
fn what_a_count_of_five_digits_cannot_tell_is_not_sent() {
    let mut bench = bench();
    let large = format!("{}NTE|1||{}\r", order("1"), "x".repeat(100_000));
    assert!(matches!(
        bench.try_submit(&large),
        Err(SubmitError::TooLong { .. })
    ));
}

#[test]
fn settings_open_both_kinds_and_name_what_means_nothing() {
    let mut settings = LinkSettings::standard(LinkKind::Hllp);
    settings.checksum = Some(ChecksumPolicy::Optional);
    settings.reply_ms = Some(12_000);
    assert_eq!(settings.mistakes(), []);
    let dialect = settings.mllp();
    assert_eq!(dialect.checksum, ChecksumPolicy::Optional);
    assert_eq!(dialect.timers.reply.as_secs(), 12);

    settings.kind = LinkKind::Mllp;
    settings.interrupt = Some(true);
    let mistakes: Vec<_> = settings
        .mistakes()
        .iter()
        .map(|mistake| mistake.key)
        .collect();
    assert_eq!(mistakes, ["checksum", "interrupt"]);

    for kind in [LinkKind::Mllp, LinkKind::Hllp] {
        let settings = LinkSettings::standard(kind);
        let mut link = settings.open(lisiere_protocol::link::Role::Computer, None);
        assert!(
            link.submit(lisiere_protocol::Tick(0), order("1").into_bytes())
                .is_ok()
        );
        let sent = link.next();
        let hybrid = matches!(&sent, Some(lisiere_protocol::Output::Send(bytes)) if bytes.starts_with(b"\x0BD21\r"));
        assert_eq!(hybrid, kind == LinkKind::Hllp);
    }
}
