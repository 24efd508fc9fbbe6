//! No match is never a guess: what no rule may decide waits, and a named person settles it.

use lisiere_hub::laboratory::orders::PatientChoice;
use lisiere_hub::laboratory::queue::{self, Cause, QueueItem};
use lisiere_hub::laboratory::{Error, conservation, controls, dossier, orders, worker};
use lisiere_hub::review::{Role, State};

use crate::bench::{NOW, Place, c311, order_for, places, provisional, technician};

async fn only(place: &Place, cause: Cause) -> QueueItem {
    let items = queue::list(&place.lab, None, true, 0, 50)
        .await
        .expect("queue");
    let causes: Vec<Cause> = items.iter().map(|item| item.entry.cause).collect();
    assert_eq!(causes, [cause], "{}", place.name);
    items.into_iter().next().expect("entry")
}

async fn nothing_waits(place: &Place) {
    assert!(
        queue::counts(&place.lab).await.expect("counts").is_empty(),
        "{}",
        place.name
    );
    assert!(
        conservation::figures(&place.lab)
            .await
            .expect("figures")
            .balanced
    );
}

#[tokio::test]
async fn an_unknown_tube_waits_and_finds_its_order_when_that_comes() {
    for place in places().await {
        place
            .receive(c311("26092120", &[("717", "0.92", "g/L")]))
            .await;
        let item = only(&place, Cause::UnknownSpecimen).await;
        assert_eq!(
            item.entry.sentence,
            "Tube 26092120 : aucun dossier ne porte ce numéro"
        );
        let figures = conservation::figures(&place.lab).await.expect("figures");
        assert_eq!(
            (figures.waiting, figures.balanced),
            (1, true),
            "{}",
            place.name
        );
        let order = place.register("26092120", &["GLU"]).await;
        assert_eq!(
            place.current(order.id, "GLU").await.state,
            State::Received,
            "{}",
            place.name
        );
        nothing_waits(&place).await;
    }
}

#[tokio::test]
async fn a_person_attaches_a_whole_tube() {
    for place in places().await {
        let order = place.register("26092121", &["GLU", "K"]).await;
        place
            .receive(c311(
                "26092I21",
                &[("717", "0.92", "g/L"), ("990", "4.1", "mmol/l")],
            ))
            .await;
        let items = queue::list(&place.lab, Some(Cause::UnknownSpecimen), true, 0, 50)
            .await
            .expect("queue");
        assert_eq!(items.len(), 2, "{}", place.name);
        let specimen = dossier::view(&place.lab, order.id)
            .await
            .expect("dossier")
            .specimens
            .remove(0);
        let mut secretary = technician();
        secretary.role = Role::Secretary;
        let id = items[0].entry.id;
        let refused = queue::attach(&place.lab, id, order.id, specimen.id, &secretary, NOW).await;
        assert!(matches!(refused, Err(Error::Refused(_))));
        let matched = queue::attach(&place.lab, id, order.id, specimen.id, &technician(), NOW)
            .await
            .expect("attached");
        assert_eq!(matched, 2, "{}", place.name);
        nothing_waits(&place).await;
        let again = queue::attach(&place.lab, id, order.id, specimen.id, &technician(), NOW).await;
        assert!(
            matches!(again, Err(Error::Stale(_))),
            "settled once: {again:?}"
        );
        let events = dossier::result(&place.lab, place.current(order.id, "K").await.id)
            .await
            .expect("detail")
            .events;
        assert!(
            events
                .iter()
                .any(|e| e.act == "observation.attached" && e.actor == "Ana Costa"),
            "{events:?}"
        );
    }
}

#[tokio::test]
async fn an_unknown_code_waits_until_a_person_says_what_it_means() {
    for place in places().await {
        let order = place.register("26092122", &["CRP"]).await;
        place
            .receive(c311("26092122", &[("9999", "12.5", "mg/L")]))
            .await;
        let item = only(&place, Cause::UnknownTest).await;
        let code = "CRP".parse().expect("code");
        assert_eq!(
            queue::map_code(&place.lab, item.entry.id, &code, &technician(), NOW)
                .await
                .expect("mapped"),
            1
        );
        assert_eq!(
            place.current(order.id, "CRP").await.body.read.code,
            "9999",
            "{}",
            place.name
        );
        nothing_waits(&place).await;
        let next = place.register("26092123", &["CRP"]).await;
        place
            .receive(c311("26092123", &[("9999", "3.1", "mg/L")]))
            .await;
        assert_eq!(
            place.current(next.id, "CRP").await.body.read.value.text,
            "3.1",
            "the decision holds from now on"
        );
    }
}

#[tokio::test]
async fn an_unknown_unit_waits() {
    for place in places().await {
        let order = place.register("26092124", &["K"]).await;
        place
            .receive(c311("26092124", &[("990", "4.1", "furlong")]))
            .await;
        let item = only(&place, Cause::UnknownUnit).await;
        let wrong = "g/L".parse().expect("unit");
        queue::map_unit(&place.lab, item.entry.id, &wrong, &technician(), NOW)
            .await
            .expect("decided");
        let item = only(&place, Cause::UnknownUnit).await;
        assert!(
            item.entry.sentence.contains("autre grandeur"),
            "{}: {}",
            place.name,
            item.entry.sentence
        );
        let right = "mmol/L".parse().expect("unit");
        assert_eq!(
            queue::map_unit(&place.lab, item.entry.id, &right, &technician(), NOW)
                .await
                .expect("mapped"),
            1
        );
        let row = place.current(order.id, "K").await;
        assert_eq!(
            row.body.read.unit_text.as_deref(),
            Some("furlong"),
            "{}",
            place.name
        );
    }
}

#[tokio::test]
async fn a_test_nobody_asked_for_waits() {
    for place in places().await {
        let order = place.register("26092125", &["GLU"]).await;
        place
            .receive(c311("26092125", &[("990", "4.1", "mmol/l")]))
            .await;
        let item = only(&place, Cause::UnorderedTest).await;
        assert!(
            item.entry.sentence.contains(&order.number),
            "{}",
            item.entry.sentence
        );
        assert_eq!(
            queue::add_test(&place.lab, item.entry.id, &technician(), NOW)
                .await
                .expect("added"),
            1
        );
        assert_eq!(
            place.current(order.id, "K").await.state,
            State::Received,
            "{}",
            place.name
        );
        let counts = orders::get(&place.lab, order.id)
            .await
            .expect("order")
            .counts;
        assert_eq!((counts.tests, counts.missing, counts.to_review), (2, 1, 1));
    }
}

#[tokio::test]
async fn two_tubes_of_one_number_are_never_guessed() {
    for place in places().await {
        let first = place.register("26092126", &["GLU"]).await;
        let other = order_for(
            PatientChoice::New(provisional("Essai", "Deux")),
            "26092126",
            &["GLU"],
        );
        let refused = orders::register(&place.lab, other.clone(), &technician(), NOW)
            .await
            .expect_err("open twin");
        assert!(refused.to_string().contains(&first.number), "{refused}");
        place
            .receive(c311("26092126", &[("717", "0.92", "g/L")]))
            .await;
        place.accept(first.id, "GLU").await;
        place.sign(first.id).await;
        // The label is used again once its first order is done: from now on the number names two tubes.
        let second = orders::register(&place.lab, other, &technician(), NOW)
            .await
            .expect("label used again");
        place
            .receive(c311("26092126", &[("717", "1.01", "g/L")]))
            .await;
        let item = only(&place, Cause::AmbiguousSpecimen).await;
        let specimen = dossier::view(&place.lab, second.id)
            .await
            .expect("dossier")
            .specimens
            .remove(0);
        queue::attach(
            &place.lab,
            item.entry.id,
            second.id,
            specimen.id,
            &technician(),
            NOW,
        )
        .await
        .expect("chosen");
        assert_eq!(
            place.current(second.id, "GLU").await.body.read.value.text,
            "1.01",
            "{}",
            place.name
        );
        assert_eq!(
            place.current(first.id, "GLU").await.body.read.value.text,
            "0.92"
        );
    }
}

#[tokio::test]
async fn a_rejected_result_stays_readable_with_its_reason() {
    for place in places().await {
        place
            .receive(c311(
                "26092127",
                &[("717", "0.92", "g/L"), ("990", "4.1", "mmol/l")],
            ))
            .await;
        let items = queue::list(&place.lab, None, true, 0, 50)
            .await
            .expect("queue");
        let id = items[0].entry.id;
        assert!(
            queue::reject(&place.lab, id, "  ", true, &technician(), NOW)
                .await
                .is_err(),
            "a reason is needed"
        );
        let count = queue::reject(
            &place.lab,
            id,
            "tube d'un autre laboratoire",
            true,
            &technician(),
            NOW,
        )
        .await
        .expect("rejected");
        assert_eq!(count, 2, "{}", place.name);
        nothing_waits(&place).await;
        let settled = queue::list(&place.lab, None, false, 0, 50)
            .await
            .expect("settled");
        assert!(settled.iter().all(|item| {
            item.observation
                .as_ref()
                .is_some_and(|row| row.state == State::Rejected)
                && item.entry.closed.as_ref().is_some_and(|c| {
                    c.by == "Ana Costa" && c.resolution.contains("autre laboratoire")
                })
        }));
    }
}

#[tokio::test]
async fn bytes_that_are_no_message_are_kept_and_told() {
    for place in places().await {
        place.receive(b"\x02bruit sur la ligne\x03".to_vec()).await;
        let items = queue::list(&place.lab, Some(Cause::Unreadable), true, 0, 50)
            .await
            .expect("queue");
        assert!(!items.is_empty(), "{}", place.name);
        let figures = conservation::figures(&place.lab).await.expect("figures");
        assert_eq!(
            (figures.captures.stored, figures.captures.waiting),
            (1, 0),
            "{}",
            place.name
        );
        place
            .store_from(b"\x02bruit\x03".to_vec(), "no-such-driver", NOW)
            .await;
        while worker::process(&place.lab, NOW).await.expect("worker") > 0 {}
        let unknown = queue::list(&place.lab, Some(Cause::UnknownAnalyzer), true, 0, 50)
            .await
            .expect("queue");
        assert!(unknown[0].entry.sentence.contains("no-such-driver"));
        queue::dismiss(
            &place.lab,
            unknown[0].entry.id,
            "port réglé",
            &technician(),
            NOW,
        )
        .await
        .expect("filed");
    }
}

#[tokio::test]
async fn controls_stay_apart() {
    for place in places().await {
        let bytes = std::fs::read(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../common/driver/fixtures/roche-cobas-c311/controle.astm"
        ))
        .expect("fixture");
        place.receive(bytes).await;
        let found = controls::list(&place.lab, &controls::ControlFilter::default(), 0, 50)
            .await
            .expect("controls");
        assert!(!found.is_empty(), "{}", place.name);
        assert!(found.iter().all(|row| row.kind == "qc"), "{}", place.name);
        // Two rules of the driver disagree about one row of this file: it may be a patient's, so a person decides.
        only(&place, Cause::DriverDoubt).await;
        let figures = conservation::figures(&place.lab).await.expect("figures");
        assert_eq!(
            (figures.received, figures.waiting),
            (1, 1),
            "{}",
            place.name
        );
        let id = only(&place, Cause::DriverDoubt).await.entry.id;
        let silent = queue::accept_doubt(&place.lab, id, "", &technician(), NOW).await;
        assert!(silent.is_err(), "a decision has a reason");
        queue::reject(
            &place.lab,
            id,
            "contrôle de niveau 2",
            false,
            &technician(),
            NOW,
        )
        .await
        .expect("rejected");
        nothing_waits(&place).await;
    }
}

#[tokio::test]
async fn every_reading_of_every_driver_is_somewhere() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../common/driver/fixtures");
    for place in places().await {
        let (mut stored, mut read) = (0, 0);
        for driver in place.lab.library.drivers() {
            let files = std::fs::read_dir(folder.join(driver.id())).expect("fixtures");
            for file in files.map(|file| file.expect("file").path()) {
                if file.extension().is_none_or(|extension| extension != "astm") {
                    continue;
                }
                let bytes = std::fs::read(&file).expect("bytes");
                read += driver.interpret(&bytes).readings.len();
                stored += 1;
                place.store_from(bytes, driver.id(), NOW).await;
            }
        }
        while worker::process(&place.lab, NOW)
            .await
            .expect("interpretation")
            > 0
        {}
        let figures = conservation::figures(&place.lab).await.expect("figures");
        let controls: i64 = figures.controls.values().sum();
        assert_eq!(
            figures.received + controls,
            read as i64,
            "{}: {figures:?}",
            place.name
        );
        assert_eq!(
            (figures.captures.stored, figures.captures.waiting),
            (stored, 0),
            "{}",
            place.name
        );
        assert!(figures.balanced, "{}: {figures:?}", place.name);
    }
}

#[tokio::test]
async fn characters_that_a_database_refuses_stop_nothing() {
    for place in places().await {
        place
            .receive(c311(
                "2609\u{0}99",
                &[("71\u{0}7", "0\u{0}.92", "g\u{0}/L")],
            ))
            .await;
        let order = place.register("26092150", &["GLU"]).await;
        place
            .receive(c311("26092150", &[("717", "0.92", "g/L")]))
            .await;
        assert_eq!(
            place.current(order.id, "GLU").await.state,
            State::Received,
            "{}",
            place.name
        );
        let figures = conservation::figures(&place.lab).await.expect("figures");
        assert!(figures.balanced, "{}: {figures:?}", place.name);
        assert_eq!(
            (figures.captures.stored, figures.captures.waiting),
            (2, 0),
            "{}",
            place.name
        );
    }
}
