//! What a driver says about one capture: readings, companions, and everything it could not place.

use jiff::{Timestamp, Zoned};
use lisiere_model::{
    Comparator, Interpretation as ModelInterpretation, LocalCode, LoincCode, MeasuredValue,
    ObservationKind, ResultStatus, UcumUnit,
};
use rust_decimal::Decimal;
use std::fmt;

/// A half-open range of bytes in the capture: from the first byte up to but not including `to`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ByteRange {
    /// First byte.
    pub from: usize,
    /// The byte after the last.
    pub to: usize,
}

/// Why a reading, a companion or a record waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// No specimen number where the profile looks for one.
    SpecimenMissing,
    /// The analyzer says that it could not read the label, or the number has an impossible form.
    SpecimenUnreadable,
    /// The profile does not know this test code.
    UnknownCode,
    /// The profile knows the code, the catalogue does not know the test.
    UnknownTest,
    /// The unit text is in no table, or a number came without a unit.
    UnknownUnit,
    /// The unit measures another property than the test's LOINC code.
    UnitMismatch,
    /// The analyzer says that there is no result (`-----`, `No Result`).
    NoResult,
    /// The value is neither a number nor a text the profile knows.
    UnknownValue,
    /// Two rules disagree on whose value this is (patient, control, calibrator).
    KindDisagreement,
    /// A companion row without the result it belongs to.
    Orphan,
    /// A record of a kind the profile does not expect, or a result outside any order.
    UnknownRecord,
    /// A status code the profile does not know.
    UnknownStatus,
    /// The bytes came in a frame whose checksum is wrong, or could not be decoded.
    Damaged,
}

impl Cause {
    /// A short stable word for logs, counters and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SpecimenMissing => "specimen-missing",
            Self::SpecimenUnreadable => "specimen-unreadable",
            Self::UnknownCode => "unknown-code",
            Self::UnknownTest => "unknown-test",
            Self::UnknownUnit => "unknown-unit",
            Self::UnitMismatch => "unit-mismatch",
            Self::NoResult => "no-result",
            Self::UnknownValue => "unknown-value",
            Self::KindDisagreement => "kind-disagreement",
            Self::Orphan => "orphan",
            Self::UnknownRecord => "unknown-record",
            Self::UnknownStatus => "unknown-status",
            Self::Damaged => "damaged",
        }
    }
}

/// One reason for a reading to wait, in words for the person who will decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// The kind of reason.
    pub cause: Cause,
    /// The reason in French. It may quote codes, units and specimen numbers, never a person's name.
    pub reason: String,
}

impl Quarantine {
    /// A reason.
    pub fn new(cause: Cause, reason: impl Into<String>) -> Self {
        Self {
            cause,
            reason: reason.into(),
        }
    }
}

/// A moment as the analyzer wrote it, and what it means in the zone of the analyzer's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingTime {
    /// As sent.
    pub text: String,
    /// With zone; absent when the text is no plausible time.
    pub moment: Option<Zoned>,
    /// The hour exists twice (end of summer time): the first of the two was taken.
    pub ambiguous: bool,
}

impl ReadingTime {
    /// The instant, if the text names one.
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.moment.as_ref().map(Zoned::timestamp)
    }
}

/// A value that goes with a result without being one: an index, a Ct, a raw signal, a dilution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// What it is, as the profile or the analyzer names it.
    pub name: String,
    /// Exactly as sent.
    pub value: String,
    /// The number in it, if it is one.
    pub number: Option<Decimal>,
    /// The unit as sent.
    pub unit: Option<String>,
    /// Where it stands in the capture.
    pub bytes: ByteRange,
}

/// What the analyzer says of a control or a calibrator, as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// Its name.
    pub name: Option<String>,
    /// Its lot.
    pub lot: Option<String>,
    /// Its level.
    pub level: Option<String>,
    /// The value aimed at.
    pub target: Option<String>,
    /// The standard deviation allowed.
    pub deviation: Option<String>,
}

/// One result as the analyzer meant it. Nothing in it was guessed: what is not known is absent and named in `quarantine`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The specimen number, trimmed as the profile says.
    pub specimen: Option<String>,
    /// The analyzer's code of the test.
    pub code: String,
    /// The catalogue's label, or the analyzer's own name of the test.
    pub name: Option<String>,
    /// The laboratory's code of the test, when the profile maps it.
    pub test: Option<LocalCode>,
    /// LOINC, when mapped.
    pub loinc: Option<LoincCode>,
    /// The value: text as sent, exact number, comparator.
    pub value: MeasuredValue,
    /// What a qualitative text means (`POS`, `NEG`, `IND`), from the profile's table.
    pub qualitative: Option<ModelInterpretation>,
    /// The unit as sent.
    pub unit_text: Option<String>,
    /// The unit in UCUM, when known.
    pub unit: Option<UcumUnit>,
    /// The analyzer's flags and alarms as sent, in order, each once.
    pub flags: Vec<String>,
    /// What the flags mean beside a reference range, when the profile knows them.
    pub interpretation: Option<ModelInterpretation>,
    /// The analyzer's reference range as sent.
    pub range_text: Option<String>,
    /// What the analyzer says of the result.
    pub status: ResultStatus,
    /// When it was made, by the analyzer's clock.
    pub time: Option<ReadingTime>,
    /// Patient, control, calibrator or other.
    pub kind: ObservationKind,
    /// The analyzer's run of the same test on the same specimen, counted from 1 within the message.
    pub run: u32,
    /// Free comments attached to the result.
    pub comments: Vec<String>,
    /// Values that go with it.
    pub companions: Vec<Companion>,
    /// Why it waits for a person; empty when nothing is unclear.
    pub quarantine: Vec<Quarantine>,
    /// What is known of the control, when it is no patient's.
    pub control: Option<Control>,
    /// What makes it the same as another reading: equal texts are one result sent twice.
    pub identity: String,
    /// Why its time is doubted, in French, if it is.
    pub time_doubt: Option<String>,
    /// The record in the capture.
    pub bytes: ByteRange,
}

impl Reading {
    /// The reasons in one line, or nothing.
    pub fn quarantine_text(&self) -> Option<String> {
        join_reasons(&self.quarantine)
    }

    /// Whether it may go on to matching without a person.
    pub fn is_clear(&self) -> bool {
        self.quarantine.is_empty()
    }

    /// The comparator of the value.
    pub const fn comparator(&self) -> Option<Comparator> {
        self.value.comparator
    }
}

pub(crate) fn join_reasons(reasons: &[Quarantine]) -> Option<String> {
    let words: Vec<&str> = reasons
        .iter()
        .map(|quarantine| quarantine.reason.as_str())
        .collect();
    (!words.is_empty()).then(|| words.join(" ; "))
}

/// A record kept aside: unknown to the profile, or left out by one of its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsideRecord {
    /// The record's letter or name, or what stood in its place; the type of a message that stands here as a whole.
    pub letter: String,
    /// The record as text (patient records are masked).
    pub text: String,
    /// Why.
    pub why: Quarantine,
    /// Where it stands in the capture.
    pub bytes: ByteRange,
}

/// A question of the analyzer: what is to be done on these specimens?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostQuery {
    /// The readable specimen numbers asked about.
    pub specimens: Vec<String>,
    /// The unreadable ones, as sent: never to be matched.
    pub unreadable: Vec<String>,
    /// Where the record stands in the capture.
    pub bytes: ByteRange,
}

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Tolerated and counted: nothing is in doubt.
    Notice,
    /// Something waits for a person.
    Warning,
    /// The capture, or the rest of it, is no message.
    Unreadable,
}

/// Something about the capture as a whole, with the byte it was seen at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// Offset in the capture.
    pub at: usize,
    /// In French, with the remedy where one is known.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "octet {} : {}", self.at, self.text)
    }
}

/// Facts of one message of the capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFacts {
    /// Its type, where the language has a word for it (`ORU^R01`).
    pub title: Option<String>,
    /// Its control number (H-3, MSH-10), for the recognition of duplicates.
    pub control_id: Option<String>,
    /// Its sender (H-5, MSH-3) as sent.
    pub sender: Option<String>,
    /// The time of the message.
    pub time: Option<ReadingTime>,
    /// Whether its end was seen.
    pub terminated: bool,
    /// Where it stands in the capture.
    pub bytes: ByteRange,
}

/// Everything a driver understood of one capture, and everything it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interpretation {
    /// The driver's id.
    pub driver: String,
    /// The profile's version.
    pub version: String,
    /// The messages found.
    pub messages: Vec<MessageFacts>,
    /// The results, in the order in which they were sent.
    pub readings: Vec<Reading>,
    /// Records no rule knows: for a person.
    pub unknown: Vec<AsideRecord>,
    /// Records that a rule of the profile leaves out, with the rule's reason.
    pub ignored: Vec<AsideRecord>,
    /// Questions of the analyzer.
    pub queries: Vec<HostQuery>,
    /// What is to be said about the capture as a whole.
    pub problems: Vec<Problem>,
}

impl Interpretation {
    /// Why the capture is no message at all, if so.
    pub fn unreadable(&self) -> Option<&Problem> {
        self.problems
            .iter()
            .find(|problem| problem.severity == Severity::Unreadable)
    }

    /// Whether nothing waits for a person.
    pub fn is_clear(&self) -> bool {
        self.unknown.is_empty()
            && self.readings.iter().all(Reading::is_clear)
            && self
                .problems
                .iter()
                .all(|problem| problem.severity == Severity::Notice)
    }
}
