//! Every line the backbone of the hub writes to its log. WARN: nothing is lost. ERROR: a person must act. Identifiers
//! only, never a patient's name.

use std::fmt::Display;
use std::sync::{LazyLock, Mutex, PoisonError};

use tracing::{error, info, warn};

use crate::told::Told;

static TOLD: LazyLock<Mutex<Told>> = LazyLock::new(Mutex::default);

/// How many like it were held back, if this line may be written; the same words about a subject once an hour.
fn news(kind: &'static str, subject: &str, words: &str) -> Option<u64> {
    let now = crate::clock::uptime();
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    told.pass(kind, subject, words, now)
}

/// The hub serves its web pages.
pub fn web_ready(address: impl Display) {
    info!("web: http://{address}/");
}

/// A task of the hub ended when it should run for ever; it is started again.
pub fn task_restarted(task: &'static str, reason: impl Display) {
    error!(task, %reason, "a task stopped and is started again");
}

/// A task could not be started.
pub fn task_failed(task: &'static str, reason: impl Display) {
    error!(task, %reason, "a task failed");
}

/// The hub is asked to stop.
pub fn stopping() {
    info!("stopping");
}

/// A task fails each time it runs: told on change, and once an hour.
pub fn task_keeps_failing(task: &'static str, reason: impl Display) {
    let reason = reason.to_string();
    if let Some(untold) = news("task", task, &reason) {
        error!(task, %reason, untold, "a task failed; it is tried again");
    }
}

/// The database refused a batch; it is tried again.
pub fn ingest_stalled(reason: impl Display) {
    if let Some(untold) = news("ingest", "stalled", "") {
        error!(%reason, untold, "ingest: the database refuses to write; messages wait on the appliances until it accepts again");
    }
}

/// The database accepts again.
pub fn ingest_resumed(attempts: u64) {
    if let Some(untold) = news("ingest", "resumed", "") {
        info!(attempts, untold, "ingest: the database accepts again");
    }
}

/// The hub holds as much as it may while the database refuses, and leaves the broker.
pub fn ingest_full(bytes: usize, messages: usize) {
    if let Some(untold) = news("ingest", "full", "") {
        warn!(
            bytes,
            messages,
            untold,
            "ingest: leaving the broker until the database accepts again; messages wait on the appliances"
        );
    }
}

/// Neither the tables nor the quarantine can keep a message: it stays on its appliance.
pub fn message_left(topic: &str, reason: impl Display) {
    let reason = reason.to_string();
    if let Some(untold) = news("left", topic, &reason) {
        error!(topic, %reason, untold, "ingest: the database can keep a message neither as such nor in quarantine; it stays on the appliance and is not confirmed");
    }
}

/// What a journal's row said could not be read; it is made again from the captures.
pub fn journal_repaired(appliance: &str, journal: &str, upto: u64) {
    error!(
        appliance,
        journal,
        upto,
        "ingest: a journal's list of ranges was not readable; made again from the captures"
    );
}

/// The connection to the broker was lost.
pub fn broker_lost(reason: impl Display) {
    if let Some(untold) = news("broker", "lost", "") {
        warn!(%reason, untold, "ingest: connection to the broker lost; trying again");
    }
}

/// The hub listens to its appliances.
pub fn broker_joined() {
    if let Some(untold) = news("broker", "joined", "") {
        info!(untold, "ingest: connected to the broker, listening");
    }
}

/// A payload was set aside for a person.
pub fn payload_quarantined(topic: &str, reason: impl Display) {
    let reason = reason.to_string();
    if let Some(untold) = news("aside", topic, &reason) {
        warn!(topic, %reason, untold, "ingest: payload set aside in quarantine");
    }
}

/// Messages are missing in an appliance's journal and are asked for again.
pub fn gap_asked_again(appliance: &str, upto: u64, ranges: usize) {
    if let Some(untold) = news("gap", appliance, &format!("{upto} {ranges}")) {
        warn!(
            appliance,
            upto, ranges, untold, "ingest: messages are missing; asked for again"
        );
    }
}

/// An appliance joined with an invitation.
pub fn appliance_enrolled(appliance: &str) {
    info!(appliance, "enrol: appliance enrolled");
}

/// A stranger was refused at the enrolment door.
pub fn enrolment_refused(appliance: &str, reason: impl Display) {
    let reason = reason.to_string();
    if let Some(untold) = news("enrol", appliance, &reason) {
        warn!(appliance, %reason, untold, "enrol: refused");
    }
}

/// A client was refused by the embedded broker.
pub fn broker_refused(client: &str, reason: impl Display) {
    let reason = reason.to_string();
    if let Some(untold) = news("refused", client, &reason) {
        warn!(client, %reason, untold, "broker: refused");
    }
}

/// The connection of a revoked appliance was ended.
pub fn broker_ended(client: &str, ended: bool) {
    warn!(
        client,
        ended, "broker: the appliance is revoked; its connection is ended"
    );
}

/// A page failed; the person was given the id to quote.
pub fn web_failed(id: &str, reason: impl Display) {
    error!(id, %reason, "web: a request failed");
}

/// An error with all its causes, outermost first: printed once, at the rim.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

/// Captures cannot be interpreted for now; they wait in the database.
pub fn interpretation_paused(reason: impl Display) {
    warn!(%reason, "interpretation: paused; messages wait in the database");
}

/// Captures are interpreted again.
pub fn interpretation_resumed(failures: u32) {
    info!(failures, "interpretation: resumed");
}

/// A capture could not be dealt with: it is kept and waits for a person.
pub fn capture_set_aside(reason: impl Display) {
    error!(%reason, "interpretation: a message was set aside; see the queue");
}
