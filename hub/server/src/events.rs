//! Every line the backbone of the hub writes to its log. WARN: nothing is lost. ERROR: a person must act. Identifiers
//! only, never a patient's name.

use std::fmt::Display;

use tracing::{error, info, warn};

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

/// The database refused a batch; it is tried again.
pub fn ingest_stalled(reason: impl Display) {
    error!(%reason, "ingest: the database refuses to write; messages wait on the appliances until it accepts again");
}

/// The database accepts again.
pub fn ingest_resumed(attempts: u64) {
    info!(attempts, "ingest: the database accepts again");
}

/// The connection to the broker was lost.
pub fn broker_lost(reason: impl Display) {
    warn!(%reason, "ingest: connection to the broker lost; trying again");
}

/// The hub listens to its appliances.
pub fn broker_joined(session_present: bool) {
    info!(session_present, "ingest: connected to the broker");
}

/// A payload was set aside for a person.
pub fn payload_quarantined(topic: &str, reason: impl Display) {
    warn!(topic, %reason, "ingest: payload set aside in quarantine");
}

/// Messages are missing in an appliance's journal and are asked for again.
pub fn gap_asked_again(appliance: &str, upto: u64, ranges: usize) {
    warn!(
        appliance,
        upto, ranges, "ingest: messages are missing; asked for again"
    );
}

/// An appliance joined with an invitation.
pub fn appliance_enrolled(appliance: &str) {
    info!(appliance, "enrol: appliance enrolled");
}

/// A stranger was refused at the enrolment door.
pub fn enrolment_refused(appliance: &str, reason: impl Display) {
    warn!(appliance, %reason, "enrol: refused");
}

/// A client was refused by the embedded broker.
pub fn broker_refused(client: &str, reason: impl Display) {
    warn!(client, %reason, "broker: refused");
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
