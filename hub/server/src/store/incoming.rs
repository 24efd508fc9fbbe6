//! Reports of other laboratories: the documents as they came, what was decided about them, the results taken over.

use lisiere_model::report::TestResult;
use lisiere_model::{OrderId, PatientId, UtcMicros};
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::{Connection, Error, Result, Tx, columnar};

/// Where a received report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncomingState {
    /// Nobody has decided yet.
    Waiting,
    /// A person said whose it is.
    Attached,
    /// A person set it aside.
    Aside,
}

impl IncomingState {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Attached => "attached",
            Self::Aside => "aside",
        }
    }
}

/// What the results of a report serve for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// Earlier results of the patient.
    History,
    /// What another laboratory found for one of our orders.
    Subcontract,
}

impl Usage {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Subcontract => "subcontract",
        }
    }

    fn read(word: &str) -> Option<Self> {
        match word {
            "history" => Some(Self::History),
            "subcontract" => Some(Self::Subcontract),
            _ => None,
        }
    }
}

/// A received report, without its bytes.
#[derive(Debug, Clone)]
pub struct IncomingRow {
    /// Which.
    pub id: Uuid,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// The way it came.
    pub channel: String,
    /// `n3`, `n1`, `auto` or `unknown`.
    pub form: String,
    /// Whether a signature is around it; nobody has verified it.
    pub signed: bool,
    /// National identifier of the laboratory that made it; may be empty.
    pub origin_id: String,
    /// Its name.
    pub origin: String,
    /// When it was made.
    pub written_at: Option<UtcMicros>,
    /// Where it stands.
    pub state: IncomingState,
    /// Changes with every decision.
    pub version: i64,
    /// What it serves for, once attached.
    pub usage: Option<Usage>,
    /// Whose it is, once attached.
    pub patient: Option<PatientId>,
    /// The order it answers, once attached as a subcontractor's.
    pub order: Option<OrderId>,
    /// Why it was set aside.
    pub reason: String,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<UtcMicros>,
    /// Who took it in.
    pub received_by: String,
    /// When.
    pub received_at: UtcMicros,
}

/// A result taken over from a received report.
#[derive(Debug, Clone)]
pub struct TakenResult {
    /// The report.
    pub report: Uuid,
    /// Its place in it.
    pub place: i64,
    /// What it serves for.
    pub usage: Usage,
    /// Whose it is.
    pub patient: PatientId,
    /// The order it answers.
    pub order: Option<OrderId>,
    /// LOINC code, or empty.
    pub loinc: String,
    /// National identifier of the laboratory that found it; may be empty.
    pub origin_id: String,
    /// Its name.
    pub origin: String,
    /// When.
    pub at: UtcMicros,
    /// Chapter of the report.
    pub chapter: String,
    /// The result.
    pub result: TestResult,
}

/// Keeps a document as it came.
pub async fn insert(tx: &mut Tx, row: &IncomingRow, bytes: &[u8]) -> Result<()> {
    sqlx::query(
        "INSERT INTO incoming_report (id, digest, channel, form, signed, origin_id, origin, written_at, state, version, \
         reason, received_by, received_at, bytes) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 1, '', $9, $10, $11)",
    )
    .bind(row.id.to_string())
    .bind(&row.digest)
    .bind(&row.channel)
    .bind(&row.form)
    .bind(i64::from(row.signed))
    .bind(columnar(&row.origin_id))
    .bind(columnar(&row.origin))
    .bind(row.written_at.map(|at| at.0))
    .bind(&row.received_by)
    .bind(row.received_at.0)
    .bind(bytes)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes what was decided; false when somebody else decided meanwhile.
pub async fn decide(tx: &mut Tx, row: &IncomingRow) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE incoming_report SET state = $1, usage = $2, patient_id = $3, order_id = $4, reason = $5, decided_by = $6, \
         decided_at = $7, version = version + 1 WHERE id = $8 AND version = $9",
    )
    .bind(row.state.as_str())
    .bind(row.usage.map(Usage::as_str))
    .bind(row.patient.map(|id| id.to_string()))
    .bind(row.order.map(|id| id.to_string()))
    .bind(columnar(&row.reason))
    .bind(row.decided_by.as_deref())
    .bind(row.decided_at.map(|at| at.0))
    .bind(row.id.to_string())
    .bind(row.version)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a result over.
pub async fn insert_result(tx: &mut Tx, taken: &TakenResult) -> Result<()> {
    let body = serde_json::to_string(&taken.result)
        .map_err(|e| Error::stored("incoming_result", "body", e))?;
    sqlx::query(
        "INSERT INTO incoming_result (report_id, place, usage, patient_id, order_id, loinc, origin_id, origin, at, \
         chapter, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(taken.report.to_string())
    .bind(taken.place)
    .bind(taken.usage.as_str())
    .bind(taken.patient.to_string())
    .bind(taken.order.map(|id| id.to_string()))
    .bind(&taken.loinc)
    .bind(columnar(&taken.origin_id))
    .bind(columnar(&taken.origin))
    .bind(taken.at.0)
    .bind(columnar(&taken.chapter))
    .bind(columnar(&body))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, digest, channel, form, signed, origin_id, origin, written_at, state, version, usage, patient_id, \
             order_id, reason, decided_by, decided_at, received_by, received_at FROM incoming_report ",
            $rest
        )
    };
}

/// Received reports: those that wait first, then the latest received.
pub async fn list(connection: &mut Connection, limit: i64) -> Result<Vec<IncomingRow>> {
    let rows = sqlx::query(select!(
        "ORDER BY CASE WHEN state = 'waiting' THEN 0 ELSE 1 END, received_at DESC, id DESC LIMIT $1"
    ))
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// How many wait for a decision.
pub async fn waiting(connection: &mut Connection) -> Result<i64> {
    let row = sqlx::query("SELECT COUNT(*) FROM incoming_report WHERE state = 'waiting'")
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

/// The report with this id.
pub async fn get(connection: &mut Connection, id: Uuid) -> Result<Option<IncomingRow>> {
    let row = sqlx::query(select!("WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The report that has these bytes.
pub async fn by_digest(connection: &mut Connection, digest: &str) -> Result<Option<IncomingRow>> {
    let row = sqlx::query(select!("WHERE digest = $1"))
        .bind(digest)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The document, byte for byte as it came.
pub async fn bytes(connection: &mut Connection, id: Uuid) -> Result<Option<Vec<u8>>> {
    let row = sqlx::query("SELECT bytes FROM incoming_report WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

macro_rules! select_results {
    ($rest:literal) => {
        concat!(
            "SELECT report_id, place, usage, patient_id, order_id, loinc, origin_id, origin, at, chapter, body \
             FROM incoming_result ",
            $rest
        )
    };
}

/// What other laboratories found: for this order, and earlier for its patient.
pub async fn beside_order(
    connection: &mut Connection,
    order: OrderId,
    patient: PatientId,
    limit: i64,
) -> Result<Vec<TakenResult>> {
    let rows = sqlx::query(select_results!(
        "WHERE order_id = $1 OR (patient_id = $2 AND usage = 'history') \
         ORDER BY usage DESC, at DESC, report_id, place LIMIT $3"
    ))
    .bind(order.to_string())
    .bind(patient.to_string())
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_result).collect()
}

/// Earlier results of a patient under this LOINC code, the latest first.
pub async fn history(
    connection: &mut Connection,
    patient: PatientId,
    loinc: &str,
    before: UtcMicros,
    limit: i64,
) -> Result<Vec<TakenResult>> {
    let rows = sqlx::query(select_results!(
        "WHERE patient_id = $1 AND loinc = $2 AND loinc <> '' AND at < $3 ORDER BY at DESC, report_id, place LIMIT $4"
    ))
    .bind(patient.to_string())
    .bind(loinc)
    .bind(before.0)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_result).collect()
}

fn read(row: &AnyRow) -> Result<IncomingRow> {
    let wrong = |column: &'static str| Error::stored("incoming_report", column, "unreadable");
    let state: String = row.try_get(8)?;
    let usage: Option<String> = row.try_get(10)?;
    let patient: Option<String> = row.try_get(11)?;
    let order: Option<String> = row.try_get(12)?;
    Ok(IncomingRow {
        id: row
            .try_get::<String, _>(0)?
            .parse()
            .map_err(|_| wrong("id"))?,
        digest: row.try_get(1)?,
        channel: row.try_get(2)?,
        form: row.try_get(3)?,
        signed: row.try_get::<i64, _>(4)? == 1,
        origin_id: row.try_get(5)?,
        origin: row.try_get(6)?,
        written_at: row.try_get::<Option<i64>, _>(7)?.map(UtcMicros),
        state: match state.as_str() {
            "waiting" => IncomingState::Waiting,
            "attached" => IncomingState::Attached,
            "aside" => IncomingState::Aside,
            _ => return Err(wrong("state")),
        },
        version: row.try_get(9)?,
        usage: usage
            .map(|word| Usage::read(&word).ok_or_else(|| wrong("usage")))
            .transpose()?,
        patient: patient
            .map(|id| id.parse().map_err(|_| wrong("patient_id")))
            .transpose()?,
        order: order
            .map(|id| id.parse().map_err(|_| wrong("order_id")))
            .transpose()?,
        reason: row.try_get(13)?,
        decided_by: row.try_get(14)?,
        decided_at: row.try_get::<Option<i64>, _>(15)?.map(UtcMicros),
        received_by: row.try_get(16)?,
        received_at: UtcMicros(row.try_get(17)?),
    })
}

fn read_result(row: &AnyRow) -> Result<TakenResult> {
    let wrong = |column: &'static str| Error::stored("incoming_result", column, "unreadable");
    let order: Option<String> = row.try_get(4)?;
    let body: String = row.try_get(10)?;
    Ok(TakenResult {
        report: row
            .try_get::<String, _>(0)?
            .parse()
            .map_err(|_| wrong("report_id"))?,
        place: row.try_get(1)?,
        usage: Usage::read(&row.try_get::<String, _>(2)?).ok_or_else(|| wrong("usage"))?,
        patient: row
            .try_get::<String, _>(3)?
            .parse()
            .map_err(|_| wrong("patient_id"))?,
        order: order
            .map(|id| id.parse().map_err(|_| wrong("order_id")))
            .transpose()?,
        loinc: row.try_get(5)?,
        origin_id: row.try_get(6)?,
        origin: row.try_get(7)?,
        at: UtcMicros(row.try_get(8)?),
        chapter: row.try_get(9)?,
        result: serde_json::from_str(&body)
            .map_err(|e| Error::stored("incoming_result", "body", e))?,
    })
}
