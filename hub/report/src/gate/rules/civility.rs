//! Civilities and titles in the names of persons of the header: `M` before, `DR` after, never the reverse.

use super::super::context::{children, text_of};
use super::super::{Findings, Node, terms};
use super::at;

/// Where names stand that the official rule looks at.
const NAMES: &[&[&str]] = &[
    &["author", "assignedAuthor", "assignedPerson", "name"],
    &["informant", "assignedEntity", "assignedPerson", "name"],
    &["informant", "relatedEntity", "relatedPerson", "name"],
    &[
        "informationRecipient",
        "intendedRecipient",
        "informationRecipient",
        "name",
    ],
    &[
        "legalAuthenticator",
        "assignedEntity",
        "assignedPerson",
        "name",
    ],
    &["authenticator", "assignedEntity", "assignedPerson", "name"],
    &[
        "participant",
        "associatedEntity",
        "associatedPerson",
        "name",
    ],
    &[
        "documentationOf",
        "serviceEvent",
        "performer",
        "assignedEntity",
        "assignedPerson",
        "name",
    ],
    &[
        "componentOf",
        "encompassingEncounter",
        "encounterParticipant",
        "assignedEntity",
        "assignedPerson",
        "name",
    ],
    &[
        "componentOf",
        "encompassingEncounter",
        "responsibleParty",
        "assignedEntity",
        "assignedPerson",
        "name",
    ],
];

pub(super) fn check(root: Node<'_>, findings: &mut Findings<'_>) {
    for path in NAMES {
        for name in at(root, path) {
            for prefix in children(name, "prefix") {
                among(prefix, terms::CIVILITY, "la civilité (prefix)", findings);
            }
            for suffix in children(name, "suffix") {
                among(suffix, terms::TITLE, "le titre (suffix)", findings);
            }
        }
    }
}

fn among(node: Node<'_>, all: &[&str], what: &str, findings: &mut Findings<'_>) {
    let text = text_of(node);
    if !terms::holds(all, &text) {
        findings.error(
            "civility",
            node,
            format!("« {text} » n'est pas permis pour {what}."),
            format!(
                "Écrire l'un de {} ; M et MME dans prefix, DR ou PR dans suffix.",
                all.join(", ")
            ),
        );
    }
}
