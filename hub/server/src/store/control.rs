//! Results of controls and calibrators, and rows that are nobody's: kept apart from patients' results.

use lisiere_model::{CaptureId, UtcMicros};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use uuid::Uuid;

use super::recorded::Read;
use super::{Connection, Error, Result, Tx, columnar};

/// A control's, a calibrator's or nobody's result.
#[derive(Debug, Clone)]
pub struct ControlRow {
    /// Identity.
    pub id: Uuid,
    /// The message it came in.
    pub capture: CaptureId,
    /// Which reading of the message.
    pub run: i64,
    /// Place in the message.
    pub position: i64,
    /// `qc`, `calibration` or `other`.
    pub kind: String,
    /// Where it came from.
    pub appliance: String,
    /// The port there.
    pub port: String,
    /// The driver that read it.
    pub driver: String,
    /// The control material or lot, as the analyzer names it.
    pub material: String,
    /// The laboratory's code of the test, when known.
    pub code: Option<String>,
    /// When it was made, or came.
    pub observed_at: UtcMicros,
    /// As read.
    pub read: Read,
}

/// Which control results to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ControlFilter {
    /// Only of this appliance.
    pub appliance: Option<String>,
    /// Only of this port.
    pub port: Option<String>,
    /// Only of this analyzer code.
    pub analyzer_code: Option<String>,
    /// Only of this material.
    pub material: Option<String>,
}

/// Adds a result.
pub async fn insert(tx: &mut Tx, row: &ControlRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO control_result (id, capture_id, run, position, kind, appliance, port, driver, material, \
         analyzer_code, code, number, unit, observed_at, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(row.id.to_string())
    .bind(row.capture.to_string())
    .bind(row.run)
    .bind(row.position)
    .bind(&row.kind)
    .bind(&row.appliance)
    .bind(&row.port)
    .bind(&row.driver)
    .bind(columnar(&row.material))
    .bind(columnar(&row.read.code))
    .bind(row.code.as_deref())
    .bind(row.read.value.number.map(|number| number.to_string()))
    .bind(row.read.unit.as_ref().map(|unit| unit.as_str().to_owned()))
    .bind(row.observed_at.0)
    .bind(
        serde_json::to_string(&row.read)
            .map_err(|e| Error::stored("control_result", "body", e))?,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Control results, newest first.
pub async fn list(
    connection: &mut Connection,
    filter: &ControlFilter,
    offset: i64,
    limit: i64,
) -> Result<Vec<ControlRow>> {
    let rows = sqlx::query(
        "SELECT id, capture_id, run, position, kind, appliance, port, driver, material, code, observed_at, body \
         FROM control_result WHERE kind = 'qc' AND ($1 = '' OR appliance = $1) AND ($2 = '' OR port = $2) \
         AND ($3 = '' OR analyzer_code = $3) AND ($4 = '' OR material = $4) \
         ORDER BY observed_at DESC, id DESC LIMIT $5 OFFSET $6",
    )
    .bind(filter.appliance.clone().unwrap_or_default())
    .bind(filter.port.clone().unwrap_or_default())
    .bind(filter.analyzer_code.clone().unwrap_or_default())
    .bind(filter.material.clone().unwrap_or_default())
    .bind(limit)
    .bind(offset)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get(0)?;
            let capture: String = row.try_get(1)?;
            let body: String = row.try_get(11)?;
            Ok(ControlRow {
                id: id
                    .parse()
                    .map_err(|e| Error::stored("control_result", "id", e))?,
                capture: capture
                    .parse()
                    .map_err(|e| Error::stored("control_result", "capture_id", e))?,
                run: row.try_get(2)?,
                position: row.try_get(3)?,
                kind: row.try_get(4)?,
                appliance: row.try_get(5)?,
                port: row.try_get(6)?,
                driver: row.try_get(7)?,
                material: row.try_get(8)?,
                code: row.try_get(9)?,
                observed_at: UtcMicros(row.try_get(10)?),
                read: serde_json::from_str(&body)
                    .map_err(|e| Error::stored("control_result", "body", e))?,
            })
        })
        .collect()
}

/// How many results of each kind the hub holds.
pub async fn count_by_kind(connection: &mut Connection) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query("SELECT kind, COUNT(*) FROM control_result GROUP BY kind ORDER BY kind")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}
