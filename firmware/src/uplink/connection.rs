//! The MQTT connection itself: its options, and polling it safely.

use super::{Uplink, window::Limits};
use crate::identity::Identity;
use lisiere_wire::{Presence, Topic, UpChannel};
use rumqttc::{
    TlsConfiguration, Transport,
    v5::{
        AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, StateError,
        mqttbytes::{QoS, v5::LastWill},
    },
};
use std::{pin::Pin, time::Duration};
use tokio::time;

/// A link that carries nothing is found dead after twice this.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// A connection on which nothing happens at all, not even a ping of ours, hangs in a write.
const HANGING: Duration = Duration::from_secs(25);
/// How long a connection may take to stand, in seconds.
const CONNECT_SECONDS: u64 = 10;
/// The largest message taken from the hub.
const LARGEST_INCOMING: u32 = 16 << 20;
/// Requests that wait besides captures: states, a subscription, the farewell.
const BESIDES: usize = 32;

/// The event loop, given back with what it brought.
pub(super) type Polled = (EventLoop, Result<Event, ConnectionError>);
/// A poll under way.
pub(super) type Polling = Pin<Box<dyn Future<Output = Option<Polled>> + Send>>;

/// Polling is not safe to interrupt, so it runs to its end each time, owning the event loop meanwhile. `None`: it hangs.
pub(super) fn poll(mut event_loop: EventLoop) -> Polling {
    Box::pin(async move {
        let event = time::timeout(HANGING, event_loop.poll()).await.ok()?;
        Some((event_loop, event))
    })
}

/// Prepares a connection; it is made by the first poll.
pub(super) fn open(
    uplink: &Uplink,
    identity: &Identity,
    limits: Limits,
) -> Result<(AsyncClient, EventLoop), String> {
    let membership = &identity.membership;
    let name = membership.name.as_str();
    let mut options = MqttOptions::new(
        name,
        membership.broker.host.as_str(),
        membership.broker.port,
    );
    let lost = uplink.health.state(&uplink.journal, Presence::Lost);
    let lost = lisiere_wire::encode(&lost).map_err(|error| error.to_string())?;
    let topic = Topic::up(
        membership.site.clone(),
        membership.name.clone(),
        UpChannel::State,
    );
    let inflight = u16::try_from(limits.untaken + BESIDES).unwrap_or(u16::MAX);
    options
        .set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(
            identity.tls.clone(),
        )))
        .set_credentials(name, "")
        .set_keep_alive(KEEP_ALIVE)
        .set_connection_timeout(CONNECT_SECONDS)
        .set_clean_start(true)
        .set_max_packet_size(Some(LARGEST_INCOMING))
        .set_outgoing_inflight_upper_limit(inflight)
        .set_last_will(LastWill::new(
            topic.to_string(),
            lost,
            QoS::AtLeastOnce,
            true,
            None,
        ));
    let mut network = options.network_options();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(CONNECT_SECONDS);
    options.set_network_options(network);
    Ok(AsyncClient::new(options, limits.untaken + BESIDES))
}

/// The cause in words, without what changes from try to try.
pub(super) fn reason_of(error: &ConnectionError) -> String {
    match error {
        ConnectionError::Timeout(_) | ConnectionError::MqttState(StateError::AwaitPingResp) => {
            "the broker does not answer".to_owned()
        }
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => {
            format!("the broker ended the connection: {reason_code:?}")
        }
        ConnectionError::MqttState(StateError::OutgoingPacketTooLarge { .. }) => error.to_string(),
        ConnectionError::MqttState(_) => "the connection to the broker broke".to_owned(),
        ConnectionError::Io(error) => format!("connecting to the broker: {error}"),
        ConnectionError::Tls(error) => {
            format!("the broker's certificate or ours is refused: {error}")
        }
        ConnectionError::ConnectionRefused(code) => {
            format!("the broker refuses the connection: {code:?}")
        }
        other => other.to_string(),
    }
}
