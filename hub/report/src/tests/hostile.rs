//! Any text anywhere: the documents stay well-formed, nothing is lost without a sign, nothing panics.

use lisiere_model::report::{Item, Report, Value};
use proptest::prelude::*;
use roxmltree::Document;

use super::report;
use crate::{RenderError, render};

fn poisoned(text: &str) -> Report {
    let mut report = report("serology");
    let some = || Some(text.to_owned());
    report.patient.traits.birth_name = text.to_owned();
    report.patient.traits.used_name = some();
    report.patient.birth_city = some();
    report.laboratory.subtitle = some();
    report.laboratory.footer = vec![text.to_owned()];
    report.remarks[0].text = text.to_owned();
    report.record.extension = text.to_owned();
    report.chapters[0].title = text.to_owned();
    report.chapters[0].parts[0].comments = vec![text.to_owned()];
    for chapter in &mut report.chapters {
        for item in chapter.parts.iter_mut().flat_map(|part| &mut part.items) {
            let Item::Result(result) = item else { continue };
            result.label = text.to_owned();
            result.comments = vec![text.to_owned()];
            if let Value::Text { text: found } = &mut result.value {
                text.clone_into(found);
            }
        }
    }
    report
}

/// Renders it, if its check lets it, and reads every form again.
fn survives(text: &str) {
    let rendered = match render(&poisoned(text)) {
        Ok(rendered) => rendered,
        Err(RenderError::Refused(_)) if text.trim().is_empty() => return,
        Err(error) => panic!(
            "{error} for {:?}",
            text.chars().take(60).collect::<String>()
        ),
    };
    for xml in [rendered.n3, rendered.n1] {
        let xml = String::from_utf8(xml).unwrap();
        let read = Document::parse(&xml).unwrap_or_else(|error| panic!("{error} for {text:?}"));
        let family = read
            .descendants()
            .find(|node| node.attribute("qualifier") == Some("BR"))
            .unwrap();
        assert_eq!(family.text().unwrap_or_default(), crate::text::line(text));
    }
    let html = rendered.html.replacen("<!DOCTYPE html>", "", 1);
    Document::parse(&html).unwrap_or_else(|error| panic!("{error} for {text:?}"));
    assert!(rendered.pdf.starts_with(b"%PDF-1.4"));
}

#[test]
fn known_poisons() {
    let long = "mot ".repeat(4000);
    let solid = "x".repeat(5000);
    for text in [
        "]]>",
        "<script>alert(1)</script>",
        "&amp;&#0;",
        "a\u{0}b",
        "\u{1b}[31m",
        "\"'<>&",
        "\u{202e}EMOR",
        "\u{feff}A",
        "\u{fffe}\u{ffff}",
        "עברית العربية",
        "\u{1f9ea}\u{1f468}\u{200d}\u{2695}\u{fe0f}",
        "e\u{301}",
        "\u{e000}\u{10ffff}",
        "ligne 1\nligne 2\r\nligne 3",
        "\u{2028}\u{85}x",
        "日本語",
        "हिन्दी",
        "--><!--",
        "\t\t.",
        "NOM\u{a0}COMPOSÉ",
        long.as_str(),
        solid.as_str(),
    ] {
        survives(text);
    }
}

#[test]
fn a_letter_that_cannot_be_printed_is_noted() {
    let sheet = crate::display::sheet(&poisoned("Noé \u{1f9ea}"));
    let words = crate::pdf::words(&sheet);
    assert!(words.iter().any(|one| one.contains("Noé \u{fffd}")));
    assert!(
        words
            .iter()
            .any(|one| one.contains("que cette police ne peut pas imprimer"))
    );
    let plain = crate::pdf::words(&crate::display::sheet(&poisoned("Noé")));
    assert!(!plain.iter().any(|one| one.contains("ne peut pas imprimer")));
}

#[test]
fn nothing_stands_outside_the_page() {
    for text in ["mot ".repeat(4000), "x".repeat(5000)] {
        let sheet = crate::display::sheet(&poisoned(&text));
        for page in crate::pdf::pages(&sheet) {
            for (x, y) in page {
                assert!(
                    (0.0..596.0).contains(&x) && (0.0..842.0).contains(&y),
                    "{x} {y}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text(text in any::<String>()) {
        survives(&text);
    }
}
