//! Payloads that could not be taken in as captures: kept as received until a person has looked.

use sha2::{Digest, Sha256};
use sqlx::Row;

use super::{Connection, Result, Tx};

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
    /// When, microseconds since 1970.
    pub at: i64,
}

/// Keeps a payload for a person. The same payload sent again for the same reason is kept once.
pub async fn keep(tx: &mut Tx, aside: &Aside, now: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO quarantined_payloads (id, topic, appliance, reason, digest, payload, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (topic, reason, digest) DO NOTHING",
    )
    .bind(crate::clock::fresh_uuid().to_string())
    .bind(&aside.topic)
    .bind(aside.appliance.as_deref())
    .bind(&aside.reason)
    .bind(Sha256::digest(&aside.payload).to_vec())
    .bind(aside.payload.clone())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Payloads that wait for a person, oldest first, at most `limit`.
pub async fn waiting(connection: &mut Connection, limit: i64) -> Result<Vec<Quarantined>> {
    let rows = sqlx::query(
        "SELECT id, topic, appliance, reason, CAST(LENGTH(payload) AS BIGINT), at FROM quarantined_payloads \
         WHERE settled_at IS NULL ORDER BY id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(Quarantined {
            id: row.try_get(0)?,
            topic: row.try_get(1)?,
            appliance: row.try_get(2)?,
            reason: row.try_get(3)?,
            size: row.try_get(4)?,
            at: row.try_get(5)?,
        })
    };
    rows.iter().map(read).collect()
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
