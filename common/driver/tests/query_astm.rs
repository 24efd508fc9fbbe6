//! More makers of LIS2-A2 are answered as they want it, from the questions of their own fixtures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::query::{Answer, AnswerClock, WorkOrder};
use lisiere_model::UtcMicros;
use lisiere_protocol::lis2a2::deframe;
use support::{driver, fixture};

/// 23 November 2026, 10:15:30 in Paris.
const NOW: AnswerClock = AnswerClock {
    at: UtcMicros(1_795_425_330_000_000),
};

/// The answer to the question of a fixture: each message, one record a line.
fn answer(id: &str, name: &str, found: &[WorkOrder]) -> Vec<String> {
    let profile = driver(id).profile();
    let question = profile.question(&deframe(&fixture(id, name)).text).unwrap();
    let Answer {
        reply, messages, ..
    } = profile.answer(&question, found, &NOW);
    assert_eq!(reply, None, "{id}: its link has no place for a reply");
    let lines = |text: &[u8]| {
        String::from_utf8(text.to_vec())
            .unwrap()
            .replace('\r', "\n")
    };
    messages
        .iter()
        .map(|message| lines(&message.text))
        .collect()
}

fn order(specimen: &str, kind: &str, tests: &[&str]) -> WorkOrder {
    WorkOrder {
        specimen: specimen.into(),
        kind: kind.into(),
        urgent: false,
        tests: tests.iter().map(|&code| code.into()).collect(),
    }
}

#[test]
fn access_gets_one_order_with_the_kind_of_specimen() {
    let found = [order("26031200031", "SER", &["TSH3", "FRT4"])];
    assert_eq!(
        answer("beckman-access2", "question", &found),
        ["H|\\^&|||LIS|||||ACCESS^511234||P|1|20261123101530
P|1
O|1|26031200031||^^^TSH3\\^^^FRT4|R||||||A||||Serum
L|1|F
"]
    );
    let none = answer("beckman-access2", "question", &[]);
    assert!(none[0].ends_with("\nL|1|I\n"), "{none:?}");
}

#[test]
fn erba_gets_back_quotes_and_every_tube_it_asked_for() {
    let found = [
        order("2604020210", "SER", &["ALT", "CRE"]),
        order("2604020211", "UR", &["CRE"]),
    ];
    assert_eq!(
        answer("erba-xl", "question", &found),
        ["H|`^&||||||||||P|E 1394-97|20261123101530
P|1|0||||||U||||||||0|0
O|1|2604020210||^^^ALT`^^^CRE|R||||||A||||Serum
P|2|0||||||U||||||||0|0
O|1|2604020211||^^^CRE|R||||||A||||Urine
L|1|N
"]
    );
}

#[test]
fn mindray_gets_names_in_place_of_numbers() {
    let found = [order("2607030160", "SER", &["Urea", "Calcium"])];
    assert_eq!(
        answer("mindray-bs-astm", "question", &found),
        ["H|\\^&|||Mindry^^|||||||SA|1394-97|20261123101530
P|1
O|1||2607030160|^Urea^^\\^Calcium^^|R|20261123101530|20261123101530||||||||serum||||||||||O|||||
L|1|N
"]
    );
}

#[test]
fn e411_gets_its_place_back_and_an_unread_label_gets_no_order() {
    let found = [order("2609100420", "SER", &["10", "140"])];
    assert_eq!(
        answer("roche-cobas-e411", "question", &found),
        ["H|\\^&|||host^1|||||cobas-e411|TSDWN^REPLY|P|1
P|1
O|1|2609100420|311^0^2^^S1^SC|^^^10^\\^^^140^|R||||||A||||1||||||||||O
L|1|N
"]
    );
    // Whatever orders there are, none is matched to a place in the rack.
    let found = [order("@192", "SER", &["10"])];
    let none = answer("roche-cobas-e411", "question-illisible", &found);
    assert!(none[0].contains("\nO|1|@192|312^0^5^^S1^SC||R|") && none[0].contains("|Y\n"));
}

#[test]
fn sysmex_xn_gets_rack_number_and_attribute_back_with_their_blanks() {
    let found = [order("2611050130", "BLD", &["WBC", "HGB"])];
    let sent = answer("sysmex-xn", "question", &found).remove(0);
    assert!(
        sent.contains("\nO|1|000003^04^            2611050130^B||^^^^WBC\\^^^^HGB|R|"),
        "{sent}"
    );
}

#[test]
fn abbott_is_told_that_there_is_nothing_in_its_own_words() {
    for (id, tube) in [
        ("abbott-architect", "2612030090"),
        ("abbott-alinity", "2612040020"),
    ] {
        let sent = answer(id, "question", &[order(tube, "SER", &["241"])]).remove(0);
        assert!(
            sent.contains(&format!("\nO|1|{tube}||^^^241|R||||||A||||||||||||||Q\n")),
            "{sent}"
        );
        let none = answer(id, "question", &[]).remove(0);
        assert!(
            none.contains(&format!("\nQ|1|^{tube}||^^^ALL||||||||X\n")),
            "{none}"
        );
    }
}
