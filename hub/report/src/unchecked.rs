//! Single forms of a report that nobody checked: for measurements, and for drafts. What leaves the laboratory comes from
//! [`render`](crate::render).

use lisiere_model::report::Report;

use crate::{RenderError, cda, display, pdf};

/// The PDF.
pub fn pdf(report: &Report) -> Result<Vec<u8>, RenderError> {
    Ok(pdf::write(report, &display::sheet(report))?)
}

/// The structured document around a PDF that was made before.
pub fn n3(report: &Report, pdf: &[u8]) -> Vec<u8> {
    cda::n3(report, &display::sheet(report), pdf)
}
