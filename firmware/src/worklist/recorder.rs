//! What became of orders, on its way into the journal: in order, each once, without keeping an analyzer waiting.

use crate::{
    clock::Clock,
    events,
    journal::{Entry, Journal},
    stop::Stop,
};
use lisiere_wire::{Capture, JournalId, LinkStats, ORDER_EVENT_LINK, OrderEvent};
use std::{collections::BTreeSet, time::Duration};
use tokio::sync::mpsc;

/// Events that may wait for the journal; more are lost and said so.
const WAITING: usize = 4096;
/// Pause after the journal refused.
const AGAIN: Duration = Duration::from_secs(1);

/// The way of events into the journal, at one port. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recorder {
    port: String,
    events: mpsc::Sender<OrderEvent>,
}

impl Recorder {
    /// Starts the task that writes the events of a port.
    pub fn start(port: &str, driver: &str, journal: Journal, clock: Clock, stop: Stop) -> Self {
        let (events, waiting) = mpsc::channel(WAITING);
        let place = (port.to_owned(), driver.to_owned());
        tokio::spawn(write(place, waiting, journal, clock, stop));
        Self {
            port: port.to_owned(),
            events,
        }
    }

    /// Notes an event; returns at once.
    pub fn note(&self, event: OrderEvent) {
        if self.events.try_send(event).is_err() {
            events::order_event_lost(&self.port);
        }
    }
}

async fn write(
    (port, driver): (String, String),
    mut waiting: mpsc::Receiver<OrderEvent>,
    journal: Journal,
    clock: Clock,
    mut stop: Stop,
) {
    while let Some(event) = waiting.recv().await {
        let Ok(bytes) = serde_json::to_vec(&event) else {
            continue;
        };
        let mut digest = [0; 32];
        // The moment is part of the text, so that nothing that happens twice is taken for a repetition.
        digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, &bytes).as_ref());
        let capture = Capture {
            journal: JournalId([0; 16]),
            seq: 0,
            boot: 0,
            port: port.clone(),
            link: ORDER_EVENT_LINK.to_owned(),
            driver: driver.clone(),
            received_at: event.at,
            clock: clock.wall().quality,
            digest,
            bytes,
            stats: LinkStats::default(),
        };
        loop {
            let entry = Entry {
                capture: capture.clone(),
                apart: BTreeSet::new(),
            };
            if journal.store(entry).await.is_ok() {
                break;
            }
            if stop.wanted_within(AGAIN).await {
                return;
            }
        }
    }
}
