//! Who had a part in results: validators, subcontractors, authors, analyzers, and the specimens they worked on.

use lisiere_model::report::{
    Actor, Biologist, Coded, Device, Identifier, Involved, Moment, NonHuman, Oid, Professional,
    ReportedSpecimen, Subcontractor, Validation,
};
use lisiere_model::{AccessionNumber, Rpps};

use super::people::address;
use super::reader::Reader;
use super::words;
use crate::cda::vocabulary::IHE_ACT;
use crate::gate::context::{Node, at, attr, child, children};

/// Practice setting of a structure that does not say its own (list J04).
pub(super) fn town() -> Option<Coded> {
    Some(Coded {
        code: "AMBULATOIRE".to_owned(),
        display: "Ambulatoire".to_owned(),
        system: "1.2.250.1.213.1.1.4.9".parse().ok()?,
    })
}

impl<'d> Reader<'_, 'd> {
    /// The RPPS number of somebody, who is from then on among the biologists; `None` for another kind of number.
    pub(super) fn biologist(&self, node: Node<'d>) -> Option<Rpps> {
        let person = self.professional(node);
        let rpps: Rpps = person.national_id.as_deref()?.parse().ok()?;
        let mut known = self.biologists.borrow_mut();
        match known.iter_mut().find(|one| one.rpps == rpps) {
            Some(one) => {
                one.speciality = one.speciality.take().or(person.speciality);
                if one.name.family.is_empty() {
                    one.name = person.name;
                }
            }
            None => known.push(Biologist {
                rpps: rpps.clone(),
                name: person.name,
                speciality: person.speciality,
                contacts: Vec::new(),
            }),
        }
        Some(rpps)
    }

    /// Somebody and when.
    pub(super) fn actor(&self, node: Node<'d>, role: Node<'d>) -> Actor {
        Actor {
            person: self.professional(role),
            at: self.moment_of(node, "time"),
        }
    }

    /// `participant[AUTHEN]`: who validated.
    pub(super) fn validated(&self, parent: Node<'d>) -> Option<Validation> {
        let mut found: Option<Validation> = None;
        for node in participants(parent, "AUTHEN") {
            let Some(role) = child(node, "participantRole") else {
                continue;
            };
            let at = self.moment_of(node, "time");
            match (self.biologist(role), at) {
                (Some(rpps), Some(at)) if found.is_none() => {
                    found = Some(Validation::new(rpps, at));
                }
                (Some(_), Some(_)) => self.unread(node),
                _ => {
                    self.unread(node);
                    self.obstacle(
                        "reading-validator",
                        node,
                        "Le valideur n'a pas de numéro RPPS ou pas d'heure : il n'est pas repris.",
                    );
                }
            }
        }
        found
    }

    /// Everybody else: `RESP`, `DEV`, `author`.
    pub(super) fn involved(&self, parent: Node<'d>) -> Involved {
        let mut involved = Involved::default();
        for node in participants(parent, "RESP") {
            let Some(role) = child(node, "participantRole") else {
                continue;
            };
            if involved.responsible.is_none() {
                involved.responsible = Some(Box::new(self.actor(node, role)));
            } else {
                self.unread(node);
            }
        }
        for node in participants(parent, "DEV") {
            let Some(role) = child(node, "participantRole") else {
                continue;
            };
            let playing = child(role, "playingDevice");
            let name = |name| {
                playing
                    .and_then(|one| child(one, name))
                    .map_or_else(String::new, words::line_of)
            };
            involved.devices.push(Device {
                id: self.id_of(role),
                code: playing
                    .and_then(|one| child(one, "code"))
                    .and_then(|code| self.coded(code)),
                model: name("manufacturerModelName"),
                software: name("softwareName"),
                at: self.moment_of(node, "time"),
                structure: None,
            });
        }
        for node in children(parent, "author") {
            let Some(role) = child(node, "assignedAuthor") else {
                continue;
            };
            match child(role, "assignedAuthoringDevice") {
                Some(device) => {
                    involved
                        .devices
                        .push(self.device(role, device, self.moment_of(node, "time")));
                }
                None => involved.authors.push(self.actor(node, role)),
            }
        }
        involved
    }

    /// `assignedAuthoringDevice`.
    pub(super) fn device(&self, role: Node<'d>, node: Node<'d>, at: Option<Moment>) -> Device {
        let name = |name| child(node, name).map_or_else(String::new, words::line_of);
        Device {
            id: self.id_of(role),
            code: child(role, "code")
                .or_else(|| child(node, "code"))
                .and_then(|code| self.coded(code)),
            model: name("manufacturerModelName"),
            software: name("softwareName"),
            at,
            structure: child(role, "representedOrganization")
                .map(|one| Box::new(self.structure(one))),
        }
    }

    /// `performer`: the laboratory that made it in this one's stead.
    pub(super) fn subcontractor(&self, parent: Node<'d>) -> Option<Subcontractor> {
        let mut nodes = children(parent, "performer");
        let node = nodes.next()?;
        nodes.for_each(|other| self.unread(other));
        let entity = child(node, "assignedEntity")?;
        let mut biologist: Professional = self.professional(entity);
        let structure = biologist
            .structure
            .take()
            .map(|one| *one)
            .unwrap_or_default();
        let at = self.moment_of(node, "time");
        let Some((at, practice_setting)) = at.zip(structure.practice_setting.or_else(town)) else {
            self.unread(node);
            self.obstacle(
                "reading-subcontractor",
                node,
                "Le sous-traitant n'a pas de date : il n'est pas repris.",
            );
            return None;
        };
        Some(Subcontractor {
            organisation: structure.organisation,
            biologist,
            practice_setting,
            at,
        })
    }

    /// `subject`: what was examined in a human's stead.
    pub(super) fn non_human(&self, parent: Node<'d>) -> Option<NonHuman> {
        let subject = child(child(parent, "subject")?, "relatedSubject")?;
        let code = child(subject, "code");
        let kind = code.and_then(|code| self.coded(code));
        let label = code
            .and_then(|code| words::original(self.context, code))
            .map(|text| words::squeeze(&text))
            .or_else(|| kind.as_ref().map(|kind| kind.display.clone()))
            .unwrap_or_default();
        Some(NonHuman {
            label,
            kind,
            address: address(subject).unwrap_or_default(),
        })
    }

    /// `procedure`: a specimen, its number being returned; the same one may be named at several places.
    pub(super) fn collection(&self, node: Node<'d>) -> Option<AccessionNumber> {
        let participant = child(node, "participant");
        let role = participant.and_then(|one| child(one, "participantRole"));
        let id = role.and_then(|role| self.id_of(role));
        let kind = role
            .and_then(|role| at(role, &["playingEntity", "code"]))
            .and_then(|code| self.kind(code));
        let (Some(role), Some(kind)) = (role, kind.or_else(unknown_kind)) else {
            self.unread(node);
            return None;
        };
        let mut specimen = self.specimen(role, id, kind)?;
        specimen.act = child(node, "code")
            .and_then(|code| self.coded(code))
            .filter(|act| act.code != "33882-2");
        specimen.collected_at = self.moment_of(node, "effectiveTime");
        specimen.site = child(node, "targetSiteCode").and_then(|code| self.coded(code));
        specimen.collector = child(node, "performer").and_then(|performer| {
            Some(Box::new(
                self.actor(performer, child(performer, "assignedEntity")?),
            ))
        });
        for act in children(node, "entryRelationship").filter_map(|one| child(one, "act")) {
            let received = child(act, "code").is_some_and(|code| {
                self.taken(code, "code") == Some("SPRECEIVE")
                    && attr(code, "codeSystem") == Some(IHE_ACT)
            });
            if received {
                specimen.received_at = self.moment_of(act, "effectiveTime");
            }
        }
        let accession = specimen.accession.clone();
        let mut known = self.specimens.borrow_mut();
        match known.iter_mut().find(|one| one.accession == accession) {
            None => known.push(specimen),
            Some(one) if *one == specimen => {}
            Some(one) => {
                // Told twice: what the second adds is kept.
                one.received_at = one.received_at.or(specimen.received_at);
                one.collected_at = one.collected_at.or(specimen.collected_at);
                drop(known);
                self.remark("reading-specimen", node, "Ce prélèvement figure deux fois avec des précisions différentes : la première est retenue.");
            }
        }
        Some(accession)
    }

    fn kind(&self, code: Node<'d>) -> Option<Coded> {
        let found = self.coded(code);
        if found.is_none() && attr(code, "code").is_none() {
            let words = words::original(self.context, code)?;
            return Some(Coded {
                display: words::squeeze(&words),
                ..unknown_kind()?
            });
        }
        found
    }

    fn specimen(
        &self,
        role: Node<'d>,
        id: Option<Identifier>,
        kind: Coded,
    ) -> Option<ReportedSpecimen> {
        let plain = id.as_ref().and_then(|id| {
            let accession = id.extension.parse::<AccessionNumber>().ok()?;
            (accession.as_str() == id.extension).then(|| (accession, id.root.clone()))
        });
        if let Some((accession, root)) = plain {
            return Some(ReportedSpecimen::new(accession, root, kind));
        }
        // No number that fits on a label: one is given, in the order of the document.
        let known = self.specimens.borrow();
        let same = known.iter().find(|one| id.is_some() && one.id == id);
        let accession = match same {
            Some(one) => one.accession.clone(),
            None => format!("P{}", known.len() + 1).parse().ok()?,
        };
        drop(known);
        self.remark(
            "reading-specimen",
            role,
            "Le prélèvement n'a pas de numéro d'étiquette : un numéro d'ordre est donné.",
        );
        let root: Oid = id
            .as_ref()
            .map_or_else(|| "2.25.0".parse().ok(), |id| Some(id.root.clone()))?;
        let mut specimen = ReportedSpecimen::new(accession, root, kind);
        specimen.id = id;
        Some(specimen)
    }
}

/// A specimen of which nothing is said.
fn unknown_kind() -> Option<Coded> {
    Some(Coded {
        code: "ORH".to_owned(),
        display: "Autre".to_owned(),
        system: "2.16.840.1.113883.18.311".parse().ok()?,
    })
}

fn participants<'d>(parent: Node<'d>, kind: &'static str) -> impl Iterator<Item = Node<'d>> {
    children(parent, "participant").filter(move |one| attr(*one, "typeCode") == Some(kind))
}
