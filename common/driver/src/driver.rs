//! A driver: a profile made ready to read captures.

use crate::{
    catalogue::Catalogue,
    data::DataError,
    interpret,
    profile::{CodeRule, Profile},
    reading::Interpretation,
};
use encoding_rs::Encoding;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::{collections::HashMap, sync::Arc};

/// What is known about a capture beside its bytes.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The zone of the analyzer's clock, where the laboratory set another than the profile's.
    pub zone: Option<TimeZone>,
}

/// Reads the captures of one analyzer model.
#[derive(Clone, Debug)]
pub struct Driver {
    pub(crate) profile: Profile,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) encoding: &'static Encoding,
    pub(crate) zone: TimeZone,
    codes: HashMap<String, usize>,
}

impl Driver {
    /// Makes a driver of a profile; the catalogue says what its test codes mean.
    pub fn new(file: &str, profile: Profile, catalogue: Arc<Catalogue>) -> Result<Self, DataError> {
        let wrong = |words: String| DataError::whole(file, words);
        let charset = profile.text.charset.as_str();
        let encoding = Encoding::for_label(charset.as_bytes()).ok_or_else(|| {
            wrong(format!(
                "charset = \"{charset}\" : jeu de caractères inconnu"
            ))
        })?;
        let name = profile.time.zone.as_str();
        let zone = TimeZoneDatabase::bundled()
            .get(name)
            .map_err(|_| wrong(format!("zone = \"{name}\" : fuseau inconnu")))?;
        if profile
            .text
            .delimiters
            .as_ref()
            .is_some_and(|signs| signs.len() != 4)
        {
            return Err(wrong(
                "delimiters : quatre signes (champ, répétition, composante, échappement)".into(),
            ));
        }
        let mut codes = HashMap::new();
        for (place, rule) in profile.code.iter().enumerate() {
            if codes.insert(rule.code.clone(), place).is_some() {
                return Err(wrong(format!(
                    "le code « {} » est écrit deux fois",
                    rule.code
                )));
            }
            if let Some(missing) = rule.tests.iter().find(|test| catalogue.get(test).is_none()) {
                return Err(wrong(format!(
                    "code « {} » : pas d'analyse {missing} au catalogue",
                    rule.code
                )));
            }
        }
        Ok(Self {
            profile,
            catalogue,
            encoding,
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
