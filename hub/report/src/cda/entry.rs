//! The coded entry of a part (cr-bio §6.2 to 6.10), parallel to its narrative.

use lisiere_model::report::{
    Chapter, Item, Panel, Part, Previous, Report, ReportStatus, ReportedSpecimen, TestCode,
    TestResult, Value,
};

use super::anchor::{Place, Row};
use super::vocabulary::{BATTERY, COLLECTION, COMMENT, ENTRY, IHE_ACT, RECEPTION, RESULT, WAITING};
use super::xml::Xml;
use super::{finding, party};
use crate::display::{ItemBlock, Note, NoteKind, PartBlock, ResultLine};

/// The one `entry` of a part.
pub(crate) fn write(
    xml: &mut Xml,
    report: &Report,
    chapter: &Chapter,
    part: &Part,
    shown: &PartBlock,
    place: Place,
) {
    xml.within("entry", &[("typeCode", "DRIV")], |xml| {
        xml.templates(&ENTRY);
        xml.within("act", &[("classCode", "ACT"), ("moodCode", "EVN")], |xml| {
            xml.loinc(chapter.code.as_str(), &chapter.display, None);
            let status = if report.status == ReportStatus::Partial {
                "active"
            } else {
                "completed"
            };
            xml.empty("statusCode", &[("code", status)]);
            party::subcontractor(xml, part.subcontractor.as_ref());
            if let Some(by) = &part.validated {
                party::authenticating(xml, report, by);
            }
            let specimens = part.specimens.iter().filter_map(|one| report.specimen(one));
            for (index, specimen) in specimens.enumerate() {
                related(xml, "COMP", |xml| collection(xml, specimen, place, index));
            }
            for (index, (item, block)) in part.items.iter().zip(&shown.items).enumerate() {
                let row = place.row(index);
                related(xml, "COMP", |xml| self::item(xml, report, item, block, row));
            }
            for index in 0..part.comments.len() {
                related(xml, "SUBJ", |xml| comment(xml, &place.comment(index)));
            }
        });
    });
}

fn related(xml: &mut Xml, kind: &str, inside: impl FnOnce(&mut Xml)) {
    xml.within("entryRelationship", &[("typeCode", kind)], inside);
}

fn collection(xml: &mut Xml, specimen: &ReportedSpecimen, place: Place, index: usize) {
    xml.within(
        "procedure",
        &[("classCode", "PROC"), ("moodCode", "EVN")],
        |xml| {
            xml.templates(&COLLECTION);
            let anchor = place.act(index);
            match &specimen.act {
                Some(act) => xml.coded_at("code", act, Some(&anchor)),
                None => xml.loinc("33882-2", "Prélèvement", Some(&anchor)),
            }
            match specimen.collected_at {
                Some(at) => xml.until("effectiveTime", at),
                None => xml.empty("effectiveTime", &[("nullFlavor", "UNK")]),
            }
            xml.within("participant", &[("typeCode", "PRD")], |xml| {
                xml.within("participantRole", &[("classCode", "SPEC")], |xml| {
                    xml.id(specimen.root.as_str(), specimen.accession.as_str());
                    xml.within("playingEntity", &[], |xml| {
                        xml.coded_at("code", &specimen.kind, Some(&place.kind(index)));
                    });
                });
            });
            if let Some(received) = specimen.received_at {
                related(xml, "COMP", |xml| {
                    xml.within("act", &[("classCode", "ACT"), ("moodCode", "EVN")], |xml| {
                        xml.templates(&RECEPTION);
                        let attributes = [
                            ("code", "SPRECEIVE"),
                            ("displayName", "Échantillon reçu"),
                            ("codeSystem", IHE_ACT),
                            ("codeSystemName", "IHEActCode"),
                        ];
                        xml.empty("code", &attributes);
                        xml.time("effectiveTime", received);
                    });
                });
            }
        },
    );
}

fn item(xml: &mut Xml, report: &Report, item: &Item, block: &ItemBlock, row: Row) {
    match (item, block) {
        (Item::Result(one), ItemBlock::Result(shown)) => result(xml, report, one, shown, row),
        (Item::Panel(one), ItemBlock::Panel(shown)) => {
            panel(xml, report, one, &shown.results, &shown.notes, row);
        }
        // The sheet is made from these very items, kind by kind.
        _ => {}
    }
}

fn panel(
    xml: &mut Xml,
    report: &Report,
    panel: &Panel,
    shown: &[ResultLine],
    notes: &[Note],
    row: Row,
) {
    xml.within(
        "organizer",
        &[("classCode", "BATTERY"), ("moodCode", "EVN")],
        |xml| {
            xml.templates(&BATTERY);
            match &panel.code {
                Some(code) => test_code(xml, code, &row.label()),
                None => xml.within("code", &[], |xml| xml.original(&row.label())),
            }
            let status = if report.status == ReportStatus::Partial {
                "active"
            } else {
                "completed"
            };
            xml.empty("statusCode", &[("code", status)]);
            party::subcontractor(xml, panel.subcontractor.as_ref());
            for (index, (one, shown)) in panel.results.iter().zip(shown).enumerate() {
                xml.within("component", &[], |xml| {
                    result(xml, report, one, shown, row.inner(index));
                });
            }
            for anchor in comments(notes, row) {
                xml.within("component", &[], |xml| comment(xml, &anchor));
            }
        },
    );
}

fn comments(notes: &[Note], row: Row) -> Vec<String> {
    notes
        .iter()
        .enumerate()
        .filter(|(_, note)| note.kind == NoteKind::Comment)
        .map(|(index, _)| row.note(index))
        .collect()
}

/// A test's `code`: LOINC, or no code at all and a translation (cr-bio §6.3, strict inside a battery, written so everywhere).
fn test_code(xml: &mut Xml, code: &TestCode, anchor: &str) {
    let (code, display, system, name) = match code {
        TestCode::Loinc { code, display } => {
            xml.loinc(code.as_str(), display, Some(anchor));
            return;
        }
        TestCode::Waiting { code, display } => (code.as_str(), display, WAITING, "Code d'attente"),
        TestCode::Local {
            code,
            display,
            system,
        } => (code.as_str(), display, system.as_str(), "Table locale"),
    };
    xml.within("code", &[], |xml| {
        xml.original(anchor);
        let attributes = [
            ("code", code),
            ("displayName", display),
            ("codeSystem", system),
            ("codeSystemName", name),
        ];
        xml.empty("translation", &attributes);
    });
}

fn result(xml: &mut Xml, report: &Report, result: &TestResult, shown: &ResultLine, row: Row) {
    xml.within(
        "observation",
        &[("classCode", "OBS"), ("moodCode", "EVN")],
        |xml| {
            xml.templates(&RESULT);
            test_code(xml, &result.code, &row.label());
            let aborted = matches!(result.value, Value::NotDone { .. });
            xml.empty(
                "statusCode",
                &[("code", if aborted { "aborted" } else { "completed" })],
            );
            if let Some(at) = result.measured_at {
                xml.time("effectiveTime", at);
            }
            finding::value(xml, &result.value, &row.value());
            if let Some(found) = result.interpretation {
                finding::interpretation(xml, found);
            }
            method(xml, result, shown, row);
            party::subcontractor(xml, result.subcontractor.as_ref());
            if let Some(by) = &result.validated {
                party::authenticating(xml, report, by);
            }
            for (index, previous) in result.previous.iter().enumerate() {
                related(xml, "REFR", |xml| {
                    earlier(xml, result, previous, &row.previous(index));
                });
            }
            for anchor in comments(&shown.notes, row) {
                related(xml, "SUBJ", |xml| comment(xml, &anchor));
            }
            if let (Some(range), Some(unit)) = (&result.reference, result.value.unit()) {
                finding::reference(xml, range, unit);
            }
        },
    );
}

fn method(xml: &mut Xml, result: &TestResult, shown: &ResultLine, row: Row) {
    let Some(method) = &result.method else { return };
    let place = shown
        .notes
        .iter()
        .position(|note| note.kind == NoteKind::Method);
    let anchor = place.map(|place| row.note(place));
    match (&method.code, anchor) {
        (Some(code), anchor) => xml.coded_at("methodCode", code, anchor.as_deref()),
        (None, Some(anchor)) => xml.within("methodCode", &[], |xml| xml.original(&anchor)),
        (None, None) => {}
    }
}

fn earlier(xml: &mut Xml, result: &TestResult, previous: &Previous, anchor: &str) {
    xml.within(
        "observation",
        &[("classCode", "OBS"), ("moodCode", "EVN")],
        |xml| {
            test_code(xml, &result.code, anchor);
            xml.empty("statusCode", &[("code", "completed")]);
            xml.time("effectiveTime", previous.at);
            finding::value(xml, &previous.value, anchor);
        },
    );
}

fn comment(xml: &mut Xml, anchor: &str) {
    xml.within("act", &[("classCode", "ACT"), ("moodCode", "EVN")], |xml| {
        xml.templates(&COMMENT);
        xml.loinc("48767-8", "Commentaire", None);
        xml.within("text", &[], |xml| xml.reference(anchor));
        xml.empty("statusCode", &[("code", "completed")]);
    });
}
