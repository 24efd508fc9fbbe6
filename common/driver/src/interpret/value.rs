//! From value text to exact number. The text itself is never touched, and no binary fraction is involved.

use crate::profile::{CodeRule, ValueRule};
use lisiere_model::{Comparator, Interpretation, MeasuredValue};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What a value text turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A number, perhaps with a comparator.
    Number,
    /// A word of the profile's table.
    Word(Interpretation),
    /// The analyzer says that there is no result, for this reason.
    Nothing(String),
    /// None of these.
    Unknown,
}

/// Reads a value text as the profile, and its code's rule where there is one, say values are written.
pub(crate) fn read(
    text: &str,
    rule: &ValueRule,
    code: Option<&CodeRule>,
) -> (MeasuredValue, Meaning) {
    let plain = text.trim();
    if plain.is_empty() {
        return (
            MeasuredValue::textual(text),
            Meaning::Nothing("valeur vide".to_owned()),
        );
    }
    if let Some(sentinel) = rule
        .sentinel
        .iter()
        .find(|one| one.matches.0.is_match(plain))
    {
        return (
            MeasuredValue::textual(text),
            Meaning::Nothing(sentinel.means.clone()),
        );
    }
    let (comparator, rest) = if rule.comparators {
        comparator(plain)
    } else {
        (None, plain)
    };
    // What a word means for this code goes before what it would mean as a number.
    if let Some(word) = code.and_then(|code| word(plain, &code.words)) {
        return (MeasuredValue::textual(text), Meaning::Word(word));
    }
    let implied = code
        .and_then(|code| code.implied_decimals)
        .or(rule.implied_decimals);
    if let Some(number) = number(rest, rule.decimal, rule.thousands)
        .and_then(|number| shifted(number, rest.contains(rule.decimal), implied))
    {
        let value = MeasuredValue {
            text: text.to_owned(),
            number: Some(number),
            comparator,
        };
        return (value, Meaning::Number);
    }
    let meaning = word(plain, &rule.words).map_or(Meaning::Unknown, Meaning::Word);
    (MeasuredValue::textual(text), meaning)
}

/// What a word of the table means.
pub(crate) fn word(
    plain: &str,
    words: &BTreeMap<String, Interpretation>,
) -> Option<Interpretation> {
    let lowered = plain.to_lowercase();
    words
        .iter()
        .find(|(word, _)| word.to_lowercase() == lowered)
        .map(|(_, meaning)| *meaning)
}

/// A number sent without its decimal sign gets the decimals that the profile knows of.
fn shifted(number: Decimal, has_sign: bool, implied: Option<u32>) -> Option<Decimal> {
    match implied {
        Some(decimals) if !has_sign => Decimal::try_from_i128_with_scale(
            number.mantissa(),
            number.scale().checked_add(decimals)?,
        )
        .ok(),
        _ => Some(number),
    }
}

fn comparator(text: &str) -> (Option<Comparator>, &str) {
    for sign in ["<=", ">=", "≤", "≥", "<", ">"] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (Comparator::from_sign(sign), rest.trim_start());
        }
    }
    (None, text)
}

/// An exact decimal: a minus sign at most, digits, one decimal sign, groups of three only where the profile has a sign
/// for them. Anything else is no number; so is one with more digits than a decimal holds.
pub(crate) fn number(text: &str, decimal: char, thousands: Option<char>) -> Option<Decimal> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (whole, fraction) = match unsigned.split_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match thousands {
        Some(sign) if whole.contains(sign) => ungroup(whole, sign)?,
        _ => whole.to_owned(),
    };
    if !digits(&whole) || fraction.is_some_and(|part| part.is_empty() || !digits(part)) {
        return None;
    }
    if whole.is_empty() && fraction.is_none() {
        return None;
    }
    let whole = if whole.is_empty() {
        "0"
    } else {
        whole.as_str()
    };
    let canonical = match fraction {
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{whole}"),
    };
    Decimal::from_str_exact(&canonical).ok()
}

/// `161,152` → `161152`; groups that are not of three digits are no groups.
fn ungroup(text: &str, sign: char) -> Option<String> {
    let mut groups = text.split(sign);
    let first = groups.next()?;
    let proper = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    proper.then(|| text.replace(sign, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(decimal: char, thousands: Option<char>) -> ValueRule {
        let text = "decimal = \".\"\n[[sentinel]]\nmatches = '^-+$'\nmeans = \"non mesuré\"\n\
                    [words]\nNEG = \"NEG\"\n\"Positif\" = \"POS\"\n";
        let mut rule: ValueRule = toml::from_str(text).unwrap();
        rule.decimal = decimal;
        rule.thousands = thousands;
        rule
    }

    fn number_of(text: &str) -> Option<String> {
        read(text, &rule('.', None), None)
            .0
            .number
            .map(|number| number.to_string())
    }

    #[test]
    fn numbers_keep_the_zeros_that_were_sent() {
        assert_eq!(number_of("5.40").as_deref(), Some("5.40"));
        assert_eq!(number_of("  5.5").as_deref(), Some("5.5"));
        assert_eq!(number_of("-6.2").as_deref(), Some("-6.2"));
        assert_eq!(number_of(".5").as_deref(), Some("0.5"));
        assert_eq!(number_of("0123").as_deref(), Some("123"));
        for text in [
            "7,41", "1e3", "3+", "+1", "5.", ".", "1.2.3", "12 3", "٣", "NaN", "0x10",
        ] {
            assert_eq!(number_of(text), None, "{text}");
        }
        assert_eq!(number_of(&"9".repeat(40)), None);
        assert_eq!(read("  5.5", &rule('.', None), None).0.text, "  5.5");
    }

    #[test]
    fn decimal_comma_and_groups() {
        let comma = |text: &str| {
            read(text, &rule(',', None), None)
                .0
                .number
                .map(|n| n.to_string())
        };
        assert_eq!(comma("7,41").as_deref(), Some("7.41"));
        assert_eq!(comma("7.41"), None);
        let grouped = |text: &str| {
            read(text, &rule('.', Some(',')), None)
                .0
                .number
                .map(|n| n.to_string())
        };
        assert_eq!(grouped("161,152").as_deref(), Some("161152"));
        assert_eq!(grouped("1,161,152.5").as_deref(), Some("1161152.5"));
        assert_eq!(grouped("16,15"), None);
        assert_eq!(grouped(",152"), None);
    }

    #[test]
    fn numbers_without_their_decimal_sign() {
        let mut rule = rule('.', None);
        rule.implied_decimals = Some(1);
        let number = |text: &str| read(text, &rule, None).0.number.map(|n| n.to_string());
        assert_eq!(number("0135").as_deref(), Some("13.5"));
        assert_eq!(number("00000").as_deref(), Some("0.0"));
        assert_eq!(number("13.50").as_deref(), Some("13.50"));
        assert_eq!(number(&"9".repeat(28)).as_deref().map(str::len), Some(29));
    }

    #[test]
    fn comparators_words_and_sentinels() {
        let (value, meaning) = read("<3.00", &rule('.', None), None);
        assert_eq!(
            (value.comparator, meaning),
            (Some(Comparator::Less), Meaning::Number)
        );
        assert_eq!(value.number.unwrap().to_string(), "3.00");
        assert_eq!(
            read("< 15", &rule('.', None), None).0.comparator,
            Some(Comparator::Less)
        );
        assert_eq!(
            read(">= 8", &rule('.', None), None).0.comparator,
            Some(Comparator::GreaterOrEqual)
        );
        assert_eq!(
            read("-----", &rule('.', None), None).1,
            Meaning::Nothing("non mesuré".into())
        );
        assert_eq!(
            read("   ", &rule('.', None), None).1,
            Meaning::Nothing("valeur vide".into())
        );
        assert_eq!(
            read("POSITIF ", &rule('.', None), None).1,
            Meaning::Word(Interpretation::Positive)
        );
        assert_eq!(
            read("peut-être", &rule('.', None), None).1,
            Meaning::Unknown
        );
        assert_eq!(read("<", &rule('.', None), None).1, Meaning::Unknown);
    }

    proptest! {
        #[test]
        fn any_text_is_kept_and_none_panics(text in "\\PC{0,40}") {
            let (value, _) = read(&text, &rule('.', Some(',')), None);
            prop_assert_eq!(value.text, text);
        }

        #[test]
        fn a_decimal_written_is_read_back(units in -1_000_000_000_i64..1_000_000_000, scale in 0_u32..9) {
            let number = Decimal::new(units, scale);
            prop_assert_eq!(super::number(&number.to_string(), '.', None), Some(number));
        }
    }
}
