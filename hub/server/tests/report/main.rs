//! `lisiere-hub report check` as a script meets it: exit codes, sentences, JSON.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// One of our own fictitious reports, in all its forms.
fn documents(folder: &Path) -> [PathBuf; 2] {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../report/fixtures/chemistry.json");
    let report = lisiere_report::read(&std::fs::read(fixture).unwrap()).unwrap();
    let rendered = lisiere_report::render(&report).unwrap();
    let paths = [folder.join("n3.xml"), folder.join("n1.xml")];
    std::fs::write(&paths[0], rendered.n3).unwrap();
    std::fs::write(&paths[1], rendered.n1).unwrap();
    paths
}

fn check(arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lisiere-hub"))
        .args(["report", "check"])
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn our_documents_pass_and_damaged_ones_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let [n3, n1] = documents(folder.path());
    let both = check(&[&n3, &n1]);
    let said = text(&both.stdout);
    assert_eq!(both.status.code(), Some(0), "{said}");
    assert!(
        said.contains("conforme (N3)") && said.contains("conforme (N1)"),
        "{said}"
    );

    let damaged = folder.path().join("damaged.xml");
    let whole = std::fs::read_to_string(&n3).unwrap();
    std::fs::write(&damaged, whole.replacen("<setId ", "<setld ", 1)).unwrap();
    let refused = check(&[&n3, &damaged]);
    let said = text(&refused.stdout);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(
        said.contains("damaged.xml : refusé") && said.contains("remède : "),
        "{said}"
    );
    assert!(said.contains("(ligne "), "an error says where: {said}");

    let told = check(&[Path::new("--json"), &damaged]);
    let verdicts: Vec<Value> = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told.status.code(), Some(1));
    assert_eq!(verdicts[0]["passes"], false);
    assert_eq!(verdicts[0]["form"], "N3");
    let first = &verdicts[0]["findings"][0];
    assert_eq!(first["severity"], "error");
    for part in ["rule", "path", "message", "remedy"] {
        assert!(!first[part].as_str().unwrap().is_empty(), "{part}: {first}");
    }
}

#[test]
fn what_cannot_be_read_is_told_apart_from_what_does_not_conform() {
    let folder = tempfile::tempdir().unwrap();
    let absent = check(&[&folder.path().join("absent.xml")]);
    assert_eq!(absent.status.code(), Some(2), "{}", text(&absent.stderr));
    assert!(text(&absent.stderr).contains("illisible"));
    assert_eq!(
        check(&[]).status.code(),
        Some(2),
        "no file at all is a mistake of usage"
    );

    let other = folder.path().join("other.xml");
    for (bytes, rule) in [
        (
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".as_slice(),
            "xml-dtd",
        ),
        (b"<a/>", "document-absent"),
        (b"not xml at all", "xml-syntax"),
        (b"\xff\xfe\x00", "xml-encoding"),
    ] {
        std::fs::write(&other, bytes).unwrap();
        let output = check(&[&other]);
        assert_eq!(output.status.code(), Some(1), "{rule}");
        assert!(
            text(&output.stdout).contains(rule),
            "{}",
            text(&output.stdout)
        );
    }
}

#[test]
fn what_is_read_can_be_rendered_and_a_message_gives_results() {
    let folder = tempfile::tempdir().unwrap();
    let [n3, n1] = documents(folder.path());
    let read = |arguments: &[&Path]| {
        Command::new(env!("CARGO_BIN_EXE_lisiere-hub"))
            .args(["report", "read"])
            .args(arguments)
            .output()
            .unwrap()
    };
    let html = folder.path().join("narrative.html");
    let json = read(&[&n3, Path::new("--json"), Path::new("--html"), &html]);
    assert_eq!(json.status.code(), Some(0), "{}", text(&json.stderr));
    let report = lisiere_report::read(&json.stdout).unwrap();
    lisiere_report::render(&report).unwrap();
    assert!(
        std::fs::read_to_string(&html)
            .unwrap()
            .starts_with("<section>")
    );

    let pdf = folder.path().join("inside.pdf");
    let alone = read(&[&n1, Path::new("--pdf"), &pdf]);
    assert_eq!(alone.status.code(), Some(0), "{}", text(&alone.stderr));
    assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF"));
    let shown = text(&read(&[&n3]).stdout);
    let name = &report.patient.traits.birth_name;
    assert!(!shown.contains(name.as_str()), "no patient on the screen");

    let message = folder.path().join("oru.hl7");
    std::fs::write(&message, "MSH|^~\\&|A|Labo B^1.2.250.1.999.7^ISO|||20261102160000+0100||ORU^R01|7|P|2.5.1\rOBR|1||F|X^Bilan\rOBX|1|NM|2276-4^Ferritine^LN||7.2|ug/L|20-200|L|||F\r").unwrap();
    let told = read(&[&message]);
    assert_eq!(told.status.code(), Some(0), "{}", text(&told.stderr));
    let said = text(&told.stdout);
    assert!(
        said.contains("Ferritine | 7,2") && said.contains("Labo B"),
        "{said}"
    );

    std::fs::write(&message, "<!DOCTYPE a><a/>").unwrap();
    let refused = read(&[&message]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("remède : "));
}
