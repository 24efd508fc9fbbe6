//! The report as semantic HTML: one well-formed fragment for the browser, or a page that needs nothing else.
//!
//! No script, no inline style: everything that shapes the page stands in [`STYLESHEET`].

mod figure;

use quick_xml::escape::escape;

use crate::display::{Fact, ItemBlock, Note, NoteKind, PanelBlock, PartBlock, ResultLine, Sheet};

/// The stylesheet of the fragment. Class names begin with `cr-`.
pub const STYLESHEET: &str = include_str!("report.css");

/// The report as an `article`, to be placed in a page that has the stylesheet.
pub fn fragment(sheet: &Sheet) -> String {
    let mut out = Markup(String::with_capacity(8192));
    out.open("article", "cr-report");
    out.open("header", "cr-letterhead");
    if let Some(logo) = &sheet.laboratory.logo {
        out.picture("cr-logo", logo);
    }
    out.open("div", "cr-laboratory");
    out.leaf("p", "cr-laboratory-name", &sheet.laboratory.name);
    for line in sheet
        .laboratory
        .subtitle
        .iter()
        .chain(&sheet.laboratory.lines)
    {
        out.leaf("p", "", line);
    }
    out.close("div");
    out.open("div", "cr-side");
    for line in &sheet.laboratory.side {
        out.leaf("p", "", line);
    }
    out.close("div");
    out.close("header");
    out.leaf("h1", "", &sheet.title);
    out.leaf("p", "cr-status", &sheet.status);
    for notice in &sheet.notices {
        out.leaf("p", "cr-notice", notice);
    }
    out.open("div", "cr-identity");
    out.open("section", "cr-patient");
    out.leaf("h2", "", &sheet.patient.name);
    out.facts(&sheet.patient.facts);
    out.close("section");
    out.open("section", "cr-request");
    out.facts(&sheet.request);
    out.close("section");
    out.close("div");
    for remark in &sheet.remarks {
        out.open("section", "cr-remark");
        out.leaf("h2", "", &remark.title);
        out.lines("p", "", &remark.text);
        out.close("section");
    }
    for chapter in &sheet.chapters {
        out.open("section", "cr-chapter");
        out.leaf("h2", "", &chapter.title);
        for part in &chapter.parts {
            out.part(part, &chapter.title);
        }
        out.close("section");
    }
    for annex in &sheet.annexes {
        out.open("section", "cr-annex");
        out.leaf("h2", "", &annex.title);
        for text in &annex.lines {
            out.lines("p", "cr-comment", text);
        }
        out.close("section");
    }
    out.open("footer", "cr-foot");
    out.open("div", "cr-signature");
    for line in &sheet.signature {
        out.leaf("p", "", line);
    }
    out.close("div");
    for line in sheet
        .legend
        .iter()
        .chain([&sheet.reference])
        .chain(&sheet.laboratory.footer)
    {
        out.leaf("p", "cr-small", line);
    }
    out.close("footer");
    out.close("article");
    out.0
}

/// A whole page that needs nothing else. Its title names nobody: titles end up in histories.
pub fn page(sheet: &Sheet) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>{}</title>\n<style>\n{STYLESHEET}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
        escape(&sheet.title),
        fragment(sheet)
    )
}

struct Markup(String);

impl Markup {
    fn open(&mut self, tag: &str, class: &str) {
        self.start(tag, class);
        self.0.push('\n');
    }

    fn start(&mut self, tag: &str, class: &str) {
        self.0.push('<');
        self.0.push_str(tag);
        if !class.is_empty() {
            self.0.push_str(" class=\"");
            self.0.push_str(class);
            self.0.push('"');
        }
        self.0.push('>');
    }

    fn close(&mut self, tag: &str) {
        self.0.push_str("</");
        self.0.push_str(tag);
        self.0.push_str(">\n");
    }

    fn leaf(&mut self, tag: &str, class: &str, text: &str) {
        self.start(tag, class);
        self.0.push_str(&escape(text));
        self.close(tag);
    }

    fn lines(&mut self, tag: &str, class: &str, text: &str) {
        self.start(tag, class);
        self.broken(text);
        self.close(tag);
    }

    fn broken(&mut self, text: &str) {
        for (place, line) in text.split('\n').enumerate() {
            if place > 0 {
                self.0.push_str("<br/>");
            }
            self.0.push_str(&escape(line));
        }
    }

    fn facts(&mut self, facts: &[Fact]) {
        self.open("dl", "");
        for fact in facts {
            self.leaf("dt", "", fact.name);
            for line in &fact.lines {
                self.leaf("dd", "", line);
            }
        }
        self.close("dl");
    }

    fn part(&mut self, part: &PartBlock, chapter: &str) {
        if let Some(title) = &part.title {
            self.leaf("h3", "", title);
        }
        for fact in &part.facts {
            self.leaf("p", "cr-small", fact);
        }
        for specimen in &part.specimens {
            let mut text = format!(
                "{} : {}, tube {}",
                specimen.act, specimen.kind, specimen.accession
            );
            if !specimen.collected.is_empty() {
                text = format!("{text}, prélevé le {}", specimen.collected);
            }
            if !specimen.received.is_empty() {
                text = format!("{text}, reçu le {}", specimen.received);
            }
            self.leaf("p", "cr-small", &text);
        }
        self.open("table", "cr-results");
        self.leaf(
            "caption",
            "cr-hidden",
            part.title.as_deref().unwrap_or(chapter),
        );
        self.open("thead", "");
        self.open("tr", "");
        for name in [
            "Examen",
            "Résultat",
            "Unité",
            "Valeurs de référence",
            "Antériorités",
        ] {
            self.0.push_str("<th scope=\"col\">");
            self.0.push_str(name);
            self.close("th");
        }
        self.close("tr");
        self.close("thead");
        for item in &part.items {
            self.open("tbody", "");
            match item {
                ItemBlock::Result(one) => self.result(one),
                ItemBlock::Panel(panel) => self.panel(panel),
                ItemBlock::Isolate(isolate) => {
                    self.heading("cr-isolate", &isolate.label);
                    for one in &isolate.results {
                        self.result(one);
                    }
                    for panel in &isolate.panels {
                        self.panel(panel);
                    }
                    self.images(&isolate.images);
                    self.notes(&isolate.notes);
                }
                ItemBlock::Image(image) => self.images(std::slice::from_ref(image)),
            }
            self.close("tbody");
        }
        self.close("table");
        for text in part.subcontractor.iter().chain(&part.comments) {
            self.lines("p", "cr-comment", text);
        }
        if !part.validated.is_empty() {
            self.leaf("p", "cr-small", &part.validated);
        }
    }

    fn heading(&mut self, class: &str, label: &str) {
        self.open("tr", class);
        self.0.push_str("<th scope=\"rowgroup\" colspan=\"5\">");
        self.0.push_str(&escape(label));
        self.close("th");
        self.close("tr");
    }

    fn panel(&mut self, panel: &PanelBlock) {
        self.heading("cr-panel", &panel.label);
        for one in &panel.results {
            self.result(one);
        }
        self.images(&panel.images);
        self.notes(&panel.notes);
    }

    fn result(&mut self, result: &ResultLine) {
        self.open("tr", class_of(result));
        self.0.push_str("<th scope=\"row\">");
        self.0.push_str(&escape(&result.label));
        self.close("th");
        // Words go on over the columns that they leave empty.
        let alone = !result.numeric && result.unit.is_empty() && result.reference.is_empty();
        self.0.push_str(match (result.numeric, alone) {
            (true, _) => "<td class=\"cr-value cr-number\">",
            (false, true) => "<td class=\"cr-value\" colspan=\"3\">",
            (false, false) => "<td class=\"cr-value\">",
        });
        if !result.mark.is_empty() {
            self.0.push_str("<span class=\"");
            self.0.push_str(class_of_mark(result.mark));
            self.0.push_str("\">");
            self.0.push_str(&escape(result.mark));
            self.0.push_str("</span> ");
        }
        if result.numeric {
            self.number(&result.value);
        } else {
            self.broken(&result.value);
        }
        self.close("td");
        if !alone {
            self.leaf("td", "cr-unit", &result.unit);
            self.start("td", "cr-reference");
            self.0.push_str(&escape(&result.reference));
            self.bar(result.position);
            self.close("td");
        }
        self.start("td", "cr-previous");
        for (place, previous) in result.previous.iter().enumerate() {
            if place > 0 {
                self.0.push_str("<br/>");
            }
            self.0.push_str("<span class=\"cr-when\">");
            self.0.push_str(&escape(&previous.date));
            self.0.push_str("</span> <span class=\"cr-earlier\">");
            self.0.push_str(&escape(&previous.value));
            self.0.push_str("</span>");
        }
        self.close("td");
        self.close("tr");
        self.notes(&result.notes);
        if let Some(history) = &result.history {
            self.curve(history);
        }
    }

    /// A number; what follows the comma has a width of its own, so that the commas of a column stand in one line.
    fn number(&mut self, value: &str) {
        let (whole, part) = match value.find(',').filter(|_| !value.contains('–')) {
            Some(comma) => value.split_at_checked(comma).unwrap_or((value, "")),
            None => (value, ""),
        };
        self.0.push_str(&escape(whole));
        self.0.push_str("<span class=\"cr-decimals\">");
        self.0.push_str(&escape(part));
        self.0.push_str("</span>");
    }

    fn notes(&mut self, notes: &[Note]) {
        for note in notes {
            self.open("tr", "cr-note");
            self.0.push_str(if note.kind == NoteKind::Comment {
                "<td colspan=\"5\" class=\"cr-comment\">"
            } else {
                "<td colspan=\"5\">"
            });
            self.broken(&note.text);
            self.close("td");
            self.close("tr");
        }
    }
}

/// R on a dark ground, I in a frame, S bare: told apart without colours.
fn class_of_mark(mark: &str) -> &'static str {
    match mark {
        "R" | "NS" | "SYN-R" => "cr-mark cr-sir cr-resistant",
        "S" | "SYN-S" => "cr-mark cr-sir",
        "I" | "SDD" | "IE" => "cr-mark cr-sir cr-intermediate",
        _ => "cr-mark",
    }
}

fn class_of(result: &ResultLine) -> &'static str {
    match (result.strong, result.mark.is_empty()) {
        (true, false) => "cr-strong cr-unusual",
        (true, true) => "cr-strong",
        (false, _) => "",
    }
}
