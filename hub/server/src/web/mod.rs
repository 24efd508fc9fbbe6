//! Room `web`.

use anyhow::Context;
use tokio::net::TcpListener;

use crate::app::{App, Shutdown};

/// Serves the web pages until the hub is asked to stop.
pub async fn serve(app: App, listener: TcpListener, mut shutdown: Shutdown) -> anyhow::Result<()> {
    let pages = axum::Router::new().with_state(app);
    axum::serve(listener, pages)
        .with_graceful_shutdown(async move { shutdown.wanted().await })
        .await
        .context("serving the web pages")
}
