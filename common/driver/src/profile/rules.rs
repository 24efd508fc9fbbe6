//! Where the parts of a result stand, and which rows and specimens are what.

use super::locator::{Condition, Locator, Pattern, Source};
use lisiere_model::ObservationKind;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Facts of a message.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// What the laboratory or the analyzer puts before the number; the first that fits is taken off, once.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// What a number looks like after that; anything else is none.
    pub shape: Option<Pattern>,
    /// Shorter ones are no specimen number.
    #[serde(default)]
    pub min_length: usize,
    /// Longer ones are no specimen number.
    #[serde(default = "specimen_length")]
    pub max_length: usize,
    /// How the last character proves the others.
    pub check: Option<CheckDigit>,
    /// Whether the check character is no part of the laboratory's number.
    #[serde(default)]
    pub drop_check: bool,
    /// What the specimen is: decides between tests of one code that are made on several kinds.
    pub types: Option<TypeRule>,
}

/// What a specimen is.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TypeRule {
    /// Where it stands.
    pub at: Locator,
    /// Looked for only when all of these hold.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// The analyzer's word → kinds of specimen (HL7 table 0487) it may be.
    pub means: BTreeMap<String, Vec<String>>,
}

const fn specimen_length() -> usize {
    32
}

/// How a check character is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CheckDigit {
    /// Luhn: every second digit doubled, from the right.
    Luhn,
    /// Weights 3 and 1 in turn, from the right, as on articles (EAN, GS1).
    Ean,
    /// Weights 2, 3, 4… from the right modulo 11; X stands for ten.
    Mod11,
    /// Code 39: the sum of the characters' values modulo 43.
    Mod43,
}

/// The parts of a result.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A result.
    Result,
    /// A value that belongs to a result before it.
    Companion,
    /// An alarm of the analyzer on all results of the order: it becomes a flag of each.
    Alarm,
    /// Nothing for a report.
    Ignored,
}

/// Which rows are what.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RowRule {
    /// The record it is about, when that is not the one that usually carries results (`OBR`).
    pub record: Option<String>,
    /// When all of these hold.
    pub when: Vec<Condition>,
    /// The row is this.
    pub role: Role,
    /// A companion's or an alarm's name in the record.
    #[serde(default)]
    pub name: Vec<Source>,
    /// A companion's or an alarm's name, where the record has none.
    pub label: Option<String>,
    /// A companion belongs to the nearest result before it, in the same order, with the same text here.
    pub same: Option<Locator>,
    /// Not the nearest but the first such result of the order.
    #[serde(default)]
    pub first: bool,
    /// The result comes after its companions.
    #[serde(default)]
    pub ahead: bool,
    /// Why the row is left out, in French.
    #[serde(default)]
    pub why: String,
}

/// A companion inside a result's record, or in one that stands beside it.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// A sign of whose value it is. Rules that fit and disagree put the result aside, unless one is decisive.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KindRule {
    /// Whose.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::kinds"))]
    pub kind: ObservationKind,
    /// When all of these hold.
    pub when: Vec<Condition>,
    /// In words for a person, in French.
    pub why: String,
    /// Wins over rules that are not decisive.
    #[serde(default)]
    pub decisive: bool,
}

/// What is known of a control: looked for in results that are a control's or a calibrator's.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ControlRule {
    /// Its name.
    #[serde(default)]
    pub name: Vec<Source>,
    /// Its lot.
    #[serde(default)]
    pub lot: Vec<Source>,
    /// Its level.
    #[serde(default)]
    pub level: Vec<Source>,
    /// The value aimed at, as sent.
    #[serde(default)]
    pub target: Vec<Source>,
    /// The standard deviation allowed, as sent.
    #[serde(default)]
    pub deviation: Vec<Source>,
}

/// A part of what makes a result the same as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum IdentityPart {
    /// The sender's name in the header.
    Sender,
    /// The control number of the message.
    Message,
    /// The specimen number, as sent.
    Specimen,
    /// The test code.
    Code,
    /// The value, as sent.
    Value,
    /// The time of the result, as sent.
    Time,
    /// The run of the test on the specimen.
    Run,
    /// The status.
    Status,
}

/// When two results are the same one.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DuplicateRule {
    /// What makes a result the same as another.
    #[serde(default = "identity")]
    pub identity: Vec<IdentityPart>,
    /// When all of these hold, the result was sent before.
    #[serde(default)]
    pub repeat: Vec<Condition>,
    /// When all of these hold, the result replaces an earlier one.
    #[serde(default)]
    pub correction: Vec<Condition>,
}

impl Default for DuplicateRule {
    fn default() -> Self {
        Self {
            identity: identity(),
            repeat: Vec::new(),
            correction: Vec::new(),
        }
    }
}

fn identity() -> Vec<IdentityPart> {
    use IdentityPart::{Code, Run, Sender, Specimen, Status, Time, Value};
    vec![Sender, Specimen, Code, Value, Time, Run, Status]
}

/// Personal fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// Masked wherever a record is shown outside the result it belongs to, and wherever a capture leaves the laboratory.
    #[serde(default)]
    pub personal: Vec<Locator>,
}
