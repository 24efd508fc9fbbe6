//! Widths, columns and tables of fixed formats, which no message declares.

use super::{Profile, place::FieldName};
use crate::{data::Mistake, language::Language};
use regex::bytes::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a fixed format needs to be told; languages that declare themselves need nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// `au`, `kx`, `tosoh`: the kinds of block; the first that fits decides.
    #[serde(default)]
    pub block: Vec<BlockLayout>,
    /// `abx`: kinds of message that carry results. Any other is put before a person.
    #[serde(default)]
    pub heads: Vec<String>,
    /// `abx`: identifiers of lines about the specimen, with the field of record O that each fills; of the one called
    /// `date` the digits alone are in `digits`. Lines with any other identifier are rows.
    #[serde(default)]
    pub identifiers: BTreeMap<String, String>,
    /// `text`: what is looked for. Named groups are the fields of the record.
    #[serde(default)]
    pub find: Vec<Find>,
}

/// A kind of block.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BlockLayout {
    /// How its text begins.
    pub begins: BytesPattern,
    /// How long its text is, when it always is; a block of another length is of another kind.
    pub length: Option<usize>,
    /// The record that its first columns make (`O`).
    pub record: String,
    /// Its first columns, in order.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// What follows them, again and again to the end.
    pub each: Option<Repeated>,
    /// Whether it belongs to the message of the block before it.
    #[serde(default)]
    pub continues: bool,
}

/// Columns that repeat.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    /// The record that each makes.
    #[serde(default = "row")]
    pub record: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// The code of each in order, where the block does not say it: as many as there are repeats.
    #[serde(default)]
    pub codes: Vec<String>,
}

fn row() -> String {
    "R".to_owned()
}

/// A column: `value 9`, a name and a width. A column named `-` is skipped; a width of `*` takes what is left.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Column {
    /// Its name; nothing when it is skipped.
    pub name: Option<String>,
    /// Its width; nothing when it takes what is left.
    pub width: Option<usize>,
}

impl TryFrom<String> for Column {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || {
            format!(
                "« {text} » n'est pas une colonne : un nom et une largeur, comme « value 9 », « - 4 » ou « id * »"
            )
        };
        let (name, width) = text.split_once(' ').ok_or_else(wrong)?;
        let width = match width.trim() {
            "*" => None,
            digits => Some(
                digits
                    .parse()
                    .ok()
                    .filter(|width| (1..=999).contains(width))
                    .ok_or_else(wrong)?,
            ),
        };
        let name = match name {
            "-" => None,
            word if FieldName::is_word(word) => Some(word.to_owned()),
            _ => return Err(wrong()),
        };
        Ok(Self { name, width })
    }
}

/// Something that is looked for in print text.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The record it makes.
    pub record: String,
    /// What it looks like; its named groups are the fields of the record.
    pub matches: BytesPattern,
}

/// A regular expression on bytes: a group matches what the analyzer sent, whatever its character set.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct BytesPattern(pub Regex);

impl TryFrom<String> for BytesPattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let pattern = Regex::new(&text).map_err(|error| {
            let reason = match &error {
                regex::Error::Syntax(words) => words.lines().last().unwrap_or_default().to_owned(),
                other => other.to_string(),
            };
            format!("« {text} » n'est pas une expression régulière : {reason}")
        })?;
        // One that matches nothing at all would be found everywhere.
        if pattern.is_match(b"") {
            return Err(format!("« {text} » convient à un texte vide"));
        }
        Ok(Self(pattern))
    }
}

/// What a layout lacks or has too much of for its language.
pub(super) fn mistakes(profile: &Profile) -> Vec<Mistake> {
    let layout = &profile.layout;
    let mut found = Vec::new();
    let language = profile.language;
    let columns = matches!(language, Language::Au | Language::Kx | Language::Tosoh);
    let keys = [
        ("block", !layout.block.is_empty(), columns),
        ("heads", !layout.heads.is_empty(), language == Language::Abx),
        (
            "identifiers",
            !layout.identifiers.is_empty(),
            language == Language::Abx,
        ),
        ("find", !layout.find.is_empty(), language == Language::Text),
    ];
    for (key, given, useful) in keys {
        let path = format!("layout.{key}");
        if given && !useful {
            let words = format!("layout.{key} ne sert à rien dans la langue {language}");
            found.push(Mistake::new(&path, words, "retirez la clé"));
        }
        // Print text without anything to look for is a driver that only identifies.
        if !given && useful && key != "find" {
            let words = format!("la langue {language} a besoin de layout.{key}");
            found.push(Mistake::new(
                "",
                words,
                "décrivez les blocs ou les lignes de l'analyseur",
            ));
        }
    }
    for (place, block) in layout.block.iter().enumerate() {
        block_mistakes(block, &format!("layout.block[{place}]"), &mut found);
    }
    for (place, find) in layout.find.iter().enumerate() {
        let path = format!("layout.find[{place}]");
        record_mistake(&find.record, &path, &mut found);
        if find.matches.0.capture_names().flatten().next().is_none() {
            let words = "aucun groupe nommé : rien ne serait lu".to_owned();
            let remedy = "nommez ce qui est à lire : (?P<value>[0-9.]+)";
            found.push(Mistake::new(&format!("{path}.matches"), words, remedy));
        }
    }
    found
}

fn block_mistakes(block: &BlockLayout, path: &str, found: &mut Vec<Mistake>) {
    record_mistake(&block.record, path, found);
    let inner = block.columns.split_last().map_or(&[][..], |(_, rest)| rest);
    let last_takes_all = block
        .columns
        .last()
        .is_some_and(|column| column.width.is_none());
    if inner.iter().any(|column| column.width.is_none()) || (last_takes_all && block.each.is_some())
    {
        let words = "une colonne de largeur « * » prend tout ce qui suit".to_owned();
        found.push(Mistake::new(
            &format!("{path}.columns"),
            words,
            "elle ne peut être que la dernière, sans each",
        ));
    }
    let Some(each) = &block.each else { return };
    let path = format!("{path}.each");
    record_mistake(&each.record, &path, found);
    if each.width().is_none_or(|width| width == 0) {
        let words = "des colonnes qui se répètent doivent toutes avoir une largeur".to_owned();
        found.push(Mistake::new(
            &format!("{path}.columns"),
            words,
            "« value 9 »",
        ));
    }
    let named = |column: &Column| column.name.as_deref() == Some("code");
    if !each.codes.is_empty() && each.columns.iter().any(named) {
        let words = "le bloc dit le code, et codes aussi".to_owned();
        found.push(Mistake::new(
            &format!("{path}.codes"),
            words,
            "retirez l'un des deux",
        ));
    }
}

fn record_mistake(record: &str, path: &str, found: &mut Vec<Mistake>) {
    if record.len() != 1 || !record.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let words = format!("« {record} » n'est pas un nom d'enregistrement");
        found.push(Mistake::new(
            &format!("{path}.record"),
            words,
            "une lettre majuscule : O, R…",
        ));
    }
}

impl BlockLayout {
    /// Whether a text is of this kind.
    pub fn fits(&self, text: &[u8]) -> bool {
        self.length.is_none_or(|length| length == text.len())
            && self
                .begins
                .0
                .find(text)
                .is_some_and(|found| found.start() == 0)
    }
}

impl Repeated {
    /// The width of one; nothing when it takes what is left.
    pub fn width(&self) -> Option<usize> {
        self.columns.iter().map(|column| column.width).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_names_and_widths() {
        let column = |text: &str| Column::try_from(text.to_owned());
        assert_eq!(
            column("value 9"),
            Ok(Column {
                name: Some("value".into()),
                width: Some(9)
            })
        );
        assert_eq!(column("- 4").map(|column| column.name), Ok(None));
        assert_eq!(column("id *").map(|column| column.width), Ok(None));
        for wrong in ["value", "value 0", "Value 3", "value x", " 3"] {
            assert!(column(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn layouts_that_cannot_be_read_are_named() {
        let text = crate::profile_text("beckman-au").unwrap();
        let check = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            let mistakes = crate::check("test.toml", &text.replacen(from, to, 1));
            mistakes
                .into_iter()
                .map(|mistake| mistake.message)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(check("\"rack 4\"", "\"rack 4\""), "");
        assert!(check("\"rack 4\"", "\"rack *\"").contains("tout ce qui suit"));
        assert!(check("\"rack 4\"", "\"rack\"").contains("colonne"));
        assert!(check("each = {", "each = { codes = [\"A\"],").contains("le bloc dit le code"));
        assert!(check("record = \"O\"", "record = \"OBR\"").contains("OBR"));
        assert!(
            check(
                "[[layout.block]]",
                "[layout]\nheads = [\"X\"]\n[[layout.block]]"
            )
            .contains("heads")
        );
    }

    #[test]
    fn patterns_name_their_mistakes() {
        assert!(BytesPattern::try_from("^D1U".to_owned()).is_ok());
        for wrong in ["(", "x*", ""] {
            assert!(BytesPattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
