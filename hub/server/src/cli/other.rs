//! The smaller commands: accounts, laboratory, audit, own broker, measurements.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::{open, operator, told};
use crate::clock::Clock;
use crate::enrol::place;
use crate::people::{NewAccount, accounts};
use crate::pki::{HUB_NAME, Pki};
use crate::review::actor::Role;
use crate::settings::Settings;
use crate::store::audit::{self, Verdict};

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    #[command(about = "Créer un compte")]
    Add {
        #[arg(long, help = "Identifiant de connexion")]
        login: String,
        #[arg(long, help = "Nom et prénom")]
        name: String,
        #[arg(
            long,
            help = "technician, biologist, secretary, engineer, administrator ou auditor"
        )]
        role: String,
        #[arg(long, help = "Numéro RPPS, nécessaire à un biologiste")]
        rpps: Option<String>,
        #[arg(long, default_value = "fr", help = "Langue : fr ou en")]
        language: String,
        #[arg(
            long,
            required = true,
            help = "Lire le mot de passe sur l'entrée standard"
        )]
        password_stdin: bool,
    },
}

pub(super) async fn account(
    command: AccountCommand,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let AccountCommand::Add {
        login,
        name,
        role,
        rpps,
        language,
        password_stdin: _,
    } = command;
    let role: Role = role.parse().context("--role")?;
    let mut password = String::new();
    // Bounded: nobody types a password of a megabyte.
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut password)
        .context("reading the password")?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    let (store, now) = open(settings).await?;
    let new = NewAccount {
        login,
        name,
        role,
        rpps,
        language,
        password,
    };
    match accounts::add(&store, new, &operator(), now).await {
        Ok(account) => println!("compte {} créé", account.login),
        Err(error) => bail!("{}", told(&error)),
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Subcommand)]
pub(super) enum LaboratoryCommand {
    #[command(about = "Enregistrer le nom, le FINESS et l'adresse du laboratoire")]
    Set {
        #[arg(help = "Fichier TOML")]
        file: PathBuf,
    },
}

pub(super) async fn laboratory(
    command: LaboratoryCommand,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let LaboratoryCommand::Set { file } = command;
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let (store, now) = open(settings).await?;
    crate::laboratory::identity::set(&store, &text, &operator(), now)
        .await
        .with_context(|| format!("{}", file.display()))?;
    store.close().await;
    println!("identité du laboratoire enregistrée");
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    #[command(about = "Vérifier que rien n'a été modifié ni retiré du journal d'audit")]
    Verify {
        #[arg(long, default_value_t = 1, help = "Première entrée à vérifier")]
        from: i64,
    },
}

pub(super) async fn audit(command: AuditCommand, settings: &Settings) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify { from } = command;
    let (store, _) = open(settings).await?;
    let mut connection = store.read().await?;
    match audit::verify(&mut connection, from).await? {
        Verdict::Intact { entries, head } => {
            println!("intact : {entries} entrées, empreinte {head}");
            Ok(ExitCode::SUCCESS)
        }
        Verdict::Broken { seq, reason } => {
            println!("rompu à l'entrée {seq} : {reason}");
            Ok(ExitCode::FAILURE)
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum BrokerCommand {
    #[command(about = "Préparer un serveur Mosquitto : écrit ses droits, affiche sa configuration")]
    Mosquitto {
        #[arg(long, default_value_t = 8883, help = "Port d'écoute")]
        port: u16,
    },
}

pub(super) fn broker(command: &BrokerCommand, settings: &Settings) -> anyhow::Result<ExitCode> {
    let BrokerCommand::Mosquitto { port } = command;
    let now = Clock::system().now_micros();
    let pki = Pki::open(&settings.pki, &place::names(settings), now)
        .context("opening the certification authority")?;
    let rights = settings.pki.join("mosquitto.acl");
    std::fs::write(&rights, lisiere_wire::filters::mosquitto_acl(HUB_NAME))
        .with_context(|| format!("writing {}", rights.display()))?;
    let (certificate, key) = pki.server();
    println!("listener {port}");
    for (word, file) in [
        ("cafile", &pki.ca()),
        ("certfile", &certificate),
        ("keyfile", &key),
        ("acl_file", &rights),
    ] {
        let file = std::path::absolute(file).context("the current folder")?;
        println!("{word} {}", file.display());
    }
    println!("require_certificate true\nuse_identity_as_username true\nallow_anonymous false");
    println!(
        "max_inflight_messages 4000\nmax_queued_messages 50000\nmax_packet_size {}",
        crate::broker::MAX_PACKET
    );
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Subcommand)]
pub(super) enum BenchCommand {
    Ingest {
        #[arg(long)]
        database: String,
        #[arg(long, default_value_t = 100_000)]
        messages: usize,
        #[arg(long, default_value_t = 1000)]
        size: usize,
        #[arg(long, default_value_t = 1000)]
        batch: usize,
    },
}

pub(super) async fn bench(command: BenchCommand) -> anyhow::Result<ExitCode> {
    let BenchCommand::Ingest {
        database,
        messages,
        size,
        batch,
    } = command;
    let report = crate::ingest::bench::run(&database, messages, size, batch).await?;
    println!("{report}");
    Ok(ExitCode::SUCCESS)
}
