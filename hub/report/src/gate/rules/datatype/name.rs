//! Names, addresses and telecommunications of the header (HL7 V3 data types R1: EN, PN, ON, AD, TEL).

use super::super::super::context::{attr, elements};
use super::super::super::{Findings, Node};
use super::{Kind, has_text, not_null_among_known, others, wrong};

/// How a coordinate may begin.
const SCHEMES: [&str; 6] = ["tel", "fax", "mailto", "http", "ftp", "mllp"];
/// What a coordinate may be for.
const USES: [&str; 9] = ["H", "HP", "HV", "WP", "DIR", "PUB", "EC", "MC", "PG"];
/// Why a coordinate may be absent.
const UNKNOWN: [&str; 5] = ["UNK", "NASK", "ASKU", "NAV", "MSK"];

pub(super) fn check(node: Node<'_>, kind: Kind, findings: &mut Findings<'_>) {
    let null = attr(node, "nullFlavor").is_some();
    let parts = elements(node).next().is_some();
    let text = has_text(node);
    if null && (parts || text) {
        wrong(node, "un nom inconnu n'a pas de contenu", findings);
    }
    if parts && text {
        wrong(
            node,
            "un nom a des éléments ou un texte, pas les deux",
            findings,
        );
    }
    if !null && !parts && !text {
        findings.error(
            "name-empty",
            node,
            "Le nom est vide.",
            "Renseigner le nom, ou retirer l'élément.",
        );
    }
    empty_parts(node, "nom", "validTime", findings);
    let shown = super::super::super::context::text_of(node);
    if shown.trim_start().starts_with('"') {
        findings.warning(
            "name-quoted",
            node,
            "Le nom commence par des guillemets.",
            "Retirer les guillemets.",
        );
    }
    not_null_among_known(node, findings);
    distinct(node, findings);
    if parts && elements(node).all(|part| repeats(attr(part, "qualifier").unwrap_or_default())) {
        wrong(node, "un qualifier répète une valeur", findings);
    }
    let legal = |part: Node<'_>| {
        attr(part, "qualifier").is_some_and(|all| all.split_ascii_whitespace().any(|q| q == "LS"))
    };
    if kind == Kind::Pn && elements(node).any(legal) {
        wrong(node, "le qualifier LS est pour les organisations", findings);
    }
    if kind == Kind::On && parts {
        wrong(
            node,
            "le nom d'une organisation est un texte, sans élément",
            findings,
        );
    }
}

fn repeats(qualifier: &str) -> bool {
    let all: Vec<&str> = qualifier.split_ascii_whitespace().collect();
    (1..all.len()).any(|end| {
        all.get(..end)
            .is_some_and(|before| all.get(end).is_some_and(|one| before.contains(one)))
    })
}

fn empty_parts(node: Node<'_>, what: &str, but: &str, findings: &mut Findings<'_>) {
    for part in elements(node) {
        if part.tag_name().name() != but
            && attr(part, "nullFlavor").is_none()
            && super::super::super::context::text_of(part)
                .trim()
                .is_empty()
        {
            findings.warning(
                "part-empty",
                part,
                format!("Élément vide dans un {what}."),
                "Renseigner l'élément ou le retirer.",
            );
        }
    }
}

/// Two names or addresses of one thing differ.
fn distinct(node: Node<'_>, findings: &mut Findings<'_>) {
    let mut rest = others(node).peekable();
    if rest.peek().is_none() {
        return;
    }
    let own = whole(node);
    if rest.any(|other| whole(other) == own) {
        wrong(node, "le même contenu deux fois", findings);
    }
}

/// Uses and texts in the order of the document.
fn whole(node: Node<'_>) -> String {
    let mut all = String::new();
    for one in node.descendants() {
        if one.is_text() {
            all.push_str(one.text().unwrap_or_default());
        } else if let Some(used) = one.attribute("use") {
            all.push_str(used);
        }
    }
    all
}

pub(super) fn address(node: Node<'_>, findings: &mut Findings<'_>) {
    let null = attr(node, "nullFlavor").is_some();
    let parts = elements(node).next().is_some();
    let text = has_text(node);
    if !null && parts == text {
        findings.error(
            "address",
            node,
            if parts {
                "L'adresse mêle des éléments et du texte."
            } else {
                "L'adresse est vide."
            },
            "Écrire l'adresse en éléments, ou nullFlavor=\"UNK\" si elle est inconnue.",
        );
    }
    if let Some(used) = attr(node, "use")
        && !matches!(used, "H" | "HP" | "HV" | "WP" | "TMP")
    {
        findings.error(
            "address-use",
            node,
            format!("use=\"{used}\" n'est pas permis pour une adresse."),
            "Écrire H, HP, HV, WP ou TMP, ou retirer l'attribut.",
        );
    }
    empty_parts(node, "adresse", "useablePeriod", findings);
    not_null_among_known(node, findings);
    distinct(node, findings);
}

pub(super) fn telecom(node: Node<'_>, findings: &mut Findings<'_>) {
    let (null, value, used) = (
        attr(node, "nullFlavor"),
        attr(node, "value"),
        attr(node, "use"),
    );
    if null.is_some() == value.is_some() {
        findings.error(
            "telecom",
            node,
            "Une coordonnée a une valeur ou un nullFlavor, et un seul des deux.",
            "Écrire value=\"tel:…\" ou mailto:…, ou nullFlavor=\"UNK\".",
        );
    }
    if let Some(null) = null
        && value.is_none()
        && (node.attributes().len() > 1 || !UNKNOWN.contains(&null))
    {
        findings.error(
            "telecom",
            node,
            format!("Coordonnée inconnue mal dite : nullFlavor=\"{null}\"."),
            "Écrire seulement nullFlavor, avec UNK, NASK, ASKU, NAV ou MSK.",
        );
    }
    if let Some(value) = value {
        let good = value
            .split_once(':')
            .is_some_and(|(scheme, rest)| SCHEMES.contains(&scheme) && !rest.is_empty());
        if !good {
            findings.error(
                "telecom",
                node,
                "La coordonnée ne commence pas par un préfixe permis.",
                "Écrire tel:, fax:, mailto:, http:, ftp: ou mllp: suivi de la coordonnée.",
            );
        }
        let plain = |one: char| {
            one.is_ascii_graphic()
                && !matches!(one, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
        };
        if !value.chars().all(plain) {
            findings.error(
                "telecom",
                node,
                "La coordonnée contient une espace ou un caractère interdit dans une URI.",
                "Retirer les espaces et les lettres accentuées.",
            );
        }
    }
    if let Some(used) = used
        && !USES.contains(&used)
    {
        findings.error(
            "telecom-use",
            node,
            format!("use=\"{used}\" n'est pas permis pour une coordonnée."),
            format!("Écrire l'une des valeurs {}.", USES.join(", ")),
        );
    }
    if elements(node).next().is_some() && null.is_some() {
        wrong(node, "une coordonnée inconnue n'a pas de contenu", findings);
    }
    not_null_among_known(node, findings);
    let same = |other: Node<'_>| attr(other, "value") == value && attr(other, "use") == used;
    if value.is_some() && used.is_some() && others(node).any(same) {
        wrong(node, "la même coordonnée deux fois", findings);
    }
}
