//! The sections of the structured body: chapters, remarks, annexes, the PDF copy.

use lisiere_model::LoincCode;
use lisiere_model::report::{
    Binary, Chapter, Coded, Part, Progress, Recommendation, Remark, SecondLine, SectionCode,
};

use super::narrative::base64;
use super::reader::Reader;
use super::words;
use crate::cda::vocabulary::{CHAPTER, LOINC, PDF_COPY, REMARK};
use crate::gate::context::{Node, attr, child, children, elements, has_template, is, text_of};

const SECOND_LINE: &str = "1.2.250.1.213.1.1.2.60";
const RECOMMENDATION: &str = "1.2.250.1.213.1.1.2.128";
const VACCINATIONS: &str = "1.2.250.1.213.1.1.2.147";

/// What the body holds.
#[derive(Default)]
pub(super) struct Body {
    pub(super) chapters: Vec<Chapter>,
    pub(super) remarks: Vec<Remark>,
    pub(super) second_line: Vec<SecondLine>,
    pub(super) recommendation: Option<Recommendation>,
    pub(super) vaccinations: Vec<lisiere_model::report::Vaccination>,
    pub(super) pdf: Option<Vec<u8>>,
}

impl<'d> Reader<'_, 'd> {
    /// The body, whatever its form.
    pub(super) fn body(&self, root: Node<'d>, usual: Progress) -> Body {
        let mut body = Body::default();
        for node in children(root, "component").flat_map(elements) {
            if is(node, "nonXMLBody") {
                if let Some(text) = child(node, "text") {
                    self.take(text);
                    body.pdf = self.alone(text);
                }
            } else if is(node, "structuredBody") {
                for section in children(node, "component").flat_map(|one| children(one, "section"))
                {
                    self.section(section, usual, &mut body);
                }
            }
        }
        body
    }

    /// The PDF that is the whole body.
    fn alone(&self, text: Node<'d>) -> Option<Vec<u8>> {
        let kind = attr(text, "mediaType").unwrap_or("text/plain").trim();
        if !kind.eq_ignore_ascii_case("application/pdf") {
            return None;
        }
        let bytes = base64(&text_of(text)).filter(|bytes| bytes.starts_with(b"%PDF"));
        if bytes.is_none() {
            self.obstacle(
                "reading-pdf",
                text,
                "Le corps du document n'est pas un PDF lisible.",
            );
        }
        bytes
    }

    fn section(&self, section: Node<'d>, usual: Progress, body: &mut Body) {
        let code = child(section, "code").and_then(|code| self.taken(code, "code"));
        let title = child(section, "title").map_or_else(String::new, words::line_of);
        let text = || child(section, "text").map_or_else(String::new, words::lines_of);
        self.ids(section);
        if has_template(section, PDF_COPY) || code == Some("55108-5") {
            body.pdf = self.attached(section).map(|(bytes, _)| bytes);
            // Templates, codes and references of the copy are always the same.
            children(section, "entry").for_each(|entry| self.take_all(entry));
        } else if has_template(section, SECOND_LINE) || code == Some("101792-0") {
            let attached = self.attached(section);
            children(section, "entry").for_each(|entry| self.take_all(entry));
            let (pdf, id) =
                attached.map_or((None, None), |(bytes, id)| (Some(Binary::new(bytes)), id));
            body.second_line.push(SecondLine {
                title,
                text: text(),
                laboratory: None,
                at: None,
                kind: None,
                pdf,
                id,
            });
        } else if REMARK
            .iter()
            .skip(1)
            .any(|template| has_template(section, template))
            || code == Some("55112-7")
        {
            let text = text();
            if !text.is_empty() {
                let title = if title.is_empty() {
                    "Commentaire".to_owned()
                } else {
                    title
                };
                body.remarks.push(Remark { title, text });
            }
        } else if has_template(section, RECOMMENDATION) {
            body.recommendation = Some(self.recommendation(section, text()));
        } else if has_template(section, VACCINATIONS) {
            body.vaccinations.extend(self.vaccinations(section));
        } else {
            if !CHAPTER
                .iter()
                .any(|template| has_template(section, template))
            {
                self.remark(
                    "reading-section",
                    section,
                    "Section d'un modèle inconnu, lue comme un chapitre.",
                );
            }
            body.chapters.extend(self.chapter(section, title, usual));
        }
    }

    /// Identifiers of sections: ours are made anew with each version.
    fn ids(&self, section: Node<'d>) {
        self.take_each(section, "id");
    }

    fn chapter(&self, section: Node<'d>, title: String, usual: Progress) -> Option<Chapter> {
        let inner: Vec<Node<'d>> = children(section, "component")
            .flat_map(|one| children(one, "section"))
            .collect();
        let mut parts: Vec<Part> = Vec::new();
        if inner.is_empty() || children(section, "entry").next().is_some() {
            parts.push(self.part(section, usual));
        }
        for sub in &inner {
            self.ids(*sub);
            let mut part = self.part(*sub, usual);
            part.code = child(*sub, "code").and_then(|code| self.section_code(code));
            // The published examples leave the title out: the words of the code then say it.
            part.title = child(*sub, "title")
                .map(words::line_of)
                .filter(|title| !title.is_empty())
                .or_else(|| part.code.as_ref().map(|code| code.display.clone()));
            for deep in children(*sub, "component").flat_map(|one| children(one, "section")) {
                self.remark(
                    "reading-section",
                    deep,
                    "Section d'un troisième niveau, lue avec celle qui la contient.",
                );
                let more = self.part(deep, usual);
                part.items.extend(more.items);
                part.comments.extend(more.comments);
                part.specimens.extend(more.specimens);
            }
            parts.push(part);
        }
        parts.retain(|part| !part.items.is_empty() || !part.comments.is_empty());
        if parts.is_empty() {
            self.remark(
                "reading-section",
                section,
                "Section sans résultat codé : son texte n'est que dans la partie lisible.",
            );
            return None;
        }
        let found = child(section, "code").and_then(|code| self.section_code(code));
        let SectionCode { code, display } = if let Some(found) = found {
            found
        } else {
            self.obstacle(
                "reading-chapter",
                section,
                "Le chapitre n'a pas de code LOINC lisible.",
            );
            SectionCode {
                code: "26436-6".parse().ok()?,
                display: "Examens multidisciplinaires".to_owned(),
            }
        };
        let title = if title.is_empty() {
            display.clone()
        } else {
            title
        };
        Some(Chapter {
            code,
            display,
            title,
            parts,
        })
    }

    fn section_code(&self, node: Node<'d>) -> Option<SectionCode> {
        self.unread_each(node, "translation");
        let Coded {
            code,
            display,
            system,
        } = self.coded(node)?;
        let parsed = code
            .parse::<LoincCode>()
            .ok()
            .filter(|_| system.as_str() == LOINC);
        let Some(code) = parsed else {
            self.unread(node);
            return None;
        };
        Some(SectionCode { code, display })
    }
}
