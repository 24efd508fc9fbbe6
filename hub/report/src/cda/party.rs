//! Persons, structures, addresses and telecommunication of header and entries.

use lisiere_model::report::{
    Address, Biologist, Civility, Contact, Laboratory, Organisation, PersonName, Professional,
    Report, Subcontractor, Title, Validation,
};

use super::vocabulary::{COFRAC, PERFORMER, PROFESSIONAL, STRUCTURE};
use super::xml::Xml;

/// What a structure's element shows beyond name and address.
#[derive(Clone, Copy, Default)]
pub(crate) struct Details {
    /// The COFRAC number, as a second identifier.
    pub(crate) accreditation: bool,
    /// The practice setting.
    pub(crate) setting: bool,
}

/// `addr`: parts when there is one street line, else lines; never both (structuration minimale).
pub(crate) fn address(xml: &mut Xml, address: Option<&Address>) {
    let Some(address) = address.filter(|address| !address.is_empty()) else {
        xml.empty("addr", &[("nullFlavor", "UNK")]);
        return;
    };
    let streets: Vec<&String> = address
        .lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .collect();
    xml.within("addr", &[], |xml| {
        if let [street] = streets.as_slice() {
            xml.leaf("streetName", &[], street);
        }
        if streets.len() < 2 {
            for (name, part) in [
                ("postalCode", &address.postal_code),
                ("city", &address.city),
                ("country", &address.country),
            ] {
                if let Some(part) = part {
                    xml.leaf(name, &[], part);
                }
            }
            return;
        }
        // Seven lines at most: the town and the country take the last two.
        for street in streets.iter().take(5) {
            xml.leaf("streetAddressLine", &[], street);
        }
        let town: Vec<&str> = [&address.postal_code, &address.city]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if !town.is_empty() {
            xml.leaf("streetAddressLine", &[], &town.join(" "));
        }
        if let Some(country) = &address.country {
            xml.leaf("streetAddressLine", &[], country);
        }
    });
}

/// `telecom` elements; one that says "unknown" when there is none.
pub(crate) fn telecoms(xml: &mut Xml, contacts: &[Contact], usage: &str) {
    if contacts.is_empty() {
        xml.empty("telecom", &[("nullFlavor", "UNK")]);
    }
    for contact in contacts {
        telecom(xml, contact, usage);
    }
}

/// The first `telecom` only, where one is the limit.
fn first_telecom(xml: &mut Xml, contacts: &[Contact]) {
    telecoms(xml, contacts.get(..1).unwrap_or_default(), "WP");
}

fn telecom(xml: &mut Xml, contact: &Contact, usage: &str) {
    let (scheme, text) = match contact {
        Contact::Phone(number) => ("tel:", number),
        Contact::Fax(number) => ("fax:", number),
        Contact::Mail(mail) => ("mailto:", mail),
        Contact::Address(address) => ("", address),
    };
    let plain: String = text.chars().filter(|one| !one.is_whitespace()).collect();
    xml.empty(
        "telecom",
        &[("value", &format!("{scheme}{plain}")), ("use", usage)],
    );
}

/// `name` of a person: the civility is a prefix, the title a suffix.
pub(crate) fn person_name(xml: &mut Xml, name: &PersonName) {
    xml.within("name", &[], |xml| {
        if let Some(civility) = name.civility {
            let code = match civility {
                Civility::M => "M",
                Civility::Mme => "MME",
            };
            xml.leaf("prefix", &[], code);
        }
        if let Some(given) = name
            .given
            .as_deref()
            .filter(|given| !given.trim().is_empty())
        {
            xml.leaf("given", &[], given);
        }
        xml.leaf("family", &[], &name.family);
        if let Some(title) = name.title {
            let code = match title {
                Title::Dr => "DR",
                Title::Pr => "PR",
            };
            xml.leaf("suffix", &[], code);
        }
    });
}

/// A structure, under the name that its place asks for.
pub(crate) fn organisation(
    xml: &mut Xml,
    element: &str,
    organisation: &Organisation,
    laboratory: Option<&Laboratory>,
    details: Details,
) {
    xml.within(element, &[], |xml| {
        xml.id(STRUCTURE, &organisation.national_id);
        if let Some(number) = laboratory
            .filter(|_| details.accreditation)
            .and_then(|laboratory| laboratory.cofrac.as_deref())
        {
            let attributes = [
                ("root", COFRAC),
                ("extension", number),
                ("assigningAuthorityName", "COFRAC"),
            ];
            xml.empty("id", &attributes);
        }
        xml.leaf("name", &[], &organisation.name);
        first_telecom(xml, &organisation.contacts);
        address(xml, Some(&organisation.address));
        if let Some(laboratory) = laboratory.filter(|_| details.setting) {
            xml.coded("standardIndustryClassCode", &laboratory.practice_setting);
        }
    });
}

/// A biologist of the laboratory, with it (`assignedEntity`, `assignedAuthor`).
pub(crate) fn biologist(
    xml: &mut Xml,
    element: &str,
    report: &Report,
    biologist: &Biologist,
    details: Details,
) {
    let laboratory = &report.laboratory;
    xml.within(element, &[], |xml| {
        xml.id(PROFESSIONAL, biologist.rpps.national_id().as_str());
        if let Some(speciality) = &biologist.speciality {
            xml.coded("code", speciality);
        }
        address(xml, Some(&laboratory.organisation.address));
        first_telecom(xml, &laboratory.organisation.contacts);
        xml.within("assignedPerson", &[], |xml| {
            person_name(xml, &biologist.name);
        });
        let structure = &laboratory.organisation;
        organisation(
            xml,
            "representedOrganization",
            structure,
            Some(laboratory),
            details,
        );
    });
}

/// The inside of `associatedEntity`.
pub(crate) fn associated(xml: &mut Xml, person: &Professional) {
    xml.within("associatedEntity", &[("classCode", "PROV")], |xml| {
        if let Some(id) = &person.national_id {
            xml.id(PROFESSIONAL, id);
        }
        if let Some(speciality) = &person.speciality {
            xml.coded("code", speciality);
        }
        address(xml, person.address.as_ref());
        telecoms(xml, &person.contacts, "WP");
        xml.within("associatedPerson", &[], |xml| {
            person_name(xml, &person.name);
        });
    });
}

/// The biologist who validated, in an entry (`participant[AUTHEN]`).
pub(crate) fn authenticating(xml: &mut Xml, report: &Report, by: &Validation) {
    use super::vocabulary::{ENTRY_PARTICIPANT, VALIDATOR};
    let Some(biologist) = report.biologist(&by.rpps) else {
        return;
    };
    let organisation = &report.laboratory.organisation;
    xml.within("participant", &[("typeCode", "AUTHEN")], |xml| {
        xml.templates(&[VALIDATOR, ENTRY_PARTICIPANT]);
        xml.until("time", by.at);
        xml.within("participantRole", &[], |xml| {
            xml.id(PROFESSIONAL, biologist.rpps.national_id().as_str());
            address(xml, Some(&organisation.address));
            first_telecom(xml, &organisation.contacts);
            xml.within("playingEntity", &[], |xml| {
                person_name(xml, &biologist.name);
            });
        });
    });
}

/// The laboratory that made a test for this one (`performer`).
pub(crate) fn subcontractor(xml: &mut Xml, other: Option<&Subcontractor>) {
    let Some(other) = other else { return };
    xml.within("performer", &[("typeCode", "PRF")], |xml| {
        xml.templates(&PERFORMER);
        xml.time("time", other.at);
        xml.within("assignedEntity", &[], |xml| {
            let person = &other.biologist;
            match &person.national_id {
                Some(id) => xml.id(PROFESSIONAL, id),
                None => xml.empty("id", &[("nullFlavor", "UNK")]),
            }
            if let Some(speciality) = &person.speciality {
                xml.coded("code", speciality);
            }
            address(
                xml,
                person
                    .address
                    .as_ref()
                    .or(Some(&other.organisation.address)),
            );
            telecoms(xml, &person.contacts, "WP");
            xml.within("assignedPerson", &[], |xml| person_name(xml, &person.name));
            xml.within("representedOrganization", &[], |xml| {
                xml.id(STRUCTURE, &other.organisation.national_id);
                xml.leaf("name", &[], &other.organisation.name);
                first_telecom(xml, &other.organisation.contacts);
                address(xml, Some(&other.organisation.address));
                xml.coded("standardIndustryClassCode", &other.practice_setting);
            });
        });
    });
}
