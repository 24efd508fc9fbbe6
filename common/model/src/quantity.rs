//! A measured value: the text as it was sent, and the exact number and comparator read from it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What stands before the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparator {
    /// Below.
    #[serde(rename = "<")]
    Less,
    /// At or below.
    #[serde(rename = "<=")]
    LessOrEqual,
    /// Above.
    #[serde(rename = ">")]
    Greater,
    /// At or above.
    #[serde(rename = ">=")]
    GreaterOrEqual,
}

impl Comparator {
    /// The sign.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The comparator with this sign (`≤` and `≥` too).
    pub fn from_sign(sign: &str) -> Option<Self> {
        match sign {
            "<" => Some(Self::Less),
            "<=" | "≤" => Some(Self::LessOrEqual),
            ">" => Some(Self::Greater),
            ">=" | "≥" => Some(Self::GreaterOrEqual),
            _ => None,
        }
    }
}

impl fmt::Display for Comparator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.sign())
    }
}

/// A value whose text is never rewritten: the number beside it is what was read from it, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredValue {
    /// Exactly as sent.
    pub text: String,
    /// The number in it; its scale keeps the zeros that were sent (`5.40`).
    pub number: Option<Decimal>,
    /// The comparator before the number.
    pub comparator: Option<Comparator>,
}

impl MeasuredValue {
    /// A value that is not a number.
    pub fn textual(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            number: None,
            comparator: None,
        }
    }

    /// A number without a comparator, written with the decimal point.
    pub fn exact(number: Decimal) -> Self {
        Self {
            text: number.to_string(),
            number: Some(number),
            comparator: None,
        }
    }
}
