//! The task that interprets what ingest has stored.

use crate::app::{App, Shutdown};

/// Interprets captures as they come, until the hub is asked to stop.
pub async fn run(_app: App, mut shutdown: Shutdown) {
    shutdown.wanted().await;
}
