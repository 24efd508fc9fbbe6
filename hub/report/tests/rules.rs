//! Rules that only the text of the volet states: a damage that official rules let pass, and the rule of the gate that finds it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "gate/shared.rs"]
#[allow(dead_code, reason = "each test needs a part of it")]
mod shared;

use std::path::Path;

use lisiere_report::gate::{check_document, check_own_document};
use lisiere_report::{Rendered, Severity};

fn rendered(name: &str) -> Rendered {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(format!("{name}.json"));
    let report = lisiere_report::read(&std::fs::read(file).unwrap()).unwrap();
    lisiere_report::render(&report).unwrap()
}

/// In the N3 of `chemistry`: what is written, what is written instead, the rule, and how grave it is for any producer.
const DAMAGES: &[(&str, &str, &str, Severity)] = &[
    (
        "<ClinicalDocument ",
        "<ClinicalDocument xsi:schemaLocation=\"urn:hl7-org:v3 CDA.xsd\" ",
        "schema-location",
        Severity::Warning,
    ),
    (
        "<ClinicalDocument ",
        "<?xml-stylesheet type=\"text/xsl\" href=\"cda.xsl\"?><ClinicalDocument ",
        "stylesheet",
        Severity::Warning,
    ),
    (
        "<templateId root=\"1.2.250.1.213.1.1.1.55\" extension=\"2024.01\"/>",
        "<templateId root=\"1.2.250.1.213.1.1.1.55\" extension=\"2099.01\"/>",
        "volet-version",
        Severity::Error,
    ),
    (
        "<id root=\"1.2.250.1.999.45.1.1001.1\"/>",
        "<id root=\"D3B07384-D9A0-4F5E-8A3B-1C5F0E6B7A11\"/>",
        "document-id",
        Severity::Warning,
    ),
    (
        "<versionNumber value=\"1\"/>",
        "<versionNumber value=\"2\"/>",
        "replacement",
        Severity::Warning,
    ),
    (
        "extension=\"279034523400163\"",
        "extension=\"279034523400164\"",
        "ins-key",
        Severity::Error,
    ),
    (
        "extension=\"279034523400163\"",
        "extension=\"27903452340016\"",
        "ins-key",
        Severity::Error,
    ),
    (
        "<id root=\"1.2.250.1.999.45.2\" extension=\"P0004711\"/>",
        "<id root=\"1.2.250.1.213.1.4.8\" extension=\"279034523400163\"/>",
        "ins-environment",
        Severity::Error,
    ),
    (
        "<county>45234</county>",
        "<county>452</county>",
        "birthplace-code",
        Severity::Error,
    ),
    (
        "<birthTime value=\"19790328\"/>",
        "<birthTime value=\"1979\"/>",
        "birth-date",
        Severity::Warning,
    ),
    (
        "<given qualifier=\"BR\">CAMILLE</given>",
        "<given qualifier=\"BR\">JEANNE</given>",
        "first-name",
        Severity::Warning,
    ),
    (
        "<participant typeCode=\"REF\">",
        "<participant typeCode=\"INF\">",
        "prescriber",
        Severity::Warning,
    ),
    (
        "extension=\"899700000021\"",
        "extension=\"99700000021\"",
        "national-identifier",
        Severity::Warning,
    ),
    (
        "<title>Biochimie</title>",
        "<title> </title>",
        "section-title",
        Severity::Warning,
    ),
    (
        "<id root=\"1.2.250.1.999.45.4\" extension=\"26-1001\"/><code code=\"18719-5\"",
        "<id root=\"1.2.250.1.999.45.4\" extension=\"26-1001\"/><code code=\"18723-7\"",
        "act-of-chapter",
        Severity::Warning,
    ),
    (
        "<act classCode=\"ACT\" moodCode=\"EVN\"><code code=\"18719-5\"",
        "<act classCode=\"ACT\" moodCode=\"EVN\"><code code=\"18723-7\"",
        "entry-code",
        Severity::Warning,
    ),
    (
        "<templateId root=\"1.2.250.1.213.1.1.3.21\"/>",
        "",
        "template-french",
        Severity::Warning,
    ),
    (
        "<templateId root=\"1.2.250.1.213.1.1.3.77\"/>",
        "",
        "template-french",
        Severity::Warning,
    ),
    (
        "<templateId root=\"1.3.6.1.4.1.19376.1.3.1.6\"/><templateId root=\"1.2.250.1.213.1.1.3.80\"/>",
        "",
        "template-missing",
        Severity::Error,
    ),
    (
        "code=\"14749-6\" displayName=\"Glucose",
        "code=\"14749-7\" displayName=\"Glucose",
        "loinc-code",
        Severity::Error,
    ),
    (
        "<value xsi:type=\"PQ\" value=\"7.2\" unit=\"mmol/L\"/>",
        "<value xsi:type=\"PQ\" value=\"7.3\" unit=\"mmol/L\"/>",
        "narrative-value",
        Severity::Warning,
    ),
    (
        "<value xsi:type=\"PQ\" value=\"7.2\" unit=\"mmol/L\"/>",
        "<value xsi:type=\"PQ\" value=\"7.2\"/>",
        "unit-missing",
        Severity::Warning,
    ),
    (
        "<value xsi:type=\"PQ\" value=\"7.2\" unit=\"mmol/L\"/>",
        "<value xsi:type=\"PQ\" value=\"7.2\" unit=\"UI/L\"/>",
        "unit",
        Severity::Error,
    ),
    (
        "<value xsi:type=\"PQ\" value=\"7.2\" unit=\"mmol/L\"/>",
        "<value xsi:type=\"PQ\" value=\"7.2\" unit=\"g/L\"/>",
        "unit-other",
        Severity::Error,
    ),
    (
        "<value xsi:type=\"PQ\" value=\"7.2\" unit=\"mmol/L\"/>",
        "",
        "value-missing",
        Severity::Warning,
    ),
    (
        "<value xsi:type=\"PQ\" value=\"7.2\" unit=\"mmol/L\"/>",
        "<value xsi:type=\"CD\" displayName=\"x\"/>",
        "value-empty",
        Severity::Error,
    ),
    (
        "<value xsi:type=\"PQ\" value=\"7.2\" unit=\"mmol/L\"/>",
        "<value xsi:type=\"CD\" code=\"10828004\"/>",
        "value-code",
        Severity::Error,
    ),
    (
        "<low value=\"3.9\" unit=\"mmol/L\"/>",
        "<low value=\"9.3\" unit=\"mmol/L\"/>",
        "interval-order",
        Severity::Error,
    ),
    (
        "<low value=\"3.9\" unit=\"mmol/L\"/>",
        "<low value=\"3.9\" unit=\"umol/L\"/>",
        "unit-range",
        Severity::Warning,
    ),
    (
        "<statusCode code=\"completed\"/><effectiveTime value=\"20261102130500+0100\"/><value",
        "<statusCode code=\"aborted\"/><effectiveTime value=\"20261102130500+0100\"/><value",
        "value-aborted",
        Severity::Warning,
    ),
    (
        "<effectiveTime value=\"20261102130500+0100\"/>",
        "<effectiveTime value=\"20261102130500\"/>",
        "time-zone",
        Severity::Warning,
    ),
    (
        "<effectiveTime value=\"20261102130500+0100\"/>",
        "<effectiveTime value=\"20261302130500+0100\"/>",
        "timestamp",
        Severity::Error,
    ),
    (
        "<value xsi:type=\"PQ\" value=\"6.0\" unit=\"mmol/L\"/></observation>",
        "</observation>",
        "history-value",
        Severity::Warning,
    ),
    (
        "typeCode=\"REFR\"><observation classCode=\"OBS\" moodCode=\"EVN\"><code code=\"14749-6\"",
        "typeCode=\"REFR\"><observation classCode=\"OBS\" moodCode=\"EVN\"><code code=\"2823-3\"",
        "history-code",
        Severity::Warning,
    ),
    (
        "<reference value=\"#c1p1r1\"/>",
        "<reference value=\"#nowhere\"/>",
        "reference-target",
        Severity::Warning,
    ),
    (
        "<reference value=\"#c1p1r1\"/>",
        "<reference value=\"c1p1r1\"/>",
        "reference-form",
        Severity::Warning,
    ),
    (
        "referencedObject=\"copie-pdf\"",
        "referencedObject=\"c1p1r1\"",
        "media-target",
        Severity::Warning,
    ),
    (
        "representation=\"B64\">JVBERi0x",
        "representation=\"B64\">*VBERi0x",
        "media-base64",
        Severity::Error,
    ),
    (
        "representation=\"B64\">JVBERi0x",
        "representation=\"B64\">AAAARi0x",
        "pdf-header",
        Severity::Error,
    ),
    (
        "<participantRole><id root=\"1.2.250.1.71.4.2.1\" extension=\"899700000011\"/>",
        "<participantRole><id root=\"1.2.250.1.71.4.2.1\" extension=\"899700000012\"/>",
        "validator-unlisted",
        Severity::Warning,
    ),
];

#[test]
fn each_damage_is_found_by_its_rule() {
    let good = String::from_utf8(rendered("chemistry").n3).unwrap();
    for (from, to, rule, severity) in DAMAGES {
        assert!(good.contains(from), "{rule}: {from}");
        let bad = good.replacen(from, to, 1);
        let verdict = check_document(bad.as_bytes());
        let found = verdict.findings.iter().find(|one| one.rule == *rule);
        let found = found.unwrap_or_else(|| panic!("{rule}: {:#?}", verdict.findings));
        assert_eq!(found.severity, *severity, "{rule}");
        assert!(
            !found.remedy.is_empty() && found.path.contains("(ligne "),
            "{found:?}"
        );
    }
}

#[test]
fn our_own_documents_obey_the_text_too() {
    let good = String::from_utf8(rendered("chemistry").n3).unwrap();
    assert!(check_own_document(good.as_bytes()).passes());
    // The value of one row in the row of another: readable somewhere, and wrong.
    let swapped = good.replacen(
        "<value xsi:type=\"PQ\" value=\"7.2\" unit=\"mmol/L\"/>",
        "<value xsi:type=\"PQ\" value=\"6.8\" unit=\"mmol/L\"/>",
        1,
    );
    assert!(check_document(swapped.as_bytes()).passes());
    let verdict = check_own_document(swapped.as_bytes());
    assert!(!verdict.passes());
    assert!(
        verdict
            .findings
            .iter()
            .any(|one| one.rule == "narrative-row")
    );
}

#[test]
fn an_n1_says_that_it_is_one() {
    let good = String::from_utf8(rendered("chemistry").n1).unwrap();
    assert!(check_own_document(good.as_bytes()).passes());
    for (from, to, rule) in [
        (
            "<templateId root=\"1.3.6.1.4.1.19376.1.2.20\"/>",
            "<templateId root=\"1.3.6.1.4.1.19376.1.3.3\"/>",
            "n1-templates",
        ),
        (
            "mediaType=\"application/pdf\"",
            "mediaType=\"image/png\"",
            "n1-media",
        ),
        ("<title>Compte rendu d", "<title>Compte-rendu d", "title"),
    ] {
        assert!(good.contains(from), "{from}");
        let verdict = check_document(good.replacen(from, to, 1).as_bytes());
        assert!(!verdict.passes());
        assert!(
            verdict.findings.iter().any(|one| one.rule == rule),
            "{rule}: {:#?}",
            verdict.findings
        );
    }
}

#[test]
fn every_official_unit_is_one() {
    let name = "ans/schematrons/profils/terminologies/terminologie/2.16.840.1.113883.6.8.xml";
    let Some(list) = shared::path(name) else {
        return;
    };
    let list = std::fs::read_to_string(list).unwrap();
    let good = String::from_utf8(rendered("chemistry").n3).unwrap();
    let mut refused = Vec::new();
    // Two end with a space, which the schema refuses.
    for unit in list
        .split("<code>")
        .skip(1)
        .filter_map(|rest| rest.split("</code>").next().map(str::trim))
    {
        let other = good.replacen(
            "value=\"7.2\" unit=\"mmol/L\"",
            &format!("value=\"7.2\" unit=\"{unit}\""),
            1,
        );
        if check_document(other.as_bytes())
            .findings
            .iter()
            .any(|one| one.rule == "unit")
        {
            refused.push(unit);
        }
    }
    assert!(refused.is_empty(), "{refused:?}");
}
