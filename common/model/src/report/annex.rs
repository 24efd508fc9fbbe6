//! Sections beside the results: second-line reports, the reason for a recommendation, vaccinations.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Binary, Coded, Identifier, Moment};

/// A report of another laboratory that was received as a PDF (cr-bio §6.8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondLine {
    /// Its title as printed: the test and who made it.
    pub title: String,
    /// What it says, in words for the reader.
    pub text: String,
    /// The laboratory that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub laboratory: Option<String>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// Kind of the attached document, such as LOINC 11502-2; absent, a second-line report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Coded>,
    /// The PDF as it was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pdf: Option<Binary>,
    /// Identifier of the attached document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
}

/// Why a test was recommended to the patient: a screening programme, an age, an earlier result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recommendation {
    /// In words for the reader.
    pub text: String,
    /// Coded facts; the national section asks for one at least.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Coded problems; the national section asks for one at least.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

/// A finding, a symptom or a diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Of which kind: finding, symptom, diagnosis (list `jdv-code-probleme`).
    pub kind: Coded,
    /// As printed.
    pub label: String,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Coded>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Moment>,
    /// Identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
}

/// A coded fact about the patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What is said.
    pub code: Coded,
    /// As printed.
    pub label: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<super::Value>,
    /// Of when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// Identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
}

/// A vaccination that matters to the results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vaccination {
    /// As printed: the vaccine's name.
    pub label: String,
    /// False when it did not take place.
    #[serde(default = "took_place")]
    pub done: bool,
    /// Kind: first vaccination, booster (HL7 ActCode `INITIMMUNIZ`, `BOOSTER`, `IMMUNIZ`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Coded>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Coded>,
    /// Its lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Which dose of the series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// Remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
}

const fn took_place() -> bool {
    true
}
