//! The gate every document passes before it is signed, sent or taken in: reads any CDA and says what in it would not conform.
//!
//! Three things in order: the bytes must be XML within limits (no DTD, bounded size, number and depth of elements), the
//! `ClinicalDocument` in them (bare, signed, or inside a stylesheet) must have the shape of CDA R2 ([`schema`]), and obey the
//! rules of the volet CR-BIO 2024.01 and of what it rests on ([`rules`]).

pub(crate) mod context;
mod rules;
mod schema;
mod terms;

use roxmltree::{Document, Error, TextPos};

use crate::check::{Finding, Severity};
use crate::reading::ReadError;
use crate::reading::source::{BYTES_MAX, NODES_MAX, bounded, tree};
pub(crate) use context::{Context, Findings, Node};

/// Of one element. The XML reader compares each with each.
const ATTRIBUTES_MAX: usize = 200;
pub(crate) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const STYLESHEET: &str = "http://www.w3.org/1999/XSL/Transform";

/// The form of a CR-BIO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Structured, with a PDF copy inside.
    N3,
    /// A PDF or a text behind a structured header.
    N1,
    /// Structured, inside a stylesheet that shows it.
    AutoPresentable,
}

/// What the gate says of a document.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What it is; `None` if that could not be told.
    pub form: Option<Form>,
    /// Whether a signature is around it. The gate does not verify it.
    pub signed: bool,
    /// What is wrong, errors first, then in the order of the document. Paths are `/ClinicalDocument/…/code (ligne 12)`.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether nothing forbids to sign or send the document.
    pub fn passes(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity != Severity::Error)
    }

    fn unreadable(rule: &'static str, path: String, message: String, remedy: &str) -> Self {
        let finding = Finding {
            rule,
            severity: Severity::Error,
            path,
            message,
            remedy: remedy.to_owned(),
        };
        Self {
            form: None,
            signed: false,
            findings: vec![finding],
        }
    }
}

/// Checks a document of any producer.
pub fn check_document(bytes: &[u8]) -> Verdict {
    let mut verdict = inspect(bytes);
    verdict
        .findings
        .retain(|finding| finding.rule != rules::OWN_ONLY);
    verdict
}

/// Checks a document of this laboratory before it may be signed or sent: what is only worth a warning in the document of
/// another producer is an error here, and every value must stand in the very row of the text that names its test.
pub fn check_own_document(bytes: &[u8]) -> Verdict {
    let mut verdict = inspect(bytes);
    for finding in &mut verdict.findings {
        if !rules::STAYS_WARNING.contains(&finding.rule) {
            finding.severity = Severity::Error;
        }
    }
    verdict
        .findings
        .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    verdict
}

/// What would make the parser slow, said before it begins.
fn overloaded(text: &str) -> Option<Verdict> {
    if let Some(line) = crowded_tag(text) {
        return Some(Verdict::unreadable(
            "xml-size",
            format!("/ (ligne {line})"),
            format!("Un élément a plus de {ATTRIBUTES_MAX} attributs."),
            "Retirer les attributs que CDA R2 ne connaît pas.",
        ));
    }
    let Err(ReadError::Large(what)) = bounded(text) else {
        return None;
    };
    Some(Verdict::unreadable(
        "xml-size",
        "/".to_owned(),
        format!("Trop d'éléments XML d'un genre : {what}."),
        "Déclarer les espaces de noms à la racine.",
    ))
}

fn inspect(bytes: &[u8]) -> Verdict {
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(verdict) => return *verdict,
    };
    if let Some(verdict) = overloaded(text) {
        return verdict;
    }
    let document = match tree(text) {
        Ok(document) => document,
        Err(error) => return not_xml(&error),
    };
    let signed = document
        .root_element()
        .has_tag_name((SIGNATURE, "Signature"));
    let Some(root) = clinical_document(&document) else {
        return Verdict {
            signed,
            ..Verdict::unreadable(
                "document-absent",
                format!("/ (ligne {})", line(&document, document.root_element())),
                "Aucun élément ClinicalDocument (urn:hl7-org:v3).".to_owned(),
                "Fournir un document CDA : ClinicalDocument à la racine, ou sous ds:Signature, ou sous xsl:stylesheet/data:Contenu.",
            )
        };
    };
    if let Some(second) = other_document(&document, root) {
        return Verdict {
            signed,
            ..Verdict::unreadable(
                "document-several",
                format!("/ (ligne {})", line(&document, second)),
                "Plusieurs éléments ClinicalDocument.".to_owned(),
                "Fournir un seul document CDA par fichier.",
            )
        };
    }
    let context = match Context::new(root) {
        Ok(context) => context,
        Err(deep) => {
            return Verdict {
                signed,
                ..Verdict::unreadable(
                    "xml-depth",
                    format!(
                        "{} (ligne {})",
                        deep.tag_name().name(),
                        line(&document, deep)
                    ),
                    format!("Plus de {} éléments imbriqués.", context::DEPTH_MAX),
                    "Réduire l'imbrication des éléments.",
                )
            };
        }
    };
    let mut findings = Findings::new(&context);
    declaration(text, &context, &mut findings);
    schema::check(&context, &mut findings);
    rules::check(&context, &mut findings);
    Verdict {
        form: context.form,
        signed,
        findings: findings.finish(),
    }
}

fn line(document: &Document<'_>, node: roxmltree::Node<'_, '_>) -> u32 {
    document.text_pos_at(node.range().start).row
}

/// UTF-8 text without its byte order mark.
fn decode(bytes: &[u8]) -> Result<&str, Box<Verdict>> {
    if bytes.len() > BYTES_MAX {
        return Err(Box::new(Verdict::unreadable(
            "xml-size",
            "/".to_owned(),
            format!(
                "Document de {} Mo : plus de {} Mo.",
                bytes.len() >> 20,
                BYTES_MAX >> 20
            ),
            "Réduire les documents et images qu'il contient.",
        )));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = valid.split(|byte| *byte == b'\n').count();
            Err(Box::new(Verdict::unreadable(
                "xml-encoding",
                format!("/ (ligne {line})"),
                format!(
                    "Le document n'est pas en UTF-8 (octet {}).",
                    error.valid_up_to()
                ),
                "Enregistrer le document en UTF-8.",
            )))
        }
    }
}

fn not_xml(error: &Error) -> Verdict {
    let TextPos { row, col } = error.pos();
    let (rule, message, remedy) = match error {
        Error::DtdDetected => (
            "xml-dtd",
            "Le document porte une DTD (DOCTYPE).".to_owned(),
            "Retirer la déclaration DOCTYPE et toute entité.",
        ),
        Error::NodesLimitReached => (
            "xml-size",
            format!("Le document a plus de {NODES_MAX} nœuds XML."),
            "Fractionner le document.",
        ),
        error => (
            "xml-syntax",
            format!("XML mal formé, colonne {col} : {error}."),
            "Corriger la syntaxe XML à cet endroit.",
        ),
    };
    Verdict::unreadable(rule, format!("/ (ligne {row})"), message, remedy)
}

/// At the root, or in a signature or a stylesheet.
pub(crate) fn clinical_document<'d>(document: &'d Document<'d>) -> Option<Node<'d>> {
    let is_ours = |node: &Node<'d>| node.has_tag_name((context::HL7, "ClinicalDocument"));
    let root = document.root_element();
    if is_ours(&root) {
        return Some(root);
    }
    if root.has_tag_name((SIGNATURE, "Signature")) || is_stylesheet(root) {
        return root.descendants().find(is_ours);
    }
    None
}

/// A second document beside or in the first one.
fn other_document<'d>(document: &'d Document<'d>, first: Node<'d>) -> Option<Node<'d>> {
    if document.root_element() == first {
        return None;
    }
    let mut all = document.descendants();
    all.find(|node| *node != first && node.has_tag_name((context::HL7, "ClinicalDocument")))
}

/// The line of a start tag with too many attributes. No value may hold a `<` (XML 1.0 §3.1), so that it ends a tag's text.
fn crowded_tag(text: &str) -> Option<usize> {
    let mut before = 0_usize;
    for piece in text.split('<') {
        // `a="" ` are five bytes.
        let may_be = piece.len() > ATTRIBUTES_MAX * 5 && !piece.starts_with(['!', '?']);
        if may_be && is_crowded(piece) {
            let lines = text.get(..before).unwrap_or_default().split('\n').count();
            return Some(lines);
        }
        before = before.saturating_add(piece.len() + 1);
    }
    None
}

fn is_crowded(tag: &str) -> bool {
    let mut quote = None;
    let mut values = 0_usize;
    for byte in tag.bytes() {
        match (byte, quote) {
            (b'>', None) => break,
            (b'"' | b'\'', None) => {
                quote = Some(byte);
                values += 1;
                if values > ATTRIBUTES_MAX {
                    return true;
                }
            }
            (byte, Some(open)) if byte == open => quote = None,
            _ => {}
        }
    }
    false
}

fn is_stylesheet(node: Node<'_>) -> bool {
    let name = node.tag_name();
    name.namespace() == Some(STYLESHEET) && matches!(name.name(), "stylesheet" | "transform")
}

/// UTF-8 always, and said so (cr-bio §2).
fn declaration(text: &str, context: &Context<'_>, findings: &mut Findings<'_>) {
    let declared = text
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split_once("?>"))
        .map(|(declaration, _)| declaration);
    let Some(declared) = declared else {
        findings.warning(
            "xml-declaration",
            context.root,
            "Le document n'a pas de déclaration XML.",
            "Commencer par <?xml version=\"1.0\" encoding=\"UTF-8\"?>.",
        );
        return;
    };
    let encoding = declared
        .split_once("encoding")
        .and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    if let Some(encoding) = encoding
        && !encoding.eq_ignore_ascii_case("utf-8")
    {
        findings.error(
            "xml-encoding",
            context.root,
            format!("La déclaration XML annonce l'encodage {encoding}."),
            "Encoder le document en UTF-8 et l'annoncer.",
        );
    }
}
