//! What was found: HL7 data types as the model's values (cr-bio §6.3), units, ranges and interpretations.

use lisiere_model::report::{Conversion, Unit, Value};
use lisiere_model::{Comparator, Interpretation, ReferenceRange, Sex};
use rust_decimal::Decimal;

use super::reader::Reader;
use super::scalar::decimal;
use super::words;
use crate::cda::vocabulary::GENDER;
use crate::gate::context::{Node, at, attr, child, children, elements, text_of, xsi_type};

/// A reference range with the unit it is written in.
pub(super) struct Range {
    pub(super) bounds: ReferenceRange,
    pub(super) unit: Option<Unit>,
    /// The same in other units.
    conversions: Vec<(Unit, Option<Decimal>, Option<Decimal>)>,
}

/// One end of an interval.
struct Bound {
    number: Decimal,
    unit: Option<Unit>,
    open: bool,
}

impl<'d> Reader<'_, 'd> {
    /// What `value` says; `None` when it says nothing.
    pub(super) fn value(&self, node: Node<'d>) -> Option<Value> {
        self.take(node);
        if attr(node, "nullFlavor").is_some() && attr(node, "code").is_none() {
            return self.said(node).map(|text| Value::Text { text });
        }
        let kind = xsi_type(node).unwrap_or_else(|| guess(node));
        let read = match kind {
            "PQ" => self.quantity(node),
            "IVL_PQ" => self.interval(node),
            "INT" => attr(node, "value")
                .and_then(|text| text.trim().parse().ok())
                .map(|number| Value::Integer { number }),
            "REAL" => self
                .number(node, "value")
                .map(|number| Value::Real { number }),
            "BL" => match attr(node, "value").map(str::trim) {
                Some("true") => Some(Value::Boolean { value: true }),
                Some("false") => Some(Value::Boolean { value: false }),
                _ => None,
            },
            "RTO" | "RTO_QTY_QTY" | "RTO_PQ_PQ" => self.ratio(node),
            "CD" | "CE" | "CV" | "CO" | "CS" => return self.coded_value(node),
            "ED" | "ST" if attr(node, "representation") != Some("B64") => {
                let inline = child(node, "reference").is_none();
                return self.said(node).map(|text| {
                    if inline {
                        Value::Literal { text }
                    } else {
                        Value::Text { text }
                    }
                });
            }
            _ => None,
        };
        // What has no place keeps its words, and is listed.
        read.or_else(|| {
            self.unread(node);
            let text = attr(node, "value")
                .map(words::squeeze)
                .or_else(|| self.said(node))?;
            Some(Value::Text { text })
        })
    }

    fn said(&self, node: Node<'d>) -> Option<String> {
        words::original(self.context, node).or_else(|| words::referred(self.context, node))
    }

    fn coded_value(&self, node: Node<'d>) -> Option<Value> {
        for translation in children(node, "translation") {
            self.unread(translation);
        }
        for qualifier in children(node, "qualifier") {
            self.unread(qualifier);
        }
        if let Some(coded) = self.coded(node) {
            return Some(Value::Coded(coded));
        }
        let text = self
            .said(node)
            .or_else(|| attr(node, "displayName").map(words::squeeze))?;
        Some(Value::Text { text })
    }

    fn quantity(&self, node: Node<'d>) -> Option<Value> {
        let number = self.number(node, "value")?;
        let unit = self.unit(node)?;
        Some(Value::Quantity {
            comparator: None,
            number,
            unit,
        })
    }

    /// A unit of a quantity; none is `1`, as the data type says.
    pub(super) fn unit(&self, node: Node<'d>) -> Option<Unit> {
        self.unit_named(node, attr(node, "unit").unwrap_or("1"))
    }

    fn unit_named(&self, node: Node<'d>, text: &str) -> Option<Unit> {
        let text = text.trim();
        if let Ok(ucum) = text.parse() {
            return Some(Unit {
                ucum,
                printed: None,
            });
        }
        // The micro sign, in either of its two characters, is `u` in UCUM.
        let plain = text.replace(['\u{b5}', '\u{3bc}'], "u");
        let ucum = plain.parse().ok()?;
        self.remark(
            "reading-unit",
            node,
            format!("Unité « {text} » lue « {plain} »."),
        );
        Some(Unit {
            ucum,
            printed: Some(text.to_owned()),
        })
    }

    fn bound(&self, interval: Node<'d>, name: &str) -> Option<Bound> {
        let node = child(interval, name)?;
        self.take(node);
        Some(Bound {
            number: decimal(attr(node, "value")?)?,
            unit: match attr(node, "unit") {
                Some(text) => Some(self.unit_named(node, text)?),
                None => None,
            },
            open: attr(node, "inclusive").map(str::trim) == Some("false"),
        })
    }

    fn interval(&self, node: Node<'d>) -> Option<Value> {
        let (low, high) = (self.bound(node, "low"), self.bound(node, "high"));
        let one = || -> Option<Unit> {
            Some(Unit {
                ucum: "1".parse().ok()?,
                printed: None,
            })
        };
        match (low, high) {
            (Some(low), Some(high)) => {
                if let (Some(a), Some(b)) = (&low.unit, &high.unit)
                    && a.ucum != b.ucum
                {
                    return None;
                }
                Some(Value::Interval {
                    low: low.number,
                    high: high.number,
                    low_open: low.open,
                    high_open: high.open,
                    unit: low.unit.or(high.unit).or_else(one)?,
                })
            }
            (Some(only), None) => Some(Value::Quantity {
                comparator: Some(if only.open {
                    Comparator::Greater
                } else {
                    Comparator::GreaterOrEqual
                }),
                number: only.number,
                unit: only.unit.or_else(one)?,
            }),
            (None, Some(only)) => Some(Value::Quantity {
                comparator: Some(if only.open {
                    Comparator::Less
                } else {
                    Comparator::LessOrEqual
                }),
                number: only.number,
                unit: only.unit.or_else(one)?,
            }),
            (None, None) => None,
        }
    }

    fn ratio(&self, node: Node<'d>) -> Option<Value> {
        let part = |name| -> Option<u32> {
            let part = child(node, name)?;
            self.take(part);
            if attr(part, "unit").is_some_and(|unit| unit != "1") {
                return None;
            }
            let number = decimal(attr(part, "value")?)?.normalize();
            number.to_string().parse().ok()
        };
        let numerator = part("numerator");
        let denominator = part("denominator");
        if let (Some(numerator), Some(denominator)) = (numerator, denominator) {
            return Some(Value::Ratio {
                numerator,
                denominator,
                comparator: None,
            });
        }
        self.unread(node);
        let words = |name| {
            let part = child(node, name)?;
            let unit = attr(part, "unit").unwrap_or_default();
            Some(words::squeeze(&format!("{} {unit}", attr(part, "value")?)))
        };
        Some(Value::Text {
            text: format!("{} / {}", words("numerator")?, words("denominator")?),
        })
    }

    /// `interpretationCode`; a second one, or one outside the national list, is listed as unread.
    pub(super) fn interpretation(&self, parent: Node<'d>) -> Option<Interpretation> {
        let mut found = None;
        for node in children(parent, "interpretationCode") {
            let Some(code) = self.taken(node, "code") else {
                continue;
            };
            match Interpretation::from_code(code.trim()) {
                Some(one) if found.is_none() => found = Some(one),
                _ => self.unread(node),
            }
        }
        found
    }

    /// The one coded range; what cannot be one is added to `texts`.
    pub(super) fn reference(
        &self,
        parent: Node<'d>,
        texts: &mut Vec<String>,
    ) -> (Option<Range>, Option<Sex>) {
        let mut found = None;
        let mut criteria = None;
        for node in
            children(parent, "referenceRange").filter_map(|one| child(one, "observationRange"))
        {
            if let Some(text) =
                child(node, "text").and_then(|text| words::referred(self.context, text))
            {
                texts.push(words::squeeze(&text));
            }
            if let Some(code) = child(node, "interpretationCode")
                && self.taken(code, "code").is_some_and(|code| code != "N")
            {
                self.unread(code);
            }
            let Some(value) = child(node, "value") else {
                continue;
            };
            let range = self.range(value);
            if found.is_none() && range.is_some() {
                found = range;
                criteria = self.criteria(node);
            } else {
                texts.extend(self.range_in_words(value));
            }
        }
        (found, criteria)
    }

    fn range(&self, node: Node<'d>) -> Option<Range> {
        if xsi_type(node).is_some_and(|kind| kind != "IVL_PQ") {
            return None;
        }
        self.take(node);
        let (low, high) = (self.bound(node, "low"), self.bound(node, "high"));
        let open = |bound: &Option<Bound>| bound.as_ref().is_some_and(|bound| bound.open);
        let (low_open, high_open) = (open(&low), open(&high));
        let number = |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.number);
        let range = ReferenceRange::new(number(&low), number(&high)).ok()?;
        let mut conversions: Vec<(Unit, Option<Decimal>, Option<Decimal>)> = Vec::new();
        for (name, is_low) in [("low", true), ("high", false)] {
            for translation in child(node, name)
                .into_iter()
                .flat_map(|one| children(one, "translation"))
            {
                let Some((number, unit)) = self.translation(translation) else {
                    continue;
                };
                let place = conversions.iter().position(|(known, ..)| *known == unit);
                let place = place.unwrap_or_else(|| {
                    conversions.push((unit, None, None));
                    conversions.len() - 1
                });
                if let Some((_, low, high)) = conversions.get_mut(place) {
                    *(if is_low { low } else { high }) = Some(number);
                }
            }
        }
        Some(Range {
            bounds: range.with_open(low_open, high_open),
            unit: low
                .and_then(|bound| bound.unit)
                .or(high.and_then(|bound| bound.unit)),
            conversions,
        })
    }

    /// A range that cannot be coded beside its result.
    fn range_in_words(&self, node: Node<'d>) -> Option<String> {
        if let Some(words) = self.said(node) {
            self.take(node);
            return Some(words::squeeze(&words));
        }
        self.unread(node);
        self.take_all(node);
        let bound = |name| {
            let bound = child(node, name)?;
            let unit = attr(bound, "unit").unwrap_or_default();
            Some(words::squeeze(&format!("{} {unit}", attr(bound, "value")?)))
        };
        match (bound("low"), bound("high")) {
            (Some(low), Some(high)) => Some(format!("{low} - {high}")),
            (Some(low), None) => Some(format!("> {low}")),
            (None, Some(high)) => Some(format!("< {high}")),
            (None, None) => attr(node, "value").map(words::squeeze),
        }
    }

    /// `lab:precondition/lab:criterion` (IHE PaLM), in whichever namespace: the sex that the range holds for. An age has no
    /// coded place.
    fn criteria(&self, node: Node<'d>) -> Option<Sex> {
        let named = |node: Node<'d>, name: &'static str| {
            elements(node).filter(move |one| one.tag_name().name() == name)
        };
        let mut sex = None;
        for criterion in named(node, "precondition").flat_map(|one| named(one, "criterion")) {
            let value = named(criterion, "value").next();
            // The national extension of the schema writes it as a value, IHE as a code.
            let said = value.and_then(|value| attr(value, "value").or_else(|| attr(value, "code")));
            let of_sex = named(criterion, "code").any(|code| attr(code, "code") == Some("SEX"))
                || value.is_some_and(|value| attr(value, "codeSystem") == Some(GENDER));
            sex = match said.filter(|_| of_sex) {
                Some("F") if sex.is_none() => Some(Sex::Female),
                Some("M") if sex.is_none() => Some(Sex::Male),
                Some("I" | "UN") if sex.is_none() => Some(Sex::Unknown),
                _ => {
                    self.take_all(criterion);
                    self.unread(value.unwrap_or(criterion));
                    continue;
                }
            };
            self.take_all(criterion);
        }
        sex
    }

    /// A number and a unit of `translation` (PQR); its unit is a code.
    fn translation(&self, node: Node<'d>) -> Option<(Decimal, Unit)> {
        self.take(node);
        let read = attr(node, "value").and_then(decimal).zip(
            attr(node, "code")
                .or(attr(node, "unit"))
                .and_then(|unit| self.unit_named(node, unit)),
        );
        if read.is_none() {
            self.unread(node);
        }
        read
    }

    /// The same quantity in other units, with the ranges in those units.
    pub(super) fn conversions(&self, value: Node<'d>, range: Option<&Range>) -> Vec<Conversion> {
        let kind = xsi_type(value).unwrap_or_default();
        if kind != "PQ" {
            return Vec::new();
        }
        children(value, "translation")
            .filter_map(|node| self.translation(node))
            .map(|(number, unit)| {
                let same = range
                    .and_then(|range| range.conversions.iter().find(|(known, ..)| *known == unit));
                let reference =
                    same.and_then(|(_, low, high)| ReferenceRange::new(*low, *high).ok());
                Conversion {
                    number,
                    unit,
                    reference,
                }
            })
            .collect()
    }
}

/// What a value without `xsi:type` can only be.
fn guess(node: Node<'_>) -> &'static str {
    if attr(node, "code").is_some() || at(node, &["originalText"]).is_some() {
        "CD"
    } else if child(node, "low").is_some() || child(node, "high").is_some() {
        "IVL_PQ"
    } else if attr(node, "value").is_some() {
        "PQ"
    } else if text_of(node).trim().is_empty() {
        ""
    } else {
        "ST"
    }
}
