//! Keeps the rooms apart: directions between crates, file sizes, and what may be written where.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing at that place"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use lisiere_tests::workspace;
use serde_json::Value;

/// Each crate and the crates of ours it may use.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("lisiere-model", &[]),
    ("lisiere-protocol", &["lisiere-model"]),
    ("lisiere-driver", &["lisiere-model", "lisiere-protocol"]),
    ("lisiere-wire", &["lisiere-model"]),
    ("lisiere-report", &["lisiere-model"]),
    (
        "lisiere-appliance",
        &[
            "lisiere-model",
            "lisiere-protocol",
            "lisiere-driver",
            "lisiere-wire",
        ],
    ),
    (
        "lisiere-hub",
        &[
            "lisiere-model",
            "lisiere-protocol",
            "lisiere-driver",
            "lisiere-wire",
            "lisiere-report",
        ],
    ),
    (
        "lisiere-tests",
        &[
            "lisiere-model",
            "lisiere-protocol",
            "lisiere-driver",
            "lisiere-wire",
            // Measured, like the others, without a process around it.
            "lisiere-report",
        ],
    ),
];

/// Crates without sockets, files, runtime or clock.
const PURE: &[&str] = &[
    "lisiere-model",
    "lisiere-protocol",
    "lisiere-driver",
    "lisiere-wire",
    "lisiere-report",
];

/// What a pure crate may not build on.
const IMPURE: &[&str] = &[
    "axum",
    "mio",
    "redb",
    "reqwest",
    "rmqtt",
    "rumqttc",
    "rustix",
    "rustls",
    "sqlx",
    "tokio",
    "tokio-rustls",
    "tokio-serial",
    "tracing-subscriber",
];

const LINES: usize = 500;

struct Source {
    path: String,
    text: String,
}

impl Source {
    fn within(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    fn named(&self, name: &str) -> bool {
        self.path.rsplit('/').next() == Some(name)
    }

    /// Lines with their numbers, without those that are only a comment.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..)
            .zip(self.text.lines())
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Where any of `needles` stands in the code.
    fn places(&self, needles: &[String]) -> Vec<String> {
        self.code()
            .filter(|(_, line)| needles.iter().any(|needle| line.contains(needle)))
            .map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim()))
            .collect()
    }
}

/// Every Rust source of the workspace, except this file, which has to spell what it forbids.
fn sources() -> Vec<Source> {
    let root = workspace::root();
    let mut found = Vec::new();
    for room in ["common", "firmware", "hub", "tests"] {
        collect(&root.join(room), &mut found);
    }
    let sources: Vec<Source> = found
        .iter()
        .map(|path| Source {
            path: path.strip_prefix(&root).unwrap().display().to_string(),
            text: std::fs::read_to_string(path).unwrap(),
        })
        .filter(|source| source.path != "tests/tests/tidy.rs")
        .collect();
    assert!(
        sources.len() > 50,
        "the walk found only {} files",
        sources.len()
    );
    sources
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

fn metadata() -> Value {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(workspace::root());
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Package name → its dependencies (name, kind), kind `null` being an ordinary one.
fn dependencies() -> BTreeMap<String, Vec<(String, bool)>> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let uses = package["dependencies"].as_array().unwrap().iter();
            let uses = uses.map(|one| {
                (
                    one["name"].as_str().unwrap().to_owned(),
                    one["kind"].is_null(),
                )
            });
            (package["name"].as_str().unwrap().to_owned(), uses.collect())
        })
        .collect()
}

#[track_caller]
fn none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

fn everywhere(rule: &str, needles: &[String], allowed: impl Fn(&Source) -> bool) {
    let sources = sources();
    let found: Vec<String> = sources
        .iter()
        .filter(|source| !allowed(source))
        .flat_map(|source| source.places(needles))
        .collect();
    none(rule, &found);
}

fn owned(needles: &[&str]) -> Vec<String> {
    needles.iter().map(|needle| (*needle).to_owned()).collect()
}

#[test]
fn rooms_depend_only_in_the_allowed_direction() {
    let all = dependencies();
    let known: BTreeMap<&str, &[&str]> = DIRECTIONS.iter().copied().collect();
    let mut found = Vec::new();
    for (package, uses) in &all {
        let Some(allowed) = known.get(package.as_str()) else {
            found.push(format!("{package} has no place in the list of directions"));
            continue;
        };
        // A crate's own tests may name it, to choose its features.
        let ours = |name: &str| name.starts_with("lisiere-") && name != package;
        for (name, _) in uses.iter().filter(|(name, _)| ours(name)) {
            if !allowed.contains(&name.as_str()) {
                found.push(format!("{package} must not use {name}"));
            }
        }
    }
    none("directions between rooms", &found);
}

#[test]
fn pure_rooms_have_no_way_to_the_outside() {
    let all = dependencies();
    let found: Vec<String> = PURE
        .iter()
        .filter_map(|package| all.get(*package).map(|uses| (package, uses)))
        .flat_map(|(package, uses)| {
            uses.iter()
                .filter(|(name, ordinary)| *ordinary && IMPURE.contains(&name.as_str()))
                .map(move |(name, _)| format!("{package} must not use {name}"))
        })
        .collect();
    none("pure crates", &found);
    let outside = [
        "std::fs",
        "std::net",
        "std::env::var",
        "std::process::",
        "std::thread",
    ];
    let sources = sources();
    let found: Vec<String> = sources
        .iter()
        .filter(|source| {
            source.within(&["common/", "hub/report/"]) && source.path.contains("/src/")
        })
        .filter(|source| !source.path.ends_with("tests.rs") && !source.path.contains("/tests/"))
        .flat_map(|source| {
            let product = source
                .text
                .split("#[cfg(test)]")
                .next()
                .unwrap_or_default()
                .to_owned();
            Source {
                path: source.path.clone(),
                text: product,
            }
            .places(&owned(&outside))
        })
        .collect();
    none(
        "files, sockets, environment or threads in a pure crate",
        &found,
    );
}

#[test]
fn no_file_has_more_than_500_lines_and_each_says_why_it_exists() {
    let mut found = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > LINES {
            found.push(format!("{} has {lines} lines", source.path));
        }
        if !source.text.starts_with("//!") {
            found.push(format!(
                "{} does not start with its reason (`//!`)",
                source.path
            ));
        }
    }
    none("files", &found);
}

#[test]
fn files_are_named_after_what_they_hold() {
    let vague = [
        "util", "utils", "helper", "helpers", "manager", "misc", "common", "handler",
    ];
    let found: Vec<String> = sources()
        .into_iter()
        .map(|source| source.path)
        .filter(|path| {
            path.split('/')
                .skip(1)
                .any(|part| vague.contains(&part.trim_end_matches(".rs")))
        })
        .collect();
    none("names that say nothing", &found);
}

#[test]
fn sql_is_written_in_the_store_only() {
    let words = [
        "SELECT ",
        "INSERT INTO ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "ALTER TABLE ",
        "DROP TABLE ",
    ];
    let allowed = [
        "hub/server/src/store/",
        "hub/server/src/store.rs",
        "hub/server/tests/store",
    ];
    everywhere("SQL outside the store", &owned(&words), |source| {
        source.within(&allowed)
    });
}

#[test]
fn topics_are_written_in_the_wire_crate_only() {
    everywhere("topic strings", &owned(&["lisiere/1"]), |source| {
        source.within(&["common/wire/"])
    });
}

#[test]
fn xml_is_written_in_the_report_crate_only() {
    let words = [
        "BytesStart",
        "BytesEnd",
        "quick_xml::Writer",
        "quick_xml::writer",
        "<?xml version",
    ];
    everywhere("XML writing", &owned(&words), |source| {
        source.within(&["hub/report/"])
    });
}

#[test]
fn clocks_are_read_in_clock_files_only() {
    let words = [
        "Instant::now(",
        "SystemTime::now(",
        "Timestamp::now(",
        "Zoned::now(",
        "Utc::now(",
    ];
    everywhere("reading a clock", &owned(&words), |source| {
        source.named("clock.rs")
    });
}

#[test]
fn nothing_is_left_for_later() {
    let words = [
        "todo!(",
        "unimplemented!(",
        "TODO",
        "FIXME",
        "XXX",
        "#[ignore",
    ];
    let sources = sources();
    let mut found = Vec::new();
    for source in &sources {
        for (number, line) in (1..).zip(source.text.lines()) {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    none("unfinished or ignored", &found);
}

#[test]
fn tests_wait_for_conditions_and_never_for_a_guessed_time() {
    let in_tests = |source: &Source| {
        source.within(&["tests/"]) || source.path.contains("/tests/") || source.named("tests.rs")
    };
    everywhere("a sleep in a test", &owned(&["sleep("]), |source| {
        !in_tests(source)
    });
}

#[test]
fn every_dependency_of_the_workspace_is_used() {
    let manifest = std::fs::read_to_string(workspace::root().join("Cargo.toml")).unwrap();
    let listed: BTreeSet<String> = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .unwrap()
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('=').map(|(name, _)| name.trim().to_owned()))
        .filter(|name| !name.starts_with('#'))
        .collect();
    let used: BTreeSet<String> = dependencies()
        .into_values()
        .flatten()
        .map(|(name, _)| name)
        .collect();
    let idle: Vec<String> = listed.difference(&used).cloned().collect();
    none("in [workspace.dependencies] and used by no crate", &idle);
}
