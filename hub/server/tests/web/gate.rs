//! A report that would not conform: the biologist reads what is wrong and what to do, and no signature goes through.

use axum::http::StatusCode;
use lisiere_hub::review::Role;
use lisiere_hub::store::laboratory;

use crate::rig::{Browser, Hub, NOW, order_form};

/// The laboratory's identity as an older program may have left it.
async fn finess(hub: &Hub, number: &str) {
    let mut tx = hub.app.store.begin().await.unwrap();
    let body = laboratory::setting(&mut tx, "identity")
        .await
        .unwrap()
        .unwrap();
    let mut identity: serde_json::Value = serde_json::from_str(&body).unwrap();
    identity["finess"] = number.into();
    laboratory::set_setting(&mut tx, "identity", &identity.to_string(), "test", NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn reviewed(hub: &Hub) -> String {
    let mut secretary = hub.browser(Role::Secretary).await;
    let page = secretary
        .post(
            "/dossiers",
            &order_form("Essai-Frêne", "Luc", "T-5", &["K"]),
        )
        .await;
    let path = page.location().split('?').next().unwrap();
    let order = path.rsplit('/').next().unwrap().to_owned();
    hub.receive("T-5", &[("990", "4.6", "mmol/l")]).await;
    let mut technician = hub.browser(Role::Technician).await;
    let page = technician.get(&format!("/paillasse?dossier={order}")).await;
    let obs = page.field("obs");
    let fields = [
        ("dossier", order.as_str()),
        ("obs", obs.as_str()),
        ("motif", "contrôlé"),
    ];
    let done = technician.post("/paillasse/valider", &fields).await;
    assert!(done.location().contains("fait=valide"), "{}", done.text);
    order
}

async fn signed(biologist: &mut Browser, order: &str, identity: &str, seen: &str) -> StatusCode {
    let fields = [("confirme", "oui"), ("identite", identity), ("vu", seen)];
    let page = biologist
        .post(&format!("/validation/{order}/signer"), &fields)
        .await;
    page.status
}

#[tokio::test]
async fn a_document_with_an_error_of_the_gate_is_not_signed() {
    let hub = Hub::start().await;
    let order = reviewed(&hub).await;
    let mut biologist = hub.browser(Role::Biologist).await;
    let ask = format!("/validation/{order}?etape=signer");
    let good = biologist.get(&ask).await;
    let (identity, seen) = (good.field("identite"), good.field("vu"));

    finess(&hub, "12").await;
    let bad = biologist.get(&ask).await;
    assert!(
        bad.text.contains("ne peut être ni signé ni envoyé"),
        "{}",
        bad.text
    );
    assert!(
        bad.text.contains("À faire :") && bad.text.contains("FINESS"),
        "{}",
        bad.text
    );
    assert!(bad.fields("vu").is_empty(), "there is nothing to sign with");
    assert_eq!(
        signed(&mut biologist, &order, &identity, &seen).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let page = biologist.get(&format!("/dossiers/{order}")).await;
    assert!(page.text.contains("Aucun compte rendu."), "{}", page.text);

    finess(&hub, "750000001").await;
    let good = biologist.get(&ask).await;
    let (identity, seen) = (good.field("identite"), good.field("vu"));
    assert_eq!(
        signed(&mut biologist, &order, &identity, &seen).await,
        StatusCode::SEE_OTHER
    );
}
