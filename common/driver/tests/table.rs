//! The table of all captures: for each, who is recognised and what is read, with a reason for every number.
//!
//! The numbers stand in `captures.tsv` beside this file. `LISIERE_BLESS=1` writes them anew, never the reasons: each change
//! is then a decision in the diff. `--nocapture` prints the table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::{Driver, Interpretation, Language};
use lisiere_model::ObservationKind;
use lisiere_protocol::lis2a2::{ReadOptions, deframe, read};
use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};
use support::{LIBRARY, assert_conserved, own, shared};

const HEAD: &str =
    "file\tdriver\tper_mille\tobservations\tqc\tquarantined\tunknown\tignored\tasked\tunread\twhy";

/// What one capture gives.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    file: String,
    /// `-` where no driver speaks this.
    driver: String,
    numbers: Vec<usize>,
    why: String,
}

impl Row {
    fn parse(line: &str) -> Self {
        let columns: Vec<&str> = line.split('\t').collect();
        let [file, driver, numbers @ .., why] = columns.as_slice() else {
            panic!("{line}");
        };
        Self {
            file: (*file).to_owned(),
            driver: (*driver).to_owned(),
            numbers: numbers.iter().map(|text| text.parse().unwrap()).collect(),
            why: (*why).to_owned(),
        }
    }

    fn line(&self) -> String {
        let mut line = format!("{}\t{}", self.file, self.driver);
        for number in &self.numbers {
            write!(line, "\t{number}").unwrap();
        }
        line + "\t" + &self.why
    }
}

fn table() -> Vec<Row> {
    let text = std::fs::read_to_string(own("tests/captures.tsv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(HEAD));
    lines.map(Row::parse).collect()
}

fn captures() -> Option<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(shared("captures")?)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            !name.ends_with(".chunks.json") && name != "README.md" && name != "index.tsv"
        })
        .collect();
    files.sort();
    Some(files)
}

fn numbers(per_mille: u16, out: &Interpretation) -> Vec<usize> {
    let controls = out
        .readings
        .iter()
        .filter(|row| row.kind == ObservationKind::Qc);
    let waiting = out.readings.iter().filter(|row| !row.is_clear());
    vec![
        usize::from(per_mille),
        out.readings.len(),
        controls.count(),
        waiting.count(),
        out.unknown.len(),
        out.ignored.len(),
        out.queries.iter().map(|query| query.specimens.len()).sum(),
        out.queries.iter().map(|query| query.unreadable.len()).sum(),
    ]
}

#[test]
fn every_capture_gives_the_numbers_that_a_person_explained() {
    let Some(files) = captures() else {
        return;
    };
    let bless = std::env::var_os("LISIERE_BLESS").is_some();
    let written = table();
    let mut found = Vec::new();
    for path in &files {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let capture = std::fs::read(path).unwrap();
        let expected = written.iter().find(|row| row.file == file);
        let why = expected.map_or("", |row| row.why.as_str()).to_owned();
        let row = match LIBRARY.choose(&capture) {
            Some((driver, best)) => {
                let out = driver.interpret(&capture);
                assert_accounted(&file, driver, &capture, &out);
                assert_comments_heard(&file, driver, &capture, &out);
                Row {
                    file,
                    driver: driver.id().to_owned(),
                    numbers: numbers(best.per_mille, &out),
                    why,
                }
            }
            None => Row {
                file,
                driver: "-".to_owned(),
                numbers: vec![0; 8],
                why,
            },
        };
        println!("{}", row.line());
        found.push(row);
    }
    if bless {
        let lines: Vec<String> = found.iter().map(Row::line).collect();
        std::fs::write(
            own("tests/captures.tsv"),
            format!("{HEAD}\n{}\n", lines.join("\n")),
        )
        .unwrap();
    }
    let written = if bless { table() } else { written };
    let differing: Vec<String> = found
        .iter()
        .filter(|row| !written.contains(row))
        .map(Row::line)
        .collect();
    assert!(
        differing.is_empty(),
        "not as written:\n{}",
        differing.join("\n")
    );
    assert_eq!(found.len(), written.len(), "a capture is gone");
    for row in &written {
        assert!(row.why.len() > 20, "{} has no reason", row.file);
    }
}

/// Nothing falls silently between two chairs: result rows once each, text all in records, the rest link and named noise.
fn assert_accounted(file: &str, driver: &Driver, capture: &[u8], out: &Interpretation) {
    assert_conserved(driver, capture, out);
    if out.unreadable().is_some() {
        return;
    }
    let inside = |at: usize| {
        let messages = out.messages.iter().map(|facts| facts.bytes);
        let asides = out
            .unknown
            .iter()
            .chain(&out.ignored)
            .map(|aside| aside.bytes);
        messages
            .chain(asides)
            .any(|range| range.from <= at && at < range.to)
    };
    let mut outside: Vec<usize> = (0..capture.len())
        .filter(|at| !inside(*at) && !capture[*at].is_ascii_control())
        .collect();
    // Frame numbers follow STX; two digits of a checksum follow ETX, ETB or GS.
    let link: BTreeSet<usize> = (0..capture.len())
        .filter(|at| matches!(capture[*at], 0x02 | 0x03 | 0x17 | 0x1d))
        .flat_map(|at| [at + 1, at + 2])
        .collect();
    outside.retain(|at| !link.contains(at));
    let named = |at: usize| {
        out.problems
            .iter()
            .any(|problem| (problem.at..problem.at + noise(&problem.text)).contains(&at))
    };
    let silent: Vec<usize> = outside.into_iter().filter(|at| !named(*at)).collect();
    assert!(silent.is_empty(), "{file}: bytes {silent:?} are nowhere");
}

/// What a comment says is a flag or a comment of a result, listed apart, or one of the texts that say nothing.
fn assert_comments_heard(file: &str, driver: &Driver, capture: &[u8], out: &Interpretation) {
    if driver.profile().language != Language::Lis2a2 {
        return;
    }
    let deframed = deframe(capture);
    let document = read(&deframed.text, ReadOptions::default());
    let records = document
        .messages
        .iter()
        .flat_map(|message| &message.records);
    for record in records.filter(|record| record.letter() == b'C') {
        let range = deframed.capture_range(record.range());
        let mut asides = out.unknown.iter().chain(&out.ignored);
        let listed = asides.any(|aside| aside.bytes.from == range.start);
        let text = record.field(4).text();
        let text = String::from_utf8_lossy(&text);
        let said = |word: &String| text.contains(word.as_str());
        let heard = out
            .readings
            .iter()
            .any(|row| row.flags.iter().chain(&row.comments).any(said));
        let none = &driver.profile().comment.none;
        let silent = text.trim().is_empty() || none.iter().any(|none| text.ends_with(none));
        assert!(listed || heard || silent, "{file}: {text:?} is nowhere");
    }
}

/// How many bytes a remark about noise speaks of.
fn noise(text: &str) -> usize {
    let count = text.split_once(" octets hors des ");
    count.map_or(0, |(count, _)| count.parse().unwrap())
}

/// A driver of another analyzer may find nothing in a capture, but it must not lose anything and must not fall over.
#[test]
fn no_driver_falls_over_or_loses_anything_on_any_capture() {
    let Some(files) = captures() else {
        return;
    };
    for path in files {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let capture = std::fs::read(&path).unwrap();
        for driver in LIBRARY.drivers() {
            assert_accounted(&file, driver, &capture, &driver.interpret(&capture));
        }
    }
}
