//! What the tests stand on: a laboratory on each database, its people, its patients, and an analyzer's messages.

use std::sync::atomic::{AtomicU64, Ordering};

use lisiere_hub::laboratory::orders::{NewOrder, NewSpecimen, PatientChoice};
use lisiere_hub::laboratory::patients::NewPatient;
use lisiere_hub::laboratory::{Laboratory, dossier, identity, orders, signing, worker};
use lisiere_hub::pki::Issued;
use lisiere_hub::review::{Person, Role, Shown, technical};
use lisiere_hub::store::ingest::{self, Arrival};
use lisiere_hub::store::observation::Recorded;
use lisiere_hub::store::order::OrderRow;
use lisiere_hub::store::report::ReportRow;
use lisiere_hub::store::{Store, appliance};
use lisiere_model::{
    ClockQuality, Environment, IdentityStatus, InsAuthority, OrderId, Priority, Sex, Traits,
    UtcMicros,
};
use lisiere_wire::{Capture, JournalId, LinkStats, Topic, UpChannel, encode};
use tempfile::TempDir;
use uuid::Uuid;

use crate::postgres;

pub const NOW: UtcMicros = UtcMicros(1_790_000_000_000_000);
pub const MINUTE: i64 = 60_000_000;
pub const DAY: i64 = 86_400_000_000;
pub const JOURNAL: JournalId = JournalId([9; 16]);

pub const IDENTITY: &str = r#"
name = "Laboratoire de la Lisière"
finess = "750000001"
address = { lines = ["1 rue du Bois"], postal_code = "75001", city = "Paris" }
phone = "0100000000"
cofrac = "8-0000"
director = "10000000001"

[[biologist]]
rpps = "10000000001"
family = "MARTIN"
given = "Jeanne"
title = "DR"

[[biologist]]
rpps = "10000000002"
family = "PETIT"
given = "Marc"
title = "DR"
profession = "G15_21"
"#;

/// A laboratory on one database.
pub struct Place {
    pub name: &'static str,
    pub url: String,
    pub lab: Laboratory,
    seq: AtomicU64,
    _folder: TempDir,
}

/// A fresh laboratory on each database there is.
pub async fn places() -> Vec<Place> {
    let folder = tempfile::tempdir().expect("folder");
    let url = format!("sqlite:{}", folder.path().join("hub.db").display());
    let mut places = vec![place("SQLite", url, folder).await];
    if let Some(url) = postgres::fresh().await {
        places.push(place("PostgreSQL", url, tempfile::tempdir().expect("folder")).await);
    }
    places
}

async fn place(name: &'static str, url: String, folder: TempDir) -> Place {
    let store = Store::open(&url, NOW.0).await.expect(name);
    let mut tx = store.begin().await.expect("transaction");
    appliance::invited(&mut tx, "paillasse-1", "centre", "test", NOW.0)
        .await
        .expect("invited");
    let issued = Issued {
        pem: String::new(),
        serial: "serial-1".into(),
        not_after: NOW.0,
    };
    appliance::enrolled(&mut tx, "paillasse-1", "centre", &issued, NOW.0)
        .await
        .expect("enrolled");
    tx.commit().await.expect("commit");
    identity::set(&store, IDENTITY, "test", NOW.0)
        .await
        .expect("identity");
    let lab = Laboratory::new(store, Environment::Test).expect("laboratory");
    Place {
        name,
        url,
        lab,
        seq: AtomicU64::new(0),
        _folder: folder,
    }
}

pub fn technician() -> Person {
    Person {
        account: Uuid::from_u128(1),
        name: "Ana Costa".into(),
        role: Role::Technician,
        rpps: None,
    }
}

pub fn biologist() -> Person {
    Person {
        account: Uuid::from_u128(2),
        name: "Dr Jeanne MARTIN".into(),
        role: Role::Biologist,
        rpps: Some("10000000001".into()),
    }
}

pub fn second_biologist() -> Person {
    Person {
        account: Uuid::from_u128(3),
        name: "Dr Marc PETIT".into(),
        role: Role::Biologist,
        rpps: Some("10000000002".into()),
    }
}

pub fn traits(name: &str, first: &str, born: &str) -> Traits {
    Traits {
        birth_name: name.into(),
        given_names: first.into(),
        first_given_name: first.into(),
        used_name: None,
        used_given_name: None,
        sex: Sex::Female,
        birth_date: born.parse().expect("birth date"),
        birth_place: Some("75056".into()),
    }
}

/// A fictitious patient whose identity is qualified with a test INS.
pub fn qualified() -> NewPatient {
    NewPatient {
        local_number: None,
        traits: traits("Essai-Châtaigne", "Zoé", "1979-03-28"),
        status: IdentityStatus::Qualified,
        attributes: Vec::new(),
        ins: Some(("279035121518989".into(), InsAuthority::Test)),
    }
}

pub fn provisional(name: &str, first: &str) -> NewPatient {
    NewPatient {
        local_number: None,
        traits: traits(name, first, "1990-05-17"),
        status: IdentityStatus::Provisional,
        attributes: Vec::new(),
        ins: None,
    }
}

pub fn order_for(patient: PatientChoice, accession: &str, tests: &[&str]) -> NewOrder {
    NewOrder {
        patient,
        request_number: None,
        prescriber_name: Some("Dr Paul DURAND".into()),
        prescriber_rpps: Some("10000000009".into()),
        prescribed_on: Some(jiff::civil::date(2026, 9, 20)),
        priority: Priority::Routine,
        clinical: None,
        specimens: vec![NewSpecimen {
            accession: Some(accession.into()),
            kind: None,
            collected_at: Some(UtcMicros(NOW.0 - 90 * MINUTE)),
            received_at: Some(UtcMicros(NOW.0 - 30 * MINUTE)),
            tests: tests.iter().map(|test| (*test).to_owned()).collect(),
        }],
    }
}

/// A message of a cobas c 311 about one tube: code, value, unit.
pub fn c311(tube: &str, results: &[(&str, &str, &str)]) -> Vec<u8> {
    let codes: Vec<String> = results
        .iter()
        .map(|(code, _, _)| format!("^^^{code}/"))
        .collect();
    let mut text = format!(
        "H|\\^&|||c311^1|||||host|RSUPL^REAL|P|1\rP|1\rO|1|101^{tube:<22}^1^^101|R1|{}|R||||||N||^^||SC||||||||||F\r",
        codes.join("\\")
    );
    for (place, (code, value, unit)) in (1..).zip(results) {
        text.push_str(&format!(
            "R|{place}|^^^{code}/|{value}|{unit}||N||F|||||P1\rC|1|I|0|I\r"
        ));
    }
    text.push_str("L|1|N\r");
    text.into_bytes()
}

impl Place {
    /// A message reaches the hub and is interpreted.
    pub async fn receive(&self, bytes: Vec<u8>) {
        self.receive_at(bytes, NOW).await;
    }

    pub async fn receive_at(&self, bytes: Vec<u8>, at: UtcMicros) {
        self.store(bytes, at).await;
        while worker::process(&self.lab, at)
            .await
            .expect("interpretation")
            > 0
        {}
    }

    /// A message reaches the hub.
    pub async fn store(&self, bytes: Vec<u8>, at: UtcMicros) {
        self.store_from(bytes, "roche-cobas-c311", at).await;
    }

    pub async fn store_from(&self, bytes: Vec<u8>, driver: &str, at: UtcMicros) {
        let seq = self.skip();
        self.store_numbered(bytes, driver, seq, (at, ClockQuality::Ntp), at)
            .await;
    }

    /// A number of the journal whose message is late.
    pub fn skip(&self) -> u64 {
        self.seq.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A message with this number reaches the hub and is interpreted.
    pub async fn receive_late(&self, bytes: Vec<u8>, seq: u64, received_at: UtcMicros) {
        let clock = (received_at, ClockQuality::Ntp);
        self.store_numbered(bytes, "roche-cobas-c311", seq, clock, received_at)
            .await;
        self.interpret(received_at).await;
    }

    /// A message from an appliance that lost its clock.
    pub async fn receive_unsynchronised(
        &self,
        bytes: Vec<u8>,
        seq: u64,
        received_at: UtcMicros,
        at: UtcMicros,
    ) {
        let clock = (received_at, ClockQuality::Unsynchronised);
        self.store_numbered(bytes, "roche-cobas-c311", seq, clock, at)
            .await;
        self.interpret(at).await;
    }

    async fn interpret(&self, at: UtcMicros) {
        while worker::process(&self.lab, at)
            .await
            .expect("interpretation")
            > 0
        {}
    }

    async fn store_numbered(
        &self,
        bytes: Vec<u8>,
        driver: &str,
        seq: u64,
        (received_at, clock): (UtcMicros, ClockQuality),
        at: UtcMicros,
    ) {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&seq.to_be_bytes());
        let capture = Capture {
            journal: JOURNAL,
            seq,
            boot: 1,
            port: "c311".into(),
            link: "lis1a".into(),
            driver: driver.into(),
            received_at,
            clock,
            digest,
            bytes,
            stats: LinkStats(Vec::new()),
        };
        let (site, name) = (
            "centre".parse().expect("site"),
            "paillasse-1".parse().expect("name"),
        );
        let topic = Topic::up(
            "centre".parse().expect("site"),
            "paillasse-1".parse().expect("name"),
            UpChannel::Message,
        );
        let arrival = Arrival {
            topic: topic.to_string(),
            site,
            appliance: name,
            payload: encode(&capture).expect("payload").into(),
            capture,
        };
        let applied = ingest::apply(&self.lab.store, &[arrival], &[], at.0)
            .await
            .expect("ingest");
        assert_eq!(applied.stored, 1, "{}: {applied:?}", self.name);
    }

    pub async fn register(&self, accession: &str, tests: &[&str]) -> OrderRow {
        let new = order_for(PatientChoice::KnownOrNew(qualified()), accession, tests);
        orders::register(&self.lab, new, &technician(), NOW)
            .await
            .expect("order")
    }

    /// The result of a test that counts.
    pub async fn current(&self, order: OrderId, code: &str) -> Recorded {
        let dossier = dossier::view(&self.lab, order).await.expect("dossier");
        let line = dossier
            .lines
            .into_iter()
            .find(|line| line.asked.code.as_str() == code)
            .expect("test");
        line.current
            .unwrap_or_else(|| panic!("{}: no result for {code}", self.name))
    }

    /// A technician accepts the result of a test, whatever holds it.
    pub async fn accept(&self, order: OrderId, code: &str) {
        let row = self.current(order, code).await;
        let despite = (!row.body.holds.is_empty()).then(|| "vérifié sur tube primaire".to_owned());
        let item = technical::Acceptance {
            shown: shown(&row),
            despite,
        };
        technical::accept(&self.lab, &[item], &technician(), NOW)
            .await
            .expect("technical review");
    }

    pub async fn sign(&self, order: OrderId) -> ReportRow {
        let at = UtcMicros(NOW.0 + 10 * MINUTE);
        let preview = signing::preview(&self.lab, order, &biologist(), at)
            .await
            .expect("preview");
        signing::sign(&self.lab, order, &preview.covers, &biologist(), at)
            .await
            .expect("signature")
    }

    /// A second connection to the same database: another hub.
    pub async fn other_hub(&self) -> Laboratory {
        let store = Store::open(&self.url, NOW.0).await.expect("second hub");
        Laboratory::new(store, Environment::Test).expect("laboratory")
    }
}

pub fn shown(row: &Recorded) -> Shown {
    Shown {
        observation: row.id,
        version: row.version,
    }
}
