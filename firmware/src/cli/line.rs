//! What a technician does with a line: watch it, record it, find out what stands on it.

use crate::{
    board::{News, Told},
    clock::Clock,
    control::{self, AskError, Question, Seen},
    recognise::{self, Manner, Outcome, Target},
    settings::{LineSettings, Settings},
    stop::{self, Stop},
    tap::Tap,
};
use anyhow::Context;
use lisiere_protocol::{
    monitor::{Monitor, Privacy, Span},
    session::{self, Direction, Event, Gather, Piece},
};
use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{signal, time};

/// How often a line that has begun and not ended is looked at.
const ROUND: Duration = Duration::from_millis(100);

/// What is done with each thing that is seen.
trait Viewer {
    fn port(&mut self, link: &str, facts: &[(String, String)]) -> anyhow::Result<()>;
    fn piece(&mut self, piece: &Piece) -> anyhow::Result<()>;
    fn event(&mut self, at: i64, event: &Event) -> anyhow::Result<()>;
    fn counters(&mut self, counters: &BTreeMap<String, u64>);
}

/// Follows a port's line until interrupted, or for so long.
async fn follow(
    data: &Path,
    port: &str,
    seconds: Option<u64>,
    viewer: &mut dyn Viewer,
) -> anyhow::Result<()> {
    let question = Question::Watch {
        port: port.to_owned(),
    };
    let clock = Clock::start();
    let mut live = control::follow(data, &question).await?;
    let until = seconds.map(Duration::from_secs);
    let mut gather = Gather::default();
    loop {
        let elapsed = Duration::from_millis(clock.tick().0);
        if until.is_some_and(|until| elapsed >= until) {
            break;
        }
        let seen = tokio::select! {
            _ = signal::ctrl_c() => break,
            () = time::sleep(ROUND) => {
                if gather.deadline().is_some_and(|deadline| deadline <= clock.now().0)
                    && let Some(piece) = gather.flush()
                {
                    viewer.piece(&piece)?;
                }
                continue;
            }
            seen = live.next::<Seen>() => seen?,
        };
        match seen {
            None => anyhow::bail!("le boîtier s'est arrêté"),
            Some(Seen::Refused(reason)) => anyhow::bail!("{reason}"),
            Some(Seen::Counters(counters)) => viewer.counters(&counters),
            Some(Seen::Port { link, driver, line }) => {
                let facts = [
                    ("port", port),
                    ("link", &link),
                    ("driver", &driver),
                    ("line", &line),
                ];
                let facts: Vec<_> = facts
                    .into_iter()
                    .filter(|(_, value)| !value.is_empty())
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                viewer.port(&link, &facts)?;
            }
            Some(seen @ Seen::Bytes { .. }) => show(&seen, &mut gather, viewer)?,
        }
    }
    if let Some(piece) = gather.flush() {
        viewer.piece(&piece)?;
    }
    Ok(())
}

fn show(seen: &Seen, gather: &mut Gather, viewer: &mut dyn Viewer) -> anyhow::Result<()> {
    let (at, direction, bytes) = seen.bytes().context("le boîtier parle une autre version")?;
    let Seen::Bytes { errors, lost, .. } = seen else {
        return Ok(());
    };
    if *lost > 0 {
        if let Some(piece) = gather.flush() {
            viewer.piece(&piece)?;
        }
        viewer.event(at, &Event::Lost(*lost))?;
    }
    for piece in gather.push(at, direction, &bytes) {
        viewer.piece(&piece)?;
    }
    if *errors > 0 {
        if let Some(piece) = gather.flush() {
            viewer.piece(&piece)?;
        }
        viewer.event(at, &Event::Errors(u64::from(*errors)))?;
    }
    Ok(())
}

/// Shows a port's line on the terminal.
pub(super) async fn watch(data: &Path, port: &str, seconds: Option<u64>) -> anyhow::Result<()> {
    let mut screen = Screen::default();
    follow(data, port, seconds, &mut screen).await
}

#[derive(Default)]
struct Screen {
    monitors: Option<(Monitor, Monitor)>,
}

impl Viewer for Screen {
    fn port(&mut self, link: &str, facts: &[(String, String)]) -> anyhow::Result<()> {
        let monitor = || Monitor::new(link, Privacy::Clear);
        self.monitors = Some((monitor(), monitor()));
        let facts: Vec<_> = facts
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        say(&format!(
            "{} ; <-- de l'analyseur, --> vers l'analyseur ; Ctrl-C pour finir",
            facts.join(", ")
        ))
    }

    fn piece(&mut self, piece: &Piece) -> anyhow::Result<()> {
        let Some((received, sent)) = &mut self.monitors else {
            return Ok(());
        };
        let monitor = match piece.direction {
            Direction::Received => received,
            Direction::Sent => sent,
        };
        say(&format!(
            "{} {} {}",
            time_of_day(piece.at),
            piece.direction.arrow(),
            worded(&monitor.feed(&piece.bytes))
        ))
    }

    fn event(&mut self, at: i64, event: &Event) -> anyhow::Result<()> {
        let text = match event {
            Event::Errors(count) => format!(
                "{count} erreur(s) de parité ou de trame, ou coupure : vérifier la vitesse et la parité"
            ),
            Event::Lost(count) => {
                format!("{count} morceau(x) non montré(s) : l'affichage ne suit pas")
            }
            Event::Bytes { .. } => return Ok(()),
        };
        say(&format!("{} !!! {text}", time_of_day(at)))
    }

    fn counters(&mut self, counters: &BTreeMap<String, u64>) {
        let counters: Vec<_> = counters
            .iter()
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        if !counters.is_empty() {
            // A terminal that is gone ends the next line.
            let _ = say(&format!("             compteurs : {}", counters.join(", ")));
        }
    }
}

fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").context("écrire sur la sortie")
}

/// `09:12:01.123`, in UTC as the session files have it.
fn time_of_day(at: i64) -> String {
    let moment = session::moment(at);
    let time = moment.split_once('T').map_or("", |(_, time)| time);
    time.chars().take(12).collect()
}

/// Spans as text: control characters by name, each checksum with its verdict.
fn worded(spans: &[Span]) -> String {
    let mut text = String::new();
    for span in spans {
        match span {
            Span::Control(name) => {
                text.push('<');
                text.push_str(name);
                text.push('>');
            }
            Span::Text(shown) => text.push_str(shown),
            Span::Good => text.push_str(" [somme juste] "),
            Span::Wrong { said, sum } => {
                text.push_str(" [SOMME FAUSSE : lue ");
                text.push_str(said);
                text.push_str(", calculée ");
                text.push_str(sum);
                text.push_str("] ");
            }
            Span::Break => {}
        }
    }
    text
}

/// Records a port's line into a session file.
pub(super) async fn record(
    data: &Path,
    port: &str,
    out: &Path,
    seconds: Option<u64>,
) -> anyhow::Result<()> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(out)
        .with_context(|| {
            format!(
                "créer {} (un fichier qui existe n'est pas écrasé)",
                out.display()
            )
        })?;
    let mut recorder = Recorder { file, lines: 0 };
    eprintln!("enregistrement dans {} ; Ctrl-C pour finir", out.display());
    let ended = follow(data, port, seconds, &mut recorder).await;
    recorder.file.sync_all().context("écrire la session")?;
    ended?;
    println!(
        "{} : {} ligne(s). Le fichier contient des données de patients : le garder sur place ou le masquer avant de l'envoyer.",
        out.display(),
        recorder.lines
    );
    println!(
        "essai d'un pilote : lisiere-hub driver try {} --driver ID",
        out.display()
    );
    Ok(())
}

struct Recorder {
    file: std::fs::File,
    lines: u64,
}

impl Recorder {
    fn line(&mut self, at: i64, event: &Event) -> anyhow::Result<()> {
        self.lines += 1;
        self.file
            .write_all(session::line(at, event).as_bytes())
            .context("écrire la session")
    }
}

impl Viewer for Recorder {
    fn port(&mut self, _: &str, facts: &[(String, String)]) -> anyhow::Result<()> {
        let version = ("appliance".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        let facts: Vec<_> = facts.iter().cloned().chain([version]).collect();
        self.file
            .write_all(session::head(&facts).as_bytes())
            .context("écrire la session")
    }

    fn piece(&mut self, piece: &Piece) -> anyhow::Result<()> {
        let event = Event::Bytes {
            direction: piece.direction,
            bytes: piece.bytes.clone(),
        };
        self.line(piece.at, &event)
    }

    fn event(&mut self, at: i64, event: &Event) -> anyhow::Result<()> {
        self.line(at, event)
    }

    fn counters(&mut self, _: &BTreeMap<String, u64>) {}
}

/// Finds out what stands at a port, a device or a place on the network.
pub(super) async fn recognise(
    settings: &Settings,
    place: &str,
    seconds: u64,
    json: bool,
) -> anyhow::Result<()> {
    let patience = Duration::from_secs(seconds);
    let (name, target) = target(settings, place)?;
    let asked = match &name {
        Some(port) => ask(&settings.data, port, seconds).await?,
        None => None,
    };
    let told = match asked {
        Some(told) => told,
        None => here(name.as_deref().unwrap_or("analyseur"), target, patience).await,
    };
    match told {
        Told::Outcome(outcome) => answer(&outcome, json),
        Told::Failed(reason) | Told::Progress(reason) => anyhow::bail!("{reason}"),
    }
}

fn answer(outcome: &Outcome, json: bool) -> anyhow::Result<()> {
    if json {
        let json = serde_json::to_string_pretty(outcome).context("écrire le résultat")?;
        say(&json)?;
    } else {
        print!("{}", outcome.described());
    }
    if outcome.is_found() {
        Ok(())
    } else {
        anyhow::bail!("rien de reconnu sur {}", outcome.line)
    }
}

/// The port of the settings that is meant, if any, and its line at any setting.
fn target(settings: &Settings, place: &str) -> anyhow::Result<(Option<String>, Target)> {
    if let Some(port) = settings
        .ports
        .iter()
        .find(|port| port.name.as_str() == place)
    {
        return Ok((Some(place.to_owned()), Target(port.line.clone())));
    }
    if place.starts_with("tcp:") {
        let target = Target::network(place).map_err(anyhow::Error::msg)?;
        let same = settings.ports.iter().find(|port| port.line == target.0);
        return Ok((same.map(|port| port.name.to_string()), target));
    }
    if !place.starts_with('/') {
        let names: Vec<_> = settings
            .ports
            .iter()
            .map(|port| port.name.as_str())
            .collect();
        anyhow::bail!(
            "« {place} » n'est ni un port des réglages ({}), ni un appareil (/dev/serial/by-id/…), ni tcp:listen:ADRESSE ou tcp:connect:HÔTE:PORT",
            names.join(", ")
        );
    }
    let device = PathBuf::from(place);
    let real = |device: &Path| std::fs::canonicalize(device).unwrap_or_else(|_| device.to_owned());
    let same = settings.ports.iter().find(|port| match &port.line {
        LineSettings::Serial(serial) => real(&serial.device) == real(&device),
        LineSettings::Tcp(_) => false,
    });
    Ok((
        same.map(|port| port.name.to_string()),
        Target::device(device),
    ))
}

/// Has the running appliance do it, which holds the line; `None` when none runs.
async fn ask(data: &Path, port: &str, seconds: u64) -> anyhow::Result<Option<Told>> {
    let question = Question::Recognise {
        port: port.to_owned(),
        seconds,
    };
    let mut live = match control::follow(data, &question).await {
        Ok(live) => live,
        Err(AskError::NotRunning(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    eprintln!("le boîtier en marche cherche sur le port « {port} » ; Ctrl-C pour arrêter");
    loop {
        let told = tokio::select! {
            _ = signal::ctrl_c() => anyhow::bail!("arrêté ; le port a repris son travail"),
            told = live.next::<Told>() => told?,
        };
        match told {
            Some(Told::Progress(text)) => eprintln!("  {text}"),
            Some(told) => return Ok(Some(told)),
            None => anyhow::bail!("le boîtier s'est arrêté"),
        }
    }
}

/// Does it in this process.
async fn here(name: &str, target: Target, patience: Duration) -> Told {
    let (news, mut heard) = News::channel();
    let (stopper, stop): (_, Stop) = stop::pair();
    let place = match &target.0 {
        LineSettings::Serial(serial) => serial.device.display().to_string(),
        network @ LineSettings::Tcp(_) => network.to_string(),
    };
    eprintln!("recherche sur {place} ; Ctrl-C pour arrêter");
    let name = name.to_owned();
    let task = tokio::spawn(async move {
        let mut stop = stop;
        let manner = Manner {
            name: &name,
            patience,
            clock: Clock::start(),
            tap: Tap::default(),
        };
        let told = recognise::recognise(&target, manner, &news, &mut stop, || ()).await;
        news.end(told).await;
    });
    let mut asked_to_stop = false;
    let told = loop {
        tokio::select! {
            _ = signal::ctrl_c(), if !asked_to_stop => {
                asked_to_stop = true;
                stopper.stop();
            }
            told = heard.recv() => match told {
                Some(Told::Progress(text)) => eprintln!("  {text}"),
                Some(told) => break told,
                None => break Told::Failed("la recherche s'est interrompue ; recommencer".to_owned()),
            },
        }
    };
    let _ = task.await;
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_worded_with_its_verdict() {
        let mut monitor = Monitor::new("lis1a", Privacy::Clear);
        let right = worded(&monitor.feed(b"\x021H|\\^&\r\x03E5\r\n"));
        assert!(
            right.contains("<STX>1H|\\^&<CR>") && right.contains("E5 [somme juste]"),
            "{right}"
        );
        let wrong = worded(&monitor.feed(b"\x021H|\\^&\r\x03E6\r\n"));
        assert!(
            wrong.contains("[SOMME FAUSSE : lue E6, calculée E5]"),
            "{wrong}"
        );
        assert_eq!(time_of_day(1_795_425_121_123_456), "09:12:01.123");
    }

    #[test]
    fn a_place_is_a_port_a_device_or_an_address() {
        let text = "[[port]]\nname = \"a\"\nserial = { device = \"/dev/null\" }\n";
        let settings = Settings::parse(text).unwrap();
        assert_eq!(target(&settings, "a").unwrap().0.as_deref(), Some("a"));
        // The same line by another name is the same port.
        assert_eq!(
            target(&settings, "/dev/../dev/null").unwrap().0.as_deref(),
            Some("a")
        );
        assert_eq!(target(&settings, "/dev/zero").unwrap().0, None);
        assert!(target(&settings, "tcp:127.0.0.1:5000").is_ok());
        let error = target(&settings, "b").unwrap_err().to_string();
        assert!(error.contains("ni un port des réglages (a)"), "{error}");
    }
}
