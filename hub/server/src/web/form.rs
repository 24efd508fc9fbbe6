//! A form as it is shown again: what was typed stays, and each mistake stands beside its field.

use super::fields::Fields;
use crate::laboratory::FieldProblem;

/// What was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Form {
    pub(super) fields: Fields,
    problems: Vec<FieldProblem>,
    /// The form was filled by the hub: drafts of the browser must not replace it.
    pub(super) filled: bool,
}

impl Form {
    /// What was typed, with its mistakes.
    pub(super) fn wrong(fields: Fields, problems: Vec<FieldProblem>) -> Self {
        Self {
            fields,
            problems,
            filled: true,
        }
    }

    /// A form filled by the hub.
    pub(super) fn with(fields: Fields) -> Self {
        Self {
            fields,
            problems: Vec::new(),
            filled: true,
        }
    }

    /// The value of a field.
    pub(super) fn value(&self, name: &str) -> &str {
        self.fields.text(name)
    }

    /// The nth value of a field that stands several times.
    pub(super) fn nth(&self, name: &str, place: usize) -> &str {
        self.fields.all(name).nth(place).unwrap_or_default()
    }

    /// What is wrong with a field.
    pub(super) fn problem(&self, name: &str) -> Option<&str> {
        self.problems
            .iter()
            .find(|problem| problem.field == name)
            .map(|problem| problem.sentence.as_str())
    }

    /// Every mistake, for the summary above the form.
    pub(super) fn problems(&self) -> &[FieldProblem] {
        &self.problems
    }

    /// Whether a choice is made: the value typed, or the first choice when nothing was.
    pub(super) fn chosen(&self, name: &str, value: &str) -> bool {
        self.fields.all(name).any(|chosen| chosen == value)
    }
}
