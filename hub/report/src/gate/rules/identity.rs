//! The patient's identity: traits that an INS demands, its key, its environment, the birthplace (cr-bio §3.1, §4.1).

use lisiere_model::{Environment, Ins, InsAuthority, InsError};

use super::super::context::{attr, children, text_of};
use super::super::{Findings, Node};
use super::{at, exists};

pub(super) fn check<'d>(root: Node<'d>, findings: &mut Findings<'_>) {
    let roles = at(root, &["recordTarget", "patientRole"]);
    let ids: Vec<Node<'d>> = roles
        .iter()
        .flat_map(|role| children(*role, "id"))
        .collect();
    let ins: Vec<(Node<'d>, InsAuthority)> = ids
        .iter()
        .filter_map(|id| Some((*id, InsAuthority::from_oid(attr(*id, "root")?)?)))
        .collect();
    if ins.is_empty() {
        if !ids.iter().any(|id| attr(*id, "extension").is_some()) && !has_traits(root) {
            findings.error(
                "patient-identifier",
                roles.first().copied().unwrap_or(root),
                "Le patient n'a aucun identifiant.",
                "Mettre l'INS qualifiée ou l'identifiant du patient dans le laboratoire.",
            );
        }
    } else if !has_traits(root) {
        traits(root, &roles, findings);
    }
    for (id, authority) in &ins {
        number(*id, *authority, findings);
    }
    environments(&ins, findings);
    if !ins.is_empty() {
        for role in &roles {
            qualified(*role, findings);
        }
    }
    for role in roles {
        for name in ["addr", "telecom"] {
            if children(role, name).next().is_none() {
                findings.warning(
                    "patient-contact",
                    role,
                    format!("Le patient n'a pas de {name}."),
                    format!("Renseigner {name}, ou écrire {name} nullFlavor=\"UNK\"."),
                );
            }
        }
    }
}

const NAME: &[&str] = &["recordTarget", "patientRole", "patient", "name"];

/// The traits that the official rule asks for as soon as an INS is there.
fn has_traits(root: Node<'_>) -> bool {
    missing_traits(root).is_empty()
}

fn missing_traits(root: Node<'_>) -> Vec<&'static str> {
    let names = at(root, NAME);
    let part = |name: &str, qualifier: Option<&str>| {
        names
            .iter()
            .flat_map(|one| children(*one, name).collect::<Vec<_>>())
            .any(|one| attr(one, "qualifier") == qualifier)
    };
    let patient = ["recordTarget", "patientRole", "patient"];
    let below = |path: &[&str]| exists(root, &[&patient[..], path].concat());
    let gender = at(
        root,
        &[
            "recordTarget",
            "patientRole",
            "patient",
            "administrativeGenderCode",
        ],
    )
    .iter()
    .any(|one| attr(*one, "code").is_some());
    [
        (
            part("family", Some("BR")),
            "le nom de naissance (family qualifier=\"BR\")",
        ),
        (
            part("given", Some("BR")),
            "le premier prénom de naissance (given qualifier=\"BR\")",
        ),
        (
            part("given", None),
            "les prénoms de naissance (given sans qualifier)",
        ),
        (below(&["birthTime"]), "la date de naissance (birthTime)"),
        (
            below(&["birthplace", "place", "addr", "county"]),
            "le code INSEE du lieu de naissance (birthplace/place/addr/county)",
        ),
        (gender, "le sexe (administrativeGenderCode/@code)"),
    ]
    .into_iter()
    .filter(|(there, _)| !there)
    .map(|(_, what)| what)
    .collect()
}

fn traits<'d>(root: Node<'d>, roles: &[Node<'d>], findings: &mut Findings<'_>) {
    findings.error(
        "ins-traits",
        roles.first().copied().unwrap_or(root),
        format!("L'INS est présente et il manque {}.", missing_traits(root).join(", ")),
        "Renseigner les traits rendus par INSi, ou retirer l'INS tant que l'identité n'est pas qualifiée.",
    );
}

fn number(id: Node<'_>, authority: InsAuthority, findings: &mut Findings<'_>) {
    let Some(text) = attr(id, "extension") else {
        return;
    };
    let (message, remedy) = match Ins::new(text, authority) {
        Ok(ins) if ins.number() == text => return,
        Ok(_) => (
            "L'INS est écrite avec des espaces ou des minuscules.".to_owned(),
            "Écrire les 15 caractères à la suite.",
        ),
        Err(InsError::Key { .. }) => (
            "La clé de l'INS est fausse.".to_owned(),
            "Reprendre l'INS rendue par le téléservice INSi.",
        ),
        Err(_) => (
            "L'INS n'a pas la forme d'un matricule de 13 caractères et d'une clé de 2 chiffres."
                .to_owned(),
            "Reprendre l'INS rendue par le téléservice INSi.",
        ),
    };
    findings.error("ins-key", id, message, remedy);
}

/// One document, one environment, one INS.
fn environments(ins: &[(Node<'_>, InsAuthority)], findings: &mut Findings<'_>) {
    let Some((_, first)) = ins.first() else {
        return;
    };
    for (id, authority) in ins.iter().skip(1) {
        if authority.environment() == first.environment() {
            findings.warning(
                "ins-repeated",
                *id,
                "Le patient a plusieurs INS.",
                "Ne garder que l'INS qualifiée.",
            );
        } else {
            let real = if authority.environment() == Environment::Production {
                "de production"
            } else {
                "de test"
            };
            findings.error(
                "ins-environment",
                *id,
                format!("Une INS {real} à côté d'une INS de l'autre environnement."),
                "Garder l'INS de l'environnement de la plateforme, et elle seule.",
            );
        }
    }
}

/// What a qualified identity has beyond presence: a full birth date, a COG code, first names that agree.
fn qualified(role: Node<'_>, findings: &mut Findings<'_>) {
    for county in at(role, &["patient", "birthplace", "place", "addr", "county"]) {
        let text = text_of(county);
        let text = text.trim();
        let shaped = text.len() == 5
            && text.bytes().enumerate().all(|(place, one)| {
                one.is_ascii_digit() || (place == 1 && matches!(one, b'A' | b'B'))
            });
        if !shaped {
            findings.error(
                "birthplace-code",
                county,
                format!("« {text} » n'est pas un code INSEE de commune ou de pays."),
                "Écrire les 5 caractères du code officiel géographique (99xxx à l'étranger).",
            );
        }
    }
    for birth in at(role, &["patient", "birthTime"]) {
        if attr(birth, "value").is_some_and(|value| value.len() != 8) {
            findings.warning(
                "birth-date",
                birth,
                "La date de naissance d'une identité qualifiée a 8 chiffres.",
                "Écrire AAAAMMJJ, tel que rendu par INSi.",
            );
        }
    }
    for name in at(role, &["patient", "name"]) {
        let given = |qualifier: Option<&str>| {
            children(name, "given")
                .find(|one| attr(*one, "qualifier") == qualifier)
                .map(|one| (one, text_of(one)))
        };
        if let (Some((_, all)), Some((first, text))) = (given(None), given(Some("BR")))
            && !all.trim().starts_with(text.trim())
        {
            findings.warning(
                "first-name",
                first,
                "Le premier prénom de naissance ne commence pas la liste des prénoms de naissance.",
                "Reprendre les prénoms de l'acte de naissance, dans l'ordre.",
            );
        }
    }
}
