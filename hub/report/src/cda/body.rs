//! The structured body: remarks, chapters, what stands beside them, the PDF copy (cr-bio §6).

use lisiere_model::report::{Chapter, Part, Report};

use super::anchor::{Place, uuid};
use super::vocabulary::{CHAPTER, REMARK, SUBCHAPTER};
use super::xml::Xml;
use super::{annex, entry, narrative};
use crate::display::{ChapterBlock, PartBlock, RemarkBlock, Sheet};

/// `structuredBody`.
pub(crate) fn structured(xml: &mut Xml, report: &Report, sheet: &Sheet, pdf: &[u8]) {
    xml.within("structuredBody", &[], |xml| {
        for (index, remark) in sheet.remarks.iter().enumerate() {
            section(xml, |xml| self::remark(xml, report, remark, index));
        }
        for (index, (chapter, shown)) in report.chapters.iter().zip(&sheet.chapters).enumerate() {
            section(xml, |xml| self::chapter(xml, report, chapter, shown, index));
        }
        for (index, shown) in sheet.annexes.iter().enumerate() {
            section(xml, |xml| annex::section(xml, report, shown, index));
        }
        section(xml, |xml| annex::copy(xml, report, pdf));
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
        && part.code.is_none()
    {
        self::part(xml, report, chapter, part, block, Place::new(index, 0));
        return;
    }
    for (place, (part, block)) in chapter.parts.iter().zip(&shown.parts).enumerate() {
        section(xml, |xml| {
            xml.templates(&SUBCHAPTER);
            match &part.code {
                Some(own) => xml.loinc(own.code.as_str(), &own.display, None),
                None => xml.loinc(chapter.code.as_str(), &chapter.display, None),
            }
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
