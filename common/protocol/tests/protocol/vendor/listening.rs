//! Lines on which nothing is answered.

use lisiere_protocol::link::Role;
use lisiere_protocol::{Admission, Completion, DropCause, LinkKind, LinkSettings, Notice, Tick};

use super::bench::Bench;

const MESSAGE: &[u8] = b"H|\\^&|||Pad\rR|1|^^^Na|131\rL|1|N\r";

fn texts(bench: &Bench) -> Vec<&[u8]> {
    bench.kept.iter().map(|message| &*message.text).collect()
}

#[test]
fn records_go_from_header_to_terminator_and_nothing_is_answered() {
    let mut bench = Bench::of(LinkKind::Records);
    assert_eq!(bench.feed([MESSAGE, MESSAGE].concat()), "KEEP KEEP");
    assert_eq!(texts(&bench), [MESSAGE, MESSAGE]);
    assert!(bench.sent.is_empty());
    assert!(
        bench
            .kept
            .iter()
            .all(|kept| kept.completion == Completion::Terminated)
    );
    assert_eq!(bench.store(), "");
}

#[test]
fn line_ends_of_any_kind_and_frame_digits() {
    let mut bench = Bench::of(LinkKind::Records);
    assert_eq!(bench.feed(b"1H|\\^&\r\n2R|1\r\n3L|1\r\n"), "KEEP");
    assert_eq!(bench.feed(b"H|\\^&\nL|1|N\n"), "KEEP");
    // A terminator whose line does not end is one all the same.
    assert_eq!(bench.feed(b"H|\\^&\rL|1|N"), "");
    assert_eq!(bench.wait(3_000), "KEEP");
    assert_eq!(bench.counters().missing_terminator, 0);
}

#[test]
fn a_message_without_terminator_is_kept_and_marked() {
    let mut bench = Bench::of(LinkKind::Records);
    assert_eq!(bench.feed(b"H|\\^&\rR|1\r"), "");
    assert_eq!(bench.feed(MESSAGE), "KEEP KEEP", "the next header ends it");
    assert_eq!(texts(&bench), [&b"H|\\^&\rR|1\r"[..], MESSAGE]);
    assert_eq!(bench.kept[0].completion, Completion::NoTerminator);
    assert_eq!(bench.feed(b"H|\\^&\rR|2\r"), "");
    assert_eq!(bench.wait(2_999), "");
    assert_eq!(bench.wait(1), "KEEP");
    assert_eq!(bench.counters().missing_terminator, 2);
}

#[test]
fn records_without_a_header_are_kept_too() {
    let mut bench = Bench::of(LinkKind::Records);
    assert_eq!(bench.feed(b"R|7|^^^K|4.1\rL|1\r"), "KEEP");
    assert_eq!(bench.counters().headless_kept, 1);
}

#[test]
fn a_report_between_marks() {
    let mut bench = Bench::of(LinkKind::ListenText);
    assert_eq!(bench.feed(b"\x00\r\n\x02Na 131\r\nK 4.1\x03"), "KEEP");
    assert_eq!(bench.last_text(), b"Na 131\r\nK 4.1");
    assert_eq!(bench.kept[0].bytes, b"\x02Na 131\r\nK 4.1\x03");
    assert_eq!(bench.feed(b"\x02Na 13"), "");
    assert_eq!(
        bench.feed(b"\x02Na 132\x03"),
        "KEEP KEEP",
        "a report whose end is lost is kept"
    );
    assert_eq!(bench.kept[1].completion, Completion::NoTerminator);
}

#[test]
fn a_report_without_marks_ends_with_silence_or_with_its_last_line() {
    let mut bench = Bench::of(LinkKind::ListenText);
    assert_eq!(bench.feed(b"GLU 5.1\r\n"), "");
    bench.wait(2_000);
    assert_eq!(bench.feed(b"UREE 4.4\r\n"), "");
    assert_eq!(bench.wait(3_000), "KEEP");
    assert_eq!(bench.last_text(), b"GLU 5.1\r\nUREE 4.4\r\n");
    assert_eq!(bench.kept[0].completion, Completion::Terminated);
    let mut settings = LinkSettings::standard(LinkKind::ListenText);
    settings.report_start = Some("*** ".to_owned());
    settings.report_end = Some("FIN".to_owned());
    let mut bench = Bench::new(&settings);
    assert_eq!(
        bench.feed(b"*** A\r\nGLU 5\r\nFIN\r\n*** B\r\nGLU 6\r\n*** C\r\n"),
        "KEEP KEEP"
    );
    assert_eq!(
        texts(&bench),
        [&b"*** A\r\nGLU 5\r\nFIN\r"[..], b"*** B\r\nGLU 6\r\n"]
    );
    assert_eq!(bench.kept[1].completion, Completion::NoTerminator);
}

#[test]
fn binary_is_kept_as_it_comes_and_a_click_is_noise() {
    let mut bench = Bench::of(LinkKind::ListenText);
    let binary = b"\x060=\x00\x02\x11\x03\x00\x0012345\x00";
    assert_eq!(bench.feed(binary), "");
    assert_eq!(bench.wait(3_000), "KEEP");
    assert_eq!(bench.kept[0].bytes, binary);
    assert_eq!(bench.feed(b"\xff\x80"), "");
    assert_eq!(bench.wait(3_000), "");
    assert_eq!(bench.counters().noise_bytes, 2);
}

#[test]
fn what_the_journal_refuses_is_offered_again_until_it_is_stored() {
    for (kind, bytes) in [
        (LinkKind::Records, MESSAGE),
        (LinkKind::ListenText, b"\x02Na 131\x03"),
        (LinkKind::Abx, b"\x02RESULT\r! 7.2\r\x03"),
    ] {
        let mut bench = Bench::of(kind);
        assert_eq!(bench.feed(bytes), "KEEP");
        assert_eq!(bench.refuse(), "");
        assert_eq!(bench.wait(4_999), "");
        assert_eq!(bench.wait(1), "KEEP");
        bench.refuse();
        assert_eq!(bench.wait(5_000), "KEEP");
        assert_eq!(bench.store(), "");
        assert_eq!(bench.wait(60_000), "", "{kind}");
        assert_eq!(bench.kept[0], {
            let mut again = bench.kept[2].clone();
            again.received = bench.kept[0].received;
            again
        });
        assert_eq!(bench.counters().offered_again, 2);
        let distinct: std::collections::BTreeSet<_> = bench.tokens.iter().collect();
        assert_eq!(distinct.len(), 3, "no token twice");
    }
}

#[test]
fn what_no_longer_fits_is_told_and_counted() {
    let mut bench = Bench::of(LinkKind::ListenText);
    let report = [&[0x02][..], &vec![b'x'; 3 << 20], &[0x03]].concat();
    assert_eq!(bench.feed(&report), "KEEP");
    assert_eq!(bench.feed(&report), "");
    assert_eq!(bench.counters().unkept_lost, 1);
    let lost = |notice: &Notice| {
        matches!(
            notice,
            Notice::MessageDropped {
                cause: DropCause::Unkept,
                ..
            }
        )
    };
    assert!(bench.notices.iter().any(lost));
    assert_eq!(bench.store(), "");
    assert_eq!(bench.feed(&report), "KEEP");
}

#[test]
fn a_text_without_end_is_kept_in_pieces() {
    let mut settings = LinkSettings::standard(LinkKind::ListenText);
    settings.max_message = Some(1_000);
    let mut bench = Bench::new(&settings);
    let text = vec![b'x'; 2_500];
    bench.feed(&text);
    bench.wait(3_000);
    let kept: Vec<u8> = bench
        .kept
        .iter()
        .flat_map(|kept| kept.bytes.clone())
        .collect();
    assert_eq!(kept, text);
    assert_eq!(bench.kept.len(), 3);
}

#[test]
fn damaged_blocks_are_kept_where_nobody_repeats_them() {
    let mut settings = LinkSettings::standard(LinkKind::Tosoh);
    settings.acknowledge = Some(false);
    let mut bench = Bench::new(&settings);
    assert_eq!(bench.feed(b"\x023 5.6\x03\x7f"), "KEEP");
    assert_eq!(bench.counters().checksum_errors, 1);
    assert!(
        bench
            .notices
            .iter()
            .any(|notice| matches!(notice, Notice::KeptDamaged(_)))
    );
    assert_eq!(bench.feed(b"\x023 5"), "");
    assert_eq!(bench.wait(5_000), "KEEP");
    assert_eq!(bench.last_text(), b"3 5");
    assert_eq!(bench.kept[1].completion, Completion::NoTerminator);
}

#[test]
fn a_busy_box_still_keeps_what_it_cannot_refuse() {
    let mut bench = Bench::of(LinkKind::Records);
    bench.link.admit(Admission::Busy);
    assert_eq!(bench.feed(MESSAGE), "KEEP");
}

#[test]
fn what_an_analyzer_prints_is_heard_as_it_was_sent() {
    let settings = LinkSettings::standard(LinkKind::ListenText);
    for text in [
        &b"Na 131\r\nK 4.1"[..],
        b"\x0600\r>00A\x02\x03\x00",
        b"\x02Na\x03",
    ] {
        let mut analyzer = Bench::with_role(&settings, Role::Instrument);
        analyzer.submit(text);
        let mut bench = Bench::of(LinkKind::ListenText);
        bench.feed(&analyzer.sent);
        bench.wait(3_000);
        assert_eq!(bench.kept.len(), 1);
        let marked = text.first() == Some(&2);
        assert!(bench.last_text() == text || (marked && bench.last_text() == b"Na"));
    }
}

#[test]
fn what_is_sent_is_gone() {
    let settings = LinkSettings::standard(LinkKind::Records);
    let mut link = settings.open(Role::Instrument, Some(1_000));
    link.submit(Tick(0), MESSAGE.to_vec()).unwrap();
    link.submit(Tick(0), MESSAGE.to_vec()).unwrap();
    assert_eq!(link.pending(), 2);
    let time = MESSAGE.len() as u64;
    assert_eq!(link.deadline(), Some(Tick(time)));
    link.elapse(Tick(time));
    assert_eq!(link.pending(), 1);
    link.elapse(Tick(2 * time));
    assert_eq!(link.pending(), 0);
}

#[test]
fn equal_messages_are_two() {
    let mut bench = Bench::of(LinkKind::ListenText);
    let heard = |bench: &Bench| {
        let told = bench.notices.iter();
        told.filter(|notice| **notice == Notice::AnswersHeard)
            .count()
    };
    assert_eq!(bench.feed(b"\x02GLU 5.1\x03"), "KEEP");
    bench.store();
    assert_eq!(bench.feed(b"\x02GLU 5.1\x03"), "KEEP");
    assert_eq!(heard(&bench), 2, "the journal is told before each");
}

#[test]
fn a_damaged_byte_is_not_given_on_as_a_good_one() {
    let spoiled = |kind: LinkKind, before: &[u8], rest: &[u8]| {
        let mut bench = Bench::of(kind);
        bench.feed(before);
        bench.link.line_error();
        bench.feed(rest);
        bench.wait(20_000);
        bench.kept.first().map(|kept| kept.text.clone())
    };
    for (kind, before, rest, text) in [
        (
            LinkKind::ListenText,
            &b"\x02GLU 5."[..],
            &b"7\x03"[..],
            &b"GLU 5.\x1a"[..],
        ),
        (LinkKind::ListenText, b"\x02GLU 5", b"\x03", b"GLU 5\x1a"),
        (
            LinkKind::Records,
            b"H|\\^&\rR|1|^^^K|",
            b"4.1\rL|1\r",
            b"H|\\^&\rR|1|^^^K|\x1a.1\rL|1\r",
        ),
        (
            LinkKind::Records,
            b"H|\\^&\rR|1|^^^K|4.1",
            b"\rL|1\r",
            b"H|\\^&\rR|1|^^^K|4.1\x1a\rL|1\r",
        ),
        (
            LinkKind::Abx,
            b"\x02RESULT\r! 7.",
            b"2\r\x03",
            b"RESULT\r! 7.\x1a\r",
        ),
    ] {
        assert_eq!(spoiled(kind, before, rest).as_deref(), Some(text), "{kind}");
    }
    // Between messages there is nothing to spoil.
    let mut bench = Bench::of(LinkKind::Records);
    bench.link.line_error();
    assert_eq!(bench.feed(MESSAGE), "KEEP");
    assert_eq!(bench.last_text(), MESSAGE);
}
