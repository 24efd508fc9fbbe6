//! What can go wrong with the database, with the remedy where we know one.

/// A result of the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the store, named by what was being attempted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address of the database cannot be used.
    #[error("database address {address}: {reason}")]
    Address {
        /// The address, without its password.
        address: String,
        /// The rule broken.
        reason: &'static str,
    },
    /// The database could not be opened.
    #[error("opening the database {address}")]
    Open {
        /// The address, without its password.
        address: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The database was written by a newer program.
    #[error("the database has schema version {found}, this program knows versions up to {known}")]
    Newer {
        /// Version found in the database.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// A migration that was already applied is not the one this program carries.
    #[error("schema version {version} of the database was made by another build of this program")]
    Altered {
        /// The version that differs.
        version: i64,
    },
    /// A migration failed; nothing of it was kept.
    #[error("bringing the database to schema version {version}")]
    Migration {
        /// The version being applied.
        version: i64,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A statement failed.
    #[error("database statement")]
    Statement(#[from] sqlx::Error),
    /// A stored value cannot be read back as what it should be.
    #[error("{table}.{column} holds a value that cannot be read: {reason}")]
    Stored {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A value does not fit its column.
    #[error("{what} does not fit in the database")]
    Range {
        /// The value.
        what: &'static str,
    },
}

impl Error {
    /// A value of a column that cannot be read back.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers hand over what they have no more use for"
    )]
    pub fn stored(table: &'static str, column: &'static str, reason: impl ToString) -> Self {
        Self::Stored {
            table,
            column,
            reason: reason.to_string(),
        }
    }

    /// What a person can do about it, if we know.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Address { .. } => Some(
                "write sqlite:/folder/file.db or postgres://name:password@host/database under [database] url",
            ),
            Self::Open { .. } => Some(
                "check that the folder exists and is writable, or that PostgreSQL runs and lets this user in",
            ),
            Self::Newer { .. } => Some(
                "install the version of lisiere-hub that wrote this database, or restore the backup made before the upgrade",
            ),
            Self::Altered { .. } => Some(
                "install the released program that made this database; the database itself was left as it is",
            ),
            Self::Migration { .. } => {
                Some("the database is as it was before; send this message to your maintainer")
            }
            Self::Statement(_) | Self::Stored { .. } | Self::Range { .. } => None,
        }
    }

    /// The database refuses what was to be written, not the writing itself: trying again would not help.
    pub fn is_about_content(&self) -> bool {
        match self {
            Self::Statement(sqlx::Error::Database(database)) => {
                let code = database.code().unwrap_or_default();
                // PostgreSQL: data exception, integrity violation, a limit exceeded (an index row that is too long, say).
                // SQLite: too big, constraint, mismatch.
                class(&code).is_some_and(|class| ["22", "23", "54"].contains(&class))
                    || code
                        .parse::<u32>()
                        .is_ok_and(|code| code < 10_000 && matches!(code & 0xff, 18..=20))
            }
            Self::Range { .. } | Self::Statement(sqlx::Error::Encode(_)) => true,
            _ => false,
        }
    }

    /// The database as a whole is out of reach, full, busy or read-only: what was to be written is not to blame.
    pub fn is_about_the_database(&self) -> bool {
        match self {
            Self::Statement(sqlx::Error::Database(database)) => {
                let code = database.code().unwrap_or_default();
                // PostgreSQL: connection, read-only transaction, authorization, rollback by a deadlock, resources,
                // object in use, operator, system. SQLite: busy, locked, memory, read-only, I/O, full, cannot open.
                class(&code).is_some_and(|class| {
                    ["08", "25", "28", "40", "53", "55", "57", "58"].contains(&class)
                }) || code.parse::<u32>().is_ok_and(|code| {
                    code < 10_000 && matches!(code & 0xff, 5 | 6 | 7 | 8 | 10 | 13 | 14)
                })
            }
            Self::Statement(
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed,
            )
            | Self::Open { .. } => true,
            _ => false,
        }
    }

    /// A row with the same unique key is already there.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(database)) if database.is_unique_violation())
    }
}

/// Class of a PostgreSQL state; SQLite's codes have fewer digits.
fn class(code: &str) -> Option<&str> {
    if code.len() == 5 { code.get(..2) } else { None }
}
