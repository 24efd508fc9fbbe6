//! Whole blocks, several at once, cut anywhere, and sent again.

use lisiere_protocol::mllp::{Limits, MllpDialect, block};
use lisiere_protocol::{Completion, Engine, Link, Notice, Output, Tick};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{Bench, repeatable, result};

#[test]
fn two_messages_in_one_read_are_kept_one_after_the_other() {
    let mut bench = Bench::usual();
    let both = [block(result("1").as_bytes()), block(result("2").as_bytes())].concat();
    assert_eq!(bench.feed(&both), "KEEP");
    assert_eq!(bench.last_text(), result("1"));
    assert!(!bench.link.is_neutral());
    assert_eq!(bench.store(), "AA:1 KEEP");
    assert_eq!(bench.last_text(), result("2"));
    assert_eq!(bench.store(), "AA:2");
    assert!(bench.link.is_neutral());
}

#[test]
fn what_is_kept_is_what_came() {
    let mut bench = Bench::usual();
    let bytes = block(result("1").as_bytes());
    bench.now = 5;
    bench.feed(&bytes[..10]);
    bench.now = 9;
    bench.feed(&bytes[10..]);
    let kept = &bench.kept[0];
    assert_eq!(kept.bytes, bytes);
    assert_eq!(kept.completion, Completion::Terminated);
    assert_eq!((kept.session_start, kept.received), (Tick(5), Tick(9)));
    assert_eq!(kept.frames, 1);
}

#[test]
fn a_message_sent_again_is_answered_again_and_kept_once() {
    let mut bench = Bench::usual();
    let bytes = block(result("7").as_bytes());
    assert_eq!(bench.feed(&bytes), "KEEP");
    // The sender was impatient: one answer does for both.
    assert_eq!(bench.feed(&bytes), "");
    assert_eq!(bench.store(), "AA:7");
    // The answer was lost.
    bench.wait(60_000);
    assert_eq!(bench.feed(&bytes), "AA:7");
    assert_eq!(bench.kept.len(), 1);
    assert_eq!(bench.counters().duplicate_messages, 2);
    assert!(bench.notices.contains(&Notice::MessageRepeated));
    // Much later the same bytes are for the journal to judge.
    bench.wait(3_600_000);
    assert_eq!(bench.feed(&bytes), "KEEP");
}

#[test]
fn a_message_with_the_same_number_and_another_text_is_another_message() {
    let mut bench = Bench::usual();
    bench.feed(block(result("1").as_bytes()));
    bench.store();
    let other = result("1").replace("5.4", "6.4");
    assert_eq!(bench.feed(block(other.as_bytes())), "KEEP");
    assert_eq!(bench.store(), "AA:1");
    assert_eq!(bench.counters().duplicate_messages, 0);
}

/// An analyzer that asks every minute with the same number must learn of an order made in between.
#[test]
fn a_question_that_comes_again_is_asked_again_and_answered_anew() {
    let reply = |content: &str| {
        format!("MSH|^~\\&|Host||||||RSP^K11|R1|P|2.5.1\rMSA|AA|7\rQAK|Q|{content}\r")
    };
    let mut bench = Bench::usual();
    let bytes = block(result("7").as_bytes());
    for content in ["NF", "NF", "OK"] {
        assert_eq!(bench.feed(&bytes), "KEEP");
        assert_eq!(
            bench.feed(&bytes),
            "",
            "one answer does for an impatient one"
        );
        assert_eq!(bench.answer(&reply(content)), "AA:7");
        assert_eq!(bench.last_sent(), reply(content));
        bench.wait(60_000);
    }
}

#[test]
fn a_repetition_does_not_put_off_the_end_of_the_memory() {
    let mut bench = Bench::usual();
    let bytes = block(result("7").as_bytes());
    bench.feed(&bytes);
    bench.store();
    for _ in 0..5 {
        bench.wait(60_000);
        assert_eq!(bench.feed(&bytes), "AA:7");
    }
    bench.wait(60_000);
    assert_eq!(bench.feed(&bytes), "KEEP");
    assert_eq!(bench.store(), "AA:7");
}

#[test]
fn a_message_refused_is_kept_when_it_comes_again() {
    let mut bench = Bench::usual();
    let bytes = block(result("7").as_bytes());
    bench.feed(&bytes);
    assert_eq!(bench.refuse(), "AR:7");
    assert_eq!(bench.feed(&bytes), "KEEP");
    assert_eq!(bench.store(), "AA:7");
    assert_eq!(bench.counters().messages_refused, 1);
}

#[test]
fn a_large_image_passes_when_the_profile_allows_it() {
    let image = "QUJD".repeat(1_300_000);
    let text = format!("{}OBX|2|ED|IMG||^IM^PNG^Base64^{image}\r", result("7"));
    assert!(text.len() > 5_000_000);

    let mut bench = Bench::usual();
    assert_eq!(bench.feed(block(text.as_bytes())), "AR:7");
    assert!(bench.last_sent().contains("message too large"));
    assert_eq!(bench.counters().too_long_refused, 1);
    assert_eq!(bench.feed(block(result("8").as_bytes())), "KEEP");

    let mut bench = Bench::new(MllpDialect {
        limits: Limits {
            block: 8 << 20,
            waiting: 16 << 20,
        },
        ..MllpDialect::default()
    });
    let bytes = block(text.as_bytes());
    for chunk in bytes.chunks(1_460) {
        bench.link.receive(Tick(0), chunk);
    }
    assert_eq!(bench.words(), "KEEP");
    assert_eq!(bench.last_text(), text);
}

#[test]
fn a_flood_is_answered_busy_instead_of_filling_the_memory() {
    let mut bench = Bench::new(MllpDialect {
        limits: Limits {
            block: 1_000,
            waiting: 1_000,
        },
        ..MllpDialect::default()
    });
    let flood: Vec<u8> = (0..20)
        .flat_map(|id| block(result(&id.to_string()).as_bytes()))
        .collect();
    let said = bench.feed(&flood);
    assert!(said.starts_with("KEEP AR:"), "{said}");
    assert!(bench.counters().busy_answers >= 10);
}

/// The appliance lost power after storing and before answering: the message comes again over a new connection, with the
/// text by which the journal knows it.
#[test]
fn a_power_cut_between_storing_and_answering_loses_nothing() {
    let bytes = block(result("7").as_bytes());
    let mut before = Bench::usual();
    assert_eq!(before.feed(&bytes), "KEEP");
    drop(before.link);
    let mut after = Bench::usual();
    assert_eq!(after.feed(&bytes), "KEEP");
    assert_eq!(after.kept[0].text, before.kept[0].text);
    assert_eq!(after.store(), "AA:7");
}

#[test]
fn a_storm_of_half_connections_leaves_nothing_behind() {
    let bytes = block(result("7").as_bytes());
    for length in 0..bytes.len() - 2 {
        let mut bench = Bench::usual();
        assert_eq!(bench.feed(&bytes[..length]), "");
        assert!(bench.kept.is_empty());
    }
    // The same on one connection that never closes: every start begins anew.
    let mut bench = Bench::usual();
    for length in 1..bytes.len() - 2 {
        bench.feed(&bytes[..length]);
    }
    assert!(bench.kept.is_empty());
    assert_eq!(bench.feed(&bytes), "KEEP");
    assert_eq!(bench.store(), "AA:7");
}

/// Field pain 17: the ten thousandth message is like the first.
#[test]
fn acknowledged_is_stored_however_many_come() {
    let mut bench = Bench::usual();
    for id in 0..2_000 {
        let bytes = block(result(&id.to_string()).as_bytes());
        assert_eq!(bench.feed(&bytes), "KEEP");
        assert_eq!(bench.store(), format!("AA:{id}"));
    }
    let counters = bench.counters();
    assert_eq!(
        (counters.messages_stored, counters.acks_sent),
        (2_000, 2_000)
    );
}

/// What a link did, whatever the reads: everything it put out.
fn outputs(link: &mut impl Engine) -> Vec<Output> {
    std::iter::from_fn(|| link.next()).collect()
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => (0..5_u32).prop_map(|id| block(result(&id.to_string()).as_bytes())),
        1 => (0..5_u32).prop_map(|id| result(&id.to_string()).into_bytes()),
        1 => vec(any::<u8>(), 0..12),
        1 => prop::sample::select(vec![&b"\x0B"[..], b"\x1C", b"\x1C\r", b"\r\x1C\r", b"\x02\x02", b"\x1C\n", b"MSH|"])
            .prop_map(<[u8]>::to_vec),
        1 => (0..5_u32).prop_map(|id| lisiere_protocol::mllp::hybrid::seal(result(&id.to_string()).as_bytes()).unwrap()),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(repeatable(300))]

    #[test]
    fn where_reads_are_cut_does_not_matter(
        bytes in stream(),
        cuts in vec(1..40_usize, 1..20),
        bare_start in any::<bool>(),
        hybrid in any::<bool>(),
    ) {
        use lisiere_protocol::mllp::{Envelope, MllpLink};
        let dialect = MllpDialect {
            bare_start,
            envelope: if hybrid { Envelope::Hybrid } else { Envelope::Plain },
            limits: Limits { block: 400, waiting: 800 },
            ..MllpDialect::default()
        };
        let mut whole = MllpLink::new(dialect.clone());
        let mut pieces = MllpLink::new(dialect);
        whole.receive(Tick(0), &bytes);
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            pieces.receive(Tick(0), now);
            rest = later;
        }
        for now in [Tick(200), Tick(40_000)] {
            whole.elapse(now);
            pieces.elapse(now);
        }
        prop_assert_eq!(outputs(&mut whole), outputs(&mut pieces));
        prop_assert_eq!(whole.counters(), pieces.counters());
    }
}
