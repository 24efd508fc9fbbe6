//! Persons, structures, addresses and telecommunication of header and entries.

use lisiere_model::report::{
    Address, Biologist, Civility, Coded, Contact, Device, Organisation, PersonName, Professional,
    Report, Structure, Subcontractor, Title,
};

use super::vocabulary::{COFRAC, PERFORMER, PROFESSIONAL, STRUCTURE};
use super::xml::Xml;

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

/// A structure, under the name that its place asks for; its first `telecom` only, where one is the limit.
pub(crate) fn organisation(
    xml: &mut Xml,
    element: &str,
    organisation: &Organisation,
    cofrac: Option<&str>,
    setting: Option<&Coded>,
) {
    let first = organisation.contacts.get(..1).unwrap_or_default();
    structure(xml, element, organisation, cofrac, setting, first);
}

fn structure(
    xml: &mut Xml,
    element: &str,
    organisation: &Organisation,
    cofrac: Option<&str>,
    setting: Option<&Coded>,
    contacts: &[Contact],
) {
    xml.within(element, &[], |xml| {
        if !organisation.national_id.trim().is_empty() {
            xml.id(STRUCTURE, &organisation.national_id);
        }
        if let Some(number) = cofrac {
            let attributes = [
                ("root", COFRAC),
                ("extension", number),
                ("assigningAuthorityName", "COFRAC"),
            ];
            xml.empty("id", &attributes);
        }
        xml.leaf("name", &[], &organisation.name);
        telecoms(xml, contacts, "WP");
        address(xml, Some(&organisation.address));
        if let Some(setting) = setting {
            xml.coded("standardIndustryClassCode", setting);
        }
    });
}

/// What a structure's element shows beyond name and address.
#[derive(Clone, Copy, Default)]
pub(crate) struct Details {
    /// The COFRAC number, as a second identifier.
    pub(crate) accreditation: bool,
    /// The practice setting, even where nobody says a special one.
    pub(crate) setting: bool,
}

/// `representedOrganization`: where somebody acts, or else the laboratory.
fn represented(xml: &mut Xml, report: &Report, at: Option<&Structure>, details: Details) {
    let laboratory = &report.laboratory;
    let default = Some(&laboratory.practice_setting).filter(|_| details.setting);
    match at {
        Some(at) => organisation(
            xml,
            "representedOrganization",
            &at.organisation,
            at.cofrac.as_deref().filter(|_| details.accreditation),
            at.practice_setting.as_ref().or(default),
        ),
        None => organisation(
            xml,
            "representedOrganization",
            &laboratory.organisation,
            laboratory
                .cofrac
                .as_deref()
                .filter(|_| details.accreditation),
            default,
        ),
    }
}

/// A biologist, in the name of `at` or else of the laboratory (`assignedEntity`, `assignedAuthor`).
pub(crate) fn biologist(
    xml: &mut Xml,
    element: &str,
    report: &Report,
    biologist: &Biologist,
    at: Option<&Structure>,
    details: Details,
) {
    let place = at.map_or(&report.laboratory.organisation, |at| &at.organisation);
    xml.within(element, &[], |xml| {
        xml.id(PROFESSIONAL, biologist.rpps.national_id().as_str());
        if let Some(speciality) = &biologist.speciality {
            xml.coded("code", speciality);
        }
        address(xml, Some(&place.address));
        reachable(xml, &biologist.contacts, place);
        xml.within("assignedPerson", &[], |xml| {
            person_name(xml, &biologist.name);
        });
        represented(xml, report, at, details);
    });
}

/// The contacts of a person, or else the first of the place.
pub(crate) fn reachable(xml: &mut Xml, contacts: &[Contact], place: &Organisation) {
    if contacts.is_empty() {
        telecoms(xml, place.contacts.get(..1).unwrap_or_default(), "WP");
    } else {
        telecoms(xml, contacts, "WP");
    }
}

/// Anybody who acts for a structure, or else for the laboratory (`assignedEntity`, `assignedAuthor`).
pub(crate) fn professional(
    xml: &mut Xml,
    element: &str,
    report: &Report,
    person: &Professional,
    details: Details,
) {
    let at = person.structure.as_deref();
    let place = at.map_or(&report.laboratory.organisation, |at| &at.organisation);
    xml.within(element, &[], |xml| {
        identified(xml, person);
        let own = person.address.as_ref();
        address(xml, own.or(Some(&place.address)));
        reachable(xml, &person.contacts, place);
        xml.within("assignedPerson", &[], |xml| person_name(xml, &person.name));
        represented(xml, report, at, details);
    });
}

/// `id` and `code` of a person.
fn identified(xml: &mut Xml, person: &Professional) {
    match &person.national_id {
        Some(id) => xml.id(PROFESSIONAL, id),
        None => xml.empty("id", &[("nullFlavor", "UNK")]),
    }
    if let Some(speciality) = &person.speciality {
        xml.coded("code", speciality);
    }
}

/// A software that writes (`assignedAuthor`).
pub(crate) fn software(xml: &mut Xml, report: &Report, device: &Device) {
    let at = device.structure.as_deref();
    let place = at.map_or(&report.laboratory.organisation, |at| &at.organisation);
    xml.within("assignedAuthor", &[], |xml| {
        match &device.id {
            Some(id) => xml.identifier(id),
            None => xml.empty("id", &[("nullFlavor", "UNK")]),
        }
        if let Some(code) = &device.code {
            xml.coded("code", code);
        }
        address(xml, Some(&place.address));
        reachable(xml, &[], place);
        xml.within("assignedAuthoringDevice", &[], |xml| {
            xml.leaf("manufacturerModelName", &[], &device.model);
            xml.leaf("softwareName", &[], &device.software);
        });
        represented(xml, report, at, Details::default());
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
        if let Some(at) = &person.structure {
            structure(
                xml,
                "scopingOrganization",
                &at.organisation,
                None,
                at.practice_setting.as_ref(),
                &at.organisation.contacts,
            );
        }
    });
}

/// The laboratory that made a test for this one (`performer`, cr-bio §6.8).
pub(crate) fn subcontractor(xml: &mut Xml, report: &Report, other: Option<&Subcontractor>) {
    let Some(other) = other else { return };
    xml.within("performer", &[("typeCode", "PRF")], |xml| {
        xml.templates(&PERFORMER);
        xml.time("time", other.at);
        let person = Professional {
            structure: Some(Box::new(Structure {
                organisation: other.organisation.clone(),
                practice_setting: Some(other.practice_setting.clone()),
                cofrac: None,
            })),
            ..other.biologist.clone()
        };
        professional(xml, "assignedEntity", report, &person, Details::default());
    });
}
