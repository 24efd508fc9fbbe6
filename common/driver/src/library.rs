//! The drivers at hand, and which of them a capture probably needs.

use crate::{
    catalogue::{self, Catalogue},
    data::DataError,
    driver::Driver,
    interpret::{Records, options},
    profile::Profile,
};
use lisiere_protocol::lis2a2::{deframe, read};
use std::sync::Arc;

const PROFILES: [(&str, &str); 5] = [
    (
        "abbott-afinion2.toml",
        include_str!("../profiles/abbott-afinion2.toml"),
    ),
    (
        "cepheid-genexpert.toml",
        include_str!("../profiles/cepheid-genexpert.toml"),
    ),
    (
        "ortho-vitros.toml",
        include_str!("../profiles/ortho-vitros.toml"),
    ),
    (
        "roche-cobas-c311.toml",
        include_str!("../profiles/roche-cobas-c311.toml"),
    ),
    ("sysmex-xp.toml", include_str!("../profiles/sysmex-xp.toml")),
];

/// How well a driver fits a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognition {
    /// The driver's id.
    pub driver: String,
    /// 0 (no sign of it) to 1000 (certain).
    pub per_mille: u16,
    /// What speaks for it, in French.
    pub evidence: Vec<String>,
}

impl Recognition {
    /// From 0 to 1.
    pub fn confidence(&self) -> f64 {
        f64::from(self.per_mille) / 1000.0
    }
}

/// A set of drivers, each id once.
#[derive(Clone, Debug)]
pub struct Library {
    drivers: Vec<Driver>,
    catalogue: Arc<Catalogue>,
}

impl Library {
    /// The drivers and the catalogue that come with the product.
    pub fn builtin() -> Result<Self, DataError> {
        let mut library = Self::empty(catalogue::builtin()?);
        for (file, text) in PROFILES {
            library.add(file, text)?;
        }
        Ok(library)
    }

    /// No drivers yet; their codes will be looked up in this catalogue.
    pub fn empty(catalogue: Catalogue) -> Self {
        Self {
            drivers: Vec::new(),
            catalogue: Arc::new(catalogue),
        }
    }

    /// Adds a profile.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), DataError> {
        let profile = Profile::parse(file, text)?;
        if self.get(&profile.id).is_some() {
            return Err(DataError::whole(
                file,
                format!("le pilote {} existe déjà", profile.id),
            ));
        }
        self.drivers
            .push(Driver::new(file, profile, Arc::clone(&self.catalogue))?);
        Ok(())
    }

    /// The driver with this id.
    pub fn get(&self, id: &str) -> Option<&Driver> {
        self.drivers.iter().find(|driver| driver.id() == id)
    }

    /// All drivers.
    pub fn drivers(&self) -> &[Driver] {
        &self.drivers
    }

    /// The catalogue the drivers map to.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The drivers that may fit a capture, the likeliest first. Drivers without any sign are left out.
    pub fn recognise(&self, capture: &[u8]) -> Vec<Recognition> {
        let mut fitting: Vec<Recognition> = self
            .drivers
            .iter()
            .filter_map(|driver| recognise(driver, capture))
            .collect();
        fitting.sort_by(|one, other| {
            other
                .per_mille
                .cmp(&one.per_mille)
                .then_with(|| one.driver.cmp(&other.driver))
        });
        fitting
    }
}

/// Looks at the first record of each kind of the first message.
fn recognise(driver: &Driver, capture: &[u8]) -> Option<Recognition> {
    let deframed = deframe(capture);
    let document = read(&deframed.text, options(driver));
    let mut records = Records::new(driver.encoding);
    let first = document.messages.first()?;
    for record in first
        .records
        .iter()
        .take_while(|record| record.letter() != b'L')
    {
        let seen = match record.letter() {
            b'H' => records.header.is_some(),
            b'P' => records.patient.is_some(),
            b'O' => records.order.is_some(),
            b'R' => records.result.is_some(),
            _ => true,
        };
        if !seen && record.field(1).raw().len() == 1 {
            records.open(*record);
        }
    }
    let mut doubt = 1000_u32;
    let mut evidence = Vec::new();
    for clue in &driver.profile.recognise {
        let Some(text) = clue
            .at
            .find(&records)
            .filter(|text| clue.matches.0.is_match(text))
        else {
            continue;
        };
        doubt = doubt * u32::from(100_u8.saturating_sub(clue.weight)) / 100;
        let place = clue.at.place;
        let component = place
            .component
            .map_or(String::new(), |number| format!(".{number}"));
        let shown: String = text.trim().chars().take(40).collect();
        evidence.push(format!(
            "{}-{}{component} : « {shown} »",
            char::from(place.letter),
            place.field
        ));
    }
    let per_mille = u16::try_from(1000_u32.saturating_sub(doubt)).unwrap_or(0);
    (per_mille > 0).then(|| Recognition {
        driver: driver.id().to_owned(),
        per_mille,
        evidence,
    })
}
