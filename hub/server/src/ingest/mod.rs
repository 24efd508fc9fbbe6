//! Takes in what appliances send: from the broker into the database, exactly once, and confirms it.
//!
//! `session` talks to the broker, `intake` reads payloads, `commit` writes batches, `writer` then acknowledges and
//! confirms (in that order), `link` is a connection and what is held of it, `watermark` knows what is missing. Nothing is acknowledged before it is committed (promise P2).

#[doc(hidden)]
pub mod bench;
mod commit;
mod downlink;
mod intake;
mod link;
mod post;
mod session;
pub mod watermark;
mod writer;

pub use post::Post;

use std::path::PathBuf;

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
    let (deliver, deliveries) = mpsc::channel(ROOM);
    let load = link::Load::new();
    let session = session::Session {
        app: app.clone(),
        options,
        deliver,
        load: load.clone(),
    };
    let writing = writer::run(app, load, deliveries, shutdown.clone());
    tokio::join!(writing, session.run(shutdown));
    Ok(())
}
