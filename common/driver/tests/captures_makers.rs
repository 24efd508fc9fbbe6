//! Makers' own formats against captures of real analyzers: counts and values read from the bytes by a person.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::{Cause, Interpretation, Reading};
use lisiere_model::ObservationKind;
use support::{LIBRARY, assert_conserved, driver, shared};

/// Reads a capture with its driver, which must also be the one that is recognised.
fn read(id: &str, name: &str, per_mille: u16) -> Option<(Vec<u8>, Interpretation)> {
    let capture = std::fs::read(shared(&format!("captures/{name}"))?).unwrap();
    let best = LIBRARY.recognise(&capture).into_iter().next().unwrap();
    assert_eq!(
        (best.driver.as_str(), best.per_mille),
        (id, per_mille),
        "{name}"
    );
    let out = driver(id).interpret(&capture);
    assert_conserved(driver(id), &capture, &out);
    assert!(out.unreadable().is_none(), "{name}");
    Some((capture, out))
}

/// Specimen, code, value as sent, number, unit.
fn row(reading: &Reading) -> [String; 5] {
    let text = |text: Option<String>| text.unwrap_or_default();
    [
        text(reading.specimen.clone()),
        reading.code.clone(),
        reading.value.text.clone(),
        text(reading.value.number.map(|number| number.to_string())),
        text(reading.unit.as_ref().map(|unit| unit.as_str().to_owned())),
    ]
}

fn moment(reading: &Reading) -> String {
    let time = reading.time.as_ref().and_then(|time| time.moment.clone());
    time.map_or_else(String::new, |moment| {
        moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    })
}

fn causes(reading: &Reading) -> Vec<Cause> {
    reading.quarantine.iter().map(|why| why.cause).collect()
}

fn companions(reading: &Reading) -> Vec<(&str, &str)> {
    let companions = reading.companions.iter();
    companions
        .map(|one| (one.name.as_str(), one.value.as_str()))
        .collect()
}

#[test]
fn mini_vidas_with_a_number_and_its_unit_in_one_field() {
    let name = "biomerieux-mini-vidas-atpo.bci";
    let Some((capture, out)) = read("biomerieux-vidas", name, 808) else {
        return;
    };
    let [reading] = out.readings.as_slice() else {
        panic!("{name}")
    };
    assert_eq!(
        row(reading),
        ["TIC21103806", "ATPO", "274.0", "274.0", "[IU]/mL"]
    );
    assert_eq!(reading.unit_text.as_deref(), Some("IU/ml"));
    assert_eq!(moment(reading), "2021-12-07T13:55:00+01:00");
    // Its check holds; only the catalogue has no such test yet.
    assert_eq!(causes(reading), [Cause::UnknownTest]);
    assert!(out.problems.is_empty() && out.unknown.is_empty());
    let bytes = &capture[reading.bytes.from..reading.bytes.to];
    assert!(bytes.starts_with(b"rtATPO|") && bytes.ends_with(b"qn274.0 IU/ml"));
}

#[test]
fn mini_vidas_with_an_interpretation_and_an_index() {
    let name = "biomerieux-mini-vidas-raw.bci";
    let Some((_, out)) = read("biomerieux-vidas", name, 808) else {
        return;
    };
    let [reading] = out.readings.as_slice() else {
        panic!("{name}")
    };
    assert_eq!(row(reading), ["Z1G021SCR", "HBCT", "Positif", "", ""]);
    assert_eq!(reading.loinc.as_ref().unwrap().as_str(), "13952-7");
    assert_eq!(companions(reading), [("Indice", "0.05")]);
    assert_eq!(moment(reading), "2024-10-25T18:35:00+02:00");
    // The logger lost the end mark alone: the check proves that nothing else is missing.
    assert!(reading.quarantine.is_empty() && out.problems.is_empty());
}

/// Two captures whose specimen was masked after the check was computed: read, and put before a person.
#[test]
fn mini_vidas_whose_check_does_not_hold() {
    for (name, wanted, index, time) in [
        (
            "biomerieux-mini-vidas-hcv.bci",
            ["653", "HCV", "Negatif", "", ""],
            vec![("Indice", "0.15"), ("Dilution", "1")],
            "2025-07-21T16:21:00+02:00",
        ),
        (
            "biomerieux-mini-vidas-txm.bci",
            ["000267217", "TXM", "Negative", "", ""],
            vec![("Indice", "0.12")],
            "2011-05-24T14:03:00+02:00",
        ),
    ] {
        let Some((_, out)) = read("biomerieux-vidas", name, 808) else {
            return;
        };
        let [reading] = out.readings.as_slice() else {
            panic!("{name}")
        };
        assert_eq!(row(reading), wanted, "{name}");
        assert_eq!(companions(reading), index, "{name}");
        assert_eq!(moment(reading), time, "{name}");
        assert!(causes(reading).contains(&Cause::Damaged), "{name}");
        assert_eq!(out.problems.len(), 1, "{name}");
    }
}

#[test]
fn a_value_that_goes_over_the_end_of_a_line_is_whole() {
    let text = b"\x1emtrsl|\x1eci77001|\x1ertHCV|\x1ernAnti-HCV|\x1eqlNe\x1egative|\x1eqn0.1\x1e2|";
    let out = driver("biomerieux-vidas").interpret(text);
    let [reading] = out.readings.as_slice() else {
        panic!("{out:?}")
    };
    assert_eq!(row(reading), ["77001", "HCV", "Negative", "", ""]);
    assert_eq!(companions(reading), [("Indice", "0.12")]);
    assert!(reading.quarantine.is_empty());
}

/// Twenty columns a test and six before the first: the last three are electrolytes, the others wait for the laboratory.
#[test]
fn au480() {
    let electrolytes = |specimen: &str, values: [(&str, &str); 3]| {
        ["097", "098", "099"]
            .into_iter()
            .zip(values)
            .map(|(code, (text, number))| {
                [specimen, code, text, number, "mmol/L"].map(str::to_owned)
            })
            .collect::<Vec<_>>()
    };
    let files = [
        (
            "beckman-au480-serum-1.raw",
            "U1437",
            vec![("013", "1.22")],
            [
                ("   136.29", "136.29"),
                ("     4.56", "4.56"),
                ("    97.24", "97.24"),
            ],
        ),
        (
            "beckman-au480-serum-2.raw",
            "U1450",
            vec![
                ("005", "4.62"),
                ("006", "236.54"),
                ("007", "23.32"),
                ("009", "32.57"),
                ("013", "0.50"),
                ("017", "0.33"),
                ("018", "14.98"),
                ("019", "187.41"),
                ("026", "1.24"),
                ("027", "7.25"),
            ],
            [
                ("   130.02", "130.02"),
                ("     4.08", "4.08"),
                ("    93.62", "93.62"),
            ],
        ),
    ];
    for (name, specimen, others, ions) in files {
        let Some((_, out)) = read("beckman-au", name, 832) else {
            return;
        };
        let (unmapped, mapped) = out.readings.split_at(others.len());
        let rows: Vec<_> = mapped.iter().map(row).collect();
        assert_eq!(rows, electrolytes(specimen, ions), "{name}");
        assert!(
            mapped.iter().all(|reading| reading.quarantine.is_empty()),
            "{name}"
        );
        assert!(
            mapped
                .iter()
                .all(|reading| reading.kind == ObservationKind::Patient)
        );
        for (reading, (code, number)) in unmapped.iter().zip(others) {
            let [of, found, _, value, _] = row(reading);
            assert_eq!(
                (of.as_str(), found.as_str(), value.as_str()),
                (specimen, code, number)
            );
            assert!(
                causes(reading).contains(&Cause::UnknownCode),
                "{name} {code}"
            );
        }
        assert!(out.unknown.is_empty() && out.problems.is_empty(), "{name}");
    }
}

/// The width of a test is data of the profile: with the common layout of fourteen columns the same driver reads that one,
/// and the captured layout no longer fits.
#[test]
fn au_with_fourteen_columns_a_test() {
    let text = lisiere_driver::profile_text("beckman-au").unwrap();
    let narrow = text.replace("\"flags 8\"", "\"flags 2\"").replace(
        "\"block 1\", \"sex 1\", \"years 3\", \"months 2\"]",
        "\"block 1\"]",
    );
    let narrow = narrow.replace(
        "personal = [\"O.sex\", \"O.years\", \"O.months\"]",
        "personal = []",
    );
    let catalogue = lisiere_driver::catalogue::builtin().unwrap();
    let mut library = lisiere_driver::Library::empty(catalogue);
    library.add("beckman-au.toml", &narrow).unwrap();
    let driver = library.get("beckman-au").unwrap();
    let head = format!("D 000703 0012{:>26}    E", "25110042");
    let capture = format!("\u{2}{head}097   139.20  098     4.31H 099   102.40  \u{3}");
    let out = driver.interpret(capture.as_bytes());
    let rows: Vec<_> = out.readings.iter().map(row).collect();
    assert_eq!(rows[1], ["25110042", "098", "     4.31", "4.31", "mmol/L"]);
    assert_eq!(
        (rows.len(), out.readings[1].flags.as_slice()),
        (3, &["H".to_owned()][..])
    );
    assert!(
        out.readings
            .iter()
            .all(|reading| reading.quarantine.is_empty()),
        "{out:?}"
    );
    let Some(path) = shared("captures/beckman-au480-serum-1.raw") else {
        return;
    };
    let wide = driver.interpret(&std::fs::read(path).unwrap());
    assert!(
        wide.readings
            .iter()
            .all(|reading| !reading.quarantine.is_empty()),
        "{wide:?}"
    );
}

#[test]
fn spotchem() {
    let name = "arkray-spotchem-el-se1520-raw.txt";
    let Some((capture, out)) = read("arkray-spotchem", name, 965) else {
        return;
    };
    let rows: Vec<_> = out.readings.iter().map(row).collect();
    assert_eq!(
        rows,
        [
            ["1DC042FP", "Na", "131", "131", "mmol/L"],
            ["1DC042FP", "K", "9.7", "9.7", "mmol/L"],
            ["1DC042FP", "Cl", "96", "96", "mmol/L"],
        ]
    );
    for reading in &out.readings {
        assert_eq!(moment(reading), "2024-10-29T13:08:00+01:00");
        assert!(reading.quarantine.is_empty());
        let bytes = &capture[reading.bytes.from..reading.bytes.to];
        assert!(bytes.starts_with(reading.code.as_bytes()) && bytes.ends_with(b"mmol/L"));
    }
    assert!(out.unknown.is_empty() && out.problems.is_empty());
}

/// The kind of message decides, not the number: a control with a patient's number stays a control.
#[test]
fn a_control_with_the_number_of_a_patient() {
    let message = |kind: &str| format!("\u{2}00099\r{kind}\ru 25110042\r3 013.5  \r\u{3}");
    let read = |kind: &str| driver("horiba-abx").interpret(message(kind).as_bytes());
    for (kind, expected) in [
        ("RESULT", ObservationKind::Patient),
        ("RES-RR", ObservationKind::Patient),
        ("QC-RES", ObservationKind::Qc),
    ] {
        let out = read(kind);
        let [reading] = out.readings.as_slice() else {
            panic!("{kind}: {out:?}")
        };
        assert_eq!(reading.kind, expected, "{kind}");
        assert_eq!(row(reading), ["25110042", "3", "013.5", "13.5", "g/dL"]);
        assert!(reading.quarantine.is_empty());
    }
}

/// Known by its first bytes; kept as it came, and no result is made of it.
#[test]
fn esr_reader() {
    let name = "esr-analyser-binary.bin";
    let Some((capture, out)) = read("esr-analyser", name, 760) else {
        return;
    };
    assert!(out.readings.is_empty());
    let [unknown] = out.unknown.as_slice() else {
        panic!("{name}")
    };
    assert_eq!((unknown.bytes.from, unknown.bytes.to), (0, capture.len()));
}
