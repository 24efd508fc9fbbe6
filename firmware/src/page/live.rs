//! A line as it is spoken, masked, to one browser: server-sent events, bounded in number and in time.

use super::door::Flow;
use crate::{board::Place, stop::Stop};
use hyper::body::Bytes;
use jiff::tz::TimeZone;
use lisiere_protocol::monitor::{Monitor, Privacy, Span};
use lisiere_wire::TraceDirection;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, time};

/// Browsers that watch at the same time, over all ports.
const WATCHERS: usize = 4;
/// Slices under way to a browser; what it does not take in time is left out by the tap, and counted.
const ROOM: usize = 64;
/// A quiet line says this often that it is still watched.
const HEARTBEAT: Duration = Duration::from_secs(10);

static WATCHING: AtomicUsize = AtomicUsize::new(0);

/// One of the places for watchers, given back when dropped.
struct Seat(&'static AtomicUsize);

impl Seat {
    fn take() -> Option<Self> {
        let taken = WATCHING.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
            (count < WATCHERS).then_some(count + 1)
        });
        taken.ok().map(|_| Self(&WATCHING))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Begins to show a line; `None` when too many watch already.
pub(super) fn watch(line: &Place, mut stop: Stop) -> Option<Flow> {
    let seat = Seat::take()?;
    let (sender, receiver) = mpsc::channel(ROOM);
    let mut watching = line.tap.watch();
    let link = line.link.clone();
    tokio::spawn(async move {
        let _seat = seat;
        let mut received = Monitor::new(&link, Privacy::Masked);
        let mut sent = Monitor::new(&link, Privacy::Masked);
        let zone = Arc::new(TimeZone::system());
        // So that the browser knows at once that it watches.
        let mut event = ": \n\n".to_owned();
        loop {
            let send = sender.send(Bytes::from(event));
            if !matches!(time::timeout(HEARTBEAT, send).await, Ok(Ok(()))) {
                return;
            }
            event = tokio::select! {
                next = time::timeout(HEARTBEAT, watching.next()) => match next {
                    Err(_) => ": \n\n".to_owned(),
                    Ok(None) => return,
                    Ok(Some((traced, lost))) => {
                        let monitor = match traced.direction {
                            TraceDirection::Received => &mut received,
                            TraceDirection::Sent => &mut sent,
                        };
                        let at = traced.at.to_timestamp().to_zoned((*zone).clone());
                        let slice = json!({
                            "t": at.strftime("%H:%M:%S.%3f").to_string(),
                            "d": match traced.direction {
                                TraceDirection::Received => "r",
                                TraceDirection::Sent => "s",
                            },
                            "s": spans(&monitor.feed(&traced.bytes)),
                            "e": traced.errors,
                            "l": lost,
                        });
                        format!("data: {slice}\n\n")
                    }
                },
                () = sender.closed() => return,
                () = stop.wanted() => return,
            };
        }
    });
    Some(Flow(receiver))
}

fn spans(spans: &[Span]) -> Vec<Value> {
    spans
        .iter()
        .map(|span| match span {
            Span::Control(name) => json!(["c", name]),
            Span::Text(text) => json!(["t", text]),
            Span::Good => json!(["k"]),
            Span::Wrong { said, sum } => json!(["x", said, sum]),
            Span::Break => json!(["n"]),
        })
        .collect()
}
