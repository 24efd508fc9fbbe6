//! Invitations: a secret known only by its digest, good once and for a time.

use sqlx::Row;

use super::{Result, Tx};

/// An invitation to be kept.
#[derive(Debug, Clone)]
pub struct Invitation<'a> {
    /// Identifier.
    pub id: String,
    /// Name the appliance will bear.
    pub appliance: &'a str,
    /// Its site.
    pub site: &'a str,
    /// Digest of the secret.
    pub secret_digest: String,
    /// Who invites.
    pub who: &'a str,
    /// When.
    pub now: i64,
    /// Until when it can be used.
    pub expires_at: i64,
}

/// What came of an attempt to use an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// It is used up now; the appliance belongs to this site.
    Accepted {
        /// The site named in the invitation.
        site: String,
    },
    /// No such secret, or not for this name.
    Unknown,
    /// It was used before.
    Used,
    /// It is too old.
    Expired,
    /// It was withdrawn.
    Withdrawn,
}

/// Keeps an invitation; older ones for the same appliance are withdrawn.
pub async fn add(tx: &mut Tx, invitation: &Invitation<'_>) -> Result<()> {
    sqlx::query(
        "UPDATE invitations SET withdrawn_at = $2 \
         WHERE appliance = $1 AND used_at IS NULL AND withdrawn_at IS NULL",
    )
    .bind(invitation.appliance)
    .bind(invitation.now)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO invitations (id, appliance, site, secret_digest, created_at, created_by, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&invitation.id)
    .bind(invitation.appliance)
    .bind(invitation.site)
    .bind(&invitation.secret_digest)
    .bind(invitation.now)
    .bind(invitation.who)
    .bind(invitation.expires_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Uses up the invitation with this secret for this appliance, if it still can be.
pub async fn redeem(
    tx: &mut Tx,
    secret_digest: &str,
    appliance: &str,
    now: i64,
) -> Result<Redeemed> {
    let statement = tx.dialect().pick(
        "SELECT id, site, expires_at, used_at, withdrawn_at FROM invitations \
         WHERE secret_digest = $1 AND appliance = $2",
        "SELECT id, site, expires_at, used_at, withdrawn_at FROM invitations \
         WHERE secret_digest = $1 AND appliance = $2 FOR UPDATE",
    );
    let row = sqlx::query(statement)
        .bind(secret_digest)
        .bind(appliance)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else {
        return Ok(Redeemed::Unknown);
    };
    let (id, site): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    if row.try_get::<Option<i64>, _>(3)?.is_some() {
        return Ok(Redeemed::Used);
    }
    if row.try_get::<Option<i64>, _>(4)?.is_some() {
        return Ok(Redeemed::Withdrawn);
    }
    if row.try_get::<i64, _>(2)? <= now {
        return Ok(Redeemed::Expired);
    }
    sqlx::query("UPDATE invitations SET used_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(Redeemed::Accepted { site })
}
