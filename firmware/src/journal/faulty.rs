//! A disk for tests: it writes down every operation, and fails or loses power on command.

use super::Medium;
use redb::{Builder, Database, DatabaseError, StorageBackend, StorageError};
use std::{
    io,
    sync::{Arc, Mutex},
};

/// One operation on the disk.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Write(u64, Vec<u8>),
    Length(u64),
    Sync,
}

#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) image: Vec<u8>,
    pub(crate) log: Vec<Operation>,
    /// No byte may be written past this.
    pub(crate) space: Option<u64>,
    /// What others leave of the disk.
    pub(crate) room: Option<u64>,
    /// Every operation that changes something fails.
    pub(crate) broken: bool,
    /// The next sync fails, and what was written since the one before never reaches the plate, although it can be read.
    pub(crate) failing_sync: bool,
    /// Operations are not written down: for long stories.
    pub(crate) forgetful: bool,
    /// The longest the image ever was.
    pub(crate) longest: usize,
    pub(crate) aside: Vec<Vec<u8>>,
}

impl Disk {
    pub(crate) fn apply(image: &mut Vec<u8>, operation: &Operation) {
        match operation {
            Operation::Write(offset, bytes) => {
                let start = *offset as usize;
                if image.len() < start + bytes.len() {
                    image.resize(start + bytes.len(), 0);
                }
                image[start..start + bytes.len()].copy_from_slice(bytes);
            }
            Operation::Length(length) => image.resize(*length as usize, 0),
            Operation::Sync => {}
        }
    }

    /// How much of the log had happened at the last sync.
    fn synced(&self) -> usize {
        let last = self.log.iter();
        last.rev()
            .position(|op| matches!(op, Operation::Sync))
            .map_or(0, |back| self.log.len() - back)
    }

    fn perform(&mut self, operation: Operation) -> io::Result<()> {
        let end = match &operation {
            Operation::Write(offset, bytes) => offset + bytes.len() as u64,
            Operation::Length(length) => *length,
            Operation::Sync => 0,
        };
        if self.broken {
            return Err(io::Error::other("injected fault"));
        }
        if matches!(operation, Operation::Sync) && std::mem::take(&mut self.failing_sync) {
            let synced = self.synced();
            self.log.truncate(synced);
            return Err(io::Error::other("injected fault of a sync"));
        }
        if self.space.is_some_and(|space| end > space) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Self::apply(&mut self.image, &operation);
        self.longest = self.longest.max(self.image.len());
        if !self.forgetful {
            self.log.push(operation);
        }
        Ok(())
    }
}

/// The disk as a journal's place.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultyMedium(pub(crate) Arc<Mutex<Disk>>);

impl FaultyMedium {
    pub(crate) fn with_image(image: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(Disk {
            image,
            ..Disk::default()
        })))
    }
    /// What power loss would leave at this moment: everything up to the last sync.
    pub(crate) fn synced(&self) -> Vec<u8> {
        let disk = self.disk();
        let mut image = Vec::new();
        disk.log
            .iter()
            .take(disk.synced())
            .for_each(|operation| Disk::apply(&mut image, operation));
        image
    }
    pub(crate) fn disk(&self) -> std::sync::MutexGuard<'_, Disk> {
        self.0.lock().unwrap()
    }
}

impl Medium for FaultyMedium {
    fn exists(&self) -> bool {
        !self.disk().image.is_empty()
    }
    fn open(&self, builder: &Builder) -> Result<Database, DatabaseError> {
        builder.create_with_backend(Backend(self.0.clone()))
    }
    fn create(
        &self,
        builder: &Builder,
        found: &mut dyn FnMut(Database) -> Result<(), String>,
    ) -> Result<(), DatabaseError> {
        let database = builder.create_with_backend(Backend(self.0.clone()))?;
        found(database)
            .map_err(|reason| DatabaseError::Storage(StorageError::Io(io::Error::other(reason))))
    }
    fn drop_cache(&self) -> io::Result<()> {
        // Long stories without a log have no plate to read from.
        if !self.disk().forgetful && !self.disk().log.is_empty() {
            let plate = self.synced();
            self.disk().image = plate;
        }
        Ok(())
    }
    fn room(&self) -> Option<u64> {
        self.disk().room
    }
    fn set_aside(&self, _: &str) -> io::Result<String> {
        let mut disk = self.disk();
        let image = std::mem::take(&mut disk.image);
        disk.aside.push(image);
        Ok(format!("aside-{}", disk.aside.len()))
    }
}

#[derive(Debug)]
struct Backend(Arc<Mutex<Disk>>);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().image.len() as u64)
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let disk = self.0.lock().unwrap();
        let start = offset as usize;
        let bytes = disk
            .image
            .get(start..start + out.len())
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.lock().unwrap().perform(Operation::Length(len))
    }
    fn sync_data(&self) -> io::Result<()> {
        self.0.lock().unwrap().perform(Operation::Sync)
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0
            .lock()
            .unwrap()
            .perform(Operation::Write(offset, data.to_vec()))
    }
}
