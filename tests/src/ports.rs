//! Free loopback ports for servers that cannot bind port 0 themselves.

use std::net::TcpListener;

use anyhow::{Context, Result};

/// A port of 127.0.0.1 that nobody listened on a moment ago.
pub fn free() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("binding a free loopback port")?;
    Ok(listener
        .local_addr()
        .context("reading the free port")?
        .port())
}
