//! Each kind of content stands where the national rules look for it: one look at the XML of each fixture that has it.

use lisiere_model::report::{Moment, Oid, Replacement, Report, ReportStatus, Value};
use roxmltree::{Document, Node};

use super::report;
use crate::{Severity, check, render};

fn n3(report: &Report) -> String {
    let rendered = render(report).unwrap_or_else(|error| panic!("{error}: {:?}", check(report)));
    String::from_utf8(rendered.n3).unwrap()
}

fn named<'a>(root: Node<'a, 'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    root.descendants()
        .filter(move |node| node.tag_name().name() == name)
}

fn texts(text: &str, wanted: &[&str]) {
    for one in wanted {
        assert!(text.contains(one), "{one}");
    }
}

/// Every reference has a target, every name is unique.
#[test]
fn references_have_their_targets() {
    for (name, report) in super::reports() {
        let text = n3(&report);
        let document = Document::parse(&text).unwrap();
        let mut ids: Vec<&str> = document
            .descendants()
            .filter_map(|node| node.attribute("ID"))
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}");
        for node in named(document.root(), "reference") {
            let target = node.attribute("value").unwrap().strip_prefix('#').unwrap();
            assert!(ids.binary_search(&target).is_ok(), "{name}: #{target}");
        }
        for node in named(document.root(), "renderMultiMedia") {
            let target = node.attribute("referencedObject").unwrap();
            assert!(ids.binary_search(&target).is_ok(), "{name}: {target}");
        }
    }
}

#[test]
fn isolates_and_their_antibiograms() {
    let text = n3(&report("microbiology"));
    let document = Document::parse(&text).unwrap();
    let isolates: Vec<_> = named(document.root(), "organizer")
        .filter(|node| {
            node.children()
                .any(|one| one.attribute("root") == Some("1.2.250.1.213.1.1.3.79"))
        })
        .collect();
    assert_eq!(isolates.len(), 2);
    assert!(isolates.iter().all(|one| {
        named(*one, "specimenPlayingEntity").count() == 1
            && one.attribute("classCode") == Some("CLUSTER")
    }));
    texts(
        &text,
        &[
            r#"<low value="32" unit="ug/mL" inclusive="true"/>"#,
            r#"<high value="1" unit="ug/mL" inclusive="true"/>"#,
            r#"<low value="0.25" unit="ug/mL" inclusive="false"/><high value="0.5" unit="ug/mL"/>"#,
            r#"<interpretationCode code="R""#,
            r#"<translation code="562""#,
            r#"<observationMedia classCode="OBS" moodCode="EVN" ID="c1p1r2i1m">"#,
            "<targetSiteCode",
            r#"<participant typeCode="DEV">"#,
            r#"<participant typeCode="RESP">"#,
        ],
    );
}

#[test]
fn the_header_says_who_had_a_part() {
    let text = n3(&report("microbiology"));
    texts(
        &text,
        &[
            "<assignedAuthoringDevice>",
            "<dataEnterer>",
            r#"<relatedEntity classCode="ECON">"#,
            r#"<relatedEntity classCode="NOK">"#,
            "<guardianPerson>",
            r#"<functionCode code="PCP""#,
            r#"<participant typeCode="CON">"#,
            "<consent>",
            "<scopingOrganization>",
            r#"<code code="SA01""#,
            r#"<high value="20261103160000+0100"/>"#,
        ],
    );
    // Both biologists who validated stand in the header, once each.
    assert_eq!(text.matches("<authenticator>").count(), 2);
}

#[test]
fn other_units_and_other_validators() {
    let text = n3(&report("corrected"));
    texts(
        &text,
        &[
            r#"<translation value="132" code="g/L""#,
            r#"<translation value="120" code="g/L""#,
            r#"<high value="2.00" unit="g/L" inclusive="false"><translation value="5.16""#,
            r#"<lab:value value="F"/>"#,
            r#"<statusCode code="obsolete"/>"#,
            r#"<code code="92895-2""#,
        ],
    );
    assert_eq!(text.matches("<authenticator>").count(), 3);
}

#[test]
fn sections_beside_the_results() {
    texts(
        &n3(&report("screening")),
        &[
            "1.2.250.1.213.1.1.2.128",
            "1.2.250.1.213.1.1.2.147",
            r#"<substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="true">"#,
            "<lotNumberText>FX-001</lotNumberText>",
            r#"codeSystem="1.2.250.1.213.1.1.5.130""#,
        ],
    );
    let text = n3(&report("second-line"));
    texts(
        &text,
        &["1.2.250.1.213.1.1.2.60", r#"code="101792-0""#, "<numerator"],
    );
    assert_eq!(text.matches(r#"mediaType="application/pdf""#).count(), 2);
    texts(&n3(&report("water")), &[r#"<subject typeCode="SBJ">"#]);
}

#[test]
fn a_withdrawn_report_keeps_no_value() {
    let withdrawn = report("withdrawn");
    let text = n3(&withdrawn);
    assert_eq!(text.matches(r#"<statusCode code="aborted"/>"#).count(), 4);
    assert!(!text.contains("<lab:statusCode"));
    let mut wrong = withdrawn;
    if let Some(replaced) = &mut wrong.replaces {
        replaced.reason = None;
    }
    wrong.chapters = report("chemistry").chapters;
    let rules: Vec<_> = check(&wrong)
        .into_iter()
        .filter(|one| one.severity == Severity::Error)
        .map(|one| one.rule)
        .collect();
    assert!(rules.contains(&"withdrawal"), "{rules:?}");
    assert!(rules.contains(&"status"), "{rules:?}");
}

/// Partial, complete, corrected, withdrawn: one series, each version pointing at the one before.
#[test]
fn a_chain_of_versions() {
    let partial = report("awaited");
    let mut before = partial.clone();
    let mut chain = vec![n3(&partial)];
    for (status, version) in [
        (ReportStatus::Final, 2),
        (ReportStatus::Corrected, 3),
        (ReportStatus::Withdrawn, 4),
    ] {
        let mut next = before.clone();
        next.status = status;
        next.version = version;
        next.id = format!("{}.{version}", partial.set_id)
            .parse::<Oid>()
            .unwrap();
        next.replaces = Some(Replacement {
            id: before.id.clone(),
            extension: None,
            created_at: None::<Moment>,
            reason: Some("suite du dossier".to_owned()),
        });
        let withdrawn = Value::Withdrawn {
            reason: "erreur".to_owned(),
        };
        for part in next.chapters.iter_mut().flat_map(|one| &mut one.parts) {
            part.status = None;
            for item in &mut part.items {
                let results = match item {
                    lisiere_model::report::Item::Panel(panel) => {
                        panel.status = None;
                        panel.results.iter_mut().collect::<Vec<_>>()
                    }
                    lisiere_model::report::Item::Result(result) => vec![result.as_mut()],
                    _ => Vec::new(),
                };
                for result in results {
                    if status == ReportStatus::Withdrawn {
                        result.value = withdrawn.clone();
                    } else if result.value == Value::Pending {
                        result.value = Value::Integer { number: 2 };
                    }
                }
            }
        }
        chain.push(n3(&next));
        before = next;
    }
    let mut earlier: Option<String> = None;
    for text in &chain {
        let document = Document::parse(text).unwrap();
        let root = document.root_element();
        let direct = |name: &str| {
            root.children()
                .find(|one| one.tag_name().name() == name)
                .and_then(|one| one.attribute("root"))
                .map(str::to_owned)
        };
        let parent = named(root, "parentDocument")
            .flat_map(|one| named(one, "id"))
            .find_map(|one| one.attribute("root").map(str::to_owned));
        assert_eq!(parent, earlier);
        assert_eq!(direct("setId").as_deref(), Some(partial.set_id.as_str()));
        earlier = direct("id");
    }
}
