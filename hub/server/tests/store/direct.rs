//! What a test does to the database behind the store's back: tampering, ageing, counting.

use lisiere_hub::store::Store;
use sqlx::{AssertSqlSafe, Row};

/// Runs a statement as an intruder with the database's password would.
pub async fn tamper(store: &Store, statement: &str) {
    let mut tx = store.begin().await.expect("transaction");
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut *tx)
        .await
        .expect("statement");
    tx.commit().await.expect("commit");
}

/// One number from the database.
pub async fn number(store: &Store, statement: &str) -> i64 {
    let mut connection = store.read().await.expect("connection");
    let row = sqlx::query(AssertSqlSafe(statement.to_owned()))
        .fetch_one(&mut *connection)
        .await
        .expect("statement");
    row.try_get(0).expect("number")
}

/// Entry `seq` of the trail loses its detail.
pub const EDIT_AUDIT: &str = "UPDATE audit SET detail = '{}' WHERE seq = 3";
/// An entry in the middle of the trail is gone.
pub const REMOVE_AUDIT: &str = "DELETE FROM audit WHERE seq = 3";
/// The last entry of the trail is gone.
pub const SHORTEN_AUDIT: &str = "DELETE FROM audit WHERE seq = 5";
/// The database claims to come from the future.
pub const FROM_THE_FUTURE: &str =
    "INSERT INTO schema_versions (version, name, digest, applied_at) VALUES (9999, 'later', '', 0)";
/// A migration was made by another build.
pub const OTHER_BUILD: &str = "UPDATE schema_versions SET digest = 'x' WHERE version = 1";
/// Captures kept.
pub const CAPTURES: &str = "SELECT COUNT(*) FROM captures";
/// Different sequence numbers kept.
pub const DISTINCT_CAPTURES: &str =
    "SELECT COUNT(*) FROM (SELECT DISTINCT appliance, journal, seq FROM captures) AS c";
/// Payloads set aside.
pub const ASIDE: &str = "SELECT COUNT(*) FROM quarantined_payloads";
/// Migrations applied.
pub const MIGRATIONS: &str = "SELECT COUNT(*) FROM schema_versions";
/// The table of captures is out of reach: writes fail.
pub const HIDE_CAPTURES: &str = "ALTER TABLE captures RENAME TO captures_elsewhere";
/// It is back.
pub const SHOW_CAPTURES: &str = "ALTER TABLE captures_elsewhere RENAME TO captures";
/// How often payloads came that were set aside.
pub const TIMES: &str = "SELECT CAST(COALESCE(SUM(times), 0) AS BIGINT) FROM quarantined_payloads";
/// What a journal's row says of its ranges is nonsense.
pub const SPOIL_RANGES: &str = "UPDATE journals SET islands = '?!'";
/// The database fails on message 7, with an error that names no constraint.
pub const CHOKE_ON_SEVEN_SQLITE: [&str; 1] = [
    "CREATE TRIGGER choke BEFORE INSERT ON captures WHEN NEW.seq = 7 \
     AND abs(NEW.seq - 8 - 9223372036854775807) > 0 BEGIN SELECT 1; END",
];
/// The same on PostgreSQL, as a damaged index would.
pub const CHOKE_ON_SEVEN_POSTGRES: [&str; 2] = [
    "CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     IF NEW.seq = 7 THEN RAISE EXCEPTION 'choke' USING ERRCODE = 'XX002'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER choke BEFORE INSERT ON captures FOR EACH ROW EXECUTE FUNCTION choke()",
];
