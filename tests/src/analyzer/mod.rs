//! A simulated analyzer: our own link engine in the sender role, on a serial line or TCP, at a chosen pace.
//!
//! Like the real thing it keeps each message until the other side has taken responsibility for it, and repeats what
//! was not accepted. Its book says which messages those are: the truth every story compares the hub's database with.

mod book;
mod line;
pub mod program;
mod pump;
mod reply;

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use lisiere_protocol::{
    link::{LinkKind, LinkSettings},
    recognise::Setting,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use book::{Book, Tally};

use crate::{
    chance::Dice,
    device::Device,
    faults::{Faults, Mischief},
    letter::Letter,
    pace::Pace,
    pty::Pty,
    wait,
};
use line::Socket;

/// How an analyzer behaves on its line.
#[derive(Debug, Clone)]
pub struct Manner {
    /// How the make of analyzer speaks: its link, how it cuts and times its frames.
    pub link: LinkSettings,
    /// Speed of the line.
    pub pace: Pace,
    /// How the analyzer's port is set, when the pseudo-terminal is to garble as a wire between unlike ports does.
    pub wire: Option<Setting>,
    /// What the line does to the bytes the analyzer sends.
    pub faults: Faults,
    /// How much faster than life the link's waiting times run (15 s become 1.5 s with 10).
    pub haste: u64,
    /// Randomness of the faults.
    pub mischief: Mischief,
}

impl Manner {
    /// A perfect line without a speed limit, waiting times as in life.
    pub fn plain(dice: Dice) -> Self {
        Self {
            link: LinkSettings::standard(LinkKind::Lis1a),
            pace: Pace::unlimited(),
            wire: None,
            faults: Faults::NONE,
            haste: 1,
            mischief: Mischief::new(dice),
        }
    }
}

/// A running simulated analyzer; dropping it pulls it out.
#[derive(Debug)]
pub struct Analyzer {
    book: Arc<Book>,
    faults: watch::Sender<Faults>,
    task: JoinHandle<()>,
}

impl Analyzer {
    /// On a new serial line that the appliance opens as `device`.
    pub fn on_serial(device: &Path, manner: Manner) -> Result<Self> {
        let pty = Pty::create(device)?;
        Ok(Self::spawn(Socket::Serial(pty), manner))
    }

    /// On a serial device of this machine, with a real cable to the appliance.
    pub fn on_device(device: Device, manner: Manner) -> Self {
        Self::spawn(Socket::Device(device), manner)
    }

    /// Connects to a port of the appliance, again and again.
    pub fn connecting(to: SocketAddr, manner: Manner) -> Self {
        Self::spawn(Socket::Connecting(to), manner)
    }

    /// Waits for the appliance to connect; also returns where.
    pub async fn listening(manner: Manner) -> Result<(Self, SocketAddr)> {
        Self::listening_at(([127, 0, 0, 1], 0).into(), manner).await
    }

    /// The same at a known address.
    pub async fn listening_at(at: SocketAddr, manner: Manner) -> Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind(at)
            .await
            .with_context(|| format!("listening at {at}"))?;
        let address = listener
            .local_addr()
            .context("reading the analyzer's address")?;
        Ok((Self::spawn(Socket::Listening(listener), manner), address))
    }

    fn spawn(socket: Socket, manner: Manner) -> Self {
        let book = Arc::new(Book::default());
        let (faults, seen) = watch::channel(manner.faults);
        let task = tokio::spawn(pump::work(socket, manner, seen, Arc::clone(&book)));
        Self { book, faults, task }
    }

    /// Puts messages into its memory; it sends them in this order.
    pub fn load(&self, messages: impl IntoIterator<Item = impl Into<Letter>>) {
        self.book.load(messages.into_iter().map(Into::into));
    }

    /// What it has sent, and what was accepted.
    pub fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// Makes the line better or worse from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.faults.send_replace(faults);
    }

    /// Waits until every message of its memory was accepted.
    pub async fn emptied(&self, bound: Duration) -> Result<()> {
        wait::until("the analyzer to send all its messages", bound, async || {
            Ok(self.book.is_empty().then_some(()))
        })
        .await
        .with_context(|| format!("{:?}", self.book.tally()))
    }
}

impl Drop for Analyzer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests;
