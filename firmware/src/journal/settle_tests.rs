//! What is taken for a repetition, and what is a message of its own although it looks the same.

use super::faulty::{FaultyMedium, Operation};
use super::tests::{confirm, contents, entry, open, run};
use super::*;

fn syncs(medium: &FaultyMedium) -> usize {
    let disk = medium.disk();
    disk.log
        .iter()
        .filter(|operation| matches!(operation, Operation::Sync))
        .count()
}

#[test]
fn an_identical_message_after_the_answers_were_heard_is_a_message_of_its_own() {
    run(async {
        let journal = open(&FaultyMedium::default());
        assert_eq!(journal.store(entry("a", 1, 10)).await, Ok(Stored::New(1)));
        assert_eq!(journal.store(entry("b", 1, 10)).await, Ok(Stored::New(2)));
        journal.settle("a").await;
        // A specimen number used again, a rerun with the same value, an operator's resend.
        assert_eq!(journal.store(entry("a", 1, 10)).await, Ok(Stored::New(3)));
        assert_eq!(
            journal.store(entry("b", 1, 10)).await,
            Ok(Stored::Repeat(2)),
            "the other analyzer has not said so"
        );
        assert_eq!(
            journal.store(entry("a", 1, 10)).await,
            Ok(Stored::Repeat(3)),
            "and this answer again may be unheard"
        );
        journal.stop().await;
    });
}

#[test]
fn each_message_explains_one_repetition_a_session() {
    run(async {
        let journal = open(&FaultyMedium::default());
        let mut apart = BTreeSet::new();
        // Two replicates in one session, which is then broken off.
        for expected in [Stored::New(1), Stored::New(2)] {
            let replicate = Entry {
                apart: apart.clone(),
                ..entry("a", 1, 10)
            };
            assert_eq!(journal.store(replicate).await, Ok(expected));
            let (Stored::New(seq) | Stored::Repeat(seq)) = expected;
            apart.insert(seq);
        }
        // The session is repeated whole, and brings a third.
        let mut apart = BTreeSet::new();
        let mut stored = Vec::new();
        for _ in 0..3 {
            let replicate = Entry {
                apart: apart.clone(),
                ..entry("a", 1, 10)
            };
            let what = journal.store(replicate).await.unwrap();
            let (Stored::New(seq) | Stored::Repeat(seq)) = what;
            apart.insert(seq);
            stored.push(what);
        }
        assert_eq!(
            stored,
            [Stored::Repeat(1), Stored::Repeat(2), Stored::New(3)]
        );
        journal.stop().await;
    });
}

#[test]
fn what_was_heard_is_durable_with_the_next_message_and_costs_no_write_of_its_own() {
    let medium = FaultyMedium::default();
    run(async {
        let journal = open(&medium);
        journal.store(entry("a", 1, 10)).await.unwrap();
        let before = syncs(&medium);
        journal.settle("a").await;
        confirm(&journal, 0).await;
        assert!(journal.tend(UtcMicros(0), Duration::from_secs(5)).await);
        assert_eq!(syncs(&medium), before);
        // Power fails: the last session is a candidate again.
        let cut = open(&FaultyMedium::with_image(medium.synced()));
        assert_eq!(cut.store(entry("a", 1, 10)).await, Ok(Stored::Repeat(1)));
        cut.stop().await;
        // With the next message, of whatever port, it is not.
        journal.store(entry("b", 2, 10)).await.unwrap();
        let cut = open(&FaultyMedium::with_image(medium.synced()));
        assert_eq!(cut.store(entry("a", 1, 10)).await, Ok(Stored::New(3)));
        cut.stop().await;
        journal.stop().await;
    });
}

#[test]
fn an_end_in_good_order_forgets_nothing_of_what_was_heard() {
    let medium = FaultyMedium::default();
    run(async {
        let journal = open(&medium);
        journal.store(entry("a", 1, 10)).await.unwrap();
        journal.settle("a").await;
        journal.stop().await;
        let journal = open(&medium);
        assert_eq!(journal.store(entry("a", 1, 10)).await, Ok(Stored::New(2)));
        journal.stop().await;
    });
}

#[test]
fn what_was_heard_outlives_a_failed_write() {
    let medium = FaultyMedium::default();
    run(async {
        let journal = open(&medium);
        journal.store(entry("a", 1, 10)).await.unwrap();
        journal.settle("a").await;
        medium.disk().broken = true;
        assert!(journal.store(entry("a", 1, 10)).await.is_err());
        medium.disk().broken = false;
        while journal.pulse().condition != Condition::Good {
            assert!(journal.tend(UtcMicros(0), Duration::from_secs(5)).await);
        }
        assert_eq!(journal.store(entry("a", 1, 10)).await, Ok(Stored::New(2)));
        assert_eq!(contents(&journal).await.len(), 2);
        journal.stop().await;
    });
}

#[test]
fn a_confirmation_of_another_journal_is_not_for_this_one() {
    run(async {
        let journal = open(&FaultyMedium::default());
        journal.store(entry("a", 1, 10)).await.unwrap();
        journal.store(entry("a", 2, 10)).await.unwrap();
        journal.confirm(JournalId([9; 16]), 2).await;
        assert!(journal.tend(UtcMicros(0), Duration::from_secs(5)).await);
        assert_eq!(journal.pulse().confirmed, 0);
        confirm(&journal, 1).await;
        assert!(journal.tend(UtcMicros(0), Duration::from_secs(5)).await);
        assert_eq!(journal.pulse().confirmed, 1);
        journal.stop().await;
    });
}
