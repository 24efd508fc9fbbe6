//! The runner behind `cargo suite`: every test binary of the workspace, one after the other, with its time.

mod build;
mod run;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::{clock::Stopwatch, packages, postgres::Postgres, workspace};

/// Every test and every story, as continuous integration runs them.
#[derive(Debug, Parser)]
#[command(name = "cargo suite")]
struct Arguments {
    /// Only test binaries whose name contains this (`journey`, `lisiere-hub`…); may be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only tests whose name contains this, inside the chosen binaries.
    #[arg(long, value_name = "NAME")]
    test: Option<String>,
    /// Lists the test binaries and runs nothing.
    #[arg(long)]
    list: bool,
}

/// Runs the suite; a failure of anything is a failure of all.
pub fn main() -> ExitCode {
    match suite(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("suite: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn suite(arguments: &Arguments) -> Result<bool> {
    let whole = Stopwatch::start();
    if !arguments.list {
        packages::install(packages::ALL)?;
        workspace::build()?;
    }
    let targets = build::tests(&arguments.only)?;
    let built = whole.seconds();
    if arguments.list {
        for target in &targets {
            println!("{}", target.title());
        }
        return Ok(true);
    }
    let runtime = tokio::runtime::Runtime::new().context("starting a runtime")?;
    let postgres = runtime.block_on(Postgres::start())?;
    let mut rows = Vec::new();
    for target in &targets {
        rows.push(run::target(
            target,
            arguments.test.as_deref(),
            &postgres.server(),
        )?);
    }
    if arguments.only.is_empty() {
        rows.push(run::documentation()?);
    }
    println!(
        "\n{:<44} {:>7} {:>7} {:>9}",
        "suite", "passed", "failed", "seconds"
    );
    println!(
        "{:<44} {:>7} {:>7} {built:>9.1}",
        "packages and build", "", ""
    );
    for row in &rows {
        let mark = if row.good() { "" } else { "  FAILED" };
        println!(
            "{:<44} {:>7} {:>7} {:>9.1}{mark}",
            row.title, row.passed, row.failed, row.seconds
        );
    }
    let passed: u32 = rows.iter().map(|row| row.passed).sum();
    let failed: u32 = rows.iter().map(|row| row.failed).sum();
    let good = rows.iter().all(run::Row::good);
    println!(
        "{passed} passed, {failed} failed in {:.0} s",
        whole.seconds()
    );
    Ok(good)
}
