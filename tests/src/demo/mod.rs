//! `cargo demo`: the whole product on one machine, as real processes, with three simulated analyzers and a dozen
//! fictitious patients.

mod cast;
mod show;
mod stage;
mod table;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::Parser;

use crate::workspace;

/// Shows the whole product on this machine, with simulated analyzers and fictitious patients.
#[derive(Debug, Parser)]
#[command(name = "cargo demo")]
struct Arguments {
    /// Runs unattended: results flow, are reviewed and signed through the web pages, reports are written; then ends.
    #[arg(long, requires = "out")]
    once: bool,
    /// Where `--once` writes the reports: OUT/<report id>/{n3.xml,n1.xml,report.pdf}.
    #[arg(long, value_name = "DIR", requires = "once")]
    out: Option<PathBuf>,
    /// Speed of the analyzers' serial lines.
    #[arg(long, default_value_t = 9600)]
    baud: u32,
}

/// Runs the demo.
pub fn main() -> ExitCode {
    match demo(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn demo(arguments: &Arguments) -> Result<bool> {
    println!("building lisiere-hub and lisiere-appliance (a few minutes the first time)…");
    workspace::build()?;
    let folder = workspace::target()?.join("demo");
    let runtime = tokio::runtime::Runtime::new().context("starting a runtime")?;
    runtime.block_on(async {
        match &arguments.out {
            Some(out) if arguments.once => show::once(&folder, out, arguments.baud).await,
            _ => show::until_interrupted(&folder, arguments.baud)
                .await
                .map(|()| true),
        }
    })
}
