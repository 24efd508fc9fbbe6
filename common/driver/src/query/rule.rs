//! The `[query]` of a profile: how its analyzer asks for work and how it wants to be answered.

use super::sheet::Sheet;
use super::template::Template;
use crate::profile::Pattern;
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// How an analyzer asks for work, and how it is answered.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QueryRule {
    /// The field whose repeats are the tubes asked about: `Q.3`, `QPD.3`, `QRD.8`.
    #[serde(default = "usual_place")]
    pub from: Spot,
    /// The component of each repeat that holds the specimen number.
    #[serde(default = "one")]
    pub component: usize,
    /// The message is a question when it has the record and all of these hold.
    #[serde(default)]
    pub when: Vec<At>,
    /// A specimen number that means every tube.
    pub all: Option<Pattern>,
    /// The question is for every tube when all of these hold.
    #[serde(default)]
    pub all_when: Vec<At>,
    /// The message takes the question before back when any of these holds.
    #[serde(default)]
    pub cancel: Vec<At>,
    /// Texts in place of a number that was not read, beside those of the specimen.
    #[serde(default)]
    pub unreadable: Vec<Pattern>,
    /// Signs beside the number that it was not read from the label.
    #[serde(default)]
    pub unreadable_when: Vec<Attribute>,
    /// Seconds within which the analyzer wants its answer.
    pub answer_within_seconds: Option<u32>,
    /// Words for the priority.
    #[serde(default)]
    pub priority: Priorities,
    /// Specimen type (HL7 table 0487) → the maker's word; `*` stands for all others.
    #[serde(default)]
    pub kinds: BTreeMap<String, String>,
    /// Catalogue test → code to order, where the profile's result codes do not say it.
    #[serde(default)]
    pub codes: BTreeMap<String, String>,
    /// Result codes that the analyzer takes no order for (calculated, part of a panel).
    #[serde(default)]
    pub never: Vec<String>,
    /// One test in the field that lists them: `^^^{code}`. Tests are joined by the repeat delimiter.
    pub test: Option<Template>,
    /// What goes out in place of the link's own positive answer.
    pub reply: Option<Draft>,
    /// What is sent in a session or block of our own.
    pub message: Option<Draft>,
    /// The same when nothing is known of any tube.
    pub no_order: Option<NoOrder>,
    /// What answers a question taken back, in place of the link's own positive answer.
    pub cancelled: Option<Draft>,
}

impl QueryRule {
    /// Whether the profile knows how to answer, not only how to read questions.
    pub const fn answers(&self) -> bool {
        self.reply.is_some() || self.message.is_some()
    }
}

fn usual_place() -> Spot {
    Spot {
        record: "Q".to_owned(),
        field: 3,
        component: None,
    }
}

const fn one() -> usize {
    1
}

/// The answer for tubes of which nothing is known.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NoOrder {
    /// In place of the usual reply, which otherwise goes out without tubes.
    pub reply: Option<Draft>,
    /// In place of the usual message, which otherwise is not sent at all.
    pub message: Option<Draft>,
}

/// How often a message is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// Once, with all its tubes.
    #[default]
    Question,
    /// Once for each tube.
    Tube,
}

/// A message to be written: lines, each a record or a segment.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// How often.
    #[serde(default)]
    pub per: Per,
    /// Lines at the beginning; the first declares the delimiters.
    #[serde(default)]
    pub head: Vec<Template>,
    /// Lines for each tube with work (in `no_order`: for each tube).
    #[serde(default)]
    pub tube: Vec<Template>,
    /// Lines for each test of the tube, after its own.
    #[serde(default)]
    pub test: Vec<Template>,
    /// Lines for each tube of which nothing is known, among others that have work.
    #[serde(default)]
    pub unknown: Vec<Template>,
    /// Lines at the end.
    #[serde(default)]
    pub tail: Vec<Template>,
}

/// Words for the priority.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Priorities {
    /// In turn.
    #[serde(default = "routine")]
    pub routine: String,
    /// Before the others.
    #[serde(default = "urgent")]
    pub urgent: String,
}

// LIS02-A2 §8.4.6 and HL7 table 0485 have the same two letters.
fn routine() -> String {
    "R".to_owned()
}

fn urgent() -> String {
    "S".to_owned()
}

impl Default for Priorities {
    fn default() -> Self {
        Self {
            routine: routine(),
            urgent: urgent(),
        }
    }
}

/// A component of the repeat that names a tube, and what it holds when the number is not to be believed.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Counted from 1.
    pub component: usize,
    /// What it holds then.
    pub matches: Pattern,
}

/// A condition on the question.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct At {
    /// Where.
    pub at: Spot,
    /// What must match; an absent place is an empty text.
    pub matches: Pattern,
}

impl At {
    pub(super) fn holds(&self, sheet: &Sheet) -> bool {
        self.matches.0.is_match(&sheet.shown(&self.at))
    }
}

/// A place in the question as sent: `QPD`, `H.5`, `MSH.9.1`. Fields are counted as the language counts them: the letter
/// of an ASTM record is its field 1, and MSH-1 is the separator itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Spot {
    /// The record's letter or the segment's name.
    pub record: String,
    /// The field; 0 for the whole record.
    pub field: usize,
    /// The component of its first repeat.
    pub component: Option<usize>,
}

/// A text that names no place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no place: write RECORD, RECORD.field or RECORD.field.component (`QPD.3`, `Q.3.2`)"
)]
pub struct SpotError(String);

impl TryFrom<String> for Spot {
    type Error = SpotError;
    fn try_from(text: String) -> Result<Self, SpotError> {
        let wrong = || SpotError(text.clone());
        let mut parts = text.split('.');
        let record = parts.next().unwrap_or_default();
        let named = (1..=3).contains(&record.len())
            && record.starts_with(|sign: char| sign.is_ascii_uppercase())
            && record
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let number = |part: Option<&str>| match part {
            None => Ok(None),
            Some(part) => match part.parse::<usize>() {
                Ok(number @ 1..=200) => Ok(Some(number)),
                _ => Err(wrong()),
            },
        };
        let (field, component) = (number(parts.next())?, number(parts.next())?);
        if !named || parts.next().is_some() {
            return Err(wrong());
        }
        Ok(Self {
            record: record.to_owned(),
            field: field.unwrap_or(0),
            component,
        })
    }
}
