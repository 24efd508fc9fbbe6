//! The MQTT connection itself: its options, and polling it safely.

use super::{Uplink, window::Limits};
use crate::identity::Identity;
use lisiere_protocol::Tick;
use lisiere_wire::{Presence, Topic, UpChannel};
use rumqttc::{
    TlsConfiguration, Transport,
    v5::{
        AsyncClient, ConnectionError, Event, EventLoop, Incoming, MqttOptions, StateError,
        mqttbytes::{
            QoS,
            v5::{DisconnectReasonCode, LastWill},
        },
    },
};
use std::{pin::Pin, time::Duration};

/// What the broker is told: it gives a connection up that brings no whole packet for one and a half times this.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// The same after a large message did not get through.
const KEEP_ALIVE_AT_MOST: Duration = Duration::from_mins(15);
/// How often the broker is pinged.
const PING: Duration = Duration::from_secs(10);
/// A broker that is not heard for so long is gone, unless a large message is on its way.
const HANGING: Duration = Duration::from_secs(25);
/// A message larger than this may well take longer than that.
const LARGE: usize = 256 << 10;
/// What the slowest uplink carries in a second.
const SLOWEST: usize = 32 << 10;
/// How long a connection may take to stand, in seconds.
const CONNECT_SECONDS: u64 = 10;
/// The largest message taken from the hub.
const LARGEST_INCOMING: u32 = 16 << 20;
/// Requests that wait besides captures: states, a subscription, the farewell.
const BESIDES: usize = 32;

/// The event loop, given back with what it brought.
pub(super) type Polled = (EventLoop, Result<Event, ConnectionError>);
/// A poll under way.
pub(super) type Polling = Pin<Box<dyn Future<Output = Polled> + Send>>;

/// Polling is not safe to interrupt, so it runs to its end each time, owning the event loop meanwhile. Whether the broker
/// still answers is judged by [`hanging_after`]: the library would give up on a ping that waits behind a large message.
pub(super) fn poll(mut event_loop: EventLoop) -> Polling {
    Box::pin(async move {
        event_loop.state.await_pingresp = false;
        let event = event_loop.poll().await;
        if matches!(event, Ok(Event::Incoming(Incoming::ConnAck(_)))) {
            event_loop.options.set_keep_alive(PING);
        }
        (event_loop, event)
    })
}

/// How long a message of so many bytes may take on the slowest uplink.
fn span_of(bytes: usize) -> Duration {
    Duration::from_secs(u64::try_from(bytes / SLOWEST).unwrap_or(u64::MAX))
}

/// How long the broker may stay silent while a message of so many bytes is on its way.
pub(super) fn hanging_after(largest: usize) -> Duration {
    if largest > LARGE {
        HANGING.saturating_add(span_of(largest))
    } else {
        HANGING
    }
}

/// What earlier connections taught for the next.
#[derive(Debug, Default)]
pub(super) struct Lessons {
    /// The largest message under way when the last connection broke.
    stuck: usize,
    /// The largest payload of a broker that does not tell it but ends the connection.
    refused: Option<(usize, Tick)>,
}

/// A broker may be set up anew: what it refused once is tried again after this.
const REFUSED: Duration = Duration::from_hours(1);

impl Lessons {
    /// A connection broke while a message of so many bytes, or none, was under way.
    pub(super) fn broke(&mut self, now: Tick, largest: usize, error: Option<&ConnectionError>) {
        let too_large = matches!(
            error,
            Some(ConnectionError::MqttState(StateError::ServerDisconnect {
                reason_code: DisconnectReasonCode::PacketTooLarge,
                ..
            }))
        );
        if too_large && largest > 0 {
            self.refused = Some((largest - 1, now));
        } else {
            self.stuck = largest;
        }
    }

    /// What the broker is known to refuse although it did not say so when the connection was made.
    pub(super) fn largest(&self, now: Tick) -> Option<usize> {
        let (largest, at) = self.refused?;
        (now.since(at) < REFUSED).then_some(largest)
    }

    /// Some brokers count whole packets only, and cut a connection in the middle of a large one.
    fn keep_alive(&self) -> Duration {
        if self.stuck > LARGE {
            KEEP_ALIVE
                .saturating_add(span_of(self.stuck))
                .min(KEEP_ALIVE_AT_MOST)
        } else {
            KEEP_ALIVE
        }
    }
}

/// Prepares a connection; it is made by the first poll.
pub(super) fn open(
    uplink: &Uplink,
    identity: &Identity,
    limits: Limits,
    lessons: &Lessons,
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
        .set_keep_alive(lessons.keep_alive())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_megabytes_have_time_on_one_megabit_and_little_is_found_lost_soon() {
        let needed = Duration::from_secs((10 << 20) * 8 / 1_000_000);
        assert!(hanging_after(10 << 20) > needed * 2);
        assert_eq!(hanging_after(0), HANGING);
        assert_eq!(hanging_after(100_000), HANGING);
    }

    #[test]
    fn a_broker_that_cut_a_large_message_is_given_more_time_once() {
        let mut lessons = Lessons::default();
        assert_eq!(lessons.keep_alive(), KEEP_ALIVE);
        lessons.broke(Tick(0), 10 << 20, None);
        // One and a half times this must cover it at one megabit a second.
        assert!(lessons.keep_alive() > Duration::from_secs(90));
        lessons.broke(Tick(0), usize::MAX, None);
        assert_eq!(lessons.keep_alive(), KEEP_ALIVE_AT_MOST);
        lessons.broke(Tick(0), 0, None);
        assert_eq!(lessons.keep_alive(), KEEP_ALIVE);
    }

    #[test]
    fn a_size_that_ended_a_connection_is_not_tried_again_for_an_hour() {
        let mut lessons = Lessons::default();
        let error = ConnectionError::MqttState(StateError::ServerDisconnect {
            reason_code: DisconnectReasonCode::PacketTooLarge,
            reason_string: None,
        });
        lessons.broke(Tick(5), 5000, Some(&error));
        assert_eq!(lessons.largest(Tick(5)), Some(4999));
        assert_eq!(lessons.largest(Tick(5 + 3_600_000)), None);
        assert_eq!(lessons.keep_alive(), KEEP_ALIVE);
    }
}
