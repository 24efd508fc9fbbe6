//! What must not hold up an appliance, or all of them: refused messages, declared gaps, bad rows, a full memory.

use std::sync::atomic::Ordering;

use lisiere_hub::store::absence::{self, Reason};
use lisiere_hub::store::ingest::{Intake, Missing, apply, take_in};
use lisiere_hub::store::quarantine::{Aside, waiting};
use lisiere_hub::store::{Store, audit, journal};
use lisiere_wire::{Absence, AbsenceReason, JournalId, UpChannel, encode};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;

use crate::direct;
use crate::ingest::{batch, confirmed, listen, send_and_wait, upto};
use crate::rig::{
    Appliance, Hub, JOURNAL, NOW, arrival, capture, enrol, eventually, places, sqlite, topic,
};

async fn connected(hub: &Hub) {
    eventually("the hub joins", async || {
        hub.app.health.broker_connected.load(Ordering::Relaxed)
    })
    .await;
}

async fn publish(appliance: &mut Appliance, channel: UpChannel, payload: Vec<u8>) {
    let topic = topic("nord", "box-1", channel);
    appliance
        .client
        .publish(topic, QoS::AtLeastOnce, false, payload)
        .await
        .expect("asked");
}

fn missing(journal: JournalId, ranges: &[(u64, u64)]) -> Missing {
    let absence = Absence {
        journal,
        reason: AbsenceReason::Pruned,
        ranges: ranges.to_vec(),
    };
    Missing {
        topic: topic("nord", "box-1", UpChannel::Reply),
        site: "nord".parse().expect("site"),
        appliance: "box-1".parse().expect("name"),
        payload: encode(&absence).expect("payload").into(),
        absence,
    }
}

async fn absences(store: &Store) -> Vec<(i64, i64, Reason)> {
    let mut connection = store.read().await.expect("connection");
    let all = absence::of_appliance(&mut connection, "box-1", 100)
        .await
        .expect("absences");
    all.iter()
        .map(|one| (one.first, one.last, one.reason))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_refused_for_its_content_does_not_freeze_its_appliance() {
    for place in places().await {
        let hub = Hub::start(&place.store, place.folder.path()).await;
        let mut appliance = hub.join("nord", "box-1").await;
        connected(&hub).await;
        listen(&mut appliance).await;
        let mut poisoned = capture(2);
        poisoned.port = "zero\0byte".to_owned();
        let mut damaged = encode(&capture(4)).expect("payload");
        damaged.truncate(60);
        for payload in [
            encode(&capture(1)).expect("payload"),
            encode(&poisoned).expect("payload"),
            encode(&capture(3)).expect("payload"),
            damaged,
            encode(&capture(5)).expect("payload"),
        ] {
            publish(&mut appliance, UpChannel::Message, payload).await;
        }
        confirmed(&mut appliance, 5).await;
        assert_eq!(direct::number(&place.store, direct::CAPTURES).await, 3);
        assert_eq!(direct::number(&place.store, direct::ASIDE).await, 2);
        let set_aside = absences(&place.store).await;
        assert_eq!(
            set_aside,
            [(4, 4, Reason::SetAside), (2, 2, Reason::SetAside)],
            "{}",
            place.name
        );
    }
}

#[tokio::test]
async fn a_damaged_message_with_an_unlikely_number_accounts_for_nothing() {
    let place = sqlite().await;
    enrol(&place.store, "box-1", "nord").await;
    apply(&place.store, &batch([1]), &[], NOW)
        .await
        .expect("applied");
    for seq in [1_000_000, 1] {
        let mut aside = arrival("nord", "box-1", capture(seq)).refused("damaged");
        aside.number.as_mut().expect("number").certain = false;
        apply(&place.store, &[], &[aside], NOW)
            .await
            .expect("applied");
    }
    assert_eq!(upto(&place.store).await, (1, vec![]));
    assert_eq!(absences(&place.store).await, []);
}

#[tokio::test]
async fn only_what_is_really_missing_is_given_up_on_an_appliances_word() {
    for place in places().await {
        enrol(&place.store, "box-1", "nord").await;
        apply(&place.store, &batch([1, 4, 5, 9]), &[], NOW)
            .await
            .expect("applied");
        let stranger = Missing {
            appliance: "box-2".parse().expect("name"),
            ..missing(JOURNAL, &[(2, 3)])
        };
        let said = [
            missing(JOURNAL, &[(1, 3), (8, 400), (9, 8), (0, 0)]),
            missing(JournalId([9; 16]), &[(1, 3)]),
            stranger,
        ];
        let intake = Intake {
            missing: &said,
            ..Intake::default()
        };
        let applied = take_in(&place.store, intake, NOW).await.expect("applied");
        assert_eq!(applied.progress.len(), 1, "{}", place.name);
        assert_eq!(applied.progress[0].upto, 5);
        assert_eq!(upto(&place.store).await, (5, vec![(6, 7)]));
        assert_eq!(
            absences(&place.store).await,
            [(8, 8, Reason::Pruned), (2, 3, Reason::Pruned)]
        );
        // Said again, it changes nothing and is not told again.
        take_in(&place.store, intake, NOW).await.expect("applied");
        let mut connection = place.store.read().await.expect("connection");
        let shown = waiting(&mut connection, 10).await.expect("waiting");
        assert_eq!(shown.len(), 1, "{}", place.name);
        assert!(shown[0].reason.contains("2 à 3, 8"), "{}", shown[0].reason);
        let trail = audit::list(&mut connection, &audit::Filter::default(), 10)
            .await
            .expect("trail");
        assert_eq!(trail.len(), 1, "{}", place.name);
        assert_eq!(trail[0].action, "appliance.messages_absent");
        assert_eq!(trail[0].who, "appliance:box-1");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appliance_that_lost_messages_goes_on_once_it_has_said_so() {
    let place = sqlite().await;
    let hub = Hub::start(&place.store, place.folder.path()).await;
    let mut appliance = hub.join("nord", "box-1").await;
    connected(&hub).await;
    send_and_wait(&mut appliance, [1, 2, 5], 2).await;
    let said = missing(JOURNAL, &[(3, 4)]).payload.to_vec();
    publish(&mut appliance, UpChannel::Reply, said).await;
    confirmed(&mut appliance, 5).await;
    assert_eq!(
        absences(&place.store).await,
        [(3, 4, Reason::Pruned)],
        "a person can see it"
    );
}

#[tokio::test]
async fn long_words_fit_the_quarantine() {
    for place in places().await {
        // Not compressible, as PostgreSQL's limit is on what is left after compression.
        let noise: String = (0u32..20_000)
            .filter_map(|n| char::from_u32(0x4e00 + n.wrapping_mul(2_654_435_761) % 20_000))
            .collect();
        let aside = Aside {
            topic: noise.clone(),
            appliance: None,
            reason: noise,
            payload: b"x".to_vec(),
            number: None,
            newest_only: false,
        };
        apply(&place.store, &[], &[aside], NOW)
            .await
            .expect(place.name);
        let mut connection = place.store.read().await.expect("connection");
        let kept = waiting(&mut connection, 10).await.expect("waiting");
        assert_eq!(kept[0].topic.chars().count(), 200, "{}", place.name);
        assert_eq!(kept[0].reason.chars().count(), 200, "{}", place.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_row_that_the_database_chokes_on_holds_up_nobody() {
    for place in places().await {
        let hub = Hub::start(&place.store, place.folder.path()).await;
        let mut appliance = hub.join("nord", "box-1").await;
        connected(&hub).await;
        let choke = match place.name {
            "SQLite" => &direct::CHOKE_ON_SEVEN_SQLITE[..],
            _ => &direct::CHOKE_ON_SEVEN_POSTGRES[..],
        };
        for statement in choke {
            direct::tamper(&place.store, statement).await;
        }
        send_and_wait(&mut appliance, 1..=40, 40).await;
        assert_eq!(
            direct::number(&place.store, direct::CAPTURES).await,
            39,
            "{}",
            place.name
        );
        assert_eq!(
            absences(&place.store).await,
            [(7, 7, Reason::SetAside)],
            "{}",
            place.name
        );
        assert_eq!(direct::number(&place.store, direct::ASIDE).await, 1);
        assert!(!hub.app.health.ingest_stalled.load(Ordering::Relaxed));
    }
}

#[tokio::test]
async fn a_list_of_ranges_that_cannot_be_read_is_made_again() {
    for place in places().await {
        enrol(&place.store, "box-1", "nord").await;
        apply(&place.store, &batch([1, 2, 4, 8, 9]), &[], NOW)
            .await
            .expect("applied");
        let said = [missing(JOURNAL, &[(5, 5)])];
        let intake = Intake {
            missing: &said,
            ..Intake::default()
        };
        take_in(&place.store, intake, NOW).await.expect("applied");
        direct::tamper(&place.store, direct::SPOIL_RANGES).await;
        assert_eq!(
            upto(&place.store).await,
            (2, vec![]),
            "{}: other journals are still shown",
            place.name
        );
        apply(&place.store, &batch([3]), &[], NOW)
            .await
            .expect("applied");
        assert_eq!(
            upto(&place.store).await,
            (5, vec![(6, 7)]),
            "{}",
            place.name
        );
    }
}

#[tokio::test]
async fn a_gap_that_nothing_fills_is_asked_for_less_and_less() {
    for place in places().await {
        enrol(&place.store, "box-1", "nord").await;
        apply(&place.store, &batch([1, 4]), &[], NOW)
            .await
            .expect("applied");
        let asks = async |from: i64, seconds: i64| {
            let mut asks = 0;
            for step in 0..seconds.div_euclid(30) {
                let now = from + step * 30_000_000;
                let mut tx = place.store.begin().await.expect("transaction");
                let claimed = journal::claim_gaps(&mut tx, NOW, now)
                    .await
                    .expect("claimed");
                asks += claimed.len();
                tx.commit().await.expect("commit");
            }
            asks
        };
        let night = asks(NOW + 10_000_000, 8 * 3600).await;
        assert!((40..=60).contains(&night), "{}: {night}", place.name);
        // Something new above the gap is no answer; a filled gap is.
        let morning = NOW + 9 * 3_600_000_000;
        apply(&place.store, &batch([5]), &[], morning)
            .await
            .expect("applied");
        assert!(asks(morning, 300).await <= 1, "{}", place.name);
        apply(&place.store, &batch([2]), &[], morning + 300_000_000)
            .await
            .expect("applied");
        assert!(
            asks(morning + 320_000_000, 300).await >= 3,
            "{}",
            place.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn states_of_an_unknown_version_leave_one_row() {
    for place in places().await {
        let hub = Hub::start(&place.store, place.folder.path()).await;
        let mut appliance = hub.join("nord", "box-1").await;
        connected(&hub).await;
        for turn in 0..20 {
            publish(&mut appliance, UpChannel::State, vec![0x3e, turn]).await;
            publish(&mut appliance, UpChannel::Reply, vec![0x6f, turn]).await;
        }
        send_and_wait(&mut appliance, 1..=3, 3).await;
        eventually("all are counted", async || {
            direct::number(&place.store, direct::TIMES).await == 40
        })
        .await;
        assert_eq!(
            direct::number(&place.store, direct::ASIDE).await,
            2,
            "{}",
            place.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_with_its_memory_full_leaves_the_broker_and_comes_back() {
    let place = sqlite().await;
    let hub = Hub::start(&place.store, place.folder.path()).await;
    let mut appliance = hub.join("nord", "box-1").await;
    connected(&hub).await;
    let health = &hub.app.health;
    direct::tamper(&place.store, direct::HIDE_CAPTURES).await;
    listen(&mut appliance).await;
    for seq in 1..=3000 {
        let payload = encode(&capture(seq)).expect("payload");
        publish(&mut appliance, UpChannel::Message, payload).await;
    }
    let mut answers = 0;
    let taken = appliance.until(|packet| {
        answers += u32::from(matches!(packet, Packet::PubAck(_)));
        (answers == 3000).then_some(())
    });
    taken.await.expect("the broker took all");
    eventually("the hub leaves the broker", async || {
        !health.broker_connected.load(Ordering::Relaxed)
    })
    .await;
    assert!(health.ingest_stalled.load(Ordering::Relaxed));
    direct::tamper(&place.store, direct::SHOW_CAPTURES).await;
    connected(&hub).await;
    // What it held is written; what it left at the broker, the appliance sends again.
    send_and_wait(&mut appliance, 1..=3000, 3000).await;
    assert_eq!(direct::number(&place.store, direct::CAPTURES).await, 3000);
}
