//! Where a value stands in a message, as people write it: `OBX-5.1`, `PID-3[2].4`, `OBX[3]-5.1.2`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::{Component, Field, Message, Repeat, Segment};

/// A place in a message. Numbers count from 1; what is not written is the first, and a place that ends early is the
/// whole part, with the delimiters below it as text.
///
/// ```
/// use lisiere_protocol::hl7::{Path, read};
///
/// let document = read(b"MSH|^~\\&|Analyzer\rOBX|1|ST|CTNG&CT^GX|CT|^31.1\r");
/// let message = &document.messages[0];
/// let at = |path: &str| path.parse::<Path>().unwrap().text(message).into_owned();
/// assert_eq!(at("OBX-5.2"), b"31.1");
/// assert_eq!(at("OBX-3.1"), b"CTNG&CT");
/// assert_eq!(at("OBX-3.1.2"), b"CT");
/// assert_eq!(at("MSH-3"), b"Analyzer");
/// assert_eq!(at("OBX-19"), b"");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// The segment's name.
    pub segment: [u8; 3],
    /// Which of the segments with that name.
    pub occurrence: u16,
    /// Which field.
    pub field: u16,
    /// Which repeat of the field.
    pub repeat: u16,
    /// Which component; the whole repeat when absent.
    pub component: Option<u16>,
    /// Which subcomponent; the whole component when absent.
    pub subcomponent: Option<u16>,
}

/// What a place holds: the standard tells "nothing given" from "explicitly nothing" (HL7 v2.5.1 §2.5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence<'a> {
    /// Nothing is written there.
    Absent,
    /// `""` is written there.
    Null,
    /// A value, with the escapes undone, in the bytes of the message's charset.
    Value(Cow<'a, [u8]>),
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no place in a message: write SEGMENT-field, with .component and .subcomponent, and [2] for a repeat"
)]
pub struct BadPath(pub String);

impl Path {
    /// A whole field.
    pub const fn field(segment: [u8; 3], field: u16) -> Self {
        Self {
            segment,
            occurrence: 1,
            field,
            repeat: 1,
            component: None,
            subcomponent: None,
        }
    }

    /// One component of the first repeat of a field.
    pub const fn component(segment: [u8; 3], field: u16, component: u16) -> Self {
        Self {
            component: Some(component),
            ..Self::field(segment, field)
        }
    }

    /// The part of a segment that the path names, whatever the segment is called.
    pub fn within<'a>(&self, segment: &Segment<'a>) -> Place<'a> {
        let field = segment.field(usize::from(self.field));
        let repeat = field.repeat(usize::from(self.repeat));
        let Some(number) = self.component else {
            return Place::Repeat(repeat);
        };
        let component = repeat.component(usize::from(number));
        match self.subcomponent {
            None => Place::Component(component),
            Some(number) => Place::Subcomponent(component.subcomponent(usize::from(number))),
        }
    }

    /// The part of a message that the path names; `None` when there is no such segment.
    pub fn find<'a>(&self, message: &Message<'a>) -> Option<Place<'a>> {
        let index = usize::from(self.occurrence.checked_sub(1)?);
        let segment = message.named(&self.segment).nth(index)?;
        Some(self.within(segment))
    }

    /// What a message holds there.
    pub fn presence<'a>(&self, message: &Message<'a>) -> Presence<'a> {
        match self.find(message) {
            None => Presence::Absent,
            Some(place) if place.raw().is_empty() => Presence::Absent,
            Some(place) if place.raw() == b"\"\"" => Presence::Null,
            Some(place) => Presence::Value(place.text()),
        }
    }

    /// The value there, with the escapes undone; empty when there is none.
    pub fn text<'a>(&self, message: &Message<'a>) -> Cow<'a, [u8]> {
        match self.presence(message) {
            Presence::Value(text) => text,
            Presence::Absent | Presence::Null => Cow::Borrowed(&[]),
        }
    }
}

/// A part found by a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// One repeat of a field, whole.
    Repeat(Repeat<'a>),
    /// A component, whole.
    Component(Component<'a>),
    /// A subcomponent.
    Subcomponent(super::Subcomponent<'a>),
}

impl<'a> Place<'a> {
    /// As it stands in the text.
    pub fn raw(&self) -> &'a [u8] {
        match self {
            Self::Repeat(part) => part.raw(),
            Self::Component(part) => part.raw(),
            Self::Subcomponent(part) => part.raw(),
        }
    }

    /// With the escapes undone.
    pub fn text(&self) -> Cow<'a, [u8]> {
        match self {
            Self::Repeat(part) => part.text(),
            Self::Component(part) => part.text(),
            Self::Subcomponent(part) => part.text(),
        }
    }
}

impl FromStr for Path {
    type Err = BadPath;
    fn from_str(text: &str) -> Result<Self, BadPath> {
        parse(text).ok_or_else(|| BadPath(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Path> {
    let (name, place) = text.split_once('-')?;
    let (name, occurrence) = indexed(name)?;
    let segment: [u8; 3] = name.as_bytes().try_into().ok()?;
    if !segment
        .iter()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    {
        return None;
    }
    let mut parts = place.split('.');
    let (field, repeat) = indexed(parts.next()?)?;
    let mut part = || match parts.next() {
        None => Some(None),
        Some(number) => counted(number).map(Some),
    };
    let (component, subcomponent) = (part()?, part()?);
    if parts.next().is_some() {
        return None;
    }
    Some(Path {
        segment,
        occurrence,
        field: counted(field)?,
        repeat,
        component,
        subcomponent,
    })
}

/// `X[2]` as `X` and 2; without brackets the first.
fn indexed(text: &str) -> Option<(&str, u16)> {
    let Some((name, index)) = text.split_once('[') else {
        return Some((text, 1));
    };
    Some((name, counted(index.strip_suffix(']')?)?))
}

fn counted(digits: &str) -> Option<u16> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|number| *number > 0)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.segment {
            write!(f, "{}", char::from(byte))?;
        }
        if self.occurrence != 1 {
            write!(f, "[{}]", self.occurrence)?;
        }
        write!(f, "-{}", self.field)?;
        if self.repeat != 1 {
            write!(f, "[{}]", self.repeat)?;
        }
        if let Some(component) = self.component {
            write!(f, ".{component}")?;
            if let Some(subcomponent) = self.subcomponent {
                write!(f, ".{subcomponent}")?;
            }
        }
        Ok(())
    }
}

impl<'a> From<Field<'a>> for Place<'a> {
    fn from(field: Field<'a>) -> Self {
        Self::Repeat(field.repeat(1))
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, Presence};
    use crate::hl7::read;

    #[test]
    fn paths_are_written_as_they_are_read() {
        for text in ["OBX-5", "OBX-5.1", "PID-3[2].4.1", "OBX[3]-5[2]", "ZB1-1"] {
            assert_eq!(text.parse::<Path>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "OBX",
            "OBX-",
            "OBX-0",
            "OBX-5.0",
            "OB-5",
            "obx-5",
            "OBX-5.1.1.1",
            "OBX[-5",
            "OBX-5[x]",
            "OBX-+5",
            "OBX-99999",
        ] {
            assert!(text.parse::<Path>().is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_given_is_not_explicitly_nothing() {
        let document = read(b"MSH|^~\\&\rOBR||\"\"||A~B^\"\"\r");
        let message = &document.messages[0];
        let at = |path: &str| path.parse::<Path>().unwrap().presence(message);
        assert_eq!(at("OBR-1"), Presence::Absent);
        assert_eq!(at("OBR-2"), Presence::Null);
        assert_eq!(at("OBR-4"), Presence::Value(b"A".into()));
        assert_eq!(at("OBR-4[2].1"), Presence::Value(b"B".into()));
        assert_eq!(at("OBR-4[2].2"), Presence::Null);
        assert_eq!(at("OBR-4[3]"), Presence::Absent);
        assert_eq!(at("OBR[2]-4"), Presence::Absent);
        assert_eq!(at("MSH-1"), Presence::Value(b"|".into()));
        assert_eq!(at("OBX-1"), Presence::Absent);
    }
}
