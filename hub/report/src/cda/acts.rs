//! What was done, and in which stay or visit (cr-bio §4.5, §4.7).

use lisiere_model::Rpps;
use lisiere_model::report::{Actor, Biologist, Coded, Encounter, Report, ReportStatus};

use super::party::{self, Details};
use super::people;
use super::vocabulary::{ENCOUNTER, LOINC, PERFORMER};
use super::xml::Xml;
use crate::display::words;

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

/// `documentationOf` elements: the main act, then one for each further code.
pub(crate) fn write(xml: &mut Xml, report: &Report) {
    let chapters = report
        .chapters
        .iter()
        .map(|chapter| (chapter.code.as_str(), chapter.display.as_str(), LOINC));
    let own = report.header.acts.iter().map(|act: &Coded| {
        let system = act.system.as_str();
        (act.code.as_str(), act.display.as_str(), system)
    });
    let codes: Vec<(&str, &str, &str)> = if report.header.acts.is_empty() {
        chapters.collect()
    } else {
        own.collect()
    };
    for (place, (code, display, system)) in codes.into_iter().enumerate() {
        xml.within("documentationOf", &[], |xml| {
            xml.within("serviceEvent", &[], |xml| {
                if place == 0 {
                    xml.identifier(&report.record);
                }
                if system == LOINC {
                    xml.loinc(code, display, None);
                } else {
                    let attributes = [
                        ("code", code),
                        ("displayName", display),
                        ("codeSystem", system),
                    ];
                    xml.empty("code", &attributes);
                }
                if place == 0 {
                    main_act(xml, report);
                }
            });
        });
    }
}

fn main_act(xml: &mut Xml, report: &Report) {
    let status = match report.status {
        ReportStatus::Partial => Some("active"),
        ReportStatus::Final | ReportStatus::Corrected => Some("completed"),
        // The schema knows no other word here; the acts inside say `aborted`.
        ReportStatus::Withdrawn => None,
    };
    if let Some(status) = status {
        xml.empty("lab:statusCode", &[("code", status)]);
    }
    xml.within("effectiveTime", &[], |xml| {
        xml.time("low", report.received_at);
        xml.time(
            "high",
            report.header.released_at.unwrap_or(report.created_at),
        );
    });
    xml.within("performer", &[("typeCode", "PRF")], |xml| {
        xml.templates(&PERFORMER);
        let details = Details {
            setting: true,
            ..Details::default()
        };
        if let Some(Actor { person, at }) = &report.header.performer {
            xml.until("time", at.unwrap_or(done(report)));
            party::professional(xml, "assignedEntity", report, person, details);
        } else if let Some(director) = director(report) {
            xml.until("time", done(report));
            party::biologist(xml, "assignedEntity", report, director, None, details);
        }
    });
}

/// When the last result was validated.
fn done(report: &Report) -> lisiere_model::report::Moment {
    people::validators(report)
        .iter()
        .map(|one| one.at)
        .max()
        .unwrap_or(report.signature.at)
}

/// `componentOf`.
pub(crate) fn encounter(xml: &mut Xml, report: &Report, encounter: &Encounter) {
    xml.within("componentOf", &[], |xml| {
        xml.within("encompassingEncounter", &[], |xml| {
            for id in encounter.id.iter().chain(&encounter.other_ids) {
                xml.identifier(id);
            }
            let attributes = [
                ("code", encounter.kind.code()),
                ("displayName", words::encounter(encounter.kind)),
                ("codeSystem", ENCOUNTER),
            ];
            xml.empty("code", &attributes);
            xml.within("effectiveTime", &[], |xml| {
                xml.time("low", encounter.started_at);
                if let Some(ended) = encounter.ended_at {
                    xml.time("high", ended);
                }
            });
            responsible(xml, report, encounter);
            place(xml, report, encounter);
        });
    });
}

fn responsible(xml: &mut Xml, report: &Report, encounter: &Encounter) {
    let details = Details {
        accreditation: true,
        ..Details::default()
    };
    if let Some(person) = &encounter.responsible {
        xml.within("responsibleParty", &[], |xml| {
            party::professional(xml, "assignedEntity", report, person, details);
        });
    } else if let Some(director) = director(report) {
        xml.within("responsibleParty", &[], |xml| {
            party::biologist(xml, "assignedEntity", report, director, None, details);
        });
    }
}

fn place(xml: &mut Xml, report: &Report, encounter: &Encounter) {
    let laboratory = &report.laboratory;
    let (kind, name, address) = match &encounter.place {
        Some(place) => (&place.kind, place.name.as_deref(), place.address.as_ref()),
        None => (
            &laboratory.facility_type,
            Some(laboratory.organisation.name.as_str()),
            Some(&laboratory.organisation.address),
        ),
    };
    xml.within("location", &[], |xml| {
        xml.within("healthCareFacility", &[], |xml| {
            xml.coded("code", kind);
            if name.is_some() || address.is_some() {
                xml.within("location", &[], |xml| {
                    if let Some(name) = name {
                        xml.leaf("name", &[], name);
                    }
                    party::address(xml, address);
                });
            }
        });
    });
}
