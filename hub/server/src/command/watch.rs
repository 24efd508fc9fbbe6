//! Watching a line: the appliance publishes it as long as at least one person looks.

use lisiere_wire::{Act, TraceSlice};
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::{CommandError, Courier, Outgoing, Place, WATCH_SECONDS, Watched, signer};
use crate::events;

/// Slices kept for a browser that is slow; what it misses is counted.
const ROOM: usize = 256;

/// What one who watches is given.
#[derive(Debug, Clone)]
pub enum Seen {
    /// Bytes of the line.
    Slice(Arc<TraceSlice>),
    /// The appliance does not show this line.
    Refused(String),
}

/// One who watches, until dropped.
#[derive(Debug)]
pub struct Viewer {
    courier: Courier,
    line: (Place, String),
    receiver: broadcast::Receiver<Seen>,
    clock: crate::clock::Clock,
    lost: u64,
}

impl Courier {
    /// Begins to watch a line. The first who watches has the appliance asked to show it.
    pub fn watch(
        &self,
        place: &Place,
        port: &str,
        clock: &crate::clock::Clock,
    ) -> Result<Viewer, CommandError> {
        let line = (place.clone(), port.to_owned());
        let mut inner = self.lock();
        if inner.way.is_none() {
            return Err(CommandError::NoWay);
        }
        let watched = inner
            .watched
            .entry(line.clone())
            .or_insert_with(|| Watched {
                viewers: 0,
                sender: broadcast::channel(ROOM).0,
                asked: 0,
            });
        watched.viewers = watched.viewers.saturating_add(1);
        let receiver = watched.sender.subscribe();
        let is_first = watched.viewers == 1;
        if let Some(way) = inner.way.as_ref().filter(|_| is_first) {
            // A full queue empties within moments; the line is followed again when the watch is renewed.
            let _ = way.outgoing.try_send(Outgoing::Follow(place.trace()));
        }
        drop(inner);
        // From here on it is given back whatever happens.
        let viewer = Viewer {
            courier: self.clone(),
            line,
            receiver,
            clock: clock.clone(),
            lost: 0,
        };
        if is_first {
            self.ask_to_show(&viewer.line, clock.now_micros())?;
        }
        Ok(viewer)
    }

    fn ask_to_show(&self, line: &(Place, String), now: i64) -> Result<(), CommandError> {
        let id = signer::fresh_number()?;
        if let Some(watched) = self.lock().watched.get_mut(line) {
            watched.asked = id;
        }
        let act = Act::Watch {
            port: line.1.clone(),
            seconds: WATCH_SECONDS,
        };
        self.send(&line.0, act, id, now)
    }

    /// Asks for every watched line again; what is not asked for ends by itself.
    pub(super) fn renew(&self, now: i64) {
        let lines: Vec<_> = self.lock().watched.keys().cloned().collect();
        for line in lines {
            if let Err(error) = self.ask_to_show(&line, now) {
                events::task_keeps_failing("command: watching a line", events::chain(&error));
            }
        }
    }

    /// Topics to follow on a new connection.
    pub(super) fn followed(&self) -> Vec<String> {
        let inner = self.lock();
        let topics = inner.watched.keys().map(|(place, _)| place.trace());
        topics.map(|topic| topic.to_string()).collect()
    }

    pub(super) fn show(&self, place: &Place, slice: TraceSlice) {
        let line = (place.clone(), slice.port.clone());
        if let Some(watched) = self.lock().watched.get(&line) {
            // Nobody may be left.
            let _ = watched.sender.send(Seen::Slice(Arc::new(slice)));
        }
    }

    /// How many watch a line.
    pub fn viewers(&self, place: &Place, port: &str) -> usize {
        let line = (place.clone(), port.to_owned());
        self.lock()
            .watched
            .get(&line)
            .map_or(0, |watched| watched.viewers)
    }

    fn leave(&self, line: &(Place, String), now: i64) {
        let mut inner = self.lock();
        let Some(watched) = inner.watched.get_mut(line) else {
            return;
        };
        watched.viewers = watched.viewers.saturating_sub(1);
        if watched.viewers > 0 {
            return;
        }
        inner.watched.remove(line);
        let others = inner.watched.keys().any(|(place, _)| *place == line.0);
        if let Some(way) = inner.way.as_ref().filter(|_| !others) {
            // At worst a few slices come that nobody is shown.
            let _ = way.outgoing.try_send(Outgoing::Unfollow(line.0.trace()));
        }
        drop(inner);
        let act = Act::Unwatch {
            port: line.1.clone(),
        };
        // It ends by itself anyway.
        let _ = signer::fresh_number()
            .map_err(CommandError::from)
            .and_then(|id| self.send(&line.0, act, id, now));
    }
}

impl Viewer {
    /// What comes next, with how much was left out before it; `None` when it is over.
    pub async fn next(&mut self) -> Option<(Seen, u64)> {
        loop {
            match self.receiver.recv().await {
                Ok(seen) => return Some((seen, std::mem::take(&mut self.lost))),
                Err(RecvError::Lagged(count)) => self.lost = self.lost.saturating_add(count),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.courier.leave(&self.line, self.clock.now_micros());
    }
}
