//! The journal's tables and the transactions on them. Nothing here knows of threads or of the hub.

mod staged;

use super::{
    Bounds, Entry, Refusal, Stored,
    recent::{Recent, Seen},
    record::{self, Header},
};
use lisiere_model::UtcMicros;
use lisiere_wire::JournalId;
use redb::{
    Database, Durability, ReadableDatabase, ReadableTable, Table, TableDefinition, WriteTransaction,
};
use staged::Staged;
use std::collections::BTreeSet;
use thiserror::Error;

const CAPTURES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("captures");
const RECENT: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("recent");
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
/// Version of these tables. A newer one is refused, never guessed at.
const FORMAT: u64 = 1;

/// Why the book could not be read or written.
#[derive(Debug, Error)]
pub(super) enum Fault {
    /// The disk or the store failed; the file itself may be sound.
    #[error(transparent)]
    Storage(#[from] redb::Error),
    /// What was read makes no sense.
    #[error("{0}")]
    Damaged(String),
    /// Written by a newer program.
    #[error("the journal has format {0}, which this program does not know")]
    Newer(u64),
}

macro_rules! faults_from {
    ($($kind:ty),+) => {$(
        impl From<$kind> for Fault {
            fn from(error: $kind) -> Self {
                Self::Storage(error.into())
            }
        }
    )+};
}
faults_from!(
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError
);

/// What is known of the journal without looking into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ledger {
    pub(super) journal: JournalId,
    pub(super) boot: u32,
    /// The number the next capture gets. Never goes back.
    pub(super) next: u64,
    /// Number of the oldest capture still kept, or `next`.
    pub(super) first: u64,
    /// Everything up to this is in the hub's database.
    pub(super) confirmed: u64,
    /// Cost of all captures ever written.
    cost_end: u64,
    /// The same up to and without the first kept.
    cost_first: u64,
    /// The same up to and with the last confirmed.
    cost_confirmed: u64,
}

impl Ledger {
    /// Number of the last capture; 0 before the first.
    pub(super) const fn last(&self) -> u64 {
        self.next.saturating_sub(1)
    }
    /// Captures the hub has not confirmed.
    pub(super) const fn queue(&self) -> u64 {
        self.last().saturating_sub(self.confirmed)
    }
    /// Cost of what may not be dropped.
    pub(super) const fn cost_unconfirmed(&self) -> u64 {
        self.cost_end.saturating_sub(self.cost_confirmed)
    }
    const fn cost_kept(&self) -> u64 {
        self.cost_end.saturating_sub(self.cost_first)
    }
}

/// What is noted along with messages.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What the hub has confirmed, with the journal it spoke of.
    pub(super) confirmed: Vec<(JournalId, u64)>,
    /// Ports whose analyzers have heard every answer up to now.
    pub(super) settled: BTreeSet<String>,
}

/// What a commit did.
#[derive(Debug)]
pub(super) struct Committed {
    /// One for each entry.
    pub(super) verdicts: Vec<Result<Stored, Refusal>>,
    /// Whether the notes are durable; otherwise they must be given again.
    pub(super) durable: bool,
}

/// An open journal.
#[derive(Debug)]
pub(super) struct Book {
    database: Database,
    ledger: Ledger,
    recent: Recent,
}

/// Writes the first page of a new journal.
pub(super) fn found(database: &Database, journal: JournalId) -> Result<(), Fault> {
    let transaction = begin(database)?;
    {
        transaction.open_table(CAPTURES)?;
        transaction.open_table(RECENT)?;
        let mut meta = transaction.open_table(META)?;
        meta.insert("journal", journal.0.as_slice())?;
        put(&mut meta, "format", FORMAT)?;
        put(&mut meta, "boot", 0)?;
        put(&mut meta, "next", 1)?;
        put(&mut meta, "confirmed", 0)?;
        put(&mut meta, "cost", 0)?;
    }
    transaction.commit()?;
    Ok(())
}

fn begin(database: &Database) -> Result<WriteTransaction, Fault> {
    let mut transaction = database.begin_write()?;
    transaction
        .set_durability(Durability::Immediate)
        .map_err(|error| Fault::Damaged(error.to_string()))?;
    Ok(transaction)
}

fn put(
    meta: &mut Table<'_, &'static str, &'static [u8]>,
    key: &str,
    value: u64,
) -> Result<(), Fault> {
    meta.insert(key, value.to_le_bytes().as_slice())?;
    Ok(())
}

fn get(meta: &impl ReadableTable<&'static str, &'static [u8]>, key: &str) -> Result<u64, Fault> {
    let value = meta.get(key)?;
    let number = value.and_then(|value| value.value().try_into().ok().map(u64::from_le_bytes));
    number.ok_or_else(|| Fault::Damaged(format!("the journal does not say its `{key}`")))
}

fn header(record: &[u8]) -> Result<Header, Fault> {
    record::split(record)
        .map(|(header, _)| header)
        .map_err(|error| Fault::Damaged(error.to_string()))
}

/// Cost before a capture, or the end of all when it is not there.
fn cost_before(
    captures: &impl ReadableTable<u64, &'static [u8]>,
    seq: u64,
    end: u64,
) -> Result<u64, Fault> {
    captures.get(seq)?.map_or(Ok(end), |record| {
        header(record.value()).map(|header| header.before)
    })
}

impl Book {
    /// Opens the tables; `starting` counts one more start of the appliance.
    pub(super) fn open(database: Database, starting: bool) -> Result<Self, Fault> {
        if starting {
            let transaction = begin(&database)?;
            {
                let mut meta = transaction.open_table(META)?;
                let format = get(&meta, "format")?;
                if format > FORMAT {
                    return Err(Fault::Newer(format));
                }
                let boot = get(&meta, "boot")?;
                put(&mut meta, "boot", boot.saturating_add(1))?;
            }
            transaction.commit()?;
        }
        let reading = database.begin_read()?;
        let meta = reading.open_table(META)?;
        let captures = reading.open_table(CAPTURES)?;
        let ledger = read_ledger(&meta, &captures)?;
        let mut recent = Recent::default();
        for row in reading.open_table(RECENT)?.iter()? {
            let (key, value) = row?;
            let (port, seq) = key.value();
            let seen = Seen::from_bytes(seq, value.value())
                .ok_or_else(|| Fault::Damaged("a remembered digest is cut".to_owned()))?;
            recent.remember(port, seen);
        }
        drop((meta, captures));
        drop(reading);
        Ok(Self {
            database,
            ledger,
            recent,
        })
    }

    pub(super) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Makes entries durable in one commit, and with them what the hub has confirmed. One verdict for each entry; on a
    /// fault nothing of it counts.
    pub(super) fn commit(
        &mut self,
        entries: &mut [Entry],
        notes: &Notes,
        bounds: &Bounds,
    ) -> Result<Committed, Fault> {
        let mut verdicts = Vec::with_capacity(entries.len());
        let mut staged = Staged {
            ledger: self.ledger,
            recent: None,
        };
        let transaction = begin(&self.database)?;
        {
            let mut captures = transaction.open_table(CAPTURES)?;
            let mut digests = transaction.open_table(RECENT)?;
            staged.confirm(&captures, &notes.confirmed)?;
            staged.settle(&mut digests, &self.recent, &notes.settled)?;
            for entry in entries {
                let recent = staged.recent.as_ref().unwrap_or(&self.recent);
                let at = entry.capture.received_at;
                if let Some(seq) = recent.find(
                    &entry.capture.port,
                    &entry.capture.digest,
                    at,
                    bounds.repeat_hours,
                    &entry.apart,
                ) {
                    verdicts.push(Ok(Stored::Repeat(seq)));
                    continue;
                }
                let envelope = staged.number(entry)?;
                let cost = record::cost(envelope.len());
                staged.make_room(&mut captures, cost, bounds)?;
                if staged.ledger.cost_kept().saturating_add(cost) > bounds.records {
                    verdicts.push(Err(Refusal::Full));
                    continue;
                }
                let seq = staged.ledger.next;
                let header = Header {
                    before: staged.ledger.cost_end,
                    received_at: at,
                };
                record::fill(
                    captures
                        .insert_reserve(seq, record::length(&envelope))?
                        .as_mut(),
                    header,
                    &envelope,
                );
                let recent = staged.recent.get_or_insert_with(|| self.recent.clone());
                let seen = Seen {
                    seq,
                    digest: entry.capture.digest,
                    at,
                };
                digests.insert(
                    (entry.capture.port.as_str(), seq),
                    seen.to_bytes().as_slice(),
                )?;
                if let Some(forgotten) = recent.remember(&entry.capture.port, seen) {
                    digests.remove((entry.capture.port.as_str(), forgotten))?;
                }
                staged.ledger.next = seq + 1;
                staged.ledger.cost_end = staged.ledger.cost_end.saturating_add(cost);
                verdicts.push(Ok(Stored::New(seq)));
            }
        }
        let durable = self.finish(transaction, staged)?;
        Ok(Committed { verdicts, durable })
    }

    /// Makes durable, by itself, which ports are settled.
    pub(super) fn settle(&mut self, ports: &BTreeSet<String>) -> Result<(), Fault> {
        if !ports.iter().any(|port| self.recent.has(port)) {
            return Ok(());
        }
        let mut staged = Staged {
            ledger: self.ledger,
            recent: None,
        };
        let transaction = begin(&self.database)?;
        staged.settle(&mut transaction.open_table(RECENT)?, &self.recent, ports)?;
        transaction.commit()?;
        self.recent = staged.recent.unwrap_or_default();
        Ok(())
    }

    /// Drops confirmed captures received before the moment, at most `count` of them. True when some may remain.
    pub(super) fn forget(&mut self, before: UtcMicros, count: usize) -> Result<bool, Fault> {
        let due = |record: &[u8]| header(record).map(|header| header.received_at < before);
        {
            let captures = self.database.begin_read()?.open_table(CAPTURES)?;
            let first = captures.first()?;
            let oldest =
                first.map(|(seq, record)| Ok::<_, Fault>((seq.value(), due(record.value())?)));
            match oldest.transpose()? {
                Some((seq, true)) if seq <= self.ledger.confirmed => {}
                _ => return Ok(false),
            }
        }
        let mut staged = Staged {
            ledger: self.ledger,
            recent: None,
        };
        let mut dropped = 0;
        let transaction = begin(&self.database)?;
        {
            let mut captures = transaction.open_table(CAPTURES)?;
            while dropped < count && staged.drop_first(&mut captures, due)? {
                dropped += 1;
            }
        }
        self.finish(transaction, staged)?;
        Ok(dropped == count)
    }

    /// Commits what is worth it: nothing but settled ports waits for the next one. True when it was.
    fn finish(&mut self, transaction: WriteTransaction, staged: Staged) -> Result<bool, Fault> {
        if staged.ledger == self.ledger {
            transaction.abort()?;
            return Ok(false);
        }
        {
            let mut meta = transaction.open_table(META)?;
            put(&mut meta, "next", staged.ledger.next)?;
            put(&mut meta, "confirmed", staged.ledger.confirmed)?;
            put(&mut meta, "cost", staged.ledger.cost_end)?;
        }
        transaction.commit()?;
        self.ledger = staged.ledger;
        if let Some(recent) = staged.recent {
            self.recent = recent;
        }
        Ok(true)
    }

    /// Envelopes from a number on, in order: at most `count`, and at most `bytes` unless the first alone is larger.
    pub(super) fn read(
        &self,
        from: u64,
        to: u64,
        count: usize,
        bytes: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, Fault> {
        read(&self.database, from, to, count, bytes)
    }
}

pub(super) fn read(
    database: &impl ReadableDatabase,
    from: u64,
    to: u64,
    count: usize,
    bytes: usize,
) -> Result<Vec<(u64, Vec<u8>)>, Fault> {
    let captures = database.begin_read()?.open_table(CAPTURES)?;
    let mut read = Vec::new();
    let mut total = 0_usize;
    if from > to {
        return Ok(read);
    }
    for row in captures.range(from..=to)? {
        let (seq, record) = row?;
        let (_, envelope) =
            record::split(record.value()).map_err(|error| Fault::Damaged(error.to_string()))?;
        total = total.saturating_add(envelope.len());
        if read.len() == count || (total > bytes && !read.is_empty()) {
            break;
        }
        read.push((seq.value(), envelope.to_vec()));
    }
    Ok(read)
}

/// What is known of a journal that is only looked at.
pub(super) fn ledger(database: &impl ReadableDatabase) -> Result<Ledger, Fault> {
    let reading = database.begin_read()?;
    read_ledger(&reading.open_table(META)?, &reading.open_table(CAPTURES)?)
}

fn read_ledger(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
    captures: &impl ReadableTable<u64, &'static [u8]>,
) -> Result<Ledger, Fault> {
    let damaged = |what: &str| Fault::Damaged(what.to_owned());
    let journal = meta
        .get("journal")?
        .and_then(|id| id.value().try_into().ok())
        .map(JournalId);
    let next = get(meta, "next")?;
    let confirmed = get(meta, "confirmed")?;
    let cost_end = get(meta, "cost")?;
    let first = captures
        .first()?
        .map(|(seq, record)| header(record.value()).map(|h| (seq.value(), h.before)));
    let (first, cost_first) = first.transpose()?.unwrap_or((next, cost_end));
    let last = captures
        .last()?
        .map_or(next.saturating_sub(1), |(seq, _)| seq.value());
    if last.checked_add(1) != Some(next) || confirmed >= next || first > confirmed + 1 {
        return Err(damaged("the journal's numbers contradict each other"));
    }
    Ok(Ledger {
        journal: journal.ok_or_else(|| damaged("the journal does not say its name"))?,
        boot: u32::try_from(get(meta, "boot")?).unwrap_or(u32::MAX),
        next,
        first,
        confirmed,
        cost_end,
        cost_first,
        cost_confirmed: cost_before(captures, confirmed + 1, cost_end)?,
    })
}
