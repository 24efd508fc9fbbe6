//! The header, in the order of the schema (cr-bio §4; CI-SIS "structuration minimale").

use lisiere_model::report::{Confidentiality, Oid, Report};

use super::vocabulary::{CONFIDENTIALITY, CR_BIO, DOCUMENT, XD_LAB, XDS_SD};
use super::xml::Xml;
use super::{Form, acts, patient, people};
use crate::display::words;

/// All elements before the body.
pub(crate) fn write(xml: &mut Xml, report: &Report, form: Form) {
    identity(xml, report, form);
    patient::record_target(xml, &report.patient);
    people::author(xml, report);
    people::data_enterer(xml, report);
    for informant in &report.header.informants {
        people::informant(xml, informant);
    }
    people::custodian(xml, report);
    for person in &report.copies_to {
        people::recipient(xml, person);
    }
    people::signatory(xml, report);
    people::authenticators(xml, report);
    people::participants(xml, report);
    for prescription in &report.prescriptions {
        xml.within("inFulfillmentOf", &[], |xml| {
            xml.within("order", &[], |xml| xml.identifier(prescription));
        });
    }
    acts::write(xml, report);
    if let Some(replaced) = &report.replaces {
        xml.within("relatedDocument", &[("typeCode", "RPLC")], |xml| {
            xml.within("parentDocument", &[], |xml| {
                version(xml, "id", &replaced.id, replaced.extension.as_deref());
            });
        });
    }
    for consent in &report.header.consents {
        xml.within("authorization", &[], |xml| {
            xml.within("consent", &[], |xml| {
                for id in &consent.ids {
                    xml.identifier(id);
                }
                xml.coded("code", &consent.code);
                xml.empty("statusCode", &[("code", "completed")]);
            });
        });
    }
    acts::encounter(xml, report, &report.encounter);
}

/// Identifier of a version or a series: in one piece as we write it, in two as some others do.
fn version(xml: &mut Xml, name: &str, root: &Oid, extension: Option<&str>) {
    match extension {
        Some(extension) => {
            let attributes = [("root", root.as_str()), ("extension", extension)];
            xml.empty(name, &attributes);
        }
        None => xml.empty(name, &[("root", root.as_str())]),
    }
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
    version(xml, "id", &report.id, report.header.id_extension.as_deref());
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
    let extension = report.header.set_id_extension.as_deref();
    version(xml, "setId", &report.set_id, extension);
    xml.empty("versionNumber", &[("value", &report.version.to_string())]);
}
