//! Captures for those who read them: what waits to be interpreted, and the bytes behind a result.
//!
//! A worker claims waiting captures inside the transaction in which it also writes what it made of them and marks
//! them: a worker that dies leaves them waiting, and two hubs never work on the same one.

use lisiere_model::CaptureId;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Connection, Error, Result, Tx};

/// A message as received, committed in the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCapture {
    /// Identifier in the hub.
    pub id: CaptureId,
    /// Appliance it came from.
    pub appliance: String,
    /// Site of that appliance.
    pub site: String,
    /// Journal of the appliance, 32 hexadecimal digits.
    pub journal: String,
    /// Sequence number in that journal.
    pub seq: i64,
    /// Port of the appliance.
    pub port: String,
    /// Link spoken on that port.
    pub link: String,
    /// Driver hint from the appliance's settings; may be empty.
    pub driver: String,
    /// When the appliance received it, microseconds since 1970.
    pub received_at: i64,
    /// What vouches for that time: `unsynchronised`, `rtc` or `ntp`.
    pub clock: String,
    /// When the hub stored it.
    pub stored_at: i64,
    /// Counters of the link, as JSON.
    pub counters: String,
    /// The bytes exactly as received.
    pub bytes: Vec<u8>,
    /// How far interpretation got.
    pub interpretation: Interpretation,
}

/// How far the interpretation of a capture got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpretation {
    /// Not looked at yet.
    Waiting,
    /// Read; its observations are in the database.
    Done,
    /// Not readable: `problem` says why, a person must look.
    Unreadable,
}

impl Interpretation {
    fn from_column(value: i64) -> Result<Self> {
        match value {
            0 => Ok(Self::Waiting),
            1 => Ok(Self::Done),
            2 => Ok(Self::Unreadable),
            other => Err(Error::stored("captures", "interpreted", other)),
        }
    }

    fn column(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Done => 1,
            Self::Unreadable => 2,
        }
    }
}

/// Claims up to `limit` captures that wait to be interpreted, oldest first, until this transaction ends. On PostgreSQL
/// captures claimed by another hub are skipped.
pub async fn claim_uninterpreted(tx: &mut Tx, limit: i64) -> Result<Vec<StoredCapture>> {
    let statement = tx.dialect().pick(
        "SELECT id, appliance, site, journal, seq, port, link, driver, received_at, clock, stored_at, counters, bytes, \
         interpreted FROM captures WHERE interpreted = 0 ORDER BY id LIMIT $1",
        "SELECT id, appliance, site, journal, seq, port, link, driver, received_at, clock, stored_at, counters, bytes, \
         interpreted FROM captures WHERE interpreted = 0 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED",
    );
    let rows = sqlx::query(statement)
        .bind(limit)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(read).collect()
}

/// Records how far the interpretation of a capture got; `problem` is kept for a person when it was not readable.
pub async fn mark(
    tx: &mut Tx,
    id: CaptureId,
    reached: Interpretation,
    problem: Option<&str>,
) -> Result<()> {
    sqlx::query("UPDATE captures SET interpreted = $2, problem = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(reached.column())
        .bind(problem)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The capture with this identifier.
pub async fn find(connection: &mut Connection, id: CaptureId) -> Result<Option<StoredCapture>> {
    let row = sqlx::query(
        "SELECT id, appliance, site, journal, seq, port, link, driver, received_at, clock, stored_at, counters, bytes, \
         interpreted FROM captures WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Up to `limit` captures whose identifier comes after `after`, in that order; start with an empty text.
pub async fn page(
    connection: &mut Connection,
    after: &str,
    limit: i64,
) -> Result<Vec<StoredCapture>> {
    let rows = sqlx::query(
        "SELECT id, appliance, site, journal, seq, port, link, driver, received_at, clock, stored_at, counters, bytes, \
         interpreted FROM captures WHERE id > $1 ORDER BY id LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// How many captures the hub holds, and how many of them wait to be interpreted.
pub async fn count(connection: &mut Connection) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM captures), (SELECT COUNT(*) FROM captures WHERE interpreted = 0)",
    )
    .fetch_one(connection)
    .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

fn read(row: &AnyRow) -> Result<StoredCapture> {
    let id: String = row.try_get(0)?;
    Ok(StoredCapture {
        id: id
            .parse()
            .map_err(|error| Error::stored("captures", "id", error))?,
        appliance: row.try_get(1)?,
        site: row.try_get(2)?,
        journal: row.try_get(3)?,
        seq: row.try_get(4)?,
        port: row.try_get(5)?,
        link: row.try_get(6)?,
        driver: row.try_get(7)?,
        received_at: row.try_get(8)?,
        clock: row.try_get(9)?,
        stored_at: row.try_get(10)?,
        counters: row.try_get(11)?,
        bytes: row.try_get(12)?,
        interpretation: Interpretation::from_column(row.try_get(13)?)?,
    })
}
