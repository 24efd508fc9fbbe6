//! A driver: a profile made ready to read captures.

use crate::{
    catalogue::Catalogue,
    data::{self, DataError, Mistake},
    interpret,
    language::Syntax,
    profile::{CodeRule, Profile},
    reading::Interpretation,
};
use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};
use std::{collections::HashMap, sync::Arc};

/// What is known about a capture beside its bytes.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The zone of the analyzer's clock, where the laboratory set another than the profile's.
    pub zone: Option<TimeZone>,
    /// When the appliance received it: the measure of what time is plausible.
    pub received: Option<Timestamp>,
}

/// Reads the captures of one analyzer model.
#[derive(Clone)]
pub struct Driver {
    pub(crate) profile: Profile,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) syntax: &'static dyn Syntax,
    pub(crate) zone: TimeZone,
    codes: HashMap<String, usize>,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Driver({})", self.profile.id)
    }
}

impl Driver {
    /// Makes a driver of a profile's text; the catalogue says what its test codes mean. Every mistake is named.
    pub fn read(file: &str, text: &str, catalogue: Arc<Catalogue>) -> Result<Self, Vec<DataError>> {
        let profile = Profile::read(file, text)?;
        let mut mistakes = Vec::new();
        let mut codes = HashMap::new();
        for (place, rule) in profile.code.iter().enumerate() {
            codes.insert(rule.code.clone(), place);
            let tests = rule.tests.iter().enumerate();
            for (nth, missing) in tests.filter(|(_, test)| catalogue.get(test).is_none()) {
                let words = format!(
                    "code « {} » : pas d'analyse {missing} au catalogue",
                    rule.code
                );
                let path = format!("code[{place}].tests[{nth}]");
                let remedy = "un code du catalogue, ou une liste vide : le résultat attendra";
                mistakes.push(Mistake::new(&path, words, remedy));
            }
        }
        // The zone was proven while the profile was read.
        let zone = TimeZoneDatabase::bundled()
            .get(&profile.time.zone)
            .map_err(|_| vec![DataError::whole(file, "fuseau inconnu")])?;
        if !mistakes.is_empty() {
            return Err(data::locate(file, text, mistakes));
        }
        Ok(Self {
            catalogue,
            syntax: profile.language.syntax(),
            profile,
            zone,
            codes,
        })
    }

    /// The driver's name.
    pub fn id(&self) -> &str {
        &self.profile.id
    }

    /// The profile it was made of.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The catalogue it maps to.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Reads a capture, framed or not. Never fails: what cannot be read is in the answer.
    ///
    /// ```
    /// let library = lisiere_driver::Library::builtin()?;
    /// let driver = library.get("sysmex-xp").ok_or("no such driver")?;
    /// let capture = b"H|\\^&|||XP-300^00-13^^^^A0001||||||||E1394-97\rP|1\r\
    ///     O|1||^^      25110042^B|^^^^HGB|||||||N||||||||||||||F\r\
    ///     R|1|^^^^HGB^1| 13.5|g/dL||N||||||20251104081500\rL|1|N\r";
    /// let read = driver.interpret(capture);
    /// assert_eq!(read.readings[0].specimen.as_deref(), Some("25110042"));
    /// assert_eq!(read.readings[0].value.number.map(|n| n.to_string()).as_deref(), Some("13.5"));
    /// assert!(read.is_clear());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn interpret(&self, capture: &[u8]) -> Interpretation {
        self.interpret_in(capture, &Context::default())
    }

    /// Reads a capture with what is known beside its bytes.
    pub fn interpret_in(&self, capture: &[u8], context: &Context) -> Interpretation {
        interpret::interpret(self, capture, context)
    }

    pub(crate) fn code(&self, code: &str) -> Option<&CodeRule> {
        self.codes
            .get(code)
            .and_then(|place| self.profile.code.get(*place))
    }
}
