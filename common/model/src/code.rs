//! Codes: LOINC with its check digit, UCUM units, the laboratory's own test codes, and a code of any system.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};
use thiserror::Error;

/// Why a text is not a code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodeError {
    /// Not digits, a hyphen and a check digit.
    #[error("`{0}` is not a LOINC code (digits, a hyphen, a check digit)")]
    LoincShape(String),
    /// The check digit is another one.
    #[error("the check digit of LOINC `{code}` should be {expected}")]
    LoincCheck {
        /// The code as given.
        code: String,
        /// The digit that would be right.
        expected: u8,
    },
    /// A unit with a space or a character outside printable ASCII, or none at all.
    #[error("`{0}` cannot be a UCUM unit (printable ASCII without spaces)")]
    Unit(String),
    /// A local code that is empty, too long or holds a control character.
    #[error("`{0}` cannot be a local test code (1 to 40 letters, digits or signs without spaces)")]
    Local(String),
}

/// A LOINC code whose check digit is right (modulus 10, doubling from the right).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LoincCode(String);

impl LoincCode {
    /// The code, such as `718-7`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LoincCode {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let shape = || CodeError::LoincShape(text.to_owned());
        let (stem, check) = text.split_once('-').ok_or_else(shape)?;
        let digits_only =
            !stem.is_empty() && stem.len() <= 8 && stem.bytes().all(|byte| byte.is_ascii_digit());
        let check = match check.as_bytes() {
            [digit] if digit.is_ascii_digit() && digits_only => digit - b'0',
            _ => return Err(shape()),
        };
        let sum: u32 = stem
            .bytes()
            .rev()
            .enumerate()
            .map(|(place, byte)| {
                let digit = u32::from(byte - b'0');
                if place % 2 == 0 {
                    digit * 2 / 10 + digit * 2 % 10
                } else {
                    digit
                }
            })
            .sum();
        let expected = u8::try_from((10 - sum % 10) % 10).map_err(|_| shape())?;
        if expected == check {
            Ok(Self(text.to_owned()))
        } else {
            Err(CodeError::LoincCheck {
                code: text.to_owned(),
                expected,
            })
        }
    }
}

/// A unit written in UCUM's case-sensitive form, such as `10*9/L`. The shape is checked here; that it means something is
/// checked where a UCUM table is at hand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UcumUnit(String);

impl UcumUnit {
    /// The unit as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UcumUnit {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CodeError::Unit(text.to_owned()))
        }
    }
}

/// The laboratory's own code of a test, such as `GLU`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalCode(String);

impl LocalCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LocalCode {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let plain = |character: char| !character.is_control() && !character.is_whitespace();
        if (1..=40).contains(&text.chars().count()) && text.chars().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CodeError::Local(text.to_owned()))
        }
    }
}

macro_rules! textual {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = CodeError;
            fn try_from(text: String) -> Result<Self, CodeError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )+};
}
textual!(LoincCode, UcumUnit, LocalCode);

/// A system of codes, known by its OID.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CodeSystem {
    /// The OID.
    pub oid: Cow<'static, str>,
    /// The usual name, if one is written beside the OID.
    pub name: Option<Cow<'static, str>>,
}

impl CodeSystem {
    /// LOINC.
    pub const LOINC: Self = Self::named("2.16.840.1.113883.6.1", "LOINC");
    /// SNOMED CT.
    pub const SNOMED_CT: Self = Self::named("2.16.840.1.113883.6.96", "SNOMED CT");

    const fn named(oid: &'static str, name: &'static str) -> Self {
        Self {
            oid: Cow::Borrowed(oid),
            name: Some(Cow::Borrowed(name)),
        }
    }

    /// A system known by its OID alone.
    pub fn from_oid(oid: impl Into<Cow<'static, str>>) -> Self {
        Self {
            oid: oid.into(),
            name: None,
        }
    }
}

/// A code of any system with the words that go with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Coding {
    /// The code.
    pub code: String,
    /// What it says, in French.
    pub display: String,
    /// Where it is defined.
    pub system: CodeSystem,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_common_codes() {
        for code in [
            "718-7", "2345-7", "11502-2", "18719-5", "4548-4", "6690-2", "789-8", "40193-5",
            "3016-3",
        ] {
            assert!(code.parse::<LoincCode>().is_ok(), "{code}");
        }
        assert_eq!(
            "718-8".parse::<LoincCode>(),
            Err(CodeError::LoincCheck {
                code: "718-8".into(),
                expected: 7
            })
        );
        for wrong in ["", "-7", "718", "718-", "71a-7", "718-77", "999999999-1"] {
            assert!(
                matches!(wrong.parse::<LoincCode>(), Err(CodeError::LoincShape(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn units_hold_no_space_nor_micro_sign() {
        assert!("10*9/L".parse::<UcumUnit>().is_ok());
        assert!("µmol/L".parse::<UcumUnit>().is_err());
        assert!("mmol / L".parse::<UcumUnit>().is_err());
    }
}
