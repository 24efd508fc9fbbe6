//! A TrueType font cut down to the glyphs that a page needs, without the instructions that only old screens obey.
//!
//! The tables are those that PDF wants of an embedded font (ISO 32000 §9.9): `glyf head hhea hmtx loca maxp`.

/// A component has an offset in words, not bytes (OpenType `glyf`, composite flags).
const WORDS: u16 = 0x0001;
const ONE_SCALE: u16 = 0x0008;
const MORE: u16 = 0x0020;
const TWO_SCALES: u16 = 0x0040;
const MATRIX: u16 = 0x0080;
const INSTRUCTIONS: u16 = 0x0100;

/// What is left of a font.
pub(crate) struct Subset {
    /// The font file.
    pub(crate) data: Vec<u8>,
    /// How many glyphs it has: those that were asked for, then the parts that some of them are made of.
    pub(crate) glyphs: u16,
}

/// The font with these glyphs alone, numbered in this order; the first must be 0. `None` if the font is damaged.
pub(crate) fn subset(font: &[u8], wanted: &[u16]) -> Option<Subset> {
    let head = table(font, *b"head")?;
    let hhea = table(font, *b"hhea")?;
    let hmtx = table(font, *b"hmtx")?;
    let maxp = table(font, *b"maxp")?;
    let source = Source {
        glyf: table(font, *b"glyf")?,
        loca: table(font, *b"loca")?,
        long: short(head, 50)? != 0,
    };
    let metrics = usize::from(short(hhea, 34)?);
    let mut order = wanted.to_vec();
    let mut bodies = Vec::new();
    let mut offsets: Vec<u32> = vec![0];
    let mut widths = Vec::new();
    let mut at = 0;
    while let Some(glyph) = order.get(at).copied() {
        let body = source.glyph(glyph)?;
        carry(body, &mut order, &mut bodies)?;
        bodies.resize(bodies.len().next_multiple_of(4), 0);
        offsets.push(u32::try_from(bodies.len()).ok()?);
        widths.extend_from_slice(&metric(hmtx, metrics, glyph)?);
        at += 1;
    }
    let glyphs = u16::try_from(order.len()).ok()?;
    let loca: Vec<u8> = offsets.iter().flat_map(|one| one.to_be_bytes()).collect();
    let mut head = head.to_vec();
    // checkSumAdjustment is unused inside a PDF; indexToLocFormat says that offsets are long.
    put(&mut head, 8, &[0; 4])?;
    put(&mut head, 50, &[0, 1])?;
    let mut hhea = hhea.to_vec();
    put(&mut hhea, 34, &glyphs.to_be_bytes())?;
    let mut maxp = maxp.to_vec();
    put(&mut maxp, 4, &glyphs.to_be_bytes())?;
    // Storage, functions, stack and instructions: there are none left.
    put(&mut maxp, 14, &[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
    let data = assemble(&[
        (*b"glyf", &bodies),
        (*b"head", &head),
        (*b"hhea", &hhea),
        (*b"hmtx", &widths),
        (*b"loca", &loca),
        (*b"maxp", &maxp),
    ])?;
    Some(Subset { data, glyphs })
}

struct Source<'a> {
    glyf: &'a [u8],
    loca: &'a [u8],
    long: bool,
}

impl<'a> Source<'a> {
    fn glyph(&self, glyph: u16) -> Option<&'a [u8]> {
        let place = usize::from(glyph);
        let (from, to) = if self.long {
            (long(self.loca, place * 4)?, long(self.loca, place * 4 + 4)?)
        } else {
            let at = |place| short(self.loca, place).map(|one| u32::from(one) * 2);
            (at(place * 2)?, at(place * 2 + 2)?)
        };
        self.glyf
            .get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)
    }
}

/// Copies a glyph without its instructions; parts that it is made of are asked for and renumbered.
fn carry(body: &[u8], order: &mut Vec<u16>, out: &mut Vec<u8>) -> Option<()> {
    if body.is_empty() {
        return Some(());
    }
    let contours = i16::from_be_bytes(body.get(..2)?.try_into().ok()?);
    if let Ok(contours) = usize::try_from(contours) {
        let length_at = 10 + 2 * contours;
        let skipped = usize::from(short(body, length_at)?);
        out.extend_from_slice(body.get(..length_at)?);
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(body.get(length_at + 2 + skipped..)?);
        return Some(());
    }
    out.extend_from_slice(body.get(..10)?);
    let mut at = 10;
    loop {
        let flags = short(body, at)?;
        let part = short(body, at + 2)?;
        let known = order.iter().position(|known| *known == part);
        let place = known.unwrap_or(order.len());
        if known.is_none() {
            order.push(part);
        }
        let offsets = if flags & WORDS == 0 { 2 } else { 4 };
        let scales = match flags & (ONE_SCALE | TWO_SCALES | MATRIX) {
            0 => 0,
            ONE_SCALE => 2,
            TWO_SCALES => 4,
            _ => 8,
        };
        let end = at + 4 + offsets + scales;
        out.extend_from_slice(&(flags & !INSTRUCTIONS).to_be_bytes());
        out.extend_from_slice(&u16::try_from(place).ok()?.to_be_bytes());
        out.extend_from_slice(body.get(at + 4..end)?);
        if flags & MORE == 0 {
            return Some(());
        }
        at = end;
    }
}

/// Advance and left side bearing.
fn metric(hmtx: &[u8], metrics: usize, glyph: u16) -> Option<[u8; 4]> {
    let glyph = usize::from(glyph);
    if glyph < metrics {
        return hmtx.get(glyph * 4..glyph * 4 + 4)?.try_into().ok();
    }
    let advance = metrics.checked_sub(1)? * 4;
    let bearing = metrics * 4 + (glyph - metrics) * 2;
    let [high, low] = short(hmtx, advance)?.to_be_bytes();
    let [left, right] = short(hmtx, bearing)?.to_be_bytes();
    Some([high, low, left, right])
}

fn table(font: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    let count = usize::from(short(font, 4)?);
    let record = font
        .get(12..)?
        .chunks_exact(16)
        .take(count)
        .find(|one| one.starts_with(&name))?;
    let from = usize::try_from(long(record, 8)?).ok()?;
    let length = usize::try_from(long(record, 12)?).ok()?;
    font.get(from..from.checked_add(length)?)
}

fn assemble(tables: &[([u8; 4], &[u8])]) -> Option<Vec<u8>> {
    let count = u16::try_from(tables.len()).ok()?;
    let power = count.checked_ilog2()?;
    let range = 16 * (1_u16 << power);
    let mut file = Vec::new();
    file.extend_from_slice(&[0, 1, 0, 0]);
    for one in [count, range, u16::try_from(power).ok()?, count * 16 - range] {
        file.extend_from_slice(&one.to_be_bytes());
    }
    let mut at = 12 + 16 * tables.len();
    for (name, bytes) in tables {
        file.extend_from_slice(name);
        file.extend_from_slice(&checksum(bytes).to_be_bytes());
        file.extend_from_slice(&u32::try_from(at).ok()?.to_be_bytes());
        file.extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_be_bytes());
        at += bytes.len().next_multiple_of(4);
    }
    for (_, bytes) in tables {
        file.extend_from_slice(bytes);
        file.resize(file.len().next_multiple_of(4), 0);
    }
    Some(file)
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.chunks(4).fold(0, |sum: u32, word| {
        let mut whole = [0; 4];
        for (to, from) in whole.iter_mut().zip(word) {
            *to = *from;
        }
        sum.wrapping_add(u32::from_be_bytes(whole))
    })
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) -> Option<()> {
    bytes.get_mut(at..at + what.len())?.copy_from_slice(what);
    Some(())
}

#[cfg(test)]
mod tests {
    use skrifa::instance::{LocationRef, Size};
    use skrifa::outline::DrawSettings;
    use skrifa::outline::pen::SvgPen;
    use skrifa::{FontRef, GlyphId, MetadataProvider};

    use super::*;
    use crate::pdf::font::REGULAR;

    fn outline(font: &[u8], glyph: u16) -> (String, f32) {
        let font = FontRef::new(font).unwrap();
        let id = GlyphId::from(glyph);
        let mut pen = SvgPen::new();
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        if let Some(one) = font.outline_glyphs().get(id) {
            one.draw(settings, &mut pen).unwrap();
        }
        let width = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        (pen.to_string(), width.advance_width(id).unwrap())
    }

    #[test]
    fn glyphs_keep_their_shape_and_width() {
        let whole = FontRef::new(REGULAR).unwrap();
        let map = whole.charmap();
        let mut wanted = vec![0];
        for letter in "AéÀçŒ▲‼ﬁǅ½".chars() {
            wanted.push(u16::try_from(map.map(letter).unwrap().to_u32()).unwrap());
        }
        let cut = subset(REGULAR, &wanted).unwrap();
        assert!(cut.data.len() < 6000, "{}", cut.data.len());
        assert!(usize::from(cut.glyphs) > wanted.len(), "accents are parts");
        for (now, before) in (0..).zip(&wanted) {
            assert_eq!(outline(&cut.data, now), outline(REGULAR, *before));
        }
    }

    #[test]
    fn a_damaged_font_is_none() {
        assert!(subset(b"", &[0]).is_none());
        assert!(subset(&REGULAR[..60_000], &[0, 40]).is_none());
        assert!(subset(REGULAR, &[65_000]).is_none());
    }
}
