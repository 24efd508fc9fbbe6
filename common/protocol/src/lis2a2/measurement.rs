//! R records as typed measurements (LIS02-A2 §7): one pass over the record, nothing copied that need not be.

use std::borrow::Cow;

use super::escape::unescape;
use super::{Delimiters, EscapeStyle, Message, Record};
use crate::scan;
use crate::value::{Number, Stamp};

/// Fields looked at: up to R-13, the time of completion.
const FIELDS: usize = 14;

/// One result as it was sent. Texts are in the bytes of the analyzer's charset, which the message does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement<'a> {
    /// R-3, component 4: the maker's code. The first component where it is empty.
    pub code: Cow<'a, [u8]>,
    /// R-4.
    pub value: Reading<'a>,
    /// R-5.
    pub units: Cow<'a, [u8]>,
    /// R-6.
    pub range: Cow<'a, [u8]>,
    /// R-7 as written, repeats included.
    pub flags: &'a [u8],
    /// R-9: final, preliminary, corrected…
    pub status: Option<u8>,
    /// R-13, or R-12 where it is empty.
    pub time: Option<Stamp>,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<'a> {
    /// Nothing is written.
    Absent,
    /// A number.
    Number(Number<'a>),
    /// Anything else.
    Text(Cow<'a, [u8]>),
}

impl<'a> Message<'a> {
    /// The measurements of the message in order.
    ///
    /// ```
    /// use lisiere_protocol::lis2a2::measurement::Reading;
    /// use lisiere_protocol::lis2a2::{ReadOptions, read};
    ///
    /// let document = read(b"H|\\^&\rR|1|^^^685|5.4|mmol/L||H||F\rL|1\r", ReadOptions::default());
    /// let found = document.messages[0].measurements().next().unwrap();
    /// assert_eq!(&*found.code, b"685");
    /// assert!(matches!(found.value, Reading::Number(number) if number.mantissa == 54));
    /// ```
    pub fn measurements<'m>(&'m self) -> impl Iterator<Item = Measurement<'a>> + use<'a, 'm> {
        let results = self.records.iter();
        results
            .filter(|record| record.letter() == b'R')
            .map(Measurement::read)
    }
}

impl<'a> Measurement<'a> {
    /// Reads a result record.
    pub fn read(record: &Record<'a>) -> Self {
        let delimiters = record.delimiters();
        let style = record.escape_style();
        let fields = Fields::cut(record, delimiters);
        // One look for all: most records escape nothing.
        let escapes = scan::find(record.raw(), [delimiters.escape]).is_some();
        let undo = |raw: &'a [u8]| {
            if escapes {
                text(raw, delimiters, style)
            } else {
                Cow::Borrowed(raw)
            }
        };
        let text = |number: usize| undo(fields.get(number));
        let time = match fields.get(13) {
            [] => fields.get(12),
            time => time,
        };
        Self {
            code: undo(code(fields.get(3), delimiters)),
            value: reading(text(4)),
            units: text(5),
            range: text(6),
            flags: fields.get(7),
            status: fields.get(9).first().copied(),
            time: Stamp::read(time),
        }
    }
}

fn code(raw: &[u8], delimiters: Delimiters) -> &[u8] {
    let mut components = raw.split(|byte| *byte == delimiters.component);
    let first = components.next().unwrap_or_default();
    let local = components.nth(2).filter(|local| !local.is_empty());
    local.unwrap_or(first)
}

fn text(raw: &[u8], delimiters: Delimiters, style: EscapeStyle) -> Cow<'_, [u8]> {
    if raw.is_empty() {
        return Cow::Borrowed(raw);
    }
    unescape(raw, &delimiters, style)
}

fn reading(text: Cow<'_, [u8]>) -> Reading<'_> {
    match text {
        Cow::Borrowed([]) => Reading::Absent,
        Cow::Borrowed(raw) => {
            let number = std::str::from_utf8(raw).ok().and_then(Number::read);
            number.map_or(Reading::Text(Cow::Borrowed(raw)), Reading::Number)
        }
        text @ Cow::Owned(_) => Reading::Text(text),
    }
}

/// The fields of a record, found in one pass; field 1 is the letter.
struct Fields<'a> {
    record: &'a [u8],
    /// Where each field ends, field 1 first; those that are not written end with the record.
    ends: [usize; FIELDS],
}

impl<'a> Fields<'a> {
    fn cut(record: &Record<'a>, delimiters: Delimiters) -> Self {
        let raw = record.raw();
        let mut ends = [raw.len(); FIELDS];
        if record.escape_style() == EscapeStyle::Standard {
            scan::places(raw, delimiters.field, &mut ends);
        } else {
            let start = record.range().start;
            for (end, field) in ends.iter_mut().zip(record.fields()) {
                *end = field.range().end - start;
            }
        }
        Self { record: raw, ends }
    }

    fn get(&self, number: usize) -> &'a [u8] {
        let end = number.checked_sub(1).and_then(|last| self.ends.get(last));
        let before = number.checked_sub(2).and_then(|last| self.ends.get(last));
        let start = before.map_or(0, |before| before + 1);
        end.and_then(|end| self.record.get(start..*end))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Reading;
    use crate::lis2a2::{EscapeStyle, ReadOptions, read};

    #[test]
    fn a_measurement_is_what_the_record_says() {
        let text = b"H|\\^&\r\
            R|1|^^^685/|5.40|mmol/L|3.9^5.6|H\\A||F|||20240102|20240103101112\r\
            R|2|GLU^x|>8||||||\r\
            R|3|^^^A&S&B|a&F&b\r\
            R|4|^^^C|-1^0.282\r\
            R|5\r";
        let text: Vec<u8> = text.iter().copied().filter(|byte| *byte != b' ').collect();
        let document = read(&text, ReadOptions::default());
        let found: Vec<_> = document.messages[0].measurements().collect();
        assert_eq!(found.len(), 5);
        assert_eq!(&*found[0].code, b"685/");
        assert_eq!(
            (found[0].flags, found[0].status),
            (&b"H\\A"[..], Some(b'F'))
        );
        assert_eq!(found[0].time.unwrap().day, Some(3));
        assert!(matches!(found[0].value, Reading::Number(number) if number.text == "5.40"));
        assert_eq!(&*found[1].code, b"GLU");
        assert!(matches!(found[1].value, Reading::Number(number) if number.comparator.is_some()));
        assert_eq!(&*found[2].code, b"A^B");
        assert_eq!(found[2].value, Reading::Text(b"a|b".as_slice().into()));
        assert_eq!(found[3].value, Reading::Text(b"-1^0.282".as_slice().into()));
        assert_eq!(found[4].value, Reading::Absent);
    }

    #[test]
    fn the_shorthand_escape_is_followed() {
        let options = ReadOptions {
            escapes: EscapeStyle::Shorthand,
            ..ReadOptions::default()
        };
        let document = read(b"H|\\^&\rR|1|^^^A|x&|y|u\rL|1\r", options);
        let found = document.messages[0].measurements().next().unwrap();
        assert_eq!(found.value, Reading::Text(b"x|y".as_slice().into()));
        assert_eq!(&*found.units, b"u");
    }
}
