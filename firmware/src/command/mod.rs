//! Commands of the hub: each is proved, understood and done once, and answered.
//!
//! A broker may be anyone's. What it brings is a command only when the hub's own key signed it, for this appliance, within
//! its time, with a number that was never seen ([`Guard`]). No command changes settings, and none reaches an analyzer but
//! recognition, which answers a confirmed enquiry with ACK.

mod guard;
mod seen;

pub use guard::{Guard, Refusal};
pub use seen::Seen;

use crate::{
    board::{Board, Told},
    clock::Clock,
    events,
    gate::Gate,
    identity::Identity,
    recognise,
};
use lisiere_wire::{Act, Command, Outcome, Reply, Signed, TraceSlice};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    task::AbortHandle,
    time,
};

/// The longest a line is watched by one command.
const WATCH_AT_MOST: Duration = Duration::from_mins(15);
/// What waits for the uplink; a slice that finds no room is left out and counted.
const ROOM: usize = 128;
/// Room that slices leave for answers.
const ROOM_FOR_REPLIES: usize = 32;
/// How long the hub has to hear that the appliance restarts.
const FAREWELL: Duration = Duration::from_secs(1);
/// Answers to what could not be proved: a flood of forgeries is not answered with a flood.
const REFUSALS_PER_MINUTE: u32 = 10;

/// What the uplink is to do for a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    /// Publish an answer.
    Reply(Reply),
    /// Publish a piece of a line.
    Trace(TraceSlice),
    /// Send captures again.
    Replay {
        /// Number of the first.
        from: u64,
        /// Number of the last.
        to: u64,
    },
}

struct Inner {
    guard: Option<Guard>,
    watched: HashMap<String, AbortHandle>,
    gate: Gate,
}

/// Takes commands from the uplink, and gives errands back.
#[derive(Clone)]
pub struct Commands {
    data: PathBuf,
    board: Board,
    clock: Clock,
    inner: Arc<Mutex<Inner>>,
    errands: mpsc::Sender<Errand>,
    due: Arc<tokio::sync::Mutex<mpsc::Receiver<Errand>>>,
    restart: Arc<Notify>,
}

impl std::fmt::Debug for Commands {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Commands")
    }
}

impl Commands {
    /// For the appliance with this data folder. `restart` is told when the hub wants a restart.
    pub fn new(data: PathBuf, board: Board, clock: Clock, restart: Arc<Notify>) -> Self {
        let (errands, due) = mpsc::channel(ROOM);
        let inner = Inner {
            guard: None,
            watched: HashMap::new(),
            gate: Gate::new(REFUSALS_PER_MINUTE, Duration::from_mins(1)),
        };
        Self {
            data,
            board,
            clock,
            inner: Arc::new(Mutex::new(inner)),
            errands,
            due: Arc::new(tokio::sync::Mutex::new(due)),
            restart,
        }
    }

    /// The next errand. Safe to drop in the middle.
    pub async fn next(&self) -> Errand {
        match self.due.lock().await.recv().await {
            Some(errand) => errand,
            // The other end is held here.
            None => std::future::pending().await,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what came on `down/command`.
    pub fn take(&self, payload: &[u8], identity: &Identity) {
        let now = self.clock.now();
        let checked = {
            let mut inner = self.lock();
            let guard = inner
                .guard
                .get_or_insert_with(|| Guard::new(Seen::open(&self.data)));
            lisiere_wire::decode::<Signed>(payload)
                .map_err(|error| Refusal::unreadable(&error.to_string()))
                .and_then(|signed| guard.check(&signed, identity, now))
        };
        match checked {
            Ok(command) => {
                events::command_taken(&command);
                self.obey(command);
            }
            Err(refusal) => {
                let Some(untold) = self.lock().gate.pass(self.clock.tick()) else {
                    return;
                };
                events::command_refused(&refusal.log, untold);
                if let Some(id) = refusal.id {
                    self.reply(
                        id,
                        Outcome::Refused {
                            reason: refusal.reason,
                        },
                    );
                }
            }
        }
    }

    fn reply(&self, id: u128, outcome: Outcome) {
        // Without room the uplink stands still, and the hub will ask again.
        let _ = self.errands.try_send(Errand::Reply(Reply { id, outcome }));
    }

    fn obey(&self, command: Command) {
        let id = command.id;
        let done = || Outcome::Done {
            json: "{}".to_owned(),
        };
        let outcome = match command.act {
            Act::Watch { port, seconds } => match self.watch(&port, seconds) {
                Ok(()) => Outcome::Accepted,
                Err(reason) => Outcome::Refused { reason },
            },
            Act::Unwatch { port } => match self.board.place(&port) {
                Ok(_) => {
                    self.unwatch(&port);
                    done()
                }
                Err(reason) => Outcome::Refused { reason },
            },
            Act::Recognise { port } => match self.recognise(id, &port) {
                Ok(()) => Outcome::Accepted,
                Err(reason) => Outcome::Refused { reason },
            },
            Act::Restart => {
                let restart = Arc::clone(&self.restart);
                tokio::spawn(async move {
                    time::sleep(FAREWELL).await;
                    restart.notify_one();
                });
                Outcome::Accepted
            }
            Act::Replay { from, to } if from == 0 || from > to => Outcome::Refused {
                reason: format!("{from} à {to} n'est pas une suite de numéros"),
            },
            Act::Replay { from, to } => {
                let _ = self.errands.try_send(Errand::Replay { from, to });
                done()
            }
        };
        self.reply(id, outcome);
    }

    fn unwatch(&self, port: &str) {
        if let Some(task) = self.lock().watched.remove(port) {
            task.abort();
        }
    }

    /// Publishes what goes over a line, for so long.
    fn watch(&self, port: &str, seconds: u32) -> Result<(), String> {
        let mut watching = self.board.watch(port)?;
        let place = self.board.place(port)?.clone();
        let span = Duration::from_secs(u64::from(seconds)).min(WATCH_AT_MOST);
        let errands = self.errands.clone();
        let publish = async move {
            let mut lost = 0_u64;
            while let Some((traced, missed)) = watching.next().await {
                lost = lost.saturating_add(missed);
                if errands.capacity() <= ROOM_FOR_REPLIES {
                    lost = lost.saturating_add(1);
                    continue;
                }
                let slice = TraceSlice {
                    port: place.name.clone(),
                    link: place.link.clone(),
                    direction: traced.direction,
                    at: traced.at,
                    bytes: traced.bytes.clone(),
                    errors: traced.errors,
                    lost: std::mem::take(&mut lost),
                };
                let _ = errands.try_send(Errand::Trace(slice));
            }
        };
        let task = tokio::spawn(async move {
            let _ = time::timeout(span, publish).await;
        });
        let before = self
            .lock()
            .watched
            .insert(port.to_owned(), task.abort_handle());
        if let Some(before) = before {
            before.abort();
        }
        Ok(())
    }

    fn recognise(&self, id: u128, port: &str) -> Result<(), String> {
        let mut heard = self.board.recognise(port, recognise::PATIENCE)?;
        let commands = self.clone();
        tokio::spawn(async move {
            let outcome = loop {
                match heard.recv().await {
                    Some(Told::Progress(_)) => {}
                    Some(Told::Outcome(outcome)) => match serde_json::to_string(&outcome) {
                        Ok(json) => break Outcome::Done { json },
                        Err(error) => {
                            break Outcome::Refused {
                                reason: error.to_string(),
                            };
                        }
                    },
                    Some(Told::Failed(reason)) => break Outcome::Refused { reason },
                    None => {
                        break Outcome::Refused {
                            reason: "la reconnaissance s'est interrompue ; recommencer".to_owned(),
                        };
                    }
                }
            };
            commands.reply(id, outcome);
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
