//! Durable messages a second: raw `fdatasync`, the bare store, and the journal, one by one and in groups, on one disk and
//! in one run. Prints a line of JSON; `cargo bench-all --only journal` makes a table of it.

mod clock;

use anyhow::{Context, Result};
use clock::timed;
use lisiere_appliance::journal::{Bounds, Entry, FileMedium, Journal, Stored};
use lisiere_model::{ClockQuality, UtcMicros};
use lisiere_wire::{Capture, JournalId, LinkStats};
use redb::{Database, Durability, TableDefinition};
use std::{
    collections::BTreeSet,
    fs::File,
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::Duration,
};

const BYTES: usize = 1024;
/// Messages that share a commit, and commits measured in each round.
const GROUPS: [(usize, usize); 3] = [(1, 120), (16, 40), (256, 12)];
/// Rounds, the kinds in turn in each: what disturbs the machine disturbs all of them.
const ROUNDS: usize = 5;
const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("messages");

fn main() -> Result<()> {
    let folder: PathBuf = std::env::args_os()
        .nth(1)
        .context("journal-bench DIR: name a folder on the disk to measure")?
        .into();
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut raw = Raw::create(&folder)?;
    let mut bare = Bare::create(&folder)?;
    let mut kept = Kept::create(&folder)?;
    let mut found = serde_json::Map::new();
    for (group, commits) in GROUPS {
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            let [of_raw, of_bare, of_kept] = &mut times;
            of_raw.push(raw.run(group, commits)?);
            of_bare.push(bare.run(group, commits)?);
            of_kept.push(kept.run(group, commits)?);
        }
        for (name, times) in ["raw", "store", "journal"].into_iter().zip(times) {
            let rate = rate(group * commits, times);
            found.insert(format!("{name}_{group}"), rate.into());
        }
    }
    println!("{}", serde_json::Value::Object(found));
    Ok(())
}

/// Messages a second in the middle round.
fn rate(messages: usize, mut times: Vec<Duration>) -> f64 {
    times.sort();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    let messages = u32::try_from(messages).unwrap_or(u32::MAX);
    f64::from(messages) / middle.as_secs_f64().max(1e-9)
}

/// Writes into a file whose blocks are there already, and `fdatasync`: as fast as the disk can.
struct Raw {
    file: File,
    at: u64,
}

impl Raw {
    const SIZE: u64 = 32 << 20;

    fn create(folder: &Path) -> Result<Self> {
        let mut file = File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .open(folder.join("raw"))
            .context("making the raw file")?;
        let block = vec![1; 1 << 20];
        for _ in 0..Self::SIZE >> 20 {
            file.write_all(&block).context("filling the raw file")?;
        }
        file.sync_all().context("writing the raw file")?;
        Ok(Self { file, at: 0 })
    }

    fn run(&mut self, group: usize, commits: usize) -> Result<Duration> {
        let message = vec![7; BYTES];
        let step = u64::try_from(BYTES)?;
        let (outcome, time) = timed(|| -> std::io::Result<()> {
            for _ in 0..commits {
                for _ in 0..group {
                    self.file.write_all_at(&message, self.at)?;
                    self.at = (self.at + step) % (Self::SIZE - step);
                }
                self.file.sync_data()?;
            }
            Ok(())
        });
        outcome.context("writing raw")?;
        Ok(time)
    }
}

/// The store without the journal: one table, the same durability.
struct Bare {
    database: Database,
    next: u64,
}

impl Bare {
    fn create(folder: &Path) -> Result<Self> {
        let path = folder.join("bare.redb");
        let database = Database::create(path).context("making a bare store")?;
        Ok(Self { database, next: 0 })
    }

    fn run(&mut self, group: usize, commits: usize) -> Result<Duration> {
        let message = vec![7; BYTES];
        let (outcome, time) = timed(|| -> Result<()> {
            for _ in 0..commits {
                let mut transaction = self.database.begin_write()?;
                transaction.set_durability(Durability::Immediate)?;
                {
                    let mut table = transaction.open_table(TABLE)?;
                    for _ in 0..group {
                        table.insert(self.next, message.as_slice())?;
                        self.next += 1;
                    }
                }
                transaction.commit()?;
            }
            Ok(())
        });
        outcome.context("writing to a bare store")?;
        Ok(time)
    }
}

/// The journal as ports use it.
struct Kept {
    journal: Journal,
    runtime: tokio::runtime::Runtime,
    next: u64,
}

impl Kept {
    fn create(folder: &Path) -> Result<Self> {
        let bounds = Bounds {
            records: 1 << 30,
            keep_confirmed_hours: 24,
            repeat_hours: 24,
        };
        let journal = Journal::open(FileMedium::new(folder), bounds, UtcMicros(0))
            .context("opening the journal")?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("starting the runtime")?;
        Ok(Self {
            journal,
            runtime,
            next: 0,
        })
    }

    fn run(&mut self, group: usize, commits: usize) -> Result<Duration> {
        let entries: Vec<Vec<Entry>> = (0..commits)
            .map(|_| (0..group).map(|_| self.entry()).collect())
            .collect();
        let journal = &self.journal;
        let runtime = &self.runtime;
        let (outcome, time) = timed(|| {
            runtime.block_on(async {
                for entries in entries {
                    let mut waiting = tokio::task::JoinSet::new();
                    for entry in entries {
                        let journal = journal.clone();
                        waiting.spawn(async move { journal.store(entry).await });
                    }
                    while let Some(stored) = waiting.join_next().await {
                        anyhow::ensure!(matches!(stored?, Ok(Stored::New(_))), "not stored");
                    }
                }
                Ok(())
            })
        });
        outcome.context("storing in the journal")?;
        Ok(time)
    }

    fn entry(&mut self) -> Entry {
        self.next += 1;
        let number = self.next.to_le_bytes();
        let mut bytes = vec![7; BYTES];
        bytes.splice(..number.len(), number);
        let mut digest = [0; 32];
        for (place, byte) in digest.iter_mut().zip(number) {
            *place = byte;
        }
        let capture = Capture {
            journal: JournalId([0; 16]),
            seq: 0,
            boot: 0,
            port: "banc".to_owned(),
            link: "lis1a".to_owned(),
            driver: "banc".to_owned(),
            received_at: UtcMicros(i64::try_from(self.next).unwrap_or_default()),
            clock: ClockQuality::Ntp,
            digest,
            bytes,
            stats: LinkStats::default(),
        };
        Entry {
            capture,
            apart: BTreeSet::new(),
        }
    }
}
