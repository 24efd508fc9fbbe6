//! From the analyzer's unit to the laboratory's: by exact decimal factors, never through a property of the substance.

use lisiere_driver::catalogue::{Scale, Test};
use lisiere_model::{MeasuredValue, UcumUnit};
use rust_decimal::Decimal;

use crate::store::observation::{Outcome, Read};

/// Why a value cannot be brought to the test's unit; the sentence is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnitProblem {
    pub(super) subject: String,
    pub(super) sentence: String,
}

/// The value in the test's unit. `mapped` is the unit that a person said the analyzer's text means.
pub(super) fn settle(
    test: &Test,
    read: &Read,
    mapped: Option<UcumUnit>,
) -> Result<Outcome, UnitProblem> {
    let as_sent = |unit: Option<UcumUnit>| Outcome {
        value: read.value.clone(),
        unit,
        converted_from: None,
    };
    let Some(number) = read.value.number else {
        return Ok(as_sent(None));
    };
    let Some(wanted) = &test.ucum else {
        return Ok(as_sent(None));
    };
    let text = read
        .unit_text
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let Some(sent) = mapped.or_else(|| read.unit.clone()) else {
        if text.is_none() && test.is_dimensionless() {
            return Ok(as_sent(Some(wanted.clone())));
        }
        return Err(match text {
            Some(text) => UnitProblem {
                subject: text.to_owned(),
                sentence: format!(
                    "Unité « {text} » inconnue pour {} (attendue : {wanted})",
                    test.code
                ),
            },
            None => UnitProblem {
                subject: format!("{} sans unité", test.code),
                sentence: format!("{} reçu sans unité (attendue : {wanted})", test.code),
            },
        });
    };
    if sent == *wanted {
        return Ok(as_sent(Some(wanted.clone())));
    }
    if test.also.contains(&sent) {
        return Ok(as_sent(Some(wanted.clone())));
    }
    let printed = text.map_or_else(|| sent.to_string(), str::to_owned);
    let mismatch = || UnitProblem {
        subject: printed.clone(),
        sentence: format!(
            "Unité « {printed} » incompatible avec {} ({wanted}) : autre grandeur, aucune conversion n'est faite",
            test.code
        ),
    };
    if test.scale != Scale::Quantitative || !test.accepts(&sent) {
        return Err(mismatch());
    }
    let power = power_of_ten(&sent, wanted).ok_or_else(mismatch)?;
    let converted = scaled(number, power).ok_or_else(mismatch)?;
    if power == 0 {
        return Ok(as_sent(Some(wanted.clone())));
    }
    Ok(Outcome {
        value: MeasuredValue {
            text: converted.to_string(),
            number: Some(converted),
            comparator: read.value.comparator,
        },
        unit: Some(wanted.clone()),
        converted_from: Some(format!("converti de {} {printed}", read.value.text)),
    })
}

/// `n` such that one `from` is 10ⁿ `to`; none when the factor is no power of ten.
fn power_of_ten(from: &UcumUnit, to: &UcumUnit) -> Option<i32> {
    if from == to {
        return Some(0);
    }
    let factor = octofhir_ucum::convert(1.0, from.as_str(), to.as_str()).ok()?;
    (-15..=15).find(|power| {
        let exact = 10f64.powi(*power);
        ((factor - exact) / exact).abs() < 1e-9
    })
}

/// The number times 10ⁿ, exactly: only the decimal point moves, so the digits that were measured stay the digits that
/// are shown.
fn scaled(number: Decimal, power: i32) -> Option<Decimal> {
    if power >= 0 {
        let factor = 10i64.checked_pow(u32::try_from(power).ok()?)?;
        let mut moved = number.checked_mul(Decimal::from(factor))?;
        let scale = number.scale().saturating_sub(u32::try_from(power).ok()?);
        moved.rescale(scale);
        Some(moved)
    } else {
        let mut moved = number;
        let scale = number.scale().checked_add(power.unsigned_abs())?;
        moved.set_scale(scale).ok()?;
        Some(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> UcumUnit {
        text.parse().unwrap()
    }

    #[test]
    fn only_the_point_moves() {
        let cases = [
            ("95", -2, "0.95"),
            ("0.950", 2, "95.0"),
            ("14.20", 1, "142.0"),
            ("7", 3, "7000"),
        ];
        for (number, power, expected) in cases {
            let moved = scaled(number.parse().unwrap(), power).unwrap();
            assert_eq!(moved.to_string(), expected, "{number} × 10^{power}");
        }
    }

    #[test]
    fn powers_of_ten_are_found_and_nothing_else() {
        assert_eq!(power_of_ten(&unit("mg/dL"), &unit("g/L")), Some(-2));
        assert_eq!(power_of_ten(&unit("10*3/uL"), &unit("10*9/L")), Some(0));
        assert_eq!(power_of_ten(&unit("g/dL"), &unit("g/L")), Some(1));
        assert_eq!(power_of_ten(&unit("mmol/L"), &unit("umol/L")), Some(3));
        assert_eq!(
            power_of_ten(&unit("min"), &unit("s")),
            None,
            "60 is no power of ten"
        );
        assert_eq!(
            power_of_ten(&unit("g/L"), &unit("mmol/L")),
            None,
            "that needs a molar mass"
        );
    }
}
