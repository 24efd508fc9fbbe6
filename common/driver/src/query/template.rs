//! One line of an answer: text with places to be filled, checked when the profile is read.

use super::rule::Spot;
use serde::Deserialize;
use thiserror::Error;

/// One line of an answer, or one test in a list: text as the maker wants it, and `{places}`.
///
/// `{now}` the moment, `{control}` a new control number, `{nth}` and `{nth+28}` the number of this line among those of its
/// kind, `{tube}` the number on the tube, `{asked}`, `{asked.3}`, `{asked.4-}` what the analyzer wrote for the tube (all of
/// it, one component, from a component on), `{kind}`, `{priority}`, `{tests}` of the tube, `{code}` of the test, and
/// `{QPD}`, `{MSH.10}`, `{H.5.1}` parts of the question, as sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    pub(super) parts: Vec<Part>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Now,
    Control,
    /// The number of this line, and what is added to it.
    Nth(usize),
    Tube,
    Asked,
    AskedComponent(usize),
    AskedFrom(usize),
    Kind,
    Priority,
    Tests,
    Code,
    Question(Spot),
}

/// Why a text is no line of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// A place that does not exist.
    #[error(
        "`{{{0}}}` is no place: now, control, nth, nth+N, tube, asked, asked.N, asked.N-, kind, priority, tests, code, or a \
         part of the question such as QPD, MSH.10, H.5.1"
    )]
    Place(String),
    /// A brace without its other half.
    #[error("a brace is not closed in `{0}`")]
    Brace(String),
    /// A character that ends a record or belongs to the link.
    #[error("`{0}` holds a control character: one line is one record")]
    Control(String),
}

impl TryFrom<String> for Template {
    type Error = TemplateError;
    fn try_from(text: String) -> Result<Self, TemplateError> {
        if text.chars().any(char::is_control) {
            return Err(TemplateError::Control(text));
        }
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let Some((name, after)) = after.split_once('}') else {
                return Err(TemplateError::Brace(text));
            };
            parts.push(Part::named(name)?);
            rest = after;
        }
        if rest.contains('}') {
            return Err(TemplateError::Brace(text));
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }
}

impl Part {
    fn named(name: &str) -> Result<Self, TemplateError> {
        let wrong = || TemplateError::Place(name.to_owned());
        let number = |text: &str| match text.parse::<usize>() {
            Ok(number @ 1..=200) => Ok(number),
            _ => Err(wrong()),
        };
        Ok(match name {
            "now" => Self::Now,
            "control" => Self::Control,
            "nth" => Self::Nth(0),
            "tube" => Self::Tube,
            "asked" => Self::Asked,
            "kind" => Self::Kind,
            "priority" => Self::Priority,
            "tests" => Self::Tests,
            "code" => Self::Code,
            _ => {
                if let Some(added) = name.strip_prefix("nth+") {
                    Self::Nth(number(added)?)
                } else if let Some(component) = name.strip_prefix("asked.") {
                    match component.strip_suffix('-') {
                        Some(from) => Self::AskedFrom(number(from)?),
                        None => Self::AskedComponent(number(component)?),
                    }
                } else {
                    Self::Question(Spot::try_from(name.to_owned()).map_err(|_| wrong())?)
                }
            }
        })
    }
}

impl Template {
    /// The text before the first place: enough to see the delimiters that a first line declares.
    pub(super) fn beginning(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_or_its_mistake_named() {
        let line = Template::try_from("O|{nth}|{tube}|{asked.4-}|{tests}".to_owned()).unwrap();
        assert_eq!(line.parts.len(), 8);
        assert_eq!(line.beginning(), "O|");
        for (wrong, said) in [
            ("O|{tubes}", "`{tubes}` is no place"),
            ("O|{asked.0}", "`{asked.0}` is no place"),
            ("O|{nth+x}", "is no place"),
            ("O|{nth", "not closed"),
            ("O|nth}", "not closed"),
            ("O|1\rP|1", "control character"),
        ] {
            let error = Template::try_from(wrong.to_owned())
                .unwrap_err()
                .to_string();
            assert!(error.contains(said), "{wrong:?}: {error}");
        }
    }
}
