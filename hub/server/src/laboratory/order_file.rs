//! Orders from a file: CSV with a header line, one line for each tube; see [`COLUMNS`].
//!
//! Lines with the same `demande` make one order. An order is registered whole or not at all; the others go on. The same
//! file may be imported again: orders that are already registered with the same content count as unchanged.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use lisiere_model::{BirthDate, IdentityStatus, InsAuthority, Priority, Sex, Traits, UtcMicros};
use sha2::{Digest, Sha256};

use super::orders::{NewOrder, NewSpecimen, Origin, PatientChoice, register_from};
use super::patients::NewPatient;
use super::{Error, Laboratory, Result};
use crate::review::Person;
use crate::store::{audit, order};

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

/// Longest file that is read.
const LIMIT: usize = 20 * 1024 * 1024;

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
            tests: row
                .text("analyses")
                .unwrap_or_default()
                .split([' ', '+', '|'])
                .filter(|code| !code.is_empty())
                .map(str::to_owned)
                .collect(),
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

/// A line of the file, by column.
struct Row {
    line: usize,
    fields: BTreeMap<&'static str, String>,
}

impl Row {
    fn text(&self, column: &str) -> Option<&str> {
        self.fields
            .get(column)
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
    }

    fn owned(&self, column: &str) -> Option<String> {
        self.text(column).map(str::to_owned)
    }

    fn problem(&self, sentence: String) -> LineProblem {
        LineProblem {
            line: self.line,
            request: self.owned("demande"),
            sentence,
        }
    }

    fn date(&self, column: &str) -> Result<Option<Date>, LineProblem> {
        let Some(text) = self.text(column) else {
            return Ok(None);
        };
        civil_date(text).map(Some).ok_or_else(|| {
            self.problem(format!(
                "{column} « {text} » : écrire AAAA-MM-JJ ou JJ/MM/AAAA"
            ))
        })
    }

    fn birth_date(&self) -> Result<BirthDate, LineProblem> {
        let text = self.text("date_naissance").unwrap_or_default();
        let turned = turned(text).unwrap_or_else(|| text.to_owned());
        turned.parse().map_err(|_| {
            self.problem(
                "date_naissance : écrire AAAA-MM-JJ ou JJ/MM/AAAA (00 pour un jour inconnu)"
                    .to_owned(),
            )
        })
    }

    fn yes(&self, column: &str) -> Result<bool, LineProblem> {
        match self.text(column).map(str::to_lowercase).as_deref() {
            None | Some("non" | "n" | "0") => Ok(false),
            Some("oui" | "o" | "1") => Ok(true),
            Some(_) => Err(self.problem(format!("{column} : écrire oui ou non"))),
        }
    }

    fn moment(
        &self,
        laboratory: &Laboratory,
        column: &str,
    ) -> Result<Option<UtcMicros>, LineProblem> {
        let Some(text) = self.text(column) else {
            return Ok(None);
        };
        civil_moment(laboratory, text).map(Some).ok_or_else(|| {
            self.problem(format!(
                "{column} « {text} » : écrire AAAA-MM-JJ HH:MM ou JJ/MM/AAAA HH:MM"
            ))
        })
    }
}

/// `28/03/1979` as `1979-03-28`.
fn turned(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [day, month, year] if year.len() == 4 => Some(format!("{year}-{month:0>2}-{day:0>2}")),
        _ => None,
    }
}

/// A date as French files write it.
pub fn civil_date(text: &str) -> Option<Date> {
    turned(text).as_deref().unwrap_or(text).parse().ok()
}

/// A date and time of the laboratory's clock, or one with its own offset.
pub fn civil_moment(laboratory: &Laboratory, text: &str) -> Option<UtcMicros> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.into());
    }
    let (date, time) = text.split_once([' ', 'T'])?;
    let date = civil_date(date)?;
    let time = time.replace('h', ":");
    let civil: DateTime = format!("{date}T{time}").parse().ok()?;
    Some(
        civil
            .to_zoned(laboratory.zone.clone())
            .ok()?
            .timestamp()
            .into(),
    )
}

fn digest(rows: &[Row]) -> String {
    let mut digest = Sha256::new();
    for row in rows {
        for (column, text) in &row.fields {
            let text = text.trim();
            // Lengths keep two neighbouring fields from running into each other.
            digest.update(format!("{column}:{}:{text};", text.len()));
        }
        digest.update(b"\n");
    }
    audit::hexadecimal(&digest.finalize())
}

/// The lines of the file, each by column; a line that cannot be split is a problem of its own.
fn rows(bytes: &[u8]) -> Result<Vec<Result<Row, LineProblem>>> {
    if bytes.len() > LIMIT {
        return Err(Error::Refused(
            "le fichier dépasse 20 Mo : l'importer en plusieurs fois".into(),
        ));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(bytes)
            .0
            .into_owned(),
    };
    let header = text.lines().next().unwrap_or_default();
    let separator = [';', '\t', ',']
        .into_iter()
        .max_by_key(|sign| header.matches(*sign).count())
        .unwrap_or(';');
    let mut records = split(&text, separator).into_iter();
    let columns = match records.next() {
        Some((_, Ok(header))) => columns(&header)?,
        _ => {
            return Err(Error::Refused(
                "le fichier est vide : la première ligne nomme les colonnes".into(),
            ));
        }
    };
    Ok(records
        .filter(|(_, fields)| {
            fields
                .as_ref()
                .map_or(true, |f| f.iter().any(|t| !t.trim().is_empty()))
        })
        .map(|(line, fields)| row(line, fields, &columns))
        .collect())
}

fn columns(header: &[String]) -> Result<Vec<&'static str>> {
    let mut columns = Vec::new();
    let mut unknown = Vec::new();
    for name in header {
        let plain = name.trim().to_lowercase();
        match COLUMNS.iter().find(|(known, _, _)| *known == plain) {
            Some((known, _, _)) => columns.push(*known),
            None => unknown.push(name.trim().to_owned()),
        }
    }
    let missing: Vec<&str> = COLUMNS
        .iter()
        .filter(|(name, needed, _)| *needed && !columns.contains(name))
        .map(|(name, _, _)| *name)
        .collect();
    if unknown.is_empty() && missing.is_empty() {
        return Ok(columns);
    }
    Err(Error::Refused(format!(
        "ligne 1 : colonnes inconnues [{}], colonnes manquantes [{}]",
        unknown.join(", "),
        missing.join(", ")
    )))
}

fn row(
    line: usize,
    fields: Result<Vec<String>, String>,
    columns: &[&'static str],
) -> Result<Row, LineProblem> {
    let problem = |sentence: String| LineProblem {
        line,
        request: None,
        sentence,
    };
    let fields = fields.map_err(problem)?;
    if fields.len() != columns.len() {
        return Err(problem(format!(
            "{} champs au lieu de {}",
            fields.len(),
            columns.len()
        )));
    }
    let fields: BTreeMap<&'static str, String> = columns.iter().copied().zip(fields).collect();
    let row = Row { line, fields };
    if row.text("demande").is_none() {
        return Err(
            row.problem("demande est vide : chaque ligne porte le numéro de sa demande".to_owned())
        );
    }
    Ok(row)
}

/// Splits the text into records with the line each begins at (RFC 4180, any separator).
fn split(text: &str, separator: char) -> Vec<(usize, Result<Vec<String>, String>)> {
    let mut records = Vec::new();
    let (mut line, mut start) = (1, 1);
    let (mut fields, mut field) = (Vec::new(), String::new());
    let (mut quoted, mut used) = (false, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            '\n' if !quoted => {
                fields.push(std::mem::take(&mut field));
                records.push((start, Ok(std::mem::take(&mut fields))));
                line += 1;
                start = line;
                used = false;
                continue;
            }
            '\r' if !quoted => continue,
            sign if sign == separator && !quoted => fields.push(std::mem::take(&mut field)),
            other => {
                if other == '\n' {
                    line += 1;
                }
                field.push(other);
            }
        }
        used = true;
    }
    if quoted {
        records.push((start, Err("un guillemet n'est pas refermé".to_owned())));
    } else if used {
        fields.push(field);
        records.push((start, Ok(fields)));
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_lines() {
        let records = split("a;\"b;\"\"c\"\"\nd\";e\r\nf;;g", ';');
        assert_eq!(
            records,
            vec![
                (1, Ok(vec!["a".into(), "b;\"c\"\nd".into(), "e".into()])),
                (3, Ok(vec!["f".into(), String::new(), "g".into()])),
            ]
        );
        assert!(split("a;\"b", ';')[0].1.is_err());
    }

    #[test]
    fn dates_both_ways() {
        assert_eq!(civil_date("28/03/1979"), civil_date("1979-03-28"));
        assert_eq!(civil_date("28-03-1979"), None);
    }
}
