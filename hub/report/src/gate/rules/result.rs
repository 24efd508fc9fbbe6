//! A result: `observation` of the model FR-Resultat-examens-de-biologie-element-clinique-pertinent (cr-bio §6.3, §6.6).

use super::super::context::{attr, child, children};
use super::super::{Context, Findings, Node, terms};
use super::header::Volet;
use super::{at, exists, has_template, is_act, is_value, status_among, value};

/// Laboratory Observation.
pub(super) const PALM: &str = "1.3.6.1.4.1.19376.1.3.1.6";
/// The French model.
pub(super) const FRENCH: &str = "1.2.250.1.213.1.1.3.80";

pub(super) fn check<'d>(
    context: &Context<'d>,
    node: Node<'d>,
    template: &str,
    volet: Volet,
    findings: &mut Findings<'_>,
) {
    if !(template == FRENCH && has_template(node, PALM)) {
        shape(node, findings);
    }
    if template == FRENCH {
        named(node, findings);
        return;
    }
    if volet != Volet::V2024
        && context.is_structured()
        && !status_among(node, &["completed", "aborted"])
    {
        findings.error(
            "result-status",
            child(node, "statusCode").unwrap_or(node),
            "Le statut d'un résultat est completed ou aborted dans cette version du volet.",
            "Écrire completed ou aborted, ou passer au volet 2024.01.",
        );
    }
    if children(node, "referenceRange").count() > 1 {
        findings.error(
            "result-ranges",
            node,
            "Un résultat a un seul intervalle de référence codé.",
            "Garder le premier ; mettre les autres dans le texte.",
        );
    }
    history(node, findings);
    value::check(node, findings);
    text_rules(node, findings);
}

fn shape(node: Node<'_>, findings: &mut Findings<'_>) {
    if !is_act(node, "observation", "OBS", "EVN") {
        findings.error(
            "result-class",
            node,
            "Un résultat est une observation OBS/EVN.",
            "Écrire observation classCode=\"OBS\" moodCode=\"EVN\".",
        );
    }
    if children(node, "code").count() != 1 {
        findings.error(
            "result-code",
            node,
            "Un résultat a un code, et un seul.",
            "Mettre le code LOINC de l'examen.",
        );
    }
    if !status_among(node, &["completed", "aborted", "active", "obsolete"]) {
        findings.error(
            "result-status",
            child(node, "statusCode").unwrap_or(node),
            "Le statut du résultat n'est pas completed, aborted, active ou obsolete.",
            "Écrire completed, ou aborted pour un examen non réalisé.",
        );
    }
}

fn named(node: Node<'_>, findings: &mut Findings<'_>) {
    if !has_template(node, PALM) {
        findings.error(
            "result-template",
            node,
            "Le modèle IHE 1.3.6.1.4.1.19376.1.3.1.6 manque au résultat.",
            "Ajouter ce templateId.",
        );
    }
    if at(node, &["code", "originalText"]).len() != 1
        || at(node, &["code", "originalText", "reference"]).len() != 1
    {
        findings.error(
            "result-text",
            child(node, "code").unwrap_or(node),
            "Le résultat n'est pas relié au nom de l'examen dans le texte.",
            "Ajouter code/originalText/reference value=\"#…\", une fois.",
        );
    }
}

/// Previous results (cr-bio §6.6). The official rule is content with one good one among them; every one is asked here.
fn history<'d>(node: Node<'d>, findings: &mut Findings<'_>) {
    let before: Vec<Node<'d>> = children(node, "entryRelationship")
        .filter(|one| is_value(*one, "typeCode", "REFR"))
        .collect();
    for relation in before {
        let observations: Vec<Node<'d>> = children(relation, "observation").collect();
        if observations.is_empty() {
            findings.error(
                "history",
                relation,
                "L'antériorité ne contient pas d'observation.",
                "Mettre l'ancien résultat dans observation.",
            );
        }
        for old in observations {
            previous(node, old, findings);
        }
    }
}

fn previous<'d>(node: Node<'d>, old: Node<'d>, findings: &mut Findings<'_>) {
    if child(old, "effectiveTime").is_none() {
        findings.error(
            "history-date",
            old,
            "L'antériorité n'a pas de date.",
            "Renseigner effectiveTime avec la date de l'ancien résultat.",
        );
    }
    if !status_among(old, &["completed"]) {
        findings.error(
            "history-status",
            child(old, "statusCode").unwrap_or(old),
            "Le statut d'une antériorité est completed.",
            "Écrire statusCode code=\"completed\".",
        );
    }
    if has_template(old, FRENCH) {
        findings.warning(
            "history-template",
            old,
            "Une antériorité ne déclare pas le modèle d'un résultat (1.2.250.1.213.1.1.3.80).",
            "Retirer ce templateId.",
        );
    }
    if child(old, "value").is_none() {
        findings.warning(
            "history-value",
            old,
            "L'antériorité n'a pas de valeur.",
            "Renseigner value, ou retirer l'antériorité.",
        );
    }
    let same = |one: Node<'d>| {
        child(one, "code").map(|code| {
            let code = if attr(code, "code").is_some() {
                code
            } else {
                child(code, "translation").unwrap_or(code)
            };
            (attr(code, "code"), attr(code, "codeSystem"))
        })
    };
    if same(node) != same(old) {
        findings.warning(
            "history-code",
            child(old, "code").unwrap_or(old),
            "L'antériorité n'a pas le code de l'examen.",
            "Reprendre le code du résultat actuel.",
        );
    }
}

/// What only the text asks.
fn text_rules(node: Node<'_>, findings: &mut Findings<'_>) {
    if !has_template(node, FRENCH) {
        findings.warning(
            "template-french",
            node,
            "Le résultat ne déclare pas le modèle français 1.2.250.1.213.1.1.3.80.",
            "Ajouter ce templateId.",
        );
        if !exists(node, &["code", "originalText", "reference"])
            && !exists(node, &["text", "reference"])
        {
            findings.warning(
                "result-text",
                node,
                "Le résultat n'est pas relié au texte.",
                "Ajouter code/originalText/reference.",
            );
        }
    }
    let Some(code) = child(node, "code") else {
        return;
    };
    if attr(code, "code").is_none() && child(code, "translation").is_none() {
        findings.warning(
            "result-code",
            code,
            "L'examen n'a ni code LOINC ni code local.",
            "Mettre le code local, avec son libellé, dans translation.",
        );
    }
    if attr(code, "code").is_some() && attr(code, "codeSystem") != Some(terms::LOINC) {
        findings.warning(
            "result-code",
            code,
            "Un code local se met dans translation, et non dans code.",
            "Laisser code sans attribut ; mettre le code local dans translation.",
        );
    }
    if children(code, "translation").count() > 1 {
        findings.warning(
            "local-code",
            code,
            "L'examen a plusieurs codes locaux.",
            "N'en garder qu'un dans translation.",
        );
    }
    for method in children(node, "methodCode") {
        if is_value(method, "codeSystem", "1.2.250.1.213.2.3.5")
            && !attr(method, "code").is_some_and(|code| terms::holds(terms::TECHNIQUE, code))
        {
            findings.warning(
                "method-code",
                method,
                "La technique n'est pas dans le jeu de valeurs technique-biologie.",
                "Prendre le code dans la table de l'ANSM, ou ne mettre que originalText.",
            );
        }
    }
}
