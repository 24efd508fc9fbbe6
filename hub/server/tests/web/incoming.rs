//! Reports of other laboratories: taken in, shown without anything of theirs being run, attached by a person, origin kept.

use axum::http::{StatusCode, header};
use lisiere_hub::review::Role;
use lisiere_hub::store::audit::{self, Filter};

use crate::rig::{Browser, Hub, Page, order_form};

/// INS of the fictitious patient of our own fixture.
const INS: &str = "279034523400163";
const ELSEWHERE: &str = "Laboratoire des Aulnes";

/// A report of another laboratory about the patient of our own fixture, from before the clock of these tests.
pub(crate) fn document() -> String {
    let fixture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../report/fixtures/chemistry.json"
    );
    let mut report = lisiere_report::read(&std::fs::read(fixture).unwrap()).unwrap();
    report.laboratory.organisation.name = ELSEWHERE.to_owned();
    let n3 = lisiere_report::render(&report).unwrap().n3;
    String::from_utf8(n3)
        .unwrap()
        .replace("\"202611", "\"202606")
}

async fn send(browser: &mut Browser, bytes: &[u8]) -> Page {
    browser.get("/recus").await;
    browser
        .upload("/recus", &[], ("fichier", "cr.xml", bytes))
        .await
}

/// The same patient with us. Answers the order.
async fn register(secretary: &mut Browser, tube: &str, ins: Option<&str>) -> String {
    let mut form = order_form("Ormeau", "Camille", tube, &["K"]);
    form.push(("prenoms", "Camille Jeanne"));
    form.push(("lieu_naissance", "45234"));
    if let Some(number) = ins {
        form.extend([
            ("statut_identite", "qualified"),
            ("ins", number),
            ("autorite_ins", "test"),
        ]);
    }
    let page = secretary.post("/dossiers", &form).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    let path = page.location().split('?').next().unwrap();
    path.rsplit('/').next().unwrap().to_owned()
}

fn path(page: &Page) -> String {
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    page.location().split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_report_whose_ins_agrees_is_proposed_and_a_person_attaches_it() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    let order = register(&mut secretary, "T-1", Some(INS)).await;
    let at = path(&send(&mut secretary, document().as_bytes()).await);
    let page = secretary.get(&at).await;
    assert!(
        page.text.contains("même INS qualifiée et mêmes traits"),
        "{}",
        page.text
    );
    assert!(page.text.contains(ELSEWHERE) && page.text.contains("Potassium"));
    let beside = secretary.get(&format!("/dossiers/{order}")).await;
    assert!(
        !beside.text.contains(ELSEWHERE),
        "nothing is attached by itself"
    );

    let (version, patient) = (page.field("version"), page.field("patient"));
    let chosen = [
        ("version", version.as_str()),
        ("patient", patient.as_str()),
        ("usage", "anteriorites"),
    ];
    let done = secretary.post(&format!("{at}/rattacher"), &chosen).await;
    assert!(done.location().ends_with("fait=rattache"), "{}", done.text);
    let beside = secretary.get(&format!("/dossiers/{order}")).await;
    assert!(
        beside.text.contains("Antériorités du patient") && beside.text.contains(ELSEWHERE),
        "{}",
        beside.text
    );
    let again = secretary.post(&format!("{at}/rattacher"), &chosen).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "only once");

    let mut reader = hub.app.store.read().await.unwrap();
    let filter = Filter {
        subject_id: at.rsplit('/').next().map(str::to_owned),
        ..Filter::default()
    };
    let trail = audit::list(&mut reader, &filter, 50).await.unwrap();
    for action in ["incoming.received", "looked", "incoming.attached"] {
        assert!(
            trail.iter().any(|entry| entry.action == action),
            "{action}: {trail:?}"
        );
    }
    drop(reader);
    prints_the_origin(&hub, &order).await;
}

/// The report that the biologist is about to sign names the laboratory of the earlier value.
async fn prints_the_origin(hub: &Hub, order: &str) {
    hub.receive("T-1", &[("990", "4.6", "mmol/l")]).await;
    let mut technician = hub.browser(Role::Technician).await;
    let page = technician.get(&format!("/paillasse?dossier={order}")).await;
    let obs = page
        .text
        .split("name=\"obs\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_else(|| panic!("{}", page.text))
        .to_owned();
    let fields = [
        ("dossier", order),
        ("obs", obs.as_str()),
        ("motif", "contrôlé"),
    ];
    let done = technician.post("/paillasse/valider", &fields).await;
    assert!(done.location().contains("fait=valide"), "{}", done.text);
    let mut biologist = hub.browser(Role::Biologist).await;
    let page = biologist
        .get(&format!("/validation/{order}?etape=apercu"))
        .await;
    assert!(page.text.contains(ELSEWHERE), "{}", page.text);
    let page = biologist
        .get(&format!("/validation/{order}?etape=signer"))
        .await;
    assert!(
        page.text.contains("Signer et rendre"),
        "the gate passes: {}",
        page.text
    );
}

#[tokio::test]
async fn a_doubt_needs_a_confirmation_and_another_ins_is_another_person() {
    let hub = Hub::start().await;
    let mut technician = hub.browser(Role::Technician).await;
    let mut secretary = hub.browser(Role::Secretary).await;
    let order = register(&mut secretary, "T-1", None).await;
    let at = path(&send(&mut technician, document().as_bytes()).await);
    let page = technician.get(&at).await;
    assert!(page.text.contains("sans INS commune") && !page.text.contains("\" checked> <b>"));
    let (version, patient) = (page.field("version"), page.field("patient"));
    let other = secretary
        .post(
            "/dossiers",
            &order_form("Essai-Orme", "Basile", "T-2", &["K"]),
        )
        .await;
    assert_eq!(other.status, StatusCode::SEE_OTHER, "{}", other.text);
    let somebody = technician
        .post(
            &format!("{at}/rattacher"),
            &[
                ("version", version.as_str()),
                ("usage", "sous-traitance"),
                ("dossier", "T-2"),
            ],
        )
        .await;
    assert_eq!(somebody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        somebody.text.contains("Un trait diffère (nom"),
        "{}",
        somebody.text
    );
    let mut chosen = vec![
        ("version", version.as_str()),
        ("patient", patient.as_str()),
        ("usage", "sous-traitance"),
        ("dossier", "T-1"),
    ];
    let doubt = technician.post(&format!("{at}/rattacher"), &chosen).await;
    assert_eq!(doubt.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        doubt.text.contains("cocher la confirmation"),
        "{}",
        doubt.text
    );
    chosen.push(("confirme", "oui"));
    let done = technician.post(&format!("{at}/rattacher"), &chosen).await;
    assert!(done.location().ends_with("fait=rattache"), "{}", done.text);
    let beside = technician.get(&format!("/dossiers/{order}")).await;
    assert!(
        beside.text.contains("Sous-traitance de ce dossier") && beside.text.contains(ELSEWHERE),
        "{}",
        beside.text
    );
}

#[tokio::test]
async fn two_ins_that_differ_are_never_attached_to_each_other() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    register(&mut secretary, "T-9", Some("279034523400262")).await;
    let at = path(&send(&mut secretary, document().as_bytes()).await);
    let page = secretary.get(&at).await;
    assert!(
        page.fields("patient").is_empty(),
        "not even proposed: {}",
        page.text
    );
    let version = page.field("version");
    let chosen = [
        ("version", version.as_str()),
        ("usage", "anteriorites"),
        ("dossier", "T-9"),
        ("confirme", "oui"),
    ];
    let refused = secretary.post(&format!("{at}/rattacher"), &chosen).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.text
    );
    assert!(refused.text.contains("deux personnes"), "{}", refused.text);
    let aside = [("version", version.as_str()), ("motif", "autre personne")];
    let done = secretary.post(&format!("{at}/ecarter"), &aside).await;
    assert!(
        done.location().ends_with("fait=recu-ecarte"),
        "{}",
        done.text
    );
}

#[tokio::test]
async fn nothing_of_the_document_is_run_or_fetched() {
    let hub = Hub::start().await;
    let mut biologist = hub.browser(Role::Biologist).await;
    let evil = document().replace(
        "<text>",
        "<text><script>alert(1)</script><paragraph onclick=\"alert(2)\">Mot &lt;b&gt;</paragraph>\
         <linkHtml href=\"javascript:alert(3)\">lien</linkHtml><iframe src=\"https://evil.example/\"/>\
         <renderMultiMedia referencedObject=\"x\"/><img src=\"https://evil.example/a.png\"/>",
    );
    let at = path(&send(&mut biologist, evil.as_bytes()).await);
    let page = biologist.get(&at).await;
    let shown = page.text.split("cda-narrative").nth(1).unwrap();
    for bad in [
        "<script>",
        "onclick",
        "javascript:",
        "<iframe",
        "evil.example",
        "Mot <b>",
    ] {
        assert!(!shown.contains(bad), "{bad} in {shown}");
    }
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"));
    assert!(!policy.contains("unsafe"), "{policy}");

    let pdf = biologist.get(&format!("{at}/copie.pdf")).await;
    assert!(pdf.text.starts_with("%PDF"));
    let original = biologist.get(&format!("{at}/original.xml")).await;
    assert_eq!(original.text, evil, "byte for byte");
    for file in [pdf, original] {
        let way = file.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(
            way.starts_with("attachment") && !way.contains("ORMEAU"),
            "{way}"
        );
        let policy = file.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("sandbox"), "{policy}");
    }
}

#[tokio::test]
async fn what_is_no_report_is_refused_in_words_and_the_same_one_comes_in_once() {
    let hub = Hub::start().await;
    let mut secretary = hub.browser(Role::Secretary).await;
    for bytes in [
        b"%PDF-1.4 not a CDA".as_slice(),
        b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
        b"<a/>",
    ] {
        let page = send(&mut secretary, bytes).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("id=\"fichier-faute\""), "{}", page.text);
        assert!(!page.text.contains("root:"));
    }
    let first = path(&send(&mut secretary, document().as_bytes()).await);
    let second = send(&mut secretary, document().as_bytes()).await;
    assert_eq!(path(&second), first);
    assert!(second.location().ends_with("fait=deja-recu"));
    let mut auditor = hub.browser(Role::Auditor).await;
    assert_eq!(
        send(&mut auditor, b"<a/>").await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(auditor.get(&first).await.status, StatusCode::OK);
    let mut engineer = hub.browser(Role::Engineer).await;
    assert_eq!(engineer.get(&first).await.status, StatusCode::FORBIDDEN);
}
