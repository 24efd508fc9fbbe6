//! Payloads that could not be taken in as captures: kept as received until a person has looked.

use lisiere_wire::{JournalId, Label};
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::{Connection, Result, Tx, columnar};

/// Characters of a topic or a reason that are kept: both stand in an index, whose rows PostgreSQL limits.
const LONGEST: usize = 200;

/// A payload to be set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Topic it came on.
    pub topic: String,
    /// Appliance named by the topic, if it could be read.
    pub appliance: Option<String>,
    /// Why it is set aside.
    pub reason: String,
    /// The payload, as received.
    pub payload: Vec<u8>,
    /// The number it has in a journal: the hub need not wait for it any more.
    pub number: Option<Number>,
    /// Of those with this topic and reason only the newest is kept, and counted.
    pub newest_only: bool,
}

/// The number that a payload set aside has in a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Site named by the topic.
    pub site: Label,
    /// Appliance named by the topic.
    pub appliance: Label,
    /// The journal.
    pub journal: JournalId,
    /// The number.
    pub seq: u64,
    /// Read from a whole payload; from a damaged one it is believed only if it fits what is known of the journal.
    pub certain: bool,
}

/// A payload that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Identifier.
    pub id: String,
    /// Topic it came on.
    pub topic: String,
    /// Appliance named by the topic.
    pub appliance: Option<String>,
    /// Why.
    pub reason: String,
    /// How many bytes it has.
    pub size: i64,
    /// How often it came (or, where only the newest is kept, one like it).
    pub times: i64,
    /// When, microseconds since 1970.
    pub at: i64,
}

/// Keeps a payload for a person. The same payload sent again for the same reason is kept once, and counted.
pub async fn keep(tx: &mut Tx, aside: &Aside, now: i64) -> Result<()> {
    let distinct: &[u8] = if aside.newest_only {
        &[]
    } else {
        &aside.payload
    };
    sqlx::query(
        "INSERT INTO quarantined_payloads (id, topic, appliance, reason, digest, payload, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (topic, reason, digest) DO UPDATE SET \
         payload = excluded.payload, times = quarantined_payloads.times + 1",
    )
    .bind(crate::clock::fresh_uuid().to_string())
    .bind(short(&aside.topic))
    .bind(aside.appliance.as_deref())
    .bind(short(&aside.reason))
    .bind(Sha256::digest(distinct).to_vec())
    .bind(aside.payload.clone())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn short(text: &str) -> String {
    let mut kept: String = columnar(text).chars().take(LONGEST).collect();
    if kept.len() < text.len() && text.chars().nth(LONGEST).is_some() {
        kept.pop();
        kept.push('…');
    }
    kept
}

/// Payloads that wait for a person, oldest first, at most `limit`.
pub async fn waiting(connection: &mut Connection, limit: i64) -> Result<Vec<Quarantined>> {
    let rows = sqlx::query(
        "SELECT id, topic, appliance, reason, CAST(LENGTH(payload) AS BIGINT), times, at FROM quarantined_payloads \
         WHERE settled_at IS NULL ORDER BY id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Those of one appliance.
pub async fn waiting_of(
    connection: &mut Connection,
    appliance: &str,
    limit: i64,
) -> Result<Vec<Quarantined>> {
    let rows = sqlx::query(
        "SELECT id, topic, appliance, reason, CAST(LENGTH(payload) AS BIGINT), times, at FROM quarantined_payloads \
         WHERE settled_at IS NULL AND appliance = $1 ORDER BY id LIMIT $2",
    )
    .bind(appliance)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &sqlx::any::AnyRow) -> Result<Quarantined> {
    Ok(Quarantined {
        id: row.try_get(0)?,
        topic: row.try_get(1)?,
        appliance: row.try_get(2)?,
        reason: row.try_get(3)?,
        size: row.try_get(4)?,
        times: row.try_get(5)?,
        at: row.try_get(6)?,
    })
}

/// How many payloads of each appliance wait for a person, and how often they came in all.
pub async fn summary(connection: &mut Connection) -> Result<Vec<(String, i64, i64)>> {
    let rows = sqlx::query(
        "SELECT appliance, COUNT(*), CAST(SUM(times) AS BIGINT) FROM quarantined_payloads \
         WHERE settled_at IS NULL AND appliance IS NOT NULL GROUP BY appliance",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect()
}

/// How many payloads wait for a person.
pub async fn count(connection: &mut Connection) -> Result<i64> {
    let row = sqlx::query("SELECT COUNT(*) FROM quarantined_payloads WHERE settled_at IS NULL")
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

/// Notes that a person has dealt with a payload; the payload stays. Returns whether it was waiting.
pub async fn settle(tx: &mut Tx, id: &str, who: &str, now: i64) -> Result<bool> {
    let settled = sqlx::query(
        "UPDATE quarantined_payloads SET settled_at = $2, settled_by = $3 WHERE id = $1 AND settled_at IS NULL",
    )
    .bind(id)
    .bind(now)
    .bind(who)
    .execute(&mut **tx)
    .await?;
    Ok(settled.rows_affected() > 0)
}
