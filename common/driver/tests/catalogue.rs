//! The starter catalogue: codes, units and limits that a laboratory may lean on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::{Scale, Units, catalogue};
use lisiere_model::{LoincCode, UcumUnit};
use std::collections::{BTreeMap, BTreeSet};
use support::shared;

/// The units that a LOINC property allows, by class of our table.
const PROPERTIES: [(&str, &[&str]); 16] = [
    ("MCnc", &["masse/volume"]),
    ("SCnc", &["quantité/volume"]),
    ("CCnc", &["activité/volume"]),
    (
        "ACnc",
        &["unités internationales/volume", "unités arbitraires/volume"],
    ),
    ("NCnc", &["nombre/volume", "copies/volume"]),
    ("LnCnc", &["log copies/volume"]),
    ("NFr", &["fraction"]),
    ("VFr", &["fraction"]),
    ("MFr", &["fraction"]),
    ("RelACnc", &["fraction"]),
    ("Ratio", &["fraction"]),
    ("SFr", &["fraction molaire"]),
    ("MRto", &["rapport de masses", "masse/quantité"]),
    ("EntVol", &["volume"]),
    ("EntMass", &["masse"]),
    ("Time", &["temps"]),
];

#[test]
fn at_least_eighty_tests_in_every_usual_chapter() {
    let catalogue = catalogue::builtin().unwrap();
    assert!(
        catalogue.tests().len() >= 150,
        "{}",
        catalogue.tests().len()
    );
    let chapters: BTreeSet<&str> = catalogue
        .tests()
        .iter()
        .map(|test| test.chapter.as_str())
        .collect();
    for chapter in [
        "18719-5", "18723-7", "18720-3", "92895-2", "18727-8", "18729-4", "26435-8",
    ] {
        assert!(chapters.contains(chapter), "{chapter}");
    }
}

/// A LOINC code is read with its check digit; here a wrong one must not pass, nor may two tests share one.
#[test]
fn loinc_codes_are_whole_and_belong_to_one_test() {
    let catalogue = catalogue::builtin().unwrap();
    let mut seen: BTreeMap<&LoincCode, &str> = BTreeMap::new();
    for test in catalogue.tests() {
        if let Some(loinc) = &test.loinc {
            assert!(loinc.as_str().parse::<LoincCode>().is_ok());
            let before = seen.insert(loinc, test.code.as_str());
            assert_eq!(before, None, "{loinc} is on two tests");
        }
    }
    let without: Vec<&str> = catalogue
        .tests()
        .iter()
        .filter(|test| test.loinc.is_none())
        .map(|test| test.code.as_str())
        .collect();
    assert_eq!(without, ["MXD", "MXDP", "PGVN", "UACRM"]);
    let mut wrong = lisiere_driver::Catalogue::default();
    let text = "chapter = \"18719-5\"\nchapter_label = \"x\"\n[[test]]\ncode = \"X\"\nlabel = \"x\"\n\
                loinc = \"2345-8\"\nproperty = \"MCnc\"\nspecimens = [\"SER\"]\n";
    let error = wrong.add("x.toml", text).unwrap_err();
    assert_eq!((error.file.as_str(), error.line), ("x.toml", 6));
}

#[test]
fn units_are_ucum_and_measure_the_property() {
    let catalogue = catalogue::builtin().unwrap();
    let properties: BTreeMap<&str, &[&str]> = PROPERTIES.into_iter().collect();
    for test in catalogue.tests() {
        let code = &test.code;
        let Some(unit) = &test.ucum else {
            assert_ne!(test.scale, Scale::Quantitative, "{code} needs a unit");
            assert!(test.bands.is_empty() && test.unit.is_none(), "{code}");
            continue;
        };
        octofhir_ucum::validate(unit.as_str()).unwrap_or_else(|error| panic!("{code}: {error}"));
        let class = Units::builtin()
            .class(unit)
            .unwrap_or_else(|| panic!("{code}: {unit} has no class"));
        if let Some(allowed) = properties.get(test.property.as_str()) {
            assert!(
                allowed.contains(&class),
                "{code}: {unit} ({class}) is no {}",
                test.property
            );
        }
        for other in &test.also {
            octofhir_ucum::validate(other.as_str()).unwrap();
        }
        if let Some(printed) = &test.unit {
            let printed = printed.trim_end_matches(" FEU");
            let meant = Units::builtin().translate(printed);
            let meant = meant.or_else(|| (printed == "mm").then_some(unit));
            assert_eq!(meant, Some(unit), "{code}: {printed} is printed for {unit}");
        }
    }
}

#[test]
fn limits_stand_in_order() {
    let catalogue = catalogue::builtin().unwrap();
    for test in catalogue.tests() {
        let Some(plausible) = test.plausible else {
            assert_eq!(test.ucum, None, "{} has no plausibility limits", test.code);
            continue;
        };
        let (low, high) = (plausible.low().unwrap(), plausible.high().unwrap());
        let inner = test
            .bands
            .iter()
            .map(|band| band.range)
            .chain(test.critical);
        for range in inner {
            assert!(
                range.low().is_none_or(|bound| low <= bound),
                "{}",
                test.code
            );
            assert!(
                range.high().is_none_or(|bound| bound <= high),
                "{}",
                test.code
            );
        }
        for band in &test.bands {
            if let (Some(critical), Some(normal)) =
                (test.critical.and_then(|c| c.high()), band.range.high())
            {
                assert!(critical >= normal, "{}", test.code);
            }
            if let (Some(critical), Some(normal)) =
                (test.critical.and_then(|c| c.low()), band.range.low())
            {
                assert!(critical <= normal, "{}", test.code);
            }
        }
    }
}

#[test]
fn a_unit_of_another_property_is_refused() {
    let catalogue = catalogue::builtin().unwrap();
    let accepts = |code: &str, unit: &str| {
        catalogue
            .get_text(code)
            .unwrap()
            .accepts(&unit.parse::<UcumUnit>().unwrap())
    };
    assert!(accepts("PNN", "10*3/uL") && !accepts("PNN", "%"));
    assert!(accepts("PNNP", "%") && !accepts("PNNP", "10*9/L"));
    assert!(accepts("GLU", "mg/dL") && !accepts("GLU", "mmol/L"));
    assert!(accepts("ALAT", "[IU]/L") && accepts("ALAT", "ukat/L") && !accepts("TSH", "U/L"));
    // An HbA1c in mmol/mol is another scale than one in percent.
    assert!(!accepts("HBA1C", "mmol/mol") && accepts("HBA1CI", "mmol/mol"));
    // An equivalent is a mole for ions with one charge, and half a mole for calcium: 5 mEq/L are 2.5 mmol/L.
    for (code, same) in [
        ("NA", true),
        ("K", true),
        ("CAM", false),
        ("MGM", false),
        ("PHOSM", false),
    ] {
        assert_eq!(accepts(code, "meq/L"), same, "{code}");
    }
    // What UCUM would read as gauss and tesla is no unit here.
    assert!(!accepts("LEU", "G/L") && !accepts("HEMA", "T/L"));
}

/// Where the published examples use a code of ours, ours means the same component and a unit of the same property.
#[test]
fn codes_agree_with_the_published_examples() {
    let Some(path) = shared("ans/terminology/loinc-bio-fr-harvest.tsv") else {
        return;
    };
    let catalogue = catalogue::builtin().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let mut compared = 0;
    for line in text.lines().skip(1) {
        let mut columns = line.split('\t');
        let (Some(code), Some(display), Some(units)) =
            (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        let ours = catalogue.tests().iter();
        let Some(test) = ours
            .into_iter()
            .find(|test| test.loinc.as_ref().is_some_and(|c| c.as_str() == code))
        else {
            continue;
        };
        compared += 1;
        let kind = |words: &str| display.contains(words);
        let property = match test.property.as_str() {
            "MCnc" => kind("[Masse/Volume]"),
            "SCnc" => kind("[Moles/Volume]"),
            "CCnc" => kind("[Catalytique/Volume]"),
            "ACnc" => kind("[Arbitraire/Volume]"),
            "NCnc" => kind("[Nombre/Volume]"),
            "NFr" => kind("[Fraction de nombres]"),
            "PrThr" => kind("[Présence/Seuil]"),
            _ => true,
        };
        assert!(property, "{code} {display} is not {}", test.property);
        assert_ne!(display, test.label, "labels are our own");
        for unit in units.split(' ').filter(|unit| !unit.is_empty()) {
            assert!(test.accepts(&unit.parse().unwrap()), "{code}: {unit}");
        }
    }
    assert!(compared >= 30, "{compared}");
}
