//! Messages of ours: one under way, sent again with the same number, never faster than the other side answers.

use core::time::Duration;

use lisiere_protocol::mllp::{MllpDialect, Timers, block};
use lisiere_protocol::{Link, Notice, SubmitError};

use crate::support::{Bench, answering, order, result};

#[test]
fn one_message_is_under_way_at_a_time() {
    let mut bench = Bench::usual();
    assert_eq!(bench.submit(&order("1")), "OML:1");
    assert_eq!(bench.submit(&order("2")), "");
    assert_eq!(bench.link.pending(), 2);
    assert_eq!(bench.feed(answering("AA", "1")), "SENT OML:2");
    assert_eq!(bench.feed(answering("CA", "2")), "SENT");
    assert_eq!(bench.link.pending(), 0);
    assert!(bench.link.is_neutral());
    assert_eq!(bench.counters().messages_sent, 2);
}

#[test]
fn what_cannot_be_sent_is_refused_at_once() {
    let mut bench = Bench::usual();
    assert_eq!(bench.try_submit("").unwrap_err(), SubmitError::Empty);
    assert_eq!(
        bench.try_submit("MSH|^~\\&|A\x0B").unwrap_err(),
        SubmitError::Forbidden { at: 10, byte: 0x0B }
    );
    assert_eq!(
        bench.try_submit("PID|1\r").unwrap_err(),
        SubmitError::Nameless
    );
    assert_eq!(
        bench.try_submit("MSH|^~\\&|A|||||||\r").unwrap_err(),
        SubmitError::Nameless
    );
}

#[test]
fn silence_doubles_the_patience_and_ends_after_six_times() {
    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    for seconds in [30, 60, 120, 240, 480] {
        assert_eq!(bench.wait(seconds * 1_000 - 1), "", "{seconds}");
        assert_eq!(bench.wait(1), "OML:1", "{seconds}");
    }
    assert_eq!(bench.wait(600_000), "ABORTED(NoReply)");
    let sent: Vec<_> = bench.sent.clone();
    assert!(
        sent.iter().all(|bytes| *bytes == sent[0]),
        "same bytes, same control id"
    );
    assert_eq!(bench.counters().frames_resent, 5);
    assert_eq!(bench.counters().reply_timeouts, 6);
    // The next one is not held up for ever, and finds the other side as slow as it was.
    assert_eq!(bench.submit(&order("2")), "OML:2");
    assert_eq!(bench.feed(answering("AA", "2")), "SENT");
    assert_eq!(bench.submit(&order("3")), "OML:3");
    assert_eq!(
        bench.wait(30_000),
        "OML:3",
        "a quick answer brings the usual patience back"
    );
}

/// A receiver that takes a minute for each answer is not flooded (field pain 7).
#[test]
fn a_slow_receiver_is_not_flooded() {
    let mut bench = Bench::usual();
    let unique: u64 = 100;
    for number in 0..unique {
        bench.submit(&order(&number.to_string()));
    }
    let mut due: Vec<(u64, String)> = Vec::new();
    let mut seen = 0;
    while bench.link.pending() > 0 {
        for sent in &bench.sent[seen..] {
            let text = String::from_utf8_lossy(sent).into_owned();
            let id = text.split('|').nth(9).unwrap().to_owned();
            due.push((bench.now + 60_000, id));
        }
        seen = bench.sent.len();
        bench.wait(1_000);
        let now = bench.now;
        let (ready, later): (Vec<_>, Vec<_>) = due.into_iter().partition(|(at, _)| *at <= now);
        due = later;
        for (_, id) in ready {
            bench.feed(answering("AA", &id));
        }
        assert!(now < 24 * 3_600_000, "it ends");
    }
    let counters = bench.counters();
    assert_eq!(counters.messages_sent, unique);
    let sends = counters.frames_sent + counters.frames_resent;
    assert!(
        sends * 100 <= unique * 105,
        "{sends} sends for {unique} messages"
    );
    assert_eq!(
        counters.late_answers, counters.frames_resent,
        "each answer to a repetition comes late"
    );
}

#[test]
fn late_and_foreign_answers_are_ignored_and_counted() {
    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    assert_eq!(bench.feed(answering("AA", "99")), "");
    assert_eq!(bench.feed(answering("AA", "")), "");
    assert_eq!(bench.wait(30_000), "OML:1");
    assert_eq!(bench.feed(answering("AA", "1")), "SENT");
    bench.submit(&order("2"));
    // The answer to the first sending of 1, after its second was answered.
    assert_eq!(bench.feed(answering("AA", "1")), "");
    assert_eq!(bench.link.pending(), 1, "2 is not taken for answered");
    assert_eq!(bench.feed(answering("AA", "2")), "SENT");
    assert_eq!(
        (
            bench.counters().late_answers,
            bench.counters().foreign_answers
        ),
        (1, 2)
    );
    assert!(
        bench
            .notices
            .contains(&Notice::AnswerIgnored { late: true })
    );
    assert!(
        bench
            .notices
            .contains(&Notice::AnswerIgnored { late: false })
    );
}

#[test]
fn answers_that_are_swapped_end_no_wrong_message() {
    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    bench.submit(&order("2"));
    assert_eq!(bench.feed(answering("AA", "2")), "");
    assert_eq!(bench.feed(answering("AA", "1")), "SENT OML:2");
    assert_eq!(bench.feed(answering("AA", "1")), "");
    assert_eq!(bench.feed(answering("AA", "2")), "SENT");
}

#[test]
fn content_rejected_is_not_sent_again() {
    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    // The refusal itself is kept: somebody has to read it.
    assert_eq!(bench.feed(answering("AE", "1")), "ABORTED(Rejected) KEEP");
    assert_eq!(bench.store(), "", "an answer is not answered");
    assert_eq!(bench.counters().messages_aborted, 1);
}

#[test]
fn not_processed_is_sent_again_later() {
    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    for seconds in [5, 10, 20] {
        let said = bench.feed(answering("AR", "1"));
        if seconds == 5 {
            assert_eq!(said, "KEEP", "somebody has to read it, once");
            bench.store();
        }
        assert_eq!(bench.wait(seconds * 1_000 - 1), "");
        assert_eq!(bench.wait(1), "OML:1");
    }
    assert_eq!(bench.feed(answering("AA", "1")), "SENT");
    assert_eq!(bench.counters().naks_received, 3);
}

#[test]
fn an_answer_with_content_is_kept_and_confirmed_when_it_asks() {
    let reply = |wish: &str| {
        block(
            format!(
                "MSH|^~\\&|A||||||ORL^O34^ORL_O34|r1|P|2.5.1|||{wish}\rMSA|AA|1\rSPM|1\rORC|OK\r"
            )
            .as_bytes(),
        )
    };
    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    assert_eq!(bench.feed(reply("")), "SENT KEEP");
    assert_eq!(bench.store(), "");

    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    assert_eq!(bench.feed(reply("AL")), "SENT KEEP");
    assert_eq!(bench.store(), "CA:r1");
}

#[test]
fn results_come_in_while_an_order_waits_for_its_answer() {
    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    assert_eq!(bench.feed(block(result("7").as_bytes())), "KEEP");
    assert_eq!(bench.feed(answering("AA", "1")), "SENT");
    assert_eq!(bench.store(), "AA:7");
}

#[test]
fn a_message_not_under_way_can_be_taken_back() {
    let mut bench = Bench::usual();
    let first = bench.try_submit(&order("1")).unwrap();
    let second = bench.try_submit(&order("2")).unwrap();
    assert!(!bench.link.withdraw(first));
    assert!(bench.link.withdraw(second));
    assert!(!bench.link.withdraw(second));
    bench.words();
    assert_eq!(bench.feed(answering("AA", "1")), "SENT");
    assert_eq!(bench.link.pending(), 0);
}

#[test]
fn a_pause_between_messages_is_kept() {
    let mut bench = Bench::new(MllpDialect {
        timers: Timers {
            pause: Duration::from_millis(200),
            ..Timers::default()
        },
        ..MllpDialect::default()
    });
    bench.submit(&order("1"));
    bench.submit(&order("2"));
    assert_eq!(bench.feed(answering("AA", "1")), "SENT");
    assert_eq!(bench.wait(199), "");
    assert_eq!(bench.wait(1), "OML:2");
}

#[test]
fn an_answer_nobody_understands_changes_nothing() {
    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    assert_eq!(bench.feed(answering("??", "1")), "KEEP");
    bench.store();
    assert_eq!(bench.link.pending(), 1);
    assert_eq!(bench.counters().garbled_replies, 1);
    assert_eq!(bench.feed(answering("aa", "1")), "SENT");
}

/// The desk reads from what is kept that its orders are refused.
#[test]
fn a_refusal_after_a_commit_is_kept() {
    for code in ["AE", "AR"] {
        let mut bench = Bench::usual();
        bench.submit(&order("1"));
        assert_eq!(bench.feed(answering("CA", "1")), "SENT");
        assert_eq!(bench.feed(answering(code, "1")), "KEEP", "{code}");
        assert_eq!(bench.kept[0].bytes, answering(code, "1"));
        assert_eq!(bench.store(), "", "an answer is not answered");
        assert_eq!(bench.counters().late_answers, 0);
        // Once is enough.
        bench.wait(3_600_000);
        assert_eq!(bench.feed(answering(code, "1")), "", "{code}");
        assert_eq!(bench.counters().late_answers, 1);
    }
    // The same when nothing at all was heard in time.
    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    assert!(bench.wait(3_600_000).ends_with("ABORTED(NoReply)"));
    assert_eq!(bench.feed(answering("AE", "1")), "KEEP");
}

#[test]
fn a_refusal_of_a_repetition_of_ours_refuses_nothing() {
    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    assert_eq!(bench.wait(30_000), "OML:1");
    assert_eq!(bench.feed(answering("AA", "1")), "SENT");
    assert_eq!(bench.feed(answering("AR", "1")), "", "a known number");
    assert_eq!(bench.counters().late_answers, 1);

    let mut bench = Bench::usual();
    bench.submit(&order("1"));
    assert_eq!(bench.feed(answering("CA", "1")), "SENT");
    assert_eq!(bench.feed(answering("AA", "1")), "", "as it should be");
    assert_eq!(bench.feed(answering("AE", "1")), "", "it is taken already");
}
