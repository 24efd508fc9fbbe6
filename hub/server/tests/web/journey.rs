//! The way of an order through the pages: registered, measured, reviewed, signed, read.

use axum::http::{StatusCode, header};
use lisiere_hub::review::Role;
use lisiere_hub::store::audit::{self, Filter, Verdict};

use crate::rig::{Browser, Hub, Page, order_form};

/// What the row of a result sends to say that it was on screen.
fn seen(page: &Page, label: &str) -> String {
    let row = page
        .text
        .split("<tbody class=\"row\"")
        .find(|row| row.contains(&format!("aria-label=\"{label}\"")))
        .unwrap_or_else(|| panic!("no row {label} in {}", page.text));
    row.split("name=\"obs\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned()
}

async fn register(secretary: &mut Browser, name: &str, tube: &str, tests: &[&str]) -> String {
    let page = secretary
        .post("/dossiers", &order_form(name, "Zoé", tube, tests))
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    let order = page
        .location()
        .split('?')
        .next()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(
        order.len(),
        36,
        "an identifier, never a name: {}",
        page.location()
    );
    order
}

#[tokio::test]
async fn from_the_order_form_to_the_signed_report() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    let order = register(
        &mut secretary,
        "Essai-Châtaigne",
        "26092101",
        &["GLU", "K", "ALAT"],
    )
    .await;
    hub.receive(
        "26092101",
        &[
            ("717", "0.92", "g/L"),
            ("990", "6.8", "mmol/l"),
            ("685", "24.10", "U/l"),
        ],
    )
    .await;

    review_technically(&hub, &order).await;
    sign(&hub, &order).await;
    read_it_all(&mut secretary, &order).await;
    let mut reader = hub.app.store.read().await.unwrap();
    let verdict = audit::verify(&mut reader, 1).await.unwrap();
    assert!(matches!(verdict, Verdict::Intact { .. }), "{verdict:?}");
    let filter = Filter {
        subject_id: Some(order.clone()),
        ..Filter::default()
    };
    let looks = audit::list(&mut reader, &filter, 100).await.unwrap();
    assert!(
        looks
            .iter()
            .filter(|entry| entry.action == "looked")
            .count()
            >= 4,
        "every look is in the trail"
    );
}

/// Everything that is not held goes in one go, the held result with its reason.
async fn review_technically(hub: &Hub, order: &str) {
    let mut technician = hub.browser(Role::Technician).await;
    let page = technician.get(&format!("/paillasse?dossier={order}")).await;
    assert!(page.text.contains("ESSAI-CHATAIGNE Zoe"), "{}", page.text);
    assert!(
        page.text
            .contains("<span class=\"whole\">6</span><span class=\"part\">,8</span>"),
        "French comma"
    );
    assert!(page.text.contains("‼\u{a0}HH"), "a sign beside the colour");
    assert!(
        page.text.contains("Valeur critique"),
        "the hold is a sentence"
    );

    // Everything that is not held in one go, then the held one with its reason.
    let all = page.fields("tous");
    assert_eq!(all.len(), 2, "the held result is not among them");
    let mut fields = vec![("dossier", order), ("tout", "oui")];
    fields.extend(all.iter().map(|seen| ("tous", seen.as_str())));
    let done = technician.post("/paillasse/valider", &fields).await;
    assert!(done.location().contains("fait=valide"), "{}", done.text);
    let page = technician.get(&format!("/paillasse?dossier={order}")).await;
    let potassium = seen(&page, "Potassium");
    let fields = [("dossier", order), ("obs", potassium.as_str())];
    let refused = technician.post("/paillasse/valider", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("dire pourquoi il est accepté"),
        "{}",
        refused.text
    );
    let fields = [
        ("dossier", order),
        ("obs", potassium.as_str()),
        ("motif", "contrôlé sur tube primaire"),
    ];
    assert_eq!(
        technician
            .post("/paillasse/valider", &fields)
            .await
            .location(),
        "/paillasse?fait=valide"
    );
    let again = technician.post("/paillasse/valider", &fields).await;
    assert!(
        again.text.contains("a changé depuis l&#39;affichage")
            || again.text.contains("a changé depuis l'affichage"),
        "{}",
        again.text
    );
}

/// What was on the screen is signed, in a second step, and nothing less.
async fn sign(hub: &Hub, order: &str) {
    let mut biologist = hub.browser(Role::Biologist).await;
    let path = format!("/validation/{order}");
    let page = biologist.get(&path).await;
    assert!(
        page.text.contains("?etape=signer") && page.fields("vu").is_empty(),
        "signing is a second step"
    );
    let sign = format!("{path}/signer");
    let hasty = biologist.post(&sign, &[]).await;
    assert_eq!(
        hasty.location(),
        format!("{path}?etape=signer"),
        "nothing is signed without the second step"
    );
    let page = biologist.get(&format!("{path}?etape=signer")).await;
    assert!(
        page.text.contains("cr-report"),
        "the report itself is shown: {}",
        page.text
    );
    let (vu, identity) = (page.fields("vu"), page.field("identite"));
    assert_eq!(vu.len(), 3);
    let mut fields = vec![("confirme", "oui"), ("identite", identity.as_str())];
    fields.extend(vu.iter().skip(1).map(|seen| ("vu", seen.as_str())));
    let refused = biologist.post(&sign, &fields).await;
    assert!(
        refused.text.contains("rien n") && refused.text.contains("signé"),
        "a result that was not on screen: {}",
        refused.text
    );
    fields.push(("vu", vu[0].as_str()));
    let done = biologist.post(&sign, &fields).await;
    assert_eq!(done.location(), "/validation?fait=signe", "{}", done.text);
}

async fn read_it_all(reader: &mut Browser, order: &str) {
    let page = reader.get(&format!("/dossiers/{order}")).await;
    let base = page
        .text
        .split("/comptes-rendus/")
        .nth(1)
        .unwrap()
        .split("/html")
        .next()
        .unwrap()
        .to_owned();
    let base = format!("/comptes-rendus/{base}");
    for (form, kind, begins) in [
        ("html", "text/html", "<!DOCTYPE html>"),
        ("n3.xml", "application/xml", "<?xml"),
        ("n1.xml", "application/xml", "<?xml"),
        ("rapport.pdf", "application/pdf", "%PDF"),
    ] {
        let document = reader.get(&format!("{base}/{form}")).await;
        assert_eq!(document.status, StatusCode::OK, "{form}");
        assert!(
            document.headers[header::CONTENT_TYPE]
                .to_str()
                .unwrap()
                .starts_with(kind),
            "{form}"
        );
        assert!(
            document.text.starts_with(begins),
            "{form}: {}",
            document.text.chars().take(60).collect::<String>()
        );
        let named = document.headers[header::CONTENT_DISPOSITION]
            .to_str()
            .unwrap();
        assert!(!named.to_uppercase().contains("CHATAIGNE"), "{named}");
        let policy = document.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    for wrong in [
        "/comptes-rendus/nothing/1/html",
        &format!("{base}/exe"),
        &base.replace("/1", "/2/html"),
    ] {
        assert_eq!(
            reader.get(wrong).await.status,
            StatusCode::NOT_FOUND,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn holding_repeating_commenting_and_sending_back() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    let order = register(&mut secretary, "Essai-Noisetier", "T-7", &["NA", "K"]).await;
    hub.receive("T-7", &[("989", "140", "mmol/l"), ("990", "4.1", "mmol/l")])
        .await;
    let mut technician = hub.browser(Role::Technician).await;
    let bench = format!("/paillasse?dossier={order}");
    let page = technician.get(&bench).await;
    let sodium = seen(&page, "Sodium");
    let missing = technician
        .post(
            "/paillasse/retenir",
            &[("dossier", &order), ("obs", &sodium)],
        )
        .await;
    assert!(missing.text.contains("motif"), "{}", missing.text);
    technician
        .post(
            "/paillasse/retenir",
            &[
                ("dossier", &order),
                ("obs", &sodium),
                ("motif", "tube mal rempli"),
            ],
        )
        .await;
    let page = technician.get(&bench).await;
    assert!(page.text.contains("tube mal rempli"), "{}", page.text);
    let potassium = seen(&page, "Potassium");
    technician
        .post(
            "/paillasse/commenter",
            &[
                ("dossier", &order),
                ("obs", &potassium),
                ("motif", "sérum limpide"),
            ],
        )
        .await;
    let page = technician.get(&bench).await;
    assert!(page.text.contains("sérum limpide"));
    let potassium = seen(&page, "Potassium");
    technician
        .post(
            "/paillasse/valider",
            &[("dossier", &order), ("obs", &potassium)],
        )
        .await;

    let mut biologist = hub.browser(Role::Biologist).await;
    let path = format!("/validation/{order}");
    let page = biologist.get(&path).await;
    let potassium = seen(&page, "Potassium");
    let back = format!("{path}/renvoyer");
    let done = biologist
        .post(
            &back,
            &[("obs", &potassium), ("motif", "contrôler l'hémolyse")],
        )
        .await;
    assert_eq!(done.location(), "/validation?fait=renvoye", "{}", done.text);
    let page = technician.get(&bench).await;
    assert!(
        page.text.contains("contrôler l&#39;hémolyse"),
        "{}",
        page.text
    );
    let sodium = seen(&page, "Sodium");
    technician
        .post(
            "/paillasse/repasser",
            &[("dossier", &order), ("obs", &sodium), ("motif", "caillot")],
        )
        .await;
    assert!(
        technician
            .get(&format!("/dossiers/{order}"))
            .await
            .text
            .contains("repasse demandée")
    );
}

#[tokio::test]
async fn an_unknown_tube_waits_and_is_attached_by_a_person() {
    let hub = Hub::start().await;
    hub.receive("PERDU-1", &[("990", "4.1", "mmol/l")]).await;
    let mut secretary = hub.browser(Role::Secretary).await;
    let order = register(&mut secretary, "Essai-Aulne", "JUSTE-1", &["K"]).await;
    let mut technician = hub.browser(Role::Technician).await;
    let page = technician.get("/quarantaine").await;
    assert!(
        page.text.contains("PERDU-1") && page.text.contains("Tube inconnu"),
        "{}",
        page.text
    );
    let entry = page
        .text
        .split("/quarantaine?entree=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let page = technician
        .get(&format!("/quarantaine?entree={entry}&tube=JUSTE-1"))
        .await;
    assert!(page.text.contains("ESSAI-AULNE"), "{}", page.text);
    let choice = page.field("choix");
    let path = format!("/quarantaine/{entry}/resoudre");
    let done = technician
        .post(&path, &[("action", "rattacher"), ("choix", &choice)])
        .await;
    assert_eq!(done.location(), "/quarantaine?fait=resolu", "{}", done.text);
    assert!(
        technician
            .get(&format!("/paillasse?dossier={order}"))
            .await
            .text
            .contains("Potassium")
    );
    let again = technician
        .post(&path, &[("action", "rattacher"), ("choix", &choice)])
        .await;
    assert!(again.text.contains("réglé par"), "{}", again.text);
}

#[tokio::test]
async fn a_file_of_orders_is_taken_line_by_line() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    secretary.get("/reception").await;
    let file = "demande;nom_naissance;premier_prenom;sexe;date_naissance;tube;analyses\n\
                D-1;Essai-Pommier;Zoé;F;28/03/1979;T-1;GLU K\nD-2;Essai-Poirier;Ève;F;17/05/1990;T-2;RIEN\n";
    let page = secretary.import(file).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("1 dossier enregistré"), "{}", page.text);
    assert!(
        page.text.contains("RIEN") && page.text.contains("Ligne 3"),
        "{}",
        page.text
    );
    assert!(page.text.contains("ESSAI-POMMIER"));
    let page = secretary.import(file).await;
    assert!(
        page.text.contains("0 dossier enregistré") && page.text.contains("déjà connu"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn tools_read_the_state_and_engineers_invite() {
    let hub = Hub::start().await;
    let mut engineer = hub.browser(Role::Engineer).await;
    let page = engineer.get("/api/etat").await;
    let state: serde_json::Value = serde_json::from_str(&page.text).unwrap();
    assert_eq!(state["balanced"], true, "{state}");
    assert_eq!(state["appliances"][0]["name"], "paillasse-1");
    engineer.get("/boitiers").await;
    let page = engineer
        .post(
            "/boitiers/inviter",
            &[("site", "centre"), ("nom", "paillasse-2"), ("heures", "24")],
        )
        .await;
    assert!(page.text.contains("LIS1."), "{}", page.text);
    let page = engineer
        .post(
            "/boitiers/inviter",
            &[("site", "Centre !"), ("nom", "x y"), ("heures", "24")],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("value=\"x y\""), "what was typed stays");
    let page = engineer
        .post(
            "/boitiers/paillasse-2/revoquer",
            &[("confirme", "paillasse-2")],
        )
        .await;
    assert_eq!(page.location(), "/boitiers?fait=revoque");
}
