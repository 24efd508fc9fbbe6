//! Sessions of signed-in people, failed sign-ins, and the searches of a session.

use sqlx::Row;

use super::account::{self, Account};
use super::{Connection, Result, Tx};

/// A session, with the account it belongs to.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub account: Account,
    /// When it began.
    pub created_at: i64,
    /// When the person last asked for something.
    pub seen_at: i64,
}

/// Failed sign-ins with one login.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many in a row.
    pub count: i64,
    /// When the last one was.
    pub last_at: i64,
}

/// Opens a session. `digest` is that of the random identifier, which is nowhere in the database.
pub async fn insert(tx: &mut Tx, digest: &str, account: &Account, at: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO session (digest, account_id, created_at, seen_at) VALUES ($1, $2, $3, $3)",
    )
    .bind(digest)
    .bind(account.id.to_string())
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The session with this digest, whatever its age.
pub async fn find(connection: &mut Connection, digest: &str) -> Result<Option<Session>> {
    let row = sqlx::query(
        "SELECT a.id, a.login, a.name, a.role, a.rpps, a.language, a.password, a.active, a.created_at, \
         s.created_at, s.seen_at FROM session s JOIN account a ON a.id = s.account_id WHERE s.digest = $1",
    )
    .bind(digest)
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Session {
            account: account::read(&row)?,
            created_at: row.try_get(9)?,
            seen_at: row.try_get(10)?,
        })
    })
    .transpose()
}

/// Notes that the person asked for something.
pub async fn touch(tx: &mut Tx, digest: &str, at: i64) -> Result<()> {
    sqlx::query("UPDATE session SET seen_at = $1 WHERE digest = $2")
        .bind(at)
        .bind(digest)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends a session and forgets its searches.
pub async fn remove(tx: &mut Tx, digest: &str) -> Result<()> {
    sqlx::query("DELETE FROM search WHERE session = $1")
        .bind(digest)
        .execute(&mut **tx)
        .await?;
    sqlx::query("DELETE FROM session WHERE digest = $1")
        .bind(digest)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends every session of an account (it was closed, or its password changed).
pub async fn remove_of(tx: &mut Tx, account: &Account) -> Result<()> {
    let id = account.id.to_string();
    sqlx::query(
        "DELETE FROM search WHERE session IN (SELECT digest FROM session WHERE account_id = $1)",
    )
    .bind(&id)
    .execute(&mut **tx)
    .await?;
    sqlx::query("DELETE FROM session WHERE account_id = $1")
        .bind(&id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets sessions that are over, and their searches.
pub async fn purge(tx: &mut Tx, created_before: i64, seen_before: i64) -> Result<()> {
    sqlx::query("DELETE FROM session WHERE created_at < $1 OR seen_at < $2")
        .bind(created_before)
        .bind(seen_before)
        .execute(&mut **tx)
        .await?;
    sqlx::query("DELETE FROM search WHERE session NOT IN (SELECT digest FROM session)")
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Failed sign-ins with a login, known by its digest.
pub async fn failures(connection: &mut Connection, login_digest: &str) -> Result<Failures> {
    let row = sqlx::query("SELECT failures, last_at FROM sign_in_failure WHERE login_digest = $1")
        .bind(login_digest)
        .fetch_optional(connection)
        .await?;
    row.map_or(Ok(Failures::default()), |row| {
        Ok(Failures {
            count: row.try_get(0)?,
            last_at: row.try_get(1)?,
        })
    })
}

/// Counts one more failure.
pub async fn fail(tx: &mut Tx, login_digest: &str, at: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO sign_in_failure (login_digest, failures, last_at) VALUES ($1, 1, $2) \
         ON CONFLICT (login_digest) DO UPDATE SET failures = sign_in_failure.failures + 1, last_at = $2",
    )
    .bind(login_digest)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets the failures of a login that succeeded, and all that are older than `before`.
pub async fn forgive(tx: &mut Tx, login_digest: &str, before: i64) -> Result<()> {
    sqlx::query("DELETE FROM sign_in_failure WHERE login_digest = $1 OR last_at < $2")
        .bind(login_digest)
        .bind(before)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Keeps what a person searched for, so that the address of the page holds an identifier and not a name.
pub async fn keep_search(tx: &mut Tx, id: &str, session: &str, words: &str, at: i64) -> Result<()> {
    sqlx::query("INSERT INTO search (id, session, words, at) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(session)
        .bind(words)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What this session searched for under this identifier.
pub async fn search(
    connection: &mut Connection,
    id: &str,
    session: &str,
) -> Result<Option<String>> {
    let row = sqlx::query("SELECT words FROM search WHERE id = $1 AND session = $2")
        .bind(id)
        .bind(session)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}
