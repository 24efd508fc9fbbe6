//! The coded entry of a part (cr-bio §6.2), parallel to its narrative, and what its items share: comments, pictures, progress.

use lisiere_model::report::{Chapter, Image, Item, Part, Progress, Report, ReportStatus, TestCode};

use super::anchor::{Place, Row};
use super::vocabulary::{COMMENT, ENTRY, IMAGE, WAITING};
use super::xml::Xml;
use super::{group, involved, party, result, specimen};
use crate::display::{ItemBlock, Note, NoteKind, PartBlock};

/// The one `entry` of a part.
pub(crate) fn write(
    xml: &mut Xml,
    report: &Report,
    chapter: &Chapter,
    part: &Part,
    shown: &PartBlock,
    place: Place,
) {
    let act = [("classCode", "ACT"), ("moodCode", "EVN")];
    xml.within("entry", &[("typeCode", "DRIV")], |xml| {
        xml.templates(&ENTRY);
        xml.within("act", &act, |xml| {
            let (code, display) = part
                .code
                .as_ref()
                .map_or((&chapter.code, &chapter.display), |one| {
                    (&one.code, &one.display)
                });
            xml.loinc(code.as_str(), display, None);
            progress(xml, report, part.status);
            if let Some(period) = part.period {
                xml.within("effectiveTime", &[], |xml| {
                    xml.time("low", period.from);
                    xml.time("high", period.to);
                });
            }
            party::subcontractor(xml, report, part.subcontractor.as_ref());
            involved::authors(xml, report, &part.involved);
            involved::participants(xml, report, part.validated.as_ref(), &part.involved);
            for (index, one) in specimen::named(report, &part.specimens).enumerate() {
                let (act, kind) = (place.act(index), place.kind(index));
                related(xml, "COMP", |xml| {
                    specimen::collection(xml, report, one, &act, &kind);
                });
            }
            for (index, (item, block)) in part.items.iter().zip(&shown.items).enumerate() {
                let within = Within {
                    report,
                    part,
                    place,
                };
                within.item(xml, item, block, place.row(index));
            }
            for index in 0..part.comments.len() {
                related(xml, "SUBJ", |xml| comment(xml, &place.comment(index)));
            }
        });
    });
}

/// Where an item stands.
#[derive(Clone, Copy)]
pub(crate) struct Within<'r> {
    /// The whole.
    pub(crate) report: &'r Report,
    /// The part.
    pub(crate) part: &'r Part,
    /// The part's place.
    pub(crate) place: Place,
}

impl Within<'_> {
    fn item(self, xml: &mut Xml, item: &Item, block: &ItemBlock, row: Row) {
        match (item, block) {
            (Item::Result(one), ItemBlock::Result(shown)) => {
                related(xml, "COMP", |xml| result::write(xml, self, one, shown, row));
            }
            (Item::Panel(one), ItemBlock::Panel(shown)) => {
                related(xml, "COMP", |xml| group::panel(xml, self, one, shown, row));
            }
            (Item::Isolate(one), ItemBlock::Isolate(shown)) => {
                related(xml, "COMP", |xml| {
                    group::isolate(xml, self, one, shown, row);
                });
            }
            (Item::Image(one), ItemBlock::Image(_)) => {
                related(xml, "COMP", |xml| image(xml, one, &row.media(0)));
            }
            // The sheet is made from these very items, kind by kind.
            _ => {}
        }
    }
}

/// `entryRelationship`.
pub(crate) fn related(xml: &mut Xml, kind: &str, inside: impl FnOnce(&mut Xml)) {
    xml.within("entryRelationship", &[("typeCode", kind)], inside);
}

/// `statusCode` of a part, a panel or an isolate.
pub(crate) fn progress(xml: &mut Xml, report: &Report, own: Option<Progress>) {
    let progress = own.unwrap_or(match report.status {
        ReportStatus::Partial => Progress::Active,
        ReportStatus::Final | ReportStatus::Corrected => Progress::Completed,
        ReportStatus::Withdrawn => Progress::Aborted,
    });
    xml.empty("statusCode", &[("code", status(progress))]);
}

/// The code of HL7 ActStatus.
pub(crate) const fn status(progress: Progress) -> &'static str {
    match progress {
        Progress::Active => "active",
        Progress::Completed => "completed",
        Progress::Aborted => "aborted",
        Progress::Obsolete => "obsolete",
    }
}

/// Names of the comments among the notes of a row.
pub(crate) fn comments(notes: &[Note], row: Row) -> Vec<String> {
    noted(notes, row, NoteKind::Comment)
}

/// Names of the notes of one kind.
pub(crate) fn noted(notes: &[Note], row: Row, kind: NoteKind) -> Vec<String> {
    notes
        .iter()
        .enumerate()
        .filter(|(_, note)| note.kind == kind)
        .map(|(index, _)| row.note(index))
        .collect()
}

/// A comment whose words stand at `anchor`.
pub(crate) fn comment(xml: &mut Xml, anchor: &str) {
    xml.within("act", &[("classCode", "ACT"), ("moodCode", "EVN")], |xml| {
        xml.templates(&COMMENT);
        xml.loinc("48767-8", "Commentaire", None);
        xml.within("text", &[], |xml| xml.reference(anchor));
        xml.empty("statusCode", &[("code", "completed")]);
    });
}

/// A picture that the narrative shows by this name (cr-bio §6.10).
pub(crate) fn image(xml: &mut Xml, image: &Image, name: &str) {
    let attributes = [("classCode", "OBS"), ("moodCode", "EVN"), ("ID", name)];
    xml.within("observationMedia", &attributes, |xml| {
        xml.templates(&IMAGE);
        if let Some(id) = &image.id {
            xml.identifier(id);
        }
        let attributes = [
            ("mediaType", image.picture.format.media_type()),
            ("representation", "B64"),
        ];
        xml.encoded("value", &attributes, image.picture.data.as_bytes());
    });
}

/// A test's `code`: LOINC, or no code at all and a translation (cr-bio §6.3, strict inside a battery, written so everywhere).
pub(crate) fn test_code(
    xml: &mut Xml,
    code: &TestCode,
    translation: Option<&lisiere_model::report::Coded>,
    anchor: &str,
) {
    let (code, display, system, name) = match code {
        TestCode::Loinc { code, display } => {
            let Some(other) = translation else {
                xml.loinc(code.as_str(), display, Some(anchor));
                return;
            };
            xml.loinc_with(code.as_str(), display, anchor, |xml| {
                xml.coded("translation", other);
            });
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
