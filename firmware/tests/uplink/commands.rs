//! Commands of the hub through a real broker: a line is shown while it is watched, and captures come again on demand.

use crate::{
    BOUNDS,
    broker::{Heard, Hub, Mosquitto},
    entry, run,
};
use lisiere_appliance::{
    board::Board,
    clock::Clock,
    command::Commands,
    health::Health,
    identity::Membership,
    journal::{FileMedium, Journal},
    settings::{Settings, UplinkSettings},
    stop,
    uplink::{self, Uplink},
};
use lisiere_model::UtcMicros;
use lisiere_wire::{
    Act, Command, Confirm, DownChannel, Outcome, Reply, Signed, Topic, TraceDirection,
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use rumqttc::v5::mqttbytes::QoS;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Signs with the papers of a folder.
fn sign(folder: &Path, command: &Command) -> Signed {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    let read = |name: &str| fs::read(folder.join("identity").join(name)).unwrap();
    let certificate = CertificateDer::from_pem_slice(&read("certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&read("key.pem")).unwrap();
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let key = EcdsaKeyPair::from_pkcs8(algorithm, key.secret_der(), &random).unwrap();
    let body = lisiere_wire::encode(command).unwrap();
    let signature = key.sign(&random, &Signed::signed_bytes(&body)).unwrap();
    Signed {
        chain: vec![certificate.to_vec()],
        body,
        signature: signature.as_ref().to_vec(),
    }
}

struct Table {
    hub: Hub,
    papers: PathBuf,
    member: Membership,
    clock: Clock,
    last: u128,
}

impl Table {
    fn give(&mut self, act: Act) {
        self.last += 1;
        let now = self.clock.now();
        let command = Command {
            id: self.last,
            appliance: self.member.name.clone(),
            issued_at: now,
            expires_at: UtcMicros(now.0 + 60_000_000),
            act,
        };
        let signed = lisiere_wire::encode(&sign(&self.papers, &command)).unwrap();
        let Membership { site, name, .. } = self.member.clone();
        let topic = Topic::down(site, name, DownChannel::Command).to_string();
        let given = self
            .hub
            .client
            .try_publish(topic, QoS::AtLeastOnce, false, signed);
        given.unwrap();
    }

    async fn hear<T>(&mut self, wanted: impl Fn(Heard) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.hub.hear().await) {
                return found;
            }
        }
    }

    async fn reply(&mut self) -> Reply {
        let reply = |heard| match heard {
            Heard::Reply(reply) => Some(reply),
            _ => None,
        };
        self.hear(reply).await
    }
}

#[test]
fn a_line_is_shown_while_watched_and_captures_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = Mosquitto::start(&folder.path().join("broker")) else {
        return;
    };
    run(async {
        let data = folder.path().join("box");
        let member = broker.enrol(&data, "box-7");
        let text = "[[port]]\nname = \"c311\"\ntcp = { listen = \"127.0.0.1:0\" }\n";
        let ports = Settings::parse(text).unwrap().ports;
        let (clock, board) = (Clock::start(), Board::new(&ports));
        let journal = Journal::open(FileMedium::new(&data), BOUNDS, clock.now()).unwrap();
        let health = Health::new(clock, &ports);
        let (stopper, stop) = stop::pair();
        let commands = Commands::new(data.clone(), board.clone(), clock, Arc::default());
        let uplink = tokio::spawn(uplink::run(Uplink {
            data,
            settings: UplinkSettings::default(),
            journal: journal.clone(),
            health,
            clock,
            stop,
            commands,
            feed: None,
        }));
        let mut table = Table {
            hub: Hub::connect(&broker, folder.path()),
            papers: folder.path().join("hub"),
            member: member.clone(),
            clock,
            last: 0,
        };
        for number in 1..=3 {
            journal.store(entry(number, 100)).await.unwrap();
        }
        // Those sent before the hub was there come again.
        let mut have = BTreeSet::new();
        while have.len() < 3 {
            have.insert(table.hub.capture().await.seq);
        }
        let known = journal.pulse().journal;
        let confirm = Confirm {
            journal: known,
            upto: 3,
            missing: Vec::new(),
        };
        table.hub.confirm(&member, &confirm);

        table.give(Act::Watch {
            port: "c311".into(),
            seconds: 60,
        });
        let reply = table.reply().await;
        assert_eq!((reply.id, reply.outcome), (1, Outcome::Accepted));
        let tap = &board.place("c311").unwrap().tap;
        tap.show(|| clock.now(), TraceDirection::Received, b"\x05", 0);
        tap.show(|| clock.now(), TraceDirection::Sent, b"\x06", 0);
        let trace = |heard| match heard {
            Heard::Trace(slice) => Some(slice),
            _ => None,
        };
        let first = table.hear(trace).await;
        let second = table.hear(trace).await;
        assert_eq!((first.bytes, second.bytes), (vec![5], vec![6]));
        assert_eq!((first.link.as_str(), first.lost), ("lis1a", 0));
        table.give(Act::Unwatch {
            port: "c311".into(),
        });
        assert!(matches!(table.reply().await.outcome, Outcome::Done { .. }));

        // What the hub has already is sent once more, and in order.
        table.give(Act::Replay { from: 2, to: 900 });
        while table.hub.capture().await.seq != 2 {}
        while table.hub.capture().await.seq != 3 {}
        stopper.stop();
        uplink.await.unwrap();
        journal.stop().await;
    });
}
