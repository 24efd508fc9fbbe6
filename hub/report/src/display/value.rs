//! Numbers, units, dates and values in French clinical writing.

use jiff::civil::Date;
use lisiere_model::report::{Moment, Unit, Value};
use lisiere_model::{BirthDate, Comparator, Ins, Interpretation, ReferenceRange};
use rust_decimal::Decimal;

use crate::text::{NARROW, NBSP, line};

/// A number with the decimal comma and, from 10 000 on, narrow spaces between groups of three digits.
pub fn number(value: Decimal) -> String {
    let text = value.to_string();
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text.as_str(), None),
    };
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("\u{2212}", digits),
        None => ("", whole),
    };
    let mut shown = String::from(sign);
    let length = digits.len();
    for (place, digit) in digits.chars().enumerate() {
        if length > 4 && place > 0 && (length - place) % 3 == 0 {
            shown.push(NARROW);
        }
        shown.push(digit);
    }
    if let Some(fraction) = fraction {
        shown.push(',');
        shown.push_str(fraction);
    }
    shown
}

/// The sign of a comparator as printed.
pub fn comparator(sign: Comparator) -> &'static str {
    match sign {
        Comparator::Less => "<",
        Comparator::LessOrEqual => "≤",
        Comparator::Greater => ">",
        Comparator::GreaterOrEqual => "≥",
    }
}

/// A value without its unit.
pub fn value(value: &Value) -> String {
    let compared = |sign: Option<Comparator>, text: String| match sign {
        Some(sign) => format!("{}{NBSP}{text}", comparator(sign)),
        None => text,
    };
    match value {
        Value::Quantity {
            comparator,
            number: found,
            ..
        } => compared(*comparator, number(*found)),
        Value::Interval {
            low,
            high,
            low_open,
            high_open,
            ..
        } => between(*low, *high, *low_open, *high_open),
        Value::Ratio {
            numerator,
            denominator,
            comparator,
        } => {
            let shown = |part: u32| number(Decimal::from(part));
            compared(
                *comparator,
                format!("{}/{}", shown(*numerator), shown(*denominator)),
            )
        }
        Value::Integer { number: found } => number(Decimal::from(*found)),
        Value::Real { number: found } => number(*found),
        Value::Boolean { value: true } => "Oui".to_owned(),
        Value::Boolean { value: false } => "Non".to_owned(),
        Value::Coded(coded) => line(&coded.display),
        Value::Text { text } | Value::Literal { text } => crate::text::lines(text),
        Value::Pending => "En attente".to_owned(),
        Value::Withdrawn { reason } => format!("Résultat annulé{NBSP}: {}", line(reason)),
        Value::NotDone { reason } => format!("Non réalisé{NBSP}: {}", line(reason)),
    }
}

/// Two bounds; those that lie outside are said to.
fn between(low: Decimal, high: Decimal, low_open: bool, high_open: bool) -> String {
    let (low, high) = (number(low), number(high));
    if !low_open && !high_open {
        return format!("{low}{NBSP}–{NBSP}{high}");
    }
    let (above, below) = (
        if low_open { ">" } else { "≥" },
        if high_open { "<" } else { "≤" },
    );
    format!("{above}{NBSP}{low} et {below}{NBSP}{high}")
}

/// A unit in French usage.
pub fn unit(unit: &Unit) -> String {
    if let Some(printed) = unit
        .printed
        .as_deref()
        .filter(|printed| !printed.trim().is_empty())
    {
        return line(printed);
    }
    let ucum = unit.ucum.as_str();
    match ucum {
        "10*9/L" => "G/L".to_owned(),
        "10*12/L" => "T/L".to_owned(),
        "1" | "{ratio}" | "{INR}" => String::new(),
        "Cel" => "°C".to_owned(),
        _ => ucum
            .replace("[IU]", "UI")
            .replace("mm[Hg]", "mmHg")
            .replace("ug", "µg")
            .replace("umol", "µmol")
            .replace("uL", "µL")
            .replace("m2", "m²")
            .replace("10*", "10^"),
    }
}

/// A reference range.
pub fn range(range: &ReferenceRange) -> String {
    match (range.low(), range.high()) {
        (Some(low), Some(high)) => between(low, high, range.low_open(), range.high_open()),
        (Some(low), None) if range.low_open() => format!(">{NBSP}{}", number(low)),
        (Some(low), None) => format!("≥{NBSP}{}", number(low)),
        (None, Some(high)) if range.high_open() => format!("<{NBSP}{}", number(high)),
        (None, Some(high)) => format!("≤{NBSP}{}", number(high)),
        (None, None) => String::new(),
    }
}

/// The mark beside a value, empty when there is nothing to mark. Never a colour alone.
pub fn mark(interpretation: Interpretation) -> &'static str {
    match interpretation {
        Interpretation::High => "▲\u{a0}H",
        Interpretation::Low => "▼\u{a0}L",
        Interpretation::CriticalHigh => "‼\u{a0}▲\u{a0}HH",
        Interpretation::CriticalLow => "‼\u{a0}▼\u{a0}LL",
        Interpretation::Abnormal => "◆\u{a0}A",
        Interpretation::CriticalAbnormal => "‼\u{a0}◆\u{a0}AA",
        Interpretation::OffScale => "◆\u{a0}EX",
        Interpretation::AboveThreshold => "▲\u{a0}HX",
        Interpretation::BelowThreshold => "▼\u{a0}LX",
        Interpretation::SignificantlyHigh => "▲\u{a0}HU",
        Interpretation::SignificantlyLow => "▼\u{a0}LU",
        Interpretation::Unexpected => "◆\u{a0}UNE",
        // What the code says is said by no other word on the line.
        Interpretation::Susceptible
        | Interpretation::Intermediate
        | Interpretation::Resistant
        | Interpretation::SusceptibleDoseDependent
        | Interpretation::NonSusceptible
        | Interpretation::SynergySusceptible
        | Interpretation::SynergyResistant
        | Interpretation::InsufficientEvidence
        | Interpretation::NoBreakpoint
        | Interpretation::Better
        | Interpretation::Worse
        | Interpretation::Raised
        | Interpretation::Lowered
        | Interpretation::Equivocal
        | Interpretation::Carrier => interpretation.code(),
        Interpretation::Detected
        | Interpretation::NotDetected
        | Interpretation::Reactive
        | Interpretation::WeaklyReactive
        | Interpretation::NonReactive
        | Interpretation::Expected
        | Interpretation::Normal
        | Interpretation::OffScaleHigh
        | Interpretation::OffScaleLow
        | Interpretation::Positive
        | Interpretation::Negative
        | Interpretation::Indeterminate => "",
    }
}

/// Whether an interpretation says what an antibiotic does.
pub fn is_susceptibility(interpretation: Interpretation) -> bool {
    matches!(
        interpretation,
        Interpretation::Susceptible
            | Interpretation::Intermediate
            | Interpretation::Resistant
            | Interpretation::SusceptibleDoseDependent
            | Interpretation::NonSusceptible
            | Interpretation::SynergySusceptible
            | Interpretation::SynergyResistant
            | Interpretation::InsufficientEvidence
            | Interpretation::NoBreakpoint
    )
}

/// Whether a value is printed in bold.
pub fn is_strong(interpretation: Interpretation) -> bool {
    !matches!(
        interpretation,
        Interpretation::Normal
            | Interpretation::Negative
            | Interpretation::Susceptible
            | Interpretation::OffScaleLow
            | Interpretation::OffScaleHigh
            | Interpretation::SusceptibleDoseDependent
            | Interpretation::SynergySusceptible
            | Interpretation::InsufficientEvidence
            | Interpretation::NoBreakpoint
            | Interpretation::NotDetected
            | Interpretation::NonReactive
            | Interpretation::Expected
            | Interpretation::Better
    )
}

/// `23/11/2026`.
pub fn date(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// `23/11/2026 14:05`.
pub fn moment(moment: Moment) -> String {
    let civil = moment.civil();
    format!(
        "{}{NBSP}{:02}:{:02}",
        date(civil.date()),
        civil.hour(),
        civil.minute()
    )
}

/// `le 23/11/2026 à 14:05`.
pub fn on_at(moment: Moment) -> String {
    let civil = moment.civil();
    format!(
        "le {} à{NBSP}{:02}:{:02}",
        date(civil.date()),
        civil.hour(),
        civil.minute()
    )
}

/// `28/03/1979`; unknown parts as `00`, as they were given.
pub fn birth_date(birth: BirthDate) -> String {
    let compact = birth.compact();
    match (compact.get(..4), compact.get(4..6), compact.get(6..)) {
        (Some(year), Some(month), Some(day)) => format!("{day}/{month}/{year}"),
        _ => compact,
    }
}

/// An age as laboratories say it: `3 j`, `5 mois`, `47 ans`.
pub fn age(birth: BirthDate, on: Date) -> Option<String> {
    let born = birth.to_date()?;
    let days = birth.age_days(on)?;
    if days < 31 {
        return Some(format!("{days}{NBSP}j"));
    }
    let months = (i32::from(on.year()) - i32::from(born.year())) * 12 + i32::from(on.month())
        - i32::from(born.month())
        - i32::from(on.day() < born.day());
    if months < 24 {
        return Some(format!("{}{NBSP}mois", months.max(1)));
    }
    Some(format!("{}{NBSP}ans", months / 12))
}

/// An INS in the groups in which people read it.
pub fn ins(ins: &Ins) -> String {
    let mut shown = String::new();
    for (place, character) in ins.number().chars().enumerate() {
        if matches!(place, 1 | 3 | 5 | 7 | 10 | 13) {
            shown.push(NBSP);
        }
        shown.push(character);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, expected: &str) {
        assert_eq!(number(written.parse().unwrap()), expected);
    }

    #[test]
    fn numbers() {
        check("7.20", "7,20");
        check("0.05", "0,05");
        check("1250", "1250");
        check("12500", "12\u{202f}500");
        check("1234567.8", "1\u{202f}234\u{202f}567,8");
        check("-1.5", "\u{2212}1,5");
    }

    #[test]
    fn units_as_french_laboratories_write_them() {
        for (ucum, printed) in [
            ("10*9/L", "G/L"),
            ("m[IU]/L", "mUI/L"),
            ("ug/L", "µg/L"),
            ("umol/L", "µmol/L"),
            ("mm[Hg]", "mmHg"),
            ("{ratio}", ""),
            ("mL/min/{1.73_m2}", "mL/min/{1.73_m²}"),
        ] {
            let given = Unit {
                ucum: ucum.parse().unwrap(),
                printed: None,
            };
            assert_eq!(unit(&given), printed);
        }
    }

    #[test]
    fn ages() {
        let birth: BirthDate = "2026-01-31".parse().unwrap();
        let on = |text: &str| age(birth, text.parse().unwrap()).unwrap();
        assert_eq!(on("2026-02-03"), "3\u{a0}j");
        assert_eq!(on("2026-03-30"), "1\u{a0}mois");
        assert_eq!(on("2028-01-30"), "23\u{a0}mois");
        assert_eq!(on("2028-01-31"), "2\u{a0}ans");
        assert!(
            age(birth, "2025-01-01".parse().unwrap()).is_none(),
            "not born yet"
        );
    }
}
