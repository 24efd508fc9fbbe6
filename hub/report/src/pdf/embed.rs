//! A face inside a PDF: its subset, its widths, and the way back from glyphs to characters.
//!
//! What every page uses is made once and kept, compressed; a page with a rarer character gets a larger subset of its own.

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::writers::WMode;
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};
use sha2::{Digest, Sha256};

use super::deflate::{SMALL, deflate};
use super::font::{Face, LOW};
use super::subset::subset;

/// Beyond ASCII, what the words of a French report are written with.
const USUAL: &str = "\u{a0}§«°±²³µ·»¼½¾×ßÀÂÄÇÈÉÊËÎÏÔÖÙÛÜàáâãäæçèéêëìíîïñòóôöùúûüÿŒœŸαβγδκλω\u{202f}–—‘’“”•…‰‼₂€→∞≈≤≥▲▼◆●○\u{2212}\u{fffd}";

const SYSTEM: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// A subset, ready to be written.
pub(crate) struct Embedded {
    name: String,
    program: Vec<u8>,
    length: i32,
    characters: Vec<u8>,
    present: Vec<u8>,
    widths: Vec<u16>,
    low: Vec<u16>,
    rest: Vec<(char, u16)>,
}

/// Whether every document has this character.
pub(crate) fn is_usual(character: char) -> bool {
    matches!(character, ' '..='~') || USUAL.contains(character)
}

impl Embedded {
    /// The face with the usual characters and these.
    pub(crate) fn new(face: &Face, rare: impl IntoIterator<Item = char>) -> Option<Self> {
        let mut characters: Vec<char> = (' '..='~').chain(USUAL.chars()).chain(rare).collect();
        characters.sort_unstable();
        characters.dedup();
        let mut glyphs = vec![0];
        let mut low = vec![0; LOW];
        let mut rest = Vec::new();
        let info = SYSTEM;
        let mut back = UnicodeCmap::new(Name(b"Custom"), info);
        for character in characters {
            let Some(glyph) = face.glyph(character) else {
                continue;
            };
            // Two characters may share a glyph; each keeps a number of its own, so that it can be copied as itself.
            let number = u16::try_from(glyphs.len()).ok()?;
            glyphs.push(glyph.id);
            back.pair(number, character);
            match usize::try_from(u32::from(character))
                .ok()
                .and_then(|code| low.get_mut(code))
            {
                Some(place) => *place = number,
                None => rest.push((character, number)),
            }
        }
        let cut = subset(face.bytes, &glyphs)?;
        let digest = Sha256::digest(&cut.data);
        let tag: String = digest
            .iter()
            .take(6)
            .map(|one| char::from(b'A' + one % 26))
            .collect();
        let mut present = vec![0xff; usize::from(cut.glyphs / 8)];
        if cut.glyphs % 8 > 0 {
            present.push(!(0xff >> (cut.glyphs % 8)));
        }
        Some(Self {
            name: format!("{tag}+{}", face.name),
            program: deflate(&cut.data, SMALL),
            length: i32::try_from(cut.data.len()).ok()?,
            characters: deflate(back.finish().as_slice(), SMALL),
            present: deflate(&present, SMALL),
            widths: glyphs.iter().map(|id| face.advance(*id)).collect(),
            low,
            rest,
        })
    }

    /// The number under which a character stands in the subset.
    pub(crate) fn number(&self, character: char) -> u16 {
        let code = usize::try_from(u32::from(character)).unwrap_or(LOW);
        match self.low.get(code) {
            Some(number) => *number,
            None => self
                .rest
                .binary_search_by_key(&character, |(one, _)| *one)
                .ok()
                .and_then(|place| self.rest.get(place))
                .map_or(0, |(_, number)| *number),
        }
    }

    /// Writes the font under `id`, its parts under the five that follow.
    pub(crate) fn write(
        &self,
        pdf: &mut Pdf,
        [id, cid, descriptor, program, characters, present]: [Ref; 6],
        bold: bool,
    ) {
        let name = Name(self.name.as_bytes());
        pdf.type0_font(id)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(characters);
        let mut font = pdf.cid_font(cid);
        font.subtype(CidFontType::Type2)
            .base_font(name)
            .system_info(SYSTEM)
            .font_descriptor(descriptor)
            .default_width(0.0)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        font.widths()
            .consecutive(0, self.widths.iter().map(|one| f32::from(*one)));
        font.finish();
        // Of the whole face: the numbers of its head, OS/2 and post tables, in thousandths.
        pdf.font_descriptor(descriptor)
            .name(name)
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(-918.0, -463.0, 1614.0, 1232.0))
            .italic_angle(0.0)
            .ascent(928.0)
            .descent(-236.0)
            .cap_height(729.0)
            .stem_v(if bold { 149.0 } else { 80.0 })
            .font_file2(program)
            .cid_set(present);
        pdf.stream(program, &self.program)
            .filter(Filter::FlateDecode)
            .pair(Name(b"Length1"), self.length);
        let mut map = pdf.cmap(characters, &self.characters);
        map.name(Name(b"Custom"))
            .system_info(SYSTEM)
            .writing_mode(WMode::Horizontal);
        map.filter(Filter::FlateDecode);
        map.finish();
        pdf.stream(present, &self.present)
            .filter(Filter::FlateDecode);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::font::{Faces, Weight};

    #[test]
    fn every_usual_character_has_a_glyph_of_its_own() {
        let faces = Faces::built_in().unwrap();
        for weight in [Weight::Regular, Weight::Bold] {
            let embedded = Embedded::new(faces.face(weight), []).unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for one in (' '..='~').chain(USUAL.chars()) {
                assert!(is_usual(one));
                let number = embedded.number(one);
                assert!(number > 0 && seen.insert(number), "{one:?}");
            }
            assert_eq!(embedded.number('ł'), 0);
            assert!(
                embedded.program.len() < 24_000,
                "{}",
                embedded.program.len()
            );
        }
    }

    #[test]
    fn a_rare_character_enlarges_the_subset() {
        let face = Faces::built_in().unwrap().face(Weight::Regular);
        let (small, large) = (
            Embedded::new(face, []).unwrap(),
            Embedded::new(face, ['ł', 'Ж']).unwrap(),
        );
        assert!(large.number('ł') > 0 && large.number('Ж') > 0);
        assert_ne!(small.name, large.name);
    }
}
