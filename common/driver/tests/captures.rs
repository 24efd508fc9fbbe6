//! The profiles against captures of real analyzers: counts and values read from the bytes by a person.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::{Cause, Interpretation, Reading, Severity};
use lisiere_model::{Comparator, ObservationKind, ResultStatus};
use support::{LIBRARY, assert_conserved, driver, shared};

fn capture(name: &str) -> Option<Vec<u8>> {
    shared(&format!("captures/{name}")).map(|path| std::fs::read(path).unwrap())
}

/// Reads a capture with its driver, which must also be the one that is recognised.
fn read(id: &str, name: &str, per_mille: u16) -> Option<(Vec<u8>, Interpretation)> {
    let capture = capture(name)?;
    let best = LIBRARY.recognise(&capture).into_iter().next().unwrap();
    assert_eq!(
        (best.driver.as_str(), best.per_mille),
        (id, per_mille),
        "{name}"
    );
    let out = driver(id).interpret(&capture);
    assert_conserved(driver(id), &capture, &out);
    assert!(out.unreadable().is_none(), "{name}");
    assert!(out.unknown.is_empty(), "{name}: {:?}", out.unknown);
    for reading in &out.readings {
        let bytes = &capture[reading.bytes.from..reading.bytes.to];
        assert!(bytes.starts_with(b"R|"), "{name}");
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
fn cobas_c311() {
    let Some((_, out)) = read("roche-cobas-c311", "roche-cobas-c311-result.astm", 972) else {
        return;
    };
    let rows: Vec<(&str, String, &str, &str)> = out
        .readings
        .iter()
        .map(|row| {
            (
                row.code.as_str(),
                number(row),
                row.unit.as_ref().unwrap().as_str(),
                loinc(row),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("685", "22.4".to_owned(), "U/L", "1742-6"),
            ("687", "15.0".to_owned(), "U/L", "1920-8"),
            ("712", "4.1".to_owned(), "umol/L", "14631-6"),
            ("158", "301".to_owned(), "U/L", "6768-6"),
            ("735", "1.6".to_owned(), "umol/L", "14629-0"),
            ("717", "5.85".to_owned(), "mmol/L", "14749-6"),
            ("690", "34".to_owned(), "umol/L", "14682-9"),
        ]
    );
    assert!(
        out.readings
            .iter()
            .all(|row| row.specimen.as_deref() == Some("CL-PL-24-0370"))
    );
    assert!(
        out.readings
            .iter()
            .all(|row| row.status == ResultStatus::Final && row.is_clear())
    );
    assert_eq!(out.readings[0].flags, ["A", "43"]);
    assert_eq!(out.readings[2].flags, ["L"]);
    // R-13 is empty: the order says when it was reported, in winter time.
    assert_eq!(moment(&out.readings[0]), "2024-02-03T13:20:11+01:00");
    assert!(out.is_clear());
}

#[test]
fn cobas_c311_in_the_older_dialect_through_a_logger_that_rewrote_line_ends() {
    let name = "roche-cobas-c311-h7600-batch-lfmangled.astm";
    let Some((_, out)) = read("roche-cobas-c311", name, 832) else {
        return;
    };
    assert_eq!(out.readings.len(), 11);
    assert!(
        out.readings
            .iter()
            .all(|row| row.specimen.as_deref() == Some("28987-S"))
    );
    let numbers: Vec<String> = out.readings.iter().map(number).collect();
    assert_eq!(
        numbers,
        [
            "129", "3.66", "2.09", "86.82", "162", "70.37", "9.19", "9.58", "5.42", "3.3", "0.39"
        ]
    );
    // Frame 4 begins in the middle of the time of row 6.
    assert_eq!(moment(&out.readings[5]), "2025-07-14T07:54:41+02:00");
    // Calculated rows carry zeros for a time.
    assert_eq!(moment(&out.readings[9]), "2025-07-14T07:50:53+02:00");
    // Two results calculated by rules of that laboratory: no profile can know their codes.
    let waiting: Vec<&str> = out
        .readings
        .iter()
        .filter(|row| !row.is_clear())
        .map(|row| row.code.as_str())
        .collect();
    assert_eq!(waiting, ["962", "963"]);
    assert!(
        out.readings[9]
            .quarantine
            .iter()
            .all(|why| why.cause == Cause::UnknownCode)
    );
    assert_eq!(out.problems.len(), 5);
    assert!(
        out.problems
            .iter()
            .all(|problem| problem.severity == Severity::Notice)
    );
}

#[test]
fn sysmex_xp_100() {
    let Some((_, out)) = read("sysmex-xp", "sysmex-xp100-result.astm", 972) else {
        return;
    };
    assert_eq!(out.readings.len(), 20);
    // The analyzer counted this one itself (attribute A): 113 is on no label, so nothing may be matched to it.
    for row in &out.readings {
        let causes: Vec<Cause> = row.quarantine.iter().map(|why| why.cause).collect();
        assert_eq!(causes, [Cause::SpecimenUnreadable], "{}", row.code);
        assert_eq!(row.specimen, None);
    }
    let of = |code: &str| out.readings.iter().find(|row| row.code == code).unwrap();
    // Blanks stay in the text, zeros stay in the number.
    assert_eq!(
        (of("WBC").value.text.as_str(), number(of("WBC")).as_str()),
        ("  5.5", "5.5")
    );
    assert_eq!(
        (number(of("RBC")).as_str(), loinc(of("RBC"))),
        ("2.87", "789-8")
    );
    assert_eq!(
        (number(of("HGB")).as_str(), loinc(of("HGB"))),
        ("10.1", "718-7")
    );
    assert_eq!(
        (number(of("PLT")).as_str(), loinc(of("PLT"))),
        ("170", "777-3")
    );
    assert_eq!(
        (number(of("PCT")).as_str(), loinc(of("PCT"))),
        ("0.17", "51637-7")
    );
    // Percent and absolute counts never share a code.
    assert_eq!(
        (loinc(of("NEUT%")), loinc(of("NEUT#"))),
        ("26511-6", "26499-4")
    );
    assert_eq!(
        (loinc(of("LYM%")), loinc(of("LYM#"))),
        ("26478-8", "26474-7")
    );
    assert_eq!((loinc(of("MXD%")), of("MXD%").test.is_some()), ("", true));
    assert_eq!(of("HCT").flags, ["L"]);
    assert!(
        out.readings
            .iter()
            .all(|row| row.status == ResultStatus::Final)
    );
    assert_eq!(moment(of("MCV")), "2024-07-23T17:24:52+02:00");
}

#[test]
fn afinion_2() {
    let Some((_, out)) = read("abbott-afinion2", "abbott-afinion2-result.astm", 970) else {
        return;
    };
    let [row] = out.readings.as_slice() else {
        panic!("one result")
    };
    assert_eq!((number(row).as_str(), loinc(row)), ("5.9", "4548-4"));
    // O-4, because O-3 is empty; never the patient's number 3643 in P-4.
    assert_eq!(row.specimen.as_deref(), Some("5"));
    assert_eq!(moment(row), "2024-12-06T14:06:15+01:00");
    assert_eq!(row.kind, ObservationKind::Patient);
    assert!(out.is_clear());
}

#[test]
fn genexpert_qualitative() {
    let Some((_, out)) = read("cepheid-genexpert", "cepheid-genexpert-covplus.astm", 982) else {
        return;
    };
    let [row] = out.readings.as_slice() else {
        panic!("one result")
    };
    assert_eq!(
        (row.value.text.as_str(), loinc(row)),
        ("NEGATIVE", "94500-6")
    );
    assert_eq!(row.specimen.as_deref(), Some("9_FluA_RSV_a"));
    let names: Vec<&str> = row.companions.iter().map(|one| one.name.as_str()).collect();
    let expected = [
        "SARS-CoV-2",
        "SARS-CoV-2 Ct",
        "SARS-CoV-2 EndPt",
        "SPC",
        "SPC Ct",
        "SPC EndPt",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        row.companions[4]
            .number
            .map(|number| number.to_string())
            .as_deref(),
        Some("29.9")
    );
    assert_eq!(
        out.messages[0].control_id.as_deref(),
        Some("GXM-48410782286")
    );
    assert!(out.is_clear());
}

#[test]
fn genexpert_viral_load() {
    let Some((_, out)) = read("cepheid-genexpert", "cepheid-genexpert-hivvl.astm", 982) else {
        return;
    };
    let [copies, logarithm] = out.readings.as_slice() else {
        panic!("two results")
    };
    assert_eq!(
        (number(copies).as_str(), loinc(copies)),
        ("1009.64", "20447-9")
    );
    assert_eq!(copies.unit.as_ref().unwrap().as_str(), "{copies}/mL");
    assert_eq!(
        (number(logarithm).as_str(), loinc(logarithm)),
        ("3.00", "29541-0")
    );
    assert_eq!(logarithm.unit_text.as_deref(), Some("copies/mL"));
    assert_eq!(logarithm.unit.as_ref().unwrap().as_str(), "{Log_copies}/mL");
    assert_eq!(
        (copies.companions.len(), logarithm.companions.len()),
        (6, 0)
    );
    let delta = copies
        .companions
        .iter()
        .find(|one| one.name == "HIV-1 Delta Ct")
        .unwrap();
    assert_eq!(delta.value, "-6.2");
    assert!(out.is_clear());
}

#[test]
fn vitros_results() {
    let Some((_, out)) = read("ortho-vitros", "ortho-vitros3600-results-lt.astm", 988) else {
        return;
    };
    let [row] = out.readings.as_slice() else {
        panic!("one result")
    };
    assert_eq!((number(row).as_str(), loinc(row)), ("8.25", "3016-3"));
    assert_eq!(row.unit.as_ref().unwrap().as_str(), "m[IU]/L");
    assert_eq!(
        (row.specimen.as_deref(), row.status),
        (Some("1068616"), ResultStatus::Final)
    );
    let indices: Vec<&str> = row
        .companions
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    assert_eq!(indices, ["<15", "<2", "<20"]);
    assert_eq!(out.ignored.len(), 1);
    assert!(out.is_clear());

    let Some((_, out)) = read("ortho-vitros", "ortho-vitros3600-results.astm", 988) else {
        return;
    };
    let numbers: Vec<String> = out.readings.iter().map(number).collect();
    assert_eq!(numbers, ["33.86", "33.46", "34.05", "33.59", "34.35"]);
    let runs: Vec<u32> = out.readings.iter().map(|row| row.run).collect();
    assert_eq!(runs, [1, 2, 3, 4, 5]);
    assert_eq!(out.readings[0].flags, ["^0^FRMN", "^0^NR"]);
    let last = &out.readings[4].companions;
    assert_eq!(last.len(), 3);
    assert!(
        last.iter()
            .all(|one| one.value == "No Result" && one.number.is_none())
    );
    assert_eq!(out.ignored.len(), 4);
    // Number 002 was not verified with the maker's list: it waits.
    assert!(
        out.readings
            .iter()
            .all(|row| row.quarantine[0].cause == Cause::UnknownCode)
    );
}

#[test]
fn vitros_question_and_the_answer_of_a_host() {
    let Some((_, out)) = read("ortho-vitros", "ortho-vitros3600-query.astm", 700) else {
        return;
    };
    assert_eq!(out.queries[0].specimens, ["1068687"]);
    assert!(out.readings.is_empty() && out.is_clear());
    let Some((_, out)) = read("ortho-vitros", "ortho-vitros3600-order-download.astm", 880) else {
        return;
    };
    assert!(out.readings.is_empty());
}

/// Whatever stands on the bench: a message in a known language has an answer, and reading it with any driver loses nothing.
#[test]
fn every_message_has_an_answer_and_nothing_is_lost() {
    let Some(folder) = shared("captures") else {
        return;
    };
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        for driver in LIBRARY.drivers() {
            let out = driver.interpret(&bytes);
            assert_conserved(driver, &bytes, &out);
            read += out.readings.len();
        }
        let standard = path
            .extension()
            .is_some_and(|end| end == "astm" || end == "hl7");
        assert!(!standard || LIBRARY.choose(&bytes).is_some(), "{name}");
        // Each of these parses every profile anew: a few files are enough.
        if name.starts_with("cepheid") {
            let without_catalogue = lisiere_driver::recognise(&bytes);
            assert_eq!(without_catalogue, LIBRARY.recognise(&bytes), "{name}");
        }
    }
    assert!(read > 500, "{read}");
}

#[test]
fn comparators_of_an_immunoassay_are_exact() {
    // An e 411 speaks the same language; its codes are not in the profile, its values are read all the same.
    let Some(bytes) = capture("roche-cobas-e411-results-3frames.astm") else {
        return;
    };
    let out = driver("roche-cobas-c311").interpret(&bytes);
    assert_eq!(out.readings.len(), 7);
    assert_eq!(out.readings[5].value.text, "<3.00");
    assert_eq!(out.readings[5].value.comparator, Some(Comparator::Less));
    assert_eq!(number(&out.readings[5]), "3.00");
    assert!(out.readings.iter().all(|row| !row.is_clear()));
}

/// An alarm that stands under the order and not under a result may concern all of them: a person reads it.
#[test]
fn an_alarm_outside_any_result_is_not_lost() {
    let message = |kind: &str| {
        format!(
            "H|\\^&|||c311^1|||||host|RSUPL^REAL|P|1\rP|1\rO|1|101^26092110^1^^101|R1|^^^717/|R||||||N||^^||SC||||||||||F\r\
             C|1|I|27|{kind}\rR|1|^^^717/|0.92|g/L||N||F|||||P1\rL|1|N\r"
        )
    };
    let read = |kind: &str| driver("roche-cobas-c311").interpret(message(kind).as_bytes());
    let alarm = read("I");
    assert_eq!((alarm.unknown.len(), alarm.readings.len()), (1, 1));
    assert!(alarm.unknown[0].why.reason.starts_with("alarme"));
    let remark = read("G");
    assert_eq!((remark.unknown.len(), remark.ignored.len()), (0, 1));
}
