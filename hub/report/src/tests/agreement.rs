//! PDF, HTML and CDA narrative say the same, value by value; the same report gives the same bytes.

use std::collections::BTreeSet;

use base64::Engine as _;
use roxmltree::{Document, Node};

use super::{report, reports};
use crate::display::{ItemBlock, Note, PanelBlock, ResultLine, Sheet};
use crate::{display, render};

/// All that is said about results, one text each.
fn said(sheet: &Sheet) -> Vec<String> {
    fn notes(all: &mut Vec<String>, notes: &[Note]) {
        all.extend(notes.iter().map(|note| note.text.clone()));
    }
    fn result(all: &mut Vec<String>, one: &ResultLine) {
        all.extend([
            one.label.clone(),
            one.value.clone(),
            one.unit.clone(),
            one.reference.clone(),
            one.mark.to_owned(),
        ]);
        for previous in &one.previous {
            all.extend([previous.value.clone(), previous.date.clone()]);
        }
        notes(all, &one.notes);
    }
    fn panel(all: &mut Vec<String>, panel: &PanelBlock) {
        all.push(panel.label.clone());
        for one in &panel.results {
            result(all, one);
        }
        all.extend(panel.images.iter().map(|one| one.title.clone()));
        notes(all, &panel.notes);
    }
    let mut all = Vec::new();
    for chapter in &sheet.chapters {
        all.push(chapter.title.clone());
        for part in &chapter.parts {
            all.extend(part.title.clone());
            for specimen in &part.specimens {
                all.extend(
                    [
                        &specimen.act,
                        &specimen.kind,
                        &specimen.accession,
                        &specimen.collected,
                        &specimen.received,
                    ]
                    .map(Clone::clone),
                );
            }
            all.extend(part.facts.clone());
            for item in &part.items {
                match item {
                    ItemBlock::Result(one) => result(&mut all, one),
                    ItemBlock::Panel(one) => panel(&mut all, one),
                    ItemBlock::Isolate(isolate) => {
                        all.push(isolate.label.clone());
                        for one in &isolate.results {
                            result(&mut all, one);
                        }
                        for one in &isolate.panels {
                            panel(&mut all, one);
                        }
                        all.extend(isolate.images.iter().map(|one| one.title.clone()));
                        notes(&mut all, &isolate.notes);
                    }
                    ItemBlock::Image(one) => all.push(one.title.clone()),
                }
            }
            all.extend(part.comments.clone());
            all.extend(part.subcontractor.clone());
            all.push(part.validated.clone());
        }
    }
    for annex in &sheet.annexes {
        all.push(annex.title.clone());
        all.extend(annex.lines.clone());
    }
    for remark in &sheet.remarks {
        all.extend([remark.title.clone(), remark.text.clone()]);
    }
    all.retain(|text| !text.is_empty());
    all
}

/// Text without what lines may do to it.
fn flat(text: &str) -> String {
    text.chars().filter(|one| !one.is_whitespace()).collect()
}

fn text_of(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter(Node::is_text)
        .filter_map(|one| one.text())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn every_form_says_everything() {
    for (name, report) in reports() {
        let sheet = display::sheet(&report);
        let rendered = render(&report).unwrap();
        let n3 = String::from_utf8(rendered.n3).unwrap();
        let n3 = Document::parse(&n3).unwrap();
        let narrative: String = n3
            .descendants()
            .filter(|node| {
                (node.has_tag_name(("urn:hl7-org:v3", "text"))
                    || node.has_tag_name(("urn:hl7-org:v3", "title")))
                    && node
                        .parent()
                        .is_some_and(|up| up.tag_name().name() == "section")
            })
            .map(text_of)
            .collect();
        let html = rendered.html.replacen("<!DOCTYPE html>", "", 1);
        let html = text_of(Document::parse(&html).unwrap().root_element());
        let pdf = crate::pdf::words(&sheet).join(" ");
        for (form, text) in [
            ("narrative", flat(&narrative)),
            ("html", flat(&html)),
            ("pdf", flat(&pdf).to_lowercase()),
        ] {
            for one in said(&sheet) {
                let one = if form == "pdf" {
                    flat(&one).to_lowercase()
                } else {
                    flat(&one)
                };
                // In the PDF the columns of a row stand between the lines of a long cell.
                let found = if form == "pdf" && !text.contains(&one) {
                    said_in_pieces(&crate::pdf::words(&sheet), &one)
                } else {
                    text.contains(&one)
                };
                assert!(found, "{name}: {form} lacks {one}");
            }
        }
    }
}

/// Whether consecutive pieces of the page, others between them, spell the text.
fn said_in_pieces(words: &[String], wanted: &str) -> bool {
    let mut rest = wanted.to_owned();
    for word in words {
        if let Some(left) = rest.strip_prefix(&flat(word).to_lowercase()) {
            rest = left.to_owned();
        }
        if rest.is_empty() {
            return true;
        }
    }
    false
}

/// Each result of the N3 points at narrative elements that hold exactly the sheet's name and value of that result.
#[test]
fn entries_point_at_their_own_words() {
    for (name, report) in reports() {
        let sheet = display::sheet(&report);
        let rendered = render(&report).unwrap();
        let n3 = String::from_utf8(rendered.n3).unwrap();
        let n3 = Document::parse(&n3).unwrap();
        let mut ids = BTreeSet::new();
        for node in n3.descendants() {
            if let Some(id) = node.attribute("ID") {
                assert!(ids.insert(id), "{name}: {id} stands twice");
                assert!(
                    id.starts_with(|one: char| one.is_ascii_alphabetic()),
                    "{id}"
                );
            }
        }
        let by_id = |id: &str| {
            n3.descendants()
                .find(|node| node.attribute("ID") == Some(id))
                .map(text_of)
        };
        for node in n3
            .descendants()
            .filter(|node| node.tag_name().name() == "reference")
        {
            let target = node.attribute("value").unwrap().strip_prefix('#').unwrap();
            assert!(ids.contains(target), "{name}: #{target} has no element");
        }
        let lines: Vec<ResultLine> = sheet
            .chapters
            .iter()
            .flat_map(|chapter| &chapter.parts)
            .flat_map(|part| &part.items)
            .flat_map(|item| match item {
                ItemBlock::Result(one) => vec![one.clone()],
                ItemBlock::Panel(panel) => panel.results.clone(),
                ItemBlock::Isolate(isolate) => isolate
                    .results
                    .iter()
                    .chain(isolate.panels.iter().flat_map(|panel| &panel.results))
                    .cloned()
                    .collect(),
                ItemBlock::Image(_) => Vec::new(),
            })
            .collect();
        let results: Vec<Node<'_, '_>> = n3
            .descendants()
            .filter(|node| {
                node.tag_name().name() == "observation"
                    && node
                        .children()
                        .any(|one| one.attribute("root") == Some("1.3.6.1.4.1.19376.1.3.1.6"))
            })
            .collect();
        assert_eq!(results.len(), lines.len(), "{name}");
        for (node, line) in results.iter().zip(&lines) {
            let code = node
                .children()
                .find(|one| one.tag_name().name() == "code")
                .unwrap();
            let anchor = code
                .descendants()
                .find(|one| one.tag_name().name() == "reference")
                .unwrap();
            let anchor = anchor
                .attribute("value")
                .unwrap()
                .strip_prefix('#')
                .unwrap();
            assert_eq!(by_id(anchor).unwrap(), line.label, "{name}");
            assert_eq!(
                flat(&by_id(&format!("{anchor}v")).unwrap()),
                flat(&line.value),
                "{name}"
            );
            let value = node.children().find(|one| one.tag_name().name() == "value");
            let Some(value) = value else {
                assert_eq!(line.value, "En attente", "{name}: {}", line.label);
                continue;
            };
            if let Some(number) = value.attribute("value") {
                let shown = match line.value.as_str() {
                    "Oui" => "true".to_owned(),
                    "Non" => "false".to_owned(),
                    number => number.replace('\u{202f}', "").replace(',', "."),
                };
                assert_eq!(number, shown, "{name}: {}", line.label);
            }
        }
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let report = report("blood-count");
    let (first, second) = (render(&report).unwrap(), render(&report).unwrap());
    assert!(first == second);
    let copied = String::from_utf8(first.n3).unwrap();
    let copied = Document::parse(&copied).unwrap();
    let copy = copied
        .descendants()
        .find(|node| node.attribute("mediaType") == Some("application/pdf"))
        .unwrap();
    let inside = base64::engine::general_purpose::STANDARD
        .decode(copy.text().unwrap())
        .unwrap();
    assert!(inside == first.pdf, "the copy inside the N3 is the PDF");
}

#[test]
fn heads_are_repeated_and_every_page_names_the_patient() {
    let sheet = display::sheet(&report("blood-count"));
    let words = crate::pdf::words(&sheet);
    let count = |text: &str| words.iter().filter(|one| one.as_str() == text).count();
    assert_eq!(count("Page\u{a0}1\u{a0}/\u{a0}2"), 1);
    assert_eq!(count("Page\u{a0}2\u{a0}/\u{a0}2"), 1);
    assert_eq!(count("Biochimie sanguine (suite)"), 1);
    // Each page's foot, and the head of each page but the first.
    assert_eq!(count(&sheet.patient.running), 2 + 1);
}
