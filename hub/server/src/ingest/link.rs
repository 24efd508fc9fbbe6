//! One connection to the broker as the writer sees it, and how much of what came by it is still in memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::v5::Publish;
use tokio::sync::{Notify, watch};

use super::RECEIVE_MAXIMUM;

/// How long the writer waits for room to acknowledge.
const ACKNOWLEDGE: Duration = Duration::from_secs(10);

/// One connection. A packet number means something on its own connection only, so each delivery carries its link.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: AsyncClient,
    open: AtomicBool,
    given_up: Notify,
}

impl Link {
    pub(super) fn new(client: AsyncClient) -> Self {
        Self {
            client,
            open: AtomicBool::new(true),
            given_up: Notify::new(),
        }
    }

    /// The connection is gone: nothing that is still to be said may go to another one.
    pub(super) fn close(&self) {
        self.open.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// The writer cannot go on with this connection: the session should make another one.
    pub(super) fn give_up(&self) {
        self.given_up.notify_one();
    }

    pub(super) async fn given_up(&self) {
        self.given_up.notified().await;
    }

    /// Acknowledges to the broker. What came by a connection that is gone comes again: skipped.
    pub(super) async fn acknowledge(&self, publish: &Publish) {
        if !self.is_open() || self.client.try_ack(publish).is_ok() {
            return;
        }
        let room = tokio::time::timeout(ACKNOWLEDGE, self.client.ack(publish));
        if room.await.is_err() {
            // Not acknowledged, it would occupy its place at the broker for ever.
            self.give_up();
        }
    }
}

/// Bytes that may wait in memory for the database.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Messages that may; beyond [`RECEIVE_MAXIMUM`] the broker would begin to pile them up in its own memory.
const MOST_MESSAGES: usize = RECEIVE_MAXIMUM as usize / 2;

/// What waits in memory for the database.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    pub(super) bytes: usize,
    pub(super) messages: usize,
    stalled: bool,
}

impl Held {
    fn fits(&self) -> bool {
        self.bytes < MOST_BYTES && self.messages < MOST_MESSAGES
    }
}

/// Keeps the memory bounded between session and writer.
#[derive(Debug, Clone)]
pub(super) struct Load(watch::Sender<Held>);

impl Load {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Held::default()))
    }

    pub(super) fn take(&self, bytes: usize) {
        self.0.send_modify(|held| {
            held.bytes = held.bytes.saturating_add(bytes);
            held.messages = held.messages.saturating_add(1);
        });
    }

    pub(super) fn release(&self, bytes: usize, messages: usize) {
        self.0.send_modify(|held| {
            held.bytes = held.bytes.saturating_sub(bytes);
            held.messages = held.messages.saturating_sub(messages);
        });
    }

    /// The database refuses, or accepts again.
    pub(super) fn stalled(&self, stalled: bool) {
        self.0.send_modify(|held| held.stalled = stalled);
    }

    /// Waits until there is room. What is held is given back when the database refuses: there will be none soon.
    pub(super) async fn room(&self) -> Option<Held> {
        let mut watching = self.0.subscribe();
        let reached = watching.wait_for(|held| held.fits() || held.stalled).await;
        // An error means that the sender is gone, which is ourselves.
        reached.ok().map(|held| *held).filter(|held| !held.fits())
    }

    /// Waits until the database accepts.
    pub(super) async fn flows(&self) {
        let mut watching = self.0.subscribe();
        let _ = watching.wait_for(|held| !held.stalled).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_is_bounded_while_the_database_refuses() {
        let load = Load::new();
        load.take(MOST_BYTES);
        load.stalled(true);
        let held = load.room().await.expect("too much is held");
        assert_eq!((held.bytes, held.messages), (MOST_BYTES, 1));
        load.stalled(false);
        load.flows().await;
        load.release(MOST_BYTES, 1);
        assert!(load.room().await.is_none(), "there is room again");
        for _ in 0..MOST_MESSAGES {
            load.take(1);
        }
        load.stalled(true);
        assert!(load.room().await.is_some(), "many small ones count too");
    }
}
