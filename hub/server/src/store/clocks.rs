//! How far clocks are apart: each appliance's from the hub's, each analyzer's from its appliance's.

use sqlx::Row;

use super::{Connection, Result, Tx};

/// An analyzer's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzerClock {
    /// The port it is plugged into.
    pub port: String,
    /// How far it was ahead of the appliance's clock, microseconds.
    pub ahead: i64,
    /// What vouched for the appliance's clock then: `unsynchronised`, `rtc` or `ntp`.
    pub quality: String,
    /// When its message was received.
    pub measured_at: i64,
}

/// Notes how far an appliance's clock is ahead of the hub's.
pub async fn appliance(tx: &mut Tx, name: &str, ahead: i64) -> Result<()> {
    sqlx::query("UPDATE appliances SET clock_ahead = $2 WHERE name = $1")
        .bind(name)
        .bind(ahead)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How far the clock of each appliance is ahead of the hub's.
pub async fn appliances(connection: &mut Connection) -> Result<Vec<(String, i64)>> {
    let rows =
        sqlx::query("SELECT name, clock_ahead FROM appliances WHERE clock_ahead IS NOT NULL")
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// Notes an analyzer's clock; an older message than the one known says nothing.
pub async fn analyzer(tx: &mut Tx, appliance: &str, clock: &AnalyzerClock) -> Result<()> {
    sqlx::query(
        "INSERT INTO analyzer_clocks (appliance, port, ahead, quality, measured_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (appliance, port) DO UPDATE SET ahead = excluded.ahead, quality = excluded.quality, \
         measured_at = excluded.measured_at WHERE analyzer_clocks.measured_at <= excluded.measured_at",
    )
    .bind(appliance)
    .bind(&clock.port)
    .bind(clock.ahead)
    .bind(&clock.quality)
    .bind(clock.measured_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The clocks of an appliance's analyzers.
pub async fn analyzers(connection: &mut Connection, appliance: &str) -> Result<Vec<AnalyzerClock>> {
    let rows = sqlx::query(
        "SELECT port, ahead, quality, measured_at FROM analyzer_clocks WHERE appliance = $1 ORDER BY port",
    )
    .bind(appliance)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(AnalyzerClock {
                port: row.try_get(0)?,
                ahead: row.try_get(1)?,
                quality: row.try_get(2)?,
                measured_at: row.try_get(3)?,
            })
        })
        .collect()
}
