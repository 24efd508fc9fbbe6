//! The report as PDF/A-1: laid out by us, written by krilla, the same bytes for the same report.

mod canvas;
mod flow;
mod font;
mod masthead;
mod paint;
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
    /// The writer refused the document.
    #[error("writing PDF/A-1 failed: {0}")]
    Write(String),
}

/// The PDF of a report whose words are `sheet`.
pub(crate) fn write(report: &Report, sheet: &Sheet) -> Result<Vec<u8>, PdfError> {
    let faces = Faces::built_in()?;
    let pages = lay_out(&faces, sheet);
    paint::document(&faces, report, &pages)
}

/// The pages, as what stands where.
fn lay_out(faces: &Faces, sheet: &Sheet) -> Vec<canvas::Page> {
    let mut flow = Flow::new(faces, sheet);
    masthead::write(&mut flow, sheet);
    for chapter in &sheet.chapters {
        table::chapter(&mut flow, chapter);
    }
    masthead::close(&mut flow, sheet);
    flow.finish()
}

/// Every piece of text on the pages, for tests that compare the forms of a report.
#[cfg(test)]
pub(crate) fn words(sheet: &Sheet) -> Vec<String> {
    let faces = Faces::built_in().expect("the font is built in");
    lay_out(&faces, sheet)
        .into_iter()
        .flat_map(|page| page.marks)
        .filter_map(|mark| match mark {
            canvas::Mark::Text { text, .. } => Some(text),
            canvas::Mark::Box { .. } => None,
        })
        .collect()
}

/// Where the texts of each page stand, for the test that none stands outside.
#[cfg(test)]
pub(crate) fn pages(sheet: &Sheet) -> Vec<Vec<(f32, f32)>> {
    let faces = Faces::built_in().expect("the font is built in");
    lay_out(&faces, sheet)
        .into_iter()
        .map(|page| {
            page.marks
                .into_iter()
                .map(|mark| match mark {
                    canvas::Mark::Text {
                        x, y, style, text, ..
                    } => (x + faces.width(&text, style), y),
                    canvas::Mark::Box {
                        x,
                        y,
                        width,
                        height,
                        ..
                    } => (x + width, y + height),
                })
                .collect()
        })
        .collect()
}
