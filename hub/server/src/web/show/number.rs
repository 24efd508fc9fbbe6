//! Values and units: French comma, unit in French usage, parts that stand in a column.

use lisiere_model::MeasuredValue;
use rust_decimal::Decimal;

/// A value cut so that the decimal commas of a column stand under each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Shown {
    /// Comparator, sign and digits before the comma; empty for a textual value.
    pub(in crate::web) whole: String,
    /// Comma and digits after it.
    pub(in crate::web) part: String,
    /// The value in words, when it is not a number.
    pub(in crate::web) text: String,
    /// The unit as the bench writes it.
    pub(in crate::web) unit: String,
    /// The unit in UCUM, shown on hover.
    pub(in crate::web) ucum: String,
}

impl Shown {
    /// A measured value with its UCUM unit.
    pub(in crate::web) fn new(value: &MeasuredValue, ucum: Option<&str>) -> Self {
        let ucum = ucum.unwrap_or_default().to_owned();
        let unit = unit(&ucum);
        let Some(number) = value.number else {
            return Self {
                whole: String::new(),
                part: String::new(),
                text: value.text.clone(),
                unit,
                ucum,
            };
        };
        let digits = decimal(number);
        let (whole, part) = match digits.split_once(',') {
            Some((whole, part)) => (whole.to_owned(), format!(",{part}")),
            None => (digits, String::new()),
        };
        let sign = value
            .comparator
            .map_or("", |comparator| match comparator.sign() {
                "<=" => "≤\u{a0}",
                ">=" => "≥\u{a0}",
                "<" => "<\u{a0}",
                _ => ">\u{a0}",
            });
        Self {
            whole: format!("{sign}{whole}"),
            part,
            text: String::new(),
            unit,
            ucum,
        }
    }

    /// The value on one line, without its unit.
    pub(in crate::web) fn number(&self) -> String {
        if self.text.is_empty() {
            format!("{}{}", self.whole, self.part)
        } else {
            self.text.clone()
        }
    }

    /// Value and unit on one line, for a sentence.
    pub(in crate::web) fn line(&self) -> String {
        let value = self.number();
        if self.unit.is_empty() {
            value
        } else {
            format!("{value}\u{a0}{}", self.unit)
        }
    }
}

/// A decimal as it is written in French: comma, true minus sign, the digits it was measured with.
pub(in crate::web) fn decimal(number: Decimal) -> String {
    number.to_string().replace('.', ",").replace('-', "−")
}

/// A UCUM unit as a French laboratory writes it.
pub(in crate::web) fn unit(ucum: &str) -> String {
    const WHOLE: [(&str, &str); 14] = [
        ("10*9/L", "G/L"),
        ("10*12/L", "T/L"),
        ("10*6/L", "M/L"),
        ("10*3/uL", "G/L"),
        ("10*6/uL", "T/L"),
        ("U/L", "UI/L"),
        ("[IU]/L", "UI/L"),
        ("m[IU]/L", "mUI/L"),
        ("u[IU]/mL", "µUI/mL"),
        ("[IU]/mL", "UI/mL"),
        ("{INR}", "INR"),
        ("{ratio}", "ratio"),
        ("1", ""),
        ("mL/min/{1.73_m2}", "mL/min/1,73\u{a0}m²"),
    ];
    if let Some((_, french)) = WHOLE.iter().find(|(known, _)| *known == ucum) {
        return (*french).to_owned();
    }
    let plain = ucum
        .replace("mm[Hg]", "mmHg")
        .replace("[IU]", "UI")
        .replace("[pH]", "")
        .replace("Cel", "°C")
        .replace("10*9", "10⁹")
        .replace("10*12", "10¹²");
    // `u` is micro in UCUM where a unit follows it: µmol, µg, µL.
    let micro = |text: &str| {
        text.strip_prefix('u')
            .filter(|rest| {
                ["mol", "g", "L", "kat", "m"]
                    .iter()
                    .any(|base| rest.starts_with(base))
            })
            .map_or_else(|| text.to_owned(), |rest| format!("µ{rest}"))
    };
    plain.split('/').map(micro).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use lisiere_model::Comparator;

    fn number(text: &str, comparator: Option<Comparator>) -> MeasuredValue {
        MeasuredValue {
            text: text.into(),
            number: text.parse().ok(),
            comparator,
        }
    }

    #[test]
    fn digits_are_kept_as_measured() {
        let shown = Shown::new(&number("137.50", None), Some("mmol/L"));
        assert_eq!((shown.whole.as_str(), shown.part.as_str()), ("137", ",50"));
        assert_eq!(shown.line(), "137,50\u{a0}mmol/L");
        let censored = Shown::new(&number("0.6", Some(Comparator::Less)), Some("mg/L"));
        assert_eq!(censored.line(), "<\u{a0}0,6\u{a0}mg/L");
        assert_eq!(decimal("-11".parse().unwrap()), "−11");
        assert_eq!(
            Shown::new(&MeasuredValue::textual("Détecté"), None).line(),
            "Détecté"
        );
    }

    #[test]
    fn units_of_the_bench() {
        for (ucum, french) in [
            ("10*9/L", "G/L"),
            ("10*12/L", "T/L"),
            ("U/L", "UI/L"),
            ("umol/L", "µmol/L"),
            ("ug/L", "µg/L"),
            ("mmol/mol", "mmol/mol"),
            ("mm[Hg]", "mmHg"),
            ("%", "%"),
            ("fL", "fL"),
        ] {
            assert_eq!(unit(ucum), french, "{ucum}");
        }
    }
}
