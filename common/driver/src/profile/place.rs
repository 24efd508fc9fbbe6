//! Where a profile looks: `NAME.field[.component[.sub]]`, counted from 1 as in the standards.

use std::fmt;
use thiserror::Error;

/// Why a text is no place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "« {0} » n'est pas une place : écrivez NOM.champ, NOM.champ.composante ou NOM.champ.composante.sous-composante, comptés à partir de 1 (`O.4.3`, `OBX.5.1`, `SPM.2.1.1`)"
)]
pub struct PlaceError(pub String);

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldName {
    /// Counted from 1; in LIS2-A2 the record letter is field 1.
    Number(usize),
    /// By its name, in languages whose fields have names (`RESULT.qn`).
    Word(String),
}

impl FieldName {
    /// Whether a text can be the name of a field.
    pub fn is_word(text: &str) -> bool {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        text.bytes()
            .next()
            .is_some_and(|first| first.is_ascii_lowercase())
            && text.bytes().all(letter)
    }
}

/// A record, a field, and perhaps a repeat, a component and a subcomponent, all counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The record's name: `O`, `OBX`.
    pub record: String,
    /// The field.
    pub field: FieldName,
    /// The repeat of the field (`OBX.18[2]`); absent for the first where a component is named, else for the whole field.
    pub repeat: Option<usize>,
    /// The component; absent for the whole field.
    pub component: Option<usize>,
    /// The subcomponent; absent for the whole component.
    pub sub: Option<usize>,
}

impl Place {
    /// A field of a record, or a component of it.
    pub fn field(record: &str, number: usize, component: Option<usize>) -> Self {
        Self {
            record: record.to_owned(),
            field: FieldName::Number(number),
            repeat: None,
            component,
            sub: None,
        }
    }

    /// Reads a place.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        let wrong = || PlaceError(text.to_owned());
        let number = |part: &str| {
            part.parse::<usize>()
                .ok()
                .filter(|number| (1..=999).contains(number) && !part.starts_with('+'))
                .ok_or_else(wrong)
        };
        let parts: Vec<&str> = text.split('.').collect();
        let (record, field, component, sub) = match parts.as_slice() {
            [record, field] => (*record, *field, None, None),
            [record, field, component] => (*record, *field, Some(number(component)?), None),
            [record, field, component, sub] => (
                *record,
                *field,
                Some(number(component)?),
                Some(number(sub)?),
            ),
            _ => return Err(wrong()),
        };
        let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let named = record.len() <= 8
            && record.bytes().all(upper)
            && record
                .bytes()
                .next()
                .is_some_and(|first| first.is_ascii_uppercase());
        if !named {
            return Err(wrong());
        }
        let (field, repeat) = match field
            .strip_suffix(']')
            .and_then(|rest| rest.split_once('['))
        {
            Some((field, repeat)) => (field, Some(number(repeat)?)),
            None => (field, None),
        };
        Ok(Self {
            record: record.to_owned(),
            field: if FieldName::is_word(field) {
                FieldName::Word(field.to_owned())
            } else {
                FieldName::Number(number(field)?)
            },
            repeat,
            component,
            sub,
        })
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Word(word) => formatter.write_str(word),
        }
    }
}

/// As laboratories write it: `O-4.3`.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.record, self.field)?;
        if let Some(repeat) = self.repeat {
            write!(formatter, "[{repeat}]")?;
        }
        for part in [self.component, self.sub].into_iter().flatten() {
            write!(formatter, ".{part}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_shown() {
        for (text, shown) in [
            ("O.4.3", "O-4.3"),
            ("OBX.3.1.2", "OBX-3.1.2"),
            ("OBX.18[2].1", "OBX-18[2].1"),
            ("SPM.2", "SPM-2"),
            ("RESULT.qn", "RESULT-qn"),
        ] {
            assert_eq!(Place::parse(text).unwrap().to_string(), shown);
        }
        for wrong in [
            "",
            "O",
            "O.0",
            "o.3",
            "O.3.4.5.6",
            "O.+3",
            "O.3.x",
            "O.3[0]",
            "O.Q",
            "1O.3",
        ] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
    }
}
