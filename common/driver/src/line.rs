//! A reading as one line of JSON: the form in which people and tests compare readings.

use crate::reading::{AsideRecord, Companion, Control, Reading, ReadingTime, join_reasons};
use lisiere_model::ObservationKind;
use serde::{Deserialize, Serialize};

/// One line. The keys come in this order; `number` is a text, so that no reader makes a binary fraction of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The specimen number.
    pub specimen: Option<String>,
    /// The analyzer's code; for a record no rule knows, its letter.
    pub code: String,
    /// The name of the test.
    pub name: Option<String>,
    /// As sent; for a record no rule knows, the record.
    pub value: String,
    /// The exact decimal.
    pub number: Option<String>,
    /// `<`, `<=`, `>` or `>=`.
    pub comparator: Option<String>,
    /// As sent.
    pub unit: Option<String>,
    /// In UCUM.
    pub ucum: Option<String>,
    /// As sent.
    pub flags: Vec<String>,
    /// `final`, `preliminary`, `corrected`, `impossible`, `pending`, `repeated`, `questionable`; `unknown` for a record
    /// no rule knows.
    pub status: String,
    /// With its offset (RFC 3339); as sent when it could not be read.
    pub time: Option<String>,
    /// `patient`, `qc`, `calibration` or `other`.
    pub kind: String,
    /// The LOINC code.
    pub loinc: Option<String>,
    /// Why it waits.
    pub quarantine: Option<String>,
    /// First byte, and the byte after the last.
    pub bytes: [usize; 2],
    /// What goes with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companions: Vec<CompanionLine>,
    /// The control it was made on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlLine>,
}

/// A control, as far as the analyzer names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlLine {
    /// Its name.
    pub name: Option<String>,
    /// Its lot.
    pub lot: Option<String>,
    /// Its level.
    pub level: Option<String>,
    /// The value aimed at.
    pub target: Option<String>,
    /// The standard deviation allowed.
    pub deviation: Option<String>,
}

impl From<&Control> for ControlLine {
    fn from(control: &Control) -> Self {
        Self {
            name: control.name.clone(),
            lot: control.lot.clone(),
            level: control.level.clone(),
            target: control.target.clone(),
            deviation: control.deviation.clone(),
        }
    }
}

/// A companion under its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompanionLine {
    /// What it is.
    pub name: String,
    /// As sent.
    pub value: String,
    /// The exact decimal.
    pub number: Option<String>,
    /// As sent.
    pub unit: Option<String>,
    /// First byte, and the byte after the last.
    pub bytes: [usize; 2],
}

impl From<&Reading> for Line {
    fn from(reading: &Reading) -> Self {
        Self {
            specimen: reading.specimen.clone(),
            code: reading.code.clone(),
            name: reading.name.clone(),
            value: reading.value.text.clone(),
            number: reading.value.number.map(|number| number.to_string()),
            comparator: reading.value.comparator.map(|sign| sign.sign().to_owned()),
            unit: reading.unit_text.clone(),
            ucum: reading.unit.as_ref().map(ToString::to_string),
            flags: reading.flags.clone(),
            status: status_word(reading.status).to_owned(),
            time: reading.time.as_ref().map(time_text),
            kind: kind_word(reading.kind).to_owned(),
            loinc: reading.loinc.as_ref().map(ToString::to_string),
            quarantine: join_reasons(&reading.quarantine),
            bytes: [reading.bytes.from, reading.bytes.to],
            companions: reading.companions.iter().map(CompanionLine::from).collect(),
            control: reading.control.as_ref().map(ControlLine::from),
        }
    }
}

impl From<&Companion> for CompanionLine {
    fn from(companion: &Companion) -> Self {
        Self {
            name: companion.name.clone(),
            value: companion.value.clone(),
            number: companion.number.map(|number| number.to_string()),
            unit: companion.unit.clone(),
            bytes: [companion.bytes.from, companion.bytes.to],
        }
    }
}

impl From<&AsideRecord> for Line {
    fn from(record: &AsideRecord) -> Self {
        Self {
            specimen: None,
            code: record.letter.clone(),
            name: None,
            value: record.text.clone(),
            number: None,
            comparator: None,
            unit: None,
            ucum: None,
            flags: Vec::new(),
            status: "unknown".to_owned(),
            time: None,
            kind: kind_word(ObservationKind::Other).to_owned(),
            loinc: None,
            quarantine: Some(record.why.reason.clone()),
            bytes: [record.bytes.from, record.bytes.to],
            companions: Vec::new(),
            control: None,
        }
    }
}

fn time_text(time: &ReadingTime) -> String {
    match &time.moment {
        Some(moment) => moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        None => time.text.clone(),
    }
}

const fn kind_word(kind: ObservationKind) -> &'static str {
    match kind {
        ObservationKind::Patient => "patient",
        ObservationKind::Qc => "qc",
        ObservationKind::Calibration => "calibration",
        ObservationKind::Other => "other",
    }
}

pub(crate) const fn status_word(status: lisiere_model::ResultStatus) -> &'static str {
    use lisiere_model::ResultStatus as Status;
    match status {
        Status::Final => "final",
        Status::Preliminary => "preliminary",
        Status::Corrected => "corrected",
        Status::Impossible => "impossible",
        Status::Pending => "pending",
        Status::Repeated => "repeated",
        Status::Questionable => "questionable",
    }
}
