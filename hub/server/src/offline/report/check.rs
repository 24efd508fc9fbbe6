//! `lisiere-hub report check`: says of CDA documents, whoever made them, what in them would not conform, for people or as JSON.

use std::path::PathBuf;
use std::process::ExitCode;

use lisiere_report::gate::{self, Form, Verdict};
use lisiere_report::{Finding, Severity};
use serde::Serialize;

use super::read;

/// A file could not be read; clap ends with the same code when the command itself is mistaken.
const UNREADABLE: u8 = 2;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(
        required = true,
        value_name = "FICHIER",
        help = "Documents CDA ; « - » pour l'entrée standard"
    )]
    files: Vec<PathBuf>,
    #[arg(long, help = "Écrire le verdict en JSON sur la sortie standard")]
    json: bool,
}

/// What is said of one file.
#[derive(Serialize)]
struct Told {
    file: String,
    /// False when the gate found an error, or when there was nothing to check.
    passes: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'static str>,
    signed: bool,
    errors: usize,
    warnings: usize,
    findings: Vec<ToldFinding>,
    /// Why the file could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

#[derive(Serialize)]
struct ToldFinding {
    severity: &'static str,
    rule: &'static str,
    path: String,
    message: String,
    remedy: String,
}

/// Checks every file. 0: all pass; 1: an error in one at least; 2: one at least could not be read.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let all: Vec<Told> = arguments
        .files
        .iter()
        .map(|path| {
            let file = path.display().to_string();
            match read(path) {
                Ok(bytes) => Told::of(file, gate::check_document(&bytes)),
                Err(error) => Told::unreadable(file, format!("{error:#}")),
            }
        })
        .collect();
    if arguments.json {
        match serde_json::to_string_pretty(&all) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("lisiere-hub : verdict en JSON : {error}"),
        }
    } else {
        all.iter().for_each(Told::print);
    }
    if all.iter().any(|one| one.unreadable.is_some()) {
        ExitCode::from(UNREADABLE)
    } else if all.iter().any(|one| !one.passes) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

impl Told {
    fn of(file: String, verdict: Verdict) -> Self {
        let count = |severity| {
            let same = |finding: &&Finding| finding.severity == severity;
            verdict.findings.iter().filter(same).count()
        };
        Self {
            file,
            passes: verdict.passes(),
            form: verdict.form.map(form),
            signed: verdict.signed,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            findings: verdict.findings.into_iter().map(ToldFinding::of).collect(),
            unreadable: None,
        }
    }

    fn unreadable(file: String, why: String) -> Self {
        Self {
            file,
            passes: false,
            form: None,
            signed: false,
            errors: 0,
            warnings: 0,
            findings: Vec::new(),
            unreadable: Some(why),
        }
    }

    fn print(&self) {
        let file = &self.file;
        if let Some(why) = &self.unreadable {
            eprintln!("{file} : illisible : {why}");
            return;
        }
        let signed = if self.signed {
            ", signé (signature non vérifiée)"
        } else {
            ""
        };
        println!(
            "{file} : {} ({}{signed}), {}, {}",
            if self.passes { "conforme" } else { "refusé" },
            self.form.unwrap_or("forme inconnue"),
            counted(self.errors, "erreur"),
            counted(self.warnings, "avertissement"),
        );
        for finding in &self.findings {
            let kind = if finding.severity == "error" {
                "erreur"
            } else {
                "avertissement"
            };
            println!("  {kind} [{}] {}", finding.rule, finding.path);
            println!("    {}", finding.message);
            println!("    remède : {}", finding.remedy);
        }
    }
}

impl ToldFinding {
    fn of(finding: Finding) -> Self {
        Self {
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            rule: finding.rule,
            path: finding.path,
            message: finding.message,
            remedy: finding.remedy,
        }
    }
}

const fn form(form: Form) -> &'static str {
    match form {
        Form::N3 => "N3",
        Form::N1 => "N1",
        Form::AutoPresentable => "N3 auto-présentable",
    }
}

fn counted(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number > 1 { "s" } else { "" })
}
