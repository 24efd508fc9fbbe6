//! Single facts about the documents, and what is refused.

use lisiere_model::report::{Address, Item, ReportStatus, Value};
use lisiere_model::{Environment, IdentityStatus};
use roxmltree::Document;

use super::{report, reports};
use crate::{RenderError, Severity, check, display, render};

fn n3(name: &str) -> String {
    String::from_utf8(render(&report(name)).unwrap().n3).unwrap()
}

#[test]
fn fixtures_have_no_error() {
    for (name, report) in reports() {
        let errors: Vec<_> = check(&report)
            .into_iter()
            .filter(|one| one.severity == Severity::Error)
            .collect();
        assert_eq!(errors, [], "{name}");
    }
}

#[test]
fn header_of_an_n3() {
    let xml = n3("chemistry");
    for piece in [
        r#"<id root="1.2.250.1.999.45.1.1001.1"/>"#,
        r#"<setId root="1.2.250.1.999.45.1.1001"/><versionNumber value="1"/>"#,
        r#"<effectiveTime value="20261102161500+0100"/>"#,
        r#"<templateId root="1.2.250.1.213.1.1.1.55" extension="2024.01"/>"#,
        r#"<id root="1.2.250.1.71.4.2.1" extension="899700000011"/>"#,
        "<title>Compte rendu d'examens biologiques</title>",
        r#"<lab:statusCode code="completed"/>"#,
        r#"<family qualifier="BR">ORMEAU</family><given>CAMILLE JEANNE</given><given qualifier="BR">CAMILLE</given>"#,
    ] {
        let piece = piece.replace('\'', "&apos;");
        assert!(xml.replace('\'', "&apos;").contains(&piece), "{piece}");
    }
}

#[test]
fn values_as_data_types() {
    let xml = n3("serology");
    for piece in [
        r#"<value xsi:type="IVL_PQ"><low value="0.30" unit="{ratio}"/><high value="0.35" unit="{ratio}"/></value>"#,
        r#"<value xsi:type="RTO"><numerator xsi:type="INT" value="1"/><denominator xsi:type="INT" value="160"/></value>"#,
        r#"<value xsi:type="IVL_PQ"><low value="1000.0" unit="m[IU]/mL" inclusive="false"/></value>"#,
        r#"<statusCode code="aborted"/>"#,
        r#"<value xsi:type="INT" value="3"/>"#,
        r#"<value xsi:type="CD" code="260385009" displayName="Négatif" codeSystem="2.16.840.1.113883.6.96" codeSystemName="SNOMED CT"><originalText>"#,
        r#"<parentDocument><id root="1.2.250.1.999.45.1.1003.1"/></parentDocument>"#,
        r#"<translation code="X99001" displayName="Anticorps antinucléaires, titre" codeSystem="1.2.250.1.213.1.1.5.130""#,
    ] {
        assert!(xml.contains(piece), "{piece}");
    }
    // One authenticator per biologist who validated something.
    assert_eq!(xml.matches("<authenticator>").count(), 2);
    assert!(n3("newborn-partial").contains(r#"<lab:statusCode code="active"/>"#));
}

#[test]
fn an_n1_has_its_three_templates_and_the_pdf() {
    let rendered = render(&report("chemistry")).unwrap();
    let n1 = String::from_utf8(rendered.n1).unwrap();
    let n1 = Document::parse(&n1).unwrap();
    let templates = n1
        .root_element()
        .children()
        .filter(|one| one.tag_name().name() == "templateId")
        .count();
    assert_eq!(templates, 3);
    assert!(
        n1.descendants()
            .any(|one| one.tag_name().name() == "nonXMLBody")
    );
    assert!(rendered.pdf.starts_with(b"%PDF-1.4"));
}

/// Changes a good report and says which rules complain.
fn rules(change: impl FnOnce(&mut lisiere_model::report::Report)) -> Vec<&'static str> {
    let mut report = report("chemistry");
    change(&mut report);
    let findings = check(&report);
    for finding in &findings {
        assert!(
            finding.path.starts_with('/')
                && !finding.message.is_empty()
                && !finding.remedy.is_empty()
        );
        assert!(
            !finding.message.contains("ORMEAU"),
            "no finding names the patient"
        );
    }
    let refused = findings.iter().any(|one| one.severity == Severity::Error);
    assert_eq!(
        matches!(render(&report), Err(RenderError::Refused(_))),
        refused
    );
    findings
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .map(|one| one.rule)
        .collect()
}

#[test]
fn what_would_not_conform_is_refused() {
    assert_eq!(rules(|_| ()), [""; 0]);
    assert_eq!(
        rules(|report| report.environment = Environment::Production),
        ["ins-environment"]
    );
    assert_eq!(
        rules(|report| report.patient.identity_status = IdentityStatus::Validated),
        ["ins-status"]
    );
    assert_eq!(
        rules(|report| report.patient.traits.birth_place = None),
        ["ins-traits"]
    );
    assert_eq!(
        rules(|report| report.patient.traits.given_names = " ".into()),
        ["ins-traits"]
    );
    assert_eq!(
        rules(|report| report.patient.traits.birth_name.clear()),
        ["traits"]
    );
    assert_eq!(
        rules(|report| report.laboratory.organisation.name.clear()),
        ["structure"]
    );
    assert_eq!(
        rules(|report| report.laboratory.organisation.national_id = "175".into()),
        ["structure"]
    );
    assert_eq!(
        rules(|report| report.laboratory.organisation.address = Address::default()),
        ["structure"]
    );
    assert_eq!(rules(|report| report.chapters.clear()), ["empty"]);
    assert_eq!(
        rules(|report| report.chapters[0].parts[0].items.clear()),
        ["empty"]
    );
    assert_eq!(rules(|report| report.version = 2), ["replacement"]);
    assert_eq!(
        rules(|report| report.status = ReportStatus::Corrected),
        ["correction"]
    );
    assert_eq!(
        rules(|report| report.set_id = report.id.clone()),
        ["set-id"]
    );
    assert_eq!(
        rules(|report| report.received_at = "2027-01-01T00:00:00Z".parse().unwrap()),
        ["times"]
    );
    assert_eq!(rules(|report| report.specimens.clear()), ["specimen"]);
    assert!(rules(|report| report.biologists.clear()).contains(&"biologist"));
    let value = |value: Value| {
        rules(move |report| {
            let Item::Result(result) = &mut report.chapters[0].parts[0].items[0] else {
                unreachable!()
            };
            result.value = value;
            result.reference = None;
            result.previous.clear();
        })
    };
    let quantity = |ucum: &str| {
        let json = format!(r#"{{"quantity":{{"number":"1","unit":{{"ucum":"{ucum}"}}}}}}"#);
        serde_json::from_str(&json).unwrap()
    };
    assert_eq!(value(quantity("UI/L")), ["unit"]);
    assert_eq!(value(quantity("mmol//L")), ["unit"]);
    assert_eq!(value(quantity("g/L")), [""; 0]);
    assert_eq!(value(Value::NotDone { reason: " ".into() }), ["value"]);
    assert_eq!(
        value(Value::Text {
            text: String::new()
        }),
        ["value"]
    );
}

#[test]
fn a_mark_against_its_range_is_said() {
    let mut report = report("newborn-partial");
    let Item::Result(result) = &mut report.chapters[0].parts[0].items[0] else {
        unreachable!()
    };
    result.interpretation = Some(lisiere_model::Interpretation::Normal);
    assert!(
        check(&report)
            .iter()
            .any(|one| one.rule == "interpretation")
    );
}

#[test]
fn words_of_the_page() {
    let sheet = display::sheet(&report("serology"));
    assert_eq!(sheet.patient.name, "ORMEAU CAMILLE");
    assert!(
        sheet
            .notices
            .iter()
            .any(|one| one.contains("Annule et remplace la version\u{a0}1 du 02/11/2026."))
    );
    assert!(
        sheet
            .legend
            .iter()
            .any(|one| one.starts_with("* Examen non couvert"))
    );
    let debug = format!("{:?}", report("serology"));
    for hidden in ["ORMEAU", "CAMILLE", "27903", "P0004711"] {
        assert!(!debug.contains(hidden), "{hidden}");
    }
}
