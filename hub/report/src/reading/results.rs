//! The results of a document one by one, each with where it comes from: for history, and for what a subcontractor found.

use lisiere_model::report::{
    Chapter, Identifier, Item, Moment, ReportedSpecimen, Subcontractor, TestResult,
};

use super::header::main_act;
use super::reader::Reader;
use crate::gate::context::{Node, at, child};

/// The laboratory that found something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// National identifier, idNat_Struct; empty when unknown.
    pub national_id: String,
    /// Name.
    pub name: String,
}

/// A result with its surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingResult {
    /// Title of the chapter.
    pub chapter: String,
    /// The panel or the germ that it belongs to.
    pub group: Option<String>,
    /// The result.
    pub result: TestResult,
    /// The laboratory that found it: the subcontractor closest to it, else the document's.
    pub origin: Origin,
    /// When: measured, else taken, else received, else when the document was made.
    pub at: Option<Moment>,
    /// The specimens that it comes from.
    pub specimens: Vec<Identifier>,
}

/// Where all results come from unless they say otherwise.
pub(super) struct Source {
    origin: Origin,
    at: Option<Moment>,
}

pub(super) fn origin<'d>(reader: &Reader<'_, 'd>, root: Node<'d>) -> Source {
    let performer = main_act(root).and_then(|event| {
        at(
            event,
            &["performer", "assignedEntity", "representedOrganization"],
        )
    });
    let custodian = || {
        at(
            root,
            &[
                "custodian",
                "assignedCustodian",
                "representedCustodianOrganization",
            ],
        )
    };
    let origin = performer
        .or_else(custodian)
        .map_or_else(Origin::default, |node| {
            let organisation = reader.organisation(node);
            Origin {
                national_id: organisation.national_id,
                name: organisation.name,
            }
        });
    let at = child(root, "effectiveTime").and_then(|time| reader.moment(time));
    Source { origin, at }
}

pub(super) fn extract(
    chapters: &[Chapter],
    specimens: &[ReportedSpecimen],
    source: &Source,
) -> Vec<IncomingResult> {
    let mut all = Vec::new();
    for chapter in chapters {
        for part in &chapter.parts {
            for item in &part.items {
                let (group, by, own) = match item {
                    Item::Panel(panel) => (
                        Some(&panel.label),
                        panel.subcontractor.as_ref(),
                        panel.specimens.as_slice(),
                    ),
                    Item::Isolate(isolate) => (
                        Some(&isolate.label),
                        isolate.subcontractor.as_ref(),
                        &[][..],
                    ),
                    Item::Result(_) | Item::Image(_) => (None, None, &[][..]),
                };
                let nearest = |result: &TestResult| -> Origin {
                    let other: Option<&Subcontractor> = result
                        .subcontractor
                        .as_ref()
                        .or(by)
                        .or(part.subcontractor.as_ref());
                    other.map_or_else(
                        || source.origin.clone(),
                        |other| Origin {
                            national_id: other.organisation.national_id.clone(),
                            name: other.organisation.name.clone(),
                        },
                    )
                };
                for result in item.results() {
                    let numbers = [result.specimens.as_slice(), own, part.specimens.as_slice()]
                        .into_iter()
                        .find(|numbers| !numbers.is_empty())
                        .unwrap_or_default();
                    let of: Vec<&ReportedSpecimen> = specimens
                        .iter()
                        .filter(|one| numbers.contains(&one.accession))
                        .collect();
                    all.push(IncomingResult {
                        chapter: chapter.title.clone(),
                        group: group.filter(|label| !label.is_empty()).cloned(),
                        origin: nearest(result),
                        at: result
                            .measured_at
                            .or_else(|| of.iter().find_map(|one| one.collected_at))
                            .or_else(|| of.iter().find_map(|one| one.received_at))
                            .or(source.at),
                        specimens: of
                            .iter()
                            .map(|one| {
                                one.id.clone().unwrap_or_else(|| {
                                    Identifier::new(one.root.clone(), one.accession.as_str())
                                })
                            })
                            .collect(),
                        result: result.clone(),
                    });
                }
            }
        }
    }
    all
}
