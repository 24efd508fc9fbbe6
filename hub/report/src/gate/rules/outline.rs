//! Walks a document along a table of what stands where: how many, of which type, with which attributes.
//!
//! The table says what the *structuration minimale* of the CI-SIS says of a header. As in its schematron, a child obeys the
//! first line of the table that it matches, and a child that matches none is worth a warning.

use super::super::context::{HL7, elements};
use super::super::{Findings, Node};
use super::datatype::{self, Kind};
use super::words;

/// What an element may be.
#[derive(Clone, Copy)]
pub(super) struct Part {
    name: &'static str,
    space: &'static str,
    when: fn(Node<'_>) -> bool,
    /// `when` in words: `avec signatureCode « S »`.
    with: &'static str,
    min: usize,
    max: usize,
    kind: Kind,
    needs: &'static [Need],
    parts: &'static [&'static [Part]],
}

/// What an attribute must be.
#[derive(Clone, Copy)]
pub(super) enum Need {
    /// Present.
    Has(&'static str),
    /// Not empty, if present.
    Filled(&'static str),
    /// Not empty and without space, if present.
    Token(&'static str),
    /// An OID, a UUID or a reserved name, if present.
    Uid(&'static str),
    /// An OID, if present.
    Oid(&'static str),
    /// This value, if present.
    Maybe(&'static str, &'static str),
    /// One of these, and present.
    OneOf(&'static str, &'static [&'static str]),
    /// Of this value set, if present.
    In(&'static str, &'static [&'static str]),
    /// Begins with four digits, if present.
    Date(&'static str),
    /// An integer, if present.
    Integer(&'static str),
    /// Any further rule; the words say what it asks for.
    Test(fn(Node<'_>) -> bool, &'static str),
}

impl Part {
    const fn new(name: &'static str, min: usize, max: usize) -> Self {
        Self {
            name,
            space: HL7,
            when: always,
            with: "",
            min,
            max,
            kind: Kind::Free,
            needs: &[],
            parts: &[],
        }
    }

    /// Exactly one.
    pub(super) const fn one(name: &'static str) -> Self {
        Self::new(name, 1, 1)
    }

    /// One or none.
    pub(super) const fn maybe(name: &'static str) -> Self {
        Self::new(name, 0, 1)
    }

    /// One at least.
    pub(super) const fn some(name: &'static str) -> Self {
        Self::new(name, 1, usize::MAX)
    }

    /// Any number.
    pub(super) const fn any(name: &'static str) -> Self {
        Self::new(name, 0, usize::MAX)
    }

    /// At most so many.
    pub(super) const fn at_most(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    /// In another namespace.
    pub(super) const fn of(mut self, space: &'static str) -> Self {
        self.space = space;
        self
    }

    /// Only those for which this holds.
    pub(super) const fn when(mut self, when: fn(Node<'_>) -> bool, with: &'static str) -> Self {
        self.when = when;
        self.with = with;
        self
    }

    /// Of this data type.
    pub(super) const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// With these attributes.
    pub(super) const fn needs(mut self, needs: &'static [Need]) -> Self {
        self.needs = needs;
        self
    }

    /// With these children, and no other without a warning.
    pub(super) const fn parts(mut self, parts: &'static [&'static [Self]]) -> Self {
        self.parts = parts;
        self
    }

    fn matches(&self, node: Node<'_>) -> bool {
        let name = node.tag_name();
        name.name() == self.name && name.namespace() == Some(self.space) && (self.when)(node)
    }

    fn said(&self) -> String {
        let what = words::french(self.name);
        let with = if self.with.is_empty() {
            String::new()
        } else {
            format!(" {}", self.with)
        };
        if what.is_empty() {
            format!("{}{with}", self.name)
        } else {
            format!("{what} ({}{with})", self.name)
        }
    }
}

/// For [`Part::when`]: no condition.
fn always(_: Node<'_>) -> bool {
    true
}

/// Checks an element against the line of the table that stands for it, and all below.
pub(super) fn check(node: Node<'_>, part: &Part, findings: &mut Findings<'_>) {
    datatype::check(node, part.kind, findings);
    for need in part.needs {
        need.check(node, findings);
    }
    if part.parts.is_empty() {
        return;
    }
    let lines = || part.parts.iter().flat_map(|group| group.iter());
    for line in lines().filter(|line| line.min > 0 || line.max < usize::MAX) {
        count(node, line, findings);
    }
    for child in elements(node) {
        if let Some(line) = lines().find(|line| line.matches(child)) {
            check(child, line, findings);
        } else {
            findings.warning(
                "header-undefined",
                child,
                format!(
                    "L'élément {} n'est pas prévu ici, ou pas avec ce contenu, par la structuration minimale du CI-SIS.",
                    child.tag_name().name()
                ),
                "Retirer l'élément, ou corriger son contenu (identifiant, code, nullFlavor).",
            );
        }
    }
}

fn count(node: Node<'_>, line: &Part, findings: &mut Findings<'_>) {
    let found = || elements(node).filter(|child| line.matches(*child));
    let number = found().count();
    if number < line.min {
        findings.error(
            "header-missing",
            node,
            format!("Il manque {}.", line.said()),
            format!("Ajouter {} dans {}.", line.name, node.tag_name().name()),
        );
    } else if number > line.max {
        let extra = found().nth(line.max).unwrap_or(node);
        findings.error(
            "header-repeated",
            extra,
            format!("{number} fois {} : {} au plus.", line.said(), line.max),
            format!("Ne garder que {} {}.", line.max, line.name),
        );
    }
}

impl Need {
    fn check(&self, node: Node<'_>, findings: &mut Findings<'_>) {
        let name = match self {
            Self::Has(name)
            | Self::Filled(name)
            | Self::Token(name)
            | Self::Uid(name)
            | Self::Oid(name)
            | Self::Maybe(name, _)
            | Self::OneOf(name, _)
            | Self::In(name, _)
            | Self::Date(name)
            | Self::Integer(name) => name,
            Self::Test(..) => "",
        };
        let value = node.attribute(name);
        let good = match self {
            Self::Has(_) => value.is_some(),
            Self::Filled(_) => value.is_none_or(|value| !value.is_empty()),
            Self::Token(_) => value.is_none_or(|value| {
                !value.is_empty() && !value.contains(|one: char| one.is_ascii_whitespace())
            }),
            Self::Uid(_) => value.is_none_or(datatype::is_uid),
            Self::Oid(_) => value.is_none_or(datatype::is_oid),
            Self::Maybe(_, right) => value.is_none_or(|value| value == *right),
            Self::OneOf(_, list) => value.is_some_and(|value| list.contains(&value)),
            Self::In(_, list) => value.is_none_or(|value| {
                value
                    .split_ascii_whitespace()
                    .all(|code| super::super::terms::holds(list, code))
            }),
            Self::Date(_) => value.is_none_or(|value| {
                value.len() >= 4 && value.bytes().take(4).all(|one| one.is_ascii_digit())
            }),
            Self::Integer(_) => value.is_none_or(|value| {
                let digits = value.strip_prefix('-').unwrap_or(value);
                digits.bytes().all(|one| one.is_ascii_digit())
                    && !(value.starts_with('-') && (digits.is_empty() || digits.starts_with('0')))
            }),
            Self::Test(test, _) => test(node),
        };
        if !good {
            self.tell(name, node, findings);
        }
    }

    fn tell(&self, name: &str, node: Node<'_>, findings: &mut Findings<'_>) {
        let shown = node.attribute(name).unwrap_or_default();
        let element = node.tag_name().name();
        let (rule, message, remedy) = match self {
            Self::Has(_) => (
                "attribute-missing",
                format!("L'attribut {name} de {element} est absent."),
                format!("Renseigner {name}."),
            ),
            Self::Filled(_) | Self::Token(_) => (
                "attribute-empty",
                format!("L'attribut {name} de {element} est vide ou contient une espace."),
                format!("Renseigner {name}, ou retirer l'attribut."),
            ),
            Self::Uid(_) | Self::Oid(_) => (
                "oid",
                format!("« {shown} » n'est pas un OID."),
                "Écrire l'OID : des nombres sans zéro de tête, séparés par des points.".to_owned(),
            ),
            Self::Maybe(_, right) => (
                "attribute-fixed",
                format!("L'attribut {name} de {element} vaut « {shown} » au lieu de « {right} »."),
                format!("Écrire {name}=\"{right}\"."),
            ),
            Self::OneOf(_, list) => (
                "attribute-value",
                format!("L'attribut {name} de {element} vaut « {shown} »."),
                format!("Écrire l'une des valeurs {}.", list.join(", ")),
            ),
            Self::In(..) => (
                "value-set",
                format!("Le code « {shown} » de {element} n'est pas dans son jeu de valeurs."),
                "Prendre le code dans le jeu de valeurs du CI-SIS pour cet élément.".to_owned(),
            ),
            Self::Date(_) => (
                "date",
                format!("« {shown} » n'est pas une date."),
                "Écrire AAAAMMJJ, ou AAAAMMJJhhmmss suivi du fuseau (+0100).".to_owned(),
            ),
            Self::Integer(_) => (
                "integer",
                format!("« {shown} » n'est pas un nombre entier."),
                "Écrire un nombre entier.".to_owned(),
            ),
            Self::Test(_, asked) => (
                "header-rule",
                format!("{element} : {asked}."),
                format!("Corriger {element}."),
            ),
        };
        findings.error(rule, node, message, remedy);
    }
}
