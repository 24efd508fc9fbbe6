//! The connection to the broker: joins, subscribes, hands over what comes, joins again after a loss.
//!
//! Each connection has a client and an event loop of its own, so nothing that was meant for one reaches the next. The
//! hub counts as connected only once the broker has granted all it asked for.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lisiere_wire::{SharedFilter, UpChannel, filters};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet, Publish, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use tokio::sync::mpsc;

use super::link::{Link, Load};
use super::{BrokerAccess, RECEIVE_MAXIMUM, ROOM, intake};
use crate::app::{App, Shutdown};
use crate::clock::Stopwatch;
use crate::pki::{HUB_NAME, PkiError, tls};
use crate::{clock, events};

/// What the session hands to the writer.
#[derive(Debug)]
pub(super) enum Delivery {
    /// A payload of this size, and the packet to acknowledge on its own link once it is dealt with.
    Payload(intake::Content, usize, Box<Publish>, Arc<Link>),
    /// The hub listens: appliances may have missed what was confirmed meanwhile.
    Joined(Arc<Link>),
}

/// Wait after the first failure to join; it doubles up to [`LONGEST_WAIT`].
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A connection on which nothing happens, not even a ping of ours, hangs.
const HANGING: Duration = Duration::from_secs(40);
/// How long joining may take, subscriptions included.
const JOIN: Duration = Duration::from_secs(15);
/// Confirmations on their way to the broker.
const OUTGOING: u16 = 1000;
/// What a message costs in memory besides its payload, about.
const AROUND: usize = 512;

pub(super) fn options(access: &BrokerAccess) -> Result<MqttOptions, PkiError> {
    let tls = tls::broker_client(&access.ca, &access.certificate, &access.key)?;
    // One name for all connections: the broker ends a half-open one when the next stands.
    let id = format!("{HUB_NAME}-{}", clock::fresh_uuid().simple());
    let mut options = MqttOptions::new(id, access.place.host.clone(), access.place.port);
    options
        .set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls)))
        .set_keep_alive(KEEP_ALIVE)
        // A fresh session each time: what was not acknowledged, the appliances send again.
        .set_clean_start(true)
        .set_manual_acks(true)
        .set_receive_maximum(Some(RECEIVE_MAXIMUM))
        .set_max_packet_size(Some(crate::broker::MAX_PACKET))
        .set_outgoing_inflight_upper_limit(OUTGOING)
        .set_connection_timeout(5);
    Ok(options)
}

/// Why a connection ended.
enum Ended {
    /// The hub stops.
    Stop,
    /// The database refuses and the memory for what waits is used up.
    Full,
    /// It broke, or the broker refuses.
    Lost(String),
}

pub(super) struct Session {
    pub(super) app: App,
    pub(super) options: MqttOptions,
    pub(super) deliver: mpsc::Sender<Delivery>,
    pub(super) load: Load,
}

impl Session {
    /// Joins again and again until the hub stops.
    pub(super) async fn run(self, mut shutdown: Shutdown) {
        let mut wait = SHORTEST_WAIT;
        let mut told = false;
        loop {
            let (client, event_loop) = AsyncClient::new(self.options.clone(), ROOM);
            let link = Arc::new(Link::new(client));
            let lasted = Stopwatch::start();
            let ended = tokio::select! {
                ended = self.connection(&link, event_loop) => ended,
                () = shutdown.wanted() => Ended::Stop,
            };
            link.close();
            let connected = &self.app.health.broker_connected;
            let was_connected = connected.swap(false, Ordering::Relaxed);
            match ended {
                Ended::Stop => return,
                Ended::Full => {
                    tokio::select! {
                        () = self.load.flows() => {}
                        () = shutdown.wanted() => return,
                    }
                }
                Ended::Lost(reason) => {
                    // Once for each loss: an outage of a night must not flood the log.
                    if was_connected || !told {
                        events::broker_lost(&reason);
                    }
                    told = true;
                }
            }
            if was_connected && lasted.elapsed() > LONGEST_WAIT {
                wait = SHORTEST_WAIT;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = shutdown.wanted() => return,
            }
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
    }

    async fn connection(&self, link: &Arc<Link>, event_loop: EventLoop) -> Ended {
        let join_by = tokio::time::sleep(JOIN);
        tokio::pin!(join_by);
        let mut polling = poll(event_loop);
        let mut joined = false;
        loop {
            let polled = tokio::select! {
                polled = &mut polling => polled,
                () = &mut join_by, if !joined => {
                    return Ended::Lost("the broker does not answer the subscription".to_owned());
                }
                () = link.given_up() => {
                    return Ended::Lost("the broker takes no acknowledgement".to_owned());
                }
            };
            let Some((event_loop, event)) = polled else {
                return Ended::Lost("the connection hangs".to_owned());
            };
            polling = poll(event_loop);
            let handled = match event {
                Ok(event) => self.handle(event, link, &mut joined).await,
                Err(error) => Err(Ended::Lost(events::chain(&error))),
            };
            if let Err(ended) = handled {
                return ended;
            }
            if let Some(held) = self.load.room().await {
                events::ingest_full(held.bytes, held.messages);
                return Ended::Full;
            }
        }
    }

    async fn handle(&self, event: Event, link: &Arc<Link>, joined: &mut bool) -> Result<(), Ended> {
        let delivery = match event {
            Event::Incoming(Packet::ConnAck(_)) => {
                return subscribe(&link.client).map_err(Ended::Lost);
            }
            Event::Incoming(Packet::SubAck(answer)) => {
                let granted = |code: &SubscribeReasonCode| {
                    matches!(
                        code,
                        SubscribeReasonCode::Success(QoS::AtLeastOnce | QoS::ExactlyOnce)
                    )
                };
                if answer.return_codes.len() != CHANNELS || !answer.return_codes.iter().all(granted)
                {
                    let codes = &answer.return_codes;
                    return Err(Ended::Lost(format!(
                        "the broker refuses a subscription ({codes:?}): let the hub read everything under its topics, \
                         shared subscriptions included"
                    )));
                }
                *joined = true;
                let connected = &self.app.health.broker_connected;
                connected.store(true, Ordering::Relaxed);
                events::broker_joined();
                Delivery::Joined(Arc::clone(link))
            }
            Event::Incoming(Packet::Publish(mut publish)) => {
                let payload = std::mem::take(&mut publish.payload);
                let size = payload.len().saturating_add(AROUND);
                self.load.take(size);
                let content = intake::read(&publish.topic, payload);
                Delivery::Payload(content, size, Box::new(publish), Arc::clone(link))
            }
            _ => return Ok(()),
        };
        // An error means that the writer is gone: the hub stops.
        self.deliver.send(delivery).await.map_err(|_| Ended::Stop)
    }
}

type Polled = (EventLoop, Result<Event, ConnectionError>);

/// Polling is not safe to interrupt, so it runs to its end each time, owning the event loop meanwhile. `None`: it
/// hangs.
fn poll(mut event_loop: EventLoop) -> Pin<Box<dyn Future<Output = Option<Polled>> + Send>> {
    Box::pin(async move {
        let event = tokio::time::timeout(HANGING, event_loop.poll())
            .await
            .ok()?;
        Some((event_loop, event))
    })
}

/// Channels the hub listens to.
const CHANNELS: usize = 3;

fn subscribe(client: &AsyncClient) -> Result<(), String> {
    let shared = |channel| {
        let group = HUB_NAME.parse().ok()?;
        Some(SharedFilter { group, channel }.to_string())
    };
    // Not shared: a retained state is given to plain subscriptions only (MQTT 5 §4.8.2).
    let states = Some(filters::every_appliance(UpChannel::State));
    let wanted: [Option<String>; CHANNELS] =
        [shared(UpChannel::Message), shared(UpChannel::Reply), states];
    let filters = wanted.into_iter().flatten();
    client
        .try_subscribe_many(filters.map(|filter| Filter::new(filter, QoS::AtLeastOnce)))
        .map_err(|error| error.to_string())
}
