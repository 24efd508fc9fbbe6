//! Wires the rooms of the hub together, keeps their tasks alive, and stops them in order.

mod start;
mod supervise;

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::command::Courier;
use crate::ingest::Post;
use crate::settings::Settings;
use crate::store::Store;

pub use start::run;
pub use supervise::Supervisor;

/// What every room is handed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The settings the hub was started with.
    pub settings: Arc<Settings>,
    /// The clock.
    pub clock: Clock,
    /// Rung after captures were committed: some wait to be interpreted. A missed ring is harmless, the database
    /// remembers what waits.
    pub captured: Arc<Notify>,
    /// Rung when an appliance has said what it holds of the worklist. A missed ring is harmless.
    pub listed: Arc<Notify>,
    /// The way to the appliances.
    pub post: Post,
    /// The way by which people's commands go.
    pub courier: Courier,
    /// How the hub is doing, for the page that shows it.
    pub health: Arc<Health>,
}

/// What the hub knows about its own state.
#[derive(Debug, Default)]
pub struct Health {
    /// The database refuses writes; messages wait on the appliances.
    pub ingest_stalled: std::sync::atomic::AtomicBool,
    /// The hub is connected to its broker.
    pub broker_connected: std::sync::atomic::AtomicBool,
    /// Captures committed since the hub started.
    pub stored: std::sync::atomic::AtomicU64,
    /// Repeated captures recognised since the hub started.
    pub duplicates: std::sync::atomic::AtomicU64,
}

impl App {
    /// An app around a store; tests use it as it is.
    pub fn new(store: Store, settings: Settings, clock: Clock) -> Self {
        Self {
            store,
            settings: Arc::new(settings),
            clock,
            captured: Arc::new(Notify::new()),
            listed: Arc::new(Notify::new()),
            post: Post::default(),
            courier: Courier::default(),
            health: Arc::new(Health::default()),
        }
    }
}

/// The wish that the hub stops, told to every task. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// A wish not yet made, and the handle that makes it.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Returns once the hub should stop.
    pub async fn wanted(&mut self) {
        // An error means that the handle is gone: nobody could wish any more, so stop.
        let _ = self.0.wait_for(|wanted| *wanted).await;
    }

    /// Should the hub stop?
    pub fn is_wanted(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
