//! The narrative as a fragment of HTML, written from the tree alone.

use std::fmt::Write as _;

use super::{Align, Kind, Look, Narrative, Piece, Section};

/// Headings go no further.
const DEEPEST_HEADING: usize = 6;

impl Narrative {
    /// A fragment of HTML without a script, a style, a link or anything that a browser would load: pictures stand in it as
    /// `data:` URLs. Its classes all begin with `cda-`.
    pub fn to_html(&self) -> String {
        let mut html = String::new();
        for section in &self.sections {
            self::section(&mut html, section, 2);
        }
        html
    }

    /// True when the document shows nothing.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }
}

fn section(html: &mut String, section: &Section, level: usize) {
    html.push_str("<section>");
    if !section.title.is_empty() {
        let level = level.min(DEEPEST_HEADING);
        put(html, format_args!("<h{level}>"));
        words(html, &section.title);
        put(html, format_args!("</h{level}>"));
    }
    pieces(html, &section.pieces);
    for inner in &section.sections {
        self::section(html, inner, level + 1);
    }
    html.push_str("</section>\n");
}

fn put(html: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = html.write_fmt(arguments);
}

fn pieces(html: &mut String, pieces: &[Piece]) {
    for piece in pieces {
        match piece {
            Piece::Words(text) => words(html, text),
            Piece::Break => html.push_str("<br>"),
            Piece::Image { kind, base64 } => {
                put(
                    html,
                    format_args!(
                        "<img class=\"cda-image\" alt=\"Image jointe au compte rendu\" src=\"data:{kind};base64,{base64}\">"
                    ),
                );
            }
            Piece::Note(text) => {
                html.push_str("<em class=\"cda-note\">");
                words(html, text);
                html.push_str("</em>");
            }
            Piece::Element(kind, look, inside) => {
                let tag = tag(*kind);
                put(html, format_args!("<{tag}"));
                attributes(html, *kind, *look);
                html.push('>');
                self::pieces(html, inside);
                put(html, format_args!("</{tag}>"));
            }
        }
    }
}

/// Paragraphs and captions are `div`: what stands in them may be anything, and a browser closes a `p` early.
fn tag(kind: Kind) -> &'static str {
    match kind {
        Kind::Table => "table",
        Kind::Head => "thead",
        Kind::Body => "tbody",
        Kind::Foot => "tfoot",
        Kind::Row => "tr",
        Kind::HeadCell => "th",
        Kind::Cell => "td",
        Kind::Caption => "caption",
        Kind::Paragraph | Kind::Footnote => "div",
        Kind::List => "ul",
        Kind::NumberedList => "ol",
        Kind::Item => "li",
        Kind::Content => "span",
        Kind::Subscript => "sub",
        Kind::Superscript => "sup",
    }
}

fn attributes(html: &mut String, kind: Kind, look: Look) {
    let mut classes = Vec::new();
    match kind {
        Kind::Paragraph => classes.push("cda-paragraph"),
        Kind::Footnote => classes.push("cda-footnote"),
        Kind::Table => classes.push("cda-table"),
        _ => {}
    }
    for (set, class) in [
        (look.bold, "cda-bold"),
        (look.italic, "cda-italic"),
        (look.underlined, "cda-underlined"),
    ] {
        if set {
            classes.push(class);
        }
    }
    match look.align {
        Some(Align::Left) => classes.push("cda-left"),
        Some(Align::Center) => classes.push("cda-center"),
        Some(Align::Right) => classes.push("cda-right"),
        None => {}
    }
    if !classes.is_empty() {
        put(html, format_args!(" class=\"{}\"", classes.join(" ")));
    }
    if matches!(kind, Kind::Cell | Kind::HeadCell) {
        for (name, span) in [("colspan", look.columns), ("rowspan", look.rows)] {
            if let Some(span) = span {
                put(html, format_args!(" {name}=\"{span}\""));
            }
        }
    }
}

fn words(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}
