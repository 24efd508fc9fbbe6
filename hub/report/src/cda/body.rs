//! The structured body: remarks, chapters, the PDF copy (cr-bio §6).

use lisiere_model::report::{Chapter, Part, Report};

use super::anchor::{Place, uuid};
use super::vocabulary::{ATTACHED, ATTACHED_KIND, CHAPTER, PDF_COPY, REMARK, SUBCHAPTER};
use super::xml::Xml;
use super::{entry, narrative};
use crate::display::{ChapterBlock, PartBlock, RemarkBlock, Sheet};

const COPY_TITLE: &str = "copie-titre";
const COPY_PDF: &str = "copie-pdf";

/// `structuredBody`.
pub(crate) fn structured(xml: &mut Xml, report: &Report, sheet: &Sheet, pdf: &str) {
    xml.within("structuredBody", &[], |xml| {
        for (index, remark) in sheet.remarks.iter().enumerate() {
            section(xml, |xml| self::remark(xml, report, remark, index));
        }
        for (index, (chapter, shown)) in report.chapters.iter().zip(&sheet.chapters).enumerate() {
            section(xml, |xml| self::chapter(xml, report, chapter, shown, index));
        }
        section(xml, |xml| copy(xml, report, pdf));
    });
}

fn section(xml: &mut Xml, inside: impl FnOnce(&mut Xml)) {
    xml.within("component", &[], |xml| xml.within("section", &[], inside));
}

fn remark(xml: &mut Xml, report: &Report, remark: &RemarkBlock, index: usize) {
    xml.templates(&REMARK);
    xml.empty(
        "id",
        &[(
            "root",
            &uuid(report.id.as_str(), &format!("remark {index}")),
        )],
    );
    xml.loinc("55112-7", "Commentaire", None);
    xml.leaf("title", &[], &remark.title);
    xml.within("text", &[], |xml| {
        xml.within("paragraph", &[], |xml| xml.lines(&remark.text));
    });
}

/// A chapter holds either text and entry, or sub-chapters, never both.
fn chapter(xml: &mut Xml, report: &Report, chapter: &Chapter, shown: &ChapterBlock, index: usize) {
    xml.templates(&CHAPTER);
    xml.loinc(chapter.code.as_str(), &chapter.display, None);
    xml.leaf("title", &[], &shown.title);
    if let ([part], [block @ PartBlock { title: None, .. }]) =
        (chapter.parts.as_slice(), shown.parts.as_slice())
    {
        self::part(xml, report, chapter, part, block, Place::new(index, 0));
        return;
    }
    for (place, (part, block)) in chapter.parts.iter().zip(&shown.parts).enumerate() {
        section(xml, |xml| {
            xml.templates(&SUBCHAPTER);
            xml.loinc(chapter.code.as_str(), &chapter.display, None);
            xml.leaf("title", &[], block.title.as_ref().unwrap_or(&shown.title));
            self::part(xml, report, chapter, part, block, Place::new(index, place));
        });
    }
}

fn part(
    xml: &mut Xml,
    report: &Report,
    chapter: &Chapter,
    part: &Part,
    shown: &PartBlock,
    place: Place,
) {
    narrative::write(xml, shown, place);
    entry::write(xml, report, chapter, part, shown, place);
}

/// FR-Document-PDF-copie (cr-bio §6.11).
fn copy(xml: &mut Xml, report: &Report, pdf: &str) {
    let id = |name: &str| uuid(report.id.as_str(), name);
    xml.templates(&[PDF_COPY]);
    xml.empty("id", &[("root", &id("copy section"))]);
    xml.loinc("55108-5", "Copie du document", None);
    xml.leaf("title", &[], "Copie du document");
    xml.within("text", &[], |xml| {
        xml.leaf("content", &[("ID", COPY_TITLE)], "Copie PDF du document");
        xml.empty("br", &[]);
        xml.empty("renderMultiMedia", &[("referencedObject", COPY_PDF)]);
    });
    xml.within("entry", &[], |xml| {
        xml.within(
            "organizer",
            &[("classCode", "CLUSTER"), ("moodCode", "EVN")],
            |xml| {
                xml.templates(&[ATTACHED]);
                xml.empty("id", &[("root", &id("copy"))]);
                xml.loinc("55107-7", "Document attaché", None);
                xml.empty("statusCode", &[("code", "completed")]);
                xml.within("component", &[], |xml| {
                    xml.within(
                        "observation",
                        &[("classCode", "OBS"), ("moodCode", "EVN")],
                        |xml| {
                            xml.templates(&ATTACHED_KIND);
                            xml.empty("id", &[("root", &id("copy kind"))]);
                            xml.loinc("69764-9", "Type de document", None);
                            xml.within("text", &[], |xml| xml.reference(COPY_TITLE));
                            xml.empty("statusCode", &[("code", "completed")]);
                            xml.empty("effectiveTime", &[("nullFlavor", "NA")]);
                            let attributes = [
                                ("xsi:type", "CD"),
                                ("code", "55108-5"),
                                ("displayName", "Copie du document"),
                                ("codeSystem", super::vocabulary::LOINC),
                                ("codeSystemName", super::vocabulary::LOINC_NAME),
                            ];
                            xml.empty("value", &attributes);
                        },
                    );
                });
                xml.within("component", &[], |xml| {
                    let attributes = [("classCode", "OBS"), ("moodCode", "EVN"), ("ID", COPY_PDF)];
                    xml.within("observationMedia", &attributes, |xml| {
                        let attributes =
                            [("mediaType", "application/pdf"), ("representation", "B64")];
                        xml.leaf("value", &attributes, pdf);
                    });
                });
            },
        );
    });
}
