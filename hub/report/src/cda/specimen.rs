//! The taking and the reception of a specimen in an entry (cr-bio §6.5).

use lisiere_model::AccessionNumber;
use lisiere_model::report::{Report, ReportedSpecimen};

use super::entry::related;
use super::party::{self, Details};
use super::vocabulary::{COLLECTION, IHE_ACT, RECEPTION};
use super::xml::Xml;

/// The specimens with these numbers.
pub(crate) fn named<'r>(
    report: &'r Report,
    numbers: &'r [AccessionNumber],
) -> impl Iterator<Item = &'r ReportedSpecimen> {
    numbers.iter().filter_map(|one| report.specimen(one))
}

/// `procedure`: `act` and `kind` name the narrative's elements that say how it was taken and what it is.
pub(crate) fn collection(
    xml: &mut Xml,
    report: &Report,
    specimen: &ReportedSpecimen,
    act: &str,
    kind: &str,
) {
    let attributes = [("classCode", "PROC"), ("moodCode", "EVN")];
    xml.within("procedure", &attributes, |xml| {
        xml.templates(&COLLECTION);
        match &specimen.act {
            Some(code) => xml.coded_at("code", code, Some(act)),
            None => xml.loinc("33882-2", "Prélèvement", Some(act)),
        }
        match specimen.collected_at {
            Some(at) => xml.until("effectiveTime", at),
            None => xml.empty("effectiveTime", &[("nullFlavor", "UNK")]),
        }
        if let Some(site) = &specimen.site {
            xml.coded("targetSiteCode", site);
        }
        if let Some(collector) = &specimen.collector {
            xml.within("performer", &[("typeCode", "PRF")], |xml| {
                if let Some(at) = collector.at {
                    xml.time("time", at);
                }
                let details = Details::default();
                party::professional(xml, "assignedEntity", report, &collector.person, details);
            });
        }
        xml.within("participant", &[("typeCode", "PRD")], |xml| {
            xml.within("participantRole", &[("classCode", "SPEC")], |xml| {
                match &specimen.id {
                    Some(id) => xml.identifier(id),
                    None => xml.id(specimen.root.as_str(), specimen.accession.as_str()),
                }
                xml.within("playingEntity", &[], |xml| {
                    if specimen.kind.code.is_empty() {
                        let unknown = [("nullFlavor", "UNK")];
                        xml.within("code", &unknown, |xml| xml.original(kind));
                    } else {
                        xml.coded_at("code", &specimen.kind, Some(kind));
                    }
                });
            });
        });
        reception(xml, specimen);
    });
}

fn reception(xml: &mut Xml, specimen: &ReportedSpecimen) {
    let Some(received) = specimen.received_at else {
        return;
    };
    related(xml, "COMP", |xml| {
        xml.within("act", &[("classCode", "ACT"), ("moodCode", "EVN")], |xml| {
            xml.templates(&RECEPTION);
            let attributes = [
                ("code", "SPRECEIVE"),
                ("displayName", "Échantillon reçu"),
                ("codeSystem", IHE_ACT),
                ("codeSystemName", "IHEActCode"),
            ];
            xml.empty("code", &attributes);
            xml.time("effectiveTime", received);
        });
    });
}
