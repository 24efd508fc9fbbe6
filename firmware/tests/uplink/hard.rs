//! What an uplink has to bear: captures the broker does not take, numbers the journal no longer has, lines of little width.

use super::*;
use lisiere_wire::{Absence, AbsenceReason};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The next absence the hub is told of.
async fn absence(hub: &mut Hub) -> Absence {
    loop {
        if let Heard::Absence(absence) = hub.hear().await {
            return absence;
        }
    }
}

#[test]
fn a_capture_too_large_for_the_broker_holds_up_nothing_and_stays_in_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("broker");
    let Some(broker) = Mosquitto::start_with(&place, "max_packet_size 100000") else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        let member = broker.enrol(&data, "box-7");
        let appliance = Appliance::start(&data);
        appliance.fill(1, 9, 100).await;
        appliance.fill(10, 10, 200_000).await;
        appliance.fill(11, 3000, 100).await;
        let journal = appliance.journal.pulse().journal;
        let mut hub = Hub::connect(&broker, folder.path());
        let mut store = Store::default();
        let mut told = Vec::new();
        // A hub that does not get over the gap for a long while, and does in the end.
        while store.have.len() < 2999 {
            match hub.hear().await {
                Heard::Capture(capture) => store.add(capture.seq),
                Heard::Absence(absence) => told.push(absence),
                Heard::State(_) | Heard::Reply(_) | Heard::Trace(_) => continue,
            }
            if store.have.len() % 20 == 0 {
                let missing = store.missing();
                let upto = store.upto;
                hub.confirm(
                    &member,
                    &Confirm {
                        journal,
                        upto,
                        missing,
                    },
                );
            }
        }
        assert_eq!(store.upto, 9);
        assert_eq!(
            told,
            [Absence {
                journal,
                reason: AbsenceReason::TooLarge,
                ranges: vec![(10, 10)]
            }],
            "told once, although asked for again and again"
        );
        hub.confirm(
            &member,
            &Confirm {
                journal,
                upto: 3000,
                missing: vec![],
            },
        );
        tokio::select! {
            () = appliance.until_confirmed(9) => {}
            () = async { loop { hub.hear().await; } } => {}
        }
        assert_eq!(appliance.journal.pulse().confirmed, 9, "it is still kept");
        let alarms = appliance.health.status(&appliance.journal).alarms;
        assert!(
            alarms.iter().any(|alarm| alarm.contains("n° 10")),
            "{alarms:?}"
        );
        appliance.stop().await;
    });
}

#[test]
fn a_hub_that_asks_for_what_was_dropped_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        let member = broker.enrol(&data, "box-7");
        let appliance = Appliance::start(&data);
        appliance.fill(1, 20, 100).await;
        let journal = appliance.journal.pulse().journal;
        appliance.journal.confirm(journal, 15).await;
        let later = UtcMicros(2 * 3_600_000_000);
        assert!(appliance.journal.tend(later, PATIENCE).await);
        assert_eq!(appliance.journal.pulse().first, 16);
        let mut hub = Hub::connect(&broker, folder.path());
        assert_eq!(hub.capture().await.seq, 16);
        // The hub went back to a backup.
        hub.confirm(
            &member,
            &Confirm {
                journal,
                upto: 3,
                missing: vec![(4, 7), (8, 15)],
            },
        );
        assert_eq!(
            absence(&mut hub).await,
            Absence {
                journal,
                reason: AbsenceReason::Pruned,
                ranges: vec![(4, 15)]
            }
        );
        appliance.stop().await;
    });
}

/// Lets bytes through to the broker at this many a second, after which nothing is waiting in buffers for long.
async fn narrow(listener: TcpListener, to: u16, rate: usize) {
    const STEP: Duration = Duration::from_millis(100);
    while let Ok((near, _)) = listener.accept().await {
        // A broker that does not listen yet is a closed door, as it is without this narrow passage.
        let Ok(far) = TcpStream::connect(("127.0.0.1", to)).await else {
            continue;
        };
        tokio::spawn(async move {
            let (mut from_box, mut to_box) = near.into_split();
            let (mut from_broker, mut to_broker) = far.into_split();
            let up = async move {
                let mut buffer = vec![0; rate / 10];
                let mut steps = tokio::time::interval(STEP);
                loop {
                    steps.tick().await;
                    match from_box.read(&mut buffer).await {
                        Ok(count) if count > 0 => {
                            if to_broker.write_all(&buffer[..count]).await.is_err() {
                                return;
                            }
                        }
                        _ => return,
                    }
                }
            };
            let down = async move {
                let _ = tokio::io::copy(&mut from_broker, &mut to_box).await;
            };
            tokio::select! { () = up => {}, () = down => {} }
        });
    }
}

#[test]
fn a_message_that_takes_longer_than_the_brokers_patience_gets_through() {
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        broker.enrol(&data, "box-7");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let narrow = tokio::spawn(narrow(listener, broker.port, 100_000));
        let appliance = Appliance::start_by(&data, Some(port));
        appliance.fill(1, 1, 3_500_000).await;
        let mut hub = Hub::connect(&broker, folder.path());
        assert_eq!(hub.capture().await.bytes.len(), 3_500_000);
        let uplink = appliance.health.status(&appliance.journal).uplink;
        assert_eq!(uplink.connections, 1);
        appliance.stop().await;
        narrow.abort();
    });
}
