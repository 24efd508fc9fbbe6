//! The drivers at hand, and the one a capture probably needs.

use crate::{
    catalogue::{self, Catalogue},
    data::DataError,
    driver::Driver,
    profile::Profile,
    recognise::{self, Recognition},
};
use std::sync::Arc;

include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// Below this, a driver is proposed but not chosen.
const SURE_ENOUGH: u16 = 500;

/// The names of the drivers that come with the product, in order.
pub fn ids() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|(id, _)| *id)
}

/// One profile of the product, without the catalogue: for a box with little memory.
///
/// ```
/// let profile = lisiere_driver::profile_of("sysmex-xp").ok_or("no such driver")??;
/// assert_eq!(profile.maker, "Sysmex");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn profile_of(id: &str) -> Option<Result<Profile, DataError>> {
    let (id, text) = PROFILES.iter().find(|(known, _)| *known == id)?;
    Some(Profile::parse(&format!("{id}.toml"), text))
}

/// The text of one profile of the product, to begin another one with.
pub fn profile_text(id: &str) -> Option<&'static str> {
    let (_, text) = PROFILES.iter().find(|(known, _)| *known == id)?;
    Some(text)
}

/// The drivers of the product that may fit a capture, the likeliest first, without the catalogue: for a box with little
/// memory. A capture in a known language always has an answer: its generic driver comes last.
///
/// ```
/// let capture = b"MSH|^~\\&|Some analyzer||LIS||20251104081500||ORU^R01|1|P|2.5.1\r";
/// let found = lisiere_driver::recognise(capture);
/// assert_eq!(found.last().map(|one| one.driver.as_str()), Some("generic-hl7"));
/// ```
pub fn recognise(capture: &[u8]) -> Vec<Recognition> {
    let mut found: Vec<Recognition> = ids()
        .filter_map(|id| profile_of(id)?.ok())
        .filter_map(|profile| recognise::fit(&profile, capture))
        .collect();
    recognise::rank(&mut found);
    found
}

/// Every mistake of a profile, the codes that the product's catalogue does not know among them.
pub fn check(file: &str, text: &str) -> Vec<DataError> {
    let catalogue = match catalogue::builtin() {
        Ok(catalogue) => catalogue,
        Err(error) => return vec![error],
    };
    Driver::read(file, text, Arc::new(catalogue))
        .err()
        .unwrap_or_default()
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
        for (id, text) in PROFILES {
            library.add(&format!("{id}.toml"), text)?;
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

    /// Adds a profile, or says its first mistake; [`check`] says them all.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), DataError> {
        let driver = Driver::read(file, text, Arc::clone(&self.catalogue)).map_err(|mistakes| {
            let first = mistakes.into_iter().next();
            first.unwrap_or_else(|| DataError::whole(file, "profil illisible"))
        })?;
        if self.get(driver.id()).is_some() {
            let words = format!("le pilote {} existe déjà", driver.id());
            return Err(DataError::whole(file, words));
        }
        self.drivers.push(driver);
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
            .filter_map(|driver| recognise::fit(&driver.profile, capture))
            .collect();
        recognise::rank(&mut fitting);
        fitting
    }

    /// The driver to read a capture with when nobody names one: the likeliest if it is likely enough, else the generic one
    /// of its language, which marks every result unmapped.
    pub fn choose(&self, capture: &[u8]) -> Option<(&Driver, Recognition)> {
        let found = self.recognise(capture);
        let sure = found.iter().find(|one| one.per_mille >= SURE_ENOUGH);
        let generic = || {
            found.iter().find(|one| {
                self.get(&one.driver)
                    .is_some_and(|driver| driver.profile.generic)
            })
        };
        let best = sure.or_else(generic)?;
        Some((self.get(&best.driver)?, best.clone()))
    }
}
