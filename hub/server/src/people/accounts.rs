//! Accounts: adding, changing and closing them, each with its audit entry.

use lisiere_model::Rpps;
use serde_json::json;
use uuid::Uuid;

use super::password::{self, HashError, Weakness};
use crate::clock;
use crate::review::actor::Role;
use crate::store::account::{self, Account};
use crate::store::{self, Store, audit, session};

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What the person will type to sign in: letters, digits, `.`, `-`, `_`, `@`.
    pub login: String,
    /// Surname and first name in full; they appear on the reports this person signs.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// RPPS number (11 digits, or 12 with the leading 8). A biologist needs one to review and sign.
    pub rpps: Option<String>,
    /// Language of the pages: `fr` or `en`.
    pub language: String,
    /// The password.
    pub password: String,
}

/// Why an account was not made or changed; the sentence is for the person who tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The login cannot be used.
    #[error(
        "l'identifiant compte de 2 à 64 caractères : lettres sans accent, chiffres, point, tiret, @"
    )]
    Login,
    /// The login is taken.
    #[error("l'identifiant « {0} » est déjà pris")]
    Taken(String),
    /// The name is missing.
    #[error("le nom et le prénom sont nécessaires : ils figurent sur les comptes rendus signés")]
    Name,
    /// The RPPS number is wrong.
    #[error("le numéro RPPS compte 11 chiffres (ou 12 avec le 8 initial)")]
    Rpps,
    /// A biologist without RPPS number could not sign.
    #[error("un biologiste a besoin de son numéro RPPS pour valider")]
    BiologistWithoutRpps,
    /// The language is unknown.
    #[error("la langue est fr ou en")]
    Language,
    /// The password is too weak.
    #[error(transparent)]
    Password(#[from] Weakness),
    /// The account does not exist.
    #[error("ce compte n'existe pas")]
    Unknown,
    /// The last administrator would be locked out.
    #[error("c'est le dernier administrateur : en nommer un autre d'abord")]
    LastAdministrator,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What may be changed of an account. `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// New name.
    pub name: Option<String>,
    /// New role.
    pub role: Option<Role>,
    /// New RPPS number; an empty text takes it away.
    pub rpps: Option<String>,
    /// New language.
    pub language: Option<String>,
    /// New password: every session of the account ends.
    pub password: Option<String>,
    /// Open or closed: closing ends every session of the account.
    pub active: Option<bool>,
}

/// Makes an account. `by` is who makes it, as the audit trail writes them.
pub async fn add(
    store: &Store,
    new: NewAccount,
    by: &str,
    at: i64,
) -> Result<Account, AccountError> {
    let login = new.login.trim().to_lowercase();
    check_login(&login)?;
    password::check(&new.password, &login)?;
    let account = Account {
        id: clock::fresh_uuid(),
        name: new.name.trim().to_owned(),
        role: new.role,
        rpps: read_rpps(new.rpps.as_deref())?,
        language: new.language,
        password: hashed(new.password).await?,
        active: true,
        created_at: at,
        login,
    };
    check(&account)?;
    let mut tx = store.begin().await?;
    if account::by_login(&mut tx, &account.login).await?.is_some() {
        return Err(AccountError::Taken(account.login));
    }
    account::insert(&mut tx, &account, by).await?;
    let detail =
        json!({"login": account.login, "role": account.role.as_str(), "rpps": account.rpps});
    record(&mut tx, by, "account.added", &account, detail, at).await?;
    tx.commit().await?;
    Ok(account)
}

/// Changes an account.
pub async fn change(
    store: &Store,
    id: Uuid,
    change: Change,
    by: &str,
    at: i64,
) -> Result<Account, AccountError> {
    let password = match &change.password {
        Some(password) => Some((password.clone(), hashed(password.clone()).await?)),
        None => None,
    };
    let mut tx = store.begin().await?;
    let before = account::by_id(&mut tx, id)
        .await?
        .ok_or(AccountError::Unknown)?;
    let mut after = before.clone();
    if let Some(name) = change.name {
        name.trim().clone_into(&mut after.name);
    }
    if let Some(role) = change.role {
        after.role = role;
    }
    if let Some(rpps) = change.rpps {
        after.rpps = read_rpps(Some(&rpps))?;
    }
    if let Some(language) = change.language {
        after.language = language;
    }
    if let Some(active) = change.active {
        after.active = active;
    }
    if let Some((plain, hash)) = password {
        password::check(&plain, &after.login)?;
        after.password = hash;
    }
    check(&after)?;
    let administers = |account: &Account| account.active && account.role == Role::Administrator;
    if administers(&before) && !administers(&after) {
        let others = account::list(&mut tx).await?;
        if !others
            .iter()
            .any(|other| other.id != id && administers(other))
        {
            return Err(AccountError::LastAdministrator);
        }
    }
    account::update(&mut tx, &after, by, at).await?;
    if !after.active || after.password != before.password || after.role != before.role {
        session::remove_of(&mut tx, &after).await?;
    }
    let detail = json!({
        "role": [before.role.as_str(), after.role.as_str()],
        "rpps": [before.rpps, after.rpps],
        "active": [before.active, after.active],
        "language": after.language,
        "renamed": before.name != after.name,
        "password_changed": before.password != after.password,
    });
    record(&mut tx, by, "account.changed", &after, detail, at).await?;
    tx.commit().await?;
    Ok(after)
}

/// Every account, by login.
pub async fn list(store: &Store) -> store::Result<Vec<Account>> {
    account::list(&mut *store.read().await?).await
}

async fn record(
    tx: &mut store::Tx,
    who: &str,
    action: &str,
    account: &Account,
    detail: serde_json::Value,
    at: i64,
) -> store::Result<()> {
    let subject_id = account.id.to_string();
    let entry = audit::Entry {
        who,
        action,
        subject_kind: "account",
        subject_id: &subject_id,
        detail,
        at,
    };
    audit::append(tx, entry).await.map(|_| ())
}

async fn hashed(password: String) -> Result<String, AccountError> {
    let hash = tokio::task::spawn_blocking(move || password::hash(&password)).await;
    hash.unwrap_or_else(|broken| Err(HashError::broken_off(&broken)))
        .map_err(AccountError::Hash)
}

fn check_login(login: &str) -> Result<(), AccountError> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'@');
    if (2..=64).contains(&login.len()) && login.bytes().all(plain) {
        Ok(())
    } else {
        Err(AccountError::Login)
    }
}

fn check(account: &Account) -> Result<(), AccountError> {
    if account.name.is_empty()
        || account.name.chars().count() > 120
        || account.name.chars().any(char::is_control)
    {
        return Err(AccountError::Name);
    }
    if account.role == Role::Biologist && account.rpps.is_none() {
        return Err(AccountError::BiologistWithoutRpps);
    }
    if matches!(account.language.as_str(), "fr" | "en") {
        Ok(())
    } else {
        Err(AccountError::Language)
    }
}

/// The key is not insisted on: the numbers of the national test environments do not all hold it.
fn read_rpps(text: Option<&str>) -> Result<Option<String>, AccountError> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text
            .parse::<Rpps>()
            .map(|rpps| Some(rpps.to_string()))
            .map_err(|_| AccountError::Rpps),
    }
}
