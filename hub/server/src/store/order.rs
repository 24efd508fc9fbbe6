//! Orders, their specimens and their tests.

use jiff::civil::Date;
use lisiere_model::{
    AccessionNumber, LocalCode, OrderId, PatientId, Priority, Rpps, Specimen, SpecimenId, UtcMicros,
};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::{Connection, Error, Result, Tx};

/// What was written on the prescription and added at registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBody {
    /// The prescriber as printed.
    pub prescriber_name: Option<String>,
    /// The prescriber's national number.
    pub prescriber_rpps: Option<Rpps>,
    /// Date of the prescription.
    pub prescribed_on: Option<Date>,
    /// How soon.
    pub priority: Priority,
    /// Clinical elements, in words (CSP D. 6211-2).
    pub clinical: Option<String>,
    /// Who registered it.
    pub registered_by: String,
    /// `form`, or the name of the imported file's row: `file:LINE`.
    pub source: String,
}

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Nothing was reported.
    Open,
    /// A report was signed; tests are missing or not signed.
    PartlyReported,
    /// Every test is in a signed report.
    Reported,
}

impl OrderStatus {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::PartlyReported => "partly_reported",
            Self::Reported => "reported",
        }
    }

    /// The word shown to people.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Open => "en cours",
            Self::PartlyReported => "rendu partiellement",
            Self::Reported => "rendu",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        [Self::Open, Self::PartlyReported, Self::Reported]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Error::stored("lab_order", "status", text))
    }
}

/// How many tests of an order stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCounts {
    /// Tests asked for and not taken back.
    pub tests: i64,
    /// Without a usable result.
    pub missing: i64,
    /// Received, waiting for a technician.
    pub to_review: i64,
    /// Held by a rule or a person.
    pub held: i64,
    /// Waiting for a biologist.
    pub to_sign: i64,
    /// In a signed report.
    pub signed: i64,
}

/// An order as it stands.
#[derive(Debug, Clone)]
pub struct OrderRow {
    /// Identity.
    pub id: OrderId,
    /// The number people use (*numéro de dossier*).
    pub number: String,
    /// The number given by whoever asked.
    pub request_number: Option<String>,
    /// Digest of the imported row: tells a re-import from a change.
    pub request_digest: Option<String>,
    /// For whom.
    pub patient: PatientId,
    /// How far it has come.
    pub status: OrderStatus,
    /// How many tests stand where.
    pub counts: OrderCounts,
    /// The rest.
    pub body: OrderBody,
    /// Changes with every edit, for optimistic locking.
    pub version: i64,
    /// When it was registered.
    pub registered_at: UtcMicros,
}

/// A test of an order, on one of its specimens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestRow {
    /// Identity.
    pub id: Uuid,
    /// The order.
    pub order: OrderId,
    /// The tube it is made on.
    pub specimen: SpecimenId,
    /// The laboratory's code.
    pub code: LocalCode,
    /// Place in the order.
    pub position: i64,
    /// Why it will not be made, if it was taken back.
    pub cancelled: Option<String>,
}

/// Adds an order.
pub async fn insert(tx: &mut Tx, order: &OrderRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO lab_order (id, number, request_number, request_digest, patient_id, status, urgent, tests, missing, \
         to_review, held, to_sign, signed, body, version, registered_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 0, 0, 0, 0, $9, 1, $10, $10)",
    )
    .bind(order.id.to_string())
    .bind(&order.number)
    .bind(order.request_number.as_deref())
    .bind(order.request_digest.as_deref())
    .bind(order.patient.to_string())
    .bind(order.status.as_str())
    .bind(i64::from(order.body.priority == Priority::Urgent))
    .bind(order.counts.tests)
    .bind(serde_json::to_string(&order.body).map_err(|e| Error::stored("lab_order", "body", e))?)
    .bind(order.registered_at.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds a specimen.
pub async fn insert_specimen(tx: &mut Tx, specimen: &Specimen) -> Result<()> {
    sqlx::query(
        "INSERT INTO specimen (id, order_id, accession, body, collected_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(specimen.id.to_string())
    .bind(specimen.order.to_string())
    .bind(specimen.accession.as_str())
    .bind(serde_json::to_string(specimen).map_err(|e| Error::stored("specimen", "body", e))?)
    .bind(specimen.collected_at.map(|at| at.0))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds a test to an order.
pub async fn insert_test(tx: &mut Tx, test: &TestRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO ordered_test (id, order_id, specimen_id, code, position, cancelled) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(test.id.to_string())
    .bind(test.order.to_string())
    .bind(test.specimen.to_string())
    .bind(test.code.as_str())
    .bind(test.position)
    .bind(test.cancelled.as_deref())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes a test back, or asks for it again (`None`).
pub async fn set_test_cancelled(tx: &mut Tx, test: Uuid, reason: Option<&str>) -> Result<()> {
    sqlx::query("UPDATE ordered_test SET cancelled = $1 WHERE id = $2")
        .bind(reason)
        .bind(test.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The order with this id.
pub async fn get(connection: &mut Connection, id: OrderId) -> Result<Option<OrderRow>> {
    let row = sqlx::query(
        "SELECT id, number, request_number, request_digest, patient_id, status, tests, missing, to_review, held, \
         to_sign, signed, body, version, registered_at FROM lab_order WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The order that answers to this number: the laboratory's own, or the requester's.
pub async fn by_number(connection: &mut Connection, number: &str) -> Result<Option<OrderRow>> {
    let row = sqlx::query(
        "SELECT id, number, request_number, request_digest, patient_id, status, tests, missing, to_review, held, \
         to_sign, signed, body, version, registered_at FROM lab_order WHERE number = $1 OR request_number = $1 LIMIT 1",
    )
    .bind(number)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Takes the order's row lock, so that two hubs take turns on it. SQLite's single writer needs none.
pub async fn lock(tx: &mut Tx, id: OrderId) -> Result<()> {
    let query = tx.dialect().pick(
        "SELECT id FROM lab_order WHERE id = $1",
        "SELECT id FROM lab_order WHERE id = $1 FOR UPDATE",
    );
    sqlx::query(query)
        .bind(id.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(())
}

/// Writes how far the order has come.
pub async fn set_progress(
    tx: &mut Tx,
    id: OrderId,
    status: OrderStatus,
    counts: OrderCounts,
    at: i64,
) -> Result<()> {
    sqlx::query(
        "UPDATE lab_order SET status = $1, tests = $2, missing = $3, to_review = $4, held = $5, to_sign = $6, \
         signed = $7, version = version + 1, changed_at = $8 WHERE id = $9",
    )
    .bind(status.as_str())
    .bind(counts.tests)
    .bind(counts.missing)
    .bind(counts.to_review)
    .bind(counts.held)
    .bind(counts.to_sign)
    .bind(counts.signed)
    .bind(at)
    .bind(id.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The specimens of an order.
pub async fn specimens(connection: &mut Connection, order: OrderId) -> Result<Vec<Specimen>> {
    let rows = sqlx::query("SELECT body FROM specimen WHERE order_id = $1 ORDER BY accession")
        .bind(order.to_string())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_specimen).collect()
}

/// Every specimen that bears this number; more than one means that no rule may choose.
pub async fn specimens_by_accession(
    connection: &mut Connection,
    accession: &AccessionNumber,
) -> Result<Vec<Specimen>> {
    let rows = sqlx::query("SELECT body FROM specimen WHERE accession = $1 ORDER BY id LIMIT 20")
        .bind(accession.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_specimen).collect()
}

/// The tests of an order, in its order.
pub async fn tests(connection: &mut Connection, order: OrderId) -> Result<Vec<TestRow>> {
    let rows = sqlx::query(
        "SELECT id, order_id, specimen_id, code, position, cancelled FROM ordered_test WHERE order_id = $1 \
         ORDER BY position, code",
    )
    .bind(order.to_string())
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_test).collect()
}

/// Which orders to list.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// Only orders with something at this place.
    pub place: OrderPlace,
    /// Only this patient's.
    pub patient: Option<PatientId>,
    /// Only those whose number, patient name or accession holds this text (a LIKE pattern made by the caller).
    pub pattern: Option<String>,
    /// Only urgent ones.
    pub urgent_only: bool,
}

/// Where something waits in an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrderPlace {
    /// Anywhere: every order.
    #[default]
    Any,
    /// Tests without a result.
    AwaitingResults,
    /// Results for a technician.
    Bench,
    /// Results for a biologist.
    Biologist,
    /// Everything is signed.
    Done,
}

const FILTER: &str = " FROM lab_order o JOIN patient p ON p.id = o.patient_id \
     WHERE ($1 = 'any' OR ($1 = 'results' AND o.missing > 0) OR ($1 = 'bench' AND o.to_review + o.held > 0) \
     OR ($1 = 'biologist' AND o.to_sign > 0) OR ($1 = 'done' AND o.status = 'reported')) \
     AND ($2 = '' OR o.patient_id = $2) \
     AND ($3 = '' OR o.number LIKE $3 OR o.request_number LIKE $3 OR p.search_key LIKE $3 \
     OR EXISTS (SELECT 1 FROM specimen s WHERE s.order_id = o.id AND s.accession LIKE $3)) \
     AND ($4 = 0 OR o.urgent = 1)";

impl OrderPlace {
    const fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::AwaitingResults => "results",
            Self::Bench => "bench",
            Self::Biologist => "biologist",
            Self::Done => "done",
        }
    }

    /// People at work want the oldest first, people who look something up the newest.
    const fn oldest_first(self) -> bool {
        matches!(self, Self::Bench | Self::Biologist | Self::AwaitingResults)
    }
}

/// A page of orders, urgent ones first.
pub async fn list(
    connection: &mut Connection,
    filter: &OrderFilter,
    offset: i64,
    limit: i64,
) -> Result<Vec<OrderRow>> {
    let direction = if filter.place.oldest_first() {
        "ASC"
    } else {
        "DESC"
    };
    let text = format!(
        "SELECT o.id, o.number, o.request_number, o.request_digest, o.patient_id, o.status, o.tests, o.missing, \
         o.to_review, o.held, o.to_sign, o.signed, o.body, o.version, o.registered_at{FILTER} \
         ORDER BY o.urgent DESC, o.registered_at {direction}, o.id {direction} LIMIT $5 OFFSET $6"
    );
    // Safe to assert: only constants of this file were put together.
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(filter.place.word())
        .bind(filter.patient.map(|id| id.to_string()).unwrap_or_default())
        .bind(filter.pattern.clone().unwrap_or_default())
        .bind(i64::from(filter.urgent_only))
        .bind(limit)
        .bind(offset)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// How many orders a filter keeps.
pub async fn count(connection: &mut Connection, filter: &OrderFilter) -> Result<i64> {
    let text = format!("SELECT COUNT(*){FILTER}");
    // Safe to assert: only constants of this file were put together.
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(filter.place.word())
        .bind(filter.patient.map(|id| id.to_string()).unwrap_or_default())
        .bind(filter.pattern.clone().unwrap_or_default())
        .bind(i64::from(filter.urgent_only))
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

fn read(row: &AnyRow) -> Result<OrderRow> {
    let stored = |column| move |e: String| Error::stored("lab_order", column, e);
    let id: String = row.try_get(0)?;
    let patient: String = row.try_get(4)?;
    let status: String = row.try_get(5)?;
    let body: String = row.try_get(12)?;
    Ok(OrderRow {
        id: id
            .parse()
            .map_err(|e: uuid::Error| stored("id")(e.to_string()))?,
        number: row.try_get(1)?,
        request_number: row.try_get(2)?,
        request_digest: row.try_get(3)?,
        patient: patient
            .parse()
            .map_err(|e: uuid::Error| stored("patient_id")(e.to_string()))?,
        status: OrderStatus::parse(&status)?,
        counts: OrderCounts {
            tests: row.try_get(6)?,
            missing: row.try_get(7)?,
            to_review: row.try_get(8)?,
            held: row.try_get(9)?,
            to_sign: row.try_get(10)?,
            signed: row.try_get(11)?,
        },
        body: serde_json::from_str(&body).map_err(|e| stored("body")(e.to_string()))?,
        version: row.try_get(13)?,
        registered_at: UtcMicros(row.try_get(14)?),
    })
}

fn read_specimen(row: &AnyRow) -> Result<Specimen> {
    let body: String = row.try_get(0)?;
    serde_json::from_str(&body).map_err(|e| Error::stored("specimen", "body", e))
}

fn read_test(row: &AnyRow) -> Result<TestRow> {
    let stored = |column: &'static str, e: String| Error::stored("ordered_test", column, e);
    let id: String = row.try_get(0)?;
    let order: String = row.try_get(1)?;
    let specimen: String = row.try_get(2)?;
    let code: String = row.try_get(3)?;
    Ok(TestRow {
        id: id
            .parse()
            .map_err(|e: uuid::Error| stored("id", e.to_string()))?,
        order: order
            .parse()
            .map_err(|e: uuid::Error| stored("order_id", e.to_string()))?,
        specimen: specimen
            .parse()
            .map_err(|e: uuid::Error| stored("specimen_id", e.to_string()))?,
        code: code
            .parse()
            .map_err(|e: lisiere_model::CodeError| stored("code", e.to_string()))?,
        position: row.try_get(4)?,
        cancelled: row.try_get(5)?,
    })
}
