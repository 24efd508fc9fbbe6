//! What was found, in every form a result may take, and its unit.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Coded;
use crate::{Comparator, UcumUnit};

/// A unit: how machines read it, and how the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// UCUM, such as `10*9/L`.
    pub ucum: UcumUnit,
    /// As printed, such as `G/L`; absent, the UCUM form is printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<String>,
}

/// What was found. Numbers are decimal texts (`"5.40"`): their last zero counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Value {
    /// A number with a unit, perhaps beyond what the method can measure.
    Quantity {
        /// `<`, `<=`, `>` or `>=`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comparator: Option<Comparator>,
        /// The number.
        number: Decimal,
        /// The unit.
        unit: Unit,
    },
    /// Between two numbers.
    Interval {
        /// From.
        low: Decimal,
        /// To.
        high: Decimal,
        /// Whether the low bound itself lies outside.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        low_open: bool,
        /// Whether the high bound itself lies outside.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        high_open: bool,
        /// The unit.
        unit: Unit,
    },
    /// A titre or another ratio, such as 1/80.
    Ratio {
        /// Above the bar.
        numerator: u32,
        /// Below the bar.
        denominator: u32,
        /// Before the whole: `<` or `>`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comparator: Option<Comparator>,
    },
    /// A count without a unit.
    Integer {
        /// The number.
        number: i64,
    },
    /// A number without a unit.
    Real {
        /// The number.
        number: Decimal,
    },
    /// Yes or no.
    Boolean {
        /// Which.
        value: bool,
    },
    /// A coded finding.
    Coded(Coded),
    /// Words.
    Text {
        /// The words.
        text: String,
    },
    /// Words that stand in the coded entry too, as some producers write them.
    Literal {
        /// The words.
        text: String,
    },
    /// Nothing yet: the result will come with a later version.
    Pending,
    /// Nothing any more: the result that was given before does not hold.
    Withdrawn {
        /// Why, in words for the reader.
        reason: String,
    },
    /// Nothing: the test was not made.
    NotDone {
        /// Why, in words for the reader.
        reason: String,
    },
}

impl Value {
    /// The unit, where the value has one.
    pub fn unit(&self) -> Option<&Unit> {
        match self {
            Self::Quantity { unit, .. } | Self::Interval { unit, .. } => Some(unit),
            _ => None,
        }
    }

    /// Whether the result is there, in numbers or in words.
    pub const fn is_given(&self) -> bool {
        !matches!(
            self,
            Self::NotDone { .. } | Self::Withdrawn { .. } | Self::Pending
        )
    }
}
