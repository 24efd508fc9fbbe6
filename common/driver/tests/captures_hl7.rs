//! The HL7 profiles against captures of real analyzers: counts and values read from the bytes by a person.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::{Cause, Interpretation, Reading};
use lisiere_model::{ObservationKind, ResultStatus};
use support::{LIBRARY, assert_conserved, driver, shared};

/// Reads a capture with its driver, which must also be the one that is chosen.
fn read(id: &str, name: &str) -> Option<(Vec<u8>, Interpretation)> {
    let path = shared(&format!("captures/{name}"))?;
    let capture = std::fs::read(path).unwrap();
    let (chosen, why) = LIBRARY.choose(&capture).unwrap();
    assert_eq!(chosen.id(), id, "{name}: {why:?}");
    let out = driver(id).interpret(&capture);
    assert_conserved(driver(id), &capture, &out);
    assert!(out.unreadable().is_none(), "{name}");
    assert!(out.unknown.is_empty(), "{name}: {:?}", out.unknown);
    for reading in &out.readings {
        let bytes = &capture[reading.bytes.from..reading.bytes.to];
        assert!(bytes.starts_with(b"OB"), "{name}");
    }
    Some((capture, out))
}

fn number(reading: &Reading) -> String {
    reading
        .value
        .number
        .map_or_else(String::new, |number| number.to_string())
}

fn loinc(reading: &Reading) -> &str {
    reading.loinc.as_ref().map_or("", |code| code.as_str())
}

fn moment(reading: &Reading) -> String {
    let time = reading.time.as_ref().and_then(|time| time.moment.clone());
    time.map_or_else(String::new, |moment| {
        moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    })
}

#[test]
fn ba400_serum() {
    let name = "biosystems-ba400-law-oul-r22-multi.hl7";
    let Some((_, out)) = read("biosystems-ba400", name) else {
        return;
    };
    let rows: Vec<(&str, String, &str, &str)> = out
        .readings
        .iter()
        .map(|row| {
            let unit = row.unit.as_ref().unwrap().as_str();
            (row.code.as_str(), number(row), unit, loinc(row))
        })
        .collect();
    assert_eq!(
        rows,
        [
            (
                "CHOL HDL DIRECT",
                "38.1394882".to_owned(),
                "mg/dL",
                "2085-9"
            ),
            ("CHOLESTEROL", "300.088593".to_owned(), "mg/dL", "2093-3"),
            ("TRIGLYCERIDES", "157.154312".to_owned(), "mg/dL", "2571-8"),
        ]
    );
    assert!(out.is_clear(), "{out:?}");
    let flags: Vec<&[String]> = out
        .readings
        .iter()
        .map(|row| row.flags.as_slice())
        .collect();
    assert_eq!(flags, [&["025".to_owned()][..], &[], &[]]);
    for row in &out.readings {
        assert_eq!(row.specimen.as_deref(), Some("MASKED0001"));
        assert_eq!(row.status, ResultStatus::Final);
        assert_eq!(row.kind, ObservationKind::Patient);
        assert_eq!(row.run, 1);
    }
    assert_eq!(moment(&out.readings[0]), "2023-05-12T17:45:05+02:00");
    let facts = &out.messages[0];
    assert_eq!(facts.title.as_deref(), Some("OUL^R22"));
    assert_eq!(
        facts.control_id.as_deref(),
        Some("dfa90bf8-3d2e-4edc-8236-89cb0436389f")
    );
}

#[test]
fn ba400_urine_is_not_serum() {
    let name = "biosystems-ba400-law-oul-r22-urine.hl7";
    let Some((_, out)) = read("biosystems-ba400", name) else {
        return;
    };
    let rows: Vec<(String, &str)> = out
        .readings
        .iter()
        .map(|row| (number(row), loinc(row)))
        .collect();
    assert_eq!(
        rows,
        [
            ("14.0575142".to_owned(), "14957-5"),
            ("69.4413376".to_owned(), "2161-8")
        ]
    );
    assert!(out.is_clear());
    let Some((_, out)) = read("biosystems-ba400", "biosystems-ba400-law-oul-r22-min.hl7") else {
        return;
    };
    assert_eq!(out.readings.len(), 1);
    assert_eq!(
        (number(&out.readings[0]).as_str(), loinc(&out.readings[0])),
        ("37.3998909", "1988-5")
    );
    assert!(out.is_clear());
}

#[test]
fn ba400_asks_and_is_answered() {
    let Some((_, out)) = read("biosystems-ba400", "biosystems-ba400-law-qbp-q11.hl7") else {
        return;
    };
    assert_eq!(out.queries[0].specimens, ["32971968"]);
    assert!(out.readings.is_empty() && out.is_clear());
    let Some(path) = shared("captures/biosystems-ba400-law-ack-r22-from-lis.hl7") else {
        return;
    };
    let capture = std::fs::read(path).unwrap();
    let out = driver("biosystems-ba400").interpret(&capture);
    assert_eq!((out.readings.len(), out.ignored.len()), (0, 1));
    assert_eq!(out.ignored[0].letter, "ACK^R22");
    assert!(out.ignored[0].why.reason.contains("accusé de réception"));
    assert!(out.is_clear());
    // A fraction of a second and a zone of its own.
    let time = out.messages[0].time.clone().unwrap().moment.unwrap();
    assert_eq!(time.strftime("%H:%M:%S%:z").to_string(), "16:45:16+05:30");
}

#[test]
fn genexpert_with_the_specimen_at_the_end() {
    let Some((_, out)) = read("cepheid-genexpert-hl7", "cepheid-genexpert-oru-r30.hl7") else {
        return;
    };
    let [chlamydia, gonorrhoea] = out.readings.as_slice() else {
        panic!("two results")
    };
    assert_eq!(
        (chlamydia.value.text.as_str(), loinc(chlamydia)),
        ("NOT DETECTED", "21613-5")
    );
    assert_eq!(
        (gonorrhoea.value.text.as_str(), loinc(gonorrhoea)),
        ("DETECTED", "24111-7")
    );
    for row in &out.readings {
        assert_eq!(row.specimen.as_deref(), Some("sidOBM"));
        assert_eq!(row.comments, ["notes for OBM"]);
        assert_eq!(moment(row), "2012-01-10T12:45:33+01:00");
        assert_eq!(row.kind, ObservationKind::Patient);
    }
    assert_eq!(
        (chlamydia.companions.len(), gonorrhoea.companions.len()),
        (9, 12)
    );
    let ct = &gonorrhoea.companions[1];
    assert_eq!((ct.name.as_str(), ct.value.as_str()), ("NG2 Ct", "31.1"));
    assert_eq!(ct.number.unwrap().to_string(), "31.1");
    assert!(out.is_clear(), "{out:?}");
    assert!(!format!("{out:?}").contains("einstein"));
}

#[test]
fn genexpert_asks_and_takes_back() {
    let Some((_, out)) = read("cepheid-genexpert-hl7", "cepheid-genexpert-qbp-z03.hl7") else {
        return;
    };
    assert_eq!(
        out.queries[0].specimens,
        ["SpecimenID-DEV01210000000000005"]
    );
    assert!(out.queries[0].unreadable.is_empty() && out.is_clear());
    let Some((_, out)) = read("cepheid-genexpert-hl7", "cepheid-genexpert-qcn-j01.hl7") else {
        return;
    };
    assert_eq!(out.ignored[0].letter, "QCN^J01");
    assert!(out.queries.is_empty() && out.is_clear());
}

#[test]
fn mindray_results_by_name_and_controls_without_obx() {
    let Some((_, out)) = read("mindray-cl", "mindray-cl1000i-oru-results.hl7") else {
        return;
    };
    let rows: Vec<(&str, String, &str)> = out
        .readings
        .iter()
        .map(|row| (row.code.as_str(), number(row), loinc(row)))
        .collect();
    // The manual prints µmol/L behind enzymes: the unit does not measure them, so they wait.
    assert_eq!(
        rows,
        [
            ("TBil", "100".to_owned(), "14631-6"),
            ("ALT", "98.2".to_owned(), ""),
            ("AST", "26.4".to_owned(), "")
        ]
    );
    assert!(out.readings[0].is_clear(), "{:?}", out.readings[0]);
    for row in &out.readings[1..] {
        assert_eq!(row.quarantine[0].cause, Cause::UnitMismatch);
    }
    for row in &out.readings {
        assert_eq!(row.specimen.as_deref(), Some("12345678"));
        assert_eq!(row.kind, ObservationKind::Patient);
    }
    let Some((_, out)) = read("mindray-cl", "mindray-cl1000i-oru-qc.hl7") else {
        return;
    };
    let [row] = out.readings.as_slice() else {
        panic!("one result")
    };
    assert_eq!(row.kind, ObservationKind::Qc);
    assert_eq!(
        (row.code.as_str(), number(row).as_str()),
        ("AST", "0.137470")
    );
    let control = row.control.as_ref().unwrap();
    assert_eq!(control.name.as_deref(), Some("QUAL2"));
    assert_eq!(control.lot.as_deref(), Some("2222"));
    assert_eq!(control.level.as_deref(), Some("M"));
    assert_eq!(control.target.as_deref(), Some("55.000000"));
    assert_eq!(control.deviation.as_deref(), Some("5.000000"));
    // The number of the test stands where a patient's bar code would.
    assert_eq!(row.specimen, None);
    assert_eq!(moment(row), "2012-04-05T14:12:55+02:00");
}

#[test]
fn mindray_messages_without_results_are_listed() {
    let Some((_, out)) = read("mindray-cl", "mindray-cl1000i-qry-q02.hl7") else {
        return;
    };
    assert_eq!(out.queries[0].specimens, ["0019"]);
    assert!(out.is_clear());
    for (name, title) in [
        ("mindray-cl1000i-qck-q02-ok.hl7", "QCK^Q02"),
        ("mindray-cl1000i-qck-q02-nf.hl7", "QCK^Q02"),
        ("mindray-cl1000i-dsr-q03.hl7", "DSR^Q03"),
        ("mindray-cl1000i-ack-q03.hl7", "ACK^Q03"),
    ] {
        let Some((_, out)) = read("mindray-cl", name) else {
            return;
        };
        assert_eq!(out.ignored[0].letter, title, "{name}");
        assert!(out.readings.is_empty() && out.is_clear(), "{name}");
        assert!(!format!("{out:?}").contains("Tommy"), "{name}");
    }
    let Some(path) = shared("captures/mindray-cl1000i-ack-reject206.hl7") else {
        return;
    };
    let out = driver("mindray-cl").interpret(&std::fs::read(path).unwrap());
    assert_eq!(out.ignored[0].letter, "ACK^R01");
    assert!(out.readings.is_empty());
}

/// Whatever an unknown model sends by the standard is read, and nothing of it is taken for mapped.
#[test]
fn the_generic_driver_reads_them_all() {
    let mut readings = 0;
    for name in [
        "biosystems-ba400-law-oul-r22-multi.hl7",
        "cepheid-genexpert-oru-r30.hl7",
        "mindray-cl1000i-oru-results.hl7",
    ] {
        let Some(path) = shared(&format!("captures/{name}")) else {
            return;
        };
        let capture = std::fs::read(path).unwrap();
        let out = driver("generic-hl7").interpret(&capture);
        assert_conserved(driver("generic-hl7"), &capture, &out);
        assert!(!out.readings.is_empty(), "{name}");
        for row in &out.readings {
            assert!(row.test.is_none() && row.loinc.is_none());
            assert!(
                row.quarantine
                    .iter()
                    .any(|why| why.cause == Cause::UnknownCode)
            );
        }
        readings += out.readings.len();
    }
    assert_eq!(readings, 3 + 23 + 3);
}
