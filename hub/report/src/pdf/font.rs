//! The two faces that come with the program: which glyph shows a character, how wide it is, where a line breaks.

use krilla::text::Font;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, GlyphId, MetadataProvider};

use super::PdfError;
use crate::text::UNSHOWABLE;

static REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");
static BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf");

/// Regular or bold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// Size and weight of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Style {
    pub(crate) size: f32,
    pub(crate) weight: Weight,
}

impl Style {
    pub(crate) const fn regular(size: f32) -> Self {
        Self {
            size,
            weight: Weight::Regular,
        }
    }

    pub(crate) const fn bold(size: f32) -> Self {
        Self {
            size,
            weight: Weight::Bold,
        }
    }

    /// From one baseline to the next.
    pub(crate) fn leading(self) -> f32 {
        self.size * 1.28
    }
}

/// One face.
pub(crate) struct Face {
    pub(crate) font: Font,
    map: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units: f32,
}

/// Both faces.
pub(crate) struct Faces {
    regular: Face,
    bold: Face,
}

impl Face {
    fn read(bytes: &'static [u8], name: &'static str) -> Result<Self, PdfError> {
        let read = FontRef::from_index(bytes, 0).map_err(|_| PdfError::Font(name))?;
        let font = Font::new(bytes.into(), 0).ok_or(PdfError::Font(name))?;
        let units = font.units_per_em();
        Ok(Self {
            map: read.charmap(),
            metrics: read.glyph_metrics(Size::unscaled(), LocationRef::default()),
            font,
            units,
        })
    }

    /// The glyph of a character and its width, as a part of the font size.
    pub(crate) fn glyph(&self, character: char) -> (u32, f32) {
        let id = self.map.map(character).unwrap_or(GlyphId::NOTDEF);
        (
            id.to_u32(),
            self.metrics.advance_width(id).unwrap_or_default() / self.units,
        )
    }

    /// Whether the face shows a character as its readers expect. Scripts that run from right to left or join their letters need
    /// a shaping that this page does not do: better no letter than a wrong word.
    fn shows(&self, character: char) -> bool {
        let code = u32::from(character);
        let needs_shaping = matches!(code, 0x590..=0x8ff | 0x900..=0xdff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff);
        let private = matches!(code, 0xe000..=0xf8ff | 0xf0000..);
        !needs_shaping
            && !private
            && self
                .map
                .map(character)
                .is_some_and(|id| id != GlyphId::NOTDEF)
    }
}

impl Faces {
    /// The faces compiled into the program.
    pub(crate) fn built_in() -> Result<Self, PdfError> {
        Ok(Self {
            regular: Face::read(REGULAR, "DejaVu Sans Condensed")?,
            bold: Face::read(BOLD, "DejaVu Sans Condensed Bold")?,
        })
    }

    /// The face of a weight.
    pub(crate) fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The text as the face can show it: what it cannot becomes `�`.
    pub(crate) fn showable(&self, text: &str, style: Style) -> String {
        let face = self.face(style.weight);
        text.chars()
            .map(|one| if face.shows(one) { one } else { UNSHOWABLE })
            .collect()
    }

    /// How wide a text is.
    pub(crate) fn width(&self, text: &str, style: Style) -> f32 {
        let face = self.face(style.weight);
        text.chars().map(|one| face.glyph(one).1).sum::<f32>() * style.size
    }

    /// The text, cut with `…` where it would be wider than `width`: only for what stands in full elsewhere.
    pub(crate) fn clipped(&self, text: &str, style: Style, width: f32) -> String {
        let text = self.showable(text, style);
        if self.width(&text, style) <= width {
            return text;
        }
        let mut left = width - self.width("…", style);
        let face = self.face(style.weight);
        let mut kept: String = text
            .chars()
            .take_while(|one| {
                left -= face.glyph(*one).1 * style.size;
                left >= 0.0
            })
            .collect();
        kept.push('…');
        kept
    }

    /// The text in lines no wider than `width`. Breaks stand at spaces, or inside a word too long for a line.
    pub(crate) fn wrap(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for piece in text.split('\n') {
            self.wrap_line(&self.showable(piece, style), style, width, &mut lines);
        }
        lines
    }

    fn wrap_line(&self, text: &str, style: Style, width: f32, lines: &mut Vec<String>) {
        let space = self.width(" ", style);
        let mut line = String::new();
        let mut used = 0.0;
        for word in text.split(' ') {
            let wide = self.width(word, style);
            if !line.is_empty() && used + space + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            if !line.is_empty() {
                line.push(' ');
                used += space;
            }
            if wide <= width {
                line.push_str(word);
                used += wide;
                continue;
            }
            for letter in word.chars() {
                let wide = self.face(style.weight).glyph(letter).1 * style.size;
                if used + wide > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                line.push(letter);
                used += wide;
            }
        }
        lines.push(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_the_layout_has_a_glyph() {
        let faces = Faces::built_in().unwrap();
        let signs = "▲▼◆‼≤≥–−µ°²ÉÈÀÇŒœæêîôûëïüÿñ€\u{a0}\u{202f}\u{fffd}’«»";
        for style in [Style::regular(9.0), Style::bold(9.0)] {
            assert_eq!(faces.showable(signs, style), signs);
        }
    }

    #[test]
    fn figures_have_one_width() {
        let faces = Faces::built_in().unwrap();
        let zero = faces.width("0", Style::bold(9.0));
        assert!(
            "123456789"
                .chars()
                .all(|one| (faces.width(&one.to_string(), Style::bold(9.0)) - zero).abs() < 1e-4)
        );
    }

    #[test]
    fn lines_keep_within_their_width_and_lose_nothing() {
        let faces = Faces::built_in().unwrap();
        let style = Style::regular(8.0);
        let text = "Un commentaire avec un mot démesurément-long-qui-ne-tient-pas-sur-une-ligne et la suite";
        let lines = faces.wrap(text, style, 60.0);
        assert!(lines.iter().all(|line| faces.width(line, style) <= 60.0));
        let letters = |text: &str| text.chars().filter(|one| *one != ' ').collect::<String>();
        assert_eq!(letters(&lines.concat()), letters(text));
        assert_eq!(faces.wrap("a\n\nb", style, 60.0), ["a", "", "b"]);
    }

    #[test]
    fn what_cannot_be_shown_is_seen_to_be_missing() {
        let faces = Faces::built_in().unwrap();
        assert_eq!(
            faces.showable("A\u{1f9ea}\u{627}\u{e001}", Style::regular(8.0)),
            "A\u{fffd}\u{fffd}\u{fffd}"
        );
    }
}
