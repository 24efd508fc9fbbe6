//! What a form carries: names and values, some of them several times, and files.

use axum::extract::Multipart;

use super::problem::Problem;

/// A form as it came.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    values: Vec<(String, String)>,
    files: Vec<(String, Vec<u8>)>,
}

impl Fields {
    /// Fields that the hub fills itself.
    pub(super) fn of(values: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            values: values.iter().map(own).collect(),
            files: Vec::new(),
        }
    }

    /// The first value under a name, trimmed; empty when there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.values
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// The same, as it was typed: passwords are not trimmed.
    pub(super) fn exact(&self, name: &str) -> &str {
        self.values
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The text under a name unless it is empty.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        Some(self.text(name))
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }

    /// Every value under a name.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.values
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.trim())
    }

    /// The file under a name, if one was chosen.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        self.files
            .iter()
            .find(|(known, bytes)| known == name && !bytes.is_empty())
            .map(|(_, bytes)| bytes.as_slice())
    }
}

/// Reads `application/x-www-form-urlencoded`. Nothing is refused: what cannot be decoded is kept with a replacement sign.
pub(super) fn from_urlencoded(bytes: &[u8]) -> Fields {
    let values = bytes
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            (
                decoded(parts.next().unwrap_or_default()),
                decoded(parts.next().unwrap_or_default()),
            )
        })
        .collect();
    Fields {
        values,
        files: Vec::new(),
    }
}

/// Reads `multipart/form-data`, at most `most` bytes of it.
pub(super) async fn from_multipart(
    mut multipart: Multipart,
    most: usize,
) -> Result<Fields, Problem> {
    let mut fields = Fields::default();
    let mut left = most;
    while let Some(mut part) = multipart
        .next_field()
        .await
        .map_err(|_| Problem::unreadable_form())?
    {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|_| Problem::unreadable_form())? {
            left = left
                .checked_sub(chunk.len())
                .ok_or_else(Problem::too_large)?;
            bytes.extend_from_slice(&chunk);
        }
        if is_file {
            fields.files.push((name, bytes));
        } else {
            fields
                .values
                .push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(fields)
}

fn decoded(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let byte = match first {
            b'+' => b' ',
            b'%' => match after {
                [high, low, beyond @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    rest = beyond;
                    digit(*high).wrapping_mul(16).wrapping_add(digit(*low))
                }
                _ => b'%',
            },
            other => *other,
        };
        out.push(byte);
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn digit(byte: u8) -> u8 {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
        .unwrap_or_default()
}

/// A text as it may stand in the query of an address.
pub(super) fn encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
                out.push(char::from(byte));
            } else {
                // Writing into a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
            out
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_and_accents() {
        let fields = from_urlencoded(
            "nom=Le+Go%C3%ABff&analyse=NA&analyse=K&vide=&cass%C3%A9=%zz".as_bytes(),
        );
        assert_eq!(fields.text("nom"), "Le Goëff");
        assert_eq!(fields.all("analyse").collect::<Vec<_>>(), ["NA", "K"]);
        assert_eq!(fields.given("vide"), None);
        assert_eq!(fields.text("cassé"), "%zz");
    }

    #[test]
    fn a_text_survives_the_way_through_an_address() {
        let text = "/dossiers?r=1&été=oui +";
        assert_eq!(decoded(encoded(text).as_bytes()), text);
    }
}
