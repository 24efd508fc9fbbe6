//! `lisiere-hub interpret --driver auto` over every capture at hand: the program says what the driver library says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

use lisiere_driver::line::Line;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Third-party captures lie beside the workspace; without them the test says so and passes, except in CI.
fn captures() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("LISIERE_SHARED")
        .map_or(beside, PathBuf::from)
        .join("captures");
    if folder.exists() {
        return Some(folder);
    }
    println!("skipped: {} is not here", folder.display());
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "CI needs {}",
        folder.display()
    );
    None
}

#[test]
fn every_capture_through_the_program() {
    let Some(folder) = captures() else {
        return;
    };
    let table =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../common/driver/tests/captures.tsv");
    let table = std::fs::read_to_string(table).unwrap();
    for row in table.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [
            file,
            driver,
            _,
            observations,
            controls,
            waiting,
            unknown,
            ..,
        ] = columns.as_slice()
        else {
            panic!("{row}")
        };
        let number = |text: &str| text.parse::<usize>().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_lisiere-hub"))
            .args(["interpret", "--driver", "auto"])
            .arg(folder.join(file))
            .output()
            .unwrap();
        let notes = String::from_utf8(output.stderr).unwrap();
        let code = output.status.code().unwrap();
        if *driver == "-" {
            assert_eq!((code, output.stdout.len()), (2, 0), "{file}: {notes}");
            continue;
        }
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Line> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let count = |fits: &dyn Fn(&Line) -> bool| lines.iter().filter(|line| fits(line)).count();
        let waits = number(waiting) + number(unknown);
        assert_eq!(
            lines.len(),
            number(observations) + number(unknown),
            "{file}"
        );
        assert_eq!(count(&|line| line.kind == "qc"), number(controls), "{file}");
        assert_eq!(count(&|line| line.quarantine.is_some()), waits, "{file}");
        assert!(
            code == 1 || (code == 0 && waits == 0),
            "{file}: {code} {notes}"
        );
        assert!(
            notes.contains(&format!("{file} : {driver} ")),
            "{file}: {notes}"
        );
    }
}
