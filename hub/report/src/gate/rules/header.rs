//! The header: the table of the *structuration minimale*, and what the volet CR-BIO fixes in it.

mod encounter;
pub(super) mod lines;
mod patient;
mod service;
mod tables;

use super::super::context::{attr, child, children, text_of};
use super::super::{Context, Findings, Form, Node};
use super::datatype::is_oid;
use super::{at, exists, outline, templates};

/// Conformity to the volet; its extension is the version.
pub(super) const VOLET: &str = "1.2.250.1.213.1.1.1.55";
const XD_LAB: &str = "1.3.6.1.4.1.19376.1.3.3";
const SCANNED: &str = "1.3.6.1.4.1.19376.1.2.20";
/// Published versions of the volet.
const VERSIONS: [&str; 3] = ["2021.01", "2023.01", "2024.01"];
const TITLE: &str = "Compte rendu d'examens biologiques";
const LABEL: &str = "CR d'examens biologiques";

/// A version of the volet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Volet {
    /// 2021.01, or no extension.
    V2021,
    /// 2023.01.
    V2023,
    /// 2024.01, and whatever is not known.
    V2024,
}

/// Which version a document declares.
pub(super) fn volet(root: Node<'_>) -> Volet {
    let declared = children(root, "templateId").find(|one| attr(*one, "root") == Some(VOLET));
    match declared.map(|one| attr(one, "extension")) {
        Some(None | Some("2021.01")) => Volet::V2021,
        Some(Some("2023.01")) => Volet::V2023,
        _ => Volet::V2024,
    }
}

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let root = context.root;
    outline::check(root, &tables::DOCUMENT, findings);
    conformity(context, findings);
    let acts = || children(root, "documentationOf");
    let main = || acts().take(1).flat_map(|act| children(act, "serviceEvent"));
    for (name, what) in [
        ("performer", "le laboratoire exécutant"),
        ("effectiveTime", "la date"),
    ] {
        let number = main().flat_map(|event| children(event, name)).count();
        if number != 1 {
            findings.error(
                "main-act",
                acts().next().unwrap_or(root),
                format!("L'acte principal (premier documentationOf) doit avoir {what} ({name}) une fois : {number}."),
                format!("Mettre un seul {name} dans le premier documentationOf/serviceEvent."),
            );
        }
    }
    if context.is_structured() {
        structured(root, findings);
    } else {
        named(root, findings);
    }
}

/// Which models the document says it obeys, after its form (cr-bio §3.3, §7).
fn conformity(context: &Context<'_>, findings: &mut Findings<'_>) {
    let root = context.root;
    let has = |oid: &str| templates(root).any(|one| one == oid);
    match context.form {
        Some(Form::N1) => {
            let extra = templates(root).count() != 3
                || !has(SCANNED)
                || !has("2.16.840.1.113883.2.8.2.1")
                || !has("1.2.250.1.213.1.1.1.1");
            if extra {
                findings.error(
                    "n1-templates",
                    root,
                    "Un N1 déclare exactement trois modèles : 2.16.840.1.113883.2.8.2.1, 1.2.250.1.213.1.1.1.1 et 1.3.6.1.4.1.19376.1.2.20.",
                    "Retirer les templateId de XD-LAB et du volet, et mettre ces trois-là.",
                );
            }
        }
        Some(Form::N3 | Form::AutoPresentable) => {
            if !has(XD_LAB) {
                findings.error(
                    "n3-templates",
                    root,
                    "Le modèle IHE XD-LAB (1.3.6.1.4.1.19376.1.3.3) n'est pas déclaré.",
                    "Ajouter templateId root=\"1.3.6.1.4.1.19376.1.3.3\".",
                );
            }
            let declared =
                children(root, "templateId").find(|one| attr(*one, "root") == Some(VOLET));
            match declared.map(|one| (one, attr(one, "extension"))) {
                None => findings.error(
                    "volet-missing",
                    root,
                    "La conformité au volet CR-BIO (1.2.250.1.213.1.1.1.55) n'est pas déclarée : ses règles ne seraient pas contrôlées.",
                    "Ajouter templateId root=\"1.2.250.1.213.1.1.1.55\" extension=\"2024.01\".",
                ),
                Some((at, Some(version))) if !VERSIONS.contains(&version) => findings.error(
                    "volet-version",
                    at,
                    format!("La version « {version} » du volet CR-BIO n'existe pas."),
                    "Écrire extension=\"2024.01\".",
                ),
                Some(_) => {}
            }
            if has(SCANNED) {
                findings.warning(
                    "n3-templates",
                    root,
                    "Un N3 ne déclare pas le modèle XDS-SD (1.3.6.1.4.1.19376.1.2.20), réservé au N1.",
                    "Retirer ce templateId.",
                );
            }
        }
        None => findings.error(
            "body-missing",
            root,
            "Le document n'a ni structuredBody ni nonXMLBody.",
            "Ajouter le corps du document.",
        ),
    }
}

/// What the volet fixes, word for word (cr-bio §4, lines 5 and 6).
fn named(root: Node<'_>, findings: &mut Findings<'_>) {
    if !children(root, "title").any(|title| text_of(title) == TITLE) {
        findings.error(
            "title",
            child(root, "title").unwrap_or(root),
            format!("Le titre n'est pas exactement « {TITLE} »."),
            "Écrire ce titre, avec l'apostrophe droite.",
        );
    }
    let right = children(root, "code").any(|code| {
        attr(code, "code") == Some("11502-2")
            && attr(code, "displayName") == Some(LABEL)
            && attr(code, "codeSystem") == Some("2.16.840.1.113883.6.1")
    });
    if !right {
        findings.error(
            "document-code",
            child(root, "code").unwrap_or(root),
            format!("Le code du document n'est pas 11502-2 « {LABEL} » de LOINC."),
            "Écrire code=\"11502-2\", displayName=\"CR d'examens biologiques\", codeSystem=\"2.16.840.1.113883.6.1\".",
        );
    }
}

fn structured(root: Node<'_>, findings: &mut Findings<'_>) {
    named(root, findings);
    let version = child(root, "versionNumber");
    let positive = version
        .and_then(|one| attr(one, "value"))
        .and_then(|value| value.trim().parse::<f64>().ok())
        .is_some_and(|value| value > 0.0);
    if !positive {
        findings.error(
            "version-number",
            version.unwrap_or(root),
            "Le numéro de version n'est pas un entier supérieur à 0.",
            "Numéroter les versions à partir de 1.",
        );
    }
    for (path, what) in [
        (&["addr"][..], "l'adresse"),
        (&["telecom"], "la coordonnée"),
        (&["patient", "administrativeGenderCode"], "le sexe"),
        (&["patient", "birthTime"], "la date de naissance"),
    ] {
        for role in at(root, &["recordTarget", "patientRole"]) {
            let all = at(role, path);
            let flavors = || {
                all.iter()
                    .filter_map(|one| attr(*one, "nullFlavor").map(|flavor| (*one, flavor)))
            };
            if let Some((one, flavor)) = flavors().next()
                && !flavors().any(|(_, flavor)| flavor == "UNK")
            {
                findings.error(
                    "patient-unknown",
                    one,
                    format!("nullFlavor=\"{flavor}\" pour {what} du patient."),
                    "Écrire nullFlavor=\"UNK\" : c'est le seul permis ici.",
                );
            }
        }
    }
    for event in at(root, &["documentationOf", "serviceEvent"]) {
        if child(event, "code").is_none() {
            findings.error(
                "act-code",
                event,
                "L'acte documenté n'a pas de code.",
                "Mettre le code LOINC du chapitre dans serviceEvent/code.",
            );
        }
        for performer in children(event, "performer") {
            let tables = [PERFORMER, STRUCTURE, SETTING];
            mandatory(performer, &tables, "performer", findings);
        }
    }
    for authenticator in children(root, "authenticator") {
        if !templates(authenticator).any(|one| one == "1.3.6.1.4.1.19376.1.3.3.1.5") {
            findings.error(
                "authenticator",
                authenticator,
                "Le templateId 1.3.6.1.4.1.19376.1.3.3.1.5 manque au biologiste qui a validé.",
                "L'ajouter en tête de authenticator.",
            );
        }
        mandatory(authenticator, &[AUTHENTICATOR], "authenticator", findings);
        if exists(
            authenticator,
            &["assignedEntity", "representedOrganization"],
        ) {
            mandatory(authenticator, &[STRUCTURE], "authenticator", findings);
        }
    }
    for encounter in at(root, &["componentOf", "encompassingEncounter"]) {
        mandatory(encounter, &[RESPONSIBLE], "responsible", findings);
    }
}

/// Paths to what must be there, and its words.
pub(super) type Mandatory = &'static [(&'static [&'static str], &'static str)];
const PERFORMER: Mandatory = &[
    (&["time"], "la date d'exécution"),
    (
        &["assignedEntity", "addr"],
        "l'adresse du directeur du laboratoire",
    ),
    (
        &["assignedEntity", "telecom"],
        "la coordonnée du directeur du laboratoire",
    ),
    (
        &["assignedEntity", "assignedPerson", "name"],
        "le nom du directeur du laboratoire",
    ),
];
const AUTHENTICATOR: Mandatory = &[
    (&["time"], "la date de validation"),
    (&["assignedEntity", "addr"], "l'adresse du biologiste"),
    (
        &["assignedEntity", "telecom"],
        "la coordonnée du biologiste",
    ),
];
/// What makes a laboratory known.
pub(super) const STRUCTURE: Mandatory = &[
    (
        &["assignedEntity", "representedOrganization", "id"],
        "l'identifiant du laboratoire",
    ),
    (
        &["assignedEntity", "representedOrganization", "name"],
        "le nom du laboratoire",
    ),
    (
        &["assignedEntity", "representedOrganization", "telecom"],
        "la coordonnée du laboratoire",
    ),
    (
        &["assignedEntity", "representedOrganization", "addr"],
        "l'adresse du laboratoire",
    ),
];
/// And what one that carries out tests says besides.
pub(super) const SETTING: Mandatory = &[(
    &[
        "assignedEntity",
        "representedOrganization",
        "standardIndustryClassCode",
    ],
    "le cadre d'exercice du laboratoire",
)];
const RESPONSIBLE: Mandatory = &[
    (
        &["responsibleParty", "assignedEntity", "id"],
        "l'identifiant du biologiste responsable",
    ),
    (
        &["responsibleParty", "assignedEntity", "code"],
        "la profession du biologiste responsable",
    ),
    (
        &[
            "responsibleParty",
            "assignedEntity",
            "assignedPerson",
            "name",
            "family",
        ],
        "le nom du biologiste responsable",
    ),
];

fn mandatory(
    node: Node<'_>,
    tables: &[Mandatory],
    rule: &'static str,
    findings: &mut Findings<'_>,
) {
    for (path, what) in tables.iter().copied().flatten() {
        if !exists(node, path) {
            findings.error(
                rule,
                node,
                format!("Il manque {what}."),
                format!("Renseigner {}.", path.join("/")),
            );
        }
    }
}

/// Identifiers and versions of the document (cr-bio §4.6, §11.17).
pub(super) fn versions<'d>(context: &Context<'d>, findings: &mut Findings<'_>) {
    let root = context.root;
    let whole = |node: Node<'d>| (attr(node, "root"), attr(node, "extension"));
    let known = |node: &Node<'d>| attr(*node, "root").is_some();
    let id = child(root, "id").filter(known);
    let series = child(root, "setId").filter(known);
    let parents = at(root, &["relatedDocument", "parentDocument", "id"]);
    for parent in parents.iter().copied().filter(known) {
        if Some(whole(parent)) == id.map(whole) {
            findings.error(
                "replacement",
                parent,
                "Le document remplacé est ce document lui-même.",
                "Indiquer l'identifiant (id) de la version précédente.",
            );
        } else if Some(whole(parent)) == series.map(whole) {
            findings.error(
                "replacement",
                parent,
                "Le document remplacé est désigné par l'identifiant de la série (setId).",
                "Indiquer l'identifiant (id) de la version précédente, non le setId.",
            );
        }
    }
    let number = child(root, "versionNumber")
        .and_then(|one| attr(one, "value"))
        .and_then(|value| value.trim().parse::<u64>().ok());
    if let (Some(id), Some(set)) = (id, series)
        && whole(id) == whole(set)
        && number.is_some_and(|number| number > 1)
    {
        findings.warning(
            "set-id",
            id,
            "L'identifiant du document est aussi celui de la série des versions.",
            "Donner à chaque version son propre id, et garder setId.",
        );
    }
    let replaces = children(root, "relatedDocument").next();
    match (number, replaces) {
        (Some(number), None) if number > 1 => findings.warning(
            "replacement",
            child(root, "versionNumber").unwrap_or(root),
            format!("La version {number} ne dit pas quel document elle remplace."),
            "Ajouter relatedDocument typeCode=\"RPLC\" avec l'identifiant de la version précédente.",
        ),
        (Some(0 | 1), Some(at)) => findings.warning(
            "replacement",
            at,
            "La première version remplace un document.",
            "Incrémenter versionNumber, ou retirer relatedDocument.",
        ),
        _ => {}
    }
    links(root, id, findings);
}

/// What else identifies and links a document.
fn links<'d>(root: Node<'d>, id: Option<Node<'d>>, findings: &mut Findings<'_>) {
    for at in children(root, "relatedDocument").filter(|one| attr(*one, "typeCode") != Some("RPLC"))
    {
        findings.warning(
            "replacement",
            at,
            "Un compte rendu n'est lié qu'au document qu'il remplace.",
            "Écrire typeCode=\"RPLC\".",
        );
    }
    // It becomes the XDS uniqueId: an OID, of 64 characters at most, extension included in 128 (cr-bio §4, line 4).
    if let Some(id) = id
        && attr(id, "root").is_some_and(|root| !is_oid(root) || root.len() > 64)
    {
        findings.warning(
            "document-id",
            id,
            "L'identifiant du document n'est pas un OID de 64 caractères au plus : il ne peut pas devenir l'identifiant XDS.",
            "Mettre un OID de l'arc du producteur dans root (un UUID devient 2.25.<nombre>).",
        );
    }
    if let Some(language) = child(root, "languageCode")
        && attr(language, "code").is_some_and(|code| code != "fr-FR")
    {
        findings.warning(
            "language",
            language,
            "La langue du document n'est pas fr-FR.",
            "Écrire languageCode code=\"fr-FR\".",
        );
    }
}
