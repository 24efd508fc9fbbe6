//! Reading of the TOML files that come with the product: every mistake names file, line and column.

use serde::de::DeserializeOwned;
use thiserror::Error;

/// A mistake in a profile, the catalogue or the unit table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct DataError {
    /// The file's name.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl DataError {
    /// A mistake of the file as a whole.
    pub(crate) fn whole(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: 1,
            column: 1,
            message: message.into(),
        }
    }
}

/// Reads one file's text; unknown keys are mistakes wherever the type says so.
pub(crate) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, DataError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |rest| rest.chars().count())
            + 1;
        DataError {
            file: file.to_owned(),
            line,
            column,
            message: error.message().trim().to_owned(),
        }
    })
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
}
