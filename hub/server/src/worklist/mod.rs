//! The worklist: what analyzers may be asked to do, on its way to the appliances before any of them asks.
//!
//! `compute` makes the list out of the open orders, one item for each tube and driver; `offer` sends each appliance what
//! it lacks of it; `told` takes in what became of orders at the analyzers. The list is in the database and has versions,
//! so any hub can go on where another stopped, and an appliance that missed a change is found out by its own word.

mod codes;
mod compute;
mod offer;
pub mod told;

use std::time::Duration;

use lisiere_wire::{ListId, Topic, WorklistHeld};

use crate::app::{App, Shutdown};
use crate::ingest::Post;
use crate::laboratory::{Laboratory, Result};
use crate::store::{Store, work};
use crate::{clock, events};

/// How often the orders are looked at: a change reaches the appliances within about this time.
const ROUND: Duration = Duration::from_millis(500);
/// Pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(2);

/// Keeps the list and the appliances' copies of it up to date until the hub is asked to stop.
pub async fn run(app: App, mut shutdown: Shutdown) {
    let laboratory = match Laboratory::of(&app) {
        Ok(laboratory) => laboratory,
        Err(error) => {
            events::task_failed("worklist", error);
            shutdown.wanted().await;
            return;
        }
    };
    let mut keeper = Keeper::new(laboratory);
    let mut failing = false;
    while !shutdown.is_wanted() {
        let pause = match keeper.round(&app.post, app.clock.now_micros()).await {
            Ok(()) => {
                failing = false;
                ROUND
            }
            Err(error) => {
                // The appliances have their lists; one line for an outage.
                if !std::mem::replace(&mut failing, true) {
                    events::task_keeps_failing("worklist", events::chain(&error));
                }
                PAUSE
            }
        };
        tokio::select! {
            () = app.listed.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = shutdown.wanted() => {}
        }
    }
}

/// One hub's part in keeping the list.
#[derive(Debug)]
pub struct Keeper {
    laboratory: Laboratory,
    /// What the orders looked like when the list was last made of them.
    seen: Option<String>,
}

impl Keeper {
    /// A keeper that has seen nothing yet.
    pub const fn new(laboratory: Laboratory) -> Self {
        Self {
            laboratory,
            seen: None,
        }
    }

    /// Makes the list anew if anything changed, and offers it to whoever lacks something.
    pub async fn round(&mut self, post: &Post, now: i64) -> Result<()> {
        let since = compute::oldest(now);
        let mut reader = self.laboratory.store.read().await?;
        let seen = work::fingerprint(&mut reader, since).await?;
        drop(reader);
        if self.seen.as_ref() != Some(&seen) {
            compute::refresh(&self.laboratory, fresh_list(), now).await?;
            self.seen = Some(seen);
        }
        offer::all(&self.laboratory.store, post, now).await
    }
}

fn fresh_list() -> ListId {
    // A version 4 identifier would do as well; only its being new matters.
    ListId(*clock::fresh_uuid().as_bytes())
}

/// Keeps what an appliance says it holds; what it lacks follows.
pub async fn held(
    store: &Store,
    topic: &Topic,
    held: &WorklistHeld,
    now: i64,
) -> crate::store::Result<()> {
    let mut tx = store.begin().await?;
    let (name, site) = (topic.appliance.as_str(), topic.site.as_str());
    work::held(&mut tx, name, site, held, now).await?;
    tx.commit().await
}
