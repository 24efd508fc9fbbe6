//! Writes the laid-out pages as PDF/A-1a, with the structure of what they say; dates and identifiers come from the report.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use lisiere_model::report::Report;
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Settings, TextStr};

use super::PdfError;
use super::canvas::{HEIGHT, Mark, Page, Pages, WIDTH};
use super::content::{self, Fonts};
use super::deflate::{QUICK, deflate};
use super::embed::{Embedded, is_usual};
use super::font::{Faces, Weight};
use super::metadata;
use super::picture::Ready;
use super::structure::Structure;

/// Numbers of the objects that every document has; pages, pictures and the structure follow.
const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const METADATA: Ref = Ref::new(3);
const INFO: Ref = Ref::new(4);
const PROFILE: Ref = Ref::new(5);
const RESOURCES: Ref = Ref::new(6);
const ROOT: Ref = Ref::new(7);
const PARENTS: Ref = Ref::new(8);
const FONT: i32 = 9;
const FONT_PARTS: i32 = 6;
const FREE: i32 = FONT + 2 * FONT_PARTS;

/// The document's bytes.
pub(crate) fn document(faces: &Faces, report: &Report, laid: &Pages) -> Result<Vec<u8>, PdfError> {
    let regular = embedded(faces, Weight::Regular, &laid.pages)?;
    let bold = embedded(faces, Weight::Bold, &laid.pages)?;
    let fonts = Fonts {
        regular: regular.as_ref(),
        bold: bold.as_ref(),
    };
    let mut pictures = Vec::new();
    let mut pieces = Vec::new();
    let mut drawings = Vec::new();
    for (place, page) in laid.pages.iter().enumerate() {
        let drawn = content::page(page, place, &fonts, &mut pieces, |mark| {
            number(&mut pictures, mark)
        });
        drawings.push(deflate(&drawn, QUICK));
    }
    let structure = Structure::new(&pieces, &laid.figures);

    let mut pdf = Pdf::with_settings_and_capacity(Settings { pretty: false }, 96 * 1024);
    // What PDF/A-1 builds on (ISO 19005-1 §6.1.2).
    pdf.set_version(1, 4);
    let mut next = FREE;
    let mut take = || {
        let id = Ref::new(next);
        next += 1;
        id
    };
    let pages: Vec<Ref> = drawings.iter().map(|_| take()).collect();
    let contents: Vec<Ref> = drawings.iter().map(|_| take()).collect();
    let images: Vec<Ref> = pictures.iter().map(|_| take()).collect();
    let first = take();
    catalog(&mut pdf);
    metadata::write(&mut pdf, METADATA, INFO, report);
    profile(&mut pdf);
    fonts.regular.write(&mut pdf, parts(0), false);
    fonts.bold.write(&mut pdf, parts(1), true);
    resources(&mut pdf, &images);
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(TREE).kids(pages.iter().copied()).count(count);
    for (place, ((id, body), drawing)) in (0..).zip(pages.iter().zip(&contents).zip(&drawings)) {
        let mut page = pdf.page(*id);
        page.parent(TREE)
            .media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT))
            .contents(*body)
            .struct_parents(place);
        page.pair(Name(b"Resources"), RESOURCES);
        page.finish();
        pdf.stream(*body, drawing).filter(Filter::FlateDecode);
    }
    for (id, picture) in images.iter().zip(&pictures) {
        picture.write(&mut pdf, *id);
    }
    structure.write(&mut pdf, ROOT, PARENTS, first, &pages);
    Ok(pdf.finish())
}

/// The numbers of a font and its parts.
fn parts(face: i32) -> [Ref; 6] {
    [0, 1, 2, 3, 4, 5].map(|part| Ref::new(FONT + face * FONT_PARTS + part))
}

/// The face as these pages need it.
fn embedded<'f>(faces: &'f Faces, weight: Weight, pages: &[Page]) -> Result<Held<'f>, PdfError> {
    let face = faces.face(weight);
    let rare: BTreeSet<char> = pages
        .iter()
        .flat_map(|page| &page.marks)
        .filter_map(|mark| match mark {
            Mark::Text { style, text, .. } if style.weight == weight => Some(text),
            _ => None,
        })
        .flat_map(|text| text.chars())
        .filter(|one| !matches!(one, ' '..='~') && !is_usual(*one))
        .collect();
    if rare.is_empty() {
        let usual = face.usual.get_or_init(|| Embedded::new(face, []));
        return usual
            .as_ref()
            .map(Held::Kept)
            .ok_or(PdfError::Font(face.name));
    }
    Embedded::new(face, rare)
        .map(Held::Own)
        .ok_or(PdfError::Font(face.name))
}

/// A subset that every document shares, or one of this document alone.
enum Held<'f> {
    Kept(&'f Embedded),
    Own(Embedded),
}

impl AsRef<Embedded> for Held<'_> {
    fn as_ref(&self) -> &Embedded {
        match self {
            Self::Kept(one) => one,
            Self::Own(one) => one,
        }
    }
}

/// The number of a mark's picture; one that comes back is written once.
fn number(pictures: &mut Vec<Arc<Ready>>, mark: &Mark) -> usize {
    let Mark::Picture { picture, .. } = mark else {
        return 0;
    };
    if let Some(place) = pictures
        .iter()
        .position(|known| Arc::ptr_eq(known, picture))
    {
        return place;
    }
    pictures.push(Arc::clone(picture));
    pictures.len() - 1
}

fn catalog(pdf: &mut Pdf) {
    let mut catalog = pdf.catalog(CATALOG);
    catalog
        .pages(TREE)
        .metadata(METADATA)
        .lang(TextStr("fr-FR"));
    catalog.mark_info().marked(true);
    catalog.pair(Name(b"StructTreeRoot"), ROOT);
    catalog.viewer_preferences().display_doc_title(true);
    let mut intents = catalog.output_intents();
    let mut intent = intents.push();
    intent
        .subtype(pdf_writer::types::OutputIntentSubtype::PDFA)
        .output_condition_identifier(TextStr("sRGB"))
        .info(TextStr("sRGB IEC 61966-2-1"))
        .dest_output_profile(PROFILE);
}

fn profile(pdf: &mut Pdf) {
    static SRGB: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let packed = SRGB.get_or_init(|| deflate(&super::icc::srgb(), QUICK));
    let mut profile = pdf.icc_profile(PROFILE, packed);
    profile.n(3);
    profile.filter(Filter::FlateDecode);
}

fn resources(pdf: &mut Pdf, images: &[Ref]) {
    let mut all = pdf.indirect(RESOURCES).dict();
    let mut fonts = all.insert(Name(b"Font")).dict();
    for (name, [id, ..]) in [b"F0", b"F1"].iter().zip([parts(0), parts(1)]) {
        fonts.pair(Name(*name), id);
    }
    fonts.finish();
    if images.is_empty() {
        return;
    }
    let mut shown = all.insert(Name(b"XObject")).dict();
    for (place, id) in images.iter().enumerate() {
        let name: Cow<'_, str> = format!("I{place}").into();
        shown.pair(Name(name.as_bytes()), *id);
    }
}
