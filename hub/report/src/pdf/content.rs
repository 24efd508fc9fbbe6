//! The drawing of one page, as PDF operators (ISO 32000 §8.5, §9.4, §14.6).

use std::io::Write as _;

use super::canvas::{HEIGHT, Mark, Page, Role, Tone};
use super::embed::Embedded;
use super::font::{Style, Weight};

/// Where a piece of the structure stands: the page, and its number there.
pub(crate) type Piece = (Role, usize, i32);

/// Subsets of both faces.
pub(crate) struct Fonts<'a> {
    pub(crate) regular: &'a Embedded,
    pub(crate) bold: &'a Embedded,
}

struct Pen<'a> {
    out: Vec<u8>,
    fonts: &'a Fonts<'a>,
    fill: Option<Tone>,
    font: Option<(Weight, f32)>,
    open: Option<Role>,
    next: i32,
}

/// The operators of a page. Its pieces are added to `pieces`; pictures are numbered by `picture`.
pub(crate) fn page(
    page: &Page,
    place: usize,
    fonts: &Fonts<'_>,
    pieces: &mut Vec<Piece>,
    mut picture: impl FnMut(&Mark) -> usize,
) -> Vec<u8> {
    let mut pen = Pen {
        out: Vec::with_capacity(page.marks.len() * 96),
        fonts,
        fill: None,
        font: None,
        open: None,
        next: 0,
    };
    for mark in &page.marks {
        pen.begin(mark.role(), place, pieces);
        match mark {
            Mark::Text {
                x,
                y,
                style,
                tone,
                text,
                ..
            } => pen.text((*x, *y), *style, *tone, text),
            Mark::Box {
                x,
                y,
                width,
                height,
                tone,
                ..
            } => {
                pen.fill(*tone);
                pen.numbers(&[*x, HEIGHT - y - height, *width, *height]);
                pen.word(b"re f\n");
            }
            Mark::Line {
                points,
                thickness,
                tone,
                ..
            } => pen.line(points, *thickness, *tone),
            Mark::Picture {
                x,
                y,
                width,
                height,
                ..
            } => {
                let number = picture(mark);
                pen.word(b"q ");
                pen.numbers(&[*width, 0.0, 0.0, *height, *x, HEIGHT - y - height]);
                let _ = writeln!(pen.out, "cm /I{number} Do Q");
            }
        }
    }
    pen.end();
    pen.out
}

impl Pen<'_> {
    fn word(&mut self, word: &[u8]) {
        self.out.extend_from_slice(word);
    }

    /// Numbers to the hundredth of a point, each with a space after it.
    fn numbers(&mut self, values: &[f32]) {
        for value in values {
            number(&mut self.out, *value);
            self.out.push(b' ');
        }
    }

    /// Goes on with what is open, or opens what comes next.
    fn begin(&mut self, role: Role, place: usize, pieces: &mut Vec<Piece>) {
        if self.open == Some(role) {
            return;
        }
        self.end();
        self.open = Some(role);
        if role == Role::Artifact {
            self.word(b"/Artifact BMC\n");
            return;
        }
        let _ = writeln!(self.out, "/Span<</MCID {}>>BDC", self.next);
        pieces.push((role, place, self.next));
        self.next += 1;
    }

    fn end(&mut self) {
        if self.open.take().is_some() {
            self.word(b"EMC\n");
        }
    }

    fn fill(&mut self, tone: Tone) {
        if self.fill != Some(tone) {
            self.fill = Some(tone);
            self.word(colour(tone).as_bytes());
            self.word(b" rg\n");
        }
    }

    fn line(&mut self, points: &[(f32, f32)], thickness: f32, tone: Tone) {
        self.word(colour(tone).as_bytes());
        self.word(b" RG ");
        self.numbers(&[thickness]);
        self.word(b"w 1 j ");
        for (place, (x, y)) in points.iter().enumerate() {
            self.numbers(&[*x, HEIGHT - y]);
            self.word(if place == 0 { b"m " } else { b"l " });
        }
        self.word(b"S\n");
    }

    fn text(&mut self, (x, y): (f32, f32), style: Style, tone: Tone, text: &str) {
        self.fill(tone);
        self.word(b"BT ");
        if self.font != Some((style.weight, style.size)) {
            self.font = Some((style.weight, style.size));
            self.word(match style.weight {
                Weight::Regular => b"/F0 ",
                Weight::Bold => b"/F1 ",
            });
            self.numbers(&[style.size]);
            self.word(b"Tf ");
        }
        self.numbers(&[x, HEIGHT - y]);
        self.word(b"Td (");
        let font = match style.weight {
            Weight::Regular => self.fonts.regular,
            Weight::Bold => self.fonts.bold,
        };
        for character in text.chars() {
            for byte in font.number(character).to_be_bytes() {
                match byte {
                    b'(' | b')' | b'\\' => self.out.extend_from_slice(&[b'\\', byte]),
                    b'\r' => self.out.extend_from_slice(b"\\r"),
                    _ => self.out.push(byte),
                }
            }
        }
        self.word(b")Tj ET\n");
    }
}

/// Red, green and blue as parts of one.
const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Ink => ".102 .114 .129",
        Tone::Soft => ".333 .365 .4",
        Tone::Accent => ".114 .31 .361",
        Tone::Alert => ".639 .078 .118",
        Tone::Band => ".949 .961 .965",
        Tone::Notice => ".984 .933 .796",
        Tone::Hairline => ".725 .761 .78",
        Tone::Faint => ".867 .89 .902",
        Tone::White => "1 1 1",
    }
}

fn number(out: &mut Vec<u8>, value: f32) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what stands on a page is smaller than 2³¹ hundredths"
    )]
    let hundredths = (value * 100.0).round() as i32;
    if hundredths < 0 {
        out.push(b'-');
    }
    let all = hundredths.unsigned_abs();
    let (whole, part) = (all / 100, all % 100);
    let _ = if part == 0 {
        write!(out, "{whole}")
    } else if part % 10 == 0 {
        write!(out, "{whole}.{}", part / 10)
    } else {
        write!(out, "{whole}.{part:02}")
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = |value| {
            let mut out = Vec::new();
            number(&mut out, value);
            String::from_utf8(out).unwrap()
        };
        let wanted = [
            (1.0, "1"),
            (-0.5, "-0.5"),
            (841.887, "841.89"),
            (0.05, "0.05"),
            (-0.001, "0"),
        ];
        for (value, text) in wanted {
            assert_eq!(shown(value), text);
        }
    }
}
