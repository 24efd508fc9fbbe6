//! One measured value, with the capture and the bytes it was read from.

use crate::{
    CaptureId, Interpretation, LocalCode, LoincCode, MeasuredValue, ObservationId, UcumUnit,
    UtcMicros,
};
use serde::{Deserialize, Serialize};

/// Whose value it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObservationKind {
    /// A patient's.
    Patient,
    /// A control's.
    Qc,
    /// A calibrator's.
    Calibration,
    /// None of these: a blank, a setting, a raw signal.
    Other,
}

/// What the analyzer says of its own result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultStatus {
    /// Will not change.
    Final,
    /// May change.
    Preliminary,
    /// Replaces an earlier one.
    Corrected,
    /// Could not be made.
    Impossible,
    /// Not there yet.
    Pending,
    /// Sent again, unchanged.
    Repeated,
    /// The analyzer doubts it.
    Questionable,
}

/// One measured value as a driver read it. A newer reading of the same bytes is another observation, never an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Identity in the hub.
    pub id: ObservationId,
    /// The message it came in.
    pub capture: CaptureId,
    /// First byte, and the byte after the last, inside the capture.
    pub bytes: (u32, u32),
    /// Whose value it is.
    pub kind: ObservationKind,
    /// The specimen number as the analyzer sent it, trimmed.
    pub specimen_text: Option<String>,
    /// The analyzer's code of the test.
    pub analyzer_code: String,
    /// The laboratory's code, when the driver knows it.
    pub code: Option<LocalCode>,
    /// LOINC, when mapped.
    pub loinc: Option<LoincCode>,
    /// The value.
    pub value: MeasuredValue,
    /// The unit as sent.
    pub unit_text: Option<String>,
    /// The unit in UCUM, when known.
    pub unit: Option<UcumUnit>,
    /// The analyzer's flags as sent.
    pub flags: Vec<String>,
    /// Its place beside the reference range.
    pub interpretation: Option<Interpretation>,
    /// What the analyzer says of it.
    pub status: ResultStatus,
    /// When the analyzer made it, by its own clock.
    pub measured_at: Option<UtcMicros>,
}
