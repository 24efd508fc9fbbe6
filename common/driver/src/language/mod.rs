//! The record languages: each reads a capture into messages of records, whose names, fields and bytes are then treated alike.
//!
//! To add one: a file of its own with a [`Syntax`], a [`Grammar`] that says which record closes which, and an arm in
//! [`Language::syntax`]. Everything after (rules, values, units, kinds) is common.

mod abx;
mod bci;
mod blocks;
mod charset;
mod columns;
mod content;
mod grammar;
mod hl7;
mod lis2a2;
mod record;
mod text;

pub(crate) use charset::Charset;
pub(crate) use content::Content;
pub(crate) use grammar::{Grammar, Level, Standing};
pub(crate) use record::{Cell, Record};

use crate::{
    profile::Profile,
    reading::{ByteRange, Problem},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A record language.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// ASTM E1394, CLSI LIS02-A2: records of one letter.
    #[default]
    Lis2a2,
    /// HL7 version 2: segments of three characters.
    Hl7,
    /// bioMérieux: fields with a tag of two characters.
    Bci,
    /// Beckman AU: fixed columns.
    Au,
    /// Sysmex KX, K and XE: fixed length.
    Kx,
    /// Horiba ABX: lines that begin with an identifier.
    Abx,
    /// Tosoh HLC: typed blocks.
    Tosoh,
    /// Print text.
    Text,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 8] = [
        Self::Lis2a2,
        Self::Hl7,
        Self::Bci,
        Self::Au,
        Self::Kx,
        Self::Abx,
        Self::Tosoh,
        Self::Text,
    ];

    /// Its name in profiles.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lis2a2 => "lis2a2",
            Self::Hl7 => "hl7",
            Self::Bci => "bci",
            Self::Au => "au",
            Self::Kx => "kx",
            Self::Abx => "abx",
            Self::Tosoh => "tosoh",
            Self::Text => "text",
        }
    }

    /// Its reader.
    pub(crate) fn syntax(self) -> &'static dyn Syntax {
        match self {
            Self::Lis2a2 => &lis2a2::Lis2a2,
            Self::Hl7 => &hl7::Hl7,
            Self::Bci => &bci::Bci,
            Self::Au | Self::Kx | Self::Tosoh => &columns::Columns,
            Self::Abx => &abx::Abx,
            Self::Text => &text::Text,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// How one language is read. Reading never fails: what is odd is listed beside what could be read.
pub(crate) trait Syntax: Sync {
    /// Which records there are, and which closes which.
    fn grammar(&self) -> &'static Grammar;

    /// From a capture, framed or not, to the text of its records.
    fn open<'c>(&self, capture: &'c [u8], profile: &Profile) -> Content<'c>;

    /// From the text to messages of records.
    fn read<'t>(&self, content: &'t Content<'_>, profile: &Profile) -> Document<'t>;

    /// The standing of each record in this message; languages whose order of records varies say so here.
    fn levels(&self, _message: &Message<'_>) -> &'static [Level] {
        self.grammar().levels
    }
}

/// Everything a text holds.
#[derive(Debug, Default)]
pub(crate) struct Document<'t> {
    /// The messages in order.
    pub(crate) messages: Vec<Message<'t>>,
    /// What is odd.
    pub(crate) problems: Vec<Problem>,
    /// Why it is no message of this language at all, if so.
    pub(crate) unreadable: Option<Problem>,
}

/// One message.
#[derive(Debug)]
pub(crate) struct Message<'t> {
    /// Its records in order.
    pub(crate) records: Vec<Record<'t>>,
    /// Whether its end was seen.
    pub(crate) terminated: bool,
    /// Its type, where the language has a word for it (`ORU^R01`).
    pub(crate) title: Option<String>,
    /// What its type promises.
    pub(crate) purpose: Purpose,
    /// Where it stands in the capture.
    pub(crate) range: ByteRange,
}

/// What the type of a message promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The language does not say: its records do.
    #[default]
    Open,
    /// Results.
    Results,
    /// A question of the analyzer.
    Question,
    /// Nothing for a report; in French, what it is.
    NoResults(&'static str),
}
