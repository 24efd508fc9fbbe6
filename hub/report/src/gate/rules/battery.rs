//! A battery of tests (cr-bio §6.4).

use super::super::context::{attr, child, children, elements};
use super::super::{Findings, Node};
use super::{has_template, is_act, status_among};

/// Laboratory Battery Organizer.
pub(super) const PALM: &str = "1.3.6.1.4.1.19376.1.3.1.4";
const FRENCH: &str = "1.2.250.1.213.1.1.3.78";

pub(super) fn check(node: Node<'_>, findings: &mut Findings<'_>) {
    if !is_act(node, "organizer", "BATTERY", "EVN") {
        findings.error(
            "battery-class",
            node,
            "Une batterie est un organizer BATTERY/EVN.",
            "Écrire organizer classCode=\"BATTERY\" moodCode=\"EVN\".",
        );
    }
    if children(node, "id").count() > 1 {
        findings.error(
            "battery-id",
            node,
            "Une batterie a un identifiant au plus.",
            "N'en garder qu'un.",
        );
    }
    if !status_among(node, &["completed", "active", "aborted"]) {
        findings.error(
            "battery-status",
            child(node, "statusCode").unwrap_or(node),
            "Le statut de la batterie n'est pas completed, active ou aborted.",
            "Écrire l'un de ces statuts.",
        );
    }
    if !has_template(node, FRENCH) {
        findings.warning(
            "template-french",
            node,
            "La batterie ne déclare pas le modèle français 1.2.250.1.213.1.1.3.78.",
            "Ajouter ce templateId.",
        );
    }
    if child(node, "component").is_none() {
        findings.warning(
            "battery-empty",
            node,
            "La batterie est vide.",
            "Mettre les résultats dans component, ou retirer la batterie.",
        );
    }
    if let Some(code) = child(node, "code")
        && attr(code, "code").is_none()
        && elements(code).next().is_none()
        && attr(code, "nullFlavor").is_none()
    {
        findings.warning(
            "battery-code",
            code,
            "Le code de la batterie est vide.",
            "Mettre le code LOINC, ou originalText et translation, ou retirer code.",
        );
    }
}
