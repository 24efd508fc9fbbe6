//! What a person meets at the box: lamps and button, the local page, and a clock that is watched.

use crate::{
    clock::Clock,
    events,
    health::Health,
    journal::Journal,
    page::{self, Tapped},
    panel::{self, Gesture},
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
    /// The lines that can be watched.
    pub taps: Vec<Tapped>,
}

/// Starts what the settings ask for.
pub fn start(tasks: &mut JoinSet<()>, settings: &Settings, person: Person) {
    let Person {
        journal,
        health,
        clock,
        stop,
        taps,
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
    tasks.spawn(obey(pressed));
    tasks.spawn(page::run(page::Context {
        settings: settings.page.clone(),
        health: health.clone(),
        journal,
        clock,
        taps,
        stop: stop.clone(),
    }));
    tasks.spawn(timekeeper::run(clock, health.clone(), stop.clone()));
    tasks.spawn(watch_clock(clock, health, stop));
}

/// Does what the button asks for; ends when the panel does.
async fn obey(mut pressed: mpsc::Receiver<Gesture>) {
    while let Some(gesture) = pressed.recv().await {
        events::button_pressed(gesture);
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
