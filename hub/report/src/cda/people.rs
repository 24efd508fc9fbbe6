//! Who wrote, typed, keeps, receives, signed and validated the document, and who took part (cr-bio §4.2 to 4.4).

use lisiere_model::report::{
    Actor, Biologist, Informant, InformantKind, Moment, Professional, Report, Validation, Writer,
};

use super::party::{self, Details};
use super::patient::private_telecoms;
use super::vocabulary::{FUNCTION, PARTICIPANT, PARTICIPATION_FUNCTION, PROFESSIONAL, VALIDATOR};
use super::xml::Xml;

/// `author`: whoever is said to have written it, or else the signatory.
pub(crate) fn author(xml: &mut Xml, report: &Report) {
    let details = Details::default();
    if let Some(author) = &report.header.author {
        xml.within("author", &[], |xml| {
            xml.time("time", author.at);
            match &author.by {
                Writer::Person(person) => {
                    party::professional(xml, "assignedAuthor", report, person, details);
                }
                Writer::Device(device) => party::software(xml, report, device),
            }
        });
    } else if let Some(signatory) = report.biologist(&report.signature.rpps) {
        let at = report.signature.structure.as_deref();
        xml.within("author", &[], |xml| {
            xml.time("time", report.created_at);
            party::biologist(xml, "assignedAuthor", report, signatory, at, details);
        });
    }
}

/// `dataEnterer`.
pub(crate) fn data_enterer(xml: &mut Xml, report: &Report) {
    let Some(Actor { person, at }) = &report.header.data_enterer else {
        return;
    };
    xml.within("dataEnterer", &[], |xml| {
        if let Some(at) = *at {
            xml.time("time", at);
        }
        party::professional(xml, "assignedEntity", report, person, Details::default());
    });
}

/// `informant`.
pub(crate) fn informant(xml: &mut Xml, informant: &Informant) {
    let class = match informant.kind {
        InformantKind::Emergency => "ECON",
        InformantKind::Trusted => "NOK",
    };
    xml.within("informant", &[], |xml| {
        xml.within("relatedEntity", &[("classCode", class)], |xml| {
            if let Some(relation) = &informant.relation {
                xml.coded("code", relation);
            }
            party::address(xml, informant.address.as_ref());
            private_telecoms(xml, &informant.contacts);
            xml.within("relatedPerson", &[], |xml| {
                party::person_name(xml, &informant.name);
            });
        });
    });
}

/// `custodian`.
pub(crate) fn custodian(xml: &mut Xml, report: &Report) {
    let keeper = report.header.custodian.as_ref();
    let keeper = keeper.unwrap_or(&report.laboratory.organisation);
    xml.within("custodian", &[], |xml| {
        xml.within("assignedCustodian", &[], |xml| {
            let element = "representedCustodianOrganization";
            party::organisation(xml, element, keeper, None, None);
        });
    });
}

/// `informationRecipient`.
pub(crate) fn recipient(xml: &mut Xml, person: &Professional) {
    xml.within("informationRecipient", &[], |xml| {
        xml.within("intendedRecipient", &[], |xml| {
            if let Some(id) = &person.national_id {
                xml.id(PROFESSIONAL, id);
            }
            party::address(xml, person.address.as_ref());
            party::telecoms(xml, &person.contacts, "WP");
            xml.within("informationRecipient", &[], |xml| {
                party::person_name(xml, &person.name);
            });
            if let Some(at) = &person.structure {
                let element = "receivedOrganization";
                party::organisation(xml, element, &at.organisation, None, None);
            }
        });
    });
}

/// `legalAuthenticator`.
pub(crate) fn signatory(xml: &mut Xml, report: &Report) {
    let Some(signatory) = report.biologist(&report.signature.rpps) else {
        return;
    };
    xml.within("legalAuthenticator", &[], |xml| {
        signed(xml, report, signatory, &report.signature, true);
    });
}

/// `authenticator` elements, one for each biologist who validated.
pub(crate) fn authenticators(xml: &mut Xml, report: &Report) {
    for validation in validators(report) {
        let Some(biologist) = report.biologist(&validation.rpps) else {
            continue;
        };
        xml.within("authenticator", &[], |xml| {
            xml.templates(&[VALIDATOR]);
            signed(xml, report, biologist, &validation, false);
        });
    }
}

fn signed(xml: &mut Xml, report: &Report, by: &Biologist, at: &Validation, setting: bool) {
    xml.time("time", at.at);
    xml.empty("signatureCode", &[("code", "S")]);
    let details = Details {
        setting,
        ..Details::default()
    };
    let place = at.structure.as_deref();
    party::biologist(xml, "assignedEntity", report, by, place, details);
}

/// Each biologist who validated something, with the last time, in the order of first appearance.
pub(crate) fn validators(report: &Report) -> Vec<Validation> {
    let mut last: Vec<Validation> = Vec::new();
    for one in report.validations() {
        match last.iter_mut().find(|known| known.rpps == one.rpps) {
            Some(known) => known.at = known.at.max(one.at),
            None => last.push(one.clone()),
        }
    }
    last
}

/// `participant` elements: prescriber, collector, treating physician, others.
pub(crate) fn participants(xml: &mut Xml, report: &Report) {
    if let Some(prescriber) = &report.prescriber {
        xml.within("participant", &[("typeCode", "REF")], |xml| {
            xml.templates(&[PARTICIPANT]);
            match (prescriber.prescribed_at, prescriber.prescribed_on) {
                (Some(at), _) => time(xml, Some(at), "UNK"),
                (None, Some(on)) => xml.within("time", &[("xsi:type", "IVL_TS")], |xml| {
                    xml.day("high", on);
                }),
                (None, None) => time(xml, None, "UNK"),
            }
            party::associated(xml, &prescriber.person);
        });
    }
    if let Some(collector) = &report.collector {
        xml.within("participant", &[("typeCode", "PRF")], |xml| {
            xml.templates(&[PARTICIPANT]);
            function(xml, "PRELV", "Préleveur", FUNCTION);
            time(xml, collector.at, "UNK");
            party::associated(xml, &collector.person);
        });
    }
    if let Some(physician) = &report.header.treating_physician {
        xml.within("participant", &[("typeCode", "INF")], |xml| {
            function(xml, "PCP", "Médecin traitant", PARTICIPATION_FUNCTION);
            time(xml, None, "NA");
            party::associated(xml, physician);
        });
    }
    for other in &report.header.participants {
        xml.within("participant", &[("typeCode", other.kind.code())], |xml| {
            if let Some(function) = &other.function {
                xml.coded("functionCode", function);
            }
            time(xml, other.at, "NA");
            party::associated(xml, &other.person);
        });
    }
}

fn function(xml: &mut Xml, code: &str, display: &str, system: &str) {
    let attributes = [
        ("code", code),
        ("displayName", display),
        ("codeSystem", system),
    ];
    xml.empty("functionCode", &attributes);
}

/// `time`, or why it is not known.
fn time(xml: &mut Xml, at: Option<Moment>, unknown: &str) {
    match at {
        Some(at) => xml.within("time", &[("xsi:type", "IVL_TS")], |xml| {
            xml.time("high", at);
        }),
        None => xml.empty("time", &[("xsi:type", "IVL_TS"), ("nullFlavor", unknown)]),
    }
}
