//! The report as tagged PDF/A-1, laid out and written by us: the same bytes for the same report.

mod antibiogram;
mod canvas;
mod content;
mod deflate;
mod embed;
mod figure;
mod flow;
mod font;
mod icc;
mod masthead;
mod metadata;
mod paint;
mod picture;
mod row;
mod structure;
mod subset;
mod table;

use lisiere_model::report::Report;

use crate::display::Sheet;
use flow::Flow;
use font::Faces;

/// Why a PDF could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The font that comes with the program cannot be read: the program itself is damaged.
    #[error("the built-in font {0} cannot be read")]
    Font(&'static str),
}

/// Width and height of a picture, if a PDF can show it.
pub(crate) fn printable(picture: &lisiere_model::report::Picture) -> Option<(u32, u32)> {
    picture::ready(picture).map(|ready| (ready.width, ready.height))
}

/// The PDF of a report whose words are `sheet`.
pub(crate) fn write(report: &Report, sheet: &Sheet) -> Result<Vec<u8>, PdfError> {
    let faces = Faces::built_in()?;
    paint::document(faces, report, &lay_out(faces, sheet))
}

/// The pages, as what stands where.
fn lay_out(faces: &Faces, sheet: &Sheet) -> canvas::Pages {
    let mut flow = Flow::new(faces, sheet);
    masthead::write(&mut flow, sheet);
    let closing = masthead::closing(&flow, sheet);
    for (place, chapter) in sheet.chapters.iter().enumerate() {
        let ends = place + 1 == sheet.chapters.len() && sheet.annexes.is_empty();
        table::chapter(&mut flow, chapter, if ends { closing } else { 0.0 });
    }
    masthead::annexes(&mut flow, sheet);
    masthead::close(&mut flow, sheet);
    flow.finish()
}

/// Every piece of text on the pages, for tests that compare the forms of a report.
#[cfg(test)]
pub(crate) fn words(sheet: &Sheet) -> Vec<String> {
    let faces = Faces::built_in().expect("the font is built in");
    let laid = lay_out(faces, sheet);
    laid.pages
        .into_iter()
        .flat_map(|page| page.marks)
        .filter_map(|mark| match mark {
            canvas::Mark::Text { text, .. } => Some(text),
            _ => None,
        })
        .chain(laid.figures.into_iter().map(|(_, words)| words))
        .collect()
}

/// How far to the right and down the things of each page reach, for the test that none stands outside.
#[cfg(test)]
pub(crate) fn pages(sheet: &Sheet) -> Vec<Vec<(f32, f32)>> {
    use canvas::Mark;
    let faces = Faces::built_in().expect("the font is built in");
    let end = |mark| match mark {
        Mark::Text {
            x, y, style, text, ..
        } => vec![(x + faces.width(&text, style), y)],
        Mark::Line { points, .. } => points,
        Mark::Box {
            x,
            y,
            width,
            height,
            ..
        }
        | Mark::Picture {
            x,
            y,
            width,
            height,
            ..
        } => vec![(x + width, y + height)],
    };
    lay_out(faces, sheet)
        .pages
        .into_iter()
        .map(|page| page.marks.into_iter().flat_map(end).collect())
        .collect()
}
