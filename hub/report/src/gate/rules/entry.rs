//! The entry of a chapter: `entry/act` above all its results (cr-bio §6.2).

use super::super::context::{attr, child, children};
use super::super::{Findings, Node, terms};
use super::header::Volet;
use super::{at, exists, has_template, is_value, status_among, subject};

/// Laboratory Report Data Processing Entry.
pub(super) const PALM: &str = "1.3.6.1.4.1.19376.1.3.1";
/// FR-Resultats-examens-de-biologie-medicale.
pub(super) const FRENCH: &str = "1.2.250.1.213.1.1.3.21";

pub(super) fn check(node: Node<'_>, template: &str, volet: Volet, findings: &mut Findings<'_>) {
    if template == FRENCH {
        if !has_template(node, PALM) {
            findings.warning(
                "template-missing",
                node,
                "Le modèle IHE 1.3.6.1.4.1.19376.1.3.1 manque à côté du modèle français.",
                "Ajouter ce templateId.",
            );
        }
        return;
    }
    let act = child(node, "act");
    let beside = node.parent_element().is_some_and(|parent| {
        children(parent, "entry").any(|one| is_value(one, "typeCode", "DRIV"))
    });
    if !beside || (node.tag_name().name() == "entry" && attr(node, "typeCode").is_none()) {
        findings.error(
            "entry-type",
            node,
            "L'entrée d'un chapitre porte typeCode=\"DRIV\" : le texte en est tiré.",
            "Écrire typeCode=\"DRIV\" sur entry.",
        );
    }
    let shaped = children(node, "act")
        .any(|act| is_value(act, "classCode", "ACT") && is_value(act, "moodCode", "EVN"));
    if !shaped {
        findings.error(
            "entry-act",
            act.unwrap_or(node),
            "L'entrée n'a pas d'acte ACT/EVN.",
            "Mettre les résultats dans act classCode=\"ACT\" moodCode=\"EVN\".",
        );
    }
    if !children(node, "act").any(|act| status_among(act, &["completed", "active", "aborted"])) {
        findings.error(
            "entry-status",
            act.unwrap_or(node),
            "Le statut de l'entrée n'est pas completed, active ou aborted.",
            "Écrire statusCode : completed (final), active (partiel) ou aborted (abandonné).",
        );
    }
    times(node, findings);
    subject::of_entry(node, findings);
    if node.tag_name().name() == "entry" {
        codes(node, findings);
        results(node, volet, findings);
        text_rules(node, findings);
    }
}

fn times(node: Node<'_>, findings: &mut Findings<'_>) {
    let times = at(node, &["act", "effectiveTime"]);
    let has = |name| exists(node, &["act", "effectiveTime", name]);
    if let Some(time) = times.first()
        && !(has("low") && has("high"))
    {
        findings.error(
            "entry-time",
            *time,
            "La période de l'entrée doit avoir un début et une fin.",
            "Renseigner low et high, ou retirer effectiveTime.",
        );
    }
}

fn codes(node: Node<'_>, findings: &mut Findings<'_>) {
    let codes = at(node, &["act", "code"]);
    let loinc = codes
        .iter()
        .any(|code| is_value(*code, "codeSystem", terms::LOINC));
    let coded = codes.iter().find(|code| attr(**code, "code").is_some());
    if let Some(code) = coded
        && !loinc
    {
        findings.error(
            "entry-code",
            *code,
            "Le code de l'entrée n'est pas un code LOINC.",
            "Reprendre le code LOINC de la section.",
        );
    }
    if !at(node, &["act", "entryRelationship"])
        .iter()
        .any(|one| is_value(*one, "typeCode", "COMP"))
    {
        findings.error(
            "entry-empty",
            node,
            "L'entrée ne contient aucun résultat (entryRelationship COMP).",
            "Mettre chaque résultat, batterie ou prélèvement dans entryRelationship typeCode=\"COMP\".",
        );
    }
}

/// Codes of the results, by where they stand: directly below the act, in a battery, in a battery of an isolate.
fn results(node: Node<'_>, volet: Volet, findings: &mut Findings<'_>) {
    for observation in at(node, &["act", "entryRelationship", "observation"]) {
        let named = volet == Volet::V2021;
        if named {
            strict(observation, findings);
        } else {
            direct(observation, findings);
        }
        translations(observation, volet, findings);
    }
    let organizers = at(node, &["act", "entryRelationship", "organizer"]);
    let inner = organizers
        .iter()
        .flat_map(|one| at(*one, &["component", "organizer"]));
    for organizer in organizers.iter().copied().chain(inner) {
        for observation in at(organizer, &["component", "observation"]) {
            strict(observation, findings);
            translations(observation, volet, findings);
        }
    }
}

/// LOINC with label, or another system.
fn direct<'d>(observation: Node<'d>, findings: &mut Findings<'_>) {
    let codes: Vec<Node<'d>> = children(observation, "code").collect();
    let has = |name: &str| codes.iter().any(|code| attr(*code, name).is_some());
    let loinc = codes
        .iter()
        .any(|code| is_value(*code, "codeSystem", terms::LOINC));
    let other = codes
        .iter()
        .any(|code| !is_value(*code, "codeSystem", terms::LOINC));
    if !(loinc && has("displayName") && has("code") || other) {
        unlabelled(observation, findings);
    }
}

/// LOINC with label, or nothing at all but a translation.
fn strict(observation: Node<'_>, findings: &mut Findings<'_>) {
    let loinc = children(observation, "code").any(|code| {
        attr(code, "code").is_some()
            && attr(code, "displayName").is_some()
            && is_value(code, "codeSystem", terms::LOINC)
    });
    let without = |name: &str| children(observation, "code").any(|code| attr(code, name).is_none());
    let local = ["code", "displayName", "codeSystemName", "codeSystem"]
        .iter()
        .all(|name| without(name));
    if !loinc && !local {
        unlabelled(observation, findings);
    }
}

fn unlabelled(observation: Node<'_>, findings: &mut Findings<'_>) {
    findings.error(
        "result-code",
        child(observation, "code").unwrap_or(observation),
        "L'examen n'a ni un code LOINC complet (code, displayName, codeSystem), ni un code local dans translation seulement.",
        "Compléter le code LOINC ; ou laisser code sans attribut et mettre le code local dans translation.",
    );
}

fn translations(observation: Node<'_>, volet: Volet, findings: &mut Findings<'_>) {
    for one in at(observation, &["code", "translation"]) {
        let due = ["code", "displayName", "codeSystemName"];
        let due = if volet == Volet::V2024 {
            due.get(..2).unwrap_or(&due)
        } else {
            &due[..]
        };
        if due.iter().any(|name| attr(one, name).is_none()) {
            findings.error(
                "local-code",
                one,
                "Le code local ou d'attente doit avoir code et displayName.",
                format!("Renseigner {}.", due.join(", ")),
            );
        }
        if attr(one, "codeSystem").is_none() {
            findings.warning(
                "local-code",
                one,
                "Le code local n'a pas de codeSystem.",
                "Mettre l'OID de la table du laboratoire, ou 1.2.250.1.213.1.1.5.130 pour un code d'attente.",
            );
        }
    }
}

/// What only the text asks (cr-bio §6.2).
fn text_rules<'d>(node: Node<'d>, findings: &mut Findings<'_>) {
    if !has_template(node, FRENCH) {
        findings.warning(
            "template-french",
            node,
            "L'entrée ne déclare pas le modèle français 1.2.250.1.213.1.1.3.21.",
            "Ajouter ce templateId.",
        );
    }
    let section = node
        .parent_element()
        .and_then(|one| child(one, "code"))
        .and_then(|code| attr(code, "code"));
    for act in children(node, "act") {
        match child(act, "code") {
            None => findings.warning(
                "entry-code",
                act,
                "L'acte de l'entrée n'a pas de code.",
                "Reprendre le code LOINC de la section.",
            ),
            Some(code) => {
                if let (Some(own), Some(section)) = (attr(code, "code"), section)
                    && own != section
                {
                    findings.warning(
                        "entry-code",
                        code,
                        format!(
                            "Le code de l'entrée ({own}) n'est pas celui de sa section ({section})."
                        ),
                        "Reprendre le code de la section.",
                    );
                }
            }
        }
        for kind in ["AUTHEN", "RESP"] {
            let all: Vec<Node<'d>> = children(act, "participant")
                .filter(|one| is_value(*one, "typeCode", kind))
                .collect();
            if let Some(extra) = all.get(1) {
                findings.warning(
                    "entry-participant",
                    *extra,
                    format!("Plusieurs participants {kind} au niveau de l'acte."),
                    "Mettre chaque biologiste au niveau des résultats qu'il a validés.",
                );
            }
        }
    }
}
