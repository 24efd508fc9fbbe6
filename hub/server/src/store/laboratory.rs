//! The laboratory's own settings, its counters, and what people decided about codes and units.

use sqlx::Row;

use super::{Connection, Result, Tx, columnar};

/// A setting's text, if it was ever set.
pub async fn setting(connection: &mut Connection, name: &str) -> Result<Option<String>> {
    let row = sqlx::query("SELECT body FROM laboratory_setting WHERE name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Replaces a setting; the audit entry keeps who and what.
pub async fn set_setting(tx: &mut Tx, name: &str, body: &str, who: &str, at: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO laboratory_setting (name, body, set_by, set_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name) DO UPDATE SET body = excluded.body, set_by = excluded.set_by, set_at = excluded.set_at",
    )
    .bind(name)
    .bind(body)
    .bind(who)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The next number of a counter, from 1. Two hubs never get the same one.
pub async fn next_number(tx: &mut Tx, counter: &str) -> Result<i64> {
    let row = sqlx::query(
        "INSERT INTO laboratory_counter (name, value) VALUES ($1, 1) \
         ON CONFLICT (name) DO UPDATE SET value = laboratory_counter.value + 1 RETURNING value",
    )
    .bind(counter)
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get(0)?)
}

/// The local test that a person said this analyzer code means.
pub async fn mapped_code(
    connection: &mut Connection,
    driver: &str,
    code: &str,
) -> Result<Option<String>> {
    let row = sqlx::query(
        "SELECT local_code FROM code_mapping WHERE driver = $1 AND code = $2 ORDER BY version DESC LIMIT 1",
    )
    .bind(driver)
    .bind(columnar(code))
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The UCUM unit that a person said this analyzer's unit text means.
pub async fn mapped_unit(
    connection: &mut Connection,
    driver: &str,
    unit: &str,
) -> Result<Option<String>> {
    let row = sqlx::query(
        "SELECT ucum FROM unit_mapping WHERE driver = $1 AND unit = $2 ORDER BY version DESC LIMIT 1",
    )
    .bind(driver)
    .bind(columnar(unit))
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Adds a version of a code's meaning; earlier versions stay.
pub async fn map_code(
    tx: &mut Tx,
    driver: &str,
    code: &str,
    local_code: &str,
    who: &str,
    at: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO code_mapping (driver, code, version, local_code, decided_by, decided_at) \
         SELECT $1, $2, COALESCE(MAX(version), 0) + 1, $3, $4, $5 FROM code_mapping WHERE driver = $1 AND code = $2",
    )
    .bind(driver)
    .bind(columnar(code))
    .bind(local_code)
    .bind(who)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds a version of a unit text's meaning; earlier versions stay.
pub async fn map_unit(
    tx: &mut Tx,
    driver: &str,
    unit: &str,
    ucum: &str,
    who: &str,
    at: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO unit_mapping (driver, unit, version, ucum, decided_by, decided_at) \
         SELECT $1, $2, COALESCE(MAX(version), 0) + 1, $3, $4, $5 FROM unit_mapping WHERE driver = $1 AND unit = $2",
    )
    .bind(driver)
    .bind(columnar(unit))
    .bind(ucum)
    .bind(who)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
