//! Mistakes that must not reach a patient: another's tube, another's identity, a page that changed under the signature.

use lisiere_hub::laboratory::orders::{NewSpecimen, PatientChoice};
use lisiere_hub::laboratory::queue::{self, Cause};
use lisiere_hub::laboratory::{Error, dossier, order_file, orders, signing};
use lisiere_hub::review::{State, biological, technical};
use lisiere_model::UtcMicros;

use crate::bench::{
    DAY, MINUTE, NOW, Place, biologist, c311, order_for, places, provisional, qualified,
    second_biologist, shown, technician,
};

/// Registers a tube of a patient born on this day, taken at this moment or never.
async fn tube(
    place: &Place,
    number: &str,
    born: &str,
    taken: Option<UtcMicros>,
    tests: &[&str],
    nature: Option<&str>,
) -> lisiere_model::OrderId {
    let mut patient = provisional(&format!("Essai{number}"), "Ana");
    patient.traits.birth_date = born.parse().expect("birth date");
    let mut new = order_for(PatientChoice::New(patient), number, tests);
    new.specimens[0].collected_at = taken;
    new.specimens[0].received_at = None;
    new.specimens[0].kind = nature.map(str::to_owned);
    orders::register(&place.lab, new, &technician(), NOW)
        .await
        .expect("order")
        .id
}

#[tokio::test]
async fn an_old_result_does_not_pass_for_that_of_a_label_used_again() {
    for place in places().await {
        let message = c311("26092160", &[("717", "0.92", "g/L")]);
        place.receive_at(message, UtcMicros(NOW.0 - 2 * DAY)).await;
        let order = tube(&place, "26092160", "1990-05-17", None, &["GLU"], None).await;
        let row = place.current(order, "GLU").await;
        assert_eq!(
            row.body.holds[0].sentence,
            "Âge du tube : mesuré 48 h avant la réception du tube, sans heure de prélèvement (limite 12 h) : \
             vérifier que ce numéro n'a pas déjà servi",
            "{}",
            place.name
        );
    }
}

#[tokio::test]
async fn a_serum_test_on_a_urine_tube_is_held() {
    for place in places().await {
        let taken = Some(UtcMicros(NOW.0 - 90 * MINUTE));
        let order = tube(&place, "26092161", "1990-05-17", taken, &["K"], Some("UR")).await;
        place
            .receive(c311("26092161", &[("990", "4.6", "mmol/l")]))
            .await;
        let row = place.current(order, "K").await;
        assert_eq!(
            (row.state, row.body.holds[0].sentence.as_str()),
            (
                State::Held,
                "Nature du tube : Urine, Potassium se fait sur : Sérum, Plasma"
            ),
            "{}",
            place.name
        );
    }
}

#[tokio::test]
async fn the_band_follows_the_age_at_the_laboratorys_midnight_and_no_guess() {
    for place in places().await {
        // 00:30 in Paris on the eighteenth birthday; still the day before in UTC.
        let night = Some(UtcMicros(
            NOW.0 - 15 * 3_600 * 1_000_000 - 2_600 * 1_000_000,
        ));
        for (number, born, expected) in [
            ("26092162", "2008-09-21", true),
            ("26092163", "2008-09-22", false),
            ("26092164", "2008-00-00", false),
            ("26092165", "1990-00-00", true),
        ] {
            let order = tube(&place, number, born, night, &["ALAT"], None).await;
            place.receive(c311(number, &[("685", "25", "U/L")])).await;
            let row = place.current(order, "ALAT").await;
            assert_eq!(
                row.body.reference.is_some(),
                expected,
                "{} {born}: {:?}",
                place.name,
                row.body.reference
            );
        }
    }
}

#[tokio::test]
async fn another_place_of_birth_is_another_person() {
    for place in places().await {
        let first = place.register("26092166", &["GLU"]).await;
        let mut twin = qualified();
        twin.ins = None;
        twin.status = lisiere_model::IdentityStatus::Provisional;
        twin.traits.birth_place = Some("13055".into());
        let register = |patient, number| {
            let new = order_for(PatientChoice::KnownOrNew(patient), number, &["GLU"]);
            let lab = place.lab.clone();
            async move { orders::register(&lab, new, &technician(), NOW).await }
        };
        let refused = register(twin.clone(), "26092167").await;
        assert!(
            matches!(refused, Err(Error::Invalid(_))),
            "{}: {refused:?}",
            place.name
        );
        twin.traits.birth_place = Some("99999".into());
        let unknown = register(twin, "26092168").await.expect("order");
        assert_eq!(unknown.patient, first.patient, "{}", place.name);
    }
}

#[tokio::test]
async fn a_test_taken_back_after_the_page_was_shown_is_not_signed() {
    for place in places().await {
        let name = place.name;
        let order = place.register("26092169", &["GLU", "K"]).await;
        place
            .receive(c311("26092169", &[("717", "0.92", "g/L")]))
            .await;
        place.accept(order.id, "GLU").await;
        let screen = signing::preview(&place.lab, order.id, &biologist(), NOW)
            .await
            .expect("preview");
        let view = dossier::view(&place.lab, order.id).await.expect("dossier");
        let potassium = view.lines[1].asked.id;
        let why = Some("tube insuffisant");
        orders::cancel_test(&place.lab, order.id, potassium, why, &technician(), NOW)
            .await
            .expect("taken back");
        let refused = signing::sign(&place.lab, order.id, &screen.covers, &biologist(), NOW).await;
        assert!(
            matches!(refused, Err(Error::Stale(_))),
            "{name}: {refused:?}"
        );
        place.sign(order.id).await;
    }
}

#[tokio::test]
async fn a_review_that_was_undone_names_nobody() {
    for place in places().await {
        let name = place.name;
        let order = place.register("26092170", &["GLU"]).await;
        place
            .receive(c311("26092170", &[("717", "0.92", "g/L")]))
            .await;
        place.accept(order.id, "GLU").await;
        let row = place.current(order.id, "GLU").await;
        biological::accept(&place.lab, &[shown(&row)], &second_biologist(), NOW)
            .await
            .expect("reviewed");
        let row = place.current(order.id, "GLU").await;
        technical::hold(&place.lab, shown(&row), "à revoir", &technician(), NOW)
            .await
            .expect("held");
        place.accept(order.id, "GLU").await;
        let signed = place.sign(order.id).await;
        let (_, bytes) = signing::document(&place.lab, signed.id)
            .await
            .expect("report");
        let html = String::from_utf8_lossy(&bytes.html).into_owned();
        assert!(!html.contains("PETIT"), "{name}: {html}");
    }
}

#[tokio::test]
async fn a_unit_the_driver_knows_is_not_given_another_meaning() {
    for place in places().await {
        place.register("26092171", &["GLU", "K"]).await;
        place
            .receive(c311("26092171", &[("990", "4.1", "g/L")]))
            .await;
        let items = queue::list(&place.lab, None, true, 0, 9)
            .await
            .expect("queue");
        assert_eq!(items[0].entry.cause, Cause::UnknownUnit, "{}", place.name);
        let unit = "mmol/L".parse().expect("unit");
        let refused =
            queue::map_unit(&place.lab, items[0].entry.id, &unit, &technician(), NOW).await;
        assert!(
            matches!(&refused, Err(Error::Refused(why)) if why.contains("g/L")),
            "{}: {refused:?}",
            place.name
        );
        // Nor does a form made by hand answer a question that was not asked.
        let code = "NA".parse().expect("code");
        let refused =
            queue::map_code(&place.lab, items[0].entry.id, &code, &technician(), NOW).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{}", place.name);
    }
}

#[tokio::test]
async fn two_tubes_of_one_test_are_told_apart_on_the_report() {
    for place in places().await {
        let mut new = order_for(PatientChoice::KnownOrNew(qualified()), "26092172", &["GLU"]);
        new.specimens.push(NewSpecimen {
            accession: Some("26092173".into()),
            collected_at: Some(NOW),
            received_at: Some(NOW),
            ..new.specimens[0].clone()
        });
        let order = orders::register(&place.lab, new, &technician(), NOW)
            .await
            .expect("order");
        for (tube, value) in [("26092172", "0.92"), ("26092173", "1.41")] {
            place.receive(c311(tube, &[("717", value, "g/L")])).await;
        }
        let view = dossier::view(&place.lab, order.id).await.expect("dossier");
        for line in view.lines {
            let row = line.current.expect("result");
            let item = technical::Acceptance {
                shown: shown(&row),
                despite: Some("vu".into()),
            };
            technical::accept(&place.lab, &[item], &technician(), NOW)
                .await
                .expect("accepted");
        }
        let signed = place.sign(order.id).await;
        let (_, bytes) = signing::document(&place.lab, signed.id)
            .await
            .expect("report");
        let html = String::from_utf8_lossy(&bytes.html).into_owned();
        let place_of = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text}: {html}"));
        let (first, second) = (
            place_of("Tube 26092172, prélevé le 21/09/2026 14:43"),
            place_of("Tube 26092173, prélevé le 21/09/2026 16:13"),
        );
        let (low, high) = (
            place_of("<span class=\"cr-decimals\">,92"),
            place_of(",41</span>"),
        );
        assert!(
            first < low && low < second && second < high,
            "{}: {html}",
            place.name
        );
    }
}

#[tokio::test]
async fn a_tube_is_not_taken_tomorrow() {
    for place in places().await {
        let mut new = order_for(
            PatientChoice::New(provisional("Essai", "Léa")),
            "26092174",
            &["GLU"],
        );
        new.specimens[0].collected_at = Some(UtcMicros(NOW.0 + DAY));
        let refused = orders::register(&place.lab, new, &technician(), NOW).await;
        assert!(
            matches!(refused, Err(Error::Invalid(_))),
            "{}: {refused:?}",
            place.name
        );
    }
}

#[tokio::test]
async fn no_column_and_no_line_of_a_file_is_lost_in_silence() {
    for place in places().await {
        let name = place.name;
        let header = "demande;nom_naissance;premier_prenom;sexe;date_naissance;analyses";
        let twice = format!("{header};analyses\nD1;ESSAI;ANA;F;1990-05-17;GLU;K\n");
        let refused = order_file::import(&place.lab, twice.as_bytes(), &technician(), NOW).await;
        assert!(
            matches!(&refused, Err(Error::Refused(why)) if why.contains("deux fois")),
            "{name}: {refused:?}"
        );
        let short = format!("{header}\nD2;ESSAI;ANA;F;1990-05-17;GLU\nD2;ESSAI;ANA;F;1990-05-17\n");
        let done = order_file::import(&place.lab, short.as_bytes(), &technician(), NOW)
            .await
            .expect("import");
        assert_eq!(
            (done.registered.len(), done.problems.len()),
            (0, 1),
            "{name}: half an order is none"
        );
    }
}

#[tokio::test]
async fn an_appliance_without_a_clock_does_not_date_a_report() {
    for place in places().await {
        let order = place.register("26092175", &["GLU"]).await;
        let seq = place.skip();
        let message = c311("26092175", &[("717", "0.92", "g/L")]);
        place
            .receive_unsynchronised(message, seq, UtcMicros(86_400_000_000), NOW)
            .await;
        let row = place.current(order.id, "GLU").await;
        assert_eq!(
            (row.observed_at, row.received_at),
            (NOW, NOW),
            "{}",
            place.name
        );
    }
}
