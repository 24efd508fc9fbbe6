//! Opening the database, and the two ways to use it: a transaction that writes, a connection that reads.

use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions, Transaction};

use super::{Dialect, Error, Result, migrations};

/// What queries run on: both [`Tx`] and [`Reader`] deref to it.
pub type Connection = AnyConnection;

/// Connections that read at the same time.
const READERS: u32 = 6;
/// Connections that write at the same time on PostgreSQL; SQLite has one writer.
const WRITERS: u32 = 8;
/// How long a caller waits for a connection before it is told that the database is too busy.
const ACQUIRE: Duration = Duration::from_secs(30);

/// The hub's database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    dialect: Dialect,
    readers: AnyPool,
    writers: AnyPool,
}

impl Store {
    /// Opens the database at `url` (`sqlite:PATH` or `postgres://…`), makes it if it is a SQLite file that is not
    /// there, and brings its schema up to date. A database written by a newer program is refused untouched.
    pub async fn open(url: &str, now: i64) -> Result<Self> {
        let store = Self::connect(url).await?;
        migrations::run(&store, now).await?;
        Ok(store)
    }

    async fn connect(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let (dialect, options) = options(url)?;
        if dialect == Dialect::Sqlite {
            keep_private(url);
        }
        let writers = pool(
            dialect,
            if dialect == Dialect::Sqlite {
                1
            } else {
                WRITERS
            },
        );
        let open = |source| Error::Open {
            address: without_password(url),
            source,
        };
        // The writer goes first: it makes the SQLite file and switches it to write-ahead logging.
        let writers = writers.connect_with(options.clone()).await.map_err(open)?;
        let readers = pool(dialect, READERS)
            .connect_with(options)
            .await
            .map_err(open)?;
        Ok(Self {
            dialect,
            readers,
            writers,
        })
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Opens a transaction that writes. Dropped without [`Tx::commit`], it leaves no trace.
    pub async fn begin(&self) -> Result<Tx> {
        let inner = self.writers.begin_with(self.dialect.begin()).await?;
        Ok(Tx {
            inner,
            dialect: self.dialect,
        })
    }

    /// Borrows a connection for reading.
    pub async fn read(&self) -> Result<Reader> {
        Ok(self.readers.acquire().await?)
    }

    /// Closes all connections; SQLite folds its write-ahead log back into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// A connection borrowed for reading.
pub type Reader = PoolConnection<Any>;

/// A transaction that writes.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Any>,
    dialect: Dialect,
}

impl Tx {
    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Makes everything done in this transaction durable. After `Ok`, it is on disk.
    pub async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }

    /// Undoes everything done in this transaction.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.inner.rollback().await?)
    }
}

impl Deref for Tx {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.inner
    }
}

fn options(url: &str) -> Result<(Dialect, AnyConnectOptions)> {
    let address = |reason| Error::Address {
        address: without_password(url),
        reason,
    };
    let (dialect, full) = if url.starts_with("sqlite:") {
        if url.contains(":memory:") {
            return Err(address(
                "a database in memory would lose every message at the first stop",
            ));
        }
        let separator = if url.contains('?') { '&' } else { '?' };
        (Dialect::Sqlite, format!("{url}{separator}mode=rwc"))
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        (Dialect::Postgres, url.to_owned())
    } else {
        return Err(address("it must begin with sqlite: or postgres:"));
    };
    let options =
        AnyConnectOptions::from_str(&full).map_err(|_| address("it is not an address"))?;
    Ok((dialect, options.disable_statement_logging()))
}

/// Makes a SQLite file readable by its owner only, before SQLite makes it readable by all; its log takes the same
/// rights. What fails here fails again, and is told, when SQLite opens the file.
fn keep_private(url: &str) {
    use std::os::unix::fs::OpenOptionsExt;
    let file = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let file = file.split_once('?').map_or(file, |(file, _)| file);
    let _ = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file);
}

fn pool(dialect: Dialect, connections: u32) -> AnyPoolOptions {
    let options = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(dialect == Dialect::Postgres);
    let preamble = dialect.pick(
        // FULL, not NORMAL: a commit that was confirmed to an appliance must outlive a power cut.
        "PRAGMA busy_timeout = 15000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 4000",
        // A server that has synchronous_commit off would confirm what a power cut can still take back.
        "SET synchronous_commit = on; SET client_min_messages = warning",
    );
    options.after_connect(move |connection, _| {
        Box::pin(async move {
            sqlx::raw_sql(preamble).execute(&mut *connection).await?;
            Ok(())
        })
    })
}

/// The address as it may be shown: whatever stands between `:` and `@` is hidden.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let Some((credentials, place)) = rest.rsplit_once('@') else {
        return url.to_owned();
    };
    let name = credentials.split(':').next().unwrap_or_default();
    format!("{scheme}://{name}:…@{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_hidden() {
        assert_eq!(
            without_password("postgres://lis:p@ss@db/hub"),
            "postgres://lis:…@db/hub"
        );
        assert_eq!(
            without_password("sqlite:/var/lib/a@b.db"),
            "sqlite:/var/lib/a@b.db"
        );
    }

    #[test]
    fn unknown_address_is_refused_with_the_rule() {
        let error = options("mysql://x").expect_err("refused");
        assert!(
            error.to_string().contains("sqlite: or postgres:"),
            "{error}"
        );
        assert!(options("sqlite::memory:").is_err());
    }
}
