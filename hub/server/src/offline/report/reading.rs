//! `lisiere-hub report read`: what a report of any producer says, for people, as `report.json`, as HTML or as its PDF.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use lisiere_report::gate::Form;
use lisiere_report::reading::{self, Incoming, IncomingResult};
use lisiere_report::{Severity, display};

use super::{read, tell};
use crate::oru;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(
        value_name = "FICHIER",
        help = "Document CDA ou message HL7 ; « - » pour l'entrée standard"
    )]
    file: PathBuf,
    #[arg(long, help = "Imprimer le compte rendu au format report.json")]
    json: bool,
    #[arg(
        long,
        value_name = "FICHIER",
        help = "Écrire la partie lisible en HTML sûr"
    )]
    html: Option<PathBuf>,
    #[arg(
        long,
        value_name = "FICHIER",
        help = "Écrire le PDF contenu dans le document"
    )]
    pdf: Option<PathBuf>,
}

/// 0: read, and all that is coded is understood; 1: not read, or not all of it understood.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let bytes = read(&arguments.file)?;
    let file = arguments.file.display();
    if oru::is_hl7(&bytes) {
        return Ok(message(&bytes, &file.to_string(), arguments.json));
    }
    let incoming = match reading::read(&bytes) {
        Ok(incoming) => incoming,
        Err(error) => {
            eprintln!("{file} : {error}");
            eprintln!("  remède : {}", error.remedy());
            return Ok(ExitCode::FAILURE);
        }
    };
    for remark in &incoming.remarks {
        let kind = match remark.severity {
            Severity::Error => "erreur",
            Severity::Warning => "remarque",
        };
        tell(kind, remark);
    }
    for unread in &incoming.unread {
        eprintln!("non repris {} : {}", unread.path, unread.content);
    }
    if let Some(path) = &arguments.html {
        save(path, incoming.narrative.to_html().as_bytes())?;
    }
    if let Some(path) = &arguments.pdf {
        match &incoming.pdf {
            Some(pdf) => save(path, pdf)?,
            None => eprintln!("{file} : aucun PDF dans ce document"),
        }
    }
    if !arguments.json {
        summary(&incoming, &file.to_string());
    } else if let Some(report) = &incoming.report {
        println!("{}", serde_json::to_string_pretty(report)?);
    }
    Ok(if incoming.is_faithful() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn save(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("écriture de {}", path.display()))
}

/// Results without the patient: the file's name says whose they are to whoever asks.
fn summary(incoming: &Incoming, file: &str) {
    let form = match incoming.form {
        Some(Form::N3) => "N3",
        Some(Form::N1) => "N1",
        Some(Form::AutoPresentable) => "auto-présentable",
        None => "de forme inconnue",
    };
    let signed = if incoming.signed {
        ", signature présente et non vérifiée"
    } else {
        ""
    };
    println!("{file} : document {form}{signed}");
    if let Some(report) = &incoming.report {
        println!(
            "  {} version {}, du {}, {}",
            report.id, report.version, report.created_at, report.laboratory.organisation.name
        );
    }
    incoming.results.iter().for_each(line);
}

fn line(one: &IncomingResult) {
    let result = &one.result;
    let unit = result.value.unit().map_or("", |unit| unit.ucum.as_str());
    let mark = result.interpretation.map_or("", |found| found.code());
    let at = one.at.map(|at| at.to_string()).unwrap_or_default();
    println!(
        "  {} | {} {unit} {mark} | {at} | {}",
        result.label,
        display::value::value(&result.value),
        one.origin.name
    );
}

fn message(bytes: &[u8], file: &str, json: bool) -> ExitCode {
    let read = oru::read(bytes);
    for remark in &read.remarks {
        eprintln!("remarque {} : {}", remark.place, remark.message);
    }
    if read.results.is_empty() {
        eprintln!("{file} : aucun résultat dans ce message");
        return ExitCode::FAILURE;
    }
    if json {
        let results: Vec<_> = read.results.iter().map(|one| &one.result).collect();
        match serde_json::to_string_pretty(&results) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("{file} : {error}"),
        }
    } else {
        read.results.iter().for_each(line);
    }
    ExitCode::SUCCESS
}
