//! Reading of the TOML files that come with the product: every mistake names file, line, column and a remedy.

use crate::mistake_words;
use serde::de::DeserializeOwned;
use std::ops::Range;
use thiserror::Error;
use toml::de::{DeTable, DeValue};

/// More mistakes than this are not listed.
const LISTED: usize = 50;

/// A mistake in a profile, the catalogue or the unit table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}:{column}: {message}{}{remedy}", if remedy.is_empty() { "" } else { " ; remède : " })]
pub struct DataError {
    /// The file's name.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead; may be empty.
    pub remedy: String,
}

impl DataError {
    /// A mistake of the file as a whole.
    pub(crate) fn whole(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: 1,
            column: 1,
            message: message.into(),
            remedy: String::new(),
        }
    }

    fn at(file: &str, text: &str, offset: usize, message: String, remedy: String) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let last = before.rsplit('\n').next().unwrap_or_default();
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: last.chars().count() + 1,
            message,
            remedy,
        }
    }
}

/// A mistake of meaning: the path of the key it is in, and what to do.
#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    path: String,
    message: String,
    remedy: String,
}

impl Mistake {
    pub(crate) fn new(path: &str, message: String, remedy: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            message,
            remedy: remedy.into(),
        }
    }
}

/// Reads one file's text; unknown keys are mistakes wherever the type says so.
pub(crate) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, DataError> {
    toml::from_str(text).map_err(|error| described(file, text, &error))
}

/// The same, with every unknown key named and not only the first.
pub(crate) fn read_all<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Vec<DataError>> {
    let mut mistakes = Vec::new();
    let mut rest = text.to_owned();
    while mistakes.len() < LISTED {
        let error = match toml::from_str(&rest) {
            Ok(value) if mistakes.is_empty() => return Ok(value),
            Ok(_) => break,
            Err(error) => error,
        };
        // Lines stay as they are in all that follows, so that places do too.
        mistakes.push(described(file, &rest, &error));
        let mended = error.span().and_then(|span| {
            let Some((_, meant)) = mistake_words::unknown_key(error.message()) else {
                return stand_in::<T>(&rest, &span);
            };
            let (key, whole) = entry_at(&rest, span.start)?;
            let renamed = meant.and_then(|meant| rename(&rest, &key, meant));
            renamed.or_else(|| blank(&rest, &whole))
        });
        match mended {
            Some(mended) => rest = mended,
            None => break,
        }
    }
    mistakes.sort_by_key(|error| (error.line, error.column));
    Err(mistakes)
}

fn described(file: &str, text: &str, error: &toml::de::Error) -> DataError {
    let offset = error.span().map_or(0, |span| span.start);
    let is_toml = DeTable::parse(text).is_ok();
    let (message, remedy) = mistake_words::french(error.message(), is_toml);
    DataError::at(file, text, offset, message, remedy)
}

/// Gives mistakes of meaning their places.
pub(crate) fn locate(file: &str, text: &str, mistakes: Vec<Mistake>) -> Vec<DataError> {
    let table = DeTable::parse(text).ok();
    let place = |path: &str| {
        let root = table.as_ref()?;
        find(root.get_ref(), path).map(|range| range.start)
    };
    let mut located: Vec<DataError> = mistakes
        .into_iter()
        .take(LISTED)
        .map(|mistake| {
            let offset = place(&mistake.path).unwrap_or(0);
            DataError::at(file, text, offset, mistake.message, mistake.remedy)
        })
        .collect();
    located.sort_by_key(|error| (error.line, error.column));
    located
}

/// The bytes of the value at a path such as `code[3].tests[0]`; of the nearest table around it when it is not written.
fn find(table: &DeTable<'_>, path: &str) -> Option<Range<usize>> {
    let mut here = None;
    let mut table = Some(table);
    for step in path.split('.') {
        let (key, indices) = step.split_once('[').unwrap_or((step, ""));
        let Some((found_key, mut value)) =
            table.and_then(|table| table.iter().find(|(written, _)| written.get_ref() == key))
        else {
            return here;
        };
        let mut range = if value.get_ref().is_table() || value.get_ref().is_array() {
            found_key.span()
        } else {
            value.span()
        };
        for index in indices
            .trim_end_matches(']')
            .split("][")
            .filter(|index| !index.is_empty())
        {
            let element = index
                .parse::<usize>()
                .ok()
                .and_then(|index| value.get_ref().as_array()?.get(index));
            let Some(element) = element else {
                return Some(range);
            };
            value = element;
            range = value.span();
        }
        here = Some(range);
        table = value.get_ref().as_table();
    }
    here
}

/// The bytes of the key at an offset, and of the key together with its value.
fn entry_at(text: &str, offset: usize) -> Option<(Range<usize>, Range<usize>)> {
    fn within(value: &DeValue<'_>, offset: usize) -> Option<(Range<usize>, Range<usize>)> {
        match value {
            DeValue::Table(table) => in_table(table, offset),
            DeValue::Array(list) => list.iter().find_map(|one| within(one.get_ref(), offset)),
            _ => None,
        }
    }
    fn in_table(table: &DeTable<'_>, offset: usize) -> Option<(Range<usize>, Range<usize>)> {
        table.iter().find_map(|(key, value)| {
            if key.span().contains(&offset) {
                let end = value.span().end.max(key.span().end);
                return Some((key.span(), key.span().start..end));
            }
            within(value.get_ref(), offset)
        })
    }
    let root = DeTable::parse(text).ok()?;
    in_table(root.get_ref(), offset)
}

/// Values of which one is good wherever another was refused, so that what follows is read too.
const STAND_INS: [&str; 9] = [
    "\"A.1\"",
    "\"A\"",
    "1",
    "true",
    "[]",
    "\"final\"",
    "\"N\"",
    "\"qc\"",
    "\"lis1a\"",
];

/// The text with a value in place of a refused one, when the reader then gets further.
fn stand_in<T: DeserializeOwned>(text: &str, refused: &Range<usize>) -> Option<String> {
    if text.get(refused.clone())?.contains('\n') {
        return None;
    }
    let (before, after) = (text.get(..refused.start)?, text.get(refused.end..)?);
    STAND_INS.iter().find_map(|value| {
        let changed = format!("{before}{value}{after}");
        let further = match toml::from_str::<T>(&changed) {
            Ok(_) => true,
            Err(error) => {
                DeTable::parse(&changed).is_ok()
                    && error.span().is_some_and(|span| span.start != refused.start)
            }
        };
        further.then_some(changed)
    })
}

/// The text with the key that was meant, unless it is there already.
fn rename(text: &str, key: &Range<usize>, meant: &str) -> Option<String> {
    let renamed = format!("{}{meant}{}", text.get(..key.start)?, text.get(key.end..)?);
    DeTable::parse(&renamed).is_ok().then_some(renamed)
}

/// The text with an entry replaced by blanks, so that every other offset stays; `None` when that would not help.
fn blank(text: &str, entry: &Range<usize>) -> Option<String> {
    let part = text.get(entry.clone())?;
    if part.contains('\n') || !part.contains('=') {
        return None;
    }
    let before = text.get(..entry.start)?;
    let after = text.get(entry.end..)?;
    // Inside an inline table the comma goes too.
    let trimmed = after.trim_start_matches([' ', '\t']);
    let comma = trimmed
        .starts_with(',')
        .then(|| after.len() - trimmed.len() + 1);
    let skip = comma.unwrap_or(0);
    let blanks = " ".repeat(part.len() + skip);
    let changed = format!("{before}{blanks}{}", after.get(skip..)?);
    (changed != text).then_some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Small {
        #[serde(rename = "known")]
        _known: u8,
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let error = read::<Small>("x.toml", "known = 1\nunknown = 2\n").unwrap_err();
        assert_eq!(
            (error.file.as_str(), error.line, error.column),
            ("x.toml", 2, 1)
        );
        assert!(error.message.contains("unknown"), "{error}");
        assert!(read::<Small>("x.toml", "known = 1").is_ok());
    }

    #[test]
    fn every_unknown_key_is_named() {
        let errors =
            read_all::<Small>("x.toml", "one = 1\nknown = 1\ntwo = { a = 1 }\n").unwrap_err();
        let lines: Vec<usize> = errors.iter().map(|error| error.line).collect();
        assert_eq!(lines, [1, 3]);
    }

    #[test]
    fn paths_lead_to_places() {
        let text = "a = 1\n[[b]]\nc = [\"x\", \"yy\"]\n[[b]]\nd = { e = 5 }\n";
        let table = DeTable::parse(text).unwrap();
        let at = |path: &str| find(table.get_ref(), path).and_then(|range| text.get(range));
        assert_eq!(at("b[0].c[1]"), Some("\"yy\""));
        assert_eq!(at("b[1].d.e"), Some("5"));
        assert_eq!(at("b[1].d.f"), Some("d"));
        assert_eq!(at("none"), None);
    }
}
