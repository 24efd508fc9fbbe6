//! Under which names the hub can be reached: what certificates and invitations must say.

use std::net::SocketAddr;

use crate::settings::{Broker, HostPort, Settings};

/// Every name and address the hub's certificate must be good for, beside those of the loopback.
pub fn names(settings: &Settings) -> Vec<String> {
    let mut names = Vec::new();
    names.extend(host_name());
    let mut listens = vec![settings.enrol_listen];
    if let Broker::Embedded { listen } = settings.broker {
        listens.push(listen);
    }
    let addresses = listens
        .into_iter()
        .map(|listen| listen.ip())
        .filter(|ip| !ip.is_unspecified());
    names.extend(addresses.map(|ip| ip.to_string()));
    let advertised = [&settings.enrol_advertise, &settings.broker_advertise];
    names.extend(
        advertised
            .into_iter()
            .flatten()
            .map(|place| place.host.clone()),
    );
    names.sort();
    names.dedup();
    names
}

/// How someone outside reaches what listens at this address: as advertised, else by the address itself, else, when it
/// listens on every address, by the name of this machine.
pub fn reachable(advertised: Option<&HostPort>, listening: SocketAddr) -> HostPort {
    if let Some(advertised) = advertised {
        return advertised.clone();
    }
    let host = if listening.ip().is_unspecified() {
        host_name().unwrap_or_else(|| "localhost".to_owned())
    } else {
        listening.ip().to_string()
    };
    HostPort {
        host,
        port: listening.port(),
    }
}

fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    let usable = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    (!name.is_empty() && name != "(none)" && name.chars().all(usable)).then(|| name.to_owned())
}
