//! Pictures made ready for a PDF/A-1: no transparency, one of the filters that it allows.
//!
//! A JPEG goes in as it is. A PNG is laid on white and packed again; the last few are kept, because a logo comes back on
//! every report.

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use lisiere_model::report::{Picture, PictureFormat};
use pdf_writer::{Filter, Name, Pdf, Ref};

use super::deflate::{QUICK, deflate};

/// More than this many dots are more than a printed page can show.
const DOTS: u64 = 16_000_000;
/// Pictures kept.
const KEPT: usize = 4;

/// A picture as the PDF has it.
pub(crate) struct Ready {
    pub(crate) width: u32,
    pub(crate) height: u32,
    grey: bool,
    filter: Filter,
    data: Vec<u8>,
}

type Shelf = Mutex<Vec<(Picture, Arc<Ready>)>>;

/// The picture, if it can be printed.
pub(crate) fn ready(picture: &Picture) -> Option<Arc<Ready>> {
    static SHELF: Shelf = Mutex::new(Vec::new());
    let open = || SHELF.lock().unwrap_or_else(PoisonError::into_inner);
    let known = open()
        .iter()
        .find(|(one, _)| one == picture)
        .map(|(_, ready)| Arc::clone(ready));
    if known.is_some() {
        return known;
    }
    let made = Arc::new(match picture.format {
        PictureFormat::Jpeg => jpeg(picture.data.as_bytes())?,
        PictureFormat::Png => png(picture.data.as_bytes())?,
        PictureFormat::Gif => return None,
    });
    let mut shelf = open();
    shelf.truncate(KEPT - 1);
    shelf.insert(0, (picture.clone(), Arc::clone(&made)));
    Some(made)
}

impl Ready {
    /// Writes it.
    pub(crate) fn write(&self, pdf: &mut Pdf, id: Ref) {
        let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        let mut image = pdf.image_xobject(id, &self.data);
        image.filter(self.filter);
        image.width(number(self.width)).height(number(self.height));
        let space: &[u8] = if self.grey {
            b"DeviceGray"
        } else {
            b"DeviceRGB"
        };
        image.pair(Name(b"ColorSpace"), Name(space));
        image.bits_per_component(8);
    }
}

fn fits(width: u32, height: u32) -> bool {
    width > 0 && height > 0 && u64::from(width) * u64::from(height) <= DOTS
}

/// Looks for the frame header (ITU-T T.81 §B.2.2). Four colours would need a profile of their own: they are refused.
fn jpeg(bytes: &[u8]) -> Option<Ready> {
    let mut at = 2;
    loop {
        let [0xff, marker] = *bytes.get(at..at + 2)? else {
            return None;
        };
        if marker == 0xff {
            at += 1;
            continue;
        }
        let body = bytes.get(at + 2..)?;
        let length = usize::from(u16::from_be_bytes(body.get(..2)?.try_into().ok()?));
        if matches!(marker, 0xc0..=0xc2) {
            let [8, h1, h0, w1, w0, colours] = *body.get(2..8)? else {
                return None;
            };
            let width = u32::from(u16::from_be_bytes([w1, w0]));
            let height = u32::from(u16::from_be_bytes([h1, h0]));
            let whole = bytes.ends_with(&[0xff, 0xd9]);
            return (fits(width, height) && whole && matches!(colours, 1 | 3)).then(|| Ready {
                width,
                height,
                grey: colours == 1,
                filter: Filter::DctDecode,
                data: bytes.to_vec(),
            });
        }
        if matches!(marker, 0xc3..=0xcf if marker != 0xc4 && marker != 0xc8 && marker != 0xcc)
            || matches!(marker, 0xd9 | 0xda)
        {
            return None;
        }
        at += 2 + length.max(2);
    }
}

fn png(bytes: &[u8]) -> Option<Ready> {
    let limits = png::Limits { bytes: 128 << 20 };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = reader.info().size();
    if !fits(width, height) {
        return None;
    }
    let mut dots = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut dots).ok()?;
    let dots = dots.get(..frame.buffer_size())?;
    // Paper is white.
    let laid = |colour: &u8, alpha: &u8| {
        let (colour, alpha) = (u16::from(*colour), u16::from(*alpha));
        u8::try_from((colour * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(255)
    };
    let (grey, data) = match frame.color_type {
        png::ColorType::Grayscale => (true, dots.to_vec()),
        png::ColorType::Rgb => (false, dots.to_vec()),
        png::ColorType::GrayscaleAlpha => (
            true,
            dots.as_chunks::<2>()
                .0
                .iter()
                .map(|[grey, alpha]| laid(grey, alpha))
                .collect(),
        ),
        png::ColorType::Rgba => (
            false,
            dots.as_chunks::<4>()
                .0
                .iter()
                .flat_map(|[red, green, blue, alpha]| {
                    [red, green, blue].map(|one| laid(one, alpha))
                })
                .collect::<Vec<u8>>(),
        ),
        png::ColorType::Indexed => return None,
    };
    Some(Ready {
        width,
        height,
        grey,
        filter: Filter::FlateDecode,
        data: deflate(&data, QUICK),
    })
}

#[cfg(test)]
mod tests {
    use lisiere_model::report::Binary;

    use super::*;

    fn drawn(colour: png::ColorType, dots: &[u8]) -> Picture {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(colour);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(dots).unwrap();
        writer.finish().unwrap();
        Picture {
            format: PictureFormat::Png,
            data: Binary::new(bytes),
        }
    }

    fn dots(ready: &Ready) -> Vec<u8> {
        miniz_oxide::inflate::decompress_to_vec_zlib(&ready.data).unwrap()
    }

    #[test]
    fn a_png_is_laid_on_white() {
        let one = ready(&drawn(png::ColorType::Rgba, &[9, 9, 9, 0, 10, 20, 30, 255])).unwrap();
        assert_eq!(dots(&one), [255, 255, 255, 10, 20, 30]);
        let one = ready(&drawn(png::ColorType::Grayscale, &[7, 8])).unwrap();
        assert!(one.grey);
        assert_eq!(dots(&one), [7, 8]);
    }

    #[test]
    fn a_damaged_picture_is_none() {
        let whole = drawn(png::ColorType::Rgb, &[1, 2, 3, 4, 5, 6]);
        for end in 0..whole.data.as_bytes().len() - 12 {
            let cut = whole.data.as_bytes()[..end].to_vec();
            let cut = Picture {
                format: PictureFormat::Png,
                data: Binary::new(cut),
            };
            assert!(ready(&cut).is_none(), "{end}");
        }
        for bytes in [
            b"".as_slice(),
            b"\xff\xd8",
            b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x10\x00\x10\x04",
        ] {
            let one = Picture {
                format: PictureFormat::Jpeg,
                data: Binary::new(bytes),
            };
            assert!(ready(&one).is_none());
        }
    }
}
