//! Which characters the bytes of a message are (MSH-18, HL7 v2.5.1 §2.14.9.18), and what is done when it says nothing or
//! something wrong.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::escape::{Sequence, apply, pairs, sequence};
use crate::scan;

use super::{Component, Delimiters, Field, Header, Message, Repeat, Subcomponent};

/// A character set, by which bytes become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset {
    encoding: &'static Encoding,
}

/// How the charset of a message was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CharsetSource {
    /// As declared, and the bytes fit.
    #[error("charset as declared")]
    Declared,
    /// Nothing is declared, and nothing but ASCII is written.
    #[error("ASCII")]
    Ascii,
    /// Declared in another field than MSH-18.
    #[error("charset declared in another field than MSH-18")]
    WrongField,
    /// Nothing, or ASCII, is declared although there is more; the bytes are UTF-8, or the profile's charset stands in.
    #[error("no charset declared (MSH-18): the bytes tell")]
    Missing,
    /// The label is unknown.
    #[error("unknown charset in MSH-18: the bytes tell")]
    Unknown,
    /// The bytes cannot be what is declared.
    #[error("MSH-18 declares another charset than is written: the bytes tell")]
    Contradicted,
}

/// Text from bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The text; what cannot be read is U+FFFD. The bytes stay where they are.
    pub text: Cow<'a, str>,
    /// Whether something could not be read.
    pub damaged: bool,
}

/// What a label means.
enum Label {
    Ascii,
    Known(Charset),
    Unknown,
}

impl Charset {
    /// UTF-8.
    pub const UTF_8: Self = Self { encoding: UTF_8 };
    /// ISO 8859-1, with the characters that Windows puts into its gaps.
    pub const LATIN_1: Self = Self {
        encoding: WINDOWS_1252,
    };

    /// A charset by its HL7 name (table 0211), its usual name, or what is seen in its place.
    ///
    /// ```
    /// use lisiere_protocol::hl7::Charset;
    ///
    /// assert_eq!(Charset::named(b"UNICODE UTF-8"), Charset::named(b"utf8"));
    /// assert!(Charset::named(b"8859/15").is_some());
    /// assert!(Charset::named(b"EBCDIC").is_none());
    /// ```
    pub fn named(label: &[u8]) -> Option<Self> {
        match read_label(label) {
            Label::Ascii => Some(Self::LATIN_1),
            Label::Known(charset) => Some(charset),
            Label::Unknown => None,
        }
    }

    /// The charset of a whole message: what it declares, unless its bytes say otherwise. `fallback` stands in for
    /// undeclared bytes that are not UTF-8.
    pub fn of(message: &Message<'_>, fallback: Self) -> (Self, CharsetSource) {
        let segments = || message.segments.iter().map(super::Segment::raw);
        if segments().all(<[u8]>::is_ascii) {
            let declared = message.header().map(|header| declared(&header));
            return match declared {
                Some((Label::Known(charset), source)) => (charset, source),
                _ => (fallback, CharsetSource::Ascii),
            };
        }
        // Bytes above 127 that happen to be valid UTF-8 are no accident.
        let is_utf_8 = segments().all(|segment| std::str::from_utf8(segment).is_ok());
        let (label, source) = message
            .header()
            .map_or((Label::Ascii, CharsetSource::Declared), |header| {
                declared(&header)
            });
        let found = if is_utf_8 { Self::UTF_8 } else { fallback };
        match label {
            Label::Known(charset) if charset == Self::UTF_8 && !is_utf_8 => {
                (fallback, CharsetSource::Contradicted)
            }
            Label::Known(charset) if charset != Self::UTF_8 && is_utf_8 && charset.is_western() => {
                (Self::UTF_8, CharsetSource::Contradicted)
            }
            Label::Known(charset) => (charset, source),
            Label::Ascii => (found, CharsetSource::Missing),
            Label::Unknown => (found, CharsetSource::Unknown),
        }
    }

    /// Whether each byte is one letter of a European alphabet: text in it is practically never valid UTF-8.
    fn is_western(self) -> bool {
        self.encoding.is_single_byte()
    }

    /// Whether ASCII bytes are ASCII in it, as they are not where escape bytes switch alphabets.
    pub(super) fn reads_ascii(self) -> bool {
        self.encoding.is_ascii_compatible()
    }

    /// Its name as browsers know it: `UTF-8`, `windows-1252`.
    pub fn name(self) -> &'static str {
        self.encoding.name()
    }

    /// The text of bytes without escape sequences.
    pub fn decode_plain(self, bytes: &[u8]) -> Text<'_> {
        if self.reads_ascii()
            && bytes.is_ascii()
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Text {
                text: Cow::Borrowed(text),
                damaged: false,
            };
        }
        let (text, damaged) = self.encoding.decode_without_bom_handling(bytes);
        Text { text, damaged }
    }

    /// The text of a value: escape sequences undone, switches to another charset followed (§2.7.4).
    pub fn decode<'a>(self, raw: &'a [u8], delimiters: &Delimiters) -> Text<'a> {
        let Some(first) = scan::find(raw, [delimiters.escape]) else {
            return self.decode_plain(raw);
        };
        let mut decoded = Decoded {
            text: String::new(),
            damaged: false,
            run: Vec::with_capacity(raw.len()),
            set: Set::Of(self),
        };
        let mut rest = raw;
        let mut next = Some(first);
        while let Some((plain, marked)) = next.and_then(|at| rest.split_at_checked(at)) {
            decoded.run.extend_from_slice(plain);
            let after = marked.get(1..).unwrap_or_default();
            rest = match sequence(after, *delimiters) {
                Some((Sequence::Switch(digits), behind)) => {
                    decoded.switch(self, digits);
                    behind
                }
                Some((other, behind)) => {
                    apply(&other, &mut decoded.run);
                    behind
                }
                None => {
                    decoded.run.push(delimiters.escape);
                    after
                }
            };
            next = scan::find(rest, [delimiters.escape]);
        }
        decoded.run.extend_from_slice(rest);
        decoded.end_run();
        Text {
            text: Cow::Owned(decoded.text),
            damaged: decoded.damaged,
        }
    }
}

macro_rules! decoding {
    ($($part:ident),+) => {
        $(impl<'a> $part<'a> {
            /// Its text, with the escapes undone.
            pub fn decode(&self, charset: Charset) -> Text<'a> {
                charset.decode(self.raw(), &self.delimiters())
            }
        })+
    };
}

decoding!(Field, Repeat, Component, Subcomponent);

/// Text under way, in the charset in force.
struct Decoded {
    text: String,
    damaged: bool,
    run: Vec<u8>,
    set: Set,
}

/// What bytes mean after a switch.
#[derive(Clone, Copy)]
enum Set {
    /// As in this charset.
    Of(Charset),
    /// Pairs of seven-bit bytes, read in this charset with the eighth bit set and a prefix before each pair.
    Pairs(Charset, Option<u8>),
}

impl Decoded {
    fn switch(&mut self, usual: Charset, digits: &[u8]) {
        self.end_run();
        let mut escape = [0; 3];
        for (slot, byte) in escape.iter_mut().zip(pairs(digits)) {
            *slot = byte;
        }
        let known = |label: &str| Charset::for_label(label).unwrap_or(usual);
        self.set = match escape {
            // JIS X 0208 and 0212.
            [0x24, 0x42 | 0x40, 0] => Set::Pairs(known("euc-jp"), None),
            [0x24, 0x28, 0x44] => Set::Pairs(known("euc-jp"), Some(0x8F)),
            // Korean and simplified Chinese.
            [0x24, 0x29, 0x43] => Set::Of(known("euc-kr")),
            [0x24, 0x29, 0x41] => Set::Of(known("gbk")),
            [0x28 | 0x29, 0x49, 0] => Set::Of(known("shift_jis")),
            [0x2D, last, 0] => Set::Of(known(match last {
                0x42 => "iso-8859-2",
                0x43 => "iso-8859-3",
                0x44 => "iso-8859-4",
                0x4C => "iso-8859-5",
                0x47 => "iso-8859-6",
                0x46 => "iso-8859-7",
                0x48 => "iso-8859-8",
                0x4D => "iso-8859-9",
                0x62 => "iso-8859-15",
                _ => "iso-8859-1",
            })),
            // ASCII and its national forms: back to what the message is written in.
            _ => Set::Of(usual),
        };
    }

    fn end_run(&mut self) {
        let mut run = std::mem::take(&mut self.run);
        let charset = match self.set {
            Set::Of(charset) => charset,
            Set::Pairs(charset, prefix) => {
                let pair = |pair: &[u8]| -> Vec<u8> {
                    let wide = pair.iter().map(|byte| byte | 0x80);
                    prefix.into_iter().chain(wide).collect()
                };
                run = run.chunks(2).flat_map(pair).collect();
                charset
            }
        };
        if self.text.is_empty() && charset.reads_ascii() && run.is_ascii() {
            self.text = String::from_utf8(run).unwrap_or_default();
            return;
        }
        let Text { text, damaged } = charset.decode_plain(&run);
        self.text.push_str(&text);
        self.damaged |= damaged;
    }
}

impl Charset {
    fn for_label(label: &str) -> Option<Self> {
        Encoding::for_label(label.as_bytes()).map(|encoding| Self { encoding })
    }
}

/// What a header declares. MSH-18 may repeat: the first is what the message is written in, the others can be switched
/// to; when the first is ASCII, bytes above 127 can only be of the next.
fn declared(header: &Header<'_>) -> (Label, CharsetSource) {
    let field = header.field(18);
    let labels = || field.repeats().map(|repeat| repeat.raw().trim_ascii());
    let mut ascii = Label::Ascii;
    for label in labels() {
        match read_label(label) {
            Label::Ascii => {}
            Label::Unknown => ascii = Label::Unknown,
            Label::Known(charset) => return (Label::Known(charset), CharsetSource::Declared),
        }
    }
    if labels().all(<[u8]>::is_empty) {
        // Some count the fields wrong.
        for field in [17, 19, 20, 16] {
            let raw = header.field(field).raw().trim_ascii();
            let is_label =
                raw.eq_ignore_ascii_case(b"UTF8") || raw.contains(&b'-') || raw.contains(&b'/');
            if let (true, known @ Label::Known(_)) = (is_label, read_label(raw)) {
                return (known, CharsetSource::WrongField);
            }
        }
    }
    (ascii, CharsetSource::Declared)
}

fn read_label(label: &[u8]) -> Label {
    match label {
        b"" | b"ASCII" => return Label::Ascii,
        b"UNICODE UTF-8" => return Label::Known(Charset::UTF_8),
        b"8859/1" => return Label::Known(Charset::LATIN_1),
        _ => {}
    }
    let label = String::from_utf8_lossy(label.trim_ascii()).to_ascii_uppercase();
    let label = label.strip_prefix("UNICODE ").unwrap_or(&label).trim();
    let known = |name: &str| Charset::for_label(name).map_or(Label::Unknown, Label::Known);
    match label {
        "" | "\"\"" | "ASCII" | "US-ASCII" | "ISO IR6" | "ISO IR-6" => Label::Ascii,
        "UNICODE" | "UTF-8" | "UTF8" | "UTF_8" => Label::Known(Charset::UTF_8),
        "UTF-16" | "UTF-32" => Label::Unknown,
        "ISO IR87" | "ISO IR14" | "ISO IR159" => known("iso-2022-jp"),
        "GB 18030-2000" => known("gb18030"),
        "KS X 1001" => known("euc-kr"),
        "BIG-5" => known("big5"),
        _ => {
            let part = label
                .trim_start_matches("ISO")
                .trim_start_matches(['-', ' ', '_']);
            match part.strip_prefix("8859") {
                Some(part) => known(&format!(
                    "iso-8859-{}",
                    part.trim_start_matches(['/', '-', ' ', '_'])
                )),
                None => known(label),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, CharsetSource};
    use crate::hl7::{Delimiters, read};

    fn message(label: &[u8], name: &[u8]) -> Vec<u8> {
        [
            &b"MSH|^~\\&|A||||||ORU^R01|1|P|2.5||||||"[..],
            label,
            b"\rPID|||||",
            name,
            b"\r",
        ]
        .concat()
    }

    fn check(label: &[u8], name: &[u8], expected: &str, source: CharsetSource) {
        let text = message(label, name);
        let document = read(&text);
        let message = &document.messages[0];
        let (charset, found) = Charset::of(message, Charset::LATIN_1);
        let decoded = message.segments[1].field(5).decode(charset);
        assert_eq!(decoded.text, expected, "{}", label.escape_ascii());
        assert_eq!(found, source, "{}", label.escape_ascii());
        assert!(!decoded.damaged);
    }

    #[test]
    fn a_name_is_the_same_however_it_is_declared() {
        use CharsetSource::{Contradicted, Declared, Missing, Unknown};
        let name = "Gwénaëlle";
        let utf_8 = name.as_bytes();
        let latin = b"Gw\xE9na\xEBlle";
        check(b"UNICODE UTF-8", utf_8, name, Declared);
        check(b"UNICODE", utf_8, name, Declared);
        check(b"UTF-8", utf_8, name, Declared);
        check(b"utf8", utf_8, name, Declared);
        check(b"8859/1", latin, name, Declared);
        check(b"8859/15", latin, name, Declared);
        check(b"ISO-8859-1", latin, name, Declared);
        check(b"8859/15", b"co\xA4t", "co€t", Declared);
        check(b"8859/5", b"\xB8\xD2", "Ив", Declared);
        check(b"ISO IR87", b"\x1B$B;3ED\x1B(B", "山田", Declared);
        check(b"GB 18030-2000", b"\xC0\xEE", "李", Declared);
        check(b"ASCII~UNICODE UTF-8", utf_8, name, Declared);
        check(b"~8859/1", latin, name, Declared);
        check(b"8859/1~ISO IR87", latin, name, Declared);
        check(b"", utf_8, name, Missing);
        check(b"ASCII", latin, name, Missing);
        check(b"KLINGON", utf_8, name, Unknown);
        check(b"8859/1", utf_8, name, Contradicted);
        check(b"UNICODE UTF-8", latin, name, Contradicted);
        check(b"", b"Anne", "Anne", CharsetSource::Ascii);
    }

    #[test]
    fn a_label_in_the_wrong_field_is_found() {
        let text = "MSH|^~\\&|A||||||ORU^R01|1|P|2.5|||||UTF8\rPID|||||Gwénaëlle\r";
        let document = read(text.as_bytes());
        let (charset, source) = Charset::of(&document.messages[0], Charset::LATIN_1);
        assert_eq!(
            (charset, source),
            (Charset::UTF_8, CharsetSource::WrongField)
        );
    }

    #[test]
    fn escapes_are_read_in_the_charset_in_force() {
        let decode = |charset: Charset, raw: &[u8]| {
            charset
                .decode(raw, &Delimiters::default())
                .text
                .into_owned()
        };
        assert_eq!(
            decode(Charset::LATIN_1, b"caf\\XE9\\ \\T\\ th\xE9"),
            "café & thé"
        );
        assert_eq!(decode(Charset::UTF_8, b"caf\\XC3A9\\"), "café");
        assert_eq!(
            decode(Charset::LATIN_1, b"Jos\\C2D42\\\xE8\\C2842\\ end"),
            "Josč end"
        );
        assert_eq!(
            decode(Charset::UTF_8, b"\\M2442\\;3ED\\C2842\\ Taro"),
            "山田 Taro"
        );
        assert_eq!(
            decode(Charset::UTF_8, b"\\M242943\\\xB1\xE8\\C2842\\"),
            "김"
        );
    }

    #[test]
    fn what_cannot_be_read_is_flagged() {
        let found = Charset::UTF_8.decode(b"a\xFFb", &Delimiters::default());
        assert!(found.damaged);
        assert_eq!(found.text, "a\u{FFFD}b");
    }
}
