//! Takes in what appliances send: from the broker into the database, exactly once, and confirms it.
//!
//! `session` talks to the broker, `intake` reads payloads, `writer` commits batches and then acknowledges and confirms
//! (in that order), `watermark` knows what is missing. Nothing is acknowledged before it is committed (promise P2).

#[doc(hidden)]
pub mod bench;
mod downlink;
mod intake;
mod session;
pub mod watermark;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rumqttc::v5::AsyncClient;
use tokio::sync::mpsc;

use crate::app::{App, Shutdown};
use crate::settings::HostPort;

/// How the hub reaches its broker.
#[derive(Debug, Clone)]
pub struct BrokerAccess {
    /// Its place.
    pub place: HostPort,
    /// Authority it is checked against.
    pub ca: PathBuf,
    /// The hub's certificate.
    pub certificate: PathBuf,
    /// The hub's key.
    pub key: PathBuf,
}

/// Messages the broker may hand over before the first is acknowledged.
const RECEIVE_MAXIMUM: u16 = 4000;
/// Room between session and writer. Larger than [`RECEIVE_MAXIMUM`], so that the session never waits for the writer
/// while the writer waits for the session.
const ROOM: usize = 8192;

/// Takes in messages until the hub is asked to stop.
pub async fn run(
    app: App,
    access: BrokerAccess,
    shutdown: Shutdown,
) -> Result<(), crate::pki::PkiError> {
    let options = session::options(&access)?;
    let (client, connection) = AsyncClient::new(options, ROOM);
    let (deliver, deliveries) = mpsc::channel(ROOM);
    let current = Arc::new(AtomicU64::new(0));
    let acknowledging = writer::Acknowledging::new(client.clone(), Arc::clone(&current));
    let writing = writer::run(app.clone(), acknowledging, deliveries, shutdown.clone());
    let listening = session::run(app, client, connection, deliver, current, shutdown);
    tokio::join!(writing, listening);
    Ok(())
}
