//! The header, in the order of the schema (cr-bio §4; CI-SIS "structuration minimale").

use lisiere_model::report::{
    Biologist, Confidentiality, Contact, Encounter, Report, ReportStatus, Subject, Validation,
};
use lisiere_model::{Rpps, Sex};

use super::Form;
use super::party::{self, Details};
use super::vocabulary::{
    CONFIDENTIALITY, CR_BIO, DOCUMENT, ENCOUNTER, FUNCTION, GENDER, PARTICIPANT, PERFORMER,
    PROFESSIONAL, VALIDATOR, XD_LAB, XDS_SD,
};
use super::xml::Xml;
use crate::display::words;

/// All elements before the body.
pub(crate) fn write(xml: &mut Xml, report: &Report, form: Form) {
    identity(xml, report, form);
    record_target(xml, &report.patient);
    if let Some(signatory) = report.biologist(&report.signature.rpps) {
        xml.within("author", &[], |xml| {
            xml.time("time", report.created_at);
            party::biologist(xml, "assignedAuthor", report, signatory, Details::default());
        });
    }
    custodian(xml, report);
    recipients(xml, report);
    if let Some(signatory) = report.biologist(&report.signature.rpps) {
        xml.within("legalAuthenticator", &[], |xml| {
            signed(xml, report, signatory, &report.signature, true);
        });
    }
    for validation in validators(report) {
        let Some(biologist) = report.biologist(&validation.rpps) else {
            continue;
        };
        xml.within("authenticator", &[], |xml| {
            xml.templates(&[VALIDATOR]);
            signed(xml, report, biologist, &validation, false);
        });
    }
    participants(xml, report);
    for prescription in &report.prescriptions {
        xml.within("inFulfillmentOf", &[], |xml| {
            xml.within("order", &[], |xml| xml.identifier(prescription));
        });
    }
    acts(xml, report);
    if let Some(replaced) = &report.replaces {
        xml.within("relatedDocument", &[("typeCode", "RPLC")], |xml| {
            xml.within("parentDocument", &[], |xml| {
                xml.empty("id", &[("root", replaced.id.as_str())]);
            });
        });
    }
    encounter(xml, report, &report.encounter);
}

fn identity(xml: &mut Xml, report: &Report, form: Form) {
    xml.empty("realmCode", &[("code", "FR")]);
    xml.empty(
        "typeId",
        &[
            ("root", "2.16.840.1.113883.1.3"),
            ("extension", "POCD_HD000040"),
        ],
    );
    xml.templates(&DOCUMENT);
    match form {
        Form::N3 => {
            xml.templates(&[XD_LAB]);
            xml.empty("templateId", &[("root", CR_BIO.0), ("extension", CR_BIO.1)]);
        }
        Form::N1 => xml.templates(&[XDS_SD]),
    }
    xml.empty("id", &[("root", report.id.as_str())]);
    xml.loinc("11502-2", "CR d'examens biologiques", None);
    // Compared letter by letter by the rules, with a straight apostrophe.
    xml.leaf("title", &[], "Compte rendu d'examens biologiques");
    xml.time("effectiveTime", report.created_at);
    let code = match report.confidentiality {
        Confidentiality::Normal => "N",
        Confidentiality::Restricted => "R",
        Confidentiality::VeryRestricted => "V",
    };
    let attributes = [
        ("code", code),
        (
            "displayName",
            words::confidentiality(report.confidentiality),
        ),
        ("codeSystem", CONFIDENTIALITY),
    ];
    xml.empty("confidentialityCode", &attributes);
    xml.empty("languageCode", &[("code", "fr-FR")]);
    xml.empty("setId", &[("root", report.set_id.as_str())]);
    xml.empty("versionNumber", &[("value", &report.version.to_string())]);
}

fn record_target(xml: &mut Xml, patient: &Subject) {
    xml.within("recordTarget", &[], |xml| {
        xml.within("patientRole", &[], |xml| {
            if let Some(ins) = &patient.ins {
                xml.id(ins.authority().oid(), ins.number());
            }
            xml.identifier(&patient.local_id);
            party::address(xml, patient.address.as_ref());
            if patient.contacts.is_empty() {
                party::telecoms(xml, &[], "HP");
            }
            for contact in &patient.contacts {
                party::telecoms(xml, std::slice::from_ref(contact), usage(contact));
            }
            xml.within("patient", &[("classCode", "PSN")], |xml| {
                traits(xml, patient);
            });
        });
    });
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

fn custodian(xml: &mut Xml, report: &Report) {
    xml.within("custodian", &[], |xml| {
        xml.within("assignedCustodian", &[], |xml| {
            let laboratory = &report.laboratory;
            party::organisation(
                xml,
                "representedCustodianOrganization",
                &laboratory.organisation,
                Some(laboratory),
                Details::default(),
            );
        });
    });
}

fn recipients(xml: &mut Xml, report: &Report) {
    for person in &report.copies_to {
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
            });
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
    party::biologist(xml, "assignedEntity", report, by, details);
}

/// Each biologist who validated something, with the last time, in the order of first appearance.
fn validators(report: &Report) -> Vec<Validation> {
    let parts = report.chapters.iter().flat_map(|chapter| &chapter.parts);
    let all = parts.filter_map(|part| part.validated.as_ref()).chain(
        report
            .results()
            .filter_map(|result| result.validated.as_ref()),
    );
    let mut last: Vec<Validation> = Vec::new();
    for one in all {
        match last.iter_mut().find(|known| known.rpps == one.rpps) {
            Some(known) => known.at = known.at.max(one.at),
            None => last.push(one.clone()),
        }
    }
    last
}

fn participants(xml: &mut Xml, report: &Report) {
    if let Some(prescriber) = &report.prescriber {
        xml.within("participant", &[("typeCode", "REF")], |xml| {
            xml.templates(&[PARTICIPANT]);
            match prescriber.prescribed_on {
                Some(on) => xml.within("time", &[("xsi:type", "IVL_TS")], |xml| {
                    let day = format!("{:04}{:02}{:02}", on.year(), on.month(), on.day());
                    xml.empty("high", &[("value", &day)]);
                }),
                None => xml.empty("time", &[("xsi:type", "IVL_TS"), ("nullFlavor", "UNK")]),
            }
            party::associated(xml, &prescriber.person);
        });
    }
    if let Some(collector) = &report.collector {
        xml.within("participant", &[("typeCode", "PRF")], |xml| {
            xml.templates(&[PARTICIPANT]);
            let attributes = [
                ("code", "PRELV"),
                ("displayName", "Préleveur"),
                ("codeSystem", FUNCTION),
            ];
            xml.empty("functionCode", &attributes);
            match collector.at {
                Some(at) => xml.within("time", &[("xsi:type", "IVL_TS")], |xml| {
                    xml.time("high", at);
                }),
                None => xml.empty("time", &[("xsi:type", "IVL_TS"), ("nullFlavor", "UNK")]),
            }
            party::associated(xml, &collector.person);
        });
    }
}

/// The director of the laboratory; whoever signed stands in.
fn director(report: &Report) -> Option<&Biologist> {
    let chosen: &Rpps = report
        .laboratory
        .director
        .as_ref()
        .unwrap_or(&report.signature.rpps);
    report
        .biologist(chosen)
        .or_else(|| report.biologist(&report.signature.rpps))
}

fn acts(xml: &mut Xml, report: &Report) {
    for (place, chapter) in report.chapters.iter().enumerate() {
        xml.within("documentationOf", &[], |xml| {
            xml.within("serviceEvent", &[], |xml| {
                if place == 0 {
                    xml.identifier(&report.record);
                }
                xml.loinc(chapter.code.as_str(), &chapter.display, None);
                if place == 0 {
                    main_act(xml, report);
                }
            });
        });
    }
}

fn main_act(xml: &mut Xml, report: &Report) {
    let status = if report.status == ReportStatus::Partial {
        "active"
    } else {
        "completed"
    };
    xml.empty("lab:statusCode", &[("code", status)]);
    xml.within("effectiveTime", &[], |xml| {
        xml.time("low", report.received_at);
        xml.time("high", report.created_at);
    });
    let Some(director) = director(report) else {
        return;
    };
    let done = validators(report)
        .iter()
        .map(|one| one.at)
        .max()
        .unwrap_or(report.signature.at);
    xml.within("performer", &[("typeCode", "PRF")], |xml| {
        xml.templates(&PERFORMER);
        xml.until("time", done);
        let details = Details {
            setting: true,
            ..Details::default()
        };
        party::biologist(xml, "assignedEntity", report, director, details);
    });
}

fn encounter(xml: &mut Xml, report: &Report, encounter: &Encounter) {
    let code = encounter.kind.code();
    let laboratory = &report.laboratory;
    xml.within("componentOf", &[], |xml| {
        xml.within("encompassingEncounter", &[], |xml| {
            if let Some(id) = &encounter.id {
                xml.identifier(id);
            }
            let attributes = [
                ("code", code),
                ("displayName", words::encounter(encounter.kind)),
                ("codeSystem", ENCOUNTER),
            ];
            xml.empty("code", &attributes);
            xml.within("effectiveTime", &[], |xml| {
                xml.time("low", encounter.started_at);
            });
            if let Some(director) = director(report) {
                xml.within("responsibleParty", &[], |xml| {
                    let details = Details {
                        accreditation: true,
                        ..Details::default()
                    };
                    party::biologist(xml, "assignedEntity", report, director, details);
                });
            }
            xml.within("location", &[], |xml| {
                xml.within("healthCareFacility", &[], |xml| {
                    xml.coded("code", &laboratory.facility_type);
                    xml.within("location", &[], |xml| {
                        xml.leaf("name", &[], &laboratory.organisation.name);
                        party::address(xml, Some(&laboratory.organisation.address));
                    });
                });
            });
        });
    });
}
