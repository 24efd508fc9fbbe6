//! Persons and laboratories: validating biologists, prescriber, executing laboratory and subcontractors (cr-bio §4.2-4.5, §6.7, §6.8).

use super::super::context::{attr, child, children, text_of};
use super::super::{Context, Findings, Node};
use super::header::lines::{PERSONS, STRUCTURES};
use super::header::{Mandatory, SETTING, STRUCTURE};
use super::{at, exists, has_template, is_value};

/// An executing laboratory.
pub(super) const LABORATORY: &str = "1.3.6.1.4.1.19376.1.3.3.1.7";
const VALIDATOR: &str = "1.3.6.1.4.1.19376.1.3.3.1.5";

pub(super) fn check<'d>(context: &Context<'d>, all: &[Node<'d>], findings: &mut Findings<'_>) {
    let root = context.root;
    prescriber(root, findings);
    validators(context, all, findings);
    numbers(all, findings);
}

/// Whoever asked for the tests, and under which number (cr-bio §4, lines 20 and 21).
fn prescriber(root: Node<'_>, findings: &mut Findings<'_>) {
    if !children(root, "participant").any(|one| is_value(one, "typeCode", "REF")) {
        findings.warning(
            "prescriber",
            root,
            "Le document ne dit pas qui a prescrit les examens.",
            "Ajouter participant typeCode=\"REF\".",
        );
    }
    for participant in children(root, "participant") {
        let entity = child(participant, "associatedEntity");
        if !exists(
            participant,
            &["associatedEntity", "associatedPerson", "name", "family"],
        ) && !exists(
            participant,
            &["associatedEntity", "scopingOrganization", "name"],
        ) {
            findings.warning(
                "participant-name",
                participant,
                "Le participant n'a pas de nom.",
                "Renseigner associatedPerson/name/family.",
            );
        }
        for name in ["addr", "telecom"] {
            if entity.is_some_and(|entity| child(entity, name).is_none()) {
                findings.warning(
                    "participant-contact",
                    participant,
                    format!("Le participant n'a pas de {name}."),
                    format!("Renseigner {name}, ou écrire {name} nullFlavor=\"UNK\"."),
                );
            }
        }
    }
}

/// Every biologist who validated results in the body is an authenticator of the document (cr-bio §6.7).
fn validators<'d>(context: &Context<'d>, all: &[Node<'d>], findings: &mut Findings<'_>) {
    let root = context.root;
    if !context.is_structured() {
        return;
    }
    let known: Vec<(Option<&str>, Option<&str>)> = ["authenticator", "legalAuthenticator"]
        .into_iter()
        .flat_map(|name| at(root, &[name, "assignedEntity", "id"]))
        .map(|id| (attr(id, "root"), attr(id, "extension")))
        .collect();
    for participant in all.iter().copied().filter(|one| {
        one.tag_name().name() == "participant" && is_value(*one, "typeCode", "AUTHEN")
    }) {
        if !has_template(participant, VALIDATOR) {
            findings.warning(
                "validator-template",
                participant,
                "Le templateId 1.3.6.1.4.1.19376.1.3.3.1.5 manque au biologiste qui a validé.",
                "Ajouter ce templateId et 1.2.250.1.213.1.1.3.109.",
            );
        }
        let ids = at(participant, &["participantRole", "id"]);
        let listed = ids
            .iter()
            .any(|id| known.contains(&(attr(*id, "root"), attr(*id, "extension"))));
        if !ids.is_empty() && !listed {
            findings.warning(
                "validator-unlisted",
                participant,
                "Ce biologiste a validé des résultats et n'est pas dans les authenticator de l'en-tête.",
                "Ajouter un authenticator pour lui.",
            );
        }
    }
    for authenticator in children(root, "authenticator") {
        for entity in children(authenticator, "assignedEntity") {
            if !children(entity, "id").any(|id| is_value(id, "root", PERSONS)) {
                findings.error(
                    "authenticator",
                    entity,
                    "Le biologiste qui a validé n'a pas son identifiant national.",
                    "Ajouter id root=\"1.2.250.1.71.4.2.1\" avec 8 suivi du RPPS.",
                );
            }
        }
    }
}

/// A performer that says it is an executing laboratory.
pub(super) fn laboratory(node: Node<'_>, findings: &mut Findings<'_>) {
    const MISSING: Mandatory = &[
        (&["time"], "la date d'exécution"),
        (
            &["assignedEntity", "id"],
            "l'identifiant de son responsable",
        ),
    ];
    if node.tag_name().name() != "performer" {
        findings.error(
            "laboratory",
            node,
            "Le modèle de laboratoire exécutant n'est permis que sur performer.",
            "Déplacer ce templateId sur performer.",
        );
    }
    for (path, what) in [MISSING, STRUCTURE, SETTING].into_iter().flatten() {
        if !exists(node, path) {
            findings.error(
                "laboratory",
                node,
                format!("Au laboratoire exécutant il manque {what}."),
                format!("Renseigner {}.", path.join("/")),
            );
        }
    }
    if !is_value(node, "typeCode", "PRF") {
        findings.warning(
            "laboratory",
            node,
            "Le laboratoire exécutant est un performer de typeCode PRF.",
            "Écrire typeCode=\"PRF\".",
        );
    }
    subcontractor(node, findings);
}

/// The text names a laboratory that carried out part of the tests (cr-bio §6.8).
fn subcontractor(node: Node<'_>, findings: &mut Findings<'_>) {
    let Some(section) = node
        .ancestors()
        .find(|one| one.tag_name().name() == "section")
    else {
        return;
    };
    let shown = children(section, "text")
        .map(text_of)
        .collect::<String>()
        .to_lowercase();
    for name in at(node, &["assignedEntity", "representedOrganization", "name"]) {
        let written = text_of(name).trim().to_lowercase();
        if !written.is_empty() && !shown.contains(&written) {
            findings.warning(
                "subcontractor-unnamed",
                name,
                "Le texte de la section ne nomme pas ce laboratoire.",
                "Nommer le laboratoire sous-traitant dans le texte.",
            );
        }
    }
}

/// National identifiers have their prefix and their shape (cr-bio §3.1).
fn numbers(all: &[Node<'_>], findings: &mut Findings<'_>) {
    for id in all
        .iter()
        .copied()
        .filter(|one| one.tag_name().name() == "id")
    {
        let Some(extension) = attr(id, "extension") else {
            continue;
        };
        let first = extension.bytes().next();
        let known = match attr(id, "root") {
            Some(PERSONS) => matches!(first, Some(b'0' | b'3'..=b'6' | b'8')),
            Some(STRUCTURES) => matches!(first, Some(b'0'..=b'6')),
            _ => true,
        };
        if !known || extension.contains(char::is_whitespace) {
            findings.warning(
                "national-identifier",
                id,
                "L'identifiant national ne commence pas par son préfixe, ou contient une espace.",
                "Écrire 8 suivi du RPPS, ou 1 suivi du FINESS, 3 suivi du SIRET.",
            );
        }
    }
}
