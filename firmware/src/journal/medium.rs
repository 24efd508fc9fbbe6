//! Where the journal's file lives, how it is opened and repaired, and what happens to one that cannot be read.

use super::book::{self, Book, Fault};
use crate::events;
use lisiere_wire::JournalId;
use redb::{Builder, Database, DatabaseError, StorageError};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Memory the store may use for its pages. The journal is written once and read once, so a cache gains little.
pub(super) const CACHE: usize = 2 << 20;
/// What is left free on the disk for others, unless it is small.
const SPARE: u64 = 32 << 20;

/// A place for a journal. The one for tests fails on command.
pub trait Medium: Send + 'static {
    /// Whether there is a journal.
    fn exists(&self) -> bool;
    /// Opens the journal that is there, repairing it if the last writer was cut off.
    fn open(&self, builder: &Builder) -> Result<Database, DatabaseError>;
    /// Makes a new one: `found` writes its first page, and only then it takes its place.
    fn create(
        &self,
        builder: &Builder,
        found: &mut dyn FnMut(Database) -> Result<(), String>,
    ) -> Result<(), DatabaseError>;
    /// Makes sure that what is read next comes from the disk. After a failed fsync the system may hold pages in memory that
    /// it takes for written and that never will be.
    fn drop_cache(&self) -> io::Result<()>;
    /// What the journal's file may take on this disk in all, when others leave less than the settings allow.
    fn room(&self) -> Option<u64>;
    /// Puts a journal that cannot be read out of the way, without deleting it, and names its new place.
    fn set_aside(&self, stamp: &str) -> io::Result<String>;
}

/// The journal's file on a disk.
#[derive(Clone, Debug)]
pub struct FileMedium {
    path: PathBuf,
}

impl FileMedium {
    /// The journal of a data folder.
    pub fn new(data: &Path) -> Self {
        Self {
            path: data.join("journal.redb"),
        }
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.path
            .parent()
            .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

impl Medium for FileMedium {
    fn exists(&self) -> bool {
        self.path.exists()
    }

    fn open(&self, builder: &Builder) -> Result<Database, DatabaseError> {
        if fs::metadata(&self.path)?.len() == 0 {
            // The store would take an empty file for a new one; here it means that a journal was lost.
            return Err(DatabaseError::Storage(StorageError::Corrupted(
                "the file is empty".to_owned(),
            )));
        }
        builder.open(&self.path)
    }

    fn create(
        &self,
        builder: &Builder,
        found: &mut dyn FnMut(Database) -> Result<(), String>,
    ) -> Result<(), DatabaseError> {
        let fresh = self.path.with_extension("redb.new");
        if fresh.exists() {
            fs::remove_file(&fresh)?;
        }
        // Patients' results: their owner's only.
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)?;
        found(builder.create(&fresh)?).map_err(io::Error::other)?;
        fs::rename(&fresh, &self.path)?;
        self.sync_folder()?;
        Ok(())
    }

    fn drop_cache(&self) -> io::Result<()> {
        if !self.path.exists() {
            return Ok(());
        }
        let file = File::open(&self.path)?;
        // Only clean pages can be dropped; an error here is the disk's, which then is not well yet.
        file.sync_all()?;
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        Ok(())
    }

    fn room(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(self.path.parent()?).ok()?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let whole = disk.f_blocks.saturating_mul(disk.f_frsize);
        let taken = fs::metadata(&self.path).map_or(0, |file| file.blocks().saturating_mul(512));
        Some(
            taken
                .saturating_add(free)
                .saturating_sub(SPARE.min(whole / 8)),
        )
    }

    fn set_aside(&self, stamp: &str) -> io::Result<String> {
        let mut aside = self.path.with_extension(format!("redb.corrupt-{stamp}"));
        let mut count = 1;
        while aside.exists() {
            count += 1;
            aside = self
                .path
                .with_extension(format!("redb.corrupt-{stamp}-{count}"));
        }
        fs::rename(&self.path, &aside)?;
        self.sync_folder()?;
        Ok(aside.display().to_string())
    }
}

/// Why there is no open journal.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("the journal is in use by another process")]
    InUse,
    /// The disk refuses.
    #[error("the disk refuses the journal: {0}")]
    Disk(String),
    /// A newer program wrote it.
    #[error("{0}")]
    Newer(String),
}

/// What opening gave.
pub(super) struct Opened {
    pub(super) book: Book,
    /// Where an unreadable journal was put, and why.
    pub(super) set_aside: Option<String>,
}

enum Unopened {
    Unreadable(String),
    Refused(OpenError),
}

/// Opens the journal, makes one where there is none, and sets aside one that cannot be read.
pub(super) fn open(medium: &dyn Medium, starting: bool, stamp: &str) -> Result<Opened, OpenError> {
    if medium.exists() {
        let reason = match attempt(medium, starting) {
            Ok(book) => {
                return Ok(Opened {
                    book,
                    set_aside: None,
                });
            }
            Err(Unopened::Refused(error)) => return Err(error),
            Err(Unopened::Unreadable(reason)) => reason,
        };
        let place = medium
            .set_aside(stamp)
            .map_err(|error| OpenError::Disk(error.to_string()))?;
        events::journal_set_aside(&place, &reason);
        let book = make(medium)?;
        return Ok(Opened {
            book,
            set_aside: Some(place),
        });
    }
    Ok(Opened {
        book: make(medium)?,
        set_aside: None,
    })
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .set_cache_size(CACHE)
        // A file changed since it was written must be found at the start, not in the middle of a message.
        .set_check_integrity_on_open(true)
        .set_repair_callback(events::journal_repair);
    builder
}

fn make(medium: &dyn Medium) -> Result<Book, OpenError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| OpenError::Disk(error.to_string()))?;
    let mut found = |database: Database| {
        book::found(&database, JournalId(id)).map_err(|fault| fault.to_string())
    };
    medium
        .create(&builder(), &mut found)
        .map_err(|error| OpenError::Disk(error.to_string()))?;
    attempt(medium, true).map_err(|unopened| match unopened {
        Unopened::Unreadable(reason) => OpenError::Disk(reason),
        Unopened::Refused(error) => error,
    })
}

/// The store may panic on a file that was altered under it; that too means "unreadable".
fn attempt(medium: &dyn Medium, starting: bool) -> Result<Book, Unopened> {
    let tried = catch_unwind(AssertUnwindSafe(|| {
        let database = medium
            .open(&builder())
            .map_err(|error| judge_open(&error))?;
        Book::open(database, starting).map_err(|fault| judge(&fault))
    }));
    tried.unwrap_or_else(|_| {
        Err(Unopened::Unreadable(
            "its contents contradict each other".to_owned(),
        ))
    })
}

fn judge_open(error: &DatabaseError) -> Unopened {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            Unopened::Refused(OpenError::InUse)
        }
        DatabaseError::Storage(storage) if !is_damage(storage) => {
            Unopened::Refused(OpenError::Disk(storage.to_string()))
        }
        other => Unopened::Unreadable(other.to_string()),
    }
}

fn judge(fault: &Fault) -> Unopened {
    match fault {
        Fault::Newer(_) => Unopened::Refused(OpenError::Newer(fault.to_string())),
        fault if means_damage(fault) => Unopened::Unreadable(fault.to_string()),
        fault => Unopened::Refused(OpenError::Disk(fault.to_string())),
    }
}

fn is_damage(error: &StorageError) -> bool {
    match error {
        StorageError::Corrupted(_) => true,
        StorageError::Io(error) => {
            matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            )
        }
        _ => false,
    }
}

/// Whether a fault speaks of the file's contents and not of the disk.
pub(super) fn means_damage(fault: &Fault) -> bool {
    match fault {
        Fault::Damaged(_) => true,
        Fault::Newer(_) => false,
        Fault::Storage(error) => match error {
            redb::Error::Io(error) => {
                matches!(
                    error.kind(),
                    io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
                )
            }
            redb::Error::PreviousIo | redb::Error::DatabaseClosed | redb::Error::Backend(_) => {
                false
            }
            _ => true,
        },
    }
}
