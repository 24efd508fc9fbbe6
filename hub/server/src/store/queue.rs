//! What waits for a person because no rule may decide it alone.

use lisiere_model::{CaptureId, ObservationId, OrderId, QueueEntryId, UtcMicros};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Connection, Error, Result, Tx, columnar};

/// Why something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The capture is no message, or holds records nobody knows.
    Unreadable,
    /// No driver is sure of this capture.
    UnknownAnalyzer,
    /// The result bears no usable specimen number.
    NoSpecimenNumber,
    /// No specimen bears this number.
    UnknownSpecimen,
    /// Several specimens bear this number.
    AmbiguousSpecimen,
    /// Nobody said which test this analyzer code means.
    UnknownTest,
    /// The unit is unknown, missing, or measures something else.
    UnknownUnit,
    /// The test was not asked for on this specimen.
    UnorderedTest,
    /// The driver itself has a doubt: whose value it is, what it says.
    DriverDoubt,
    /// A report that would fail its own conformance rules.
    ReportRefused,
}

impl Cause {
    /// Every cause, in the order in which lists show them.
    pub const ALL: [Self; 10] = [
        Self::UnknownSpecimen,
        Self::AmbiguousSpecimen,
        Self::NoSpecimenNumber,
        Self::UnknownTest,
        Self::UnknownUnit,
        Self::UnorderedTest,
        Self::DriverDoubt,
        Self::ReportRefused,
        Self::UnknownAnalyzer,
        Self::Unreadable,
    ];

    /// The word in the database and in `/api/etat`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::UnknownAnalyzer => "unknown_analyzer",
            Self::NoSpecimenNumber => "no_specimen_number",
            Self::UnknownSpecimen => "unknown_specimen",
            Self::AmbiguousSpecimen => "ambiguous_specimen",
            Self::UnknownTest => "unknown_test",
            Self::UnknownUnit => "unknown_unit",
            Self::UnorderedTest => "unordered_test",
            Self::DriverDoubt => "driver_doubt",
            Self::ReportRefused => "report_refused",
        }
    }

    /// The heading shown to people.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Unreadable => "Message illisible",
            Self::UnknownAnalyzer => "Automate non reconnu",
            Self::NoSpecimenNumber => "Résultat sans numéro de tube",
            Self::UnknownSpecimen => "Tube inconnu",
            Self::AmbiguousSpecimen => "Numéro de tube porté par plusieurs dossiers",
            Self::UnknownTest => "Code d'analyse inconnu",
            Self::UnknownUnit => "Unité inconnue",
            Self::UnorderedTest => "Analyse non demandée",
            Self::DriverDoubt => "Résultat douteux",
            Self::ReportRefused => "Compte rendu non conforme",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|cause| cause.as_str() == text)
            .ok_or_else(|| Error::stored("waiting_item", "kind", text))
    }
}

/// Something that waits, or waited.
#[derive(Debug, Clone)]
pub struct QueueRow {
    /// Identity.
    pub id: QueueEntryId,
    /// Why.
    pub cause: Cause,
    /// The message concerned.
    pub capture: Option<CaptureId>,
    /// The observation concerned.
    pub observation: Option<ObservationId>,
    /// The order concerned.
    pub order: Option<OrderId>,
    /// What it is about, in a few words: a specimen number, a code. Never a name.
    pub subject: String,
    /// The sentence.
    pub sentence: String,
    /// Since when.
    pub opened_at: UtcMicros,
    /// When and by whom it was settled, and how.
    pub closed: Option<Closed>,
}

/// How something that waited was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// When.
    pub at: UtcMicros,
    /// By whom: a person, or the rule that found it settled.
    pub by: String,
    /// How.
    pub resolution: String,
}

/// Adds an entry.
pub async fn insert(tx: &mut Tx, row: &QueueRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO waiting_item (id, kind, capture_id, observation_id, order_id, subject, sentence, state, opened_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8)",
    )
    .bind(row.id.to_string())
    .bind(row.cause.as_str())
    .bind(row.capture.map(|id| id.to_string()))
    .bind(row.observation.map(|id| id.to_string()))
    .bind(row.order.map(|id| id.to_string()))
    .bind(columnar(&row.subject))
    .bind(columnar(&row.sentence))
    .bind(row.opened_at.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Settles an entry that is still open; says whether it was.
pub async fn close(tx: &mut Tx, id: QueueEntryId, closed: &Closed) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE waiting_item SET state = 'closed', closed_at = $1, closed_by = $2, resolution = $3 \
         WHERE id = $4 AND state = 'open'",
    )
    .bind(closed.at.0)
    .bind(&closed.by)
    .bind(&closed.resolution)
    .bind(id.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Settles every open entry about an observation.
pub async fn close_of_observation(tx: &mut Tx, id: ObservationId, closed: &Closed) -> Result<()> {
    sqlx::query(
        "UPDATE waiting_item SET state = 'closed', closed_at = $1, closed_by = $2, resolution = $3 \
         WHERE observation_id = $4 AND state = 'open'",
    )
    .bind(closed.at.0)
    .bind(&closed.by)
    .bind(&closed.resolution)
    .bind(id.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Settles every open entry of one cause about an order.
pub async fn close_of_order(tx: &mut Tx, id: OrderId, cause: Cause, closed: &Closed) -> Result<()> {
    sqlx::query(
        "UPDATE waiting_item SET state = 'closed', closed_at = $1, closed_by = $2, resolution = $3 \
         WHERE order_id = $4 AND kind = $5 AND state = 'open'",
    )
    .bind(closed.at.0)
    .bind(&closed.by)
    .bind(&closed.resolution)
    .bind(id.to_string())
    .bind(cause.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, capture_id, observation_id, order_id, subject, sentence, opened_at, closed_at, \
             closed_by, resolution FROM waiting_item ",
            $rest
        )
    };
}

/// The entry with this id.
pub async fn get(connection: &mut Connection, id: QueueEntryId) -> Result<Option<QueueRow>> {
    let row = sqlx::query(select!("WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The open entries about an observation.
pub async fn open_of_observation(
    connection: &mut Connection,
    id: ObservationId,
) -> Result<Vec<QueueRow>> {
    let rows = sqlx::query(select!(
        "WHERE observation_id = $1 AND state = 'open' ORDER BY opened_at"
    ))
    .bind(id.to_string())
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// A page of entries, oldest open ones first, or newest closed ones first.
pub async fn list(
    connection: &mut Connection,
    cause: Option<Cause>,
    open: bool,
    offset: i64,
    limit: i64,
) -> Result<Vec<QueueRow>> {
    let query = if open {
        select!(
            "WHERE state = 'open' AND ($1 = '' OR kind = $1) ORDER BY opened_at, id LIMIT $2 OFFSET $3"
        )
    } else {
        select!(
            "WHERE state = 'closed' AND ($1 = '' OR kind = $1) ORDER BY closed_at DESC, id LIMIT $2 OFFSET $3"
        )
    };
    let rows = sqlx::query(query)
        .bind(cause.map_or("", Cause::as_str))
        .bind(limit)
        .bind(offset)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// How many open entries of each cause there are.
pub async fn count_open(connection: &mut Connection) -> Result<Vec<(Cause, i64)>> {
    let rows =
        sqlx::query("SELECT kind, COUNT(*) FROM waiting_item WHERE state = 'open' GROUP BY kind")
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| {
            let kind: String = row.try_get(0)?;
            Ok((Cause::parse(&kind)?, row.try_get(1)?))
        })
        .collect()
}

fn read(row: &AnyRow) -> Result<QueueRow> {
    let kind: String = row.try_get(1)?;
    let closed_at: Option<i64> = row.try_get(8)?;
    let closed = match closed_at {
        Some(at) => Some(Closed {
            at: UtcMicros(at),
            by: row.try_get::<Option<String>, _>(9)?.unwrap_or_default(),
            resolution: row.try_get::<Option<String>, _>(10)?.unwrap_or_default(),
        }),
        None => None,
    };
    let id: String = row.try_get(0)?;
    Ok(QueueRow {
        id: id
            .parse()
            .map_err(|e| Error::stored("waiting_item", "id", e))?,
        cause: Cause::parse(&kind)?,
        capture: optional(row, 2)?,
        observation: optional(row, 3)?,
        order: optional(row, 4)?,
        subject: row.try_get(5)?,
        sentence: row.try_get(6)?,
        opened_at: UtcMicros(row.try_get(7)?),
        closed,
    })
}

fn optional<T: std::str::FromStr<Err = uuid::Error>>(
    row: &AnyRow,
    index: usize,
) -> Result<Option<T>> {
    let text: Option<String> = row.try_get(index)?;
    text.map(|text| {
        text.parse()
            .map_err(|e| Error::stored("waiting_item", "an id", e))
    })
    .transpose()
}
