//! Comments, attached documents and what says their kind (cr-bio §6.10, §6.11).

use super::super::context::{attr, child, children};
use super::super::{Findings, Node, terms};
use super::{at, child_is, exists, has_template, is_act, is_value, status_among};

/// Comment of IHE PCC.
pub(super) const COMMENT: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.2";
/// FR-Commentaire-ER.
pub(super) const COMMENT_FR: &str = "1.2.250.1.213.1.1.3.32";
/// FR-Document-attache.
pub(super) const DOCUMENT: &str = "1.2.250.1.213.1.1.3.18";
/// FR-Type-document-attache.
pub(super) const KIND: &str = "1.2.250.1.213.1.1.3.48.18";
/// Simple Observation of IHE PCC.
pub(super) const SIMPLE: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.13";

pub(super) fn comment(node: Node<'_>, template: &str, findings: &mut Findings<'_>) {
    let other = if template == COMMENT {
        COMMENT_FR
    } else {
        COMMENT
    };
    if !has_template(node, other) {
        missing(node, other, findings);
    }
    if template == COMMENT_FR {
        return;
    }
    if !has_template(node, "2.16.840.1.113883.10.20.1.40") {
        missing(node, "2.16.840.1.113883.10.20.1.40", findings);
    }
    let coded = children(node, "code").any(|code| {
        is_value(code, "code", "48767-8") && is_value(code, "codeSystem", terms::LOINC)
    });
    if !coded {
        findings.error(
            "comment-code",
            child(node, "code").unwrap_or(node),
            "Le code d'un commentaire est 48767-8 de LOINC.",
            "Écrire code=\"48767-8\" codeSystem=\"2.16.840.1.113883.6.1\".",
        );
    }
    if !status_among(node, &["completed"]) {
        findings.error(
            "comment-status",
            node,
            "Le statut d'un commentaire est completed.",
            "Écrire statusCode code=\"completed\".",
        );
    }
    if !exists(node, &["text", "reference"]) {
        findings.error(
            "comment-text",
            node,
            "Le commentaire n'est pas relié au texte.",
            "Ajouter text/reference value=\"#…\".",
        );
    }
    let author: &[&[&str]] = &[
        &["author", "time"],
        &["author", "assignedAuthor", "id"],
        &["author", "assignedAuthor", "addr"],
        &["author", "assignedAuthor", "telecom"],
        &["author", "assignedAuthor", "assignedPerson", "name"],
        &[
            "author",
            "assignedAuthor",
            "representedOrganization",
            "name",
        ],
    ];
    if child(node, "author").is_some() && !author.iter().all(|path| exists(node, path)) {
        findings.error(
            "comment-author",
            child(node, "author").unwrap_or(node),
            "L'auteur du commentaire est incomplet.",
            "Renseigner time, id, addr, telecom, assignedPerson/name et representedOrganization/name.",
        );
    }
}

fn missing(node: Node<'_>, template: &str, findings: &mut Findings<'_>) {
    findings.error(
        "template-missing",
        node,
        format!("Il manque le templateId {template}."),
        "L'ajouter.",
    );
}

pub(super) fn document(node: Node<'_>, findings: &mut Findings<'_>) {
    let wrong = |what: &str, findings: &mut Findings<'_>| {
        findings.error(
            "attached-document",
            node,
            format!("Document attaché : {what}."),
            "Compléter l'organizer du modèle FR-Document-attache.",
        );
    };
    if !is_act(node, "organizer", "CLUSTER", "EVN") {
        wrong("ce doit être un organizer CLUSTER/EVN", findings);
    }
    if children(node, "id").count() != 1 {
        wrong("il a un identifiant, et un seul", findings);
    }
    if child(node, "code").is_none() {
        wrong("le code manque (55107-7)", findings);
    } else if !child_is(node, "code", "code", "55107-7") {
        findings.warning(
            "attached-document",
            node,
            "Le code d'un document attaché est 55107-7.",
            "Écrire code=\"55107-7\".",
        );
    }
    if !status_among(node, &["completed"]) {
        wrong("le statut est completed", findings);
    }
    let kinds = at(node, &["component", "observation"]);
    if !kinds.iter().any(|one| has_template(*one, SIMPLE)) {
        wrong("l'observation qui dit le type du document manque", findings);
    }
    if !kinds.iter().any(|one| has_template(*one, KIND)) {
        findings.warning(
            "attached-document",
            node,
            "L'observation du type de document ne déclare pas le modèle 1.2.250.1.213.1.1.3.48.18.",
            "Ajouter ce templateId.",
        );
    }
    let media = at(node, &["component", "observationMedia"]);
    let held = media.iter().any(|one| {
        is_value(*one, "classCode", "OBS")
            && is_value(*one, "moodCode", "EVN")
            && children(*one, "value").any(|value| {
                attr(value, "nullFlavor").is_some()
                    || (attr(value, "mediaType").is_some()
                        && is_value(value, "representation", "B64"))
            })
    });
    if !held {
        wrong(
            "observationMedia OBS/EVN avec value en B64 manque",
            findings,
        );
    }
}

pub(super) fn kind(node: Node<'_>, findings: &mut Findings<'_>) {
    let wrong = |what: &str, findings: &mut Findings<'_>| {
        findings.error(
            "attached-kind",
            node,
            format!("Type du document attaché : {what}."),
            "Compléter l'observation du modèle FR-Type-document-attache.",
        );
    };
    if !is_act(node, "observation", "OBS", "EVN") {
        wrong("ce doit être une observation OBS/EVN", findings);
    }
    if children(node, "id").count() != 1 {
        wrong("elle a un identifiant, et un seul", findings);
    }
    if !has_template(node, SIMPLE) {
        wrong(
            "le templateId 1.3.6.1.4.1.19376.1.5.3.1.4.13 manque",
            findings,
        );
    }
    let codes = children(node, "code")
        .filter(|code| {
            is_value(*code, "code", "69764-9") && is_value(*code, "codeSystem", terms::LOINC)
        })
        .count();
    if codes != 1 {
        wrong("le code est 69764-9 de LOINC", findings);
    }
    if !status_among(node, &["completed"]) {
        wrong("le statut est completed", findings);
    }
    for name in ["text", "effectiveTime", "value"] {
        if child(node, name).is_none() {
            wrong(&format!("{name} manque"), findings);
        }
    }
}

pub(super) fn simple(node: Node<'_>, findings: &mut Findings<'_>) {
    let wrong = |what: &str, findings: &mut Findings<'_>| {
        findings.error(
            "simple-observation",
            node,
            format!("Observation simple : {what}."),
            "Compléter l'observation.",
        );
    };
    if !(is_value(node, "classCode", "OBS") && is_value(node, "moodCode", "EVN")) {
        wrong("elle est OBS/EVN", findings);
    }
    for name in ["id", "code"] {
        if child(node, name).is_none() {
            wrong(&format!("{name} manque"), findings);
        }
    }
    if !exists(node, &["text", "reference"]) {
        wrong("elle n'est pas reliée au texte (text/reference)", findings);
    }
    if !status_among(node, &["completed"]) {
        wrong("le statut est completed", findings);
    }
    let said = |time: Node<'_>| attr(time, "value").is_some() || attr(time, "nullFlavor").is_some();
    let dated = children(node, "effectiveTime").any(said)
        || at(node, &["effectiveTime", "low"]).into_iter().any(said);
    if !dated {
        wrong(
            "la date manque (effectiveTime, ou son nullFlavor)",
            findings,
        );
    }
    for name in [
        "interpretationCode",
        "methodCode",
        "targetSiteCode",
        "author",
    ] {
        if children(node, name).count() > 1 {
            wrong(&format!("plusieurs {name}"), findings);
        }
    }
}
