//! The command `lisiere-analyzer`: one simulated analyzer of any profile, for a person at a terminal.

mod answer;
mod arguments;
mod play;
mod table;

use std::process::ExitCode;

use anyhow::{Context, Result};
use lisiere_driver::{Driver, Library};

use crate::repertoire::{Purpose, Repertoire, all};
use arguments::{HELP, Session, Wish};

const USAGE: u8 = 2;

/// Runs the command.
pub fn main() -> ExitCode {
    let library = match Library::builtin() {
        Ok(library) => library,
        Err(error) => return failed(&error.into()),
    };
    let known: Vec<&str> = library.drivers().iter().map(Driver::id).collect();
    match arguments::read(std::env::args().skip(1), &known) {
        Ok(Wish::Help) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Wish::List) => {
            list(&library).map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
        }
        Ok(Wish::Play(session)) => match run(&library, &session) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => failed(&error),
        },
        Err(mistakes) => {
            for mistake in mistakes {
                eprintln!("lisiere-analyzer : {mistake}");
            }
            eprintln!("  aide : lisiere-analyzer --help");
            ExitCode::from(USAGE)
        }
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("lisiere-analyzer : {error:#}");
    ExitCode::FAILURE
}

fn run(library: &Library, session: &Session) -> Result<bool> {
    let repertoire = Repertoire::of(library, &session.profile)?;
    let runtime = tokio::runtime::Runtime::new().context("starting a runtime")?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = play::play(session, repertoire) => outcome,
            _ = tokio::signal::ctrl_c() => anyhow::bail!("interrompu"),
        }
    })?;
    outcome.print(&session.profile);
    Ok(outcome.good())
}

fn list(library: &Library) -> Result<()> {
    println!(
        "{:<30} {:<12} {:>9} {:>9} {:>9}  automate",
        "pilote", "liaison", "résultats", "contrôles", "questions"
    );
    for repertoire in all(library)? {
        let profile = repertoire.driver().profile();
        println!(
            "{:<30} {:<12} {:>9} {:>9} {:>9}  {} {}",
            profile.id,
            repertoire.link().kind.word(),
            repertoire.count(Purpose::Results),
            repertoire.count(Purpose::Control),
            repertoire.count(Purpose::Question),
            profile.maker,
            profile.model,
        );
    }
    Ok(())
}
