//! The schema's history, embedded in the program and applied at start.

use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row};

use super::{Error, Result, Store, Tx};

/// One step of the schema: applied once, in order, whole or not at all.
struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "backbone",
        sql: include_str!("../../migrations/0001_backbone.sql"),
    },
    Migration {
        version: 2,
        name: "laboratory",
        sql: include_str!("../../migrations/0002_laboratory.sql"),
    },
    Migration {
        version: 3,
        name: "people",
        sql: include_str!("../../migrations/0003_people.sql"),
    },
    Migration {
        version: 4,
        name: "absences",
        sql: include_str!("../../migrations/0004_absences.sql"),
    },
    Migration {
        version: 5,
        name: "worklist",
        sql: include_str!("../../migrations/0005_worklist.sql"),
    },
    Migration {
        version: 6,
        name: "commands",
        sql: include_str!("../../migrations/0006_commands.sql"),
    },
    Migration {
        version: 7,
        name: "incoming",
        sql: include_str!("../../migrations/0007_incoming.sql"),
    },
];

/// Key of the lock under which two hubs that start together take turns.
const LOCK: &str = "SELECT CAST(pg_advisory_xact_lock(5136712041) AS TEXT)";

/// Brings the schema up to date. Everything happens in one transaction under a lock, so hubs that start together on
/// one database take turns, and a failure leaves the database as it was.
pub(super) async fn run(store: &Store, now: i64) -> Result<()> {
    let mut tx = store.begin().await?;
    let lock = tx
        .dialect()
        .pick("SELECT 'the write lock is already held'", LOCK);
    sqlx::query(lock).fetch_one(&mut *tx).await?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_versions \
         (version BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL)",
    )
    .execute(&mut *tx)
    .await?;
    let applied = applied(&mut tx).await?;
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    if let Some((found, _)) = applied.last().filter(|(found, _)| *found > known) {
        return Err(Error::Newer {
            found: *found,
            known,
        });
    }
    for migration in MIGRATIONS {
        match applied
            .iter()
            .find(|(version, _)| *version == migration.version)
        {
            Some((_, digest)) if *digest == migration.digest() => {}
            Some(_) => {
                return Err(Error::Altered {
                    version: migration.version,
                });
            }
            None => apply(&mut tx, migration, now).await?,
        }
    }
    tx.commit().await
}

async fn applied(tx: &mut Tx) -> Result<Vec<(i64, String)>> {
    let rows = sqlx::query("SELECT version, digest FROM schema_versions ORDER BY version")
        .fetch_all(&mut **tx)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

async fn apply(tx: &mut Tx, migration: &Migration, now: i64) -> Result<()> {
    let failed = |source| Error::Migration {
        version: migration.version,
        source,
    };
    // Safe to assert: the text is embedded in the program.
    sqlx::raw_sql(AssertSqlSafe(migration.sql))
        .execute(&mut **tx)
        .await
        .map_err(failed)?;
    sqlx::query(
        "INSERT INTO schema_versions (version, name, digest, applied_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(migration.version)
    .bind(migration.name)
    .bind(migration.digest())
    .bind(now)
    .execute(&mut **tx)
    .await
    .map_err(failed)?;
    Ok(())
}

impl Migration {
    fn digest(&self) -> String {
        super::audit::hexadecimal(&Sha256::digest(self.sql.as_bytes()))
    }
}
