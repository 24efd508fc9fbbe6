//! What stands beside the results, and the rarer facts of the header.

use lisiere_model::report::{
    Guardian, Header, PictureFormat, Recommendation, Report, SecondLine, Vaccination, Writer,
};

use super::{Findings, item, people};

/// Kinds of problems that the national list knows (`jdv-code-probleme`, SNOMED CT).
const PROBLEMS: [&str; 5] = [
    "404684003",
    "55607006",
    "64572001",
    "418799008",
    "282291009",
];
/// National codes of medicines.
const CIS: &str = "1.2.250.1.213.2.3.1";
/// Kinds of vaccinations (HL7 ActCode and the national list of absences).
const VACCINATIONS: [&str; 5] = [
    "BOOSTER",
    "IMMUNIZ",
    "INITIMMUNIZ",
    "no-immunization-info",
    "no-known-immunizations",
];

pub(super) fn check(report: &Report, findings: &mut Findings) {
    if let Some(logo) = &report.laboratory.logo {
        item::picture(logo, "/laboratory/logo", findings);
        if logo.format == PictureFormat::Gif {
            findings.error(
                "image",
                "/laboratory/logo",
                "Le logo est une image GIF.",
                "Donner un logo PNG ou JPEG.",
            );
        }
    }
    for (place, one) in report.second_line.iter().enumerate() {
        second_line(one, &format!("/second_line/{place}"), findings);
    }
    if let Some(one) = &report.recommendation {
        recommendation(one, findings);
    }
    for (place, one) in report.vaccinations.iter().enumerate() {
        vaccination(one, &format!("/vaccinations/{place}"), findings);
    }
    for (place, one) in report.patient.guardians.iter().enumerate() {
        guardian(one, &format!("/patient/guardians/{place}"), findings);
    }
    header(report, &report.header, findings);
}

fn second_line(one: &SecondLine, path: &str, findings: &mut Findings) {
    findings.present(
        "second-line",
        &format!("{path}/title"),
        &one.title,
        "Titre du compte rendu de seconde intention",
        "Donner un titre.",
    );
    findings.present(
        "second-line",
        &format!("{path}/text"),
        &one.text,
        "Texte du compte rendu de seconde intention",
        "Dire au lecteur ce que contient le document joint.",
    );
    if let Some(pdf) = &one.pdf
        && !pdf.as_bytes().starts_with(b"%PDF-")
    {
        findings.error(
            "second-line",
            &format!("{path}/pdf"),
            "Le document joint n'est pas un PDF.",
            "Joindre le PDF reçu, sans le modifier.",
        );
    }
}

fn recommendation(one: &Recommendation, findings: &mut Findings) {
    findings.present(
        "recommendation",
        "/recommendation/text",
        &one.text,
        "Raison de la recommandation",
        "La dire en mots.",
    );
    for (end, empty, what) in [
        ("facts", one.facts.is_empty(), "fait"),
        ("problems", one.problems.is_empty(), "problème"),
    ] {
        if empty {
            findings.error(
                "recommendation",
                &format!("/recommendation/{end}"),
                format!("La section nationale demande au moins un {what} codé."),
                "Le coder, ou retirer la section.",
            );
        }
    }
    for (place, problem) in one.problems.iter().enumerate() {
        let path = format!("/recommendation/problems/{place}");
        findings.present(
            "recommendation",
            &format!("{path}/label"),
            &problem.label,
            "Libellé du problème",
            "Donner son libellé.",
        );
        if !PROBLEMS.contains(&problem.kind.code.as_str()) {
            findings.error(
                "recommendation",
                &format!("{path}/kind"),
                "La nature du problème n'est pas de la liste nationale.",
                "Choisir un code de jdv-code-probleme, comme 404684003 (constatation clinique).",
            );
        }
    }
    for (place, fact) in one.facts.iter().enumerate() {
        let path = format!("/recommendation/facts/{place}");
        for (end, text) in [("label", &fact.label), ("code", &fact.code.code)] {
            findings.present(
                "recommendation",
                &format!("{path}/{end}"),
                text,
                "Libellé ou code du fait",
                "Le renseigner.",
            );
        }
    }
}

fn vaccination(one: &Vaccination, path: &str, findings: &mut Findings) {
    findings.present(
        "vaccination",
        &format!("{path}/label"),
        &one.label,
        "Nom du vaccin",
        "Donner le nom du vaccin.",
    );
    if let Some(kind) = &one.kind
        && !VACCINATIONS.contains(&kind.code.as_str())
    {
        findings.error(
            "vaccination",
            &format!("{path}/kind"),
            "Le type de vaccination n'est pas de la liste nationale.",
            "Choisir INITIMMUNIZ, BOOSTER ou IMMUNIZ.",
        );
    }
    if one
        .product
        .as_ref()
        .is_some_and(|product| product.system.as_str() != CIS)
    {
        findings.error(
            "vaccination",
            &format!("{path}/product"),
            "Le vaccin n'est pas codé en CIS.",
            "Donner son code CIS (1.2.250.1.213.2.3.1), ou retirer le code.",
        );
    }
}

fn guardian(guardian: &Guardian, path: &str, findings: &mut Findings) {
    if guardian.person.is_some() == guardian.organisation.is_some() {
        findings.error(
            "guardian",
            path,
            "Un représentant est une personne ou un organisme, et un seul.",
            "Renseigner person ou organisation.",
        );
    }
    if guardian.relation.is_some() {
        findings.warning(
            "guardian",
            &format!("{path}/relation"),
            "L'en-tête national ne transmet pas le lien du représentant.",
            "Retirer relation, ou l'écrire dans une remarque.",
        );
    }
}

fn header(report: &Report, header: &Header, findings: &mut Findings) {
    match header.author.as_ref().map(|author| &author.by) {
        Some(Writer::Person(person)) => {
            people::person(person, "/header/author/by/person", findings);
        }
        Some(Writer::Device(device)) => {
            for (end, text) in [("model", &device.model), ("software", &device.software)] {
                findings.present(
                    "author",
                    &format!("/header/author/by/device/{end}"),
                    text,
                    "Modèle ou logiciel auteur",
                    "Le nommer.",
                );
            }
        }
        None => {}
    }
    for (end, actor) in [
        ("data_enterer", &header.data_enterer),
        ("performer", &header.performer),
    ] {
        if let Some(actor) = actor {
            people::person(&actor.person, &format!("/header/{end}/person"), findings);
        }
    }
    for (place, one) in header.informants.iter().enumerate() {
        findings.present(
            "informant",
            &format!("/header/informants/{place}/name/family"),
            &one.name.family,
            "Nom de la personne à prévenir",
            "Renseigner son nom.",
        );
    }
    for (place, one) in header.participants.iter().enumerate() {
        let path = format!("/header/participants/{place}/person");
        people::person(&one.person, &path, findings);
    }
    if let Some(physician) = &header.treating_physician {
        people::person(physician, "/header/treating_physician", findings);
    }
    for (place, one) in header.validators.iter().enumerate() {
        let path = format!("/header/validators/{place}");
        people::known(report, one, &path, findings);
    }
}
