//! Which acknowledgement a message gets, and what stands in it.

use lisiere_protocol::mllp::{AnswerPolicy, MllpDialect, block};
use lisiere_protocol::{Admission, Engine, Verdict};

use crate::support::{Bench, result, wishing};

fn with(answers: AnswerPolicy) -> Bench {
    Bench::new(MllpDialect {
        answers,
        ..MllpDialect::default()
    })
}

/// What goes out for a stored and for a refused message.
fn check(answers: AnswerPolicy, commit: &str, application: &str, stored: &str, refused: &str) {
    let said = |verdict: Verdict| {
        let mut bench = with(answers);
        assert_eq!(
            bench.feed(block(wishing("7", commit, application).as_bytes())),
            "KEEP"
        );
        bench.decide(verdict)
    };
    let case = format!("{answers:?} {commit}/{application}");
    assert_eq!(said(Verdict::Stored), stored, "{case} stored");
    let verdict = Verdict::Refused {
        reason: "disk full".into(),
    };
    assert_eq!(said(verdict), refused, "{case} refused");
}

#[test]
fn each_mode_gets_what_it_asks_for() {
    use AnswerPolicy::{Auto, Enhanced, Law, None, Original};
    check(Auto, "", "", "AA:7", "AR:7");
    check(Auto, "NE", "AL", "AA:7", "AR:7");
    check(Auto, "ER", "AL", "AA:7", "AR:7");
    check(Auto, "AL", "NE", "CA:7", "CR:7");
    check(Auto, "AL", "AL", "CA:7 AA:7", "CR:7");
    check(Auto, "SU", "SU", "CA:7 AA:7", "");
    check(Auto, "NE", "ER", "", "AR:7");
    check(Auto, "ER", "NE", "", "CR:7");
    check(Auto, "NE", "NE", "", "");
    // Mindray writes the kind of message into MSH-16.
    check(Auto, "", "0", "AA:7", "AR:7");
    check(Auto, "", "2", "AA:7", "AR:7");
    check(Original, "NE", "NE", "AA:7", "AR:7");
    check(Enhanced, "", "", "CA:7 AA:7", "CR:7");
    check(Enhanced, "NE", "AL", "AA:7", "AR:7");
    check(Law, "AL", "AL", "AA:7", "AR:7");
    check(None, "AL", "AL", "", "");
}

#[test]
fn an_acknowledgement_is_addressed_to_the_sender() {
    let mut bench = Bench::usual();
    bench.feed(block(wishing("{38e8-01}", "ER", "AL").as_bytes()));
    bench.store();
    assert_eq!(
        bench.last_sent(),
        "MSH|^~\\&|Host|Site|Lab^A|Ward|20260102030405||ACK^R22^ACK|{38e8-01}|P|2.5.1||||||UNICODE UTF-8|||LAB-29^IHE\r\
         MSA|AA|{38e8-01}\r"
    );
}

#[test]
fn a_refusal_says_why() {
    let mut bench = Bench::usual();
    bench.feed(block(result("7").as_bytes()));
    bench.refuse();
    let sent = bench.last_sent();
    let lines: Vec<&str> = sent.split('\r').collect();
    assert_eq!(lines[1], "MSA|AR|7");
    assert_eq!(
        lines[2],
        "ERR|||207^Application internal error^HL70357|E|||disk full"
    );
}

#[test]
fn old_versions_read_the_number_in_the_acknowledgement() {
    let mut bench = Bench::usual();
    bench.feed(block(
        b"MSH|^~\\&|||||20120508||ORU^R01|1|P|2.3.1||||0||ASCII\rOBX|1\r",
    ));
    bench.store();
    assert_eq!(
        bench.last_sent(),
        "MSH|^~\\&|||||20120508||ACK^R01|1|P|2.3.1||||||ASCII\rMSA|AA|1|Message accepted|||0\r"
    );
    bench.feed(block(b"MSH|^~\\&|||||20120508||ORU^R01|2|P|2.3.1\rOBX|1\r"));
    bench.refuse();
    assert!(bench.last_sent().ends_with("MSA|AR|2|disk full|||206\r"));
}

#[test]
fn law_names_the_structure_and_odd_delimiters_are_kept() {
    let mut bench = with(AnswerPolicy::Law);
    bench.feed(block(b"MSH|^~\\&|A||||||OUL^R22|1|P|2.5.1\rSPM|1\r"));
    bench.store();
    assert!(bench.last_sent().contains("|ACK^R22^ACK|1|"));
    bench.feed(block(b"MSH$%~\\&$A$$$$$$ORU%R01$2$P$2.5\rOBX$1\r"));
    bench.store();
    assert!(
        bench
            .last_sent()
            .starts_with("MSH$%~\\&$$$A$$$$ACK%R01%ACK$2$P$2.5\rMSA$AA$2\r")
    );
    bench.feed(block(b"MSH|^~\\&|A|||||||3|P|2.5\rOBX|1\r"));
    bench.store();
    assert!(bench.last_sent().contains("||ACK|3|P|2.5\r"));
}

#[test]
fn an_answer_of_the_application_takes_the_place_of_ours() {
    let reply = "MSH|^~\\&|Host||||||RSP^K11|R1|P|2.5.1\rMSA|AA|7\rQAK|Q|OK\r";
    let mut bench = Bench::usual();
    bench.feed(block(result("7").as_bytes()));
    assert_eq!(bench.answer(reply), "AA:7");
    assert_eq!(bench.last_sent(), reply);

    let mut bench = Bench::usual();
    bench.feed(block(wishing("7", "AL", "AL").as_bytes()));
    assert_eq!(bench.answer(reply), "CA:7 AA:7");
    assert_eq!(bench.last_sent(), reply);
}

#[test]
fn a_busy_appliance_says_so_before_it_keeps_anything() {
    let mut bench = Bench::usual();
    bench.link.admit(Admission::Busy);
    assert_eq!(bench.feed(block(result("7").as_bytes())), "AR:7");
    assert!(bench.last_sent().contains("busy"));
    assert!(bench.kept.is_empty());
    assert_eq!(bench.counters().busy_answers, 1);
    // Whoever hears no refusal would never send it again.
    assert_eq!(
        bench.feed(block(wishing("8", "NE", "NE").as_bytes())),
        "KEEP"
    );
    bench.link.admit(Admission::Open);
    bench.store();
    assert_eq!(bench.feed(block(result("7").as_bytes())), "KEEP");
    assert_eq!(bench.store(), "AA:7");
}

#[test]
fn nothing_positive_leaves_before_the_verdict() {
    let mut bench = Bench::usual();
    assert_eq!(bench.feed(block(result("7").as_bytes())), "KEEP");
    assert_eq!(bench.wait(3_600_000), "");
    assert_eq!(bench.store(), "AA:7");
    assert_eq!(bench.decide(Verdict::Stored), "");
    assert_eq!(bench.counters().late_verdicts, 1);
}

#[test]
fn text_that_could_break_the_answer_does_not() {
    let mut bench = Bench::usual();
    let long = "x".repeat(5_000);
    bench.feed(block(
        format!("MSH|^~\\&|{long}|W|||||ORU^R01|1|P|2.5\rOBX|1\r").as_bytes(),
    ));
    bench.decide(Verdict::Refused {
        reason: "a|b^c\rd é".into(),
    });
    let sent = bench.last_sent();
    assert!(sent.len() < 500, "fields of endless length are not echoed");
    assert!(sent.contains("|a\\F\\b\\S\\c?d ?\r"), "{sent}");
}
