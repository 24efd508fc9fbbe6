//! The way of one result: bytes, observation, technical review, signature, documents.

use lisiere_hub::laboratory::{Error, bench, conservation, dossier, signing};
use lisiere_hub::review::{State, technical};
use lisiere_hub::store::audit::{self, Verdict};

use crate::bench::{MINUTE, NOW, biologist, c311, places, shown, technician};
use crate::reports;
use lisiere_model::{Interpretation, UtcMicros};

#[tokio::test]
async fn from_the_bytes_to_a_signed_report() {
    for place in places().await {
        let name = place.name;
        let order = place.register("26092101", &["GLU", "K", "ALAT"]).await;
        place
            .receive(c311(
                "26092101",
                &[
                    ("717", "0.92", "g/L"),
                    ("990", "6.8", "mmol/l"),
                    ("685", "24.10", "U/l"),
                ],
            ))
            .await;

        let glucose = place.current(order.id, "GLU").await;
        assert_eq!(glucose.state, State::Received, "{name}");
        assert_eq!(glucose.interpretation, Some(Interpretation::Normal));
        assert_eq!(glucose.body.read.value.text, "0.92");
        let detail = dossier::result(&place.lab, glucose.id)
            .await
            .expect("detail");
        assert!(
            String::from_utf8_lossy(&detail.bytes).contains("0.92"),
            "{name}: the result points to its bytes"
        );

        let potassium = place.current(order.id, "K").await;
        assert_eq!(potassium.state, State::Held, "{name}");
        assert_eq!(potassium.interpretation, Some(Interpretation::CriticalHigh));
        assert_eq!(
            potassium.body.holds[0].sentence,
            "Valeur critique Potassium : 6,8 mmol/L (limites 2,8 à 6,2)"
        );

        let (lines, count) = bench::list(&place.lab, &bench::BenchFilter::default(), 0, 50)
            .await
            .expect("bench");
        assert_eq!((lines.len(), count), (3, 3), "{name}");
        assert_eq!(
            lines[0].row.code.as_ref().map(|c| c.as_str()),
            Some("K"),
            "{name}: held results come first"
        );

        let blind = technical::Acceptance {
            shown: shown(&potassium),
            despite: None,
        };
        let refused = technical::accept(&place.lab, &[blind], &technician(), NOW)
            .await
            .expect_err("held");
        assert!(refused.to_string().contains("dire pourquoi"), "{refused}");
        for code in ["GLU", "K", "ALAT"] {
            place.accept(order.id, code).await;
        }

        let preview = signing::preview(&place.lab, order.id, &biologist(), NOW)
            .await
            .expect("preview");
        assert!(
            preview
                .findings
                .iter()
                .all(|f| f.severity < lisiere_report::Severity::Error),
            "{:?}",
            preview.findings
        );
        let report = place.sign(order.id).await;
        assert_eq!((report.version, report.complete), (1, true), "{name}");
        let (_, bytes) = signing::document(&place.lab, report.id)
            .await
            .expect("documents");
        let n3 = String::from_utf8(bytes.n3).expect("UTF-8");
        assert!(
            n3.contains("279035121518989") && n3.contains("1.2.250.1.213.1.4.10"),
            "{name}: INS of a qualified identity"
        );
        assert!(
            n3.contains("ESSAI-CHATAIGNE") && n3.contains(&report.document_id),
            "{name}"
        );
        assert!(bytes.pdf.starts_with(b"%PDF-1.4"));
        assert!(
            words(&bytes.html).contains("6,8"),
            "{name}: decimal comma on the page"
        );

        assert_eq!(
            place.current(order.id, "K").await.state,
            State::Reported { version: 1 }
        );
        let figures = conservation::figures(&place.lab).await.expect("figures");
        assert!(figures.balanced, "{name}: {figures:?}");
        assert_eq!(
            (figures.received, figures.states.get("reported").copied()),
            (3, Some(3))
        );
        let mut reader = place.lab.store.read().await.expect("reader");
        let verdict = audit::verify(&mut reader, 1).await.expect("verification");
        assert!(
            matches!(verdict, Verdict::Intact { .. }),
            "{name}: {verdict:?}"
        );
    }
}

#[tokio::test]
async fn what_was_on_the_screen_is_what_is_signed() {
    for place in places().await {
        let order = place.register("26092102", &["GLU", "K"]).await;
        place
            .receive(c311(
                "26092102",
                &[("717", "0.92", "g/L"), ("990", "4.1", "mmol/l")],
            ))
            .await;
        let glucose = place.current(order.id, "GLU").await;
        place.accept(order.id, "GLU").await;
        let stale =
            technical::reject(&place.lab, shown(&glucose), "doublon", &technician(), NOW).await;
        assert!(
            matches!(stale, Err(Error::Stale(_))),
            "{}: {stale:?}",
            place.name
        );

        let partial = signing::preview(&place.lab, order.id, &biologist(), NOW)
            .await
            .expect("preview");
        assert_eq!(partial.covers.observations.len(), 1);
        // A second result becomes signable while the biologist reads the page.
        place.accept(order.id, "K").await;
        let refused = signing::sign(&place.lab, order.id, &partial.covers, &biologist(), NOW).await;
        let Err(Error::Stale(sentence)) = refused else {
            panic!("{}: {refused:?}", place.name)
        };
        assert!(sentence.contains("K n'était pas à l'écran"), "{sentence}");
        assert!(
            signing::versions(&place.lab, order.id)
                .await
                .expect("versions")
                .is_empty()
        );

        let nobody = signing::sign(&place.lab, order.id, &partial.covers, &technician(), NOW).await;
        assert!(
            nobody
                .expect_err("a technician does not sign")
                .to_string()
                .contains("RPPS")
        );
        let report = place.sign(order.id).await;
        assert_eq!(report.version, 1);
        let again = signing::preview(&place.lab, order.id, &biologist(), NOW)
            .await
            .expect("preview");
        assert!(!again.new);
        let refused = signing::sign(&place.lab, order.id, &again.covers, &biologist(), NOW).await;
        assert!(
            refused
                .expect_err("nothing new")
                .to_string()
                .contains("rien de nouveau")
        );
    }
}

#[tokio::test]
async fn a_partial_report_is_completed_by_its_next_version() {
    for place in places().await {
        let order = place.register("26092103", &["GLU", "K"]).await;
        place
            .receive(c311("26092103", &[("717", "0.92", "g/L")]))
            .await;
        place.accept(order.id, "GLU").await;
        let first = place.sign(order.id).await;
        assert!(!first.complete, "{}", place.name);
        place
            .receive_at(
                c311("26092103", &[("990", "4.1", "mmol/l")]),
                UtcMicros(NOW.0 + MINUTE),
            )
            .await;
        place.accept(order.id, "K").await;
        let second = place.sign(order.id).await;
        assert_eq!(
            (second.version, second.complete),
            (2, true),
            "{}",
            place.name
        );
        assert_eq!(second.set_id, first.set_id);
        assert_eq!(second.replaces.as_deref(), Some(first.document_id.as_str()));
        let versions = signing::versions(&place.lab, order.id)
            .await
            .expect("versions");
        assert_eq!(
            versions.iter().map(|v| v.current).collect::<Vec<_>>(),
            [true, false]
        );
    }
}

#[tokio::test]
async fn a_report_that_would_not_conform_waits_with_the_reason() {
    for place in places().await {
        let mut patient = crate::bench::provisional("Essai", "Futur");
        patient.traits.birth_date = "2026-12-01".parse().expect("date");
        let new = crate::bench::order_for(
            lisiere_hub::laboratory::orders::PatientChoice::New(patient),
            "26092104",
            &["GLU"],
        );
        let order = lisiere_hub::laboratory::orders::register(&place.lab, new, &technician(), NOW)
            .await
            .expect("order");
        place
            .receive(c311("26092104", &[("717", "0.92", "g/L")]))
            .await;
        place.accept(order.id, "GLU").await;
        let preview = signing::preview(&place.lab, order.id, &biologist(), NOW)
            .await
            .expect("preview");
        let refused = signing::sign(&place.lab, order.id, &preview.covers, &biologist(), NOW)
            .await
            .expect_err("refused");
        assert!(
            refused.to_string().contains("date de naissance"),
            "{refused}"
        );
        let waiting = lisiere_hub::laboratory::queue::counts(&place.lab)
            .await
            .expect("queue");
        assert_eq!(
            waiting,
            [(lisiere_hub::laboratory::queue::Cause::ReportRefused, 1)],
            "{}",
            place.name
        );
        assert_eq!(
            place.current(order.id, "GLU").await.state,
            State::TechnicallyReviewed,
            "nothing was signed"
        );
    }
}

#[tokio::test]
async fn an_edited_report_or_trail_shows() {
    for place in places().await {
        let order = place.register("26092105", &["GLU"]).await;
        place
            .receive(c311("26092105", &[("717", "0.92", "g/L")]))
            .await;
        place.accept(order.id, "GLU").await;
        let report = place.sign(order.id).await;
        reports::tamper(&place.lab.store, reports::EDIT_REPORT).await;
        let shown = signing::document(&place.lab, report.id).await;
        assert!(
            shown.is_err(),
            "{}: an edited report is not shown as signed",
            place.name
        );
        reports::tamper(&place.lab.store, reports::EDIT_SIGNATURE).await;
        let mut reader = place.lab.store.read().await.expect("reader");
        let verdict = audit::verify(&mut reader, 1).await.expect("verification");
        assert!(
            matches!(verdict, Verdict::Broken { .. }),
            "{}: {verdict:?}",
            place.name
        );
    }
}

/// What a page says, without its markup.
fn words(html: &[u8]) -> String {
    let mut inside = false;
    let keep = |c: &char| {
        let tag = inside || *c == '<';
        inside = tag && *c != '>';
        !tag
    };
    String::from_utf8_lossy(html).chars().filter(keep).collect()
}
