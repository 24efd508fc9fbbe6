//! What surrounds the document: no path of the sender's disk, no stylesheet that loads anything (cr-bio §2, §9).

use super::super::context::{XSI, attr};
use super::super::{Context, Findings, Form, Node};

const XSL: &str = "http://www.w3.org/1999/XSL/Transform";

pub(super) fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let root = context.root;
    if root.attribute((XSI, "schemaLocation")).is_some() {
        findings.warning(
            "schema-location",
            root,
            "xsi:schemaLocation désigne un fichier que le destinataire n'a pas.",
            "Retirer xsi:schemaLocation du document envoyé.",
        );
    }
    let portable = context.form == Some(Form::AutoPresentable);
    let mut own = false;
    for sheet in root.document().root().children() {
        let Some(instruction) = sheet.pi().filter(|pi| pi.target == "xml-stylesheet") else {
            continue;
        };
        let href = instruction
            .value
            .and_then(|value| value.split_once("href="))
            .and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
        if href == Some("#") {
            own = true;
        } else {
            findings.warning(
                "stylesheet",
                root,
                "Le document désigne une feuille de style que le destinataire n'a pas.",
                "Retirer l'instruction xml-stylesheet, ou écrire href=\"#\" dans un auto-présentable.",
            );
        }
    }
    if portable {
        if !own {
            findings.warning(
                "stylesheet",
                root,
                "Un auto-présentable commence par <?xml-stylesheet type=\"text/xsl\" href=\"#\"?>.",
                "Ajouter cette instruction avant la racine.",
            );
        }
        loads(root.document().root_element(), context, findings);
    }
}

/// A stylesheet that shows a document loads nothing and runs nothing.
fn loads<'d>(sheet: Node<'d>, context: &Context<'d>, findings: &mut Findings<'_>) {
    let mut told = false;
    for node in sheet.descendants().filter(Node::is_element) {
        if node.ancestors().any(|one| one == context.root) {
            continue;
        }
        let name = node.tag_name();
        let outside = match (name.namespace(), name.name()) {
            (Some(XSL), "include" | "import") => Some("xsl:include ou xsl:import"),
            (Some(XSL), _) => ["select", "test", "match"]
                .iter()
                .filter_map(|one| attr(node, one))
                .any(|value| value.contains("document("))
                .then_some("document()"),
            (_, "script" | "iframe" | "object" | "embed") => Some("script ou objet externe"),
            (_, "img" | "link") => ["src", "href"]
                .iter()
                .filter_map(|one| attr(node, one))
                .any(|value| value.contains("://") || value.starts_with('.'))
                .then_some("image ou feuille externe"),
            _ => None,
        };
        if let Some(what) = outside
            && !told
        {
            told = true;
            findings.warning(
                "stylesheet-loads",
                context.root,
                format!("La feuille de style charge autre chose qu'elle-même : {what}."),
                "Retirer tout chargement externe et tout script de la feuille de style.",
            );
        }
    }
}
