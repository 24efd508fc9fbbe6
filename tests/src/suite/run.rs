//! Runs one test binary and reads its counts.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, anyhow};

use super::build::Target;
use crate::{clock::Stopwatch, workspace};

/// What came of one test binary.
#[derive(Debug)]
pub(super) struct Row {
    /// Name in the table.
    pub title: String,
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
    /// Wall time.
    pub seconds: f64,
    ended_well: bool,
}

impl Row {
    /// Whether it ended well and nothing failed.
    pub(super) fn good(&self) -> bool {
        self.ended_well && self.failed == 0
    }
}

/// Runs the tests of one binary; stories one at a time, because each wants the machine for itself.
pub(super) fn target(target: &Target, filter: Option<&str>, postgres: &str) -> Result<Row> {
    let title = target.title();
    println!("\n=== {title}");
    let mut command = Command::new(&target.program);
    command
        .current_dir(&target.folder)
        .env("CARGO_MANIFEST_DIR", &target.folder)
        .env("LISIERE_BIN_DIR", workspace::binaries()?)
        .env("LISIERE_TEST_POSTGRES", postgres);
    if target.story {
        command.args(["--test-threads=1", "--nocapture"]);
    }
    command.args(filter);
    counted(title, &mut command)
}

/// Runs the examples in the documentation.
pub(super) fn documentation() -> Result<Row> {
    println!("\n=== documentation");
    let mut command = workspace::cargo();
    command.args(["test", "--release", "--workspace", "--doc"]);
    counted("documentation".to_owned(), &mut command)
}

fn counted(title: String, command: &mut Command) -> Result<Row> {
    let watch = Stopwatch::start();
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {title}"))?;
    let out = child
        .stdout
        .take()
        .ok_or_else(|| anyhow!("{title} has no output"))?;
    let (mut passed, mut failed) = (0, 0);
    for line in BufReader::new(out).lines() {
        let line = line.with_context(|| format!("reading what {title} says"))?;
        println!("{line}");
        if let Some(counts) = line.strip_prefix("test result: ") {
            passed += count(counts, " passed");
            failed += count(counts, " failed");
        }
    }
    let status = child
        .wait()
        .with_context(|| format!("waiting for {title}"))?;
    Ok(Row {
        title,
        passed,
        failed,
        seconds: watch.seconds(),
        ended_well: status.success(),
    })
}

/// The number before `word` in `ok. 12 passed; 0 failed; …`.
fn count(text: &str, word: &str) -> u32 {
    text.split(';')
        .find_map(|part| part.trim_end().strip_suffix(word))
        .and_then(|before| before.rsplit(' ').next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_last_line_of_a_test_binary() {
        let line = "FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!((count(line, " passed"), count(line, " failed")), (12, 3));
    }
}
