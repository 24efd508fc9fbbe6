//! Our own reports of every kind, issued, read back and issued again: the same codes, the same values, the same words.

use std::path::Path;

use lisiere_model::report::{Report, ReportStatus, Value};
use lisiere_report::reading;

use crate::facts;

fn fixtures() -> Vec<(String, Report)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found: Vec<(String, Report)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| {
            let report = lisiere_report::read(&std::fs::read(&path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                report,
            )
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[test]
fn what_we_issue_is_read_back() {
    let mut wrong: Vec<String> = Vec::new();
    for (name, report) in fixtures() {
        let first = lisiere_report::render(&report).unwrap();
        let incoming = reading::read(&first.n3).unwrap();
        assert!(incoming.unread.is_empty(), "{name}: {:#?}", incoming.unread);
        assert!(incoming.is_faithful(), "{name}: {:#?}", incoming.remarks);
        assert_eq!(
            incoming.pdf.as_deref(),
            Some(first.pdf.as_slice()),
            "{name}"
        );
        let read = incoming.report.unwrap();
        assert_eq!(read.results().count(), report.results().count(), "{name}");
        for (read, own) in read.results().zip(report.results()) {
            assert_eq!(read.code, own.code, "{name}");
            // The star of a test outside the accreditation is part of the printed name.
            assert_eq!(read.label.trim_end_matches(" *"), own.label, "{name}");
            let alike = match (&read.value, &own.value) {
                // A ratio with a comparator, and words, are words to the reader; the printed spelling of a unit is ours alone.
                (Value::Text { .. }, Value::Ratio { .. } | Value::Text { .. }) => true,
                (read, own) if own.unit().is_some() => {
                    read.unit().is_some_and(|unit| unit.printed.is_none())
                }
                (read, own) => read == own,
            };
            assert!(alike, "{name}: {:?} {:?}", read.value, own.value);
            assert_eq!(read.interpretation, own.interpretation, "{name}");
            assert_eq!(read.reference, own.reference, "{name}: {}", own.label);
            assert_eq!(
                read.previous.len(),
                own.previous.len(),
                "{name}: {}",
                own.label
            );
            assert_eq!(read.comments, own.comments, "{name}: {}", own.label);
            assert_eq!(read.measured_at, own.measured_at, "{name}: {}", own.label);
        }
        let mut traits = report.patient.traits.clone();
        if traits.given_names.is_empty() {
            traits.given_names.clone_from(&traits.first_given_name);
        }
        assert_eq!(read.patient.traits, traits, "{name}");
        assert_eq!(read.patient.ins, report.patient.ins, "{name}");
        assert_eq!(
            read.status == ReportStatus::Withdrawn,
            report.status == ReportStatus::Withdrawn,
            "{name}"
        );
        assert_eq!(read.specimens.len(), report.specimens.len(), "{name}");
        let again = match lisiere_report::render(&read) {
            Ok(again) => again,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let (before, after) = (
            String::from_utf8(first.n3).unwrap(),
            String::from_utf8(again.n3).unwrap(),
        );
        for read in [facts::body, facts::header] {
            let (before, after) = (read(&before), read(&after));
            wrong.extend(
                facts::lost(&before, &after)
                    .iter()
                    .map(|fact| format!("{name} lost {fact}")),
            );
            wrong.extend(
                facts::lost(&after, &before)
                    .iter()
                    .map(|fact| format!("{name} added {fact}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
