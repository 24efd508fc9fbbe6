//! A reviewed report as the documents that leave the laboratory: CDA R2 N3 and N1 (French volet CR-BIO 2024.01),
//! PDF/A-1 and HTML.
//!
//! Invariants, mostly of what is absent: no input or output, no clock, no chance. The same [`Report`] always gives the same
//! bytes. [`display`] makes every word that is shown, so that the forms agree. A report with an error among its
//! [`check`] findings gives no document.
//!
//! ```no_run
//! # let json = b"";
//! let report = lisiere_report::read(json)?;
//! let rendered = lisiere_report::render(&report)?;
//! assert!(rendered.pdf.starts_with(b"%PDF-1.4"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cda;
mod check;
pub mod display;
pub mod gate;
pub mod html;
mod json;
mod pdf;
pub mod reading;
#[cfg(test)]
mod tests;
mod text;
pub mod unchecked;

use lisiere_model::report::{Picture, Report};

pub use check::{Finding, Severity, check};
pub use json::{ReadError, read};
pub use pdf::PdfError;

/// JSON Schema (draft 2020-12) of `report.json`.
pub const SCHEMA: &str = include_str!("schema.json");

/// All forms of one report.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// CDA R2, structured, with the PDF inside.
    pub n3: Vec<u8>,
    /// CDA R2 whose body is the PDF.
    pub n1: Vec<u8>,
    /// PDF/A-1.
    pub pdf: Vec<u8>,
    /// A self-contained HTML page.
    pub html: String,
}

impl Rendered {
    /// The structured document inside a stylesheet that shows it in a browser (auto-présentable).
    pub fn portable(&self) -> Vec<u8> {
        cda::portable::wrap(&self.n3)
    }
}

/// An N1 around a PDF that another made: for a report that was received as an N1 and has no coded results.
pub fn n1_around(report: &Report, pdf: &[u8]) -> Result<Vec<u8>, RenderError> {
    let errors: Vec<Finding> = check(report)
        .into_iter()
        .filter(|one| one.severity == Severity::Error)
        // Its results are in the PDF.
        .filter(|one| one.path != "/chapters")
        .collect();
    if errors.is_empty() {
        Ok(cda::n1(report, pdf))
    } else {
        Err(RenderError::Refused(errors))
    }
}

/// Why a report gave no documents.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The documents would not conform.
    #[error("the report has {} error(s); first: {}", .0.len(), .0.first().map(|one| one.message.as_str()).unwrap_or_default())]
    Refused(Vec<Finding>),
    /// The PDF could not be made.
    #[error(transparent)]
    Pdf(#[from] PdfError),
}

/// Width and height in dots of a picture that a report can print; `None` for one that it cannot.
pub fn printable(picture: &Picture) -> Option<(u32, u32)> {
    pdf::printable(picture)
}

/// Checks a report and writes all its forms.
pub fn render(report: &Report) -> Result<Rendered, RenderError> {
    let errors: Vec<Finding> = check(report)
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    if !errors.is_empty() {
        return Err(RenderError::Refused(errors));
    }
    let sheet = display::sheet(report);
    let pdf = pdf::write(report, &sheet)?;
    Ok(Rendered {
        n3: cda::n3(report, &sheet, &pdf),
        n1: cda::n1(report, &pdf),
        html: html::page(&sheet),
        pdf,
    })
}
