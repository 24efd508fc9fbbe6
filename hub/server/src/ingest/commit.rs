//! Writes a batch until the database has accepted it, whatever else is wrong with a part of it.
//!
//! A database that is out of reach is tried again until it answers. A message that it can never accept, by its own
//! word or because everything else is accepted, is found by halving and set aside, so that it holds up nobody.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::link::Load;
use crate::app::{App, Shutdown};
use crate::events;
use crate::store::ingest::{self, Applied, Arrival, Intake, Missing};
use crate::store::quarantine::Aside;
use crate::store::{Error, Result};

/// Wait after the database refused; it doubles up to [`LONGEST_WAIT`].
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
/// Short enough that the hub goes on within ten seconds of the database's return.
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// Refusals before a batch is suspected instead of the database.
const SUSPICIOUS: u64 = 3;

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) arrivals: Vec<Arrival>,
    pub(super) aside: Vec<Aside>,
    pub(super) missing: Vec<Missing>,
}

/// One of the contents, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    Arrival(usize),
    Aside(usize),
    Missing(usize),
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) applied: Applied,
    /// What the database keeps in no form: not to be acknowledged.
    pub(super) left: BTreeSet<Item>,
}

#[derive(Debug, Clone, Default)]
struct Part {
    arrivals: Range<usize>,
    aside: Range<usize>,
    missing: Range<usize>,
    /// Written in place of a single item that the database refused.
    instead: Option<(Item, Aside)>,
    /// It comes from a batch in which something is wrong.
    suspected: bool,
}

impl Part {
    fn is_single(&self) -> bool {
        self.arrivals.len() + self.aside.len() + self.missing.len() == 1
    }

    fn item(&self) -> Item {
        if !self.arrivals.is_empty() {
            Item::Arrival(self.arrivals.start)
        } else if self.aside.is_empty() {
            Item::Missing(self.missing.start)
        } else {
            Item::Aside(self.aside.start)
        }
    }

    /// Two smaller parts: by kind, then by halves.
    fn split(self) -> [Self; 2] {
        let of = |arrivals, aside, missing| Self {
            arrivals,
            aside,
            missing,
            instead: None,
            suspected: true,
        };
        let none = || 0..0;
        if !self.arrivals.is_empty() && (!self.aside.is_empty() || !self.missing.is_empty()) {
            return [
                of(self.arrivals, none(), none()),
                of(none(), self.aside, self.missing),
            ];
        }
        if !self.aside.is_empty() && !self.missing.is_empty() {
            return [
                of(none(), self.aside, none()),
                of(none(), none(), self.missing),
            ];
        }
        let halves = |range: &Range<usize>| {
            let middle = range.start.midpoint(range.end);
            (range.start..middle, middle..range.end)
        };
        let (arrivals, aside, missing) = (
            halves(&self.arrivals),
            halves(&self.aside),
            halves(&self.missing),
        );
        [
            of(arrivals.0, aside.0, missing.0),
            of(arrivals.1, aside.1, missing.1),
        ]
    }
}

/// Writes all of it; `None` when the hub is asked to stop before the database accepted.
pub(super) async fn commit(
    app: &App,
    contents: &Contents,
    load: &Load,
    shutdown: &mut Shutdown,
) -> Option<Outcome> {
    let mut outcome = Outcome::default();
    let mut parts = vec![Part {
        arrivals: 0..contents.arrivals.len(),
        aside: 0..contents.aside.len(),
        missing: 0..contents.missing.len(),
        ..Part::default()
    }];
    while let Some(part) = parts.pop() {
        let error = match persist(app, contents, &part, load, shutdown).await? {
            Ok(applied) => {
                merge(&mut outcome.applied, applied);
                continue;
            }
            Err(error) => error,
        };
        if let Some((item, aside)) = part.instead {
            events::message_left(&aside.topic, events::chain(&error));
            outcome.left.insert(item);
        } else if part.is_single() {
            let item = part.item();
            let aside = contents.instead_of(item, &events::chain(&error));
            parts.push(Part {
                instead: aside.map(|aside| (item, aside)),
                suspected: true,
                ..Part::default()
            });
        } else {
            let [first, second] = part.split();
            parts.push(second);
            parts.push(first);
        }
    }
    Some(outcome)
}

impl Contents {
    fn intake<'a>(&'a self, part: &'a Part) -> Intake<'a> {
        let aside = match &part.instead {
            Some((_, aside)) => std::slice::from_ref(aside),
            None => self.aside.get(part.aside.clone()).unwrap_or_default(),
        };
        Intake {
            arrivals: self.arrivals.get(part.arrivals.clone()).unwrap_or_default(),
            aside,
            missing: self.missing.get(part.missing.clone()).unwrap_or_default(),
        }
    }

    /// How an item is set aside that the database does not take as it is.
    fn instead_of(&self, item: Item, error: &str) -> Option<Aside> {
        let reason = format!("the database cannot keep it: {error}");
        match item {
            Item::Arrival(place) => self.arrivals.get(place).map(|one| one.refused(&reason)),
            Item::Missing(place) => self.missing.get(place).map(|one| one.aside(&reason)),
            // Without anything foreign in its words.
            Item::Aside(place) => self.aside.get(place).map(|one| Aside {
                topic: one.topic.escape_debug().to_string(),
                reason: "the database cannot keep why it was set aside".to_owned(),
                ..one.clone()
            }),
        }
    }
}

fn merge(total: &mut Applied, part: Applied) {
    total.stored = total.stored.saturating_add(part.stored);
    total.duplicates = total.duplicates.saturating_add(part.duplicates);
    total.aside.extend(part.aside);
    total.progress.extend(part.progress);
}

/// Tries until the database accepts, or this part is found to be at fault; `None` when the hub is asked to stop.
async fn persist(
    app: &App,
    contents: &Contents,
    part: &Part,
    load: &Load,
    shutdown: &mut Shutdown,
) -> Option<Result<Applied, Error>> {
    let mut wait = SHORTEST_WAIT;
    let mut attempts: u64 = 0;
    let patience = if part.suspected && !part.is_single() && part.instead.is_none() {
        1
    } else {
        SUSPICIOUS
    };
    loop {
        let now = app.clock.now_micros();
        let error = match ingest::take_in(&app.store, contents.intake(part), now).await {
            Ok(applied) => {
                flows(app, load, attempts);
                return Some(Ok(applied));
            }
            Err(error) if error.is_about_content() => return Some(Err(error)),
            Err(error) => error,
        };
        attempts = attempts.saturating_add(1);
        if attempts >= patience
            && !error.is_about_the_database()
            && ingest::try_out(&app.store, now).await.is_ok()
        {
            flows(app, load, attempts);
            return Some(Err(error));
        }
        if !app.health.ingest_stalled.swap(true, Ordering::Relaxed) {
            events::ingest_stalled(events::chain(&error));
            load.stalled(true);
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shutdown.wanted() => return None,
        }
        wait = wait.saturating_mul(2).min(LONGEST_WAIT);
    }
}

/// The alarm is cleared once.
fn flows(app: &App, load: &Load, attempts: u64) {
    if app.health.ingest_stalled.swap(false, Ordering::Relaxed) {
        events::ingest_resumed(attempts);
        load.stalled(false);
    }
}
