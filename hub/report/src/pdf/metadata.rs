//! What a PDF says about itself, twice and alike: in its information dictionary and in XMP (ISO 19005-1 §6.7).
//!
//! No patient's name: a file's properties are shown in places where the file itself is not.

use std::fmt::Write as _;

use lisiere_model::report::{Moment, Report};
use pdf_writer::{Date, Pdf, Ref, TextStr};
use quick_xml::escape::escape;
use sha2::{Digest, Sha256};

const TITLE: &str = "Compte rendu d'examens biologiques";
const PROGRAM: &str = "Lisière";

/// Writes both, and the file's identifier.
pub(crate) fn write(pdf: &mut Pdf, xmp: Ref, info: Ref, report: &Report) {
    let author = crate::text::line(&report.laboratory.organisation.name);
    let digest = Sha256::digest(format!("{} {}", report.id, report.version));
    let identifier: Vec<u8> = digest.iter().take(16).copied().collect();
    let packet = packet(&author, report.created_at, &identifier);
    pdf.metadata(xmp, packet.as_bytes());
    let date = date(report.created_at);
    pdf.document_info(info)
        .title(TextStr(TITLE))
        .author(TextStr(&author))
        .creator(TextStr(PROGRAM))
        .producer(TextStr(PROGRAM))
        .creation_date(date)
        .modified_date(date);
    pdf.set_file_id((identifier.clone(), identifier));
}

fn date(moment: Moment) -> Date {
    let civil = moment.civil();
    let part = |value: i8| u8::try_from(value).unwrap_or_default();
    let minutes = moment.offset().seconds() / 60;
    Date::new(u16::try_from(civil.year()).unwrap_or_default())
        .month(part(civil.month()))
        .day(part(civil.day()))
        .hour(part(civil.hour()))
        .minute(part(civil.minute()))
        .second(part(civil.second()))
        .utc_offset_hour(i8::try_from(minutes / 60).unwrap_or_default())
        .utc_offset_minute(u8::try_from((minutes % 60).unsigned_abs()).unwrap_or_default())
}

fn packet(author: &str, made: Moment, identifier: &[u8]) -> String {
    let civil = made.civil();
    let minutes = made.offset().seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let date = format!(
        "{}{sign}{:02}:{:02}",
        civil.strftime("%Y-%m-%dT%H:%M:%S"),
        minutes.unsigned_abs() / 60,
        minutes.unsigned_abs() % 60
    );
    let uuid = uuid(identifier);
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
         <rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\
         <pdfaid:part>1</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance></rdf:Description>\n\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
         <dc:format>application/pdf</dc:format>\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{}</rdf:li></rdf:Alt></dc:title>\
         <dc:creator><rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq></dc:creator>\
         <dc:language><rdf:Bag><rdf:li>fr-FR</rdf:li></rdf:Bag></dc:language></rdf:Description>\n\
         <rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\">\
         <xmp:CreatorTool>{PROGRAM}</xmp:CreatorTool><xmp:CreateDate>{date}</xmp:CreateDate>\
         <xmp:ModifyDate>{date}</xmp:ModifyDate></rdf:Description>\n\
         <rdf:Description rdf:about=\"\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">\
         <pdf:Producer>{PROGRAM}</pdf:Producer></rdf:Description>\n\
         <rdf:Description rdf:about=\"\" xmlns:xmpMM=\"http://ns.adobe.com/xap/1.0/mm/\">\
         <xmpMM:DocumentID>uuid:{uuid}</xmpMM:DocumentID><xmpMM:InstanceID>uuid:{uuid}</xmpMM:InstanceID></rdf:Description>\n\
         </rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>",
        escape(TITLE),
        escape(author),
    )
}

fn uuid(identifier: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in identifier.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}
