//! The rules of the volet CR-BIO and of what it rests on: those that official schematrons test, and those that only its text
//! states (`../shared/spec/cr-bio.md`, *S* and *T*).
//!
//! An error is what an official rule refuses, or what would mislead a reader; a warning is a breach of the text that a
//! published example also shows. Rules hang on templateIds, as theirs do, and [`sections`] tells when one is missing.

mod agreement;
mod attached;
mod battery;
mod civility;
mod datatype;
mod entry;
mod header;
mod identity;
mod isolate;
mod media;
mod outline;
mod people;
mod portable;
mod problem;
mod reference;
mod result;
mod sections;
mod specimen;
mod subject;
mod times;
mod unit;
mod vaccination;
mod value;
mod words;

use super::context::{attr, children, xsi_type};
use super::terms::{self, Set};
use super::{Context, Findings, Node};

/// The rule that only documents of this laboratory must obey: a value stands in the row that names its test.
pub(super) const OWN_ONLY: &str = "narrative-row";
/// What remains a warning in a document of this laboratory: what the request or the identity may lack.
pub(super) const STAYS_WARNING: [&str; 12] = [
    "birth-date",
    "chapter-code",
    "extension-length",
    "first-name",
    "language",
    "method-code",
    "name-quoted",
    "national-identifier",
    "others",
    "participant-contact",
    "participant-name",
    "prescriber",
];

/// Checks a document against all rules.
pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let volet = header::volet(context.root);
    let all: Vec<Node<'_>> = context
        .root
        .descendants()
        .filter(Node::is_element)
        .collect();
    header::check(context, findings);
    header::versions(context, findings);
    civility::check(context.root, findings);
    identity::check(context.root, findings);
    people::check(context, &all, findings);
    sections::check(context, volet, findings);
    media::check(context, &all, findings);
    reference::check(context, &all, findings);
    times::check(&all, findings);
    unit::check(&all, findings);
    agreement::check(context, &all, findings);
    portable::check(context, findings);
    for node in all {
        for (place, template) in templates(node).enumerate() {
            if templates(node).take(place).all(|before| before != template) {
                modelled(context, node, template, volet, findings);
            }
        }
        coded(node, findings);
    }
}

/// What a templateId makes of its element.
fn modelled<'d>(
    context: &Context<'d>,
    node: Node<'d>,
    template: &str,
    volet: header::Volet,
    findings: &mut Findings<'_>,
) {
    match template {
        entry::PALM | entry::FRENCH => entry::check(node, template, volet, findings),
        battery::PALM => battery::check(node, findings),
        isolate::PALM | isolate::FRENCH => isolate::check(node, template, findings),
        result::PALM | result::FRENCH => result::check(context, node, template, volet, findings),
        specimen::COLLECTION | specimen::COLLECTION_FR | specimen::RECEPTION => {
            specimen::check(node, template, findings);
        }
        people::LABORATORY => people::laboratory(node, findings),
        subject::NON_HUMAN
        | subject::NON_HUMAN_FR
        | subject::WITH_HUMAN
        | subject::WITH_HUMAN_FR
        | subject::PERSON => {
            subject::check(node, template, findings);
        }
        attached::COMMENT | attached::COMMENT_FR => attached::comment(node, template, findings),
        attached::DOCUMENT => attached::document(node, findings),
        attached::KIND => attached::kind(node, findings),
        attached::SIMPLE => attached::simple(node, findings),
        vaccination::IMMUNIZATION
        | vaccination::PRODUCT
        | vaccination::SECTION
        | vaccination::REASON => {
            vaccination::check(node, template, findings);
        }
        problem::CODED_REASON
        | problem::PROBLEM
        | problem::RANK
        | problem::DOSE
        | problem::DOSE_FR => problem::check(node, template, findings),
        other => sections::modelled(node, other, findings),
    }
}

/// Value sets that hold wherever the element stands.
fn coded(node: Node<'_>, findings: &mut Findings<'_>) {
    let parent = || {
        node.parent_element()
            .map_or("", |parent| parent.tag_name().name())
    };
    match node.tag_name().name() {
        "administrativeGenderCode" => in_set(node, terms::GENDERS, true, "sexe", findings),
        "interpretationCode" if parent() == "observation" => {
            in_set(
                node,
                terms::INTERPRETATIONS,
                false,
                "interprétation",
                findings,
            );
        }
        "code" if parent() == "assignedAuthor" => {
            let author = node.parent_element().and_then(|one| one.parent_element());
            if author.is_some_and(|one| one.tag_name().name() == "author") {
                in_set(node, terms::PROFESSIONS, true, "profession", findings);
            }
        }
        "approachSiteCode" if parent() == "substanceAdministration" => {
            in_set(
                node,
                terms::IMMUNIZATION_SITES,
                true,
                "site d'administration",
                findings,
            );
        }
        "manufacturedMaterial" => vaccination::material(node, findings),
        _ => {}
    }
    if let Some(code) = attr(node, "code")
        && attr(node, "codeSystem") == Some(terms::LOINC)
        && !["LA", "LP", "LL", "MTHU"]
            .iter()
            .any(|prefix| code.starts_with(prefix))
        && code.parse::<lisiere_model::LoincCode>().is_err()
    {
        findings.error(
            "loinc-code",
            node,
            format!("« {code} » n'est pas un code LOINC : sa clé est fausse."),
            "Vérifier le code dans la table LOINC du laboratoire.",
        );
    }
}

/// nullFlavors that a coded element may have where one is allowed.
const FLAVORS: [&str; 11] = [
    "UNK", "NA", "NASK", "ASKU", "NI", "NAV", "MSK", "OTH", "NINF", "PINF", "TRC",
];

/// Whether a coded element is of a value set: the pair of code and code system decides (*dansJeuDeValeurs*).
fn in_set(node: Node<'_>, set: Set, null: bool, what: &str, findings: &mut Findings<'_>) {
    if xsi_type(node).is_some_and(|name| !matches!(name, "CD" | "CE")) {
        return;
    }
    let remedy = "Prendre le code et son codeSystem dans le jeu de valeurs du CI-SIS.";
    let (code, system) = (attr(node, "code"), attr(node, "codeSystem"));
    if let Some(flavor) = attr(node, "nullFlavor") {
        let whole = code.is_some() && system.is_some();
        if !null || (!whole && !FLAVORS.contains(&flavor)) {
            findings.error(
                "value-set",
                node,
                format!("nullFlavor=\"{flavor}\" n'est pas permis pour ce code ({what})."),
                remedy,
            );
        }
        return;
    }
    match (code, system) {
        (Some(code), Some(system)) if terms::contains(set, code, system) => {}
        (Some(code), Some(system)) => findings.error(
            "value-set",
            node,
            format!("Le code « {code} » ({system}) n'est pas dans le jeu de valeurs : {what}."),
            remedy,
        ),
        _ => findings.error(
            "value-set",
            node,
            format!("Le code ({what}) doit avoir code et codeSystem."),
            remedy,
        ),
    }
}

/// The roots of an element's templateIds.
fn templates(node: Node<'_>) -> impl Iterator<Item = &str> {
    children(node, "templateId").filter_map(|one| attr(one, "root"))
}

/// Whether an element has this templateId.
fn has_template(node: Node<'_>, root: &str) -> bool {
    templates(node).any(|one| one == root)
}

/// All elements at the end of a path of names, as XPath finds them.
fn at<'d>(node: Node<'d>, path: &[&str]) -> Vec<Node<'d>> {
    let mut level = vec![node];
    for name in path {
        level = level
            .into_iter()
            .flat_map(|one| children(one, name))
            .collect();
    }
    level
}

/// Whether there is one.
fn exists(node: Node<'_>, path: &[&str]) -> bool {
    match path.split_first() {
        None => true,
        Some((name, rest)) => children(node, name).any(|one| exists(one, rest)),
    }
}

/// Whether an attribute has this value.
fn is_value(node: Node<'_>, name: &str, value: &str) -> bool {
    attr(node, name) == Some(value)
}

/// Whether a child of that name has that attribute value.
fn child_is(node: Node<'_>, child: &str, name: &str, value: &str) -> bool {
    children(node, child).any(|one| is_value(one, name, value))
}

/// Whether the status is one of these.
fn status_among(node: Node<'_>, all: &[&str]) -> bool {
    children(node, "statusCode")
        .any(|one| attr(one, "code").is_some_and(|code| all.contains(&code)))
}

/// Whether the element is named so and has this class and mood.
fn is_act(node: Node<'_>, name: &str, class: &str, mood: &str) -> bool {
    node.tag_name().name() == name
        && is_value(node, "classCode", class)
        && is_value(node, "moodCode", mood)
}
