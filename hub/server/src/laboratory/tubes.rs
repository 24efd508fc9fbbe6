//! Tubes: what their natures are called, which nature suits a test, and when a report has to keep them apart.

use lisiere_driver::catalogue::Test;

use crate::store::order::TestRow;

/// Whether a test was asked for on more than one tube.
pub(super) fn several_of_one_test<'a>(
    mut tests: impl Iterator<Item = &'a TestRow> + Clone,
) -> bool {
    while let Some(one) = tests.next() {
        let same = |other: &TestRow| other.code == one.code && other.specimen != one.specimen;
        if tests.clone().any(same) {
            return true;
        }
    }
    false
}

/// Natures that the bench takes for one another: blood, however it was taken.
const BLOOD: [&str; 5] = ["SER", "PLAS", "BLD", "BLDC", "BLDA"];

/// Whether a tube of this nature may be one the test is made on. Serum for plasma passes, urine for serum does not; what
/// nobody said decides nothing.
pub(super) fn suits(test: &Test, kind: &str) -> bool {
    let alike = |wanted: &String| {
        wanted == kind || (BLOOD.contains(&wanted.as_str()) && BLOOD.contains(&kind))
    };
    kind.is_empty() || test.specimens.is_empty() || test.specimens.iter().any(alike)
}

/// The code system of a specimen type: HL7 table 0487, or `SpecimenType` of HL7 V3 for the few codes that the national
/// list takes from there.
pub(super) fn specimen_system(kind: &str) -> &'static str {
    match kind {
        "NOS" | "BLDC" => "2.16.840.1.113883.5.129",
        _ => "2.16.840.1.113883.18.311",
    }
}

/// The French words for the specimen types of the catalogue (HL7 table 0487).
pub fn specimen_name(kind: &str) -> &str {
    match kind {
        "SER" => "Sérum",
        "PLAS" => "Plasma",
        "BLD" => "Sang total",
        "BLDC" => "Sang capillaire",
        "BLDA" => "Sang artériel",
        "UR" => "Urine",
        "CSF" => "Liquide céphalorachidien",
        "NOS" => "Écouvillon nasopharyngé",
        "SPT" => "Crachat",
        "STL" => "Selles",
        "GENV" => "Prélèvement vaginal",
        other => other,
    }
}
