//! Patients and every version of their identity.

use lisiere_model::{Patient, PatientId, UtcMicros};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Connection, Error, Result, Tx};

/// A patient as it stands, with its version for optimistic locking.
#[derive(Debug, Clone)]
pub struct PatientRow {
    /// The patient.
    pub patient: Patient,
    /// Changes with every edit.
    pub version: i64,
    /// When the patient was first registered.
    pub created_at: UtcMicros,
    /// When the identity last changed.
    pub changed_at: UtcMicros,
}

/// The keys by which patients are found and near names noticed; made by the laboratory room.
#[derive(Debug, Clone)]
pub struct NameKeys {
    /// Birth name and first given name, in capitals without accents.
    pub exact: String,
    /// What stays of them when usual spelling differences are taken away.
    pub near: String,
    /// Everything that a search may type.
    pub search: String,
}

const COLUMNS: &str = "body, version, created_at, changed_at";

/// Adds a patient and its first version.
pub async fn insert(
    tx: &mut Tx,
    patient: &Patient,
    keys: &NameKeys,
    who: &str,
    at: i64,
) -> Result<()> {
    let body = json(patient)?;
    sqlx::query(
        "INSERT INTO patient (id, ipp, status, ins, name_key, near_key, search_key, birth_date, sex, body, version, created_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)",
    )
    .bind(patient.id.to_string())
    .bind(&patient.local_number)
    .bind(status_word(patient))
    .bind(patient.ins.as_ref().map(|ins| ins.number().to_owned()))
    .bind(&keys.exact)
    .bind(&keys.near)
    .bind(&keys.search)
    .bind(patient.traits.birth_date.to_string())
    .bind(patient.traits.sex.letter())
    .bind(&body)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    keep_version(tx, patient.id, 1, &body, who, at).await
}

/// Replaces a patient's identity if nobody did meanwhile; says whether it was replaced.
pub async fn update(
    tx: &mut Tx,
    patient: &Patient,
    keys: &NameKeys,
    version: i64,
    who: &str,
    at: i64,
) -> Result<bool> {
    let body = json(patient)?;
    let done = sqlx::query(
        "UPDATE patient SET status = $1, ins = $2, name_key = $3, near_key = $4, search_key = $5, birth_date = $6, \
         sex = $7, body = $8, version = version + 1, changed_at = $9 WHERE id = $10 AND version = $11",
    )
    .bind(status_word(patient))
    .bind(patient.ins.as_ref().map(|ins| ins.number().to_owned()))
    .bind(&keys.exact)
    .bind(&keys.near)
    .bind(&keys.search)
    .bind(patient.traits.birth_date.to_string())
    .bind(patient.traits.sex.letter())
    .bind(&body)
    .bind(at)
    .bind(patient.id.to_string())
    .bind(version)
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    keep_version(tx, patient.id, version.saturating_add(1), &body, who, at).await?;
    Ok(true)
}

async fn keep_version(
    tx: &mut Tx,
    id: PatientId,
    version: i64,
    body: &str,
    who: &str,
    at: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO patient_version (patient_id, version, body, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.to_string())
    .bind(version)
    .bind(body)
    .bind(who)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The patient with this id.
pub async fn get(connection: &mut Connection, id: PatientId) -> Result<Option<PatientRow>> {
    one(
        connection,
        "SELECT body, version, created_at, changed_at FROM patient WHERE id = $1",
        &id.to_string(),
    )
    .await
}

/// The patient with this number of the laboratory.
pub async fn by_local_number(connection: &mut Connection, ipp: &str) -> Result<Option<PatientRow>> {
    one(
        connection,
        "SELECT body, version, created_at, changed_at FROM patient WHERE ipp = $1",
        ipp,
    )
    .await
}

/// The patient with this national identifier.
pub async fn by_ins(connection: &mut Connection, number: &str) -> Result<Option<PatientRow>> {
    one(
        connection,
        "SELECT body, version, created_at, changed_at FROM patient WHERE ins = $1",
        number,
    )
    .await
}

/// Patients with the same names and birth date.
pub async fn same_traits(
    connection: &mut Connection,
    keys: &NameKeys,
    birth_date: &str,
    sex: &str,
) -> Result<Vec<PatientRow>> {
    let rows = sqlx::query(
        "SELECT body, version, created_at, changed_at FROM patient \
         WHERE name_key = $1 AND birth_date = $2 AND sex = $3 ORDER BY created_at LIMIT 20",
    )
    .bind(&keys.exact)
    .bind(birth_date)
    .bind(sex)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Patients whose names sound alike, or who share names with another birth date.
pub async fn near(
    connection: &mut Connection,
    near_key: &str,
    but: PatientId,
) -> Result<Vec<PatientRow>> {
    let rows = sqlx::query(
        "SELECT body, version, created_at, changed_at FROM patient \
         WHERE near_key = $1 AND id <> $2 ORDER BY created_at LIMIT 20",
    )
    .bind(near_key)
    .bind(but.to_string())
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Patients whose search text holds the words, newest change first. `pattern` is a LIKE pattern.
pub async fn search(
    connection: &mut Connection,
    pattern: &str,
    limit: i64,
) -> Result<Vec<PatientRow>> {
    let rows = sqlx::query(
        "SELECT body, version, created_at, changed_at FROM patient \
         WHERE search_key LIKE $1 ORDER BY changed_at DESC LIMIT $2",
    )
    .bind(pattern)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

async fn one(
    connection: &mut Connection,
    query: &'static str,
    value: &str,
) -> Result<Option<PatientRow>> {
    debug_assert!(
        query.contains(COLUMNS),
        "read() expects these columns in this order"
    );
    let row = sqlx::query(query)
        .bind(value)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<PatientRow> {
    let body: String = row.try_get(0)?;
    Ok(PatientRow {
        patient: serde_json::from_str(&body).map_err(|e| Error::stored("patient", "body", e))?,
        version: row.try_get(1)?,
        created_at: UtcMicros(row.try_get(2)?),
        changed_at: UtcMicros(row.try_get(3)?),
    })
}

fn status_word(patient: &Patient) -> &'static str {
    use lisiere_model::IdentityStatus;
    match patient.status {
        IdentityStatus::Provisional => "provisional",
        IdentityStatus::Recovered => "recovered",
        IdentityStatus::Validated => "validated",
        IdentityStatus::Qualified => "qualified",
    }
}

fn json(patient: &Patient) -> Result<String> {
    serde_json::to_string(patient).map_err(|e| Error::stored("patient", "body", e))
}
