//! Who gets where on the embedded broker, tried with real MQTT clients (promise P11).

use std::sync::atomic::Ordering;

use lisiere_hub::clock::Clock;
use lisiere_hub::enrol;
use lisiere_hub::pki::Pki;
use lisiere_wire::{DownChannel, SharedFilter, Topic, UpChannel, encode, filters};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, PubAckReason, SubscribeReasonCode};

use crate::direct;
use crate::rig::{Appliance, Hub, capture, eventually, request, sqlite, topic};

fn down(site: &str, name: &str) -> String {
    Topic::down(
        site.parse().expect("site"),
        name.parse().expect("name"),
        DownChannel::Confirm,
    )
    .to_string()
}

async fn publish(appliance: &mut Appliance, topic: String) -> PubAckReason {
    let payload = encode(&capture(1)).expect("payload");
    appliance
        .client
        .publish(topic, QoS::AtLeastOnce, false, payload)
        .await
        .expect("asked");
    let answer = appliance.until(|packet| match packet {
        Packet::PubAck(answer) => Some(answer.reason),
        _ => None,
    });
    answer.await.expect("answered")
}

async fn subscribe(appliance: &mut Appliance, filter: String) -> bool {
    appliance
        .client
        .subscribe(filter, QoS::AtLeastOnce)
        .await
        .expect("asked");
    let answer = appliance.until(|packet| match packet {
        Packet::SubAck(answer) => Some(
            answer
                .return_codes
                .iter()
                .all(|code| matches!(code, SubscribeReasonCode::Success(_))),
        ),
        _ => None,
    });
    answer.await.expect("answered")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appliance_publishes_and_reads_only_its_own() {
    let place = sqlite().await;
    let hub = Hub::start(&place.store, place.folder.path()).await;
    let mut appliance = hub.join("nord", "box-1").await;
    hub.welcome("nord", "box-2").await;
    eventually("the hub joins", async || {
        hub.app.health.broker_connected.load(Ordering::Relaxed)
    })
    .await;

    assert_eq!(
        publish(&mut appliance, topic("nord", "box-1", UpChannel::Message)).await,
        PubAckReason::Success
    );
    for foreign in [
        topic("nord", "box-2", UpChannel::Message),
        topic("sud", "box-1", UpChannel::Message),
        down("nord", "box-1"),
        "anything/else".to_owned(),
    ] {
        assert_eq!(
            publish(&mut appliance, foreign.clone()).await,
            PubAckReason::NotAuthorized,
            "{foreign}"
        );
    }
    let (site, name) = (
        "nord".parse().expect("site"),
        "box-1".parse().expect("name"),
    );
    assert!(subscribe(&mut appliance, filters::all_down(&site, &name)).await);
    assert!(subscribe(&mut appliance, down("nord", "box-1")).await);
    let group = SharedFilter {
        group: "lisiere-hub".parse().expect("group"),
        channel: UpChannel::Message,
    };
    for foreign in [
        down("nord", "box-2"),
        filters::every_appliance(UpChannel::State),
        group.to_string(),
        "#".to_owned(),
        "$SYS/#".to_owned(),
    ] {
        assert!(
            !subscribe(&mut appliance, foreign.clone()).await,
            "{foreign}"
        );
    }
    eventually("only the own message is stored", async || {
        direct::number(&place.store, direct::CAPTURES).await == 1
    })
    .await;
    assert_eq!(direct::number(&place.store, direct::ASIDE).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_certificate_does_not_get_in() {
    let place = sqlite().await;
    let hub = Hub::start(&place.store, place.folder.path()).await;
    hub.welcome("nord", "box-1").await;
    let stranger = tempfile::tempdir().expect("folder");
    let foreign = Pki::open(stranger.path(), &[], Clock::system().now_micros()).expect("authority");
    let (key, csr) = request("box-1");
    let issued = foreign
        .grant(&csr, "box-1", Clock::system().now_micros())
        .expect("granted");
    let mut intruder = Appliance::with(&hub.broker, "box-1", &key, &issued.pem, hub.pki.ca_pem());
    intruder.connected().await.expect_err("refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_or_borrowed_certificate_does_not_get_in() {
    let place = sqlite().await;
    let hub = Hub::start(&place.store, place.folder.path()).await;
    let (key, welcome) = hub.welcome("nord", "box-1").await;
    let (certificate, ca) = (&welcome.certificate_pem, &welcome.ca_pem);
    // Under another client name it could end the session of another appliance.
    let mut borrowed = Appliance::with(&hub.broker, "box-2", &key, certificate, ca);
    borrowed.connected().await.expect_err("refused");
    let mut pretender = Appliance::with(&hub.broker, "lisiere-hub-1", &key, certificate, ca);
    pretender.connected().await.expect_err("refused");

    let mut rightful = Appliance::with(&hub.broker, "box-1", &key, certificate, ca);
    rightful.connected().await.expect("joined");
    drop(rightful);
    assert!(
        enrol::revoke(&place.store, "box-1", "test", 1)
            .await
            .expect("revoked")
    );
    let mut revoked = Appliance::with(&hub.broker, "box-1", &key, certificate, ca);
    revoked.connected().await.expect_err("refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_was_replaced_does_not_get_in() {
    let place = sqlite().await;
    let hub = Hub::start(&place.store, place.folder.path()).await;
    let (old_key, old) = hub.welcome("nord", "box-1").await;
    let (new_key, new) = hub.welcome("nord", "box-1").await;
    let mut stolen = Appliance::with(
        &hub.broker,
        "box-1",
        &old_key,
        &old.certificate_pem,
        &old.ca_pem,
    );
    stolen.connected().await.expect_err("refused");
    let mut current = Appliance::with(
        &hub.broker,
        "box-1",
        &new_key,
        &new.certificate_pem,
        &new.ca_pem,
    );
    current.connected().await.expect("joined");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_ten_megabytes_passes() {
    let place = sqlite().await;
    let hub = Hub::start(&place.store, place.folder.path()).await;
    let mut appliance = hub.join("nord", "box-1").await;
    eventually("the hub joins", async || {
        hub.app.health.broker_connected.load(Ordering::Relaxed)
    })
    .await;
    let mut large = capture(1);
    large.bytes = vec![b'R'; 10 * 1024 * 1024];
    let payload = encode(&large).expect("payload");
    let topic = topic("nord", "box-1", UpChannel::Message);
    appliance
        .client
        .publish(topic, QoS::AtLeastOnce, false, payload)
        .await
        .expect("asked");
    let answer = appliance.until(|packet| matches!(packet, Packet::PubAck(_)).then_some(()));
    answer.await.expect("accepted");
    eventually("it is stored", async || {
        direct::number(&place.store, direct::CAPTURES).await == 1
    })
    .await;
}
