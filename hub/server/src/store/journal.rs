//! Journals of appliances: how far each one got, what is missing in it, and the lock under which that changes.

use lisiere_wire::JournalId;
use sqlx::Row;

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
}

pub(super) type JournalKey = (String, String);

/// Missing ranges named in one request.
pub(super) const RANGES: usize = 64;

pub(super) async fn lock(tx: &mut Tx, key: &JournalKey, now: i64) -> Result<Journal> {
    let statement = tx.dialect().pick(
        "SELECT upto, islands, duplicates, gap_since FROM journals WHERE appliance = $1 AND journal = $2",
        "SELECT upto, islands, duplicates, gap_since FROM journals WHERE appliance = $1 AND journal = $2 FOR UPDATE",
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
    let islands: String = row.try_get(1)?;
    let mark = Watermark::new(unsigned(row.try_get(0)?), &islands);
    Ok(Journal {
        mark: mark.ok_or_else(|| Error::stored("journals", "islands", &islands))?,
        duplicates: row.try_get(2)?,
        gap_since: row.try_get(3)?,
    })
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
    sqlx::query(
        "UPDATE journals SET upto = $3, highest = $4, islands = $5, duplicates = $6, gap_since = $7, \
         updated_at = $8 WHERE appliance = $1 AND journal = $2",
    )
    .bind(&key.0)
    .bind(&key.1)
    .bind(signed(journal.mark.upto())?)
    .bind(signed(journal.mark.highest())?)
    .bind(journal.mark.to_string())
    .bind(journal.duplicates)
    .bind(journal.gap_since)
    .bind(now)
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

/// Journals with something missing since before `since`, that no hub has asked for after `asked_before`. Each is
/// claimed by the hub that gets it: two hubs do not both ask.
pub async fn claim_gaps(
    tx: &mut Tx,
    since: i64,
    asked_before: i64,
    now: i64,
) -> Result<Vec<Progress>> {
    let rows = sqlx::query(
        "SELECT j.appliance, a.site, j.journal, j.upto, j.islands FROM journals j \
         JOIN appliances a ON a.name = j.appliance \
         WHERE j.gap_since <= $1 AND j.asked_at <= $2 AND a.enrolment = 'enrolled' ORDER BY j.appliance, j.journal",
    )
    .bind(since)
    .bind(asked_before)
    .fetch_all(&mut **tx)
    .await?;
    let mut claimed = Vec::new();
    for row in &rows {
        let found = read_progress(row)?;
        let claim = sqlx::query(
            "UPDATE journals SET asked_at = $3 WHERE appliance = $1 AND journal = $2 AND asked_at <= $4",
        )
        .bind(&found.appliance)
        .bind(found.journal.to_string())
        .bind(now)
        .bind(asked_before)
        .execute(&mut **tx)
        .await?;
        if claim.rows_affected() > 0 {
            claimed.push(found);
        }
    }
    Ok(claimed)
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
    advance(tx, &key, &mut locked, now).await?;
    Ok(lost)
}

fn read_progress(row: &sqlx::any::AnyRow) -> Result<Progress> {
    let (journal, islands): (String, String) = (row.try_get(2)?, row.try_get(4)?);
    let mark = Watermark::new(unsigned(row.try_get(3)?), &islands)
        .ok_or_else(|| Error::stored("journals", "islands", &islands))?;
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
