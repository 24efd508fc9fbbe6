//! The order form: from typed fields to an order, every mistake named beside its field.

use jiff::civil::Date;
use lisiere_model::{
    BirthDate, IdentityAttribute, IdentityStatus, InsAuthority, Priority, Sex, Traits, UtcMicros,
};

use super::fields::Fields;
use crate::laboratory::orders::{NewOrder, NewSpecimen, PatientChoice};
use crate::laboratory::patients::NewPatient;
use crate::laboratory::{FieldProblem, Laboratory, order_file};

/// Natures of tubes a reception handles every day (HL7 table 0487), as the bench names them.
pub(super) const NATURES: [(&str, &str); 6] = [
    ("", "selon les analyses"),
    ("SER", "Sérum"),
    ("PLAS", "Plasma"),
    ("BLD", "Sang total"),
    ("UR", "Urine"),
    ("NOS", "Écouvillon nasopharyngé"),
];

/// Reads the form. Fields that only the laboratory can judge (codes, numbers) are left to it.
pub(super) fn read(
    laboratory: &Laboratory,
    fields: &Fields,
) -> Result<NewOrder, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let patient = match fields.text("patient").parse() {
        Ok(id) => Some(PatientChoice::Known(id)),
        Err(_) => new_patient(fields, &mut problems).map(PatientChoice::KnownOrNew),
    };
    let prescribed_on = date(fields, "prescription", &mut problems);
    let collected_at = moment(laboratory, fields, "prelevement", &mut problems);
    let specimens = specimens(laboratory, fields, collected_at);
    match patient {
        Some(patient) if problems.is_empty() => Ok(NewOrder {
            patient,
            request_number: fields.given("demande"),
            prescriber_name: fields.given("prescripteur"),
            prescriber_rpps: fields.given("rpps_prescripteur"),
            prescribed_on,
            priority: if fields.text("urgent") == "oui" {
                Priority::Urgent
            } else {
                Priority::Routine
            },
            clinical: fields.given("renseignements"),
            specimens,
        }),
        _ => Err(problems),
    }
}

fn new_patient(fields: &Fields, problems: &mut Vec<FieldProblem>) -> Option<NewPatient> {
    for (name, sentence) in [
        ("nom_naissance", "le nom de naissance est nécessaire"),
        ("premier_prenom", "le premier prénom est nécessaire"),
    ] {
        if fields.text(name).is_empty() {
            problems.push(FieldProblem::new(name, sentence));
        }
    }
    let sex = fields.text("sexe").parse::<Sex>().map_err(|_| {
        problems.push(FieldProblem::new("sexe", "choisir F, M ou indéterminé"));
    });
    let birth_date = birth_date(fields.text("date_naissance")).ok_or_else(|| {
        problems.push(FieldProblem::new(
            "date_naissance",
            "écrire jj/mm/aaaa, avec 00 pour un jour ou un mois inconnu",
        ));
    });
    let status = match fields.text("statut_identite") {
        "recovered" => IdentityStatus::Recovered,
        "validated" => IdentityStatus::Validated,
        "qualified" => IdentityStatus::Qualified,
        _ => IdentityStatus::Provisional,
    };
    let attributes = fields
        .all("attributs")
        .filter_map(|word| match word {
            "doubtful" => Some(IdentityAttribute::Doubtful),
            "fictitious" => Some(IdentityAttribute::Fictitious),
            _ => None,
        })
        .collect();
    let ins = ins(fields, problems);
    Some(NewPatient {
        local_number: fields.given("ipp"),
        traits: Traits {
            birth_name: fields.text("nom_naissance").to_owned(),
            given_names: fields.text("prenoms").to_owned(),
            first_given_name: fields.text("premier_prenom").to_owned(),
            used_name: fields.given("nom_utilise"),
            used_given_name: fields.given("prenom_utilise"),
            sex: sex.ok()?,
            birth_date: birth_date.ok()?,
            birth_place: fields.given("lieu_naissance"),
        },
        status,
        attributes,
        ins,
    })
}

fn ins(fields: &Fields, problems: &mut Vec<FieldProblem>) -> Option<(String, InsAuthority)> {
    let number = fields.text("ins").replace([' ', '\u{a0}'], "");
    if number.is_empty() {
        return None;
    }
    let authority = match fields.text("autorite_ins") {
        "test" => InsAuthority::Test,
        "demonstration" => InsAuthority::Demonstration,
        "nir" => InsAuthority::Nir,
        "nia" => InsAuthority::Nia,
        _ => {
            problems.push(FieldProblem::new(
                "autorite_ins",
                "choisir l'autorité d'affectation de l'INS",
            ));
            return None;
        }
    };
    Some((number, authority))
}

/// `23/11/1979`, `23111979` or `1979-11-23`; zeros for what is unknown.
fn birth_date(text: &str) -> Option<BirthDate> {
    let text = text.trim();
    if let Ok(date) = text.parse::<BirthDate>()
        && text.contains('-')
    {
        return Some(date);
    }
    let (day, month, year) = day_first(text)?;
    format!("{year}-{month}-{day}").parse().ok()
}

/// The parts of a date written day first, with or without signs between them.
fn day_first(text: &str) -> Option<(String, String, String)> {
    let parts: Vec<String> = if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let letters: Vec<char> = text.chars().collect();
        [0..2, 2..4, 4..8]
            .into_iter()
            .filter_map(|part| Some(letters.get(part)?.iter().collect()))
            .collect()
    } else {
        text.split(['/', '.', '-', ' '])
            .map(str::to_owned)
            .collect()
    };
    match parts.as_slice() {
        [day, month, year] if year.len() == 4 && day.len() <= 2 && month.len() <= 2 => {
            Some((format!("{day:0>2}"), format!("{month:0>2}"), year.clone()))
        }
        _ => None,
    }
}

fn date(fields: &Fields, name: &'static str, problems: &mut Vec<FieldProblem>) -> Option<Date> {
    let text = fields.given(name)?;
    let read = order_file::civil_date(&text);
    if read.is_none() {
        problems.push(FieldProblem::new(name, "écrire jj/mm/aaaa"));
    }
    read
}

fn moment(
    laboratory: &Laboratory,
    fields: &Fields,
    name: &'static str,
    problems: &mut Vec<FieldProblem>,
) -> Option<UtcMicros> {
    let text = fields.given(name)?;
    let read = order_file::civil_moment(laboratory, &text);
    if read.is_none() {
        problems.push(FieldProblem::new(name, "écrire jj/mm/aaaa hh:mm"));
    }
    read
}

/// The tubes: a test goes to the first tube whose nature suits it, or to the first tube of all.
fn specimens(
    laboratory: &Laboratory,
    fields: &Fields,
    collected_at: Option<UtcMicros>,
) -> Vec<NewSpecimen> {
    let natures: Vec<&str> = fields.all("nature").collect();
    let mut specimens: Vec<NewSpecimen> = fields
        .all("tube")
        .enumerate()
        .filter(|(place, number)| *place == 0 || !number.is_empty())
        .map(|(place, number)| NewSpecimen {
            accession: Some(number.to_owned()).filter(|number| !number.is_empty()),
            kind: natures
                .get(place)
                .map(|nature| (*nature).to_owned())
                .filter(|nature| !nature.is_empty()),
            collected_at,
            received_at: None,
            tests: Vec::new(),
        })
        .collect();
    if specimens.is_empty() {
        specimens.push(NewSpecimen {
            accession: None,
            kind: None,
            collected_at,
            received_at: None,
            tests: Vec::new(),
        });
    }
    let typed = fields
        .text("codes")
        .split([',', ';', ' '])
        .map(str::trim)
        .filter(|code| !code.is_empty());
    let mut codes: Vec<String> = Vec::new();
    for code in fields
        .all("analyses")
        .map(str::to_owned)
        .chain(typed.map(str::to_uppercase))
    {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    for code in codes {
        let suits = |specimen: &NewSpecimen| {
            let kinds = laboratory
                .catalogue
                .get_text(&code)
                .map(|test| test.specimens.as_slice());
            specimen
                .kind
                .as_ref()
                .zip(kinds)
                .is_some_and(|(kind, kinds)| kinds.contains(kind))
        };
        let place = specimens.iter().position(suits).unwrap_or(0);
        if let Some(specimen) = specimens.get_mut(place) {
            specimen.tests.push(code);
        }
    }
    // A tube nothing is asked of is kept only when it is the only one: the laboratory then says that tests are missing.
    let any = specimens.iter().any(|specimen| !specimen.tests.is_empty());
    specimens.retain(|specimen| !any || !specimen.tests.is_empty());
    specimens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_dates_as_they_are_typed() {
        for text in [
            "28/03/1979",
            "28031979",
            "1979-03-28",
            "28.3.1979",
            "28 03 1979",
        ] {
            assert_eq!(
                birth_date(text).map(|date| date.to_string()).as_deref(),
                Some("1979-03-28"),
                "{text}"
            );
        }
        assert_eq!(
            birth_date("00/00/1979")
                .map(|date| date.to_string())
                .as_deref(),
            Some("1979-00-00")
        );
        for text in ["", "31/02/1979", "28/03/79", "mars 1979"] {
            assert_eq!(birth_date(text), None, "{text}");
        }
    }
}
