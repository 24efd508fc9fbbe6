//! Orders from a file: CSV with a header line, one line for each tube; see [`COLUMNS`].
//!
//! Lines with the same `demande` make one order. An order is registered whole or not at all; the others go on. The same
//! file may be imported again: orders that are already registered with the same content count as unchanged.

use std::collections::BTreeMap;

use lisiere_model::{IdentityStatus, InsAuthority, Priority, Sex, Traits, UtcMicros};

use super::order_rows::{Row, digest, rows};
pub use super::order_rows::{civil_date, civil_moment};
use super::orders::{NewOrder, NewSpecimen, Origin, PatientChoice, register_from};
use super::patients::NewPatient;
use super::{Error, Laboratory, Result};
use crate::review::Person;
use crate::store::order;

/// The columns of the file: name, whether it must be filled, what it holds. The order is free; separator `;`, `,` or tab;
/// UTF-8 or Windows-1252; fields that hold the separator stand between double quotes.
pub const COLUMNS: [(&str, bool, &str); 22] = [
    (
        "demande",
        true,
        "numéro de la demande chez le prescripteur ou l'établissement",
    ),
    (
        "ipp",
        false,
        "numéro du patient au laboratoire, s'il en a un",
    ),
    ("nom_naissance", true, "nom de naissance"),
    (
        "prenoms",
        false,
        "tous les prénoms, séparés par des espaces",
    ),
    ("premier_prenom", true, "premier prénom"),
    ("nom_utilise", false, "nom utilisé, s'il diffère"),
    ("prenom_utilise", false, "prénom utilisé, s'il diffère"),
    ("sexe", true, "F, M ou I"),
    ("date_naissance", true, "AAAA-MM-JJ ou JJ/MM/AAAA"),
    ("lieu_naissance", false, "code INSEE de 5 caractères"),
    (
        "statut_identite",
        false,
        "provisoire (par défaut), récupérée, validée, qualifiée",
    ),
    (
        "ins",
        false,
        "matricule de 15 caractères, identité qualifiée seulement",
    ),
    ("ins_oid", false, "OID de l'autorité de l'INS"),
    ("prescripteur", false, "nom du prescripteur"),
    ("rpps_prescripteur", false, "11 chiffres"),
    ("date_prescription", false, "AAAA-MM-JJ ou JJ/MM/AAAA"),
    ("urgent", false, "oui ou non"),
    (
        "tube",
        false,
        "numéro sur l'étiquette ; donné par le laboratoire s'il est vide",
    ),
    ("nature", false, "type de prélèvement (table HL7 0487)"),
    (
        "preleve_le",
        false,
        "AAAA-MM-JJ HH:MM ou JJ/MM/AAAA HH:MM, heure du laboratoire",
    ),
    (
        "analyses",
        true,
        "codes du catalogue séparés par des espaces",
    ),
    ("renseignements", false, "renseignements cliniques"),
];

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Numbers of the orders that were registered.
    pub registered: Vec<String>,
    /// Orders that were already there, with the same content.
    pub unchanged: usize,
    /// Lines that were not taken, each with what to do.
    pub problems: Vec<LineProblem>,
}

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// Line of the file, the header being line 1.
    pub line: usize,
    /// The request it belongs to, when it could be read.
    pub request: Option<String>,
    /// What is wrong and what to do.
    pub sentence: String,
}

/// Registers the orders of a file.
pub async fn import(
    laboratory: &Laboratory,
    bytes: &[u8],
    who: &Person,
    now: UtcMicros,
) -> Result<Imported> {
    let rows = rows(bytes)?;
    let mut imported = Imported::default();
    let mut by_request: BTreeMap<usize, (String, Vec<Row>)> = BTreeMap::new();
    let mut first_line: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                imported.problems.push(problem);
                continue;
            }
        };
        let request = row.text("demande").unwrap_or_default().to_owned();
        let first = *first_line.entry(request.clone()).or_insert(row.line);
        by_request
            .entry(first)
            .or_insert_with(|| (request, Vec::new()))
            .1
            .push(row);
    }
    for (line, (request, rows)) in by_request {
        if imported
            .problems
            .iter()
            .any(|p| p.request.as_deref() == Some(request.as_str()))
        {
            continue;
        }
        match import_one(laboratory, &request, &rows, who, now).await {
            Ok(Some(number)) => imported.registered.push(number),
            Ok(None) => imported.unchanged += 1,
            Err(Failure::At(problems)) => imported.problems.extend(problems),
            Err(Failure::Whole(Error::Store(error))) => return Err(error.into()),
            Err(Failure::Whole(error)) => imported.problems.push(LineProblem {
                line,
                request: Some(request),
                sentence: error.to_string(),
            }),
        }
    }
    imported.problems.sort_by_key(|problem| problem.line);
    Ok(imported)
}

enum Failure {
    At(Vec<LineProblem>),
    Whole(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Whole(error)
    }
}

async fn import_one(
    laboratory: &Laboratory,
    request: &str,
    rows: &[Row],
    who: &Person,
    now: UtcMicros,
) -> Result<Option<String>, Failure> {
    let digest = digest(rows);
    let mut reader = laboratory.store.read().await.map_err(Error::from)?;
    let known = order::by_number(&mut reader, request)
        .await
        .map_err(Error::from)?;
    drop(reader);
    if let Some(known) = known {
        if known.request_digest.as_deref() == Some(&digest) {
            return Ok(None);
        }
        return Err(Error::Refused(format!(
            "la demande {request} est déjà enregistrée (dossier {}) avec un autre contenu : la modifier dans le dossier",
            known.number
        ))
        .into());
    }
    let new = read_order(laboratory, request, rows)?;
    let line = rows.first().map_or(0, |row| row.line);
    let origin = Origin {
        source: format!("file:{line}"),
        digest: Some(digest),
    };
    let row = register_from(laboratory, new, origin, who, now).await?;
    Ok(Some(row.number))
}

fn read_order(laboratory: &Laboratory, request: &str, rows: &[Row]) -> Result<NewOrder, Failure> {
    let mut problems = Vec::new();
    let Some(first) = rows.first() else {
        return Err(Failure::At(problems));
    };
    for row in rows {
        for column in [
            "ipp",
            "nom_naissance",
            "premier_prenom",
            "date_naissance",
            "sexe",
            "ins",
        ] {
            if row.text(column) != first.text(column) {
                problems.push(row.problem(format!(
                    "{column} diffère de la ligne {} de la même demande",
                    first.line
                )));
            }
        }
        for (column, _, _) in COLUMNS.iter().filter(|(_, needed, _)| *needed) {
            if row.text(column).is_none() {
                problems.push(row.problem(format!("{column} est vide")));
            }
        }
    }
    for row in rows {
        let unknown = row
            .codes()
            .into_iter()
            .filter(|code| laboratory.catalogue.get_text(code).is_none());
        problems.extend(unknown.map(|code| {
            row.problem(format!(
                "analyse « {code} » : ce code n'est pas au catalogue"
            ))
        }));
    }
    let patient = collect(&mut problems, read_patient(first));
    let prescribed_on = collect(&mut problems, first.date("date_prescription"));
    let urgent = collect(&mut problems, first.yes("urgent"));
    let mut specimens = Vec::new();
    for row in rows {
        let collected = collect(&mut problems, row.moment(laboratory, "preleve_le"));
        specimens.push(NewSpecimen {
            accession: row.owned("tube"),
            kind: row.owned("nature"),
            collected_at: collected.flatten(),
            received_at: None,
            tests: row.codes().into_iter().map(str::to_owned).collect(),
        });
    }
    match (patient, prescribed_on, urgent) {
        (Some(patient), Some(prescribed_on), Some(urgent)) if problems.is_empty() => Ok(NewOrder {
            patient: PatientChoice::KnownOrNew(patient),
            request_number: Some(request.to_owned()),
            prescriber_name: first.owned("prescripteur"),
            prescriber_rpps: first.owned("rpps_prescripteur"),
            prescribed_on,
            priority: if urgent {
                Priority::Urgent
            } else {
                Priority::Routine
            },
            clinical: first.owned("renseignements"),
            specimens,
        }),
        _ => Err(Failure::At(problems)),
    }
}

fn collect<T>(problems: &mut Vec<LineProblem>, read: Result<T, LineProblem>) -> Option<T> {
    read.map_err(|problem| problems.push(problem)).ok()
}

fn read_patient(row: &Row) -> Result<NewPatient, LineProblem> {
    let sex = row.text("sexe").unwrap_or_default();
    let sex: Sex = sex
        .parse()
        .map_err(|_| row.problem(format!("sexe « {sex} » : écrire F, M ou I")))?;
    let status = match row
        .text("statut_identite")
        .map(super::names::stored_form)
        .as_deref()
    {
        None | Some("PROVISOIRE") => IdentityStatus::Provisional,
        Some("RECUPEREE") => IdentityStatus::Recovered,
        Some("VALIDEE") => IdentityStatus::Validated,
        Some("QUALIFIEE") => IdentityStatus::Qualified,
        Some(_) => {
            return Err(row.problem(
                "statut_identite : écrire provisoire, récupérée, validée ou qualifiée".to_owned(),
            ));
        }
    };
    let ins = match (row.owned("ins"), row.text("ins_oid")) {
        (None, _) => None,
        (Some(number), Some(oid)) => Some((
            number,
            InsAuthority::from_oid(oid).ok_or_else(|| {
                row.problem(format!("ins_oid « {oid} » n'est pas une autorité INS"))
            })?,
        )),
        (Some(_), None) => {
            return Err(row.problem("ins sans ins_oid : indiquer l'autorité".to_owned()));
        }
    };
    Ok(NewPatient {
        local_number: row.owned("ipp"),
        traits: Traits {
            birth_name: row.owned("nom_naissance").unwrap_or_default(),
            given_names: row.owned("prenoms").unwrap_or_default(),
            first_given_name: row.owned("premier_prenom").unwrap_or_default(),
            used_name: row.owned("nom_utilise"),
            used_given_name: row.owned("prenom_utilise"),
            sex,
            birth_date: row.birth_date()?,
            birth_place: row.owned("lieu_naissance"),
        },
        status,
        attributes: Vec::new(),
        ins,
    })
}
