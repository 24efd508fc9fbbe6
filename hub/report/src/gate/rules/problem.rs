//! Why a test was recommended: coded reason, problem, and doses and ranks of vaccinations (cr-bio §6, IHE PCC).

use super::super::context::{attr, child, children, xsi_type};
use super::super::{Findings, Node, terms};
use super::{at, child_is, exists, has_template, in_set, is_act, is_value, status_among};

/// Coded Reason for Referral of IHE PCC.
pub(super) const CODED_REASON: &str = "1.3.6.1.4.1.19376.1.5.3.1.3.2";
/// Problem Entry of IHE PCC.
pub(super) const PROBLEM: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.5";
/// FR-Rang-de-la-vaccination.
pub(super) const RANK: &str = "1.2.250.1.213.1.1.3.82";
/// FR-Dose-antigene.
pub(super) const DOSE_FR: &str = "1.2.250.1.213.1.1.3.46";
/// Antigen Dose of IHE PCC.
pub(super) const DOSE: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.12.1";
const SIMPLE: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.13";
const SEVERITY: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.1";

pub(super) fn check(node: Node<'_>, template: &str, findings: &mut Findings<'_>) {
    match template {
        CODED_REASON => reason(node, findings),
        PROBLEM => problem(node, findings),
        RANK => {
            let coded = children(node, "code").count() == 1
                && child_is(node, "code", "code", "30973-2")
                && child_is(node, "code", "codeSystem", terms::LOINC);
            if !is_act(node, "observation", "OBS", "EVN")
                || !has_template(node, "2.16.840.1.113883.10.20.1.46")
                || !coded
                || child(node, "statusCode").is_none()
                || children(node, "value").count() != 1
            {
                wrong(
                    node,
                    "le rang de vaccination est une observation 30973-2 avec statut et valeur",
                    findings,
                );
            }
        }
        _ => dose(node, template, findings),
    }
}

fn wrong(node: Node<'_>, what: &str, findings: &mut Findings<'_>) {
    findings.error(
        "problem",
        node,
        format!("Raison de la recommandation et vaccination : {what}."),
        "Compléter l'élément selon son modèle.",
    );
}

fn reason(node: Node<'_>, findings: &mut Findings<'_>) {
    let beside = node
        .parent_element()
        .is_some_and(|parent| child(parent, "section").is_some());
    let coded = child_is(node, "code", "code", "42349-1")
        && child_is(node, "code", "codeSystem", terms::LOINC);
    if !beside || !coded || children(node, "templateId").count() < 2 {
        wrong(
            node,
            "une section de code 42349-1 de LOINC avec ses templateId",
            findings,
        );
    }
    for (template, what) in [(PROBLEM, "problème"), (SIMPLE, "observation simple")] {
        if !node.descendants().any(|one| has_template(one, template)) {
            wrong(
                node,
                &format!("aucune entrée {what} ({template}) dans la section codée"),
                findings,
            );
        }
    }
}

fn problem(node: Node<'_>, findings: &mut Findings<'_>) {
    if !is_act(node, "observation", "OBS", "EVN") {
        wrong(node, "un problème est une observation OBS/EVN", findings);
    }
    if attr(node, "negationInd").is_some_and(|value| !matches!(value, "true" | "false")) {
        wrong(node, "negationInd vaut true ou false", findings);
    }
    if !has_template(node, "2.16.840.1.113883.10.20.1.28") {
        wrong(
            node,
            "il manque le templateId 2.16.840.1.113883.10.20.1.28",
            findings,
        );
    }
    for (name, what) in [("id", "identifiant"), ("code", "code"), ("value", "valeur")] {
        if children(node, name).count() != 1 {
            wrong(
                node,
                &format!("un problème a un {what}, et un seul"),
                findings,
            );
        }
    }
    if !at(node, &["text", "reference"])
        .iter()
        .any(|one| attr(*one, "value").is_some())
    {
        wrong(node, "le problème n'est pas relié au texte", findings);
    }
    if !status_among(node, &["completed"]) {
        wrong(node, "le statut est completed", findings);
    }
    if exists(node, &["effectiveTime", "width"]) || exists(node, &["effectiveTime", "center"]) {
        wrong(node, "effectiveTime n'a ni width ni center", findings);
    }
    let begun = at(node, &["effectiveTime", "low"]).iter().any(|low| {
        attr(*low, "value").is_some() || matches!(attr(*low, "nullFlavor"), Some("UNK" | "NAV"))
    });
    if !begun {
        wrong(node, "le début manque (effectiveTime/low)", findings);
    }
    for name in ["uncertaintyCode", "confidentialityCode"] {
        if child(node, name).is_some() {
            wrong(node, &format!("{name} n'est pas permis"), findings);
        }
    }
    problem_value(node, findings);
    if node.tag_name().name() == "observation"
        && !has_template(node, "1.2.250.1.213.1.1.3.210")
        && !has_template(node, "1.3.6.1.4.1.19376.1.5.3.1.4.6")
    {
        for code in children(node, "code") {
            in_set(code, terms::PROBLEMS, false, "type de problème", findings);
        }
    }
    for template in [
        SEVERITY,
        "1.3.6.1.4.1.19376.1.5.3.1.4.1.1",
        "1.3.6.1.4.1.19376.1.5.3.1.4.1.2",
    ] {
        let number = at(node, &["entryRelationship", "observation", "templateId"])
            .iter()
            .filter(|one| is_value(**one, "root", template))
            .count();
        if number > 1 {
            wrong(
                node,
                "une sévérité, un statut et un état de santé au plus",
                findings,
            );
        }
    }
}

fn problem_value(node: Node<'_>, findings: &mut Findings<'_>) {
    for value in children(node, "value") {
        let null = attr(value, "nullFlavor");
        let coded = xsi_type(value) == Some("CD");
        let texts = children(value, "originalText").count();
        if null.is_none() && !(coded && texts == 1) || !coded && null != Some("UNK") {
            wrong(
                value,
                "la valeur est de type CD, avec un originalText",
                findings,
            );
        }
        if attr(value, "code").is_some() != attr(value, "codeSystem").is_some() {
            wrong(
                value,
                "la valeur a code et codeSystem, ou aucun des deux",
                findings,
            );
        }
    }
}

fn dose(node: Node<'_>, template: &str, findings: &mut Findings<'_>) {
    let french = template == DOSE_FR;
    let good = is_act(node, "substanceAdministration", "SBADM", "EVN")
        && children(node, "id").count() == 1
        && child(node, "consumable").is_some()
        && if french {
            is_value(node, "negationInd", "false") && child(node, "doseQuantity").is_some()
        } else {
            has_template(node, "2.16.840.1.113883.10.20.1.24")
        };
    if !good {
        wrong(
            node,
            "une dose est une substanceAdministration SBADM/EVN avec un id, consumable et doseQuantity",
            findings,
        );
    }
}
