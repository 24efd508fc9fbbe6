//! The box's local page, for whoever stands beside it: read-only, French or English, without anything of a patient.
//!
//! It has no sign-in, so it never shows what a message says: the line monitor of this page names control characters and
//! masks all text, and nothing unlocks it. Who has to read the text uses `lisiere-appliance watch` on the box or the
//! hub's pages, which know who asks. Only `GET` is answered; a name it was not told of is refused (DNS rebinding).

mod advice;
mod door;
mod live;
mod sheet;
mod words;

pub use advice::{Advice, Urgency, advice};

use crate::{
    board::Board, clock::Clock, events, health::Health, journal::Journal, settings::PageSettings,
    stop::Stop,
};
use door::{Answer, Asked, Page, Reply};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time,
};

/// Browsers served at the same time; one more waits.
const CONNECTIONS: usize = 32;
/// How long a request and its answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a line may be watched in one go.
const LONGEST_WATCH: Duration = Duration::from_mins(15);
/// A listener that cannot be opened is tried again after this.
const RETRY: Duration = Duration::from_secs(10);

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where it listens, and under which names.
    pub settings: PageSettings,
    /// How the box is.
    pub health: Health,
    /// The journal's pulse.
    pub journal: Journal,
    /// Both clocks.
    pub clock: Clock,
    /// The lines, and what was found at them.
    pub board: Board,
    /// Tells when the appliance stops.
    pub stop: Stop,
}

/// Serves the page until the appliance stops; does nothing when no address is set.
pub async fn run(mut context: Context) {
    let Some(address) = context.settings.listen else {
        return;
    };
    let mut told = false;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return serve(listener, context).await,
            Err(error) if !told => events::page_failed(&error),
            Err(_) => {}
        }
        told = true;
        if context.stop.wanted_within(RETRY).await {
            return;
        }
    }
}

/// Serves the page on this listener until the appliance stops.
pub async fn serve(listener: TcpListener, mut context: Context) {
    if let Ok(address) = listener.local_addr() {
        events::page_ready(address);
        context.health.page_at(address);
    }
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = context.stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = stop.wanted() => return,
        };
        let Ok((stream, place)) = accepted else {
            // Out of file descriptors: a pause gives them back.
            if context.stop.wanted_within(Duration::from_millis(200)).await {
                return;
            }
            continue;
        };
        let context = context.clone();
        tokio::spawn(async move {
            converse(stream, context).await;
            drop(place);
        });
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

/// One request on one connection, in bounded time.
async fn converse(stream: TcpStream, context: Context) {
    let watching = Arc::new(AtomicBool::new(false));
    let mut stop = context.stop.clone();
    let service = {
        let watching = Arc::clone(&watching);
        service_fn(move |request: Request<Incoming>| {
            let reply = answer(&request, &context, &watching);
            async move { Ok::<_, Infallible>(reply) }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(stream), service);
    let bounded = async {
        time::sleep(PATIENCE).await;
        if watching.load(Ordering::Relaxed) {
            time::sleep(LONGEST_WATCH).await;
        }
    };
    tokio::select! {
        // Whoever asked and went away needs no answer.
        _ = connection => {}
        () = bounded => {}
        () = stop.wanted() => {}
    }
}

fn answer(request: &Request<Incoming>, context: &Context, watching: &AtomicBool) -> Reply {
    let status = context.health.status(&context.journal);
    let names = [
        context.settings.names.as_slice(),
        &[status.name.to_ascii_lowercase()],
    ]
    .concat();
    let asked = match Asked::read(request.method(), request.uri(), request.headers(), &names) {
        Ok(asked) => asked,
        Err(refused) => return refused.reply(),
    };
    let words = asked.words;
    match asked.page {
        Page::Home => Answer::Page(sheet::home(&status, &context.board, words)).reply(),
        Page::Line(name) => match context.board.place(&name) {
            Ok(place) => Answer::Page(sheet::line(&status, &place.name, words)).reply(),
            Err(_) => Answer::Nowhere(words).reply(),
        },
        Page::Stream(name) => match context.board.place(&name) {
            Ok(place) => match live::watch(place, context.stop.clone()) {
                Some(flow) => {
                    watching.store(true, Ordering::Relaxed);
                    Answer::Stream(flow).reply()
                }
                None => Answer::Busy(words).reply(),
            },
            Err(_) => Answer::Nowhere(words).reply(),
        },
        Page::Style => Answer::Style.reply(),
        Page::Script => Answer::Script.reply(),
        Page::Nowhere => Answer::Nowhere(words).reply(),
    }
}

#[cfg(test)]
mod tests;
