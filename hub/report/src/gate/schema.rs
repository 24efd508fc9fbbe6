//! The shape of CDA R2 as the national schema extends it: which elements, in which order and number, with which attributes
//! and values. What the schema refuses is an error here.

mod automaton;
mod clinical;
mod datatypes;
mod extensions;
mod grammar;
mod lexical;
mod medication;
mod narrative;
mod vocabulary;

use automaton::State;
use grammar::{ANYTHING, Attribute, SCHEMA, Space, Type, TypeId};
use lexical::Lexical;

use super::context::{HL7, XSI, elements};
use super::{Context, Findings, Node};

/// So many names are listed in a message.
const NAMES_MAX: usize = 12;

/// Checks the shape of the whole document.
pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let root = SCHEMA.named(Space::Hl7, "POCD_MT000040.ClinicalDocument");
    let mut check = Check { context, findings };
    check.element(context.root, root.unwrap_or(ANYTHING));
}

struct Check<'a, 'c> {
    context: &'a Context<'a>,
    findings: &'a mut Findings<'c>,
}

impl<'a> Check<'a, '_> {
    /// One element and everything in it. The depth of the document is bounded ([`super::context::DEPTH_MAX`]).
    fn element(&mut self, node: Node<'a>, declared: TypeId) {
        let id = self.type_of(node, declared);
        let Some(kind) = SCHEMA.types.get(id).filter(|_| id != ANYTHING) else {
            return;
        };
        if kind.is_abstract {
            self.findings.error(
                "xsd-type",
                node,
                format!("L'élément {} ne dit pas son type.", name(node)),
                "Ajouter xsi:type : PQ, IVL_PQ, CD, ST, INT, REAL, RTO, TS, ED…",
            );
            return;
        }
        self.attributes(node, kind);
        self.content(node, kind);
    }

    /// The declared type, or the one that `xsi:type` puts in its place.
    fn type_of(&mut self, node: Node<'a>, declared: TypeId) -> TypeId {
        let Some(text) = node.attribute((XSI, "type")) else {
            return declared;
        };
        let (prefix, local) = match text.split_once(':') {
            Some((prefix, local)) => (Some(prefix), local),
            None => (None, text),
        };
        let uri = node.lookup_namespace_uri(prefix);
        let named = SCHEMA.named(Space::of(uri), local);
        if let Some(id) = named.filter(|id| SCHEMA.derives(*id, declared)) {
            return id;
        }
        let (message, remedy) = if named.is_some() {
            (
                format!(
                    "{} ne peut pas avoir le type « {} ».",
                    name(node),
                    brief(text)
                ),
                "Employer un type que cet élément admet, ou retirer xsi:type.",
            )
        } else {
            (
                format!(
                    "xsi:type de {} : type « {} » inconnu.",
                    name(node),
                    brief(text)
                ),
                "Employer un type de CDA R2 (PQ, CD, IVL_PQ…), avec le préfixe de l'espace de noms urn:hl7-org:v3 s'il en a un.",
            )
        };
        self.findings.error("xsd-type", node, message, remedy);
        declared
    }

    fn attributes(&mut self, node: Node<'a>, kind: &Type) {
        let mut required = kind.attributes.iter().filter(|one| one.required).count();
        for found in node.attributes() {
            let space = Space::of(found.namespace());
            if found.namespace() == Some(XSI) {
                if !matches!(
                    found.name(),
                    "type" | "schemaLocation" | "noNamespaceSchemaLocation"
                ) {
                    self.unknown_attribute(node, kind, &format!("xsi:{}", found.name()));
                }
                continue;
            }
            let known = kind
                .attributes
                .iter()
                .find(|one| one.name == found.name() && one.space == space);
            match known {
                Some(known) => {
                    required = required.saturating_sub(usize::from(known.required));
                    self.value(node, known, found.value());
                }
                None => self.unknown_attribute(node, kind, found.name()),
            }
        }
        if required == 0 {
            return;
        }
        for one in kind.attributes.iter().filter(|one| one.required) {
            if node.attribute(one.name).is_none() {
                self.findings.error(
                    "xsd-attribute-missing",
                    node,
                    format!("{} n'a pas d'attribut {}.", name(node), one.name),
                    match one.fixed {
                        Some(fixed) => format!("Ajouter {}=\"{fixed}\".", one.name),
                        None => format!("Ajouter {} : {}.", one.name, one.lexical.wanted()),
                    },
                );
            }
        }
    }

    fn unknown_attribute(&mut self, node: Node<'a>, kind: &Type, found: &str) {
        let known = list(kind.attributes.iter().map(|one| one.name));
        let remedy = if known.is_empty() {
            "Retirer cet attribut : aucun n'est admis ici.".to_owned()
        } else {
            format!("Retirer cet attribut ; sont admis ici : {known}.")
        };
        let message = format!("Attribut {} inattendu dans {}.", brief(found), name(node));
        self.findings.error("xsd-attribute", node, message, remedy);
    }

    fn value(&mut self, node: Node<'a>, attribute: &Attribute, value: &str) {
        if let Some(fixed) = attribute.fixed {
            if lexical::trim(value) != fixed {
                self.bad_value(node, attribute.name, value, fixed);
            }
            return;
        }
        if !attribute.lexical.accepts(value) {
            self.bad_value(node, attribute.name, value, &attribute.lexical.wanted());
            return;
        }
        match attribute.lexical {
            Lexical::Id => {
                let id = lexical::trim(value);
                if self.context.ids.get(id).is_some_and(|first| *first != node) {
                    self.findings.error(
                        "xsd-id",
                        node,
                        format!("L'ID « {} » est déjà celui d'un autre élément.", brief(id)),
                        "Donner à chaque élément un ID unique dans le document.",
                    );
                }
            }
            Lexical::IdRef | Lexical::IdRefs => {
                for id in lexical::words(value) {
                    if !self.context.ids.contains_key(id) {
                        self.findings.error(
                            "xsd-idref",
                            node,
                            format!(
                                "{} de {} : aucun élément n'a l'ID « {} ».",
                                attribute.name,
                                name(node),
                                brief(id)
                            ),
                            "Donner cet ID à l'élément visé, ou corriger la référence.",
                        );
                    }
                }
            }
            _ => {}
        }
    }

    fn bad_value(&mut self, node: Node<'a>, attribute: &str, value: &str, wanted: &str) {
        self.findings.error(
            "xsd-value",
            node,
            format!(
                "{attribute} de {} : valeur « {} » non conforme.",
                name(node),
                brief(value)
            ),
            format!("Attendu : {wanted}."),
        );
    }

    fn content(&mut self, node: Node<'a>, kind: &Type) {
        if let Some(simple) = &kind.simple {
            let text: String = node.children().filter_map(|child| child.text()).collect();
            if !simple.accepts(&text) || elements(node).next().is_some() {
                self.bad_value(node, "contenu", &text, &simple.wanted());
            }
            return;
        }
        let mut state: State = 0;
        let mut text_told = kind.mixed;
        for child in node.children() {
            if child.is_element() {
                state = self.child(node, child, kind, state);
            } else if child.is_text() && !text_told {
                text_told = self.text(node, child, kind);
            }
        }
        if kind.content.may_end(state) {
            return;
        }
        let missing = kind.content.missing(state, None).unwrap_or_default();
        self.findings.error(
            "xsd-missing",
            node,
            format!(
                "Il manque dans {} : {}.",
                name(node),
                list(missing.iter().copied())
            ),
            format!(
                "Ajouter {}{}.",
                list(missing.iter().copied()),
                elements(node)
                    .last()
                    .map(|last| format!(" après {}", name(last)))
                    .unwrap_or_default()
            ),
        );
    }

    /// Reads one child; the state after it.
    fn child(&mut self, node: Node<'a>, child: Node<'a>, kind: &Type, state: State) -> State {
        let tag = child.tag_name();
        let space = Space::of(tag.namespace());
        if let Some((next, position)) = kind.content.step(state, space, tag.name()) {
            if let Some(target) = position.target {
                self.element(child, target);
            }
            return next;
        }
        let expected = list(kind.content.expected(state));
        let Some((next, position)) = kind.content.somewhere(state, space, tag.name()) else {
            let other = match tag.namespace() {
                Some(uri) if !matches!(space, Space::Hl7 | Space::None) => {
                    format!(" (espace de noms {})", brief(uri))
                }
                _ if space == Space::None => " (sans espace de noms)".to_owned(),
                _ => String::new(),
            };
            self.findings.error(
                "xsd-element",
                child,
                format!(
                    "Élément {}{other} inattendu dans {}.",
                    name(child),
                    name(node)
                ),
                if kind.content.step(state, Space::Hl7, tag.name()).is_some() {
                    format!("Le mettre dans l'espace de noms {HL7}.")
                } else if expected.is_empty() {
                    "Le retirer.".to_owned()
                } else {
                    format!("Le retirer ; peuvent venir ici : {expected}.")
                },
            );
            return state;
        };
        match kind.content.missing(state, Some(next)) {
            Some(missing) => self.findings.error(
                "xsd-missing",
                child,
                format!(
                    "Il manque dans {}, avant {} : {}.",
                    name(node),
                    name(child),
                    list(missing.iter().copied())
                ),
                format!(
                    "Ajouter {} avant {}, ou respecter l'ordre du schéma.",
                    list(missing.iter().copied()),
                    name(child)
                ),
            ),
            None => self.findings.error(
                "xsd-order",
                child,
                format!(
                    "Élément {} mal placé ou en trop dans {}.",
                    name(child),
                    name(node)
                ),
                if expected.is_empty() {
                    "Le retirer, ou le mettre à sa place : rien ne peut venir ici.".to_owned()
                } else {
                    format!("Le retirer, ou le mettre à sa place ; peuvent venir ici : {expected}.")
                },
            ),
        }
        if let Some(target) = position.target {
            self.element(child, target);
        }
        next
    }

    /// Text where none may stand; whether it was told.
    fn text(&mut self, node: Node<'a>, child: Node<'a>, kind: &Type) -> bool {
        let text = child.text().unwrap_or_default();
        let blank = lexical::trim(text).is_empty();
        if blank && !kind.content.is_empty() {
            return false;
        }
        if blank {
            self.findings.error(
                "xsd-text",
                node,
                format!(
                    "{} doit être vide : même un espace y est refusé.",
                    name(node)
                ),
                format!("Écrire <{}/>.", name(node)),
            );
        } else {
            self.findings.error(
                "xsd-text",
                node,
                format!("Texte inattendu dans {} : « {} ».", name(node), brief(text)),
                "Retirer ce texte.",
            );
        }
        true
    }
}

fn name(node: Node<'_>) -> &str {
    node.tag_name().name()
}

/// The beginning of a value, for a message.
fn brief(value: &str) -> String {
    const SHOWN: usize = 40;
    let value = lexical::trim(value);
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut shown: Vec<&str> = Vec::new();
    let mut more = false;
    for name in names.filter(|name| !name.is_empty()) {
        if shown.contains(&name) {
            continue;
        }
        if shown.len() == NAMES_MAX {
            more = true;
            break;
        }
        shown.push(name);
    }
    shown.join(", ") + if more { "…" } else { "" }
}
