//! The specimen number: where it stands, what is taken off, and every reason for which it is none.

use super::Walk;
use crate::{
    profile::{CheckDigit, Scope, Source, all_hold, find_where},
    reading::{Cause, Quarantine},
};
use lisiere_model::{AccessionNumber, ObservationKind};

impl Walk<'_> {
    pub(super) fn specimen(
        &self,
        kind: ObservationKind,
        reasons: &mut Vec<Quarantine>,
    ) -> Option<String> {
        let rule = &self.driver.profile.specimen;
        let found = Source::first(&rule.from, &self.force);
        let several = self.several_numbers();
        let needed = matches!(kind, ObservationKind::Patient | ObservationKind::Other);
        let Some(text) = found.filter(|text| !text.trim().is_empty()) else {
            if needed {
                let mut orders = self.grammar.orders.iter();
                let why = if orders.any(|order| self.force.has(order)) {
                    "numéro d'échantillon absent"
                } else {
                    self.grammar.no_order
                };
                reasons.push(Quarantine::new(Cause::SpecimenMissing, why));
            }
            return None;
        };
        let untrusted =
            !rule.unreadable_when.is_empty() && all_hold(&rule.unreadable_when, &self.force);
        let number = self.specimen_number(&text).and_then(|number| {
            if several {
                Err("plusieurs numéros dans un seul champ".to_owned())
            } else if untrusted {
                Err("l'analyseur dit qu'il n'a pas lu l'étiquette".to_owned())
            } else {
                Ok(number)
            }
        });
        match number {
            Ok(number) => Some(number),
            Err(why) => {
                let why = format!("échantillon « {} » : {why}", text.trim());
                reasons.push(Quarantine::new(Cause::SpecimenUnreadable, why));
                None
            }
        }
    }

    /// Whether the field that names the specimen names more than one.
    fn several_numbers(&self) -> bool {
        let mut rules = self.driver.profile.specimen.from.iter();
        let found = rules.find(|source| {
            find_where(&source.at, &source.when, &self.force)
                .is_some_and(|text| !text.trim().is_empty())
        });
        let Some(place) = found.map(|source| &source.at.place) else {
            return false;
        };
        if place.repeat.is_some() {
            return false;
        }
        let innermost =
            (0..self.force.count(&place.record)).find_map(|nth| self.force.repeats_in(place, nth));
        let mut numbers = innermost.unwrap_or_default();
        numbers.retain(|text| !text.trim().is_empty());
        numbers.dedup();
        numbers.len() > 1
    }

    /// The number on the label, or why the text is none.
    pub(super) fn specimen_number(&self, text: &str) -> Result<String, String> {
        let rule = &self.driver.profile.specimen;
        let mut number = text.trim();
        if rule
            .unreadable
            .iter()
            .any(|pattern| pattern.0.is_match(number))
        {
            return Err("étiquette non lue par l'analyseur".to_owned());
        }
        if let Some(padding) = rule.padding {
            number = number.trim_start_matches(padding);
        }
        let prefix = rule
            .prefixes
            .iter()
            .find(|prefix| number.starts_with(prefix.as_str()));
        if let Some(rest) = prefix.and_then(|prefix| number.strip_prefix(prefix.as_str())) {
            number = rest;
        }
        if number.chars().count() < rule.min_length {
            return Err(format!("moins de {} caractères", rule.min_length));
        }
        if number.chars().count() > rule.max_length {
            return Err(format!("plus de {} caractères", rule.max_length));
        }
        if number.contains('\u{fffd}') {
            return Err("octets illisibles dans ce jeu de caractères".to_owned());
        }
        if rule
            .shape
            .as_ref()
            .is_some_and(|shape| !shape.0.is_match(number))
        {
            return Err("ce n'est pas la forme des numéros de ce laboratoire".to_owned());
        }
        if let Some(check) = rule.check {
            let Some(body) = proven(number, check) else {
                return Err("clé de contrôle fausse : l'étiquette a été mal lue".to_owned());
            };
            number = if rule.drop_check { body } else { number };
        }
        match number.parse::<AccessionNumber>() {
            Ok(accession) => Ok(accession.as_str().to_owned()),
            Err(_) => Err("ce n'est pas un numéro d'étiquette".to_owned()),
        }
    }
}

/// The number without its check character, when that proves it.
fn proven(number: &str, check: CheckDigit) -> Option<&str> {
    let last = number.chars().next_back()?;
    let body = number.strip_suffix(last)?;
    if body.is_empty() {
        return None;
    }
    let expected = match check {
        CheckDigit::Luhn => modulo_ten(body, |digit, place| match (digit, place % 2) {
            (digit, 0) => digit * 2 - if digit > 4 { 9 } else { 0 },
            (digit, _) => digit,
        }),
        CheckDigit::Ean => modulo_ten(
            body,
            |digit, place| {
                if place % 2 == 0 { digit * 3 } else { digit }
            },
        ),
        CheckDigit::Mod11 => modulo_eleven(body),
        CheckDigit::Mod43 => modulo_43(body),
    }?;
    (expected == last).then_some(body)
}

fn modulo_ten(body: &str, weigh: impl Fn(u32, usize) -> u32) -> Option<char> {
    let mut sum = 0_u32;
    for (place, character) in body.chars().rev().enumerate() {
        sum = sum.checked_add(weigh(character.to_digit(10)?, place))?;
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

fn modulo_eleven(body: &str) -> Option<char> {
    let mut sum = 0_u32;
    for (weight, character) in (2..).zip(body.chars().rev()) {
        sum = sum.checked_add(character.to_digit(10)?.checked_mul(weight)?)?;
    }
    match (11 - sum % 11) % 11 {
        10 => Some('X'),
        digit => char::from_digit(digit, 10),
    }
}

const CODE_39: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";

fn modulo_43(body: &str) -> Option<char> {
    let mut sum = 0;
    for character in body.chars() {
        sum += CODE_39.find(character)?;
    }
    CODE_39.chars().nth(sum % 43)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_characters() {
        for (number, check, good) in [
            ("79927398713", CheckDigit::Luhn, true),
            ("79927398710", CheckDigit::Luhn, false),
            ("4006381333931", CheckDigit::Ean, true),
            ("4006381333932", CheckDigit::Ean, false),
            ("0306406152", CheckDigit::Mod11, true),
            ("080442957X", CheckDigit::Mod11, true),
            ("0306406153", CheckDigit::Mod11, false),
            ("CODE39W", CheckDigit::Mod43, true),
            ("CODE39X", CheckDigit::Mod43, false),
            ("A", CheckDigit::Luhn, false),
            ("12é4", CheckDigit::Ean, false),
        ] {
            assert_eq!(proven(number, check).is_some(), good, "{number}");
        }
    }
}
