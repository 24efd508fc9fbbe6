//! The journal as its users see it, on good, full, failing and cut-off disks.

use super::faulty::{Disk, FaultyMedium, Operation};
use super::*;
use lisiere_model::ClockQuality;
use lisiere_wire::LinkStats;
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(super) const BOUNDS: Bounds = Bounds {
    records: 8 << 20,
    keep_confirmed_hours: 168,
    repeat_hours: 24,
};
const HOUR: i64 = 3_600_000_000;
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn entry(port: &str, number: u64, size: usize) -> Entry {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&number.to_le_bytes());
    Entry {
        capture: Capture {
            journal: JournalId([0; 16]),
            seq: 0,
            boot: 0,
            port: port.into(),
            link: "lis1a".into(),
            driver: String::new(),
            received_at: UtcMicros(1_000 * HOUR),
            clock: ClockQuality::Unsynchronised,
            digest,
            bytes: vec![number as u8; size],
            stats: LinkStats::default(),
        },
        apart: BTreeSet::new(),
    }
}

pub(super) async fn confirm(journal: &Journal, upto: u64) {
    journal.confirm(journal.pulse().journal, upto).await;
}

pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, future)
            .await
            .expect("in time")
    })
}

pub(super) fn open(medium: &FaultyMedium) -> Journal {
    Journal::open(medium.clone(), BOUNDS, UtcMicros(0)).unwrap()
}

pub(super) async fn contents(journal: &Journal) -> Vec<Capture> {
    let mut all = Vec::new();
    let mut from = 1;
    loop {
        let batch = journal.read(from, u64::MAX, 100, 1 << 20).await.unwrap();
        let Some((last, _)) = batch.last() else {
            return all;
        };
        from = last + 1;
        all.extend(
            batch
                .iter()
                .map(|(_, envelope)| lisiere_wire::decode::<Capture>(envelope).unwrap()),
        );
    }
}

#[test]
fn what_was_stored_is_there_after_a_restart_with_growing_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Journal::open(FileMedium::new(folder.path()), BOUNDS, UtcMicros(0)).unwrap();
    run(async {
        let journal = open();
        assert_eq!(journal.store(entry("a", 1, 10)).await, Ok(Stored::New(1)));
        assert_eq!(journal.store(entry("a", 2, 10)).await, Ok(Stored::New(2)));
        let name = journal.pulse().journal;
        journal.stop().await;
        let journal = open();
        assert_eq!(journal.pulse().journal, name);
        assert_eq!(journal.pulse().boot, 2);
        assert_eq!(journal.store(entry("a", 3, 10)).await, Ok(Stored::New(3)));
        let kept = contents(&journal).await;
        let facts: Vec<_> = kept
            .iter()
            .map(|capture| (capture.seq, capture.boot, capture.bytes[0]))
            .collect();
        assert_eq!(facts, [(1, 1, 1), (2, 1, 2), (3, 2, 3)]);
        assert!(kept.iter().all(|capture| capture.journal == name));
        journal.stop().await;
    });
}

#[test]
fn a_second_process_is_told_that_the_journal_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(FileMedium::new(folder.path()), BOUNDS, UtcMicros(0)).unwrap();
    let second = Journal::open(FileMedium::new(folder.path()), BOUNDS, UtcMicros(0));
    assert!(matches!(second, Err(OpenError::InUse)), "{second:?}");
    run(journal.stop());
}

#[test]
fn a_retransmission_is_stored_once_and_answered_yes_even_after_a_restart() {
    let medium = FaultyMedium::default();
    run(async {
        let journal = open(&medium);
        assert_eq!(journal.store(entry("a", 1, 10)).await, Ok(Stored::New(1)));
        assert_eq!(
            journal.store(entry("a", 1, 10)).await,
            Ok(Stored::Repeat(1))
        );
        assert_eq!(journal.store(entry("b", 1, 10)).await, Ok(Stored::New(2)));
        journal.stop().await;
        let journal = open(&medium);
        assert_eq!(
            journal.store(entry("a", 1, 10)).await,
            Ok(Stored::Repeat(1))
        );
        let mut later = entry("a", 1, 10);
        later.capture.received_at.0 += 25 * HOUR;
        assert_eq!(journal.store(later).await, Ok(Stored::New(3)));
        journal.stop().await;
    });
}

#[test]
fn a_retransmission_is_known_among_64_messages_and_not_beyond() {
    run(async {
        let journal = open(&FaultyMedium::default());
        for number in 0..65 {
            assert!(matches!(
                journal.store(entry("a", number, 10)).await,
                Ok(Stored::New(_))
            ));
        }
        assert_eq!(
            journal.store(entry("a", 1, 10)).await,
            Ok(Stored::Repeat(2))
        );
        assert_eq!(journal.store(entry("a", 0, 10)).await, Ok(Stored::New(66)));
        journal.stop().await;
    });
}

#[test]
fn many_ports_share_commits() {
    let medium = FaultyMedium::default();
    let before = |disk: &Disk| {
        disk.log
            .iter()
            .filter(|op| matches!(op, Operation::Sync))
            .count()
    };
    run(async {
        let journal = open(&medium);
        let start = before(&medium.disk());
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..200u64 {
            let journal = journal.clone();
            tasks.spawn(async move {
                journal
                    .store(entry(&format!("p{number}"), number, 100))
                    .await
            });
        }
        let mut numbers = Vec::new();
        while let Some(stored) = tasks.join_next().await {
            match stored.unwrap() {
                Ok(Stored::New(seq)) => numbers.push(seq),
                other => panic!("{other:?}"),
            }
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
        let syncs = before(&medium.disk()) - start;
        assert!(syncs < 100, "{syncs} syncs for 200 messages");
        journal.stop().await;
    });
}

#[test]
fn unconfirmed_messages_are_refused_room_never_dropped() {
    let bounds = Bounds {
        records: 100_000,
        ..BOUNDS
    };
    run(async {
        let journal = Journal::open(FaultyMedium::default(), bounds, UtcMicros(0)).unwrap();
        let mut stored = 0;
        loop {
            match journal.store(entry("a", stored, 1000)).await {
                Ok(Stored::New(_)) => stored += 1,
                Err(Refusal::Full) => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(stored > 60, "{stored}");
        assert_eq!(journal.pulse().condition, Condition::Full);
        assert_eq!(contents(&journal).await.len() as u64, stored);
        // A retransmission of what is there needs no room.
        assert_eq!(
            journal.store(entry("a", stored - 1, 1000)).await,
            Ok(Stored::Repeat(stored))
        );
        // The hub confirms some: the alarm ends and there is room again, at the cost of the oldest confirmed.
        confirm(&journal, 10).await;
        assert_eq!(
            journal.store(entry("a", 9000, 1000)).await,
            Ok(Stored::New(stored + 1))
        );
        let pulse = journal.pulse();
        assert_eq!(
            (pulse.condition.clone(), pulse.confirmed, pulse.queue),
            (Condition::Good, 10, stored - 9)
        );
        assert!(pulse.first > 1 && pulse.first <= 11, "{pulse:?}");
        journal.stop().await;
    });
}

#[test]
fn old_confirmed_messages_go_and_numbers_never_go_back() {
    let medium = FaultyMedium::default();
    run(async {
        let journal = open(&medium);
        for number in 0..20 {
            journal.store(entry("a", number, 50)).await.unwrap();
        }
        confirm(&journal, 15).await;
        assert!(journal.tend(UtcMicros(1_001 * HOUR), PATIENCE).await);
        assert_eq!(journal.pulse().first, 1);
        assert!(journal.tend(UtcMicros(2_000 * HOUR), PATIENCE).await);
        assert_eq!(journal.pulse().first, 16);
        assert_eq!(contents(&journal).await.len(), 5);
        confirm(&journal, 20).await;
        assert!(journal.tend(UtcMicros(2_000 * HOUR), PATIENCE).await);
        assert_eq!(contents(&journal).await.len(), 0);
        journal.stop().await;
        let journal = open(&medium);
        assert_eq!(journal.store(entry("a", 77, 50)).await, Ok(Stored::New(21)));
        journal.stop().await;
    });
}

#[test]
fn a_confirmation_beyond_the_end_counts_only_what_is_there() {
    run(async {
        let journal = open(&FaultyMedium::default());
        journal.store(entry("a", 1, 50)).await.unwrap();
        confirm(&journal, 900).await;
        assert!(journal.tend(UtcMicros(0), PATIENCE).await);
        assert_eq!(journal.pulse().confirmed, 1);
        assert_eq!(journal.store(entry("a", 2, 50)).await, Ok(Stored::New(2)));
        assert_eq!(journal.pulse().queue, 1);
        journal.stop().await;
    });
}

#[test]
fn a_disk_without_space_refuses_and_recovers_by_itself() {
    let medium = FaultyMedium::default();
    run(async {
        let journal = open(&medium);
        journal.store(entry("a", 0, 1000)).await.unwrap();
        let size = medium.disk().image.len() as u64;
        medium.disk().space = Some(size);
        let mut acknowledged = 1;
        let refusal = loop {
            match journal.store(entry("a", acknowledged, 1000)).await {
                Ok(_) => acknowledged += 1,
                Err(refusal) => break refusal,
            }
        };
        assert!(matches!(refusal, Refusal::Failing(_)), "{refusal:?}");
        assert!(matches!(journal.pulse().condition, Condition::Failing(_)));
        medium.disk().space = None;
        for _ in 0..10 {
            assert!(journal.tend(UtcMicros(0), PATIENCE).await);
        }
        assert_eq!(journal.pulse().condition, Condition::Good);
        assert!(contents(&journal).await.len() as u64 >= acknowledged);
        assert!(journal.store(entry("a", acknowledged, 1000)).await.is_ok());
        journal.stop().await;
    });
}

#[test]
fn a_disk_that_others_fill_makes_the_journal_smaller_before_it_fails() {
    let medium = FaultyMedium::default();
    run(async {
        let journal = open(&medium);
        for number in 0..100 {
            journal.store(entry("a", number, 1000)).await.unwrap();
        }
        confirm(&journal, 60).await;
        medium.disk().room = Some(200_000);
        assert!(journal.tend(UtcMicros(1_000 * HOUR), PATIENCE).await);
        assert_eq!(
            journal.store(entry("a", 100, 1000)).await,
            Ok(Stored::New(101))
        );
        let pulse = journal.pulse();
        assert!(
            pulse.first > 40 && pulse.first <= 61,
            "confirmed ones made room: {pulse:?}"
        );
        medium.disk().room = Some(50_000);
        assert!(journal.tend(UtcMicros(1_000 * HOUR), PATIENCE).await);
        assert_eq!(journal.pulse().condition, Condition::Full);
        assert_eq!(
            journal.store(entry("a", 200, 1000)).await,
            Err(Refusal::Full)
        );
        assert_eq!(journal.pulse().queue, 41);
        medium.disk().room = None;
        assert!(journal.tend(UtcMicros(1_000 * HOUR), PATIENCE).await);
        assert_eq!(journal.pulse().condition, Condition::Good);
        assert_eq!(
            journal.store(entry("a", 200, 1000)).await,
            Ok(Stored::New(102))
        );
        journal.stop().await;
    });
}

#[test]
fn a_hundred_storage_faults_lose_nothing_that_was_answered_yes() {
    let medium = FaultyMedium::default();
    run(async {
        let journal = open(&medium);
        let mut acknowledged = BTreeMap::new();
        for number in 0..300u64 {
            medium.disk().broken = number % 3 == 1;
            if let Ok(stored) = journal.store(entry("a", number, 200)).await {
                let (Stored::New(seq) | Stored::Repeat(seq)) = stored;
                acknowledged.insert(seq, number as u8);
            }
            medium.disk().broken = false;
            for _ in 0..3 {
                assert!(journal.tend(UtcMicros(0), PATIENCE).await);
            }
        }
        assert!(acknowledged.len() >= 200, "{}", acknowledged.len());
        let kept: BTreeMap<_, _> = contents(&journal)
            .await
            .iter()
            .map(|capture| (capture.seq, capture.bytes[0]))
            .collect();
        for (seq, byte) in &acknowledged {
            assert_eq!(kept.get(seq), Some(byte), "{seq}");
        }
        journal.stop().await;
    });
}

/// A month at ten thousand small messages a day, and a large one now and then: the file stays within its bound, and room
/// that was given back is used again.
#[test]
fn the_file_does_not_grow_for_ever() {
    const FILE: u64 = 8 << 20;
    let settings = crate::settings::JournalSettings {
        max_bytes: FILE,
        ..Default::default()
    };
    let medium = FaultyMedium::default();
    medium.disk().forgetful = true;
    run(async {
        let journal = Journal::open(medium.clone(), settings.into(), UtcMicros(0)).unwrap();
        for batch in 0..300u64 {
            let mut storing = tokio::task::JoinSet::new();
            for number in batch * 100..batch * 100 + 100 {
                let journal = journal.clone();
                let size = if number % 1000 == 0 {
                    300_000
                } else {
                    200 + number as usize % 900
                };
                storing.spawn(async move {
                    journal
                        .store(entry(&format!("p{}", number % 5), number, size))
                        .await
                });
            }
            while let Some(stored) = storing.join_next().await {
                assert!(matches!(stored.unwrap(), Ok(Stored::New(_))));
            }
            confirm(&journal, journal.pulse().last.saturating_sub(50)).await;
        }
        assert_eq!(journal.pulse().last, 30_000);
        assert!(journal.pulse().first > 20_000);
        journal.stop().await;
    });
    let longest = medium.disk().longest as u64;
    assert!(longest <= FILE, "{longest} of {FILE} bytes");
}

#[derive(Clone, Debug)]
enum Step {
    Store { port: u8, number: u8, size: usize },
    Confirm(u64),
    Tend { hours: i64 },
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0u8..3, any::<u8>(), 0usize..6000).prop_map(|(port, number, size)| Step::Store { port, number, size }),
        2 => (0u64..80).prop_map(Step::Confirm),
        1 => (900i64..1400).prop_map(|hours| Step::Tend { hours }),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever happens: numbers grow by one, nothing unconfirmed is dropped, the bound holds.
    #[test]
    fn no_order_of_events_loses_or_renumbers(steps in steps()) {
        let bounds = Bounds { records: 60_000, ..BOUNDS };
        let medium = FaultyMedium::default();
        run(async {
            let mut journal = Journal::open(medium.clone(), bounds, UtcMicros(0)).unwrap();
            let mut last = 0;
            let mut confirmed = 0;
            for step in steps {
                match step {
                    Step::Store { port, number, size } => {
                        match journal.store(entry(&format!("p{port}"), number.into(), size)).await {
                            Ok(Stored::New(seq)) => {
                                assert_eq!(seq, last + 1);
                                last = seq;
                            }
                            Ok(Stored::Repeat(seq)) => assert!(seq <= last),
                            Err(refusal) => assert_eq!(refusal, Refusal::Full),
                        }
                    }
                    Step::Confirm(upto) => {
                        confirm(&journal, upto).await;
                        confirmed = confirmed.max(upto.min(last));
                    }
                    Step::Tend { hours } => assert!(journal.tend(UtcMicros(hours * HOUR), PATIENCE).await),
                    Step::Restart => {
                        journal.stop().await;
                        journal = Journal::open(medium.clone(), bounds, UtcMicros(0)).unwrap();
                    }
                }
            }
            assert!(journal.tend(UtcMicros(0), PATIENCE).await);
            let kept: Vec<_> = contents(&journal).await.iter().map(|capture| capture.seq).collect();
            let pulse = journal.pulse();
            assert_eq!((pulse.last, pulse.confirmed, pulse.queue), (last, confirmed, last - confirmed));
            assert_eq!(kept, (pulse.first..=last).collect::<Vec<_>>());
            assert!(pulse.first <= confirmed + 1);
            journal.stop().await;
        });
    }
}
