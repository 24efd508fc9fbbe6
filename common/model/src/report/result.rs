//! What was found: chapters, panels and the results in them, as they are printed and coded.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Actor, Address, Coded, Device, Identifier, Image, Isolate, Moment, Oid, Subcontractor, Unit,
    Validation, Value,
};
use crate::{AccessionNumber, Interpretation, LocalCode, LoincCode, ReferenceRange, Sex};

/// A chapter of the report, such as biochemistry.
///
/// One part without a title makes a plain chapter; several parts, or one with a title, make sub-chapters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// LOINC code of the chapter.
    pub code: LoincCode,
    /// French words for the code.
    pub display: String,
    /// Title as printed.
    pub title: String,
    /// What stands in it.
    pub parts: Vec<Part>,
}

/// A code of LOINC for a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionCode {
    /// The code.
    pub code: LoincCode,
    /// French words for it.
    pub display: String,
}

/// A chapter's body, or one of its sub-chapters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Title of a sub-chapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Code of a sub-chapter, where it is not the chapter's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<SectionCode>,
    /// How far it is; absent, as far as the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Progress>,
    /// From when to when its results were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// What was examined, when it was no human specimen: a food, a water, an animal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<NonHuman>,
    /// Who validated its results, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validated: Option<Validation>,
    /// Who else had a part in it.
    #[serde(default, skip_serializing_if = "Involved::is_empty")]
    pub involved: Involved,
    /// Accession numbers of the specimens that its results come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub specimens: Vec<AccessionNumber>,
    /// Its panels and results, in the order of printing.
    pub items: Vec<Item>,
    /// Remarks that hold for all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    /// The laboratory that made all of them, when it was not this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcontractor: Option<Subcontractor>,
}

/// One thing of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// Results that were asked for under one name.
    Panel(Box<Panel>),
    /// A single result.
    Result(Box<TestResult>),
    /// A germ that grew, with its antibiogram.
    Isolate(Box<Isolate>),
    /// A picture.
    Image(Box<Image>),
}

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// More is to come.
    Active,
    /// Done.
    Completed,
    /// Given up.
    Aborted,
    /// Replaced by another result.
    Obsolete,
}

/// From when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Begin.
    pub from: Moment,
    /// End.
    pub to: Moment,
}

/// What was examined in a human's stead, though the report is about a human.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NonHuman {
    /// What it is, as printed.
    pub label: String,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Coded>,
    /// Where it comes from.
    #[serde(default)]
    pub address: Address,
}

/// Who and what, beyond who validated, had a part in results.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Involved {
    /// Who answers for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<Box<Actor>>,
    /// Who wrote them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Actor>,
    /// Analyzers that made them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
}

impl Involved {
    /// True when nobody is named.
    pub fn is_empty(&self) -> bool {
        self.responsible.is_none() && self.authors.is_empty() && self.devices.is_empty()
    }
}

/// Results that belong together, such as a blood count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Its code, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<TestCode>,
    /// Its name as printed.
    pub label: String,
    /// Its results.
    pub results: Vec<TestResult>,
    /// How far it is; absent, as far as the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Progress>,
    /// Identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// Accession numbers of the specimens that it comes from, when the part names others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub specimens: Vec<AccessionNumber>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// Pictures that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Who validated it, when it was not who validated the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validated: Option<Validation>,
    /// Who else had a part in it.
    #[serde(default, skip_serializing_if = "Involved::is_empty")]
    pub involved: Involved,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    /// The laboratory that made it, when it was not this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcontractor: Option<Subcontractor>,
}

/// The code of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestCode {
    /// A LOINC code with its French name.
    Loinc {
        /// The code.
        code: LoincCode,
        /// Its French name.
        display: String,
    },
    /// A national code for a test that waits for its LOINC code.
    Waiting {
        /// The code.
        code: String,
        /// Its name.
        display: String,
    },
    /// A code of this laboratory alone.
    Local {
        /// The code.
        code: LocalCode,
        /// Its name.
        display: String,
        /// The laboratory's code system.
        system: Oid,
    },
}

/// One result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestResult {
    /// What was measured.
    pub code: TestCode,
    /// The same test in another code system, beside LOINC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub translation: Option<Coded>,
    /// Its name as printed.
    pub label: String,
    /// What was found.
    pub value: Value,
    /// The same quantity in other units.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversions: Vec<Conversion>,
    /// How far it is; absent, as its value says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Progress>,
    /// Identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// Accession numbers of the specimens that it comes from, when the part names others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub specimens: Vec<AccessionNumber>,
    /// What was examined, when it was no human specimen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<NonHuman>,
    /// What it says beside its reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpretation: Option<Interpretation>,
    /// The one coded reference range, in the unit of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ReferenceRange>,
    /// The sex for which the coded range holds, where it holds for one; ages stand in `reference_texts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_sex: Option<Sex>,
    /// The unit of that range, where the value has none: words beside a range in mg/L.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_unit: Option<Unit>,
    /// Reference values in words: other ages, pregnancy, targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_texts: Vec<String>,
    /// Earlier results of the same test, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<Previous>,
    /// How it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// When it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<Moment>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    /// Who validated it, when it was not who validated the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validated: Option<Validation>,
    /// Who else had a part in it.
    #[serde(default, skip_serializing_if = "Involved::is_empty")]
    pub involved: Involved,
    /// The laboratory that made it, when it was not this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcontractor: Option<Subcontractor>,
    /// False for a test that the laboratory's accreditation does not cover.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accredited: Option<bool>,
}

impl TestResult {
    /// A result of which nothing more is known.
    pub fn new(code: TestCode, label: impl Into<String>, value: Value) -> Self {
        Self {
            code,
            translation: None,
            label: label.into(),
            value,
            conversions: Vec::new(),
            status: None,
            id: None,
            specimens: Vec::new(),
            subject: None,
            interpretation: None,
            reference: None,
            reference_sex: None,
            reference_unit: None,
            reference_texts: Vec::new(),
            previous: Vec::new(),
            method: None,
            measured_at: None,
            comments: Vec::new(),
            validated: None,
            involved: Involved::default(),
            subcontractor: None,
            accredited: None,
        }
    }
}

/// A quantity in another unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// The number.
    pub number: Decimal,
    /// The unit.
    pub unit: Unit,
    /// The reference range in that unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ReferenceRange>,
}

/// An earlier result of the same test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// Of when.
    pub at: Moment,
    /// What was found then, in the unit of today.
    pub value: Value,
    /// What it said beside its reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpretation: Option<Interpretation>,
    /// The range that held then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ReferenceRange>,
    /// How it was measured then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// The laboratory that gave it, when it was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What hampers a comparison: another method, another analyzer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
}

impl Previous {
    /// What was found then, and nothing more.
    pub const fn new(at: Moment, value: Value) -> Self {
        Self {
            at,
            value,
            interpretation: None,
            reference: None,
            method: None,
            origin: None,
            caution: None,
        }
    }
}

/// How a result was obtained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// As printed.
    pub text: String,
    /// Its code, where it has one (ANSM table of techniques).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Coded>,
}
