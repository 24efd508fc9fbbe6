//! From a driver's reading to what the store keeps of it.

use lisiere_driver::{Cause, Companion as DriverCompanion, Reading, ReadingTime};
use lisiere_model::UtcMicros;

use crate::store::observation::{Companion, Read};

/// The reading as it is kept.
pub(super) fn kept(reading: &Reading, driver_version: &str) -> Read {
    Read {
        specimen: reading.specimen.clone(),
        code: reading.code.clone(),
        name: reading.name.clone(),
        test: reading.test.clone(),
        loinc: reading.loinc.clone(),
        value: reading.value.clone(),
        qualitative: reading.qualitative,
        unit_text: reading.unit_text.clone(),
        unit: reading.unit.clone(),
        flags: reading.flags.clone(),
        flagged: reading.interpretation,
        status: reading.status,
        time_text: reading.time.as_ref().map(|time| time.text.clone()),
        kind: reading.kind,
        repeat: reading.run,
        comments: reading.comments.clone(),
        companions: reading.companions.iter().map(companion).collect(),
        doubts: reading
            .quarantine
            .iter()
            .map(|doubt| (doubt.cause.word().to_owned(), doubt.reason.clone()))
            .collect(),
        bytes: (wide(reading.bytes.from), wide(reading.bytes.to)),
        driver_version: driver_version.to_owned(),
    }
}

fn companion(companion: &DriverCompanion) -> Companion {
    Companion {
        name: companion.name.clone(),
        value: companion.value.clone(),
        unit: companion.unit.clone(),
    }
}

fn wide(offset: usize) -> u64 {
    u64::try_from(offset).unwrap_or(u64::MAX)
}

/// When the analyzer made the result, by its own clock.
pub(super) fn measured_at(reading: &Reading) -> Option<UtcMicros> {
    reading
        .time
        .as_ref()
        .and_then(ReadingTime::timestamp)
        .map(UtcMicros::from)
}

/// What becomes of a doubt of the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DoubtClass {
    /// The specimen number cannot be used.
    Specimen,
    /// The test is to be found by other means, or waits.
    Test,
    /// The unit is to be found by other means, or waits.
    Unit,
    /// The result is matched, and held for the technician.
    Hold,
    /// A person decides whose result it is, if anyone's.
    Person,
}

/// The class of a doubt's word; a word of a newer driver goes to a person.
pub(super) fn class(word: &str) -> DoubtClass {
    let is = |cause: Cause| cause.word() == word;
    if is(Cause::SpecimenMissing) || is(Cause::SpecimenUnreadable) {
        DoubtClass::Specimen
    } else if is(Cause::UnknownCode) || is(Cause::UnknownTest) {
        DoubtClass::Test
    } else if is(Cause::UnknownUnit) || is(Cause::UnitMismatch) {
        DoubtClass::Unit
    } else if is(Cause::NoResult) || is(Cause::UnknownValue) || is(Cause::UnknownStatus) {
        DoubtClass::Hold
    } else {
        DoubtClass::Person
    }
}
