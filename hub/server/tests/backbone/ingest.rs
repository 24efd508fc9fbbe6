//! Ingest exactly once: duplicates, reordering, gaps, two hubs, broken payloads, a database that fails.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use lisiere_hub::store::ingest::{Arrival, apply};
use lisiere_hub::store::{Store, capture as captures, journal, quarantine};
use lisiere_wire::{Confirm, UpChannel, decode, encode, filters};
use proptest::prelude::*;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;

use crate::direct;
use crate::rig::{
    Appliance, Hub, JOURNAL, NOW, arrival, capture, enrol, eventually, places, sqlite, topic,
};

pub fn batch(numbers: impl IntoIterator<Item = u64>) -> Vec<Arrival> {
    numbers
        .into_iter()
        .map(|seq| arrival("nord", "box-1", capture(seq)))
        .collect()
}

pub async fn upto(store: &Store) -> (u64, Vec<(u64, u64)>) {
    let mut connection = store.read().await.expect("connection");
    let progress = journal::progress_of(&mut connection, "box-1", JOURNAL)
        .await
        .expect("progress");
    progress
        .map(|progress| (progress.upto, progress.missing))
        .expect("known journal")
}

#[tokio::test]
async fn what_comes_twice_late_or_out_of_order_is_kept_once() {
    for place in places().await {
        enrol(&place.store, "box-1", "nord").await;
        let first = apply(&place.store, &batch([1, 2, 3, 3, 5]), &[], NOW)
            .await
            .expect("applied");
        assert_eq!((first.stored, first.duplicates), (4, 1), "{}", place.name);
        assert_eq!(upto(&place.store).await, (3, vec![(4, 4)]));

        let second = apply(&place.store, &batch([5, 2, 4, 7]), &[], NOW)
            .await
            .expect("applied");
        assert_eq!((second.stored, second.duplicates), (2, 2), "{}", place.name);
        assert_eq!(second.progress[0].upto, 5);
        assert_eq!(upto(&place.store).await, (5, vec![(6, 6)]));
        assert_eq!(direct::number(&place.store, direct::CAPTURES).await, 6);

        let mut tx = place.store.begin().await.expect("transaction");
        let waiting = captures::claim_uninterpreted(&mut tx, 10)
            .await
            .expect("claimed");
        let first = waiting.first().expect("one");
        assert_eq!(first.bytes, capture(1).bytes, "the bytes are as received");
        assert_eq!(first.counters, r#"{"checksum errors":2}"#);
        captures::mark(&mut tx, first.id, captures::Interpretation::Done, None)
            .await
            .expect("marked");
        tx.commit().await.expect("commit");
        let mut connection = place.store.read().await.expect("connection");
        assert_eq!(
            captures::count(&mut connection).await.expect("count"),
            (6, 5)
        );
    }
}

#[tokio::test]
async fn two_hubs_agree_on_the_mark() {
    for place in places().await {
        enrol(&place.store, "box-1", "nord").await;
        let writers: Vec<_> = [0, 1]
            .map(|hub| {
                let store = place.store.clone();
                tokio::spawn(async move {
                    // Each takes every other message, and some of the other's again.
                    for start in (1..=400u64).step_by(20) {
                        let mine = (start..start + 20).filter(|seq| seq % 2 == hub || seq % 5 == 0);
                        apply(&store, &batch(mine), &[], NOW)
                            .await
                            .expect("applied");
                    }
                })
            })
            .into();
        for writer in writers {
            writer.await.expect("writer");
        }
        assert_eq!(upto(&place.store).await, (400, vec![]), "{}", place.name);
        assert_eq!(direct::number(&place.store, direct::CAPTURES).await, 400);
        assert_eq!(
            direct::number(&place.store, direct::DISTINCT_CAPTURES).await,
            400
        );
    }
}

#[tokio::test]
async fn another_message_under_a_known_number_is_set_aside_not_lost() {
    for place in places().await {
        enrol(&place.store, "box-1", "nord").await;
        let mut other = capture(1);
        other.digest = [9; 32];
        other.bytes = b"another".to_vec();
        apply(&place.store, &batch([1]), &[], NOW)
            .await
            .expect("applied");
        let contradiction = [arrival("nord", "box-1", other)];
        let applied = apply(&place.store, &contradiction, &[], NOW)
            .await
            .expect("applied");
        assert_eq!(
            (applied.stored, applied.aside.len()),
            (0, 1),
            "{}",
            place.name
        );
        // Sent again and again, it is kept once.
        apply(&place.store, &contradiction, &[], NOW)
            .await
            .expect("applied");
        assert_eq!(
            direct::number(&place.store, direct::ASIDE).await,
            1,
            "{}",
            place.name
        );
    }
}

#[tokio::test]
async fn strangers_and_wrong_sites_are_set_aside() {
    for place in places().await {
        enrol(&place.store, "box-1", "nord").await;
        let strangers = [
            arrival("nord", "box-2", capture(1)),
            arrival("sud", "box-1", capture(1)),
        ];
        let applied = apply(&place.store, &strangers, &[], NOW)
            .await
            .expect("applied");
        assert_eq!(
            (applied.stored, applied.aside.len()),
            (0, 2),
            "{}",
            place.name
        );
        assert!(applied.progress.is_empty());
        let mut connection = place.store.read().await.expect("connection");
        let waiting = quarantine::waiting(&mut connection, 10)
            .await
            .expect("waiting");
        assert_eq!(waiting.len(), 2);
        assert!(waiting.iter().all(|one| one.size > 40));
    }
}

#[tokio::test]
async fn a_gap_is_asked_for_by_one_hub_and_can_be_given_up() {
    for place in places().await {
        enrol(&place.store, "box-1", "nord").await;
        apply(&place.store, &batch([1, 4]), &[], NOW)
            .await
            .expect("applied");
        let later = NOW + 10_000_000;
        let mut tx = place.store.begin().await.expect("transaction");
        let early = journal::claim_gaps(&mut tx, NOW - 1, later)
            .await
            .expect("claimed");
        assert!(early.is_empty(), "{}: too young to be a gap", place.name);
        let claimed = journal::claim_gaps(&mut tx, NOW, later)
            .await
            .expect("claimed");
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].missing, [(2, 3)]);
        let again = journal::claim_gaps(&mut tx, NOW, later)
            .await
            .expect("claimed");
        assert!(
            again.is_empty(),
            "{}: the other hub does not ask as well",
            place.name
        );
        let lost = journal::give_up_gap(&mut tx, "box-1", JOURNAL, later)
            .await
            .expect("given up");
        assert_eq!(lost, Some((2, 3)));
        tx.commit().await.expect("commit");
        assert_eq!(upto(&place.store).await, (4, vec![]));
        // What was given up and comes after all is still kept.
        let late = apply(&place.store, &batch([2]), &[], later)
            .await
            .expect("applied");
        assert_eq!(late.stored, 1, "{}", place.name);
    }
}

#[test]
fn any_order_of_arrival_gives_the_same_database() {
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    // Connections are given back to the pool from within the runtime.
    let _inside = runtime.enter();
    let place = runtime.block_on(sqlite());
    runtime.block_on(enrol(&place.store, "box-1", "nord"));
    let journals = std::cell::Cell::new(0u8);
    proptest!(ProptestConfig::with_cases(40), |(batches in proptest::collection::vec(proptest::collection::vec(1u64..40, 0..30), 0..6))| {
        journals.set(journals.get().wrapping_add(1));
        let own = lisiere_wire::JournalId([journals.get(); 16]);
        let mut sent = BTreeSet::new();
        let mut stored = 0;
        for numbers in &batches {
            sent.extend(numbers.iter().copied());
            let arrivals: Vec<_> = numbers.iter().map(|seq| {
                let mut message = capture(*seq);
                message.journal = own;
                arrival("nord", "box-1", message)
            }).collect();
            let applied = runtime.block_on(apply(&place.store, &arrivals, &[], NOW)).expect("applied");
            stored += applied.stored;
            prop_assert_eq!(applied.stored + applied.duplicates, numbers.len() as u64);
        }
        prop_assert_eq!(stored, sent.len() as u64);
        let mut connection = runtime.block_on(place.store.read()).expect("connection");
        let progress = runtime.block_on(journal::progress_of(&mut connection, "box-1", own)).expect("progress");
        let contiguous = (1..).take_while(|seq| sent.contains(seq)).last().unwrap_or(0);
        prop_assert_eq!(progress.map_or(0, |progress| progress.upto), contiguous);
    });
}

/// Subscribes to what the hub says.
pub async fn listen(appliance: &mut Appliance) {
    let (site, name) = (
        "nord".parse().expect("site"),
        "box-1".parse().expect("name"),
    );
    appliance
        .client
        .subscribe(filters::all_down(&site, &name), QoS::AtLeastOnce)
        .await
        .expect("asked");
    appliance
        .until(|packet| matches!(packet, Packet::SubAck(_)).then_some(()))
        .await
        .expect("subscribed");
}

/// Publishes these numbers and waits until the hub confirms all up to `last`.
pub async fn send_and_wait(
    appliance: &mut Appliance,
    numbers: impl IntoIterator<Item = u64>,
    last: u64,
) {
    listen(appliance).await;
    for seq in numbers {
        let payload = encode(&capture(seq)).expect("payload");
        let topic = topic("nord", "box-1", UpChannel::Message);
        appliance
            .client
            .publish(topic, QoS::AtLeastOnce, false, payload)
            .await
            .expect("asked");
    }
    confirmed(appliance, last).await;
}

pub async fn confirmed(appliance: &mut Appliance, last: u64) {
    let confirmation = appliance.until(|packet| match packet {
        Packet::Publish(publish) => {
            let confirm: Confirm = decode(&publish.payload).expect("confirmation");
            (confirm.upto >= last).then_some(confirm)
        }
        _ => None,
    });
    let confirm = confirmation.await.expect("confirmed");
    assert_eq!((confirm.journal, confirm.upto), (JOURNAL, last));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_go_through_the_broker_and_are_confirmed_after_the_commit() {
    for place in places().await {
        let hub = Hub::start(&place.store, place.folder.path()).await;
        let mut appliance = hub.join("nord", "box-1").await;
        eventually("the hub joins", async || {
            hub.app.health.broker_connected.load(Ordering::Relaxed)
        })
        .await;
        send_and_wait(&mut appliance, (1..=500).chain(200..300), 500).await;
        assert_eq!(
            direct::number(&place.store, direct::CAPTURES).await,
            500,
            "{}",
            place.name
        );
        assert_eq!(hub.app.health.stored.load(Ordering::Relaxed), 500);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lasting_gap_is_asked_for_again() {
    let place = sqlite().await;
    let hub = Hub::start(&place.store, place.folder.path()).await;
    let mut appliance = hub.join("nord", "box-1").await;
    eventually("the hub joins", async || {
        hub.app.health.broker_connected.load(Ordering::Relaxed)
    })
    .await;
    send_and_wait(&mut appliance, [1, 2, 5], 2).await;
    let asked = appliance.until(|packet| match packet {
        Packet::Publish(publish) => {
            let confirm: Confirm = decode(&publish.payload).expect("confirmation");
            (!confirm.missing.is_empty()).then_some(confirm.missing)
        }
        _ => None,
    });
    assert_eq!(asked.await.expect("asked again"), [(3, 4)]);
    send_and_wait(&mut appliance, [3, 4], 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payloads_that_cannot_be_read_are_kept_and_harm_nobody() {
    for place in places().await {
        let hub = Hub::start(&place.store, place.folder.path()).await;
        let mut appliance = hub.join("nord", "box-1").await;
        eventually("the hub joins", async || {
            hub.app.health.broker_connected.load(Ordering::Relaxed)
        })
        .await;
        let mut poisoned = capture(9);
        poisoned.port = "zero\0byte".to_owned();
        let payloads = [
            vec![],
            vec![0x1f, 1, 2],
            vec![0xff; 5000],
            encode(&poisoned).expect("payload"),
            vec![0x11],
        ];
        for payload in payloads {
            let topic = topic("nord", "box-1", UpChannel::Message);
            appliance
                .client
                .publish(topic, QoS::AtLeastOnce, false, payload)
                .await
                .expect("asked");
        }
        send_and_wait(&mut appliance, 1..=20, 20).await;
        assert_eq!(
            direct::number(&place.store, direct::CAPTURES).await,
            20,
            "{}",
            place.name
        );
        assert_eq!(
            direct::number(&place.store, direct::ASIDE).await,
            5,
            "{}",
            place.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hubs_share_the_load_of_one_broker() {
    for place in places().await {
        let hub = Hub::start(&place.store, place.folder.path()).await;
        let (second, stop) = hub.second();
        let mut appliance = hub.join("nord", "box-1").await;
        for app in [&hub.app, &second] {
            eventually("both hubs join", async || {
                app.health.broker_connected.load(Ordering::Relaxed)
            })
            .await;
        }
        send_and_wait(&mut appliance, (1..=300).rev(), 300).await;
        assert_eq!(
            direct::number(&place.store, direct::CAPTURES).await,
            300,
            "{}",
            place.name
        );
        let _ = stop.send(true);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_fails_stalls_nothing_for_good() {
    for place in places().await {
        let hub = Hub::start(&place.store, place.folder.path()).await;
        let mut appliance = hub.join("nord", "box-1").await;
        let health = &hub.app.health;
        eventually("the hub joins", async || {
            health.broker_connected.load(Ordering::Relaxed)
        })
        .await;
        direct::tamper(&place.store, direct::HIDE_CAPTURES).await;
        let sending = send_and_wait(&mut appliance, 1..=50, 50);
        let repairing = async {
            eventually("the alarm is raised", async || {
                health.ingest_stalled.load(Ordering::Relaxed)
            })
            .await;
            direct::tamper(&place.store, direct::SHOW_CAPTURES).await;
            eventually("the alarm is cleared", async || {
                !health.ingest_stalled.load(Ordering::Relaxed)
            })
            .await;
        };
        tokio::join!(sending, repairing);
        assert_eq!(
            direct::number(&place.store, direct::CAPTURES).await,
            50,
            "{}",
            place.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appliance_revoked_while_connected_is_disconnected() {
    let place = sqlite().await;
    let hub = Hub::start(&place.store, place.folder.path()).await;
    let mut appliance = hub.join("nord", "box-1").await;
    eventually("the hub joins", async || {
        hub.app.health.broker_connected.load(Ordering::Relaxed)
    })
    .await;
    send_and_wait(&mut appliance, 1..=3, 3).await;
    lisiere_hub::enrol::revoke(&place.store, "box-1", "test", NOW)
        .await
        .expect("revoked");
    appliance
        .until(|packet| matches!(packet, Packet::ConnAck(_)).then_some(()))
        .await
        .expect_err("its connection is ended");
    let payload = encode(&capture(4)).expect("payload");
    let topic = topic("nord", "box-1", UpChannel::Message);
    appliance
        .client
        .publish(topic, QoS::AtLeastOnce, false, payload)
        .await
        .expect("asked");
    appliance.connected().await.expect_err("not let in again");
    assert_eq!(
        direct::number(&place.store, direct::CAPTURES).await,
        3,
        "nothing of it is taken in"
    );
}
