//! What people asked appliances to do, and what came of it.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Connection, Error, Result, Tx};

/// How a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// On its way.
    Sent,
    /// The appliance has it and is at it.
    Accepted,
    /// Done.
    Done,
    /// Not done.
    Refused,
}

impl Standing {
    /// The word kept in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    fn from_word(word: &str) -> Result<Self> {
        [Self::Sent, Self::Accepted, Self::Done, Self::Refused]
            .into_iter()
            .find(|known| known.word() == word)
            .ok_or_else(|| Error::stored("commands", "state", word))
    }
}

/// A command that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommand {
    /// Its number.
    pub id: u128,
    /// The appliance.
    pub appliance: String,
    /// The port; empty when it is about the whole appliance.
    pub port: String,
    /// What is to be done: `recognise`, `restart` or `replay`.
    pub act: &'static str,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub issued_at: i64,
    /// Until when the appliance takes it.
    pub expires_at: i64,
}

/// A command that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commanded {
    /// Its number, 32 hexadecimal digits.
    pub id: String,
    /// The port; empty when it is about the whole appliance.
    pub port: String,
    /// What is to be done.
    pub act: String,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub issued_at: i64,
    /// Until when the appliance takes it.
    pub expires_at: i64,
    /// How it stands.
    pub standing: Standing,
    /// When the appliance last spoke of it.
    pub answered_at: Option<i64>,
    /// What it said: JSON when done, a sentence when refused.
    pub answer: Option<String>,
}

/// As it is written in the database and in the audit trail.
pub fn number(id: u128) -> String {
    format!("{id:032x}")
}

/// Notes a command before it is sent.
pub async fn record(tx: &mut Tx, new: &NewCommand) -> Result<()> {
    sqlx::query(
        "INSERT INTO commands (id, appliance, port, act, asked_by, issued_at, expires_at, state) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'sent')",
    )
    .bind(number(new.id))
    .bind(&new.appliance)
    .bind(&new.port)
    .bind(new.act)
    .bind(&new.asked_by)
    .bind(new.issued_at)
    .bind(new.expires_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes what the appliance said. The last word stands: what is done or refused does not change any more, and no other
/// appliance has a say. Returns whether it changed anything.
pub async fn answered(
    tx: &mut Tx,
    appliance: &str,
    id: u128,
    standing: Standing,
    answer: Option<&str>,
    now: i64,
) -> Result<bool> {
    let changed = sqlx::query(
        "UPDATE commands SET state = $3, answer = $4, answered_at = $5 \
         WHERE id = $1 AND appliance = $2 AND state IN ('sent', 'accepted')",
    )
    .bind(number(id))
    .bind(appliance)
    .bind(standing.word())
    .bind(answer)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// The last commands of an appliance, newest first.
pub async fn of_appliance(
    connection: &mut Connection,
    appliance: &str,
    limit: i64,
) -> Result<Vec<Commanded>> {
    let rows = sqlx::query(
        "SELECT id, port, act, asked_by, issued_at, expires_at, state, answered_at, answer FROM commands \
         WHERE appliance = $1 ORDER BY issued_at DESC, id DESC LIMIT $2",
    )
    .bind(appliance)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Commanded> {
    let standing: String = row.try_get(6)?;
    Ok(Commanded {
        id: row.try_get(0)?,
        port: row.try_get(1)?,
        act: row.try_get(2)?,
        asked_by: row.try_get(3)?,
        issued_at: row.try_get(4)?,
        expires_at: row.try_get(5)?,
        standing: Standing::from_word(&standing)?,
        answered_at: row.try_get(7)?,
        answer: row.try_get(8)?,
    })
}
