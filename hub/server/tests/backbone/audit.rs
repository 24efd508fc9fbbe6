//! The audit trail: a removed or edited line shows, and nothing is recorded without the change it tells of.

use lisiere_hub::store::Store;
use lisiere_hub::store::audit::{self, Entry, Filter, Verdict};

use crate::direct;
use crate::rig::{NOW, places};

async fn append(store: &Store, number: i64) {
    let mut tx = store.begin().await.expect("transaction");
    let subject = number.to_string();
    let entry = Entry {
        who: "claire",
        action: "report.signed",
        subject_kind: "report",
        subject_id: &subject,
        detail: serde_json::json!({ "version": number }),
        at: NOW + number,
    };
    assert_eq!(
        audit::append(&mut tx, entry).await.expect("appended"),
        number
    );
    tx.commit().await.expect("commit");
}

async fn verdict(store: &Store) -> Verdict {
    let mut connection = store.read().await.expect("connection");
    audit::verify(&mut connection, 1).await.expect("verified")
}

#[tokio::test]
async fn an_untouched_trail_is_intact_and_listed_newest_first() {
    for place in places().await {
        assert!(matches!(
            verdict(&place.store).await,
            Verdict::Intact { entries: 0, .. }
        ));
        for number in 1..=5 {
            append(&place.store, number).await;
        }
        assert!(
            matches!(
                verdict(&place.store).await,
                Verdict::Intact { entries: 5, .. }
            ),
            "{}",
            place.name
        );
        let mut connection = place.store.read().await.expect("connection");
        let page = audit::list(&mut connection, &Filter::default(), 2)
            .await
            .expect("page");
        assert_eq!(
            page.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
            [5, 4]
        );
        let filter = Filter {
            before: Some(4),
            subject_id: Some("2".to_owned()),
            ..Filter::default()
        };
        let page = audit::list(&mut connection, &filter, 10)
            .await
            .expect("page");
        assert_eq!(page.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [2]);
    }
}

#[tokio::test]
async fn an_edited_removed_or_cut_off_line_shows() {
    for (statement, at) in [
        (direct::EDIT_AUDIT, 3),
        (direct::REMOVE_AUDIT, 3),
        (direct::SHORTEN_AUDIT, 5),
    ] {
        for place in places().await {
            for number in 1..=5 {
                append(&place.store, number).await;
            }
            direct::tamper(&place.store, statement).await;
            let found = verdict(&place.store).await;
            assert!(
                matches!(found, Verdict::Broken { seq, .. } if seq == at),
                "{}: {statement}: {found:?}",
                place.name
            );
        }
    }
}

#[tokio::test]
async fn writers_side_by_side_make_one_chain() {
    for place in places().await {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let store = place.store.clone();
                tokio::spawn(async move {
                    for _ in 0..10 {
                        let mut tx = store.begin().await.expect("transaction");
                        let entry = Entry {
                            who: "hub",
                            action: "look",
                            subject_kind: "patient",
                            subject_id: "1",
                            detail: serde_json::Value::Null,
                            at: NOW,
                        };
                        audit::append(&mut tx, entry).await.expect("appended");
                        tx.commit().await.expect("commit");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("writer");
        }
        assert!(
            matches!(
                verdict(&place.store).await,
                Verdict::Intact { entries: 80, .. }
            ),
            "{}",
            place.name
        );
    }
}

#[tokio::test]
async fn a_rolled_back_change_leaves_no_entry() {
    for place in places().await {
        append(&place.store, 1).await;
        let mut tx = place.store.begin().await.expect("transaction");
        let entry = Entry {
            who: "hub",
            action: "look",
            subject_kind: "patient",
            subject_id: "1",
            detail: serde_json::Value::Null,
            at: NOW,
        };
        audit::append(&mut tx, entry).await.expect("appended");
        tx.rollback().await.expect("rolled back");
        append(&place.store, 2).await;
        assert!(
            matches!(
                verdict(&place.store).await,
                Verdict::Intact { entries: 2, .. }
            ),
            "{}",
            place.name
        );
    }
}
