//! What is carried in base64: the PDF of an N1, the PDF copy of an N3, images (cr-bio §6.10, §6.11, §7).

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::super::context::{attr, child, children, is, text_of};
use super::super::{Context, Findings, Form, Node};
use super::{at, is_value};

/// As decoders commonly are, bits beyond the last byte are not looked at.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

pub(super) fn check<'d>(context: &Context<'d>, all: &[Node<'d>], findings: &mut Findings<'_>) {
    for body in at(context.root, &["component", "nonXMLBody"]) {
        for text in children(body, "text") {
            unstructured(text, findings);
        }
    }
    if context.form == Some(Form::N1) {
        return;
    }
    for media in all
        .iter()
        .copied()
        .filter(|one| is(*one, "observationMedia"))
    {
        if attr(media, "ID").is_none() {
            findings.warning(
                "media-id",
                media,
                "L'image ou le document n'a pas d'ID : le texte ne peut pas le montrer.",
                "Ajouter ID, et renderMultiMedia dans le texte.",
            );
        }
        for value in children(media, "value") {
            carried(value, findings);
        }
    }
}

fn unstructured(text: Node<'_>, findings: &mut Findings<'_>) {
    match attr(text, "mediaType") {
        Some("application/pdf") => carried(text, findings),
        Some("text/plain") | None => {
            if text_of(text).trim().is_empty() {
                findings.error(
                    "n1-body",
                    text,
                    "Le corps du document est vide.",
                    "Mettre le compte rendu en PDF/A-1, en base64.",
                );
            }
        }
        Some(other) => findings.error(
            "n1-media",
            text,
            format!("Un N1 porte un PDF ou un texte, et non {other}."),
            "Convertir le document en PDF/A-1, mediaType=\"application/pdf\".",
        ),
    }
}

fn carried(value: Node<'_>, findings: &mut Findings<'_>) {
    let Some(kind) = attr(value, "mediaType") else {
        return;
    };
    if attr(value, "nullFlavor").is_some() || child(value, "reference").is_some() {
        return;
    }
    let binary = is_value(value, "representation", "B64");
    if !binary {
        findings.error(
            "media-representation",
            value,
            format!("Le contenu {kind} n'est pas annoncé en base64."),
            "Écrire representation=\"B64\" et le contenu en base64.",
        );
    }
    let Some(bytes) = decode(value) else {
        if binary || kind == "application/pdf" {
            findings.error(
                "media-base64",
                value,
                format!("Le contenu {kind} n'est pas du base64."),
                "Encoder les octets du fichier en base64.",
            );
        }
        return;
    };
    match kind {
        "application/pdf" => pdf(value, &bytes, findings),
        "image/png" => image(
            value,
            kind,
            bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            findings,
        ),
        "image/jpeg" => image(value, kind, bytes.starts_with(b"\xff\xd8\xff"), findings),
        "image/gif" => image(value, kind, bytes.starts_with(b"GIF8"), findings),
        other => findings.warning(
            "media-kind",
            value,
            format!("Le contenu est de type {other}."),
            "Prendre image/png, image/jpeg, image/gif ou application/pdf.",
        ),
    }
}

/// The bytes, whitespace between the characters allowed.
fn decode(value: Node<'_>) -> Option<Vec<u8>> {
    let mut texts = value
        .children()
        .filter_map(|one| if one.is_text() { one.text() } else { None });
    let first = texts.next().unwrap_or_default();
    let mut whole = Cow::Borrowed(first.trim_ascii());
    for text in texts {
        whole.to_mut().push_str(text);
    }
    if whole.bytes().any(|one| one.is_ascii_whitespace()) {
        whole = Cow::Owned(whole.split_ascii_whitespace().collect());
    }
    BASE64.decode(whole.as_bytes()).ok()
}

fn image(value: Node<'_>, kind: &str, right: bool, findings: &mut Findings<'_>) {
    if !right {
        findings.error(
            "media-image",
            value,
            format!("Le contenu n'est pas une image {kind}."),
            "Corriger mediaType ou l'image.",
        );
    }
}

/// A PDF is one, and says that it is PDF/A-1 (its conformity is for a PDF/A validator).
fn pdf(value: Node<'_>, bytes: &[u8], findings: &mut Findings<'_>) {
    if !bytes.starts_with(b"%PDF-") {
        findings.error(
            "pdf-header",
            value,
            "Le contenu annoncé en PDF n'en est pas un.",
            "Mettre les octets du fichier PDF en base64.",
        );
        return;
    }
    let seen = Seen::of(bytes);
    match seen.part {
        Some(b'1') => {}
        Some(part) => findings.warning(
            "pdf-a",
            value,
            format!("Le PDF se dit PDF/A-{}, et non PDF/A-1.", char::from(part)),
            "Produire un PDF/A-1.",
        ),
        None => findings.warning(
            "pdf-a",
            value,
            "Le PDF ne se dit pas PDF/A-1 (XMP pdfaid:part).",
            "Produire un PDF/A-1.",
        ),
    }
    if seen.encrypted || seen.script {
        findings.error(
            "pdf-content",
            value,
            if seen.encrypted {
                "Le PDF est chiffré."
            } else {
                "Le PDF contient un script."
            },
            "Produire un PDF/A-1, sans chiffrement ni script.",
        );
    }
}

/// What one pass over a PDF shows.
#[derive(Default)]
struct Seen {
    part: Option<u8>,
    encrypted: bool,
    script: bool,
}

impl Seen {
    fn of(bytes: &[u8]) -> Self {
        let mut seen = Self::default();
        let mut rest = bytes;
        while let Some(place) = rest.iter().position(|one| matches!(one, b'p' | b'/')) {
            rest = rest.get(place..).unwrap_or_default();
            if let Some(after) = rest.strip_prefix(b"pdfaid:part") {
                let digit = after.iter().take(12).copied().find(u8::is_ascii_digit);
                seen.part = seen.part.or(digit);
            } else if rest.starts_with(b"/JavaScript") {
                seen.script = true;
            } else if let Some(after) = rest.strip_prefix(b"/Encrypt") {
                // The trailer's key, not the name of another.
                seen.encrypted |= after
                    .first()
                    .is_some_and(|one| matches!(one, b' ' | b'<' | b'\r' | b'\n'));
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        seen
    }
}
