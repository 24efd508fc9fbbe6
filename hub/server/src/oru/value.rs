//! One OBX: its test, its value by kind, its unit, range and marks (HL7 v2.5.1 §7.4.2).

use lisiere_model::report::{Coded, Method, Oid, TestCode, TestResult, Unit, Value};
use lisiere_model::{Comparator, Interpretation, ReferenceRange};
use lisiere_protocol::hl7::Segment;
use rust_decimal::Decimal;

use super::{Oru, Walk};

const LOINC: &str = "2.16.840.1.113883.6.1";
/// Everyday spellings of units, and what UCUM writes.
const EVERYDAY: [(&str, &str); 11] = [
    ("UI/L", "[IU]/L"),
    ("mUI/L", "m[IU]/L"),
    ("UI/mL", "[IU]/mL"),
    ("UI/l", "[IU]/L"),
    ("mUI/l", "m[IU]/L"),
    ("G/L", "10*9/L"),
    ("Giga/L", "10*9/L"),
    ("T/L", "10*12/L"),
    ("/mm3", "/uL"),
    ("g/l", "g/L"),
    ("mmol/l", "mmol/L"),
];

impl Walk {
    /// OBX-3: LOINC where it is given, in either half, else the sender's own code.
    pub(super) fn code(
        &self,
        segment: &Segment<'_>,
        place: &str,
        oru: &mut Oru,
    ) -> Option<(TestCode, String)> {
        let field = segment.field(3);
        let part = |number| self.words(field.component(number));
        let halves = [(part(1), part(2), part(3)), (part(4), part(5), part(6))];
        let label = [&halves[0], &halves[1]]
            .into_iter()
            .map(|half| if half.1.is_empty() { &half.0 } else { &half.1 })
            .find(|text| !text.is_empty())?
            .clone();
        for (code, text, system) in &halves {
            if matches!(system.as_str(), "LN" | "LOINC" | LOINC) {
                match code.parse() {
                    Ok(code) => {
                        let display = if text.is_empty() {
                            label.clone()
                        } else {
                            text.clone()
                        };
                        return Some((TestCode::Loinc { code, display }, label));
                    }
                    Err(_) => oru.remark(
                        format!("{place}, OBX-3"),
                        format!("« {code} » n'est pas un code LOINC : gardé comme code local"),
                    ),
                }
            }
        }
        let (code, text, system) = halves
            .iter()
            .find(|half| !half.0.is_empty())
            .or(halves.first())?;
        let own: Option<Oid> = system.parse().ok().or_else(|| self.local.clone());
        if own.is_none() {
            oru.remark(
                format!("{place}, OBX-3"),
                "code sans nomenclature identifiée (ni OBX-3.3, ni MSH-4.2 n'est un OID)",
            );
        }
        let written = if code.is_empty() { text } else { code };
        // A local code has no blanks and 40 characters at most.
        let short: String = written.split_whitespace().collect::<Vec<_>>().join("_");
        let short: String = short.chars().take(40).collect();
        Some((
            TestCode::Local {
                code: short.parse().ok()?,
                display: label.clone(),
                system: own.or_else(|| "2.25.0".parse().ok())?,
            },
            label,
        ))
    }

    /// OBX-5 with its unit; what was not as it should be.
    pub(super) fn value(&self, segment: &Segment<'_>) -> (Option<Value>, Option<&'static str>) {
        let kind = self.words(segment.field(2).component(1));
        let field = segment.field(5);
        if field.is_empty() || field.is_null() {
            return (None, None);
        }
        let repeats: Vec<String> = field
            .repeats()
            .map(|repeat| repeat.decode(self.charset).text.trim().to_owned())
            .collect();
        let text = repeats.join("\n");
        let words = || Some(Value::Text { text: text.clone() });
        match kind.as_str() {
            "NM" | "SN" if repeats.len() > 1 => {
                (words(), Some("plusieurs valeurs : reprises en texte"))
            }
            "NM" => match self.number(&text, segment) {
                Some(value) => (Some(value), None),
                None => (words(), Some("ce n'est pas un nombre : repris en texte")),
            },
            "SN" => match self.structured(segment) {
                Some(value) => (Some(value), None),
                None => (
                    words(),
                    Some("nombre structuré non compris : repris en texte"),
                ),
            },
            "CE" | "CWE" | "CNE" => (self.coded(segment).or_else(words), None),
            "ED" | "RP" => (None, Some("pièce jointe : non reprise")),
            _ => (
                self.number(&text, segment)
                    .filter(|_| kind.is_empty())
                    .or_else(words),
                None,
            ),
        }
    }

    fn coded(&self, segment: &Segment<'_>) -> Option<Value> {
        let field = segment.field(5);
        let (code, text, system) = (
            self.words(field.component(1)),
            self.words(field.component(2)),
            self.words(field.component(3)),
        );
        let system: Option<Oid> = match system.as_str() {
            "LN" => LOINC.parse().ok(),
            "SCT" => "2.16.840.1.113883.6.96".parse().ok(),
            other => other.parse().ok(),
        };
        match system {
            Some(system) if !code.is_empty() => Some(Value::Coded(Coded {
                display: if text.is_empty() { code.clone() } else { text },
                code,
                system,
            })),
            // Without a system a code says nothing elsewhere: its words do.
            _ => Some(if text.is_empty() { code } else { text })
                .filter(|text| !text.is_empty())
                .map(|text| Value::Text { text }),
        }
    }

    /// A number, perhaps with a comparator before it, as many systems write it in NM.
    fn number(&self, text: &str, segment: &Segment<'_>) -> Option<Value> {
        let (comparator, rest) = comparator(text);
        let number = decimal(rest)?;
        Some(self.measured(comparator, number, segment))
    }

    fn measured(
        &self,
        comparator: Option<Comparator>,
        number: Decimal,
        segment: &Segment<'_>,
    ) -> Value {
        match (self.unit(segment), comparator) {
            (Some(unit), comparator) => Value::Quantity {
                comparator,
                number,
                unit,
            },
            (None, None) => Value::Real { number },
            (None, Some(sign)) => Value::Text {
                text: format!("{sign} {number}"),
            },
        }
    }

    /// SN: comparator, number, separator, number (§2.A.71).
    fn structured(&self, segment: &Segment<'_>) -> Option<Value> {
        let field = segment.field(5);
        let part = |number| self.words(field.component(number));
        let (sign, separator) = (part(1), part(3));
        let first = decimal(&part(2))?;
        let comparator = Comparator::from_sign(&sign);
        if !sign.is_empty() && sign != "=" && comparator.is_none() {
            return None;
        }
        let second = part(4);
        match (separator.as_str(), second.is_empty()) {
            ("", true) => Some(self.measured(comparator, first, segment)),
            ("-", false) if comparator.is_none() => Some(Value::Interval {
                low: first,
                high: decimal(&second)?,
                low_open: false,
                high_open: false,
                unit: self.unit(segment)?,
            }),
            (":" | "/", false) => Some(Value::Ratio {
                numerator: first.normalize().to_string().parse().ok()?,
                denominator: second.parse().ok()?,
                comparator,
            }),
            _ => None,
        }
    }

    /// OBX-6.
    fn unit(&self, segment: &Segment<'_>) -> Option<Unit> {
        let text = self.words(segment.field(6).component(1));
        if text.is_empty() {
            return None;
        }
        let everyday = EVERYDAY.iter().find(|(usual, _)| *usual == text);
        let plain = everyday.map_or_else(
            || text.replace(['\u{b5}', '\u{3bc}'], "u"),
            |(_, ucum)| (*ucum).to_owned(),
        );
        let printed = (plain != text).then(|| text.clone());
        Some(Unit {
            ucum: plain.parse().ok()?,
            printed,
        })
    }

    /// OBX-7, 8 and 17: range, mark, method.
    pub(super) fn beside(
        &self,
        segment: &Segment<'_>,
        result: &mut TestResult,
        place: &str,
        oru: &mut Oru,
    ) {
        let range = self.all(segment.field(7));
        if !range.is_empty() {
            match bounds(&range).filter(|_| result.value.unit().is_some()) {
                Some(bounds) => result.reference = Some(bounds),
                None => result.reference_texts.push(range),
            }
        }
        let mut marks = segment
            .field(8)
            .repeats()
            .map(|repeat| {
                repeat
                    .component(1)
                    .decode(self.charset)
                    .text
                    .trim()
                    .to_owned()
            })
            .filter(|mark| !mark.is_empty());
        if let Some(mark) = marks.next() {
            result.interpretation = Interpretation::from_code(&mark);
            if result.interpretation.is_none() {
                oru.remark(
                    format!("{place}, OBX-8"),
                    format!("marque « {mark} » inconnue"),
                );
            }
        }
        if let Some(mark) = marks.next() {
            oru.remark(
                format!("{place}, OBX-8"),
                format!("seconde marque « {mark} » non reprise"),
            );
        }
        let method = [2, 1].map(|number| self.words(segment.field(17).component(number)));
        result.method = method
            .into_iter()
            .find(|text| !text.is_empty())
            .map(|text| Method { text, code: None });
    }
}

fn comparator(text: &str) -> (Option<Comparator>, &str) {
    let text = text.trim();
    ["<=", ">=", "≤", "≥", "<", ">"]
        .into_iter()
        .find_map(|sign| {
            Some((
                Comparator::from_sign(sign),
                text.strip_prefix(sign)?.trim_start(),
            ))
        })
        .unwrap_or((None, text))
}

/// A number with a point, or with the comma of French systems.
fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if text.contains(['_', 'e', 'E']) {
        return None;
    }
    Decimal::from_str_exact(&text.strip_prefix('+').unwrap_or(text).replace(',', ".")).ok()
}

/// `3.9-6.1`, `< 5`, `>= 60`.
fn bounds(text: &str) -> Option<ReferenceRange> {
    let (sign, rest) = comparator(text);
    if let Some(sign) = sign {
        let number = Some(decimal(rest)?);
        let open = matches!(sign, Comparator::Less | Comparator::Greater);
        return match sign {
            Comparator::Less | Comparator::LessOrEqual => ReferenceRange::new(None, number)
                .ok()
                .map(|range| range.with_open(false, open)),
            Comparator::Greater | Comparator::GreaterOrEqual => ReferenceRange::new(number, None)
                .ok()
                .map(|range| range.with_open(open, false)),
        };
    }
    // A minus may stand before the first number.
    let place = text
        .char_indices()
        .skip(1)
        .find(|(_, one)| matches!(one, '-' | '–'))?
        .0;
    let (low, high) = text.split_at_checked(place)?;
    ReferenceRange::new(
        Some(decimal(low)?),
        Some(decimal(high.trim_start_matches(['-', '–']))?),
    )
    .ok()
}
