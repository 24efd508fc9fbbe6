//! The words of the pages: French where they are written, their English in one table.
//!
//! A page says `w.say("Réception")`. A test reads every page and every file of this room and proves that each sentence
//! said has its English, and that the table holds no other.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};

mod english;

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Words {
    english: bool,
}

impl Words {
    /// The language named `fr` or `en`; anything else is French.
    pub(crate) fn named(language: &str) -> Self {
        Self {
            english: language == "en",
        }
    }

    /// The language a browser prefers, before anybody has signed in.
    pub(crate) fn asked_by(headers: &HeaderMap) -> Self {
        let asked = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Self {
            english: asked.starts_with("en"),
        }
    }

    /// `fr` or `en`.
    pub(crate) fn language(self) -> &'static str {
        if self.english { "en" } else { "fr" }
    }

    /// The sentence in this language; one that has no English stays French.
    pub(crate) fn say(self, french: &(impl AsRef<str> + ?Sized)) -> &str {
        static TABLE: LazyLock<HashMap<&'static str, &'static str>> =
            LazyLock::new(|| english::all().collect());
        let french = french.as_ref();
        if self.english {
            TABLE.get(french).copied().unwrap_or(french)
        } else {
            french
        }
    }

    /// A counter of a link in words, for those who stand beside it.
    pub(crate) fn counter(self, name: &str) -> String {
        lisiere_protocol::counters::words::words(name).map_or_else(
            || name.replace('_', " "),
            |known| {
                let words = if self.english {
                    known.english
                } else {
                    known.french
                };
                words.to_owned()
            },
        )
    }

    /// One of two sentences by number, with the number where its `{}` stands: French says « 0 dossier », English
    /// "0 orders".
    pub(crate) fn many(self, number: impl std::fmt::Display, one: &str, many: &str) -> String {
        let number = number.to_string();
        let single = number == "1" || (number == "0" && !self.english);
        self.with(if single { one } else { many }, number)
    }

    /// The sentence with a number or a word where its `{}` stands.
    pub(crate) fn with(self, french: &str, value: impl std::fmt::Display) -> String {
        self.say(french).replacen("{}", &value.to_string(), 1)
    }
}

#[cfg(test)]
mod tests;
