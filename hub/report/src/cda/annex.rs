//! Sections beside the results: reports of other laboratories, the reason for a recommendation, vaccinations; and the PDF copy.

use lisiere_model::report::{
    Fact, Identifier, Problem, Recommendation, Report, SecondLine, Vaccination,
};

use super::anchor::{annex, annex_title, attachment, uuid};
use super::finding;
use super::vocabulary::{
    ACT_CODE, ATTACHED, ATTACHED_KIND, COMMENT, FACT, LOINC, LOINC_NAME, PDF_COPY, PROBLEM,
    PRODUCT, RANK, RECOMMENDATION, SECOND_LINE, VACCINATION, VACCINATIONS,
};
use super::xml::Xml;
use crate::display::{AnnexBlock, AnnexKind};

const OBSERVATION: [(&str, &str); 2] = [("classCode", "OBS"), ("moodCode", "EVN")];
const COPY_TITLE: &str = "copie-titre";
const COPY_PDF: &str = "copie-pdf";

/// One section beside the results; `place` is its place among them.
pub(crate) fn section(xml: &mut Xml, report: &Report, shown: &AnnexBlock, place: usize) {
    let page = Page {
        report,
        shown,
        place,
    };
    match shown.kind {
        AnnexKind::SecondLine(index) => {
            if let Some(one) = report.second_line.get(index) {
                page.second_line(xml, one);
            }
        }
        AnnexKind::Recommendation => {
            if let Some(one) = &report.recommendation {
                page.recommendation(xml, one);
            }
        }
        AnnexKind::Vaccinations => page.vaccinations(xml),
    }
}

struct Page<'r> {
    report: &'r Report,
    shown: &'r AnnexBlock,
    place: usize,
}

impl Page<'_> {
    fn id(&self, name: &str) -> String {
        uuid(
            self.report.id.as_str(),
            &format!("annex {} {name}", self.place),
        )
    }

    /// An identifier of the model, or one made for this place.
    fn identified(&self, xml: &mut Xml, own: Option<&Identifier>, name: &str) {
        match own {
            Some(id) => xml.identifier(id),
            None => xml.empty("id", &[("root", &self.id(name))]),
        }
    }

    fn head(&self, xml: &mut Xml, code: (&str, &str)) {
        xml.empty("id", &[("root", &self.id("section"))]);
        xml.loinc(code.0, code.1, None);
        xml.leaf("title", &[], &self.shown.title);
    }

    fn text(&self, xml: &mut Xml, media: Option<&str>) {
        xml.within("text", &[], |xml| {
            for (line, text) in self.shown.lines.iter().enumerate() {
                let name = annex(self.place, line);
                xml.within("paragraph", &[("ID", &name)], |xml| xml.lines(text));
            }
            if let Some(media) = media {
                xml.within("paragraph", &[], |xml| {
                    let name = annex_title(self.place);
                    xml.leaf("content", &[("ID", &name)], &self.shown.title);
                    xml.empty("br", &[]);
                    xml.empty("renderMultiMedia", &[("referencedObject", media)]);
                });
            }
        });
    }

    /// FR-Resultats-de-laboratoire-de-biologie-de-seconde-intention (cr-bio §6.8).
    fn second_line(&self, xml: &mut Xml, one: &SecondLine) {
        let media = attachment(self.place);
        xml.templates(&[SECOND_LINE]);
        let display = "Résultats de laboratoire de biologie de seconde intention";
        self.head(xml, ("101792-0", display));
        self.text(xml, one.pdf.as_ref().map(|_| media.as_str()));
        let Some(pdf) = &one.pdf else { return };
        let kind = one
            .kind
            .as_ref()
            .map_or(["11502-2", "CR d'examens biologiques", LOINC], |kind| {
                [&kind.code, &kind.display, kind.system.as_str()]
            });
        xml.within("entry", &[], |xml| {
            attached(
                xml,
                |xml| self.identified(xml, one.id.as_ref(), "document"),
                &self.id("kind"),
                &annex_title(self.place),
                kind,
                &media,
                pdf.as_bytes(),
            );
        });
    }

    /// FR-Raison-de-la-recommandation, IHE PCC Coded Reason for Referral.
    fn recommendation(&self, xml: &mut Xml, one: &Recommendation) {
        xml.templates(&RECOMMENDATION);
        self.head(xml, ("42349-1", "Raison de la recommandation"));
        self.text(xml, None);
        // The first line is the text, then facts and problems follow in their order.
        for (index, fact) in one.facts.iter().enumerate() {
            let line = annex(self.place, 1 + index);
            xml.within("entry", &[], |xml| self.fact(xml, fact, &line));
        }
        for (index, problem) in one.problems.iter().enumerate() {
            let line = annex(self.place, 1 + one.facts.len() + index);
            xml.within("entry", &[], |xml| self.problem(xml, problem, &line));
        }
    }

    fn fact(&self, xml: &mut Xml, fact: &Fact, line: &str) {
        xml.within("observation", &OBSERVATION, |xml| {
            xml.templates(&FACT);
            self.identified(xml, fact.id.as_ref(), line);
            xml.coded_at("code", &fact.code, Some(line));
            xml.within("text", &[], |xml| xml.reference(line));
            xml.empty("statusCode", &[("code", "completed")]);
            match fact.at {
                Some(at) => xml.time("effectiveTime", at),
                None => xml.empty("effectiveTime", &[("nullFlavor", "UNK")]),
            }
            if let Some(value) = &fact.value {
                finding::value(xml, value, &[], line);
            }
        });
    }

    fn problem(&self, xml: &mut Xml, problem: &Problem, line: &str) {
        xml.within("observation", &OBSERVATION, |xml| {
            xml.templates(&PROBLEM);
            self.identified(xml, problem.id.as_ref(), line);
            xml.coded("code", &problem.kind);
            xml.within("text", &[], |xml| xml.reference(line));
            xml.empty("statusCode", &[("code", "completed")]);
            xml.within("effectiveTime", &[], |xml| match problem.since {
                Some(since) => xml.time("low", since),
                None => xml.empty("low", &[("nullFlavor", "UNK")]),
            });
            match &problem.value {
                Some(value) => xml.code_system(value, |xml, code| {
                    let attributes = [&[("xsi:type", "CD")], code].concat();
                    xml.within("value", &attributes, |xml| xml.original(line));
                }),
                None => xml.within("value", &[("xsi:type", "CD")], |xml| xml.original(line)),
            }
        });
    }

    /// FR-Vaccinations, IHE PCC Immunizations.
    fn vaccinations(&self, xml: &mut Xml) {
        xml.templates(&VACCINATIONS);
        self.head(xml, ("11369-6", "Historique des vaccinations"));
        self.text(xml, None);
        for (index, one) in self.report.vaccinations.iter().enumerate() {
            let line = annex(self.place, index);
            xml.within("entry", &[], |xml| self.vaccination(xml, one, &line));
        }
    }

    fn vaccination(&self, xml: &mut Xml, one: &Vaccination, line: &str) {
        let attributes = [
            ("classCode", "SBADM"),
            ("moodCode", "EVN"),
            ("negationInd", if one.done { "false" } else { "true" }),
        ];
        xml.within("substanceAdministration", &attributes, |xml| {
            xml.templates(&VACCINATION);
            self.identified(xml, one.id.as_ref(), line);
            if let Some(kind) = &one.kind {
                xml.coded("code", kind);
            } else {
                let attributes = [
                    ("code", "IMMUNIZ"),
                    ("displayName", "Vaccination sans autre précision"),
                    ("codeSystem", ACT_CODE),
                ];
                xml.empty("code", &attributes);
            }
            xml.within("text", &[], |xml| xml.reference(line));
            xml.empty("statusCode", &[("code", "completed")]);
            match one.on {
                Some(on) => xml.day("effectiveTime", on),
                None => xml.empty("effectiveTime", &[("nullFlavor", "UNK")]),
            }
            xml.within("consumable", &[("typeCode", "CSM")], |xml| {
                xml.within("manufacturedProduct", &[("classCode", "MANU")], |xml| {
                    xml.templates(&PRODUCT);
                    xml.within("manufacturedMaterial", &[], |xml| product(xml, one, line));
                });
            });
            if let Some(rank) = one.rank {
                self.rank(xml, rank, line);
            }
            if one.comment.is_some() {
                let attributes = [("typeCode", "SUBJ"), ("inversionInd", "true")];
                xml.within("entryRelationship", &attributes, |xml| comment(xml, line));
            }
        });
    }

    fn rank(&self, xml: &mut Xml, rank: u32, line: &str) {
        xml.within("entryRelationship", &[("typeCode", "SUBJ")], |xml| {
            xml.within("observation", &OBSERVATION, |xml| {
                xml.templates(&RANK);
                self.identified(xml, None, &format!("{line} rank"));
                xml.loinc("30973-2", "Rang de la vaccination", None);
                xml.empty("statusCode", &[("code", "completed")]);
                let value = rank.to_string();
                xml.empty("value", &[("xsi:type", "INT"), ("value", &value)]);
            });
        });
    }
}

fn product(xml: &mut Xml, one: &Vaccination, line: &str) {
    match &one.product {
        Some(product) => xml.coded_at("code", product, Some(line)),
        None => xml.within("code", &[("nullFlavor", "UNK")], |xml| xml.original(line)),
    }
    xml.leaf("name", &[], &one.label);
    if let Some(lot) = &one.lot {
        xml.leaf("lotNumberText", &[], lot);
    }
}

fn comment(xml: &mut Xml, line: &str) {
    xml.within("act", &[("classCode", "ACT"), ("moodCode", "EVN")], |xml| {
        xml.templates(&COMMENT);
        xml.loinc("48767-8", "Commentaire", None);
        xml.within("text", &[], |xml| xml.reference(line));
        xml.empty("statusCode", &[("code", "completed")]);
    });
}

/// FR-Document-PDF-copie (cr-bio §6.11).
pub(crate) fn copy(xml: &mut Xml, report: &Report, pdf: &[u8]) {
    let id = |name: &str| uuid(report.id.as_str(), name);
    xml.templates(&[PDF_COPY]);
    xml.empty("id", &[("root", &id("copy section"))]);
    xml.loinc("55108-5", "Copie du document", None);
    xml.leaf("title", &[], "Copie du document");
    xml.within("text", &[], |xml| {
        xml.leaf("content", &[("ID", COPY_TITLE)], "Copie PDF du document");
        xml.empty("br", &[]);
        xml.empty("renderMultiMedia", &[("referencedObject", COPY_PDF)]);
    });
    xml.within("entry", &[], |xml| {
        attached(
            xml,
            |xml| xml.empty("id", &[("root", &id("copy"))]),
            &id("copy kind"),
            COPY_TITLE,
            ["55108-5", "Copie du document", LOINC],
            COPY_PDF,
            pdf,
        );
    });
}

/// FR-Document-attache: a PDF, and what kind of document it is (code, words, code system).
fn attached(
    xml: &mut Xml,
    id: impl FnOnce(&mut Xml),
    kind_id: &str,
    title: &str,
    kind: [&str; 3],
    media: &str,
    pdf: &[u8],
) {
    let cluster = [("classCode", "CLUSTER"), ("moodCode", "EVN")];
    xml.within("organizer", &cluster, |xml| {
        xml.templates(&[ATTACHED]);
        id(xml);
        xml.loinc("55107-7", "Document attaché", None);
        xml.empty("statusCode", &[("code", "completed")]);
        xml.within("component", &[], |xml| {
            xml.within("observation", &OBSERVATION, |xml| {
                xml.templates(&ATTACHED_KIND);
                xml.empty("id", &[("root", kind_id)]);
                xml.loinc("69764-9", "Type de document", None);
                xml.within("text", &[], |xml| xml.reference(title));
                xml.empty("statusCode", &[("code", "completed")]);
                xml.empty("effectiveTime", &[("nullFlavor", "NA")]);
                let [code, display, system] = kind;
                let mut attributes = vec![
                    ("xsi:type", "CD"),
                    ("code", code),
                    ("displayName", display),
                    ("codeSystem", system),
                ];
                if system == LOINC {
                    attributes.push(("codeSystemName", LOINC_NAME));
                }
                xml.empty("value", &attributes);
            });
        });
        xml.within("component", &[], |xml| {
            let [class, mood] = OBSERVATION;
            xml.within("observationMedia", &[class, mood, ("ID", media)], |xml| {
                let attributes = [("mediaType", "application/pdf"), ("representation", "B64")];
                xml.encoded("value", &attributes, pdf);
            });
        });
    });
}
