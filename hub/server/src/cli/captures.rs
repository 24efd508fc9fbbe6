//! `lisiere-hub captures …`: everything analyzers sent, exactly as received, in an open form.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;

use super::open;
use crate::settings::Settings;
use crate::store::capture;

/// Captures read at a time: enough to be quick, few enough to stay small in memory.
const PAGE: i64 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    #[command(about = "Écrire toutes les captures : un objet JSON par ligne, octets en base64")]
    Export,
    #[command(about = "Compter les captures, et celles qui attendent d'être interprétées")]
    Count,
}

pub(super) async fn run(command: Command, settings: &Settings) -> anyhow::Result<ExitCode> {
    let (store, _) = open(settings).await?;
    let mut connection = store.read().await?;
    let mut out = std::io::stdout().lock();
    match command {
        Command::Count => {
            let (all, waiting) = capture::count(&mut connection).await?;
            let line = serde_json::json!({ "captures": all, "waiting": waiting });
            writeln!(out, "{line}").context("writing")?;
        }
        Command::Export => {
            let mut after = String::new();
            loop {
                let page = capture::page(&mut connection, &after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.id.to_string();
                for one in &page {
                    let line = serde_json::json!({
                        "id": one.id.to_string(), "appliance": one.appliance, "site": one.site,
                        "journal": one.journal, "seq": one.seq, "port": one.port, "link": one.link,
                        "driver": one.driver, "received_at": one.received_at, "clock": one.clock,
                        "stored_at": one.stored_at, "bytes": STANDARD.encode(&one.bytes),
                    });
                    writeln!(out, "{line}").context("writing")?;
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
