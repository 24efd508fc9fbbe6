//! The uplink against a real broker: order, confirmation, lost and foreign words, restarts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that is surprised has failed"
)]

mod broker;
mod commands;
mod hard;

use broker::{Heard, Hub, Mosquitto};
use lisiere_appliance::{
    board::Board,
    clock::Clock,
    command::Commands,
    health::Health,
    journal::{Bounds, Entry, FileMedium, Journal},
    settings::UplinkSettings,
    stop::{self, Stopper},
    uplink::{self, Uplink},
};
use lisiere_model::{ClockQuality, UtcMicros};
use lisiere_wire::{Capture, Confirm, JournalId, LinkStats, Presence};
use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};
use tokio::task::{JoinHandle, JoinSet};

const PATIENCE: Duration = Duration::from_mins(2);
const BOUNDS: Bounds = Bounds {
    records: 1 << 30,
    keep_confirmed_hours: 1,
    repeat_hours: 24,
};

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, test).await.expect("in time") });
}

fn entry(number: u64, size: usize) -> Entry {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&number.to_le_bytes());
    let capture = Capture {
        journal: JournalId([0; 16]),
        seq: 0,
        boot: 0,
        port: format!("p{}", number % 7),
        link: "lis1a".into(),
        driver: String::new(),
        received_at: UtcMicros(0),
        clock: ClockQuality::Unsynchronised,
        digest,
        bytes: vec![number as u8; size],
        stats: LinkStats::default(),
    };
    Entry {
        capture,
        apart: BTreeSet::new(),
    }
}

struct Appliance {
    journal: Journal,
    health: Health,
    stopper: Stopper,
    uplink: JoinHandle<()>,
}

impl Appliance {
    fn start(data: &Path) -> Self {
        Self::start_by(data, None)
    }

    /// By way of another port than the broker's.
    fn start_by(data: &Path, port: Option<u16>) -> Self {
        let clock = Clock::start();
        let journal = Journal::open(FileMedium::new(data), BOUNDS, clock.now()).unwrap();
        let health = Health::new(clock, &[]);
        let (stopper, stop) = stop::pair();
        let uplink = tokio::spawn(uplink::run(Uplink {
            data: data.to_owned(),
            settings: UplinkSettings { host: None, port },
            journal: journal.clone(),
            health: health.clone(),
            clock,
            stop,
            commands: Commands::new(data.to_owned(), Board::default(), clock, Arc::default()),
            feed: None,
        }));
        Self {
            journal,
            health,
            stopper,
            uplink,
        }
    }

    async fn fill(&self, from: u64, to: u64, size: usize) {
        let mut storing = JoinSet::new();
        for number in from..=to {
            let journal = self.journal.clone();
            storing.spawn(async move { journal.store(entry(number, size)).await });
            if storing.len() >= 512 {
                storing.join_next().await.unwrap().unwrap().unwrap();
            }
        }
        while let Some(stored) = storing.join_next().await {
            stored.unwrap().unwrap();
        }
    }

    async fn until_confirmed(&self, upto: u64) {
        let mut pulse = self.journal.watch();
        pulse
            .wait_for(|pulse| pulse.confirmed >= upto)
            .await
            .unwrap();
    }

    async fn stop(self) {
        self.stopper.stop();
        self.uplink.await.unwrap();
        self.journal.stop().await;
    }
}

/// What the hub has, and what it would say.
#[derive(Default)]
struct Store {
    have: BTreeSet<u64>,
    upto: u64,
    doubled: u64,
}

impl Store {
    fn add(&mut self, seq: u64) {
        self.doubled += u64::from(!self.have.insert(seq));
        while self.have.contains(&(self.upto + 1)) {
            self.upto += 1;
        }
    }
    fn missing(&self) -> Vec<(u64, u64)> {
        let highest = self.have.last().copied().unwrap_or(0);
        (self.upto + 1..highest)
            .filter(|seq| !self.have.contains(seq))
            .map(|seq| (seq, seq))
            .collect()
    }
}

#[test]
fn a_backlog_arrives_in_order_and_is_forgotten_only_when_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        let member = broker.enrol(&data, "box-7");
        let appliance = Appliance::start(&data);
        appliance.fill(1, 3000, 1000).await;
        let mut hub = Hub::connect(&broker, folder.path());
        let mut store = Store::default();
        let mut journal = None;
        while store.upto < 3000 {
            let capture = hub.capture().await;
            store.add(capture.seq);
            assert!(capture.seq <= store.upto + 1024, "beyond the window");
            journal = Some(capture.journal);
            if store.upto % 20 == 0 {
                hub.confirm(
                    &member,
                    &Confirm {
                        journal: capture.journal,
                        upto: store.upto,
                        missing: store.missing(),
                    },
                );
            }
        }
        // The hub's last word is said again and again until it is heard: poll the hub while waiting.
        let journal = journal.unwrap();
        assert_eq!(journal, appliance.journal.pulse().journal);
        tokio::select! {
            () = appliance.until_confirmed(3000) => {}
            () = async { loop { hub.hear().await; } } => {}
        }
        let status = appliance.health.status(&appliance.journal);
        assert!(status.uplink.connected);
        assert_eq!(
            (status.queue, status.confirmed, status.name.as_str()),
            (0, 3000, "box-7")
        );
        appliance.stop().await;
    });
}

#[test]
fn lost_words_and_lost_messages_are_made_good() {
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        let member = broker.enrol(&data, "box-7");
        let appliance = Appliance::start(&data);
        appliance.fill(1, 500, 100).await;
        let mut hub = Hub::connect(&broker, folder.path());
        let mut store = Store::default();
        let mut dropped = BTreeSet::new();
        while store.upto < 500 {
            let capture = hub.capture().await;
            // Each seventh is lost on its first way.
            if capture.seq % 7 == 0 && dropped.insert(capture.seq) {
                continue;
            }
            store.add(capture.seq);
            let journal = capture.journal;
            // Words that are not for this journal's present are ignored.
            hub.confirm(
                &member,
                &Confirm {
                    journal: JournalId([9; 16]),
                    upto: 400,
                    missing: vec![(1, 500)],
                },
            );
            hub.confirm(
                &member,
                &Confirm {
                    journal,
                    upto: 100_000,
                    missing: vec![],
                },
            );
            hub.confirm(
                &member,
                &Confirm {
                    journal,
                    upto: store.upto,
                    missing: store.missing(),
                },
            );
            assert!(appliance.journal.pulse().confirmed <= store.upto);
        }
        tokio::select! {
            () = appliance.until_confirmed(500) => {}
            () = async { loop { hub.hear().await; } } => {}
        }
        appliance.stop().await;
    });
}

#[test]
fn restarts_of_broker_and_appliance_repeat_no_more_than_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        let member = broker.enrol(&data, "box-7");
        let mut appliance = Appliance::start(&data);
        appliance.fill(1, 4000, 300).await;
        let mut hub = Hub::connect(&broker, folder.path());
        let mut store = Store::default();
        let mut next_restart = 500;
        let mut restarts = 0;
        while store.upto < 4000 {
            let capture = hub.capture().await;
            store.add(capture.seq);
            if capture.seq % 20 == 0 || store.upto == 4000 {
                hub.confirm(
                    &member,
                    &Confirm {
                        journal: capture.journal,
                        upto: store.upto,
                        missing: store.missing(),
                    },
                );
            }
            if store.upto >= next_restart {
                next_restart += 500;
                restarts += 1;
                if restarts % 2 == 0 {
                    broker.kill();
                    broker.go();
                } else {
                    appliance.stop().await;
                    appliance = Appliance::start(&data);
                }
            }
        }
        assert!(restarts >= 7);
        assert!(
            store.doubled <= restarts * 1024,
            "{} repeated in {restarts} restarts",
            store.doubled
        );
        assert_eq!(store.have.len(), 4000);
        appliance.stop().await;
    });
}

#[test]
fn a_message_of_ten_megabytes_passes() {
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        broker.enrol(&data, "box-7");
        let appliance = Appliance::start(&data);
        appliance.fill(1, 3, 10 << 20).await;
        let mut hub = Hub::connect(&broker, folder.path());
        for _ in 1..=3 {
            assert_eq!(hub.capture().await.bytes.len(), 10 << 20);
        }
        appliance.stop().await;
    });
}

#[test]
fn the_hub_hears_of_the_state_and_of_the_leave() {
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        broker.enrol(&data, "box-7");
        let mut hub = Hub::connect(&broker, folder.path());
        let appliance = Appliance::start(&data);
        let online = next_state(&mut hub).await;
        assert_eq!(online.presence, Presence::Online);
        assert!(online.certificate_days > 300);
        let stop = tokio::spawn(appliance.stop());
        loop {
            if next_state(&mut hub).await.presence == Presence::Stopped {
                break;
            }
        }
        stop.await.unwrap();
        // A process that dies without leave: the broker says so for it.
        let appliance = Appliance::start(&data);
        while next_state(&mut hub).await.presence != Presence::Online {}
        appliance.uplink.abort();
        while next_state(&mut hub).await.presence != Presence::Lost {}
        appliance.journal.stop().await;
    });
}

async fn next_state(hub: &mut Hub) -> lisiere_wire::State {
    loop {
        if let Heard::State(state) = hub.hear().await {
            return *state;
        }
    }
}

#[test]
fn a_broker_that_swallows_everything_is_noticed_and_left() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        broker.enrol(&data, "box-7");
        let appliance = Appliance::start(&data);
        let uplink = || appliance.health.status(&appliance.journal).uplink;
        broker::until(|| uplink().connected).await;
        broker.freeze();
        // Collecting goes on, also when there is much to send.
        appliance.fill(1, 5000, 1000).await;
        broker::until(|| !uplink().connected && !uplink().trouble.is_empty()).await;
        broker.kill();
        broker.go();
        let mut hub = Hub::connect(&broker, folder.path());
        assert_eq!(hub.capture().await.seq, 1);
        appliance.stop().await;
    });
}

#[test]
fn a_box_collects_without_a_hub_and_joins_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        std::fs::create_dir_all(&data).unwrap();
        let appliance = Appliance::start(&data);
        appliance.fill(1, 10, 100).await;
        let status = appliance.health.status(&appliance.journal);
        assert!(!status.uplink.enrolled);
        assert_eq!(status.queue, 10);
        broker.enrol(&data, "box-7");
        let mut hub = Hub::connect(&broker, folder.path());
        assert_eq!(hub.capture().await.seq, 1);
        appliance.stop().await;
    });
}

#[test]
fn a_certificate_of_another_authority_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    let Some(stranger) = Mosquitto::start(&folder.path().join("stranger")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        stranger.enrol(&data, "box-7");
        let settings = UplinkSettings {
            host: None,
            port: Some(broker.port),
        };
        let clock = Clock::start();
        let journal = Journal::open(FileMedium::new(&data), BOUNDS, clock.now()).unwrap();
        let health = Health::new(clock, &[]);
        let (stopper, stop) = stop::pair();
        let commands = Commands::new(data.clone(), Board::default(), clock, Arc::default());
        let uplink = Uplink {
            commands,
            data,
            settings,
            journal: journal.clone(),
            health: health.clone(),
            clock,
            stop,
            feed: None,
        };
        let uplink = tokio::spawn(uplink::run(uplink));
        broker::until(|| {
            health
                .status(&journal)
                .uplink
                .trouble
                .contains("certificate")
        })
        .await;
        assert!(!health.status(&journal).uplink.connected);
        stopper.stop();
        uplink.await.unwrap();
        journal.stop().await;
    });
}
