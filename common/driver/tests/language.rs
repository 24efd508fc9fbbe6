//! What the profile language can say, one sentence at a time: each on the smallest message that needs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod support;

use lisiere_driver::{Cause, Context, Driver, Interpretation, catalogue, profile_text};
use lisiere_model::{ObservationKind, ResultStatus};
use std::sync::Arc;
use support::driver;

/// A profile of the product with one part replaced.
fn changed(id: &str, from: &str, to: &str) -> Driver {
    let good = profile_text(id).unwrap();
    assert!(good.contains(from), "{id} has no {from}");
    let text = good.replacen(from, to, 1);
    let catalogue = Arc::new(catalogue::builtin().unwrap());
    Driver::read("x.toml", &text, catalogue).unwrap()
}

/// One haemoglobin of an XP-300 on this specimen.
fn count(specimen: &str, value: &str) -> Vec<u8> {
    format!(
        "H|\\^&|||XP-300^^^^^B1||||||||E1394-97\rP|1\rO|1||^^{specimen}^B|||||||||N\r\
         R|1|^^^^HGB^1|{value}|g/dL||N||||||20251104081500\rL|1|N\r"
    )
    .into_bytes()
}

fn specimen_of(driver: &Driver, text: &str) -> Result<String, String> {
    let out = driver.interpret(&count(text, "13.1"));
    let row = &out.readings[0];
    match &row.specimen {
        Some(number) => Ok(number.clone()),
        None => Err(row.quarantine_text().unwrap()),
    }
}

#[test]
fn a_prefix_is_taken_off_once_and_the_shape_is_checked() {
    let rule = "max_length = 15\nprefixes = [\"LAB\", \"L\"]\nshape = '^[0-9]{8}$'\nmin_length = 8";
    let driver = changed("sysmex-xp", "max_length = 15", rule);
    assert_eq!(
        specimen_of(&driver, "  LAB25110042").as_deref(),
        Ok("25110042")
    );
    assert_eq!(specimen_of(&driver, "L25110042").as_deref(), Ok("25110042"));
    assert_eq!(specimen_of(&driver, "25110042").as_deref(), Ok("25110042"));
    for (wrong, why) in [
        ("LLAB25110042", "forme"),
        ("LAB2511004A", "forme"),
        ("LAB251", "moins de 8"),
    ] {
        let reason = specimen_of(&driver, wrong).unwrap_err();
        assert!(reason.contains(why), "{wrong}: {reason}");
    }
}

#[test]
fn a_check_character_proves_the_number_and_may_be_dropped() {
    let driver = changed(
        "sysmex-xp",
        "max_length = 15",
        "max_length = 15\ncheck = \"luhn\"",
    );
    assert_eq!(
        specimen_of(&driver, "79927398713").as_deref(),
        Ok("79927398713")
    );
    assert!(
        specimen_of(&driver, "79927398718")
            .unwrap_err()
            .contains("clé de contrôle")
    );
    let rule = "max_length = 15\ncheck = \"ean\"\ndrop_check = true";
    let driver = changed("sysmex-xp", "max_length = 15", rule);
    assert_eq!(
        specimen_of(&driver, "4006381333931").as_deref(),
        Ok("400638133393")
    );
}

#[test]
fn numbers_without_their_sign_and_words_of_one_code() {
    let rule = "code = \"HGB\"\nimplied_decimals = 1";
    let driver = changed("sysmex-xp", "code = \"HGB\"", rule);
    let row = &driver.interpret(&count("25110042", "00131")).readings[0];
    assert_eq!(row.value.text, "00131");
    assert_eq!(row.value.number.unwrap().to_string(), "13.1");
    let rule = "code = \"HGB\"\nwords = { \"1\" = \"POS\" }";
    let driver = changed("sysmex-xp", "code = \"HGB\"", rule);
    let row = &driver.interpret(&count("25110042", "1")).readings[0];
    assert_eq!(
        row.qualitative,
        Some(lisiere_model::Interpretation::Positive)
    );
    assert_eq!(row.value.number, None);
}

#[test]
fn the_same_result_sent_twice_has_one_identity() {
    let driver = driver("sysmex-xp");
    let identity = |capture: &[u8]| driver.interpret(capture).readings[0].identity.clone();
    let first = identity(&count("25110042", "13.1"));
    assert_eq!(first, identity(&count("  25110042", "13.1")));
    assert_ne!(first, identity(&count("25110042", "13.2")));
    assert_ne!(first, identity(&count("25110043", "13.1")));
    // A maker's sign of a repeat or a correction goes before the status.
    let rule = "[duplicate]\nrepeat = [{ at = \"R.8\", matches = '^R$' }]\n\
                correction = [{ at = \"R.8\", matches = '^C$' }]\n[status]";
    let driver = changed("sysmex-xp", "[status]", rule);
    let status = |sign: &str| {
        let capture = String::from_utf8(count("25110042", "13.1")).unwrap();
        let capture = capture.replace("g/dL||N||", &format!("g/dL||N|{sign}|"));
        driver.interpret(capture.as_bytes()).readings[0].status
    };
    assert_eq!(status("R"), ResultStatus::Repeated);
    assert_eq!(status("C"), ResultStatus::Corrected);
    assert_eq!(status(""), ResultStatus::Final);
}

#[test]
fn a_clock_that_is_far_off_is_doubted_and_kept() {
    let rule = "none = ['^0+$']\noldest_days = 30\nfuture_minutes = 60";
    let driver = changed("sysmex-xp", "none = ['^0+$']", rule);
    let read = |received: &str| {
        let context = Context {
            received: Some(received.parse().unwrap()),
            ..Context::default()
        };
        let out = driver.interpret_in(&count("25110042", "13.1"), &context);
        let row = out.readings[0].clone();
        assert!(row.time.unwrap().moment.is_some() && row.quarantine.is_empty());
        (row.time_doubt, out.problems.len())
    };
    assert_eq!(read("2025-11-04T07:20:00Z"), (None, 0));
    let (doubt, problems) = read("2025-12-24T07:20:00Z");
    assert!(doubt.unwrap().contains("50 jours de retard") && problems == 1);
    let (doubt, _) = read("2025-11-04T05:00:00Z");
    assert!(doubt.unwrap().contains("135 minutes d'avance"));
    // Without the moment of reception nothing is measured.
    assert_eq!(
        driver.interpret(&count("25110042", "13.1")).readings[0].time_doubt,
        None
    );
}

fn hl7(charset: &str, comment: &[u8]) -> Vec<u8> {
    let mut capture = b"\x0bMSH|^~\\&|X||||20251104||ORU^R01|1|P|2.5.1||||||".to_vec();
    capture.extend_from_slice(charset.as_bytes());
    capture.extend_from_slice(b"\rPID|1\rOBR|1\rOBX|1|NM|GLU||5.1|mmol/L|||||F\rNTE|1||");
    capture.extend_from_slice(comment);
    capture.extend_from_slice(b"\rSPM|1|25110042\r\x1c\r");
    capture
}

/// The pain of accents: one name, whatever the header says of it.
#[test]
fn a_name_has_the_same_code_points_in_every_charset() {
    let latin = b"Gw\xe9na\xeblle".as_slice();
    let utf8 = "Gwénaëlle".as_bytes();
    for (declared, bytes) in [
        ("8859/1", latin),
        ("8859/15", latin),
        ("", latin),
        ("ASCII", latin),
        ("UTF-8", latin),
        ("EBCDIC", latin),
        ("UTF-8", utf8),
        ("UNICODE UTF-8", utf8),
        ("UNICODE", utf8),
        ("", utf8),
        ("8859/1", utf8),
        ("ASCII", utf8),
        ("8859/1", b"Gw\\XE9\\na\\XEB\\lle"),
    ] {
        let out = driver("generic-hl7").interpret(&hl7(declared, bytes));
        assert_eq!(
            out.readings[0].comments,
            ["Gwénaëlle"],
            "{declared} {bytes:?}"
        );
    }
    // The signs that 8859/15 has in place of others.
    let out = driver("generic-hl7").interpret(&hl7("8859/15", b"\xbduvre \xa4"));
    assert_eq!(out.readings[0].comments, ["œuvre €"]);
    let astm = |charset: &str, bytes: &[u8]| {
        let driver = changed("generic-lis2a2", "windows-1252", charset);
        let mut capture = count("25110042", "13.1");
        let end = capture.windows(3).position(|part| part == b"\rL|").unwrap() + 1;
        let mut comment = b"C|1|I|".to_vec();
        comment.extend_from_slice(bytes);
        comment.extend_from_slice(b"|G\r");
        capture.splice(end..end, comment);
        driver.interpret(&capture).readings[0].comments.clone()
    };
    assert_eq!(astm("cp850", b"Gw\x82na\x89lle"), ["Gwénaëlle"]);
    assert_eq!(astm("cp1252", latin), ["Gwénaëlle"]);
    assert_eq!(astm("cp1252", utf8), ["Gwénaëlle"]);
    assert_eq!(astm("cp1251", b"\xcf\xf0\xee\xe1\xe0"), ["Проба"]);
}

#[test]
fn bytes_that_no_charset_explains_are_kept_and_flagged() {
    let mut capture = hl7("UTF-8", b"");
    let at = capture
        .windows(5)
        .position(|part| part == b"||5.1")
        .unwrap();
    capture[at + 3] = 0x81;
    let out = driver("generic-hl7").interpret(&capture);
    let row = &out.readings[0];
    assert!(row.value.text.contains('\u{fffd}'));
    assert!(row.quarantine.iter().any(|why| why.cause == Cause::Damaged));
    let kept = &capture[row.bytes.from..row.bytes.to];
    assert!(kept.contains(&0x81) && kept.starts_with(b"OBX|1|"));
}

fn read(capture: &[u8]) -> Interpretation {
    driver("generic-hl7").interpret(capture)
}

#[test]
fn no_block_lends_its_specimen_to_another() {
    let mut two = hl7("UTF-8", b"");
    two.extend_from_slice(b"\x0bOBX|1|NM|NA||140|mmol/L|||||F\rOBX|2|NM|K||4|mmol/L|||||F\r\x1c\r");
    let out = read(&two);
    assert_eq!(out.readings.len(), 3);
    assert_eq!(out.readings[0].specimen.as_deref(), Some("25110042"));
    for row in &out.readings[1..] {
        assert_eq!(row.specimen, None);
        assert_eq!(row.quarantine[1].cause, Cause::SpecimenMissing);
    }
    assert!(
        out.problems
            .iter()
            .any(|problem| problem.text.contains("sans en-tête MSH"))
    );
}

#[test]
fn a_block_that_is_cut_makes_no_clear_result() {
    let whole = hl7("UTF-8", b"");
    let end = whole.windows(4).position(|part| part == b"\rNTE").unwrap();
    // The value 5.1 may have been 5.17.
    let cut = read(&whole[..end - 15]);
    assert!(
        cut.readings[0]
            .quarantine
            .iter()
            .any(|why| why.cause == Cause::Damaged)
    );
    assert!(
        cut.problems
            .iter()
            .any(|problem| problem.text.contains("bloc sans fin"))
    );
}

#[test]
fn a_specimen_at_the_end_belongs_to_its_own_order_only() {
    let message = "MSH|^~\\&|X||||20251104||ORU^R01|1|P|2.5.1||||||UTF-8\rPID|1\r\
        ORC|RE\rOBR|1\rOBX|1|NM|NA||140|mmol/L|||||F\rSPM|1|A1||SER|||||||P\r\
        ORC|RE\rOBR|2\rOBX|1|NM|NA||141|mmol/L|||||F\r\
        ORC|RE\rOBR|3\rOBX|1|NM|NA||142|mmol/L|||||F\rSPM|1|A3||SER|||||||Q\r";
    let out = read(message.as_bytes());
    let seen: Vec<(Option<&str>, ObservationKind)> = out
        .readings
        .iter()
        .map(|row| (row.specimen.as_deref(), row.kind))
        .collect();
    assert_eq!(
        seen,
        [
            (Some("A1"), ObservationKind::Patient),
            (None, ObservationKind::Patient),
            (Some("A3"), ObservationKind::Qc)
        ]
    );
}

/// cobas 4800 style: an INV row behind the specimen marks the control, whatever the role says.
#[test]
fn a_row_that_follows_is_in_force_for_its_whole_group() {
    let message = "MSH|^~\\&|X||||20251104||OUL^R22|1|P|2.5.1||||||UTF-8\r\
        SPM|1|A1||SER|||||||Q\rSAC|||A1\rINV|R1|OK|RG\rINV|C1|OK|CO|||||||||||||LOT9\r\
        OBR|1\rORC|OK\rOBX|1|NM|NA||140|mmol/L|||||F\r\
        SPM|2|A2||SER|||||||Q\rOBR|1\rOBX|1|NM|NA||141|mmol/L|||||F\rTCD||^1^:^5\r";
    let out = read(message.as_bytes());
    let control = out.readings[0].control.as_ref().unwrap();
    assert_eq!(control.name.as_deref(), Some("C1"));
    assert_eq!(control.lot.as_deref(), Some("LOT9"));
    assert_eq!(out.readings[1].control, None);
    assert_eq!(out.readings[1].companions[0].value, "^1^:^5");
}

/// Where specimens come last, a lost order never lends its results to the one before, nor takes the one behind.
#[test]
fn a_lost_order_takes_no_specimen_of_its_neighbours() {
    let message = |first: &str, second: &str| {
        let text = format!(
            "MSH|^~\\&|X||||20251104||ORU^R01|1|P|2.5.1||||||UTF-8\rPID|1\r\
             {first}|1\rOBX|1|NM|NA||140|mmol/L|||||F\rSPM|1|A1||SER|||||||P\r\
             {second}|2\rOBX|1|NM|NA||141|mmol/L|||||F\rSPM|1|A2||SER|||||||P\r"
        );
        read(text.as_bytes())
            .readings
            .into_iter()
            .map(|row| row.specimen)
            .collect::<Vec<_>>()
    };
    let both = [Some("A1".to_owned()), Some("A2".to_owned())];
    assert_eq!(message("OBR", "OBR"), both);
    // The first is lost: its result has no specimen, and the second keeps its own.
    assert_eq!(message("OB", "OBR"), [None, Some("A2".to_owned())]);
    assert_eq!(message("OBS", "OBR"), [None, Some("A2".to_owned())]);
    // The second is lost: what stands behind it is not known to be the first one's.
    let text = "MSH|^~\\&|X||||20251104||ORU^R01|1|P|2.5.1||||||UTF-8\rPID|1\r\
        OBR|1\rOBX|1|NM|NA||140|mmol/L|||||F\r\
        OBP|2\rOBX|1|NM|NA||141|mmol/L|||||F\rSPM|1|A2||SER|||||||P\r";
    for row in &read(text.as_bytes()).readings {
        assert_eq!(row.specimen, None);
    }
}
