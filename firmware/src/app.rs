//! Wires the appliance together: journal, ports, uplink, housekeeping, and an end in good order.

use crate::{
    board::Board,
    clock::Clock,
    command::Commands,
    control, events,
    health::Health,
    journal::{FileMedium, Journal},
    link::PortContext,
    person::{self, Person},
    port,
    settings::Settings,
    stop,
    uplink::{self, Uplink},
    worklist,
};
use anyhow::Context;
use std::{
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::Notify,
    task::JoinSet,
    time,
};

/// How often the journal is tended.
const TEND: Duration = Duration::from_secs(1);
/// How long the journal's thread may be busy with a commit before it counts as stuck.
const JOURNAL_PATIENCE: Duration = Duration::from_secs(10);
/// A task that has not shown itself for so long is stuck.
const SILENT: Duration = Duration::from_secs(40);
/// The status file is written at least this often, and at most this long after a change.
const STATUS: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(1));
/// The end in good order: links and uplink, then the journal.
const STOP_TASKS: Duration = Duration::from_millis(3500);
const STOP_JOURNAL: Duration = Duration::from_secs(1);

/// Runs until SIGTERM or SIGINT.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let clock = Clock::start();
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let data = settings.data.clone();
    make_folder(&data)?;
    let journal = open_journal(&settings, clock).await?;
    let health = Health::new(clock, &settings.ports);
    tell_set_aside(&data, &journal, &health);
    events::settings_remarks(&settings.remarks);
    let (stopper, stop) = stop::pair();
    let mut tasks = JoinSet::new();
    let feed = worklist::open(&settings, &health);
    let board = Board::new(&settings.ports);
    let restart = Arc::new(Notify::new());
    for (port, place) in settings.ports.iter().zip(board.places()) {
        let mut context = PortContext {
            settings: port.clone(),
            journal: journal.clone(),
            health: health.clone(),
            clock,
            stop: stop.clone(),
            work: None,
            tap: place.tap.clone(),
            calls: place.calls.clone(),
            board: board.clone(),
        };
        context.work = worklist::at(&context, feed.as_ref());
        tasks.spawn(port::supervise(context));
    }
    tasks.spawn(supervise_uplink(Uplink {
        data: data.clone(),
        settings: settings.uplink.clone(),
        journal: journal.clone(),
        health: health.clone(),
        clock,
        stop: stop.clone(),
        commands: Commands::new(data.clone(), board.clone(), clock, Arc::clone(&restart)),
        feed,
    }));
    let person = Person {
        journal: journal.clone(),
        health: health.clone(),
        clock,
        stop: stop.clone(),
        board: board.clone(),
    };
    person::start(&mut tasks, &settings, person);
    let mut keeping = JoinSet::new();
    keeping.spawn(tend(journal.clone(), clock, health.clone()));
    keeping.spawn(write_status(data.clone(), journal.clone(), health.clone()));
    keeping.spawn(answer(
        data.clone(),
        journal.clone(),
        health.clone(),
        board.clone(),
    ));
    events::started(env!("CARGO_PKG_VERSION"), settings.ports.len(), &data);
    notify(&[sd_notify::NotifyState::Ready]);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = restart.notified() => events::restart_wanted(),
    }
    events::stopping();
    notify(&[sd_notify::NotifyState::Stopping]);
    stopper.stop();
    // What has not ended by then is a line or a broker that takes nothing; the journal makes that safe.
    let _ = time::timeout(STOP_TASKS, async {
        while tasks.join_next().await.is_some() {}
    })
    .await;
    keeping.shutdown().await;
    save_status(&data, &health, &journal);
    if time::timeout(STOP_JOURNAL, journal.stop()).await.is_err() {
        events::journal_stop_late();
    }
    let _ = fs::remove_file(data.join("control.sock"));
    events::stopped();
    Ok(())
}

async fn open_journal(settings: &Settings, clock: Clock) -> anyhow::Result<Journal> {
    let medium = FileMedium::new(&settings.data);
    let bounds = settings.journal.into();
    let opening = tokio::task::spawn_blocking(move || Journal::open(medium, bounds, clock.now()));
    // Repairing a large journal takes a while; the service manager is told to wait on.
    let patience = async {
        loop {
            notify(&[sd_notify::NotifyState::ExtendTimeoutUsec(30_000_000)]);
            time::sleep(Duration::from_secs(10)).await;
        }
    };
    let opened = tokio::select! {
        opened = opening => opened.context("opening the journal")?,
        () = patience => anyhow::bail!("opening the journal"),
    };
    opened.with_context(|| format!("opening the journal in {}", settings.data.display()))
}

fn make_folder(data: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .with_context(|| format!("making the data folder {}", data.display()))
}

fn tell_set_aside(data: &Path, journal: &Journal, health: &Health) {
    for place in set_aside(data) {
        if journal.pulse().set_aside.as_ref() != Some(&place) {
            health.alarm(format!(
                "journal illisible mis de côté : {place} ; le confier au support puis le déplacer"
            ));
        }
    }
}

/// Journals put aside at this or an earlier start.
fn set_aside(data: &Path) -> Vec<String> {
    let Ok(folder) = fs::read_dir(data) else {
        return Vec::new();
    };
    let names = folder.flatten().map(|entry| entry.path());
    let aside = names.filter(|path| path.to_string_lossy().contains("journal.redb.corrupt-"));
    aside.map(|path| path.display().to_string()).collect()
}

/// A panic in the uplink starts it again; messages are in the journal.
async fn supervise_uplink(uplink: Uplink) {
    loop {
        if tokio::spawn(uplink::run(uplink.clone())).await.is_ok() {
            return;
        }
        events::uplink_restarts();
        time::sleep(Duration::from_secs(1)).await;
    }
}

/// Keeps the journal in shape, and tells the service manager that all is alive only while it is.
async fn tend(journal: Journal, clock: Clock, health: Health) {
    let watched = sd_notify::watchdog_enabled();
    let mut rounds = time::interval(TEND);
    rounds.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    let mut silent_before = Vec::new();
    loop {
        rounds.tick().await;
        let answered = journal.tend(clock.now(), JOURNAL_PATIENCE).await;
        let mut silent = health.silent(SILENT);
        if !answered {
            silent.push("journal".to_owned());
        }
        if silent != silent_before && !silent.is_empty() {
            events::tasks_silent(&silent);
        }
        if watched.is_some() && silent.is_empty() {
            notify(&[sd_notify::NotifyState::Watchdog]);
        }
        silent_before = silent;
    }
}

fn notify(state: &[sd_notify::NotifyState<'_>]) {
    // Without a service manager there is nobody to tell.
    let _ = sd_notify::notify(state);
}

/// The status file, for whoever looks while nothing runs.
async fn write_status(data: PathBuf, journal: Journal, health: Health) {
    let mut changes = health.watch();
    loop {
        save_status(&data, &health, &journal);
        // Both ends of the wait lead to the same: write it anew.
        let _ = time::timeout(STATUS.0, changes.changed()).await;
        time::sleep(STATUS.1).await;
    }
}

fn save_status(data: &Path, health: &Health, journal: &Journal) {
    let save = || -> std::io::Result<()> {
        let json = serde_json::to_vec_pretty(&health.status(journal))?;
        let fresh = data.join("status.json.new");
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(&json)?;
        fs::rename(fresh, data.join("status.json"))
    };
    if let Err(error) = save() {
        events::status_unwritten(&error);
    }
}

async fn answer(data: PathBuf, journal: Journal, health: Health, board: Board) {
    if let Err(error) = control::serve(data, journal, health, board).await {
        events::control_closed(&error);
    }
}
