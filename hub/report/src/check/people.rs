//! Identity of the patient, of the laboratory and of its biologists.

use std::collections::BTreeSet;

use lisiere_model::IdentityStatus;
use lisiere_model::report::{
    Contact, Organisation, Professional, Report, Subcontractor, Subject, Validation,
};

use super::Findings;

pub(super) fn check(report: &Report, findings: &mut Findings) {
    patient(report, findings);
    laboratory(report, findings);
    biologists(report, findings);
    if let Some(prescriber) = &report.prescriber {
        findings.present(
            "prescriber",
            "/prescriber/person/name/family",
            &prescriber.person.name.family,
            "Nom du prescripteur",
            "Saisir le nom du prescripteur.",
        );
    } else {
        findings.warning(
            "prescriber",
            "/prescriber",
            "Le prescripteur n'est pas indiqué.",
            "Le renseigner s'il est connu.",
        );
    }
}

fn patient(report: &Report, findings: &mut Findings) {
    let patient = &report.patient;
    let traits = &patient.traits;
    let path = |end: &str| format!("/patient/traits/{end}");
    findings.present(
        "traits",
        &path("birth_name"),
        &traits.birth_name,
        "Nom de naissance",
        "Compléter l'identité du patient.",
    );
    findings.present(
        "traits",
        &path("first_given_name"),
        &traits.first_given_name,
        "Premier prénom",
        "Compléter l'identité du patient.",
    );
    findings.present(
        "ipp",
        "/patient/local_id/extension",
        &patient.local_id.extension,
        "Numéro du patient au laboratoire (IPP)",
        "Attribuer un IPP au patient.",
    );
    if traits
        .birth_date
        .to_date()
        .is_some_and(|born| born > report.created_at.date())
    {
        findings.error(
            "traits",
            &path("birth_date"),
            "La date de naissance est postérieure au compte rendu.",
            "Corriger la date de naissance.",
        );
    }
    ins(report, patient, findings);
}

/// The INS goes with a qualified identity and all its traits (cr-bio §4.1), and its authority with the environment.
fn ins(report: &Report, patient: &Subject, findings: &mut Findings) {
    let Some(ins) = &patient.ins else { return };
    if ins.authority().environment() != report.environment {
        findings.error(
            "ins-environment",
            "/patient/ins/oid",
            "L'INS n'est pas de cet environnement : INS de test en production, ou INS réel en test.",
            "Vérifier identity.environment et l'origine de l'INS.",
        );
    }
    if patient.identity_status != IdentityStatus::Qualified {
        findings.error(
            "ins-status",
            "/patient/identity_status",
            "L'INS ne peut figurer que sur une identité qualifiée.",
            "Qualifier l'identité, ou retirer l'INS du compte rendu.",
        );
    }
    let traits = &patient.traits;
    let remedy = "Compléter les traits avec la réponse du téléservice INSi.";
    findings.present(
        "ins-traits",
        "/patient/traits/given_names",
        &traits.given_names,
        "Prénoms de l'acte de naissance",
        remedy,
    );
    let place = traits.birth_place.as_deref().unwrap_or_default();
    if place.len() != 5 || !place.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        findings.error(
            "ins-traits",
            "/patient/traits/birth_place",
            "Le code INSEE du lieu de naissance (5 caractères) est absent ou mal formé.",
            remedy,
        );
    }
}

fn organisation(organisation: &Organisation, path: &str, findings: &mut Findings) {
    let at = |end: &str| format!("{path}/{end}");
    findings.present(
        "structure",
        &at("name"),
        &organisation.name,
        "Nom de la structure",
        "Renseigner le nom de la structure.",
    );
    let id = organisation.national_id.trim();
    let digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let known = match (id.strip_prefix('1'), id.strip_prefix('3')) {
        (Some(finess), _) => finess.len() == 9 && digits(finess),
        (_, Some(siret)) => siret.len() == 14 && digits(siret),
        _ => id.len() > 1 && digits(id),
    };
    if !known {
        findings.error(
            "structure",
            &at("national_id"),
            "L'identifiant national de la structure est absent ou mal formé.",
            "Écrire 1 suivi du FINESS (9 caractères) ou 3 suivi du SIRET (14 chiffres).",
        );
    }
    if organisation.address.is_empty() {
        findings.error(
            "structure",
            &at("address"),
            "L'adresse de la structure est absente.",
            "Renseigner l'adresse.",
        );
    }
}

fn laboratory(report: &Report, findings: &mut Findings) {
    let laboratory = &report.laboratory;
    organisation(
        &laboratory.organisation,
        "/laboratory/organisation",
        findings,
    );
    if laboratory.organisation.contacts.is_empty() {
        findings.error(
            "structure",
            "/laboratory/organisation/contacts",
            "Aucun moyen de joindre le laboratoire.",
            "Renseigner un téléphone.",
        );
    }
    for (end, code) in [
        ("practice_setting", &laboratory.practice_setting),
        ("facility_type", &laboratory.facility_type),
    ] {
        findings.present(
            "structure",
            &format!("/laboratory/{end}/code"),
            &code.code,
            "Code",
            "Choisir un code de la liste nationale.",
        );
    }
    if laboratory.cofrac.is_none() {
        findings.warning(
            "accreditation",
            "/laboratory/cofrac",
            "Le numéro d'accréditation COFRAC n'est pas indiqué.",
            "Le renseigner dans la fiche du laboratoire.",
        );
    }
    if let Some(director) = &laboratory.director
        && report.biologist(director).is_none()
    {
        findings.error(
            "biologist",
            "/laboratory/director",
            "Le directeur n'est pas parmi les biologistes du compte rendu.",
            "Ajouter ce biologiste, ou retirer le champ.",
        );
    }
}

fn biologists(report: &Report, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (place, biologist) in report.biologists.iter().enumerate() {
        let path = format!("/biologists/{place}");
        if !seen.insert(biologist.rpps.as_str()) {
            findings.error(
                "biologist",
                &path,
                "Ce numéro RPPS figure deux fois.",
                "Garder une seule entrée par biologiste.",
            );
        }
        findings.present(
            "biologist",
            &format!("{path}/name/family"),
            &biologist.name.family,
            "Nom du biologiste",
            "Renseigner son nom.",
        );
        match &biologist.speciality {
            Some(code) => findings.present(
                "biologist",
                &format!("{path}/speciality/code"),
                &code.code,
                "Code de profession du biologiste",
                "Choisir le code dans la liste J01.",
            ),
            None => findings.warning(
                "biologist",
                &format!("{path}/speciality"),
                "La profession du biologiste n'est pas indiquée.",
                "Choisir le code dans la liste J01.",
            ),
        }
    }
    known(report, &report.signature, "/signature", findings);
    if report.signature.at > report.created_at {
        findings.warning(
            "times",
            "/signature/at",
            "La signature est postérieure à l'édition.",
            "Vérifier les heures et leur décalage.",
        );
    }
}

/// A person must have a name, and the structure where this person acts as well.
pub(super) fn person(person: &Professional, path: &str, findings: &mut Findings) {
    findings.present(
        "person",
        &format!("{path}/name/family"),
        &person.name.family,
        "Nom de la personne",
        "Renseigner son nom.",
    );
    for (place, contact) in person.contacts.iter().enumerate() {
        self::contact(contact, &format!("{path}/contacts/{place}"), findings);
    }
    if let Some(at) = &person.structure {
        findings.present(
            "structure",
            &format!("{path}/structure/organisation/name"),
            &at.organisation.name,
            "Nom de la structure",
            "Renseigner le nom de la structure.",
        );
    }
}

/// An address in full begins with one of the schemes of the national list.
fn contact(contact: &Contact, path: &str, findings: &mut Findings) {
    const SCHEMES: [&str; 6] = ["tel:", "fax:", "mailto:", "http:", "ftp:", "mllp:"];
    if let Contact::Address(address) = contact
        && !SCHEMES.iter().any(|scheme| address.starts_with(scheme))
    {
        findings.error(
            "contact",
            path,
            "L'adresse de contact n'a pas de schéma connu.",
            "La commencer par http:, mailto: ou tel:.",
        );
    }
}

/// The biologist who answers must be among those whose RPPS number and name the report gives.
pub(super) fn known(report: &Report, by: &Validation, path: &str, findings: &mut Findings) {
    if report.biologist(&by.rpps).is_none() {
        findings.error(
            "biologist",
            &format!("{path}/rpps"),
            format!(
                "Le biologiste de RPPS {} n'est pas décrit dans le compte rendu.",
                by.rpps
            ),
            "L'ajouter à biologists avec son nom et sa profession.",
        );
    }
    if let Some(at) = &by.structure {
        organisation(
            &at.organisation,
            &format!("{path}/structure/organisation"),
            findings,
        );
    }
}

/// A subcontractor is written with everything that the national rules ask for (cr-bio §6.8).
pub(super) fn subcontractor(other: Option<&Subcontractor>, path: &str, findings: &mut Findings) {
    let Some(other) = other else { return };
    organisation(
        &other.organisation,
        &format!("{path}/subcontractor/organisation"),
        findings,
    );
    findings.present(
        "subcontractor",
        &format!("{path}/subcontractor/biologist/name/family"),
        &other.biologist.name.family,
        "Nom du biologiste sous-traitant",
        "Renseigner son nom.",
    );
    if other.biologist.national_id.is_none() {
        findings.error(
            "subcontractor",
            &format!("{path}/subcontractor/biologist/national_id"),
            "Le biologiste sous-traitant n'a pas d'identifiant national.",
            "Renseigner 8 suivi de son numéro RPPS.",
        );
    }
}
