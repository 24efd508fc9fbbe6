//! Which specimen a result belongs to when records are missing, damaged or said twice: its own, or none.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::{Cause, Interpretation, Reading};
use support::driver;

fn specimens(out: &Interpretation) -> Vec<Option<&str>> {
    let rows = out.readings.iter();
    rows.map(|row| row.specimen.as_deref()).collect()
}

fn waits(row: &Reading, cause: Cause) -> bool {
    row.quarantine.iter().any(|why| why.cause == cause)
}

fn hl7(text: &str) -> Interpretation {
    driver("generic-hl7").interpret(format!("\x0b{text}\x1c\r").as_bytes())
}

fn records(text: &str) -> Interpretation {
    driver("generic-lis2a2").interpret(text.as_bytes())
}

/// In OUL^R22 the specimen stands before its results (HL7 v2.5.1 §7.3.6): one that comes later is another one.
#[test]
fn results_whose_specimen_is_lost_do_not_take_the_next_one() {
    let out = hl7(
        "MSH|^~\\&|X||||20251104||OUL^R22^OUL_R22|1|P|2.5.1||||||UTF-8\r\
         OBR|1\rORC|OK\rOBX|1|NM|NA||140|mmol/L|||||F\r\
         SPM|2|A2||SER|||||||P\rOBR|1\rORC|OK\rOBX|1|NM|NA||141|mmol/L|||||F\r",
    );
    assert_eq!(specimens(&out), [None, Some("A2")]);
}

/// On a line without checksum a damaged name hides a specimen: what follows may be its results.
#[test]
fn results_after_a_line_that_is_none_wait() {
    let message = |third: &str| {
        hl7(&format!(
            "MSH|^~\\&|X||||20251104||OUL^R22|1|P|2.5.1||||||UTF-8\r\
             SPM|1|A1||SER|||||||P\rOBR|1\rOBX|1|NM|NA||140|mmol/L|||||F\r\
             {third}|2|A2||SER|||||||P\rOBR|1\rOBX|1|NM|NA||141|mmol/L|||||F\r\
             SPM|3|A3||SER|||||||P\rOBR|1\rOBX|1|NM|NA||142|mmol/L|||||F\r"
        ))
    };
    for name in ["S\x10M", "sPM", "SPN", "S"] {
        let out = message(name);
        let damaged: Vec<bool> = out
            .readings
            .iter()
            .map(|row| waits(row, Cause::Damaged))
            .collect();
        assert_eq!(damaged, [false, true, false], "{name:?}");
    }
    let out = records(
        "H|\\^&|||X\rP|1\rO|1|A1||^^^NA\rR|1|^^^NA|140|mmol/L||||F\r\
         /|2|A2||^^^NA\rR|1|^^^NA|141|mmol/L||||F\rO|3|A3||^^^NA\rR|1|^^^NA|142|mmol/L||||F\rL|1|N\r",
    );
    let damaged: Vec<bool> = out
        .readings
        .iter()
        .map(|row| waits(row, Cause::Damaged))
        .collect();
    assert_eq!(damaged, [false, true, false]);
}

/// Of several values in one field none is the value.
#[test]
fn a_value_that_repeats_waits() {
    let out = hl7("MSH|^~\\&|X||||20251104||ORU^R01|1|P|2.5.1||||||UTF-8\r\
         OBR|1\rSPM|1|A1\rOBX|1|NM|NA||140~150|mmol/L|||||F\r");
    assert!(waits(&out.readings[0], Cause::UnknownValue));
    let out = records("H|\\^&\rP|1\rO|1|A1||^^^NA\rR|1|^^^NA|140\\150|mmol/L||||F\rL|1|N\r");
    assert!(waits(&out.readings[0], Cause::UnknownValue));
}

#[test]
fn a_specimen_that_is_two_is_none() {
    let out = records("H|\\^&\rP|1\rO|1|A1\\A2||^^^NA\rR|1|^^^NA|140|mmol/L||||F\rL|1|N\r");
    assert_eq!(specimens(&out), [None]);
    let vidas = b"\x02\x1emtrsl|\x1eciA1|\x1eciA2|\x1ertTSH|\x1eqn1.2 mU/l|\x1d\x03";
    let out = driver("biomerieux-vidas").interpret(vidas);
    assert_ne!(specimens(&out), [Some("A1")]);
}

#[test]
fn a_hybrid_block_with_a_wrong_checksum_makes_no_clear_result() {
    let text = "D21\rMSH|^~\\&|X||||20251104||ORU^R01|1|P|2.5.1||||||UTF-8\r\
                OBR|1\rSPM|1|A1\rOBX|1|NM|NA||140|mmol/L|||||F\r00012000";
    assert!(waits(&hl7(text).readings[0], Cause::Damaged));
}

/// Nothing a line can carry may keep the hub busy for long or end it.
#[test]
fn blocks_that_never_begin_are_read_one_after_the_other() {
    let capture = b"MSH|\x1c".repeat(50_000);
    let out = driver("generic-hl7").interpret(&capture);
    assert!(out.readings.is_empty());
}
