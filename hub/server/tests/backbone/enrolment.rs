//! The enrolment door, knocked at over real HTTPS.

use std::sync::Arc;

use lisiere_hub::app::{App, Shutdown};
use lisiere_hub::clock::Clock;
use lisiere_hub::enrol::{self, Door};
use lisiere_hub::pki::{Pki, tls};
use lisiere_hub::settings::{HostPort, Settings};
use lisiere_hub::store::appliance;
use lisiere_hub::store::audit::{self, Filter, Verdict};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

use crate::rig::{NOW, PATIENCE, Place, places, request, secret, sqlite, token};

struct Open {
    app: App,
    pki: Pki,
    place: HostPort,
    clock: Arc<std::sync::atomic::AtomicI64>,
    _stop: tokio::sync::watch::Sender<bool>,
}

async fn open(place: &Place) -> Open {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let pki = Pki::open(
        &place.folder.path().join("pki"),
        &[],
        Clock::system().now_micros(),
    )
    .expect("authority");
    let (clock, handle) = Clock::fixed(NOW);
    let settings = Settings::parse(place.folder.path(), "").expect("settings");
    let app = App::new(place.store.clone(), settings, clock);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("door");
    let address = listener.local_addr().expect("address");
    let at = HostPort {
        host: "127.0.0.1".to_owned(),
        port: address.port(),
    };
    let (stop, shutdown) = Shutdown::new();
    let broker = HostPort {
        host: "hub.labo.example".to_owned(),
        port: 8883,
    };
    let config = tls::enrolment(&pki).expect("TLS");
    tokio::spawn(enrol::serve(
        app.clone(),
        pki.clone(),
        broker,
        config,
        listener,
        shutdown,
    ));
    Open {
        app,
        pki,
        place: at,
        clock: handle,
        _stop: stop,
    }
}

impl Open {
    async fn invite(&self, name: &str) -> String {
        let door = Door {
            place: &self.place,
            pki: &self.pki,
        };
        let now = self.app.clock.now_micros();
        enrol::invite(&self.app.store, door, ("nord", name), 48, "claire", now)
            .await
            .expect("invited")
            .token
    }

    /// Posts this body; returns status and answer.
    async fn knock(
        &self,
        body: &str,
        trusted: &Pki,
    ) -> Result<(u16, serde_json::Value), std::io::Error> {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(trusted.ca_der().expect("authority"))
            .expect("root");
        let config = rustls::ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect((self.place.host.as_str(), self.place.port)).await?;
        let name = ServerName::try_from(self.place.host.clone()).expect("name");
        let mut stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await?;
        let head = format!(
            "POST /enrol HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        // A peer that closes without TLS farewell has still answered.
        drop(read.expect("in time"));
        let answer = String::from_utf8(answer).expect("text");
        let status = answer
            .get(9..12)
            .and_then(|status| status.parse().ok())
            .expect("status");
        let (_, body) = answer.split_once("\r\n\r\n").expect("body");
        Ok((status, serde_json::from_str(body).unwrap_or_default()))
    }
}

fn body(name: &str, secret: &str) -> String {
    serde_json::json!({ "name": name, "secret": secret, "csr_pem": request("ignored").1 })
        .to_string()
}

#[tokio::test]
async fn an_invited_appliance_leaves_with_its_certificate_and_the_trail_says_so() {
    for place in places().await {
        let open = open(&place).await;
        let invitation = open.invite("box-1").await;
        let told = token(&invitation);
        assert_eq!(told["url"], format!("https://{}", open.place));
        assert_eq!(told["ca_sha256"], open.pki.ca_sha256().expect("digest"));
        assert_eq!(
            (told["name"].as_str(), told["site"].as_str()),
            (Some("box-1"), Some("nord"))
        );

        let (status, welcome) = open
            .knock(&body("box-1", &secret(&invitation)), &open.pki)
            .await
            .expect("answer");
        assert_eq!(status, 200, "{}: {welcome}", place.name);
        assert_eq!(welcome["broker"]["host"], "hub.labo.example");
        assert_eq!(welcome["site"], "nord");
        let pem = welcome["certificate_pem"].as_str().expect("certificate");
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).expect("PEM");
        let certificate = pem.parse_x509().expect("certificate");
        let names: Vec<_> = certificate
            .subject()
            .iter_common_name()
            .filter_map(|name| name.as_str().ok())
            .collect();
        assert_eq!(
            names,
            ["box-1"],
            "the name comes from the invitation, not from the request"
        );
        let usage = certificate
            .extended_key_usage()
            .expect("usage")
            .expect("usage")
            .value
            .clone();
        assert!(usage.client_auth && !usage.server_auth);

        let mut connection = place.store.read().await.expect("connection");
        let known = appliance::find(&mut connection, "box-1")
            .await
            .expect("read")
            .expect("known");
        assert_eq!(known.enrolment, appliance::Enrolment::Enrolled);
        let trail = audit::list(&mut connection, &Filter::default(), 10)
            .await
            .expect("trail");
        let actions: Vec<_> = trail.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["appliance.enrolled", "appliance.invited"]);
        assert!(matches!(
            audit::verify(&mut connection, 1).await.expect("verified"),
            Verdict::Intact { .. }
        ));
    }
}

#[tokio::test]
async fn a_secret_opens_once_for_its_name_and_for_a_time() {
    for place in places().await {
        let open = open(&place).await;
        let invitation = open.invite("box-1").await;
        let secret_1 = secret(&invitation);
        let refused = |answer: (u16, serde_json::Value), word: &str| {
            assert_eq!(answer.0, 403, "{}: {}", place.name, answer.1);
            assert!(
                answer.1["error"]
                    .as_str()
                    .is_some_and(|text| text.contains(word)),
                "{}",
                answer.1
            );
        };
        refused(
            open.knock(&body("box-2", &secret_1), &open.pki)
                .await
                .expect("answer"),
            "inconnue",
        );
        refused(
            open.knock(&body("box-1", "guess"), &open.pki)
                .await
                .expect("answer"),
            "inconnue",
        );
        assert_eq!(
            open.knock(&body("box-1", &secret_1), &open.pki)
                .await
                .expect("answer")
                .0,
            200
        );
        refused(
            open.knock(&body("box-1", &secret_1), &open.pki)
                .await
                .expect("answer"),
            "déjà servi",
        );

        let replaced = open.invite("box-3").await;
        let current = open.invite("box-3").await;
        refused(
            open.knock(&body("box-3", &secret(&replaced)), &open.pki)
                .await
                .expect("answer"),
            "retirée",
        );
        let two_days = 48 * 3600 * 1_000_000;
        open.clock
            .fetch_add(two_days, std::sync::atomic::Ordering::Relaxed);
        refused(
            open.knock(&body("box-3", &secret(&current)), &open.pki)
                .await
                .expect("answer"),
            "expiré",
        );
    }
}

#[tokio::test]
async fn a_refused_request_does_not_use_up_the_invitation() {
    let place = sqlite().await;
    let open = open(&place).await;
    let secret = secret(&open.invite("box-1").await);
    let broken =
        serde_json::json!({ "name": "box-1", "secret": secret, "csr_pem": "nothing" }).to_string();
    assert_eq!(open.knock(&broken, &open.pki).await.expect("answer").0, 422);
    for nonsense in ["", "{", "[]", "{\"name\":1}"] {
        let (status, _) = open.knock(nonsense, &open.pki).await.expect("answer");
        assert!((400..500).contains(&status), "{nonsense}: {status}");
    }
    let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(100_000));
    assert_eq!(open.knock(&huge, &open.pki).await.expect("answer").0, 413);
    assert_eq!(
        open.knock(&body("box-1", &secret), &open.pki)
            .await
            .expect("answer")
            .0,
        200
    );
}

#[tokio::test]
async fn a_hub_of_another_authority_is_not_trusted() {
    let place = sqlite().await;
    let open = open(&place).await;
    let other = tempfile::tempdir().expect("folder");
    let foreign = Pki::open(other.path(), &[], Clock::system().now_micros()).expect("authority");
    assert_ne!(
        foreign.ca_sha256().expect("digest"),
        open.pki.ca_sha256().expect("digest")
    );
    open.knock("{}", &foreign).await.expect_err("refused");
}

#[tokio::test]
async fn names_that_are_no_labels_and_the_hubs_own_are_refused() {
    let place = sqlite().await;
    let open = open(&place).await;
    for name in ["", "Box", "box/1", "+", "lisiere-hub", "lisiere-hub-2"] {
        let door = Door {
            place: &open.place,
            pki: &open.pki,
        };
        let invited = enrol::invite(&place.store, door, ("nord", name), 1, "claire", NOW).await;
        assert!(invited.is_err(), "{name}");
    }
}

#[test]
fn the_authority_survives_a_restart_and_its_keys_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let now = Clock::system().now_micros();
    let first = Pki::open(folder.path(), &["hub.labo.example".to_owned()], now).expect("authority");
    let (server, _) = first.server();
    let before = std::fs::read(&server).expect("certificate");
    let second =
        Pki::open(folder.path(), &["hub.labo.example".to_owned()], now).expect("authority");
    assert_eq!(first.ca_pem(), second.ca_pem());
    assert_eq!(
        std::fs::read(&server).expect("certificate"),
        before,
        "not renewed without need"
    );
    for entry in std::fs::read_dir(folder.path()).expect("folder") {
        let entry = entry.expect("file");
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "key" || extension == "pem")
        {
            let mode = entry.metadata().expect("metadata").permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", entry.path());
        }
    }
    // Near its end, and for a new name, it is made again under the same authority.
    let year = 365 * 24 * 3600 * 1_000_000;
    Pki::open(folder.path(), &["hub.labo.example".to_owned()], now + year).expect("authority");
    let renewed = std::fs::read(&server).expect("certificate");
    assert_ne!(renewed, before);
    Pki::open(
        folder.path(),
        &["other.labo.example".to_owned()],
        now + year,
    )
    .expect("authority");
    assert_ne!(std::fs::read(&server).expect("certificate"), renewed);
}
