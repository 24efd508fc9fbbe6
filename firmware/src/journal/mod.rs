//! The journal: every message durable before the analyzer hears "yes", and kept until the hub has it.
//!
//! One thread owns the file. Requests that wait while a commit runs share the next one, so many ports cost one fsync.

mod book;
mod medium;
mod recent;
mod record;
mod shelf;
mod writer;

pub use medium::{FileMedium, Medium, OpenError};
pub use record::RecordError;
pub use shelf::Shelf;

use lisiere_model::UtcMicros;
use lisiere_wire::{Capture, JournalId};
use std::{collections::BTreeSet, time::Duration};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

/// Requests that may wait for the writer; a port that finds it full waits, and its analyzer with it.
const WAITING: usize = 1024;

/// How large and how old the journal may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// What all records may cost. The file needs twice that and some: changes are written beside the old pages.
    pub records: u64,
    /// How long confirmed captures stay, in hours.
    pub keep_confirmed_hours: u32,
    /// How long an identical message may be taken for a retransmission, in hours.
    pub repeat_hours: u32,
}

impl From<crate::settings::JournalSettings> for Bounds {
    fn from(settings: crate::settings::JournalSettings) -> Self {
        Self {
            records: Self::records_in(settings.max_bytes),
            keep_confirmed_hours: settings.keep_confirmed_hours,
            repeat_hours: settings.repeat_hours,
        }
    }
}

impl Bounds {
    /// What records may cost in a file of this size.
    const fn records_in(file: u64) -> u64 {
        file / 5 * 2
    }
}

/// A message to be kept. The journal gives it its number, its journal and its boot.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The message, with `journal`, `boot` and `seq` still open.
    pub capture: Capture,
    /// Messages that this one does not repeat even if it equals them: they came, or were repeated, in the same session,
    /// and a sender repeats nothing within a session that the link does not know as a repetition.
    pub apart: BTreeSet<u64>,
}

/// How a message came to be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is new and has this number.
    New(u64),
    /// The same message was already there under this number, and the analyzer may not have heard so.
    Repeat(u64),
}

/// Why a message is not durable. The analyzer keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The bound is reached by messages the hub has not confirmed.
    #[error("the journal is full of messages that the hub has not confirmed")]
    Full,
    /// The disk does not take it.
    #[error("the journal cannot write: {0}")]
    Failing(String),
    /// The appliance is stopping.
    #[error("the appliance is stopping")]
    Stopping,
}

/// How the journal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It takes messages.
    Good,
    /// It refuses messages until the hub confirms some.
    Full,
    /// It refuses messages until the disk works again.
    Failing(String),
}

/// What the journal says of itself after each change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Its name.
    pub journal: JournalId,
    /// How often the appliance has started.
    pub boot: u32,
    /// Number of the oldest capture kept.
    pub first: u64,
    /// Number of the last capture; 0 before the first.
    pub last: u64,
    /// Everything up to this is in the hub's database, durably noted.
    pub confirmed: u64,
    /// Captures not yet confirmed.
    pub queue: u64,
    /// What records may still cost before unconfirmed ones fill it.
    pub free: u64,
    /// Whether it takes messages.
    pub condition: Condition,
    /// Where an unreadable predecessor was put at this start.
    pub set_aside: Option<String>,
}

/// Why the journal did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The writer has ended.
    #[error("the journal is closed")]
    Closed,
    /// The disk or the file.
    #[error("reading the journal: {0}")]
    Failing(String),
}

enum Request {
    Store {
        entry: Box<Entry>,
        reply: oneshot::Sender<Result<Stored, Refusal>>,
    },
    Confirm {
        journal: JournalId,
        upto: u64,
    },
    Settle {
        port: String,
    },
    Read {
        from: u64,
        to: u64,
        count: usize,
        bytes: usize,
        reply: oneshot::Sender<ReadReply>,
    },
    Tend {
        now: UtcMicros,
        reply: oneshot::Sender<()>,
    },
    Stop {
        reply: oneshot::Sender<()>,
    },
}

type ReadReply = Result<Vec<(u64, Vec<u8>)>, ReadError>;

/// The way to the journal's thread.
#[derive(Clone, Debug)]
pub struct Journal {
    requests: mpsc::Sender<Request>,
    pulse: watch::Receiver<Pulse>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Request")
    }
}

impl Journal {
    /// Opens the journal (repairing it, or setting it aside, where needed) and starts its thread. `now` names a journal
    /// that has to be set aside.
    pub fn open(medium: impl Medium, bounds: Bounds, now: UtcMicros) -> Result<Self, OpenError> {
        let medium: Box<dyn Medium> = Box::new(medium);
        let opened = medium::open(medium.as_ref(), true, &stamp(now))?;
        let (requests, waiting) = mpsc::channel(WAITING);
        let (writer, pulse) = writer::Writer::new(medium, bounds, opened, now);
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run(waiting))
            .map_err(|error| OpenError::Disk(error.to_string()))?;
        Ok(Self { requests, pulse })
    }

    /// Makes a message durable. Returns only when it is, or when it is certain that the journal does not answer for it.
    pub async fn store(&self, entry: Entry) -> Result<Stored, Refusal> {
        let (reply, answer) = oneshot::channel();
        let request = Request::Store {
            entry: Box::new(entry),
            reply,
        };
        self.requests
            .send(request)
            .await
            .map_err(|_| Refusal::Stopping)?;
        answer.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// Notes that the hub has committed everything up to this number of this journal; the pulse shows when that is
    /// durable. It is ignored when another journal has taken this one's place meanwhile.
    pub async fn confirm(&self, journal: JournalId, upto: u64) {
        // A writer that has ended shows in the health check.
        let _ = self.requests.send(Request::Confirm { journal, upto }).await;
    }

    /// Notes that the analyzer of a port has heard the answer to every message stored so far, so that none of them
    /// will be repeated. That becomes durable with the next message.
    pub async fn settle(&self, port: &str) {
        let port = port.to_owned();
        // A writer that has ended shows in the health check.
        let _ = self.requests.send(Request::Settle { port }).await;
    }

    /// Envelopes from one number to another, in order, bounded in count and bytes.
    pub async fn read(&self, from: u64, to: u64, count: usize, bytes: usize) -> ReadReply {
        let (reply, answer) = oneshot::channel();
        let request = Request::Read {
            from,
            to,
            count,
            bytes,
            reply,
        };
        self.requests
            .send(request)
            .await
            .map_err(|_| ReadError::Closed)?;
        answer.await.unwrap_or(Err(ReadError::Closed))
    }

    /// Drops what is old, tries a failed disk again, and shows that the thread lives.
    pub async fn tend(&self, now: UtcMicros, patience: Duration) -> bool {
        let (reply, answer) = oneshot::channel();
        let round = async {
            self.requests
                .send(Request::Tend { now, reply })
                .await
                .ok()?;
            answer.await.ok()
        };
        matches!(tokio::time::timeout(patience, round).await, Ok(Some(())))
    }

    /// Commits what waits and closes the file.
    pub async fn stop(&self) {
        let (reply, answer) = oneshot::channel();
        if self.requests.send(Request::Stop { reply }).await.is_ok() {
            // An answer that never comes means that the thread has ended already.
            let _ = answer.await;
        }
    }

    /// What the journal says of itself now.
    pub fn pulse(&self) -> Pulse {
        self.pulse.borrow().clone()
    }

    /// What the journal says of itself after each change.
    pub fn watch(&self) -> watch::Receiver<Pulse> {
        self.pulse.clone()
    }
}

/// A moment as part of a file name.
fn stamp(now: UtcMicros) -> String {
    now.to_timestamp().strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod cut_tests;
#[cfg(test)]
pub(crate) mod faulty;
#[cfg(test)]
mod settle_tests;
#[cfg(test)]
mod tests;
