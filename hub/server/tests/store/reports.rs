//! What an intruder with the database's password might do to a signed report.

use lisiere_hub::store::Store;
use sqlx::AssertSqlSafe;

/// Runs a statement behind the hub's back.
pub async fn tamper(store: &Store, statement: &str) {
    let mut tx = store.begin().await.expect("transaction");
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut *tx)
        .await
        .expect("statement");
    tx.commit().await.expect("commit");
}

/// A signed report is changed.
pub const EDIT_REPORT: &str = "UPDATE report SET model = '{}'";
/// The entry of a signature is changed.
pub const EDIT_SIGNATURE: &str = "UPDATE audit SET detail = '{}' WHERE action = 'report.signed'";
