//! What stands where on a page, before any PDF is written.

use std::sync::Arc;

use super::font::Style;
use super::picture::Ready;

/// A4, in points.
pub(crate) const WIDTH: f32 = 595.28;
/// A4, in points.
pub(crate) const HEIGHT: f32 = 841.89;

/// Colours of the page. Each text has a contrast of at least 4.5 to 1 on white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Text.
    Ink,
    /// Text of less weight.
    Soft,
    /// The laboratory's colour.
    Accent,
    /// Unusual values, beside a sign and bold letters.
    Alert,
    /// Behind a block.
    Band,
    /// Behind a notice.
    Notice,
    /// Thin lines.
    Hairline,
    /// Thinner ones, between rows.
    Faint,
    /// Paper.
    White,
}

/// What something is, for those who hear the page instead of seeing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Decoration and repetition.
    Artifact,
    /// A block of its own.
    Block(u32, Kind),
    /// A cell: table, row, column.
    Cell(u32, u32, u8),
}

/// Kinds of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The title of the document.
    Title,
    /// A chapter.
    Heading,
    /// A sub-chapter.
    Subheading,
    /// Words.
    Paragraph,
    /// A picture or a graph; its words are kept beside the pages.
    Figure,
}

/// One thing on a page. Coordinates go right and down from the upper left corner; a text's `y` is its baseline.
#[derive(Clone)]
pub(crate) enum Mark {
    Text {
        x: f32,
        y: f32,
        style: Style,
        tone: Tone,
        text: String,
        role: Role,
    },
    Box {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        tone: Tone,
        role: Role,
    },
    Line {
        points: Vec<(f32, f32)>,
        thickness: f32,
        tone: Tone,
        role: Role,
    },
    Picture {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        picture: Arc<Ready>,
        role: Role,
    },
}

impl Mark {
    pub(crate) fn role(&self) -> Role {
        match self {
            Self::Text { role, .. }
            | Self::Box { role, .. }
            | Self::Line { role, .. }
            | Self::Picture { role, .. } => *role,
        }
    }
}

/// A page.
#[derive(Clone, Default)]
pub(crate) struct Page {
    pub(crate) marks: Vec<Mark>,
}

/// All pages, and what figures show in words.
pub(crate) struct Pages {
    pub(crate) pages: Vec<Page>,
    /// By block.
    pub(crate) figures: Vec<(u32, String)>,
}
