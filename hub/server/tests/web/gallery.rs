//! A hub full of fictitious patients, served for a person who wants to look at the pages.

use std::future::IntoFuture;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lisiere_hub::laboratory::orders::{self, NewOrder, NewSpecimen, PatientChoice};
use lisiere_hub::laboratory::patients::NewPatient;
use lisiere_hub::laboratory::{dossier, incoming, letterhead, signing};
use lisiere_hub::review::{Person, Role, Shown, State, technical};
use lisiere_hub::store::account;
use lisiere_model::{IdentityStatus, InsAuthority, OrderId, Priority, Sex, Traits, UtcMicros};

use crate::rig::{HOUR, Hub, NOW};

/// Code of the analyzer, of the laboratory, unit.
const TESTS: [(&str, &str, &str); 9] = [
    ("989", "NA", "mmol/l"),
    ("990", "K", "mmol/l"),
    ("991", "CL", "mmol/l"),
    ("690", "CREA", "mg/l"),
    ("717", "GLU", "g/L"),
    ("685", "ALAT", "U/l"),
    ("687", "ASAT", "U/l"),
    ("678", "PROT", "g/l"),
    ("413", "ALB", "g/l"),
];

/// Name, first name, sex, birth date, and the values of the tests above.
const PATIENTS: [(&str, &str, Sex, &str, [&str; 9]); 8] = [
    (
        "Essai-Châtaigne",
        "Zoé",
        Sex::Female,
        "1979-03-28",
        [
            "131", "6.8", "98", "8.0", "0.92", "24.1", "22", "71", "42.0",
        ],
    ),
    (
        "Essai-Chataigne",
        "Zoe",
        Sex::Female,
        "1981-07-02",
        [
            "140", "4.1", "102", "7.1", "0.88", "18.0", "19", "70", "41.5",
        ],
    ),
    (
        "Essai-Noisetier",
        "Jean-Marie",
        Sex::Male,
        "1951-11-05",
        [
            "138", "4.9", "101", "16.2", "1.31", "61.5", "48", "64", "31.2",
        ],
    ),
    (
        "Essai-Tilleul",
        "Anaïs",
        Sex::Female,
        "2026-04-18",
        [
            "139", "5.0", "104", "2.2", "0.79", "20.2", "31", "58", "39.9",
        ],
    ),
    (
        "Essai-Orme",
        "Basile",
        Sex::Male,
        "2026-09-18",
        [
            "136", "5.6", "105", "4.8", "0.55", "15.5", "44", "55", "35.0",
        ],
    ),
    (
        "Essai-Peuplier",
        "Marguerite",
        Sex::Female,
        "1938-01-30",
        [
            "122", "3.1", "88", "9.6", "2.74", "33.0", "35", "62", "33.8",
        ],
    ),
    (
        "Essai-Saule",
        "Ousmane",
        Sex::Male,
        "1990-05-17",
        [
            "141", "4.4", "103", "8.8", "0.94", "29.9", "27", "74", "45.1",
        ],
    ),
    (
        "Essai-Aulne",
        "Inès",
        Sex::Female,
        "2001-12-24",
        [
            "142", "3.9", "106", "6.2", "0.83", "16.4", "18", "69", "43.0",
        ],
    ),
];

async fn person(hub: &Hub, login: &str) -> Person {
    let mut reader = hub.app.store.read().await.expect("reader");
    account::by_login(&mut reader, login)
        .await
        .expect("account")
        .expect("account")
        .person()
}

async fn order(hub: &Hub, patient: usize, tube: &str, at: UtcMicros) -> OrderId {
    let (name, first, sex, born, _) = PATIENTS[patient];
    let qualified = patient == 0;
    let choice = PatientChoice::KnownOrNew(NewPatient {
        local_number: None,
        traits: Traits {
            birth_name: name.into(),
            given_names: first.into(),
            first_given_name: first.into(),
            used_name: None,
            used_given_name: None,
            sex,
            birth_date: born.parse().expect("date"),
            birth_place: Some("75056".into()),
        },
        status: if qualified {
            IdentityStatus::Qualified
        } else {
            IdentityStatus::Validated
        },
        attributes: Vec::new(),
        ins: qualified.then(|| ("279035121518989".into(), InsAuthority::Test)),
    });
    let new = NewOrder {
        patient: choice,
        request_number: None,
        prescriber_name: Some("Dr Paul DURAND".into()),
        prescriber_rpps: None,
        prescribed_on: None,
        priority: if patient == 5 {
            Priority::Urgent
        } else {
            Priority::Routine
        },
        clinical: (patient == 5).then(|| "confusion depuis 48 h, diurétique thiazidique".into()),
        specimens: vec![NewSpecimen {
            accession: Some(tube.into()),
            kind: None,
            collected_at: Some(UtcMicros(at.0 - HOUR)),
            received_at: Some(at),
            tests: TESTS
                .iter()
                .map(|(_, code, _)| (*code).to_owned())
                .collect(),
        }],
    };
    orders::register(&hub.laboratory, new, &person(hub, "secretary").await, at)
        .await
        .expect("order")
        .id
}

async fn accept_all(hub: &Hub, order: OrderId, at: UtcMicros) {
    let lines = dossier::view(&hub.laboratory, order)
        .await
        .expect("dossier")
        .lines;
    for row in lines.into_iter().filter_map(|line| line.current) {
        if matches!(row.state, State::Received | State::Held) {
            let despite = (!row.body.holds.is_empty())
                .then(|| "contrôlé, conforme à l'antériorité".to_owned());
            let shown = Shown {
                observation: row.id,
                version: row.version,
            };
            let items = [technical::Acceptance { shown, despite }];
            technical::accept(
                &hub.laboratory,
                &items,
                &person(hub, "technician").await,
                at,
            )
            .await
            .expect("accepted");
        }
    }
}

async fn sign(hub: &Hub, order: OrderId, at: UtcMicros) {
    let biologist = person(hub, "biologist").await;
    let preview = signing::preview(&hub.laboratory, order, &biologist, at)
        .await
        .expect("preview");
    signing::sign(&hub.laboratory, order, &preview.covers, &biologist, at)
        .await
        .expect("signed");
}

/// Earlier results wander around today's.
fn earlier(value: &str, round: i64) -> String {
    let number: f64 = value.parse().expect("value");
    let digits = value.split('.').nth(1).map_or(0, str::len);
    let factor = 1.0 + f64::from(i32::try_from(round % 3 - 1).unwrap()) * 0.04;
    format!("{:.digits$}", number * factor)
}

async fn fill(hub: &Hub) {
    for round in 0..4_i64 {
        let at = UtcMicros(NOW - (120 - 25 * round) * 24 * HOUR);
        hub.clock.store(at.0, Ordering::Relaxed);
        for patient in [0, 2, 5, 6] {
            let tube = format!("2605{round}{patient:03}");
            let id = order(hub, patient, &tube, at).await;
            let values: Vec<String> = PATIENTS[patient]
                .4
                .iter()
                .map(|value| earlier(value, round + 1))
                .collect();
            let results: Vec<(&str, &str, &str)> = TESTS
                .iter()
                .zip(&values)
                .map(|((code, _, unit), value)| (*code, value.as_str(), *unit))
                .collect();
            hub.receive(&tube, &results).await;
            accept_all(hub, id, at).await;
            sign(hub, id, at).await;
        }
    }
    hub.clock.store(NOW, Ordering::Relaxed);
    for (patient, (.., values)) in PATIENTS.iter().enumerate() {
        let at = UtcMicros(NOW - i64::try_from(90 - 10 * patient).unwrap() * 60_000_000);
        let tube = format!("2609210{patient}");
        let id = order(hub, patient, &tube, at).await;
        let results: Vec<(&str, &str, &str)> = TESTS
            .iter()
            .zip(values)
            .map(|((code, _, unit), value)| (*code, *value, *unit))
            .collect();
        let sent = if patient == 3 {
            results.len() - 2
        } else {
            results.len()
        };
        hub.receive(&tube, &results[..sent]).await;
        if matches!(patient, 2 | 4 | 6) {
            accept_all(hub, id, at).await;
        }
    }
    hub.receive(
        "INCONNU-77",
        &[("990", "4.1", "mmol/l"), ("989", "139", "mmol/l")],
    )
    .await;
    hub.receive("26092107", &[("424242", "1.5", "g/L")]).await;
    let secretary = person(hub, "secretary").await;
    let document = crate::incoming::document();
    incoming::receive(
        &hub.laboratory,
        document.as_bytes(),
        &secretary,
        UtcMicros(NOW),
    )
    .await
    .expect("a report of another laboratory");
    let logo = letterhead::accept(&crate::letterhead::logo()).expect("logo");
    letterhead::set_logo(&hub.app.store, Some(&logo), &secretary, UtcMicros(NOW))
        .await
        .expect("logo kept");
}

#[tokio::test]
async fn the_gallery_can_be_filled() {
    let hub = Hub::start().await;
    fill(&hub).await;
    let mut biologist = hub.browser(Role::Biologist).await;
    assert!(
        biologist
            .get("/validation")
            .await
            .text
            .contains("ESSAI-NOISETIER")
    );
    let page = biologist.get("/paillasse").await;
    assert!(
        page.text.contains("class=\"spark\""),
        "earlier values are drawn"
    );
    assert!(
        page.text.contains("Nom proche"),
        "two near names bear a mark"
    );
    assert!(page.text.len() < 150 * 1024, "{} bytes", page.text.len());
}

/// `LISIERE_GALLERY=127.0.0.1:8090 cargo test -p lisiere-hub --test web -- gallery` serves it for ten minutes.
#[tokio::test]
async fn gallery() {
    let Ok(address) = std::env::var("LISIERE_GALLERY") else {
        println!("skipped: LISIERE_GALLERY names no address");
        return;
    };
    let hub = Hub::start().await;
    fill(&hub).await;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .expect("address");
    println!(
        "every role's word is its login, the password is « {} »",
        crate::rig::PASSWORD
    );
    let served = axum::serve(listener, hub.router.clone()).into_future();
    // Elapsed is how it ends.
    let _ = tokio::time::timeout(Duration::from_mins(10), served).await;
}
