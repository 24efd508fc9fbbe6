//! The published examples, read into the model and issued again: nothing coded is lost, and every form conforms.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use lisiere_report::gate::Form;
use lisiere_report::reading::{self, Incoming};

use crate::{facts, shared};

/// Where the published examples are.
const EXAMPLES: &str = "ans/examples";

fn examples(shared: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in [EXAMPLES, "ans/examples-own"] {
        for path in shared::within(&shared.join(folder), "xml") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read(path).unwrap()));
        }
    }
    found.sort();
    assert!(found.len() >= 14, "only {} examples", found.len());
    found
}

#[test]
fn everything_coded_is_understood() {
    let Some(shared) = shared::holding(EXAMPLES) else {
        return;
    };
    for (name, bytes) in examples(&shared) {
        let incoming = reading::read(&bytes).unwrap();
        assert!(incoming.unread.is_empty(), "{name}: {:?}", incoming.unread);
        assert!(incoming.is_faithful(), "{name}: {:?}", incoming.remarks);
        let text = String::from_utf8_lossy(&bytes);
        let observations = text.matches("observation classCode").count();
        let other = text.matches("1.3.6.1.4.1.19376.1.5.3.1.4.13").count()
            + text.matches("typeCode=\"REFR\"").count();
        assert_eq!(incoming.results.len(), observations - other, "{name}");
        for result in &incoming.results {
            assert!(
                !result.origin.name.is_empty() && result.at.is_some(),
                "{name}"
            );
        }
        if incoming.form == Some(Form::N1) {
            assert!(incoming.pdf.is_some(), "{name}");
        }
    }
}

#[test]
fn the_narrative_is_shown_and_harmless() {
    let Some(shared) = shared::holding(EXAMPLES) else {
        return;
    };
    for (name, bytes) in examples(&shared) {
        let incoming = reading::read(&bytes).unwrap();
        let html = incoming.narrative.to_html();
        crate::hostile::harmless(&html, &name);
        // Every value with its digits stands in what is shown (a comma or a point, blanks between thousands).
        if incoming.form == Some(Form::N3) {
            assert!(html.contains("<table"), "{name}");
        }
    }
}

struct Issued {
    name: String,
    facts: usize,
    lost: Vec<String>,
    files: Vec<PathBuf>,
    pdfs: Vec<PathBuf>,
}

/// All forms of what was read, written to a folder; facts are compared on the way.
fn issue(name: &str, bytes: &[u8], incoming: &Incoming, folder: &Path) -> Issued {
    let report = incoming.report.as_ref().unwrap();
    let mut issued = Issued {
        name: name.to_owned(),
        facts: 0,
        lost: Vec::new(),
        files: Vec::new(),
        pdfs: Vec::new(),
    };
    let put = |kind: &str, content: &[u8]| {
        let path = folder.join(format!("{name}.{kind}"));
        std::fs::write(&path, content).unwrap();
        path
    };
    let before = String::from_utf8_lossy(bytes).into_owned();
    let again = if incoming.form == Some(Form::N1) {
        let n1 = lisiere_report::n1_around(report, incoming.pdf.as_ref().unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        issued.files.push(put("n1.xml", &n1));
        n1
    } else {
        let rendered =
            lisiere_report::render(report).unwrap_or_else(|error| panic!("{name}: {error}"));
        let portable = rendered.portable();
        issued.files.push(put("n3.xml", &rendered.n3));
        issued.files.push(put("n1.xml", &rendered.n1));
        issued.files.push(put("portable.xml", &portable));
        issued.pdfs.push(put("pdf", &rendered.pdf));
        // What we issue, we read back as the same.
        for form in [&rendered.n3, &portable] {
            let back = reading::read(form).unwrap();
            assert_eq!(back.unread, [], "{name}");
            assert!(back.is_faithful(), "{name}: {:?}", back.remarks);
            assert_eq!(back.results.len(), incoming.results.len(), "{name}");
        }
        rendered.n3
    };
    let after = String::from_utf8(again).unwrap();
    for read in [facts::body, facts::header] {
        let (before, after) = (read(&before), read(&after));
        issued.facts += before.values().sum::<usize>();
        issued.lost.extend(facts::lost(&before, &after));
    }
    issued
}

#[test]
fn issued_again_they_say_the_same_and_conform() {
    let Some(shared) = shared::holding(EXAMPLES) else {
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official");
    std::fs::create_dir_all(&folder).unwrap();
    let all: Vec<Issued> = examples(&shared)
        .iter()
        .map(|(name, bytes)| issue(name, bytes, &reading::read(bytes).unwrap(), &folder))
        .collect();
    // An N1 keeps the PDF that it came with, whose faults are not ours: only there may the validator warn.
    let own = |one: &&Issued| one.pdfs.is_empty();
    let strict: Vec<PathBuf> = all
        .iter()
        .filter(|one| !own(one))
        .flat_map(|one| one.files.clone())
        .collect();
    let lenient: Vec<PathBuf> = all
        .iter()
        .filter(own)
        .flat_map(|one| one.files.clone())
        .collect();
    let pdfs: Vec<PathBuf> = all.iter().flat_map(|one| one.pdfs.clone()).collect();
    let tool = shared.join("tools/validate-crbio");
    let strict = validate(&tool, &["--strict", "--verbose"], &strict);
    let lenient = validate(&tool, &["--verbose"], &lenient);
    let pdfa = validate(&shared.join("tools/validate-pdfa"), &[], &pdfs);
    let mut table =
        String::from("example | facts | lost | forms | validate-crbio --strict | validate-pdfa\n");
    for one in &all {
        let named = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        let forms: Vec<String> = one.files.iter().chain(&one.pdfs).map(named).collect();
        let short: Vec<&str> = forms
            .iter()
            .map(|form| {
                form.strip_prefix(&format!("{}.", one.name))
                    .unwrap_or_default()
            })
            .collect();
        let (crbio, pdfa) = if own(&one) {
            (
                format!("{} (not strict)", said(lenient.as_ref(), &forms)),
                "its own PDF",
            )
        } else {
            (
                said(strict.as_ref(), &forms).to_owned(),
                said(pdfa.as_ref(), &[]),
            )
        };
        writeln!(
            table,
            "{} | {} | {} | {} | {crbio} | {pdfa}",
            one.name,
            one.facts,
            one.lost.len(),
            short.join(" ")
        )
        .unwrap();
    }
    println!("{table}");
    for one in &all {
        assert!(one.lost.is_empty(), "{}: {:#?}", one.name, one.lost);
    }
    for outcome in [strict, lenient, pdfa].into_iter().flatten() {
        assert!(outcome.0, "{}", outcome.1);
    }
}

/// What a validator said of these files; of all of them when none is named.
fn said(outcome: Option<&(bool, String)>, names: &[String]) -> &'static str {
    match outcome {
        None => "skipped",
        Some((true, _)) => "pass",
        Some((false, text)) => {
            let failed = |name: &String| {
                text.lines()
                    .any(|line| line.starts_with("FAIL") && line.contains(name.as_str()))
            };
            if names.is_empty() || names.iter().any(failed) {
                "FAIL"
            } else {
                "pass"
            }
        }
    }
}

#[test]
fn the_comparison_sees_a_changed_fact() {
    let Some(shared) = shared::holding(EXAMPLES) else {
        return;
    };
    let (_, bytes) = examples(&shared)
        .into_iter()
        .find(|(name, _)| name == "full-n3")
        .unwrap();
    let before = String::from_utf8(bytes).unwrap();
    for (from, to) in [
        ("unit=\"mmol/L\"", "unit=\"mol/L\""),
        ("value=\"7.2\"", "value=\"7.20\""),
        ("inclusive=\"false\"", "inclusive=\"true\""),
        (
            "interpretationCode code=\"H\"",
            "interpretationCode code=\"L\"",
        ),
        ("methodCode code=\"DEG\"", "methodCode code=\"DEH\""),
        ("translation code=\"562\"", "translation code=\"563\""),
        ("extension=\"T-02\"", "extension=\"T-03\""),
        (
            "statusCode code=\"aborted\"",
            "statusCode code=\"completed\"",
        ),
        ("20260504083000+0200", "20260505083000+0200"),
    ] {
        assert!(before.contains(from), "{from}");
        let after = before.replace(from, to);
        assert_ne!(
            facts::lost(&facts::body(&before), &facts::body(&after)),
            Vec::<String>::new(),
            "{from}"
        );
    }
    let after = before.replace("20261030", "20261031");
    assert_ne!(
        facts::lost(&facts::header(&before), &facts::header(&after)),
        Vec::<String>::new()
    );
}

/// Whether all files pass, and what was said; `None` where the validator cannot run.
fn validate(tool: &Path, arguments: &[&str], files: &[PathBuf]) -> Option<(bool, String)> {
    let output = Command::new(tool)
        .args(arguments)
        .args(files)
        .output()
        .unwrap();
    let text = format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    // 2 is the validators' word for "a package is missing on this machine".
    if output.status.code() == Some(2) && std::env::var_os("CI").is_none() {
        eprintln!("skipped: {text}");
        return None;
    }
    Some((output.status.success(), text))
}
