//! Whether a unit can be UCUM: its grammar, and the spellings of everyday that are not.

use lisiere_model::UcumUnit;

use super::Findings;

/// Everyday spellings, and what UCUM writes instead.
const EVERYDAY: [(&str, &str); 13] = [
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
    ("mg/dl", "mg/dL"),
    ("g/l", "g/L"),
    ("mmol/l", "mmol/L"),
];

pub(super) fn check(unit: &UcumUnit, path: &str, findings: &mut Findings) {
    let text = unit.as_str();
    if let Some((_, right)) = EVERYDAY.iter().find(|(wrong, _)| *wrong == text) {
        findings.error(
            "unit",
            path,
            format!("« {text} » n'est pas une unité UCUM."),
            &format!("Écrire « {right} » dans ucum, et l'usage français dans printed."),
        );
    } else if !is_shaped(text) {
        findings.error(
            "unit",
            path,
            format!("« {text} » n'est pas une unité UCUM."),
            "Écrire l'unité UCUM, comme mmol/L ou 10*9/L.",
        );
    }
}

/// UCUM's shape (UCUM §2): terms joined by `.` and `/`, brackets and braces closed, no empty term.
fn is_shaped(text: &str) -> bool {
    let (mut bracket, mut brace, mut depth, mut term) = (false, false, 0_u32, 0_u32);
    for (place, character) in text.char_indices() {
        match character {
            '}' if brace => brace = false,
            _ if brace => {}
            '{' => (brace, term) = (true, term + 1),
            ']' if bracket => bracket = false,
            '[' | ']' | '}' if bracket => return false,
            '[' => (bracket, term) = (true, term + 1),
            ']' | '}' => return false,
            '(' => (depth, term) = (depth + 1, 0),
            ')' if depth == 0 || term == 0 => return false,
            ')' => depth -= 1,
            '/' if place == 0 => {}
            '.' | '/' if !bracket && term == 0 => return false,
            '.' | '/' if !bracket => term = 0,
            _ if character.is_ascii_alphanumeric()
                || matches!(
                    character,
                    '*' | '^' | '%' | '\'' | '"' | '_' | '+' | '-' | '/' | '.'
                ) =>
            {
                term += 1;
            }
            _ => return false,
        }
    }
    !bracket && !brace && depth == 0 && term > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for good in [
            "mmol/L",
            "10*9/L",
            "m[IU]/L",
            "/uL",
            "%",
            "{ratio}",
            "1",
            "mL/min/{1.73_m2}",
            "[pH]",
            "kg/(m2.s)",
            "ug/mL{FEU}",
            "mm[Hg]",
        ] {
            assert!(is_shaped(good), "{good}");
        }
        for bad in [
            "mmol//L", "/", "[IU/L", "mg)", "a/", "{x", "()", "µg", "m[I[U]]",
        ] {
            assert!(!is_shaped(bad), "{bad}");
        }
    }
}
