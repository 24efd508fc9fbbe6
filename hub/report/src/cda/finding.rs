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
        Value::Quantity { comparator, number, unit } => quantity(xml, *comparator, *number, unit),
        Value::Interval { low, high, unit } => interval(xml, Some(*low), Some(*high), unit),
        Value::Ratio { numerator, denominator, comparator: None } => {
            xml.within("value", &[("xsi:type", "RTO")], |xml| {
                for (name, part) in [("numerator", numerator), ("denominator", denominator)] {
                    xml.empty(name, &[("xsi:type", "INT"), ("value", &part.to_string())]);
                }
            });
        }
        Value::Integer { number } => {
            xml.empty("value", &[("xsi:type", "INT"), ("value", &number.to_string())]);
        }
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
        Value::NotDone { .. } => {
            xml.empty("value", &[("xsi:type", "CD"), ("nullFlavor", "NI")]);
        }
    }
}

fn quantity(xml: &mut Xml, comparator: Option<Comparator>, number: Decimal, unit: &Unit) {
    let number = number.to_string();
    let unit = unit.ucum.as_str();
    let Some(comparator) = comparator else {
        xml.empty("value", &[("xsi:type", "PQ"), ("value", &number), ("unit", unit)]);
        return;
    };
    let (bound, inclusive) = match comparator {
        Comparator::Less => ("high", "false"),
        Comparator::LessOrEqual => ("high", "true"),
        Comparator::Greater => ("low", "false"),
        Comparator::GreaterOrEqual => ("low", "true"),
    };
    xml.within("value", &[("xsi:type", "IVL_PQ")], |xml| {
        xml.empty(bound, &[("value", &number), ("unit", unit), ("inclusive", inclusive)]);
    });
}

fn interval(xml: &mut Xml, low: Option<Decimal>, high: Option<Decimal>, unit: &Unit) {
    xml.within("value", &[("xsi:type", "IVL_PQ")], |xml| {
        for (name, bound) in [("low", low), ("high", high)] {
            if let Some(bound) = bound {
                xml.empty(name, &[("value", &bound.to_string()), ("unit", unit.ucum.as_str())]);
            }
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
            interval(xml, range.low(), range.high(), unit);
            interpretation(xml, Interpretation::Normal);
        });
    });
}
