//! Signed reports: every version, whole, as it was signed.

use lisiere_model::{ObservationId, OrderId, PatientId, ReportId, UtcMicros};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Connection, Error, Result, Tx};

/// One version of a report, without its bytes.
#[derive(Debug, Clone)]
pub struct ReportRow {
    /// Identity of this version.
    pub id: ReportId,
    /// The order it answers.
    pub order: OrderId,
    /// For whom.
    pub patient: PatientId,
    /// 1, 2, 3…
    pub version: u32,
    /// False once a later version took its place.
    pub current: bool,
    /// Document identifier, unique to this version.
    pub document_id: String,
    /// Identifier shared by all versions.
    pub set_id: String,
    /// Document identifier of the version before.
    pub replaces: Option<String>,
    /// False for a partial report.
    pub complete: bool,
    /// Name of the biologist who signed.
    pub signed_by: String,
    /// When.
    pub signed_at: UtcMicros,
}

/// The bytes of one version.
#[derive(Debug, Clone)]
pub struct ReportBytes {
    /// The report model as JSON.
    pub model: String,
    /// CDA level 3.
    pub n3: Vec<u8>,
    /// CDA level 1.
    pub n1: Vec<u8>,
    /// PDF/A-1b.
    pub pdf: Vec<u8>,
    /// The page.
    pub html: Vec<u8>,
}

impl ReportBytes {
    /// A digest over all forms: what was signed can be compared with what is kept.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for part in [
            self.model.as_bytes(),
            &self.n3,
            &self.n1,
            &self.pdf,
            &self.html,
        ] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        super::audit::hexadecimal(&digest.finalize())
    }
}

/// Adds a version and marks the one before as replaced. A second hub that signs the same version meets the unique key
/// (order, version) and fails: see [`Error::is_unique_violation`].
pub async fn insert(tx: &mut Tx, row: &ReportRow, bytes: &ReportBytes) -> Result<()> {
    sqlx::query("UPDATE report SET state = 'replaced' WHERE order_id = $1")
        .bind(row.order.to_string())
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "INSERT INTO report (id, order_id, patient_id, version, state, document_id, set_id, replaces, complete, \
         signed_by, signed_at, model, n3, n1, pdf, html, digest) \
         VALUES ($1, $2, $3, $4, 'signed', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(row.id.to_string())
    .bind(row.order.to_string())
    .bind(row.patient.to_string())
    .bind(i64::from(row.version))
    .bind(&row.document_id)
    .bind(&row.set_id)
    .bind(row.replaces.as_deref())
    .bind(i64::from(row.complete))
    .bind(&row.signed_by)
    .bind(row.signed_at.0)
    .bind(&bytes.model)
    .bind(bytes.n3.as_slice())
    .bind(bytes.n1.as_slice())
    .bind(bytes.pdf.as_slice())
    .bind(bytes.html.as_slice())
    .bind(bytes.digest())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Records which version of an observation a report shows.
pub async fn insert_observation(
    tx: &mut Tx,
    report: ReportId,
    observation: ObservationId,
    version: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO report_observation (report_id, observation_id, observation_version) VALUES ($1, $2, $3)",
    )
    .bind(report.to_string())
    .bind(observation.to_string())
    .bind(version)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, order_id, patient_id, version, state, document_id, set_id, replaces, complete, signed_by, \
             signed_at FROM report ",
            $rest
        )
    };
}

/// All versions of an order's report, the latest first.
pub async fn of_order(connection: &mut Connection, order: OrderId) -> Result<Vec<ReportRow>> {
    let rows = sqlx::query(select!("WHERE order_id = $1 ORDER BY version DESC"))
        .bind(order.to_string())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// The version with this id.
pub async fn get(connection: &mut Connection, id: ReportId) -> Result<Option<ReportRow>> {
    let row = sqlx::query(select!("WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Reports, the latest signed first.
pub async fn latest(
    connection: &mut Connection,
    offset: i64,
    limit: i64,
) -> Result<Vec<ReportRow>> {
    let rows = sqlx::query(select!(
        "ORDER BY signed_at DESC, id DESC LIMIT $1 OFFSET $2"
    ))
    .bind(limit)
    .bind(offset)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// How many versions were signed, and how many of them are current.
pub async fn count(connection: &mut Connection) -> Result<(i64, i64)> {
    let row = sqlx::query(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN state = 'signed' THEN 1 ELSE 0 END), 0) AS BIGINT) FROM report",
    )
    .fetch_one(connection)
    .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// The bytes of a version, checked against the digest kept beside them.
pub async fn bytes(connection: &mut Connection, id: ReportId) -> Result<Option<ReportBytes>> {
    let row = sqlx::query("SELECT model, n3, n1, pdf, html, digest FROM report WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let bytes = ReportBytes {
        model: row.try_get(0)?,
        n3: row.try_get(1)?,
        n1: row.try_get(2)?,
        pdf: row.try_get(3)?,
        html: row.try_get(4)?,
    };
    let digest: String = row.try_get(5)?;
    if bytes.digest() != digest {
        return Err(Error::stored(
            "report",
            "digest",
            "the bytes are not those that were signed",
        ));
    }
    Ok(Some(bytes))
}

fn read(row: &AnyRow) -> Result<ReportRow> {
    let stored = |column: &'static str, e: String| Error::stored("report", column, e);
    let id: String = row.try_get(0)?;
    let order: String = row.try_get(1)?;
    let patient: String = row.try_get(2)?;
    let version: i64 = row.try_get(3)?;
    let state: String = row.try_get(4)?;
    Ok(ReportRow {
        id: id
            .parse()
            .map_err(|e: uuid::Error| stored("id", e.to_string()))?,
        order: order
            .parse()
            .map_err(|e: uuid::Error| stored("order_id", e.to_string()))?,
        patient: patient
            .parse()
            .map_err(|e: uuid::Error| stored("patient_id", e.to_string()))?,
        version: u32::try_from(version).map_err(|e| stored("version", e.to_string()))?,
        current: state == "signed",
        document_id: row.try_get(5)?,
        set_id: row.try_get(6)?,
        replaces: row.try_get(7)?,
        complete: row.try_get::<i64, _>(8)? == 1,
        signed_by: row.try_get(9)?,
        signed_at: UtcMicros(row.try_get(10)?),
    })
}
