//! The connection for commands: joins, follows answers and watched lines, sends what is to be sent, joins again.

use std::time::Duration;

use lisiere_wire::{Topic, UpChannel, filters};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::Outgoing;
use crate::app::{App, Shutdown};
use crate::ingest::BrokerAccess;
use crate::pki::{HUB_NAME, Pki, PkiError, tls};
use crate::{clock, events};

/// How often watched lines are asked for again.
const RENEW: Duration = Duration::from_secs(20);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Wait after a failure to join; it doubles up to the longest.
const WAIT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// The largest packet taken: a reply with a proposal, or a slice of a line.
const MAX_PACKET: u32 = 4 << 20;
const ROOM: usize = 256;

fn options(access: &BrokerAccess) -> Result<MqttOptions, PkiError> {
    let tls = tls::broker_client(&access.ca, &access.certificate, &access.key)?;
    let id = format!("{HUB_NAME}-{}", clock::fresh_uuid().simple());
    let mut options = MqttOptions::new(id, access.place.host.clone(), access.place.port);
    options
        .set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls)))
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_start(true)
        .set_max_packet_size(Some(MAX_PACKET))
        .set_connection_timeout(5);
    Ok(options)
}

/// Carries commands until the hub is asked to stop.
pub async fn run(
    app: App,
    access: BrokerAccess,
    pki: Pki,
    mut shutdown: Shutdown,
) -> Result<(), PkiError> {
    let (client, event_loop) = AsyncClient::new(options(&access)?, ROOM);
    let mut outgoing = app.courier.open(pki);
    let (told, mut heard) = mpsc::channel(ROOM);
    let polling = tokio::spawn(poll(event_loop, told));
    let mut renew = tokio::time::interval(RENEW);
    renew.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.wanted() => break,
            event = heard.recv() => match event {
                Some(event) => handle(&app, &client, event).await,
                None => break,
            },
            Some(outgoing) = outgoing.recv() => send(&client, outgoing),
            _ = renew.tick() => app.courier.renew(app.clock.now_micros()),
        }
    }
    // Whoever watches is told that it is over: an open answer would hold up the end.
    app.courier.close();
    polling.abort();
    Ok(())
}

/// Polling is not safe to interrupt, so it has a task of its own.
async fn poll(mut event_loop: EventLoop, told: mpsc::Sender<Packet>) {
    let mut wait = WAIT.0;
    loop {
        match event_loop.poll().await {
            Ok(Event::Incoming(packet @ (Packet::ConnAck(_) | Packet::Publish(_)))) => {
                wait = WAIT.0;
                if told.send(packet).await.is_err() {
                    return;
                }
            }
            Ok(_) => {}
            // Ingest tells of a broker that is away; here it is only tried again.
            Err(_) => {
                tokio::time::sleep(wait).await;
                wait = wait.saturating_mul(2).min(WAIT.1);
            }
        }
    }
}

async fn handle(app: &App, client: &AsyncClient, packet: Packet) {
    match packet {
        Packet::ConnAck(_) => {
            let replies = filters::every_appliance(UpChannel::Reply);
            let mut refused = client.try_subscribe(replies, QoS::AtLeastOnce).is_err();
            for topic in app.courier.followed() {
                refused |= client.try_subscribe(topic, QoS::AtMostOnce).is_err();
            }
            if refused {
                events::task_keeps_failing("command: joining the broker", "too much is waiting");
            }
            app.courier.renew(app.clock.now_micros());
        }
        Packet::Publish(publish) => {
            let topic = String::from_utf8_lossy(&publish.topic);
            if let Ok(topic) = topic.parse::<Topic>() {
                app.courier.take(app, &topic, &publish.payload).await;
            }
        }
        _ => {}
    }
}

/// A queue that is full belongs to a broker that is away: commands are refused for that, and expire.
fn send(client: &AsyncClient, outgoing: Outgoing) {
    let _ = match outgoing {
        Outgoing::Publish(topic, payload) => {
            client.try_publish(topic.to_string(), QoS::AtLeastOnce, false, payload)
        }
        Outgoing::Follow(topic) => client.try_subscribe(topic.to_string(), QoS::AtMostOnce),
        Outgoing::Unfollow(topic) => client.try_unsubscribe(topic.to_string()),
    };
}
