//! The starter catalogue: the tests a laboratory usually makes, with LOINC, UCUM, specimen and reference bands.
//!
//! A laboratory edits its own copy in the hub; this one is where it starts from. Reference bands are common adult values
//! for a first set-up: each laboratory replaces them with those of its methods and population.

use crate::{
    data::{self, DataError},
    unit::Units,
};
use lisiere_model::{
    AgeBand, LocalCode, LoincCode, RangeError, ReferenceBand, ReferenceRange, Sex, UcumUnit,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::HashMap;

/// How a test answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// With a number.
    #[default]
    Quantitative,
    /// With a rank: negative, trace, +, ++.
    Ordinal,
    /// With a word that has no rank.
    Nominal,
}

/// How far a result may move from the patient's former one before someone looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeltaLimit {
    /// Percent of the former value.
    pub percent: Decimal,
    /// Former results older than this do not count.
    pub days: u32,
}

/// One test of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The laboratory's code.
    pub code: LocalCode,
    /// The bench name, in French.
    pub label: String,
    /// LOINC; absent where no code fits exactly.
    pub loinc: Option<LoincCode>,
    /// The LOINC property (`MCnc`, `SCnc`, `NCnc`, `NFr`…).
    pub property: String,
    /// How it answers.
    pub scale: Scale,
    /// The unit of the bands and limits, in UCUM; absent for qualitative tests.
    pub ucum: Option<UcumUnit>,
    /// Other units in which the number is the same, for this test: `[IU]/L` for enzymes, `meq/L` for ions with one charge.
    pub also: Vec<UcumUnit>,
    /// The unit as printed in France.
    pub unit: Option<String>,
    /// What it is made on (HL7 table 0487), usual one first.
    pub specimens: Vec<String>,
    /// The chapter of the report, a LOINC code.
    pub chapter: LoincCode,
    /// The chapter's title.
    pub chapter_label: String,
    /// Decimals usually printed. A hint for screens: no value is ever rounded.
    pub decimals: u32,
    /// Reference bands, in the unit above.
    pub bands: Vec<ReferenceBand>,
    /// The expected answer of a qualitative test.
    pub expected: Option<String>,
    /// Outside: someone must be told at once.
    pub critical: Option<ReferenceRange>,
    /// Outside: the value is probably an error.
    pub plausible: Option<ReferenceRange>,
    /// The delta check.
    pub delta: Option<DeltaLimit>,
}

impl Test {
    /// Whether this UCUM unit measures the property that the test's LOINC code stands for.
    pub fn accepts(&self, unit: &UcumUnit) -> bool {
        self.also.contains(unit)
            || self
                .ucum
                .as_ref()
                .is_some_and(|expected| Units::builtin().comparable(expected, unit))
    }

    /// Whether numbers of this test carry no unit (ratios, pH by some analyzers).
    pub fn is_dimensionless(&self) -> bool {
        self.ucum.as_ref().is_some_and(|unit| {
            let text = unit.as_str();
            text == "1" || text == "[pH]" || (text.starts_with('{') && text.ends_with('}'))
        })
    }
}

/// A set of tests, each code once.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    tests: Vec<Test>,
    by_code: HashMap<LocalCode, usize>,
}

/// The catalogue that comes with the product.
///
/// ```
/// let catalogue = lisiere_driver::catalogue::builtin()?;
/// let haemoglobin = catalogue.get_text("HB").ok_or("no HB")?;
/// assert_eq!(haemoglobin.loinc.as_ref().map(|code| code.as_str()), Some("718-7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn builtin() -> Result<Catalogue, DataError> {
    let mut catalogue = Catalogue::default();
    for (file, text) in FILES {
        catalogue.add(file, text)?;
    }
    Ok(catalogue)
}

const FILES: [(&str, &str); 9] = [
    (
        "biochimie.toml",
        include_str!("../catalogue/biochimie.toml"),
    ),
    (
        "enzymes-lipides.toml",
        include_str!("../catalogue/enzymes-lipides.toml"),
    ),
    (
        "proteines-marqueurs.toml",
        include_str!("../catalogue/proteines-marqueurs.toml"),
    ),
    (
        "hematologie.toml",
        include_str!("../catalogue/hematologie.toml"),
    ),
    (
        "hemostase.toml",
        include_str!("../catalogue/hemostase.toml"),
    ),
    (
        "hormonologie.toml",
        include_str!("../catalogue/hormonologie.toml"),
    ),
    (
        "serologie.toml",
        include_str!("../catalogue/serologie.toml"),
    ),
    (
        "biologie-moleculaire.toml",
        include_str!("../catalogue/biologie-moleculaire.toml"),
    ),
    ("urines.toml", include_str!("../catalogue/urines.toml")),
];

impl Catalogue {
    /// The test with this code.
    pub fn get(&self, code: &LocalCode) -> Option<&Test> {
        self.by_code
            .get(code)
            .and_then(|place| self.tests.get(*place))
    }

    /// The test with the code written like this.
    pub fn get_text(&self, code: &str) -> Option<&Test> {
        self.get(&code.parse().ok()?)
    }

    /// All tests, in the order of the files.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// Adds the tests of one file.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), DataError> {
        let written: File = data::read(file, text)?;
        for entry in written.test {
            let code = entry.code.clone();
            let test = entry
                .into_test(&written.chapter, &written.chapter_label)
                .map_err(|error| DataError::whole(file, format!("analyse `{code}` : {error}")))?;
            if self
                .by_code
                .insert(code.clone(), self.tests.len())
                .is_some()
            {
                return Err(DataError::whole(
                    file,
                    format!("l'analyse `{code}` est écrite deux fois"),
                ));
            }
            self.tests.push(test);
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    chapter: LoincCode,
    chapter_label: String,
    test: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: LocalCode,
    label: String,
    loinc: Option<LoincCode>,
    property: String,
    #[serde(default)]
    scale: Scale,
    ucum: Option<UcumUnit>,
    #[serde(default)]
    also: Vec<UcumUnit>,
    unit: Option<String>,
    specimens: Vec<String>,
    #[serde(default)]
    decimals: u32,
    #[serde(default)]
    bands: Vec<Band>,
    expected: Option<String>,
    critical: Option<ReferenceRange>,
    plausible: Option<ReferenceRange>,
    delta: Option<DeltaLimit>,
}

/// Ages are written in years or days; a year is 365.25 days, rounded down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Band {
    sex: Option<Sex>,
    from_years: Option<u32>,
    to_years: Option<u32>,
    from_days: Option<u32>,
    to_days: Option<u32>,
    low: Option<Decimal>,
    high: Option<Decimal>,
}

impl Band {
    fn into_band(self) -> Result<ReferenceBand, RangeError> {
        let years = |years: u32| years.saturating_mul(1461) / 4;
        Ok(ReferenceBand {
            sex: self.sex,
            age: AgeBand {
                from_days: self.from_days.or(self.from_years.map(years)).unwrap_or(0),
                to_days: self.to_days.or(self.to_years.map(years)),
            },
            range: ReferenceRange::new(self.low, self.high)?,
        })
    }
}

impl Entry {
    fn into_test(self, chapter: &LoincCode, chapter_label: &str) -> Result<Test, RangeError> {
        Ok(Test {
            code: self.code,
            label: self.label,
            loinc: self.loinc,
            property: self.property,
            scale: self.scale,
            ucum: self.ucum,
            also: self.also,
            unit: self.unit,
            specimens: self.specimens,
            chapter: chapter.clone(),
            chapter_label: chapter_label.to_owned(),
            decimals: self.decimals,
            bands: self
                .bands
                .into_iter()
                .map(Band::into_band)
                .collect::<Result<_, _>>()?,
            expected: self.expected,
            critical: self.critical,
            plausible: self.plausible,
            delta: self.delta,
        })
    }
}
