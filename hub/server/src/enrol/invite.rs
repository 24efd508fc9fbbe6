//! Inviting an appliance and taking its right away: what a person does, in one transaction with its audit entry.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lisiere_wire::Label;

use super::{EnrolError, digest, fresh_id};
use crate::pki::{HUB_NAME, Pki, PkiError};
use crate::settings::HostPort;
use crate::store::audit::{self, Entry};
use crate::store::invitation::{self, Invitation};
use crate::store::{Store, appliance};

/// An invitation as it is given to the technician.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The one-line token; it holds the only copy of the secret.
    pub token: String,
    /// Until when it can be used, microseconds since 1970.
    pub expires_at: i64,
}

/// Where and how an invited appliance finds the hub.
#[derive(Debug, Clone)]
pub struct Door<'a> {
    /// The enrolment door.
    pub place: &'a HostPort,
    /// The authority whose digest goes with the invitation.
    pub pki: &'a Pki,
}

/// Invites an appliance to join under this name. An open invitation for the same name is withdrawn.
pub async fn invite(
    store: &Store,
    door: Door<'_>,
    (site, name): (&str, &str),
    hours: u32,
    who: &str,
    now: i64,
) -> Result<Invited, EnrolError> {
    let (site, name): (Label, Label) = (site.parse()?, name.parse()?);
    if name.as_str().starts_with(HUB_NAME) {
        return Err(EnrolError::Reserved(name.to_string()));
    }
    let secret = secret()?;
    let expires_at = now.saturating_add(i64::from(hours).saturating_mul(3_600_000_000));
    let invitation = Invitation {
        id: fresh_id(),
        appliance: name.as_str(),
        site: site.as_str(),
        secret_digest: digest(&secret),
        who,
        now,
        expires_at,
    };
    let token = serde_json::json!({
        "url": format!("https://{}", door.place),
        "ca_sha256": door.pki.ca_sha256()?,
        "secret": secret,
        "name": name.as_str(),
        "site": site.as_str(),
    });
    let mut tx = store.begin().await?;
    appliance::invited(&mut tx, name.as_str(), site.as_str(), who, now).await?;
    invitation::add(&mut tx, &invitation).await?;
    let detail = serde_json::json!({ "site": site.as_str(), "expires_at": expires_at });
    audit::append(
        &mut tx,
        entry("appliance.invited", name.as_str(), who, detail, now),
    )
    .await?;
    tx.commit().await?;
    Ok(Invited {
        token: format!("LIS1.{}", URL_SAFE_NO_PAD.encode(token.to_string())),
        expires_at,
    })
}

/// Takes away an appliance's right to send. Returns whether it had any.
pub async fn revoke(store: &Store, name: &str, who: &str, now: i64) -> Result<bool, EnrolError> {
    let mut tx = store.begin().await?;
    let revoked = appliance::revoke(&mut tx, name, who, now).await?;
    if revoked {
        audit::append(
            &mut tx,
            entry("appliance.revoked", name, who, serde_json::json!({}), now),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(revoked)
}

fn entry<'a>(
    action: &'a str,
    name: &'a str,
    who: &'a str,
    detail: serde_json::Value,
    at: i64,
) -> Entry<'a> {
    Entry {
        who,
        action,
        subject_kind: "appliance",
        subject_id: name,
        detail,
        at,
    }
}

fn secret() -> Result<String, PkiError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| PkiError::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
