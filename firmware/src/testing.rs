//! What several tests need: an analyzer's side of a line, and the parts a port works with.

use crate::{
    board::{Board, Place},
    clock::Clock,
    health::Health,
    journal::{Bounds, Journal, faulty::FaultyMedium},
    link::PortContext,
    settings::Settings,
    stop::{self, Stopper},
};
use lisiere_model::UtcMicros;
use lisiere_protocol::lis1a::frame::{self, FrameEnd};
use lisiere_wire::Capture;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Nothing in a test takes longer, or it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const BOUNDS: Bounds = Bounds {
    records: 8 << 20,
    keep_confirmed_hours: 168,
    repeat_hours: 24,
};

pub(crate) const ENQ: u8 = 0x05;
pub(crate) const ACK: u8 = 0x06;
pub(crate) const NAK: u8 = 0x15;
pub(crate) const EOT: u8 = 0x04;

/// Runs a test's future, bounded.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, future)
            .await
            .expect("in time")
    })
}

/// The text of a small message.
pub(crate) fn text(number: u64) -> Vec<u8> {
    format!("H|\\^&|||SIM\rP|1\rO|1|S{number}\rR|1|^^^GLU|{number}|mmol/L\rL|1|N\r").into_bytes()
}

/// The only frame of a message.
pub(crate) fn last_frame(text: &[u8]) -> Vec<u8> {
    frame::encode(1, text, FrameEnd::Last)
}

/// Everything one port works with, on a disk that fails on command.
pub(crate) struct Bench {
    pub(crate) medium: FaultyMedium,
    pub(crate) journal: Journal,
    pub(crate) health: Health,
    pub(crate) stopper: Stopper,
    pub(crate) contexts: Vec<PortContext>,
    pub(crate) board: Board,
}

impl Bench {
    pub(crate) fn new(settings: &str) -> Self {
        let settings = Settings::parse(settings).unwrap();
        let medium = FaultyMedium::default();
        let journal = Journal::open(medium.clone(), BOUNDS, UtcMicros(0)).unwrap();
        let clock = Clock::start();
        let health = Health::new(clock, &settings.ports);
        let (stopper, stop) = stop::pair();
        let board = Board::new(&settings.ports);
        let context = |(settings, place): (&crate::settings::PortSettings, &Place)| PortContext {
            settings: settings.clone(),
            journal: journal.clone(),
            health: health.clone(),
            clock,
            stop: stop.clone(),
            work: None,
            tap: place.tap.clone(),
            calls: place.calls.clone(),
            board: board.clone(),
        };
        let places = board.places();
        let contexts = settings.ports.iter().zip(places).map(context).collect();
        Self {
            medium,
            journal,
            health,
            stopper,
            contexts,
            board,
        }
    }

    /// One port that does not exist outside.
    pub(crate) fn one_port() -> Self {
        Self::new("[[port]]\nname = \"a\"\ntcp = { listen = \"127.0.0.1:0\" }\n")
    }

    /// All that the journal holds.
    pub(crate) async fn contents(&self) -> Vec<Capture> {
        contents(&self.journal).await
    }

    /// Waits until a port's health satisfies the condition.
    pub(crate) async fn until(
        &self,
        port: usize,
        condition: impl Fn(&crate::health::PortHealth) -> bool,
    ) {
        while !self
            .health
            .status(&self.journal)
            .ports
            .get(port)
            .is_some_and(&condition)
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

pub(crate) async fn contents(journal: &Journal) -> Vec<Capture> {
    let read = journal
        .read(1, u64::MAX, usize::MAX, usize::MAX)
        .await
        .unwrap();
    read.iter()
        .map(|(_, envelope)| lisiere_wire::decode(envelope).unwrap())
        .collect()
}

/// Waits for a condition; the test bounds the wait.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Sends bytes and gives the one-byte answer.
pub(crate) async fn ask<L: AsyncRead + AsyncWrite + Unpin>(line: &mut L, bytes: &[u8]) -> u8 {
    line.write_all(bytes).await.unwrap();
    line.flush().await.unwrap();
    line.read_u8().await.unwrap()
}

/// Sends a whole message; gives the answer to its last frame.
pub(crate) async fn send<L: AsyncRead + AsyncWrite + Unpin>(line: &mut L, text: &[u8]) -> u8 {
    assert_eq!(ask(line, &[ENQ]).await, ACK);
    let answer = ask(line, &last_frame(text)).await;
    line.write_all(&[EOT]).await.unwrap();
    answer
}
