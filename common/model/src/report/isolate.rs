//! Germs that grew from a specimen, each with its counts and its antibiograms.

use serde::{Deserialize, Serialize};

use super::{
    Coded, Identifier, Image, Involved, Moment, Panel, Progress, Subcontractor, TestResult,
    Validation,
};

/// A germ (cr-bio §6.9).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isolate {
    /// Its name as printed.
    pub label: String,
    /// Its SNOMED CT code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organism: Option<Coded>,
    /// Its code in the taxonomy of the NCBI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxon: Option<Coded>,
    /// Number of the isolate; absent, one is made from the document's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// How far it is; absent, as far as the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Progress>,
    /// When it was identified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// Results about it: its count, a resistance mechanism.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<TestResult>,
    /// Its antibiograms: one result for each antibiotic, the MIC or the diameter as value, S, I or R as interpretation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panels: Vec<Panel>,
    /// Pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
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
}

impl Isolate {
    /// Its results, those of its antibiograms included.
    pub fn all_results(&self) -> impl Iterator<Item = &TestResult> {
        self.results
            .iter()
            .chain(self.panels.iter().flat_map(|panel| &panel.results))
    }
}
