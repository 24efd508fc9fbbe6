//! What a result says beside its reference: HL7 ObservationInterpretation (system 2.16.840.1.113883.5.83).

use serde::{Deserialize, Serialize};

/// All interpretations of the national list; an analyzer's own flags travel as text beside them.
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
    /// Outside what the method can measure, either side.
    #[serde(rename = "EX")]
    OffScale,
    /// Above the threshold that the test is read at.
    #[serde(rename = "HX")]
    AboveThreshold,
    /// Below the threshold that the test is read at.
    #[serde(rename = "LX")]
    BelowThreshold,
    /// Significantly high.
    #[serde(rename = "HU")]
    SignificantlyHigh,
    /// Significantly low.
    #[serde(rename = "LU")]
    SignificantlyLow,
    /// Better than before.
    #[serde(rename = "B")]
    Better,
    /// Worse than before.
    #[serde(rename = "W")]
    Worse,
    /// Significantly above the earlier result.
    #[serde(rename = "U")]
    Raised,
    /// Significantly below the earlier result.
    #[serde(rename = "D")]
    Lowered,
    /// Equivocal.
    #[serde(rename = "E")]
    Equivocal,
    /// Too little evidence to say susceptible or resistant.
    #[serde(rename = "IE")]
    InsufficientEvidence,
    /// No standard says how to read it.
    #[serde(rename = "NCL")]
    NoBreakpoint,
    /// Susceptible at a high dose.
    #[serde(rename = "SDD")]
    SusceptibleDoseDependent,
    /// Not susceptible.
    #[serde(rename = "NS")]
    NonSusceptible,
    /// Synergy: susceptible.
    #[serde(rename = "SYN-S")]
    SynergySusceptible,
    /// Synergy: resistant.
    #[serde(rename = "SYN-R")]
    SynergyResistant,
    /// Detected.
    #[serde(rename = "DET")]
    Detected,
    /// Not detected.
    #[serde(rename = "ND")]
    NotDetected,
    /// Reactive.
    #[serde(rename = "RR")]
    Reactive,
    /// Weakly reactive.
    #[serde(rename = "WR")]
    WeaklyReactive,
    /// Not reactive.
    #[serde(rename = "NR")]
    NonReactive,
    /// As expected.
    #[serde(rename = "EXP")]
    Expected,
    /// Not as expected.
    #[serde(rename = "UNE")]
    Unexpected,
    /// Carrier of an altered form of a gene.
    #[serde(rename = "CAR")]
    Carrier,
}

impl Interpretation {
    /// All of them.
    pub const ALL: [Self; 39] = [
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
        Self::OffScale,
        Self::AboveThreshold,
        Self::BelowThreshold,
        Self::SignificantlyHigh,
        Self::SignificantlyLow,
        Self::Better,
        Self::Worse,
        Self::Raised,
        Self::Lowered,
        Self::Equivocal,
        Self::InsufficientEvidence,
        Self::NoBreakpoint,
        Self::SusceptibleDoseDependent,
        Self::NonSusceptible,
        Self::SynergySusceptible,
        Self::SynergyResistant,
        Self::Detected,
        Self::NotDetected,
        Self::Reactive,
        Self::WeaklyReactive,
        Self::NonReactive,
        Self::Expected,
        Self::Unexpected,
        Self::Carrier,
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
            Self::OffScale => "EX",
            Self::AboveThreshold => "HX",
            Self::BelowThreshold => "LX",
            Self::SignificantlyHigh => "HU",
            Self::SignificantlyLow => "LU",
            Self::Better => "B",
            Self::Worse => "W",
            Self::Raised => "U",
            Self::Lowered => "D",
            Self::Equivocal => "E",
            Self::InsufficientEvidence => "IE",
            Self::NoBreakpoint => "NCL",
            Self::SusceptibleDoseDependent => "SDD",
            Self::NonSusceptible => "NS",
            Self::SynergySusceptible => "SYN-S",
            Self::SynergyResistant => "SYN-R",
            Self::Detected => "DET",
            Self::NotDetected => "ND",
            Self::Reactive => "RR",
            Self::WeaklyReactive => "WR",
            Self::NonReactive => "NR",
            Self::Expected => "EXP",
            Self::Unexpected => "UNE",
            Self::Carrier => "CAR",
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
