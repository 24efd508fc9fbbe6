//! Collection and reception of a specimen (cr-bio §6.5).

use super::super::context::{attr, child, children};
use super::super::{Findings, Node, terms};
use super::{at, child_is, exists, has_template, in_set, is_value};

/// Specimen Collection.
pub(super) const COLLECTION: &str = "1.3.6.1.4.1.19376.1.3.1.2";
/// FR-Prelevement.
pub(super) const COLLECTION_FR: &str = "1.2.250.1.213.1.1.3.77";
/// Specimen Received.
pub(super) const RECEPTION: &str = "1.3.6.1.4.1.19376.1.3.1.3";
/// As published, typo included.
const IHE_ACT: &str = "1.3.5.1.4.1.19376.1.5.3.2";

pub(super) fn check(node: Node<'_>, template: &str, findings: &mut Findings<'_>) {
    match template {
        COLLECTION => collection(node, findings),
        COLLECTION_FR => {
            for code in at(
                node,
                &["participant", "participantRole", "playingEntity", "code"],
            ) {
                if node.tag_name().name() == "procedure" {
                    in_set(
                        code,
                        terms::SPECIMENS,
                        true,
                        "nature de l'échantillon",
                        findings,
                    );
                }
            }
        }
        _ => reception(node, findings),
    }
}

fn collection(node: Node<'_>, findings: &mut Findings<'_>) {
    if !(is_value(node, "classCode", "PROC") && is_value(node, "moodCode", "EVN")) {
        findings.error(
            "specimen-class",
            node,
            "Un prélèvement est une procedure PROC/EVN.",
            "Écrire procedure classCode=\"PROC\" moodCode=\"EVN\".",
        );
    }
    if child(node, "effectiveTime").is_none() {
        findings.error(
            "specimen-date",
            node,
            "Le prélèvement n'a pas de date.",
            "Renseigner effectiveTime/high, ou effectiveTime nullFlavor=\"UNK\".",
        );
    }
    for name in ["targetSiteCode", "performer"] {
        if children(node, name).count() > 1 {
            findings.error(
                "specimen-repeated",
                node,
                format!("Le prélèvement a plusieurs {name}."),
                "N'en garder qu'un.",
            );
        }
    }
    samples(node, findings);
    receptions(node, findings);
    if child(node, "code").is_none() {
        findings.warning(
            "specimen-code",
            node,
            "Le prélèvement n'a pas de code.",
            "Mettre l'acte de NABM, ou le code LOINC 33882-2.",
        );
    }
    if !has_template(node, COLLECTION_FR) {
        findings.warning(
            "template-french",
            node,
            "Le prélèvement ne déclare pas le modèle français 1.2.250.1.213.1.1.3.77.",
            "Ajouter ce templateId.",
        );
    }
}

fn samples(node: Node<'_>, findings: &mut Findings<'_>) {
    let participants = children(node, "participant").count();
    let ids = at(node, &["participant", "participantRole", "id"]).len();
    if participants != 1 || ids != 1 {
        findings.error(
            "specimen-sample",
            node,
            format!("Un prélèvement a un seul échantillon, avec un seul identifiant : {participants} participant, {ids} identifiant."),
            "Faire une procedure par tube, chacune avec son participant et son identifiant.",
        );
    }
    let sample = children(node, "participant").any(|one| {
        is_value(one, "typeCode", "PRD")
            && children(one, "participantRole").any(|role| is_value(role, "classCode", "SPEC"))
    });
    if !sample && node.tag_name().name() == "procedure" {
        findings.error(
            "specimen-sample",
            node,
            "Le prélèvement n'a pas d'échantillon (participant PRD, participantRole SPEC).",
            "Ajouter participant typeCode=\"PRD\" et participantRole classCode=\"SPEC\".",
        );
    }
    if !exists(
        node,
        &["participant", "participantRole", "playingEntity", "code"],
    ) {
        findings.warning(
            "specimen-kind",
            node,
            "La nature de l'échantillon n'est pas dite.",
            "Renseigner playingEntity/code (BLD, SER, UR…).",
        );
    }
}

fn receptions(node: Node<'_>, findings: &mut Findings<'_>) {
    let components =
        children(node, "entryRelationship").filter(|one| is_value(*one, "typeCode", "COMP"));
    let modelled = components
        .flat_map(|one| children(one, "act"))
        .flat_map(|act| children(act, "templateId"))
        .filter(|one| is_value(*one, "root", RECEPTION))
        .count();
    if modelled > 1 {
        findings.error(
            "specimen-reception",
            node,
            "Un prélèvement a une seule réception.",
            "N'en garder qu'une.",
        );
    }
    if node.tag_name().name() != "procedure" {
        return;
    }
    for act in at(node, &["entryRelationship", "act"]) {
        if !child_is(act, "code", "code", "SPRECEIVE") {
            continue;
        }
        if !children(act, "effectiveTime").any(|time| attr(time, "value").is_some()) {
            findings.error(
                "specimen-reception",
                act,
                "La réception de l'échantillon n'a pas de date.",
                "Renseigner effectiveTime/@value.",
            );
        }
        if !child_is(act, "code", "codeSystem", IHE_ACT) {
            findings.error(
                "specimen-reception",
                act,
                format!("Le code SPRECEIVE est du système {IHE_ACT}."),
                "Écrire ce codeSystem tel qu'il est publié (1.3.5 et non 1.3.6).",
            );
        }
    }
}

fn reception(node: Node<'_>, findings: &mut Findings<'_>) {
    if !(is_value(node, "classCode", "ACT") && is_value(node, "moodCode", "EVN")) {
        findings.error(
            "reception-class",
            node,
            "La réception de l'échantillon est un act ACT/EVN.",
            "Écrire act classCode=\"ACT\" moodCode=\"EVN\".",
        );
    }
    if children(node, "code").count() != 1 || !child_is(node, "code", "code", "SPRECEIVE") {
        findings.error(
            "reception-code",
            node,
            "Le code de la réception est SPRECEIVE.",
            "Écrire code=\"SPRECEIVE\".",
        );
    }
    if child(node, "effectiveTime").is_none() {
        findings.error(
            "reception-date",
            node,
            "La réception de l'échantillon n'a pas de date.",
            "Renseigner effectiveTime/@value.",
        );
    }
}
