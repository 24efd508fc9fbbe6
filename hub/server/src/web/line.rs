//! `/boitiers/{name}/ports/{port}`: a line while it is spoken. The appliance publishes it only while this page is open.
//!
//! Who may read patients' data sees the text, and the audit trail says so; an engineer sees its shape. One look lasts a
//! quarter of an hour at most: then a person has to ask again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use lisiere_protocol::monitor::{Monitor, Privacy, Span};
use lisiere_wire::{TraceDirection, TraceSlice};
use serde_json::{Value, json};
use tokio::time;

use super::Site;
use super::appliance;
use super::door::Who;
use super::frame::Frame;
use super::problem::Problem;
use super::show;
use crate::clock::Stopwatch;
use crate::command::{CommandError, Seen, Viewer};
use crate::people::permission::Permission;
use crate::store::audit;

/// How long one look lasts.
const LONGEST: Duration = Duration::from_mins(15);
/// A quiet line says this often that it is still watched; a browser that takes nothing for so long is gone.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Slices under way to one browser.
const ROOM: usize = 64;
/// Browsers that watch at the same time, over all lines.
const WATCHERS: usize = 32;

static WATCHING: AtomicUsize = AtomicUsize::new(0);

/// One of the places for watchers, given back when dropped.
struct Seat;

impl Seat {
    fn take() -> Option<Self> {
        let taken = WATCHING.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
            (count < WATCHERS).then_some(count.saturating_add(1))
        });
        taken.ok().map(|_| Self)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        WATCHING.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Template)]
#[template(path = "line.html")]
struct Page {
    f: Frame,
    name: String,
    port: String,
    driver: String,
    masked: bool,
}

fn privacy(who: &Who) -> Privacy {
    if who.may(Permission::ReadOrders) {
        Privacy::Clear
    } else {
        Privacy::Masked
    }
}

/// `GET /boitiers/{name}/ports/{port}`.
pub(super) async fn page(
    State(site): State<Site>,
    who: Who,
    Path((name, port)): Path<(String, String)>,
) -> Result<Html<String>, Problem> {
    let (_, driver) = appliance::place(&site, &name, Some(&port)).await?;
    let page = Page {
        f: Frame::new(&site, &who, appliance::PLACE, &port).await?,
        name,
        port,
        driver,
        masked: privacy(&who) == Privacy::Masked,
    };
    Ok(Html(page.render()?))
}

/// `GET /boitiers/{name}/ports/{port}/flux`: server-sent events.
pub(super) async fn stream(
    State(site): State<Site>,
    who: Who,
    Path((name, port)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (place, _) = appliance::place(&site, &name, Some(&port)).await?;
    let privacy = privacy(&who);
    let seat = Seat::take().ok_or_else(|| {
        Problem::refused("Trop de lignes sont regardées en ce moment ; fermer une autre page.")
    })?;
    let mut tx = site.app.store.begin().await?;
    let entry = audit::Entry {
        who: &who.trail(),
        action: "line.watched",
        subject_kind: "appliance",
        subject_id: &name,
        detail: json!({ "port": port, "text": if privacy == Privacy::Clear { "clear" } else { "masked" } }),
        at: site.app.clock.now_micros(),
    };
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let viewer = match site.app.courier.watch(&place, &port, &site.app.clock) {
        Ok(viewer) => viewer,
        Err(CommandError::NoWay) => return Err(Problem::refused(appliance::NO_WAY)),
        Err(error) => return Err(Problem::internal(&error)),
    };
    let (sender, body) = Channel::<Bytes>::new(ROOM);
    tokio::spawn(async move {
        let _seat = seat;
        let _ = time::timeout(LONGEST, forward(viewer, sender, privacy)).await;
    });
    Ok((
        [(header::CONTENT_TYPE, "text/event-stream")],
        Body::new(body),
    )
        .into_response())
}

/// Hands over what comes until either side goes; then the page is told that it is over.
async fn forward(mut viewer: Viewer, mut sender: Sender<Bytes>, privacy: Privacy) {
    let mut monitors: Option<(String, Monitor, Monitor)> = None;
    let mut event = ": \n\n".to_owned();
    let watched = Stopwatch::start();
    loop {
        let sent = time::timeout(HEARTBEAT, sender.send_data(Bytes::from(event))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
        if watched.elapsed() >= LONGEST.saturating_sub(HEARTBEAT) {
            break;
        }
        event = match time::timeout(HEARTBEAT, viewer.next()).await {
            Err(_) => ": \n\n".to_owned(),
            Ok(None) => break,
            Ok(Some((Seen::Refused(reason), _))) => {
                format!("event: refus\ndata: {}\n\n", json!(reason))
            }
            Ok(Some((Seen::Slice(slice), missed))) => {
                let monitors = match &mut monitors {
                    Some(known) if known.0 == slice.link => known,
                    other => other.insert((
                        slice.link.clone(),
                        Monitor::new(&slice.link, privacy),
                        Monitor::new(&slice.link, privacy),
                    )),
                };
                let monitor = match slice.direction {
                    TraceDirection::Received => &mut monitors.1,
                    TraceDirection::Sent => &mut monitors.2,
                };
                format!("data: {}\n\n", told(&slice, missed, monitor))
            }
        };
    }
    let _ = sender
        .send_data(Bytes::from("event: fin\ndata: 0\n\n"))
        .await;
}

fn told(slice: &TraceSlice, missed: u64, monitor: &mut Monitor) -> Value {
    json!({
        "t": show::clock_time(slice.at),
        "d": match slice.direction { TraceDirection::Received => "r", TraceDirection::Sent => "s" },
        "s": monitor.feed(&slice.bytes).iter().map(span).collect::<Vec<_>>(),
        "e": slice.errors,
        "l": slice.lost.saturating_add(missed),
    })
}

fn span(span: &Span) -> Value {
    match span {
        Span::Control(name) => json!(["c", name]),
        Span::Text(text) => json!(["t", text]),
        Span::Good => json!(["k"]),
        Span::Wrong { said, sum } => json!(["x", said, sum]),
        Span::Break => json!(["n"]),
    }
}
