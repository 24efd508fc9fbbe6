//! What a profile does with the text at a place: `O.4.3 | trim`, and the conditions that rules hang on.

use super::place::{Place, PlaceError};
use regex::Regex;
use serde::Deserialize;
use thiserror::Error;

/// Why a text is no locator.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LocatorError {
    /// Not a place.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A filter that does not exist.
    #[error(
        "« {0} » n'est pas un filtre : trim, upper, before X, after X, strip X, capture REGEX, join PLACE, with PLACE, glue PLACE"
    )]
    Filter(String),
    /// A regular expression that does not compile.
    #[error("« {pattern} » n'est pas une expression régulière : {reason}")]
    Pattern {
        /// As written.
        pattern: String,
        /// What the compiler says.
        reason: String,
    },
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
    /// Without this at the beginning, when it is there.
    Strip(String),
    /// The first group of the expression, or the whole match; nothing when it does not match.
    Capture(Regex),
    /// `^` and the text at another place, when that is not empty.
    Join(Place),
    /// A blank and the text at another place, when that is not empty.
    With(Place),
    /// The text at another place, directly after it.
    Glue(Place),
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
        ("strip", sign) if !sign.is_empty() => Ok(Filter::Strip(sign.to_owned())),
        ("capture", pattern) if !pattern.is_empty() => {
            Pattern::try_from(pattern.to_owned()).map(|pattern| Filter::Capture(pattern.0))
        }
        ("join", place) => Ok(Filter::Join(Place::parse(place)?)),
        ("with", place) => Ok(Filter::With(Place::parse(place)?)),
        ("glue", place) => Ok(Filter::Glue(Place::parse(place)?)),
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Where.
    pub at: Locator,
    /// What must match.
    pub matches: Pattern,
}

/// A place to look at, when its conditions hold.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Where.
    pub at: Locator,
    /// Only when all of these hold.
    #[serde(default)]
    pub when: Vec<Condition>,
}

/// Something a locator can look into: the records in force, by name.
pub trait Scope {
    /// How many records of this name are in force.
    fn count(&self, record: &str) -> usize;
    /// The decoded text at the place in the nth of them, the nearest being number 0; nothing when it is empty.
    fn text_in(&self, place: &Place, nth: usize) -> Option<String>;
    /// The text in the nearest of them that has one.
    fn text(&self, place: &Place) -> Option<String> {
        (0..self.count(&place.record)).find_map(|nth| self.text_in(place, nth))
    }
}

impl Locator {
    /// The text it finds; `None` when it is empty or absent.
    pub fn find(&self, scope: &dyn Scope) -> Option<String> {
        let count = scope.count(&self.place.record).max(1);
        (0..count).find_map(|nth| self.find_in(scope, nth))
    }

    fn find_in(&self, scope: &dyn Scope, nth: usize) -> Option<String> {
        let mut text = scope.text_in(&self.place, nth).unwrap_or_default();
        for filter in &self.filters {
            text = filter.apply(text, scope);
        }
        (!text.is_empty()).then_some(text)
    }

    /// Every place it looks at.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        let more = self.filters.iter().filter_map(|filter| match filter {
            Filter::Join(place) | Filter::With(place) | Filter::Glue(place) => Some(place),
            _ => None,
        });
        std::iter::once(&self.place).chain(more)
    }
}

impl Filter {
    fn apply(&self, text: String, scope: &dyn Scope) -> String {
        let joined = |text: String, sign: &str, place: &Place| match scope.text(place) {
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
            Self::Strip(sign) => match text.strip_prefix(sign.as_str()) {
                Some(rest) => rest.to_owned(),
                None => text,
            },
            Self::Capture(pattern) => pattern
                .captures(&text)
                .and_then(|groups| groups.get(1).or_else(|| groups.get(0)))
                .map(|group| group.as_str().to_owned())
                .unwrap_or_default(),
            Self::Join(place) => joined(text, "^", place),
            Self::With(place) => joined(text, " ", place),
            Self::Glue(place) => joined(text, "", place),
        }
    }
}

impl Condition {
    fn holds_in(&self, scope: &dyn Scope, nth: usize) -> bool {
        let text = self.at.find_in(scope, nth).unwrap_or_default();
        self.matches.0.is_match(&text)
    }
}

/// Whether all conditions hold; none is always true. Those on records of one name hold for the same one of them.
pub fn all_hold(conditions: &[Condition], scope: &dyn Scope) -> bool {
    conditions.iter().enumerate().all(|(place, condition)| {
        let record = &condition.at.place.record;
        let same = |other: &&Condition| other.at.place.record == *record;
        // The first condition on a name speaks for all of them.
        if conditions.iter().take(place).any(|other| same(&other)) {
            return true;
        }
        let count = scope.count(record).max(1);
        (0..count).any(|nth| {
            let mut alike = conditions.iter().skip(place).filter(same);
            alike.all(|other| other.holds_in(scope, nth))
        })
    })
}

/// What a locator finds in the nearest record for which the conditions hold.
pub fn find_where(at: &Locator, when: &[Condition], scope: &dyn Scope) -> Option<String> {
    if when.is_empty() {
        return at.find(scope);
    }
    let record = &at.place.record;
    let (own, others): (Vec<&Condition>, Vec<&Condition>) = when
        .iter()
        .partition(|condition| condition.at.place.record == *record);
    if own.is_empty() {
        return all_hold(when, scope).then(|| at.find(scope))?;
    }
    let others: Vec<Condition> = others.into_iter().cloned().collect();
    if !all_hold(&others, scope) {
        return None;
    }
    let count = scope.count(record).max(1);
    (0..count)
        .filter(|nth| own.iter().all(|condition| condition.holds_in(scope, *nth)))
        .find_map(|nth| at.find_in(scope, nth))
}

impl Source {
    /// The text of the first source whose conditions hold and which finds something.
    pub fn first(sources: &[Self], scope: &dyn Scope) -> Option<String> {
        sources
            .iter()
            .find_map(|source| find_where(&source.at, &source.when, scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Scope for Fixed {
        fn count(&self, _: &str) -> usize {
            1
        }
        fn text_in(&self, place: &Place, _: usize) -> Option<String> {
            match place.to_string().as_str() {
                "O-4.3" => Some("   113 ".into()),
                "R-3.4" => Some("8/1/not".into()),
                "R-3.8" => Some("Ct".into()),
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
        assert_eq!(find("R.3.8 | glue R.3.8").as_deref(), Some("CtCt"));
        assert_eq!(find("R.3.4 | strip 8/").as_deref(), Some("1/not"));
        assert_eq!(find("R.3.4 | strip 9").as_deref(), Some("8/1/not"));
    }

    #[test]
    fn mistakes_are_named() {
        for wrong in [
            "",
            "O",
            "O.0",
            "o.3",
            "O.3.4.5.6",
            "O.3 | cut 2",
            "O.3 | capture (",
            "O.3 | before",
        ] {
            assert!(Locator::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
