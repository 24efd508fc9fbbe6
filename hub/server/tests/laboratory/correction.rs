//! Second results: repeated transmissions, repeats, corrections after the report, withdrawals, and a corrected driver.

use lisiere_hub::laboratory::{conservation, dossier, signing, worker};
use lisiere_hub::review::{Actor, State, biological, technical};
use lisiere_model::UtcMicros;

use crate::bench::{
    DAY, MINUTE, NOW, Place, biologist, c311, places, second_biologist, shown, technician,
};

async fn balanced(place: &Place) {
    let figures = conservation::figures(&place.lab).await.expect("figures");
    assert!(figures.balanced, "{}: {figures:?}", place.name);
}

#[tokio::test]
async fn the_same_message_twice_changes_nothing() {
    for place in places().await {
        let order = place.register("26092110", &["GLU"]).await;
        place
            .receive(c311("26092110", &[("717", "0.92", "g/L")]))
            .await;
        place
            .receive(c311("26092110", &[("717", "0.92", "g/L")]))
            .await;
        let view = dossier::view(&place.lab, order.id).await.expect("dossier");
        let line = &view.lines[0];
        assert_eq!(
            line.current.as_ref().map(|row| (row.generation, row.state)),
            Some((1, State::Received)),
            "{}",
            place.name
        );
        assert_eq!(line.others.len(), 1, "the second transmission is kept");
        balanced(&place).await;
    }
}

#[tokio::test]
async fn another_value_is_looked_at_and_the_first_is_kept() {
    for place in places().await {
        let order = place.register("26092111", &["GLU"]).await;
        place
            .receive(c311("26092111", &[("717", "0.92", "g/L")]))
            .await;
        place
            .receive(c311("26092111", &[("717", "0.84", "g/L")]))
            .await;
        let row = place.current(order.id, "GLU").await;
        assert_eq!(
            (row.generation, row.state),
            (2, State::Held),
            "{}",
            place.name
        );
        assert_eq!(
            row.body.holds[0].sentence,
            "Résultat répété : 0.92 puis 0.84"
        );
        let view = dossier::view(&place.lab, order.id).await.expect("dossier");
        let first = &view.lines[0].others[0];
        assert_eq!(
            (first.body.read.value.text.as_str(), first.superseded_by),
            ("0.92", Some(row.id))
        );
        balanced(&place).await;
    }
}

#[tokio::test]
async fn a_repeat_that_was_asked_for_is_not_held() {
    for place in places().await {
        let order = place.register("26092112", &["GLU"]).await;
        place
            .receive(c311("26092112", &[("717", "0.92", "g/L")]))
            .await;
        let first = place.current(order.id, "GLU").await;
        technical::request_repeat(&place.lab, shown(&first), "caillot", &technician(), NOW)
            .await
            .expect("repeat");
        place
            .receive_at(
                c311("26092112", &[("717", "0.93", "g/L")]),
                UtcMicros(NOW.0 + MINUTE),
            )
            .await;
        let second = place.current(order.id, "GLU").await;
        assert_eq!(
            (second.state, second.generation),
            (State::Received, 2),
            "{}",
            place.name
        );
        balanced(&place).await;
    }
}

#[tokio::test]
async fn a_correction_makes_version_two_and_leaves_version_one() {
    for place in places().await {
        let name = place.name;
        let order = place.register("26092113", &["GLU", "K"]).await;
        place
            .receive(c311(
                "26092113",
                &[("717", "0.92", "g/L"), ("990", "4.1", "mmol/l")],
            ))
            .await;
        place.accept(order.id, "GLU").await;
        place.accept(order.id, "K").await;
        let first = place.sign(order.id).await;
        let (_, before) = signing::document(&place.lab, first.id)
            .await
            .expect("version 1");

        place
            .receive_at(
                c311("26092113", &[("717", "1.52", "g/L")]),
                UtcMicros(NOW.0 + DAY),
            )
            .await;
        let corrected = place.current(order.id, "GLU").await;
        assert_eq!(corrected.state, State::Held, "{name}");
        assert!(
            corrected.body.holds.iter().any(|h| h
                .sentence
                .starts_with("Correction d'un résultat déjà rendu (version 1) : 0.92 puis 1.52")),
            "{name}: {:?}",
            corrected.body.holds
        );
        place.accept(order.id, "GLU").await;
        let later = UtcMicros(NOW.0 + DAY + MINUTE);
        let preview = signing::preview(&place.lab, order.id, &second_biologist(), later)
            .await
            .expect("preview");
        let second = signing::sign(
            &place.lab,
            order.id,
            &preview.covers,
            &second_biologist(),
            later,
        )
        .await
        .expect("version 2");
        assert_eq!(
            (second.version, second.set_id.as_str()),
            (2, first.set_id.as_str()),
            "{name}"
        );
        assert_ne!(second.document_id, first.document_id);
        let (_, bytes) = signing::document(&place.lab, second.id)
            .await
            .expect("version 2");
        let n3 = String::from_utf8(bytes.n3).expect("UTF-8");
        assert!(
            n3.contains("RPLC") && n3.contains(&first.document_id),
            "{name}: names the version it replaces"
        );
        let (row, after) = signing::document(&place.lab, first.id)
            .await
            .expect("version 1 is still there");
        assert!(!row.current);
        assert_eq!(
            after.digest(),
            before.digest(),
            "{name}: version 1 is untouched"
        );

        let view = dossier::view(&place.lab, order.id).await.expect("dossier");
        let glucose = &view.lines[0];
        assert_eq!(
            glucose.current.as_ref().map(|row| row.state),
            Some(State::Reported { version: 2 })
        );
        assert_eq!(
            glucose.others[0].state,
            State::Amended { version: 2 },
            "{name}"
        );
        assert_eq!(
            place.current(order.id, "K").await.state,
            State::Reported { version: 2 }
        );
        balanced(&place).await;
    }
}

#[tokio::test]
async fn a_withdrawn_result_is_told_in_the_next_version() {
    for place in places().await {
        let order = place.register("26092114", &["GLU", "K"]).await;
        place
            .receive(c311(
                "26092114",
                &[("717", "0.92", "g/L"), ("990", "4.1", "mmol/l")],
            ))
            .await;
        place.accept(order.id, "GLU").await;
        place.accept(order.id, "K").await;
        place.sign(order.id).await;
        let row = place.current(order.id, "K").await;
        let refused =
            biological::cancel(&place.lab, shown(&row), "hémolyse", &technician(), NOW).await;
        assert!(refused.is_err(), "a technician withdraws nothing");
        biological::cancel(&place.lab, shown(&row), "hémolyse", &biologist(), NOW)
            .await
            .expect("withdrawal");
        let second = place.sign(order.id).await;
        assert_eq!(second.version, 2, "{}", place.name);
        let (_, bytes) = signing::document(&place.lab, second.id)
            .await
            .expect("version 2");
        assert!(
            String::from_utf8_lossy(&bytes.html).contains("hémolyse"),
            "{}",
            place.name
        );
        assert_eq!(
            place.current(order.id, "K").await.state,
            State::Cancelled { told: Some(2) }
        );
        balanced(&place).await;
    }
}

#[tokio::test]
async fn delta_and_history_come_from_signed_results() {
    for place in places().await {
        let first = place.register("26092115", &["K"]).await;
        place
            .receive(c311("26092115", &[("990", "3.9", "mmol/l")]))
            .await;
        place.accept(first.id, "K").await;
        place.sign(first.id).await;
        let second = place.register("26092116", &["K"]).await;
        place
            .receive_at(
                c311("26092116", &[("990", "5.6", "mmol/l")]),
                UtcMicros(NOW.0 + DAY),
            )
            .await;
        let row = place.current(second.id, "K").await;
        assert!(
            row.body.holds.iter().any(|h| h.sentence
                == "Delta Potassium +43,6 % en 24 h (limite 25 %) : 3,9 puis 5,6 mmol/L"),
            "{}: {:?}",
            place.name,
            row.body.holds
        );
        let view = dossier::view(&place.lab, second.id).await.expect("dossier");
        assert_eq!(view.lines[0].history.len(), 1);
        assert!(!view.lines[0].history[0].method_break);
    }
}

#[tokio::test]
async fn reading_again_is_a_new_reading_and_edits_nothing() {
    for place in places().await {
        let order = place.register("26092117", &["GLU"]).await;
        place
            .receive(c311("26092117", &[("717", "0.92", "g/L")]))
            .await;
        let row = place.current(order.id, "GLU").await;
        worker::reinterpret(
            &place.lab,
            row.capture,
            None,
            &Actor::from(&technician()),
            NOW,
        )
        .await
        .expect("second reading");
        let same = place.current(order.id, "GLU").await;
        assert_eq!(
            (same.id, same.version),
            (row.id, row.version),
            "{}",
            place.name
        );
        let view = dossier::view(&place.lab, order.id).await.expect("dossier");
        assert_eq!(
            view.lines[0]
                .others
                .iter()
                .map(|other| other.run)
                .collect::<Vec<_>>(),
            [2]
        );
        balanced(&place).await;
    }
}
