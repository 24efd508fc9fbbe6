//! Several hubs on one database: each capture read once, each report signed once.

use lisiere_hub::laboratory::{Error, conservation, signing, worker};

use crate::bench::{NOW, biologist, c311, places, second_biologist};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hubs_read_each_capture_once() {
    for place in places().await {
        for tube in 0..60 {
            place
                .store(
                    c311(
                        &format!("T{tube:04}"),
                        &[("717", "0.92", "g/L"), ("990", "4.1", "mmol/l")],
                    ),
                    NOW,
                )
                .await;
        }
        let other = place.other_hub().await;
        let drain = |lab: lisiere_hub::laboratory::Laboratory| async move {
            let mut read = 0;
            loop {
                match worker::process(&lab, NOW).await.expect("interpretation") {
                    0 => return read,
                    some => read += some,
                }
            }
        };
        let (one, two) = tokio::join!(drain(place.lab.clone()), drain(other));
        assert_eq!(one + two, 60, "{}", place.name);
        let figures = conservation::figures(&place.lab).await.expect("figures");
        assert_eq!(
            (figures.received, figures.waiting, figures.captures.waiting),
            (120, 120, 0),
            "{}",
            place.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_signatures_at_once_one_wins() {
    for place in places().await {
        let order = place.register("26092130", &["GLU"]).await;
        place
            .receive(c311("26092130", &[("717", "0.92", "g/L")]))
            .await;
        place.accept(order.id, "GLU").await;
        let other = place.other_hub().await;
        let (first, second) = (biologist(), second_biologist());
        let mut screens = Vec::new();
        for who in [&first, &second] {
            let preview = signing::preview(&place.lab, order.id, who, NOW).await;
            screens.push(preview.expect("preview").covers);
        }
        let (one, two) = tokio::join!(
            signing::sign(&place.lab, order.id, &screens[0], &first, NOW),
            signing::sign(&other, order.id, &screens[1], &second, NOW),
        );
        let won = [&one, &two].iter().filter(|signed| signed.is_ok()).count();
        assert_eq!(won, 1, "{}: {one:?} {two:?}", place.name);
        let lost = if one.is_ok() { two } else { one };
        assert!(
            matches!(lost, Err(Error::Stale(_))),
            "{}: {lost:?}",
            place.name
        );
        let versions = signing::versions(&place.lab, order.id)
            .await
            .expect("versions");
        assert_eq!(
            versions.iter().map(|v| v.version).collect::<Vec<_>>(),
            [1],
            "{}",
            place.name
        );
    }
}
