//! A thin writer of XML: elements close themselves, every text is cleaned and escaped, bytes depend on the input alone.

use std::io;

use jiff::civil::Date;
use lisiere_model::report::{Coded, Identifier, Moment};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::vocabulary::{LOINC, LOINC_NAME, system_name};
use crate::text;

/// Attributes of an element.
pub(crate) type Attributes<'a> = &'a [(&'a str, &'a str)];

/// A document being written.
pub(crate) struct Xml {
    writer: Writer<Vec<u8>>,
    outcome: io::Result<()>,
}

impl Xml {
    /// A document with its declaration. No processing instruction follows: a receiver uses its own viewer.
    pub(crate) fn start() -> Self {
        let mut xml = Self {
            writer: Writer::new(Vec::new()),
            outcome: Ok(()),
        };
        xml.put(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    /// The bytes.
    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        self.outcome?;
        let mut bytes = self.writer.into_inner();
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn put(&mut self, event: Event<'_>) {
        if self.outcome.is_ok() {
            self.outcome = self.writer.write_event(event);
        }
    }

    fn tag<'a>(name: &'a str, attributes: Attributes<'_>) -> BytesStart<'a> {
        let mut tag = BytesStart::new(name);
        for (key, value) in attributes {
            tag.push_attribute((*key, text::line(value).as_str()));
        }
        tag
    }

    /// An element with what `inside` writes.
    pub(crate) fn within(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.put(Event::Start(Self::tag(name, attributes)));
        inside(self);
        self.put(Event::End(BytesEnd::new(name)));
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: Attributes<'_>) {
        self.put(Event::Empty(Self::tag(name, attributes)));
    }

    /// An element with a line of text.
    pub(crate) fn leaf(&mut self, name: &str, attributes: Attributes<'_>, content: &str) {
        self.within(name, attributes, |xml| xml.text(content));
    }

    /// A line of text.
    pub(crate) fn text(&mut self, content: &str) {
        let line = text::line(content);
        let special = |any: bool, byte: u8| any | matches!(byte, b'<' | b'>' | b'&' | b'\'' | b'"');
        self.put(Event::Text(if line.bytes().fold(false, special) {
            BytesText::new(&line)
        } else {
            BytesText::from_escaped(line)
        }));
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
    moment
        .to_string()
        .chars()
        .filter(|one| !matches!(one, 'T' | ':'))
        .enumerate()
        .fold(String::new(), |mut stamp, (place, one)| {
            // The two hyphens of the date go, the sign of the offset stays.
            if one != '-' || place > 9 {
                stamp.push(one);
            }
            stamp
        })
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
    fn hostile_text_stays_text() {
        let mut xml = Xml::start();
        xml.leaf("a", &[("b", "\"<&'>\n\u{1}")], "]]> & <x> \u{b} \u{202e}");
        let text = String::from_utf8(xml.finish().unwrap()).unwrap();
        let read = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(read.root_element().attribute("b"), Some("\"<&'> \u{fffd}"));
        assert_eq!(
            read.root_element().text(),
            Some("]]> & <x> \u{fffd} \u{fffd}")
        );
    }
}
