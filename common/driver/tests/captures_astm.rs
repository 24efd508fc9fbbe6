//! More profiles of LIS2-A2 against captures of real analyzers: every value was read from the bytes by a person.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::{Cause, Interpretation, Reading};
use lisiere_model::{Comparator, Interpretation as Meant, ObservationKind, ResultStatus};
use support::{assert_conserved, driver, shared};

fn read(id: &str, name: &str) -> Option<Interpretation> {
    let path = shared(&format!("captures/{name}"))?;
    let capture = std::fs::read(path).unwrap();
    let out = driver(id).interpret(&capture);
    assert_conserved(driver(id), &capture, &out);
    assert!(out.unreadable().is_none(), "{name}");
    Some(out)
}

fn number(reading: &Reading) -> String {
    let number = reading.value.number;
    number.map_or_else(String::new, |number| number.to_string())
}

fn loinc(reading: &Reading) -> &str {
    reading.loinc.as_ref().map_or("", |code| code.as_str())
}

fn unit(reading: &Reading) -> &str {
    reading.unit.as_ref().map_or("", |unit| unit.as_str())
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

fn only(out: &Interpretation) -> &Reading {
    let [row] = out.readings.as_slice() else {
        panic!("one result, not {}", out.readings.len())
    };
    row
}

fn of<'a>(out: &'a Interpretation, code: &str) -> &'a Reading {
    out.readings.iter().find(|row| row.code == code).unwrap()
}

#[test]
fn access_2() {
    let Some(out) = read("beckman-access2", "beckman-access2-vitd.astm") else {
        return;
    };
    let row = only(&out);
    assert_eq!(
        (number(row).as_str(), unit(row), loinc(row)),
        ("31.81", "ng/mL", "62292-8")
    );
    // O-3, never the rack in O-4; the alarm says that calibration and pack are out of date.
    assert_eq!(row.specimen.as_deref(), Some("S00001"));
    assert_eq!(row.flags, ["N", "CEX;PEX"]);
    assert_eq!(
        (row.status, row.kind),
        (ResultStatus::Final, ObservationKind::Patient)
    );
    assert_eq!(moment(row), "2024-02-19T14:01:04+01:00");
    assert!(row.is_clear());
}

#[test]
fn elite_pro_in_two_frames_of_more_than_240_characters() {
    let Some(out) = read("erba-xl", "erba-elitepro-results-2frames.astm") else {
        return;
    };
    let rows: Vec<(&str, &str, u32)> = out
        .readings
        .iter()
        .map(|row| (row.code.as_str(), row.value.text.as_str(), row.run))
        .collect();
    assert_eq!(
        rows,
        [
            ("ALT", "24", 1),
            ("Cl", "NA", 1),
            ("CR", "0.5", 1),
            ("CR", "0.4", 2),
            ("DBIL", "NA", 1),
            ("DBIL", "NA", 2),
            ("DBIL", "0.0", 3),
            ("DBIL", "NA", 4),
            ("DBIL", "NA", 5),
            ("K", "6.00", 1),
            ("Li", "NA", 1),
            ("Na", "141.95", 1),
            ("TBIL", "0.0", 1),
        ]
    );
    let all = |row: &Reading| row.specimen.as_deref() == Some("7182");
    assert!(out.readings.iter().all(all));
    for row in &out.readings {
        let waits = row.value.text == "NA";
        assert_eq!(row.is_clear(), !waits, "{}", row.code);
        if waits {
            assert_eq!(causes(row), [Cause::NoResult]);
            assert_eq!(row.status, ResultStatus::Impossible);
        }
    }
    // The second frame begins inside the reference range of this row.
    assert_eq!(
        (loinc(of(&out, "Na")), moment(of(&out, "Na"))),
        ("2951-2", "2020-03-16T03:44:36+01:00".to_owned())
    );
    // The comment says more than R-7.
    assert_eq!(of(&out, "K").flags, ["A", "A,H"]);
    assert_eq!(of(&out, "K").interpretation, None);
    assert_eq!(of(&out, "ALT").flags, ["N"]);
    assert_eq!(loinc(of(&out, "CR")), "2160-0");
}

#[test]
fn xl_640_code_that_no_list_explains() {
    let Some(out) = read("erba-xl", "erba-xl640-glucose.astm") else {
        return;
    };
    let row = only(&out);
    assert_eq!((row.code.as_str(), number(row).as_str()), ("DBILL", "0.3"));
    assert_eq!(causes(row), [Cause::UnknownCode]);
}

#[test]
fn em_200_asks_for_two_tubes() {
    let Some(out) = read("erba-xl", "erba-em200-query-multi.astm") else {
        return;
    };
    assert_eq!(out.queries[0].specimens, ["0000000406", "00001001"]);
    assert!(out.queries[0].unreadable.is_empty() && out.readings.is_empty());
}

/// A transcript in caret notation is no line: nothing of it is lost, and nothing is made of it.
#[test]
fn a_transcript_in_caret_notation_is_kept_for_a_person() {
    let Some(out) = read("erba-xl", "erba-xl1000-multisample-query-caret.txt") else {
        return;
    };
    let asked: Vec<&String> = out
        .queries
        .iter()
        .flat_map(|query| &query.specimens)
        .collect();
    assert!(asked.is_empty(), "{asked:?}");
    assert!(out.readings.is_empty() && !out.unknown.is_empty());
}

#[test]
fn panther_qualitative_result_with_the_rows_before_and_after_it() {
    let Some(out) = read("hologic-panther", "hologic-panther-hpv.astm") else {
        return;
    };
    let row = only(&out);
    assert_eq!(
        (row.value.text.as_str(), row.qualitative, loinc(row)),
        ("POSITIVE", Some(Meant::Positive), "69002-4")
    );
    assert_eq!(row.specimen.as_deref(), Some("CS23-22443"));
    assert_eq!(row.status, ResultStatus::Final);
    let beside: Vec<(&str, &str)> = row
        .companions
        .iter()
        .map(|one| (one.name.as_str(), one.value.as_str()))
        .collect();
    assert_eq!(
        beside,
        [
            ("ICRLU", "181107"),
            ("ICInterpretation", "Valid"),
            ("AnalyteRLU", "2746489"),
            ("AnalyteSCO", "20.07"),
            ("Analyte Cutoff", ""),
            ("IC Cutoff", ""),
        ]
    );
    assert!(row.is_clear());
}

#[test]
fn panther_viral_loads() {
    let Some(out) = read("hologic-panther", "hologic-panther-hiv-multi.astm") else {
        return;
    };
    let rows: Vec<(&str, &str, &str)> = out
        .readings
        .iter()
        .map(|row| {
            (
                row.specimen.as_deref().unwrap(),
                row.value.text.as_str(),
                loinc(row),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("662047", "Not Detected", "20447-9"),
            ("662047", "Not Detected", "29541-0"),
            ("1203695", "Not Detected", "20447-9"),
            ("1203695", "Not Detected", "29541-0"),
            ("1203665", "59", "20447-9"),
            ("1203665", "1.77", "29541-0"),
        ]
    );
    assert_eq!(out.readings[0].qualitative, Some(Meant::Negative));
    assert_eq!(unit(&out.readings[4]), "{copies}/mL");
    assert_eq!(unit(&out.readings[5]), "{Log_copies}/mL");
    let beside: Vec<usize> = out
        .readings
        .iter()
        .map(|row| row.companions.len())
        .collect();
    assert_eq!(beside, [2, 0, 2, 0, 2, 0]);
    assert!(out.readings.iter().all(Reading::is_clear));
}

#[test]
fn yumizen_blood_count_in_125_frames() {
    let Some(out) = read(
        "horiba-yumizen-h500",
        "horiba-yumizen-h500-patient-etb.astm",
    ) else {
        return;
    };
    assert_eq!((out.readings.len(), out.ignored.len()), (27, 5));
    assert!(out.unknown.is_empty() && out.readings.iter().all(Reading::is_clear));
    let all = |row: &Reading| {
        row.specimen.as_deref() == Some("2021679")
            && row.kind == ObservationKind::Patient
            && moment(row) == "2020-04-07T15:15:58+02:00"
    };
    assert!(out.readings.iter().all(all));
    for (code, value, ucum, loinc_code) in [
        ("WBC", "4.55", "10*3/uL", "6690-2"),
        ("RBC", "1.74", "10*6/uL", "789-8"),
        ("HGB", "4.6", "g/dL", "718-7"),
        ("HCT", "13.8", "%", "4544-3"),
        ("MCV", "79.3", "fL", "30428-7"),
        ("PLT", "139", "10*3/uL", "777-3"),
        ("NEU#", "3.03", "10*3/uL", "26499-4"),
        ("NEU%", "67.9", "%", "26511-6"),
        ("LIC%", "1.7", "%", "55433-7"),
        ("P-LCC", "50", "10*3/uL", ""),
    ] {
        let row = of(&out, code);
        assert_eq!(
            (number(row).as_str(), unit(row), loinc(row)),
            (value, ucum, loinc_code),
            "{code}"
        );
    }
    let haemoglobin = of(&out, "HGB");
    assert_eq!(haemoglobin.status, ResultStatus::Final);
    assert_eq!(of(&out, "WBC").status, ResultStatus::Questionable);
    assert_eq!(haemoglobin.range_text.as_deref(), Some("11.5 - 17.0"));
    // What stands under the order concerns every result of it.
    assert_eq!(
        haemoglobin.flags,
        [
            "LL",
            "NON_COMPLIANT_DATA^WBC^LL_OR_LL1_INTERFERE",
            "NON_COMPLIANT_DATA^PLT^SEP_RBC_PLT",
            "SUSPECTED_PATHOLOGY^^ANEMIA",
            "SUSPECTED_PATHOLOGY^^ANISOCYTOSIS",
            "SUSPECTED_PATHOLOGY^^PLT_AGGREGATES_OR_E",
        ]
    );
    assert_eq!(haemoglobin.interpretation, Some(Meant::CriticalLow));
}

#[test]
fn yumizen_controls() {
    // Whoever stored the first one joined 126 frames into three, all numbered 1: frames seem to be missing.
    for (name, count, asides, flags, waits) in [
        (
            "horiba-yumizen-h500-qc.astm",
            21,
            6,
            2,
            vec![Cause::Damaged],
        ),
        (
            "horiba-yumizen-h550-qc-doublebackslash.astm",
            20,
            3,
            1,
            vec![],
        ),
    ] {
        let Some(out) = read("horiba-yumizen-h500", name) else {
            return;
        };
        assert_eq!((out.readings.len(), out.ignored.len()), (count, asides));
        for row in &out.readings {
            assert_eq!(row.kind, ObservationKind::Qc, "{name}: {}", row.code);
            assert_eq!(causes(row), waits, "{name}: {}", row.code);
            assert_eq!(row.flags.len(), flags, "{name}: {}", row.code);
        }
        assert!(out.unknown.is_empty());
    }
}

#[test]
fn mindray_glucose() {
    let Some(out) = read("mindray-bs-astm", "mindray-bs-astm-glucose.astm") else {
        return;
    };
    let row = only(&out);
    assert_eq!(
        (number(row).as_str(), unit(row), loinc(row)),
        ("98.189848", "mg/dL", "2345-7")
    );
    // The label is in O-4; O-3 is the place on the analyzer.
    assert_eq!(row.specimen.as_deref(), Some("7210/F"));
    assert_eq!(moment(row), "2024-10-01T09:52:30+02:00");
    assert!(row.is_clear() && row.kind == ObservationKind::Patient);
}

#[test]
fn cobas_c111() {
    let Some(out) = read("roche-cobas-c111", "roche-cobas-c111-result.astm") else {
        return;
    };
    let row = only(&out);
    assert_eq!(
        (number(row).as_str(), unit(row), loinc(row)),
        ("40.13", "g/L", "1751-7")
    );
    assert_eq!(row.specimen.as_deref(), Some("T20 10134GA D28"));
    assert_eq!(row.flags, ["N"]);
    assert_eq!(moment(row), "2023-08-03T13:17:00+02:00");
    assert!(row.is_clear() && out.ignored.len() == 1);

    // One frame of this capture does not verify, whatever is done about the line ends.
    let Some(out) = read(
        "roche-cobas-c111",
        "roche-cobas-c111-b-result-lfmangled.astm",
    ) else {
        return;
    };
    let row = only(&out);
    assert_eq!(
        (number(row).as_str(), unit(row), loinc(row)),
        ("6.64", "%", "4548-4")
    );
    assert_eq!(row.specimen.as_deref(), Some("L211"));
    assert_eq!(causes(row), [Cause::Damaged]);
}

#[test]
fn cobas_e411_results() {
    let Some(out) = read("roche-cobas-e411", "roche-cobas-e411-results-3frames.astm") else {
        return;
    };
    let rows: Vec<(&str, String)> = out
        .readings
        .iter()
        .map(|row| (row.code.as_str(), number(row)))
        .collect();
    let expected = [
        ("8", "1.95"),
        ("7", "9.61"),
        ("6", "132.1"),
        ("5", "-1"),
        ("4", "-1"),
        ("3", "3.00"),
        ("1", "141.3"),
    ];
    let rows: Vec<(&str, &str)> = rows
        .iter()
        .map(|(code, text)| (*code, text.as_str()))
        .collect();
    assert_eq!(rows, expected);
    assert_eq!(out.readings[5].value.comparator, Some(Comparator::Less));
    assert_eq!(out.readings[5].flags, ["LL", "27"]);
    let index = &out.readings[3].companions[0];
    assert_eq!(
        (index.name.as_str(), index.value.as_str()),
        ("indice", "0.282 COI")
    );
    // The 3 at the start of the last frame is the number of the frame.
    assert_eq!(out.readings[6].companions[0].value, "1/not");
    for row in &out.readings {
        assert_eq!(row.specimen.as_deref(), Some("000002327"));
        assert_eq!(moment(row), "2019-01-10T16:30:45+01:00");
        // The numbers are the laboratory's own.
        assert!(causes(row).contains(&Cause::UnknownCode));
    }
    let Some(out) = read("roche-cobas-e411", "roche-cobas-e411-result-1frame.astm") else {
        return;
    };
    let row = only(&out);
    assert_eq!((number(row).as_str(), unit(row)), ("223.1", "pg/mL"));
    assert_eq!(causes(row), [Cause::UnknownCode]);
}

#[test]
fn cobas_e411_questions() {
    let Some(out) = read("roche-cobas-e411", "roche-cobas-e411-query.astm") else {
        return;
    };
    assert_eq!(out.queries[0].specimens, ["0000000387"]);
    let Some(out) = read("roche-cobas-e411", "roche-cobas-e411-query-unreadable.astm") else {
        return;
    };
    // The rack position in place of the number is never matched.
    assert!(out.queries[0].specimens.is_empty());
    assert_eq!(out.queries[0].unreadable, ["@192"]);
}

#[test]
fn atellica_data_manager() {
    let Some(out) = read(
        "siemens-atellica-dm",
        "siemens-atellica-dm-hema580-retic.astm",
    ) else {
        return;
    };
    let clear: Vec<&str> = out
        .readings
        .iter()
        .filter(|row| row.is_clear())
        .map(|row| row.code.as_str())
        .collect();
    assert_eq!((out.readings.len(), clear), (6, vec!["RET%"]));
    let percent = of(&out, "RET%");
    assert_eq!(
        (number(percent).as_str(), unit(percent), loinc(percent)),
        ("1.07", "%", "17849-1")
    );
    // A count without a unit is no count.
    assert_eq!(causes(of(&out, "RET#")), [Cause::UnknownUnit]);
    assert_eq!(percent.specimen.as_deref(), Some("S000306602"));
    assert_eq!(percent.status, ResultStatus::Preliminary);

    let name = "siemens-atellica-dm-hema580-cancelled.astm";
    let Some(out) = read("siemens-atellica-dm", name) else {
        return;
    };
    assert_eq!(out.readings.len(), 16);
    assert!(out.readings.iter().all(|row| !row.is_clear()));
    let cancelled = of(&out, "HCT");
    assert_eq!(causes(cancelled), [Cause::NoResult]);
    assert!(cancelled.comments[0].starts_with("Result cancelled\nNot a number"));
    assert_eq!(of(&out, "HGB").comments, ["Anemia"]);
    assert_eq!(causes(of(&out, "RBC_PLTO"))[0], Cause::UnknownCode);
}
