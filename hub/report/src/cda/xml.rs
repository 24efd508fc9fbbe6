//! A thin writer of XML: elements close themselves, every text is cleaned and escaped, bytes depend on the input alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use lisiere_model::report::{Coded, Identifier, Moment};

use super::vocabulary::{LOINC, LOINC_NAME, system_name};
use crate::text;

/// Attributes of an element.
pub(crate) type Attributes<'a> = &'a [(&'a str, &'a str)];

/// A document being written.
pub(crate) struct Xml {
    out: Vec<u8>,
}

impl Xml {
    /// A document with its declaration. No processing instruction follows: a receiver uses its own viewer.
    pub(crate) fn start() -> Self {
        let mut out = Vec::with_capacity(192 * 1024);
        out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        Self { out }
    }

    /// The bytes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.out.push(b'\n');
        self.out
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Text that nobody wrote for XML: blanks at its ends dropped, cleaned as every shown text is, escaped.
    fn cleaned(&mut self, content: &str) {
        let content = content.trim();
        // Looked at as a whole, without a way out: nearly every text is plain, some are megabytes.
        let plain = |all: bool, byte: u8| {
            all & matches!(byte, b' '..=b'~') & !matches!(byte, b'<' | b'>' | b'&' | b'\'' | b'"')
        };
        if content.bytes().fold(true, plain) {
            self.raw(content.as_bytes());
            return;
        }
        for one in content.chars() {
            match text::shown(one) {
                '<' => self.raw(b"&lt;"),
                '>' => self.raw(b"&gt;"),
                '&' => self.raw(b"&amp;"),
                '\'' => self.raw(b"&apos;"),
                '"' => self.raw(b"&quot;"),
                shown => self.raw(shown.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }

    fn open(&mut self, name: &str, attributes: Attributes<'_>) {
        self.raw(b"<");
        self.raw(name.as_bytes());
        for (key, value) in attributes {
            self.raw(b" ");
            self.raw(key.as_bytes());
            self.raw(b"=\"");
            self.cleaned(value);
            self.raw(b"\"");
        }
    }

    /// An element with what `inside` writes.
    pub(crate) fn within(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        self.raw(b">");
        inside(self);
        self.raw(b"</");
        self.raw(name.as_bytes());
        self.raw(b">");
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.raw(b"/>");
    }

    /// An element with a line of text.
    pub(crate) fn leaf(&mut self, name: &str, attributes: Attributes<'_>, content: &str) {
        self.within(name, attributes, |xml| xml.text(content));
    }

    /// A line of text.
    pub(crate) fn text(&mut self, content: &str) {
        self.cleaned(content);
    }

    /// An element with bytes in base 64.
    pub(crate) fn encoded(&mut self, name: &str, attributes: Attributes<'_>, bytes: &[u8]) {
        self.within(name, attributes, |xml| {
            let start = xml.out.len();
            // Four letters for three bytes, the last ones filled up (RFC 4648 §4).
            xml.out.resize(start + bytes.len().div_ceil(3) * 4, 0);
            let room = xml.out.get_mut(start..).unwrap_or_default();
            let written = STANDARD.encode_slice(bytes, room).unwrap_or_default();
            xml.out.truncate(start + written);
        });
    }

    /// Text of the narrative block, line breaks written as `br`.
    pub(crate) fn lines(&mut self, content: &str) {
        for (place, piece) in content.split('\n').enumerate() {
            if place > 0 {
                self.empty("br", &[]);
            }
            self.text(piece);
        }
    }

    /// `templateId` elements, in the order given.
    pub(crate) fn templates(&mut self, roots: &[&str]) {
        for root in roots {
            self.empty("templateId", &[("root", root)]);
        }
    }

    /// An identifier below an OID.
    pub(crate) fn id(&mut self, root: &str, extension: &str) {
        self.empty("id", &[("root", root), ("extension", extension)]);
    }

    /// An identifier of the model.
    pub(crate) fn identifier(&mut self, id: &Identifier) {
        if id.extension.is_empty() {
            self.empty("id", &[("root", id.root.as_str())]);
        } else {
            self.id(id.root.as_str(), &id.extension);
        }
    }

    /// A code of any system, in an element of any name.
    pub(crate) fn coded(&mut self, name: &str, coded: &Coded) {
        self.coded_at(name, coded, None);
    }

    /// The same, bound to the narrative element `anchor`.
    pub(crate) fn coded_at(&mut self, name: &str, coded: &Coded, anchor: Option<&str>) {
        self.code_system(coded, |xml, attributes| match anchor {
            Some(anchor) => xml.within(name, attributes, |xml| xml.original(anchor)),
            None => xml.empty(name, attributes),
        });
    }

    /// The attributes of a code, with the system's name where it has a usual one.
    pub(crate) fn code_system(
        &mut self,
        coded: &Coded,
        write: impl FnOnce(&mut Self, Attributes<'_>),
    ) {
        let mut attributes = vec![
            ("code", coded.code.as_str()),
            ("displayName", coded.display.as_str()),
            ("codeSystem", coded.system.as_str()),
        ];
        if let Some(name) = system_name(coded.system.as_str()) {
            attributes.push(("codeSystemName", name));
        }
        write(self, &attributes);
    }

    /// A LOINC `code`, bound to the narrative when `anchor` is given.
    pub(crate) fn loinc(&mut self, code: &str, display: &str, anchor: Option<&str>) {
        let attributes = [
            ("code", code),
            ("displayName", display),
            ("codeSystem", LOINC),
            ("codeSystemName", LOINC_NAME),
        ];
        match anchor {
            Some(anchor) => self.within("code", &attributes, |xml| xml.original(anchor)),
            None => self.empty("code", &attributes),
        }
    }

    /// A LOINC `code` bound to the narrative, with what `inside` writes after that.
    pub(crate) fn loinc_with(
        &mut self,
        code: &str,
        display: &str,
        anchor: &str,
        inside: impl FnOnce(&mut Self),
    ) {
        let attributes = [
            ("code", code),
            ("displayName", display),
            ("codeSystem", LOINC),
            ("codeSystemName", LOINC_NAME),
        ];
        self.within("code", &attributes, |xml| {
            xml.original(anchor);
            inside(xml);
        });
    }

    /// `originalText/reference`.
    pub(crate) fn original(&mut self, anchor: &str) {
        self.within("originalText", &[], |xml| xml.reference(anchor));
    }

    /// A reference to an element of the narrative.
    pub(crate) fn reference(&mut self, anchor: &str) {
        self.empty("reference", &[("value", &format!("#{anchor}"))]);
    }

    /// A point in time: `effectiveTime`, `time`, `low`, `high`.
    pub(crate) fn time(&mut self, name: &str, moment: Moment) {
        self.empty(name, &[("value", &stamp(moment))]);
    }

    /// A day: `effectiveTime`, `high`.
    pub(crate) fn day(&mut self, name: &str, on: Date) {
        let day = format!("{:04}{:02}{:02}", on.year(), on.month(), on.day());
        self.empty(name, &[("value", &day)]);
    }

    /// A point in time written as an interval with its end only.
    pub(crate) fn until(&mut self, name: &str, moment: Moment) {
        self.within(name, &[], |xml| xml.time("high", moment));
    }
}

/// `YYYYMMDDhhmmss+ZZzz` (HL7 TS): a time never stands without its zone.
pub(crate) fn stamp(moment: Moment) -> String {
    let civil = moment.civil();
    let minutes = moment.offset().seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}{sign}{:02}{:02}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second(),
        minutes.unsigned_abs() / 60,
        minutes.unsigned_abs() % 60,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_carry_their_zone() {
        assert_eq!(
            stamp("2026-11-02T08:10:05+01:00".parse().unwrap()),
            "20261102081005+0100"
        );
        assert_eq!(
            stamp("2026-07-02T08:10:05-03:30".parse().unwrap()),
            "20260702081005-0330"
        );
    }

    #[test]
    fn bytes_stand_in_base_64() {
        for length in 0..5 {
            let mut xml = Xml::start();
            xml.encoded("a", &[], &b"\xff\x00PD"[..length.min(4)]);
            let text = String::from_utf8(xml.finish()).unwrap();
            let wanted = ["", "/w==", "/wA=", "/wBQ", "/wBQRA=="];
            let element = format!("<a>{}</a>", wanted[length.min(4)]);
            assert!(text.contains(&element), "{text}");
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut xml = Xml::start();
        xml.leaf("a", &[("b", "\"<&'>\n\u{1}")], "]]> & <x> \u{b} \u{202e}");
        let text = String::from_utf8(xml.finish()).unwrap();
        let read = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(read.root_element().attribute("b"), Some("\"<&'> \u{fffd}"));
        assert_eq!(
            read.root_element().text(),
            Some("]]> & <x> \u{fffd} \u{fffd}")
        );
    }
}
