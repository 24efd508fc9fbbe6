//! Identity: the gate of the INS, doubtful identities, homonyms and near names.

use lisiere_hub::laboratory::orders::PatientChoice;
use lisiere_hub::laboratory::{Error, Laboratory, orders, patients, signing};
use lisiere_model::{Environment, IdentityAttribute, IdentityStatus, InsAuthority};

use crate::bench::{NOW, biologist, c311, order_for, places, provisional, qualified, technician};

fn field(error: &Error) -> &'static str {
    match error {
        Error::Invalid(problems) => problems[0].field,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_ins_stands_on_a_qualified_identity_of_the_right_environment() {
    for place in places().await {
        let lab = &place.lab;
        for status in [
            IdentityStatus::Provisional,
            IdentityStatus::Recovered,
            IdentityStatus::Validated,
        ] {
            let mut new = qualified();
            new.status = status;
            let refused = patients::register(lab, new, &technician(), NOW)
                .await
                .expect_err("not qualified");
            assert_eq!(field(&refused), "ins", "{}: {status:?}", place.name);
        }
        let mut real = qualified();
        real.ins = Some(("279035121518989".into(), InsAuthority::Nir));
        let refused = patients::register(lab, real, &technician(), NOW)
            .await
            .expect_err("production OID on a test platform");
        assert_eq!(field(&refused), "ins");
        let production =
            Laboratory::new(lab.store.clone(), Environment::Production).expect("laboratory");
        let refused = patients::register(&production, qualified(), &technician(), NOW)
            .await
            .expect_err("test OID in production");
        assert_eq!(field(&refused), "ins");
        let mut typo = qualified();
        typo.ins = Some(("279035121518988".into(), InsAuthority::Test));
        let refused = patients::register(lab, typo, &technician(), NOW)
            .await
            .expect_err("wrong key");
        assert!(
            refused.to_string().contains("89") && !refused.to_string().contains("2790351"),
            "{refused}"
        );

        let known = patients::register(lab, qualified(), &technician(), NOW)
            .await
            .expect("qualified");
        let mut twin = qualified();
        twin.traits.birth_name = "Autre".into();
        let refused = patients::register(lab, twin, &technician(), NOW)
            .await
            .expect_err("same matricule");
        assert!(
            refused.to_string().contains(&known.patient.local_number),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_doubtful_identity_loses_its_ins_and_its_reports_carry_none() {
    for place in places().await {
        let order = place.register("26092140", &["GLU"]).await;
        let row = patients::get(&place.lab, order.patient)
            .await
            .expect("patient");
        let mut doubtful = qualified();
        doubtful.attributes = vec![IdentityAttribute::Doubtful];
        let changed = patients::change(
            &place.lab,
            order.patient,
            row.version,
            doubtful.clone(),
            &technician(),
            NOW,
        )
        .await
        .expect("changed");
        assert_eq!(
            changed.patient.status,
            IdentityStatus::Provisional,
            "{}",
            place.name
        );
        assert!(changed.patient.ins.is_none());
        let stale = patients::change(
            &place.lab,
            order.patient,
            row.version,
            doubtful,
            &technician(),
            NOW,
        )
        .await;
        assert!(matches!(stale, Err(Error::Stale(_))));
        place
            .receive(c311("26092140", &[("717", "0.92", "g/L")]))
            .await;
        place.accept(order.id, "GLU").await;
        let report = place.sign(order.id).await;
        let (_, bytes) = signing::document(&place.lab, report.id)
            .await
            .expect("documents");
        for form in [&bytes.n3, &bytes.n1, &bytes.html] {
            assert!(
                !String::from_utf8_lossy(form).contains("279035121518989"),
                "{}",
                place.name
            );
        }
    }
}

#[tokio::test]
async fn an_identity_that_changes_while_the_page_is_read_is_not_signed() {
    for place in places().await {
        let order = place.register("26092141", &["GLU"]).await;
        place
            .receive(c311("26092141", &[("717", "0.92", "g/L")]))
            .await;
        place.accept(order.id, "GLU").await;
        let covers = signing::preview(&place.lab, order.id, &biologist(), NOW)
            .await
            .expect("preview")
            .covers;
        let row = patients::get(&place.lab, order.patient)
            .await
            .expect("patient");
        let mut other = qualified();
        other.traits.used_name = Some("Durand".into());
        patients::change(
            &place.lab,
            order.patient,
            row.version,
            other,
            &technician(),
            NOW,
        )
        .await
        .expect("changed");
        let refused = signing::sign(&place.lab, order.id, &covers, &biologist(), NOW).await;
        assert!(
            matches!(refused, Err(Error::Stale(_))),
            "{}: {refused:?}",
            place.name
        );
    }
}

#[tokio::test]
async fn homonyms_and_near_names_are_told_apart() {
    for place in places().await {
        let lab = &place.lab;
        let first = patients::register(lab, provisional("Lefèvre", "Anne"), &technician(), NOW)
            .await
            .expect("first");
        assert_eq!(first.patient.traits.birth_name, "LEFEVRE");
        let near = patients::register(lab, provisional("Lefebvre", "Anne"), &technician(), NOW)
            .await
            .expect("near");
        let found = patients::lookalikes(lab, near.patient.id)
            .await
            .expect("lookalikes");
        assert_eq!(
            found
                .iter()
                .map(|l| (l.patient.id, l.why))
                .collect::<Vec<_>>(),
            [(first.patient.id, "noms proches")]
        );
        let same = order_for(
            PatientChoice::KnownOrNew(provisional("LEFEVRE", "Anne")),
            "26092142",
            &["GLU"],
        );
        let order = orders::register(lab, same, &technician(), NOW)
            .await
            .expect("known patient");
        assert_eq!(
            order.patient, first.patient.id,
            "{}: the same traits name the known patient",
            place.name
        );
        let twin = patients::register(lab, provisional("Lefevre", "Anne"), &technician(), NOW)
            .await
            .expect("homonym");
        assert!(
            twin.patient
                .attributes
                .contains(&IdentityAttribute::Homonym)
        );
        let unclear = order_for(
            PatientChoice::KnownOrNew(provisional("LEFEVRE", "Anne")),
            "26092143",
            &["GLU"],
        );
        let refused = orders::register(lab, unclear, &technician(), NOW)
            .await
            .expect_err("two candidates");
        assert_eq!(field(&refused), "ipp", "{}", place.name);
        let hits = patients::search(lab, "lefèv anne", 10)
            .await
            .expect("search");
        assert_eq!(hits.len(), 2, "{}", place.name);
    }
}
