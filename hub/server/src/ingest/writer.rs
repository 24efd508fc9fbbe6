//! Commits what arrived in batches; then acknowledges to the broker; then confirms to the appliances.
//!
//! A database that fails stops nothing: the batch is tried again until it is committed, nothing is acknowledged
//! meanwhile, the alarm is raised once and cleared once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lisiere_wire::{Presence, State, Topic, WorklistHeld};
use rumqttc::v5::mqttbytes::v5::Publish;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::RECEIVE_MAXIMUM;
use super::commit::{Contents, Item, commit};
use super::downlink::Downlink;
use super::intake::Content;
use super::link::{Link, Load};
use super::session::Delivery;
use crate::app::{App, Shutdown};
use crate::store::Error;
use crate::store::appliance::{self, Announcement};
use crate::store::clocks;
use crate::store::journal::{self, Progress};
use crate::{events, worklist};

/// Messages in one transaction.
const BATCH: usize = 1000;
/// Bytes in one transaction, about.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// How often gaps are looked for.
const SWEEP: Duration = Duration::from_secs(1);
/// A gap that lasts longer than this is no mere reordering, microseconds.
const GAP_PATIENCE: i64 = 2_000_000;
/// Messages that stay unacknowledged on one connection before another is made: each occupies a place at the broker.
const MOST_LEFT: usize = RECEIVE_MAXIMUM as usize / 4;

/// A packet to acknowledge, and what it carried.
struct Packet {
    publish: Box<Publish>,
    link: Arc<Link>,
    item: Option<Item>,
}

#[derive(Default)]
struct Batch {
    contents: Contents,
    /// Each with whether it was said just now; a retained one was said before the hub listened.
    states: Vec<(Topic, Box<State>, bool)>,
    held: Vec<(Topic, Box<WorklistHeld>)>,
    packets: Vec<Packet>,
    joined: Option<Arc<Link>>,
    bytes: usize,
}

/// What the writer goes by.
struct Writer {
    app: App,
    load: Load,
    downlink: Downlink,
    /// The newest connection.
    link: Option<Arc<Link>>,
    /// Messages left unacknowledged on it.
    left: usize,
}

pub(super) async fn run(
    app: App,
    load: Load,
    mut deliveries: mpsc::Receiver<Delivery>,
    mut shutdown: Shutdown,
) {
    let mut writer = Writer {
        app,
        load,
        downlink: Downlink::default(),
        link: None,
        left: 0,
    };
    let mut sweep = tokio::time::interval(SWEEP);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let first = tokio::select! {
            biased;
            () = shutdown.wanted() => return,
            first = deliveries.recv() => match first {
                Some(first) => first,
                None => return,
            },
            () = writer.app.post.rung() => {
                writer.flush();
                continue;
            }
            _ = sweep.tick() => {
                writer.sweep().await;
                continue;
            }
        };
        let batch = gather(first, &mut deliveries);
        if !writer.settle(batch, &mut shutdown).await {
            return;
        }
    }
}

/// Takes what is already there, without waiting for more: while one batch is written the next one gathers by itself.
fn gather(first: Delivery, deliveries: &mut mpsc::Receiver<Delivery>) -> Batch {
    let mut batch = Batch::default();
    batch.add(first);
    while batch.packets.len() < BATCH && batch.bytes < BATCH_BYTES {
        let Ok(next) = deliveries.try_recv() else {
            break;
        };
        batch.add(next);
    }
    batch
}

impl Batch {
    fn add(&mut self, delivery: Delivery) {
        let (content, bytes, publish, link) = match delivery {
            Delivery::Joined(link) => {
                self.joined = Some(link);
                return;
            }
            Delivery::Payload(content, bytes, publish, link) => (content, bytes, publish, link),
        };
        self.bytes = self.bytes.saturating_add(bytes);
        let contents = &mut self.contents;
        let item = match content {
            Content::Capture(arrival) => {
                contents.arrivals.push(*arrival);
                Some(Item::Arrival(contents.arrivals.len().saturating_sub(1)))
            }
            Content::Aside(aside) => {
                contents.aside.push(aside);
                Some(Item::Aside(contents.aside.len().saturating_sub(1)))
            }
            Content::Missing(missing) => {
                contents.missing.push(*missing);
                Some(Item::Missing(contents.missing.len().saturating_sub(1)))
            }
            Content::State(topic, state) => {
                self.states.push((topic, state, !publish.retain));
                None
            }
            Content::Held(topic, held) => {
                self.held.push((topic, held));
                None
            }
            Content::Nothing => None,
        };
        self.packets.push(Packet {
            publish,
            link,
            item,
        });
    }
}

impl Writer {
    /// Commits, acknowledges, confirms. `false` when the hub is asked to stop before the database accepted.
    async fn settle(&mut self, batch: Batch, shutdown: &mut Shutdown) -> bool {
        let written = commit(&self.app, &batch.contents, &self.load, shutdown).await;
        let Some(outcome) = written else {
            return false;
        };
        let applied = outcome.applied;
        for (topic, reason) in &applied.aside {
            events::payload_quarantined(topic, reason);
        }
        let health = &self.app.health;
        health.stored.fetch_add(applied.stored, Ordering::Relaxed);
        health
            .duplicates
            .fetch_add(applied.duplicates, Ordering::Relaxed);
        if applied.stored > 0 {
            self.app.captured.notify_one();
        }
        for packet in &batch.packets {
            if packet.item.is_some_and(|item| outcome.left.contains(&item)) {
                self.leave(&packet.link);
            } else {
                packet.link.acknowledge(&packet.publish).await;
            }
        }
        self.load.release(batch.bytes, batch.packets.len());
        for progress in applied.progress {
            self.downlink.say(progress, false);
        }
        for (topic, state, is_live) in &batch.states {
            announce(&self.app, topic, state, *is_live, &mut self.downlink).await;
        }
        for (topic, held) in &batch.held {
            // It is said again before long: nothing is lost.
            let now = self.app.clock.now_micros();
            if let Err(error) = worklist::held(&self.app.store, topic, held, now).await {
                let words = events::chain(&error);
                events::task_keeps_failing("ingest: keeping what an appliance holds", words);
            }
            self.app.listed.notify_one();
        }
        if let Some(link) = batch.joined {
            self.app.post.clear();
            self.link = Some(link);
            self.left = 0;
            say_all(&self.app, &mut self.downlink).await;
        }
        self.flush();
        true
    }

    /// A message that the database keeps in no form is not acknowledged: its appliance still has it.
    fn leave(&mut self, link: &Link) {
        self.left = self.left.saturating_add(1);
        if self.left >= MOST_LEFT {
            link.give_up();
        }
    }

    async fn sweep(&mut self) {
        // Without a connection the request would be counted and not heard.
        if self.link.as_ref().is_some_and(|link| link.is_open()) {
            ask_for_gaps(&self.app, &mut self.downlink).await;
        }
        self.flush();
    }

    fn flush(&mut self) {
        if let Some(link) = self.link.as_ref().filter(|link| link.is_open()) {
            self.downlink.flush(&link.client);
            self.app.post.flush(&link.client);
        }
    }
}

/// Keeps what an appliance said about itself and answers how far its journal got, so that it sends what is not there.
async fn announce(app: &App, topic: &Topic, state: &State, is_live: bool, downlink: &mut Downlink) {
    let said = Announcement {
        connected: state.presence == Presence::Online,
        queue_depth: i64::try_from(state.queue).unwrap_or(i64::MAX),
        version: state.version.replace('\0', ""),
        state: serde_json::to_string(state).unwrap_or_default(),
        state_at: state.at.0,
    };
    let (site, name) = (topic.site.as_str(), topic.appliance.as_str());
    let kept = async {
        let mut tx = app.store.begin().await?;
        if said.connected {
            journal::ask_soon(&mut tx, name).await?;
        }
        let known =
            appliance::announced(&mut tx, name, site, &said, app.clock.now_micros()).await?;
        if known && said.connected && is_live {
            let ahead = state.at.0.saturating_sub(app.clock.now_micros());
            clocks::appliance(&mut tx, name, ahead).await?;
        }
        let progress = journal::progress_of(&mut tx, name, state.journal).await?;
        tx.commit().await?;
        Ok::<_, Error>(known.then_some(progress))
    };
    match kept.await {
        // A last will is said by the broker: nobody is there to answer to.
        Ok(Some(progress)) if said.connected => downlink.say(
            progress.unwrap_or_else(|| Progress {
                site: site.to_owned(),
                appliance: name.to_owned(),
                journal: state.journal,
                upto: 0,
                missing: Vec::new(),
            }),
            false,
        ),
        Ok(_) => {}
        // It is retained and said again: nothing is lost.
        Err(error) => events::task_keeps_failing(
            "ingest: keeping an appliance's state",
            events::chain(&error),
        ),
    }
}

/// Tells every appliance how far its journals got.
async fn say_all(app: &App, downlink: &mut Downlink) {
    let all = async {
        let mut connection = app.store.read().await?;
        journal::progress_of_all(&mut connection).await
    };
    match all.await {
        Ok(all) => all
            .into_iter()
            .for_each(|progress| downlink.say(progress, false)),
        Err(error) => events::task_keeps_failing(
            "ingest: reading how far journals got",
            events::chain(&error),
        ),
    }
}

async fn ask_for_gaps(app: &App, downlink: &mut Downlink) {
    let now = app.clock.now_micros();
    let since = now.saturating_sub(GAP_PATIENCE);
    let claimed = async {
        // A look first: most of the time there is nothing to be written.
        if !journal::has_due_gaps(&mut *app.store.read().await?, since, now).await? {
            return Ok(Vec::new());
        }
        let mut tx = app.store.begin().await?;
        let claimed = journal::claim_gaps(&mut tx, since, now).await?;
        tx.commit().await?;
        Ok::<_, Error>(claimed)
    };
    match claimed.await {
        Ok(claimed) => {
            for progress in claimed {
                events::gap_asked_again(&progress.appliance, progress.upto, progress.missing.len());
                downlink.say(progress, true);
            }
        }
        Err(error) => {
            events::task_keeps_failing("ingest: looking for gaps", events::chain(&error));
        }
    }
}
