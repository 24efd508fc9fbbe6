//! Cut power, torn writes, and files that were damaged while nobody looked.

use super::faulty::{Disk, FaultyMedium, Operation};
use super::tests::{BOUNDS, PATIENCE, confirm, contents, entry, open, run};
use super::*;

/// Stores messages, and notes after each how much of the disk's log had happened when it was answered "yes".
fn written_by_a_workload() -> (Vec<Operation>, Vec<(u64, usize)>) {
    let medium = FaultyMedium::default();
    let mut answered = Vec::new();
    run(async {
        let journal = open(&medium);
        for number in 0..40u64 {
            let size = if number % 10 == 9 { 20_000 } else { 300 };
            let stored = journal.store(entry("a", number, size)).await.unwrap();
            assert_eq!(stored, Stored::New(number + 1));
            answered.push((number, medium.disk().log.len()));
            if number % 7 == 0 {
                confirm(&journal, number / 2).await;
            }
        }
        // A power cut never waits for a clean close: everything after this is not part of the story.
    });
    let log = medium.disk().log.clone();
    (log, answered)
}

fn check_after_the_cut(image: Vec<u8>, answered: &[(u64, usize)], at: usize) {
    if image.is_empty() {
        return;
    }
    let medium = FaultyMedium::with_image(image);
    let journal = match Journal::open(medium.clone(), BOUNDS, UtcMicros(0)) {
        Ok(journal) => journal,
        Err(error) => panic!("cut at {at}: {error}"),
    };
    run(async {
        let aside = journal.pulse().set_aside.is_some();
        let due: Vec<_> = answered
            .iter()
            .filter(|(_, length)| *length <= at)
            .map(|(number, _)| *number)
            .collect();
        assert!(
            !aside || due.is_empty(),
            "cut at {at}: a journal with {} answered messages set aside",
            due.len()
        );
        let kept = contents(&journal).await;
        let numbers: Vec<_> = kept.iter().map(|capture| capture.seq).collect();
        assert!(
            numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]),
            "cut at {at}: {numbers:?}"
        );
        for number in due {
            let capture = kept.iter().find(|capture| capture.seq == number + 1);
            let capture = capture.unwrap_or_else(|| panic!("cut at {at}: message {number} lost"));
            assert!(
                capture.bytes.iter().all(|byte| *byte == number as u8),
                "cut at {at}"
            );
        }
        let next = journal.store(entry("z", 999, 10)).await.unwrap();
        assert_eq!(next, Stored::New(numbers.last().copied().unwrap_or(0) + 1));
        journal.stop().await;
    });
}

#[test]
fn every_prefix_of_the_disks_writes_keeps_what_was_answered() {
    let (log, answered) = written_by_a_workload();
    // The first page of a journal is founded under another name and moved into place whole.
    let founded = log
        .iter()
        .position(|op| matches!(op, Operation::Sync))
        .unwrap();
    let first = answered[0].1;
    let mut image = Vec::new();
    for (index, operation) in log.iter().enumerate() {
        Disk::apply(&mut image, operation);
        if index > founded.max(first - 1) {
            check_after_the_cut(image.clone(), &answered, index + 1);
        }
    }
}

#[test]
fn writes_lost_or_torn_after_the_last_sync_keep_what_was_answered() {
    let (log, answered) = written_by_a_workload();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    for _ in 0..150 {
        let cut = answered[0].1 + draw() as usize % (log.len() - answered[0].1);
        let synced = log[..cut]
            .iter()
            .rposition(|op| matches!(op, Operation::Sync))
            .unwrap();
        let mut image = Vec::new();
        log[..=synced]
            .iter()
            .for_each(|operation| Disk::apply(&mut image, operation));
        for operation in &log[synced + 1..cut] {
            match (operation, draw() % 3) {
                (_, 0) => {}
                (Operation::Write(offset, bytes), 1) => {
                    // Only some sectors of 512 bytes reached the plate.
                    let whole = bytes.len() / 512;
                    let torn = 512 * (draw() as usize % (whole + 1));
                    Disk::apply(
                        &mut image,
                        &Operation::Write(*offset, bytes[..torn].to_vec()),
                    );
                }
                (operation, _) => Disk::apply(&mut image, operation),
            }
        }
        check_after_the_cut(image, &answered, synced + 1);
    }
}

/// The system's memory shows a commit whose sync failed and that never reached the disk. Built upon, it would take the
/// next message with it at the next power cut.
#[test]
fn after_a_failed_sync_the_disk_counts_and_not_the_memory() {
    let medium = FaultyMedium::default();
    run(async {
        let journal = open(&medium);
        journal.store(entry("a", 1, 300)).await.unwrap();
        let mut answered = vec![1];
        for number in 2..12 {
            medium.disk().failing_sync = true;
            let refused = journal.store(entry("a", number, 300)).await;
            assert!(matches!(refused, Err(Refusal::Failing(_))), "{refused:?}");
            while journal.pulse().condition != Condition::Good {
                assert!(journal.tend(UtcMicros(0), PATIENCE).await);
            }
            journal.store(entry("a", 100 + number, 300)).await.unwrap();
            answered.push(100 + number as u8);
            let cut = open(&FaultyMedium::with_image(medium.synced()));
            assert_eq!(cut.pulse().set_aside, None);
            let kept = contents(&cut).await;
            let kept: Vec<_> = kept.iter().map(|capture| capture.bytes[0]).collect();
            assert_eq!(kept, answered);
            cut.stop().await;
        }
        assert_eq!(journal.pulse().set_aside, None);
        journal.stop().await;
    });
}

#[test]
fn files_that_are_no_journal_are_set_aside_unchanged() {
    let garbage: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    for (name, bytes) in [
        ("garbage", garbage),
        ("empty", Vec::new()),
        ("text", b"not a journal".to_vec()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("journal.redb"), &bytes).unwrap();
        let journal = Journal::open(
            FileMedium::new(folder.path()),
            BOUNDS,
            UtcMicros(1_764_000_000_000_000),
        )
        .unwrap();
        let place = journal.pulse().set_aside.expect(name);
        assert!(
            place.ends_with("journal.redb.corrupt-20251124T160000Z"),
            "{place}"
        );
        assert_eq!(std::fs::read(&place).unwrap(), bytes, "{name}");
        run(async {
            assert_eq!(journal.store(entry("a", 1, 10)).await, Ok(Stored::New(1)));
            journal.stop().await;
        });
    }
}

/// A sound journal with bytes changed, cut off or put in at random places: opened with everything in it right, or set
/// aside; never a panic, never a wrong byte served.
#[test]
fn damaged_journals_are_read_rightly_or_set_aside() {
    let medium = FaultyMedium::default();
    run(async {
        let journal = open(&medium);
        for number in 0..50 {
            journal.store(entry("a", number, 700)).await.unwrap();
        }
        journal.stop().await;
    });
    let sound = medium.disk().image.clone();
    let mut random = 42_u64;
    let mut set_aside = 0;
    for round in 0..120 {
        let mut image = sound.clone();
        for _ in 0..=round % 4 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let place = (random >> 20) as usize % image.len();
            match round % 3 {
                0 => image[place] ^= 1 << (random >> 61),
                1 => image.truncate(place.max(1)),
                _ => image[place..]
                    .iter_mut()
                    .take(64)
                    .for_each(|byte| *byte = 0),
            }
        }
        let changed = FaultyMedium::with_image(image.clone());
        let journal = match Journal::open(changed.clone(), BOUNDS, UtcMicros(0)) {
            Ok(journal) => journal,
            Err(error) => panic!("round {round}: {error}"),
        };
        run(async {
            if journal.pulse().set_aside.is_some() {
                set_aside += 1;
            } else {
                for capture in contents(&journal).await {
                    assert_eq!(
                        capture.bytes,
                        vec![capture.seq as u8 - 1; 700],
                        "round {round}"
                    );
                }
            }
            assert!(journal.store(entry("b", 1, 10)).await.is_ok());
            journal.stop().await;
        });
    }
    assert!(set_aside > 20, "{set_aside}");
}
