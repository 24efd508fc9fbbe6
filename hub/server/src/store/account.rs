//! Accounts of people: who may sign in, as what.

use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::{Connection, Error, Result, Tx};
use crate::review::actor::{Person, Role};

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Identifier.
    pub id: Uuid,
    /// What the person types to sign in.
    pub login: String,
    /// Surname and first name in full.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// RPPS number (11 digits) of a health professional.
    pub rpps: Option<String>,
    /// Language of the pages: `fr` or `en`.
    pub language: String,
    /// The argon2 hash of the password.
    pub password: String,
    /// A closed account cannot sign in.
    pub active: bool,
    /// When it was made.
    pub created_at: i64,
}

impl Account {
    /// The person, as the laboratory needs to know them.
    pub fn person(&self) -> Person {
        Person {
            account: self.id,
            name: self.name.clone(),
            role: self.role,
            rpps: self.rpps.clone(),
        }
    }

    /// How this person is written in the audit trail.
    pub fn trail(&self) -> String {
        format!("account:{}", self.id)
    }
}

/// Adds an account; a login that exists is a unique violation.
pub async fn insert(tx: &mut Tx, account: &Account, by: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO account (id, login, name, role, rpps, language, password, active, created_at, created_by, \
         changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $10)",
    )
    .bind(account.id.to_string())
    .bind(&account.login)
    .bind(&account.name)
    .bind(account.role.as_str())
    .bind(account.rpps.as_deref())
    .bind(&account.language)
    .bind(&account.password)
    .bind(i32::from(account.active))
    .bind(account.created_at)
    .bind(by)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes what may change of an account: name, role, RPPS number, language, password, and whether it is open.
pub async fn update(tx: &mut Tx, account: &Account, by: &str, at: i64) -> Result<()> {
    sqlx::query(
        "UPDATE account SET name = $1, role = $2, rpps = $3, language = $4, password = $5, active = $6, \
         changed_at = $7, changed_by = $8 WHERE id = $9",
    )
    .bind(&account.name)
    .bind(account.role.as_str())
    .bind(account.rpps.as_deref())
    .bind(&account.language)
    .bind(&account.password)
    .bind(i32::from(account.active))
    .bind(at)
    .bind(by)
    .bind(account.id.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The account with this login.
pub async fn by_login(connection: &mut Connection, login: &str) -> Result<Option<Account>> {
    let row = sqlx::query(
        "SELECT id, login, name, role, rpps, language, password, active, created_at FROM account WHERE login = $1",
    )
    .bind(login)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The account with this identifier.
pub async fn by_id(connection: &mut Connection, id: Uuid) -> Result<Option<Account>> {
    let row = sqlx::query(
        "SELECT id, login, name, role, rpps, language, password, active, created_at FROM account WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Every account, by login.
pub async fn list(connection: &mut Connection) -> Result<Vec<Account>> {
    let rows = sqlx::query(
        "SELECT id, login, name, role, rpps, language, password, active, created_at FROM account ORDER BY login",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

/// Reads an account from a row that begins with its columns.
pub(super) fn read(row: &AnyRow) -> Result<Account> {
    let id: String = row.try_get(0)?;
    let role: String = row.try_get(3)?;
    Ok(Account {
        id: id
            .parse()
            .map_err(|reason: uuid::Error| Error::stored("account", "id", reason))?,
        login: row.try_get(1)?,
        name: row.try_get(2)?,
        role: role
            .parse()
            .map_err(|reason| Error::stored("account", "role", reason))?,
        rpps: row.try_get(4)?,
        language: row.try_get(5)?,
        password: row.try_get(6)?,
        active: row.try_get::<i32, _>(7)? != 0,
        created_at: row.try_get(8)?,
    })
}
