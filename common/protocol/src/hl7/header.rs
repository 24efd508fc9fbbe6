//! The header segment of a message, read alone: enough to answer a message without reading the rest.

use super::segment::Segment;
use super::{Component, Delimiters, Field};
use crate::lis2a2::reader::lines;

/// MSH, by field number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    segment: Segment<'a>,
}

impl<'a> Header<'a> {
    /// The header of a message; `None` when the text does not begin with one.
    ///
    /// ```
    /// use lisiere_protocol::hl7::Header;
    ///
    /// let header = Header::read(b"MSH|^~\\&|BA400||||||OUL^R22^OUL_R22|{5-A}|P|2.5.1\rSPM|1\r").unwrap();
    /// assert_eq!(header.control_id().raw(), b"{5-A}");
    /// assert_eq!(header.trigger().raw(), b"R22");
    /// ```
    pub fn read(text: &'a [u8]) -> Option<Self> {
        let (at, line) = lines(text).next()?;
        is_header(line).then(|| Self {
            segment: Segment::new(line, at, Delimiters::declared_by(line).0),
        })
    }

    /// The segment itself.
    pub fn segment(&self) -> Segment<'a> {
        self.segment
    }

    /// Any field.
    pub fn field(&self, number: usize) -> Field<'a> {
        self.segment.field(number)
    }

    /// MSH-9.1: the kind of message.
    pub fn message_type(&self) -> Component<'a> {
        self.field(9).component(1)
    }

    /// MSH-9.2: the event.
    pub fn trigger(&self) -> Component<'a> {
        self.field(9).component(2)
    }

    /// MSH-10: names the message in its answer.
    pub fn control_id(&self) -> Field<'a> {
        self.field(10)
    }

    /// MSH-12.1: the version of HL7.
    pub fn version(&self) -> Component<'a> {
        self.field(12).component(1)
    }

    /// Whether the version is older than `2.minor`; an unreadable version is not.
    pub fn is_before(&self, minor: u32) -> bool {
        let version = self.version().raw();
        let digits = version
            .strip_prefix(b"2.")
            .unwrap_or_default()
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        let mut number: Option<u32> = None;
        for digit in digits {
            number = Some(
                number
                    .unwrap_or(0)
                    .saturating_mul(10)
                    .saturating_add(u32::from(digit - b'0')),
            );
        }
        number.is_some_and(|number| number < minor)
    }
}

/// Whether a line is a message header.
pub(crate) fn is_header(line: &[u8]) -> bool {
    matches!(line, [b'M', b'S', b'H', separator, ..] if !separator.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::Header;

    #[test]
    fn a_header_counts_its_fields_as_the_standard_does() {
        let header = Header::read(b"\r\nMSH|^~\\&|A|B\nPID|1").unwrap();
        assert_eq!(header.field(1).raw(), b"|");
        assert_eq!(header.field(2).raw(), b"^~\\&");
        assert_eq!(header.field(3).raw(), b"A");
        assert_eq!(header.field(4).raw(), b"B");
        assert!(header.field(5).is_empty());
        assert_eq!(header.segment().field_count(), 4);
        assert!(Header::read(b"PID|1\rMSH|^~\\&|").is_none());
        assert!(Header::read(b"MSHX|").is_none());
        assert!(Header::read(b"").is_none());
    }

    #[test]
    fn versions_are_compared_by_their_minor_number() {
        let old = |version: &str| {
            let text = format!("MSH|^~\\&||||||||||{version}");
            Header::read(text.as_bytes()).unwrap().is_before(4)
        };
        assert!(old("2.1") && old("2.3.1") && old("2.2^FR"));
        assert!(!old("2.4") && !old("2.10") && !old("") && !old("3"));
    }
}
