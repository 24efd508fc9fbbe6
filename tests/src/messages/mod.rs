//! What simulated analyzers say: whole LIS2-A2 messages in each maker's manner, with fictitious values.

mod afinion;
mod c311;
mod genexpert;
mod vitros;
mod xp;

use std::time::Duration;

use lisiere_protocol::{
    link::{LinkKind, LinkSettings},
    lis1a::Framing,
};

use crate::{chance::Dice, clock};

/// A make of analyzer that we can imitate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Roche cobas c 311, clinical chemistry.
    C311,
    /// Sysmex XP, blood count.
    Xp,
    /// Abbott Afinion 2, point of care.
    Afinion,
    /// Cepheid GeneXpert, molecular.
    GeneXpert,
    /// Ortho VITROS, immunoassay.
    Vitros,
}

impl Model {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::C311,
        Self::Xp,
        Self::Afinion,
        Self::GeneXpert,
        Self::Vitros,
    ];

    /// The driver that reads it.
    pub fn driver(self) -> &'static str {
        match self {
            Self::C311 => c311::DRIVER,
            Self::Xp => xp::DRIVER,
            Self::Afinion => afinion::DRIVER,
            Self::GeneXpert => genexpert::DRIVER,
            Self::Vitros => vitros::DRIVER,
        }
    }

    /// A short name for ports and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::C311 => "c311",
            Self::Xp => "xp",
            Self::Afinion => "afinion",
            Self::GeneXpert => "genexpert",
            Self::Vitros => "vitros",
        }
    }

    /// How it cuts its messages into frames: one a record, 240 characters a frame, or all in one.
    pub fn link(self) -> LinkSettings {
        let mut link = LinkSettings::standard(LinkKind::Lis1a);
        link.framing = Some(match self {
            Self::Vitros => Framing::Records,
            Self::GeneXpert => Framing::RecordsUntilEtx,
            Self::C311 | Self::Xp | Self::Afinion => Framing::Filled,
        });
        link.max_text = matches!(self, Self::Xp | Self::Afinion).then_some(60_000);
        // Real ones hurry to empty their memory; the pause is for hosts that speak to analyzers.
        link.pause_ms = Some(0);
        link
    }

    /// The local codes of the tests it runs, as the catalogue and orders name them.
    pub fn tests(self) -> &'static [&'static str] {
        match self {
            Self::C311 => c311::TESTS,
            Self::Xp => xp::TESTS,
            Self::Afinion => afinion::TESTS,
            Self::GeneXpert => genexpert::TESTS,
            Self::Vitros => vitros::TESTS,
        }
    }

    /// One message with the results of one specimen.
    pub fn message(self, specimen: &str, dice: &mut Dice) -> Message {
        let at = clock::instrument_time(Duration::from_secs(60 + dice.below(600)));
        let (records, observations) = match self {
            Self::C311 => c311::records(specimen, &at, dice),
            Self::Xp => xp::records(specimen, &at, dice),
            Self::Afinion => afinion::records(specimen, &at, dice),
            Self::GeneXpert => genexpert::records(specimen, &at, dice),
            Self::Vitros => vitros::records(specimen, &at, dice),
        };
        Message {
            specimen: specimen.to_owned(),
            records,
            observations,
        }
    }
}

/// One whole message, from its H record to its L record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The specimen it is about; stories give each message its own, so that it is also its name.
    pub specimen: String,
    /// The records, without their final CR.
    pub records: Vec<String>,
    /// How many results a driver should find in it.
    pub observations: usize,
}

impl Message {
    /// All records, each ended by CR (LIS2-A2 §6.2).
    pub fn text(&self) -> Vec<u8> {
        self.records
            .iter()
            .flat_map(|record| record.bytes().chain([b'\r']))
            .collect()
    }
}

/// A value around the middle of a range: `low` to `high` in units of 10^-`decimals`.
fn value(dice: &mut Dice, low: u64, high: u64, decimals: u32) -> String {
    let drawn = dice.between(low, high);
    let scale = 10_u64.pow(decimals);
    if decimals == 0 {
        return drawn.to_string();
    }
    let width = usize::try_from(decimals).unwrap_or(0);
    format!("{}.{:0width$}", drawn / scale, drawn % scale)
}

/// The flag an analyzer with its own limits would print.
fn flag(text: &str, low: f64, high: f64) -> &'static str {
    match text.parse::<f64>() {
        Ok(number) if number < low => "L",
        Ok(number) if number > high => "H",
        _ => "N",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_starts_with_h_and_ends_with_l_and_names_its_specimen() {
        let mut dice = Dice::new(1);
        for model in Model::ALL {
            let message = model.message("E2E000042", &mut dice);
            let text = String::from_utf8(message.text()).unwrap();
            assert!(text.starts_with("H|"), "{}", model.name());
            assert!(text.contains("E2E000042"), "{}", model.name());
            assert!(text.trim_end().ends_with("L|1|N"), "{}", model.name());
            assert!(message.observations > 0);
        }
    }

    #[test]
    fn the_drivers_read_every_message_with_nothing_left_over() {
        let library = lisiere_driver::Library::builtin().unwrap();
        let mut dice = Dice::new(2);
        for model in Model::ALL {
            let driver = library.get(model.driver()).unwrap();
            for _ in 0..20 {
                let message = model.message("E2E000042", &mut dice);
                let read = driver.interpret(&message.text());
                let mut found = Vec::new();
                for reading in &read.readings {
                    assert!(
                        reading.is_clear(),
                        "{}: {:?}",
                        model.name(),
                        reading.quarantine_text()
                    );
                    assert_eq!(
                        reading.specimen.as_deref(),
                        Some("E2E000042"),
                        "{}",
                        model.name()
                    );
                    found.extend(reading.test.as_ref().map(ToString::to_string));
                }
                assert_eq!(found, model.tests(), "{}", model.name());
                assert_eq!(
                    read.readings.len(),
                    message.observations,
                    "{}",
                    model.name()
                );
            }
        }
    }
}
