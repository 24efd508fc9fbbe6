//! The pages for people: server-rendered, French first, everything by keyboard.
//!
//! Every route stands in [`routes::table`] with the permission it asks for; the router is built from that table, so no page
//! exists without a door. No address holds a person's name: searches are kept under an identifier.

mod assets;
mod door;
mod fields;
mod frame;
mod me;
mod problem;
pub mod routes;
mod security;
mod show;
mod sign_in;
mod waiting;
mod words;

use anyhow::Context;
use tokio::net::TcpListener;

use crate::app::{App, Shutdown};

/// Serves the web pages until the hub is asked to stop.
pub async fn serve(app: App, listener: TcpListener, mut shutdown: Shutdown) -> anyhow::Result<()> {
    axum::serve(listener, routes::router(app))
        .with_graceful_shutdown(async move { shutdown.wanted().await })
        .await
        .context("serving the web pages")
}
