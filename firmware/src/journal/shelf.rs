//! A journal that is only looked at, while no appliance runs on it.

use super::book;
use redb::{Builder, DatabaseError, ReadOnlyDatabase};
use std::path::Path;

/// A journal opened for reading.
pub struct Shelf {
    database: ReadOnlyDatabase,
    confirmed: u64,
}

impl Shelf {
    /// Opens the journal of a data folder without changing it.
    pub fn open(data: &Path) -> Result<Self, String> {
        let path = data.join("journal.redb");
        let mut builder = Builder::new();
        builder.set_cache_size(super::medium::CACHE);
        let database = builder.open_read_only(&path).map_err(|error| match error {
            DatabaseError::RepairAborted => {
                format!(
                    "{} was not closed in good order: start the appliance, which repairs it",
                    path.display()
                )
            }
            DatabaseError::DatabaseAlreadyOpen => format!("{} is in use", path.display()),
            other => format!("{}: {other}", path.display()),
        })?;
        let confirmed = book::ledger(&database)
            .map_err(|fault| fault.to_string())?
            .confirmed;
        Ok(Self {
            database,
            confirmed,
        })
    }

    /// Everything up to this is with the hub.
    pub const fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// Envelopes from one number to another, in order, bounded in count and bytes.
    pub fn read(
        &self,
        from: u64,
        to: u64,
        count: usize,
        bytes: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, String> {
        book::read(&self.database, from, to, count, bytes).map_err(|fault| fault.to_string())
    }
}
