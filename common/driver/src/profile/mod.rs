//! The profile language: what one TOML file says about one analyzer model. Unknown keys are mistakes.
//!
//! The sections follow what a driver must be able to say: who the analyzer is, how it is connected, how its link behaves,
//! where its records carry what, and what its texts mean. Places are named the same way in every record language.

mod check;
mod layout;
mod locator;
mod meaning;
mod paths;
mod place;
mod rules;
mod transport;

pub use layout::{BlockLayout, BytesPattern, Column, Find, Layout, Repeated};
pub use locator::{
    Condition, Filter, Locator, LocatorError, Pattern, Scope, Source, all_hold, find_where,
};
pub use meaning::{
    Clock, CodeRule, CommentRule, FlagRule, RecordRule, Sentinel, StatusRule, Text, ValueRule,
};
pub use place::{FieldName, Place, PlaceError};
pub use rules::{
    Aside, CheckDigit, ControlRule, DuplicateRule, IdentityPart, KindRule, Message, Privacy,
    ResultRule, Role, RowRule, SpecimenRule, TypeRule,
};
pub use transport::{Clue, Flow, Parity, Serial, Tcp, TcpRole, Trailer, Transport};

pub use crate::query::QueryRule;

use crate::{
    data::{self, DataError},
    language::{Charset, Language},
};
use lisiere_model::UcumUnit;
use lisiere_protocol::LinkSettings;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One analyzer model.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// Its record language.
    #[serde(default)]
    pub language: Language,
    /// Whether it reads any model of its language, for want of a better one: its results are all marked unmapped.
    #[serde(default)]
    pub generic: bool,
    /// How to know the analyzer from its messages.
    #[serde(default)]
    pub recognise: Vec<Clue>,
    /// How it is connected.
    #[serde(default)]
    pub transport: Transport,
    /// How its link behaves.
    pub link: LinkSettings,
    /// How its text is written.
    pub text: Text,
    /// Widths and columns of a fixed format.
    #[serde(default)]
    pub layout: Layout,
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
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, String>"))]
    pub units: BTreeMap<String, UcumUnit>,
    /// Its test codes.
    #[serde(default)]
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
    /// What is known of its controls.
    #[serde(default)]
    pub control: ControlRule,
    /// When two results are the same one.
    #[serde(default)]
    pub duplicate: DuplicateRule,
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
    /// Reads one profile; `file` names it in mistakes. The first mistake is given; [`Self::read`] gives them all.
    pub fn parse(file: &str, text: &str) -> Result<Self, DataError> {
        Self::read(file, text).map_err(|mistakes| {
            let first = mistakes.into_iter().next();
            first.unwrap_or_else(|| DataError::whole(file, "profil illisible"))
        })
    }

    /// Reads one profile, or names every mistake in it with its place and what to do.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<DataError>> {
        let profile: Self = data::read_all(file, text)?;
        let mistakes = check::mistakes(&profile);
        if mistakes.is_empty() {
            return Ok(profile);
        }
        Err(data::locate(file, text, mistakes))
    }

    /// The character set of messages that do not say; UTF-8 where the label is a mistake.
    pub(crate) fn charset(&self) -> Charset {
        Charset::of(&self.text.charset).unwrap_or(Charset::UTF_8)
    }
}
