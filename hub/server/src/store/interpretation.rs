//! Which captures were read, with which driver, and what came of it. A second reading is a second row.

use lisiere_model::CaptureId;
use sqlx::Row;

use super::{Connection, Result, Tx};

/// One reading of a capture.
#[derive(Debug, Clone)]
pub struct RunRow {
    /// The capture.
    pub capture: CaptureId,
    /// 1 for the first reading.
    pub run: i64,
    /// The driver, or nothing when none was sure.
    pub driver: String,
    /// Its version.
    pub driver_version: String,
    /// `read`, `partly` (something waits for a person) or `unreadable`.
    pub outcome: String,
    /// Readings found.
    pub readings: i64,
    /// Problems and records kept aside, as JSON.
    pub body: String,
    /// When.
    pub done_at: i64,
}

/// Records a reading.
pub async fn insert(tx: &mut Tx, run: &RunRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO interpretation (capture_id, run, driver, driver_version, outcome, readings, body, done_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(run.capture.to_string())
    .bind(run.run)
    .bind(&run.driver)
    .bind(&run.driver_version)
    .bind(&run.outcome)
    .bind(run.readings)
    .bind(&run.body)
    .bind(run.done_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The number of the latest reading of a capture; 0 when it was never read.
pub async fn latest_run(connection: &mut Connection, capture: CaptureId) -> Result<i64> {
    let row = sqlx::query("SELECT COALESCE(MAX(run), 0) FROM interpretation WHERE capture_id = $1")
        .bind(capture.to_string())
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}
