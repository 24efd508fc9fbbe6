//! Writes the laid-out pages as PDF/A-1 with their structure, dates and identifiers taken from the report.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagTree,
};
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use lisiere_model::report::{Moment, Report};

use super::PdfError;
use super::canvas::{HEIGHT, Kind, Mark, Page, Role, Tone, WIDTH};
use super::font::{Faces, Style};

/// The pieces of the structure, in the order of reading.
type Pieces = BTreeMap<(u32, u32, u8), (Role, Vec<Identifier>)>;

/// The document's bytes.
pub(crate) fn document(
    faces: &Faces,
    report: &Report,
    pages: &[Page],
) -> Result<Vec<u8>, PdfError> {
    let failed = |error: krilla::error::KrillaError| PdfError::Write(format!("{error:?}"));
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A1_A)
        .finish()
        .map_err(|error| PdfError::Write(format!("{error:?}")))?;
    let settings = SerializeSettings {
        configuration,
        enable_tagging: true,
        ..SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    let mut pieces = Pieces::new();
    for page in pages {
        let Some(size) = PageSettings::from_wh(WIDTH, HEIGHT) else {
            continue;
        };
        let mut sheet = document.start_page_with(size);
        let mut surface = sheet.surface();
        for mark in &page.marks {
            draw(&mut surface, faces, mark, &mut pieces);
        }
        surface.finish();
        sheet.finish();
    }
    document.set_metadata(metadata(report));
    document.set_tag_tree(structure(pieces));
    document.finish().map_err(failed)
}

fn metadata(report: &Report) -> Metadata {
    // No patient's name: a file's properties are shown in places where the file itself is not.
    Metadata::new()
        .title("Compte rendu d'examens biologiques".to_owned())
        .language("fr-FR".to_owned())
        .creator("Lisière".to_owned())
        .authors(vec![crate::text::line(
            &report.laboratory.organisation.name,
        )])
        .creation_date(date(report.created_at))
        .document_id(format!("{} {}", report.id, report.version))
}

fn date(moment: Moment) -> DateTime {
    let civil = moment.civil();
    let part = |value: i8| u8::try_from(value).unwrap_or_default();
    let minutes = moment.offset().seconds() / 60;
    DateTime::new(u16::try_from(civil.year()).unwrap_or_default())
        .month(part(civil.month()))
        .day(part(civil.day()))
        .hour(part(civil.hour()))
        .minute(part(civil.minute()))
        .second(part(civil.second()))
        .utc_offset_hour(i8::try_from(minutes / 60).unwrap_or_default())
        .utc_offset_minute(u8::try_from((minutes % 60).unsigned_abs()).unwrap_or_default())
}

fn colour(tone: Tone) -> rgb::Color {
    match tone {
        Tone::Ink => rgb::Color::new(0x1a, 0x1d, 0x21),
        Tone::Soft => rgb::Color::new(0x55, 0x5d, 0x66),
        Tone::Accent => rgb::Color::new(0x1d, 0x4f, 0x5c),
        Tone::Alert => rgb::Color::new(0xa3, 0x14, 0x1e),
        Tone::Band => rgb::Color::new(0xf2, 0xf5, 0xf6),
        Tone::Notice => rgb::Color::new(0xfb, 0xee, 0xcb),
        Tone::Hairline => rgb::Color::new(0xb9, 0xc2, 0xc7),
        Tone::Faint => rgb::Color::new(0xdd, 0xe3, 0xe6),
    }
}

fn fill(tone: Tone) -> Fill {
    Fill {
        paint: colour(tone).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

fn draw(surface: &mut Surface<'_>, faces: &Faces, mark: &Mark, pieces: &mut Pieces) {
    match mark {
        Mark::Box {
            x,
            y,
            width,
            height,
            tone,
        } => {
            let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) else {
                return;
            };
            let mut path = PathBuilder::new();
            path.push_rect(rect);
            let Some(path) = path.finish() else { return };
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(
                ArtifactType::Other,
            )));
            surface.set_fill(Some(fill(*tone)));
            surface.draw_path(&path);
            surface.end_tagged();
        }
        Mark::Text {
            x,
            y,
            style,
            tone,
            text,
            role,
        } => {
            let tag = match role {
                Role::Artifact => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)),
                _ => ContentTag::Span(SpanTag::empty()),
            };
            let identifier = surface.start_tagged(tag);
            surface.set_fill(Some(fill(*tone)));
            glyphs(surface, faces, *style, Point::from_xy(*x, *y), text);
            surface.end_tagged();
            let key = match *role {
                Role::Artifact => return,
                Role::Block(block, _) => (block, 0, 0),
                Role::Cell(table, row, column) => (table, row, column),
            };
            pieces
                .entry(key)
                .or_insert_with(|| (*role, Vec::new()))
                .1
                .push(identifier);
        }
    }
}

fn glyphs(surface: &mut Surface<'_>, faces: &Faces, style: Style, at: Point, text: &str) {
    let face = faces.face(style.weight);
    let glyphs: Vec<KrillaGlyph> = text
        .char_indices()
        .map(|(place, character)| {
            let (id, advance) = face.glyph(character);
            let range = place..place + character.len_utf8();
            KrillaGlyph::new(GlyphId::new(id), advance, 0.0, 0.0, 0.0, range, None)
        })
        .collect();
    surface.draw_glyphs(at, &glyphs, face.font.clone(), text, style.size, false);
}

fn structure(pieces: Pieces) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some("fr-FR".to_owned()));
    let mut table: Option<(u32, TagGroup)> = None;
    let mut row: Option<(u32, TagGroup)> = None;
    for ((block, line, _), (role, identifiers)) in pieces {
        if table.as_ref().is_some_and(|(open, _)| *open != block) {
            close(&mut tree, &mut table, &mut row);
        }
        let leaves: Vec<Node> = identifiers.into_iter().map(Node::Leaf).collect();
        match role {
            Role::Artifact => {}
            Role::Block(_, kind) => tree.push(TagGroup::with_children(heading(kind), leaves)),
            Role::Cell(..) => {
                let (_, group) = table.get_or_insert_with(|| (block, TagGroup::new(Tag::Table)));
                if row.as_ref().is_some_and(|(open, _)| *open != line)
                    && let Some((_, full)) = row.take()
                {
                    group.push(full);
                }
                let (_, cells) = row.get_or_insert_with(|| (line, TagGroup::new(Tag::TR)));
                let cell = if line == 0 {
                    TagGroup::with_children(Tag::TH(TableHeaderScope::Column), leaves)
                } else {
                    TagGroup::with_children(Tag::TD, leaves)
                };
                cells.push(cell);
            }
        }
    }
    close(&mut tree, &mut table, &mut row);
    tree
}

fn close(
    tree: &mut TagTree,
    table: &mut Option<(u32, TagGroup)>,
    row: &mut Option<(u32, TagGroup)>,
) {
    if let Some((_, mut group)) = table.take() {
        if let Some((_, full)) = row.take() {
            group.push(full);
        }
        tree.push(group);
    }
}

fn heading(kind: Kind) -> krilla::tagging::TagKind {
    let level = match kind {
        Kind::Paragraph => return Tag::P.into(),
        Kind::Title => NonZeroU16::MIN,
        Kind::Heading => NonZeroU16::MIN.saturating_add(1),
        Kind::Subheading => NonZeroU16::MIN.saturating_add(2),
    };
    Tag::Hn(level, None).into()
}
