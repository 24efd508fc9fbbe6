//! Questions for work and their answers, maker by maker: whole exchanges, byte for byte.

use lisiere_driver::Library;
use lisiere_driver::profile::Profile;
use lisiere_driver::query::{Answer, AnswerClock, Question, WorkOrder};
use lisiere_model::UtcMicros;
use proptest::prelude::*;
use std::sync::OnceLock;

/// 23 November 2026, 10:15:30 in Paris.
const NOW: AnswerClock = AnswerClock {
    at: UtcMicros(1_795_425_330_000_000),
};

fn profile(id: &str) -> &'static Profile {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| Library::builtin().unwrap());
    library.get(id).unwrap_or_else(|| panic!("{id}")).profile()
}

fn order(specimen: &str, kind: &str, urgent: bool, tests: &[&str]) -> WorkOrder {
    WorkOrder {
        specimen: specimen.into(),
        kind: kind.into(),
        urgent,
        tests: tests.iter().map(|&code| code.into()).collect(),
    }
}

fn question(id: &str, text: &str) -> Question {
    let question = profile(id).question(text.replace('\n', "\r").as_bytes());
    question.expect("a question")
}

fn answer(id: &str, text: &str, found: &[WorkOrder]) -> Answer {
    profile(id).answer(&question(id, text), found, &NOW)
}

/// What goes over the line, one record a line.
fn lines(text: &[u8]) -> String {
    String::from_utf8(text.to_vec())
        .unwrap()
        .replace('\r', "\n")
}

fn messages(answer: &Answer) -> Vec<String> {
    answer
        .messages
        .iter()
        .map(|message| lines(&message.text))
        .collect()
}

fn tubes(question: &Question) -> Vec<Option<&str>> {
    question
        .tubes
        .iter()
        .map(|tube| tube.specimen.as_deref())
        .collect()
}

const E411: &str = "H|\\^&|||cobas-e411^1|||||host|TSREQ^REAL|P|1
Q|1|^^0000000387^587^0^2^^S1^SC||ALL||||||||A
L|1|N
";

#[test]
fn roche_gets_sequence_rack_and_position_back_as_asked() {
    let found = [order("0000000387", "UR", true, &["685", "687"])];
    let answer = answer("roche-cobas-c311", E411, &found);
    assert_eq!(answer.reply, None);
    assert_eq!(
        messages(&answer),
        ["H|\\^&|||host^1|||||cobas-e411|TSDWN^REPLY|P|1
P|1
O|1|0000000387|587^0^2^^S1^SC|^^^685^\\^^^687^|S||||||A||||2||||||||||O
L|1|N
"]
    );
    assert_eq!(answer.messages[0].specimens, ["0000000387"]);
}

#[test]
fn roche_is_told_that_there_is_no_order_for_a_tube() {
    let told = |text: &str| {
        let answer = answer("roche-cobas-c311", text, &[]);
        assert!(answer.messages[0].specimens.is_empty());
        messages(&answer).remove(0)
    };
    assert!(told(E411).contains("\nO|1|0000000387|587^0^2^^S1^SC||R||||||A||||||||||||||Y\n"));
    // A label that was not read is never matched, whatever stands in its place, and still gets its answer.
    let unread = E411
        .replace("0000000387", "@192")
        .replace("587^0^2", "192^0^5");
    assert_eq!(tubes(&question("roche-cobas-c311", &unread)), [None]);
    let found = [order("@192", "SER", false, &["685"])];
    let answer = answer("roche-cobas-c311", &unread, &found);
    assert!(answer.messages[0].specimens.is_empty());
    assert!(told(&unread).contains("\nO|1|@192|192^0^5^^S1^SC||R|"));
}

#[test]
fn vitros_gets_its_dilution_once_and_each_test_in_the_list() {
    let asked =
        "H|\\^&|||3600796||||||||LIS2-A|20201121110643\nQ|1|^1068687||ALL||||||||O\nL|1|N\n";
    let known = answer(
        "ortho-vitros",
        asked,
        &[order("1068687", "SER", false, &["002", "001"])],
    );
    assert_eq!(
        messages(&known),
        ["H|\\^&|||Lisiere||||||||LIS2-A|20261123101530
P|1
O|1|1068687||^^^1.0000+002+1.0\\001+1.0|R||20261123101530||||N||||5||||||||||O
L|1|N
"]
    );
    let unknown = answer("ortho-vitros", asked, &[]);
    assert_eq!(
        messages(&unknown),
        ["H|\\^&|||Lisiere||||||||LIS2-A|20261123101530\nL|1|I\n"]
    );
    let cancel = question("ortho-vitros", &asked.replace("||||||||O", "||||||||A"));
    assert!(cancel.cancels && cancel.tubes.is_empty());
    assert_eq!(
        profile("ortho-vitros").answer(&cancel, &[], &NOW),
        Answer::default()
    );
}

#[test]
fn genexpert_speaks_its_own_delimiters_and_gets_one_order_for_each_test() {
    let asked = "H|@^\\|ODM-1||GX^GeneXpert^6.2|||||LIS||P|1394-97|20261123101500\nQ|1|^S-26@77||||||||||O@N\nL|1|N\n";
    let asked = asked.replace("S-26@77", "S-2677");
    let found = [order("S-2677", "SPT", false, &["FLUVID", "A@B"])];
    let known = answer("cepheid-genexpert", &asked, &found);
    let control = known.messages[0].control.clone().unwrap();
    assert_eq!(
        messages(&known),
        [format!(
            "H|@^\\|{control}||LIS|||||GX^GeneXpert^6.2||P|1394-97|20261123101530
P|1
O|1|S-2677||^^^FLUVID|R|20261123101530|||||A||||ORH||||||||||Q
O|2|S-2677||^^^A\\R\\B|R|20261123101530|||||A||||ORH||||||||||Q
L|1|F
"
        )]
    );
    let all = question("cepheid-genexpert", &asked.replace("^S-2677", "ALL"));
    assert!(all.all && all.tubes.is_empty());
    let answer = profile("cepheid-genexpert").answer(&all, &found, &NOW);
    assert_eq!(answer.messages[0].specimens, ["S-2677"]);
    assert!(messages(&answer)[0].contains("\nO|1|S-2677||^^^FLUVID|"));
}

#[test]
fn sysmex_gets_the_whole_place_back_with_its_blanks() {
    let asked = "H|\\^&|||XP-300^00-13^^^^A0001||||||||E1394-97\nQ|1|2^1^       113^B||ALL|||20261123101500\nL|1|N\n";
    let found = [order("113", "BLD", false, &["WBC", "HGB"])];
    let known = answer("sysmex-xp", asked, &found);
    assert_eq!(
        messages(&known),
        ["H|\\^&|||||||||||E1394-97
P|1
O|1|2^1^       113^B||^^^^WBC\\^^^^HGB|R|20261123101530|||||N||||||||||||||Q
L|1|N
"]
    );
    // The attribute says that the number was not read from the label.
    let guessed = asked.replace("^B|", "^C|");
    let answer = answer("sysmex-xp", &guessed, &found);
    assert!(messages(&answer)[0].contains("\nO|1|2^1^       113^C|||R|"));
    assert!(answer.messages[0].specimens.is_empty());
}

#[test]
fn known_and_unknown_tubes_share_an_answer() {
    let asked = E411.replace("^SC|", "^SC\\^^0000000388^588^0^3^^S1^SC|");
    let found = [order("0000000388", "SER", false, &["685"])];
    let text = messages(&answer("roche-cobas-c311", &asked, &found)).remove(0);
    assert!(
        text.contains("\nO|1|0000000387|587^0^2^^S1^SC||R||||||A||||||||||||||Y\n"),
        "{text}"
    );
    assert!(
        text.contains("\nO|2|0000000388|588^0^3^^S1^SC|^^^685^|R||||||A||||1||||||||||O\n"),
        "{text}"
    );
}

#[test]
fn results_are_no_questions() {
    for text in [
        "H|\\^&|||c311^1\rP|1\rO|1|x\rR|1|^^^685/|1\rL|1|N\r",
        "",
        "Q|1|^x",
        "MSH|^~\\&|a\rOBX|1\r",
    ] {
        assert_eq!(
            profile("roche-cobas-c311").question(text.as_bytes()),
            None,
            "{text:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_question_breaks_an_answer(text in proptest::collection::vec(any::<u8>(), 0..300), tube in "[ -~]{0,12}") {
        let mut bytes = b"H|\\^&|||x|||||h|TSREQ^REAL\rQ|1|".to_vec();
        bytes.extend(&text);
        for driver in ["roche-cobas-c311", "ortho-vitros", "cepheid-genexpert", "sysmex-xp"] {
            if let Some(question) = profile(driver).question(&bytes) {
                let found = [order(&tube, "SER", true, &["a|b^c\\d&e\r\u{e9}"])];
                let answer = profile(driver).answer(&question, &found, &NOW);
                for message in &answer.messages {
                    prop_assert!(message.text.ends_with(b"\r"));
                    // Whatever was asked, the answer has the records of its draft and no other.
                    let records = message.text.split(|byte| *byte == b'\r').filter(|line| !line.is_empty());
                    for record in records {
                        prop_assert!(b"HPOL".contains(&record[0]), "{:?}", record);
                    }
                    if !message.specimens.is_empty() {
                        prop_assert!(question.all || question.tubes.iter().any(|asked| asked.is(&tube)));
                    }
                }
            }
        }
    }
}
