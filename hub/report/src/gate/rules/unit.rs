//! Units: UCUM, and the same dimension wherever one test is given (cr-bio §6.3, §11.11).

use std::collections::HashMap;

use super::super::context::{attr, child, children, is};
use super::super::{Findings, Node, terms};

/// Everyday spellings, and what UCUM writes.
const EVERYDAY: [(&str, &str); 16] = [
    ("µg/L", "ug/L"),
    ("µmol/L", "umol/L"),
    ("µL", "uL"),
    ("UI/L", "[IU]/L"),
    ("mUI/L", "m[IU]/L"),
    ("UI/mL", "[IU]/mL"),
    ("kUI/L", "k[IU]/L"),
    ("G/L", "10*9/L"),
    ("Giga/L", "10*9/L"),
    ("T/L", "10*12/L"),
    ("mm3", "uL"),
    ("/mm3", "/uL"),
    ("mmHg", "mm[Hg]"),
    ("°C", "Cel"),
    ("UI", "[IU]"),
    ("ratio", "{ratio}"),
];

pub(super) fn check(all: &[Node<'_>], findings: &mut Findings<'_>) {
    let mut known: HashMap<&str, bool> = HashMap::new();
    for &node in all {
        if let Some(unit) = attr(node, "unit")
            && !*known.entry(unit).or_insert_with(|| is_unit(unit))
        {
            wrong(node, unit, findings);
        }
    }
    same_test(all, findings);
}

/// UCUM, or nothing but an annotation, which official rules also accept.
fn is_unit(unit: &str) -> bool {
    let usual = EVERYDAY.iter().any(|(wrong, _)| *wrong == unit);
    // The national list of units has `Torr`, which UCUM has not.
    unit == "Torr"
        || (!usual && !unit.contains(char::is_whitespace) && octofhir_ucum::validate(unit).is_ok())
}

fn wrong(node: Node<'_>, unit: &str, findings: &mut Findings<'_>) {
    let remedy = match EVERYDAY.iter().find(|(wrong, _)| *wrong == unit) {
        Some((_, right)) => format!("Écrire « {right} » ; l'écriture usuelle reste dans le texte."),
        None => "Écrire l'unité UCUM, comme mmol/L, 10*9/L ou [IU]/L ; 1 si la grandeur est sans dimension.".to_owned(),
    };
    findings.error(
        "unit",
        node,
        format!("« {unit} » n'est pas une unité UCUM."),
        remedy,
    );
}

/// Whether one unit can be converted into the other.
pub(super) fn comparable(one: &str, other: &str) -> bool {
    // What cannot be read is another rule's matter.
    octofhir_ucum::is_comparable(one, other).unwrap_or(true)
}

/// A LOINC code fixes the property: two dimensions for one code cannot both be right.
fn same_test(all: &[Node<'_>], findings: &mut Findings<'_>) {
    let mut first: HashMap<&str, &str> = HashMap::new();
    for observation in all.iter().copied().filter(|one| is(*one, "observation")) {
        let Some(code) = child(observation, "code")
            .filter(|code| attr(*code, "codeSystem") == Some(terms::LOINC))
        else {
            continue;
        };
        let unit = children(observation, "value").find_map(|value| {
            attr(value, "unit").or_else(|| {
                ["low", "high"]
                    .into_iter()
                    .find_map(|name| attr(child(value, name)?, "unit"))
            })
        });
        let (Some(code), Some(unit)) = (attr(code, "code"), unit) else {
            continue;
        };
        let before = *first.entry(code).or_insert(unit);
        if before != unit && !comparable(before, unit) {
            findings.warning(
                "unit-dimension",
                observation,
                format!("Le code LOINC {code} est rendu en {unit} ici et en {before} ailleurs."),
                "Un code LOINC a une seule grandeur : prendre le code qui convient à chaque unité.",
            );
        }
    }
}
