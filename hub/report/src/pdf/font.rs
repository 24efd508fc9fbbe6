//! The two faces that come with the program: which glyph shows a character, how wide it is, where a line breaks.

use std::borrow::Cow;
use std::sync::OnceLock;

use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

use super::PdfError;
use super::embed::Embedded;
use crate::text::UNSHOWABLE;

pub(crate) static REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");
static BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf");

/// Characters below this one (Basic Latin to Latin Extended-B) are looked up in a table: nearly every one of a French page.
pub(crate) const LOW: usize = 0x250;

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

/// A glyph and its width in thousandths of the font size, as the PDF says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glyph {
    pub(crate) id: u16,
    pub(crate) advance: u16,
}

/// One face.
pub(crate) struct Face {
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
    map: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units: u32,
    low: Vec<Option<Glyph>>,
    /// What is embedded for every page that asks for no rare character.
    pub(crate) usual: OnceLock<Option<Embedded>>,
}

/// Both faces.
pub(crate) struct Faces {
    regular: Face,
    bold: Face,
}

impl Face {
    fn read(bytes: &'static [u8], name: &'static str) -> Option<Self> {
        let read = FontRef::from_index(bytes, 0).ok()?;
        let metrics = read.glyph_metrics(Size::unscaled(), LocationRef::default());
        let mut face = Self {
            name,
            bytes,
            map: read.charmap(),
            metrics,
            units: u32::from(
                read.metrics(Size::unscaled(), LocationRef::default())
                    .units_per_em,
            ),
            low: Vec::new(),
            usual: OnceLock::new(),
        };
        face.low = (0..u32::try_from(LOW).ok()?)
            .map(|code| char::from_u32(code).and_then(|one| face.look_up(one)))
            .collect();
        Some(face)
    }

    /// The glyph that shows a character as its readers expect. Scripts that run from right to left or join their letters need
    /// a shaping that this page does not do: better no letter than a wrong word.
    pub(crate) fn glyph(&self, character: char) -> Option<Glyph> {
        let code = usize::try_from(u32::from(character)).unwrap_or(LOW);
        match self.low.get(code) {
            Some(known) => *known,
            None => self.look_up(character),
        }
    }

    fn look_up(&self, character: char) -> Option<Glyph> {
        let code = u32::from(character);
        let needs_shaping = matches!(code, 0x590..=0x8ff | 0x900..=0xdff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff);
        let private = matches!(code, 0xe000..=0xf8ff | 0xf0000..);
        if needs_shaping || private {
            return None;
        }
        let id = self.map.map(character)?;
        let id = u16::try_from(id.to_u32()).ok().filter(|id| *id != 0)?;
        Some(Glyph {
            id,
            advance: self.advance(id),
        })
    }

    /// The width of a glyph in thousandths.
    pub(crate) fn advance(&self, id: u16) -> u16 {
        let units = self.metrics.advance_width(id.into()).unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "widths are small and not negative"
        )]
        let units = units as u32;
        u16::try_from((units * 1000 + self.units / 2) / self.units.max(1)).unwrap_or_default()
    }

    /// The sum of the widths, in thousandths.
    fn wide(&self, text: &str) -> f32 {
        let missing = self.glyph(UNSHOWABLE);
        let sum = text.chars().fold(0_u32, |sum, one| {
            let glyph = self.glyph(one).or(missing);
            sum + glyph.map_or(0, |glyph| u32::from(glyph.advance))
        });
        thousandths(sum)
    }
}

fn thousandths(sum: u32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a page is less than 2²⁴ wide")]
    let sum = sum as f32;
    sum / 1000.0
}

impl Faces {
    /// The faces compiled into the program, read once.
    pub(crate) fn built_in() -> Result<&'static Self, PdfError> {
        static READ: OnceLock<Result<Faces, &'static str>> = OnceLock::new();
        let read = |bytes, name| Face::read(bytes, name).ok_or(name);
        READ.get_or_init(|| {
            Ok(Self {
                regular: read(REGULAR, "DejaVuSansCondensed")?,
                bold: read(BOLD, "DejaVuSansCondensed-Bold")?,
            })
        })
        .as_ref()
        .map_err(|name| PdfError::Font(name))
    }

    /// The face of a weight.
    pub(crate) fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The text as the face can show it: what it cannot becomes `�`.
    pub(crate) fn showable<'t>(&self, text: &'t str, style: Style) -> Cow<'t, str> {
        let face = self.face(style.weight);
        if text.chars().all(|one| face.glyph(one).is_some()) {
            return Cow::Borrowed(text);
        }
        let shown = |one| {
            if face.glyph(one).is_some() {
                one
            } else {
                UNSHOWABLE
            }
        };
        text.chars().map(shown).collect::<String>().into()
    }

    /// How wide a text is.
    pub(crate) fn width(&self, text: &str, style: Style) -> f32 {
        self.face(style.weight).wide(text) * style.size
    }

    fn letter(&self, one: char, style: Style) -> f32 {
        self.width(one.encode_utf8(&mut [0; 4]), style)
    }

    /// The text, cut with `…` where it would be wider than `width`: only for what stands in full elsewhere.
    pub(crate) fn clipped<'t>(&self, text: &'t str, style: Style, width: f32) -> Cow<'t, str> {
        if self.width(text, style) <= width {
            return Cow::Borrowed(text);
        }
        let mut left = width - self.width("…", style);
        let mut kept: String = text
            .chars()
            .take_while(|one| {
                left -= self.letter(*one, style);
                left >= 0.0
            })
            .collect();
        kept.push('…');
        kept.into()
    }

    /// The text in lines no wider than `width`. Breaks stand at spaces, or inside a word too long for a line.
    pub(crate) fn wrap<'t>(&self, text: &'t str, style: Style, width: f32) -> Vec<&'t str> {
        let mut lines = Vec::new();
        for piece in text.split('\n') {
            if self.width(piece, style) <= width {
                lines.push(piece);
            } else {
                self.wrap_line(piece, style, width, &mut lines);
            }
        }
        lines
    }

    fn wrap_line<'t>(&self, text: &'t str, style: Style, width: f32, lines: &mut Vec<&'t str>) {
        let space = self.width(" ", style);
        // From where the line runs, and up to where it is full of whole words.
        let (mut from, mut to) = (0, 0);
        let mut used = 0.0;
        let mut at = 0;
        for word in text.split(' ') {
            let wide = self.width(word, style);
            let begun = to > from || used > 0.0;
            if word.is_empty() && !begun {
                // No line begins with a space.
                at += 1;
                (from, to) = (at, at);
                continue;
            }
            if begun && used + space + wide > width {
                lines.extend(text.get(from..to));
                (from, used) = (at, 0.0);
            } else if begun {
                used += space;
            }
            if wide <= width {
                used += wide;
            } else {
                let mut place = at;
                for letter in word.chars() {
                    let wide = self.letter(letter, style);
                    if used + wide > width && place > from {
                        lines.extend(text.get(from..place));
                        (from, used) = (place, 0.0);
                    }
                    used += wide;
                    place += letter.len_utf8();
                }
            }
            at += word.len();
            to = at;
            // The space.
            at += 1;
        }
        lines.push(text.get(from..to).unwrap_or_default());
    }

    /// How many lines `wrap` gives, at least one.
    pub(crate) fn count(&self, text: &str, style: Style, width: f32) -> f32 {
        let count = if text.contains('\n') || self.width(text, style) > width {
            self.wrap(text, style, width).len()
        } else {
            1
        };
        f32::from(u16::try_from(count).unwrap_or(u16::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_the_layout_has_a_glyph() {
        let faces = Faces::built_in().unwrap();
        let signs = "▲▼◆‼≤≥–−µ°²ÉÈÀÇŒœæêîôûëïüÿñ€\u{a0}\u{202f}\u{fffd}’«»…•●○";
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
        assert!(lines.len() > 5);
        assert!(lines.iter().all(|line| faces.width(line, style) <= 60.0));
        let letters = |text: &str| text.chars().filter(|one| *one != ' ').collect::<String>();
        assert_eq!(letters(&lines.concat()), letters(text));
        assert_eq!(faces.wrap("a\n\nb", style, 60.0), ["a", "", "b"]);
        assert_eq!(faces.wrap("  a  b ", style, 60.0), ["  a  b "]);
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
