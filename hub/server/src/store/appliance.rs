//! Appliances: who is invited, enrolled or revoked, and how each one says it is.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Connection, Error, Result, Tx};

/// Where an appliance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolment {
    /// It may join with its invitation.
    Invited,
    /// It has a certificate and may send.
    Enrolled,
    /// It may not send any more.
    Revoked,
}

impl Enrolment {
    /// The word kept in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Enrolled => "enrolled",
            Self::Revoked => "revoked",
        }
    }

    fn from_word(word: &str) -> Result<Self> {
        [Self::Invited, Self::Enrolled, Self::Revoked]
            .into_iter()
            .find(|known| known.word() == word)
            .ok_or_else(|| Error::stored("appliances", "enrolment", word))
    }
}

/// An appliance as the hub knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appliance {
    /// Name, unique in the hub.
    pub name: String,
    /// Site it stands in.
    pub site: String,
    /// Where it stands.
    pub enrolment: Enrolment,
    /// When it joined, microseconds since 1970.
    pub enrolled_at: Option<i64>,
    /// Serial number of its certificate.
    pub certificate_serial: Option<String>,
    /// End of its certificate.
    pub certificate_not_after: Option<i64>,
    /// When the hub last heard of it.
    pub last_seen_at: Option<i64>,
    /// Whether it said that it is there.
    pub connected: bool,
    /// Messages it had not yet seen confirmed when it last spoke.
    pub queue_depth: i64,
    /// Version of its program.
    pub version: Option<String>,
    /// The last state it announced, as JSON.
    pub state: Option<String>,
}

/// What an appliance announced about itself.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// It is there.
    pub connected: bool,
    /// Messages not yet confirmed.
    pub queue_depth: i64,
    /// Version of its program.
    pub version: String,
    /// All it said, as JSON.
    pub state: String,
    /// When it said so, by its own clock.
    pub state_at: i64,
}

/// All appliances, by site and name.
pub async fn list(connection: &mut Connection) -> Result<Vec<Appliance>> {
    let rows = sqlx::query(
        "SELECT name, site, enrolment, enrolled_at, certificate_serial, certificate_not_after, last_seen_at, \
         connected, queue_depth, version, state FROM appliances ORDER BY site, name",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// One appliance.
pub async fn find(connection: &mut Connection, name: &str) -> Result<Option<Appliance>> {
    let row = sqlx::query(
        "SELECT name, site, enrolment, enrolled_at, certificate_serial, certificate_not_after, last_seen_at, \
         connected, queue_depth, version, state FROM appliances WHERE name = $1",
    )
    .bind(name)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Notes that an appliance is invited. One that was enrolled or revoked before keeps its history.
pub async fn invited(tx: &mut Tx, name: &str, site: &str, who: &str, now: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO appliances (name, site, enrolment, created_at, created_by) VALUES ($1, $2, 'invited', $3, $4) \
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(name)
    .bind(site)
    .bind(now)
    .bind(who)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that an appliance joined with this certificate; any older one of it is revoked.
pub async fn enrolled(
    tx: &mut Tx,
    name: &str,
    site: &str,
    certificate: &crate::pki::Issued,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "UPDATE certificates SET revoked_at = $2, revoked_by = 'hub: replaced' \
         WHERE appliance = $1 AND revoked_at IS NULL",
    )
    .bind(name)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO certificates (serial, appliance, issued_at, not_after, pem) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&certificate.serial)
    .bind(name)
    .bind(now)
    .bind(certificate.not_after)
    .bind(&certificate.pem)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE appliances SET site = $2, enrolment = 'enrolled', enrolled_at = $3, certificate_serial = $4, \
         certificate_not_after = $5, revoked_at = NULL, revoked_by = NULL WHERE name = $1",
    )
    .bind(name)
    .bind(site)
    .bind(now)
    .bind(&certificate.serial)
    .bind(certificate.not_after)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes away an appliance's right to send, and its open invitations. Returns whether it had any.
pub async fn revoke(tx: &mut Tx, name: &str, who: &str, now: i64) -> Result<bool> {
    let changed = sqlx::query(
        "UPDATE appliances SET enrolment = 'revoked', revoked_at = $2, revoked_by = $3, connected = 0 \
         WHERE name = $1 AND enrolment <> 'revoked'",
    )
    .bind(name)
    .bind(now)
    .bind(who)
    .execute(&mut **tx)
    .await?
    .rows_affected();
    sqlx::query(
        "UPDATE certificates SET revoked_at = $2, revoked_by = $3 WHERE appliance = $1 AND revoked_at IS NULL",
    )
    .bind(name)
    .bind(now)
    .bind(who)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE invitations SET withdrawn_at = $2 \
         WHERE appliance = $1 AND used_at IS NULL AND withdrawn_at IS NULL",
    )
    .bind(name)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(changed > 0)
}

/// The site of an appliance that may join the broker with this certificate; `None` if it may not.
pub async fn admitted(
    connection: &mut Connection,
    name: &str,
    serial: &str,
) -> Result<Option<String>> {
    let row = sqlx::query(
        "SELECT a.site FROM appliances a JOIN certificates c ON c.appliance = a.name \
         WHERE a.name = $1 AND a.enrolment = 'enrolled' AND c.serial = $2 AND c.revoked_at IS NULL",
    )
    .bind(name)
    .bind(serial)
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Names of the appliances that are revoked.
pub async fn revoked(connection: &mut Connection) -> Result<Vec<String>> {
    let rows = sqlx::query("SELECT name FROM appliances WHERE enrolment = 'revoked'")
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Keeps what an enrolled appliance announced, unless a later announcement is already known.
pub async fn announced(
    tx: &mut Tx,
    name: &str,
    site: &str,
    said: &Announcement,
    now: i64,
) -> Result<bool> {
    let changed = sqlx::query(
        "UPDATE appliances SET connected = $3, queue_depth = $4, version = $5, state = $6, state_at = $7, \
         last_seen_at = $8 WHERE name = $1 AND site = $2 AND enrolment = 'enrolled'",
    )
    .bind(name)
    .bind(site)
    .bind(i64::from(said.connected))
    .bind(said.queue_depth)
    .bind(&said.version)
    .bind(&said.state)
    .bind(said.state_at)
    .bind(now)
    .execute(&mut **tx)
    .await?
    .rows_affected();
    Ok(changed > 0)
}

fn read(row: &AnyRow) -> Result<Appliance> {
    let enrolment: String = row.try_get(2)?;
    Ok(Appliance {
        name: row.try_get(0)?,
        site: row.try_get(1)?,
        enrolment: Enrolment::from_word(&enrolment)?,
        enrolled_at: row.try_get(3)?,
        certificate_serial: row.try_get(4)?,
        certificate_not_after: row.try_get(5)?,
        last_seen_at: row.try_get(6)?,
        connected: row.try_get::<i64, _>(7)? != 0,
        queue_depth: row.try_get(8)?,
        version: row.try_get(9)?,
        state: row.try_get(10)?,
    })
}
