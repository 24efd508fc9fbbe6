//! The lines of an order file, split by the rules of CSV, and their fields read one by one.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use lisiere_model::{BirthDate, UtcMicros};
use sha2::{Digest, Sha256};

use super::order_file::{COLUMNS, LineProblem};
use super::{Error, Laboratory, Result};
use crate::store::audit;

/// Longest file that is read.
const LIMIT: usize = 20 * 1024 * 1024;

/// A line of the file, by column.
pub(super) struct Row {
    pub(super) line: usize,
    fields: BTreeMap<&'static str, String>,
}

impl Row {
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        self.fields
            .get(column)
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
    }

    pub(super) fn owned(&self, column: &str) -> Option<String> {
        self.text(column).map(str::to_owned)
    }

    /// The test codes of the line.
    pub(super) fn codes(&self) -> Vec<&str> {
        let text = self.text("analyses").unwrap_or_default();
        text.split([' ', '+', '|'])
            .filter(|code| !code.is_empty())
            .collect()
    }

    pub(super) fn problem(&self, sentence: String) -> LineProblem {
        LineProblem {
            line: self.line,
            request: self.owned("demande"),
            sentence,
        }
    }

    pub(super) fn date(&self, column: &str) -> Result<Option<Date>, LineProblem> {
        let Some(text) = self.text(column) else {
            return Ok(None);
        };
        civil_date(text).map(Some).ok_or_else(|| {
            self.problem(format!(
                "{column} « {text} » : écrire AAAA-MM-JJ ou JJ/MM/AAAA"
            ))
        })
    }

    pub(super) fn birth_date(&self) -> Result<BirthDate, LineProblem> {
        let text = self.text("date_naissance").unwrap_or_default();
        let turned = turned(text).unwrap_or_else(|| text.to_owned());
        turned.parse().map_err(|_| {
            self.problem(
                "date_naissance : écrire AAAA-MM-JJ ou JJ/MM/AAAA (00 pour un jour inconnu)"
                    .to_owned(),
            )
        })
    }

    pub(super) fn yes(&self, column: &str) -> Result<bool, LineProblem> {
        match self.text(column).map(str::to_lowercase).as_deref() {
            None | Some("non" | "n" | "0") => Ok(false),
            Some("oui" | "o" | "1") => Ok(true),
            Some(_) => Err(self.problem(format!("{column} : écrire oui ou non"))),
        }
    }

    pub(super) fn moment(
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

pub(super) fn digest(rows: &[Row]) -> String {
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
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Result<Row, LineProblem>>> {
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
    let mut twice = Vec::new();
    for name in header {
        let plain = name.trim().to_lowercase();
        match COLUMNS.iter().find(|(known, _, _)| *known == plain) {
            // Of two columns only one would be read: the tests of the other would be lost.
            Some((known, _, _)) if columns.contains(known) => twice.push(*known),
            Some((known, _, _)) => columns.push(*known),
            None => unknown.push(name.trim().to_owned()),
        }
    }
    let missing: Vec<&str> = COLUMNS
        .iter()
        .filter(|(name, needed, _)| *needed && !columns.contains(name))
        .map(|(name, _, _)| *name)
        .collect();
    if unknown.is_empty() && missing.is_empty() && twice.is_empty() {
        return Ok(columns);
    }
    if !twice.is_empty() {
        return Err(Error::Refused(format!(
            "ligne 1 : colonnes écrites deux fois [{}]",
            twice.join(", ")
        )));
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
        // The request it seems to belong to is not registered without it.
        let place = columns.iter().position(|column| *column == "demande");
        let request = place.and_then(|place| fields.get(place));
        return Err(LineProblem {
            line,
            request: request
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty()),
            sentence: format!("{} champs au lieu de {}", fields.len(), columns.len()),
        });
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
