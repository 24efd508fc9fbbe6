//! OBX as a typed observation (HL7 v2.5.1 §7.4.2): one pass over the segment, nothing copied that need not be.

use std::borrow::Cow;

use super::{Charset, Delimiters, Message, Segment};
use crate::scan;
use crate::value::{Number, Stamp};

/// Fields looked at: up to OBX-19, the time of the observation.
const FIELDS: usize = 20;

/// One observation as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation<'a> {
    /// OBX-2 as written.
    pub value_type: &'a [u8],
    /// OBX-3.
    pub code: Coded<'a>,
    /// OBX-4.
    pub sub_id: Cow<'a, str>,
    /// OBX-5, its first repeat.
    pub value: Value<'a>,
    /// OBX-6.
    pub units: Coded<'a>,
    /// OBX-7.
    pub range: Cow<'a, str>,
    /// OBX-8 as written, repeats included.
    pub flags: &'a [u8],
    /// OBX-11: final, preliminary, corrected…
    pub status: Option<u8>,
    /// OBX-19, or OBX-14 where it is empty.
    pub time: Option<Stamp>,
}

/// A code, its text, and whose code it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coded<'a> {
    /// The code.
    pub code: Cow<'a, str>,
    /// What it means.
    pub text: Cow<'a, str>,
    /// The coding system.
    pub system: Cow<'a, str>,
}

/// What was observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing is written.
    Absent,
    /// `""` is written.
    Null,
    /// A number.
    Number(Number<'a>),
    /// A coded value.
    Coded(Coded<'a>),
    /// Anything else that can be read.
    Text(Cow<'a, str>),
    /// An image or a document, undecoded (OBX-2 is ED or RP).
    Embedded(&'a [u8]),
}

impl<'a> Message<'a> {
    /// The observations of the message in order.
    ///
    /// ```
    /// use lisiere_protocol::hl7::{Charset, Value, read};
    ///
    /// let document = read(b"MSH|^~\\&|A\rOBX|1|NM|GLU^Glucose^L||5.4|mmol/L||H|||F\r");
    /// let message = &document.messages[0];
    /// let observation = message.observations(Charset::UTF_8).next().unwrap();
    /// assert_eq!(observation.code.text, "Glucose");
    /// assert!(matches!(observation.value, Value::Number(number) if number.mantissa == 54));
    /// ```
    pub fn observations<'m>(
        &'m self,
        charset: Charset,
    ) -> impl Iterator<Item = Observation<'a>> + use<'a, 'm> {
        let rows = self.segments.iter();
        let rows = rows.filter(|segment| segment.raw().starts_with(b"OBX"));
        rows.filter_map(move |segment| Observation::read(segment, charset))
    }
}

impl<'a> Observation<'a> {
    /// Reads a segment; `None` when it is no OBX.
    pub fn read(segment: &Segment<'a>, charset: Charset) -> Option<Self> {
        let delimiters = segment.delimiters();
        let fields = Fields::cut(segment.raw(), delimiters.field);
        if fields.get(0) != b"OBX" {
            return None;
        }
        let reader = Reader {
            delimiters,
            charset,
            ascii: fields
                .ascii(3, 7, delimiters.escape)
                .filter(|_| charset.reads_ascii()),
        };
        let value_type = fields.get(2);
        let time = match fields.get(19) {
            [] => fields.get(14),
            time => time,
        };
        Some(Self {
            value_type,
            code: reader.coded(fields.place(3)),
            sub_id: reader.text(fields.place(4)),
            value: reader.value(value_type, fields.place(5)),
            units: reader.coded(fields.place(6)),
            range: reader.text(fields.place(7)),
            flags: fields.get(8),
            status: fields.get(11).first().copied(),
            time: Stamp::read(time),
        })
    }
}

/// The fields of a segment, found in one pass.
struct Fields<'a> {
    segment: &'a [u8],
    /// Where each field ends; those that are not written end with the segment.
    ends: [usize; FIELDS],
}

/// A part of a segment: its bytes, and where they stand.
#[derive(Clone, Copy)]
struct Place<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A stretch of a segment that is ASCII, whatever the charset.
struct Ascii<'a> {
    text: &'a str,
    at: usize,
    /// Whether something in it is escaped.
    escapes: bool,
}

impl<'a> Fields<'a> {
    fn cut(segment: &'a [u8], delimiter: u8) -> Self {
        let mut ends = [segment.len(); FIELDS];
        scan::places(segment, delimiter, &mut ends);
        Self { segment, ends }
    }

    fn place(&self, number: usize) -> Place<'a> {
        let end = self.ends.get(number).copied().unwrap_or_default();
        let before = number.checked_sub(1).and_then(|index| self.ends.get(index));
        let at = before.map_or(0, |before| before + 1);
        let bytes = self.segment.get(at..end).unwrap_or_default();
        Place { bytes, at }
    }

    fn get(&self, number: usize) -> &'a [u8] {
        self.place(number).bytes
    }

    /// The stretch of some fields, when it is ASCII.
    fn ascii(&self, first: usize, last: usize, escape: u8) -> Option<Ascii<'a>> {
        let at = self.place(first).at;
        let bytes = self.segment.get(at..*self.ends.get(last)?)?;
        if !bytes.is_ascii() {
            return None;
        }
        Some(Ascii {
            text: std::str::from_utf8(bytes).ok()?,
            at,
            escapes: scan::find(bytes, [escape]).is_some(),
        })
    }
}

impl Place<'_> {
    /// The part before a delimiter, and the part behind it.
    fn split(self, delimiter: u8) -> (Self, Option<Self>) {
        let found = self.bytes.iter().position(|byte| *byte == delimiter);
        let cut = found.and_then(|end| Some((self.bytes.get(..end)?, self.bytes.get(end + 1..)?)));
        match cut {
            None => (self, None),
            Some((bytes, rest)) => {
                let at = self.at + bytes.len() + 1;
                (Self { bytes, ..self }, Some(Self { bytes: rest, at }))
            }
        }
    }
}

struct Reader<'a> {
    delimiters: Delimiters,
    charset: Charset,
    ascii: Option<Ascii<'a>>,
}

impl<'a> Reader<'a> {
    fn text(&self, place: Place<'a>) -> Cow<'a, str> {
        if place.bytes.is_empty() {
            return Cow::Borrowed("");
        }
        if let Some(ascii) = &self.ascii
            && let Some(from) = place.at.checked_sub(ascii.at)
            && let Some(text) = ascii.text.get(from..from + place.bytes.len())
            && !(ascii.escapes && scan::find(place.bytes, [self.delimiters.escape]).is_some())
        {
            return Cow::Borrowed(text);
        }
        self.charset.decode(place.bytes, &self.delimiters).text
    }

    fn coded(&self, place: Place<'a>) -> Coded<'a> {
        let delimiter = self.delimiters.component;
        let (code, rest) = place.split(delimiter);
        let (text, rest) = match rest {
            Some(rest) => {
                let (text, rest) = rest.split(delimiter);
                (self.text(text), rest)
            }
            None => Default::default(),
        };
        Coded {
            code: self.text(code),
            text,
            system: rest.map_or(Cow::Borrowed(""), |rest| self.text(rest.split(delimiter).0)),
        }
    }

    fn value(&self, value_type: &[u8], place: Place<'a>) -> Value<'a> {
        match place.bytes {
            [] => return Value::Absent,
            b"\"\"" => return Value::Null,
            _ => {}
        }
        match value_type {
            b"ED" | b"RP" => return Value::Embedded(place.bytes),
            b"CE" | b"CWE" | b"CNE" | b"CF" => return Value::Coded(self.coded(place)),
            _ => {}
        }
        match self.text(place) {
            // Only what says so, or says nothing, is a number: a string of digits may be a name.
            Cow::Borrowed(text) if matches!(value_type, b"NM" | b"SN" | b"") => {
                Number::read(text).map_or(Value::Text(Cow::Borrowed(text)), Value::Number)
            }
            text => Value::Text(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Value;
    use crate::hl7::{Charset, read};

    #[test]
    fn an_observation_is_what_the_segment_says() {
        let text = "MSH|^~\\&|A\r\
            OBX|1|NM|GLU^Glucose \\T\\ co^L|1/1|<5.40|mmol/L^^UCUM|3.9-5.6|H~N|||F|||20240102||x|||20240103101112\r\
            OBX|2|CE|HCV||NEG^Négatif^99\r\
            OBX|3|ST|X||123|\r\
            OBX|4|NM|Y||---\r\
            OBX|5|NM|Z||\"\"\r\
            OBX|6|ED|IMG||^IM^PNG^Base64^AAAA\r\
            OBX|7|NM|W\r\
            OBXX|8\r"
            .replace("            ", "");
        let document = read(text.as_bytes());
        let found: Vec<_> = document.messages[0].observations(Charset::UTF_8).collect();
        assert_eq!(found.len(), 7);
        let first = &found[0];
        assert_eq!(first.code.text, "Glucose & co");
        assert_eq!(first.units.system, "UCUM");
        assert_eq!(
            (first.sub_id.as_ref(), first.range.as_ref()),
            ("1/1", "3.9-5.6")
        );
        assert_eq!((first.flags, first.status), (&b"H~N"[..], Some(b'F')));
        assert_eq!(first.time.unwrap().day, Some(3));
        assert!(
            matches!(first.value, Value::Number(number) if number.text == "<5.40" && number.scale == 2)
        );
        assert!(matches!(&found[1].value, Value::Coded(coded) if coded.text == "Négatif"));
        assert!(matches!(&found[2].value, Value::Text(text) if text == "123"));
        assert!(matches!(&found[3].value, Value::Text(text) if text == "---"));
        assert_eq!(found[4].value, Value::Null);
        assert!(matches!(found[5].value, Value::Embedded(_)));
        assert_eq!(found[6].value, Value::Absent);
    }
}
