//! A Mosquitto with mutual TLS on a free loopback port, and a hub's side of the conversation.

use lisiere_appliance::identity::{self, Broker, Membership, Papers};
use lisiere_wire::{Capture, Confirm, DownChannel, SharedFilter, Topic, UpChannel};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rumqttc::{
    TlsConfiguration, Transport,
    v5::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, mqttbytes::QoS},
};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Conditions are looked at again after this.
const ROUND: Duration = Duration::from_millis(20);

/// Waits for a condition; the test bounds the wait.
pub(crate) async fn until(mut condition: impl FnMut() -> bool) {
    let mut rounds = tokio::time::interval(ROUND);
    while !condition() {
        rounds.tick().await;
    }
}

const PROGRAM: &str = "/usr/sbin/mosquitto";

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Test authority");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A certificate and its key.
    pub(crate) fn certify(
        &self,
        name: &str,
        names: &[&str],
        usage: ExtendedKeyUsagePurpose,
    ) -> (String, String) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages.push(usage);
        let key = KeyPair::generate().unwrap();
        (
            params.signed_by(&key, &self.issuer).unwrap().pem(),
            key.serialize_pem(),
        )
    }
}

/// The broker's process; killed when dropped.
pub(crate) struct Mosquitto {
    folder: PathBuf,
    pub(crate) port: u16,
    pub(crate) authority: Authority,
    child: Option<Child>,
}

impl Mosquitto {
    /// `None`, and a clear word, where it is not installed.
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        Self::start_with(folder, "")
    }

    /// The same with more lines of settings.
    pub(crate) fn start_with(folder: &Path, more: &str) -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "{PROGRAM} is not installed"
            );
            println!("skipped: {PROGRAM} is not installed");
            return None;
        }
        let authority = Authority::new();
        let usage = ExtendedKeyUsagePurpose::ServerAuth;
        let (certificate, key) = authority.certify("broker", &["localhost", "127.0.0.1"], usage);
        fs::create_dir_all(folder).unwrap();
        for (name, content) in [
            ("ca.pem", &authority.pem),
            ("cert.pem", &certificate),
            ("key.pem", &key),
        ] {
            fs::write(folder.join(name), content).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let acl = lisiere_wire::filters::mosquitto_acl("lisiere-hub");
        fs::write(folder.join("acl"), acl).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        let settings = format!(
            "listener {port} 127.0.0.1\ncafile {}\ncertfile {}\nkeyfile {}\nrequire_certificate true\n\
             use_identity_as_username true\nallow_anonymous false\nacl_file {}\npersistence false\nuser root\n{more}\n",
            path("ca.pem"),
            path("cert.pem"),
            path("key.pem"),
            path("acl")
        );
        fs::write(folder.join("mosquitto.conf"), settings).unwrap();
        let mut broker = Self {
            folder: folder.to_owned(),
            port,
            authority,
            child: None,
        };
        broker.go();
        Some(broker)
    }

    pub(crate) fn go(&mut self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log"))
            .unwrap();
        let child = Command::new(PROGRAM)
            .arg("-c")
            .arg(self.folder.join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    /// Takes everything and answers nothing, as a network does that swallows packets.
    pub(crate) fn freeze(&self) {
        let child = self.child.as_ref().unwrap();
        rustix::process::kill_process(
            rustix::process::Pid::from_child(child),
            rustix::process::Signal::STOP,
        )
        .unwrap();
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Gives a data folder the identity that enrolment would.
    pub(crate) fn enrol(&self, data: &Path, name: &str) -> Membership {
        let usage = ExtendedKeyUsagePurpose::ClientAuth;
        let (certificate, key) = self.authority.certify(name, &[name], usage);
        let membership = Membership {
            name: name.parse().unwrap(),
            site: "nord".parse().unwrap(),
            broker: Broker {
                host: "localhost".into(),
                port: self.port,
            },
        };
        let papers = Papers {
            membership: &membership,
            key_pem: &key,
            certificate_pem: &certificate,
            authority_pem: &self.authority.pem,
        };
        fs::create_dir_all(data).unwrap();
        identity::save(data, &papers).unwrap();
        membership
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The hub's end: it gets captures, and says what the test tells it to.
pub(crate) struct Hub {
    pub(crate) client: AsyncClient,
    events: EventLoop,
    retries: tokio::time::Interval,
}

impl Hub {
    pub(crate) fn connect(broker: &Mosquitto, folder: &Path) -> Self {
        let data = folder.join("hub");
        broker.enrol(&data, "lisiere-hub");
        let identity = identity::Identity::load(&data).unwrap().unwrap();
        let mut options = MqttOptions::new("lisiere-hub-test", "localhost", broker.port);
        options
            .set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(
                identity.tls,
            )))
            .set_credentials("lisiere-hub", "")
            .set_keep_alive(Duration::from_secs(10))
            .set_outgoing_inflight_upper_limit(64)
            .set_receive_maximum(Some(60_000))
            .set_max_packet_size(Some(64 << 20));
        let (client, events) = AsyncClient::new(options, 10_000);
        let mut retries = tokio::time::interval(ROUND);
        retries.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        Self {
            client,
            events,
            retries,
        }
    }

    /// The next capture, state or absence, whichever comes. Reconnects by itself.
    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            match self.events.poll().await {
                Ok(Event::Incoming(Incoming::ConnAck(_))) => {
                    let group = "test".parse().unwrap();
                    let filter = SharedFilter {
                        group,
                        channel: UpChannel::Message,
                    }
                    .to_string();
                    self.client.try_subscribe(filter, QoS::AtLeastOnce).unwrap();
                    for channel in [UpChannel::State, UpChannel::Reply, UpChannel::Trace] {
                        let filter = lisiere_wire::filters::every_appliance(channel);
                        self.client.try_subscribe(filter, QoS::AtLeastOnce).unwrap();
                    }
                }
                Ok(Event::Incoming(Incoming::Publish(publish))) => {
                    if let Ok(capture) = lisiere_wire::decode::<Capture>(&publish.payload) {
                        return Heard::Capture(Box::new(capture));
                    }
                    if let Ok(absence) = lisiere_wire::decode(&publish.payload) {
                        return Heard::Absence(absence);
                    }
                    if let Ok(reply) = lisiere_wire::decode(&publish.payload) {
                        return Heard::Reply(reply);
                    }
                    if let Ok(slice) = lisiere_wire::decode(&publish.payload) {
                        return Heard::Trace(slice);
                    }
                    if let Ok(state) = lisiere_wire::decode(&publish.payload) {
                        return Heard::State(Box::new(state));
                    }
                }
                Ok(_) => {}
                Err(_) => {
                    self.retries.tick().await;
                }
            }
        }
    }

    pub(crate) async fn capture(&mut self) -> Capture {
        loop {
            if let Heard::Capture(capture) = self.hear().await {
                return *capture;
            }
        }
    }

    pub(crate) fn confirm(&self, to: &Membership, confirm: &Confirm) {
        let topic = Topic::down(to.site.clone(), to.name.clone(), DownChannel::Confirm).to_string();
        let bytes = lisiere_wire::encode(confirm).unwrap();
        self.client
            .try_publish(topic, QoS::AtLeastOnce, false, bytes)
            .unwrap();
    }
}

pub(crate) enum Heard {
    Capture(Box<Capture>),
    State(Box<lisiere_wire::State>),
    Absence(lisiere_wire::Absence),
    Reply(lisiere_wire::Reply),
    Trace(lisiere_wire::TraceSlice),
}
