//! Pictures and files inside a report, as bytes that `report.json` writes in base 64.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of a picture or a file. Copies share them.
///
/// ```
/// use lisiere_model::report::Binary;
/// let bytes = Binary::new(b"%PDF".as_slice());
/// assert_eq!(bytes.to_base64(), "JVBERg==");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Binary(Arc<[u8]>);

impl Binary {
    /// These bytes.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes that a text in base 64 stands for, whatever blanks break its lines. `None` if it is no such text.
    pub fn from_base64(text: &str) -> Option<Self> {
        let plain: String = text
            .chars()
            .filter(|one| !one.is_ascii_whitespace())
            .collect();
        STANDARD.decode(plain).ok().map(Self::new)
    }

    /// The same in base 64, on one line.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Binary({} bytes)", self.0.len())
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_base64(&text).ok_or_else(|| {
            serde::de::Error::custom("this is not base 64; encode the file's bytes (RFC 4648 §4)")
        })
    }
}

/// Kinds of pictures that a report may hold (cr-bio §6.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureFormat {
    /// Portable Network Graphics.
    Png,
    /// Joint Photographic Experts Group.
    Jpeg,
    /// Graphics Interchange Format: only in documents of others.
    Gif,
}

impl PictureFormat {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
        }
    }

    /// The format whose first bytes these are.
    pub fn recognise(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"GIF8") {
            Some(Self::Gif)
        } else {
            None
        }
    }
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// How its bytes are to be read.
    pub format: PictureFormat,
    /// Its bytes.
    pub data: Binary,
}

/// A picture among the results: a migration curve, a slide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// What it shows, for whoever reads it and for whoever cannot see it.
    pub title: String,
    /// The picture.
    pub picture: Picture,
    /// Its identifier, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<super::Identifier>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_is_read_across_lines() {
        let bytes = Binary::from_base64("JVBE\r\n  Rg==").unwrap();
        assert_eq!(bytes.as_bytes(), b"%PDF");
        assert!(Binary::from_base64("JVB%").is_none());
        let read: Result<Binary, _> = serde_json::from_str("\"é\"");
        assert!(read.unwrap_err().to_string().contains("base 64"));
    }

    #[test]
    fn formats_show_in_the_first_bytes() {
        assert_eq!(
            PictureFormat::recognise(b"\xff\xd8\xff\xe0"),
            Some(PictureFormat::Jpeg)
        );
        assert_eq!(PictureFormat::recognise(b"BM"), None);
    }
}
