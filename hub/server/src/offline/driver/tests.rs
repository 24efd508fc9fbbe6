//! The tools of whoever writes a driver, as they are called from a shell.

use std::path::Path;

use clap::Parser;
use lisiere_driver::Library;
use lisiere_driver::line::Line;
use lisiere_protocol::lis1a::frame::{self, FrameEnd};
use lisiere_protocol::session::{Direction, Event, Session};

use super::*;

#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

fn run(words: &[&str]) -> (u8, String, String) {
    let program = Program::parse_from([&["driver"], words].concat());
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    let code = run_into(&program.command, &mut out, &mut notes);
    (
        code,
        String::from_utf8(out).unwrap(),
        String::from_utf8(notes).unwrap(),
    )
}

const RECORDS: &str = "H|\\^&|||XP-300^00-13^^^^A0001||||||||E1394-97\r\
    P|1||PAT-88123||DURAND^CLAIRE^M||19790328|F|||||Dr LEGRAND\r\
    O|1||^^      25110042^B|^^^^HGB|||||||N||||||||||||||F\r\
    R|1|^^^^HGB^1| 13.5|g/dL||N||||||20251104081500\rL|1|N\r";

/// The message in frames of 60 characters, one of them sent twice.
fn framed() -> Vec<u8> {
    let mut bytes = vec![0x05];
    let pieces: Vec<&[u8]> = RECORDS.as_bytes().chunks(60).collect();
    for (number, piece) in (1..).zip(&pieces) {
        let end = if usize::from(number) == pieces.len() {
            FrameEnd::Last
        } else {
            FrameEnd::Intermediate
        };
        let frame = frame::encode(number % 8, piece, end);
        bytes.extend(&frame);
        if number == 2 {
            bytes.extend(&frame);
        }
    }
    bytes.push(0x04);
    bytes
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

#[test]
fn a_recording_becomes_a_test_without_anybody_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let capture = framed();
    let session = Session {
        facts: vec![("link".to_owned(), "lis1a".to_owned())],
        events: capture
            .chunks(40)
            .zip(0..)
            .map(|(bytes, at)| {
                let direction = Direction::Received;
                (
                    at * 1000,
                    Event::Bytes {
                        direction,
                        bytes: bytes.to_vec(),
                    },
                )
            })
            .collect(),
    };
    let recorded = file(folder.path(), "seance.session", session.write().as_bytes());
    let out = folder.path().join("out");
    let words = [
        "test-from",
        &recorded,
        "--out",
        out.to_str().unwrap(),
        "--driver",
        "sysmex-xp",
    ];
    let (code, said, notes) = run(&words);
    assert_eq!(code, 0, "{said}{notes}");
    let masked = std::fs::read(out.join("seance.astm")).unwrap();
    assert_eq!(masked.len(), capture.len(), "nothing moved");
    let text = String::from_utf8_lossy(&masked).into_owned();
    for secret in [
        "DURAND", "CLAIRE", "88123", "1979", "LEGRAND", "25110042", "RAND", "URAN",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let library = Library::builtin().unwrap();
    let driver = library.get("sysmex-xp").unwrap();
    let (before, after) = (driver.interpret(&capture), driver.interpret(&masked));
    assert_eq!(after.readings[0].value, before.readings[0].value);
    assert_ne!(after.readings[0].specimen, before.readings[0].specimen);
    assert_eq!(after.readings[0].specimen.as_ref().unwrap().len(), 8);
    let problems = |read: &lisiere_driver::Interpretation| {
        read.problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        problems(&after),
        problems(&before),
        "every checksum that was right is right"
    );
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("seance.json")).unwrap()).unwrap();
    let lines: Vec<Line> = serde_json::from_value(json["readings"].clone()).unwrap();
    assert_eq!(
        lines,
        after.readings.iter().map(Line::from).collect::<Vec<_>>()
    );
    let (code, _, notes) = run(&words);
    assert_eq!(code, 2);
    assert!(
        notes.contains("existe déjà"),
        "nothing is overwritten: {notes}"
    );
}

#[test]
fn hl7_loses_its_people_and_keeps_its_results() {
    let folder = tempfile::tempdir().unwrap();
    let message = "MSH|^~\\&|Some|Lab|LIS|H|20251104081500||ORU^R01|7|P|2.5.1\r\
        PID|1||445566^^^HOSP||BERNARD^LUC^^^M||19790328|M|||12 RUE DES LILAS^^LYON\r\
        PV1|1|I|CARDIO^12||||1234^MOREAU^ANNE\rORC|RE|||||||||||99^PETIT^JEAN\r\
        OBR|1|S-4471|S-4471|GLU|||20251104080000|||||||||88^ROUX^EVE\r\
        OBX|1|NM|GLU^Glucose||5.4|mmol/L|||||F|||20251104081400||OPER7\rNTE|1||Appel du Dr MOREAU fait\r";
    let mut bytes = vec![0x0b];
    bytes.extend(message.as_bytes());
    bytes.extend([0x1c, 0x0d]);
    let path = file(folder.path(), "a.hl7", &bytes);
    let out = folder.path().join("out");
    let (code, said, notes) = run(&[
        "test-from",
        &path,
        "--out",
        out.to_str().unwrap(),
        "--driver",
        "generic-hl7",
    ]);
    assert_eq!(
        code, 1,
        "a free text is for a person to read: {said}{notes}"
    );
    let text = std::fs::read_to_string(out.join("a.hl7")).unwrap();
    for secret in [
        "BERNARD", "445566", "LILAS", "LYON", "MOREAU", "PETIT", "ROUX", "OPER7", "1979",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(
        text.contains("5.4|mmol/L") && text.contains("|19000101|"),
        "{text}"
    );
}

#[test]
fn a_file_is_tried_with_any_driver_or_the_likeliest() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "b.astm", &framed());
    let (code, said, notes) = run(&["try", &path]);
    assert_eq!(code, 0, "{said}{notes}");
    assert!(
        said.contains("sysmex-xp") && said.contains("25110042") && said.contains("13.5"),
        "{said}"
    );
    let (code, said, _) = run(&["try", &path, "--driver", "sysmex-xp", "--json"]);
    assert_eq!((code, said.lines().count()), (0, 1));
    let (code, _, notes) = run(&["try", &path, "--driver", "nobody"]);
    assert_eq!(code, 2);
    assert!(notes.contains("pas de pilote « nobody »"));
    let text = lisiere_driver::profile_text("sysmex-xp").unwrap();
    let own = file(
        folder.path(),
        "own.toml",
        text.replace("id = \"sysmex-xp\"", "id = \"xp-essai\"")
            .as_bytes(),
    );
    let (code, said, notes) = run(&["try", &path, "--profile", &own]);
    assert_eq!(code, 0, "{notes}");
    assert!(said.contains("xp-essai"), "{said}");
}

#[test]
fn a_profile_is_checked_and_the_schema_printed() {
    let folder = tempfile::tempdir().unwrap();
    let text = lisiere_driver::profile_text("sysmex-xp").unwrap();
    let good = file(folder.path(), "good.toml", text.as_bytes());
    let (code, said, _) = run(&["check", &good]);
    assert_eq!(code, 0);
    assert!(said.contains("aucun défaut"));
    let bad = file(
        folder.path(),
        "bad.toml",
        text.replace("maker =", "makker =").as_bytes(),
    );
    let (code, _, notes) = run(&["check", &good, &bad]);
    assert_eq!(code, 1);
    assert!(notes.contains("bad.toml:"), "{notes}");
    let (code, said, _) = run(&["schema"]);
    assert_eq!(code, 0);
    assert!(serde_json::from_str::<serde_json::Value>(&said).unwrap()["properties"].is_object());
}
