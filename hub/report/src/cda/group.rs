//! Results under one name: batteries (cr-bio §6.4), and isolates with their antibiograms (cr-bio §6.9).

use lisiere_model::report::{Coded, Image, Isolate, Panel};

use super::anchor::{Row, uuid};
use super::entry::{self, Within};
use super::vocabulary::{BATTERY, ISOLATE};
use super::xml::Xml;
use super::{involved, party, result, specimen};
use crate::display::{Note, NoteKind, PanelBlock};

fn component(xml: &mut Xml, inside: impl FnOnce(&mut Xml)) {
    xml.within("component", &[], inside);
}

/// `organizer` of a battery.
pub(crate) fn panel(
    xml: &mut Xml,
    within: Within<'_>,
    panel: &Panel,
    shown: &PanelBlock,
    row: Row,
) {
    let report = within.report;
    let attributes = [("classCode", "BATTERY"), ("moodCode", "EVN")];
    xml.within("organizer", &attributes, |xml| {
        xml.templates(&BATTERY);
        if let Some(id) = &panel.id {
            xml.identifier(id);
        }
        match &panel.code {
            Some(code) => entry::test_code(xml, code, None, &row.label()),
            None => xml.within("code", &[], |xml| xml.original(&row.label())),
        }
        entry::progress(xml, report, panel.status);
        if let Some(at) = panel.at {
            xml.time("effectiveTime", at);
        }
        party::subcontractor(xml, report, panel.subcontractor.as_ref());
        involved::authors(xml, report, &panel.involved);
        involved::participants(xml, report, panel.validated.as_ref(), &panel.involved);
        let tubes = entry::noted(&shown.notes, row, NoteKind::Specimen);
        let named = specimen::named(report, &panel.specimens);
        for (one, anchor) in named.zip(&tubes) {
            component(xml, |xml| {
                specimen::collection(xml, report, one, anchor, anchor);
            });
        }
        for (index, (one, shown)) in panel.results.iter().zip(&shown.results).enumerate() {
            component(xml, |xml| {
                result::write(xml, within, one, shown, row.inner(index));
            });
        }
        ending(xml, &panel.images, &shown.notes, row);
    });
}

/// Pictures and comments, after the results.
fn ending(xml: &mut Xml, images: &[Image], notes: &[Note], row: Row) {
    for (index, one) in images.iter().enumerate() {
        component(xml, |xml| entry::image(xml, one, &row.media(index)));
    }
    for anchor in entry::comments(notes, row) {
        component(xml, |xml| entry::comment(xml, &anchor));
    }
}

/// `organizer` of an isolate.
pub(crate) fn isolate(
    xml: &mut Xml,
    within: Within<'_>,
    isolate: &Isolate,
    shown: &crate::display::IsolateBlock,
    row: Row,
) {
    let report = within.report;
    let attributes = [("classCode", "CLUSTER"), ("moodCode", "EVN")];
    xml.within("organizer", &attributes, |xml| {
        xml.templates(&ISOLATE);
        entry::progress(xml, report, isolate.status);
        if let Some(at) = isolate.at {
            xml.time("effectiveTime", at);
        }
        xml.within("specimen", &[("typeCode", "SPC")], |xml| {
            xml.within("specimenRole", &[("classCode", "SPEC")], |xml| {
                if let Some(id) = &isolate.id {
                    xml.identifier(id);
                } else {
                    let name = format!("isolate {}", row.label());
                    xml.empty("id", &[("root", &uuid(report.id.as_str(), &name))]);
                }
                xml.within("specimenPlayingEntity", &[("classCode", "MIC")], |xml| {
                    organism(xml, isolate, &row.label());
                });
            });
        });
        party::subcontractor(xml, report, isolate.subcontractor.as_ref());
        involved::authors(xml, report, &isolate.involved);
        involved::participants(xml, report, isolate.validated.as_ref(), &isolate.involved);
        for (index, (one, shown)) in isolate.results.iter().zip(&shown.results).enumerate() {
            component(xml, |xml| {
                result::write(xml, within, one, shown, row.inner(index));
            });
        }
        let first = isolate.results.len();
        for (index, (one, shown)) in isolate.panels.iter().zip(&shown.panels).enumerate() {
            component(xml, |xml| {
                panel(xml, within, one, shown, row.inner(first + index));
            });
        }
        ending(xml, &isolate.images, &shown.notes, row);
    });
}

/// SNOMED CT with the taxonomy as translation, or the taxonomy alone, or the words alone.
fn organism(xml: &mut Xml, isolate: &Isolate, anchor: &str) {
    let inside = |xml: &mut Xml, taxon: Option<&Coded>| {
        xml.original(anchor);
        if let Some(taxon) = taxon {
            xml.coded("translation", taxon);
        }
    };
    let taxon = isolate.taxon.as_ref();
    match &isolate.organism {
        Some(organism) => xml.code_system(organism, |xml, attributes| {
            xml.within("code", attributes, |xml| inside(xml, taxon));
        }),
        None => xml.within("code", &[], |xml| inside(xml, taxon)),
    }
}
