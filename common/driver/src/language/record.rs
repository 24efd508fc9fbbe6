//! One record as rules see it, whatever its language: a name, fields with repeats, components and subcomponents, and its bytes.

use super::{Charset, charset::flagged};
use crate::{
    profile::{FieldName, Place},
    reading::ByteRange,
};
use lisiere_protocol::{hl7, lis2a2};
use std::borrow::Cow;

/// The text of a part of a segment: escapes undone, and switches to another set followed where the set is HL7's own.
macro_rules! decoded {
    ($part:expr, $charset:expr) => {
        match $charset {
            Charset::Hl7(charset) => flagged($part.decode(charset).text).into_owned(),
            other => other.decode(&$part.text()).into_owned(),
        }
    };
}

/// A record of any language.
#[derive(Clone, Debug)]
pub(crate) struct Record<'t> {
    /// Its name: `R`, `OBX`.
    pub(crate) name: Cow<'t, str>,
    /// Where it stands in the capture.
    pub(crate) range: ByteRange,
    pub(super) charset: Charset,
    pub(super) body: Body<'t>,
}

#[derive(Clone, Debug)]
pub(super) enum Body<'t> {
    Lis2a2(lis2a2::Record<'t>),
    Hl7(hl7::Segment<'t>),
    Cells(Vec<Cell<'t>>),
}

/// A field of a fixed format, found by its number or its name.
#[derive(Clone)]
pub(crate) struct Cell<'t> {
    /// Its name, lower case; empty when it has none.
    pub(crate) name: Cow<'t, str>,
    /// Its components as they stand in the capture; one for a plain field.
    pub(crate) parts: Vec<Cow<'t, [u8]>>,
}

impl<'t> Cell<'t> {
    /// A field of one text.
    pub(crate) fn new(name: impl Into<Cow<'t, str>>, text: impl Into<Cow<'t, [u8]>>) -> Self {
        Self {
            name: name.into(),
            parts: vec![text.into()],
        }
    }
}

/// Shows the name only: the bytes may name a patient.
impl std::fmt::Debug for Cell<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Cell({})", self.name)
    }
}

impl<'t> Record<'t> {
    /// A record of a fixed format.
    pub(crate) fn cells(
        name: impl Into<Cow<'t, str>>,
        cells: Vec<Cell<'t>>,
        charset: Charset,
        range: ByteRange,
    ) -> Self {
        Self {
            name: name.into(),
            range,
            charset,
            body: Body::Cells(cells),
        }
    }

    /// The character set its text is in.
    pub(crate) const fn charset(&self) -> Charset {
        self.charset
    }

    /// The text at a place of this record; nothing when it is empty or says "delete" (`""`).
    pub(crate) fn text(&self, place: &Place) -> Option<String> {
        let text = match &self.body {
            Body::Lis2a2(record) => lis2a2_text(record, place, self.charset)?,
            Body::Hl7(segment) => hl7_text(segment, place, self.charset)?,
            Body::Cells(cells) => {
                let cell = find(cells, &place.field)?;
                let part = match place.component {
                    Some(component) => cell.parts.get(component.checked_sub(1)?)?.clone(),
                    None => joined(&cell.parts),
                };
                self.charset.decode(&part).into_owned()
            }
        };
        (!text.is_empty() && text != "\"\"").then_some(text)
    }

    /// The text at a place, for each repeat of the field; the component, if one is named, of each.
    pub(crate) fn repeats(&self, place: &Place) -> Vec<String> {
        match &self.body {
            Body::Lis2a2(record) => {
                let FieldName::Number(number) = place.field else {
                    return Vec::new();
                };
                let text = |repeat: lis2a2::Repeat<'t>| match place.component {
                    Some(component) => self.decode(&repeat.component(component).text()),
                    None => self.decode(&repeat.text()),
                };
                record.field(number).repeats().map(text).collect()
            }
            Body::Hl7(segment) => {
                let FieldName::Number(number) = place.field else {
                    return Vec::new();
                };
                let charset = self.charset;
                let text = |repeat: hl7::Repeat<'t>| match place.component {
                    Some(component) => component_text(repeat.component(component), place, charset),
                    None => decoded!(repeat, charset),
                };
                segment.field(number).repeats().map(text).collect()
            }
            Body::Cells(_) => self.text(place).into_iter().collect(),
        }
    }

    /// Its fields as they stand, for a person, with the number of each; the first is its name.
    pub(crate) fn fields(&self) -> Vec<(usize, String)> {
        match &self.body {
            Body::Lis2a2(record) => (1..)
                .zip(record.fields())
                .map(|(number, field)| (number, self.decode(field.raw())))
                .collect(),
            Body::Hl7(segment) => {
                let name = (0, self.name.to_string());
                let skipped = usize::from(declares(segment));
                let fields = (1 + skipped..).zip(segment.fields().skip(skipped));
                std::iter::once(name)
                    .chain(fields.map(|(number, field)| (number, self.decode(field.raw()))))
                    .collect()
            }
            Body::Cells(cells) => {
                let shown = |cell: &Cell<'_>| self.decode(&joined(&cell.parts));
                (1..).zip(cells).map(|(n, cell)| (n, shown(cell))).collect()
            }
        }
    }

    /// Whether this is a record of that name, or one whose name was damaged after it: what is personal stays so.
    pub(crate) fn is_kin(&self, name: &str) -> bool {
        self.name == name || self.name.to_uppercase().starts_with(name)
    }

    /// Whether a place names this field of this record.
    pub(crate) fn is_at(&self, place: &Place, number: usize) -> bool {
        self.is_kin(&place.record)
            && match (&place.field, &self.body) {
                (FieldName::Number(wanted), _) => *wanted == number,
                (FieldName::Word(word), Body::Cells(cells)) => number
                    .checked_sub(1)
                    .and_then(|index| cells.get(index))
                    .is_some_and(|cell| cell.name == word.as_str()),
                (FieldName::Word(_), Body::Lis2a2(_) | Body::Hl7(_)) => false,
            }
    }

    /// The number of the field that is its name, where its name is a field.
    pub(crate) const fn first_field(&self) -> usize {
        match &self.body {
            Body::Lis2a2(_) => 1,
            Body::Hl7(_) | Body::Cells(_) => 0,
        }
    }

    /// The sign between its fields.
    pub(crate) fn separator(&self) -> char {
        match &self.body {
            Body::Lis2a2(record) => char::from(record.delimiters().field),
            Body::Hl7(segment) => char::from(segment.delimiters().field),
            Body::Cells(_) => '|',
        }
    }

    fn decode(&self, bytes: &[u8]) -> String {
        self.charset.decode(bytes).into_owned()
    }
}

fn find<'c, 't>(cells: &'c [Cell<'t>], field: &FieldName) -> Option<&'c Cell<'t>> {
    match field {
        FieldName::Number(number) => cells.get(number.checked_sub(1)?),
        FieldName::Word(word) => cells.iter().find(|cell| cell.name == word.as_str()),
    }
}

fn joined<'t>(parts: &[Cow<'t, [u8]>]) -> Cow<'t, [u8]> {
    match parts {
        [one] => one.clone(),
        several => Cow::Owned(several.join(&b'^')),
    }
}

fn lis2a2_text(record: &lis2a2::Record<'_>, place: &Place, charset: Charset) -> Option<String> {
    let FieldName::Number(number) = place.field else {
        return None;
    };
    let field = record.field(number);
    let bytes = match (place.repeat, place.component) {
        (None, None) => field.text(),
        (repeat, None) => field.repeat(repeat.unwrap_or(1)).text(),
        (repeat, Some(component)) => {
            let component = field.repeat(repeat.unwrap_or(1)).component(component);
            // LIS2-A2 has no subcomponents: the component is its own first one.
            if place.sub.is_some_and(|sub| sub > 1) {
                return None;
            }
            component.text()
        }
    };
    Some(charset.decode(&bytes).into_owned())
}

/// Whether the segment is a header, whose field 1 is the separator itself (HL7 v2.5.1 §2.14.9.1).
fn declares(segment: &hl7::Segment<'_>) -> bool {
    matches!(segment.name(), b"MSH" | b"FHS" | b"BHS")
}

fn hl7_text(segment: &hl7::Segment<'_>, place: &Place, charset: Charset) -> Option<String> {
    let FieldName::Number(number) = place.field else {
        return None;
    };
    let field = segment.field(number);
    Some(match (place.repeat, place.component) {
        (None, None) => decoded!(field, charset),
        (repeat, None) => decoded!(field.repeat(repeat.unwrap_or(1)), charset),
        (repeat, Some(component)) => {
            let component = field.repeat(repeat.unwrap_or(1)).component(component);
            component_text(component, place, charset)
        }
    })
}

fn component_text(component: hl7::Component<'_>, place: &Place, charset: Charset) -> String {
    match place.sub {
        Some(sub) => decoded!(component.subcomponent(sub), charset),
        None => decoded!(component, charset),
    }
}
