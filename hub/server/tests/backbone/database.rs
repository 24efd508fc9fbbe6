//! Opening a database: migrations once, together, and never over a newer program's.

use lisiere_hub::store::{Error, Store, capture};

use crate::rig::{NOW, arrival, capture as message, enrol, places};
use crate::{direct, postgres};

#[tokio::test]
async fn migrations_run_once_and_a_second_opening_finds_everything() {
    for place in places().await {
        enrol(&place.store, "box-1", "nord").await;
        let batch = [arrival("nord", "box-1", message(1))];
        lisiere_hub::store::ingest::apply(&place.store, &batch, &[], NOW)
            .await
            .expect("stored");
        let applied = direct::number(&place.store, direct::MIGRATIONS).await;
        place.store.close().await;

        let again = Store::open(&place.url, NOW).await.expect(place.name);
        assert_eq!(
            direct::number(&again, direct::MIGRATIONS).await,
            applied,
            "{}",
            place.name
        );
        let mut connection = again.read().await.expect("connection");
        assert_eq!(
            capture::count(&mut connection).await.expect("count"),
            (1, 1),
            "{}",
            place.name
        );
    }
}

#[tokio::test]
async fn hubs_that_start_together_take_turns() {
    let folder = tempfile::tempdir().expect("folder");
    let mut urls = vec![format!("sqlite:{}", folder.path().join("hub.db").display())];
    urls.extend(postgres::fresh().await);
    for url in urls {
        let opening: Vec<_> = (0..4)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { Store::open(&url, NOW).await })
            })
            .collect();
        for opened in opening {
            opened.await.expect("task").expect("opened");
        }
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_with_the_remedy() {
    for place in places().await {
        direct::tamper(&place.store, direct::FROM_THE_FUTURE).await;
        let error = Store::open(&place.url, NOW).await.expect_err(place.name);
        assert!(
            matches!(error, Error::Newer { found: 9999, .. }),
            "{}: {error}",
            place.name
        );
        assert!(error.to_string().contains("9999"), "{error}");
        assert!(
            error.hint().is_some_and(|hint| hint.contains("install")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_schema_of_another_build_is_refused() {
    for place in places().await {
        direct::tamper(&place.store, direct::OTHER_BUILD).await;
        let error = Store::open(&place.url, NOW).await.expect_err(place.name);
        assert!(
            matches!(error, Error::Altered { version: 1 }),
            "{}: {error}",
            place.name
        );
    }
}

#[tokio::test]
async fn an_unusable_address_names_the_rule_and_hides_the_password() {
    let error = Store::open("mysql://lis:secret@db/x", NOW)
        .await
        .expect_err("refused");
    let text = format!("{error} {:?}", error.hint());
    assert!(
        text.contains("sqlite:") && !text.contains("secret"),
        "{text}"
    );
}

#[tokio::test]
async fn a_dropped_transaction_leaves_no_trace() {
    for place in places().await {
        let mut tx = place.store.begin().await.expect("transaction");
        lisiere_hub::store::appliance::invited(&mut tx, "box-1", "nord", "test", NOW)
            .await
            .expect("invited");
        drop(tx);
        let mut connection = place.store.read().await.expect("connection");
        let all = lisiere_hub::store::appliance::list(&mut connection)
            .await
            .expect("list");
        assert!(all.is_empty(), "{}", place.name);
    }
}
