//! Reads a TOML document key by key, remembering where each key stands and every mistake met on the way.

use super::Mistake;
use std::ops::RangeInclusive;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A document being read, and the mistakes found so far.
pub(super) struct Document<'d> {
    text: &'d str,
    mistakes: Vec<Mistake>,
}

/// One table of it.
pub(super) struct Section<'s, 'd> {
    path: String,
    line: usize,
    table: &'s DeTable<'d>,
    known: Vec<&'static str>,
}

/// Mistakes of form that are looked for: one unclosed bracket can make every later line look wrong.
const FORM_MISTAKES: usize = 5;

/// Takes lines that are not TOML out of a text, so that the rest can be read too; offsets stay what they were.
pub(super) fn without_broken_lines(text: &str) -> (String, Vec<Mistake>) {
    let mut text = text.to_owned();
    let mut mistakes: Vec<Mistake> = Vec::new();
    while mistakes.len() < FORM_MISTAKES {
        let Some(error) = DeTable::parse_recoverable(&text).1.into_iter().next() else {
            break;
        };
        let offset = error.span().map_or(0, |span| span.start).min(text.len());
        let line = line_of(&text, offset);
        let repeated = mistakes.iter().any(|mistake| mistake.line == line);
        mistakes.push(Mistake {
            line,
            key: String::new(),
            what: format!("not TOML: {}", error.message().replace('\n', ", ")),
            remedy: "correct the form of this line".to_owned(),
        });
        if repeated {
            break;
        }
        text = text
            .split_inclusive('\n')
            .enumerate()
            .map(|(index, content)| {
                if index + 1 != line {
                    return content.to_owned();
                }
                let end = if content.ends_with('\n') { "\n" } else { "" };
                " ".repeat(content.len() - end.len()) + end
            })
            .collect();
    }
    mistakes.dedup_by_key(|mistake| mistake.line);
    (text, mistakes)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset)
        .map_or(1, |before| 1 + before.matches('\n').count())
}

impl<'d> Document<'d> {
    pub(super) fn new(text: &'d str, mistakes: Vec<Mistake>) -> Self {
        Self { text, mistakes }
    }

    /// Parses what can be parsed.
    pub(super) fn parse(&self) -> Spanned<DeTable<'d>> {
        DeTable::parse_recoverable(self.text).0
    }

    fn line_of(&self, offset: usize) -> usize {
        line_of(self.text, offset)
    }

    /// The value, or all mistakes by line.
    pub(super) fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<Mistake>> {
        self.mistakes.sort_by_key(|mistake| mistake.line);
        match value {
            Some(value) if self.mistakes.is_empty() => Ok(value),
            _ => Err(self.mistakes),
        }
    }
}

impl<'s, 'd> Section<'s, 'd> {
    /// The whole document.
    pub(super) fn root(table: &'s DeTable<'d>) -> Self {
        Self {
            path: String::new(),
            line: 1,
            table,
            known: Vec::new(),
        }
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Whether the key is written.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Notes a mistake about a key of this table, at the key's line or else at the table's.
    pub(super) fn wrong(&self, document: &mut Document<'_>, key: &str, what: String, remedy: &str) {
        let line = self
            .table
            .get(key)
            .map(|value| document.line_of(value.span().start));
        document.mistakes.push(Mistake {
            line: line.unwrap_or(self.line),
            key: self.full(key),
            what,
            remedy: remedy.to_owned(),
        });
    }

    fn take(&mut self, key: &'static str) -> Option<&'s Spanned<DeValue<'d>>> {
        self.known.push(key);
        self.table.get(key)
    }

    /// A text, if written.
    pub(super) fn text(
        &mut self,
        document: &mut Document<'_>,
        key: &'static str,
    ) -> Option<String> {
        let value = self.take(key)?;
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            let what = format!("{} is not text", value.get_ref().type_str());
            self.wrong(document, key, what, "write it between double quotes");
        }
        text
    }

    /// A text that must be there.
    pub(super) fn required_text(
        &mut self,
        document: &mut Document<'_>,
        key: &'static str,
        remedy: &str,
    ) -> Option<String> {
        if !self.has(key) {
            self.known.push(key);
            self.wrong(document, key, "missing".to_owned(), remedy);
            return None;
        }
        self.text(document, key)
    }

    /// True or false, if written.
    pub(super) fn boolean(
        &mut self,
        document: &mut Document<'_>,
        key: &'static str,
    ) -> Option<bool> {
        let value = self.take(key)?.get_ref();
        let read = value.as_bool();
        if read.is_none() {
            let what = format!("{} is neither true nor false", value.type_str());
            self.wrong(document, key, what, "write true or false without quotes");
        }
        read
    }

    /// Whether the key is written, and as a table.
    pub(super) fn is_table(&self, key: &str) -> bool {
        let value = self.table.get(key);
        value.is_some_and(|value| value.get_ref().as_table().is_some())
    }

    /// Every key with its value, for a table whose keys are known elsewhere.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'s str, &'s DeValue<'d>)> + use<'s, 'd> {
        let table = self.table;
        table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), value.get_ref()))
    }

    /// The same table, to be read once more.
    pub(super) fn again(&self) -> Self {
        Self {
            path: self.path.clone(),
            line: self.line,
            table: self.table,
            known: Vec::new(),
        }
    }

    /// One of a few words, if written.
    pub(super) fn choice<T: Copy>(
        &mut self,
        document: &mut Document<'_>,
        key: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let word = self.text(document, key)?;
        let chosen = choices
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, value)| *value);
        if chosen.is_none() {
            let words: Vec<_> = choices
                .iter()
                .map(|(known, _)| format!("\"{known}\""))
                .collect();
            let remedy = format!("write {}", words.join(" or "));
            self.wrong(
                document,
                key,
                format!("`{word}` is not one of the choices"),
                &remedy,
            );
        }
        chosen
    }

    /// A whole number within bounds, if written.
    pub(super) fn integer(
        &mut self,
        document: &mut Document<'_>,
        key: &'static str,
        bounds: RangeInclusive<u64>,
    ) -> Option<u64> {
        let value = self.take(key)?.get_ref();
        let remedy = format!(
            "write a whole number from {} to {}",
            bounds.start(),
            bounds.end()
        );
        let Some(integer) = value.as_integer() else {
            self.wrong(
                document,
                key,
                format!("{} is not a whole number", value.type_str()),
                &remedy,
            );
            return None;
        };
        let digits = integer.as_str();
        let number = u64::from_str_radix(digits, integer.radix()).ok();
        let number = number.filter(|number| bounds.contains(number));
        if number.is_none() {
            self.wrong(document, key, format!("{digits} is out of bounds"), &remedy);
        }
        number
    }

    /// A table, if written.
    pub(super) fn table(
        &mut self,
        document: &mut Document<'_>,
        key: &'static str,
    ) -> Option<Section<'s, 'd>> {
        let value = self.take(key)?;
        let Some(table) = value.get_ref().as_table() else {
            let what = format!("{} is not a table", value.get_ref().type_str());
            self.wrong(
                document,
                key,
                what,
                &format!("write [{key}] or {key} = {{ … }}"),
            );
            return None;
        };
        Some(Section {
            path: self.full(key),
            line: document.line_of(value.span().start),
            table,
            known: Vec::new(),
        })
    }

    /// The tables of an array written `[[key]]`.
    pub(super) fn tables(
        &mut self,
        document: &mut Document<'_>,
        key: &'static str,
    ) -> Vec<Section<'s, 'd>> {
        let Some(value) = self.take(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            let what = format!("{} is not a list of tables", value.get_ref().type_str());
            self.wrong(document, key, what, &format!("write [[{key}]]"));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (index, item) in array.iter().enumerate() {
            let path = format!("{}[{index}]", self.full(key));
            let line = document.line_of(item.span().start);
            if let Some(table) = item.get_ref().as_table() {
                sections.push(Section {
                    path,
                    line,
                    table,
                    known: Vec::new(),
                });
            } else {
                document.mistakes.push(Mistake {
                    line,
                    key: path,
                    what: format!("{} is not a table", item.get_ref().type_str()),
                    remedy: format!("write [[{key}]]"),
                });
            }
        }
        sections
    }

    /// Names the keys nobody asked for: a misspelt key must not be silently ignored.
    pub(super) fn finish(&self, document: &mut Document<'_>) {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if self.known.contains(&name) {
                continue;
            }
            let nearest = self.known.iter().min_by_key(|known| distance(known, name));
            let remedy = match nearest {
                Some(nearest) if distance(nearest, name) <= 2 => {
                    format!("did you mean `{nearest}`?")
                }
                _ => format!("remove it; known keys here: {}", self.known.join(", ")),
            };
            document.mistakes.push(Mistake {
                line: document.line_of(key.span().start),
                key: self.full(name),
                what: "unknown key".to_owned(),
                remedy,
            });
        }
    }
}

/// Levenshtein's distance; keys are short.
pub(super) fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = i;
        let mut previous = i + 1;
        if let Some(first) = row.first_mut() {
            *first = previous;
        }
        for (cell, r) in row.iter_mut().skip(1).zip(right.chars()) {
            let changed = diagonal + usize::from(l != r);
            diagonal = *cell;
            previous = changed.min(*cell + 1).min(previous + 1);
            *cell = previous;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn distance_counts_edits() {
        for (left, right, expected) in [
            ("", "", 0),
            ("baud", "baud", 0),
            ("baud", "bauds", 1),
            ("buad", "baud", 2),
            ("", "abc", 3),
        ] {
            assert_eq!(super::distance(left, right), expected, "{left} {right}");
            assert_eq!(super::distance(right, left), expected, "{right} {left}");
        }
    }
}
