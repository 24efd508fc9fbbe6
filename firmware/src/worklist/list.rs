//! The box's copy of the hub's worklist: on its own disk, so that a restart without network changes nothing.
//!
//! A change is applied whole or not at all, and only to the version it names. A whole list takes the old one's place when
//! its last part is there; until then analyzers are answered out of the old one. Nothing in it is beyond replacement: a
//! file that cannot be read is made anew and filled by the hub.

use lisiere_wire::{ListId, Worklist, WorklistEntry, WorklistHeld, WorklistKey};
use redb::{
    Builder, Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use thiserror::Error;
use tokio::sync::watch;

/// Driver and tube → what is to be done.
const ENTRIES: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("entries");
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
/// Memory the store may use for its pages.
const CACHE: usize = 1 << 20;
/// Tubes kept at the most: about 10 MB.
const MOST: usize = 50_000;

/// Why the list could not be read or written.
#[derive(Debug, Error)]
pub enum ListError {
    /// The disk or the store failed.
    #[error(transparent)]
    Storage(#[from] redb::Error),
    /// The file could not be made.
    #[error("making the worklist's file: {0}")]
    File(#[from] std::io::Error),
    /// What was read makes no sense.
    #[error("{0}")]
    Damaged(String),
}

macro_rules! errors_from {
    ($($kind:ty),+) => {$(
        impl From<$kind> for ListError {
            fn from(error: $kind) -> Self {
                Self::Storage(error.into())
            }
        }
    )+};
}
errors_from!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError
);

/// What came of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The list has the payload's version now.
    Done,
    /// A part of a whole list; more are to come.
    Waiting,
    /// It was known already.
    Known,
    /// It does not fit what is held: the hub must hear what that is.
    Gap,
    /// More tubes than the box keeps: the rest is left out.
    Full,
}

/// What is to be done on one tube.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// HL7 table 0487.
    #[serde(rename = "k")]
    pub kind: String,
    /// Before the others.
    #[serde(rename = "u")]
    pub urgent: bool,
    /// Codes of the analyzer.
    #[serde(rename = "t")]
    pub tests: Vec<String>,
}

/// What is held, and how often that is worth saying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    list: ListId,
    version: u64,
    said: u64,
}

/// Parts of a whole list that came so far.
#[derive(Debug)]
struct Staged {
    list: ListId,
    version: u64,
    parts: u16,
    next: u16,
    entries: Vec<WorklistEntry>,
}

/// The list. Cheap to clone.
#[derive(Clone, Debug)]
pub struct List(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    database: Database,
    drivers: Vec<String>,
    staged: Mutex<Option<Staged>>,
    standing: watch::Sender<Standing>,
}

impl List {
    /// Opens the list of a data folder, for ports with these drivers. A file that cannot be read is made anew; a list
    /// made for other drivers is asked for anew, and answers until then.
    pub fn open(data: &Path, drivers: Vec<String>) -> Result<Self, ListError> {
        let path = data.join("worklist.redb");
        match Self::open_file(&path, drivers.clone()) {
            Ok(list) => Ok(list),
            Err(ListError::Storage(redb::Error::DatabaseAlreadyOpen)) => Err(ListError::Damaged(
                "the worklist is open in another process".to_owned(),
            )),
            Err(_) => {
                fs::remove_file(&path)?;
                Self::open_file(&path, drivers)
            }
        }
    }

    fn open_file(path: &PathBuf, mut drivers: Vec<String>) -> Result<Self, ListError> {
        drivers.sort_unstable();
        drivers.dedup();
        // Tubes are their owner's business only.
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)?;
        let database = Builder::new().set_cache_size(CACHE).create(path)?;
        let spoken = drivers.join("\n");
        let transaction = database.begin_write()?;
        let standing = {
            transaction.open_table(ENTRIES)?;
            let mut meta = transaction.open_table(META)?;
            let kept = read_standing(&meta)?;
            let same = meta
                .get("drivers")?
                .is_some_and(|kept| kept.value() == spoken.as_bytes());
            if same {
                kept
            } else {
                meta.insert("drivers", spoken.as_bytes())?;
                put_standing(&mut meta, ListId::default(), 0)?;
                Standing::default()
            }
        };
        transaction.commit()?;
        Ok(Self(Arc::new(Inner {
            database,
            drivers,
            staged: Mutex::new(None),
            standing: watch::Sender::new(standing),
        })))
    }

    /// What the hub is told.
    pub fn held(&self) -> WorklistHeld {
        let standing = *self.0.standing.borrow();
        WorklistHeld {
            list: standing.list,
            version: standing.version,
            drivers: self.0.drivers.clone(),
        }
    }

    /// Changes whenever the hub should hear what is held.
    pub(crate) fn watch(&self) -> watch::Receiver<Standing> {
        self.0.standing.subscribe()
    }

    /// Version of the list that is held.
    pub fn version(&self) -> u64 {
        self.0.standing.borrow().version
    }

    /// What is to be done on a tube at analyzers of a driver.
    pub fn find(&self, driver: &str, specimen: &str) -> Result<Option<Found>, ListError> {
        let reading = self.0.database.begin_read()?;
        let entries = reading.open_table(ENTRIES)?;
        let own = entries.get((driver, specimen))?;
        let row = match own {
            Some(row) => Some(row),
            None => entries.get(("", specimen))?,
        };
        row.map(|row| read(row.value())).transpose()
    }

    /// Everything for a driver, bounded.
    pub fn all(&self, driver: &str, most: usize) -> Result<Vec<(String, Found)>, ListError> {
        let reading = self.0.database.begin_read()?;
        let entries = reading.open_table(ENTRIES)?;
        let mut found = Vec::new();
        for row in entries.range((driver, "")..)? {
            let (key, value) = row?;
            let (owner, specimen) = key.value();
            if owner != driver || found.len() >= most {
                break;
            }
            found.push((specimen.to_owned(), read(value.value())?));
        }
        Ok(found)
    }

    /// How many tubes are on the list.
    pub fn len(&self) -> Result<u64, ListError> {
        let reading = self.0.database.begin_read()?;
        Ok(reading.open_table(ENTRIES)?.len()?)
    }

    /// Whether no tube is on the list.
    pub fn is_empty(&self) -> Result<bool, ListError> {
        self.len().map(|count| count == 0)
    }

    /// Takes what the hub sent. Blocks while the disk works.
    pub fn apply(&self, payload: Worklist) -> Result<Applied, ListError> {
        let applied = match payload.since {
            Some(since) => self.change(since, &payload),
            None => self.whole(payload),
        };
        match applied {
            Ok(Applied::Waiting) => {}
            // Also after a failure: the hub offers again what is lacking.
            _ => self.0.standing.send_modify(|standing| {
                standing.said = standing.said.wrapping_add(1);
            }),
        }
        applied
    }

    fn change(&self, since: u64, change: &Worklist) -> Result<Applied, ListError> {
        let standing = *self.0.standing.borrow();
        if change.list == standing.list && change.version <= standing.version {
            return Ok(Applied::Known);
        }
        if change.list != standing.list || since != standing.version {
            return Ok(Applied::Gap);
        }
        self.write(
            change.list,
            change.version,
            false,
            &change.entries,
            &change.removed,
        )
    }

    fn whole(&self, mut payload: Worklist) -> Result<Applied, ListError> {
        let mut staged = self.0.staged.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |staged: &Staged| {
            staged.list == payload.list
                && staged.version == payload.version
                && staged.parts == payload.parts
                && staged.next == payload.part
        };
        let mut gathered = match staged.take() {
            Some(gathered) if payload.part > 0 && fits(&gathered) => gathered,
            _ if payload.part == 0 => Staged {
                list: payload.list,
                version: payload.version,
                parts: payload.parts.max(1),
                next: 0,
                entries: Vec::new(),
            },
            _ => return Ok(Applied::Gap),
        };
        // One more than is kept: enough to see that it is too many.
        let room = (MOST + 1).saturating_sub(gathered.entries.len());
        payload.entries.truncate(room);
        gathered.entries.append(&mut payload.entries);
        gathered.next = gathered.next.saturating_add(1);
        if gathered.next < gathered.parts {
            *staged = Some(gathered);
            return Ok(Applied::Waiting);
        }
        self.write(
            gathered.list,
            gathered.version,
            true,
            &gathered.entries,
            &[],
        )
    }

    fn write(
        &self,
        list: ListId,
        version: u64,
        anew: bool,
        entries: &[WorklistEntry],
        removed: &[WorklistKey],
    ) -> Result<Applied, ListError> {
        let transaction = self.0.database.begin_write()?;
        let mut full = false;
        {
            let mut table = transaction.open_table(ENTRIES)?;
            if anew {
                table.retain(|_, _| false)?;
            }
            for key in removed {
                table.remove((key.driver.as_str(), key.specimen.as_str()))?;
            }
            let mut count = usize::try_from(table.len()?).unwrap_or(usize::MAX);
            for entry in entries {
                let key = (entry.key.driver.as_str(), entry.key.specimen.as_str());
                let value = serde_json::to_vec(&Found {
                    kind: entry.kind.clone(),
                    urgent: entry.urgent,
                    tests: entry.tests.clone(),
                })
                .map_err(|error| ListError::Damaged(error.to_string()))?;
                if count >= MOST && table.get(key)?.is_none() {
                    full = true;
                    continue;
                }
                if table.insert(key, value.as_slice())?.is_none() {
                    count = count.saturating_add(1);
                }
            }
            put_standing(&mut transaction.open_table(META)?, list, version)?;
        }
        transaction.commit()?;
        self.0.standing.send_modify(|standing| {
            standing.list = list;
            standing.version = version;
        });
        Ok(if full { Applied::Full } else { Applied::Done })
    }
}

fn read(value: &[u8]) -> Result<Found, ListError> {
    serde_json::from_slice(value).map_err(|error| ListError::Damaged(error.to_string()))
}

fn read_standing(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<Standing, ListError> {
    let damaged = || ListError::Damaged("the worklist does not say its version".to_owned());
    let Some(kept) = meta.get("standing")? else {
        return Ok(Standing::default());
    };
    let (list, version) = kept.value().split_at_checked(16).ok_or_else(damaged)?;
    Ok(Standing {
        list: ListId(list.try_into().map_err(|_| damaged())?),
        version: u64::from_le_bytes(version.try_into().map_err(|_| damaged())?),
        said: 0,
    })
}

fn put_standing(
    meta: &mut redb::Table<'_, &'static str, &'static [u8]>,
    list: ListId,
    version: u64,
) -> Result<(), ListError> {
    let mut value = list.0.to_vec();
    value.extend_from_slice(&version.to_le_bytes());
    meta.insert("standing", value.as_slice())?;
    Ok(())
}
