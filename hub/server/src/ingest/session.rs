//! The connection to the broker: joins, subscribes, hands over what comes, joins again after a loss.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lisiere_wire::{SharedFilter, UpChannel, filters};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use tokio::sync::mpsc;

use super::{BrokerAccess, RECEIVE_MAXIMUM, intake};
use crate::app::{App, Shutdown};
use crate::pki::{HUB_NAME, PkiError, tls};
use crate::{clock, events};

/// Counts the connections to the broker.
pub(super) type Generation = u64;

/// What the session hands to the writer.
#[derive(Debug)]
pub(super) enum Delivery {
    /// A payload, and the packet to acknowledge once it is dealt with, on the same connection only: on another one its
    /// number means another packet.
    Payload(intake::Content, Box<Publish>, Generation),
    /// The hub has joined: appliances may have missed what was confirmed meanwhile.
    Joined,
}

/// Wait after the first failure to join; it doubles up to [`LONGEST_WAIT`].
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Confirmations on their way to the broker.
const OUTGOING: u16 = 1000;

pub(super) fn options(access: &BrokerAccess) -> Result<MqttOptions, PkiError> {
    let tls = tls::broker_client(&access.ca, &access.certificate, &access.key)?;
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

pub(super) async fn run(
    app: App,
    client: AsyncClient,
    mut connection: EventLoop,
    deliver: mpsc::Sender<Delivery>,
    current: Arc<AtomicU64>,
    mut shutdown: Shutdown,
) {
    let mut wait = SHORTEST_WAIT;
    let mut generation: Generation = 0;
    loop {
        let event = tokio::select! {
            event = connection.poll() => event,
            () = shutdown.wanted() => return,
        };
        let delivery = match event {
            Ok(Event::Incoming(Packet::ConnAck(answer))) => {
                wait = SHORTEST_WAIT;
                generation = generation.saturating_add(1);
                current.store(generation, Ordering::Relaxed);
                app.health.broker_connected.store(true, Ordering::Relaxed);
                events::broker_joined(answer.session_present);
                subscribe(&client);
                Delivery::Joined
            }
            Ok(Event::Incoming(Packet::Publish(mut publish))) => {
                let payload = std::mem::take(&mut publish.payload);
                Delivery::Payload(
                    intake::read(&publish.topic, payload),
                    Box::new(publish),
                    generation,
                )
            }
            Ok(_) => continue,
            Err(error) => {
                if app.health.broker_connected.swap(false, Ordering::Relaxed)
                    || wait == SHORTEST_WAIT
                {
                    // Once for each loss: an outage of a night must not flood the log.
                    events::broker_lost(&error);
                }
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = shutdown.wanted() => return,
                }
                wait = wait.saturating_mul(2).min(LONGEST_WAIT);
                continue;
            }
        };
        if deliver.send(delivery).await.is_err() {
            // The writer is gone: the hub stops.
            return;
        }
    }
}

fn subscribe(client: &AsyncClient) {
    let Ok(group) = HUB_NAME.parse() else { return };
    let messages = SharedFilter {
        group,
        channel: UpChannel::Message,
    }
    .to_string();
    // Not shared: a retained state is given to plain subscriptions only (MQTT 5 §4.8.2).
    let states = filters::every_appliance(UpChannel::State);
    for filter in [messages, states] {
        if let Err(error) = client.try_subscribe(filter, QoS::AtLeastOnce) {
            events::task_failed("ingest: subscribing", error);
        }
    }
}
