//! What a person meets at the box: lamps and button, the local page, and a clock that is watched.

use crate::{
    board::{Board, Told},
    clock::Clock,
    events,
    health::{Health, Status},
    journal::Journal,
    page,
    panel::{self, Gesture},
    recognise,
    settings::Settings,
    stop::Stop,
    timekeeper::{self, JumpWatch},
};
use std::time::Duration;
use tokio::{sync::mpsc, task::JoinSet};

/// How often the wall clock is compared with the ticks.
const LOOK: Duration = Duration::from_secs(1);
/// Presses that may wait.
const GESTURES: usize = 4;

/// What all of it works with.
#[derive(Clone, Debug)]
pub struct Person {
    /// The journal's pulse.
    pub journal: Journal,
    /// How the box is.
    pub health: Health,
    /// Both clocks.
    pub clock: Clock,
    /// Tells when the appliance stops.
    pub stop: Stop,
    /// The ports, as they can be asked.
    pub board: Board,
}

/// Starts what the settings ask for.
pub fn start(tasks: &mut JoinSet<()>, settings: &Settings, person: Person) {
    let Person {
        journal,
        health,
        clock,
        stop,
        board,
    } = person;
    let (gestures, pressed) = mpsc::channel(GESTURES);
    tasks.spawn(panel::run(panel::Context {
        settings: settings.panel.clone(),
        data: settings.data.clone(),
        health: health.clone(),
        journal: journal.clone(),
        clock,
        stop: stop.clone(),
        gestures,
    }));
    tasks.spawn(obey(
        pressed,
        board.clone(),
        health.clone(),
        journal.clone(),
    ));
    tasks.spawn(page::run(page::Context {
        settings: settings.page.clone(),
        health: health.clone(),
        journal,
        clock,
        board,
        stop: stop.clone(),
    }));
    tasks.spawn(timekeeper::run(clock, health.clone(), stop.clone()));
    tasks.spawn(watch_clock(clock, health, stop));
}

/// Does what the button asks for; ends when the panel does.
async fn obey(
    mut pressed: mpsc::Receiver<Gesture>,
    board: Board,
    health: Health,
    journal: Journal,
) {
    while let Some(gesture) = pressed.recv().await {
        events::button_pressed(gesture);
        if gesture == Gesture::Recognise {
            let ports = to_recognise(&health.status(&journal));
            // Side by side: they are different lines, and each may take minutes.
            let looking = ports.into_iter().map(|port| {
                let board = board.clone();
                async move { recognise_port(&board, &port).await }
            });
            looking.collect::<JoinSet<()>>().join_all().await;
        }
    }
}

/// Ports that a long press is about: those that have brought no message since the start. A line that works is left in
/// peace.
fn to_recognise(status: &Status) -> Vec<String> {
    let silent = status.ports.iter().filter(|port| port.messages == 0);
    silent.map(|port| port.name.clone()).collect()
}

/// The outcome is kept by the port's task, for the pages; nothing is applied.
async fn recognise_port(board: &Board, port: &str) {
    match board.recognise(port, recognise::PATIENCE) {
        Ok(mut heard) => {
            while let Some(told) = heard.recv().await {
                if matches!(told, Told::Outcome(_) | Told::Failed(_)) {
                    return;
                }
            }
        }
        Err(reason) => events::recognition_refused(port, &reason),
    }
}

async fn watch_clock(clock: Clock, health: Health, mut stop: Stop) {
    let mut watch = JumpWatch::default();
    while !stop.wanted_within(LOOK).await {
        if let Some(jump) = watch.look(clock.tick().0, clock.now()) {
            events::clock_jumped(jump.by / 1_000_000);
            health.clock_jumped(jump);
        }
    }
}
