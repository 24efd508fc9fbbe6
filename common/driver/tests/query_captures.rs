//! The questions in public captures: whose tubes they ask about, and that each gets an answer.

use lisiere_driver::query::{AnswerClock, Question, WorkOrder, outcome};
use lisiere_model::UtcMicros;
use lisiere_protocol::{lis2a2::deframe, mllp::deblock};

#[allow(
    clippy::allow_attributes,
    unreachable_pub,
    reason = "the file is shared between test programs"
)]
mod support;

const NOW: AnswerClock = AnswerClock {
    at: UtcMicros(1_795_425_330_000_000),
};

/// The text between the marks of the link.
fn text(file: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(support::shared(&format!("captures/{file}"))?).unwrap();
    if file.ends_with(".hl7") {
        let first = deblock(&bytes).messages.into_iter().next()?;
        return Some(bytes[first].to_vec());
    }
    // One file writes control characters as a caret and a letter.
    let plain = String::from_utf8_lossy(&bytes)
        .replace("^E", "\u{5}")
        .replace("^B", "\u{2}")
        .replace("^C", "\u{3}")
        .replace("^D", "\u{4}");
    let bytes = if file.contains("caret") {
        plain.into_bytes()
    } else {
        bytes
    };
    Some(deframe(&bytes).text)
}

fn check(file: &str, driver: &str, tubes: &[Option<&str>]) {
    let Some(text) = text(file) else { return };
    let profile = support::driver(driver).profile();
    let question: Question = profile.question(&text).unwrap_or_else(|| {
        panic!(
            "{file}: no question in {:?}",
            String::from_utf8_lossy(&text)
        )
    });
    let asked: Vec<_> = question
        .tubes
        .iter()
        .map(|tube| tube.specimen.as_deref())
        .collect();
    assert_eq!(asked, tubes, "{file}");
    // Every tube that was read is found, and only those.
    let orders: Vec<WorkOrder> = question
        .tubes
        .iter()
        .map(|tube| WorkOrder {
            specimen: tube.shown.clone(),
            kind: "SER".into(),
            urgent: false,
            tests: vec!["T1".into()],
        })
        .collect();
    let answer = profile.answer(&question, &orders, &NOW);
    let mut answered = answer.replied.clone();
    answered.extend(answer.messages.iter().flat_map(|one| one.specimens.clone()));
    let known: Vec<_> = tubes
        .iter()
        .flatten()
        .map(|tube| (*tube).to_owned())
        .collect();
    assert_eq!(answered, known, "{file}");
    let nothing = profile.answer(&question, &[], &NOW);
    assert!(
        nothing.reply.is_some() || !nothing.messages.is_empty(),
        "{file}: the analyzer is told that there is nothing"
    );
}

#[test]
fn captured_questions_are_understood_and_answered() {
    check(
        "roche-cobas-e411-query.astm",
        "roche-cobas-e411",
        &[Some("0000000387")],
    );
    check(
        "roche-cobas-e411-query-unreadable.astm",
        "roche-cobas-e411",
        &[None],
    );
    check(
        "ortho-vitros3600-query.astm",
        "ortho-vitros",
        &[Some("1068687")],
    );
    check(
        "erba-em200-query-multi.astm",
        "erba-xl",
        &[Some("0000000406"), Some("00001001")],
    );
    check(
        "erba-xl1000-multisample-query-caret.txt",
        "erba-xl",
        &[
            Some("1007149"),
            Some("1007152"),
            Some("1007151"),
            Some("1007150"),
            Some("1007148"),
        ],
    );
    check(
        "biosystems-ba400-law-qbp-q11.hl7",
        "biosystems-ba400",
        &[Some("32971968")],
    );
    check("mindray-cl1000i-qry-q02.hl7", "mindray-cl", &[Some("0019")]);
    check(
        "cepheid-genexpert-qbp-z03.hl7",
        "cepheid-genexpert-hl7",
        &[Some("SpecimenID-DEV01210000000000005")],
    );
}

#[test]
fn captured_words_about_orders_are_understood() {
    if let Some(text) = text("cepheid-genexpert-qcn-j01.hl7") {
        let profile = support::driver("cepheid-genexpert-hl7").profile();
        let question = profile.question(&text).expect("it takes a question back");
        assert!(question.cancels && question.tubes.is_empty());
        let reply = profile
            .answer(&question, &[], &NOW)
            .reply
            .expect("an answer");
        assert!(String::from_utf8_lossy(&reply).contains("\rMSA|CA|UDC000\r"));
    }
    if let Some(text) = text("mindray-cl1000i-ack-q03.hl7") {
        let taken = outcome(&text).expect("an answer");
        assert!(taken.accepted && taken.control == "4");
    }
    if let Some(text) = text("mindray-cl1000i-ack-reject206.hl7") {
        let refused = outcome(&text).expect("an answer");
        assert!(!refused.accepted);
        assert_eq!(refused.reason, "Application query error");
    }
}

/// What a host once sent to a VITROS is what is sent now, but for the host's own record numbers and moments.
#[test]
fn an_order_as_an_analyzer_once_took_it() {
    let Some(text) = text("ortho-vitros3600-order-download.astm") else {
        return;
    };
    let profile = support::driver("ortho-vitros").profile();
    let asked = profile
        .question(b"H|\\^&|||3600796\rQ|1|^1068687||ALL||||||||O\rL|1|N\r")
        .unwrap();
    let order = WorkOrder {
        specimen: "1068687".into(),
        kind: "SER".into(),
        urgent: false,
        tests: vec!["002".into()],
    };
    let answer = profile.answer(&asked, &[order], &NOW);
    let fields = |text: &[u8], letter: char| -> Vec<String> {
        let text = String::from_utf8_lossy(text).into_owned();
        let line = text
            .split('\r')
            .map(|line| line.trim_start_matches(|sign: char| sign.is_ascii_digit()))
            .find(|line| line.starts_with(letter))
            .unwrap_or_default()
            .to_owned();
        line.split('|').map(str::to_owned).collect()
    };
    let (then, now) = (fields(&text, 'O'), fields(&answer.messages[0].text, 'O'));
    for field in [2, 4, 5, 11, 15, 25] {
        assert_eq!(then.get(field), now.get(field), "O-{}", field + 1);
    }
}
