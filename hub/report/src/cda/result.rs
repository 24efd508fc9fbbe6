//! A result and its earlier ones as observations (cr-bio §6.3, §6.6).

use lisiere_model::report::{Method, Previous, Progress, TestResult, Value};

use super::anchor::Row;
use super::entry::{self, Within, related};
use super::vocabulary::RESULT;
use super::xml::Xml;
use super::{finding, involved, party, specimen};
use crate::display::{NoteKind, ResultLine};

const OBSERVATION: [(&str, &str); 2] = [("classCode", "OBS"), ("moodCode", "EVN")];

/// `observation` of a result.
pub(crate) fn write(
    xml: &mut Xml,
    within: Within<'_>,
    result: &TestResult,
    shown: &ResultLine,
    row: Row,
) {
    let report = within.report;
    xml.within("observation", &OBSERVATION, |xml| {
        xml.templates(&RESULT);
        if let Some(id) = &result.id {
            xml.identifier(id);
        }
        entry::test_code(xml, &result.code, result.translation.as_ref(), &row.label());
        xml.empty("statusCode", &[("code", entry::status(progress(result)))]);
        if let Some(at) = result.measured_at {
            xml.time("effectiveTime", at);
        }
        finding::value(xml, &result.value, &result.conversions, &row.value());
        if let Some(found) = result.interpretation {
            finding::interpretation(xml, found);
        }
        let said = entry::noted(&shown.notes, row, NoteKind::Method);
        method(
            xml,
            result.method.as_ref(),
            said.first().map(String::as_str),
        );
        let own = entry::noted(&shown.notes, row, NoteKind::Circumstance);
        match (&result.subject, own.first()) {
            (Some(subject), Some(anchor)) => involved::subject(xml, subject, anchor),
            _ => {
                if let Some(subject) = &within.part.subject {
                    involved::subject(xml, subject, &within.place.fact(0));
                }
            }
        }
        party::subcontractor(xml, report, result.subcontractor.as_ref());
        involved::authors(xml, report, &result.involved);
        involved::participants(xml, report, result.validated.as_ref(), &result.involved);
        let tubes = entry::noted(&shown.notes, row, NoteKind::Specimen);
        let named = specimen::named(report, &result.specimens);
        for (one, anchor) in named.zip(&tubes) {
            related(xml, "COMP", |xml| {
                specimen::collection(xml, report, one, anchor, anchor);
            });
        }
        for (index, previous) in result.previous.iter().enumerate() {
            related(xml, "REFR", |xml| {
                earlier(xml, result, previous, &row.previous(index));
            });
        }
        for anchor in entry::comments(&shown.notes, row) {
            related(xml, "SUBJ", |xml| entry::comment(xml, &anchor));
        }
        let unit = result.value.unit().or(result.reference_unit.as_ref());
        if let (Some(range), Some(unit)) = (&result.reference, unit) {
            finding::reference(xml, range, unit, &result.conversions, result.reference_sex);
        }
    });
}

fn progress(result: &TestResult) -> Progress {
    result.status.unwrap_or(match result.value {
        Value::NotDone { .. } | Value::Withdrawn { .. } => Progress::Aborted,
        Value::Pending => Progress::Active,
        _ => Progress::Completed,
    })
}

fn method(xml: &mut Xml, method: Option<&Method>, anchor: Option<&str>) {
    let Some(method) = method else { return };
    match (&method.code, anchor) {
        (Some(code), anchor) => xml.coded_at("methodCode", code, anchor),
        (None, Some(anchor)) => xml.within("methodCode", &[], |xml| xml.original(anchor)),
        (None, None) => {}
    }
}

fn earlier(xml: &mut Xml, result: &TestResult, previous: &Previous, anchor: &str) {
    xml.within("observation", &OBSERVATION, |xml| {
        entry::test_code(xml, &result.code, result.translation.as_ref(), anchor);
        xml.empty("statusCode", &[("code", "completed")]);
        xml.time("effectiveTime", previous.at);
        finding::value(xml, &previous.value, &[], anchor);
        if let Some(found) = previous.interpretation {
            finding::interpretation(xml, found);
        }
        method(xml, previous.method.as_ref(), Some(anchor));
        if let (Some(range), Some(unit)) = (&previous.reference, previous.value.unit()) {
            finding::reference(xml, range, unit, &[], None);
        }
    });
}
