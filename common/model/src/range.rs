//! Reference ranges, and the bands by sex and age from which the one that fits a patient is chosen.

use crate::Sex;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why two bounds are no range.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RangeError {
    /// Low above high.
    #[error("the low bound {low} is above the high bound {high}")]
    Reversed {
        /// The low bound.
        low: Decimal,
        /// The high bound.
        high: Decimal,
    },
    /// Neither bound.
    #[error("a reference range needs a low bound, a high bound or both")]
    Empty,
}

/// Bounds in the unit of the result they go with; an open side is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct ReferenceRange {
    low: Option<Decimal>,
    high: Option<Decimal>,
    low_open: bool,
    high_open: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<Decimal>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    low_open: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    high_open: bool,
}

impl TryFrom<Bounds> for ReferenceRange {
    type Error = RangeError;
    fn try_from(bounds: Bounds) -> Result<Self, RangeError> {
        Self::new(bounds.low, bounds.high)
            .map(|range| range.with_open(bounds.low_open, bounds.high_open))
    }
}

impl From<ReferenceRange> for Bounds {
    fn from(range: ReferenceRange) -> Self {
        Self {
            low: range.low,
            high: range.high,
            low_open: range.low_open,
            high_open: range.high_open,
        }
    }
}

impl ReferenceRange {
    /// At least one bound, and low not above high.
    pub fn new(low: Option<Decimal>, high: Option<Decimal>) -> Result<Self, RangeError> {
        match (low, high) {
            (None, None) => Err(RangeError::Empty),
            (Some(low), Some(high)) if low > high => Err(RangeError::Reversed { low, high }),
            _ => Ok(Self {
                low,
                high,
                low_open: false,
                high_open: false,
            }),
        }
    }

    /// The same bounds; those that are open do not belong to the range.
    pub const fn with_open(self, low_open: bool, high_open: bool) -> Self {
        Self {
            low_open,
            high_open,
            ..self
        }
    }

    /// Whether the low bound itself lies outside.
    pub const fn low_open(&self) -> bool {
        self.low_open
    }

    /// Whether the high bound itself lies outside.
    pub const fn high_open(&self) -> bool {
        self.high_open
    }

    /// The low bound.
    pub const fn low(&self) -> Option<Decimal> {
        self.low
    }

    /// The high bound.
    pub const fn high(&self) -> Option<Decimal> {
        self.high
    }
}

/// Ages in days, from `from_days` up to but not including `to_days`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeBand {
    /// First day of the band.
    #[serde(default)]
    pub from_days: u32,
    /// First day after the band; absent for no upper limit.
    #[serde(default)]
    pub to_days: Option<u32>,
}

impl AgeBand {
    /// Whether a patient of this age belongs to the band.
    pub fn holds(&self, age_days: u32) -> bool {
        age_days >= self.from_days && self.to_days.is_none_or(|end| age_days < end)
    }
}

/// A reference range for some patients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceBand {
    /// For this sex only; absent for both.
    pub sex: Option<Sex>,
    /// For these ages only.
    pub age: AgeBand,
    /// The range.
    pub range: ReferenceRange,
}

impl ReferenceBand {
    /// The first band that fits. A band for one sex never fits a patient whose sex is unknown.
    pub fn choose(bands: &[Self], sex: Sex, age_days: u32) -> Option<&Self> {
        bands
            .iter()
            .find(|band| band.sex.is_none_or(|wanted| wanted == sex) && band.age.holds(age_days))
    }
}
