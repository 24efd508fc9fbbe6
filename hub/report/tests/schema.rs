//! The shape of a CDA: every official example and every document of ours passes, what the national schema refuses in a
//! damaged one the gate refuses, and nothing makes it panic.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "gate/damage.rs"]
mod damage;
#[path = "gate/shared.rs"]
mod shared;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use lisiere_report::gate::{Form, check_document};
use lisiere_report::{Finding, Severity};
use proptest::prelude::*;

use damage::{Dice, damaged, lightened};

/// How many damaged documents are compared; `LISIERE_SCHEMA_MUTATIONS` says another number.
const COMPARED: usize = 160;
/// On a command line.
const FILES_AT_ONCE: usize = 400;

/// What the gate says of the shape alone.
fn shape(bytes: &[u8]) -> Vec<Finding> {
    let mut findings = check_document(bytes).findings;
    findings.retain(|one| {
        one.severity == Severity::Error
            && (one.rule.starts_with("xsd-")
                || one.rule.starts_with("xml-")
                || one.rule.starts_with("document-"))
    });
    findings
}

/// Name and bytes of documents that are as they should be.
fn sound() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for path in shared::within(&fixtures, "json") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let report = lisiere_report::read(&std::fs::read(path).unwrap()).unwrap();
        let rendered = lisiere_report::render(&report).unwrap();
        all.push((format!("{name}.n3.xml"), rendered.n3));
        all.push((format!("{name}.n1.xml"), rendered.n1));
    }
    for folder in ["ans/examples", "ans/examples-own"] {
        for path in shared::files(folder, "xml") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            all.push((name, std::fs::read(path).unwrap()));
        }
    }
    all
}

#[test]
fn sound_documents_have_the_shape_of_cda() {
    for (name, bytes) in sound() {
        let verdict = check_document(&bytes);
        assert!(verdict.form.is_some(), "{name}");
        assert_eq!(shape(&bytes), [], "{name}");
        let wrapped = format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:Object>{}</ds:Object></ds:Signature>",
            damage::without_prolog(std::str::from_utf8(&bytes).unwrap())
        );
        let wrapped = check_document(wrapped.as_bytes());
        assert!(wrapped.signed, "{name}");
        assert_eq!(wrapped.form, verdict.form, "{name}");
    }
}

#[test]
fn forms_are_told_apart() {
    let form = |path: &str| Some(check_document(&std::fs::read(shared::path(path)?).unwrap()).form);
    for (path, wanted) in [
        ("minimal-n3.xml", Form::N3),
        ("minimal-n1.xml", Form::N1),
        ("minimal-auto-presentable.xml", Form::AutoPresentable),
    ] {
        if let Some(form) = form(&format!("ans/examples-own/{path}")) {
            assert_eq!(form, Some(wanted), "{path}");
        }
    }
}

/// Damages the documents and asks both; `bases` without their payloads, which make no difference to a schema.
fn compare(bases: &[(String, String)], validator: &Path, count: usize) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema");
    std::fs::create_dir_all(&folder).unwrap();
    let mut dice = Dice::new(20_261_123);
    let mut mutants = Vec::new();
    for place in 0..count {
        let (name, text) = &bases[place % bases.len()];
        let (what, mutant) = damaged(text, &mut dice);
        let path = folder.join(format!("{place}.xml"));
        std::fs::write(&path, &mutant).unwrap();
        mutants.push((path, format!("{name}: {what}"), mutant));
    }
    let paths: Vec<PathBuf> = mutants.iter().map(|(path, ..)| path.clone()).collect();
    let Some(official) = official_errors(validator, &paths) else {
        return;
    };
    let mut table: BTreeMap<(bool, bool), usize> = BTreeMap::new();
    let (mut missed, mut alone) = (Vec::new(), Vec::new());
    for (path, what, mutant) in &mutants {
        let theirs = &official[path];
        let ours = shape(mutant.as_bytes());
        *table
            .entry((!theirs.is_empty(), !ours.is_empty()))
            .or_default() += 1;
        if !theirs.is_empty() && ours.is_empty() {
            missed.push(format!("{} {what}: {theirs:?}", path.display()));
        }
        // libxml2 never looks whether an IDREF has a target; the schema language asks for it.
        let mut more = ours.iter().filter(|one| one.rule != "xsd-idref");
        if theirs.is_empty() && more.next().is_some() {
            alone.push(format!("{} {what}: {ours:?}", path.display()));
        }
    }
    let figure = |key| table.get(&key).copied().unwrap_or_default();
    println!(
        "{count} damaged documents: refused by both {}, by neither {}, by the gate alone {}, by the schema alone {}",
        figure((true, true)),
        figure((false, false)),
        figure((false, true)),
        figure((true, false))
    );
    for one in &alone {
        println!("the gate alone: {one}");
    }
    assert!(
        missed.is_empty(),
        "only the schema refuses:\n{}",
        missed.join("\n")
    );
    assert!(
        alone.len() * 100 <= count,
        "only the gate refuses:\n{}",
        alone.join("\n")
    );
}

/// Messages of the official schema for every file; `None` if the validator cannot run on this machine.
fn official_errors(validator: &Path, paths: &[PathBuf]) -> Option<BTreeMap<PathBuf, Vec<String>>> {
    let mut all = BTreeMap::new();
    for some in paths.chunks(FILES_AT_ONCE) {
        let output = Command::new(validator)
            .args(["--json", "--stages", "xsd", "--volet", "none"])
            .args(some)
            .output()
            .unwrap();
        if output.status.code() == Some(2) && std::env::var_os("CI").is_none() {
            eprintln!("skipped: {}", String::from_utf8_lossy(&output.stderr));
            return None;
        }
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        for file in said["files"].as_array().unwrap() {
            let of_shape = |message: &&serde_json::Value| {
                message["severity"] == "error"
                    && (message["stage"] == "xsd" || message["stage"] == "xml")
            };
            let messages = file["messages"].as_array().unwrap().iter();
            let texts = messages
                .filter(of_shape)
                .map(|one| one["message"].to_string());
            all.insert(
                PathBuf::from(file["file"].as_str().unwrap()),
                texts.collect(),
            );
        }
    }
    Some(all)
}

#[test]
fn what_the_national_schema_refuses_the_gate_refuses() {
    let Some(validator) = shared::path("tools/validate-crbio") else {
        return;
    };
    let count =
        std::env::var("LISIERE_SCHEMA_MUTATIONS").map_or(COMPARED, |count| count.parse().unwrap());
    let bases: Vec<(String, String)> = sound()
        .into_iter()
        .map(|(name, bytes)| (name, lightened(std::str::from_utf8(&bytes).unwrap())))
        .collect();
    compare(&bases, &validator, count);
}

#[test]
fn unreadable_bytes_are_refused_with_a_place_and_a_remedy() {
    let deep = format!(
        "<ClinicalDocument xmlns=\"urn:hl7-org:v3\">{}{}</ClinicalDocument>",
        "<a>".repeat(400),
        "</a>".repeat(400)
    );
    let crowded = format!("<a>\n<b {}/></a>", "c=\"\" ".repeat(300));
    let two = "<s:Signature xmlns:s=\"http://www.w3.org/2000/09/xmldsig#\" xmlns=\"urn:hl7-org:v3\">\n<ClinicalDocument/>\n<ClinicalDocument/></s:Signature>";
    for (bytes, rule, place) in [
        (crowded.as_bytes(), "xml-size", "(ligne 2)"),
        (two.as_bytes(), "document-several", "(ligne 3)"),
        (b"".as_slice(), "xml-syntax", "(ligne 1)"),
        (b"<a>\n<b></a>", "xml-syntax", "(ligne 2)"),
        (b"<a>\n\n\xff</a>", "xml-encoding", "(ligne 3)"),
        (
            b"<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a>&b;</a>",
            "xml-dtd",
            "(ligne 1)",
        ),
        (b"<html/>", "document-absent", "(ligne 1)"),
        (deep.as_bytes(), "xml-depth", "(ligne 1)"),
    ] {
        let verdict = check_document(bytes);
        assert!(!verdict.passes());
        let first = &verdict.findings[0];
        assert_eq!(first.rule, rule, "{first:?}");
        assert!(first.path.ends_with(place), "{first:?}");
        assert!(!first.remedy.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_makes_the_gate_panic(seed in any::<u64>(), noise in proptest::collection::vec(any::<(usize, u8)>(), 0..4)) {
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/chemistry.json")).unwrap();
        let rendered = lisiere_report::render(&lisiere_report::read(&bytes).unwrap()).unwrap();
        let mut dice = Dice::new(seed);
        let mut text = lightened(std::str::from_utf8(&rendered.n3).unwrap());
        for _ in 0..4 {
            text = damaged(&text, &mut dice).1;
        }
        let mut bytes = text.into_bytes();
        for (place, byte) in noise {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        for finding in check_document(&bytes).findings {
            prop_assert!(!finding.message.is_empty() && !finding.remedy.is_empty());
        }
    }
}
