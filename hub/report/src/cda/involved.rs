//! Who and what had a part in results, in an entry (cr-bio §6.7): validator, responsible, authors, analyzers.

use lisiere_model::report::{
    Actor, Device, Involved, NonHuman, Organisation, Professional, Report, Validation,
};

use super::party::{self, Details};
use super::vocabulary::{ENTRY_PARTICIPANT, PROFESSIONAL, VALIDATOR};
use super::xml::Xml;

/// `subject`: what was examined in a human's stead.
///
/// The template that IHE gives it asks at once for `addr`, which the schema has, and for `Addr`, which it has not
/// (`E_nonHumanSubject_int`): no conforming document can bear it. The element stands without it, on each result.
pub(crate) fn subject(xml: &mut Xml, subject: &NonHuman, anchor: &str) {
    xml.within("subject", &[("typeCode", "SBJ")], |xml| {
        xml.within("relatedSubject", &[], |xml| {
            match &subject.kind {
                Some(kind) => xml.coded_at("code", kind, Some(anchor)),
                None => xml.within("code", &[("nullFlavor", "OTH")], |xml| xml.original(anchor)),
            }
            party::address(xml, Some(&subject.address));
        });
    });
}

/// `author` elements.
pub(crate) fn authors(xml: &mut Xml, report: &Report, involved: &Involved) {
    for author in &involved.authors {
        xml.within("author", &[], |xml| {
            match author.at {
                Some(at) => xml.time("time", at),
                None => xml.empty("time", &[("nullFlavor", "UNK")]),
            }
            let details = Details::default();
            party::professional(xml, "assignedAuthor", report, &author.person, details);
        });
    }
}

/// `participant` elements: the biologist who validated, who answers, the analyzers.
pub(crate) fn participants(
    xml: &mut Xml,
    report: &Report,
    by: Option<&Validation>,
    involved: &Involved,
) {
    if let Some(by) = by {
        authenticating(xml, report, by);
    }
    if let Some(actor) = &involved.responsible {
        responsible(xml, report, actor);
    }
    for device in &involved.devices {
        analyzer(xml, report, device);
    }
}

fn authenticating(xml: &mut Xml, report: &Report, by: &Validation) {
    let Some(biologist) = report.biologist(&by.rpps) else {
        return;
    };
    let place = by
        .structure
        .as_deref()
        .map_or(&report.laboratory.organisation, |at| &at.organisation);
    xml.within("participant", &[("typeCode", "AUTHEN")], |xml| {
        xml.templates(&[VALIDATOR, ENTRY_PARTICIPANT]);
        xml.until("time", by.at);
        let person = Professional {
            national_id: Some(biologist.rpps.national_id().as_str().to_owned()),
            name: biologist.name.clone(),
            contacts: biologist.contacts.clone(),
            ..Professional::default()
        };
        role(xml, &person, place);
    });
}

fn responsible(xml: &mut Xml, report: &Report, actor: &Actor) {
    xml.within("participant", &[("typeCode", "RESP")], |xml| {
        xml.templates(&[ENTRY_PARTICIPANT]);
        if let Some(at) = actor.at {
            xml.until("time", at);
        }
        let place = actor
            .person
            .structure
            .as_deref()
            .map_or(&report.laboratory.organisation, |at| &at.organisation);
        role(xml, &actor.person, place);
    });
}

fn role(xml: &mut Xml, person: &Professional, place: &Organisation) {
    xml.within("participantRole", &[], |xml| {
        match &person.national_id {
            Some(id) => xml.id(PROFESSIONAL, id),
            None => xml.empty("id", &[("nullFlavor", "UNK")]),
        }
        party::address(xml, person.address.as_ref().or(Some(&place.address)));
        party::reachable(xml, &person.contacts, place);
        xml.within("playingEntity", &[], |xml| {
            party::person_name(xml, &person.name);
        });
    });
}

fn analyzer(xml: &mut Xml, report: &Report, device: &Device) {
    xml.within("participant", &[("typeCode", "DEV")], |xml| {
        xml.templates(&[ENTRY_PARTICIPANT]);
        if let Some(at) = device.at {
            xml.until("time", at);
        }
        let place = device
            .structure
            .as_deref()
            .map_or(&report.laboratory.organisation, |at| &at.organisation);
        xml.within("participantRole", &[], |xml| {
            if let Some(id) = &device.id {
                xml.identifier(id);
            }
            party::address(xml, Some(&place.address));
            party::reachable(xml, &[], place);
            xml.within("playingDevice", &[], |xml| {
                if let Some(code) = &device.code {
                    xml.coded("code", code);
                }
                xml.leaf("manufacturerModelName", &[], &device.model);
                xml.leaf("softwareName", &[], &device.software);
            });
        });
    });
}
