//! The words around the results: laboratory, patient, request, signature, what the marks mean.

use lisiere_model::report::{
    Address, Contact, Guardian, Moment, Organisation, Professional, Report, ReportStatus, Subject,
};
use lisiere_model::{Environment, InsAuthority, Traits};

use super::{Fact, ImageBlock, Letterhead, PatientBlock, value, words};
use crate::text::{NBSP, line};

pub(super) fn status(report: &Report) -> String {
    match report.status {
        ReportStatus::Partial => "Compte rendu partiel".to_owned(),
        ReportStatus::Final => "Compte rendu complet".to_owned(),
        ReportStatus::Corrected => "Compte rendu rectificatif".to_owned(),
        ReportStatus::Withdrawn => "Compte rendu annulé".to_owned(),
    }
}

pub(super) fn notices(report: &Report) -> Vec<String> {
    let mut notices = Vec::new();
    if report.environment == Environment::Test {
        notices.push(
            "Document d’essai\u{a0}: patient fictif, à ne pas utiliser pour soigner.".to_owned(),
        );
    }
    if report.status == ReportStatus::Partial {
        notices.push("Compte rendu partiel\u{a0}: d'autres résultats suivront.".to_owned());
    }
    if report.status == ReportStatus::Withdrawn {
        notices.push(
            "Compte rendu annulé\u{a0}: ne pas tenir compte des résultats rendus auparavant."
                .to_owned(),
        );
    }
    if let Some(replaced) = &report.replaces {
        let made = replaced
            .created_at
            .map(|at| format!(" du {}", value::date(at.date())))
            .unwrap_or_default();
        let before = report.version.saturating_sub(1);
        let reason = replaced
            .reason
            .as_deref()
            .map(|reason| format!(" Motif{NBSP}: {}", line(reason)))
            .unwrap_or_default();
        notices.push(format!(
            "Annule et remplace la version{NBSP}{before}{made}.{reason}"
        ));
    }
    notices
}

pub(super) fn letterhead(report: &Report) -> Letterhead {
    let laboratory = &report.laboratory;
    let mut side = Vec::new();
    if let Some(number) = &laboratory.cofrac {
        side.push(format!("Accréditation COFRAC n°{NBSP}{}", line(number)));
        side.push("Examens médicaux. Portée disponible sur www.cofrac.fr".to_owned());
    }
    if !report.biologists.is_empty() {
        let names: Vec<String> = report
            .biologists
            .iter()
            .map(|one| words::name(&one.name))
            .collect();
        side.push(format!("Biologistes médicaux{NBSP}: {}", names.join(", ")));
    }
    let (mails, phones): (Vec<&Contact>, Vec<&Contact>) = laboratory
        .organisation
        .contacts
        .iter()
        .partition(|one| matches!(one, Contact::Mail(_)));
    let mut last = contacts(mails);
    last.push(structure(&laboratory.organisation));
    last.retain(|text| !text.is_empty());
    let below = [
        address(&laboratory.organisation.address).join(", "),
        contacts(phones).join(" – "),
        last.join(" – "),
    ];
    Letterhead {
        logo: laboratory.logo.as_ref().map(|picture| ImageBlock {
            title: format!("Logo{NBSP}: {}", line(&laboratory.organisation.name)),
            picture: picture.clone(),
        }),
        name: line(&laboratory.organisation.name),
        subtitle: laboratory.subtitle.as_deref().map(line),
        lines: below.into_iter().filter(|text| !text.is_empty()).collect(),
        side,
        footer: laboratory.footer.iter().map(|text| line(text)).collect(),
    }
}

fn structure(organisation: &Organisation) -> String {
    let id = line(&organisation.national_id);
    match (id.strip_prefix('1'), id.strip_prefix('3')) {
        (Some(finess), _) => format!("FINESS{NBSP}{finess}"),
        (_, Some(siret)) => format!("SIRET{NBSP}{siret}"),
        _ => id,
    }
}

fn address(address: &Address) -> Vec<String> {
    let mut shown: Vec<String> = address.lines.iter().map(|text| line(text)).collect();
    let town = [&address.postal_code, &address.city]
        .into_iter()
        .flatten()
        .map(|text| line(text))
        .collect::<Vec<_>>()
        .join(" ");
    shown.push(town);
    shown.extend(address.country.as_deref().map(line));
    shown.retain(|text| !text.is_empty());
    shown
}

fn contacts(contacts: Vec<&Contact>) -> Vec<String> {
    contacts
        .into_iter()
        .map(|contact| match contact {
            Contact::Phone(number) => format!("Tél.{NBSP}{}", line(number)),
            Contact::Fax(number) => format!("Fax{NBSP}{}", line(number)),
            Contact::Mail(mail) => line(mail),
            Contact::Address(address) => line(address),
        })
        .collect()
}

fn fact(name: &'static str, text: impl Into<String>) -> Fact {
    Fact {
        name,
        lines: vec![text.into()],
    }
}

pub(super) fn patient(report: &Report) -> PatientBlock {
    let patient = &report.patient;
    let traits = &patient.traits;
    let name = format!(
        "{} {}",
        line(&traits.birth_name),
        line(&traits.first_given_name)
    );
    let birth = value::birth_date(traits.birth_date);
    let age = value::age(traits.birth_date, report.encounter.started_at.date());
    let mut facts = Vec::new();
    let used = used_name(traits);
    if !used.is_empty() {
        facts.push(fact("Nom utilisé", used));
    }
    let given = line(&traits.given_names);
    if !given.is_empty() && given != line(&traits.first_given_name) {
        facts.push(fact("Prénoms", given));
    }
    let aged = age.map(|age| format!(" ({age})")).unwrap_or_default();
    let sex = words::sex(traits.sex).to_lowercase();
    facts.push(fact(
        words::born(traits.sex),
        format!("{birth}{aged} – sexe{NBSP}{sex}"),
    ));
    let place = birth_place(patient);
    if !place.is_empty() {
        facts.push(fact("Lieu de naissance", place));
    }
    let trust = words::identity(patient.identity_status);
    facts.push(match &patient.ins {
        Some(ins) => {
            let authority = match ins.authority() {
                InsAuthority::Nir => "NIR",
                InsAuthority::Nia => "NIA",
                InsAuthority::Test | InsAuthority::Demonstration => "fictif",
            };
            let number = value::ins(ins);
            fact("INS", format!("{number} ({authority}), {trust}"))
        }
        None => fact("Identité", trust),
    });
    facts.push(fact("IPP", line(&patient.local_id.extension)));
    if let Some(home) = &patient.address {
        let home = address(home);
        if !home.is_empty() {
            facts.push(fact("Adresse", home.join(", ")));
        }
    }
    let guardians: Vec<String> = patient.guardians.iter().filter_map(guardian).collect();
    if !guardians.is_empty() {
        facts.push(Fact {
            name: "Représentant",
            lines: guardians,
        });
    }
    let running = format!(
        "{name} – {} – {} {birth} – dossier {}",
        traits.sex.letter(),
        words::born(traits.sex).to_lowercase(),
        line(&report.record.extension)
    );
    PatientBlock {
        name,
        facts,
        running,
    }
}

fn used_name(traits: &Traits) -> String {
    [&traits.used_name, &traits.used_given_name]
        .into_iter()
        .flatten()
        .map(|text| line(text))
        .collect::<Vec<_>>()
        .join(" ")
}

fn birth_place(patient: &Subject) -> String {
    let city = patient.birth_city.iter().map(|city| line(city));
    let code = patient.traits.birth_place.iter();
    city.chain(code.map(|code| format!("({})", line(code))))
        .collect::<Vec<_>>()
        .join(" ")
}

fn guardian(guardian: &Guardian) -> Option<String> {
    let person = guardian.person.as_ref().map(words::name);
    person.or_else(|| guardian.organisation.as_ref().map(|one| line(&one.name)))
}

fn professional(person: &Professional) -> Vec<String> {
    let mut shown = vec![words::name(&person.name)];
    shown.extend(person.speciality.as_ref().map(|code| line(&code.display)));
    shown.extend(person.address.iter().flat_map(address));
    shown
}

pub(super) fn request(report: &Report) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(prescriber) = &report.prescriber {
        facts.push(Fact {
            name: "Prescripteur",
            lines: professional(&prescriber.person),
        });
        let on = prescriber.prescribed_at.map(Moment::date);
        if let Some(on) = prescriber.prescribed_on.or(on) {
            facts.push(fact("Prescription du", value::date(on)));
        }
    }
    if let Some(physician) = &report.header.treating_physician {
        facts.push(fact("Médecin traitant", words::name(&physician.name)));
    }
    if !report.copies_to.is_empty() {
        let lines = report
            .copies_to
            .iter()
            .map(|person| words::name(&person.name))
            .collect();
        facts.push(Fact {
            name: "Copie à",
            lines,
        });
    }
    facts.push(fact("Dossier", line(&report.record.extension)));
    if let Some(stay) = &report.encounter.id {
        facts.push(fact("Séjour", line(&stay.extension)));
    }
    let place = report.encounter.place.as_ref();
    if let Some(name) = place.and_then(|place| place.name.as_deref()) {
        facts.push(fact("Lieu de soins", line(name)));
    }
    if let Some(first) = report
        .specimens
        .iter()
        .filter_map(|one| one.collected_at)
        .min()
    {
        let mut taken = value::moment(first);
        if let Some(collector) = &report.collector {
            taken = format!("{taken} par {}", words::name(&collector.person.name));
        }
        facts.push(fact("Prélevé le", taken));
    }
    facts.push(fact("Reçu le", value::moment(report.received_at)));
    facts.push(fact("Édité le", value::moment(report.created_at)));
    facts
}

pub(super) fn signature(report: &Report) -> Vec<String> {
    let mut shown = Vec::new();
    let by = &report.signature;
    if let Some(biologist) = report.biologist(&by.rpps) {
        shown.push(words::name(&biologist.name));
        shown.extend(
            biologist
                .speciality
                .as_ref()
                .map(|code| line(&code.display)),
        );
    }
    let signed = value::on_at(by.at);
    shown.push(format!("RPPS{NBSP}{} – signé {signed}", by.rpps));
    shown
}
