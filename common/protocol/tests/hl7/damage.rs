//! Blocks that are not as they should be: each is taken, or dropped and counted, and the next one is in step again.

use lisiere_protocol::mllp::deblock::ProblemKind;
use lisiere_protocol::mllp::{AnswerPolicy, Limits, MllpDialect, block, deblock};
use lisiere_protocol::{Completion, Deviation, DropCause, FrameFault, Link, Notice};

use crate::support::{Bench, result, wishing};

fn bare() -> Bench {
    Bench::new(MllpDialect {
        bare_start: true,
        ..MllpDialect::default()
    })
}

/// The next message is taken as if nothing had happened.
#[track_caller]
fn assert_in_step(bench: &mut Bench) {
    let kept = bench.kept.len();
    let id = format!("next{kept}");
    let said = bench.feed(block(result(&id).as_bytes()));
    assert!(said.ends_with("KEEP"), "{said}");
    assert_eq!(bench.kept.len(), kept + 1);
    assert_eq!(bench.last_text(), result(&id));
    assert_eq!(bench.store(), format!("AA:{id}"));
}

#[test]
fn vt_missing() {
    let mut bench = Bench::usual();
    let bytes = &block(result("1").as_bytes())[1..];
    assert_eq!(bench.feed(bytes), "");
    assert!(bench.counters().noise_bytes > 100);
    assert_in_step(&mut bench);

    let mut bench = bare();
    assert_eq!(bench.feed(bytes), "KEEP");
    assert_eq!(bench.last_text(), result("1"));
    assert_eq!(bench.kept[0].bytes, bytes);
    assert_eq!(bench.store(), "AA:1");
    assert_eq!(bench.counters().blocks_without_start, 1);
    assert_in_step(&mut bench);
}

#[test]
fn text_before_vt() {
    for mut bench in [Bench::usual(), bare()] {
        assert_eq!(bench.feed(b"Instrument ready MSH\r\nMS\x02\x02\x02"), "");
        assert_in_step(&mut bench);
        assert_eq!(bench.counters().noise_bytes, 25, "every byte but line ends");
    }
}

#[test]
fn vt_without_fs() {
    let mut bench = Bench::usual();
    let cut = &block(result("1").as_bytes())[..60];
    assert_eq!(bench.feed(cut), "");
    assert_eq!(bench.wait(29_999), "");
    assert_eq!(bench.counters().incomplete_dropped, 0);
    bench.wait(1);
    assert_eq!(bench.counters().incomplete_dropped, 1);
    assert_eq!(bench.counters().character_timeouts, 1);
    assert!(bench.link.is_neutral());
    assert_in_step(&mut bench);

    // Cut off, and begun again at once.
    bench.feed(cut);
    assert_in_step(&mut bench);
    let dropped = Notice::MessageDropped {
        cause: DropCause::Restarted,
        bytes: 60,
    };
    assert!(bench.notices.contains(&dropped));
}

#[test]
fn a_slow_sender_is_not_a_silent_one() {
    let mut bench = Bench::usual();
    for byte in block(result("1").as_bytes()) {
        bench.feed([byte]);
        bench.wait(20_000);
    }
    assert_eq!(bench.kept.len(), 1);
}

#[test]
fn fs_without_cr() {
    let mut bytes = block(result("1").as_bytes());
    bytes.pop();
    let mut bench = Bench::usual();
    assert_eq!(bench.feed(&bytes), "");
    assert_eq!(bench.wait(150), "KEEP");
    assert_eq!(bench.last_text(), result("1"));
    assert_eq!(bench.store(), "AA:1");
    // A CR that comes late means nothing.
    assert_eq!(bench.feed(b"\r"), "");
    assert_eq!(bench.counters().noise_bytes, 0);
    assert_in_step(&mut bench);

    // The next block follows at once, or keepalive bytes, or a line feed.
    for after in [&block(result("2").as_bytes())[..], b"\x02\x02", b"\n"] {
        let mut bench = Bench::usual();
        assert_eq!(bench.feed([&bytes, after].concat()), "KEEP");
        assert_eq!(bench.last_text(), result("1"));
        assert_eq!(bench.counters().blocks_without_cr, 1);
        if bench.store().ends_with("KEEP") {
            assert_eq!(bench.store(), "AA:2");
        }
        assert_in_step(&mut bench);
    }
}

#[test]
fn fs_inside_the_text_does_not_cut_it() {
    let mut bench = Bench::usual();
    let text = result("1").replace("Glucose", "Glu\x1Ccose");
    assert_eq!(bench.feed(block(text.as_bytes())), "KEEP");
    assert_eq!(bench.last_text(), text);
    assert_eq!(bench.counters().forbidden_bytes, 2);
}

#[test]
fn fs_inside_garbage_means_nothing() {
    let mut bench = Bench::usual();
    assert_eq!(bench.feed(b"\x1C\r\x1Cabc\x1C\r"), "");
    assert_in_step(&mut bench);
}

#[test]
fn extra_cr_before_the_end() {
    let mut bench = Bench::usual();
    let text = format!("{}\r", result("1"));
    assert_eq!(bench.feed(block(text.as_bytes())), "KEEP");
    assert_eq!(bench.store(), "AA:1");
    assert_eq!(bench.counters().blocks_extra_cr, 1);
    assert!(
        bench
            .notices
            .contains(&Notice::Tolerated(Deviation::BlockExtraCr))
    );
}

#[test]
fn line_feeds_between_segments() {
    for ends in ["\n", "\r\n"] {
        let mut bench = Bench::usual();
        let text = wishing("1", "NE", "AL").replace('\r', ends);
        assert_eq!(bench.feed(block(text.as_bytes())), "KEEP");
        assert_eq!(bench.last_text(), text, "kept as it came");
        assert_eq!(bench.store(), "AA:1");
        assert_eq!(bench.counters().segment_ends_lf, 1);
    }
}

#[test]
fn keepalives_say_nothing() {
    let mut bench = Bench::usual();
    for _ in 0..100 {
        assert_eq!(
            bench.feed(b"\x02\x02\x02\x00\r\n\x0B\x1C\r\x0B\r\x1C\r\x0B\x06\x1C\r"),
            ""
        );
    }
    assert!(bench.kept.is_empty() && bench.link.is_neutral());
    assert_in_step(&mut bench);
}

#[test]
fn a_block_without_header_is_kept_and_not_answered() {
    let mut bench = Bench::usual();
    assert_eq!(bench.feed(block(b"#SH|^~\\&|A\rOBX|1\r")), "KEEP");
    assert_eq!(bench.store(), "");
    assert_eq!(bench.counters().blocks_unreadable, 1);
    assert_in_step(&mut bench);
}

#[test]
fn an_error_of_the_line_refuses_the_block_under_way() {
    let mut bench = Bench::usual();
    let bytes = block(result("1").as_bytes());
    bench.feed(&bytes[..30]);
    bench.link.line_error();
    assert_eq!(bench.feed(&bytes[30..]), "AR:1");
    assert!(
        bench
            .notices
            .contains(&Notice::FrameRefused(FrameFault::Line))
    );
    assert_eq!(bench.feed(&bytes), "KEEP");
    assert_eq!(bench.store(), "AA:1");
    // Between blocks it hurts nobody.
    bench.link.line_error();
    assert_in_step(&mut bench);
    assert_eq!(bench.counters().line_errors, 2);
}

#[test]
fn nul_and_eight_bit_bytes_stay_as_they_are() {
    let mut bench = Bench::usual();
    let text = [result("1").as_bytes(), b"NTE|1||a\x00b\xE9\xFF\r"].concat();
    assert_eq!(bench.feed(block(&text)), "KEEP");
    assert_eq!(bench.kept[0].text, text);
}

#[test]
fn deviations_are_told_once_and_counted_always() {
    let mut bench = bare();
    for id in ["1", "2", "3"] {
        bench.feed(&block(result(id).as_bytes())[1..]);
        bench.store();
    }
    let told = Notice::Tolerated(Deviation::BlockWithoutStart);
    assert_eq!(
        bench
            .notices
            .iter()
            .filter(|notice| **notice == told)
            .count(),
        1
    );
    assert_eq!(bench.counters().blocks_without_start, 3);
}

/// Links on which nobody hears a refusal, so that nothing refused comes again; with a text for each.
fn deaf(limits: Limits) -> [(Bench, String); 2] {
    let bench = |answers| {
        Bench::new(MllpDialect {
            answers,
            limits,
            ..MllpDialect::default()
        })
    };
    [
        (bench(AnswerPolicy::None), result("1")),
        (bench(AnswerPolicy::Auto), wishing("1", "NE", "NE")),
    ]
}

fn lost(bytes: usize) -> Notice {
    Notice::MessageDropped {
        cause: DropCause::Unkept,
        bytes,
    }
}

/// What is kept last shows its damage to whoever reads the capture, and asks nothing of anybody.
#[track_caller]
fn assert_marked(bench: &Bench, begin: &str) {
    let kept = bench.kept.last().unwrap();
    let found = deblock(&kept.bytes);
    assert!(
        found
            .problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::NoEnd)
    );
    assert_eq!(found.messages.len(), 1);
    assert!(kept.bytes.starts_with(format!("\x0B{begin}").as_bytes()));
    assert!(kept.bytes.ends_with(b"\x1A"), "not at the end of a segment");
    assert!(kept.text.starts_with(b"\x1A"));
    assert_eq!(kept.completion, Completion::NoTerminator);
}

#[test]
fn a_damaged_block_that_nobody_sends_again_is_kept_and_marked() {
    for (mut bench, text) in deaf(Limits::default()) {
        let bytes = block(text.as_bytes());
        for _ in 0..2 {
            bench.feed(&bytes[..30]);
            bench.link.line_error();
            assert_eq!(bench.feed(&bytes[30..]), "KEEP", "each one is another");
            assert_marked(&bench, &text);
            assert_eq!(bench.store(), "", "no answer");
        }
        let told = Notice::KeptDamaged(FrameFault::Line);
        assert!(bench.notices.contains(&told));
        assert_eq!(bench.counters().unkept_lost, 0);
        // The same one undamaged is no repetition.
        assert_eq!(bench.feed(&bytes), "KEEP");
        assert_eq!(bench.last_text(), text);
    }
}

#[test]
fn of_a_block_too_large_that_nobody_sends_again_the_head_is_kept_and_the_rest_told() {
    let limits = Limits {
        block: 6_000,
        waiting: 12_000,
    };
    for (mut bench, text) in deaf(limits) {
        let long = format!("{text}{}", "OBX|1|NM|GLU||5.4\r".repeat(500));
        assert_eq!(bench.feed(block(long.as_bytes())), "KEEP");
        assert_marked(&bench, &long[..4_095]);
        assert_eq!(bench.store(), "");
        assert_eq!(bench.counters().unkept_lost, 1);
        assert_eq!(bench.counters().too_long_refused, 1);
        assert!(bench.notices.contains(&lost(long.len() + 1 - 4_096)));
        let told = Notice::KeptDamaged(FrameFault::TooLong { limit: 6_000 });
        assert!(bench.notices.contains(&told));
    }
}

#[test]
fn what_the_journal_refuses_and_nobody_sends_again_is_offered_again() {
    for (mut bench, text) in deaf(Limits::default()) {
        assert_eq!(bench.feed(block(text.as_bytes())), "KEEP");
        assert_eq!(bench.refuse(), "");
        assert!(!bench.link.is_neutral());
        for _ in 0..3 {
            assert_eq!(bench.wait(4_999), "");
            assert_eq!(bench.wait(1), "KEEP");
            assert_eq!(bench.last_text(), text);
            assert_eq!(bench.refuse(), "");
        }
        assert_eq!(bench.wait(5_000), "KEEP");
        assert_eq!(bench.store(), "");
        assert_eq!(bench.wait(60_000), "");
        assert!(bench.link.is_neutral());
        let counters = bench.counters();
        assert_eq!((counters.offered_again, counters.messages_stored), (4, 1));
    }
}

#[test]
fn what_no_longer_fits_and_nobody_sends_again_is_told_and_counted() {
    let limits = Limits {
        block: 1_000,
        waiting: 600,
    };
    for (mut bench, text) in deaf(limits) {
        let message = |id: &str| block(text.replace("|1|P|", &format!("|{id}|P|")).as_bytes());
        assert_eq!(bench.feed(message("1")), "KEEP");
        let mut waiting = 0;
        while bench.counters().unkept_lost == 0 {
            waiting += 1;
            assert!(waiting < 10);
            assert_eq!(bench.feed(message(&format!("w{waiting}"))), "");
        }
        assert!(bench.notices.contains(&lost(message("w1").len())));
        assert_eq!(bench.counters().busy_answers, 0);
    }
}
