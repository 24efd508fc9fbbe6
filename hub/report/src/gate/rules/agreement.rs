//! Agreement of text and entries: every number that is coded can be read in the text of its section (cr-bio §6.1).

use std::collections::HashSet;

use super::super::context::{attr, child, children, elements, is, text_of};
use super::super::{Context, Findings, Node};
use super::{at, has_template, is_value, result};

pub(super) fn check<'d>(context: &Context<'d>, all: &[Node<'d>], findings: &mut Findings<'_>) {
    if !context.is_structured() {
        return;
    }
    for section in all.iter().copied().filter(|one| is(*one, "section")) {
        if child(section, "entry").is_none() {
            continue;
        }
        let shown: HashSet<String> = children(section, "text")
            .flat_map(|text| numbers(&spaced(text)))
            .collect();
        for entry in children(section, "entry") {
            for observation in entry.descendants().filter(|one| is(*one, "observation")) {
                let own = has_template(observation, result::PALM);
                let before = observation
                    .parent_element()
                    .is_some_and(|one| is_value(one, "typeCode", "REFR"));
                if own || before {
                    readable(observation, before, &shown, findings);
                    beside(context, observation, before, findings);
                }
            }
        }
    }
}

fn readable(
    observation: Node<'_>,
    before: bool,
    shown: &HashSet<String>,
    findings: &mut Findings<'_>,
) {
    for value in children(observation, "value") {
        let what = if before {
            "L'antériorité"
        } else {
            "Le résultat"
        };
        for number in coded(value) {
            missing(value, what, number, shown, findings);
        }
    }
    for range in children(observation, "referenceRange") {
        for value in children(range, "observationRange").flat_map(|one| children(one, "value")) {
            for number in coded(value) {
                missing(value, "La borne de référence", number, shown, findings);
            }
        }
    }
}

/// The value stands in the row of the text that its test is named in.
fn beside(context: &Context<'_>, observation: Node<'_>, before: bool, findings: &mut Findings<'_>) {
    let named = at(observation, &["code", "originalText", "reference"])
        .into_iter()
        .find_map(|one| context.target(attr(one, "value")?));
    let Some(named) = named else {
        return;
    };
    let row = named
        .ancestors()
        .find(|one| matches!(one.tag_name().name(), "tr" | "item" | "paragraph"))
        .unwrap_or(named);
    let shown = numbers(&spaced(row));
    for value in children(observation, "value") {
        for number in coded(value) {
            if plain(number).is_some_and(|number| !shown.contains(&number)) {
                let what = if before {
                    "L'antériorité"
                } else {
                    "Le résultat"
                };
                findings.warning(
                    super::OWN_ONLY,
                    value,
                    format!("{what} {number} n'est pas dans la ligne du texte qui nomme l'examen."),
                    "Tirer le texte et l'entrée de la même valeur.",
                );
            }
        }
    }
}

fn missing(
    at: Node<'_>,
    what: &str,
    number: &str,
    shown: &HashSet<String>,
    findings: &mut Findings<'_>,
) {
    if plain(number).is_some_and(|number| !shown.contains(&number)) {
        findings.warning(
            "narrative-value",
            at,
            format!("{what} {number} ne se lit pas dans le texte de la section."),
            "Écrire la même valeur dans le texte et dans l'entrée : le texte fait foi.",
        );
    }
}

/// The numbers of a value: its own, its bounds, its parts.
fn coded(value: Node<'_>) -> Vec<&str> {
    let numeric = super::super::context::xsi_type(value).is_some_and(|name| {
        ["PQ", "INT", "REAL", "RTO"]
            .iter()
            .any(|kind| name.contains(kind))
    });
    if !numeric {
        return Vec::new();
    }
    let parts = elements(value).filter(|one| {
        matches!(
            one.tag_name().name(),
            "low" | "high" | "center" | "numerator" | "denominator"
        )
    });
    std::iter::once(value)
        .chain(parts)
        .filter_map(|one| attr(one, "value"))
        .collect()
}

/// Texts with a space between elements, so that cells do not run together.
fn spaced(text: Node<'_>) -> String {
    let mut all = String::new();
    for one in text.descendants().filter(Node::is_text) {
        all.push_str(one.text().unwrap_or_default());
        all.push('\u{1f}');
    }
    if all.is_empty() { text_of(text) } else { all }
}

/// Every number in a text, in one plain form; groups of three digits are read both apart and together.
fn numbers(text: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut word = String::new();
    let mut group = String::new();
    for character in text.chars().chain(['\u{1f}']) {
        if character.is_ascii_digit() {
            word.push(character);
            continue;
        }
        if matches!(character, '.' | ',') && !word.is_empty() && !word.contains('.') {
            word.push('.');
            continue;
        }
        if !word.is_empty() {
            let whole = word.trim_end_matches('.');
            found.extend(plain(whole));
            let digits = whole.split('.').next().unwrap_or_default();
            if group.is_empty() || digits.len() != 3 {
                whole.clone_into(&mut group);
            } else {
                group.push_str(whole);
                found.extend(plain(&group));
            }
            word.clear();
        }
        if !matches!(character, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}') {
            group.clear();
        }
    }
    found
}

/// A number without sign, leading or trailing zeros; `None` if it is not one.
fn plain(number: &str) -> Option<String> {
    let number = number.trim().trim_start_matches(['-', '+']);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|one| one.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() + fraction.len() == 0 {
        return None;
    }
    let (whole, fraction) = (
        whole.trim_start_matches('0'),
        fraction.trim_end_matches('0'),
    );
    Some(format!("{whole}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let found = numbers("7,20 mmol/L (3.9 - 6.1) ; 12\u{202f}500 /uL ; < 1.0");
        for number in ["7.2", "3.90", "6.1", "12500", "500", "1"] {
            assert!(found.contains(&plain(number).unwrap()), "{number}");
        }
        assert!(!found.contains(&plain("72").unwrap()));
        assert_eq!(plain("1e3"), None);
    }
}
