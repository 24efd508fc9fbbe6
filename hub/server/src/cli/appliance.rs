//! `lisiere-hub appliance …`: inviting, listing, revoking, and giving up what an appliance no longer has.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use lisiere_wire::JournalId;

use super::{open, operator, readable};
use crate::enrol::{self, place};
use crate::pki::Pki;
use crate::settings::{HostPort, Settings};
use crate::store::audit::{self, Entry};
use crate::store::{absence, appliance, journal};

/// Ranges that will not come, shown at most.
const ABSENCES: i64 = 200;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    #[command(about = "Inviter un boîtier : affiche le jeton à lui donner")]
    Invite {
        #[arg(long, help = "Site où il sera posé (minuscules, chiffres, tirets)")]
        site: String,
        #[arg(long, help = "Nom du boîtier (minuscules, chiffres, tirets)")]
        name: String,
        #[arg(
            long,
            default_value_t = 48,
            help = "Durée de validité du jeton, en heures"
        )]
        valid_hours: u32,
    },
    #[command(about = "Lister les boîtiers")]
    List {
        #[arg(long, help = "Un objet JSON par ligne")]
        json: bool,
    },
    #[command(about = "Révoquer un boîtier : il ne peut plus rien envoyer")]
    Revoke {
        #[arg(help = "Nom du boîtier")]
        name: String,
    },
    #[command(about = "Voir ce qui manque dans les journaux d'un boîtier, ou y renoncer")]
    Gaps {
        #[arg(help = "Nom du boîtier")]
        name: String,
        #[arg(
            long,
            help = "Renoncer au premier manque de ce journal : ce que le boîtier n'a plus"
        )]
        give_up: Option<String>,
    },
}

pub(super) async fn run(command: Command, settings: &Settings) -> anyhow::Result<ExitCode> {
    match command {
        Command::Invite {
            site,
            name,
            valid_hours,
        } => invite(settings, &site, &name, valid_hours).await,
        Command::List { json } => list(settings, json).await,
        Command::Revoke { name } => revoke(settings, &name).await,
        Command::Gaps { name, give_up } => gaps(settings, &name, give_up.as_deref()).await,
    }
}

async fn invite(
    settings: &Settings,
    site: &str,
    name: &str,
    hours: u32,
) -> anyhow::Result<ExitCode> {
    let (store, now) = open(settings).await?;
    let pki = Pki::open(&settings.pki, &place::names(settings), now)
        .context("opening the certification authority")?;
    let place = enrolment_place(settings);
    let door = enrol::Door {
        place: &place,
        pki: &pki,
    };
    let invited = enrol::invite(&store, door, (site, name), hours, &operator(), now).await?;
    store.close().await;
    eprintln!(
        "Jeton à usage unique pour {name} ({site}), valable jusqu'au {} :",
        readable(invited.expires_at)
    );
    println!("{}", invited.token);
    Ok(ExitCode::SUCCESS)
}

/// Where the running hub opened its enrolment door, else where it will.
fn enrolment_place(settings: &Settings) -> HostPort {
    let running = std::fs::read_to_string(settings.data.join("run/enrol.addr")).ok();
    let address = running
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(settings.enrol_listen);
    place::reachable(settings.enrol_advertise.as_ref(), address)
}

async fn list(settings: &Settings, json: bool) -> anyhow::Result<ExitCode> {
    let (store, _) = open(settings).await?;
    let mut connection = store.read().await?;
    let all = appliance::list(&mut connection).await?;
    if !json {
        println!(
            "{:<20} {:<20} {:<9} {:<8} {:>8}  vu",
            "site", "boîtier", "état", "présent", "attente"
        );
    }
    for one in all {
        if json {
            let line = serde_json::json!({
                "site": one.site, "name": one.name, "enrolment": one.enrolment.word(),
                "connected": one.connected, "queue": one.queue_depth, "last_seen_at": one.last_seen_at,
                "certificate_not_after": one.certificate_not_after, "version": one.version,
            });
            println!("{line}");
        } else {
            let seen = one
                .last_seen_at
                .map_or_else(|| "jamais".to_owned(), readable);
            let present = if one.connected { "oui" } else { "non" };
            println!(
                "{:<20} {:<20} {:<9} {:<8} {:>8}  {seen}",
                one.site,
                one.name,
                one.enrolment.word(),
                present,
                one.queue_depth
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn revoke(settings: &Settings, name: &str) -> anyhow::Result<ExitCode> {
    let (store, now) = open(settings).await?;
    if enrol::revoke(&store, name, &operator(), now).await? {
        eprintln!(
            "{name} est révoqué : il sera refusé à sa prochaine connexion, et ce qu'il envoie est mis de côté."
        );
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::bail!("aucun boîtier « {name} » à révoquer (voir lisiere-hub appliance list)")
}

async fn gaps(settings: &Settings, name: &str, give_up: Option<&str>) -> anyhow::Result<ExitCode> {
    let (store, now) = open(settings).await?;
    if let Some(given_up) = give_up {
        let id = JournalId::from_hex(given_up)
            .context("un journal est un nombre de 32 chiffres hexadécimaux")?;
        let mut tx = store.begin().await?;
        let lost = journal::give_up_gap(&mut tx, name, id, now).await?;
        let Some((first, last)) = lost else {
            anyhow::bail!("rien ne manque dans ce journal")
        };
        let detail = serde_json::json!({ "journal": given_up, "first": first, "last": last });
        let who = operator();
        let entry = Entry {
            who: &who,
            action: "appliance.gap_given_up",
            subject_kind: "appliance",
            subject_id: name,
            detail,
            at: now,
        };
        audit::append(&mut tx, entry).await?;
        tx.commit().await?;
        println!("renoncé aux messages {first} à {last} du journal {given_up}");
        return Ok(ExitCode::SUCCESS);
    }
    let mut connection = store.read().await?;
    for progress in journal::progress_of_all(&mut connection).await? {
        if progress.appliance == name {
            println!(
                "journal {} : complet jusqu'à {}",
                progress.journal, progress.upto
            );
            for (first, last) in progress.missing {
                println!("  manque {first} à {last}");
            }
        }
    }
    for one in absence::of_appliance(&mut connection, name, ABSENCES).await? {
        println!(
            "journal {} : {} à {} n'arriveront pas : {} ({})",
            one.journal,
            one.first,
            one.last,
            one.reason.french(),
            readable(one.at)
        );
    }
    Ok(ExitCode::SUCCESS)
}
