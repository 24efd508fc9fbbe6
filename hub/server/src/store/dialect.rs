//! The few places where SQLite and PostgreSQL want different words.

/// Which database is behind the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite: one file, one writer.
    Sqlite,
    /// PostgreSQL: several hubs may share it.
    Postgres,
}

impl Dialect {
    /// The statement that opens a transaction that will write. SQLite takes its write lock at once: a lock taken late
    /// can fail in the middle of a transaction that has already read.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// One of two statements that mean the same, where the dialects differ (row locks, mostly).
    pub fn pick(self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }

    /// The name shown to a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}
