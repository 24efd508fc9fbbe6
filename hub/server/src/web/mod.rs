//! The pages for people: server-rendered, French first, everything by keyboard.
//!
//! Every route stands in [`routes::table`] with the permission it asks for; the router is built from that table, so no page
//! exists without a door. No address holds a person's name: searches are kept under an identifier.

mod appliance;
mod assets;
mod audit;
mod bench;
mod controls;
mod decision;
mod door;
mod elsewhere;
mod fields;
mod fleet;
mod form;
mod frame;
mod incoming;
mod letterhead;
mod line;
mod listing;
mod look;
mod me;
mod order_form;
mod orders;
mod patient;
mod problem;
mod proposal;
mod quarantine;
mod reception;
mod reports;
mod results;
mod review;
pub mod routes;
mod security;
mod settings;
mod sheet;
mod show;
mod sign_in;
mod state;
mod waiting;
mod words;

use anyhow::Context;
use axum::Router;
use tokio::net::TcpListener;

use crate::app::{App, Shutdown};
use crate::laboratory::Laboratory;

/// What the pages work with. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    app: App,
    laboratory: Laboratory,
    shown: look::Shown,
}

impl Site {
    fn now(&self) -> lisiere_model::UtcMicros {
        self.app.clock.now()
    }
}

/// The pages of a hub; tests drive them without a socket.
pub fn router(app: App) -> Result<Router, crate::laboratory::Error> {
    let laboratory = Laboratory::of(&app)?;
    Ok(routes::router(Site {
        app,
        laboratory,
        shown: look::Shown::default(),
    }))
}

/// Serves the web pages until the hub is asked to stop.
pub async fn serve(app: App, listener: TcpListener, mut shutdown: Shutdown) -> anyhow::Result<()> {
    let pages = router(app).context("preparing the web pages")?;
    axum::serve(listener, pages)
        .with_graceful_shutdown(async move { shutdown.wanted().await })
        .await
        .context("serving the web pages")
}
