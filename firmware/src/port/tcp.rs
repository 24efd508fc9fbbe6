//! A TCP port: the analyzer connects to us, or we to it.

use super::Standing;
use crate::{
    events,
    link::{Manner, PortContext, PumpEnd, pump},
};
use socket2::{SockRef, TcpKeepalive};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    time,
};

/// Pause between two tries to listen.
const RETRY: Duration = Duration::from_millis(500);
/// Longest pause between two tries to connect.
const RETRY_AT_MOST: Duration = Duration::from_secs(30);
/// How long a connection may take to stand.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// A second connection must speak within this time to replace the first.
const CANDIDATE_PATIENCE: Duration = Duration::from_secs(30);
/// Candidates waiting at once; more are turned away, so that half-open connections cost nothing.
const CANDIDATES: usize = 4;
/// A silent connection is probed: a peer that lost power is found within 30 s.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(15), Duration::from_secs(5), 3);

fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE.0)
        .with_interval(KEEPALIVE.1)
        .with_retries(KEEPALIVE.2);
    SockRef::from(stream).set_tcp_keepalive(&keepalive)
}

/// Listens until the appliance stops. One analyzer at a time: a second connection replaces the first as soon as it
/// speaks, because an analyzer that lost its connection cannot tell us so. One that only looks (a connection test, a port
/// scan) changes nothing.
pub(super) async fn listen(address: SocketAddr, context: &mut PortContext) {
    let own = context.clone();
    let mut standing = Standing::new(&own);
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                let bound = listener.local_addr().unwrap_or(address);
                standing.opened(&format!("tcp listen {bound}"));
                match accept(&listener, context).await {
                    PumpEnd::Stopped => return,
                    PumpEnd::Closed(reason) => standing.closed(&reason),
                    PumpEnd::Silent => {}
                }
            }
            Err(error) => standing.closed(&format!("listening on {address}: {error}")),
        }
        context.health.beat(context.name());
        if context.stop.wanted_within(RETRY).await {
            return;
        }
    }
}

async fn accept(listener: &TcpListener, context: &mut PortContext) -> PumpEnd {
    let (speaking, mut spoken) = mpsc::channel(CANDIDATES);
    let seats = Arc::new(Semaphore::new(CANDIDATES));
    let name = context.settings.name.clone();
    let mut current: Option<TcpStream> = None;
    loop {
        let occupied = current.is_some();
        let served = serve_current(current.take(), context);
        tokio::pin!(served);
        // Someone knocking must not disturb the session under way, so `served` lives on until it is replaced.
        current = loop {
            tokio::select! {
                end = &mut served => match end {
                    PumpEnd::Stopped => return PumpEnd::Stopped,
                    PumpEnd::Closed(_) | PumpEnd::Silent => break None,
                },
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) if tune(&stream).is_err() => {}
                    Ok((stream, _)) if occupied => {
                        audition(stream, speaking.clone(), seats.clone());
                    }
                    Ok((stream, _)) => break Some(stream),
                    Err(error) => return PumpEnd::Closed(format!("accepting connections: {error}")),
                },
                Some(stream) = spoken.recv() => {
                    if occupied {
                        events::connection_replaced(name.as_str());
                    }
                    break Some(stream);
                }
            }
        };
    }
}

/// Waits for a candidate's first byte, without taking it.
fn audition(stream: TcpStream, speaking: mpsc::Sender<TcpStream>, seats: Arc<Semaphore>) {
    let Ok(seat) = seats.try_acquire_owned() else {
        return;
    };
    tokio::spawn(async move {
        let heard = time::timeout(CANDIDATE_PATIENCE, stream.peek(&mut [0])).await;
        if matches!(heard, Ok(Ok(1))) {
            // A port that has ended needs no connection.
            let _ = speaking.send(stream).await;
        }
        drop(seat);
    });
}

/// Pumps the connection there is, or waits for the stop. Dropping it in the middle is safe: a message handed to the
/// journal is kept, and one that was not is sent again by the analyzer.
async fn serve_current(current: Option<TcpStream>, context: &mut PortContext) -> PumpEnd {
    let Some(mut stream) = current else {
        loop {
            context.health.beat(context.name());
            if context.stop.wanted_within(Duration::from_secs(5)).await {
                return PumpEnd::Stopped;
            }
        }
    };
    let mut link = super::link(&context.settings);
    pump(&mut stream, &mut *link, context, Manner::default()).await
}

/// Connects to the analyzer, again and again, until the appliance stops.
pub(super) async fn connect(address: &str, context: &mut PortContext) {
    let own = context.clone();
    let mut standing = Standing::new(&own);
    let mut pause = RETRY;
    loop {
        context.health.beat(context.name());
        let reason = match time::timeout(CONNECT_PATIENCE, TcpStream::connect(address)).await {
            Ok(Ok(mut stream)) => {
                // Without keep-alive the line still works; a dead peer is then found by the next write.
                let _ = tune(&stream);
                standing.opened(&format!("tcp connect {address}"));
                pause = RETRY;
                let mut link = super::link(&context.settings);
                match pump(&mut stream, &mut *link, context, Manner::default()).await {
                    PumpEnd::Stopped => return,
                    PumpEnd::Closed(reason) => reason,
                    PumpEnd::Silent => "silent".to_owned(),
                }
            }
            Ok(Err(error)) => format!("connecting to {address}: {error}"),
            Err(_) => format!("connecting to {address}: no answer"),
        };
        standing.closed(&reason);
        if context.stop.wanted_within(pause).await {
            return;
        }
        pause = (pause * 2).min(RETRY_AT_MOST);
    }
}
