//! Vaccinations and the reason of a recommendation, in reports of cervical screening (cr-bio §6).

use super::super::context::{attr, child, children};
use super::super::{Findings, Node, terms};
use super::{at, child_is, exists, has_template, in_set, is_value, status_among};

/// Immunization of IHE PCC.
pub(super) const IMMUNIZATION: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.12";
/// Product of IHE PCC.
pub(super) const PRODUCT: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.7.2";
/// Section of vaccinations of IHE PCC.
pub(super) const SECTION: &str = "1.3.6.1.4.1.19376.1.5.3.1.3.23";
/// Section of the reason for referral of IHE PCC.
pub(super) const REASON: &str = "1.3.6.1.4.1.19376.1.5.3.1.3.1";
const COMMENT: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.2";
const RANK: &str = "2.16.840.1.113883.10.20.1.46";
const DISPENSED: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.7.3";

pub(super) fn check(node: Node<'_>, template: &str, findings: &mut Findings<'_>) {
    match template {
        IMMUNIZATION => immunization(node, findings),
        PRODUCT => {
            if !has_template(node, "2.16.840.1.113883.10.20.1.53") {
                wrong(
                    node,
                    "au produit il manque le templateId 2.16.840.1.113883.10.20.1.53",
                    findings,
                );
            }
            let codes = at(node, &["manufacturedMaterial", "code"]);
            let null = codes.iter().any(|code| attr(*code, "nullFlavor").is_some());
            if !null
                && !exists(
                    node,
                    &["manufacturedMaterial", "code", "originalText", "reference"],
                )
            {
                wrong(node, "le produit n'est pas relié au texte", findings);
            }
        }
        SECTION => {
            section(node, "11369-6", findings);
            if !has_template(node, "2.16.840.1.113883.10.20.1.6") {
                wrong(
                    node,
                    "à la section il manque le templateId 2.16.840.1.113883.10.20.1.6",
                    findings,
                );
            }
            if !node
                .descendants()
                .any(|one| has_template(one, IMMUNIZATION))
            {
                wrong(node, "la section n'a aucune vaccination", findings);
            }
        }
        _ => section(node, "42349-1", findings),
    }
}

fn wrong(node: Node<'_>, what: &str, findings: &mut Findings<'_>) {
    findings.error(
        "vaccination",
        node,
        format!("Dépistage et vaccination : {what}."),
        "Compléter l'élément selon son modèle.",
    );
}

fn section(node: Node<'_>, code: &str, findings: &mut Findings<'_>) {
    let beside = node
        .parent_element()
        .is_some_and(|parent| child(parent, "section").is_some());
    if !beside {
        wrong(
            node,
            "le modèle d'une section est déclaré ailleurs que sur une section",
            findings,
        );
    }
    if !child_is(node, "code", "code", code) || !child_is(node, "code", "codeSystem", terms::LOINC)
    {
        wrong(
            node,
            &format!("le code de la section est {code} de LOINC"),
            findings,
        );
    }
}

fn immunization(node: Node<'_>, findings: &mut Findings<'_>) {
    let negated = attr(node, "negationInd").is_some_and(|value| matches!(value, "true" | "false"));
    let mood = attr(node, "moodCode").is_some_and(|mood| matches!(mood, "EVN" | "INT"));
    if !(negated && mood && is_value(node, "classCode", "SBADM")) {
        wrong(
            node,
            "classCode SBADM, moodCode EVN ou INT, et negationInd",
            findings,
        );
    }
    if !has_template(node, "2.16.840.1.113883.10.20.1.24") {
        wrong(
            node,
            "il manque le templateId 2.16.840.1.113883.10.20.1.24",
            findings,
        );
    }
    for (name, what) in [
        ("id", "identifiant"),
        ("statusCode", "statut"),
        ("effectiveTime", "date"),
    ] {
        if children(node, name).count() != 1 {
            wrong(
                node,
                &format!("une vaccination a un {what}, et un seul ({name})"),
                findings,
            );
        }
    }
    if !children(node, "code")
        .any(|code| attr(code, "code").is_some() && attr(code, "codeSystem").is_some())
    {
        wrong(node, "le code n'a pas code et codeSystem", findings);
    }
    if node.tag_name().name() == "substanceAdministration" {
        for code in children(node, "code") {
            in_set(
                code,
                terms::IMMUNIZATIONS,
                false,
                "acte de vaccination",
                findings,
            );
            if attr(code, "displayName").is_none() && attr(code, "nullFlavor").is_none() {
                wrong(code, "le code n'a pas de displayName", findings);
            }
        }
        for route in children(node, "routeCode") {
            in_set(
                route,
                terms::IMMUNIZATION_ROUTES,
                true,
                "voie d'administration",
                findings,
            );
        }
    }
    if !status_among(node, &["completed"]) {
        wrong(node, "le statut est completed", findings);
    }
    let said = |time: Node<'_>| attr(time, "value").is_some() || attr(time, "nullFlavor").is_some();
    if !children(node, "effectiveTime").any(said) {
        wrong(node, "la date manque, ou son nullFlavor", findings);
    }
    let references = at(node, &["text", "reference"]);
    if references
        .iter()
        .filter(|one| attr(**one, "value").is_some())
        .count()
        != 1
    {
        wrong(node, "une référence au texte, et une seule", findings);
    }
    product(node, findings);
    relations(node, findings);
}

fn product(node: Node<'_>, findings: &mut Findings<'_>) {
    if !child_is(node, "consumable", "typeCode", "CSM") {
        wrong(node, "consumable est de typeCode CSM", findings);
    }
    let products = children(node, "consumable").flat_map(|one| one.descendants());
    let modelled = products
        .filter(|one| one.tag_name().name() == "manufacturedProduct")
        .flat_map(|one| one.descendants())
        .any(|one| one.tag_name().name() == "templateId" && is_value(one, "root", PRODUCT));
    if !modelled {
        wrong(
            node,
            "le produit n'a pas son templateId 1.3.6.1.4.1.19376.1.5.3.1.4.7.2",
            findings,
        );
    }
    let path = [
        "consumable",
        "manufacturedProduct",
        "manufacturedMaterial",
        "code",
    ];
    let codes = at(node, &path);
    let null = codes.iter().any(|code| attr(*code, "nullFlavor").is_some());
    let named = codes
        .iter()
        .flat_map(|code| at(*code, &["originalText", "reference"]))
        .count();
    if !null && named != 1 {
        wrong(node, "le produit n'est pas relié au texte", findings);
    }
    if child(node, "performer").is_some() && !child_is(node, "performer", "typeCode", "PRF") {
        wrong(node, "performer est de typeCode PRF", findings);
    }
    let author = children(node, "author").any(|one| is_value(one, "typeCode", "AUT"))
        && children(node, "author").any(|one| is_value(one, "contextControlCode", "OP"));
    if child(node, "author").is_some() && !author {
        wrong(
            node,
            "author a typeCode AUT et contextControlCode OP",
            findings,
        );
    }
}

/// The product of whatever is administered, whether it has a templateId or not.
pub(super) fn material(node: Node<'_>, findings: &mut Findings<'_>) {
    let above: Vec<&str> = node
        .ancestors()
        .skip(1)
        .take(3)
        .map(|one| one.tag_name().name())
        .collect();
    if above
        != [
            "manufacturedProduct",
            "consumable",
            "substanceAdministration",
        ]
    {
        return;
    }
    let systems: Vec<&str> = children(node, "code")
        .filter_map(|code| attr(code, "codeSystem"))
        .collect();
    if !systems.is_empty() && !systems.contains(&"1.2.250.1.213.2.3.1") {
        wrong(
            node,
            "le produit est codé en 1.2.250.1.213.2.3.1 (CIP)",
            findings,
        );
    }
    let names = children(node, "name").count();
    if names != 1 && !child_is(node, "name", "nullFlavor", "NA") {
        wrong(
            node,
            "le produit a un nom de marque, ou nullFlavor NA",
            findings,
        );
    }
}

fn relations(node: Node<'_>, findings: &mut Findings<'_>) {
    let count = |kind: &str, name: &str, template: &str| {
        children(node, "entryRelationship")
            .filter(|one| is_value(*one, "typeCode", kind))
            .flat_map(|one| at(one, &[name, "templateId"]))
            .filter(|one| is_value(*one, "root", template))
            .count()
    };
    let (comments, ranks, supplies) = (
        count("SUBJ", "act", COMMENT),
        count("SUBJ", "observation", RANK),
        count("REFR", "supply", DISPENSED),
    );
    let others = count("CAUS", "act", "2.16.840.1.113883.10.20.1.28")
        + count("COMP", "act", "1.3.6.1.4.1.19376.1.5.3.1.4.12.1");
    if child(node, "entryRelationship").is_some() && comments + ranks + supplies + others == 0 {
        wrong(
            node,
            "entryRelationship d'un modèle qui n'est pas prévu",
            findings,
        );
    }
    if comments > 1 || ranks > 1 || supplies > 1 {
        wrong(
            node,
            "un commentaire, un rang et une délivrance au plus",
            findings,
        );
    }
    let rank = at(node, &["entryRelationship", "observation"]);
    let coded = rank
        .iter()
        .any(|one| has_template(*one, RANK) && child_is(*one, "code", "code", "30973-2"));
    if ranks > 0 && !coded {
        wrong(node, "le code du rang est 30973-2", findings);
    }
}
