//! A microbial isolate (cr-bio §6.9).

use super::super::context::{attr, child, children};
use super::super::{Findings, Node, terms};
use super::{at, exists, has_template, is_value, status_among};

/// Laboratory Isolate Organizer.
pub(super) const PALM: &str = "1.3.6.1.4.1.19376.1.3.1.5";
/// FR-Isolat-microbiologique.
pub(super) const FRENCH: &str = "1.2.250.1.213.1.1.3.79";
const NCBI: &str = "2.16.840.1.113883.3.9471";

pub(super) fn check(node: Node<'_>, template: &str, findings: &mut Findings<'_>) {
    let cluster =
        |one: Node<'_>| is_value(one, "classCode", "CLUSTER") && is_value(one, "moodCode", "EVN");
    let beside = node
        .parent_element()
        .is_some_and(|parent| children(parent, "organizer").any(cluster));
    if !beside || (template == PALM && !(node.tag_name().name() == "organizer" && cluster(node))) {
        findings.error(
            "isolate-class",
            node,
            "Un isolat est un organizer CLUSTER/EVN.",
            "Écrire organizer classCode=\"CLUSTER\" moodCode=\"EVN\".",
        );
    }
    if !status_among(node, &["completed", "active", "aborted"]) {
        findings.error(
            "isolate-status",
            child(node, "statusCode").unwrap_or(node),
            "Le statut de l'isolat n'est pas completed, active ou aborted.",
            "Écrire l'un de ces statuts.",
        );
    }
    if template == FRENCH {
        french(node, findings);
    } else {
        specimens(node, findings);
        if child(node, "performer").is_some()
            && !children(node, "performer").any(|one| is_value(one, "typeCode", "PRF"))
        {
            findings.error(
                "isolate-performer",
                node,
                "L'exécutant d'un isolat est un performer de typeCode PRF.",
                "Écrire typeCode=\"PRF\".",
            );
        }
    }
}

fn french(node: Node<'_>, findings: &mut Findings<'_>) {
    if !has_template(node, PALM) {
        findings.error(
            "isolate-template",
            node,
            "Le modèle IHE 1.3.6.1.4.1.19376.1.3.1.5 manque à l'isolat.",
            "Ajouter ce templateId.",
        );
    }
    let roles = at(node, &["specimen", "specimenRole"]);
    if !roles
        .iter()
        .any(|role| is_value(*role, "classCode", "SPEC"))
    {
        findings.error(
            "isolate-specimen",
            node,
            "L'isolat n'a pas de specimen/specimenRole de classe SPEC.",
            "Ajouter specimen typeCode=\"SPC\" et specimenRole classCode=\"SPEC\".",
        );
    }
}

fn specimens(node: Node<'_>, findings: &mut Findings<'_>) {
    let none = !children(node, "specimen").any(|one| is_value(one, "typeCode", "SPC"))
        || !at(node, &["specimen", "specimenRole"])
            .iter()
            .any(|one| is_value(*one, "classCode", "SPEC"))
        || !exists(
            node,
            &["specimen", "specimenRole", "specimenPlayingEntity", "code"],
        )
        || !at(node, &["specimen", "specimenRole", "specimenPlayingEntity"])
            .iter()
            .any(|one| is_value(*one, "classCode", "MIC"));
    if none {
        incomplete(node, findings);
    }
    for specimen in children(node, "specimen") {
        let good = is_value(specimen, "typeCode", "SPC")
            && children(specimen, "specimenRole").any(|one| is_value(one, "classCode", "SPEC"))
            && at(specimen, &["specimenRole", "specimenPlayingEntity"])
                .iter()
                .any(|one| is_value(*one, "classCode", "MIC"));
        if !good && !none {
            incomplete(specimen, findings);
        }
        codes(specimen, findings);
    }
    if children(node, "specimen").count() > 1 {
        findings.warning(
            "isolate-specimen",
            node,
            "Un isolat a un seul specimen.",
            "Faire un organizer par isolat.",
        );
    }
    if !exists(node, &["specimen", "specimenRole", "id"]) {
        findings.warning(
            "isolate-id",
            node,
            "L'isolat n'a pas d'identifiant.",
            "Ajouter specimenRole/id.",
        );
    }
}

fn incomplete(node: Node<'_>, findings: &mut Findings<'_>) {
    findings.error(
        "isolate-specimen",
        node,
        "L'isolat doit avoir specimen SPC, specimenRole SPEC, specimenPlayingEntity MIC et son code.",
        "Compléter specimen/specimenRole/specimenPlayingEntity/code.",
    );
}

/// SNOMED CT, or an NCBI translation, or a text only.
fn codes(specimen: Node<'_>, findings: &mut Findings<'_>) {
    let all = at(specimen, &["specimenRole", "specimenPlayingEntity", "code"]);
    let ncbi =
        |code: Node<'_>| children(code, "translation").any(|one| is_value(one, "codeSystem", NCBI));
    let coded = |code: Node<'_>| attr(code, "code").is_some() && attr(code, "codeSystem").is_some();
    let good = all.iter().any(|code| {
        (!coded(*code) && ncbi(*code))
            || (!(coded(*code) && child(*code, "translation").is_some())
                && child(*code, "originalText").is_some())
            || is_value(*code, "codeSystem", terms::SNOMED)
    });
    let translated = all
        .iter()
        .any(|code| child(*code, "translation").is_none() || ncbi(*code));
    let at = all.first().copied().unwrap_or(specimen);
    if !good || !translated {
        findings.error(
            "isolate-code",
            at,
            "Le germe doit être codé en SNOMED CT (traduction NCBI permise), en NCBI dans translation, ou en texte seulement.",
            "Écrire codeSystem=\"2.16.840.1.113883.6.96\", ou translation codeSystem=\"2.16.840.1.113883.3.9471\", ou originalText seul.",
        );
    }
    for code in all {
        if coded(code) && !is_value(code, "codeSystem", terms::SNOMED) {
            findings.warning(
                "isolate-code",
                code,
                "Le germe est codé dans une autre terminologie que SNOMED CT.",
                "Prendre le code SNOMED CT de l'organisme.",
            );
        }
    }
}
