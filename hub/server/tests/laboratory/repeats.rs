//! Late, repeated and set-aside results: an old value never answers what a person asked since.

use lisiere_hub::laboratory::{conservation, dossier, orders, signing};
use lisiere_hub::review::{State, biological, technical};
use lisiere_hub::store::observation::Recorded;
use lisiere_hub::store::order::OrderStatus;
use lisiere_model::{OrderId, UtcMicros};

use crate::bench::{MINUTE, NOW, Place, biologist, c311, places, shown, technician};

/// The message with the analyzer's time in every result.
fn with_time(message: Vec<u8>, time: &str) -> Vec<u8> {
    String::from_utf8(message)
        .expect("text")
        .replace("F|||||P1", &format!("F||||{time}|P1"))
        .into_bytes()
}

fn after(minutes: i64) -> UtcMicros {
    UtcMicros(NOW.0 + minutes * MINUTE)
}

fn glucose(tube: &str, value: &str) -> Vec<u8> {
    c311(tube, &[("717", value, "g/L")])
}

async fn asked(place: &Place, order: OrderId) -> Recorded {
    let first = place.current(order, "GLU").await;
    technical::request_repeat(
        &place.lab,
        shown(&first),
        "caillot",
        &technician(),
        after(10),
    )
    .await
    .expect("repeat");
    first
}

fn sentences(row: &Recorded) -> Vec<&str> {
    row.body
        .holds
        .iter()
        .map(|hold| hold.sentence.as_str())
        .collect()
}

#[tokio::test]
async fn a_late_older_result_is_no_repeat() {
    for place in places().await {
        let order = place.register("26092150", &["GLU"]).await;
        place.receive(glucose("26092150", "0.92")).await;
        asked(&place, order.id).await;
        place
            .receive_at(glucose("26092150", "0.71"), after(5))
            .await;
        let late = place.current(order.id, "GLU").await;
        assert_eq!(late.state, State::Held, "{}", place.name);
        assert_eq!(
            sentences(&late),
            [
                "Résultat antérieur à la demande de repasse (21/09/2026 16:23) : 0.71 du 21/09/2026 16:18"
            ]
        );
        place
            .receive_at(glucose("26092150", "0.93"), after(20))
            .await;
        assert_eq!(
            sentences(&place.current(order.id, "GLU").await),
            ["Résultat répété : 0.71 puis 0.93"],
            "{}",
            place.name
        );
    }
}

#[tokio::test]
async fn the_analyzers_time_and_the_journal_say_what_came_before() {
    for place in places().await {
        let (name, gap) = (place.name, place.skip());
        let order = place.register("26092151", &["GLU"]).await;
        place.receive(glucose("26092151", "0.92")).await;
        asked(&place, order.id).await;
        // Received after the repeat was asked for, measured before.
        let measured = with_time(glucose("26092151", "0.71"), "20260921161820");
        place.receive_at(measured, after(20)).await;
        let late = place.current(order.id, "GLU").await;
        assert!(
            sentences(&late)[0].starts_with("Résultat antérieur à la demande de repasse"),
            "{name}: {late:?}"
        );
        // A clock may jump; the number in the journal says that it came before the first result.
        let other = place.register("26092152", &["GLU"]).await;
        place.receive(glucose("26092152", "0.92")).await;
        asked(&place, other.id).await;
        place
            .receive_late(glucose("26092152", "0.71"), gap, after(20))
            .await;
        let late = place.current(other.id, "GLU").await;
        assert_eq!(late.state, State::Held, "{name}");
        assert!(
            sentences(&late)[0].starts_with("Résultat antérieur à la demande de repasse"),
            "{name}: {late:?}"
        );
    }
}

#[tokio::test]
async fn a_rejected_result_that_is_sent_again_is_not_fresh() {
    for place in places().await {
        let name = place.name;
        let order = place.register("26092153", &["GLU"]).await;
        let message = with_time(glucose("26092153", "0.92"), "20260921161000");
        place.receive(message.clone()).await;
        let first = place.current(order.id, "GLU").await;
        technical::reject(&place.lab, shown(&first), "hémolyse", &technician(), NOW)
            .await
            .expect("rejected");
        place.receive_at(message, after(20)).await;
        let again = place.current(order.id, "GLU").await;
        assert_eq!(again.state, State::Held, "{name}");
        assert!(
            sentences(&again)[0].starts_with("Résultat antérieur au rejet du précédent"),
            "{name}: {again:?}"
        );
        technical::reject(&place.lab, shown(&again), "hémolyse", &technician(), NOW)
            .await
            .expect("rejected");
        // Without a time of the analyzer the value alone tells.
        place
            .receive_at(glucose("26092153", "0.92"), after(30))
            .await;
        let third = place.current(order.id, "GLU").await;
        assert!(
            sentences(&third)[0].starts_with("Valeur identique à celle qui a été rejetée"),
            "{name}: {third:?}"
        );
        place
            .receive_at(glucose("26092153", "0.81"), after(40))
            .await;
        assert_eq!(
            conservation::figures(&place.lab)
                .await
                .map(|figures| figures.balanced)
                .ok(),
            Some(true),
            "{name}"
        );
    }
}

/// An order whose glucose was reported, and then measured again.
async fn reported_then_measured_again(place: &Place, tube: &str) -> (OrderId, Recorded, Recorded) {
    let order = place.register(tube, &["GLU"]).await.id;
    place.receive(glucose(tube, "0.92")).await;
    place.accept(order, "GLU").await;
    place.sign(order).await;
    place.receive_at(glucose(tube, "1.52"), after(20)).await;
    let newer = place.current(order, "GLU").await;
    let view = dossier::view(&place.lab, order).await.expect("dossier");
    let first = view.lines[0].others[0].clone();
    assert_eq!(first.state, State::Reported { version: 1 });
    (order, first, newer)
}

#[tokio::test]
async fn a_withdrawal_is_told_although_a_newer_value_waits() {
    for place in places().await {
        let name = place.name;
        let (order, first, newer) = reported_then_measured_again(&place, "26092154").await;
        biological::cancel(
            &place.lab,
            shown(&first),
            "tube d'un autre",
            &biologist(),
            after(21),
        )
        .await
        .expect("withdrawal");
        let counts = orders::get(&place.lab, order).await.expect("order").counts;
        assert_eq!((counts.held, counts.to_sign), (1, 1), "{name}: {counts:?}");
        technical::reject(&place.lab, shown(&newer), "caillot", &technician(), NOW)
            .await
            .expect("rejected");
        let counts = orders::get(&place.lab, order).await.expect("order").counts;
        assert_eq!(
            (counts.missing, counts.to_sign),
            (0, 1),
            "{name}: {counts:?}"
        );
        let second = place.sign(order).await;
        let (_, bytes) = signing::document(&place.lab, second.id)
            .await
            .expect("version 2");
        let html = String::from_utf8_lossy(&bytes.html).into_owned();
        assert!(html.contains("tube d&apos;un autre"), "{name}: {html}");
        assert_eq!(
            orders::get(&place.lab, order).await.expect("order").status,
            OrderStatus::Reported,
            "{name}"
        );
    }
}

#[tokio::test]
async fn after_a_rejected_correction_the_next_one_is_still_a_correction() {
    for place in places().await {
        let (order, _, newer) = reported_then_measured_again(&place, "26092155").await;
        technical::reject(&place.lab, shown(&newer), "caillot", &technician(), NOW)
            .await
            .expect("rejected");
        let counts = orders::get(&place.lab, order).await.expect("order").counts;
        assert_eq!(
            (counts.missing, counts.signed),
            (0, 1),
            "{}: the report stands",
            place.name
        );
        place
            .receive_at(glucose("26092155", "1.11"), after(40))
            .await;
        let third = place.current(order, "GLU").await;
        assert_eq!(
            sentences(&third)[0],
            "Correction d'un résultat déjà rendu (version 1) : 0.92 puis 1.11",
            "{}",
            place.name
        );
    }
}
