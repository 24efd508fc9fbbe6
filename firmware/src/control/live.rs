//! Questions whose answer goes on: watching a line, and recognising a port. One JSON line for each thing that happens, until
//! the one who asked hangs up.

use super::{AskError, Question, connect};
use crate::{
    board::{Board, Told},
    health::Health,
    journal::Journal,
};
use lisiere_model::UtcMicros;
use lisiere_protocol::session::{Direction, spell, unspell};
use lisiere_wire::TraceDirection;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, io, path::Path, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    time,
};

/// Whoever takes nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// Counters are looked at this often.
const COUNTERS: Duration = Duration::from_secs(1);

/// What goes over a watched line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// What is watched, said once at the beginning.
    Port {
        /// The word of its link.
        link: String,
        /// The driver set for it.
        driver: String,
        /// The line.
        line: String,
    },
    /// Bytes went over it.
    Bytes {
        /// When.
        at: i64,
        /// From the analyzer, or to it.
        received: bool,
        /// The bytes, as session files spell them.
        spelled: String,
        /// Parity and framing errors and breaks among them.
        errors: u32,
        /// Pieces left out before it.
        lost: u64,
    },
    /// Counters of the link that have changed, since the start of the appliance.
    Counters(BTreeMap<String, u64>),
    /// There is no such port.
    Refused(String),
}

impl Seen {
    /// The bytes with their direction.
    pub fn bytes(&self) -> Option<(i64, Direction, Vec<u8>)> {
        let Self::Bytes {
            at,
            received,
            spelled,
            ..
        } = self
        else {
            return None;
        };
        let direction = if *received {
            Direction::Received
        } else {
            Direction::Sent
        };
        Some((*at, direction, unspell(spelled).ok()?))
    }
}

async fn write(writing: &mut OwnedWriteHalf, said: &impl Serialize) -> io::Result<()> {
    let mut json = serde_json::to_vec(said)?;
    json.push(b'\n');
    match time::timeout(PATIENCE, writing.write_all(&json)).await {
        Ok(written) => written,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Shows a line until the one who asked hangs up.
pub(super) async fn watch(
    (mut reading, mut writing): (OwnedReadHalf, OwnedWriteHalf),
    port: &str,
    board: &Board,
    health: &Health,
    journal: &Journal,
) -> io::Result<()> {
    let (place, mut watching) = match board
        .place(port)
        .and_then(|place| Ok((place, board.watch(port)?)))
    {
        Ok(found) => found,
        Err(reason) => return write(&mut writing, &Seen::Refused(reason)).await,
    };
    let said = Seen::Port {
        link: place.link.clone(),
        driver: place.driver.clone(),
        line: place.line.clone(),
    };
    write(&mut writing, &said).await?;
    let mut rounds = time::interval(COUNTERS);
    rounds.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    let mut counted = BTreeMap::new();
    let mut hung_up = [0; 1];
    loop {
        let said = tokio::select! {
            // Nothing more is asked: what comes is the end.
            _ = reading.read(&mut hung_up) => return Ok(()),
            next = watching.next() => {
                let Some((traced, lost)) = next else { return Ok(()) };
                let UtcMicros(at) = traced.at;
                Seen::Bytes {
                    at,
                    received: traced.direction == TraceDirection::Received,
                    spelled: spell(&traced.bytes),
                    errors: traced.errors,
                    lost,
                }
            }
            _ = rounds.tick() => {
                let ports = health.status(journal).ports;
                let now = ports.into_iter().find(|found| found.name == port).map(|port| port.counters);
                let now = now.unwrap_or_default();
                if now == counted {
                    continue;
                }
                let changed = now.iter().filter(|(name, count)| counted.get(*name) != Some(count));
                let changed = changed.map(|(name, count)| (name.clone(), *count)).collect();
                counted = now;
                Seen::Counters(changed)
            }
        };
        write(&mut writing, &said).await?;
    }
}

/// Recognises a port, and tells how it goes.
pub(super) async fn recognise(
    (mut reading, mut writing): (OwnedReadHalf, OwnedWriteHalf),
    port: &str,
    patience: Duration,
    board: &Board,
) -> io::Result<()> {
    let mut heard = match board.recognise(port, patience) {
        Ok(heard) => heard,
        Err(reason) => return write(&mut writing, &Told::Failed(reason)).await,
    };
    let mut hung_up = [0; 1];
    loop {
        tokio::select! {
            _ = reading.read(&mut hung_up) => return Ok(()),
            told = heard.recv() => match told {
                Some(told) => write(&mut writing, &told).await?,
                None => return Ok(()),
            },
        }
    }
}

/// An answer that goes on.
#[derive(Debug)]
pub struct Live {
    lines: Lines<BufReader<OwnedReadHalf>>,
    /// Held open: closing it is what hangs up.
    _writing: OwnedWriteHalf,
}

impl Live {
    /// The next thing that is said; `None` at the end. Safe to drop in the middle.
    pub async fn next<T: for<'d> Deserialize<'d>>(&mut self) -> Result<Option<T>, AskError> {
        let failed = |text: String| AskError::Failed(text);
        match self.lines.next_line().await {
            Ok(Some(line)) => serde_json::from_str(&line)
                .map(Some)
                .map_err(|error| failed(error.to_string())),
            Ok(None) => Ok(None),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

/// Asks the running appliance something whose answer goes on.
pub async fn follow(data: &Path, question: &Question) -> Result<Live, AskError> {
    let stream: UnixStream = connect(data, question).await?;
    let (reading, writing) = stream.into_split();
    Ok(Live {
        lines: BufReader::new(reading).lines(),
        _writing: writing,
    })
}
