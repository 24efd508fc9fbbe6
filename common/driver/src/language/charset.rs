//! Character sets: the ones of the web, and those of DOS that analyzers still write.

use encoding_rs::Encoding;
use lisiere_protocol::hl7;
use std::borrow::Cow;

/// The upper half of code page 850 (DOS, western Europe).
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
/// The upper half of code page 437 (DOS, United States).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// A character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// One that the web knows.
    Web(&'static Encoding),
    /// The one of an HL7 message, whose values may switch to others.
    Hl7(hl7::Charset),
    /// DOS, western Europe.
    Cp850,
    /// DOS, United States.
    Cp437,
}

impl Charset {
    pub(crate) const UTF_8: Self = Self::Web(encoding_rs::UTF_8);

    /// The set with this label.
    pub(crate) fn of(label: &str) -> Option<Self> {
        let plain = label.trim().to_ascii_lowercase();
        match plain.as_str() {
            "cp850" | "ibm850" | "850" | "dos-850" => Some(Self::Cp850),
            "cp437" | "ibm437" | "437" | "dos-437" => Some(Self::Cp437),
            "cp1252" => Some(Self::Web(encoding_rs::WINDOWS_1252)),
            "cp1251" => Some(Self::Web(encoding_rs::WINDOWS_1251)),
            "cp1250" => Some(Self::Web(encoding_rs::WINDOWS_1250)),
            _ => Encoding::for_label(plain.as_bytes()).map(Self::Web),
        }
    }

    /// Its name, for a person.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Web(encoding) => encoding.name(),
            Self::Hl7(charset) => charset.name(),
            Self::Cp850 => "cp850",
            Self::Cp437 => "cp437",
        }
    }

    /// Whether every byte stands for a character of its own.
    pub(crate) fn is_single_byte(self) -> bool {
        match self {
            Self::Web(encoding) => encoding.is_single_byte(),
            Self::Hl7(_) => false,
            Self::Cp850 | Self::Cp437 => true,
        }
    }

    /// The text; what has no meaning in the set becomes U+FFFD, so that it is seen and flagged.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        if bytes.is_ascii()
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Cow::Borrowed(text);
        }
        match self {
            Self::Web(encoding) => flagged(encoding.decode_without_bom_handling(bytes).0),
            Self::Hl7(charset) => flagged(charset.decode_plain(bytes).text),
            Self::Cp850 => Cow::Owned(upper_half(bytes, CP850)),
            Self::Cp437 => Cow::Owned(upper_half(bytes, CP437)),
        }
    }

    /// What the text of one message is written in: bytes that are UTF-8 throughout and not ASCII were not written in a set
    /// of single bytes, whatever anyone declares.
    pub(crate) fn settle(self, text: &[u8]) -> Self {
        if self.is_single_byte() && !text.is_ascii() && std::str::from_utf8(text).is_ok() {
            return Self::UTF_8;
        }
        self
    }
}

/// The web gives the unused places of single-byte sets a control character; no analyzer means one.
pub(super) fn flagged(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains(is_upper_control) {
        return Cow::Owned(text.replace(is_upper_control, "\u{fffd}"));
    }
    text
}

fn is_upper_control(character: char) -> bool {
    matches!(character, '\u{80}'..='\u{9f}')
}

fn upper_half(bytes: &[u8], table: &str) -> String {
    let character = |byte: &u8| match byte.checked_sub(128) {
        None => char::from(*byte),
        Some(place) => table.chars().nth(usize::from(place)).unwrap_or('\u{fffd}'),
    };
    bytes.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(label: &str, bytes: &[u8], text: &str) {
        let charset = Charset::of(label).unwrap();
        assert_eq!(charset.decode(bytes), text, "{label}");
    }

    #[test]
    fn one_name_in_every_set() {
        check("utf-8", "Gwénaëlle".as_bytes(), "Gwénaëlle");
        check("windows-1252", b"Gw\xe9na\xeblle", "Gwénaëlle");
        check("iso-8859-15", b"Gw\xe9na\xeblle \xa4", "Gwénaëlle €");
        check("cp850", b"Gw\x82na\x89lle", "Gwénaëlle");
        check("cp437", b"Gw\x82na\x89lle", "Gwénaëlle");
        check("cp1251", b"\xcf\xf0\xee\xe1\xe0", "Проба");
        check("windows-1252", b"a\x81b", "a\u{fffd}b");
        check("utf-8", b"a\xe9b", "a\u{fffd}b");
        assert!(Charset::of("windows-9999").is_none());
        assert_eq!(CP850.chars().count(), 128);
        assert_eq!(CP437.chars().count(), 128);
    }

    #[test]
    fn utf_8_is_seen_whatever_is_declared() {
        let latin = Charset::of("windows-1252").unwrap();
        assert_eq!(latin.settle("µg".as_bytes()), Charset::UTF_8);
        assert_eq!(latin.settle(b"\xb5g"), latin);
        assert_eq!(latin.settle(b"ug"), latin);
        let chinese = Charset::of("gbk").unwrap();
        assert_eq!(chinese.settle("µg".as_bytes()), chinese);
    }
}
