//! `recordTarget`: whose results these are.

use lisiere_model::report::{Guardian, Identifier, Subject};
use lisiere_model::{BirthDate, IdentityStatus, Ins, InsAuthority, Sex, Traits};

use super::people::{address, person_name};
use super::reader::Reader;
use super::words;
use crate::gate::context::{Node, at, attr, child, children};

impl<'d> Reader<'_, 'd> {
    /// The patient; `None` without a name or a birth date.
    pub(super) fn subject(&self, root: Node<'d>) -> Option<Subject> {
        let role = at(root, &["recordTarget", "patientRole"])?;
        let patient = child(role, "patient")?;
        let (ins, mut numbers) = self.numbers(role);
        let traits = self.traits(patient, ins.is_some())?;
        let local_id = if numbers.is_empty() {
            // The national number is then the only one there is.
            let ins = ins.as_ref()?;
            self.remark(
                "reading-patient",
                role,
                "Aucun numéro propre au laboratoire (IPP) : l'INS en tient lieu.",
            );
            Identifier::new(ins.authority().oid().parse().ok()?, ins.number())
        } else {
            numbers.remove(0)
        };
        let birthplace = at(patient, &["birthplace", "place", "addr"]);
        let city = birthplace
            .and_then(|place| child(place, "city"))
            .map(words::line_of);
        Some(Subject {
            traits,
            birth_city: city.filter(|city| !city.is_empty()),
            identity_status: if ins.is_some() {
                IdentityStatus::Qualified
            } else {
                IdentityStatus::Provisional
            },
            ins,
            local_id,
            other_ids: numbers,
            guardians: children(patient, "guardian")
                .map(|one| self.guardian(one))
                .collect(),
            address: address(role),
            contacts: self.contacts(role),
        })
    }

    fn numbers(&self, role: Node<'d>) -> (Option<Ins>, Vec<Identifier>) {
        let mut ins = None;
        let mut numbers = Vec::new();
        for node in children(role, "id") {
            let Some(id) = self.identifier(node) else {
                continue;
            };
            match InsAuthority::from_oid(id.root.as_str()) {
                Some(authority) if ins.is_none() => match Ins::new(&id.extension, authority) {
                    Ok(found) => ins = Some(found),
                    Err(error) => {
                        self.unread(node);
                        self.obstacle(
                            "reading-ins",
                            node,
                            format!("L'INS n'est pas valide et n'est pas repris : {error}."),
                        );
                    }
                },
                _ => numbers.push(id),
            }
        }
        (ins, numbers)
    }

    fn traits(&self, patient: Node<'d>, qualified: bool) -> Option<Traits> {
        let name = child(patient, "name")?;
        let part = |element: &str, qualifier: Option<&str>| {
            children(name, element)
                .find(|one| attr(*one, "qualifier") == qualifier)
                .map(words::line_of)
                .filter(|text| !text.is_empty())
        };
        let used_name = part("family", Some("CL")).or_else(|| part("family", Some("SP")));
        let birth_name = part("family", Some("BR"))
            .or_else(|| part("family", None))
            .or_else(|| used_name.clone());
        let given_names = part("given", None);
        let first = part("given", Some("BR")).or_else(|| {
            given_names
                .as_deref()
                .and_then(|all| all.split_whitespace().next())
                .map(str::to_owned)
        });
        let birth = child(patient, "birthTime");
        let birth_date = birth
            .and_then(|node| self.taken(node, "value"))
            .and_then(|text| text.trim().get(..8)?.parse::<BirthDate>().ok());
        let (Some(birth_name), Some(birth_date)) = (birth_name, birth_date) else {
            self.obstacle(
                "reading-patient",
                patient,
                "Le nom de naissance ou la date de naissance manque.",
            );
            return None;
        };
        let place = at(patient, &["birthplace", "place", "addr", "county"]).map(words::line_of);
        Some(Traits {
            birth_name,
            given_names: given_names.unwrap_or_default(),
            first_given_name: first.unwrap_or_default(),
            used_name,
            used_given_name: part("given", Some("CL")),
            sex: self.sex(patient, qualified),
            birth_date,
            birth_place: place.filter(|place| !place.is_empty()),
        })
    }

    fn sex(&self, patient: Node<'d>, qualified: bool) -> Sex {
        let Some(node) = child(patient, "administrativeGenderCode") else {
            return Sex::Unknown;
        };
        match self.taken(node, "code") {
            Some("F") => Sex::Female,
            Some("M") => Sex::Male,
            Some("UN") => Sex::Unknown,
            Some(_) => {
                self.unread(node);
                Sex::Unknown
            }
            None => {
                if qualified {
                    self.remark("reading-patient", node, "Le sexe n'est pas renseigné.");
                }
                Sex::Unknown
            }
        }
    }

    fn guardian(&self, node: Node<'d>) -> Guardian {
        self.unread_each(node, "id");
        Guardian {
            person: child(node, "guardianPerson").map(|one| person_name(one)),
            organisation: child(node, "guardianOrganization").map(|one| self.organisation(one)),
            relation: child(node, "code").and_then(|code| self.coded(code)),
            address: address(node),
            contacts: self.contacts(node),
        }
    }
}
