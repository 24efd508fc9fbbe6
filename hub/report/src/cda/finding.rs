//! What was found, as HL7 data types (cr-bio §6.3: PQ, IVL_PQ, RTO, INT, REAL, CD, ED).

use lisiere_model::report::{Conversion, Unit, Value};
use lisiere_model::{Comparator, Interpretation, ReferenceRange, Sex};
use rust_decimal::Decimal;

use super::vocabulary::{INTERPRETATION, UCUM};
use super::xml::Xml;
use crate::display::words;

/// A number in another unit.
type Other<'a> = (Decimal, &'a Unit);

/// `value`. `anchor` is where the narrative says it.
pub(crate) fn value(xml: &mut Xml, value: &Value, others: &[Conversion], anchor: &str) {
    match value {
        Value::Quantity {
            comparator,
            number,
            unit,
        } => {
            let others: Vec<Other<'_>> = others.iter().map(|one| (one.number, &one.unit)).collect();
            quantity(xml, *comparator, *number, unit, &others);
        }
        Value::Interval {
            low,
            high,
            unit,
            low_open,
            high_open,
        } => xml.within("value", &[("xsi:type", "IVL_PQ")], |xml| {
            bound(xml, "low", *low, unit, low_open.then_some("false"), &[]);
            bound(xml, "high", *high, unit, high_open.then_some("false"), &[]);
        }),
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
        Value::Integer { number } => typed(xml, "INT", &number.to_string()),
        Value::Real { number } => typed(xml, "REAL", &number.to_string()),
        Value::Boolean { value } => typed(xml, "BL", if *value { "true" } else { "false" }),
        Value::Coded(coded) => xml.code_system(coded, |xml, code| {
            let attributes = [&[("xsi:type", "CD")], code].concat();
            xml.within("value", &attributes, |xml| xml.original(anchor));
        }),
        // A ratio cannot carry a comparator: its words do.
        Value::Ratio { .. } | Value::Text { .. } => {
            xml.within("value", &[("xsi:type", "CD")], |xml| xml.original(anchor));
        }
        Value::Literal { text } => xml.leaf("value", &[("xsi:type", "ED")], text),
        // A result still to come has no value at all.
        Value::Pending => {}
        Value::NotDone { .. } | Value::Withdrawn { .. } => {
            xml.empty("value", &[("xsi:type", "CD"), ("nullFlavor", "NI")]);
        }
    }
}

fn typed(xml: &mut Xml, kind: &str, value: &str) {
    xml.empty("value", &[("xsi:type", kind), ("value", value)]);
}

fn quantity(
    xml: &mut Xml,
    comparator: Option<Comparator>,
    number: Decimal,
    unit: &Unit,
    others: &[Other<'_>],
) {
    let (name, inclusive) = match comparator {
        None => {
            let (number, unit) = (number.to_string(), coded_unit(unit));
            let attributes = [
                ("xsi:type", "PQ"),
                ("value", number.as_str()),
                ("unit", &unit),
            ];
            translated(xml, "value", &attributes, others);
            return;
        }
        Some(Comparator::Less) => ("high", "false"),
        Some(Comparator::LessOrEqual) => ("high", "true"),
        Some(Comparator::Greater) => ("low", "false"),
        Some(Comparator::GreaterOrEqual) => ("low", "true"),
    };
    xml.within("value", &[("xsi:type", "IVL_PQ")], |xml| {
        bound(xml, name, number, unit, Some(inclusive), others);
    });
}

/// `low` or `high`.
fn bound(
    xml: &mut Xml,
    name: &str,
    number: Decimal,
    unit: &Unit,
    inclusive: Option<&str>,
    others: &[Other<'_>],
) {
    let (number, unit) = (number.to_string(), coded_unit(unit));
    let mut attributes = vec![("value", number.as_str()), ("unit", unit.as_str())];
    attributes.extend(inclusive.map(|inclusive| ("inclusive", inclusive)));
    translated(xml, name, &attributes, others);
}

/// A quantity with itself in other units (HL7 PQ.translation).
fn translated(xml: &mut Xml, name: &str, attributes: &[(&str, &str)], others: &[Other<'_>]) {
    if others.is_empty() {
        xml.empty(name, attributes);
        return;
    }
    xml.within(name, attributes, |xml| {
        for (number, unit) in others {
            let attributes = [
                ("value", number.to_string()),
                ("code", coded_unit(unit)),
                ("codeSystem", UCUM.to_owned()),
            ];
            let attributes = attributes
                .each_ref()
                .map(|(key, value)| (*key, value.as_str()));
            xml.empty("translation", &attributes);
        }
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
pub(crate) fn reference(
    xml: &mut Xml,
    range: &ReferenceRange,
    unit: &Unit,
    others: &[Conversion],
    sex: Option<Sex>,
) {
    let open = |open: bool| open.then_some("false");
    let converted = |pick: fn(&ReferenceRange) -> Option<Decimal>| -> Vec<Other<'_>> {
        others
            .iter()
            .filter_map(|one| Some((pick(one.reference.as_ref()?)?, &one.unit)))
            .collect()
    };
    xml.within("referenceRange", &[("typeCode", "REFV")], |xml| {
        let attributes = [("classCode", "OBS"), ("moodCode", "EVN.CRT")];
        xml.within("observationRange", &attributes, |xml| {
            xml.within("value", &[("xsi:type", "IVL_PQ")], |xml| {
                if let Some(low) = range.low() {
                    let others = converted(ReferenceRange::low);
                    bound(xml, "low", low, unit, open(range.low_open()), &others);
                }
                if let Some(high) = range.high() {
                    let others = converted(ReferenceRange::high);
                    bound(xml, "high", high, unit, open(range.high_open()), &others);
                }
            });
            interpretation(xml, Interpretation::Normal);
            if let Some(sex) = sex {
                population(xml, sex);
            }
        });
    });
}

/// For whom a range holds. The national extension of the schema codes the sex and nothing else.
fn population(xml: &mut Xml, sex: Sex) {
    let value = match sex {
        Sex::Female => "F",
        Sex::Male => "M",
        Sex::Unknown => "I",
    };
    xml.within("lab:precondition", &[("typeCode", "PRCN")], |xml| {
        xml.within("lab:criterion", &[("classCode", "COND")], |xml| {
            xml.empty("lab:code", &[("code", "SEX")]);
            xml.empty("lab:value", &[("value", value)]);
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
