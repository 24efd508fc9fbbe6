//! A short printable name without surrounding blanks: the base of accession numbers and other labels.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Why a text is not such a name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NamedError {
    /// Nothing but blanks.
    #[error("the text is empty")]
    Empty,
    /// Longer than the bound.
    #[error("the text has {length} characters, at most {limit} are allowed")]
    Long {
        /// Characters found.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A control character inside.
    #[error("character {0} of the text is a control character")]
    Control(usize),
}

/// A trimmed text of 1 to `LIMIT` characters without control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Named<const LIMIT: usize>(String);

impl<const LIMIT: usize> Named<LIMIT> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const LIMIT: usize> FromStr for Named<LIMIT> {
    type Err = NamedError;
    fn from_str(text: &str) -> Result<Self, NamedError> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 {
            return Err(NamedError::Empty);
        }
        if length > LIMIT {
            return Err(NamedError::Long {
                length,
                limit: LIMIT,
            });
        }
        match text.chars().position(char::is_control) {
            Some(place) => Err(NamedError::Control(place + 1)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl<const LIMIT: usize> TryFrom<String> for Named<LIMIT> {
    type Error = NamedError;
    fn try_from(text: String) -> Result<Self, NamedError> {
        text.parse()
    }
}

impl<const LIMIT: usize> From<Named<LIMIT>> for String {
    fn from(named: Named<LIMIT>) -> Self {
        named.0
    }
}

impl<const LIMIT: usize> fmt::Display for Named<LIMIT> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
