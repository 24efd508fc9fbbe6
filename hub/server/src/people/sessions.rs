//! Sessions: signing in and out, how long a session lives, and the throttle on failed sign-ins.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::password;
use crate::store::account::{self, Account};
use crate::store::audit::hexadecimal;
use crate::store::session::Failures;
use crate::store::{self, Store, audit, session};

/// A session nobody uses ends after this long.
pub const IDLE: Duration = Duration::from_hours(1);
/// A session ends after this long, used or not.
pub const LIFE: Duration = Duration::from_hours(12);
/// The database hears at most this often that a session is in use.
const TOUCH: Duration = Duration::from_mins(1);
/// Failed sign-ins before a login has to wait.
const PATIENCE: i64 = 5;
/// The first wait; it doubles with each further failure…
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// …up to this. Failures older than this are forgotten.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// Passwords checked at the same time: each takes 19 MiB for tens of milliseconds.
static CHECKS: Semaphore = Semaphore::const_new(2);

/// Why a sign-in was refused.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The login or the password is wrong; which one is not said.
    #[error("identifiant ou mot de passe incorrect")]
    Wrong,
    /// Too many failures; try again later.
    #[error("trop d'essais : réessayer dans {0} secondes")]
    Wait(i64),
    /// The machine could not make a random identifier.
    #[error("aucun nombre aléatoire disponible")]
    Random,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A person whose session was found.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// Digest of the session's identifier, as the database knows it.
    pub digest: String,
    /// What every form of this session has to carry: derived from the identifier, so it is nowhere in the database.
    pub form_token: String,
}

/// Checks login and password and opens a session. The text returned belongs in the cookie and nowhere else.
pub async fn sign_in(
    store: &Store,
    login: &str,
    password: &str,
    at: i64,
) -> Result<String, SignInError> {
    let login = login.trim().to_lowercase();
    let login_digest = hexadecimal(&Sha256::digest(login.as_bytes()));
    let (failures, account) = {
        let mut connection = store.read().await?;
        (
            session::failures(&mut connection, &login_digest).await?,
            account::by_login(&mut connection, &login).await?,
        )
    };
    let wait = wait_left(failures, at);
    if wait > 0 {
        return Err(SignInError::Wait(wait));
    }
    let account = account.filter(|account| account.active);
    let right = verified(password, account.as_ref()).await;
    let mut tx = store.begin().await?;
    let (Some(account), true) = (&account, right) else {
        session::fail(&mut tx, &login_digest, at).await?;
        if let Some(account) = &account {
            record(&mut tx, "account.sign_in_refused", account, at).await?;
        }
        tx.commit().await?;
        return Err(SignInError::Wrong);
    };
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|_| SignInError::Random)?;
    let token = URL_SAFE_NO_PAD.encode(random);
    session::purge(
        &mut tx,
        at.saturating_sub(micros(LIFE)),
        at.saturating_sub(micros(IDLE)),
    )
    .await?;
    session::forgive(
        &mut tx,
        &login_digest,
        at.saturating_sub(micros(LONGEST_WAIT)),
    )
    .await?;
    session::insert(&mut tx, &digest_of(&token), account, at).await?;
    record(&mut tx, "account.signed_in", account, at).await?;
    tx.commit().await?;
    Ok(token)
}

/// The person behind a session cookie, if the session still lives. `passive` requests (a page that refreshes itself)
/// do not keep it alive.
pub async fn recognise(
    store: &Store,
    token: &str,
    passive: bool,
    at: i64,
) -> store::Result<Option<SignedIn>> {
    if token.len() != 43 {
        return Ok(None);
    }
    let digest = digest_of(token);
    let Some(found) = session::find(&mut *store.read().await?, &digest).await? else {
        return Ok(None);
    };
    let over = at.saturating_sub(found.seen_at) > micros(IDLE)
        || at.saturating_sub(found.created_at) > micros(LIFE);
    if over || !found.account.active {
        return Ok(None);
    }
    if !passive && at.saturating_sub(found.seen_at) > micros(TOUCH) {
        let mut tx = store.begin().await?;
        session::touch(&mut tx, &digest, at).await?;
        tx.commit().await?;
    }
    Ok(Some(SignedIn {
        account: found.account,
        form_token: form_token(token),
        digest,
    }))
}

/// Ends a session.
pub async fn sign_out(store: &Store, who: &SignedIn, at: i64) -> store::Result<()> {
    let mut tx = store.begin().await?;
    session::remove(&mut tx, &who.digest).await?;
    record(&mut tx, "account.signed_out", &who.account, at).await?;
    tx.commit().await
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn digest_of(token: &str) -> String {
    hexadecimal(&Sha256::digest(token.as_bytes()))
}

fn form_token(token: &str) -> String {
    hexadecimal(
        &Sha256::new()
            .chain_update(b"lisiere-form-1")
            .chain_update(token.as_bytes())
            .finalize(),
    )
}

/// Seconds a login still has to wait.
fn wait_left(failures: Failures, at: i64) -> i64 {
    let over = failures.count.saturating_sub(PATIENCE);
    if over < 0 {
        return 0;
    }
    let doubled = micros(FIRST_WAIT).saturating_mul(
        1_i64
            .checked_shl(u32::try_from(over.min(20)).unwrap_or(20))
            .unwrap_or(1),
    );
    let until = failures
        .last_at
        .saturating_add(doubled.min(micros(LONGEST_WAIT)));
    until.saturating_sub(at).saturating_add(999_999).max(0) / 1_000_000
}

async fn verified(password: &str, account: Option<&Account>) -> bool {
    let _permit = CHECKS.acquire().await;
    let (password, hash) = (
        password.to_owned(),
        account.map(|account| account.password.clone()),
    );
    let checked = tokio::task::spawn_blocking(move || {
        hash.map_or_else(
            || {
                password::pretend(&password);
                false
            },
            |hash| password::matches(&password, &hash),
        )
    });
    checked.await.unwrap_or(false)
}

async fn record(tx: &mut store::Tx, action: &str, account: &Account, at: i64) -> store::Result<()> {
    let subject_id = account.id.to_string();
    let who = account.trail();
    let entry = audit::Entry {
        who: &who,
        action,
        subject_kind: "account",
        subject_id: &subject_id,
        detail: json!({}),
        at,
    };
    audit::append(tx, entry).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let failures = |count| Failures { count, last_at: 0 };
        assert_eq!(wait_left(failures(4), 0), 0);
        assert_eq!(wait_left(failures(5), 0), 30);
        assert_eq!(wait_left(failures(6), 0), 60);
        assert_eq!(wait_left(failures(40), 0), 900);
        assert_eq!(wait_left(failures(5), 29_500_000), 1);
        assert_eq!(wait_left(failures(5), 30_000_000), 0);
    }
}
