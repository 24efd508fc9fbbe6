//! The patient as every page shows them: NOM DE NAISSANCE Prénom, sex, birth date, age, INS status as a word, number.

use std::collections::HashMap;

use lisiere_model::{IdentityAttribute, IdentityStatus, Patient, PatientId, Sex, UtcMicros};

use super::show;

/// What is shown of a patient.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) used_name: String,
    pub(super) sex: &'static str,
    pub(super) born: String,
    pub(super) age: String,
    pub(super) identity: &'static str,
    pub(super) identity_class: &'static str,
    pub(super) attributes: Vec<&'static str>,
    pub(super) ins: String,
    pub(super) number: String,
    /// Someone else on this page has a name that is easily taken for this one.
    pub(super) near: bool,
    /// Others who may be taken for this patient, each with why.
    pub(super) lookalikes: Vec<String>,
}

impl Person {
    /// The patient at a moment (for the age).
    pub(super) fn new(patient: &Patient, at: UtcMicros) -> Self {
        let traits = &patient.traits;
        let used = match (&traits.used_name, &traits.used_given_name) {
            (None, None) => String::new(),
            (name, given) => format!(
                "{} {}",
                name.as_deref().unwrap_or(&traits.birth_name),
                capitalised(given.as_deref().unwrap_or(&traits.first_given_name))
            ),
        };
        Self {
            id: patient.id.to_string(),
            name: format!(
                "{} {}",
                traits.birth_name,
                capitalised(&traits.first_given_name)
            ),
            used_name: used,
            sex: match traits.sex {
                Sex::Female => "F",
                Sex::Male => "M",
                Sex::Unknown => "sexe indéterminé",
            },
            born: show::birth_date(traits.birth_date),
            age: show::age(traits.birth_date, at),
            identity: match patient.status {
                IdentityStatus::Provisional => "provisoire",
                IdentityStatus::Recovered => "récupérée",
                IdentityStatus::Validated => "validée",
                IdentityStatus::Qualified => "qualifiée",
            },
            identity_class: match patient.status {
                IdentityStatus::Provisional => "held",
                IdentityStatus::Recovered | IdentityStatus::Validated => "accent",
                IdentityStatus::Qualified => "good",
            },
            attributes: patient
                .attributes
                .iter()
                .map(|attribute| attribute_word(*attribute))
                .collect(),
            ins: patient
                .exchangeable_ins()
                .map(|ins| spaced(ins.number()))
                .unwrap_or_default(),
            number: patient.local_number.clone(),
            near: false,
            lookalikes: Vec::new(),
        }
    }
}

const fn attribute_word(attribute: IdentityAttribute) -> &'static str {
    match attribute {
        IdentityAttribute::Doubtful => "identité douteuse",
        IdentityAttribute::Fictitious => "identité fictive",
        IdentityAttribute::Homonym => "homonyme",
    }
}

/// `JEAN-MARIE` → `Jean-Marie`: a first name in capitals beside a name in capitals is read as a second name.
fn capitalised(name: &str) -> String {
    let mut start = true;
    name.chars()
        .flat_map(|letter| {
            let shown: Vec<char> = if start {
                letter.to_uppercase().collect()
            } else {
                letter.to_lowercase().collect()
            };
            start = !letter.is_alphanumeric();
            shown
        })
        .collect()
}

/// `2 79 03 51 215 189 89`: the matricule as it is read aloud.
fn spaced(number: &str) -> String {
    const GROUPS: [usize; 7] = [1, 2, 2, 2, 3, 3, 2];
    let mut letters = number.chars();
    let groups: Vec<String> = GROUPS
        .iter()
        .map(|size| letters.by_ref().take(*size).collect::<String>())
        .filter(|group| !group.is_empty())
        .collect();
    groups.join("\u{a0}")
}

/// Patients of one page whose names are easily taken for each other.
pub(super) fn near_names(patients: &HashMap<PatientId, Patient>) -> Vec<PatientId> {
    let keys: Vec<(PatientId, String)> = patients
        .values()
        .map(|patient| (patient.id, crate::laboratory::names::keys(patient).near))
        .collect();
    keys.iter()
        .filter(|(id, key)| keys.iter().any(|(other, same)| other != id && same == key))
        .map(|(id, _)| *id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_as_they_are_read() {
        assert_eq!(capitalised("JEAN-MARIE"), "Jean-Marie");
        assert_eq!(capitalised("ANNE SOPHIE"), "Anne Sophie");
        assert_eq!(
            spaced("279035121518989"),
            "2\u{a0}79\u{a0}03\u{a0}51\u{a0}215\u{a0}189\u{a0}89"
        );
    }
}
