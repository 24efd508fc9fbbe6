//! Every document of every fixture, and of a hostile report, passes the independent validators.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "gate/shared.rs"]
#[allow(dead_code, reason = "each test needs a part of it")]
mod shared;

use std::path::{Path, PathBuf};
use std::process::Command;

use lisiere_model::report::{Item, Report};

const FIXTURES: [&str; 14] = [
    "chemistry",
    "blood-count",
    "serology",
    "newborn-partial",
    "microbiology",
    "electrophoresis",
    "screening",
    "second-line",
    "water",
    "corrected",
    "withdrawn",
    "awaited",
    "urine-culture",
    "follow-up",
];

fn fixture(name: &str) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn tool(name: &str) -> Option<PathBuf> {
    shared::path(&format!("tools/{name}"))
}

/// Writes the documents of all fixtures and gives the names of those with this ending.
fn documents(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let mut written = Vec::new();
    let reports = FIXTURES.iter().map(|name| (*name, fixture(name)));
    for (name, report) in reports.chain([("hostile", hostile())]) {
        let rendered = lisiere_report::render(&report).unwrap();
        let files = [
            ("n3.xml", rendered.n3.as_slice()),
            ("n1.xml", &rendered.n1),
            ("report.pdf", &rendered.pdf),
            ("report.html", rendered.html.as_bytes()),
        ];
        for (kind, bytes) in files {
            let path = folder.join(format!("{name}.{kind}"));
            std::fs::write(&path, bytes).unwrap();
            if kind.ends_with(ending) {
                written.push(path);
            }
        }
    }
    written
}

fn run(tool: &Path, arguments: &[&str], files: &[PathBuf]) {
    let output = match Command::new(tool).args(arguments).args(files).output() {
        Ok(output) => output,
        Err(error) => panic!("{}: {error}", tool.display()),
    };
    let said = format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    // 2 is the validators' word for "a package is missing on this machine".
    if output.status.code() == Some(2) && std::env::var_os("CI").is_none() {
        eprintln!("skipped: {said}");
        return;
    }
    assert!(output.status.success(), "{said}");
}

/// A report whose every free text is hostile.
fn hostile() -> Report {
    let mut report = fixture("serology");
    let text = "]]> <b>&amp; \u{202e}\u{0}Noé \u{1f9ea} ליאור\nligne 2 日本".to_owned();
    report.patient.traits.birth_name.clone_from(&text);
    report.record.extension.clone_from(&text);
    report.remarks[0].text.clone_from(&text);
    report.laboratory.footer = vec![text.repeat(9)];
    for part in report
        .chapters
        .iter_mut()
        .flat_map(|chapter| &mut chapter.parts)
    {
        part.comments = vec![text.repeat(200)];
        for item in &mut part.items {
            let Item::Result(result) = item else { continue };
            result.label.clone_from(&text);
            result.comments = vec![text.clone()];
        }
    }
    report
}

#[test]
fn xml_passes_the_national_rules() {
    let Some(tool) = tool("validate-crbio") else {
        return;
    };
    run(
        &tool,
        &["--strict", "--verbose"],
        &documents("crbio", ".xml"),
    );
}

#[test]
fn pdf_is_pdf_a_1() {
    let Some(tool) = tool("validate-pdfa") else {
        return;
    };
    run(&tool, &[], &documents("pdfa", ".pdf"));
}
