//! The command line: what it takes, what it prints, and the exit codes.

mod line;

use crate::{
    app,
    control::{self, Answer, Line, Question},
    enrol,
    health::Status,
    recognise,
    settings::{self, Settings, SettingsError},
};
use anyhow::Context;
use clap::{Parser, Subcommand};
use lisiere_wire::Capture;
use std::{
    fmt::Write,
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Bad settings, as `sysexits.h` numbers it.
const EX_CONFIG: u8 = 78;

/// Le boîtier placé à côté de chaque analyseur.
#[derive(Debug, Parser)]
#[command(
    name = "lisiere-appliance",
    version,
    about,
    disable_help_subcommand = true
)]
struct Cli {
    /// Settings file.
    #[arg(long, global = true, default_value = settings::DEFAULT_PATH, value_name = "FILE")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Collect messages and send them to the hub, until SIGTERM.
    Run,
    /// Say how the appliance is.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what goes over a port's line, with control characters by name and a verdict on each checksum.
    Watch {
        /// The port, as the settings name it.
        port: String,
        /// End after so long; otherwise with Ctrl-C.
        #[arg(long)]
        seconds: Option<u64>,
    },
    /// Record what goes over a port's line into a session file.
    Record {
        /// The port, as the settings name it.
        port: String,
        /// The file to make; it will hold patients' data.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// End after so long; otherwise with Ctrl-C.
        #[arg(long)]
        seconds: Option<u64>,
    },
    /// Find out what stands on a line and propose settings; changes nothing.
    Recognise {
        /// A port of the settings, a device, or tcp:listen:ADDRESS, tcp:connect:HOST:PORT.
        place: String,
        /// How long to look at most.
        #[arg(long, default_value_t = recognise::PATIENCE.as_secs())]
        seconds: u64,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Look into the journal.
    #[command(subcommand)]
    Journal(Look),
    /// Join a hub with the invitation it printed.
    Enrol {
        /// The invitation, `LIS1.…`.
        token: String,
    },
    /// Check the settings file.
    Check,
}

#[derive(Debug, Subcommand)]
enum Look {
    /// List messages.
    List {
        /// Only those after this number.
        #[arg(long, default_value_t = 0)]
        after: u64,
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        count: usize,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show one message, control characters by name.
    Show {
        /// Its number.
        seq: u64,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Does what the command line says. The exit code is 0 done, 1 failed, 2 usage, 78 bad settings.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let settings = match Settings::load(&cli.config) {
        Ok(settings) => settings,
        Err(error) => return bad_settings(&error),
    };
    match perform(cli.command, settings, &cli.config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{error:#}"), remedy(&error));
            ExitCode::FAILURE
        }
    }
}

fn bad_settings(error: &SettingsError) -> ExitCode {
    let remedy = match error {
        SettingsError::Read { .. } => "name the settings file with --config FILE",
        SettingsError::Wrong { .. } => {
            "correct the lines named above, then run `lisiere-appliance check`"
        }
    };
    complain(&error.to_string(), Some(remedy));
    ExitCode::from(EX_CONFIG)
}

fn complain(what: &str, remedy: Option<&str>) {
    eprintln!("lisiere-appliance: {what}");
    if let Some(remedy) = remedy {
        eprintln!("hint: {remedy}");
    }
}

fn remedy(error: &anyhow::Error) -> Option<&'static str> {
    use crate::{control::AskError, enrol::EnrolError, journal::OpenError};
    if let Some(error) = error.downcast_ref::<OpenError>() {
        return Some(match error {
            OpenError::InUse => "another lisiere-appliance runs on this data folder; stop it first",
            OpenError::Disk(_) => {
                "check that the disk has space and that the folder belongs to this user"
            }
            OpenError::Newer(_) => "install the newer version of lisiere-appliance again",
        });
    }
    if let Some(error) = error.downcast_ref::<EnrolError>() {
        return Some(match error {
            EnrolError::Token(_) => {
                "copy the whole line that `lisiere-hub appliance invite` printed"
            }
            EnrolError::Unreachable { .. } => {
                "check the network, and that the hub's enrolment port is open"
            }
            EnrolError::Refused(_) | EnrolError::Answer(_) => {
                "ask for a new invitation: `lisiere-hub appliance invite`"
            }
            EnrolError::Key(_) | EnrolError::Save(_) => {
                "check that the data folder belongs to this user"
            }
        });
    }
    match error.downcast_ref::<AskError>() {
        Some(AskError::NotRunning(_)) => Some("start it with `lisiere-appliance run`"),
        _ => None,
    }
}

fn perform(command: Command, settings: Settings, config: &Path) -> anyhow::Result<()> {
    if matches!(command, Command::Run) {
        log_to_stderr();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let done = runtime.block_on(async {
        match command {
            Command::Run => app::run(settings).await,
            Command::Check => {
                println!(
                    "{} : {} port(s), aucun défaut",
                    config.display(),
                    settings.ports.len()
                );
                settings
                    .remarks
                    .iter()
                    .for_each(|remark| println!("remarque : {remark}"));
                Ok(())
            }
            Command::Watch { port, seconds } => line::watch(&settings.data, &port, seconds).await,
            Command::Record { port, out, seconds } => {
                line::record(&settings.data, &port, &out, seconds).await
            }
            Command::Recognise {
                place,
                seconds,
                json,
            } => line::recognise(&settings, &place, seconds, json).await,
            Command::Enrol { token } => join(&settings.data, &token).await,
            Command::Status { json } => status(&settings.data, json).await,
            Command::Journal(Look::List { after, count, json }) => {
                list(&settings.data, after, count, json).await
            }
            Command::Journal(Look::Show { seq, json }) => show(&settings.data, seq, json).await,
        }
    });
    // A blocking call that hangs must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    done
}

fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing::level_filters::LevelFilter::INFO.into())
        .with_env_var("LISIERE_LOG")
        .from_env_lossy();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal());
    // systemd's journal has its own time stamps.
    if std::env::var_os("JOURNAL_STREAM").is_some() {
        lines.without_time().init();
    } else {
        lines.init();
    }
}

async fn join(data: &Path, token: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(data)
        .with_context(|| format!("making the data folder {}", data.display()))?;
    let (folder, membership) = enrol::enrol(data, token).await.context("enrolling")?;
    println!(
        "boîtier {} inscrit (site {})",
        membership.name, membership.site
    );
    println!("identité : {}", folder.display());
    println!(
        "serveur : {}:{}",
        membership.broker.host, membership.broker.port
    );
    Ok(())
}

async fn status(data: &Path, json: bool) -> anyhow::Result<()> {
    let (status, running) = match control::ask(data, &Question::Status).await {
        Ok(Answer::Status(status)) => (*status, true),
        Ok(_) => anyhow::bail!("the appliance gave another answer than was asked for"),
        Err(error) => {
            let Ok(saved) = std::fs::read(data.join("status.json")) else {
                return Err(error.into());
            };
            (
                serde_json::from_slice(&saved).context("reading the last status")?,
                false,
            )
        }
    };
    if json {
        println!(
            "{}",
            serde_json::to_string_pretty(&status).context("writing the status")?
        );
    } else {
        print!("{}", described(&status, running));
    }
    if running {
        Ok(())
    } else {
        Err(control::AskError::NotRunning(data.to_owned()).into())
    }
}

fn described(status: &Status, running: bool) -> String {
    let mut text = String::new();
    let mut say = |line: std::fmt::Arguments<'_>| {
        // Writing to memory cannot fail.
        let _ = text.write_fmt(line);
    };
    let name = if status.name.is_empty() {
        "boîtier non inscrit"
    } else {
        &status.name
    };
    let word = if running {
        "en marche"
    } else {
        "arrêté ; dernier état connu"
    };
    say(format_args!(
        "{name}  version {}  démarrage {}  {word}\n",
        status.version, status.boot
    ));
    say(format_args!(
        "heure          {} ({:?})\n",
        status.at, status.clock
    ));
    let uplink = &status.uplink;
    let line = if uplink.connected {
        "connecté"
    } else {
        "non connecté"
    };
    say(format_args!("serveur        {line} {}\n", uplink.trouble));
    say(format_args!(
        "journal        {} en attente, dernier message n° {}, confirmé jusqu'au n° {}, {} Mo libres\n",
        status.queue,
        status.last_seq,
        status.confirmed,
        status.journal_free >> 20
    ));
    if let Some(days) = status.certificate_days {
        say(format_args!("certificat     {days} jours\n"));
    }
    for port in &status.ports {
        let open = if port.open { "ouvert" } else { "fermé" };
        let heard = port
            .last_heard
            .map_or_else(|| "jamais entendu".to_owned(), |at| format!("entendu {at}"));
        say(format_args!(
            "port {:<10} {open}  {}  {heard}  {} messages, {} répétés, {} refusés {}\n",
            port.name, port.line, port.messages, port.repeats, port.refused, port.trouble
        ));
    }
    for alarm in &status.alarms {
        say(format_args!("ALARME         {alarm}\n"));
    }
    text
}

async fn list(data: &Path, after: u64, count: usize, json: bool) -> anyhow::Result<()> {
    let mut after = after;
    let mut left = count;
    while left > 0 {
        let question = Question::List {
            after,
            count: left.min(control::LIST_AT_MOST),
        };
        let lines = match control::ask(data, &question).await? {
            Answer::List(lines) => lines,
            Answer::Refused(reason) => anyhow::bail!("listing the journal: {reason}"),
            _ => anyhow::bail!("the appliance gave another answer than was asked for"),
        };
        let Some(last) = lines.last() else { break };
        after = last.seq;
        left = left.saturating_sub(lines.len());
        for line in &lines {
            if json {
                println!(
                    "{}",
                    serde_json::to_string(line).context("writing the list")?
                );
            } else {
                println!("{}", listed(line));
            }
        }
    }
    Ok(())
}

fn listed(line: &Line) -> String {
    let Line {
        seq,
        received_at,
        port,
        driver,
        bytes,
        confirmed,
    } = line;
    let word = if *confirmed {
        "confirmé"
    } else {
        "en attente"
    };
    format!("{seq:>8}  {received_at}  {port:<12} {driver:<20} {bytes:>8} octets  {word}")
}

async fn show(data: &Path, seq: u64, json: bool) -> anyhow::Result<()> {
    let capture = match control::ask(data, &Question::Show { seq }).await? {
        Answer::Show(Some(capture)) => capture,
        Answer::Show(None) => anyhow::bail!("message {seq} is not in the journal"),
        Answer::Refused(reason) => anyhow::bail!("reading message {seq}: {reason}"),
        _ => anyhow::bail!("the appliance gave another answer than was asked for"),
    };
    if json {
        println!(
            "{}",
            serde_json::to_string(&capture).context("writing the message")?
        );
        return Ok(());
    }
    println!("{}", headed(&capture));
    print!("{}", spelled(&capture.bytes));
    Ok(())
}

fn headed(capture: &Capture) -> String {
    format!(
        "message {} du journal {}\nreçu {} ({:?}) sur {} ({} {})\n{} octets",
        capture.seq,
        capture.journal,
        capture.received_at,
        capture.clock,
        capture.port,
        capture.link,
        capture.driver,
        capture.bytes.len()
    )
}

/// Bytes as people read them: control characters by name, one frame or record a line, other bytes in hexadecimal.
fn spelled(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            0x02 => text.push_str("<STX>"),
            0x03 => text.push_str("<ETX>"),
            0x04 => text.push_str("<EOT>"),
            0x05 => text.push_str("<ENQ>"),
            0x06 => text.push_str("<ACK>"),
            0x15 => text.push_str("<NAK>"),
            0x17 => text.push_str("<ETB>"),
            b'\r' => text.push_str("<CR>\n"),
            b'\n' => text.push_str("<LF>\n"),
            0x20..=0x7e => text.push(char::from(*byte)),
            other => {
                // Writing to memory cannot fail.
                let _ = write!(text, "<{other:02X}>");
            }
        }
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn bytes_are_spelled_by_name() {
        assert_eq!(
            spelled(b"\x021H|\xe9\r\x0317\r\n"),
            "<STX>1H|<E9><CR>\n<ETX>17<CR>\n<LF>\n"
        );
    }
}
