//! References between text and entries: each `#x` has its target, each picture shown is there (cr-bio §6.1).

use super::super::context::{attr, is};
use super::super::{Context, Findings, Node};

pub(super) fn check<'d>(context: &Context<'d>, all: &[Node<'d>], findings: &mut Findings<'_>) {
    for &node in all {
        if is(node, "reference") {
            let Some(value) = attr(node, "value") else {
                continue;
            };
            if value.starts_with('#') {
                if context.target(value).is_none() {
                    findings.warning(
                        "reference-target",
                        node,
                        format!("Aucun élément du texte n'a l'ID de la référence {value}."),
                        "Ajouter l'ID dans le texte, ou corriger la référence.",
                    );
                }
            } else if !value.contains(':') {
                findings.warning(
                    "reference-form",
                    node,
                    format!("La référence « {value} » ne commence pas par #."),
                    "Écrire # suivi de l'ID de l'élément du texte.",
                );
            }
        } else if is(node, "renderMultiMedia") {
            for id in attr(node, "referencedObject")
                .unwrap_or_default()
                .split_ascii_whitespace()
            {
                let shown = context.ids.get(id);
                if !shown
                    .is_some_and(|one| is(*one, "observationMedia") || is(*one, "regionOfInterest"))
                {
                    findings.warning(
                        "media-target",
                        node,
                        format!("Aucune image ni document du compte rendu n'a l'ID {id}."),
                        "Corriger referencedObject, ou ajouter observationMedia.",
                    );
                }
            }
        }
    }
}
