//! The narrative block of a part: every word from the sheet, every element that an entry points at with its name.

use super::anchor::{Place, Row};
use super::xml::Xml;
use crate::display::{ImageBlock, ItemBlock, Note, PanelBlock, PartBlock, ResultLine};

const COLUMNS: &str = "6";

/// `text` of a chapter or sub-chapter.
pub(crate) fn write(xml: &mut Xml, part: &PartBlock, place: Place) {
    xml.within("text", &[], |xml| {
        for (index, fact) in part.facts.iter().enumerate() {
            xml.leaf("paragraph", &[("ID", &place.fact(index))], fact);
        }
        specimens(xml, part, place);
        results(xml, part, place);
        if let Some(other) = &part.subcontractor {
            xml.leaf("paragraph", &[], other);
        }
        for (index, comment) in part.comments.iter().enumerate() {
            xml.within("paragraph", &[("ID", &place.comment(index))], |xml| {
                xml.lines(comment);
            });
        }
        if !part.validated.is_empty() {
            xml.leaf("paragraph", &[], &part.validated);
        }
    });
}

fn heads(xml: &mut Xml, names: &[&str]) {
    xml.within("thead", &[], |xml| {
        xml.within("tr", &[], |xml| {
            for name in names {
                xml.leaf("th", &[], name);
            }
        });
    });
}

fn specimens(xml: &mut Xml, part: &PartBlock, place: Place) {
    if part.specimens.is_empty() {
        return;
    }
    xml.within("table", &[("border", "0")], |xml| {
        heads(
            xml,
            &["Prélèvement", "Nature", "Numéro", "Prélevé le", "Reçu le"],
        );
        xml.within("tbody", &[], |xml| {
            for (index, specimen) in part.specimens.iter().enumerate() {
                xml.within("tr", &[], |xml| {
                    named_cell(xml, &place.act(index), &specimen.act);
                    named_cell(xml, &place.kind(index), &specimen.kind);
                    xml.leaf("td", &[], &specimen.accession);
                    xml.leaf("td", &[], &specimen.collected);
                    xml.leaf("td", &[], &specimen.received);
                });
            }
        });
    });
}

fn named_cell(xml: &mut Xml, name: &str, text: &str) {
    xml.within("td", &[], |xml| xml.leaf("content", &[("ID", name)], text));
}

fn results(xml: &mut Xml, part: &PartBlock, place: Place) {
    xml.within("table", &[("border", "0")], |xml| {
        heads(
            xml,
            &[
                "Examen",
                "Résultat",
                "",
                "Unité",
                "Valeurs de référence",
                "Antériorités",
            ],
        );
        xml.within("tbody", &[], |xml| {
            for (index, item) in part.items.iter().enumerate() {
                let row = place.row(index);
                match item {
                    ItemBlock::Result(result) => self::result(xml, result, row),
                    ItemBlock::Panel(panel) => self::panel(xml, panel, row),
                    ItemBlock::Isolate(isolate) => {
                        heading(xml, &isolate.label, row);
                        for (inner, result) in isolate.results.iter().enumerate() {
                            self::result(xml, result, row.inner(inner));
                        }
                        let first = isolate.results.len();
                        for (inner, panel) in isolate.panels.iter().enumerate() {
                            self::panel(xml, panel, row.inner(first + inner));
                        }
                        images(xml, &isolate.images, row);
                        notes(xml, &isolate.notes, row);
                    }
                    ItemBlock::Image(image) => images(xml, std::slice::from_ref(image), row),
                }
            }
        });
    });
}

/// A row of one cell.
fn wide(xml: &mut Xml, inside: impl FnOnce(&mut Xml)) {
    xml.within("tr", &[], |xml| {
        xml.within("td", &[("colspan", COLUMNS)], inside);
    });
}

fn heading(xml: &mut Xml, label: &str, row: Row) {
    wide(xml, |xml| {
        let name = row.label();
        let attributes = [("ID", name.as_str()), ("styleCode", "Bold")];
        xml.leaf("content", &attributes, label);
    });
}

fn panel(xml: &mut Xml, panel: &PanelBlock, row: Row) {
    heading(xml, &panel.label, row);
    for (inner, result) in panel.results.iter().enumerate() {
        self::result(xml, result, row.inner(inner));
    }
    images(xml, &panel.images, row);
    notes(xml, &panel.notes, row);
}

fn images(xml: &mut Xml, images: &[ImageBlock], row: Row) {
    for (index, image) in images.iter().enumerate() {
        wide(xml, |xml| {
            xml.leaf("content", &[("ID", &row.image(index))], &image.title);
            xml.empty("br", &[]);
            let media = row.media(index);
            xml.empty("renderMultiMedia", &[("referencedObject", &media)]);
        });
    }
}

fn result(xml: &mut Xml, result: &ResultLine, row: Row) {
    xml.within("tr", &[], |xml| {
        named_cell(xml, &row.label(), &result.label);
        xml.within("td", &[], |xml| {
            let name = row.value();
            let attributes = [("ID", name.as_str()), ("styleCode", "Bold")];
            let attributes = if result.strong {
                &attributes[..]
            } else {
                attributes.get(..1).unwrap_or_default()
            };
            xml.within("content", attributes, |xml| xml.lines(&result.value));
        });
        xml.leaf("td", &[], result.mark);
        xml.leaf("td", &[], &result.unit);
        xml.leaf("td", &[], &result.reference);
        xml.within("td", &[], |xml| {
            for (index, previous) in result.previous.iter().enumerate() {
                if index > 0 {
                    xml.empty("br", &[]);
                }
                let name = row.previous(index);
                xml.within("content", &[("ID", &name)], |xml| {
                    xml.text(&format!("{} ({})", previous.value, previous.date));
                });
            }
        });
    });
    notes(xml, &result.notes, row);
}

fn notes(xml: &mut Xml, notes: &[Note], row: Row) {
    for (index, note) in notes.iter().enumerate() {
        wide(xml, |xml| {
            let name = row.note(index);
            let attributes = [("ID", name.as_str()), ("styleCode", "Italics")];
            xml.within("content", &attributes, |xml| xml.lines(&note.text));
        });
    }
}
