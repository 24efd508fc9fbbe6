//! Every profile is tested on fixtures of its own: what is read from each is written beside it, line by line.
//!
//! `LISIERE_BLESS=1` writes the expectations anew; each change is then a decision in the diff.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::{Driver, Interpretation, Language, line::Line};
use serde::{Deserialize, Serialize};
use support::{LIBRARY, assert_conserved, fixture, own};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    recognised_per_mille: u16,
    readings: Vec<Line>,
    unknown: Vec<Line>,
    ignored: usize,
    asked: Vec<String>,
    asked_unreadable: Vec<String>,
    problems: Vec<String>,
}

fn expected(recognised_per_mille: u16, out: &Interpretation) -> Expected {
    Expected {
        recognised_per_mille,
        readings: out.readings.iter().map(Line::from).collect(),
        unknown: out.unknown.iter().map(Line::from).collect(),
        ignored: out.ignored.len(),
        asked: out
            .queries
            .iter()
            .flat_map(|query| query.specimens.clone())
            .collect(),
        asked_unreadable: out
            .queries
            .iter()
            .flat_map(|query| query.unreadable.clone())
            .collect(),
        problems: out.problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn every_profile_reads_its_fixtures_as_written() {
    let mut wrong = Vec::new();
    for driver in LIBRARY.drivers() {
        let tests = &driver.profile().tests;
        if tests.len() < 4 {
            wrong.push(format!("{} has too few fixtures", driver.id()));
        }
        for name in tests {
            if let Err(why) = check(driver, name) {
                wrong.push(format!("{}/{name}: {why}", driver.id()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(driver: &Driver, name: &str) -> Result<(), String> {
    let capture = fixture(driver.id(), name);
    let ranked = LIBRARY.recognise(&capture);
    let best = ranked.first().ok_or("not recognised")?;
    // A generic driver is the answer when no other is sure.
    let chosen = LIBRARY.choose(&capture);
    let generic =
        driver.profile().generic && chosen.is_some_and(|(chosen, _)| chosen.id() == driver.id());
    if best.driver != driver.id() && !generic {
        return Err(format!("taken for {} ({:?})", best.driver, best.evidence));
    }
    let out = driver.interpret(&capture);
    assert_conserved(driver, &capture, &out);
    let own_rank = ranked.iter().find(|one| one.driver == driver.id());
    let found = expected(own_rank.map_or(0, |one| one.per_mille), &out);
    let path = own("fixtures")
        .join(driver.id())
        .join(format!("{name}.json"));
    if std::env::var_os("LISIERE_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&found).unwrap();
        std::fs::write(&path, text + "\n").unwrap();
    }
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let written: Expected = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if found == written {
        return Ok(());
    }
    Err(format!("read   {found:?}\nwritten {written:?}"))
}

#[test]
fn every_fixture_belongs_to_a_profile() {
    for entry in std::fs::read_dir(own("fixtures")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let id = folder.file_name().unwrap().to_string_lossy().into_owned();
        let listed = &support::driver(&id).profile().tests;
        for file in std::fs::read_dir(&folder).unwrap() {
            let stem = file
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            assert!(listed.contains(&stem), "{id}/{stem} is in no list of tests");
        }
    }
}

#[test]
fn no_personal_field_comes_out() {
    let driver = support::driver("roche-cobas-c311");
    let capture = std::fs::read(own("fixtures/roche-cobas-c311/accents.astm")).unwrap();
    let out = driver.interpret(&capture);
    let shown = format!("{out:?}");
    assert!(!shown.contains("Gwénaëlle"), "{shown}");
    // The accents of what may be shown are right.
    assert_eq!(out.readings[0].comments, ["sérum hémolysé, à contrôler"]);
    assert_eq!(out.readings[0].unit_text.as_deref(), Some("µmol/l"));
}

#[test]
fn bytes_point_to_the_record() {
    for driver in LIBRARY.drivers() {
        for name in &driver.profile().tests {
            let capture = fixture(driver.id(), name);
            for reading in &driver.interpret(&capture).readings {
                let bytes = &capture[reading.bytes.from..reading.bytes.to];
                let language = driver.profile().language;
                assert!(
                    !matches!(language, Language::Lis2a2 | Language::Hl7)
                        || bytes.starts_with(b"R")
                        || bytes.starts_with(b"OB")
                        || bytes.starts_with(b"O|"),
                    "{name}: {:?}",
                    String::from_utf8_lossy(bytes)
                );
            }
        }
    }
}
