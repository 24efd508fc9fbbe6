//! What is typed stays text: nothing of it becomes markup, an address, or a line of the log; nothing typed is lost.

use axum::http::StatusCode;
use lisiere_hub::review::Role;

use crate::rig::{Hub, order_form};

#[tokio::test]
async fn a_name_full_of_markup_stays_a_name() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    let evil = "<script>alert(1)</script>";
    let mut form = order_form("Essai-Houx", "Éva", "T-1", &["K"]);
    form.push(("renseignements", evil));
    form.push(("demande", "\"><img src=x onerror=alert(1)>"));
    let page = secretary.post("/dossiers", &form).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    let page = secretary.get(page.location()).await;
    assert!(
        !page.text.contains("<script>alert") && !page.text.contains("<img src=x"),
        "{}",
        page.text
    );
    assert!(
        page.text
            .contains("&#60;script&#62;alert(1)&#60;/script&#62;"),
        "shown as it was typed"
    );

    // A form that comes back shows what was typed, escaped.
    let mut form = order_form(evil, "Éva", "T-2", &[]);
    form.push(("prescripteur", "\"><b>"));
    let page = secretary.post("/dossiers", &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        !page.text.contains("<script>alert") && !page.text.contains("\"><b>"),
        "{}",
        page.text
    );
    assert_eq!(
        page.field("nom_naissance"),
        "&#60;script&#62;alert(1)&#60;/script&#62;"
    );
    assert_eq!(
        page.field("tube"),
        "T-2",
        "the tube number is not lost either"
    );
}

#[tokio::test]
async fn every_mistake_stands_beside_its_field_and_nothing_is_lost() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    let form = [
        ("nom_naissance", "Essai-Orme"),
        ("premier_prenom", ""),
        ("date_naissance", "31/02/1979"),
        ("sexe", ""),
        ("tube", "T-1"),
        ("renseignements", "fièvre depuis 3 jours"),
    ];
    let page = secretary.post("/dossiers", &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for sentence in [
        "le premier prénom est nécessaire",
        "écrire jj/mm/aaaa",
        "choisir F, M ou indéterminé",
    ] {
        assert!(page.text.contains(sentence), "{sentence}");
    }
    assert!(page.text.contains("aria-invalid=\"true\""));
    assert_eq!(page.field("renseignements"), "fièvre depuis 3 jours");
    assert_eq!(page.field("date_naissance"), "31/02/1979");
}

#[tokio::test]
async fn no_name_stands_in_an_address() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    secretary
        .post(
            "/dossiers",
            &order_form("Essai-Charme", "Nil", "T-9", &["K"]),
        )
        .await;
    let found = secretary
        .post("/dossiers/recherche", &[("mots", "essai-charme")])
        .await;
    assert!(
        !found.location().to_lowercase().contains("charme"),
        "{}",
        found.location()
    );
    let page = secretary.get(found.location()).await;
    assert!(
        page.text.contains("ESSAI-CHARME") && page.text.contains("« essai-charme »"),
        "{}",
        page.text
    );
    for address in page
        .text
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
    {
        assert!(!address.to_lowercase().contains("charme"), "{address}");
    }
    // A search belongs to its session.
    let mut other = hub.browser(Role::Auditor).await;
    assert!(
        !other
            .get(found.location())
            .await
            .text
            .contains("essai-charme")
    );
    let tube = secretary
        .post("/dossiers/recherche", &[("mots", "T-9")])
        .await;
    assert_eq!(
        tube.location().len(),
        "/dossiers/".len() + 36,
        "a known number opens its order"
    );
}

#[tokio::test]
async fn no_name_stands_in_the_log() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    secretary
        .post(
            "/dossiers",
            &order_form("Essai-Frêne", "Ilse", "T-3", &["K"]),
        )
        .await;
    secretary
        .post(
            "/dossiers",
            &order_form("Essai-Frêne", "Ilse", "T-3", &["K"]),
        )
        .await;
    secretary
        .post("/dossiers/recherche", &[("mots", "essai-frêne")])
        .await;
    hub.receive("T-3", &[("990", "4.1", "mmol/l")]).await;
    hub.app.store.close().await;
    let page = secretary.get("/dossiers").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.text.contains("Numéro à citer"), "{}", page.text);
    let text = lines.text().to_lowercase();
    let id = page
        .text
        .split("<code>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_lowercase();
    assert!(text.contains(&id), "the id to quote is in the log: {text}");
    for secret in [
        "frêne",
        "frene",
        "ilse",
        "28/03/1979",
        "1979-03-28",
        crate::rig::PASSWORD,
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// What was logged.
#[derive(Clone, Default)]
struct Lines(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn pages_speak_english_to_those_who_ask() {
    let hub = Hub::start().await;
    let mut technician = hub.browser(Role::Technician).await;
    technician.post("/moi", &[("langue", "en")]).await;
    let page = technician.get("/paillasse").await;
    assert!(
        page.text.contains("<html lang=\"en\">") && page.text.contains("No result to review."),
        "{}",
        page.text
    );
    assert!(!page.text.contains("Paillasse"), "no word is left over");
}

#[tokio::test]
async fn what_is_not_there_is_said_calmly() {
    let hub = Hub::start().await;
    let mut biologist = hub.browser(Role::Biologist).await;
    for path in [
        "/dossiers/01890000-0000-7000-8000-000000000000",
        "/dossiers/x",
        "/validation/x",
        "/nowhere",
    ] {
        let page = biologist.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(
            page.text.contains("Introuvable") && page.text.contains("Rien n&#39;a été modifié"),
            "{}",
            page.text
        );
    }
    for path in [
        "/paillasse",
        "/validation",
        "/dossiers",
        "/quarantaine",
        "/controles",
        "/reception",
    ] {
        assert!(
            biologist.get(path).await.text.contains("class=\"empty\""),
            "{path} says what would be here"
        );
    }
}

#[tokio::test]
async fn two_tubes_of_one_test_never_look_alike() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    secretary.get("/reception").await;
    let person = "Essai-Tilleul;Lou;F;28/03/1979";
    let file = format!(
        "demande;nom_naissance;premier_prenom;sexe;date_naissance;tube;analyses\n\
         D-1;{person};26092172;GLU\nD-1;{person};26092173;GLU\nD-2;{person};26092174;GLU\n"
    );
    let page = secretary.import(&file).await;
    assert!(
        page.text.contains("2 dossiers enregistrés"),
        "{}",
        page.text
    );
    for (tube, value) in [
        ("26092172", "0.92"),
        ("26092173", "1.41"),
        ("26092174", "1.02"),
    ] {
        hub.receive(tube, &[("717", value, "g/L")]).await;
    }
    let mut technician = hub.browser(Role::Technician).await;
    let bench = technician.get("/paillasse").await.text;
    let orders: Vec<String> = (bench.split("/paillasse?dossier=").skip(1))
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect();
    let mut marked = 0;
    for order in orders {
        let page = technician.get(&format!("/paillasse?dossier={order}")).await;
        let tubes =
            ["26092172", "26092173"].map(|tube| page.text.contains(&format!("tube {tube}<")));
        assert_eq!(tubes[0], tubes[1], "{}", page.text);
        marked += usize::from(tubes[0]);
        assert!(
            !page.text.contains("tube 26092174<"),
            "an order with one tube needs no mark"
        );
    }
    assert!(
        marked > 0,
        "the order with two tubes marks each of its rows"
    );
}
