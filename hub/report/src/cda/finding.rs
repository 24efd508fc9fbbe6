//! What was found, as HL7 data types (cr-bio §6.3: PQ, IVL_PQ, RTO, INT, CD).

use lisiere_model::report::{Unit, Value};
use lisiere_model::{Comparator, Interpretation, ReferenceRange};
use rust_decimal::Decimal;

use super::vocabulary::INTERPRETATION;
use super::xml::Xml;
use crate::display::words;

/// `value`. `anchor` is where the narrative says it.
pub(crate) fn value(xml: &mut Xml, value: &Value, anchor: &str) {
    match value {
        Value::Quantity {
            comparator,
            number,
            unit,
        } => quantity(xml, *comparator, *number, unit),
        Value::Interval {
            low,
            high,
            unit,
            low_open,
            high_open,
        } => interval(
            xml,
            (Some(*low), *low_open),
            (Some(*high), *high_open),
            unit,
        ),
        Value::Ratio {
            numerator,
            denominator,
            comparator: None,
        } => {
            xml.within("value", &[("xsi:type", "RTO")], |xml| {
                for (name, part) in [("numerator", numerator), ("denominator", denominator)] {
                    xml.empty(name, &[("xsi:type", "INT"), ("value", &part.to_string())]);
                }
            });
        }
        Value::Integer { number } => {
            xml.empty(
                "value",
                &[("xsi:type", "INT"), ("value", &number.to_string())],
            );
        }
        Value::Real { number } => {
            xml.empty(
                "value",
                &[("xsi:type", "REAL"), ("value", &number.to_string())],
            );
        }
        Value::Boolean { value } => {
            let value = if *value { "true" } else { "false" };
            xml.empty("value", &[("xsi:type", "BL"), ("value", value)]);
        }
        Value::Literal { text } => xml.leaf("value", &[("xsi:type", "ED")], text),
        // A result still to come has no value at all.
        Value::Pending => {}
        Value::Coded(coded) => {
            let attributes = [
                ("xsi:type", "CD"),
                ("code", coded.code.as_str()),
                ("displayName", &coded.display),
                ("codeSystem", coded.system.as_str()),
            ];
            xml.within("value", &attributes, |xml| xml.original(anchor));
        }
        // A ratio cannot carry a comparator: its words do.
        Value::Ratio { .. } | Value::Text { .. } => {
            xml.within("value", &[("xsi:type", "CD")], |xml| xml.original(anchor));
        }
        Value::NotDone { .. } | Value::Withdrawn { .. } => {
            xml.empty("value", &[("xsi:type", "CD"), ("nullFlavor", "NI")]);
        }
    }
}

fn quantity(xml: &mut Xml, comparator: Option<Comparator>, number: Decimal, unit: &Unit) {
    let number = number.to_string();
    let unit = coded_unit(unit);
    let Some(comparator) = comparator else {
        xml.empty(
            "value",
            &[("xsi:type", "PQ"), ("value", &number), ("unit", &unit)],
        );
        return;
    };
    let (bound, inclusive) = match comparator {
        Comparator::Less => ("high", "false"),
        Comparator::LessOrEqual => ("high", "true"),
        Comparator::Greater => ("low", "false"),
        Comparator::GreaterOrEqual => ("low", "true"),
    };
    xml.within("value", &[("xsi:type", "IVL_PQ")], |xml| {
        xml.empty(
            bound,
            &[
                ("value", &number),
                ("unit", &unit),
                ("inclusive", inclusive),
            ],
        );
    });
}

/// The unit as the national list of UCUM codes accepts it. UCUM gives annotations no meaning (UCUM §6), so that a number
/// without a dimension may be written `{ratio}`, and an annotation that the list's own check cannot read in letters only.
fn coded_unit(unit: &Unit) -> String {
    let text = unit.ucum.as_str();
    let mut plain = String::with_capacity(text.len());
    let mut annotation: Option<String> = None;
    for character in text.chars() {
        match (character, &mut annotation) {
            ('{', None) => annotation = Some(String::new()),
            ('}', Some(inside)) => {
                if inside.len() > 1 {
                    plain.push('{');
                    plain.push_str(inside);
                    plain.push('}');
                } else {
                    // Nothing is left to say: the operator before it goes too.
                    plain.truncate(plain.trim_end_matches(['/', '.']).len());
                }
                annotation = None;
            }
            (letter, Some(inside)) if letter.is_ascii_alphabetic() => {
                inside.push(letter.to_ascii_lowercase());
            }
            (_, Some(_)) => {}
            (other, None) => plain.push(other),
        }
    }
    let only_annotation = plain.starts_with('{') && plain.find('}') == Some(plain.len() - 1);
    if plain.is_empty() || plain == "1" || only_annotation {
        "{ratio}".to_owned()
    } else {
        plain
    }
}

/// A bound, and whether it lies outside.
type Bound = (Option<Decimal>, bool);

fn interval(xml: &mut Xml, low: Bound, high: Bound, unit: &Unit) {
    let unit = coded_unit(unit);
    xml.within("value", &[("xsi:type", "IVL_PQ")], |xml| {
        for (name, (bound, open)) in [("low", low), ("high", high)] {
            let Some(bound) = bound else { continue };
            let number = bound.to_string();
            let attributes = [
                ("value", number.as_str()),
                ("unit", &unit),
                ("inclusive", "false"),
            ];
            let shown = if open { 3 } else { 2 };
            xml.empty(name, attributes.get(..shown).unwrap_or_default());
        }
    });
}

/// `interpretationCode`.
pub(crate) fn interpretation(xml: &mut Xml, found: Interpretation) {
    let attributes = [
        ("code", found.code()),
        ("displayName", words::interpretation(found)),
        ("codeSystem", INTERPRETATION),
    ];
    xml.empty("interpretationCode", &attributes);
}

/// `referenceRange`, in the unit of the result.
pub(crate) fn reference(xml: &mut Xml, range: &ReferenceRange, unit: &Unit) {
    xml.within("referenceRange", &[("typeCode", "REFV")], |xml| {
        let attributes = [("classCode", "OBS"), ("moodCode", "EVN.CRT")];
        xml.within("observationRange", &attributes, |xml| {
            let low = (range.low(), range.low_open());
            let high = (range.high(), range.high_open());
            interval(xml, low, high, unit);
            interpretation(xml, Interpretation::Normal);
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_that_the_national_list_can_read() {
        for (ucum, coded) in [
            ("mmol/L", "mmol/L"),
            ("m[IU]/L", "m[IU]/L"),
            ("1", "{ratio}"),
            ("{INR}", "{ratio}"),
            ("{copies}/mL", "{copies}/mL"),
            ("{Log_copies}/mL", "{logcopies}/mL"),
            ("mL/min/{1.73_m2}", "mL/min"),
            ("{unclosed", "{ratio}"),
        ] {
            let unit = Unit {
                ucum: ucum.parse().unwrap(),
                printed: None,
            };
            assert_eq!(coded_unit(&unit), coded);
        }
    }
}
