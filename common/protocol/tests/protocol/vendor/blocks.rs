//! Blocks that are answered: every state, every deviation, and the journal's verdicts.

use lisiere_protocol::block::{Check, format::encode};
use lisiere_protocol::lis1a::ChecksumPolicy;
use lisiere_protocol::{Admission, Completion, LinkKind, LinkSettings, Notice};

use super::bench::Bench;

const RESULT: &[u8] = b"\x1emtrsl|\x1eciA-1|\x1eqn0.12|";

fn group(text: &[u8]) -> Vec<u8> {
    encode(text, true, Check::Group)
}

fn bcc(text: &[u8]) -> Vec<u8> {
    encode(text, true, Check::Bcc)
}

fn part(text: &[u8]) -> Vec<u8> {
    encode(text, false, Check::Bcc)
}

fn plain(text: &[u8]) -> Vec<u8> {
    encode(text, true, Check::None)
}

fn settings(kind: LinkKind) -> LinkSettings {
    LinkSettings::standard(kind)
}

/// Each language with a block of its own.
fn languages() -> Vec<(LinkSettings, Vec<u8>, Vec<u8>)> {
    let mut abx = settings(LinkKind::Abx);
    abx.acknowledge = Some(true);
    vec![
        (settings(LinkKind::Bci), group(RESULT), RESULT.to_vec()),
        (settings(LinkKind::Au), bcc(b"D 0001"), b"D 0001".to_vec()),
        (settings(LinkKind::Kx), plain(b"D1U01"), b"D1U01".to_vec()),
        (abx, plain(b"RESULT\r! 7.2\r"), b"RESULT\r! 7.2\r".to_vec()),
        (settings(LinkKind::Tosoh), bcc(b"3 5.6"), b"3 5.6".to_vec()),
    ]
}

#[test]
fn a_block_is_answered_after_the_verdict_and_not_before() {
    for (settings, block, text) in languages() {
        let mut bench = Bench::new(&settings);
        let kind = settings.kind;
        assert_eq!(bench.feed(&block), "KEEP", "{kind}");
        assert_eq!(bench.wait(5_000), "", "{kind}");
        assert_eq!(bench.last_text(), text, "{kind}");
        assert_eq!(bench.kept[0].bytes, block, "{kind}");
        assert_eq!(bench.store(), "ACK", "{kind}");
    }
}

#[test]
fn a_full_disk_is_answered_nak() {
    for (settings, block, text) in languages() {
        let mut bench = Bench::new(&settings);
        assert_eq!(bench.feed(&block), "KEEP");
        assert_eq!(bench.refuse(), "NAK");
        // The analyzer sends the block again, and there is room now.
        assert_eq!(bench.feed(&block), "KEEP");
        assert_eq!(bench.store(), "ACK");
        assert_eq!(bench.last_text(), text);
        assert_eq!(bench.counters().messages_refused, 1);
    }
}

#[test]
fn while_nothing_can_be_stored_the_answer_is_busy() {
    for (settings, block, _) in languages() {
        let mut bench = Bench::new(&settings);
        bench.link.admit(Admission::Busy);
        assert_eq!(bench.feed(&block), "NAK", "{}", settings.kind);
        assert_eq!(bench.counters().busy_answers, 1);
        bench.link.admit(Admission::Open);
        assert_eq!(bench.feed(&block), "KEEP", "{}", settings.kind);
    }
    let mut bench = Bench::of(LinkKind::Bci);
    bench.link.admit(Admission::Busy);
    assert_eq!(bench.feed(b"\x05"), "NAK");
    bench.link.admit(Admission::Open);
    assert_eq!(bench.feed(b"\x05"), "ACK");
}

#[test]
fn a_session_as_the_maker_has_it() {
    let mut bench = Bench::of(LinkKind::Bci);
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(bench.feed(group(RESULT)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.feed(b"\x04"), "");
    assert!(bench.notices.contains(&Notice::AnswersHeard));
    assert!(bench.link.is_neutral());
    assert_eq!(bench.counters().enquiry_missing, 0);
    let mut bench = Bench::of(LinkKind::Bci);
    assert_eq!(bench.feed(group(RESULT)), "KEEP");
    assert_eq!(bench.counters().enquiry_missing, 1, "tolerated and counted");
}

#[test]
fn the_answers_are_not_taken_as_heard_when_the_sender_gave_up() {
    let mut bench = Bench::of(LinkKind::Bci);
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(bench.feed(group(RESULT)), "KEEP");
    assert_eq!(bench.store(), "ACK");
    bench.wait(15_000);
    assert_eq!(bench.feed(b"\x04"), "");
    assert!(!bench.notices.contains(&Notice::AnswersHeard));
}

#[test]
fn a_block_that_came_again_gets_its_ack_and_is_not_kept_twice() {
    for (settings, block, _) in languages() {
        let mut bench = Bench::new(&settings);
        bench.feed(&block);
        assert_eq!(bench.store(), "ACK");
        bench.wait(15_000);
        assert_eq!(bench.feed(&block), "ACK", "{}", settings.kind);
        assert_eq!(bench.counters().duplicate_frames, 1);
        assert_eq!(bench.kept.len(), 1);
    }
}

#[test]
fn two_enquiries_before_the_first_block() {
    let mut au = settings(LinkKind::Au);
    au.enquiry = Some(true);
    let mut bench = Bench::new(&au);
    assert_eq!(bench.feed(b"\x05\x05"), "ACK ACK");
    assert_eq!(bench.feed(bcc(b"D 0001")), "KEEP");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.feed(b"\x04"), "");
    assert_eq!(bench.counters().repeated_enquiries, 1);
    // Without that setting an enquiry means nothing, and nothing answers it.
    let mut bench = Bench::of(LinkKind::Au);
    assert_eq!(bench.feed(b"\x05\x05"), "");
    assert_eq!(bench.counters().noise_bytes, 2);
}

#[test]
fn a_wrong_check_is_refused_and_a_right_one_accepted() {
    for (settings, mut block, text) in languages() {
        let kind = settings.kind;
        if matches!(kind, LinkKind::Kx | LinkKind::Abx) {
            continue; // nothing to check, or not enforced
        }
        let good = block.clone();
        block[3] ^= 1;
        let mut bench = Bench::new(&settings);
        assert_eq!(bench.feed(&block), "NAK", "{kind}");
        assert_eq!(bench.counters().checksum_errors, 1, "{kind}");
        assert_eq!(bench.feed(&good), "KEEP", "{kind}");
        assert_eq!(bench.last_text(), text);
    }
}

#[test]
fn a_check_in_either_case_is_right() {
    let mut upper = group(b"\x1emtrsl|\x1eci000267217|\x1eqnJ|");
    let digits = upper.len() - 3..upper.len() - 1;
    upper[digits].make_ascii_uppercase();
    let mut bench = Bench::of(LinkKind::Bci);
    assert_eq!(bench.feed(&upper), "KEEP");
}

#[test]
fn a_missing_check_is_refused_or_counted_as_the_setting_says() {
    let bare = plain(RESULT);
    let mut bench = Bench::of(LinkKind::Bci);
    assert_eq!(bench.feed(&bare), "NAK");
    assert_eq!(bench.counters().checksum_missing, 1);
    let mut optional = settings(LinkKind::Bci);
    optional.checksum = Some(ChecksumPolicy::Optional);
    let mut bench = Bench::new(&optional);
    assert_eq!(bench.feed(&bare), "KEEP");
    assert_eq!(bench.counters().checksum_missing, 1);
    let mut wrong = group(RESULT);
    wrong[3] ^= 1;
    let mut none = settings(LinkKind::Bci);
    none.checksum = Some(ChecksumPolicy::None);
    let mut bench = Bench::new(&none);
    assert_eq!(bench.feed(&wrong), "KEEP");
    assert_eq!(bench.counters().checksum_ignored, 1);
}

#[test]
fn an_au_may_send_its_check_or_not() {
    let mut bench = Bench::of(LinkKind::Au);
    assert_eq!(bench.feed(plain(b"D 0001")), "");
    // Nothing came after ETX for a moment: there is no check.
    assert_eq!(bench.wait(200), "KEEP");
    assert_eq!(bench.store(), "ACK");
    // What comes instead of it is something of its own.
    let mut block = plain(b"D 0002");
    block.extend(b"\r\n");
    assert_eq!(bench.feed(&block), "KEEP");
    assert_eq!(bench.last_text(), b"D 0002");
    assert_eq!(bench.counters().checksum_missing, 2);
}

#[test]
fn a_check_byte_that_looks_like_a_mark_is_one_byte() {
    for wanted in [0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0D, 0x15] {
        // The text "3" and one byte, so that 0x33 ^ byte ^ 0x03 is what is wanted.
        let text = [b'3', wanted ^ 0x30];
        if !(0x20..0x7f).contains(&text[1]) {
            continue;
        }
        let block = bcc(&text);
        assert_eq!(block.last(), Some(&wanted));
        let mut bench = Bench::of(LinkKind::Tosoh);
        for byte in &block[..block.len() - 1] {
            assert_eq!(bench.feed([*byte]), "");
        }
        assert_eq!(bench.feed([wanted]), "KEEP", "{wanted:#04x}");
        assert_eq!(bench.counters().noise_bytes, 0);
    }
}

#[test]
fn noise_before_a_block_and_a_start_inside_noise() {
    let mut bench = Bench::of(LinkKind::Kx);
    assert_eq!(bench.feed(b"zz\x00\xff\x02garb\x02D1U\x03"), "KEEP");
    assert_eq!(bench.last_text(), b"D1U");
    assert_eq!(bench.counters().noise_bytes, 4);
    assert_eq!(bench.counters().blocks_restarted, 1);
}

#[test]
fn silence_inside_a_block_is_refused_and_the_next_one_read() {
    for (settings, block, text) in languages() {
        let mut bench = Bench::new(&settings);
        assert_eq!(bench.feed(&block[..block.len() / 2]), "");
        assert_eq!(bench.wait(4_999), "", "{}", settings.kind);
        assert_eq!(bench.wait(1), "NAK", "{}", settings.kind);
        assert_eq!(bench.counters().character_timeouts, 1);
        assert_eq!(bench.feed(&block), "KEEP");
        assert_eq!(bench.last_text(), text);
    }
}

#[test]
fn silence_ends_a_session() {
    let mut bench = Bench::of(LinkKind::Bci);
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(bench.wait(29_999), "");
    assert!(!bench.link.is_neutral());
    bench.wait(1);
    assert!(bench.link.is_neutral());
    assert_eq!(bench.counters().session_timeouts, 1);
    // Where nothing is announced nothing is ended, and that is no anomaly.
    let mut bench = Bench::of(LinkKind::Kx);
    bench.feed(plain(b"D1U"));
    bench.store();
    bench.wait(60_000);
    assert!(bench.link.is_neutral());
    assert_eq!(bench.counters().session_timeouts, 0);
}

#[test]
fn parts_are_put_together_and_each_is_answered() {
    let mut bench = Bench::of(LinkKind::Au);
    assert_eq!(bench.feed(part(b"D 0001 0aaa")), "ACK");
    assert_eq!(bench.feed(part(b"D 0001 1bbb")), "ACK");
    // Our ACK was lost.
    assert_eq!(bench.feed(part(b"D 0001 1bbb")), "ACK");
    assert_eq!(bench.feed(bcc(b"D 0001 Eccc")), "KEEP");
    assert_eq!(bench.last_text(), b"D 0001 0aaa\rD 0001 1bbb\rD 0001 Eccc");
    assert_eq!(bench.kept[0].frames, 3);
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.feed(bcc(b"D 0001 Eccc")), "ACK");
    assert_eq!(bench.kept.len(), 1);
}

#[test]
fn a_sender_that_begins_anew_begins_a_message() {
    let mut bench = Bench::of(LinkKind::Au);
    assert_eq!(bench.feed(part(b"D 0001 0aaa")), "ACK");
    assert_eq!(bench.feed(part(b"D 0001 1bbb")), "ACK");
    assert_eq!(bench.feed(part(b"D 0001 0aaa")), "ACK");
    assert_eq!(bench.counters().incomplete_dropped, 1);
    assert_eq!(bench.feed(bcc(b"D 0001 Eccc")), "KEEP");
    assert_eq!(bench.last_text(), b"D 0001 0aaa\rD 0001 Eccc");
}

#[test]
fn the_rest_of_a_message_that_was_broken_off_is_no_message() {
    let mut au = settings(LinkKind::Au);
    au.enquiry = Some(true);
    for end in [&b"\x04"[..], b"\x05"] {
        let mut bench = Bench::new(&au);
        assert_eq!(bench.feed(b"\x05"), "ACK");
        assert_eq!(bench.feed(part(b"D 0001 0aaa")), "ACK");
        bench.feed(end);
        assert_eq!(bench.counters().incomplete_dropped, 1);
        assert_eq!(bench.feed(bcc(b"D 0001 Eccc")), "NAK");
        assert_eq!(bench.counters().rests_refused, 1);
        // From its first block it is accepted.
        assert_eq!(bench.feed(part(b"D 0001 0aaa")), "ACK");
        assert_eq!(bench.feed(bcc(b"D 0001 Eccc")), "KEEP");
    }
    // So is another message, when its sender insists: the one that was broken off will not come any more.
    let mut bench = Bench::of(LinkKind::Au);
    bench.feed(part(b"D 0001 0aaa"));
    bench.wait(60_000);
    for _ in 0..12 {
        assert_eq!(bench.feed(bcc(b"D 0002 E")), "NAK");
    }
    assert_eq!(bench.feed(bcc(b"D 0002 E")), "KEEP");
    // And at once in a session of its own.
    let mut bench = Bench::new(&au);
    bench.feed(b"\x05");
    bench.feed(part(b"D 0001 0aaa"));
    bench.feed(b"\x04");
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(bench.feed(bcc(b"D 0002 E")), "KEEP");
}

#[test]
fn types_end_a_message_or_the_session_does() {
    let mut tosoh = settings(LinkKind::Tosoh);
    tosoh.last_block = Some("7".to_owned());
    let mut bench = Bench::new(&tosoh);
    assert_eq!(bench.feed(b"\x05"), "ACK");
    assert_eq!(bench.feed(bcc(b"1 header")), "ACK");
    assert_eq!(bench.feed(bcc(b"3 result")), "ACK");
    assert_eq!(bench.feed(bcc(b"7 end")), "KEEP");
    assert_eq!(bench.last_text(), b"1 header\r3 result\r7 end");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.feed(bcc(b"1 next")), "ACK");
    assert_eq!(bench.feed(b"\x04"), "KEEP");
    assert_eq!(bench.kept[1].completion, Completion::NoTerminator);
    assert_eq!(bench.counters().missing_terminator, 1);
    assert_eq!(
        bench.store(),
        "",
        "the session is over: nobody waits for an answer"
    );
}

#[test]
fn what_is_acknowledged_already_is_offered_again_until_it_is_stored() {
    let mut tosoh = settings(LinkKind::Tosoh);
    tosoh.last_block = Some("7".to_owned());
    for late in [false, true] {
        let mut bench = Bench::new(&tosoh);
        assert_eq!(bench.feed(b"\x05"), "ACK");
        assert_eq!(bench.feed(bcc(b"1 next")), "ACK");
        assert_eq!(bench.feed(b"\x04"), "KEEP");
        if late {
            assert_eq!(bench.wait(14_000), "");
        }
        assert_eq!(bench.refuse(), "");
        for _ in 0..2 {
            assert!(!bench.link.is_neutral());
            assert_eq!(bench.feed(b"\x05"), "NAK", "busy");
            assert_eq!(bench.wait(5_000), "KEEP");
            assert_eq!(bench.last_text(), b"1 next");
            assert_eq!(bench.refuse(), "");
        }
        // So is a block that nobody announced.
        assert_eq!(bench.feed(bcc(b"1 other")), "NAK");
        assert_eq!(bench.wait(5_000), "KEEP");
        assert_eq!(bench.store(), "");
        assert_eq!(bench.feed(bcc(b"1 other")), "ACK");
        let counters = bench.counters();
        assert_eq!((counters.offered_again, counters.messages_stored), (3, 1));
    }
}

#[test]
fn a_slow_journal_makes_the_analyzer_repeat_and_keeps_once() {
    for (settings, block, _) in languages() {
        let kind = settings.kind;
        let mut bench = Bench::new(&settings);
        assert_eq!(bench.feed(&block), "KEEP", "{kind}");
        assert_eq!(bench.wait(14_000), "NAK", "{kind}");
        assert_eq!(bench.counters().verdict_timeouts, 1);
        assert_eq!(
            bench.feed(&block),
            "",
            "{kind}: the same verdict is awaited"
        );
        assert_eq!(bench.store(), "ACK", "{kind}");
        assert_eq!(bench.kept.len(), 1, "{kind}");
    }
}

#[test]
fn a_verdict_after_the_analyzer_has_given_up_changes_nothing_on_the_line() {
    let mut bench = Bench::of(LinkKind::Bci);
    bench.feed(b"\x05");
    assert_eq!(bench.feed(group(RESULT)), "KEEP");
    assert_eq!(bench.feed(b"\x04\x05"), "", "both wait for the verdict");
    assert_eq!(
        bench.wait(14_000),
        "NAK",
        "the second enquiry is answered busy"
    );
    assert_eq!(bench.store(), "");
    assert_eq!(bench.counters().late_verdicts, 1);
    assert_eq!(bench.feed(b"\x05"), "ACK");
}

#[test]
fn whoever_went_on_without_the_answer_does_not_get_it() {
    let mut bench = Bench::of(LinkKind::Bci);
    let mut all = vec![5];
    all.extend(group(RESULT));
    all.push(4);
    all.push(5);
    all.extend(group(b"\x1emtrsl|\x1eciB|"));
    assert_eq!(bench.feed(&all), "ACK KEEP");
    // EOT, ENQ and a block have come: an ACK now would be taken for that of the second block.
    assert_eq!(bench.store(), "KEEP");
    assert_eq!(bench.store(), "ACK");
    assert_eq!(bench.kept.len(), 2);
}

#[test]
fn a_line_error_inside_a_block_is_refused() {
    for (settings, block, _) in languages() {
        let mut bench = Bench::new(&settings);
        let half = block.len() / 2;
        bench.feed(&block[..half]);
        bench.link.line_error();
        assert_eq!(bench.feed(&block[half..]), "NAK", "{}", settings.kind);
        assert_eq!(bench.counters().line_errors, 1);
        assert_eq!(bench.feed(&block), "KEEP");
    }
}

#[test]
fn a_block_larger_than_the_bound_is_refused_and_bounded_in_memory() {
    let mut small = settings(LinkKind::Kx);
    small.max_message = Some(100);
    let mut bench = Bench::new(&small);
    assert_eq!(bench.feed(plain(&vec![b'9'; 30_000])), "NAK");
    assert_eq!(bench.counters().too_long_refused, 1);
    assert_eq!(bench.feed(plain(&[b'9'; 100])), "KEEP");
}

#[test]
fn thirty_kilobytes_with_nul_and_eight_bits_in_one_block() {
    for (settings, _, _) in languages() {
        let check = settings
            .blocks(lisiere_protocol::link::Role::Computer, None)
            .check;
        let text: Vec<u8> = (0..30_000_u32)
            .map(|place| [b'9', 0, 0xE9, 0x80, 0x0A][place as usize % 5])
            .collect();
        let mut bench = Bench::new(&settings);
        for chunk in encode(&text, true, check).chunks(57) {
            let words = bench.feed(chunk);
            assert!(words.is_empty() || words == "KEEP", "{}", settings.kind);
        }
        bench.wait(200);
        assert_eq!(bench.last_text(), text, "{}", settings.kind);
    }
}

/// The box stored the message and lost power before it could answer. The analyzer repeats the block to a link that knows
/// nothing of it: it is offered with the same text, by which the journal knows it.
#[test]
fn a_power_cut_between_store_and_answer() {
    for (settings, block, _) in languages() {
        let mut before = Bench::new(&settings);
        assert_eq!(before.feed(&block), "KEEP");
        let mut after = Bench::new(&settings);
        assert_eq!(
            after.feed(&block[block.len() / 2..]),
            "",
            "the end of a block is noise"
        );
        assert_eq!(after.feed(&block), "KEEP", "{}", settings.kind);
        assert_eq!(after.last_text(), before.last_text());
        assert_eq!(after.store(), "ACK");
    }
}

#[test]
fn settings_that_mean_nothing_to_a_link_are_named() {
    let mut kx = settings(LinkKind::Kx);
    kx.last_block = Some("7".to_owned());
    kx.report_end = Some("END".to_owned());
    kx.checksum = Some(ChecksumPolicy::Required);
    let keys: Vec<_> = kx.mistakes().iter().map(|mistake| mistake.key).collect();
    assert_eq!(keys, ["checksum", "last_block", "report_end"]);
}
