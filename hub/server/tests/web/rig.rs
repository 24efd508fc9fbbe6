//! What the tests stand on: a hub's pages on a fresh database, people with accounts, a browser, an analyzer.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use lisiere_hub::app::App;
use lisiere_hub::clock::Clock;
use lisiere_hub::laboratory::{Laboratory, identity, worker};
use lisiere_hub::people::{NewAccount, accounts};
use lisiere_hub::pki::Issued;
use lisiere_hub::review::Role;
use lisiere_hub::settings::Settings;
use lisiere_hub::store::ingest::{self, Arrival};
use lisiere_hub::store::{Store, appliance};
use lisiere_hub::web;
use lisiere_model::{ClockQuality, UtcMicros};
use lisiere_wire::{Capture, JournalId, LinkStats, Topic, UpChannel, encode};
use tempfile::TempDir;
use tower::ServiceExt;

/// 21/09/2026 15:33 in Paris.
pub(crate) const NOW: i64 = 1_790_000_000_000_000;
pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;
pub(crate) const PASSWORD: &str = "quatre tubes violets";

const IDENTITY: &str = r#"
name = "Laboratoire de la Lisière"
finess = "750000001"
address = { lines = ["1 rue du Bois"], postal_code = "75001", city = "Paris" }
phone = "0100000000"
director = "10000000001"

[[biologist]]
rpps = "10000000001"
family = "MARTIN"
given = "Jeanne"
title = "DR"
"#;

/// A hub whose pages are driven without a socket.
pub(crate) struct Hub {
    pub(crate) app: App,
    pub(crate) laboratory: Laboratory,
    pub(crate) router: Router,
    pub(crate) clock: Arc<AtomicI64>,
    seq: AtomicU64,
    _folder: TempDir,
}

impl Hub {
    /// A hub with an identity, an appliance, and one account of each role; the login is the role's word.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let text = format!(
            "[database]\nurl = \"sqlite:{}\"\n[identity]\nenvironment = \"test\"\n",
            folder.path().join("hub.db").display()
        );
        let settings = Settings::parse(folder.path(), &text).expect("settings");
        let store = Store::open(&settings.database, NOW).await.expect("store");
        let (clock, handle) = Clock::fixed(NOW);
        let app = App::new(store, settings, clock);
        app.health.broker_connected.store(true, Ordering::Relaxed);
        identity::set(&app.store, IDENTITY, "test", NOW)
            .await
            .expect("identity");
        enrol(&app.store).await;
        for role in Role::ALL {
            let new = NewAccount {
                login: role.as_str().into(),
                name: if role == Role::Biologist {
                    "Dr Jeanne MARTIN".into()
                } else {
                    format!("Camille {role}")
                },
                role,
                rpps: (role == Role::Biologist).then(|| "10000000001".into()),
                language: "fr".into(),
                password: PASSWORD.into(),
            };
            accounts::add(&app.store, new, "cli", NOW)
                .await
                .expect("account");
        }
        let laboratory = Laboratory::of(&app).expect("laboratory");
        let router = web::router(app.clone()).expect("router");
        Self {
            app,
            laboratory,
            router,
            clock: handle,
            seq: AtomicU64::new(0),
            _folder: folder,
        }
    }

    /// A browser in which this role is signed in.
    pub(crate) async fn browser(&self, role: Role) -> Browser {
        let mut browser = Browser::new(self);
        let page = browser.sign_in(role.as_str(), PASSWORD).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        browser
    }

    /// A message of a cobas c 311 about one tube reaches the hub and is interpreted: code, value, unit.
    pub(crate) async fn receive(&self, tube: &str, results: &[(&str, &str, &str)]) {
        let seq = self.seq.fetch_add(1, Ordering::Relaxed) + 1;
        let at = UtcMicros(self.clock.load(Ordering::Relaxed));
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&seq.to_be_bytes());
        let capture = Capture {
            journal: JournalId([9; 16]),
            seq,
            boot: 1,
            port: "c311".into(),
            link: "lis1a".into(),
            driver: "roche-cobas-c311".into(),
            received_at: at,
            clock: ClockQuality::Ntp,
            digest,
            bytes: c311(tube, results),
            stats: LinkStats(Vec::new()),
        };
        let label = |text: &str| text.parse::<lisiere_wire::Label>().expect("label");
        let topic = Topic::up(label("centre"), label("paillasse-1"), UpChannel::Message);
        let arrival = Arrival {
            topic: topic.to_string(),
            site: label("centre"),
            appliance: label("paillasse-1"),
            payload: encode(&capture).expect("payload").into(),
            capture,
        };
        let applied = ingest::apply(&self.app.store, &[arrival], &[], at.0)
            .await
            .expect("ingest");
        assert_eq!(applied.stored, 1, "{applied:?}");
        while worker::process(&self.laboratory, at)
            .await
            .expect("interpretation")
            > 0
        {}
    }
}

async fn enrol(store: &Store) {
    let mut tx = store.begin().await.expect("transaction");
    appliance::invited(&mut tx, "paillasse-1", "centre", "test", NOW)
        .await
        .expect("invited");
    let issued = Issued {
        pem: String::new(),
        serial: "serial-1".into(),
        not_after: NOW + 300 * 24 * HOUR,
    };
    appliance::enrolled(&mut tx, "paillasse-1", "centre", &issued, NOW)
        .await
        .expect("enrolled");
    tx.commit().await.expect("commit");
}

fn c311(tube: &str, results: &[(&str, &str, &str)]) -> Vec<u8> {
    let codes: Vec<String> = results
        .iter()
        .map(|(code, ..)| format!("^^^{code}/"))
        .collect();
    let mut text = format!(
        "H|\\^&|||c311^1|||||host|RSUPL^REAL|P|1\rP|1\rO|1|101^{tube:<22}^1^^101|R1|{}|R||||||N||^^||SC||||||||||F\r",
        codes.join("\\")
    );
    for (place, (code, value, unit)) in (1..).zip(results) {
        let _ = write!(
            text,
            "R|{place}|^^^{code}/|{value}|{unit}||N||F|||||P1\rC|1|I|0|I\r"
        );
    }
    text.push_str("L|1|N\r");
    text.into_bytes()
}

/// A browser: it keeps the session cookie and the token of the last form it saw.
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookie: Option<String>,
    pub(crate) token: String,
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    /// Where the answer sends the browser.
    pub(crate) fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |value| value.to_str().expect("location"))
    }

    /// The value of the first field with this name.
    pub(crate) fn field(&self, name: &str) -> String {
        self.fields(name)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no field {name} in {}", self.text))
    }

    /// The values of all fields with this name.
    pub(crate) fn fields(&self, name: &str) -> Vec<String> {
        let named = format!(" name=\"{name}\"");
        self.text
            .split('<')
            .filter(|tag| tag.contains(&named))
            .filter_map(|tag| tag.split(" value=\"").nth(1))
            .map(|rest| rest.split('"').next().expect("value").to_owned())
            .collect()
    }
}

impl Browser {
    pub(crate) fn new(hub: &Hub) -> Self {
        Self {
            router: hub.router.clone(),
            cookie: None,
            token: String::new(),
        }
    }

    pub(crate) async fn sign_in(&mut self, login: &str, password: &str) -> Page {
        let page = self
            .send("/connexion", &[("login", login), ("password", password)])
            .await;
        if let Some(cookie) = page.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("cookie");
            self.cookie = Some(cookie.split(';').next().expect("pair").to_owned());
            self.get("/moi").await;
        }
        page
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let request = self
            .request(Method::GET, path)
            .body(Body::empty())
            .expect("request");
        let page = self.ask(request).await;
        if let Some(token) = page.fields("jeton").into_iter().next() {
            self.token = token;
        }
        page
    }

    /// Sends a form with the session's token.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.token.clone();
        let mut all = vec![("jeton", token.as_str())];
        all.extend_from_slice(fields);
        self.send(path, &all).await
    }

    /// Sends a form as it is.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let encoded = |text: &str| -> String {
            text.bytes()
                .map(|byte| {
                    if byte.is_ascii_alphanumeric() {
                        char::from(byte).to_string()
                    } else {
                        format!("%{byte:02X}")
                    }
                })
                .collect()
        };
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")))
            .expect("request");
        self.ask(request).await
    }

    /// Sends a file of orders.
    pub(crate) async fn import(&self, file: &str) -> Page {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"jeton\"\r\n\r\n{}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"fichier\"; filename=\"d.csv\"\r\nContent-Type: text/csv\r\n\r\n{file}\r\n--b--\r\n",
            self.token
        );
        let request = self
            .request(Method::POST, "/dossiers/import")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from(body))
            .expect("request");
        self.ask(request).await
    }

    /// Sends a form with a file and the session's token.
    pub(crate) async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        (field, name, bytes): (&str, &str, &[u8]),
    ) -> Page {
        let mut body = Vec::new();
        let token = self.token.clone();
        for (name, value) in [("jeton", token.as_str())].iter().chain(fields) {
            body.extend(
                format!(
                    "--b0und\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .into_bytes(),
            );
        }
        let head = format!(
            "--b0und\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--b0und--\r\n");
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b0und")
            .body(Body::from(body))
            .expect("request");
        self.ask(request).await
    }

    /// The pages themselves, for an answer that is read piece by piece.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let builder = Request::builder().method(method).uri(path);
        match &self.cookie {
            Some(cookie) => builder.header(header::COOKIE, cookie),
            None => builder,
        }
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Page {
        let response = self.router.clone().oneshot(request).await.expect("answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 * 1024 * 1024).await.expect("body");
        Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

/// The order form of a fictitious patient.
pub(crate) fn order_form<'a>(
    name: &'a str,
    first: &'a str,
    tube: &'a str,
    tests: &[&'a str],
) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("nom_naissance", name),
        ("premier_prenom", first),
        ("date_naissance", "28/03/1979"),
        ("sexe", "F"),
        ("prescripteur", "Dr Paul DURAND"),
        ("tube", tube),
    ];
    fields.extend(tests.iter().map(|test| ("analyses", *test)));
    fields
}
