//! How an appliance joins: a person invites it, it comes once with the invitation's secret and a certificate request,
//! and leaves with its certificate. Its key never travels.

mod door;
mod invite;
pub mod place;

pub use door::serve;
pub use invite::{Door, Invited, invite, revoke};

use sha2::{Digest, Sha256};

use crate::app::App;
use crate::pki::{Pki, PkiError};
use crate::settings::HostPort;
use crate::store::audit::{self, Entry};
use crate::store::invitation::{self, Redeemed};
use crate::store::{self, appliance};
use crate::{clock, events};

/// Why an appliance is not let in.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The invitation does not open the door; the text says why, in the technician's language.
    #[error("{0}")]
    Refused(&'static str),
    /// The name or the site cannot be used.
    #[error("{0}")]
    Label(#[from] lisiere_wire::LabelError),
    /// The name is the hub's own.
    #[error("le nom « {0} » est réservé au serveur")]
    Reserved(String),
    /// The certificate could not be made.
    #[error("the appliance's certificate")]
    Pki(#[from] PkiError),
    /// The database failed.
    #[error("enrolling an appliance")]
    Store(#[from] store::Error),
}

/// What an appliance brings.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Its name, from the invitation.
    pub name: String,
    /// The invitation's secret.
    pub secret: String,
    /// Its certificate request, in PEM.
    pub csr_pem: String,
}

/// What it leaves with.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Welcome {
    /// Its certificate.
    pub certificate_pem: String,
    /// The authority that made it, against which it checks the broker.
    pub ca_pem: String,
    /// Its site.
    pub site: String,
    /// Its name.
    pub name: String,
    /// Where to send.
    pub broker: BrokerPlace,
}

/// Where the broker is.
#[derive(Debug, Clone, serde::Serialize)]
pub struct BrokerPlace {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Lets an appliance in: the invitation is used up, the certificate kept and the audit entry written together.
pub async fn enrol(
    app: &App,
    pki: &Pki,
    broker: &HostPort,
    request: &Request,
) -> Result<Welcome, EnrolError> {
    let now = app.clock.now_micros();
    let mut tx = app.store.begin().await?;
    let redeemed =
        invitation::redeem(&mut tx, &digest(&request.secret), &request.name, now).await?;
    let site = match redeemed {
        Redeemed::Accepted { site } => site,
        Redeemed::Unknown => {
            return Err(EnrolError::Refused("invitation inconnue pour ce boîtier"));
        }
        Redeemed::Used => {
            return Err(EnrolError::Refused(
                "cette invitation a déjà servi : demandez-en une nouvelle",
            ));
        }
        Redeemed::Expired => {
            return Err(EnrolError::Refused(
                "cette invitation a expiré : demandez-en une nouvelle",
            ));
        }
        Redeemed::Withdrawn => {
            return Err(EnrolError::Refused(
                "cette invitation a été retirée : demandez-en une nouvelle",
            ));
        }
    };
    let issued = pki.grant(&request.csr_pem, &request.name, now)?;
    appliance::enrolled(&mut tx, &request.name, &site, &issued, now).await?;
    let who = format!("appliance:{}", request.name);
    let detail = serde_json::json!({ "site": site, "certificate": issued.serial });
    let entry = Entry {
        who: &who,
        action: "appliance.enrolled",
        subject_kind: "appliance",
        subject_id: &request.name,
        detail,
        at: now,
    };
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    events::appliance_enrolled(&request.name);
    Ok(Welcome {
        certificate_pem: issued.pem,
        ca_pem: pki.ca_pem().to_owned(),
        site,
        name: request.name.clone(),
        broker: BrokerPlace {
            host: broker.host.clone(),
            port: broker.port,
        },
    })
}

/// The form in which the hub knows a secret.
fn digest(secret: &str) -> String {
    audit::hexadecimal(&Sha256::digest(secret.as_bytes()))
}

fn fresh_id() -> String {
    clock::fresh_uuid().to_string()
}
