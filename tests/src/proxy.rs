//! A piece of network between appliance and broker that can be cut or swallow everything silently.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// What the piece of network does with bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Everything passes.
    Clear,
    /// Connections are closed and refused.
    Cut,
    /// Connections stay open and nothing passes: the silent kind of failure.
    BlackHole,
}

/// A TCP relay on a loopback port.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Relays a fresh loopback port to `target`.
    pub async fn start(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("binding the relay")?;
        let address = listener
            .local_addr()
            .context("reading the relay's address")?;
        let (weather, seen) = watch::channel(Weather::Clear);
        let accepting = tokio::spawn(accept(listener, target, seen));
        Ok(Self {
            address,
            weather: Arc::new(weather),
            accepting,
        })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what happens to bytes from now on.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.weather.send_replace(Weather::Cut);
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, seen: watch::Receiver<Weather>) {
    while let Ok((near, _)) = listener.accept().await {
        if *seen.borrow() == Weather::Cut {
            continue;
        }
        let weather = seen.clone();
        tokio::spawn(async move {
            if let Ok(far) = TcpStream::connect(target).await {
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::join!(
                    relay(near_in, far_out, weather.clone()),
                    relay(far_in, near_out, weather)
                );
            }
        });
    }
}

/// One direction; ends when either side closes or the network is cut.
async fn relay(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let now = *weather.borrow_and_update();
        match now {
            Weather::Clear => {}
            Weather::Cut => return,
            Weather::BlackHole => {
                // What was swallowed never comes back: this connection stays silent for good.
                weather.wait_for(|now| *now == Weather::Cut).await.ok();
                return;
            }
        }
        let changed = weather.changed();
        tokio::select! {
            biased;
            outcome = changed => if outcome.is_err() { return },
            read = from.read(&mut buffer) => {
                let Ok(n @ 1..) = read else { return };
                if to.write_all(buffer.get(..n).unwrap_or_default()).await.is_err() {
                    return;
                }
            }
        }
    }
}
