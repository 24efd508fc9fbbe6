//! Questions for work in HL7 v2 and their answers, maker by maker, and what analyzers say to the orders they get.

use lisiere_driver::Library;
use lisiere_driver::profile::Profile;
use lisiere_driver::query::{Answer, AnswerClock, WorkOrder, outcome};
use lisiere_model::UtcMicros;
use std::sync::OnceLock;

/// 23 November 2026, 10:15:30 in Paris.
const NOW: AnswerClock = AnswerClock {
    at: UtcMicros(1_795_425_330_000_000),
};

/// An analyzer that follows IHE LAW to the letter: no work is told by an order that is called off.
const LAW: &str = r##"
[query]
from = "QPD.3"
when = [{ at = "MSH.9", matches = '^QBP\^Q11' }, { at = "QPD.1", matches = '^WOS' }]
all_when = [{ at = "QPD.1", matches = '^WOS_ALL' }]
answer_within_seconds = 10
[query.reply]
head = [
    'MSH|^~\&|{MSH.5}|{MSH.6}|{MSH.3}|{MSH.4}|{now}||RSP^K11^RSP_K11|{control}|P|2.5.1|||NE|NE||UNICODE UTF-8|||LAB-27^IHE',
    'MSA|AA|{MSH.10}',
    'QAK|{QPD.2}|OK|{QPD.1}',
    '{QPD}',
]
[query.message]
per = "tube"
head = ['MSH|^~\&|{MSH.5}|{MSH.6}|{MSH.3}|{MSH.4}|{now}||OML^O33^OML_O33|{control}|P|2.5.1|||NE|AL||UNICODE UTF-8|||LAB-28^IHE']
tube = ['SPM|1|{tube}||{kind}|||||||P', 'SAC|||{tube}']
test = ['ORC|NW|{tube}.{code}|||||||{now}', 'TQ1|||||||||{priority}', 'OBR|{nth}|{tube}.{code}||{code}']
[query.no_order.message]
per = "tube"
head = ['MSH|^~\&|{MSH.5}|{MSH.6}|{MSH.3}|{MSH.4}|{now}||OML^O33^OML_O33|{control}|P|2.5.1|||NE|AL||UNICODE UTF-8|||LAB-28^IHE']
tube = ['SPM|1|{tube}|||||||||P', 'SAC|||{tube}', 'ORC|DC|""']
"##;

fn builtin(id: &str) -> Profile {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| Library::builtin().unwrap());
    let driver = library.get(id).unwrap_or_else(|| panic!("{id}"));
    driver.profile().clone()
}

/// Another `[query]` in a profile.
fn with_query(id: &str, query: &str) -> Profile {
    let mut profile = builtin(id);
    #[derive(serde::Deserialize)]
    struct Section {
        query: lisiere_driver::query::QueryRule,
    }
    let section: Section = toml::from_str(query).unwrap();
    profile.query = Some(section.query);
    profile
}

fn order(specimen: &str, kind: &str, urgent: bool, tests: &[&str]) -> WorkOrder {
    WorkOrder {
        specimen: specimen.into(),
        kind: kind.into(),
        urgent,
        tests: tests.iter().map(|&code| code.into()).collect(),
    }
}

fn answer(profile: &Profile, text: &str, found: &[WorkOrder]) -> Answer {
    let question = profile.question(text.replace('\n', "\r").as_bytes());
    profile.answer(&question.expect("a question"), found, &NOW)
}

fn lines(text: &[u8]) -> String {
    String::from_utf8(text.to_vec())
        .unwrap()
        .replace('\r', "\n")
}

fn reply(answer: &Answer) -> String {
    lines(answer.reply.as_ref().expect("a reply"))
}

const WOS: &str = "MSH|^~\\&|BA400|Biosystems|Host|Host provider|20261123101500||QBP^Q11^QBP_Q11|105c-77|P|2.5.1|||ER|AL||UNICODE UTF-8|||LAB-27^IHE
QPD|WOS^Work Order Step^IHE_LABTF|105c77|32971968
RCP|I||R
";

#[test]
fn ba400_is_answered_at_once_and_gets_its_order_in_a_message_of_its_own() {
    let ba400 = builtin("biosystems-ba400");
    let known = answer(
        &ba400,
        WOS,
        &[order("32971968", "SER", true, &["CRP", "GLU"])],
    );
    assert_eq!(
        reply(&known),
        "MSH|^~\\&|Host|Host provider|BA400|Biosystems|20261123101530||RSP^K11^RSP_K11|17954253300000001|P|2.5.1|||NE|NE||UNICODE UTF-8|||LAB-27^IHE
MSA|AA|105c-77
QAK|105c77|OK|WOS^Work Order Step^IHE_LABTF
QPD|WOS^Work Order Step^IHE_LABTF|105c77|32971968
"
    );
    let [order] = known.messages.as_slice() else {
        panic!("one message")
    };
    assert_eq!(order.control.as_deref(), Some("17954253300000002"));
    assert_eq!(order.specimens, ["32971968"]);
    assert_eq!(
        lines(&order.text),
        "MSH|^~\\&|Host|Host provider|BA400|Biosystems|20261123101530||OML^O33^OML_O33|17954253300000002|P|2.5.1|||NE|AL||UNICODE UTF-8|||LAB-28^IHE
SPM|1|32971968||SER|||||||P
SAC|||32971968
ORC|NW|32971968.CRP|||||||20261123101530
TQ1|||||||||S
OBR|1|32971968.CRP||CRP^CRP^A400
ORC|NW|32971968.GLU|||||||20261123101530
TQ1|||||||||S
OBR|2|32971968.GLU||GLU^GLU^A400
"
    );
    let unknown = answer(&ba400, WOS, &[]);
    assert!(reply(&unknown).contains("\nQAK|105c77|NF|WOS^"));
    assert!(unknown.messages.is_empty());
}

#[test]
fn law_calls_off_what_is_not_there() {
    let law = with_query("biosystems-ba400", LAW);
    let unknown = answer(&law, WOS, &[]);
    assert!(reply(&unknown).contains("\nQAK|105c77|OK|WOS^"));
    let text = lines(&unknown.messages[0].text);
    assert!(
        text.ends_with("SPM|1|32971968|||||||||P\nSAC|||32971968\nORC|DC|\"\"\n"),
        "{text}"
    );
    assert!(unknown.messages[0].specimens.is_empty());
    let all = WOS.replace("WOS^Work Order Step", "WOS_ALL^Work Order Step All");
    let found = [
        order("1", "SER", false, &["GLU"]),
        order("2", "UR", false, &["GLU"]),
    ];
    let every = answer(&law, &all, &found);
    let tubes: Vec<_> = every
        .messages
        .iter()
        .map(|message| message.specimens.clone())
        .collect();
    assert_eq!(tubes, [["1"], ["2"]]);
}

#[test]
fn genexpert_finds_its_orders_in_the_answer() {
    let genexpert = builtin("cepheid-genexpert-hl7");
    let asked = "MSH|^~\\&|ICU^GeneXpert^1.0||LIS||20261123100245||QBP^Z03^QBP_Z03|662f|P|2.5
QPD|Z03^HOST QUERY|662f165e|PatientID-556|DEV-0121
RCP|I
";
    let known = answer(
        &genexpert,
        asked,
        &[order("DEV-0121", "SPT", false, &["FLUVID", "CTNG"])],
    );
    assert_eq!(known.replied, ["DEV-0121"]);
    assert!(
        known.messages.is_empty(),
        "it takes no order that it did not ask for"
    );
    assert_eq!(
        reply(&known),
        "MSH|^~\\&|LIS||ICU^GeneXpert^1.0||20261123101530||RSP^Z02|17954253300000001|P|2.5|||NE|NE
MSA|AA|662f
QAK|662f165e|OK|Z03^HOST QUERY
QPD|Z03^HOST QUERY|662f165e|PatientID-556|DEV-0121
PID|1
ORC|NW|1|||||||20261123101530
OBR|1|||FLUVID|||||||A
TQ1|||||||||R
SPM|1|DEV-0121^||ORH|||||||P
ORC|NW|2|||||||20261123101530
OBR|2|||CTNG|||||||A
TQ1|||||||||R
SPM|2|DEV-0121^||ORH|||||||P
"
    );
    let unknown = answer(&genexpert, asked, &[]);
    assert!(reply(&unknown).ends_with("|PatientID-556|DEV-0121\n"));
    let cancel = "MSH|^~\\&|ICU^GeneXpert^1.0||LIS||20261123114254||QCN^J01^QCN_J01|UDC000|P|2.5|||AL|NE\nQID|662f|N/D\n";
    let cancelled = answer(&genexpert, cancel, &[]);
    assert!(reply(&cancelled).ends_with("\nMSA|CA|UDC000\n"));
    let all = asked.replace("QBP^Z03^QBP_Z03", "QBP^Z01^QBP_Z01").replace(
        "Z03^HOST QUERY|662f165e|PatientID-556|DEV-0121",
        "Z01^REQUEST TEST ORDERS|662f165e|ALL",
    );
    let every = answer(&genexpert, &all, &[order("A1", "SPT", true, &["FLUVID"])]);
    assert_eq!(every.replied, ["A1"]);
    assert!(reply(&every).contains("\nSPM|1|A1^||ORH|||||||P\n"));
}

#[test]
fn mindray_gets_numbered_lines_and_no_name() {
    let mindray = builtin("mindray-cl");
    let asked = "MSH|^~\\&|||||20261123104700||QRY^Q02|4|P|2.3.1||||||ASCII|||
QRD|20261123104700|R|D|1|||RD|0019|OTH|||T|
QRF||||||RCT|COR|ALL||
";
    let known = answer(
        &mindray,
        asked,
        &[order("0019", "SER", false, &["1", "2", "5"])],
    );
    assert_eq!(
        reply(&known),
        "MSH|^~\\&|||||20261123101530||QCK^Q02|4|P|2.3.1||||||ASCII|||
MSA|AA|4|Message accepted|||0|
ERR|0|
QAK|SR|OK|
"
    );
    let text = lines(&known.messages[0].text);
    assert_eq!(known.messages[0].control.as_deref(), Some("4"));
    assert_eq!(text.matches("\nDSP|").count(), 31);
    assert!(text.contains("\nDSP|3|||||\n"), "no name: {text}");
    assert!(text.contains("\nDSP|21||0019|||\n") && text.contains("\nDSP|26||serum|||\n"));
    assert!(
        text.ends_with("DSP|29||1^^^|||\nDSP|30||2^^^|||\nDSP|31||5^^^|||\nDSC||\n"),
        "{text}"
    );
    let unknown = answer(&mindray, asked, &[]);
    assert!(reply(&unknown).ends_with("QAK|SR|NF|\n"));
    assert!(unknown.messages.is_empty());
}

#[test]
fn what_analyzers_say_to_orders_is_read() {
    let head = "MSH|^~\\&|BA400||Host||20261123101531||ORL^O34^ORL_O34|77|P|2.5.1\r";
    let taken =
        outcome(format!("{head}MSA|AA|1001\rSPM|1|32971968\rORC|OK|32971968.CRP\r").as_bytes());
    let taken = taken.expect("an answer");
    assert!(taken.accepted && taken.refused.is_empty());
    assert_eq!(taken.control, "1001");
    let partly =
        format!("{head}MSA|AA|1001\rSPM|1|A1&LIS\rORC|UA|A1.CRP\rSPM|2|A2\rORC|OK|A2.CRP\r");
    assert_eq!(
        outcome(partly.as_bytes()).expect("an answer").refused,
        ["A1"]
    );
    let refused = outcome(
        b"MSH|^~\\&|||||1||ACK^Q03|4|P|2.3.1\rMSA|AR|4|Application query error|||206|\rERR|206|\r",
    );
    let refused = refused.expect("an answer");
    assert!(!refused.accepted);
    assert_eq!(refused.reason, "Application query error");
    for text in ["MSH|^~\\&|a\rOBX|1\r", "H|\\^&\rL|1|N\r", "", "MSA|AA|1\r"] {
        assert_eq!(outcome(text.as_bytes()), None, "{text:?}");
    }
}
