//! What the tests stand on: stores on both databases, captures, a hub's backbone in this process, appliances.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lisiere_hub::app::{App, Shutdown};
use lisiere_hub::broker::Broker;
use lisiere_hub::clock::Clock;
use lisiere_hub::enrol::{self, Door, Welcome};
use lisiere_hub::ingest::{self, BrokerAccess};
use lisiere_hub::pki::{Issued, Pki};
use lisiere_hub::settings::{HostPort, Settings};
use lisiere_hub::store::ingest::Arrival;
use lisiere_hub::store::{Store, appliance};
use lisiere_model::{ClockQuality, UtcMicros};
use lisiere_wire::{Capture, JournalId, LinkStats, Topic, UpChannel, encode};
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use tempfile::TempDir;

use crate::postgres;

pub const NOW: i64 = 1_790_000_000_000_000;
pub const JOURNAL: JournalId = JournalId([7; 16]);
/// No wait of a test is longer.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// An open store, with the name of its database for messages.
pub struct Place {
    pub name: &'static str,
    pub url: String,
    pub store: Store,
    pub folder: TempDir,
}

/// A fresh store on each database there is.
pub async fn places() -> Vec<Place> {
    let mut places = vec![sqlite().await];
    if let Some(url) = postgres::fresh().await {
        let store = Store::open(&url, NOW).await.expect("PostgreSQL");
        places.push(Place {
            name: "PostgreSQL",
            url,
            store,
            folder: folder(),
        });
    }
    places
}

pub async fn sqlite() -> Place {
    let folder = folder();
    let url = format!("sqlite:{}", folder.path().join("hub.db").display());
    let store = Store::open(&url, NOW).await.expect("SQLite");
    Place {
        name: "SQLite",
        url,
        store,
        folder,
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("folder")
}

/// Makes an appliance known without going through the door.
pub async fn enrol(store: &Store, name: &str, site: &str) {
    let mut tx = store.begin().await.expect("transaction");
    appliance::invited(&mut tx, name, site, "test", NOW)
        .await
        .expect("invited");
    let issued = Issued {
        pem: String::new(),
        serial: format!("serial-{name}"),
        not_after: NOW,
    };
    appliance::enrolled(&mut tx, name, site, &issued, NOW)
        .await
        .expect("enrolled");
    tx.commit().await.expect("commit");
}

pub fn capture(seq: u64) -> Capture {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&seq.to_be_bytes());
    Capture {
        journal: JOURNAL,
        seq,
        boot: 1,
        port: "c311".to_owned(),
        link: "lis1a".to_owned(),
        driver: "roche-cobas-c311".to_owned(),
        received_at: UtcMicros(NOW),
        clock: ClockQuality::Ntp,
        digest,
        bytes: format!("\u{2}1H|\\^&|||message {seq}\r\u{3}").into_bytes(),
        stats: LinkStats(vec![("checksum errors".to_owned(), 2)]),
    }
}

pub fn topic(site: &str, name: &str, channel: UpChannel) -> String {
    Topic::up(
        site.parse().expect("site"),
        name.parse().expect("name"),
        channel,
    )
    .to_string()
}

pub fn arrival(site: &str, name: &str, capture: Capture) -> Arrival {
    Arrival {
        topic: topic(site, name, UpChannel::Message),
        site: site.parse().expect("site"),
        appliance: name.parse().expect("name"),
        payload: encode(&capture).expect("payload").into(),
        capture,
    }
}

/// The backbone of a hub running in this process.
pub struct Hub {
    pub app: App,
    pub pki: Pki,
    pub broker: HostPort,
    stop: tokio::sync::watch::Sender<bool>,
    serving: tokio::task::JoinHandle<()>,
}

impl Hub {
    /// Starts the embedded broker and ingest on this store.
    pub async fn start(store: &Store, folder: &Path) -> Self {
        // Both providers are linked in; an error means that another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let pki =
            Pki::open(&folder.join("pki"), &[], Clock::system().now_micros()).expect("authority");
        let listen = "127.0.0.1:0".parse().expect("address");
        let broker = Arc::new(
            Broker::open(listen, &pki, store.clone())
                .await
                .expect("broker"),
        );
        let place = HostPort {
            host: "127.0.0.1".to_owned(),
            port: broker.address().port(),
        };
        let settings = Settings::parse(folder, "").expect("settings");
        let app = App::new(store.clone(), settings, Clock::system());
        let (stop, shutdown) = Shutdown::new();
        let serving = tokio::spawn(async move { broker.run().await.expect("broker") });
        let hub = Self {
            app,
            pki,
            broker: place,
            stop,
            serving,
        };
        tokio::spawn(ingest::run(hub.app.clone(), hub.access(), shutdown));
        hub
    }

    /// How a hub reaches this broker.
    pub fn access(&self) -> BrokerAccess {
        let (certificate, key) = self.pki.client();
        BrokerAccess {
            place: self.broker.clone(),
            ca: self.pki.ca(),
            certificate,
            key,
        }
    }

    /// A second hub of the same broker and database.
    pub fn second(&self) -> (App, tokio::sync::watch::Sender<bool>) {
        let (stop, shutdown) = Shutdown::new();
        let app = App::new(
            self.app.store.clone(),
            (*self.app.settings).clone(),
            Clock::system(),
        );
        tokio::spawn(ingest::run(app.clone(), self.access(), shutdown));
        (app, stop)
    }

    /// Invites and enrols an appliance; returns its key and what it left with.
    pub async fn welcome(&self, site: &str, name: &str) -> (String, Welcome) {
        let place = self.broker.clone();
        let door = Door {
            place: &place,
            pki: &self.pki,
        };
        let now = self.app.clock.now_micros();
        let invited = enrol::invite(&self.app.store, door, (site, name), 1, "test", now)
            .await
            .expect("invitation");
        let (key, csr_pem) = request("whatever");
        let request = enrol::Request {
            name: name.to_owned(),
            secret: secret(&invited.token),
            csr_pem,
        };
        let welcome = enrol::enrol(&self.app, &self.pki, &place, &request)
            .await
            .expect("welcome");
        (key, welcome)
    }

    /// An appliance that has joined the broker.
    pub async fn join(&self, site: &str, name: &str) -> Appliance {
        let (key, welcome) = self.welcome(site, name).await;
        let mut appliance = Appliance::with(
            &self.broker,
            name,
            &key,
            &welcome.certificate_pem,
            &welcome.ca_pem,
        );
        appliance.connected().await.expect("joined");
        appliance
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.serving.abort();
    }
}

/// A new key and its certificate request.
pub fn request(common_name: &str) -> (String, String) {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("key");
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, common_name);
    let request = params
        .serialize_request(&key)
        .expect("request")
        .pem()
        .expect("PEM");
    (key.serialize_pem(), request)
}

/// What an invitation's token holds.
pub fn token(token: &str) -> serde_json::Value {
    use base64::Engine;
    let text = token.strip_prefix("LIS1.").expect("prefix");
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .expect("base64");
    serde_json::from_slice(&json).expect("JSON")
}

pub fn secret(text: &str) -> String {
    token(text)["secret"].as_str().expect("secret").to_owned()
}

/// A real MQTT client in an appliance's place.
pub struct Appliance {
    pub client: AsyncClient,
    pub connection: EventLoop,
}

impl Appliance {
    pub fn with(broker: &HostPort, id: &str, key: &str, certificate: &str, ca: &str) -> Self {
        use rustls::pki_types::pem::PemObject;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(ca.as_bytes()).expect("authority"))
            .expect("root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("certificate")],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("key"),
            )
            .expect("client certificate");
        let mut options = MqttOptions::new(id, broker.host.clone(), broker.port);
        options
            .set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(
                Arc::new(tls),
            )))
            .set_clean_start(true)
            .set_max_packet_size(Some(64 * 1024 * 1024))
            .set_keep_alive(Duration::from_secs(10));
        let (client, connection) = AsyncClient::new(options, 4096);
        Self { client, connection }
    }

    /// Waits until the broker has let it in.
    pub async fn connected(&mut self) -> Result<(), String> {
        self.until(|packet| matches!(packet, Packet::ConnAck(_)).then_some(()))
            .await
    }

    /// Reads what comes until `wanted` finds what it wants, or the connection fails.
    pub async fn until<T>(
        &mut self,
        mut wanted: impl FnMut(&Packet) -> Option<T>,
    ) -> Result<T, String> {
        let reading = async {
            loop {
                match self.connection.poll().await {
                    Ok(Event::Incoming(packet)) => {
                        if let Some(found) = wanted(&packet) {
                            return Ok(found);
                        }
                    }
                    Ok(Event::Outgoing(_)) => {}
                    Err(error) => return Err(error.to_string()),
                }
            }
        };
        tokio::time::timeout(PATIENCE, reading)
            .await
            .map_err(|_| "nothing came in time".to_owned())?
    }
}

/// Waits until a condition holds.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let mut rounds = tokio::time::interval(Duration::from_millis(20));
    let waiting = async {
        while !condition().await {
            rounds.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("in vain: {what}"));
}
