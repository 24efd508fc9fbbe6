//! The narrative blocks of a document as a tree of our own, in which only what is known to be harmless has a place.
//!
//! Nothing of the sender's markup survives as markup: an element outside the whitelist leaves its words, an attribute
//! outside it leaves nothing. There is no place for a script, an address to load from, a style or a form.

mod html;

use base64::Engine as _;

use super::words;
use crate::gate::context::{Context, Node, attr, child, children, elements, is, text_of};

/// Decoded bytes of all images of one document together.
const IMAGES_MAX: usize = 24 << 20;
/// How often images are shown, so that one of them referred to a million times stays one page.
const SHOWN_MAX: usize = 200;

/// What a document says, section by section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrative {
    pub(super) sections: Vec<Section>,
}

/// A section, and those inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) pieces: Vec<Piece>,
    pub(super) sections: Vec<Section>,
}

/// Words, or an element with what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Words(String),
    Break,
    Element(Kind, Look, Vec<Piece>),
    Image {
        kind: &'static str,
        base64: String,
    },
    /// Ours: says what is not shown.
    Note(&'static str),
}

/// The elements there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Head,
    Body,
    Foot,
    Row,
    HeadCell,
    Cell,
    Caption,
    Paragraph,
    List,
    NumberedList,
    Item,
    Content,
    Subscript,
    Superscript,
    Footnote,
}

/// The attributes there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underlined: bool,
    pub(super) align: Option<Align>,
    pub(super) columns: Option<u16>,
    pub(super) rows: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// Reads the narrative of a whole document.
pub(super) fn read(context: &Context<'_>) -> Narrative {
    let mut reader = Blocks {
        context,
        image_bytes: 0,
        shown: 0,
    };
    let mut sections = Vec::new();
    for body in children(context.root, "component").flat_map(elements) {
        if is(body, "structuredBody") {
            sections.extend(reader.sections(body));
        } else if is(body, "nonXMLBody")
            && let Some(text) = child(body, "text")
        {
            sections.extend(plain(text));
        }
    }
    Narrative { sections }
}

/// A body that is plain text; a PDF is not shown here.
fn plain(text: Node<'_>) -> Option<Section> {
    let kind = attr(text, "mediaType").unwrap_or("text/plain");
    if !kind.trim().eq_ignore_ascii_case("text/plain") {
        return None;
    }
    let content = text_of(text);
    let content = if attr(text, "representation") == Some("B64") {
        String::from_utf8(base64(&content)?).ok()?
    } else {
        content
    };
    let mut pieces = Vec::new();
    for (place, line) in content.lines().enumerate() {
        if place > 0 {
            pieces.push(Piece::Break);
        }
        pieces.push(Piece::Words(crate::text::plain(line)));
    }
    Some(Section {
        pieces,
        ..Section::default()
    })
}

/// Base64 with blanks anywhere.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let plain: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let engine = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
    );
    engine.decode(plain).ok()
}

struct Blocks<'c, 'd> {
    context: &'c Context<'d>,
    image_bytes: usize,
    shown: usize,
}

impl<'d> Blocks<'_, 'd> {
    fn sections(&mut self, parent: Node<'d>) -> Vec<Section> {
        children(parent, "component")
            .flat_map(|component| children(component, "section"))
            .map(|section| Section {
                title: child(section, "title").map_or_else(String::new, words::line_of),
                pieces: child(section, "text").map_or_else(Vec::new, |text| self.pieces(text)),
                sections: self.sections(section),
            })
            .collect()
    }

    fn pieces(&mut self, parent: Node<'d>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for node in parent.children() {
            if node.is_text() {
                pieces.extend(
                    node.text()
                        .map(|text| Piece::Words(crate::text::plain(text))),
                );
            } else if node.is_element() {
                self.element(node, &mut pieces);
            }
        }
        pieces
    }

    fn element(&mut self, node: Node<'d>, pieces: &mut Vec<Piece>) {
        let kind = match node.tag_name().name() {
            "br" => {
                pieces.push(Piece::Break);
                return;
            }
            "renderMultiMedia" => {
                self.media(node, pieces);
                return;
            }
            // What browsers run, load or submit has no words for a reader.
            "script" | "style" | "iframe" | "object" | "embed" | "applet" | "form" | "svg"
            | "math" | "template" | "noscript" | "link" | "meta" | "base" | "col" | "colgroup" => {
                return;
            }
            "table" => Kind::Table,
            "thead" => Kind::Head,
            "tbody" => Kind::Body,
            "tfoot" => Kind::Foot,
            "tr" => Kind::Row,
            "th" => Kind::HeadCell,
            "td" => Kind::Cell,
            "caption" => Kind::Caption,
            "paragraph" => Kind::Paragraph,
            "list" if attr(node, "listType") == Some("ordered") => Kind::NumberedList,
            "list" => Kind::List,
            "item" => Kind::Item,
            "sub" => Kind::Subscript,
            "sup" => Kind::Superscript,
            "footnote" => Kind::Footnote,
            "linkHtml" => {
                self.link(node, pieces);
                return;
            }
            // `content`, and anything else: its words.
            _ => Kind::Content,
        };
        let inside = self.pieces(node);
        pieces.push(Piece::Element(kind, look(node), inside));
    }

    /// The words of a link and where it leads to, as words: nothing to click on.
    fn link(&mut self, node: Node<'d>, pieces: &mut Vec<Piece>) {
        let mut inside = self.pieces(node);
        let target = attr(node, "href").unwrap_or_default().trim();
        let web = ["http://", "https://"].iter().any(|scheme| {
            target
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        if web && target.len() <= 500 {
            inside.push(Piece::Words(crate::text::plain(&format!(" ({target})"))));
        }
        pieces.push(Piece::Element(Kind::Content, look(node), inside));
    }

    fn media(&mut self, node: Node<'d>, pieces: &mut Vec<Piece>) {
        for name in attr(node, "referencedObject")
            .unwrap_or_default()
            .split_whitespace()
        {
            let target = self.context.ids.get(name.trim_start_matches('#'));
            let value = target.and_then(|target| {
                child(*target, "value")
                    .or_else(|| target.descendants().find(|one| is(*one, "value")))
            });
            let piece = value.map_or(Piece::Note("[objet absent du document]"), |value| {
                self.image(value)
            });
            pieces.push(piece);
        }
        if let Some(caption) = child(node, "caption") {
            let inside = self.pieces(caption);
            pieces.push(Piece::Element(Kind::Content, look(caption), inside));
        }
    }

    fn image(&mut self, value: Node<'d>) -> Piece {
        if child(value, "reference").is_some() {
            return Piece::Note("[image externe, non chargée]");
        }
        let kind = attr(value, "mediaType").unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/pdf") {
            return Piece::Note("[document PDF joint]");
        }
        self.shown += 1;
        let text = text_of(value);
        if self.shown > SHOWN_MAX || self.image_bytes.saturating_add(text.len()) > IMAGES_MAX {
            return Piece::Note("[image non affichée : le document en contient trop]");
        }
        let Some(bytes) = base64(&text) else {
            return Piece::Note("[image illisible]");
        };
        self.image_bytes += text.len();
        match picture(&bytes) {
            Some(kind) => Piece::Image {
                kind,
                base64: base64::engine::general_purpose::STANDARD.encode(&bytes),
            },
            None => Piece::Note("[image d'un format qui n'est pas affiché]"),
        }
    }
}

/// The kind of picture that the bytes are, whatever the document says they are.
pub(super) fn picture(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Some("image/gif")
    } else {
        None
    }
}

fn look(node: Node<'_>) -> Look {
    let mut look = Look::default();
    for style in attr(node, "styleCode")
        .unwrap_or_default()
        .split_whitespace()
    {
        match style {
            "Bold" => look.bold = true,
            "Italics" => look.italic = true,
            "Underline" => look.underlined = true,
            _ => {}
        }
    }
    look.align = match attr(node, "align") {
        Some("left") => Some(Align::Left),
        Some("center") => Some(Align::Center),
        Some("right") => Some(Align::Right),
        _ => None,
    };
    let span = |name| {
        let number: u16 = attr(node, name)?.trim().parse().ok()?;
        (2..=100).contains(&number).then_some(number)
    };
    look.columns = span("colspan");
    look.rows = span("rowspan");
    look
}
