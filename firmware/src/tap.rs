//! The trace tap of a port: what goes over its line, for whoever watches, and nothing at all while nobody does.
//!
//! Watching never slows a line down. What comes faster than it is taken is left out, and counted.

use lisiere_model::UtcMicros;
use lisiere_wire::TraceDirection;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::broadcast::{self, error::RecvError};

/// Slices kept for one who is slow.
const ROOM: usize = 256;

/// Bytes of a line, as they were read or written in one go.
#[derive(Clone, PartialEq, Eq)]
pub struct Traced {
    /// When.
    pub at: UtcMicros,
    /// Which way.
    pub direction: TraceDirection,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Parity and framing errors and breaks among them.
    pub errors: u32,
}

/// Where a port's task shows what goes over its line.
#[derive(Clone)]
pub struct Tap {
    watchers: Arc<AtomicUsize>,
    sender: broadcast::Sender<Arc<Traced>>,
}

/// One who watches, until dropped.
pub struct Watching {
    watchers: Arc<AtomicUsize>,
    receiver: broadcast::Receiver<Arc<Traced>>,
    lost: u64,
}

impl Default for Tap {
    fn default() -> Self {
        Self {
            watchers: Arc::default(),
            sender: broadcast::channel(ROOM).0,
        }
    }
}

impl Tap {
    /// Whether anybody watches; one load of a number.
    pub fn is_watched(&self) -> bool {
        self.watchers.load(Ordering::Relaxed) > 0
    }

    /// Shows bytes; the moment is asked for only when somebody watches.
    pub fn show(
        &self,
        at: impl FnOnce() -> UtcMicros,
        direction: TraceDirection,
        bytes: &[u8],
        errors: u32,
    ) {
        if !self.is_watched() {
            return;
        }
        let traced = Traced {
            at: at(),
            direction,
            bytes: bytes.to_owned(),
            errors,
        };
        // The last of them may have gone meanwhile.
        let _ = self.sender.send(Arc::new(traced));
    }

    /// Begins to watch: from here on, nothing of before.
    pub fn watch(&self) -> Watching {
        let receiver = self.sender.subscribe();
        self.watchers.fetch_add(1, Ordering::Relaxed);
        Watching {
            watchers: Arc::clone(&self.watchers),
            receiver,
            lost: 0,
        }
    }
}

impl Watching {
    /// The next slice, with how many were left out before it; `None` when the port is no more. Safe to drop in the middle.
    pub async fn next(&mut self) -> Option<(Arc<Traced>, u64)> {
        loop {
            match self.receiver.recv().await {
                Ok(traced) => return Some((traced, std::mem::take(&mut self.lost))),
                Err(RecvError::Lagged(count)) => self.lost = self.lost.saturating_add(count),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.watchers.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Traced {
    /// The bytes may hold a patient and are only measured.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Traced")
            .field("at", &self.at)
            .field("direction", &self.direction)
            .field("bytes", &self.bytes.len())
            .field("errors", &self.errors)
            .finish()
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Tap({:?} watching)", self.watchers)
    }
}

impl fmt::Debug for Watching {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Watching({} lost)", self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    fn show(tap: &Tap, number: u8) {
        let at = || UtcMicros(i64::from(number));
        tap.show(at, TraceDirection::Received, &[number], 0);
    }

    #[test]
    fn nothing_is_made_while_nobody_watches() {
        let tap = Tap::default();
        let never = || panic!("nobody watches");
        tap.show(never, TraceDirection::Sent, b"x", 0);
        drop(tap.watch());
        tap.show(never, TraceDirection::Sent, b"x", 0);
    }

    #[test]
    fn all_who_watch_see_all_in_order() {
        let tap = Tap::default();
        run(async {
            let (mut one, mut other) = (tap.watch(), tap.watch());
            for number in 0..100 {
                show(&tap, number);
            }
            for watching in [&mut one, &mut other] {
                for number in 0..100 {
                    let (traced, lost) = watching.next().await.unwrap();
                    assert_eq!((traced.bytes.as_slice(), lost), (&[number][..], 0));
                }
            }
        });
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let tap = Tap::default();
        run(async {
            let mut slow = tap.watch();
            for _ in 0..ROOM + 44 {
                show(&tap, 7);
            }
            let (_, lost) = slow.next().await.unwrap();
            assert_eq!(lost, 44);
            let (_, lost) = slow.next().await.unwrap();
            assert_eq!(lost, 0);
        });
    }
}
