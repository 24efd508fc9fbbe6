//! The command line. Every command but `run` works beside a running hub: they share only the database.

mod appliance;
mod captures;
mod other;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::clock::Clock;
use crate::settings::{Settings, SettingsError};
use crate::store::{self, Store};
use crate::{events, offline};

/// Bad configuration, as sysexits.h names it.
const BAD_CONFIGURATION: u8 = 78;

#[derive(Debug, Parser)]
#[command(
    name = "lisiere-hub",
    version,
    about = "Lisière : le serveur du laboratoire"
)]
struct Arguments {
    #[arg(
        long,
        global = true,
        default_value = "lisiere-data",
        help = "Dossier de données du serveur"
    )]
    data: PathBuf,
    #[arg(
        long,
        global = true,
        help = "Dossier de l'autorité de certification, si plusieurs serveurs la partagent"
    )]
    pki: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(about = "Lancer le serveur (Ctrl-C ou SIGTERM pour l'arrêter)")]
    Run,
    #[command(subcommand, about = "Boîtiers : inviter, lister, révoquer")]
    Appliance(appliance::Command),
    #[command(subcommand, about = "Comptes des personnes")]
    Account(other::AccountCommand),
    #[command(subcommand, about = "Identité du laboratoire")]
    Laboratory(other::LaboratoryCommand),
    #[command(subcommand, about = "Journal d'audit")]
    Audit(other::AuditCommand),
    #[command(subcommand, about = "Utiliser son propre serveur MQTT")]
    Broker(other::BrokerCommand),
    #[command(subcommand, about = "Captures : ce que les automates ont envoyé")]
    Captures(captures::Command),
    #[command(flatten)]
    Alone(Alone),
}

/// What needs no settings: a mistake in `hub.toml` must not keep anyone from reading a capture.
#[derive(Debug, Subcommand)]
enum Alone {
    #[command(about = "Lire des captures d'analyseur, sans serveur ni base")]
    Interpret(offline::interpret::Arguments),
    #[command(
        subcommand,
        about = "Écrire un pilote : essayer, vérifier, faire un test d'un enregistrement"
    )]
    Driver(offline::driver::Command),
    #[command(about = "Mettre en forme un compte rendu, sans serveur ni base")]
    Report(offline::report::Arguments),
    #[command(subcommand, hide = true)]
    Bench(other::BenchCommand),
}

/// Runs the program and returns its exit code: 0 done, 1 failed, 2 usage, 78 bad configuration.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log();
    // First of all, and once: everything of ours speaks TLS with ring. An error means that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(dispatch(arguments)));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lisiere-hub : {error:#}");
            if let Some(hint) = hint(&error) {
                eprintln!("  hint: {hint}");
            }
            let bad_configuration = error
                .chain()
                .any(<dyn std::error::Error>::is::<SettingsError>);
            ExitCode::from(if bad_configuration {
                BAD_CONFIGURATION
            } else {
                1
            })
        }
    }
}

fn start_log() {
    let filter = EnvFilter::try_from_env("LISIERE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,lisiere_hub=info,rmqtt=error,rmqtt_net=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

fn hint(error: &anyhow::Error) -> Option<&'static str> {
    error
        .chain()
        .find_map(|cause| cause.downcast_ref::<store::Error>()?.hint())
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { data, pki, command } = arguments;
    let settings = || -> Result<Settings, SettingsError> {
        let mut settings = Settings::load(&data)?;
        if let Some(pki) = pki {
            settings.pki = pki;
        }
        Ok(settings)
    };
    match command {
        Command::Run => {
            let settings = settings()?;
            welcome(&settings).await?;
            crate::app::run(settings).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Appliance(command) => appliance::run(command, &settings()?).await,
        Command::Account(command) => other::account(command, &settings()?).await,
        Command::Laboratory(command) => other::laboratory(command, &settings()?).await,
        Command::Audit(command) => other::audit(command, &settings()?).await,
        Command::Broker(command) => other::broker(&command, &settings()?),
        Command::Captures(command) => captures::run(command, &settings()?).await,
        Command::Alone(command) => alone(command).await,
    }
}

async fn alone(command: Alone) -> anyhow::Result<ExitCode> {
    match command {
        Alone::Interpret(arguments) => Ok(offline::interpret::run(&arguments)),
        Alone::Driver(command) => Ok(offline::driver::run(&command)),
        Alone::Report(arguments) => offline::report::run(arguments),
        Alone::Bench(command) => other::bench(command).await,
    }
}

/// Opens the database of these settings for a command beside a running hub.
async fn open(settings: &Settings) -> anyhow::Result<(Store, i64)> {
    let now = Clock::system().now_micros();
    if let Some(file) = settings.database.strip_prefix("sqlite:")
        && let Some(folder) = std::path::Path::new(file).parent()
    {
        std::fs::create_dir_all(folder)?;
    }
    Ok((Store::open(&settings.database, now).await?, now))
}

/// On a hub without accounts nobody could sign in: says what to do.
async fn welcome(settings: &Settings) -> anyhow::Result<()> {
    let (store, _) = open(settings).await?;
    if crate::people::accounts::list(&store).await?.is_empty() {
        eprintln!(
            "Aucun compte n'existe encore. Pour en créer un :\n  \
             lisiere-hub --data {} account add --login admin --name \"Prénom Nom\" --role administrator --password-stdin",
            settings.data.display()
        );
    }
    store.close().await;
    Ok(())
}

/// The person at the keyboard, for the audit trail.
fn operator() -> String {
    let name = std::env::var("SUDO_USER")
        .or_else(|_| std::env::var("USER"))
        .unwrap_or_default();
    if name.is_empty() {
        "console".to_owned()
    } else {
        format!("console:{name}")
    }
}

/// A moment as a person reads it.
fn readable(micros: i64) -> String {
    lisiere_model::UtcMicros(micros).to_string()
}

/// An error with its causes, for a line on the terminal.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    events::chain(error)
}
