//! `lisiere-hub driver`: the tools of whoever writes a driver: try it on a file, check its profile, print the schema, make a
//! test of a recording.

mod attempt;
mod fixture;
mod frames;
mod mask;
mod source;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

/// Done, with nothing left open.
const CLEAR: u8 = 0;
/// Done, and something needs a person.
const WAITING: u8 = 1;
/// Not readable, or no such driver.
const UNREADABLE: u8 = 2;

/// What can be done with drivers.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What a driver would read.
    #[command(about = "Montrer ce qu'un pilote lirait d'une capture ou d'une session enregistrée")]
    Try(Trial),
    /// Every mistake of profiles.
    #[command(about = "Vérifier un profil : toutes les erreurs, avec ligne et colonne")]
    Check {
        /// Profiles.
        #[arg(required = true, value_name = "FICHIER.toml")]
        files: Vec<PathBuf>,
    },
    /// The JSON Schema of profiles.
    #[command(about = "Afficher le schéma JSON des profils, pour les éditeurs")]
    Schema,
    /// A test made of a recording.
    #[command(
        name = "test-from",
        about = "Faire d'une capture ou d'une session un test de pilote : données personnelles masquées, sommes recalculées"
    )]
    TestFrom(Fixture),
}

/// Which driver reads.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// Nom du pilote, ou « auto » : reconnaître l'analyseur d'après le message
    #[arg(long, default_value = "auto", value_name = "PILOTE")]
    driver: String,

    /// Essayer ce profil, qui n'est pas encore dans le produit
    #[arg(long, value_name = "FICHIER.toml", conflicts_with = "driver")]
    profile: Option<PathBuf>,
}

/// What to try.
#[derive(Args, Clone, Debug)]
pub struct Trial {
    #[command(flatten)]
    which: Which,

    /// Un objet JSON par ligne, comme « lisiere-hub interpret »
    #[arg(long)]
    json: bool,

    /// Captures ou sessions (« lisiere-appliance record ») ; « - » pour l'entrée standard
    #[arg(required = true, value_name = "FICHIER")]
    files: Vec<PathBuf>,
}

/// What to make a test of.
#[derive(Args, Clone, Debug)]
pub struct Fixture {
    #[command(flatten)]
    which: Which,

    /// Dossier où écrire la capture masquée et ce qui y est lu
    #[arg(long, value_name = "DOSSIER")]
    out: PathBuf,

    /// Nom du test ; par défaut celui du fichier
    #[arg(long)]
    name: Option<String>,

    /// Numéro de tube à laisser tel quel (contrôle, mot que l'automate met à la place d'un numéro illisible) ; répétable
    #[arg(long, value_name = "TEXTE")]
    keep: Vec<String>,

    /// Capture ou session
    #[arg(value_name = "FICHIER")]
    file: PathBuf,
}

/// Runs the command and returns its exit code: 0 done, 1 something needs a person, 2 not readable.
pub fn run(command: &Command) -> ExitCode {
    let mut out = io::stdout().lock();
    let mut notes = io::stderr().lock();
    ExitCode::from(run_into(command, &mut out, &mut notes))
}

fn run_into(command: &Command, out: &mut dyn Write, notes: &mut dyn Write) -> u8 {
    match command {
        Command::Try(trial) => attempt::run(trial, out, notes),
        Command::Check { files } => check(files, out, notes),
        Command::Schema => {
            let text = serde_json::to_string_pretty(&lisiere_driver::schema()).unwrap_or_default();
            let _ = writeln!(out, "{text}");
            CLEAR
        }
        Command::TestFrom(fixture) => fixture::run(fixture, out, notes),
    }
}

fn check(files: &[PathBuf], out: &mut dyn Write, notes: &mut dyn Write) -> u8 {
    let mut worst = CLEAR;
    for path in files {
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                note(notes, &format!("{name} : {error}"));
                worst = UNREADABLE;
                continue;
            }
        };
        let mistakes = lisiere_driver::check(&name, &text);
        for mistake in &mistakes {
            note(notes, &mistake.to_string());
        }
        if mistakes.is_empty() {
            let _ = writeln!(out, "{name} : aucun défaut");
        } else {
            note(notes, &format!("{name} : {} défaut(s)", mistakes.len()));
            worst = worst.max(WAITING);
        }
    }
    worst
}

/// A reader that went away needs no note.
fn note(notes: &mut dyn Write, text: &str) {
    let _ = writeln!(notes, "{text}");
}

#[cfg(test)]
mod tests;
