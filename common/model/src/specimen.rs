//! Specimens and the accession number on their label.

use crate::{Named, NamedError, OrderId, SpecimenId, UtcMicros};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Why a text is not an accession number.
pub type SpecimenError = NamedError;

/// The number on a tube's label, without the blanks and padding an analyzer may add.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccessionNumber(Named<32>);

impl AccessionNumber {
    /// The number as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for AccessionNumber {
    type Err = SpecimenError;
    fn from_str(text: &str) -> Result<Self, SpecimenError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for AccessionNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A tube, slide or pot that belongs to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specimen {
    /// Identity in the hub.
    pub id: SpecimenId,
    /// The order it was taken for.
    pub order: OrderId,
    /// The number on its label.
    pub accession: AccessionNumber,
    /// HL7 table 0487: `SER`, `PLAS`, `BLD`, `UR`…
    pub kind: String,
    /// When it was taken from the patient.
    pub collected_at: Option<UtcMicros>,
    /// When the laboratory received it.
    pub received_at: Option<UtcMicros>,
}
