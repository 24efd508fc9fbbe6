//! The journal's thread: group commit, and coming back by itself after the disk failed.

use super::{
    Bounds, Condition, Entry, Medium, Pulse, ReadError, ReadReply, Refusal, Request, Stored,
    book::{Book, Committed, Fault, Notes},
    medium::{self, OpenError, Opened},
    stamp,
};
use crate::{events, gate::Gate};
use lisiere_model::UtcMicros;
use lisiere_protocol::Tick;
use lisiere_wire::JournalId;
use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot, watch};

/// Messages that share one commit at most: bounds the memory of a commit, not its benefit.
const GROUP: usize = 512;
/// Bytes that share one commit, unless one message alone is larger.
const GROUP_BYTES: usize = 4 << 20;
/// Old captures dropped in one commit, so that no analyzer waits for housekeeping.
const FORGOTTEN_AT_ONCE: usize = 500;
/// Rounds of [`Request::Tend`] to wait at most between two tries to open a failed journal.
const REOPEN_AT_MOST: u32 = 5;
/// A condition that comes and goes is told this often at most.
const LINES_PER_HOUR: u32 = 12;
const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// Answers wait here until the commit they depend on.
type Waiting = oneshot::Sender<Result<Stored, Refusal>>;

/// The thread's state.
pub(super) struct Writer {
    medium: Box<dyn Medium>,
    /// As set.
    settings: Bounds,
    /// As the disk allows at present.
    bounds: Bounds,
    book: Option<Book>,
    /// Ports settled since the last commit.
    settled: BTreeSet<String>,
    pulse: watch::Sender<Pulse>,
    condition: Condition,
    set_aside: Option<String>,
    now: UtcMicros,
    tries: u32,
    wait: u32,
    gate: Gate,
}

/// Requests taken together.
#[derive(Default)]
struct Group {
    entries: Vec<Entry>,
    replies: Vec<Waiting>,
    bytes: usize,
    notes: Notes,
    others: Vec<Request>,
}

impl Group {
    fn take(&mut self, request: Request) {
        match request {
            Request::Store { entry, reply } => {
                self.bytes += entry.capture.bytes.len();
                self.entries.push(*entry);
                self.replies.push(reply);
            }
            Request::Confirm { journal, upto } => self.notes.confirmed.push((journal, upto)),
            // A port settles before it stores anything more, so the order within a group does not matter.
            Request::Settle { port } => {
                self.notes.settled.insert(port);
            }
            other => self.others.push(other),
        }
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= GROUP
            || self.bytes >= GROUP_BYTES
            || self.others.len() >= GROUP
            || self.notes.confirmed.len() >= GROUP
    }
}

impl Writer {
    pub(super) fn new(
        medium: Box<dyn Medium>,
        bounds: Bounds,
        opened: Opened,
        now: UtcMicros,
    ) -> (Self, watch::Receiver<Pulse>) {
        let Opened { book, set_aside } = opened;
        let first = describe(&book, &bounds, Condition::Good, set_aside.clone());
        let (pulse, receiver) = watch::channel(first);
        let writer = Self {
            medium,
            settings: bounds,
            bounds,
            book: Some(book),
            settled: BTreeSet::new(),
            pulse,
            condition: Condition::Good,
            set_aside,
            now,
            tries: 0,
            wait: 0,
            gate: Gate::new(LINES_PER_HOUR, Duration::from_hours(1)),
        };
        (writer, receiver)
    }

    /// Serves requests until told to stop or until nobody is left to ask.
    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(request) = requests.blocking_recv() {
            let mut group = Group::default();
            group.take(request);
            while !group.is_full() {
                let Ok(request) = requests.try_recv() else {
                    break;
                };
                group.take(request);
            }
            if self.serve(group) {
                break;
            }
        }
    }

    /// One round; true when it was the last.
    fn serve(&mut self, group: Group) -> bool {
        let Group {
            mut entries,
            replies,
            notes,
            others,
            ..
        } = group;
        let due = !entries.is_empty() || !notes.confirmed.is_empty();
        self.settled.extend(notes.settled);
        if due {
            let verdicts = self.commit(&mut entries, notes.confirmed);
            for (reply, verdict) in replies.into_iter().zip(verdicts) {
                // A link that has ended no longer waits for its answer; the message is kept all the same.
                let _ = reply.send(verdict);
            }
        }
        for request in others {
            match request {
                Request::Read {
                    from,
                    to,
                    count,
                    bytes,
                    reply,
                } => {
                    let answer = self.read(from, to, count, bytes);
                    let _ = reply.send(answer);
                }
                Request::Tend { now, reply } => {
                    self.tend(now);
                    let _ = reply.send(());
                }
                Request::Stop { reply } => {
                    let settled = std::mem::take(&mut self.settled);
                    // Without it the next start merely takes repetitions for possible that are not.
                    let _ = self.with_book(|book| book.settle(&settled));
                    self.book = None;
                    let _ = reply.send(());
                    return true;
                }
                Request::Store { .. } | Request::Confirm { .. } | Request::Settle { .. } => {}
            }
        }
        false
    }

    fn commit(
        &mut self,
        entries: &mut [Entry],
        confirmed: Vec<(JournalId, u64)>,
    ) -> Vec<Result<Stored, Refusal>> {
        let (bounds, count) = (self.bounds, entries.len());
        let notes = Notes {
            confirmed,
            settled: std::mem::take(&mut self.settled),
        };
        let done = self.with_book(|book| book.commit(entries, &notes, &bounds));
        if !done.as_ref().is_ok_and(|committed| committed.durable) {
            self.settled = notes.settled;
        }
        let verdicts = match done {
            Ok(Committed { verdicts, .. }) => {
                let full = verdicts.contains(&Err(Refusal::Full));
                self.judge_fullness(full);
                verdicts
            }
            Err(reason) => vec![Err(Refusal::Failing(reason)); count],
        };
        self.publish();
        verdicts
    }

    fn read(&mut self, from: u64, to: u64, count: usize, bytes: usize) -> ReadReply {
        let read = self.with_book(|book| book.read(from, to, count, bytes));
        if read.is_err() {
            self.publish();
        }
        read.map_err(ReadError::Failing)
    }

    fn tend(&mut self, now: UtcMicros) {
        self.now = now;
        let room = self.medium.room().map_or(u64::MAX, Bounds::records_in);
        self.bounds.records = self.settings.records.min(room);
        if self.book.is_none() {
            self.reopen();
        }
        let keep = i64::from(self.bounds.keep_confirmed_hours).saturating_mul(MICROS_PER_HOUR);
        let before = UtcMicros(now.0.saturating_sub(keep));
        // A fault is noted by `with_book`; what was not dropped now is dropped in a later round.
        let _ = self.with_book(|book| book.forget(before, FORGOTTEN_AT_ONCE));
        self.judge_fullness(false);
        self.publish();
    }

    /// Works on the book; a fault or a panic closes it, to be opened anew by a later round.
    fn with_book<T>(
        &mut self,
        work: impl FnOnce(&mut Book) -> Result<T, Fault>,
    ) -> Result<T, String> {
        let Some(book) = self.book.as_mut() else {
            return Err(match &self.condition {
                Condition::Failing(reason) => reason.clone(),
                _ => "closed".to_owned(),
            });
        };
        let fault = match catch_unwind(AssertUnwindSafe(|| work(book))) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(fault)) => fault,
            Err(_) => Fault::Damaged("its contents contradict each other".to_owned()),
        };
        let reason = fault.to_string();
        self.book = None;
        self.tries = 0;
        self.wait = 0;
        self.become_condition(Condition::Failing(reason.clone()));
        if medium::means_damage(&fault) {
            self.reopen();
        }
        Err(reason)
    }

    fn reopen(&mut self) {
        if self.wait > 0 {
            self.wait -= 1;
            return;
        }
        let opened = self
            .medium
            .drop_cache()
            .map_err(|error| OpenError::Disk(error.to_string()))
            .and_then(|()| medium::open(self.medium.as_ref(), false, &stamp(self.now)));
        match opened {
            Ok(Opened { book, set_aside }) => {
                self.book = Some(book);
                self.tries = 0;
                if set_aside.is_some() {
                    self.set_aside = set_aside;
                }
                self.become_condition(Condition::Good);
            }
            Err(error) => {
                self.tries = self.tries.saturating_add(1);
                self.wait = self.tries.min(REOPEN_AT_MOST);
                let reason = match error {
                    OpenError::Disk(reason) => reason,
                    other => other.to_string(),
                };
                self.become_condition(Condition::Failing(reason));
            }
        }
    }

    /// Full from the first refusal until a twentieth is free again, so that the alarm does not flicker.
    fn judge_fullness(&mut self, refused: bool) {
        let Some(book) = &self.book else { return };
        let used = book.ledger().cost_unconfirmed();
        let roomy = used <= self.bounds.records - self.bounds.records / 20;
        match &self.condition {
            Condition::Good if refused || used > self.bounds.records => {
                self.become_condition(Condition::Full);
            }
            Condition::Full if !refused && roomy => self.become_condition(Condition::Good),
            _ => {}
        }
    }

    fn become_condition(&mut self, condition: Condition) {
        let changed = std::mem::discriminant(&self.condition) != std::mem::discriminant(&condition);
        let now = Tick(u64::try_from(self.now.0 / 1000).unwrap_or_default());
        if changed && let Some(untold) = self.gate.pass(now) {
            events::journal_condition(&condition, untold);
        }
        self.condition = condition;
    }

    fn publish(&mut self) {
        let pulse = self.book.as_ref().map(|book| {
            describe(
                book,
                &self.bounds,
                self.condition.clone(),
                self.set_aside.clone(),
            )
        });
        let condition = self.condition.clone();
        self.pulse.send_if_modified(|current| {
            let new = pulse.unwrap_or_else(|| Pulse {
                condition,
                ..current.clone()
            });
            let changed = *current != new;
            *current = new;
            changed
        });
    }
}

fn describe(
    book: &Book,
    bounds: &Bounds,
    condition: Condition,
    set_aside: Option<String>,
) -> Pulse {
    let ledger = book.ledger();
    Pulse {
        journal: ledger.journal,
        boot: ledger.boot,
        first: ledger.first,
        last: ledger.last(),
        confirmed: ledger.confirmed,
        queue: ledger.queue(),
        free: bounds.records.saturating_sub(ledger.cost_unconfirmed()),
        condition,
        set_aside,
    }
}
