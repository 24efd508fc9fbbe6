//! Observations: adding, reading and changing them under optimistic locking.

use lisiere_model::{
    CaptureId, Interpretation, LocalCode, ObservationId, OrderId, PatientId, UtcMicros,
};
use sqlx::Row;
use sqlx::any::AnyRow;

pub use super::recorded::{
    Companion, EventRow, Hold, ObservationBody, Outcome, Previous, Read, Recorded, Reference,
    Reviewed,
};
use super::{Connection, Error, Result, Tx, columnar};
use crate::review::state::State;

macro_rules! observation_select {
    ($rest:literal) => {
        concat!(
            "SELECT id, capture_id, run, position, appliance, port, driver, patient_id, order_id, specimen_id, code, \
             state, report_version, is_current, generation, superseded_by, interpretation, observed_at, received_at, \
             body, version FROM observation ",
            $rest
        )
    };
}
pub(super) use observation_select;

/// Adds an observation, at version 1.
pub async fn insert(tx: &mut Tx, o: &Recorded) -> Result<()> {
    sqlx::query(
        "INSERT INTO observation (id, capture_id, run, position, appliance, port, accession, analyzer_code, driver, \
         patient_id, order_id, specimen_id, code, state, report_version, is_current, generation, superseded_by, \
         interpretation, number, observed_at, received_at, body, version, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
         $23, $24, $22)",
    )
    .bind(o.id.to_string())
    .bind(o.capture.to_string())
    .bind(o.run)
    .bind(o.position)
    .bind(&o.appliance)
    .bind(&o.port)
    .bind(columnar(o.body.read.specimen.as_deref().unwrap_or_default()))
    .bind(columnar(&o.body.read.code))
    .bind(&o.driver)
    .bind(o.patient.map(|id| id.to_string()))
    .bind(o.order.map(|id| id.to_string()))
    .bind(o.specimen.map(|id| id.to_string()))
    .bind(o.code.as_ref().map(|code| code.as_str().to_owned()))
    .bind(o.state.name())
    .bind(o.state.report_version().map(i64::from))
    .bind(i64::from(o.current))
    .bind(o.generation)
    .bind(o.superseded_by.map(|id| id.to_string()))
    .bind(o.interpretation.map(Interpretation::code))
    .bind(o.number().map(|number| number.to_string()))
    .bind(o.observed_at.0)
    .bind(o.received_at.0)
    .bind(json(&o.body)?)
    .bind(o.version)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes an observation back if its version is still the one that was read, and raises the version; says whether it was.
/// What the driver read stays as it is: only matching and review change.
pub async fn update(tx: &mut Tx, o: &Recorded, at: i64) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE observation SET patient_id = $1, order_id = $2, specimen_id = $3, code = $4, state = $5, \
         report_version = $6, is_current = $7, generation = $8, superseded_by = $9, interpretation = $10, number = $11, \
         body = $12, version = version + 1, changed_at = $13 WHERE id = $14 AND version = $15",
    )
    .bind(o.patient.map(|id| id.to_string()))
    .bind(o.order.map(|id| id.to_string()))
    .bind(o.specimen.map(|id| id.to_string()))
    .bind(o.code.as_ref().map(|code| code.as_str().to_owned()))
    .bind(o.state.name())
    .bind(o.state.report_version().map(i64::from))
    .bind(i64::from(o.current))
    .bind(o.generation)
    .bind(o.superseded_by.map(|id| id.to_string()))
    .bind(o.interpretation.map(Interpretation::code))
    .bind(o.number().map(|number| number.to_string()))
    .bind(json(&o.body)?)
    .bind(at)
    .bind(o.id.to_string())
    .bind(o.version)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds what happened to an observation.
pub async fn insert_event(tx: &mut Tx, id: ObservationId, event: &EventRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO observation_event (observation_id, version, act, state, reason, actor, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id.to_string())
    .bind(event.version)
    .bind(&event.act)
    .bind(&event.state)
    .bind(event.reason.as_deref().map(columnar))
    .bind(&event.actor)
    .bind(event.at.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What happened to an observation, in order.
pub async fn events(connection: &mut Connection, id: ObservationId) -> Result<Vec<EventRow>> {
    let rows = sqlx::query(
        "SELECT version, act, state, reason, actor, at FROM observation_event WHERE observation_id = $1 ORDER BY version",
    )
    .bind(id.to_string())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(EventRow {
                version: row.try_get(0)?,
                act: row.try_get(1)?,
                state: row.try_get(2)?,
                reason: row.try_get(3)?,
                actor: row.try_get(4)?,
                at: UtcMicros(row.try_get(5)?),
            })
        })
        .collect()
}

/// The observation with this id.
pub async fn get(connection: &mut Connection, id: ObservationId) -> Result<Option<Recorded>> {
    let row = sqlx::query(observation_select!("WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// All observations of an order, earlier and set-aside ones included, newest generation first within a test.
pub async fn of_order(connection: &mut Connection, order: OrderId) -> Result<Vec<Recorded>> {
    let rows = sqlx::query(observation_select!(
        "WHERE order_id = $1 ORDER BY code, generation DESC, id DESC"
    ))
    .bind(order.to_string())
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// All observations read from a capture.
pub async fn of_capture(connection: &mut Connection, capture: CaptureId) -> Result<Vec<Recorded>> {
    let rows = sqlx::query(observation_select!(
        "WHERE capture_id = $1 ORDER BY run, position"
    ))
    .bind(capture.to_string())
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Observations that no order has taken yet and that bear this specimen number.
pub async fn unmatched(connection: &mut Connection, accession: &str) -> Result<Vec<Recorded>> {
    let rows = sqlx::query(observation_select!(
        "WHERE accession = $1 AND order_id IS NULL AND superseded_by IS NULL AND state = 'received' \
         ORDER BY received_at, position"
    ))
    .bind(accession)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Unmatched observations of this analyzer code, read by this driver.
pub async fn unmatched_of_code(
    connection: &mut Connection,
    driver: &str,
    code: &str,
) -> Result<Vec<Recorded>> {
    let rows = sqlx::query(observation_select!(
        "WHERE driver = $1 AND analyzer_code = $2 AND order_id IS NULL AND superseded_by IS NULL \
         AND state = 'received' ORDER BY received_at, position LIMIT 1000"
    ))
    .bind(driver)
    .bind(columnar(code))
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Observations that wait for an unknown tube although a tube of that number is registered by now.
pub async fn unmatched_but_known(connection: &mut Connection) -> Result<Vec<ObservationId>> {
    let rows = sqlx::query(
        "SELECT o.id FROM waiting_item w JOIN observation o ON o.id = w.observation_id \
         WHERE w.state = 'open' AND w.kind = 'unknown_specimen' AND o.order_id IS NULL AND o.state = 'received' \
         AND EXISTS (SELECT 1 FROM specimen s WHERE s.accession = o.accession) ORDER BY o.id LIMIT 100",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| parsed(row, 0, "id")).collect()
}

/// Reviewed results of a patient and test before a moment, newest first (*antériorités*).
pub async fn earlier(
    connection: &mut Connection,
    patient: PatientId,
    code: &LocalCode,
    before: UtcMicros,
    limit: i64,
) -> Result<Vec<Recorded>> {
    let rows = sqlx::query(observation_select!(
        "WHERE patient_id = $1 AND code = $2 AND observed_at < $3 AND is_current = 1 \
         AND state IN ('biologically_reviewed', 'reported') ORDER BY observed_at DESC LIMIT $4"
    ))
    .bind(patient.to_string())
    .bind(code.as_str())
    .bind(before.0)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

fn json(body: &ObservationBody) -> Result<String> {
    serde_json::to_string(body).map_err(|e| Error::stored("observation", "body", e))
}

pub(super) fn read(row: &AnyRow) -> Result<Recorded> {
    let state: String = row.try_get(11)?;
    let version: Option<i64> = row.try_get(12)?;
    let version = version.and_then(|version| u32::try_from(version).ok());
    let interpretation: Option<String> = row.try_get(16)?;
    let body: String = row.try_get(19)?;
    Ok(Recorded {
        id: parsed(row, 0, "id")?,
        capture: parsed(row, 1, "capture_id")?,
        run: row.try_get(2)?,
        position: row.try_get(3)?,
        appliance: row.try_get(4)?,
        port: row.try_get(5)?,
        driver: row.try_get(6)?,
        patient: optional(row, 7, "patient_id")?,
        order: optional(row, 8, "order_id")?,
        specimen: optional(row, 9, "specimen_id")?,
        code: optional(row, 10, "code")?,
        state: State::from_parts(&state, version)
            .ok_or_else(|| Error::stored("observation", "state", &state))?,
        current: row.try_get::<i64, _>(13)? == 1,
        generation: row.try_get(14)?,
        superseded_by: optional(row, 15, "superseded_by")?,
        interpretation: interpretation
            .as_deref()
            .and_then(Interpretation::from_code),
        observed_at: UtcMicros(row.try_get(17)?),
        received_at: UtcMicros(row.try_get(18)?),
        body: serde_json::from_str(&body).map_err(|e| Error::stored("observation", "body", e))?,
        version: row.try_get(20)?,
    })
}

fn parsed<T>(row: &AnyRow, index: usize, column: &'static str) -> Result<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let text: String = row.try_get(index)?;
    text.parse()
        .map_err(|e: T::Err| Error::stored("observation", column, e))
}

fn optional<T>(row: &AnyRow, index: usize, column: &'static str) -> Result<Option<T>>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let text: Option<String> = row.try_get(index)?;
    text.map(|text| {
        text.parse()
            .map_err(|e: T::Err| Error::stored("observation", column, e))
    })
    .transpose()
}
