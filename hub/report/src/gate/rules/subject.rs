//! A subject who is not the patient: an animal, a thing, another person (cr-bio §6.2).
//!
//! The official rules on a non-human subject ask for `relatedSubject/Addr`, with a capital that the CDA schema does not know:
//! no document with that templateId passes them. The gate says so rather than let it be found out on delivery.

use super::super::context::{child, children};
use super::super::{Findings, Node, terms};
use super::{at, exists, has_template, in_set, is_value};

/// Non-human subject.
pub(super) const NON_HUMAN: &str = "1.3.6.1.4.1.19376.1.3.3.1.2.1";
/// The same, French.
pub(super) const NON_HUMAN_FR: &str = "1.2.250.1.213.1.1.3.22";
/// Human patient with a non-human subject.
pub(super) const WITH_HUMAN: &str = "1.3.6.1.4.1.19376.1.3.3.1.3.1";
/// The same, French.
pub(super) const WITH_HUMAN_FR: &str = "1.2.250.1.213.1.1.3.101";
/// Another person.
pub(super) const PERSON: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.15.2";

pub(super) fn check(node: Node<'_>, template: &str, findings: &mut Findings<'_>) {
    let wrong = |what: &str, findings: &mut Findings<'_>| {
        findings.error(
            "subject",
            node,
            format!("Sujet : {what}."),
            "Compléter subject et relatedSubject.",
        );
    };
    let beside = node.parent_element().is_some_and(|parent| {
        children(parent, "subject").any(|one| is_value(one, "typeCode", "SBJ"))
    });
    if !beside {
        wrong("typeCode=\"SBJ\" manque", findings);
    }
    if child(node, "relatedSubject").is_none() {
        wrong("relatedSubject manque", findings);
    }
    if !exists(node, &["relatedSubject", "code"]) {
        wrong("relatedSubject/code manque", findings);
    }
    if template == PERSON {
        if !children(node, "relatedSubject").any(|one| is_value(one, "classCode", "PRS")) {
            wrong("relatedSubject est de classe PRS", findings);
        }
        for code in at(node, &["relatedSubject", "code"]) {
            in_set(code, terms::KINSHIPS, true, "lien de parenté", findings);
        }
        return;
    }
    let parent = match template {
        NON_HUMAN_FR => Some(NON_HUMAN),
        WITH_HUMAN_FR => Some(WITH_HUMAN),
        _ => None,
    };
    if let Some(parent) = parent
        && !has_template(node, parent)
    {
        wrong(&format!("le templateId {parent} manque"), findings);
    }
    if !exists(node, &["relatedSubject", "Addr"]) {
        findings.error(
            "subject-unsatisfiable",
            node,
            "La règle officielle de ce modèle demande relatedSubject/Addr, que le schéma CDA refuse : aucun document ne peut la respecter.",
            "Retirer ce templateId du sujet, et décrire le sujet non humain dans le texte.",
        );
    }
}

/// A subject right below the act of a chapter (Laboratory Report Data Processing).
pub(super) fn of_entry(entry: Node<'_>, findings: &mut Findings<'_>) {
    for subject in at(entry, &["act", "subject"]) {
        let good = is_value(subject, "typeCode", "SBJ")
            && has_template(subject, NON_HUMAN)
            && exists(subject, &["relatedSubject", "code"])
            && at(subject, &["relatedSubject", "addr"]).len() == 1;
        if !good {
            findings.error(
                "subject",
                subject,
                "Le sujet non humain doit avoir typeCode SBJ, le templateId 1.3.6.1.4.1.19376.1.3.3.1.2.1, relatedSubject/code et une adresse.",
                "Compléter le sujet, ou le décrire dans le texte et retirer subject.",
            );
        }
    }
}
