//! Reads the tables into types: their attributes, and an automaton for their content.
//!
//! A table is text, one type after another. At the beginning of a line stands its name (`.` for the package of the table),
//! after `+` the type that it extends, after `<` the type that it restricts, then `mixed` or `abstract`. `@name=type` is an
//! attribute (`!`: required; `@name:value`: fixed; `-@name`: not any more). The rest is its content, as in a DTD:
//! `name=Type`, `( | )`, `?`, `*`, `+`, and `{2}` for two or more; `##other` is an element of any other vocabulary.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::automaton::{Automaton, Leaf, Particle, Times};
use super::lexical::Lexical;
use super::{clinical, datatypes, extensions, medication, narrative, vocabulary};
use crate::gate::context::{HL7, LAB};

/// A namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Space {
    None,
    Hl7,
    Lab,
    Sdtc,
    Medication,
    Imaging,
    Other,
}

impl Space {
    /// Of that name.
    pub(super) fn of(uri: Option<&str>) -> Self {
        match uri {
            Some(HL7) => Self::Hl7,
            // `xmlns=""`.
            None | Some("") => Self::None,
            Some(LAB) => Self::Lab,
            Some("urn:hl7-org:sdtc") => Self::Sdtc,
            Some("urn:ihe:pharm:medication") => Self::Medication,
            Some("urn:dicom-org:ps3-20") => Self::Imaging,
            Some(_) => Self::Other,
        }
    }

    fn prefixed(prefix: &str) -> Option<Self> {
        Some(match prefix {
            "hl7" => Self::Hl7,
            "lab" => Self::Lab,
            "sdtc" => Self::Sdtc,
            "pharm" => Self::Medication,
            "dicom" => Self::Imaging,
            _ => return None,
        })
    }
}

/// Where a type is among all.
pub(super) type TypeId = usize;
/// The type of an element that may hold anything.
pub(super) const ANYTHING: TypeId = 0;

/// An attribute that elements of a type may have.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub(super) space: Space,
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) fixed: Option<&'static str>,
    pub(super) lexical: Lexical,
}

/// What an element may hold.
#[derive(Debug, Default)]
pub(super) struct Type {
    base: Option<TypeId>,
    pub(super) is_abstract: bool,
    /// Whether text may stand between elements.
    pub(super) mixed: bool,
    pub(super) attributes: Vec<Attribute>,
    pub(super) content: Automaton,
    /// Its text must be of this type.
    pub(super) simple: Option<Lexical>,
}

/// All types.
#[derive(Default)]
pub(super) struct Schema {
    pub(super) types: Vec<Type>,
    names: HashMap<(Space, String), TypeId>,
    /// What in the tables could not be read; a test wants none.
    problems: Vec<String>,
}

/// The schema of the document.
pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::compile);

impl Schema {
    /// The type of that name.
    pub(super) fn named(&self, space: Space, name: &str) -> Option<TypeId> {
        self.names.get(&(space, name.to_owned())).copied()
    }

    /// Whether a type is another one or derives from it.
    pub(super) fn derives(&self, kind: TypeId, from: TypeId) -> bool {
        let mut current = Some(kind);
        while let Some(id) = current {
            if id == from {
                return true;
            }
            current = self.types.get(id).and_then(|kind| kind.base);
        }
        from == ANYTHING
    }

    fn compile() -> Self {
        const CLINICAL: &str = "POCD_MT000040.";
        let mut reader = Reader::new();
        for (text, space, package) in [
            (datatypes::DATATYPES, Space::Hl7, ""),
            (clinical::SHARED, Space::Hl7, ""),
            (narrative::NARRATIVE, Space::Hl7, "StrucDoc."),
            (clinical::CLINICAL, Space::Hl7, CLINICAL),
            (datatypes::DATATYPES, Space::Medication, ""),
            (
                medication::MEDICATION,
                Space::Medication,
                "COCT_MT230100UV.",
            ),
            (extensions::LAB, Space::Lab, ""),
            (extensions::SDTC, Space::Sdtc, ""),
            (extensions::DICOM, Space::Imaging, ""),
        ] {
            reader.table(text, space, package);
        }
        reader.finish()
    }
}

/// A type as its table says it, names not looked up.
struct Draft {
    base: Option<(bool, (Space, String))>,
    is_abstract: bool,
    mixed: bool,
    removed: Vec<&'static str>,
    attributes: Vec<Attribute>,
    content: Option<Particle>,
}

struct Reader {
    codes: HashMap<&'static str, Arc<[&'static str]>>,
    drafts: Vec<Draft>,
    schema: Schema,
    space: Space,
    package: &'static str,
}

impl Reader {
    fn new() -> Self {
        let mut codes = HashMap::new();
        for entry in entries(vocabulary::VOCABULARY) {
            if let Some((name, list)) = entry.split_first() {
                let mut list = list.to_vec();
                list.sort_unstable();
                codes.insert(*name, list.into());
            }
        }
        let anything = Draft {
            base: None,
            is_abstract: false,
            mixed: true,
            removed: Vec::new(),
            attributes: Vec::new(),
            content: None,
        };
        Self {
            codes,
            drafts: vec![anything],
            schema: Schema::default(),
            space: Space::Hl7,
            package: "",
        }
    }

    fn table(&mut self, text: &'static str, space: Space, package: &'static str) {
        (self.space, self.package) = (space, package);
        for entry in entries(text) {
            self.entry(&entry);
        }
    }

    fn entry(&mut self, tokens: &[&'static str]) {
        let mut draft = Draft {
            base: None,
            is_abstract: false,
            mixed: false,
            removed: Vec::new(),
            attributes: Vec::new(),
            content: None,
        };
        let mut rest = tokens.iter().copied().peekable();
        let key = self.key(rest.next().unwrap_or_default());
        let mut content = Vec::new();
        while let Some(token) = rest.next() {
            match token {
                "+" | "<" if content.is_empty() => {
                    let base = self.key(rest.next().unwrap_or_default());
                    draft.base = Some((token == "+", base));
                }
                "mixed" => draft.mixed = true,
                "abstract" => draft.is_abstract = true,
                _ if token.starts_with('@') => {
                    let attribute = self.attribute(token);
                    draft.attributes.push(attribute);
                }
                _ if token.starts_with("-@") => {
                    draft.removed.extend(token.strip_prefix("-@"));
                }
                _ => content.push(token),
            }
        }
        if !content.is_empty() {
            let mut rest = content.into_iter().peekable();
            draft.content = Some(self.choice(&mut rest));
        }
        self.schema.names.insert(key, self.drafts.len());
        self.drafts.push(draft);
    }

    /// `.Name`, `prefix:Name` or `Name`.
    fn key(&self, name: &str) -> (Space, String) {
        if let Some(local) = name.strip_prefix('.') {
            return (self.space, format!("{}{local}", self.package));
        }
        match name.split_once(':') {
            Some((prefix, local)) => match Space::prefixed(prefix) {
                Some(space) => (space, local.to_owned()),
                None => (Space::Other, name.to_owned()),
            },
            None => (self.space, name.to_owned()),
        }
    }

    fn attribute(&mut self, token: &'static str) -> Attribute {
        let token = token.strip_prefix('@').unwrap_or(token);
        let (token, required) = match token.strip_suffix('!') {
            Some(token) => (token, true),
            None => (token, false),
        };
        let (space, token) = match token.split_once(':') {
            Some((prefix, name)) => match Space::prefixed(prefix) {
                Some(space) => (space, name),
                None => (Space::None, token),
            },
            None => (Space::None, token),
        };
        let (name, fixed, lexical) = if let Some((name, kind)) = token.split_once('=') {
            (name, None, self.lexical(kind))
        } else if let Some((name, value)) = token.split_once(':') {
            (name, Some(value), Lexical::Text)
        } else {
            (token, None, Lexical::Text)
        };
        Attribute {
            space,
            name,
            required,
            fixed,
            lexical,
        }
    }

    fn lexical(&mut self, name: &str) -> Lexical {
        if let Some(lexical) = Lexical::named(name) {
            return lexical;
        }
        let Some(codes) = self.codes.get(name).map(Arc::clone) else {
            self.schema.problems.push(format!("simple type {name}"));
            return Lexical::Text;
        };
        if name.starts_with("set_") {
            Lexical::SetOf(codes)
        } else if name.starts_with("lab.") {
            // These rest on xs:string: blanks count.
            Lexical::Exactly(codes)
        } else {
            Lexical::Codes(codes)
        }
    }

    /// Up to the closing parenthesis, which stays.
    fn choice(&mut self, rest: &mut Tokens) -> Particle {
        let mut branches = Vec::new();
        let mut sequence = Vec::new();
        while let Some(token) = rest.peek().copied() {
            if token.starts_with(')') {
                break;
            }
            rest.next();
            match token {
                "|" => branches.push(Particle::Sequence(std::mem::take(&mut sequence))),
                "(" => {
                    let inner = self.choice(rest);
                    let closing = rest.next().unwrap_or_default();
                    if !closing.starts_with(')') {
                        self.schema.problems.push("a parenthesis".to_owned());
                    }
                    let (_, times) = Times::after(closing);
                    sequence.push(Particle::times(inner, times));
                }
                _ => sequence.push(self.leaf(token)),
            }
        }
        if branches.is_empty() {
            return Particle::Sequence(sequence);
        }
        branches.push(Particle::Sequence(sequence));
        Particle::Choice(branches)
    }

    fn leaf(&mut self, token: &'static str) -> Particle {
        let (token, times) = Times::after(token);
        let leaf = if token == "##other" {
            Leaf {
                space: self.space,
                name: "",
                target: None,
            }
        } else {
            let Some((name, kind)) = token.split_once('=') else {
                self.schema.problems.push(format!("element {token}"));
                return Particle::Sequence(Vec::new());
            };
            let (space, name) = match name.split_once(':') {
                Some((prefix, name)) => (Space::prefixed(prefix).unwrap_or(self.space), name),
                None => (self.space, name),
            };
            let target = Some(self.key(kind));
            Leaf {
                space,
                name,
                target,
            }
        };
        Particle::times(Particle::Leaf(leaf), times)
    }

    fn finish(mut self) -> Schema {
        let mut contents: Vec<Option<Particle>> = Vec::new();
        for draft in std::mem::take(&mut self.drafts) {
            let base = draft.base.as_ref().and_then(|(_, key)| {
                let found = self.schema.names.get(key).copied();
                if found.is_none_or(|id| id >= self.schema.types.len()) {
                    self.schema.problems.push(format!("base {key:?}"));
                }
                found
            });
            let extends = draft.base.as_ref().is_some_and(|(extends, _)| *extends);
            let parent = base.and_then(|id| self.schema.types.get(id));
            let mut attributes = parent.map_or_else(Vec::new, |parent| parent.attributes.clone());
            let mixed = draft.mixed || (extends && parent.is_some_and(|parent| parent.mixed));
            attributes.retain(|attribute| {
                let again =
                    |one: &Attribute| one.name == attribute.name && one.space == attribute.space;
                !draft.removed.contains(&attribute.name) && !draft.attributes.iter().any(again)
            });
            attributes.extend(draft.attributes);
            let inherited = base
                .filter(|_| extends)
                .and_then(|id| contents.get(id)?.clone());
            let particle = match (inherited, draft.content) {
                (Some(base), Some(own)) => Some(Particle::Sequence(vec![base, own])),
                (base, own) => base.or(own),
            };
            let content = self.automaton(particle.as_ref());
            contents.push(particle);
            self.schema.types.push(Type {
                base,
                is_abstract: draft.is_abstract,
                mixed,
                attributes,
                content,
                simple: None,
            });
        }
        let digits = Type {
            simple: Some(Lexical::ListInt),
            ..Type::default()
        };
        self.schema.types.push(digits);
        self.schema
    }

    fn automaton(&mut self, particle: Option<&Particle>) -> Automaton {
        // The one simple type that elements have stands behind all others.
        let digits = self.schema.names.len() + 1;
        let Schema {
            names, problems, ..
        } = &mut self.schema;
        Automaton::of(particle, |key| match key.1.as_str() {
            "any" => ANYTHING,
            "list_int" => digits,
            _ => names.get(key).copied().unwrap_or_else(|| {
                problems.push(format!("type {key:?}"));
                ANYTHING
            }),
        })
    }
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<&'static str>>;

/// The types of a table, in tokens.
fn entries(text: &'static str) -> Vec<Vec<&'static str>> {
    let mut all: Vec<Vec<&'static str>> = Vec::new();
    for line in text.lines() {
        let words = line.split_ascii_whitespace().flat_map(pieces);
        match all.last_mut() {
            Some(last) if line.starts_with(' ') => last.extend(words),
            _ => all.push(words.collect()),
        }
    }
    all
}

/// A word without the parentheses around it, and these; a closing one keeps what says how often.
fn pieces(word: &'static str) -> Vec<&'static str> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while let Some(inner) = rest.strip_prefix('(') {
        pieces.push("(");
        rest = inner;
    }
    let mut from = 0;
    for (place, character) in rest.char_indices() {
        if character == ')' && place > from {
            pieces.extend(rest.get(from..place));
            from = place;
        }
    }
    pieces.extend(rest.get(from..).filter(|last| !last.is_empty()));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_without_a_problem() {
        assert!(SCHEMA.problems.is_empty(), "{:?}", SCHEMA.problems);
        assert_eq!(SCHEMA.types.len(), SCHEMA.names.len() + 2);
        assert!(SCHEMA.types.len() > 350, "{}", SCHEMA.types.len());
    }

    #[test]
    fn content_is_deterministic() {
        for (key, id) in &SCHEMA.names {
            assert!(SCHEMA.types[*id].content.is_deterministic(), "{key:?}");
        }
    }
}
