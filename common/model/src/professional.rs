//! Health professionals: the RPPS number and the national identifier built on it.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Why a text is not a national identifier of a professional.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NationalIdError {
    /// Not 11 digits (RPPS) or 12 (with the leading `8`).
    #[error("`{0}` is not an RPPS number (11 digits, or 12 with the leading 8)")]
    Shape(String),
}

/// An RPPS number: 11 digits. The check digit (Luhn) is not enforced, because test professionals of the national services
/// carry numbers that fail it; [`Rpps::luhn_holds`] tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rpps(String);

impl Rpps {
    /// The 11 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The national identifier: `8` and the RPPS number.
    pub fn national_id(&self) -> NationalId {
        NationalId(format!("8{}", self.0))
    }

    /// Whether the last digit is the Luhn check digit of the others.
    pub fn luhn_holds(&self) -> bool {
        let sum: u32 = self
            .0
            .bytes()
            .rev()
            .enumerate()
            .map(|(place, byte)| {
                let digit = u32::from(byte - b'0') * if place % 2 == 1 { 2 } else { 1 };
                digit / 10 + digit % 10
            })
            .sum();
        sum.is_multiple_of(10)
    }
}

impl FromStr for Rpps {
    type Err = NationalIdError;
    fn from_str(text: &str) -> Result<Self, NationalIdError> {
        let text = text.trim();
        let shape = || NationalIdError::Shape(text.to_owned());
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(shape());
        }
        match (text.len(), text.strip_prefix('8')) {
            (11, _) => Ok(Self(text.to_owned())),
            (12, Some(rpps)) => Ok(Self(rpps.to_owned())),
            _ => Err(shape()),
        }
    }
}

impl TryFrom<String> for Rpps {
    type Error = NationalIdError;
    fn try_from(text: String) -> Result<Self, NationalIdError> {
        text.parse()
    }
}

impl From<Rpps> for String {
    fn from(rpps: Rpps) -> Self {
        rpps.0
    }
}

impl fmt::Display for Rpps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The identifier of a professional under OID 1.2.250.1.71.4.2.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NationalId(String);

impl NationalId {
    /// The OID under which the identifier is unique.
    pub const OID: &'static str = "1.2.250.1.71.4.2.1";

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
