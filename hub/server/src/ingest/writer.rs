//! Commits what arrived in batches; then acknowledges to the broker; then confirms to the appliances.
//!
//! A database that fails stops nothing: the batch is tried again until it is committed, nothing is acknowledged
//! meanwhile, the alarm is raised once and cleared once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lisiere_wire::{Presence, State, Topic};
use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::v5::Publish;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::downlink::Downlink;
use super::intake::Content;
use super::session::{Delivery, Generation};
use crate::app::{App, Shutdown};
use crate::events;
use crate::store::appliance::{self, Announcement};
use crate::store::ingest::{self, Applied, Arrival};
use crate::store::journal::{self, Progress};
use crate::store::quarantine::Aside;
use crate::store::{Error, Result};

/// Messages in one transaction.
const BATCH: usize = 1000;
/// Bytes in one transaction, about.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Wait after the database refused; it doubles up to [`LONGEST_WAIT`].
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
/// Short enough that the hub goes on within ten seconds of the database's return.
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// How often gaps are looked for.
const SWEEP: Duration = Duration::from_secs(1);
/// A gap that lasts longer than this is no mere reordering, microseconds.
const GAP_PATIENCE: i64 = 2_000_000;
/// Time between two requests for the same gap, microseconds.
const ASK_AGAIN: i64 = 5_000_000;
/// How long the writer waits for room to acknowledge.
const ACKNOWLEDGE: Duration = Duration::from_secs(10);

/// Acknowledges to the broker what the database has accepted.
pub(super) struct Acknowledging {
    client: AsyncClient,
    current: Arc<AtomicU64>,
}

impl Acknowledging {
    /// `current` counts the connections of this client.
    pub(super) fn new(client: AsyncClient, current: Arc<AtomicU64>) -> Self {
        Self { client, current }
    }

    /// Skips what came by a connection that is gone: it comes again. `false` when there is no room for a long time.
    async fn acknowledge(&self, publish: &Publish, generation: Generation) -> bool {
        if self.current.load(Ordering::Relaxed) != generation {
            return true;
        }
        if self.client.try_ack(publish).is_ok() {
            return true;
        }
        let room = tokio::time::timeout(ACKNOWLEDGE, self.client.ack(publish));
        room.await.is_ok()
    }
}

#[derive(Default)]
struct Batch {
    arrivals: Vec<Arrival>,
    aside: Vec<Aside>,
    states: Vec<(Topic, Box<State>)>,
    acknowledge: Vec<(Box<Publish>, Generation)>,
    joined: bool,
    bytes: usize,
}

pub(super) async fn run(
    app: App,
    client: Acknowledging,
    mut deliveries: mpsc::Receiver<Delivery>,
    mut shutdown: Shutdown,
) {
    let mut downlink = Downlink::default();
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
            _ = sweep.tick() => {
                ask_for_gaps(&app, &mut downlink).await;
                downlink.flush(&client.client);
                continue;
            }
        };
        let batch = gather(first, &mut deliveries);
        if !settle(&app, &client, batch, &mut downlink, &mut shutdown).await {
            return;
        }
    }
}

/// Takes what is already there, without waiting for more: while one batch is written the next one gathers by itself.
fn gather(first: Delivery, deliveries: &mut mpsc::Receiver<Delivery>) -> Batch {
    let mut batch = Batch::default();
    batch.add(first);
    while batch.acknowledge.len() < BATCH && batch.bytes < BATCH_BYTES {
        let Ok(next) = deliveries.try_recv() else {
            break;
        };
        batch.add(next);
    }
    batch
}

impl Batch {
    fn add(&mut self, delivery: Delivery) {
        let (content, publish) = match delivery {
            Delivery::Joined => {
                self.joined = true;
                return;
            }
            Delivery::Payload(content, publish, generation) => (content, (publish, generation)),
        };
        self.acknowledge.push(publish);
        match content {
            Content::Capture(arrival) => {
                self.bytes = self.bytes.saturating_add(arrival.payload.len());
                self.arrivals.push(*arrival);
            }
            Content::Aside(aside) => {
                self.bytes = self.bytes.saturating_add(aside.payload.len());
                self.aside.push(aside);
            }
            Content::State(topic, state) => self.states.push((topic, state)),
            Content::Nothing => {}
        }
    }
}

/// Commits, acknowledges, confirms. `false` when the hub is asked to stop before the database accepted.
async fn settle(
    app: &App,
    client: &Acknowledging,
    batch: Batch,
    downlink: &mut Downlink,
    shutdown: &mut Shutdown,
) -> bool {
    let Some(applied) = commit(app, &batch.arrivals, &batch.aside, shutdown).await else {
        return false;
    };
    for (topic, reason) in &applied.aside {
        events::payload_quarantined(topic, reason);
    }
    app.health
        .stored
        .fetch_add(applied.stored, Ordering::Relaxed);
    app.health
        .duplicates
        .fetch_add(applied.duplicates, Ordering::Relaxed);
    if applied.stored > 0 {
        app.captured.notify_one();
    }
    for (publish, generation) in &batch.acknowledge {
        if !client.acknowledge(publish, *generation).await {
            break;
        }
    }
    for progress in applied.progress {
        downlink.say(progress, false);
    }
    for (topic, state) in &batch.states {
        announce(app, topic, state, downlink).await;
    }
    if batch.joined {
        say_all(app, downlink).await;
    }
    downlink.flush(&client.client);
    true
}

/// Writes a batch until the database has accepted it. A message that the database can never accept is found by
/// halving, and set aside.
async fn commit(
    app: &App,
    arrivals: &[Arrival],
    aside: &[Aside],
    shutdown: &mut Shutdown,
) -> Option<Applied> {
    let mut total = Applied::default();
    let mut parts = vec![(arrivals, aside.to_vec())];
    while let Some((part, aside)) = parts.pop() {
        if part.is_empty() && aside.is_empty() {
            continue;
        }
        match persist(app, part, &aside, shutdown).await? {
            Ok(applied) => merge(&mut total, applied),
            Err(error) => match part {
                [] => events::task_failed("ingest: setting a payload aside", error),
                [one] => {
                    let mut aside = aside;
                    aside.push(one.aside(&format!("the database cannot keep it: {error}")));
                    parts.push((&[], aside));
                }
                many => {
                    let (first, second) = many.split_at(many.len().div_euclid(2));
                    parts.push((second, aside));
                    parts.push((first, Vec::new()));
                }
            },
        }
    }
    Some(total)
}

fn merge(total: &mut Applied, part: Applied) {
    total.stored = total.stored.saturating_add(part.stored);
    total.duplicates = total.duplicates.saturating_add(part.duplicates);
    total.aside.extend(part.aside);
    total.progress.extend(part.progress);
}

/// Tries until the database accepts or says that it can never accept this; `None` when the hub is asked to stop.
async fn persist(
    app: &App,
    arrivals: &[Arrival],
    aside: &[Aside],
    shutdown: &mut Shutdown,
) -> Option<Result<Applied, Error>> {
    let mut wait = SHORTEST_WAIT;
    let mut attempts: u64 = 0;
    loop {
        let error = match ingest::apply(&app.store, arrivals, aside, app.clock.now_micros()).await {
            Ok(applied) => {
                if app.health.ingest_stalled.swap(false, Ordering::Relaxed) {
                    events::ingest_resumed(attempts);
                }
                return Some(Ok(applied));
            }
            Err(error) if error.is_about_content() => return Some(Err(error)),
            Err(error) => error,
        };
        attempts = attempts.saturating_add(1);
        if !app.health.ingest_stalled.swap(true, Ordering::Relaxed) {
            events::ingest_stalled(events::chain(&error));
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shutdown.wanted() => return None,
        }
        wait = wait.saturating_mul(2).min(LONGEST_WAIT);
    }
}

/// Keeps what an appliance said about itself and answers how far its journal got, so that it sends what is not there.
async fn announce(app: &App, topic: &Topic, state: &State, downlink: &mut Downlink) {
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
        let known =
            appliance::announced(&mut tx, name, site, &said, app.clock.now_micros()).await?;
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
        Err(error) => events::task_failed(
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
        Err(error) => events::task_failed(
            "ingest: reading how far journals got",
            events::chain(&error),
        ),
    }
}

async fn ask_for_gaps(app: &App, downlink: &mut Downlink) {
    let now = app.clock.now_micros();
    let claimed = async {
        let mut tx = app.store.begin().await?;
        let since = now.saturating_sub(GAP_PATIENCE);
        let claimed =
            journal::claim_gaps(&mut tx, since, now.saturating_sub(ASK_AGAIN), now).await?;
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
        Err(error) if app.health.ingest_stalled.load(Ordering::Relaxed) => drop(error),
        Err(error) => events::task_failed("ingest: looking for gaps", events::chain(&error)),
    }
}
