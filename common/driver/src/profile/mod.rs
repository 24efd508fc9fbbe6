//! The profile language: what one TOML file says about one analyzer model. Unknown keys are mistakes.
//!
//! The sections follow what a driver must be able to say: who the analyzer is, how its link behaves, where its records
//! carry what, and what its texts mean. Sections that only records of LIS2-A2 know are named after its letters, so that
//! another record language gets sections of its own beside them.

mod locator;

pub use locator::{
    Condition, Filter, Locator, LocatorError, Pattern, Place, Scope, Source, all_hold,
};

pub use crate::query::QueryRule;

use crate::data::{self, DataError};
use lisiere_model::{Interpretation, LocalCode, ObservationKind, ResultStatus, UcumUnit};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One analyzer model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The driver's name: lower case letters, digits and hyphens.
    pub id: String,
    /// Who makes the analyzer.
    pub maker: String,
    /// What it is called.
    pub model: String,
    /// Raised with every change of meaning.
    pub version: String,
    /// Who wrote the profile.
    pub author: String,
    /// What it was checked against.
    #[serde(default)]
    pub verified: Vec<String>,
    /// What a person who installs it should know, in French.
    #[serde(default)]
    pub notes: String,
    /// How to know the analyzer from its messages.
    pub recognise: Vec<Clue>,
    /// How its link behaves.
    pub link: Link,
    /// How its text is written.
    pub text: Text,
    /// How its clock is set and written.
    pub time: Clock,
    /// Where the facts of a message stand.
    #[serde(default)]
    pub message: Message,
    /// Where the specimen number stands.
    pub specimen: SpecimenRule,
    /// Where the parts of a result stand.
    pub result: ResultRule,
    /// Which rows are results, companions or neither; the first that fits decides, else the row is a result.
    #[serde(default)]
    pub row: Vec<RowRule>,
    /// Companions inside the result's own record.
    #[serde(default)]
    pub aside: Vec<Aside>,
    /// How values are written.
    pub value: ValueRule,
    /// Unit texts of this analyzer, before the common table.
    #[serde(default)]
    pub units: BTreeMap<String, UcumUnit>,
    /// Its test codes.
    pub code: Vec<CodeRule>,
    /// Its flags.
    #[serde(default)]
    pub flags: FlagRule,
    /// What its comment records mean.
    #[serde(default)]
    pub comment: CommentRule,
    /// What its status letters mean.
    pub status: StatusRule,
    /// Whose value it is.
    #[serde(default)]
    pub kind: Vec<KindRule>,
    /// Records that carry nothing for a report.
    #[serde(default)]
    pub records: RecordRule,
    /// Questions for work.
    #[serde(default)]
    pub query: Option<QueryRule>,
    /// What must not reach logs.
    #[serde(default)]
    pub privacy: Privacy,
    /// Captures with what must be read from them.
    #[serde(default)]
    pub tests: Vec<String>,
}

impl Profile {
    /// Reads one profile; `file` names it in mistakes.
    pub fn parse(file: &str, text: &str) -> Result<Self, DataError> {
        let profile: Self = data::read(file, text)?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if profile.id.is_empty() || !profile.id.bytes().all(plain) {
            let words = format!(
                "id = \"{}\" : lettres minuscules, chiffres et tirets",
                profile.id
            );
            return Err(DataError::whole(file, words));
        }
        Ok(profile)
    }
}

/// One sign by which the analyzer is known.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clue {
    /// Where to look.
    pub at: Locator,
    /// What to find there.
    pub matches: Pattern,
    /// How much it says, in percent. Clues add up as independent evidence.
    pub weight: u8,
}

/// The link language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// ASTM E1381, CLSI LIS01-A2.
    Lis1a,
    /// Records without frames.
    None,
}

/// Usual link settings; a port's own settings win.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Which language.
    pub kind: LinkKind,
    /// Serial settings of the maker.
    pub serial: Option<Serial>,
    /// Whether the analyzer can be reached over TCP.
    #[serde(default)]
    pub tcp: bool,
    /// What follows the checksum: `cr-lf`, `cr`, `lf`, `none`.
    #[serde(default)]
    pub trailer: Option<String>,
    /// Whether line ends rewritten on the way may be repaired to prove a checksum.
    #[serde(default)]
    pub repair_line_ends: bool,
    /// Characters of text sent in one frame.
    #[serde(default = "frame_text")]
    pub max_text: u32,
    /// Seconds the analyzer waits for the answer to its question for work.
    pub answer_within_seconds: Option<u32>,
}

const fn frame_text() -> u32 {
    240
}

/// Serial settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serial {
    /// Bits per second.
    pub baud: u32,
    /// Data bits.
    pub data_bits: u8,
    /// `none`, `even` or `odd`.
    pub parity: String,
    /// Stop bits.
    pub stop_bits: u8,
}

/// How text is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// A label that encoding_rs knows: `windows-1252`, `utf-8`…
    pub charset: String,
    /// Field, repeat, component, escape: only for an analyzer whose header lies.
    pub delimiters: Option<String>,
    /// Whether the escape character directly before a delimiter makes it text.
    #[serde(default)]
    pub shorthand_escapes: bool,
}

/// The analyzer's clock.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// An IANA zone; a laboratory may set another.
    pub zone: String,
    /// Patterns of Y, M, D, h, m and s; anything else stands for itself. `+hhmm` may follow.
    pub formats: Vec<String>,
    /// Texts that mean "no time".
    #[serde(default)]
    pub none: Vec<Pattern>,
    /// Years before this are an unset clock.
    #[serde(default = "earliest")]
    pub earliest_year: i16,
}

const fn earliest() -> i16 {
    2000
}

/// Facts of a message.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Its control number.
    #[serde(default)]
    pub control_id: Vec<Source>,
    /// Its sender.
    #[serde(default)]
    pub sender: Vec<Source>,
    /// Its time.
    #[serde(default)]
    pub time: Vec<Source>,
}

/// The specimen number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecimenRule {
    /// Where it stands, in order of preference.
    pub from: Vec<Source>,
    /// Texts that stand for an unreadable label.
    #[serde(default)]
    pub unreadable: Vec<Pattern>,
    /// Conditions under which the number was not read from a label, whatever it says.
    #[serde(default)]
    pub unreadable_when: Vec<Condition>,
    /// Characters put before the number to fill its width.
    pub padding: Option<char>,
    /// Longer ones are no specimen number.
    #[serde(default = "specimen_length")]
    pub max_length: usize,
}

const fn specimen_length() -> usize {
    32
}

/// The parts of a result.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultRule {
    /// The test code.
    pub code: Vec<Source>,
    /// The analyzer's name of the test.
    #[serde(default)]
    pub name: Vec<Source>,
    /// The value; kept with its blanks.
    pub value: Vec<Source>,
    /// The unit.
    #[serde(default)]
    pub unit: Vec<Source>,
    /// The reference range.
    #[serde(default)]
    pub range: Vec<Source>,
    /// The status.
    #[serde(default)]
    pub status: Vec<Source>,
    /// When it was made.
    #[serde(default)]
    pub time: Vec<Source>,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A result.
    Result,
    /// A value that belongs to a result before it.
    Companion,
    /// Nothing for a report.
    Ignored,
}

/// Which rows are what.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowRule {
    /// When all of these hold.
    pub when: Vec<Condition>,
    /// The row is this.
    pub role: Role,
    /// A companion's name in the record.
    #[serde(default)]
    pub name: Vec<Source>,
    /// A companion's name, where the record has none.
    pub label: Option<String>,
    /// A companion belongs to the nearest result before it, in the same order, with the same text here.
    pub same: Option<Locator>,
    /// Not the nearest but the first such result of the order.
    #[serde(default)]
    pub first: bool,
    /// Why the row is left out, in French.
    #[serde(default)]
    pub why: String,
}

/// A companion inside a result's record.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aside {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub at: Locator,
    /// When all of these hold.
    #[serde(default)]
    pub when: Vec<Condition>,
}

/// How values are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueRule {
    /// The decimal sign.
    pub decimal: char,
    /// The sign between groups of three digits.
    pub thousands: Option<char>,
    /// Whether `<`, `>`, `<=` and `>=` may stand before a number.
    #[serde(default = "yes")]
    pub comparators: bool,
    /// Texts that say that there is no result.
    #[serde(default)]
    pub sentinel: Vec<Sentinel>,
    /// Words and what they mean; compared without regard to case and outer blanks.
    #[serde(default)]
    pub words: BTreeMap<String, Interpretation>,
}

const fn yes() -> bool {
    true
}

/// A text that says that there is no result.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentinel {
    /// The text.
    pub matches: Pattern,
    /// What it means, in French.
    pub means: String,
}

/// One test code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRule {
    /// As the analyzer sends it.
    pub code: String,
    /// Tests of the catalogue it may be; the unit decides between them.
    pub tests: Vec<LocalCode>,
    /// The unit when the analyzer never sends one.
    pub unit: Option<UcumUnit>,
    /// Unit texts that mean something else for this code.
    #[serde(default)]
    pub units: BTreeMap<String, UcumUnit>,
    /// Where this is known from, or what to watch.
    #[serde(default)]
    pub note: String,
}

/// Flags.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagRule {
    /// The field; each repeat is a flag.
    pub at: Option<Locator>,
    /// Repeats that say nothing.
    #[serde(default)]
    pub none: Vec<String>,
    /// What a flag means beside the reference range.
    #[serde(default)]
    pub means: BTreeMap<String, Interpretation>,
}

/// Comment records.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommentRule {
    /// Where the text stands.
    pub at: Option<Locator>,
    /// Comments on a result that are alarms of the analyzer: they become flags.
    #[serde(default)]
    pub alarm: Vec<Condition>,
    /// Texts that say nothing.
    #[serde(default)]
    pub none: Vec<String>,
}

/// Status letters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusRule {
    /// What each means.
    pub means: BTreeMap<String, ResultStatus>,
    /// What a missing status means.
    pub missing: ResultStatus,
}

/// A sign of whose value it is. Rules that fit and disagree put the result aside, unless one is decisive.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindRule {
    /// Whose.
    pub kind: ObservationKind,
    /// When all of these hold.
    pub when: Vec<Condition>,
    /// In words for a person, in French.
    pub why: String,
    /// Wins over rules that are not decisive.
    #[serde(default)]
    pub decisive: bool,
}

/// Records that are expected and carry nothing for a report.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordRule {
    /// Letter → why, in French.
    #[serde(default)]
    pub ignored: BTreeMap<char, String>,
}

/// Personal fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// Masked wherever a record is shown outside the result it belongs to.
    #[serde(default)]
    pub personal: Vec<Locator>,
}
