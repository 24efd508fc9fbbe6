//! Where a profile finds a value: `O.4.3 | trim`, and the conditions that rules hang on.

use regex::Regex;
use serde::Deserialize;
use thiserror::Error;

/// Why a text is no locator.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LocatorError {
    /// Not `LETTER.field` or `LETTER.field.component`.
    #[error(
        "`{0}` is no place: write LETTER.field or LETTER.field.component, counted from 1 (`O.4.3`)"
    )]
    Place(String),
    /// A filter that does not exist.
    #[error(
        "`{0}` is no filter: trim, upper, before X, after X, capture REGEX, join PLACE, with PLACE"
    )]
    Filter(String),
    /// A regular expression that does not compile.
    #[error("`{pattern}` is no regular expression: {reason}")]
    Pattern {
        /// As written.
        pattern: String,
        /// What the compiler says.
        reason: String,
    },
}

/// A record letter, a field, and perhaps a component, all counted from 1 as in the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The record letter.
    pub letter: u8,
    /// The field, the letter being field 1.
    pub field: usize,
    /// The component; absent for the whole field.
    pub component: Option<usize>,
}

impl Place {
    fn parse(text: &str) -> Result<Self, LocatorError> {
        let wrong = || LocatorError::Place(text.to_owned());
        let number = |part: &str| {
            part.parse::<usize>()
                .ok()
                .filter(|number| (1..=200).contains(number))
                .ok_or_else(wrong)
        };
        let parts: Vec<&str> = text.split('.').collect();
        let (letter, field, component) = match parts.as_slice() {
            [letter, field] => (*letter, number(field)?, None),
            [letter, field, component] => (*letter, number(field)?, Some(number(component)?)),
            _ => return Err(wrong()),
        };
        match letter.as_bytes() {
            [letter] if letter.is_ascii_uppercase() => Ok(Self {
                letter: *letter,
                field,
                component,
            }),
            _ => Err(wrong()),
        }
    }
}

/// One step on the text found at the place.
#[derive(Clone, Debug)]
pub enum Filter {
    /// Blanks at both ends go.
    Trim,
    /// In upper case.
    Upper,
    /// The part before the first of these; all of it when there is none.
    Before(String),
    /// The part after the first of these; nothing when there is none.
    After(String),
    /// The first group of the expression, or the whole match; nothing when it does not match.
    Capture(Regex),
    /// `^` and the text at another place, when that is not empty.
    Join(Place),
    /// A blank and the text at another place, when that is not empty.
    With(Place),
}

/// A place and what is done with the text found there.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Locator {
    /// Where.
    pub place: Place,
    /// What is done, in order.
    pub filters: Vec<Filter>,
}

impl TryFrom<String> for Locator {
    type Error = LocatorError;
    fn try_from(text: String) -> Result<Self, LocatorError> {
        let mut parts = text.split(" | ").map(str::trim);
        let place = Place::parse(parts.next().unwrap_or_default())?;
        let filters = parts.map(filter).collect::<Result<_, _>>()?;
        Ok(Self { place, filters })
    }
}

fn filter(text: &str) -> Result<Filter, LocatorError> {
    let wrong = || LocatorError::Filter(text.to_owned());
    let (word, argument) = match text.split_once(' ') {
        Some((word, argument)) => (word, argument.trim()),
        None => (text, ""),
    };
    match (word, argument) {
        ("trim", "") => Ok(Filter::Trim),
        ("upper", "") => Ok(Filter::Upper),
        ("before", sign) if !sign.is_empty() => Ok(Filter::Before(sign.to_owned())),
        ("after", sign) if !sign.is_empty() => Ok(Filter::After(sign.to_owned())),
        ("capture", pattern) if !pattern.is_empty() => {
            Pattern::try_from(pattern.to_owned()).map(|pattern| Filter::Capture(pattern.0))
        }
        ("join", place) => Place::parse(place).map(Filter::Join),
        ("with", place) => Place::parse(place).map(Filter::With),
        _ => Err(wrong()),
    }
}

/// A regular expression of a profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(pub Regex);

impl TryFrom<String> for Pattern {
    type Error = LocatorError;
    fn try_from(text: String) -> Result<Self, LocatorError> {
        Regex::new(&text).map(Self).map_err(|error| {
            let reason = match &error {
                regex::Error::Syntax(words) => words.lines().last().unwrap_or_default().to_owned(),
                other => other.to_string(),
            };
            LocatorError::Pattern {
                pattern: text.clone(),
                reason,
            }
        })
    }
}

/// A condition: the text at a place matches an expression. An empty place is an empty text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Where.
    pub at: Locator,
    /// What must match.
    pub matches: Pattern,
}

/// A place to look at, when its conditions hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Where.
    pub at: Locator,
    /// Only when all of these hold.
    #[serde(default)]
    pub when: Vec<Condition>,
}

/// Something a locator can look into: records by letter.
pub trait Scope {
    /// The decoded text at the place, or nothing when there is no such record now.
    fn text(&self, place: Place) -> Option<String>;
}

impl Locator {
    /// The text it finds; `None` when it is empty or absent.
    pub fn find(&self, scope: &dyn Scope) -> Option<String> {
        let mut text = scope.text(self.place).unwrap_or_default();
        for filter in &self.filters {
            text = filter.apply(text, scope);
        }
        (!text.is_empty()).then_some(text)
    }
}

impl Filter {
    fn apply(&self, text: String, scope: &dyn Scope) -> String {
        let joined = |text: String, sign: char, place: &Place| match scope.text(*place) {
            Some(more) if !more.trim().is_empty() => {
                if text.is_empty() {
                    more
                } else {
                    format!("{text}{sign}{more}")
                }
            }
            _ => text,
        };
        match self {
            Self::Trim => text.trim().to_owned(),
            Self::Upper => text.to_uppercase(),
            Self::Before(sign) => text
                .split(sign.as_str())
                .next()
                .unwrap_or_default()
                .to_owned(),
            Self::After(sign) => text
                .split_once(sign.as_str())
                .map(|(_, after)| after.to_owned())
                .unwrap_or_default(),
            Self::Capture(pattern) => pattern
                .captures(&text)
                .and_then(|groups| groups.get(1).or_else(|| groups.get(0)))
                .map(|group| group.as_str().to_owned())
                .unwrap_or_default(),
            Self::Join(place) => joined(text, '^', place),
            Self::With(place) => joined(text, ' ', place),
        }
    }
}

impl Condition {
    /// Whether it holds.
    pub fn holds(&self, scope: &dyn Scope) -> bool {
        self.matches
            .0
            .is_match(&self.at.find(scope).unwrap_or_default())
    }
}

/// Whether all conditions hold; none is always true.
pub fn all_hold(conditions: &[Condition], scope: &dyn Scope) -> bool {
    conditions.iter().all(|condition| condition.holds(scope))
}

impl Source {
    /// The text of the first source whose conditions hold and which finds something.
    pub fn first(sources: &[Self], scope: &dyn Scope) -> Option<String> {
        sources
            .iter()
            .filter(|source| all_hold(&source.when, scope))
            .find_map(|source| source.at.find(scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Scope for Fixed {
        fn text(&self, place: Place) -> Option<String> {
            match (place.letter, place.field, place.component) {
                (b'O', 4, Some(3)) => Some("   113 ".into()),
                (b'R', 3, Some(4)) => Some("8/1/not".into()),
                (b'R', 3, Some(8)) => Some("Ct".into()),
                _ => None,
            }
        }
    }

    fn find(text: &str) -> Option<String> {
        Locator::try_from(text.to_owned()).unwrap().find(&Fixed)
    }

    #[test]
    fn filters_follow_each_other() {
        assert_eq!(find("O.4.3 | trim").as_deref(), Some("113"));
        assert_eq!(find("O.4.3").as_deref(), Some("   113 "));
        assert_eq!(
            find("R.3.4 | before / | join R.3.8").as_deref(),
            Some("8^Ct")
        );
        assert_eq!(find("R.3.4 | after /").as_deref(), Some("1/not"));
        assert_eq!(find("R.3.4 | capture ^\\d+/(\\d)").as_deref(), Some("1"));
        assert_eq!(find("R.9 | trim"), None);
        assert_eq!(find("R.9 | with R.3.8").as_deref(), Some("Ct"));
    }

    #[test]
    fn mistakes_are_named() {
        for wrong in [
            "",
            "O",
            "O.0",
            "o.3",
            "O.3.4.5",
            "O.3 | cut 2",
            "O.3 | capture (",
            "O.3 | before",
        ] {
            assert!(Locator::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
