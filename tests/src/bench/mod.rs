//! The measurements behind `cargo bench-all`: one table, each figure beside a baseline of the same run.

mod backlog;
mod host_query;
mod ingest;
mod journal;
mod line;
mod recognition;
mod report;
mod size;
mod syntax;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::runtime::Runtime;

use crate::workspace;

/// Measures the product on this machine; every figure stands beside a baseline of the same run.
#[derive(Debug, Parser)]
#[command(name = "cargo bench-all")]
struct Arguments {
    /// Messages in each measurement that counts messages.
    #[arg(long, default_value_t = 100_000)]
    messages: usize,
    /// Only measurements whose name contains this; may be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Leaves out the build of the appliance as it ships, which takes minutes.
    #[arg(long)]
    without_size: bool,
    /// Lists the measurements and runs none.
    #[arg(long)]
    list: bool,
}

/// What a measurement has at hand.
struct Scene {
    /// For measurements that wait for processes and lines.
    runtime: Runtime,
    /// How many messages, where that is a matter of choice.
    messages: usize,
}

/// One measurement: a new one is a file of its own and a line in [`ALL`].
struct Bench {
    name: &'static str,
    what: &'static str,
    measure: fn(&Scene) -> Result<Vec<Figure>>,
}

const ALL: &[Bench] = &[
    Bench {
        name: "ingest",
        what: "durable ingest at the hub, both databases",
        measure: |scene| scene.runtime.block_on(ingest::measure(scene.messages)),
    },
    Bench {
        name: "backlog",
        what: "drain of a backlog, memory of the appliance",
        measure: |scene| scene.runtime.block_on(backlog::measure(scene.messages)),
    },
    Bench {
        name: "journal",
        what: "durable commits of the appliance's journal",
        measure: |_| journal::measure(),
    },
    Bench {
        name: "line",
        what: "share of a serial line's speed that messages use",
        measure: |_| line::measure(),
    },
    Bench {
        name: "host-query",
        what: "from an analyzer's question to its orders, p50 and p99",
        measure: |scene| host_query::measure(&scene.runtime),
    },
    Bench {
        name: "recognition",
        what: "hit rate and time of recognition on simulated lines",
        measure: |_| recognition::measure(),
    },
    Bench {
        name: "syntax",
        what: "from the bytes of a message to typed observations, beside other parsers",
        measure: |_| syntax::measure(),
    },
    Bench {
        name: "report",
        what: "documents of a signed report per second, beside typst and WeasyPrint",
        measure: |scene| report::measure(scene.messages),
    },
    Bench {
        name: "size",
        what: "size of the appliance's binary as it ships",
        measure: |_| size::measure(),
    },
];

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

/// Runs all measurements, or those that were chosen.
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
    let chosen: Vec<&Bench> = ALL.iter().filter(|bench| arguments.choose(bench)).collect();
    if arguments.list {
        for bench in ALL {
            println!("{:<14} {}", bench.name, bench.what);
        }
        return Ok(());
    }
    anyhow::ensure!(
        !chosen.is_empty(),
        "no measurement is called that: `cargo bench-all --list` shows their names"
    );
    // Binaries from elsewhere are measured as they are.
    if std::env::var_os("LISIERE_BIN_DIR").is_none() {
        workspace::build()?;
    }
    let scene = Scene {
        runtime: Runtime::new().context("starting a runtime")?,
        messages: arguments.messages,
    };
    let mut figures = Vec::new();
    for bench in chosen {
        println!("\n{}: {}", bench.name, bench.what);
        let found = (bench.measure)(&scene).with_context(|| bench.name.to_owned())?;
        figures.extend(told(found));
    }
    println!(
        "\n{:<58} {:>16}   baseline of the same run",
        "measured", "value"
    );
    told(figures);
    Ok(())
}

impl Arguments {
    fn choose(&self, bench: &Bench) -> bool {
        let named = self.only.iter().any(|part| bench.name.contains(part));
        (named || self.only.is_empty()) && !(self.without_size && bench.name == "size")
    }
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
