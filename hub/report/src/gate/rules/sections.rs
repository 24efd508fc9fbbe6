//! Sections of the body: chapters, sub-chapters, comments, second-line results, the PDF copy, and the templateIds without
//! which no official rule would fire (cr-bio §6, §11.6).

use super::super::context::{attr, child, children, elements, is, text_of};
use super::super::{Context, Findings, Node, terms};
use super::header::Volet;
use super::{at, child_is, exists, has_template, templates};

const CHAPTER: &str = "1.3.6.1.4.1.19376.1.3.3.2.1";
const PART: &str = "1.3.6.1.4.1.19376.1.3.3.2.2";
const COMMENTS: &str = "1.3.6.1.4.1.19376.1.4.1.2.16";
const SECOND_LINE: &str = "1.2.250.1.213.1.1.2.60";
const PDF_COPY: &str = "1.2.250.1.213.1.1.2.243";
const REASON: &str = "1.2.250.1.213.1.1.2.128";
const VACCINATIONS: &str = "1.2.250.1.213.1.1.2.147";
const ATTACHED: &str = "1.2.250.1.213.1.1.3.18";
/// Entries of IHE PaLM; their own templateIds begin so.
const PALM: &str = "1.3.6.1.4.1.19376.1.3.1";

pub(super) fn check<'d>(context: &Context<'d>, volet: Volet, findings: &mut Findings<'_>) {
    let root = context.root;
    for body in at(root, &["component", "structuredBody"]) {
        let first = at(body, &["component", "section"]);
        let copies: Vec<&Node<'d>> = first
            .iter()
            .filter(|one| has_template(**one, PDF_COPY))
            .collect();
        if !first.iter().any(|one| has_template(*one, CHAPTER)) {
            findings.error(
                "chapter-missing",
                body,
                "Le document n'a aucun chapitre (section 1.3.6.1.4.1.19376.1.3.3.2.1).",
                "Ajouter au moins une section FR-CR-BIO-Chapitre.",
            );
        }
        if volet > Volet::V2021 && copies.is_empty() {
            findings.error(
                "pdf-copy-missing",
                body,
                "La section « Copie du document » (1.2.250.1.213.1.1.2.243) manque.",
                "Ajouter la section FR-Document-PDF-copie avec le PDF/A-1 du compte rendu.",
            );
        }
        for extra in copies.iter().skip(1) {
            findings.warning(
                "pdf-copy-repeated",
                **extra,
                "La section « Copie du document » est présente plusieurs fois.",
                "N'en garder qu'une.",
            );
        }
        for section in &first {
            level_one(*section, volet, findings);
        }
        for deep in first
            .iter()
            .flat_map(|one| at(*one, &["component", "section", "component", "section"]))
        {
            findings.error(
                "section-depth",
                deep,
                "Une section est imbriquée sur plus de deux niveaux.",
                "Ranger les examens dans des chapitres et des sous-chapitres, sans autre niveau.",
            );
        }
        acts(root, &first, findings);
    }
    if context.is_structured() {
        for section in root.descendants().filter(|one| is(*one, "section")) {
            if has_template(section, CHAPTER) || has_template(section, PART) {
                untemplated(section, findings);
            }
        }
    }
}

fn level_one(section: Node<'_>, volet: Volet, findings: &mut Findings<'_>) {
    let known = |all: &[&str]| templates(section).any(|one| all.contains(&one));
    let listed = match volet {
        Volet::V2021 => known(&[CHAPTER, SECOND_LINE, COMMENTS]),
        _ => known(&[
            CHAPTER,
            SECOND_LINE,
            COMMENTS,
            REASON,
            VACCINATIONS,
            PDF_COPY,
        ]),
    };
    let (message, remedy) = (
        "Cette section n'est pas de celles que le volet CR-BIO prévoit au premier niveau.",
        "Déclarer le modèle de la section par ses templateId, ou la retirer.",
    );
    if !listed && volet == Volet::V2024 {
        findings.warning("section-unknown", section, message, remedy);
    } else if !listed {
        findings.error("section-unknown", section, message, remedy);
    }
    if templates(section).next().is_none() && exists(section, &["entry"]) {
        findings.error(
            "template-missing",
            section,
            "Une section qui a des entrées codées ne déclare aucun modèle : aucune règle officielle ne la contrôlerait.",
            "Ajouter les templateId de la section.",
        );
    }
    if has_template(section, CHAPTER) {
        for inner in at(section, &["component", "section"]) {
            if !has_template(inner, PART) {
                findings.warning(
                    "template-missing",
                    inner,
                    "Le sous-chapitre ne déclare pas son modèle (1.3.6.1.4.1.19376.1.3.3.2.2).",
                    "Ajouter les templateId 1.3.6.1.4.1.19376.1.3.3.2.2 et 1.2.250.1.213.1.1.2.71.",
                );
            }
        }
    }
}

/// Chapters of the body and acts of the header name each other (cr-bio §4.5).
fn acts<'d>(root: Node<'d>, sections: &[Node<'d>], findings: &mut Findings<'_>) {
    let declared: Vec<&str> = at(root, &["documentationOf", "serviceEvent", "code"])
        .into_iter()
        .filter_map(|code| attr(code, "code"))
        .collect();
    let chapters: Vec<(Node<'d>, &str)> = sections
        .iter()
        .filter(|one| has_template(**one, CHAPTER))
        .filter_map(|one| Some((*one, attr(child(*one, "code")?, "code")?)))
        .collect();
    for (section, code) in &chapters {
        if !declared.contains(code) {
            findings.warning(
                "act-of-chapter",
                *section,
                format!("Le chapitre {code} n'a pas d'acte (documentationOf) dans l'en-tête."),
                "Ajouter documentationOf/serviceEvent/code avec le code du chapitre.",
            );
        }
        if !terms::holds(terms::CHAPTER, code) {
            findings.warning(
                "chapter-code",
                *section,
                format!("{code} n'est pas un code de chapitre connu."),
                "Prendre le code dans les chapitres LOINC du circuit de la biologie.",
            );
        }
    }
    if let (Some((section, code)), Some(first)) = (chapters.first(), declared.first())
        && code != first
        && declared.contains(code)
    {
        findings.warning(
            "main-act",
            *section,
            format!("L'acte principal ({first}) n'est pas celui du premier chapitre ({code})."),
            "Mettre l'acte du premier chapitre en tête des documentationOf.",
        );
    }
}

/// Elements of a chapter that no rule would look at (cr-bio §11.6).
fn untemplated<'d>(section: Node<'d>, findings: &mut Findings<'_>) {
    let missing = |node: Node<'d>, roots: &str, what: &str, findings: &mut Findings<'_>| {
        findings.error(
            "template-missing",
            node,
            format!("{what} sans templateId {roots} : aucune règle officielle ne le contrôlerait."),
            format!("Ajouter templateId root=\"{roots}\"."),
        );
    };
    for entry in children(section, "entry") {
        if !has_template(entry, PALM) {
            let on_act = children(entry, "act").any(|act| has_template(act, PALM));
            let what = if on_act {
                "Entrée de résultats (le modèle est sur act au lieu de entry)"
            } else {
                "Entrée de résultats"
            };
            missing(entry, PALM, what, findings);
        }
        for node in entry.descendants().filter(Node::is_element) {
            let Some(parent) = node.parent_element() else {
                continue;
            };
            if attr(parent, "typeCode") == Some("REFR") {
                continue;
            }
            let above = parent
                .parent_element()
                .map_or("", |one| one.tag_name().name());
            let modelled = |ends: &[&str]| {
                templates(node).any(|one| {
                    one.strip_prefix(PALM)
                        .is_some_and(|end| ends.contains(&end))
                })
            };
            match node.tag_name().name() {
                "organizer" if !modelled(&[".4", ".5"]) => {
                    missing(
                        node,
                        "1.3.6.1.4.1.19376.1.3.1.4",
                        "Batterie ou isolat",
                        findings,
                    );
                }
                "procedure" if !modelled(&[".2"]) => {
                    missing(node, "1.3.6.1.4.1.19376.1.3.1.2", "Prélèvement", findings);
                }
                "observation"
                    if (is(parent, "component") || above == "act") && !modelled(&[".6"]) =>
                {
                    missing(node, "1.3.6.1.4.1.19376.1.3.1.6", "Résultat", findings);
                }
                _ => {}
            }
        }
    }
}

/// Sections that a templateId makes what they are.
pub(super) fn modelled(node: Node<'_>, template: &str, findings: &mut Findings<'_>) {
    match template {
        CHAPTER => chapter(node, findings),
        PART => part(node, findings),
        COMMENTS => comments(node, findings),
        SECOND_LINE => {
            be_section(node, findings);
            needs_code(node, "101792-0", false, findings);
            if child(node, "code").is_none() {
                findings.error(
                    "second-line",
                    node,
                    "La section des résultats de seconde intention n'a pas de code.",
                    "Ajouter code=\"101792-0\" de LOINC.",
                );
            }
            needs_text(node, findings);
        }
        PDF_COPY => pdf_copy(node, findings),
        other => foreign(node, other, findings),
    }
}

/// A model of another document: its own official rules would be tested, which the gate does not know.
fn foreign(node: Node<'_>, template: &str, findings: &mut Findings<'_>) {
    if !terms::holds(terms::FOREIGN, template) {
        return;
    }
    let mut above = node.ancestors().filter(|one| is(*one, "section"));
    let results = above
        .clone()
        .any(|one| has_template(one, CHAPTER) || has_template(one, PART));
    let message = format!("{template} est le modèle d'un autre document que le CR-BIO.");
    let remedy = "Retirer ce templateId, ou le corriger.";
    if results || above.next().is_none() {
        findings.error("template-foreign", node, message, remedy);
    } else {
        findings.warning("template-foreign", node, message, remedy);
    }
}

fn be_section(node: Node<'_>, findings: &mut Findings<'_>) {
    let beside = node
        .parent_element()
        .is_some_and(|parent| child(parent, "section").is_some());
    if !beside {
        findings.error(
            "template-place",
            node,
            "Le modèle d'une section est déclaré ailleurs que sur une section.",
            "Déplacer ce templateId sur l'élément section.",
        );
    }
}

fn needs_text(node: Node<'_>, findings: &mut Findings<'_>) {
    if child(node, "text").is_none() {
        findings.error(
            "section-text",
            node,
            "La section n'a pas de texte.",
            "Ajouter l'élément text.",
        );
    }
}

fn needs_code(node: Node<'_>, code: &str, official: bool, findings: &mut Findings<'_>) {
    let right =
        child_is(node, "code", "code", code) && child_is(node, "code", "codeSystem", terms::LOINC);
    if right {
        return;
    }
    let at = child(node, "code").unwrap_or(node);
    let message = format!("Le code de la section n'est pas {code} de LOINC.");
    let remedy = format!("Écrire code=\"{code}\" codeSystem=\"2.16.840.1.113883.6.1\".");
    if official {
        findings.error("section-code", at, message, remedy);
    } else {
        findings.warning("section-code", at, message, remedy);
    }
}

fn chapter(node: Node<'_>, findings: &mut Findings<'_>) {
    let has = |name| child(node, name).is_some();
    let alone = has("text") && children(node, "entry").count() == 1 && !has("component");
    let divided = !has("text") && !has("entry") && has("component");
    if !alone && !divided {
        findings.error(
            "chapter-content",
            node,
            "Un chapitre a soit un texte et une seule entrée, soit des sous-chapitres et rien d'autre.",
            "Mettre tous les examens du chapitre sous une entrée, ou les répartir en sous-chapitres.",
        );
    }
    speciality(node, findings);
    titled(node, "1.2.250.1.213.1.1.2.70", findings);
}

fn part(node: Node<'_>, findings: &mut Findings<'_>) {
    be_section(node, findings);
    if child(node, "text").is_none() || children(node, "entry").count() != 1 {
        findings.error(
            "part-content",
            node,
            "Un sous-chapitre a un texte et une seule entrée.",
            "Mettre tous les examens du sous-chapitre sous une entrée.",
        );
    }
    let loinc = child_is(node, "code", "codeSystem", terms::LOINC);
    if !loinc && children(node, "code").any(|code| attr(code, "code").is_some()) {
        findings.error(
            "section-code",
            child(node, "code").unwrap_or(node),
            "Le code d'un sous-chapitre est un code LOINC.",
            "Reprendre le code du chapitre, ou laisser code sans @code.",
        );
    }
    titled(node, "1.2.250.1.213.1.1.2.71", findings);
}

fn speciality(node: Node<'_>, findings: &mut Findings<'_>) {
    match child(node, "code") {
        None => findings.warning(
            "section-code",
            node,
            "Le chapitre n'a pas de code.",
            "Ajouter le code LOINC du chapitre.",
        ),
        Some(code) if attr(code, "codeSystem") != Some(terms::LOINC) => findings.warning(
            "section-code",
            code,
            "Le code d'un chapitre est un code LOINC.",
            "Prendre le code dans les chapitres LOINC du circuit de la biologie.",
        ),
        Some(_) => {}
    }
}

fn titled(node: Node<'_>, french: &str, findings: &mut Findings<'_>) {
    if !has_template(node, french) {
        findings.warning(
            "template-french",
            node,
            format!("La section ne déclare pas le modèle français {french}."),
            format!("Ajouter templateId root=\"{french}\"."),
        );
    }
    if children(node, "title").any(|title| text_of(title).trim().is_empty()) {
        findings.warning(
            "section-title",
            node,
            "Le titre de la section est vide.",
            "Écrire le titre du chapitre, ou retirer l'élément.",
        );
    }
}

fn comments(node: Node<'_>, findings: &mut Findings<'_>) {
    be_section(node, findings);
    if !has_template(node, "2.16.840.1.113883.10.12.201") {
        findings.error(
            "comment-section",
            node,
            "Le templateId 2.16.840.1.113883.10.12.201 manque à la section de commentaire.",
            "L'ajouter.",
        );
    }
    if children(node, "id").count() > 1 {
        findings.error(
            "comment-section",
            node,
            "La section de commentaire a plusieurs identifiants.",
            "N'en garder qu'un.",
        );
    }
    needs_code(node, "55112-7", true, findings);
    if child(node, "text").is_none() {
        findings.warning(
            "section-text",
            node,
            "La section de commentaire n'a pas de texte.",
            "Ajouter l'élément text.",
        );
    }
}

fn pdf_copy(node: Node<'_>, findings: &mut Findings<'_>) {
    be_section(node, findings);
    needs_text(node, findings);
    if !children(node, "title").any(|title| text_of(title) == "Copie du document") {
        findings.error(
            "pdf-copy",
            child(node, "title").unwrap_or(node),
            "Le titre de la section n'est pas exactement « Copie du document ».",
            "Écrire ce titre.",
        );
    }
    needs_code(node, "55108-5", true, findings);
    let root = node.document().root_element();
    let somewhere = root.descendants().any(|one| has_template(one, ATTACHED));
    let here = node.descendants().any(|one| has_template(one, ATTACHED));
    if !here {
        let message =
            "La copie du document n'a pas d'entrée FR-Document-attache (1.2.250.1.213.1.1.3.18).";
        let remedy = "Ajouter l'organizer de ce modèle, avec le PDF.";
        if somewhere {
            findings.warning("pdf-copy", node, message, remedy);
        } else {
            findings.error("pdf-copy", node, message, remedy);
        }
    }
    if elements(node).all(|one| !is(one, "entry")) {
        findings.error(
            "pdf-copy",
            node,
            "La copie du document n'a pas d'entrée.",
            "Ajouter entry avec le PDF.",
        );
    }
}
