//! The patient and who answers for him, in the header (cr-bio §4.1).

use lisiere_model::Sex;
use lisiere_model::report::{Contact, Guardian, Subject};

use super::party;
use super::vocabulary::GENDER;
use super::xml::Xml;
use crate::display::words;

/// `recordTarget` (cr-bio §4.1).
pub(crate) fn record_target(xml: &mut Xml, patient: &Subject) {
    xml.within("recordTarget", &[], |xml| {
        xml.within("patientRole", &[], |xml| {
            if let Some(ins) = &patient.ins {
                xml.id(ins.authority().oid(), ins.number());
            }
            if !patient.local_id.extension.is_empty() {
                xml.identifier(&patient.local_id);
            }
            for other in &patient.other_ids {
                xml.identifier(other);
            }
            party::address(xml, patient.address.as_ref());
            private_telecoms(xml, &patient.contacts);
            xml.within("patient", &[("classCode", "PSN")], |xml| {
                traits(xml, patient);
            });
        });
    });
}

/// How a private person is reached.
pub(crate) fn private_telecoms(xml: &mut Xml, contacts: &[Contact]) {
    if contacts.is_empty() {
        party::telecoms(xml, &[], "HP");
    }
    for contact in contacts {
        party::telecoms(xml, std::slice::from_ref(contact), usage(contact));
    }
}

fn usage(contact: &Contact) -> &'static str {
    match contact {
        Contact::Phone(number) if number.starts_with("06") || number.starts_with("07") => "MC",
        _ => "HP",
    }
}

fn traits(xml: &mut Xml, patient: &Subject) {
    let traits = &patient.traits;
    xml.within("name", &[], |xml| {
        xml.leaf("family", &[("qualifier", "BR")], &traits.birth_name);
        if let Some(used) = &traits.used_name {
            xml.leaf("family", &[("qualifier", "CL")], used);
        }
        let given = if traits.given_names.trim().is_empty() {
            &traits.first_given_name
        } else {
            &traits.given_names
        };
        xml.leaf("given", &[], given);
        xml.leaf("given", &[("qualifier", "BR")], &traits.first_given_name);
        if let Some(used) = &traits.used_given_name {
            xml.leaf("given", &[("qualifier", "CL")], used);
        }
    });
    let code = match traits.sex {
        Sex::Female => "F",
        Sex::Male => "M",
        Sex::Unknown => "UN",
    };
    let attributes = [
        ("code", code),
        ("displayName", words::sex(traits.sex)),
        ("codeSystem", GENDER),
    ];
    xml.empty("administrativeGenderCode", &attributes);
    xml.empty("birthTime", &[("value", &traits.birth_date.compact())]);
    for guardian in &patient.guardians {
        self::guardian(xml, guardian);
    }
    if traits.birth_place.is_some() || patient.birth_city.is_some() {
        xml.within("birthplace", &[], |xml| {
            xml.within("place", &[], |xml| {
                xml.within("addr", &[], |xml| {
                    if let Some(code) = &traits.birth_place {
                        xml.leaf("county", &[], code);
                    }
                    if let Some(city) = &patient.birth_city {
                        xml.leaf("city", &[], city);
                    }
                });
            });
        });
    }
}

/// `guardian`: a person or a body. The national header has no place for how they are related.
fn guardian(xml: &mut Xml, guardian: &Guardian) {
    xml.within("guardian", &[], |xml| {
        party::address(xml, guardian.address.as_ref());
        private_telecoms(xml, &guardian.contacts);
        match (&guardian.person, &guardian.organisation) {
            (Some(name), _) => xml.within("guardianPerson", &[], |xml| {
                party::person_name(xml, name);
            }),
            (None, Some(body)) => {
                party::organisation(xml, "guardianOrganization", body, None, None);
            }
            (None, None) => {}
        }
    });
}
