//! Durable ingest of 1 kB messages on both databases, beside raw `fdatasync` and single-row inserts.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Figure;
use crate::{postgres::Postgres, process, workspace};

pub(super) async fn measure(messages: usize) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir_in(workspace::target()?).context("making a folder")?;
    let file = format!("sqlite:{}", folder.path().join("bench.db").display());
    let postgres = Postgres::start().await?;
    let url = postgres.create("bench")?;
    Ok(vec![
        one("SQLite", &file, messages)?,
        one("PostgreSQL", &url, messages)?,
    ])
}

fn one(name: &str, url: &str, messages: usize) -> Result<Figure> {
    println!("ingest on {name}: {messages} messages of 1 kB…");
    let mut command = Command::new(workspace::hub()?);
    command.args([
        "bench",
        "ingest",
        "--database",
        url,
        "--messages",
        &messages.to_string(),
    ]);
    let said = process::run_ok(&mut command, "")?;
    let report: Value = serde_json::from_str(said.trim()).context("reading the figures")?;
    let number = |key: &str| report.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    Ok(Figure::new(
        format!(
            "durable ingest, {name}, 1 kB, batches of {}",
            number("batch")
        ),
        format!("{:.0}/s", number("ingest_per_second")),
        format!(
            "x{:.3} of raw fdatasync ({:.0}/s), x{:.1} of single rows ({:.0}/s)",
            number("ingest_to_fdatasync"),
            number("fdatasync_per_second"),
            number("ingest_to_single_row"),
            number("single_row_per_second"),
        ),
    ))
}
