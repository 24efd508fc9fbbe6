//! What was found: chapters, panels and the results in them, as they are printed and coded.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Coded, Moment, Oid, Subcontractor, Validation};
use crate::{
    AccessionNumber, Comparator, Interpretation, LocalCode, LoincCode, ReferenceRange, UcumUnit,
};

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

/// A chapter's body, or one of its sub-chapters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Title of a sub-chapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who validated its results, and when.
    pub validated: Validation,
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

/// One thing of a part. More kinds may come (isolates with their antibiogram, images).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// Results that were asked for under one name.
    Panel(Box<Panel>),
    /// A single result.
    Result(Box<TestResult>),
}

/// Results that belong together, such as a blood count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Its code, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<TestCode>,
    /// Its name as printed.
    pub label: String,
    /// Its results.
    pub results: Vec<TestResult>,
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
    /// Its name as printed.
    pub label: String,
    /// What was found.
    pub value: Value,
    /// What it says beside its reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpretation: Option<Interpretation>,
    /// The one coded reference range, in the unit of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ReferenceRange>,
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
    /// The laboratory that made it, when it was not this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcontractor: Option<Subcontractor>,
    /// False for a test that the laboratory's accreditation does not cover.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accredited: Option<bool>,
}

/// A unit: how machines read it, and how the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// UCUM, such as `10*9/L`.
    pub ucum: UcumUnit,
    /// As printed, such as `G/L`; absent, the UCUM form is printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<String>,
}

/// What was found. Numbers are decimal texts (`"5.40"`): their last zero counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Value {
    /// A number with a unit, perhaps beyond what the method can measure.
    Quantity {
        /// `<`, `<=`, `>` or `>=`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comparator: Option<Comparator>,
        /// The number.
        number: Decimal,
        /// The unit.
        unit: Unit,
    },
    /// Between two numbers.
    Interval {
        /// From.
        low: Decimal,
        /// To.
        high: Decimal,
        /// The unit.
        unit: Unit,
    },
    /// A titre or another ratio, such as 1/80.
    Ratio {
        /// Above the bar.
        numerator: u32,
        /// Below the bar.
        denominator: u32,
        /// Before the whole: `<` or `>`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comparator: Option<Comparator>,
    },
    /// A count without a unit.
    Integer {
        /// The number.
        number: i64,
    },
    /// A coded finding.
    Coded(Coded),
    /// Words.
    Text {
        /// The words.
        text: String,
    },
    /// Nothing: the test was not made.
    NotDone {
        /// Why, in words for the reader.
        reason: String,
    },
}

impl Value {
    /// The unit, where the value has one.
    pub fn unit(&self) -> Option<&Unit> {
        match self {
            Self::Quantity { unit, .. } | Self::Interval { unit, .. } => Some(unit),
            _ => None,
        }
    }
}

/// An earlier result of the same test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// Of when.
    pub at: Moment,
    /// What was found then, in the unit of today.
    pub value: Value,
    /// What hampers a comparison: another method, another analyzer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
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
