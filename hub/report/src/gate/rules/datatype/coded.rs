//! Identifiers, codes and texts of the header (HL7 V3 data types R1: II, CS, CD, CE, ED, ST, SC).

use super::super::super::context::{attr, children, elements, is};
use super::super::super::{Findings, Node};
use super::{
    absent, has, has_text, is_oid, is_reserved, is_uuid, not_null_among_known, others,
    translations, wrong,
};

pub(super) fn identifier(node: Node<'_>, findings: &mut Findings<'_>) {
    let null = attr(node, "nullFlavor").is_some();
    let root = attr(node, "root");
    if null == root.is_some() {
        wrong(
            node,
            "un identifiant a root ou nullFlavor, et un seul des deux",
            findings,
        );
    }
    for name in [
        "identifierName",
        "displayable",
        "reliability",
        "assigningAuthorityName",
    ] {
        if null && attr(node, name).is_some() {
            wrong(node, &format!("{name} à côté d'un nullFlavor"), findings);
        }
    }
    if let Some(root) = root {
        if !is_oid(root) && !is_uuid(root) {
            let reserved = if is_reserved(root) {
                " (nom réservé par HL7)"
            } else {
                ""
            };
            findings.error(
                "oid",
                node,
                format!("root=\"{root}\" n'est ni un OID ni un UUID{reserved}."),
                "Écrire l'OID de l'organisation ou de la table d'identifiants.",
            );
        }
        if root.len() > 128 {
            findings.warning(
                "oid-length",
                node,
                "root a plus de 128 caractères.",
                "Prendre un OID plus court.",
            );
        }
    }
    let extension = attr(node, "extension");
    if extension.is_some_and(|text| text.chars().count() > 64) {
        findings.warning(
            "extension-length",
            node,
            "extension a plus de 64 caractères.",
            "Prendre un identifiant plus court.",
        );
    }
    not_null_among_known(node, findings);
    let same = |other: Node<'_>| {
        attr(other, "root") == root
            && (extension.is_none() || attr(other, "extension") == extension)
    };
    if root.is_some() && others(node).any(same) {
        findings.error(
            "identifier-repeated",
            node,
            format!("Deux {} avec le même identifiant.", node.tag_name().name()),
            "Retirer le doublon, ou donner une extension à chacun.",
        );
    }
}

pub(super) fn simple(node: Node<'_>, findings: &mut Findings<'_>) {
    let null = attr(node, "nullFlavor").is_some();
    let code = attr(node, "code").is_some() || attr(node, "typeCode").is_some();
    if null == code {
        wrong(
            node,
            "un code ou un nullFlavor, et un seul des deux",
            findings,
        );
    }
    for (name, allowed) in [
        ("codeSystem", Some("2.16.840.1.113883.5.139")),
        ("codeSystemName", Some("TimingEvent")),
        ("codeSystemVersion", None),
        ("displayName", None),
    ] {
        let given = attr(node, name);
        if given.is_some() && given != allowed {
            wrong(
                node,
                &format!("l'attribut {name} n'est pas permis ici"),
                findings,
            );
        }
    }
    for name in ["originalText", "qualifier", "translation"] {
        absent(node, name, findings);
    }
}

pub(super) fn concept(node: Node<'_>, findings: &mut Findings<'_>) {
    let given = |name| attr(node, name).is_some();
    let (null, code, system) = (given("nullFlavor"), given("code"), given("codeSystem"));
    let mut texts = children(node, "originalText");
    let text = has(node, "originalText") && texts.all(|text| attr(text, "nullFlavor").is_none());
    if !null && !code && !text {
        wrong(node, "ni code, ni texte d'origine, ni nullFlavor", findings);
    }
    if code && !system {
        wrong(node, "un code sans codeSystem", findings);
    }
    for name in ["codeSystemName", "codeSystemVersion"] {
        if given(name) && !system {
            wrong(node, &format!("{name} sans codeSystem"), findings);
        }
    }
    if given("displayName") && !code {
        wrong(node, "displayName sans code", findings);
    }
    if null && (code || given("displayName")) {
        wrong(node, "un code à côté d'un nullFlavor", findings);
    }
    if attr(node, "displayName").is_some_and(|text| text.contains(['\r', '\n', '\t'])) {
        findings.warning(
            "display-name",
            node,
            "displayName contient des retours à la ligne ou des tabulations.",
            "Écrire le libellé sur une ligne.",
        );
    }
    translated(node, findings);
    not_null_among_known(node, findings);
    let same = |other: Node<'_>| {
        attr(other, "code") == attr(node, "code")
            && attr(other, "codeSystem") == attr(node, "codeSystem")
    };
    if code && system && others(node).any(same) {
        wrong(node, "deux éléments avec le même code", findings);
    }
    let language = node
        .descendants()
        .skip(1)
        .filter(|inner| is(*inner, "originalText"))
        .filter_map(|text| attr(text, "language"));
    for one in language {
        tag(node, one, findings);
    }
}

fn translated(node: Node<'_>, findings: &mut Findings<'_>) {
    let mut seen = Vec::new();
    for one in translations(node) {
        let given = |name| attr(one, name).is_some();
        if given("nullFlavor") {
            wrong(one, "une traduction ne peut pas être inconnue", findings);
        }
        if given("codeSystem") && !given("code") {
            wrong(one, "codeSystem sans code", findings);
        }
        if (given("codeSystemName") || given("codeSystemVersion")) && !given("codeSystem") {
            wrong(
                one,
                "codeSystemName ou codeSystemVersion sans codeSystem",
                findings,
            );
        }
        if given("displayName") && !given("code") {
            wrong(one, "displayName sans code", findings);
        }
        let both = (
            attr(one, "code").unwrap_or_default(),
            attr(one, "codeSystem").unwrap_or_default(),
        );
        if seen.contains(&both) {
            wrong(one, "deux traductions identiques", findings);
        }
        seen.push(both);
    }
}

/// RFC 3066, as loosely as the official rule reads it.
fn tag(node: Node<'_>, language: &str, findings: &mut Findings<'_>) {
    let begins = language
        .bytes()
        .take(2)
        .filter(u8::is_ascii_alphabetic)
        .count()
        == 2;
    let private = language.to_ascii_lowercase();
    if !begins && !private.contains("x-") && !private.contains("i-") {
        wrong(
            node,
            &format!("« {language} » n'est pas une langue"),
            findings,
        );
    }
}

pub(super) fn content(node: Node<'_>, findings: &mut Findings<'_>) {
    let given = |name| attr(node, name).is_some();
    let null = given("nullFlavor");
    if !null && elements(node).next().is_none() && !has_text(node) {
        findings.error(
            "text-empty",
            node,
            format!("{} est vide.", node.tag_name().name()),
            "Renseigner le texte, ou retirer l'élément.",
        );
    }
    if given("integrityCheck") && !given("integrityCheckAlgorithm") {
        wrong(
            node,
            "integrityCheck sans integrityCheckAlgorithm",
            findings,
        );
    }
    let referenced = children(node, "reference").any(|one| attr(one, "value").is_some());
    let binary = attr(node, "representation") == Some("B64") && node.text().is_some();
    if given("compression") && !referenced && !binary {
        wrong(
            node,
            "compression d'un contenu qui n'est pas binaire",
            findings,
        );
    }
    if null {
        for (name, allowed) in [
            ("mediaType", "text/plain"),
            ("charset", ""),
            ("language", ""),
            ("compression", ""),
            ("integrityCheck", ""),
            ("integrityCheckAlgorithm", "SHA-1"),
        ] {
            if attr(node, name).is_some_and(|value| value != allowed) {
                wrong(node, &format!("{name} à côté d'un nullFlavor"), findings);
            }
        }
    }
    if has(node, "translation") {
        wrong(node, "pas de translation dans un texte", findings);
    }
    if let Some(language) = attr(node, "language") {
        tag(node, language, findings);
    }
}

pub(super) fn plain(node: Node<'_>, findings: &mut Findings<'_>) {
    for name in ["reference", "thumbnail"] {
        absent(node, name, findings);
    }
    for (name, allowed) in [
        ("representation", "TXT"),
        ("mediaType", "text/plain"),
        ("compression", ""),
        ("integrityCheck", ""),
        ("integrityCheckAlgorithm", "SHA-1"),
    ] {
        if attr(node, name).is_some_and(|value| value != allowed || allowed.is_empty()) {
            wrong(
                node,
                &format!("l'attribut {name} n'est pas permis ici"),
                findings,
            );
        }
    }
}

pub(super) fn text_with_code(node: Node<'_>, findings: &mut Findings<'_>) {
    let given = |name| attr(node, name).is_some();
    let orphan = ["code", "codeSystemName", "codeSystemVersion"]
        .into_iter()
        .any(given);
    if orphan && !given("codeSystem") {
        wrong(node, "un code sans codeSystem", findings);
    }
    if given("displayName") && !given("code") {
        wrong(node, "displayName sans code", findings);
    }
    if given("nullFlavor") && (given("code") || given("displayName")) {
        wrong(node, "un code à côté d'un nullFlavor", findings);
    }
}
