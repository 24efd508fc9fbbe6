//! Numbers of a journal that are accounted for without a capture: a gap that stays, for a person to see.

use lisiere_wire::AbsenceReason;
use sqlx::Row;

use super::journal::{JournalKey, signed};
use super::{Connection, Result, Tx};

/// Why the hub does not wait for a number any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The appliance's time of keeping it was over.
    Pruned,
    /// It is larger than the broker takes; the appliance keeps it.
    TooLarge,
    /// The appliance cannot read it any more.
    Unreadable,
    /// It came, but only quarantine could keep it.
    SetAside,
    /// A person gave it up.
    GivenUp,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::Pruned,
        Self::TooLarge,
        Self::Unreadable,
        Self::SetAside,
        Self::GivenUp,
    ];

    /// The word kept in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pruned => "pruned",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::SetAside => "set_aside",
            Self::GivenUp => "given_up",
        }
    }

    /// The same for a person.
    pub fn french(self) -> &'static str {
        match self {
            Self::Pruned => "effacés du boîtier après leur temps de garde",
            Self::TooLarge => "trop grands pour le broker, gardés par le boîtier",
            Self::Unreadable => "illisibles dans le journal du boîtier",
            Self::SetAside => "mis de côté en quarantaine",
            Self::GivenUp => "abandonnés par une personne",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.word() == word)
    }
}

impl From<AbsenceReason> for Reason {
    fn from(said: AbsenceReason) -> Self {
        match said {
            AbsenceReason::Pruned => Self::Pruned,
            AbsenceReason::TooLarge => Self::TooLarge,
            AbsenceReason::Unreadable => Self::Unreadable,
        }
    }
}

/// A range of numbers without captures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// The appliance.
    pub appliance: String,
    /// Its journal, 32 hexadecimal digits.
    pub journal: String,
    /// First number.
    pub first: i64,
    /// Last number.
    pub last: i64,
    /// Why.
    pub reason: Reason,
    /// When the hub noted it, microseconds since 1970.
    pub at: i64,
}

/// Notes a range, in the transaction in which the journal's mark moves over it.
pub(super) async fn record(
    tx: &mut Tx,
    key: &JournalKey,
    (first, last): (u64, u64),
    reason: Reason,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO absences (id, appliance, journal, first_seq, last_seq, reason, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(crate::clock::fresh_uuid().to_string())
    .bind(&key.0)
    .bind(&key.1)
    .bind(signed(first)?)
    .bind(signed(last)?)
    .bind(reason.word())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ranges of one journal that reach above `upto`.
pub(super) async fn above(tx: &mut Tx, key: &JournalKey, upto: u64) -> Result<Vec<(u64, u64)>> {
    let rows = sqlx::query(
        "SELECT first_seq, last_seq FROM absences WHERE appliance = $1 AND journal = $2 AND last_seq > $3",
    )
    .bind(&key.0)
    .bind(&key.1)
    .bind(signed(upto)?)
    .fetch_all(&mut **tx)
    .await?;
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    rows.iter()
        .map(|row| Ok((number(row.try_get(0)?), number(row.try_get(1)?))))
        .collect()
}

/// How many numbers of each appliance will never come, by reason.
pub async fn summary(connection: &mut Connection) -> Result<Vec<(String, Reason, i64)>> {
    let rows = sqlx::query(
        "SELECT appliance, reason, CAST(SUM(last_seq - first_seq + 1) AS BIGINT) FROM absences \
         GROUP BY appliance, reason ORDER BY appliance, reason",
    )
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let reason: String = row.try_get(1)?;
        let reason = Reason::from_word(&reason)
            .ok_or_else(|| super::Error::stored("absences", "reason", &reason))?;
        Ok((row.try_get(0)?, reason, row.try_get(2)?))
    };
    rows.iter().map(read).collect()
}

/// Ranges of an appliance, newest first, at most `limit`.
pub async fn of_appliance(
    connection: &mut Connection,
    appliance: &str,
    limit: i64,
) -> Result<Vec<Absent>> {
    let rows = sqlx::query(
        "SELECT appliance, journal, first_seq, last_seq, reason, at FROM absences WHERE appliance = $1 \
         ORDER BY id DESC LIMIT $2",
    )
    .bind(appliance)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let reason: String = row.try_get(4)?;
        Ok(Absent {
            appliance: row.try_get(0)?,
            journal: row.try_get(1)?,
            first: row.try_get(2)?,
            last: row.try_get(3)?,
            reason: Reason::from_word(&reason)
                .ok_or_else(|| super::Error::stored("absences", "reason", &reason))?,
            at: row.try_get(5)?,
        })
    };
    rows.iter().map(read).collect()
}
