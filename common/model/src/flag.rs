//! What a result says beside its reference: HL7 ObservationInterpretation (system 2.16.840.1.113883.5.83).

use serde::{Deserialize, Serialize};

/// The interpretations this product writes; an analyzer's own flags travel as text beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Interpretation {
    /// Inside the reference range.
    #[serde(rename = "N")]
    Normal,
    /// Above it.
    #[serde(rename = "H")]
    High,
    /// Below it.
    #[serde(rename = "L")]
    Low,
    /// Above the critical limit.
    #[serde(rename = "HH")]
    CriticalHigh,
    /// Below the critical limit.
    #[serde(rename = "LL")]
    CriticalLow,
    /// Not as expected, where high and low mean nothing.
    #[serde(rename = "A")]
    Abnormal,
    /// Not as expected, and dangerous.
    #[serde(rename = "AA")]
    CriticalAbnormal,
    /// Above what the method can measure.
    #[serde(rename = ">")]
    OffScaleHigh,
    /// Below what the method can measure.
    #[serde(rename = "<")]
    OffScaleLow,
    /// Positive.
    #[serde(rename = "POS")]
    Positive,
    /// Negative.
    #[serde(rename = "NEG")]
    Negative,
    /// Neither positive nor negative.
    #[serde(rename = "IND")]
    Indeterminate,
    /// Susceptible.
    #[serde(rename = "S")]
    Susceptible,
    /// Susceptible at increased exposure.
    #[serde(rename = "I")]
    Intermediate,
    /// Resistant.
    #[serde(rename = "R")]
    Resistant,
}

impl Interpretation {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Normal,
        Self::High,
        Self::Low,
        Self::CriticalHigh,
        Self::CriticalLow,
        Self::Abnormal,
        Self::CriticalAbnormal,
        Self::OffScaleHigh,
        Self::OffScaleLow,
        Self::Positive,
        Self::Negative,
        Self::Indeterminate,
        Self::Susceptible,
        Self::Intermediate,
        Self::Resistant,
    ];

    /// The HL7 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Normal => "N",
            Self::High => "H",
            Self::Low => "L",
            Self::CriticalHigh => "HH",
            Self::CriticalLow => "LL",
            Self::Abnormal => "A",
            Self::CriticalAbnormal => "AA",
            Self::OffScaleHigh => ">",
            Self::OffScaleLow => "<",
            Self::Positive => "POS",
            Self::Negative => "NEG",
            Self::Indeterminate => "IND",
            Self::Susceptible => "S",
            Self::Intermediate => "I",
            Self::Resistant => "R",
        }
    }

    /// The interpretation with this HL7 code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|interpretation| interpretation.code() == code)
    }

    /// Whether someone must be told at once.
    pub const fn is_critical(self) -> bool {
        matches!(
            self,
            Self::CriticalHigh | Self::CriticalLow | Self::CriticalAbnormal
        )
    }
}
