//! Journals of appliances: how far each one got, what is missing in it, and the lock under which that changes.

use lisiere_wire::JournalId;
use sqlx::Row;

use super::absence::{self, Reason};
use super::{Connection, Error, Result, Tx};
use crate::ingest::watermark::Watermark;

/// How far a journal got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Site of the appliance.
    pub site: String,
    /// The appliance.
    pub appliance: String,
    /// Its journal.
    pub journal: JournalId,
    /// Everything up to here is committed.
    pub upto: u64,
    /// Ranges that are missing above it.
    pub missing: Vec<(u64, u64)>,
}

/// A journal as it stands under its lock.
pub(super) struct Journal {
    pub(super) mark: Watermark,
    pub(super) duplicates: i64,
    gap_since: Option<i64>,
    asks: i64,
    /// Mark and number of missing messages as they were.
    before: (u64, u64),
}

pub(super) type JournalKey = (String, String);

/// Missing ranges named in one request.
pub(super) const RANGES: usize = 64;
/// Time between two requests for the same gap, microseconds; it doubles while nothing changes.
const ASK_AGAIN: i64 = 5_000_000;
/// The longest such time.
const ASK_SELDOM: i64 = 600_000_000;

pub(super) async fn lock(tx: &mut Tx, key: &JournalKey, now: i64) -> Result<Journal> {
    let statement = tx.dialect().pick(
        "SELECT upto, islands, duplicates, gap_since, asks FROM journals WHERE appliance = $1 AND journal = $2",
        "SELECT upto, islands, duplicates, gap_since, asks FROM journals WHERE appliance = $1 AND journal = $2 FOR UPDATE",
    );
    let found = sqlx::query(statement)
        .bind(&key.0)
        .bind(&key.1)
        .fetch_optional(&mut **tx)
        .await?;
    let row = if let Some(row) = found {
        row
    } else {
        sqlx::query(
            "INSERT INTO journals (appliance, journal, upto, highest, islands, updated_at) \
             VALUES ($1, $2, 0, 0, '', $3) ON CONFLICT (appliance, journal) DO NOTHING",
        )
        .bind(&key.0)
        .bind(&key.1)
        .bind(now)
        .execute(&mut **tx)
        .await?;
        sqlx::query(statement)
            .bind(&key.0)
            .bind(&key.1)
            .fetch_one(&mut **tx)
            .await?
    };
    let (upto, islands): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
    let upto = unsigned(upto);
    let mark = match Watermark::new(upto, &islands) {
        Some(mark) => mark,
        None => repaired(tx, key, upto).await?,
    };
    Ok(Journal {
        before: (mark.upto(), mark.lacking()),
        mark,
        duplicates: row.try_get(2)?,
        gap_since: row.try_get(3)?,
        asks: row.try_get(4)?,
    })
}

/// Is the journal known, without making it known?
pub(super) async fn is_known(tx: &mut Tx, key: &JournalKey) -> Result<bool> {
    let found = sqlx::query("SELECT 1 FROM journals WHERE appliance = $1 AND journal = $2")
        .bind(&key.0)
        .bind(&key.1)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.is_some())
}

/// What is there above the mark, read from what is stored: the row's own list is not readable.
async fn repaired(tx: &mut Tx, key: &JournalKey, upto: u64) -> Result<Watermark> {
    let mut mark = Watermark::new(upto, "").unwrap_or_default();
    let rows = sqlx::query(
        "SELECT seq FROM captures WHERE appliance = $1 AND journal = $2 AND seq > $3 ORDER BY seq",
    )
    .bind(&key.0)
    .bind(&key.1)
    .bind(signed(upto)?)
    .fetch_all(&mut **tx)
    .await?;
    for row in &rows {
        mark.insert(unsigned(row.try_get(0)?));
    }
    for (first, last) in absence::above(tx, key, upto).await? {
        mark.add(first, last);
    }
    crate::events::journal_repaired(&key.0, &key.1, mark.upto());
    Ok(mark)
}

pub(super) async fn advance(
    tx: &mut Tx,
    key: &JournalKey,
    journal: &mut Journal,
    now: i64,
) -> Result<()> {
    journal.gap_since = journal
        .mark
        .has_gap()
        .then_some(journal.gap_since.unwrap_or(now));
    if journal.before != (journal.mark.upto(), journal.mark.lacking()) {
        // Something came of the last request, or another gap opened.
        journal.asks = 0;
    }
    sqlx::query(
        "UPDATE journals SET upto = $3, highest = $4, islands = $5, duplicates = $6, gap_since = $7, \
         updated_at = $8, asks = $9 WHERE appliance = $1 AND journal = $2",
    )
    .bind(&key.0)
    .bind(&key.1)
    .bind(signed(journal.mark.upto())?)
    .bind(signed(journal.mark.highest())?)
    .bind(journal.mark.to_string())
    .bind(journal.duplicates)
    .bind(journal.gap_since)
    .bind(now)
    .bind(journal.asks)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How far this journal of an appliance got; nothing is known of a journal the hub never saw.
pub async fn progress_of(
    connection: &mut Connection,
    appliance: &str,
    journal: JournalId,
) -> Result<Option<Progress>> {
    let row = sqlx::query(
        "SELECT j.appliance, a.site, j.journal, j.upto, j.islands FROM journals j \
         JOIN appliances a ON a.name = j.appliance WHERE j.appliance = $1 AND j.journal = $2",
    )
    .bind(appliance)
    .bind(journal.to_string())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read_progress).transpose()
}

/// How far every journal of the enrolled appliances got.
pub async fn progress_of_all(connection: &mut Connection) -> Result<Vec<Progress>> {
    let rows = sqlx::query(
        "SELECT j.appliance, a.site, j.journal, j.upto, j.islands FROM journals j \
         JOIN appliances a ON a.name = j.appliance WHERE a.enrolment = 'enrolled' ORDER BY j.appliance, j.journal",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_progress).collect()
}

/// Whether [`claim_gaps`] would find anything: a look that takes no lock.
pub async fn has_due_gaps(connection: &mut Connection, since: i64, now: i64) -> Result<bool> {
    Ok(!due_gaps(connection, since, now).await?.is_empty())
}

/// Journals with something missing since before `since`, for which it is time to ask (again). Each is claimed by the
/// hub that gets it: two hubs do not both ask. The time to the next request doubles until something changes.
pub async fn claim_gaps(tx: &mut Tx, since: i64, now: i64) -> Result<Vec<Progress>> {
    let mut claimed = Vec::new();
    for (found, asked_at) in due_gaps(tx, since, now).await? {
        let claim = sqlx::query(
            "UPDATE journals SET asked_at = $3, asks = asks + 1 \
             WHERE appliance = $1 AND journal = $2 AND asked_at = $4",
        )
        .bind(&found.appliance)
        .bind(found.journal.to_string())
        .bind(now)
        .bind(asked_at)
        .execute(&mut **tx)
        .await?;
        if claim.rows_affected() > 0 {
            claimed.push(found);
        }
    }
    Ok(claimed)
}

async fn due_gaps(
    connection: &mut Connection,
    since: i64,
    now: i64,
) -> Result<Vec<(Progress, i64)>> {
    let rows = sqlx::query(
        "SELECT j.appliance, a.site, j.journal, j.upto, j.islands, j.asked_at, j.asks FROM journals j \
         JOIN appliances a ON a.name = j.appliance \
         WHERE j.gap_since <= $1 AND a.enrolment = 'enrolled' ORDER BY j.appliance, j.journal",
    )
    .bind(since)
    .fetch_all(connection)
    .await?;
    let mut due = Vec::new();
    for row in &rows {
        let (asked_at, asks): (i64, i64) = (row.try_get(5)?, row.try_get(6)?);
        // A time to come was noted before the clock was set back.
        if asked_at > now || now.saturating_sub(asked_at) >= pause_after(asks) {
            due.push((read_progress(row)?, asked_at));
        }
    }
    Ok(due)
}

fn pause_after(asks: i64) -> i64 {
    let doublings = asks.saturating_sub(1).clamp(0, 20);
    let doubled = (0..doublings).fold(ASK_AGAIN, |pause, _| pause.saturating_mul(2));
    doubled.min(ASK_SELDOM)
}

/// An appliance that was away says that it is there: its gaps are worth asking for again soon. To be called before
/// what it says is kept.
pub async fn ask_soon(tx: &mut Tx, appliance: &str) -> Result<()> {
    sqlx::query(
        "UPDATE journals SET asks = 0 WHERE appliance = $1 AND asks > 0 \
         AND EXISTS (SELECT 1 FROM appliances WHERE name = $1 AND connected = 0)",
    )
    .bind(appliance)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Gives up the first gap of a journal: what the appliance no longer has must not hold back what follows. Returns the
/// range given up.
pub async fn give_up_gap(
    tx: &mut Tx,
    appliance: &str,
    journal: JournalId,
    now: i64,
) -> Result<Option<(u64, u64)>> {
    let key = (appliance.to_owned(), journal.to_string());
    let mut locked = lock(tx, &key, now).await?;
    let lost = locked.mark.give_up_first_gap();
    if let Some(range) = lost {
        absence::record(tx, &key, range, Reason::GivenUp, now).await?;
    }
    advance(tx, &key, &mut locked, now).await?;
    Ok(lost)
}

fn read_progress(row: &sqlx::any::AnyRow) -> Result<Progress> {
    let (journal, islands): (String, String) = (row.try_get(2)?, row.try_get(4)?);
    let upto = unsigned(row.try_get(3)?);
    // A list that cannot be read is repaired with the next message; until then nothing is asked for.
    let mark = Watermark::new(upto, &islands)
        .or_else(|| Watermark::new(upto, ""))
        .unwrap_or_default();
    Ok(Progress {
        appliance: row.try_get(0)?,
        site: row.try_get(1)?,
        journal: JournalId::from_hex(&journal)
            .ok_or_else(|| Error::stored("journals", "journal", &journal))?,
        upto: mark.upto(),
        missing: mark.missing(RANGES),
    })
}

pub(super) fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Error::Range {
        what: "a sequence number",
    })
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
