//! Times of the body: real dates, with a zone when they have a time, in order (cr-bio §11.16).

use super::super::context::{attr, children, is, xsi_type};
use super::super::{Findings, Node};
use super::datatype::{is_timestamp, seconds};

pub(super) fn check(all: &[Node<'_>], findings: &mut Findings<'_>) {
    for &node in all {
        let in_body = || node.ancestors().any(|one| is(one, "structuredBody"));
        match node.tag_name().name() {
            "effectiveTime" | "time" | "birthTime" => {
                let body = in_body();
                point(node, body, findings);
                for name in ["low", "high", "center"] {
                    for bound in children(node, name) {
                        point(bound, body, findings);
                    }
                }
                if body {
                    ordered(node, findings);
                }
            }
            "value" if xsi_type(node) == Some("TS") => point(node, in_body(), findings),
            _ => {}
        }
    }
}

fn point(node: Node<'_>, body: bool, findings: &mut Findings<'_>) {
    let Some(value) = attr(node, "value") else {
        return;
    };
    if body && !is_timestamp(value) {
        findings.error(
            "timestamp",
            node,
            format!("« {value} » n'est pas une date HL7."),
            "Écrire AAAAMMJJ, ou AAAAMMJJhhmmss suivi du fuseau (+0100).",
        );
    } else if value.len() > 8 && !value.contains(['+', '-']) {
        findings.warning(
            "time-zone",
            node,
            "L'heure n'a pas de fuseau.",
            "Ajouter le décalage, comme +0100.",
        );
    }
}

fn ordered(node: Node<'_>, findings: &mut Findings<'_>) {
    let value = |name| children(node, name).find_map(|one| seconds(attr(one, "value")?));
    if let (Some(low), Some(high)) = (value("low"), value("high"))
        && low > high
    {
        findings.error(
            "interval-order",
            node,
            "Le début est après la fin.",
            "Corriger low et high.",
        );
    }
}
