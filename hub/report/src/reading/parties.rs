//! Persons of the header: authors, typists, relatives, receivers, validators, participants, and consents.

use lisiere_model::report::{
    Author, Coded, Collector, Consent, Header, Informant, InformantKind, Laboratory, Moment,
    Participant, ParticipantKind, Prescriber, Professional, Validation, Writer,
};

use super::people::{address, person_name};
use super::reader::Reader;
use crate::gate::context::{Node, at, attr, child, children};

/// Persons who have a field of their own in the report.
#[derive(Default)]
pub(super) struct Parties {
    pub(super) prescriber: Option<Prescriber>,
    pub(super) collector: Option<Collector>,
    pub(super) copies_to: Vec<Professional>,
    pub(super) validators: Vec<Validation>,
}

impl<'d> Reader<'_, 'd> {
    /// Everybody whom the header names, the signatory excepted.
    pub(super) fn parties(
        &self,
        root: Node<'d>,
        laboratory: &Laboratory,
        header: &mut Header,
    ) -> Parties {
        let mut parties = Parties::default();
        for node in children(root, "authenticator") {
            let Some(entity) = child(node, "assignedEntity") else {
                continue;
            };
            self.take_each(node, "signatureCode");
            let time = self.moment_of(node, "time");
            if let Some((rpps, time)) = self.biologist(entity).zip(time) {
                let mut validation = Validation::new(rpps, time);
                validation.structure = self.other_structure(entity, laboratory);
                parties.validators.push(validation);
            } else {
                self.unread(node);
                self.obstacle(
                    "reading-validator",
                    node,
                    "Un valideur n'a pas de numéro RPPS ou pas d'heure : il n'est pas repris.",
                );
            }
        }
        for node in children(root, "participant") {
            if let Some(entity) = child(node, "associatedEntity") {
                self.participant(node, entity, &mut parties, header);
            }
        }
        for node in
            children(root, "informationRecipient").filter_map(|one| child(one, "intendedRecipient"))
        {
            parties.copies_to.push(self.professional(node));
        }
        if let Some(node) = child(root, "dataEnterer")
            && let Some(entity) = child(node, "assignedEntity")
        {
            header.data_enterer = Some(self.actor(node, entity));
        }
        header.informants = children(root, "informant")
            .filter_map(|one| self.informant(one))
            .collect();
        header.consents = children(root, "authorization")
            .filter_map(|one| child(one, "consent"))
            .filter_map(|one| self.consent(one))
            .collect();
        parties
    }

    fn participant(
        &self,
        node: Node<'d>,
        entity: Node<'d>,
        parties: &mut Parties,
        header: &mut Header,
    ) {
        let function: Option<Coded> = child(node, "functionCode").and_then(|code| self.coded(code));
        let named = function.as_ref().map(|one| one.code.as_str());
        match (attr(node, "typeCode"), named) {
            (Some("REF"), None) if parties.prescriber.is_none() => {
                parties.prescriber = Some(self.prescriber(node, entity));
            }
            (Some("PRF"), Some("PRELV")) if parties.collector.is_none() => {
                parties.collector = Some(self.collector(node, entity));
            }
            (Some("INF"), Some("PCP")) if header.treating_physician.is_none() => {
                header.treating_physician = Some(self.professional(entity));
                self.moment_of(node, "time");
            }
            (kind, _) => {
                let known = ParticipantKind::ALL
                    .into_iter()
                    .find(|one| Some(one.code()) == kind);
                let Some(kind) = known else {
                    self.unread(node);
                    return;
                };
                let person = self.professional(entity);
                if person.national_id.is_some() || !person.name.family.is_empty() {
                    let at = self.moment_of(node, "time");
                    header.participants.push(Participant {
                        kind,
                        function,
                        person,
                        at,
                    });
                }
            }
        }
    }

    fn informant(&self, node: Node<'d>) -> Option<Informant> {
        let Some(entity) = child(node, "relatedEntity") else {
            self.unread(node);
            return None;
        };
        let kind = match attr(entity, "classCode") {
            Some("ECON") => InformantKind::Emergency,
            Some("NOK") => InformantKind::Trusted,
            _ => {
                self.unread(entity);
                return None;
            }
        };
        Some(Informant {
            kind,
            relation: child(entity, "code").and_then(|code| self.coded(code)),
            name: person_name(child(entity, "relatedPerson")?),
            address: address(entity),
            contacts: self.contacts(entity),
        })
    }

    fn consent(&self, node: Node<'d>) -> Option<Consent> {
        self.take_each(node, "statusCode");
        let ids = children(node, "id")
            .filter_map(|id| self.identifier(id))
            .collect();
        Some(Consent {
            code: self.coded(child(node, "code")?)?,
            ids,
        })
    }

    /// The author, kept when it is not simply the signatory at the time of making.
    pub(super) fn author(
        &self,
        root: Node<'d>,
        laboratory: &Laboratory,
        signature: &Validation,
        created_at: Moment,
    ) -> Option<Author> {
        let mut nodes = children(root, "author");
        let node = nodes.next()?;
        nodes.for_each(|other| self.unread(other));
        let role = child(node, "assignedAuthor")?;
        let at = self.moment_of(node, "time").unwrap_or(created_at);
        if let Some(device) = child(role, "assignedAuthoringDevice") {
            return Some(Author {
                at,
                by: Writer::Device(Box::new(self.device(role, device, None))),
            });
        }
        let mut person = self.professional(role);
        let structure = self.other_structure(role, laboratory);
        let signatory = signature.rpps.national_id();
        let usual = person.national_id.as_deref() == Some(signatory.as_str())
            && structure.is_none()
            && at == created_at;
        if usual {
            return None;
        }
        person.structure = structure;
        Some(Author {
            at,
            by: Writer::Person(Box::new(person)),
        })
    }

    /// Prescriptions that the laboratory received.
    pub(super) fn prescriptions(&self, root: Node<'d>) -> Vec<lisiere_model::report::Identifier> {
        children(root, "inFulfillmentOf")
            .filter_map(|one| self.id_of(at(one, &["order"])?))
            .collect()
    }
}
