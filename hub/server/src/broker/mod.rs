//! The broker inside the hub: `rmqtt` as a library, behind this room only.
//!
//! Whoever joins shows a certificate of the hub's authority; the name in it is the MQTT user and client name. An
//! appliance publishes and reads only under its own topics, the hub everywhere. Because an appliance keeps a message
//! until the hub has confirmed it, the broker stores nothing on disk.

mod access;

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::Path;
use std::time::Duration;

use rmqtt::context::ServerContext;
use rmqtt::net::{Builder, Listener};
use rmqtt::server::MqttServer;
use tokio::net::TcpSocket;

use crate::pki::Pki;
use crate::store::Store;

/// Largest MQTT packet: a capture of a whole day of a chatty analyzer fits.
pub const MAX_PACKET: u32 = 64 * 1024 * 1024;
/// Messages sent to a client before it has acknowledged the first.
const MAX_INFLIGHT: u16 = 4096;
/// Messages that wait for a client; beyond it the oldest go, and appliances send them again.
const MAX_QUEUED: usize = 50_000;
/// Effectively never: a client that is connected gets nothing twice (MQTT 5 §4.4).
const NEVER: Duration = Duration::from_hours(30 * 24);

/// How long a client may be silent, in half keep-alive times (10 s for an appliance): the library counts whole packets
/// only, so a large message on a slow line looks like silence. An appliance notices a dead line by itself, sooner.
const KEEPALIVE_BACKOFF: f32 = 9.0;

/// Why the broker does not start.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The address is not free.
    #[error("listening on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The library refuses its setup.
    #[error("starting the broker: {0}")]
    Setup(String),
}

/// A broker that is ready to run.
pub struct Broker {
    server: MqttServer,
    address: SocketAddr,
    /// Keeps a port that the system chose from being given to someone else before the broker listens.
    _reserved: Option<TcpSocket>,
}

impl Broker {
    /// Opens the listener; nobody is served before [`Broker::run`].
    pub async fn open(listen: SocketAddr, pki: &Pki, store: Store) -> Result<Self, BrokerError> {
        let (address, reserved) = reserve(listen)?;
        let context = ServerContext::new()
            // The machine being busy is no reason to turn appliances away.
            .busy_check_enable(false)
            // One appliance's messages stay on one hub, in order.
            .plugins_config_map_add("rmqtt-shared-subscription", "strategy = \"hash_clientid\"")
            .plugins_config_map_add("rmqtt-retainer", RETAINER)
            .build()
            .await;
        // Before the listener starts: without the first, shared subscriptions receive nothing and nobody is told.
        let setup = |error: rmqtt::Error| BrokerError::Setup(format!("{error:#}"));
        rmqtt_shared_subscription::register(&context, true, true)
            .await
            .map_err(setup)?;
        rmqtt_retainer::register(&context, true, true)
            .await
            .map_err(setup)?;
        access::register(&context, store).await;
        let listener = listener(address, reserved.is_some(), pki)
            .map_err(|error| listen_failed(address, &error))?;
        let server = MqttServer::new(context).listener(listener).build();
        Ok(Self {
            server,
            address,
            _reserved: reserved,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the future is dropped.
    pub async fn run(&self) -> Result<(), BrokerError> {
        self.server
            .clone()
            .run()
            .await
            .map_err(|error| BrokerError::Setup(format!("{error:#}")))
    }
}

/// States are kept until the broker stops; appliances announce theirs again when they join.
const RETAINER: &str =
    "storage.type = \"ram\"\nmax_payload_size = \"1MB\"\nretained_message_ttl = \"0s\"";

/// The address to listen on. The library does not tell which port the system chose for port 0, so that one is chosen
/// here, and shared with the library's listener.
fn reserve(listen: SocketAddr) -> Result<(SocketAddr, Option<TcpSocket>), BrokerError> {
    if listen.port() != 0 {
        return Ok((listen, None));
    }
    let reserve = || -> std::io::Result<(SocketAddr, Option<TcpSocket>)> {
        let socket = if listen.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        socket.set_reuseport(true)?;
        socket.bind(listen)?;
        Ok((socket.local_addr()?, Some(socket)))
    };
    reserve().map_err(|source| BrokerError::Listen {
        address: listen,
        source,
    })
}

fn listener(address: SocketAddr, shared: bool, pki: &Pki) -> rmqtt::Result<Listener> {
    let (certificate, key) = pki.server();
    let file = |path: &Path| path.display().to_string();
    Builder::new()
        .name("appliances")
        .laddr(address)
        .nodelay(true)
        .reuseaddr(Some(true))
        .reuseport(shared.then_some(true))
        .allow_anonymous(false)
        .max_packet_size(MAX_PACKET)
        .keepalive_backoff(KEEPALIVE_BACKOFF)
        .max_inflight(NonZeroU16::new(MAX_INFLIGHT).unwrap_or(NonZeroU16::MIN))
        .max_mqueue_len(MAX_QUEUED)
        .message_retry_interval(NEVER)
        .message_expiry_interval(NEVER)
        .tls_cross_certificate(true)
        .tls_cert(Some(file(&certificate)))
        .tls_key(Some(file(&key)))
        .tls_client_ca_certs(Some(file(&pki.ca())))
        .cert_cn_as_username(true)
        .collect_cert_info(true)
        .bind()?
        .tls()
}

fn listen_failed(address: SocketAddr, error: &rmqtt::Error) -> BrokerError {
    match error.downcast_ref::<std::io::Error>() {
        Some(source) => BrokerError::Listen {
            address,
            source: std::io::Error::new(source.kind(), source.to_string()),
        },
        None => BrokerError::Setup(format!("{error:#}")),
    }
}
