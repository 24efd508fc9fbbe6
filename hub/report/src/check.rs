//! Says, before anything is written, why a report would not conform, where, and what to do about it.

mod annex;
mod content;
mod item;
mod people;
mod unit;

use lisiere_model::report::{Report, ReportStatus};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document may be written; somebody should know.
    Warning,
    /// The document must not be written.
    Error,
}

/// One thing that is wrong with a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable name of the rule.
    pub rule: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// Where, as a path into `report.json`: `/chapters/0/parts/1`.
    pub path: String,
    /// What is wrong, in French.
    pub message: String,
    /// What to do, in French.
    pub remedy: String,
}

/// Collects findings.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn error(&mut self, rule: &'static str, path: &str, message: impl Into<String>, remedy: &str) {
        self.add(rule, Severity::Error, path, message.into(), remedy);
    }

    fn warning(
        &mut self,
        rule: &'static str,
        path: &str,
        message: impl Into<String>,
        remedy: &str,
    ) {
        self.add(rule, Severity::Warning, path, message.into(), remedy);
    }

    fn add(
        &mut self,
        rule: &'static str,
        severity: Severity,
        path: &str,
        message: String,
        remedy: &str,
    ) {
        let (path, remedy) = (path.to_owned(), remedy.to_owned());
        self.0.push(Finding {
            rule,
            severity,
            path,
            message,
            remedy,
        });
    }

    /// An error unless `text` holds something.
    fn present(&mut self, rule: &'static str, path: &str, text: &str, what: &str, remedy: &str) {
        if text.trim().is_empty() {
            self.error(rule, path, format!("{what} : absent."), remedy);
        }
    }
}

/// Everything that is wrong with a report, errors first.
pub fn check(report: &Report) -> Vec<Finding> {
    let mut findings = Findings::default();
    versions(report, &mut findings);
    people::check(report, &mut findings);
    content::check(report, &mut findings);
    annex::check(report, &mut findings);
    let mut all = findings.0;
    all.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    all
}

fn versions(report: &Report, findings: &mut Findings) {
    if report.version == 0 {
        findings.error(
            "version",
            "/version",
            "Le numéro de version est 0.",
            "Numéroter les versions à partir de 1.",
        );
    }
    if report.version > 1 && report.replaces.is_none() {
        findings.error(
            "replacement",
            "/replaces",
            "Une version supérieure à 1 doit dire laquelle elle remplace.",
            "Renseigner replaces.id avec l'identifiant de la version précédente.",
        );
    }
    // Some producers split an identifier: then the halves together tell versions apart.
    let header = &report.header;
    let own = (&report.id, header.id_extension.as_deref());
    let series = (&report.set_id, header.set_id_extension.as_deref());
    if own == series {
        findings.error(
            "set-id",
            "/set_id",
            "L'identifiant du document et celui de la série sont les mêmes.",
            "Donner à chaque version son propre identifiant.",
        );
    }
    if let Some(replaced) = &report.replaces {
        if report.version < 2 {
            findings.error(
                "replacement",
                "/version",
                "Un document qui en remplace un autre porte une version supérieure à 1.",
                "Incrémenter version.",
            );
        }
        let before = (&replaced.id, replaced.extension.as_deref());
        if before == own || before == series {
            findings.error(
                "replacement",
                "/replaces/id",
                "La version remplacée est désignée par l'identifiant de ce document ou de la série.",
                "Indiquer l'identifiant propre de la version précédente.",
            );
        }
    }
    state(report, findings);
    times(report, findings);
}

/// What the state of a report asks of the rest.
fn state(report: &Report, findings: &mut Findings) {
    if report.status == ReportStatus::Corrected && report.replaces.is_none() {
        findings.error(
            "correction",
            "/status",
            "Un compte rendu rectificatif doit dire quelle version il remplace.",
            "Renseigner replaces, ou passer le statut à « final ».",
        );
    }
    if report.status == ReportStatus::Withdrawn {
        let reason = report
            .replaces
            .as_ref()
            .and_then(|replaced| replaced.reason.as_deref());
        findings.present(
            "withdrawal",
            "/replaces/reason",
            reason.unwrap_or_default(),
            "Motif de l'annulation",
            "Renseigner replaces avec la version annulée et le motif.",
        );
    }
    for (path, id) in [("/id", &report.id), ("/set_id", &report.set_id)] {
        if id.is_uuid() {
            findings.error(
                "document-id",
                path,
                "L'identifiant d'un document est un OID, pas un UUID.",
                "Écrire 2.25. suivi du nombre que vaut l'UUID.",
            );
        }
    }
}

fn times(report: &Report, findings: &mut Findings) {
    if report.received_at > report.created_at {
        findings.error(
            "times",
            "/received_at",
            "La réception est postérieure à l'édition.",
            "Vérifier les heures et leur décalage.",
        );
    }
    if report.encounter.started_at > report.created_at {
        findings.error(
            "times",
            "/encounter/started_at",
            "Le début de la prise en charge est postérieur à l'édition.",
            "Vérifier les heures et leur décalage.",
        );
    }
}
