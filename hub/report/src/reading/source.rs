//! From bytes to XML text within limits: encodings, no DTD, bounded size, depth, attributes and namespaces.
//!
//! Documents come from anybody. Everything that could make a parser slow or large is refused before the tree is built.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use quick_xml::events::{BytesStart, Event};
use roxmltree::{Document, ParsingOptions};

use super::ReadError;

/// Larger than this, a file is no report.
pub(crate) const BYTES_MAX: usize = 64 << 20;
/// Elements, texts and comments.
pub(crate) const NODES_MAX: u32 = 1_000_000;
/// Elements within elements, stylesheets and signatures around the report included.
const DEPTH_MAX: usize = 200;
/// Attributes of one element.
const ATTRIBUTES_MAX: usize = 128;
/// Namespace declarations in force at one place: the parser copies them for each element that adds one.
const NAMESPACES_MAX: usize = 128;

/// The text of a document in any encoding that is in use.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    if bytes.len() > BYTES_MAX {
        return Err(ReadError::Size(bytes.len() >> 20));
    }
    // XML 1.0 appendix F: a mark, else the pattern of `<?`, else the declaration, else UTF-8.
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return strict(encoding, bytes.get(mark..).unwrap_or_default());
    }
    let encoding = match bytes {
        [b'<', 0, ..] => UTF_16LE,
        [0, b'<', ..] => UTF_16BE,
        _ => match declared(bytes) {
            None => UTF_8,
            Some(label) => Encoding::for_label(label)
                // A declaration that could be read byte by byte is not written in two bytes a character.
                .map(|found| {
                    if found.is_ascii_compatible() {
                        found
                    } else {
                        UTF_8
                    }
                })
                .ok_or_else(|| ReadError::Encoding(String::from_utf8_lossy(label).into_owned()))?,
        },
    };
    strict(encoding, bytes)
}

fn strict<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Result<Cow<'b, str>, ReadError> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| ReadError::Encoding(encoding.name().to_owned()))
}

/// What the XML declaration says of the encoding.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let head = bytes.get(..bytes.len().min(200))?;
    let head = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let head = head.get(..end)?;
    let place = head.windows(8).position(|word| word == b"encoding")?;
    let rest = head.get(place + 8..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b"=")?.trim_ascii_start();
    let quote = *rest.first()?;
    let rest = rest.get(1..)?;
    let end = rest.iter().position(|byte| *byte == quote)?;
    rest.get(..end)
}

/// The tree of a document that keeps the limits.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, ReadError> {
    let text = text.trim_start();
    scan(text)?;
    tree(text).map_err(|error| match error {
        roxmltree::Error::DtdDetected => ReadError::Dtd,
        roxmltree::Error::NodesLimitReached => ReadError::Large("éléments"),
        error => ReadError::Syntax {
            line: error.pos().row,
            message: error.to_string(),
        },
    })
}

/// The tree of a text, no DTD and a bounded number of nodes; the other limits are asked before.
pub(crate) fn tree(text: &str) -> Result<Document<'_>, roxmltree::Error> {
    let options = ParsingOptions {
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options)
}

/// Refuses a text whose namespaces would make the parser copy without end; a text with few of them is not looked at.
pub(crate) fn bounded(text: &str) -> Result<(), ReadError> {
    if text.matches("xmlns").nth(NAMESPACES_MAX).is_none() {
        return Ok(());
    }
    scan(text)
}

/// One pass over the tags, before anything is built.
fn scan(text: &str) -> Result<(), ReadError> {
    let mut reader = quick_xml::Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    // Namespace declarations of each open element, and their sum.
    let mut open: Vec<usize> = Vec::new();
    let mut in_force = 0_usize;
    loop {
        let event = reader.read_event().map_err(|error| {
            let place = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            let read = text.as_bytes().get(..place).unwrap_or(text.as_bytes());
            let lines = read.split(|byte| *byte == b'\n').count();
            ReadError::Syntax {
                line: u32::try_from(lines).unwrap_or(u32::MAX),
                message: error.to_string(),
            }
        })?;
        match event {
            Event::DocType(_) => return Err(ReadError::Dtd),
            Event::Eof => return Ok(()),
            Event::Start(tag) => {
                let declared = namespaces(&tag)?;
                in_force += declared;
                open.push(declared);
                if open.len() > DEPTH_MAX {
                    return Err(ReadError::Large("niveaux imbriqués"));
                }
            }
            Event::Empty(tag) => {
                let declared = namespaces(&tag)?;
                if in_force + declared > NAMESPACES_MAX {
                    return Err(ReadError::Large("espaces de noms"));
                }
            }
            Event::End(_) => in_force -= open.pop().unwrap_or(0),
            _ => {}
        }
        if in_force > NAMESPACES_MAX {
            return Err(ReadError::Large("espaces de noms"));
        }
    }
}

/// How many namespaces a tag declares, if it has no more attributes than an element may have.
fn namespaces(tag: &BytesStart<'_>) -> Result<usize, ReadError> {
    let (mut all, mut declared) = (0_usize, 0_usize);
    let mut attributes = tag.attributes();
    for attribute in attributes.with_checks(false) {
        all += 1;
        if all > ATTRIBUTES_MAX {
            return Err(ReadError::Large("attributs"));
        }
        if let Ok(attribute) = attribute
            && attribute.key.as_ref().starts_with("xmlns")
        {
            declared += 1;
        }
    }
    Ok(declared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, ReadError> {
        decode(bytes).map(Cow::into_owned)
    }

    #[test]
    fn encodings_in_use() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>é€</a>";
        assert_eq!(read(text.as_bytes()).unwrap(), text);
        assert_eq!(read(format!("\u{feff}{text}").as_bytes()).unwrap(), text);
        for big in [false, true] {
            let mut bytes = if big {
                vec![0xfe, 0xff]
            } else {
                vec![0xff, 0xfe]
            };
            for unit in text.encode_utf16() {
                bytes.extend(if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                });
            }
            assert_eq!(read(&bytes).unwrap(), text, "with a mark");
            assert_eq!(read(bytes.get(2..).unwrap()).unwrap(), text, "without");
        }
        let latin = b"<?xml version='1.0' encoding = 'ISO-8859-1' ?><a>\xe9</a>";
        assert!(read(latin).unwrap().ends_with("<a>é</a>"));
        let latin = b"<?xml version='1.0' encoding='iso-8859-15'?><a>\xa4</a>";
        assert!(read(latin).unwrap().ends_with("<a>€</a>"));
        // Says UTF-16, is not.
        let odd = b"<?xml version='1.0' encoding='UTF-16'?><a>\xc3\xa9</a>";
        assert!(read(odd).unwrap().ends_with("<a>é</a>"));
        assert_eq!(
            read(b"<a>\xe9</a>"),
            Err(ReadError::Encoding("UTF-8".to_owned()))
        );
        assert_eq!(
            read(b"<?xml version='1.0' encoding='EBCDIC-FR'?><a/>"),
            Err(ReadError::Encoding("EBCDIC-FR".to_owned()))
        );
    }

    fn refused(text: &str) -> ReadError {
        parse(text).map(|_| ()).unwrap_err()
    }

    #[test]
    fn bombs_are_refused_before_they_are_built() {
        let lol = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
        assert_eq!(refused(lol), ReadError::Dtd);
        let external = "<!DOCTYPE l SYSTEM \"file:///etc/passwd\"><l/>";
        assert_eq!(refused(external), ReadError::Dtd);
        assert!(matches!(
            refused("<l>&undefined;</l>"),
            ReadError::Syntax { line: 1, .. }
        ));
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(refused(&deep), ReadError::Large("niveaux imbriqués"));
        let wide: String = (0..200_000).map(|n| format!(" a{n}='1'")).collect();
        assert_eq!(
            refused(&format!("<a{wide}/>")),
            ReadError::Large("attributs")
        );
        let mut nested = String::new();
        for n in 0..190 {
            nested.push_str(&format!("<a xmlns:n{n}='urn:{n}'>"));
        }
        assert_eq!(refused(&nested), ReadError::Large("espaces de noms"));
        assert!(bounded(&nested).is_err());
        assert!(bounded("<a xmlns='urn:a'><b xmlns='urn:b'/></a>").is_ok());
        let many = format!("<a>{}</a>", "<b/>".repeat(1_100_000));
        assert_eq!(refused(&many), ReadError::Large("éléments"));
        assert!(matches!(refused("<a><b></a>"), ReadError::Syntax { .. }));
        assert!(matches!(refused(""), ReadError::Syntax { .. }));
    }
}
