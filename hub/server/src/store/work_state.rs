//! What became of orders at the analyzers: what the appliances said, and where each ordered test stands.

use lisiere_model::OrderId;
use sqlx::Row;
use uuid::Uuid;

use super::{Connection, Error, Result, Tx, columnar};

/// What an appliance said about one tube.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// Identity.
    pub id: Uuid,
    /// The capture it came in.
    pub capture: lisiere_model::CaptureId,
    /// The appliance.
    pub appliance: String,
    /// Its port.
    pub port: String,
    /// The driver of the port.
    pub driver: String,
    /// The tube.
    pub specimen: String,
    /// What happened.
    pub state: &'static str,
    /// Codes of the analyzer.
    pub tests: Vec<String>,
    /// Why.
    pub reason: String,
    /// Version of the list the appliance held.
    pub version: i64,
    /// When, by the appliance's clock.
    pub at: i64,
}

/// Where an ordered test stands at the analyzers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRow {
    /// The test.
    pub test: Uuid,
    /// `asked`, `sent`, `refused`, `unsent`, `cancelled` or `resulted`.
    pub state: String,
    /// The appliance.
    pub appliance: String,
    /// Its port.
    pub port: String,
    /// Why, where something went wrong.
    pub reason: String,
    /// When.
    pub at: i64,
}

/// Adds what an appliance said.
pub async fn insert_event(tx: &mut Tx, event: &EventRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO work_event (id, capture_id, appliance, port, driver, specimen, state, tests, reason, version, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(event.id.to_string())
    .bind(event.capture.to_string())
    .bind(&event.appliance)
    .bind(&event.port)
    .bind(&event.driver)
    .bind(columnar(&event.specimen))
    .bind(event.state)
    .bind(columnar(&event.tests.join("\n")))
    .bind(columnar(&event.reason))
    .bind(event.version)
    .bind(event.at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes where a test stands, unless something later is known: two hubs may take events in out of order.
pub async fn set(tx: &mut Tx, order: OrderId, row: &StateRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO work_state (test_id, order_id, state, appliance, port, reason, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (test_id) DO UPDATE SET state = excluded.state, \
         appliance = excluded.appliance, port = excluded.port, reason = excluded.reason, at = excluded.at \
         WHERE excluded.at >= work_state.at",
    )
    .bind(row.test.to_string())
    .bind(order.to_string())
    .bind(&row.state)
    .bind(&row.appliance)
    .bind(&row.port)
    .bind(columnar(&row.reason))
    .bind(row.at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes which of an order's tests have their result, whether an analyzer had asked for them or not.
pub async fn resulted(tx: &mut Tx, order: OrderId, now: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO work_state (test_id, order_id, state, appliance, port, reason, at) \
         SELECT t.id, t.order_id, 'resulted', MIN(b.appliance), MIN(b.port), '', $2 FROM ordered_test t \
         JOIN observation b ON b.order_id = t.order_id AND b.specimen_id = t.specimen_id AND b.code = t.code \
         WHERE t.order_id = $1 AND b.is_current = 1 AND b.state NOT IN ('repeat_requested', 'rejected', 'amended') \
         GROUP BY t.id, t.order_id \
         ON CONFLICT (test_id) DO UPDATE SET state = excluded.state, appliance = excluded.appliance, \
         port = excluded.port, reason = excluded.reason, at = excluded.at WHERE work_state.state <> 'resulted'",
    )
    .bind(order.to_string())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Where the tests of an order stand.
pub async fn of_order(connection: &mut Connection, order: OrderId) -> Result<Vec<StateRow>> {
    let rows = sqlx::query(
        "SELECT test_id, state, appliance, port, reason, at FROM work_state WHERE order_id = $1",
    )
    .bind(order.to_string())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let test: String = row.try_get(0)?;
            Ok(StateRow {
                test: test
                    .parse()
                    .map_err(|e| Error::stored("work_state", "test_id", e))?,
                state: row.try_get(1)?,
                appliance: row.try_get(2)?,
                port: row.try_get(3)?,
                reason: row.try_get(4)?,
                at: row.try_get(5)?,
            })
        })
        .collect()
}

/// What analyzers asked and got about a tube, in order: state, port, moment.
pub async fn of_specimen(
    connection: &mut Connection,
    specimen: &str,
) -> Result<Vec<(String, String, i64)>> {
    let rows = sqlx::query(
        "SELECT state, port, at FROM work_event WHERE specimen = $1 ORDER BY at, id LIMIT 200",
    )
    .bind(specimen)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect()
}
