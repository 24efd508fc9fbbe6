//! Joining a broker that is unwilling, slow, or away: the hub is never connected and deaf.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lisiere_hub::app::{App, Shutdown};
use lisiere_hub::clock::Clock;
use lisiere_hub::ingest::{self, BrokerAccess};
use lisiere_hub::pki::Pki;
use lisiere_hub::settings::{HostPort, Settings};
use lisiere_wire::{UpChannel, encode};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::direct;
use crate::rig::{Appliance, Hub, PATIENCE, capture, eventually, sqlite, topic};

const CONNECT: u8 = 1;
const SUBSCRIBE: u8 = 8;
const GRANTED: u8 = 1;
const NOT_AUTHORIZED: u8 = 0x87;

/// A broker written out by hand: it says what the test wants.
struct Stubborn {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Stubborn {
    async fn open(pki: &Pki) -> Self {
        let (certificate, key) = pki.server();
        let chain = CertificateDer::pem_file_iter(certificate)
            .expect("certificate")
            .collect::<Result<_, _>>()
            .expect("chain");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::from_pem_file(key).expect("key"))
            .expect("server certificate");
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.expect("port"),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        }
    }

    /// Lets the hub in and answers its subscription with this code for each filter; returns how many it asked for.
    async fn answer(&self, code: u8) -> (TlsStream<TcpStream>, usize) {
        let joining = async {
            let (stream, _) = self.listener.accept().await.expect("joined");
            let mut stream = self.acceptor.accept(stream).await.expect("TLS");
            assert_eq!(packet(&mut stream).await.0, CONNECT);
            stream.write_all(&[0x20, 3, 0, 0, 0]).await.expect("sent");
            let (kind, body) = packet(&mut stream).await;
            assert_eq!(kind, SUBSCRIBE, "nothing is left over from before");
            let mut filters = 0;
            let mut rest = &body[3..];
            while let [high, low, more @ ..] = rest {
                rest = &more[usize::from(u16::from_be_bytes([*high, *low])) + 1..];
                filters += 1;
            }
            let mut answer = vec![0x90, u8::try_from(3 + filters).expect("few")];
            answer.extend([body[0], body[1], 0]);
            answer.extend(std::iter::repeat_n(code, filters));
            stream.write_all(&answer).await.expect("sent");
            (stream, filters)
        };
        tokio::time::timeout(PATIENCE, joining)
            .await
            .expect("the hub tries again")
    }
}

/// Kind and body of the next packet.
async fn packet(stream: &mut TlsStream<TcpStream>) -> (u8, Vec<u8>) {
    let kind = stream.read_u8().await.expect("packet") >> 4;
    let (mut length, mut shift) = (0usize, 0);
    loop {
        let byte = stream.read_u8().await.expect("length");
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.expect("body");
    (kind, body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_subscription_is_no_connection() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let place = sqlite().await;
    let folder = place.folder.path();
    let pki = Pki::open(&folder.join("pki"), &[], Clock::system().now_micros()).expect("authority");
    let broker = Stubborn::open(&pki).await;
    let (certificate, key) = pki.client();
    let access = BrokerAccess {
        place: HostPort {
            host: "127.0.0.1".to_owned(),
            port: broker.listener.local_addr().expect("address").port(),
        },
        ca: pki.ca(),
        certificate,
        key,
    };
    let settings = Settings::parse(folder, "").expect("settings");
    let app = App::new(place.store.clone(), settings, Clock::system());
    let (_stop, shutdown) = Shutdown::new();
    tokio::spawn(ingest::run(app.clone(), access, shutdown));
    let is_connected = || app.health.broker_connected.load(Ordering::Relaxed);

    let (mut refused, filters) = broker.answer(NOT_AUTHORIZED).await;
    assert_eq!(filters, 3, "messages, replies and states");
    // It leaves by itself, so that it can try again.
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, refused.read_to_end(&mut rest))
        .await
        .expect("it leaves");
    assert!(!is_connected());

    let (granted, _) = broker.answer(GRANTED).await;
    eventually("it is connected", async || is_connected()).await;
    drop(granted);
    eventually("it notices the loss", async || !is_connected()).await;
    let (_granted, _) = broker.answer(GRANTED).await;
    eventually("it is connected again", async || is_connected()).await;
}

/// Passes bytes on at the pace of a slow line, and back at once.
async fn slow_line(to: HostPort) -> HostPort {
    const BYTES: usize = 10_000;
    const PACE: Duration = Duration::from_millis(100);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let port = listener.local_addr().expect("address").port();
    tokio::spawn(async move {
        let (near, _) = listener.accept().await.expect("joined");
        let far = TcpStream::connect((to.host.as_str(), to.port))
            .await
            .expect("broker");
        let ((mut up, mut answers), (mut back, mut down)) = (near.into_split(), far.into_split());
        tokio::spawn(async move { tokio::io::copy(&mut back, &mut answers).await });
        let mut pace = tokio::time::interval(PACE);
        let mut bytes = vec![0; BYTES];
        loop {
            pace.tick().await;
            match up.read(&mut bytes).await {
                Ok(count) if count > 0 => down.write_all(&bytes[..count]).await.expect("sent"),
                _ => return,
            }
        }
    });
    HostPort {
        host: "127.0.0.1".to_owned(),
        port,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_message_on_a_slow_line_is_not_cut_off() {
    let place = sqlite().await;
    let hub = Hub::start(&place.store, place.folder.path()).await;
    eventually("the hub joins", async || {
        hub.app.health.broker_connected.load(Ordering::Relaxed)
    })
    .await;
    let (key, welcome) = hub.welcome("nord", "box-1").await;
    let line = slow_line(hub.broker.clone()).await;
    let (certificate, ca) = (&welcome.certificate_pem, &welcome.ca_pem);
    let mut appliance = Appliance::with(&line, "box-1", &key, certificate, ca);
    appliance
        .connection
        .options
        .set_keep_alive(Duration::from_secs(6));
    appliance.connected().await.expect("joined");
    // The first ping goes out as announced; the client itself does not give up on the answer to it.
    appliance
        .connection
        .options
        .set_keep_alive(Duration::from_mins(5));
    let mut large = capture(1);
    // Longer on its way than one and a half keep-alive times.
    large.bytes = vec![b'R'; 1_200_000];
    let payload = encode(&large).expect("payload");
    appliance
        .client
        .publish(
            topic("nord", "box-1", UpChannel::Message),
            QoS::AtLeastOnce,
            false,
            payload,
        )
        .await
        .expect("asked");
    let answer = appliance.until(|packet| matches!(packet, Packet::PubAck(_)).then_some(()));
    answer.await.expect("accepted");
    eventually("it is stored", async || {
        direct::number(&place.store, direct::CAPTURES).await == 1
    })
    .await;
}
