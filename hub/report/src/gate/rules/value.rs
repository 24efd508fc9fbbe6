//! Values of results, their ranges and interpretations: types, bounds, units that agree (cr-bio §6.3).

use super::super::context::{attr, child, children, elements, xsi_type};
use super::super::{Findings, Node};
use super::unit::comparable;
use super::{at, is_value, status_among};

/// What a value may be.
const TYPES: [&str; 18] = [
    "PQ",
    "IVL_PQ",
    "RTO",
    "RTO_PQ_PQ",
    "RTO_QTY_QTY",
    "INT",
    "IVL_INT",
    "REAL",
    "IVL_REAL",
    "CD",
    "CE",
    "CV",
    "CO",
    "ST",
    "ED",
    "BL",
    "TS",
    "IVL_TS",
];

pub(super) fn check<'d>(result: Node<'d>, findings: &mut Findings<'_>) {
    let values: Vec<Node<'d>> = children(result, "value").collect();
    let aborted = status_among(result, &["aborted"]);
    if values.len() > 1 {
        findings.warning(
            "value-repeated",
            result,
            "Un résultat a une seule valeur.",
            "Faire une observation par valeur, avec son propre code.",
        );
    }
    let known = |value: &&Node<'d>| attr(**value, "nullFlavor").is_none();
    if let Some(value) = values.iter().find(known)
        && aborted
    {
        findings.warning(
            "value-aborted",
            *value,
            "Un examen non réalisé (aborted) a une valeur.",
            "Retirer la valeur, ou écrire le statut completed.",
        );
    }
    if values.is_empty() && status_among(result, &["completed"]) {
        findings.warning(
            "value-missing",
            result,
            "Un résultat terminé n'a pas de valeur.",
            "Renseigner value, ou écrire le statut aborted et la raison dans le texte.",
        );
    }
    for value in &values {
        typed(*value, findings);
    }
    ranges(result, findings);
    history(result, findings);
}

/// A value says its type, and has what the type asks.
fn typed(value: Node<'_>, findings: &mut Findings<'_>) {
    let Some(name) = xsi_type(value) else {
        findings.error(
            "value-type",
            value,
            "La valeur n'a pas de type (xsi:type).",
            "Écrire xsi:type=\"PQ\", \"IVL_PQ\", \"CD\"…",
        );
        return;
    };
    if !TYPES.contains(&name) {
        findings.warning(
            "value-type",
            value,
            format!("Le type {name} n'est pas de ceux d'un résultat de biologie."),
            "Écrire PQ, IVL_PQ, RTO, INT, CD, ST ou ED.",
        );
    }
    if attr(value, "nullFlavor").is_some() {
        return;
    }
    let missing = |what: &str, findings: &mut Findings<'_>| {
        findings.error(
            "value-empty",
            value,
            format!("La valeur {name} est incomplète : {what}."),
            "Compléter la valeur, ou écrire nullFlavor.",
        );
    };
    match name {
        "PQ" => {
            if attr(value, "value").is_none() {
                missing("pas de nombre", findings);
            } else if attr(value, "unit").is_none() {
                findings.warning(
                    "unit-missing",
                    value,
                    "Le résultat n'a pas d'unité.",
                    "Écrire unit ; unit=\"1\" pour une grandeur sans dimension.",
                );
            }
        }
        "INT" | "REAL" | "BL" | "TS" if attr(value, "value").is_none() => {
            missing("pas de valeur", findings);
        }
        "IVL_PQ" | "IVL_INT" | "IVL_REAL" => bounds(value, findings),
        "RTO" | "RTO_PQ_PQ" | "RTO_QTY_QTY"
            if child(value, "numerator").is_none() || child(value, "denominator").is_none() =>
        {
            missing("il faut numerator et denominator", findings);
        }
        "CD" | "CE" | "CV" | "CO" => coded(value, findings),
        "ST" | "ED" => {
            let text = super::super::context::text_of(value);
            if text.trim().is_empty() && child(value, "reference").is_none() {
                missing("texte vide", findings);
            }
        }
        _ => {}
    }
}

fn coded(value: Node<'_>, findings: &mut Findings<'_>) {
    let code = attr(value, "code").is_some();
    if !code && child(value, "originalText").is_none() {
        findings.error(
            "value-empty",
            value,
            "La valeur codée n'a ni code ni texte.",
            "Mettre code et codeSystem, ou originalText/reference.",
        );
    }
    if code && attr(value, "codeSystem").is_none() {
        findings.error(
            "value-code",
            value,
            "Le code de la valeur n'a pas de codeSystem.",
            "Ajouter l'OID de la terminologie.",
        );
    }
}

/// An interval has a bound, in order, with numbers.
fn bounds<'d>(value: Node<'d>, findings: &mut Findings<'_>) {
    let bound = |name| children(value, name).next();
    let (low, high) = (bound("low"), bound("high"));
    if elements(value).next().is_none() && attr(value, "value").is_none() {
        findings.error(
            "value-empty",
            value,
            "L'intervalle n'a pas de borne.",
            "Renseigner low, high, ou les deux.",
        );
    }
    for one in [low, high].into_iter().flatten() {
        if attr(one, "value").is_none() && attr(one, "nullFlavor").is_none() {
            findings.error(
                "value-empty",
                one,
                "La borne n'a pas de nombre.",
                "Renseigner value, ou retirer la borne.",
            );
        }
    }
    let number = |one: Option<Node<'d>>| {
        one.and_then(|one| {
            attr(one, "value")?
                .trim()
                .parse::<rust_decimal::Decimal>()
                .ok()
        })
    };
    if let (Some(least), Some(most)) = (number(low), number(high))
        && least > most
    {
        findings.error(
            "interval-order",
            value,
            "La borne basse est au-dessus de la borne haute.",
            "Corriger low et high.",
        );
    }
    let unit = |one: Option<Node<'d>>| one.and_then(|one| attr(one, "unit"));
    if let (Some(first), Some(second)) = (unit(low), unit(high))
        && first != second
    {
        findings.warning(
            "unit-range",
            value,
            format!("Les bornes n'ont pas la même unité : {first} et {second}."),
            "Écrire les deux bornes dans la même unité.",
        );
    }
}

/// Units in which a result is given.
fn units(observation: Node<'_>) -> Vec<&str> {
    let mut all = Vec::new();
    for value in children(observation, "value") {
        all.extend(attr(value, "unit"));
        for name in ["low", "high", "center"] {
            all.extend(children(value, name).filter_map(|one| attr(one, "unit")));
        }
    }
    all
}

fn ranges(result: Node<'_>, findings: &mut Findings<'_>) {
    let own = units(result);
    for range in children(result, "referenceRange") {
        if attr(range, "typeCode").is_some_and(|code| code != "REFV") {
            findings.warning(
                "range-type",
                range,
                "L'intervalle de référence porte typeCode=\"REFV\".",
                "Écrire typeCode=\"REFV\".",
            );
        }
        for inner in children(range, "observationRange") {
            for code in children(inner, "interpretationCode") {
                if attr(code, "code").is_some_and(|code| code != "N") {
                    findings.warning(
                        "range-interpretation",
                        code,
                        "L'intervalle de référence est celui des valeurs normales.",
                        "Écrire interpretationCode code=\"N\".",
                    );
                }
            }
        }
        for value in at(range, &["observationRange", "value"]) {
            if xsi_type(value).is_some_and(|name| name.starts_with("IVL")) {
                bounds(value, findings);
            }
            for name in ["low", "high"] {
                for bound in children(value, name) {
                    if let (Some(first), Some(unit)) = (own.first(), attr(bound, "unit"))
                        && *first != unit
                    {
                        other_unit(bound, first, unit, "L'intervalle de référence", findings);
                    }
                }
            }
        }
    }
}

fn other_unit(at: Node<'_>, own: &str, unit: &str, what: &str, findings: &mut Findings<'_>) {
    let message = format!("{what} est en {unit} et le résultat en {own}.");
    if comparable(own, unit) {
        findings.warning(
            "unit-other",
            at,
            message,
            "Écrire les deux dans la même unité.",
        );
    } else {
        findings.error(
            "unit-other",
            at,
            message,
            "Corriger l'unité : les deux grandeurs n'ont pas la même dimension.",
        );
    }
}

fn history(result: Node<'_>, findings: &mut Findings<'_>) {
    let own = units(result);
    let Some(first) = own.first() else {
        return;
    };
    for relation in
        children(result, "entryRelationship").filter(|one| is_value(*one, "typeCode", "REFR"))
    {
        for old in children(relation, "observation") {
            if let Some(unit) = units(old).iter().find(|unit| *unit != first) {
                other_unit(old, first, unit, "L'antériorité", findings);
            }
        }
    }
}
