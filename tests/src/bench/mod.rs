//! The measurements behind `cargo bench-all`: durable ingest, drain of a backlog, memory and size of the appliance.

mod backlog;
mod ingest;
mod size;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::workspace;

/// Measures the product on this machine; every figure stands beside a baseline of the same run.
#[derive(Debug, Parser)]
#[command(name = "cargo bench-all")]
struct Arguments {
    /// Messages in each measurement.
    #[arg(long, default_value_t = 100_000)]
    messages: usize,
    /// Leaves out the build of the appliance as it ships, which takes minutes.
    #[arg(long)]
    without_size: bool,
}

/// One line of the table.
#[derive(Debug, Clone)]
struct Figure {
    what: String,
    value: String,
    baseline: String,
}

impl Figure {
    fn new(what: impl Into<String>, value: impl Into<String>, baseline: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            value: value.into(),
            baseline: baseline.into(),
        }
    }
}

/// Runs all measurements.
pub fn main() -> ExitCode {
    match bench(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &Arguments) -> Result<()> {
    workspace::build()?;
    let runtime = tokio::runtime::Runtime::new().context("starting a runtime")?;
    let mut figures = Vec::new();
    runtime.block_on(async {
        figures.extend(told(ingest::measure(arguments.messages).await?));
        figures.extend(told(backlog::measure(arguments.messages).await?));
        anyhow::Ok(())
    })?;
    if !arguments.without_size {
        figures.extend(told(size::measure()?));
    }
    println!(
        "\n{:<58} {:>16}   baseline of the same run",
        "measured", "value"
    );
    told(figures);
    Ok(())
}

/// Prints figures as soon as they are known: a later measurement may fail.
fn told(figures: Vec<Figure>) -> Vec<Figure> {
    for Figure {
        what,
        value,
        baseline,
    } in &figures
    {
        println!("{what:<58} {value:>16}   {baseline}");
    }
    figures
}
