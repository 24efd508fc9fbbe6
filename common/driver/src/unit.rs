//! Units: the text an analyzer prints → UCUM, and which units measure the same property.
//!
//! UCUM reads `G/L` as gauss per litre and `T/L` as tesla per litre, so a text is translated by this table before anyone
//! takes it for UCUM. A unit that is not in the table is unknown, however plausible it looks.

use lisiere_model::UcumUnit;
use serde::Deserialize;
use std::{collections::HashMap, sync::LazyLock};

const TABLE: &str = include_str!("../units.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    unit: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    ucum: UcumUnit,
    class: String,
    #[serde(default)]
    texts: Vec<String>,
}

/// The units this product knows.
#[derive(Debug, Default)]
pub struct Units {
    by_text: HashMap<String, UcumUnit>,
    class: HashMap<UcumUnit, String>,
}

static BUILTIN: LazyLock<Units> = LazyLock::new(|| Units::parse(TABLE).unwrap_or_default());

impl Units {
    /// The table that comes with the product.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let table: Table = toml::from_str(text)?;
        let mut units = Self::default();
        for entry in table.unit {
            for text in &entry.texts {
                units.by_text.insert(plain(text), entry.ucum.clone());
            }
            units
                .by_text
                .insert(plain(entry.ucum.as_str()), entry.ucum.clone());
            units.class.insert(entry.ucum, entry.class);
        }
        Ok(units)
    }

    /// The UCUM unit that a printed text means.
    ///
    /// ```
    /// use lisiere_driver::Units;
    /// let unit = |text| Units::builtin().translate(text).map(|unit| unit.to_string());
    /// assert_eq!(unit("G/L").as_deref(), Some("10*9/L"));
    /// assert_eq!(unit("µmol/l").as_deref(), Some("umol/L"));
    /// assert_eq!(unit("furlong"), None);
    /// ```
    pub fn translate(&self, text: &str) -> Option<&UcumUnit> {
        self.by_text.get(&plain(text))
    }

    /// The property a known unit measures, such as `masse/volume`.
    pub fn class(&self, unit: &UcumUnit) -> Option<&str> {
        self.class.get(unit).map(String::as_str)
    }

    /// Whether two known units measure the same property.
    pub fn comparable(&self, one: &UcumUnit, other: &UcumUnit) -> bool {
        one == other
            || self
                .class(one)
                .is_some_and(|class| self.class(other) == Some(class))
    }

    /// All known units with their class.
    pub fn iter(&self) -> impl Iterator<Item = (&UcumUnit, &str)> {
        self.class
            .iter()
            .map(|(unit, class)| (unit, class.as_str()))
    }
}

/// Both micro signs become `u`, surrounding blanks go; the case stays, because `mL` and `ML` differ.
fn plain(text: &str) -> String {
    text.trim().replace(['\u{b5}', '\u{3bc}'], "u")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_no_text_has_two_meanings() {
        let table: Table = toml::from_str(TABLE).unwrap();
        let mut seen: HashMap<String, UcumUnit> = HashMap::new();
        for entry in &table.unit {
            for text in entry
                .texts
                .iter()
                .map(String::as_str)
                .chain([entry.ucum.as_str()])
            {
                let before = seen.insert(plain(text), entry.ucum.clone());
                assert!(
                    before.is_none_or(|unit| unit == entry.ucum),
                    "{text} has two meanings"
                );
            }
        }
        assert!(Units::builtin().iter().count() > 40);
    }

    #[test]
    fn every_unit_is_ucum_and_a_class_has_one_dimension() {
        let mut dimensions: HashMap<&str, &UcumUnit> = HashMap::new();
        for (unit, class) in Units::builtin().iter() {
            octofhir_ucum::validate(unit.as_str()).unwrap_or_else(|e| panic!("{unit}: {e}"));
            if class == "activité/volume" {
                // U is a catalytic amount and [IU] an arbitrary one: laboratories print both for enzymes.
                continue;
            }
            let first = dimensions.entry(class).or_insert(unit);
            assert!(
                octofhir_ucum::is_comparable(first.as_str(), unit.as_str()).unwrap_or(false),
                "{class}: {first} and {unit}"
            );
        }
    }

    #[test]
    fn french_units_are_never_gauss_nor_tesla() {
        for (text, ucum) in [
            ("G/L", "10*9/L"),
            ("G/l", "10*9/L"),
            ("Giga/L", "10*9/L"),
            ("T/L", "10*12/L"),
            ("T/l", "10*12/L"),
            ("UI/L", "[IU]/L"),
            ("mUI/L", "m[IU]/L"),
            ("mEq/L", "meq/L"),
            ("µg/L", "ug/L"),
            ("μmol/L", "umol/L"),
            ("10*3/uL", "10*3/uL"),
            ("x10^9/L", "10*9/L"),
        ] {
            assert_eq!(
                Units::builtin().translate(text).map(UcumUnit::as_str),
                Some(ucum),
                "{text}"
            );
        }
    }
}
