//! Accounts and sessions on both databases.

use lisiere_hub::people::accounts::{self, Change};
use lisiere_hub::people::sessions::{self, SignInError};
use lisiere_hub::people::{AccountError, NewAccount};
use lisiere_hub::review::Role;
use lisiere_hub::store::audit::{self, Filter, Verdict};
use lisiere_hub::store::{Store, session};

use crate::postgres;
use crate::rig::{NOW, PASSWORD, SECOND};

fn new(login: &str, role: Role, rpps: Option<&str>) -> NewAccount {
    NewAccount {
        login: login.into(),
        name: "Dr Jeanne MARTIN".into(),
        role,
        rpps: rpps.map(str::to_owned),
        language: "fr".into(),
        password: PASSWORD.into(),
    }
}

#[tokio::test]
async fn accounts_and_sessions_on_each_database() {
    let folder = tempfile::tempdir().unwrap();
    let mut urls = vec![format!("sqlite:{}", folder.path().join("hub.db").display())];
    urls.extend(postgres::fresh().await);
    for url in urls {
        let store = Store::open(&url, NOW).await.unwrap();
        let name = store.dialect().name();
        refused(&store, name).await;
        lived(&store, name).await;
        let mut reader = store.read().await.unwrap();
        let verdict = audit::verify(&mut reader, 1).await.unwrap();
        assert!(
            matches!(verdict, Verdict::Intact { .. }),
            "{name}: {verdict:?}"
        );
        let trail = audit::list(&mut reader, &Filter::default(), 100)
            .await
            .unwrap();
        for entry in &trail {
            assert!(
                !entry.detail.contains(PASSWORD) && !entry.detail.contains("argon2"),
                "{entry:?}"
            );
        }
    }
}

async fn refused(store: &Store, name: &str) {
    let add = |new| accounts::add(store, new, "cli", NOW);
    let error = add(new("martin", Role::Biologist, None)).await.unwrap_err();
    assert!(
        matches!(error, AccountError::BiologistWithoutRpps),
        "{name}: {error}"
    );
    let error = add(new("martin", Role::Biologist, Some("12")))
        .await
        .unwrap_err();
    assert!(matches!(error, AccountError::Rpps), "{name}: {error}");
    let error = add(new("jean martin", Role::Technician, None))
        .await
        .unwrap_err();
    assert!(matches!(error, AccountError::Login), "{name}: {error}");
    let weak = NewAccount {
        password: "court".into(),
        ..new("martin", Role::Technician, None)
    };
    assert!(
        matches!(add(weak).await.unwrap_err(), AccountError::Password(_)),
        "{name}"
    );
}

async fn lived(store: &Store, name: &str) {
    // The national form with its leading 8 is the same number.
    let martin = accounts::add(
        store,
        new("Martin", Role::Biologist, Some("810000000001")),
        "cli",
        NOW,
    )
    .await
    .unwrap();
    assert_eq!(
        (martin.login.as_str(), martin.rpps.as_deref()),
        ("martin", Some("10000000001")),
        "{name}"
    );
    let twice = accounts::add(store, new("martin", Role::Technician, None), "cli", NOW)
        .await
        .unwrap_err();
    assert!(matches!(twice, AccountError::Taken(_)), "{name}: {twice}");

    let token = sessions::sign_in(store, "MARTIN", PASSWORD, NOW)
        .await
        .unwrap();
    let found = sessions::recognise(store, &token, false, NOW + 90 * SECOND)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.account.id, martin.id, "{name}");
    assert!(
        sessions::recognise(
            store,
            &token.replace(token.chars().next().unwrap(), "-"),
            false,
            NOW
        )
        .await
        .unwrap()
        .is_none()
    );
    let mut tx = store.begin().await.unwrap();
    session::keep_search(&mut tx, "s-1", &found.digest, "essai", NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut reader = store.read().await.unwrap();
    assert_eq!(
        session::search(&mut reader, "s-1", &found.digest)
            .await
            .unwrap()
            .as_deref(),
        Some("essai"),
        "{name}"
    );
    assert_eq!(
        session::search(&mut reader, "s-1", "other").await.unwrap(),
        None,
        "{name}"
    );
    drop(reader);

    let closed = Change {
        active: Some(false),
        ..Change::default()
    };
    accounts::change(store, martin.id, closed, "cli", NOW)
        .await
        .unwrap();
    assert!(
        sessions::recognise(store, &token, false, NOW + 90 * SECOND)
            .await
            .unwrap()
            .is_none(),
        "{name}"
    );
    for attempt in 0..6 {
        let error = sessions::sign_in(store, "martin", PASSWORD, NOW)
            .await
            .unwrap_err();
        assert_eq!(
            matches!(error, SignInError::Wait(30)),
            attempt == 5,
            "{name}: {attempt} {error}"
        );
    }
    let mut reader = store.read().await.unwrap();
    assert_eq!(
        session::search(&mut reader, "s-1", &found.digest)
            .await
            .unwrap(),
        None,
        "{name}: searches end with the session"
    );
}
