//! Value sets as bare codes: what a coded element may hold. Labels stay with whoever publishes them.

mod foreign;
mod header;
mod profession;
mod specimen;
mod technique;

pub(crate) use foreign::FOREIGN;
pub(crate) use header::*;
use profession::{PROFESSION, ROLE, ROLE_4, ROLE_6, ROLE_109};
use specimen::{SPECIMEN_0487, SPECIMEN_V3};
pub(crate) use technique::TECHNIQUE;

/// LOINC.
pub(crate) const LOINC: &str = "2.16.840.1.113883.6.1";
/// SNOMED CT.
pub(crate) const SNOMED: &str = "2.16.840.1.113883.6.96";

/// Codes with the system each belongs to.
pub(crate) type Set = &'static [(&'static str, &'static [&'static str])];

/// Professions and roles (JDV J01).
pub(crate) const PROFESSIONS: Set = &[
    ("1.2.250.1.213.1.1.4.5", PROFESSION),
    ("1.2.250.1.213.1.6.1.107", ROLE),
    ("1.2.250.1.213.1.6.1.109", ROLE_109),
    ("1.2.250.1.213.1.6.1.4", ROLE_4),
    ("1.2.250.1.213.1.1.4.6", ROLE_6),
];
/// Kinds of specimen (JDV specimen-type).
pub(crate) const SPECIMENS: Set = &[
    ("2.16.840.1.113883.18.311", SPECIMEN_0487),
    ("2.16.840.1.113883.5.129", SPECIMEN_V3),
];
/// Interpretations (JDV ObservationInterpretation).
pub(crate) const INTERPRETATIONS: Set = &[("2.16.840.1.113883.5.83", INTERPRETATION)];
/// Genders (JDV J143).
pub(crate) const GENDERS: Set = &[("2.16.840.1.113883.5.1", GENDER)];
/// Practice settings (JDV J04).
pub(crate) const SETTINGS: Set = &[
    ("1.2.250.1.213.1.1.4.9", SETTING_9),
    ("1.2.250.1.213.1.1.4.6", SETTING_6),
];
/// Acts of vaccination.
pub(crate) const IMMUNIZATIONS: Set = &[
    ("2.16.840.1.113883.5.4", IMMUNIZATION),
    ("2.16.840.1.113883.5.1150.1", IMMUNIZATION_ABSENT),
];
/// Sites of vaccination.
pub(crate) const IMMUNIZATION_SITES: Set = &[(SNOMED, IMMUNIZATION_SITE)];
/// Routes of vaccination.
pub(crate) const IMMUNIZATION_ROUTES: Set = &[("0.4.0.127.0.16.1.1.2.1", IMMUNIZATION_ROUTE)];
/// Kinds of problem.
pub(crate) const PROBLEMS: Set = &[(SNOMED, PROBLEM)];
/// Kinship.
pub(crate) const KINSHIPS: Set = &[("2.16.840.1.113883.5.111", KINSHIP)];

/// LOINC codes of chapters: those of the official examples and the specialities of IHE PaLM.
pub(crate) const CHAPTER: &[&str] = &[
    "14340-4", "18717-9", "18718-7", "18719-5", "18720-3", "18721-1", "18722-9", "18723-7",
    "18724-5", "18725-2", "18727-8", "18728-6", "18729-4", "18767-4", "18768-2", "18769-0",
    "26435-8", "26436-6", "26438-2", "57698-3", "92895-2",
];

/// Whether a code is in a sorted list.
pub(crate) fn holds(list: &[&str], code: &str) -> bool {
    list.binary_search(&code).is_ok()
}

/// Whether the pair of code and code system is in a set.
pub(crate) fn contains(set: Set, code: &str, system: &str) -> bool {
    set.iter()
        .any(|(one, codes)| *one == system && holds(codes, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [
            CONFIDENTIALITY,
            GENDER,
            CIVILITY,
            TITLE,
            FUNCTION,
            RELATION,
            PARTICIPATION,
            ENCOUNTER_PARTICIPATION,
            PARTICIPANT_CLASS,
            ENCOUNTER,
            SETTING,
            FACILITY,
            INTERPRETATION,
            IMMUNIZATION,
            IMMUNIZATION_ABSENT,
            IMMUNIZATION_SITE,
            IMMUNIZATION_ROUTE,
            KINSHIP,
            PROBLEM,
            PROFESSION,
            ROLE,
            ROLE_109,
            ROLE_4,
            ROLE_6,
            SPECIMEN_0487,
            SPECIMEN_V3,
            TECHNIQUE,
            CHAPTER,
            FOREIGN,
            SETTING_6,
            SETTING_9,
        ] {
            assert!(list.is_sorted() && !list.is_empty(), "{list:?}");
        }
    }
}
