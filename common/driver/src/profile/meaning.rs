//! What an analyzer's texts mean: values, codes, units, flags, comments, status, times.

use super::locator::{Condition, Locator, Pattern};
use lisiere_model::{Interpretation, LocalCode, ResultStatus, UcumUnit};
use serde::Deserialize;
use std::collections::BTreeMap;

/// How text is written.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// A label of the web (`windows-1252`, `utf-8`, `gbk`…), `cp850` or `cp437`: for messages that do not say.
    pub charset: String,
    /// Whether the set that a message declares (MSH-18) is believed.
    #[serde(default = "yes")]
    pub declared_charset: bool,
    /// Whether bytes that can only be UTF-8 are read as such, whatever is declared.
    #[serde(default = "yes")]
    pub detect_utf8: bool,
    /// Field, repeat, component, escape: only for an analyzer whose header lies.
    pub delimiters: Option<String>,
    /// Whether the escape character directly before a delimiter makes it text.
    #[serde(default)]
    pub shorthand_escapes: bool,
}

const fn yes() -> bool {
    true
}

/// The analyzer's clock.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// An IANA zone; a laboratory may set another.
    pub zone: String,
    /// Patterns of Y, M, D, h, m and s; anything else stands for itself. `+hhmm` and a fraction of a second may follow.
    pub formats: Vec<String>,
    /// Texts that mean "no time".
    #[serde(default)]
    pub none: Vec<Pattern>,
    /// Years before this are an unset clock.
    #[serde(default = "earliest")]
    pub earliest_year: i16,
    /// A result older than this when its message arrives is doubted: the clock may be wrong.
    pub oldest_days: Option<u32>,
    /// A result later than this after its message arrived is doubted.
    pub future_minutes: Option<u32>,
}

const fn earliest() -> i16 {
    2000
}

/// How values are written.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ValueRule {
    /// The decimal sign.
    pub decimal: char,
    /// The sign between groups of three digits.
    pub thousands: Option<char>,
    /// Whether `<`, `>`, `<=` and `>=` may stand before a number.
    #[serde(default = "yes")]
    pub comparators: bool,
    /// Decimals of numbers that are sent without their decimal sign: with 1, `0135` is 13.5.
    pub implied_decimals: Option<u32>,
    /// Texts that say that there is no result.
    #[serde(default)]
    pub sentinel: Vec<Sentinel>,
    /// Words and what they mean; compared without regard to case and outer blanks.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::meanings"))]
    pub words: BTreeMap<String, Interpretation>,
}

/// A text that says that there is no result.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sentinel {
    /// The text.
    pub matches: Pattern,
    /// What it means, in French.
    pub means: String,
}

/// One test code.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeRule {
    /// As the analyzer sends it.
    pub code: String,
    /// Tests of the catalogue it may be; the unit decides between them.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub tests: Vec<LocalCode>,
    /// Its name for a person, where the catalogue has no test.
    pub label: Option<String>,
    /// The unit when the analyzer never sends one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub unit: Option<UcumUnit>,
    /// Unit texts that mean something else for this code.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, String>"))]
    pub units: BTreeMap<String, UcumUnit>,
    /// Words that mean something for this code only.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::meanings"))]
    pub words: BTreeMap<String, Interpretation>,
    /// Decimals of this code's numbers, when they are sent without their decimal sign.
    pub implied_decimals: Option<u32>,
    /// Where this is known from, or what to watch.
    #[serde(default)]
    pub note: String,
}

/// Flags.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FlagRule {
    /// The field; each repeat is a flag.
    pub at: Option<Locator>,
    /// Repeats that say nothing.
    #[serde(default)]
    pub none: Vec<String>,
    /// What a flag means beside the reference range.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::meanings"))]
    pub means: BTreeMap<String, Interpretation>,
}

/// Comment records.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommentRule {
    /// Where the text stands.
    pub at: Option<Locator>,
    /// Comments on a result that are alarms of the analyzer: they become flags.
    #[serde(default)]
    pub alarm: Vec<Condition>,
    /// Alarms that stand under the order and not under a result are flags of each of its results, each repeat one.
    #[serde(default)]
    pub of_order: bool,
    /// What the maker's alarm codes mean, in French: added to the comments of the result beside the flag.
    #[serde(default)]
    pub alarms: BTreeMap<String, String>,
    /// Texts that say nothing.
    #[serde(default)]
    pub none: Vec<String>,
}

/// Status letters.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StatusRule {
    /// What each means.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::statuses"))]
    pub means: BTreeMap<String, ResultStatus>,
    /// What a missing status means.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::status"))]
    pub missing: ResultStatus,
}

/// Records that are expected and carry nothing for a report.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordRule {
    /// Name → why, in French.
    #[serde(default)]
    pub ignored: BTreeMap<String, String>,
}
