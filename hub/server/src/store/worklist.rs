//! Lists and counts over observations: what waits at the bench, and where everything is.

use lisiere_model::OrderId;
use sqlx::Row;

use super::observation::{Recorded, observation_select, read};
use super::{Connection, Result};
use crate::laboratory::bench::AnalyzerLoad;
use crate::laboratory::conservation::{CaptureCounts, OrderPlaces};

/// Which observations the bench wants to see.
#[derive(Debug, Clone, Default)]
pub struct BenchFilter {
    /// Only those of this order.
    pub order: Option<OrderId>,
    /// Only those of this appliance.
    pub appliance: Option<String>,
    /// Only those of this port.
    pub port: Option<String>,
    /// Only held ones (`Some(true)`), or only those without a hold (`Some(false)`).
    pub held: Option<bool>,
}

impl BenchFilter {
    fn held_word(&self) -> &'static str {
        match self.held {
            None => "",
            Some(true) => "held",
            Some(false) => "received",
        }
    }
}

/// A page of current, matched observations that wait for a technician: held ones first, then as they came.
pub async fn bench(
    connection: &mut Connection,
    filter: &BenchFilter,
    offset: i64,
    limit: i64,
) -> Result<Vec<Recorded>> {
    let rows = sqlx::query(observation_select!(
        "WHERE is_current = 1 AND order_id IS NOT NULL AND (state = 'received' OR state = 'held') \
         AND ($1 = '' OR order_id = $1) AND ($2 = '' OR appliance = $2) AND ($3 = '' OR port = $3) \
         AND ($4 = '' OR state = $4) ORDER BY state, received_at, order_id, code LIMIT $5 OFFSET $6"
    ))
    .bind(filter.order.map(|id| id.to_string()).unwrap_or_default())
    .bind(filter.appliance.clone().unwrap_or_default())
    .bind(filter.port.clone().unwrap_or_default())
    .bind(filter.held_word())
    .bind(limit)
    .bind(offset)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// How many observations the filter keeps.
pub async fn count_bench(connection: &mut Connection, filter: &BenchFilter) -> Result<i64> {
    let row = sqlx::query(
        "SELECT COUNT(*) FROM observation \
         WHERE is_current = 1 AND order_id IS NOT NULL AND (state = 'received' OR state = 'held') \
         AND ($1 = '' OR order_id = $1) AND ($2 = '' OR appliance = $2) AND ($3 = '' OR port = $3) \
         AND ($4 = '' OR state = $4)",
    )
    .bind(filter.order.map(|id| id.to_string()).unwrap_or_default())
    .bind(filter.appliance.clone().unwrap_or_default())
    .bind(filter.port.clone().unwrap_or_default())
    .bind(filter.held_word())
    .fetch_one(connection)
    .await?;
    Ok(row.try_get(0)?)
}

/// How many wait for a technician at each analyzer.
pub async fn bench_by_analyzer(connection: &mut Connection) -> Result<Vec<AnalyzerLoad>> {
    let rows = sqlx::query(
        "SELECT appliance, port, driver, COUNT(*), CAST(SUM(CASE WHEN state = 'held' THEN 1 ELSE 0 END) AS BIGINT) \
         FROM observation WHERE is_current = 1 AND order_id IS NOT NULL AND (state = 'received' OR state = 'held') \
         GROUP BY appliance, port, driver ORDER BY appliance, port, driver",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(AnalyzerLoad {
                appliance: row.try_get(0)?,
                port: row.try_get(1)?,
                driver: row.try_get(2)?,
                waiting: row.try_get(3)?,
                held: row.try_get(4)?,
            })
        })
        .collect()
}

/// How many observations the hub ever received.
pub async fn count_observations(connection: &mut Connection) -> Result<i64> {
    let row = sqlx::query("SELECT COUNT(*) FROM observation")
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

/// Observations by state and place: `waiting` (in the queue), `replaced` (another took their place before a report showed
/// them) or `reviewed` (their state says it all).
pub async fn count_places(connection: &mut Connection) -> Result<Vec<(String, String, i64)>> {
    let rows = sqlx::query(
        "SELECT state, place, COUNT(*) FROM (SELECT state, CASE \
         WHEN superseded_by IS NOT NULL AND state NOT IN ('reported', 'amended', 'cancelled', 'rejected') THEN 'replaced' \
         WHEN order_id IS NULL AND state = 'received' THEN 'waiting' \
         ELSE 'reviewed' END AS place FROM observation) AS placed GROUP BY state, place ORDER BY state, place",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect()
}

/// Captures by how far they were read.
pub async fn count_captures(connection: &mut Connection) -> Result<CaptureCounts> {
    let rows = sqlx::query("SELECT interpreted, COUNT(*) FROM captures GROUP BY interpreted")
        .fetch_all(connection)
        .await?;
    let mut counts = CaptureCounts::default();
    for row in rows {
        let (reached, count): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        counts.stored = counts.stored.saturating_add(count);
        match reached {
            0 => counts.waiting = count,
            2 => counts.unreadable = count,
            _ => {}
        }
    }
    Ok(counts)
}

/// Orders by what they wait for.
pub async fn count_orders(connection: &mut Connection) -> Result<OrderPlaces> {
    let row = sqlx::query(
        "SELECT COUNT(*), \
         CAST(COALESCE(SUM(CASE WHEN missing > 0 THEN 1 ELSE 0 END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN to_review + held > 0 THEN 1 ELSE 0 END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN to_sign > 0 THEN 1 ELSE 0 END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN status = 'reported' THEN 1 ELSE 0 END), 0) AS BIGINT) FROM lab_order",
    )
    .fetch_one(connection)
    .await?;
    Ok(OrderPlaces {
        all: row.try_get(0)?,
        awaiting_results: row.try_get(1)?,
        bench: row.try_get(2)?,
        biologist: row.try_get(3)?,
        done: row.try_get(4)?,
    })
}
