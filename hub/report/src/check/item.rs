//! Isolates, pictures, non-human specimens, and who and what had a part in results.

use lisiere_model::report::{Image, Involved, Isolate, NonHuman, Picture, PictureFormat, Report};

use super::{Findings, content, people};

const SNOMED_CT: &str = "2.16.840.1.113883.6.96";
const NCBI: &str = "2.16.840.1.113883.3.9471";
/// A report travels by mail and is kept for decades: pictures of a few megabytes are a mistake.
const LARGE: usize = 4 << 20;

/// A germ (cr-bio §6.9).
pub(super) fn isolate(report: &Report, isolate: &Isolate, path: &str, findings: &mut Findings) {
    findings.present(
        "label",
        &format!("{path}/label"),
        &isolate.label,
        "Nom du germe",
        "Donner le nom du germe.",
    );
    for (end, code, system, name) in [
        ("organism", &isolate.organism, SNOMED_CT, "SNOMED CT"),
        ("taxon", &isolate.taxon, NCBI, "la taxonomie NCBI"),
    ] {
        if code
            .as_ref()
            .is_some_and(|code| code.system.as_str() != system || code.code.trim().is_empty())
        {
            findings.error(
                "isolate",
                &format!("{path}/{end}"),
                format!("Le code du germe n'est pas de {name}."),
                &format!("Coder avec {name} ({system}), ou retirer le code."),
            );
        }
    }
    if isolate.organism.is_none() && isolate.taxon.is_none() {
        findings.warning(
            "isolate",
            &format!("{path}/organism"),
            format!("« {} » n'est pas codé.", isolate.label),
            "Renseigner le code SNOMED CT du germe.",
        );
    }
    people::subcontractor(isolate.subcontractor.as_ref(), path, findings);
    involved(&isolate.involved, path, findings);
    if let Some(by) = &isolate.validated {
        people::known(report, by, &format!("{path}/validated"), findings);
    }
    for (place, one) in isolate.results.iter().enumerate() {
        content::result(report, one, &format!("{path}/results/{place}"), findings);
    }
    for (place, one) in isolate.panels.iter().enumerate() {
        let path = format!("{path}/panels/{place}");
        content::panel(report, one, &path, findings);
        for (place, result) in one.results.iter().enumerate() {
            if result.interpretation.is_none() && result.value.is_given() {
                findings.warning(
                    "antibiogram",
                    &format!("{path}/results/{place}/interpretation"),
                    format!("« {} » n'est ni S, ni I, ni R.", result.label),
                    "Interpréter la sensibilité.",
                );
            }
        }
    }
    for (place, one) in isolate.images.iter().enumerate() {
        image(one, &format!("{path}/images/{place}"), findings);
    }
}

/// A picture among the results (cr-bio §6.10).
pub(super) fn image(image: &Image, path: &str, findings: &mut Findings) {
    findings.present(
        "image",
        &format!("{path}/title"),
        &image.title,
        "Titre de l'image",
        "Dire ce que l'image montre, aussi pour qui ne peut la voir.",
    );
    picture(&image.picture, &format!("{path}/picture"), findings);
}

/// The bytes of a picture: of the format that they claim, and of a size that travels.
pub(super) fn picture(picture: &Picture, path: &str, findings: &mut Findings) {
    let bytes = picture.data.as_bytes();
    if PictureFormat::recognise(bytes) != Some(picture.format) {
        findings.error(
            "image",
            path,
            "Les octets de l'image ne sont pas du format annoncé.",
            "Donner une image PNG ou JPEG et son format.",
        );
    } else if picture.format == PictureFormat::Gif {
        findings.warning(
            "image",
            path,
            "Une image GIF ne peut figurer dans le PDF.",
            "La convertir en PNG.",
        );
    }
    if bytes.len() > LARGE {
        findings.warning(
            "image",
            path,
            "L'image pèse plus de 4 Mo.",
            "La réduire avant de l'insérer.",
        );
    }
}

/// What was examined in a human's stead: the national rules ask where it comes from.
pub(super) fn non_human(subject: &NonHuman, path: &str, findings: &mut Findings) {
    findings.present(
        "subject",
        &format!("{path}/label"),
        &subject.label,
        "Nature de l'échantillon non humain",
        "Dire ce qui a été examiné.",
    );
    if subject.address.is_empty() {
        findings.error(
            "subject",
            &format!("{path}/address"),
            "La provenance de l'échantillon non humain est absente.",
            "Renseigner l'adresse du lieu de prélèvement.",
        );
    }
}

/// Names of people and analyzers.
pub(super) fn involved(involved: &Involved, path: &str, findings: &mut Findings) {
    let actors = involved.responsible.as_deref().into_iter();
    for actor in actors.chain(&involved.authors) {
        people::person(&actor.person, &format!("{path}/involved"), findings);
    }
    for (place, device) in involved.devices.iter().enumerate() {
        if device.model.trim().is_empty() && device.software.trim().is_empty() {
            findings.error(
                "device",
                &format!("{path}/involved/devices/{place}"),
                "L'automate n'a ni modèle ni logiciel.",
                "Donner son modèle.",
            );
        }
    }
}
