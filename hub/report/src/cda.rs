//! CDA R2 documents of the French volet CR-BIO 2024.01: N3 (structured, with its PDF copy) and N1 (the PDF alone).

mod acts;
mod anchor;
mod annex;
mod body;
mod entry;
mod finding;
mod group;
mod header;
mod involved;
mod narrative;
mod party;
mod patient;
mod people;
pub(crate) mod portable;
mod result;
mod specimen;
pub(crate) mod vocabulary;
mod xml;

use lisiere_model::report::Report;

use crate::display::Sheet;
use xml::Xml;

/// Which of the two forms is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Structured body.
    N3,
    /// PDF alone.
    N1,
}

/// The structured document, with the PDF copy inside.
pub(crate) fn n3(report: &Report, sheet: &Sheet, pdf: &[u8]) -> Vec<u8> {
    write(report, Form::N3, |xml| {
        body::structured(xml, report, sheet, pdf);
    })
}

/// The document whose body is the PDF.
pub(crate) fn n1(report: &Report, pdf: &[u8]) -> Vec<u8> {
    write(report, Form::N1, |xml| {
        xml.within("nonXMLBody", &[], |xml| {
            let attributes = [("mediaType", "application/pdf"), ("representation", "B64")];
            xml.encoded("text", &attributes, pdf);
        });
    })
}

fn write(report: &Report, form: Form, body: impl FnOnce(&mut Xml)) -> Vec<u8> {
    let mut xml = Xml::start();
    let namespaces = [
        ("xmlns", "urn:hl7-org:v3"),
        ("xmlns:lab", "urn:oid:1.3.6.1.4.1.19376.1.3.2"),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    ];
    xml.within("ClinicalDocument", &namespaces, |xml| {
        header::write(xml, report, form);
        xml.within("component", &[], body);
    });
    xml.finish()
}
