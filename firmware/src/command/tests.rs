//! Commands that are obeyed, and every way in which one is not.

use super::*;
use crate::{
    identity::{self, Broker, Membership, Papers},
    settings::Settings,
    testing::{run, until},
};
use lisiere_model::UtcMicros;
use lisiere_wire::TraceDirection;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256,
};

/// An authority, as the hub has one.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// Someone whose certificate it signed.
struct Signer {
    der: Vec<u8>,
    pem: String,
    key: KeyPair,
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

impl Authority {
    fn new() -> Self {
        let key = key();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::from_ca_cert_pem(&pem, key).unwrap();
        Self { pem, issuer }
    }

    fn vouch_for(&self, name: &str) -> Signer {
        let key = key();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Signer {
            der: certificate.der().to_vec(),
            pem: certificate.pem(),
            key,
        }
    }
}

impl Signer {
    fn sign(&self, command: &Command) -> Signed {
        let body = lisiere_wire::encode(command).unwrap();
        let random = ring::rand::SystemRandom::new();
        let key = ring::signature::EcdsaKeyPair::from_pkcs8(
            &ring::signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            &self.key.serialize_der(),
            &random,
        )
        .unwrap();
        let signature = key.sign(&random, &Signed::signed_bytes(&body)).unwrap();
        Signed {
            chain: vec![self.der.clone()],
            body,
            signature: signature.as_ref().to_vec(),
        }
    }
}

/// A box that joined a hub.
struct Box7 {
    _data: tempfile::TempDir,
    hub: Signer,
    authority: Authority,
    identity: Identity,
    commands: Commands,
    board: Board,
    clock: Clock,
    restart: Arc<Notify>,
}

impl Box7 {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let own = authority.vouch_for("box-7");
        let membership = Membership {
            name: "box-7".parse().unwrap(),
            site: "nord".parse().unwrap(),
            broker: Broker {
                host: "hub".into(),
                port: 8883,
            },
        };
        let papers = Papers {
            membership: &membership,
            key_pem: &own.key.serialize_pem(),
            certificate_pem: &own.pem,
            authority_pem: &authority.pem,
        };
        identity::save(data.path(), &papers).unwrap();
        let text = "[[port]]\nname = \"c311\"\ntcp = { listen = \"127.0.0.1:0\" }\n";
        let board = Board::new(&Settings::parse(text).unwrap().ports);
        let (clock, restart) = (Clock::start(), Arc::new(Notify::new()));
        let folder = data.path().to_owned();
        Self {
            hub: authority.vouch_for("lisiere-hub"),
            authority,
            identity: Identity::load(data.path()).unwrap().unwrap(),
            commands: Commands::new(folder, board.clone(), clock, Arc::clone(&restart)),
            _data: data,
            board,
            clock,
            restart,
        }
    }

    fn command(&self, id: u128, act: Act) -> Command {
        let now = self.clock.now();
        Command {
            id,
            appliance: "box-7".parse().unwrap(),
            issued_at: now,
            expires_at: UtcMicros(now.0 + 60_000_000),
            act,
        }
    }

    fn give(&self, signed: &Signed) {
        let payload = lisiere_wire::encode(signed).unwrap();
        self.commands.take(&payload, &self.identity);
    }

    async fn reply(&self) -> Reply {
        match self.commands.next().await {
            Errand::Reply(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    /// What comes of a command that the hub signed.
    async fn asked(&self, id: u128, act: Act) -> Outcome {
        self.give(&self.hub.sign(&self.command(id, act)));
        let reply = self.reply().await;
        assert_eq!(reply.id, id);
        reply.outcome
    }

    fn nothing_is_due(&self) -> bool {
        self.commands.due.try_lock().unwrap().try_recv().is_err()
    }
}

fn watch(port: &str) -> Act {
    Act::Watch {
        port: port.to_owned(),
        seconds: 60,
    }
}

fn refused(outcome: &Outcome, words: &str) {
    match outcome {
        Outcome::Refused { reason } if reason.contains(words) => {}
        other => panic!("{other:?}, expected {words}"),
    }
}

#[test]
fn a_line_is_published_while_the_hub_watches() {
    let it = Box7::new();
    run(async {
        assert_eq!(it.asked(1, watch("c311")).await, Outcome::Accepted);
        let tap = &it.board.places()[0].tap;
        tap.show(|| UtcMicros(5), TraceDirection::Received, b"\x05", 1);
        let Errand::Trace(slice) = it.commands.next().await else {
            panic!("a trace")
        };
        assert_eq!(
            (slice.port.as_str(), slice.link.as_str()),
            ("c311", "lis1a")
        );
        assert_eq!(
            (slice.bytes.as_slice(), slice.errors, slice.lost),
            (&[5][..], 1, 0)
        );
        let unwatch = Act::Unwatch {
            port: "c311".into(),
        };
        assert!(matches!(it.asked(2, unwatch).await, Outcome::Done { .. }));
        until(|| !tap.is_watched()).await;
        refused(&it.asked(3, watch("x")).await, "aucun port « x »");
    });
}

#[test]
fn what_the_uplink_does_not_take_is_left_out_and_counted() {
    let it = Box7::new();
    run(async {
        assert_eq!(it.asked(1, watch("c311")).await, Outcome::Accepted);
        let tap = &it.board.places()[0].tap;
        let shown = 600;
        for _ in 0..shown {
            tap.show(|| UtcMicros(5), TraceDirection::Sent, b"x", 0);
            tokio::task::yield_now().await;
        }
        let (mut got, mut lost) = (0, 0);
        while got + lost < shown {
            // One more makes the count of those left out known.
            tap.show(|| UtcMicros(6), TraceDirection::Sent, b"y", 0);
            let Errand::Trace(slice) = it.commands.next().await else {
                panic!("a trace")
            };
            got += u64::from(slice.bytes == b"x");
            lost += slice.lost;
        }
        assert!(lost > 0);
        // There is always room for an answer.
        assert!(matches!(
            it.asked_among_traces(2).await,
            Outcome::Done { .. }
        ));
    });
}

impl Box7 {
    async fn asked_among_traces(&self, id: u128) -> Outcome {
        let unwatch = Act::Unwatch {
            port: "c311".into(),
        };
        self.give(&self.hub.sign(&self.command(id, unwatch)));
        loop {
            if let Errand::Reply(reply) = self.commands.next().await {
                return reply.outcome;
            }
        }
    }
}

#[test]
fn a_restart_is_told_before_it_happens() {
    let it = Box7::new();
    run(async {
        assert_eq!(it.asked(1, Act::Restart).await, Outcome::Accepted);
        it.restart.notified().await;
    });
}

#[test]
fn captures_are_sent_again_on_demand() {
    let it = Box7::new();
    run(async {
        it.give(&it.hub.sign(&it.command(1, Act::Replay { from: 3, to: 9 })));
        assert_eq!(it.commands.next().await, Errand::Replay { from: 3, to: 9 });
        assert!(matches!(it.reply().await.outcome, Outcome::Done { .. }));
        let wrong = Act::Replay { from: 9, to: 3 };
        refused(&it.asked(2, wrong).await, "n'est pas une suite");
    });
}

#[test]
fn a_port_is_recognised_for_the_hub() {
    let it = Box7::new();
    run(async {
        let act = || Act::Recognise {
            port: "c311".into(),
        };
        it.give(&it.hub.sign(&it.command(1, act())));
        assert_eq!(it.reply().await.outcome, Outcome::Accepted);
        refused(&it.asked(2, act()).await, "déjà en cours");
        let call = it.board.places()[0].calls.next().await;
        let found = recognise::Outcome {
            link: Some("mllp".into()),
            ..recognise::Outcome::default()
        };
        call.news.end(Told::Outcome(found.into())).await;
        let reply = it.reply().await;
        let Outcome::Done { json } = reply.outcome else {
            panic!("{reply:?}")
        };
        assert_eq!(reply.id, 1);
        assert!(json.contains("\"link\":\"mllp\""), "{json}");
    });
}

#[test]
fn a_copy_of_a_command_does_nothing_even_after_a_restart() {
    let it = Box7::new();
    run(async {
        let signed = it.hub.sign(&it.command(1, watch("c311")));
        it.give(&signed);
        assert_eq!(it.reply().await.outcome, Outcome::Accepted);
        it.give(&signed);
        assert!(it.nothing_is_due());
        it.commands.lock().guard = None;
        it.give(&signed);
        assert!(it.nothing_is_due());
    });
}

#[test]
fn whoever_is_not_the_hub_is_not_obeyed() {
    let it = Box7::new();
    run(async {
        let command = |id| it.command(id, watch("c311"));
        let words = "la signature ne vient pas du serveur";
        // Another appliance of the same authority, and a hub of another one.
        let other = it.authority.vouch_for("box-8");
        let foreign = Authority::new().vouch_for("lisiere-hub");
        let mut tampered = it.hub.sign(&command(3));
        tampered.body = it.hub.sign(&command(4)).body;
        let mut unsigned = it.hub.sign(&command(5));
        unsigned.signature.clear();
        let mut chainless = it.hub.sign(&command(6));
        chainless.chain.clear();
        let mut swapped = other.sign(&command(7));
        swapped.chain = it.hub.sign(&command(7)).chain;
        for signed in [
            other.sign(&command(1)),
            foreign.sign(&command(2)),
            tampered,
            unsigned,
            chainless,
            swapped,
        ] {
            it.give(&signed);
            refused(&it.reply().await.outcome, words);
        }
        it.commands.take(b"nonsense", &it.identity);
        assert!(it.nothing_is_due());
        assert!(!it.board.places()[0].tap.is_watched());
        // None of them spent its number.
        assert_eq!(it.asked(1, watch("c311")).await, Outcome::Accepted);
    });
}

#[test]
fn a_command_for_another_box_or_another_time_is_refused() {
    let it = Box7::new();
    run(async {
        let minutes = |count: i64| count * 60_000_000;
        let now = it.clock.now().0;
        let mut other = it.command(1, Act::Restart);
        other.appliance = "box-8".parse().unwrap();
        it.give(&it.hub.sign(&other));
        refused(&it.reply().await.outcome, "un autre boîtier");
        for (id, issued, expires, words) in [
            (2, now - minutes(10), now - minutes(5), "hors délai"),
            (3, now + minutes(5), now + minutes(6), "hors délai"),
            (4, now, now + minutes(60), "durée de validité"),
            (5, now, now, "durée de validité"),
            (6, i64::MIN, i64::MAX, "durée de validité"),
        ] {
            let mut command = it.command(id, Act::Restart);
            (command.issued_at, command.expires_at) = (UtcMicros(issued), UtcMicros(expires));
            it.give(&it.hub.sign(&command));
            refused(&it.reply().await.outcome, words);
        }
    });
}
