//! The header as the report's own fields and, for what few reports need, its `header`.

use lisiere_model::report::{
    Actor, Chapter, Coded, Collector, Confidentiality, Encounter, EncounterKind, Header,
    Identifier, Laboratory, Moment, Oid, Place, Prescriber, Professional, Replacement,
    ReportStatus, Structure, Validation,
};

use super::involved::town;
use super::parties::Parties;
use super::people::address;
use super::reader::Reader;
use super::scalar::{day, numbers};
use super::words;
use crate::gate::context::{Node, at, attr, child, children, elements, is};

/// What names a version.
pub(super) struct Version {
    pub(super) id: Oid,
    pub(super) set_id: Oid,
    pub(super) number: u32,
    pub(super) replaces: Option<Replacement>,
    pub(super) created_at: Moment,
    pub(super) confidentiality: Confidentiality,
}

/// The act that the report documents.
pub(super) struct Act {
    pub(super) record: Identifier,
    pub(super) status: ReportStatus,
    pub(super) received_at: Moment,
    pub(super) laboratory: Laboratory,
}

/// The first `documentationOf/serviceEvent`.
pub(super) fn main_act(root: Node<'_>) -> Option<Node<'_>> {
    children(root, "documentationOf").find_map(|one| child(one, "serviceEvent"))
}

/// `lab:statusCode`, in whichever namespace.
fn act_status(root: Node<'_>) -> Option<Node<'_>> {
    elements(main_act(root)?).find(|one| one.tag_name().name() == "statusCode")
}

/// How complete the report is. A withdrawn one has no status of its own in the header of ours: all its parts are aborted.
pub(super) fn standing(root: Node<'_>) -> ReportStatus {
    match act_status(root).and_then(|node| attr(node, "code")) {
        Some("active") => ReportStatus::Partial,
        Some("aborted") => ReportStatus::Withdrawn,
        Some(_) => ReportStatus::Final,
        None => {
            let acts = root.descendants().filter(|one| is(*one, "entry"));
            let mut states = acts
                .filter_map(|entry| at(entry, &["act", "statusCode"]))
                .map(|status| attr(status, "code") == Some("aborted"))
                .peekable();
            let some = states.peek().is_some();
            if some && states.all(|aborted| aborted) {
                ReportStatus::Withdrawn
            } else {
                ReportStatus::Final
            }
        }
    }
}

impl<'d> Reader<'_, 'd> {
    /// Identifier, number and predecessor of this version.
    pub(super) fn version(&self, root: Node<'d>, header: &mut Header) -> Option<Version> {
        if let Some(code) = child(root, "code")
            && self.taken(code, "code") != Some("11502-2")
        {
            self.remark(
                "reading-kind",
                code,
                "Ce document n'est pas un compte rendu d'examens biologiques (11502-2).",
            );
        }
        let (id, extension) = self.name(child(root, "id")?)?;
        header.id_extension = extension;
        let series = child(root, "setId").and_then(|node| self.name(node));
        let (set_id, extension) = series.unwrap_or_else(|| {
            self.remark(
                "reading-version",
                root,
                "Pas d'identifiant de série (setId) : celui du document en tient lieu.",
            );
            (id.clone(), header.id_extension.clone())
        });
        header.set_id_extension = extension;
        let number = child(root, "versionNumber")
            .and_then(|node| self.taken(node, "value"))
            .and_then(|text| text.trim().parse().ok());
        let confidentiality = child(root, "confidentialityCode");
        Some(Version {
            id,
            set_id,
            number: number.unwrap_or(1),
            replaces: self.replaces(root),
            created_at: self.moment_of(root, "effectiveTime")?,
            confidentiality: match confidentiality.and_then(|node| self.taken(node, "code")) {
                Some("R") => Confidentiality::Restricted,
                Some("V") => Confidentiality::VeryRestricted,
                _ => Confidentiality::Normal,
            },
        })
    }

    /// Root and extension; a UUID becomes a number, as the model asks of documents.
    fn name(&self, node: Node<'d>) -> Option<(Oid, Option<String>)> {
        let root = numbers(self.taken(node, "root")?);
        if root.is_none() {
            self.unread(node);
        }
        let extension = attr(node, "extension")
            .map(str::trim)
            .filter(|text| !text.is_empty());
        Some((root?, extension.map(str::to_owned)))
    }

    fn replaces(&self, root: Node<'d>) -> Option<Replacement> {
        let mut found = None;
        for related in children(root, "relatedDocument") {
            let id = child(related, "parentDocument").and_then(|parent| child(parent, "id"));
            if attr(related, "typeCode") == Some("RPLC")
                && found.is_none()
                && let Some((id, extension)) = id.and_then(|id| self.name(id))
            {
                found = Some(Replacement {
                    id,
                    extension,
                    created_at: None,
                    reason: None,
                });
            } else {
                self.unread(id.unwrap_or(related));
            }
        }
        found
    }

    /// The request, the laboratory and what it did.
    pub(super) fn act_of(
        &self,
        root: Node<'d>,
        version: &Version,
        chapters: &[Chapter],
        header: &mut Header,
    ) -> Option<Act> {
        let event = main_act(root);
        let record = event.and_then(|event| self.id_of(event));
        let record = record.unwrap_or_else(|| {
            self.remark(
                "reading-record",
                event.unwrap_or(root),
                "Pas de numéro de dossier : l'identifiant de la série en tient lieu.",
            );
            Identifier::new(version.set_id.clone(), version.number.to_string())
        });
        self.acts(root, chapters, header);
        let time = event.and_then(|event| child(event, "effectiveTime"));
        let received_at = time.and_then(|time| self.moment_of(time, "low"));
        header.released_at = time
            .and_then(|time| self.moment_of(time, "high"))
            .filter(|at| *at != version.created_at);
        if let Some(status) = act_status(root) {
            self.take(status);
        }
        let performer = event.and_then(|event| child(event, "performer"));
        Some(Act {
            record,
            status: standing(root),
            received_at: received_at.unwrap_or(version.created_at),
            laboratory: self.laboratory(root, performer, header)?,
        })
    }

    /// Codes of all acts, kept when they are not simply those of the chapters.
    fn acts(&self, root: Node<'d>, chapters: &[Chapter], header: &mut Header) {
        let mut acts: Vec<Coded> = Vec::new();
        for (place, event) in children(root, "documentationOf")
            .filter_map(|one| child(one, "serviceEvent"))
            .enumerate()
        {
            acts.extend(child(event, "code").and_then(|code| self.coded(code)));
            if place > 0 {
                self.unread_each(event, "id");
            }
        }
        let plain = chapters
            .iter()
            .map(|one| (one.code.as_str(), one.display.as_str()));
        if !plain.eq(acts
            .iter()
            .map(|one| (one.code.as_str(), one.display.as_str())))
        {
            header.acts = acts;
        }
    }

    fn laboratory(
        &self,
        root: Node<'d>,
        performer: Option<Node<'d>>,
        header: &mut Header,
    ) -> Option<Laboratory> {
        let entity = performer.and_then(|one| child(one, "assignedEntity"));
        let custodian = at(
            root,
            &[
                "custodian",
                "assignedCustodian",
                "representedCustodianOrganization",
            ],
        );
        let custodian = custodian.map(|one| self.organisation(one));
        let done = performer.and_then(|one| self.moment_of(one, "time"));
        let director = entity.and_then(|entity| self.biologist(entity));
        let structure = entity
            .and_then(|entity| child(entity, "representedOrganization"))
            .map(|one| self.structure(one));
        let structure = structure
            .filter(|one| !one.organisation.name.is_empty())
            .or_else(|| {
                Some(Structure {
                    organisation: custodian.clone()?,
                    ..Structure::default()
                })
            });
        let Some(structure) = structure else {
            self.obstacle(
                "reading-laboratory",
                root,
                "Le laboratoire exécutant n'est pas nommé.",
            );
            return None;
        };
        header.custodian =
            custodian.filter(|one| one.national_id != structure.organisation.national_id);
        if let Some(entity) = entity {
            // Its time, address and number are its own.
            let mut person: Professional = self.professional(entity);
            person.structure = None;
            header.performer = Some(Actor { person, at: done });
        }
        Some(Laboratory {
            organisation: structure.organisation,
            subtitle: None,
            cofrac: structure.cofrac,
            practice_setting: structure.practice_setting.or_else(town)?,
            facility_type: laboratory_type()?,
            director,
            footer: Vec::new(),
            logo: None,
        })
    }

    /// The stay or visit; whatever it says of the laboratory is added to it.
    pub(super) fn encounter(
        &self,
        root: Node<'d>,
        version: &Version,
        laboratory: &mut Laboratory,
    ) -> Encounter {
        let Some(node) = at(root, &["componentOf", "encompassingEncounter"]) else {
            return Encounter::new(EncounterKind::Ambulatory, version.created_at);
        };
        let code = child(node, "code");
        let kind = code.and_then(|code| self.taken(code, "code"));
        let kind = EncounterKind::ALL
            .into_iter()
            .find(|one| Some(one.code()) == kind);
        if kind.is_none()
            && let Some(code) = code
        {
            self.unread(code);
        }
        let time = child(node, "effectiveTime");
        let started = time.and_then(|time| match child(time, "low") {
            Some(low) => self.moment(low),
            None => self.moment(time),
        });
        let mut ids: Vec<Identifier> = children(node, "id")
            .filter_map(|id| self.identifier(id))
            .collect();
        let mut encounter = Encounter::new(
            kind.unwrap_or(EncounterKind::Ambulatory),
            started.unwrap_or(version.created_at),
        );
        encounter.id = (!ids.is_empty()).then(|| ids.remove(0));
        encounter.other_ids = ids;
        encounter.ended_at = time.and_then(|time| self.moment_of(time, "high"));
        if let Some(entity) = at(node, &["responsibleParty", "assignedEntity"]) {
            let mut person = self.professional(entity);
            if let Some(structure) = &mut person.structure {
                let same =
                    structure.organisation.national_id == laboratory.organisation.national_id;
                if same && laboratory.cofrac.is_none() {
                    laboratory.cofrac = structure.cofrac.take();
                }
                if same {
                    person.structure = None;
                }
            }
            let director = laboratory
                .director
                .as_ref()
                .map(|rpps| rpps.national_id().as_str().to_owned());
            if person.national_id.is_none() || person.national_id != director {
                encounter.responsible = Some(Box::new(person));
            }
        }
        if let Some(facility) = at(node, &["location", "healthCareFacility"]) {
            self.facility(facility, laboratory, &mut encounter);
        }
        encounter
    }

    fn facility(&self, node: Node<'d>, laboratory: &mut Laboratory, encounter: &mut Encounter) {
        self.unread_each(node, "id");
        let Some(kind) = child(node, "code").and_then(|code| self.coded(code)) else {
            return;
        };
        let place = child(node, "location");
        let name = place
            .and_then(|place| child(place, "name"))
            .map(words::line_of);
        let elsewhere = name.as_ref().is_some_and(|name| {
            !name.is_empty() && !name.eq_ignore_ascii_case(&laboratory.organisation.name)
        });
        if elsewhere {
            encounter.place = Some(Box::new(Place {
                kind,
                name,
                address: place.and_then(|place| address(place)),
            }));
        } else {
            laboratory.facility_type = kind;
        }
    }

    /// Prescriber, collector and the others whom the header names.
    pub(super) fn prescriber(&self, node: Node<'d>, entity: Node<'d>) -> Prescriber {
        let time = child(node, "time");
        let stamp = time.and_then(|time| {
            attr(time, "value").or_else(|| {
                ["high", "low"]
                    .into_iter()
                    .find_map(|name| attr(child(time, name)?, "value"))
            })
        });
        // A day is a day: no hour is made up.
        let dated = stamp.is_some_and(|stamp| stamp.trim().len() <= 8);
        if dated && let Some(time) = time {
            self.take_all(time);
        }
        Prescriber {
            person: self.professional(entity),
            prescribed_on: stamp.and_then(day),
            prescribed_at: if dated {
                None
            } else {
                time.and_then(|time| self.moment(time))
            },
        }
    }

    /// Who took the specimens.
    pub(super) fn collector(&self, node: Node<'d>, entity: Node<'d>) -> Collector {
        Collector {
            person: self.professional(entity),
            at: self.moment_of(node, "time"),
        }
    }

    /// The signatory; without an RPPS number the report cannot be issued again.
    pub(super) fn signature(
        &self,
        root: Node<'d>,
        laboratory: &Laboratory,
        version: &Version,
        parties: &Parties,
    ) -> Option<Validation> {
        let node = child(root, "legalAuthenticator");
        let entity = node.and_then(|node| child(node, "assignedEntity"));
        if let Some(code) = node.and_then(|node| child(node, "signatureCode")) {
            self.take(code);
        }
        let at = node.and_then(|node| self.moment_of(node, "time"));
        let Some((entity, rpps)) =
            entity.and_then(|entity| Some((entity, self.biologist(entity)?)))
        else {
            self.obstacle(
                "reading-signatory",
                node.unwrap_or(root),
                "Le signataire n'a pas de numéro RPPS.",
            );
            // Another biologist may stand in for reading alone.
            let other = parties.validators.first()?;
            return Some(other.clone());
        };
        let mut signature = Validation::new(rpps, at.unwrap_or(version.created_at));
        signature.structure = self.other_structure(entity, laboratory);
        Some(signature)
    }

    /// The structure of somebody, when it is not the laboratory as the performer describes it.
    pub(super) fn other_structure(
        &self,
        entity: Node<'d>,
        laboratory: &Laboratory,
    ) -> Option<Box<Structure>> {
        let structure = self.structure(child(entity, "representedOrganization")?);
        let setting = structure.practice_setting.as_ref();
        let same = structure.organisation.national_id == laboratory.organisation.national_id
            && setting.is_none_or(|setting| *setting == laboratory.practice_setting);
        (!same && !structure.organisation.name.is_empty()).then(|| Box::new(structure))
    }
}

/// A laboratory (list J02).
fn laboratory_type() -> Option<Coded> {
    Some(Coded {
        code: "SA25".to_owned(),
        display: "Laboratoire de biologie médicale".to_owned(),
        system: "1.2.250.1.71.4.2.4".parse().ok()?,
    })
}
