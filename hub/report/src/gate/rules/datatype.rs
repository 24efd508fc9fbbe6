//! The data types of the header, as the schematrons of the *structuration minimale* constrain them beyond the schema.

mod coded;
mod name;
mod time;

use super::super::context::{HL7, XSI, attr, child, children, elements, is};
use super::super::{Findings, Node};

pub(super) use time::{is_timestamp, seconds};

/// A data type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No rule of its own.
    Free,
    /// Anything: only what a nullFlavor forbids.
    Any,
    /// Identifier.
    Ii,
    /// Simple code.
    Cs,
    /// Code without qualifier.
    Ce,
    /// Code without qualifier or translation by its name.
    Cv,
    /// Code.
    Cd,
    /// Qualifier.
    Cr,
    /// Point in time.
    Ts,
    /// Bound of an interval of time.
    Bound,
    /// Interval of time.
    Interval,
    /// Integer.
    Int,
    /// Integer above zero.
    Positive,
    /// Boolean.
    Bl,
    /// Text.
    St,
    /// Text or media.
    Ed,
    /// Text that may have a code.
    Sc,
    /// Any name.
    En,
    /// Name of a person.
    Pn,
    /// Name of an organisation.
    On,
    /// Address.
    Ad,
    /// Telecommunication.
    Tel,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Free | Self::Any => "",
            Self::Ii => "II",
            Self::Cs => "CS",
            Self::Ce => "CE",
            Self::Cv => "CV",
            Self::Cd => "CD",
            Self::Cr => "CR",
            Self::Ts => "TS",
            Self::Bound => "IVXB_TS",
            Self::Interval => "IVL_TS",
            Self::Int | Self::Positive => "INT",
            Self::Bl => "BL",
            Self::St => "ST",
            Self::Ed => "ED",
            Self::Sc => "SC",
            Self::En => "EN",
            Self::Pn => "PN",
            Self::On => "ON",
            Self::Ad => "AD",
            Self::Tel => "TEL",
        }
    }
}

/// Checks an element as being of a type.
pub(super) fn check(node: Node<'_>, kind: Kind, findings: &mut Findings<'_>) {
    if kind == Kind::Free {
        return;
    }
    nothing_beside_null(node, findings);
    declared(node, kind, findings);
    match kind {
        Kind::Free | Kind::Any => {}
        Kind::Ii => coded::identifier(node, findings),
        Kind::Cs => coded::simple(node, findings),
        Kind::Cd => coded::concept(node, findings),
        Kind::Ce | Kind::Cv => {
            coded::concept(node, findings);
            absent(node, "qualifier", findings);
        }
        Kind::Cr => {
            if attr(node, "nullFlavor").is_some() == elements(node).next().is_some() {
                wrong(
                    node,
                    "CR : un nullFlavor ou un contenu, et un seul des deux",
                    findings,
                );
            }
        }
        Kind::Ts => {
            time::point(node, findings);
            if elements(node).next().is_some() {
                wrong(node, "une date ponctuelle n'a pas d'élément fils", findings);
            }
        }
        Kind::Bound => time::bound(node, findings),
        Kind::Interval => time::interval(node, findings),
        Kind::Int | Kind::Positive => integer(node, kind, findings),
        Kind::Bl => {
            if attr(node, "nullFlavor").is_none() && attr(node, "value").is_none() {
                wrong(node, "un booléen a une valeur ou un nullFlavor", findings);
            }
        }
        Kind::St | Kind::Ed | Kind::Sc => {
            coded::content(node, findings);
            if kind != Kind::Ed {
                coded::plain(node, findings);
            }
            if kind == Kind::Sc {
                coded::text_with_code(node, findings);
            }
        }
        Kind::En | Kind::Pn | Kind::On => name::check(node, kind, findings),
        Kind::Ad => name::address(node, findings),
        Kind::Tel => name::telecom(node, findings),
    }
}

fn wrong(node: Node<'_>, what: &str, findings: &mut Findings<'_>) {
    findings.error(
        "data-type",
        node,
        format!("{} : {what}.", node.tag_name().name()),
        "Corriger l'élément selon son type de données CDA.",
    );
}

fn absent(node: Node<'_>, name: &str, findings: &mut Findings<'_>) {
    if child(node, name).is_some() {
        wrong(node, &format!("{name} n'est pas permis ici"), findings);
    }
}

/// `xsi:type`, if any, must name the type.
fn declared(node: Node<'_>, kind: Kind, findings: &mut Findings<'_>) {
    let Some(given) = node.attribute((XSI, "type")) else {
        return;
    };
    if kind == Kind::Any {
        return;
    }
    let given = given.trim();
    let (prefix, local) = given
        .split_once(':')
        .map_or((None, given), |(prefix, local)| (Some(prefix), local));
    if local != kind.name() || node.lookup_namespace_uri(prefix) != Some(HL7) {
        findings.error(
            "xsi-type",
            node,
            format!(
                "xsi:type=\"{given}\" n'est pas le type {} de l'espace urn:hl7-org:v3.",
                kind.name()
            ),
            format!(
                "Écrire xsi:type=\"{}\" avec le préfixe du document, ou retirer l'attribut.",
                kind.name()
            ),
        );
    }
}

/// Attributes that may stand beside a nullFlavor, with the value each must have (`""`: any).
const BESIDE_NULL: [(&str, &str); 14] = [
    ("classCode", ""),
    ("typeCode", ""),
    ("determinerCode", ""),
    ("moodCode", ""),
    ("nullFlavor", ""),
    ("partType", ""),
    ("codeSystem", "2.16.840.1.113883.5.139"),
    ("codeSystemName", "TimingEvent"),
    ("integrityCheckAlgorithm", "SHA-1"),
    ("inverted", "false"),
    ("mediaType", "text/plain"),
    ("operator", "I"),
    ("representation", "TXT"),
    ("unit", "1"),
];
/// The same, where the nullFlavor says that another code system or text has it.
const BESIDE_OTHER: [(&str, &str); 11] = [
    ("codeSystem", ""),
    ("codeSystemName", ""),
    ("codeSystemVersion", ""),
    ("extension", ""),
    ("nullFlavor", ""),
    ("partType", ""),
    ("integrityCheckAlgorithm", "SHA-1"),
    ("mediaType", "text/plain"),
    ("operator", "I"),
    ("representation", "TXT"),
    ("unit", "1"),
];

/// An element with a nullFlavor says nothing else.
fn nothing_beside_null(node: Node<'_>, findings: &mut Findings<'_>) {
    for one in node.descendants().filter(Node::is_element) {
        let Some(flavor) = one.attribute("nullFlavor") else {
            continue;
        };
        let only = |list: &[(&str, &str)]| {
            one.attributes().all(|attribute| {
                let (name, value) = (attribute.name(), attribute.value());
                match attribute.namespace() {
                    Some(XSI) => matches!(name, "type" | "nil"),
                    Some(_) => false,
                    None => {
                        (name == "inclusive" && value == "true")
                            || list.iter().any(|(allowed, right)| {
                                *allowed == name && (right.is_empty() || *right == value)
                            })
                    }
                }
            })
        };
        let empty = elements(one).next().is_none() && !has_text(one);
        let other = matches!(flavor, "OTH" | "NA" | "UNC")
            && (one.attribute("extension").is_some()
                || one.attribute("codeSystem").is_some()
                || elements(one).any(|inner| {
                    matches!(inner.tag_name().name(), "originalText" | "translation")
                }));
        if !(only(&BESIDE_NULL) && empty || other && only(&BESIDE_OTHER)) {
            findings.error(
                "null-flavor",
                one,
                format!(
                    "{} a un nullFlavor « {flavor} » et autre chose avec lui.",
                    one.tag_name().name()
                ),
                "Retirer le nullFlavor, ou tout le reste de l'élément.",
            );
        }
    }
}

fn has_text(node: Node<'_>) -> bool {
    node.children()
        .filter(Node::is_text)
        .any(|text| text.text().is_some_and(|text| !text.trim().is_empty()))
}

/// The other children of the parent that have the same name.
fn others(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let name = node.tag_name().name();
    node.parent()
        .into_iter()
        .flat_map(elements)
        .filter(move |other| *other != node && other.tag_name().name() == name)
}

/// One cannot be unknown while another of the same name is known.
fn not_null_among_known(node: Node<'_>, findings: &mut Findings<'_>) {
    if attr(node, "nullFlavor").is_some()
        && others(node).any(|other| attr(other, "nullFlavor").is_none())
    {
        wrong(
            node,
            "nullFlavor à côté d'un élément de même nom qui est renseigné",
            findings,
        );
    }
}

fn integer(node: Node<'_>, kind: Kind, findings: &mut Findings<'_>) {
    time::quantity(node, findings);
    let (null, value) = (attr(node, "nullFlavor"), attr(node, "value"));
    if (null.is_none() && value.is_none() && elements(node).next().is_none())
        || (null.is_some() && value.is_some())
    {
        wrong(
            node,
            "un nombre a une valeur ou un nullFlavor, et un seul des deux",
            findings,
        );
    }
    absent(node, "uncertainty", findings);
    if kind == Kind::Positive
        && null.is_none()
        && !value.is_some_and(|value| value.trim().parse::<i64>().is_ok_and(|value| value > 0))
    {
        wrong(node, "un nombre supérieur à zéro est attendu", findings);
    }
}

/// An OID as art-decor writes it.
pub(super) fn is_oid(text: &str) -> bool {
    let mut arcs = text.split('.');
    matches!(arcs.next(), Some("0" | "1" | "2"))
        && arcs.all(|arc| {
            !arc.is_empty()
                && arc.bytes().all(|one| one.is_ascii_digit())
                && (arc == "0" || !arc.starts_with('0'))
        })
}

/// A UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    let mut groups = text.split('-');
    let sizes = [8, 4, 4, 4, 12];
    let good = sizes.iter().all(|size| {
        groups.next().is_some_and(|group| {
            group.len() == *size && group.bytes().all(|one| one.is_ascii_hexdigit())
        })
    });
    good && groups.next().is_none()
}

/// A name that HL7 reserves.
fn is_reserved(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|one| one.is_ascii_alphanumeric() || one == b'-')
}

/// What may stand as `root`.
pub(super) fn is_uid(text: &str) -> bool {
    is_oid(text) || is_uuid(text) || is_reserved(text)
}

/// The `translation` elements at any depth.
fn translations(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    node.descendants()
        .skip(1)
        .filter(|inner| is(*inner, "translation"))
}

/// Whether a child of that name exists.
fn has(node: Node<'_>, name: &str) -> bool {
    children(node, name).next().is_some()
}
