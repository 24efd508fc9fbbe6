//! Messages as subcontractors send them, good and bad.

use lisiere_model::report::TestCode;

use super::*;

const MESSAGE: &str = "MSH|^~\\&|SIL|Laboratoire B^1.2.250.1.999.7^ISO|LISIERE|A|20261102160000+0100||ORU^R01^ORU_R01|7|P|2.5.1||||||UNICODE UTF-8\r\
PID|1||IPP1^^^A||PAT-TROIS^DOMINIQUE\r\
ORC|RE\r\
OBR|1||F77|FER^Bilan martial^L|||20261102081000+0100|||||||||||||||||18719-5\r\
OBX|1|NM|2276-4^Ferritine^LN||7,20|ug/L||LL~A|||F|||20261102120000+0100|||||||||Laboratoire C\r\
NTE|1||Contrôlé\\E\\repris\r\
OBX|2|SN|TRF^Transferrine^L||<^0.5|g/L|2.0 - 3.6|L|||F\r\
OBX|3|SN|5048-4^ANA^LN||^1^:^80||||||F\r\
OBX|4|CWE|5767-9^Aspect^LN||1^Trouble^1.2.3\r\
OBX|5|ST|X1^Texte^L||non concluant||||||P\r\
OBX|6|NM|X2^Sodium^L|||mmol/L|||||X\r\
OBX|7|ED|PDF^CR^L||^application^pdf^Base64^JVBE\r\
OBX|8|NM|X3^Fibrinogène^L||beaucoup|G/L\r\
SPM|1|T-900&A^T-900&B||SER|||||||||||||20261102081000+0100\r";

#[test]
fn what_a_subcontractor_found() {
    let oru = read(MESSAGE.as_bytes());
    assert_eq!(oru.results.len(), 8);
    let ferritin = &oru.results[0];
    assert_eq!(ferritin.group.as_deref(), Some("Bilan martial"));
    assert_eq!(
        ferritin.origin.name, "Laboratoire C",
        "who made it, not who sent it"
    );
    assert!(
        matches!(&ferritin.result.code, TestCode::Loinc { code, .. } if code.as_str() == "2276-4")
    );
    assert!(
        matches!(&ferritin.result.value, Value::Quantity { number, unit, .. } if number.to_string() == "7.20" && unit.ucum.as_str() == "ug/L")
    );
    assert_eq!(ferritin.result.comments, ["Contrôlé\\repris"]);
    assert_eq!(
        ferritin.at.unwrap().to_string(),
        "2026-11-02T12:00:00+01:00"
    );
    assert_eq!(ferritin.specimens[0].extension, "T-900");
    let transferrin = &oru.results[1];
    assert_eq!(transferrin.origin.name, "Laboratoire B");
    assert!(
        matches!(&transferrin.result.code, TestCode::Local { system, .. } if system.as_str() == "1.2.250.1.999.7")
    );
    assert!(matches!(
        &transferrin.result.value,
        Value::Quantity {
            comparator: Some(_),
            ..
        }
    ));
    assert_eq!(
        transferrin
            .result
            .reference
            .unwrap()
            .low()
            .unwrap()
            .to_string(),
        "2.0"
    );
    assert_eq!(
        transferrin.at.unwrap().to_string(),
        "2026-11-02T08:10:00+01:00"
    );
    assert!(matches!(
        oru.results[2].result.value,
        Value::Ratio {
            numerator: 1,
            denominator: 80,
            ..
        }
    ));
    assert!(
        matches!(&oru.results[3].result.value, Value::Coded(coded) if coded.display == "Trouble")
    );
    assert_eq!(oru.results[4].result.status, Some(Progress::Active));
    assert!(matches!(oru.results[5].result.value, Value::NotDone { .. }));
    assert!(matches!(&oru.results[7].result.value, Value::Text { text } if text == "beaucoup"));
    let said: Vec<&str> = oru.remarks.iter().map(|one| one.place.as_str()).collect();
    assert_eq!(
        said,
        [
            "OBX 1, OBX-8",
            "OBX 7, OBX-5",
            "OBX 7, OBX-5",
            "OBX 8, OBX-5"
        ]
    );
}

#[test]
fn blocks_charsets_and_strangers() {
    let block = format!("\u{b}{MESSAGE}\u{1c}\r");
    assert!(is_hl7(block.as_bytes()) && is_hl7(MESSAGE.as_bytes()) && !is_hl7(b"<?xml?>"));
    assert_eq!(read(block.as_bytes()), read(MESSAGE.as_bytes()));
    let latin: Vec<u8> = MESSAGE
        .replace("UNICODE UTF-8", "8859/1")
        .chars()
        .map(|one| u8::try_from(u32::from(one)).unwrap())
        .collect();
    assert_eq!(read(&latin), read(MESSAGE.as_bytes()));
    let other = read(MESSAGE.replace("ORU^R01^ORU_R01", "ADT^A01").as_bytes());
    assert_eq!((other.results.len(), other.remarks.len()), (0, 1));
}

#[test]
fn any_cut_is_survived() {
    for end in 0..MESSAGE.len() {
        let _ = read(&MESSAGE.as_bytes()[..end]);
    }
    let _ = read(b"MSH|^~\\&|||||||ORU\rOBX\rOBX|||||\rOBX||NM|^^LN||1e9\rNTE|||x\rSPM|1|^^\r");
}
