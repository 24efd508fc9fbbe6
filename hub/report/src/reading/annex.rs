//! The sections that cervical screening adds: the reason of a recommendation, and vaccinations.

use lisiere_model::report::{Coded, Fact, Problem, Recommendation, Vaccination};

use super::reader::Reader;
use super::scalar::day;
use super::words;
use crate::gate::context::{Node, at, attr, child, children, elements, has_template};

/// IHE PCC problem entry.
const PROBLEM: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.5";

impl<'d> Reader<'_, 'd> {
    /// Why the tests were recommended, with the coded facts and problems.
    pub(super) fn recommendation(&self, section: Node<'d>, text: String) -> Recommendation {
        let mut found = Recommendation {
            text,
            ..Recommendation::default()
        };
        for entry in children(section, "entry") {
            for node in entry
                .descendants()
                .filter(|one| one.tag_name().name() == "observation")
            {
                if has_template(node, PROBLEM) {
                    match self.problem(node) {
                        Some(problem) => found.problems.push(problem),
                        None => self.unread(node),
                    }
                } else {
                    match self.fact(node) {
                        Some(fact) => found.facts.push(fact),
                        None => self.unread(node),
                    }
                }
            }
        }
        found
    }

    fn problem(&self, node: Node<'d>) -> Option<Problem> {
        let kind = self.coded(child(node, "code")?)?;
        self.take_each(node, "statusCode");
        let value_node = child(node, "value");
        let value = value_node.and_then(|value| self.coded(value));
        let words = value_node
            .and_then(|value| words::original(self.context, value))
            .or_else(|| words::referred(self.context, child(node, "text")?))
            .map(|text| words::squeeze(&text))
            .or_else(|| value.as_ref().map(|value| value.display.clone()));
        Some(Problem {
            label: words.unwrap_or_else(|| kind.display.clone()),
            kind,
            value,
            since: child(node, "effectiveTime").and_then(|time| {
                self.moment(
                    child(time, "low")
                        .filter(|low| attr(*low, "value").is_some())
                        .unwrap_or(time),
                )
            }),
            id: self.id_of(node),
        })
    }

    fn fact(&self, node: Node<'d>) -> Option<Fact> {
        let code_node = child(node, "code")?;
        let code = self.coded(code_node)?;
        self.take_each(node, "statusCode");
        let words = words::original(self.context, code_node)
            .or_else(|| words::referred(self.context, child(node, "text")?))
            .map(|text| words::squeeze(&text));
        Some(Fact {
            label: words.unwrap_or_else(|| code.display.clone()),
            code,
            value: child(node, "value").and_then(|value| self.value(value)),
            at: self.moment_of(node, "effectiveTime"),
            id: self.id_of(node),
        })
    }

    /// `substanceAdministration` of each entry.
    pub(super) fn vaccinations(&self, section: Node<'d>) -> Vec<Vaccination> {
        children(section, "entry")
            .filter_map(|entry| child(entry, "substanceAdministration"))
            .map(|node| self.vaccination(node))
            .collect()
    }

    fn vaccination(&self, node: Node<'d>) -> Vaccination {
        let material = at(
            node,
            &["consumable", "manufacturedProduct", "manufacturedMaterial"],
        );
        let material_code = material.and_then(|one| child(one, "code"));
        let product: Option<Coded> = material_code.and_then(|code| self.coded(code));
        if let Some(code) = material_code {
            self.unread_each(code, "translation");
        }
        let text = |parent: Option<Node<'d>>, name| {
            parent
                .and_then(|one| child(one, name))
                .map(words::line_of)
                .filter(|text| !text.is_empty())
        };
        let label = material_code
            .and_then(|code| words::original(self.context, code))
            .or_else(|| words::referred(self.context, child(node, "text")?))
            .map(|words| words::squeeze(&words))
            .or_else(|| text(material, "name"))
            .or_else(|| product.as_ref().map(|one| one.display.clone()));
        self.take_each(node, "statusCode");
        let time = child(node, "effectiveTime");
        let on = time.and_then(|time| {
            let node = if attr(time, "value").is_some() {
                time
            } else {
                child(time, "low")?
            };
            day(self.taken(node, "value")?)
        });
        let (mut rank, mut comment) = (None, None);
        for inner in children(node, "entryRelationship").flat_map(elements) {
            match inner.tag_name().name() {
                "act" => comment = comment.or_else(|| self.comment(inner)),
                "observation" => {
                    let value = child(inner, "value");
                    let number = value
                        .and_then(|value| self.taken(value, "value"))
                        .and_then(|text| text.parse().ok());
                    if rank.is_none() && number.is_some() {
                        rank = number;
                        self.take_all(inner);
                    } else {
                        self.unread(inner);
                    }
                }
                _ => {}
            }
        }
        Vaccination {
            label: label.unwrap_or_else(|| "Vaccin".to_owned()),
            done: attr(node, "negationInd") != Some("true"),
            kind: child(node, "code").and_then(|code| self.coded(code)),
            on,
            product,
            lot: text(material, "lotNumberText"),
            rank,
            comment,
            id: self.id_of(node),
        }
    }
}
