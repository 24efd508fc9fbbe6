//! Appliances at work: commands that are signed and answered, lines that are watched, what is missing, clocks.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use http_body_util::BodyExt;
use lisiere_hub::command::{Outgoing, Place};
use lisiere_hub::pki::Pki;
use lisiere_hub::review::Role;
use lisiere_hub::store::appliance::{self, Announcement};
use lisiere_hub::store::audit::{self, Filter};
use lisiere_hub::store::clocks;
use lisiere_hub::store::ingest::{self, Arrival, Intake};
use lisiere_hub::store::quarantine::Aside;
use lisiere_model::{ClockQuality, UtcMicros};
use lisiere_wire::{
    Act, Capture, Channel, Command, DownChannel, JournalId, LinkStats, Outcome, PortState,
    Presence, Reply, Signed, State, Topic, TraceDirection, TraceSlice, UpChannel, decode, encode,
};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::rig::{Browser, Hub, NOW, SECOND};

const PATIENCE: Duration = Duration::from_secs(20);

struct Fleet {
    hub: Hub,
    outgoing: mpsc::Receiver<Outgoing>,
    _pki: TempDir,
}

/// A hub whose appliance has said that it has a port.
async fn fleet() -> Fleet {
    let hub = Hub::start().await;
    announce(&hub, NOW + 3 * SECOND).await;
    let folder = tempfile::tempdir().expect("folder");
    let pki = Pki::open(folder.path(), &[], NOW).expect("pki");
    let outgoing = hub.app.courier.open(pki);
    Fleet {
        hub,
        outgoing,
        _pki: folder,
    }
}

async fn announce(hub: &Hub, at: i64) {
    let state = State {
        presence: Presence::Online,
        version: "0.1.0".into(),
        at: UtcMicros(at),
        clock: ClockQuality::Rtc,
        journal: JournalId([9; 16]),
        boot: 1,
        queue: 0,
        last_seq: 0,
        journal_free: 1 << 30,
        certificate_days: 300,
        alarms: Vec::new(),
        ports: vec![PortState {
            name: "c311".into(),
            driver: "roche-cobas-c311".into(),
            open: true,
            last_heard: None,
            messages: 4,
            stats: LinkStats(vec![("checksum_errors".into(), 3)]),
        }],
    };
    let said = Announcement {
        connected: true,
        queue_depth: 0,
        version: "0.1.0".into(),
        state: serde_json::to_string(&state).expect("state"),
        state_at: at,
    };
    let mut tx = hub.app.store.begin().await.expect("transaction");
    appliance::announced(&mut tx, "paillasse-1", "centre", &said, NOW)
        .await
        .expect("announced");
    clocks::appliance(&mut tx, "paillasse-1", at - NOW)
        .await
        .expect("clock");
    tx.commit().await.expect("commit");
}

fn up(channel: UpChannel, appliance: &str) -> Topic {
    let label = |text: &str| text.parse().expect("label");
    Topic::up(label("centre"), label(appliance), channel)
}

impl Fleet {
    async fn next(&mut self) -> Outgoing {
        tokio::time::timeout(PATIENCE, self.outgoing.recv())
            .await
            .expect("in time")
            .expect("open")
    }

    /// The next command that leaves, with the proof looked at elsewhere.
    async fn command(&mut self) -> Command {
        loop {
            if let Outgoing::Publish(topic, payload) = self.next().await {
                assert_eq!(topic.channel, Channel::Down(DownChannel::Command));
                assert_eq!(topic.appliance.as_str(), "paillasse-1");
                let signed: Signed = decode(&payload).expect("signed");
                return decode(&signed.body).expect("command");
            }
        }
    }

    async fn answer(&self, appliance: &str, id: u128, outcome: Outcome) {
        let payload = encode(&Reply { id, outcome }).expect("reply");
        let topic = up(UpChannel::Reply, appliance);
        self.hub
            .app
            .courier
            .take(&self.hub.app, &topic, &payload)
            .await;
    }

    async fn says(&self, direction: TraceDirection, bytes: &[u8]) {
        let slice = TraceSlice {
            port: "c311".into(),
            link: "lis1a".into(),
            direction,
            at: UtcMicros(NOW),
            bytes: bytes.to_vec(),
            errors: 0,
            lost: 0,
        };
        let payload = encode(&slice).expect("slice");
        let topic = up(UpChannel::Trace, "paillasse-1");
        self.hub
            .app
            .courier
            .take(&self.hub.app, &topic, &payload)
            .await;
    }

    async fn trail(&self, action: &str) -> usize {
        let mut reader = self.hub.app.store.read().await.expect("reader");
        let all = audit::list(&mut reader, &Filter::default(), 500)
            .await
            .expect("trail");
        all.iter().filter(|entry| entry.action == action).count()
    }
}

#[tokio::test]
async fn a_port_is_recognised_from_the_page_and_the_proposal_is_shown_not_applied() {
    let mut fleet = fleet().await;
    let mut engineer = fleet.hub.browser(Role::Engineer).await;
    let page = engineer.get("/boitiers/paillasse-1").await;
    assert!(page.text.contains("Reconnaître"), "{}", page.text);
    let sent = engineer
        .post("/boitiers/paillasse-1/reconnaitre", &[("port", "c311")])
        .await;
    assert_eq!(sent.location(), "/boitiers/paillasse-1?fait=ordre");
    let command = fleet.command().await;
    assert_eq!(
        command.act,
        Act::Recognise {
            port: "c311".into()
        }
    );
    assert!(command.issued_at.0 <= NOW && command.expires_at.0 > NOW);
    assert_eq!(fleet.trail("appliance.commanded").await, 1);
    let shows = async |browser: &mut Browser| browser.get("/boitiers/paillasse-1").await.text;
    assert!(shows(&mut engineer).await.contains(">envoyé<"));
    fleet
        .answer("paillasse-1", command.id, Outcome::Accepted)
        .await;
    assert!(shows(&mut engineer).await.contains(">en cours<"));
    let json = r#"{"line":"/dev/x","setting":{"baud":9600,"data_bits":8,"parity":"none","stop_bits":1,"is_proven":true},"link":"lis1a","models":[{"driver":"roche-cobas-c311","name":"Roche cobas c 311","per_mille":960,"evidence":["H.5 c311"]}],"heard":812,"proposal":"[[port]]\nname = \"c311\"\n"}"#;
    let done = Outcome::Done { json: json.into() };
    fleet.answer("paillasse-2", command.id, done.clone()).await;
    assert!(
        shows(&mut engineer).await.contains(">en cours<"),
        "another appliance has no say"
    );
    fleet.answer("paillasse-1", command.id, done).await;
    let page = shows(&mut engineer).await;
    assert!(
        page.contains(">fait<") && page.contains("roche-cobas-c311") && page.contains("96\u{a0}%"),
        "{page}"
    );
    assert!(
        page.contains("H.5 c311")
            && page.contains("[[port]]")
            && page.contains("9600 8N1 (prouvé)"),
        "{page}"
    );
    let refused = Outcome::Refused {
        reason: "trop tard".into(),
    };
    fleet.answer("paillasse-1", command.id, refused).await;
    assert!(
        !shows(&mut engineer).await.contains("trop tard"),
        "the last word stands"
    );
    let nowhere = engineer
        .post("/boitiers/paillasse-1/reconnaitre", &[("port", "zzz")])
        .await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn restarting_and_sending_again_are_asked_for_with_care() {
    let mut fleet = fleet().await;
    let mut engineer = fleet.hub.browser(Role::Engineer).await;
    engineer.get("/boitiers/paillasse-1").await;
    let page = engineer
        .post("/boitiers/paillasse-1/redemarrer", &[("confirme", "x")])
        .await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    for (from, to) in [("0", "3"), ("5", "4"), ("", "3"), ("1", "900000")] {
        let page = engineer
            .post("/boitiers/paillasse-1/rejouer", &[("de", from), ("a", to)])
            .await;
        assert_eq!(page.status, StatusCode::CONFLICT, "{from} {to}");
    }
    assert_eq!(fleet.trail("appliance.commanded").await, 0);
    engineer
        .post(
            "/boitiers/paillasse-1/redemarrer",
            &[("confirme", "paillasse-1")],
        )
        .await;
    assert_eq!(fleet.command().await.act, Act::Restart);
    engineer
        .post("/boitiers/paillasse-1/rejouer", &[("de", "3"), ("a", "7")])
        .await;
    assert_eq!(fleet.command().await.act, Act::Replay { from: 3, to: 7 });
    fleet.hub.app.courier.close();
    let page = engineer
        .post("/boitiers/paillasse-1/rejouer", &[("de", "3"), ("a", "7")])
        .await;
    assert!(
        page.text.contains("est pas relié à son serveur MQTT"),
        "{}",
        page.text
    );
    assert!(
        engineer
            .get("/boitiers/paillasse-1")
            .await
            .text
            .contains(">refusé par le boîtier<")
    );
}

/// Opens the stream of the line as this person; gives the body.
async fn watch(browser: &Browser) -> (StatusCode, Body) {
    use tower::ServiceExt;
    let request = browser
        .request(Method::GET, "/boitiers/paillasse-1/ports/c311/flux")
        .body(Body::empty())
        .expect("request");
    let response = browser.router().oneshot(request).await.expect("answer");
    (response.status(), response.into_body())
}

/// Reads events until one holds the text.
async fn until(body: &mut Body, text: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(text) {
        let frame = tokio::time::timeout(PATIENCE, body.frame())
            .await
            .expect("in time")
            .expect("open")
            .expect("frame");
        if let Some(data) = frame.data_ref() {
            seen.push_str(&String::from_utf8_lossy(data));
        }
    }
    seen
}

#[tokio::test]
async fn a_line_is_published_only_while_somebody_watches_and_shows_patients_to_those_who_may_read_them()
 {
    let mut fleet = fleet().await;
    let technician = fleet.hub.browser(Role::Technician).await;
    let engineer = fleet.hub.browser(Role::Engineer).await;
    let place = Place::named("centre", "paillasse-1").expect("place");
    let (status, mut clear) = watch(&technician).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        fleet.next().await,
        Outgoing::Follow(up(UpChannel::Trace, "paillasse-1"))
    );
    let Act::Watch { port, seconds } = fleet.command().await.act else {
        panic!("watch")
    };
    assert_eq!(port, "c311");
    assert!(seconds <= 60, "it ends by itself");
    let (_, mut masked) = watch(&engineer).await;
    assert_eq!(fleet.hub.app.courier.viewers(&place, "c311"), 2);
    assert_eq!(fleet.trail("line.watched").await, 2);
    fleet
        .says(TraceDirection::Received, b"\x021P|1|||DURAND^CLAIRE\r")
        .await;
    let seen = until(&mut clear, "DURAND").await;
    assert!(seen.contains("[\"c\",\"STX\"]"), "{seen}");
    let seen = until(&mut masked, "STX").await;
    assert!(
        !seen.contains("DURAND") && seen.contains("P|9|||xxxxxx^xxxxxx"),
        "{seen}"
    );
    drop(clear);
    // The one who still watches keeps the line open.
    while fleet.hub.app.courier.viewers(&place, "c311") != 1 {
        fleet.says(TraceDirection::Sent, b"\x06").await;
        tokio::task::yield_now().await;
    }
    drop(masked);
    while fleet.hub.app.courier.viewers(&place, "c311") != 0 {
        fleet.says(TraceDirection::Sent, b"\x06").await;
        tokio::task::yield_now().await;
    }
    assert_eq!(
        fleet.next().await,
        Outgoing::Unfollow(up(UpChannel::Trace, "paillasse-1"))
    );
    assert_eq!(
        fleet.command().await.act,
        Act::Unwatch {
            port: "c311".into()
        }
    );
    for role in [
        Role::Biologist,
        Role::Secretary,
        Role::Administrator,
        Role::Auditor,
    ] {
        let browser = fleet.hub.browser(role).await;
        assert_eq!(watch(&browser).await.0, StatusCode::FORBIDDEN, "{role}");
    }
}

#[tokio::test]
async fn a_line_that_the_appliance_does_not_show_says_why() {
    let mut fleet = fleet().await;
    let technician = fleet.hub.browser(Role::Technician).await;
    let (_, mut body) = watch(&technician).await;
    let asked = fleet.command().await;
    let reason = "pas de port c311".to_owned();
    fleet
        .answer("paillasse-1", asked.id, Outcome::Refused { reason })
        .await;
    let seen = until(&mut body, "event: refus").await;
    assert!(seen.contains("pas de port c311"), "{seen}");
    fleet.hub.app.courier.close();
    until(&mut body, "event: fin").await;
}

#[tokio::test]
async fn what_is_missing_and_what_repeats_is_shown() {
    let fleet = fleet().await;
    // The first and the sixth message came: four are waited for.
    for seq in [1, 6] {
        arrives(&fleet, seq, "H|\\^&\rL|1|N\r").await;
    }
    let topic = up(UpChannel::Message, "paillasse-1");
    let aside = Aside {
        topic: topic.to_string(),
        appliance: Some("paillasse-1".into()),
        reason: "version 15".into(),
        payload: vec![0x1f, 1, 2],
        number: None,
        newest_only: false,
    };
    let missing = ingest::Missing {
        topic: up(UpChannel::Reply, "paillasse-1").to_string(),
        site: topic.site.clone(),
        appliance: topic.appliance.clone(),
        absence: lisiere_wire::Absence {
            journal: JournalId([9; 16]),
            reason: lisiere_wire::AbsenceReason::Pruned,
            ranges: vec![(2, 5)],
        },
        payload: Vec::new().into(),
    };
    for round in 0..3 {
        let intake = Intake {
            arrivals: &[],
            aside: std::slice::from_ref(&aside),
            missing: if round == 0 {
                std::slice::from_ref(&missing)
            } else {
                &[]
            },
        };
        ingest::take_in(&fleet.hub.app.store, intake, NOW)
            .await
            .expect("taken in");
    }
    let mut technician = fleet.hub.browser(Role::Technician).await;
    let list = technician.get("/boitiers").await.text;
    assert!(list.contains("<b>4</b> effacés du boîtier"), "{list}");
    // What the appliance said of the four numbers is kept too: two things, one of which came three times.
    assert!(
        list.contains("2 messages mis de côté") && list.contains("venus 4 fois"),
        "{list}"
    );
    let page = technician.get("/boitiers/paillasse-1").await.text;
    assert!(
        page.contains("2 – 5") && page.contains("version 15"),
        "{page}"
    );
    let quarantine = technician.get("/quarantaine").await.text;
    assert!(
        quarantine.contains("version 15") && quarantine.contains(">3<"),
        "{quarantine}"
    );
}

/// A message of this number is taken in and read.
async fn arrives(fleet: &Fleet, seq: u64, text: &str) {
    let label = |text: &str| text.parse::<lisiere_wire::Label>().expect("label");
    let capture = Capture {
        journal: JournalId([9; 16]),
        seq,
        boot: 1,
        port: "c311".into(),
        link: "lis1a".into(),
        driver: "roche-cobas-c311".into(),
        received_at: UtcMicros(NOW),
        clock: ClockQuality::Rtc,
        digest: [u8::try_from(seq).expect("small"); 32],
        bytes: text.as_bytes().to_vec(),
        stats: LinkStats(Vec::new()),
    };
    let arrival = Arrival {
        topic: up(UpChannel::Message, "paillasse-1").to_string(),
        site: label("centre"),
        appliance: label("paillasse-1"),
        payload: encode(&capture).expect("payload").into(),
        capture,
    };
    ingest::apply(&fleet.hub.app.store, &[arrival], &[], NOW)
        .await
        .expect("ingest");
    while lisiere_hub::laboratory::worker::process(&fleet.hub.laboratory, UtcMicros(NOW))
        .await
        .expect("interpretation")
        > 0
    {}
}

#[tokio::test]
async fn clocks_are_shown_with_how_far_they_are_off() {
    let fleet = fleet().await;
    // The analyzer's clock is ten minutes late, in Paris time; the appliance received it at 16:13:20.
    let text = "H|\\^&|||c311^1|||||host|RSUPL^REAL|P|1|20260921160320\rP|1\rO|1|101^  T-1^1^^101|R1|^^^989/|R||||||N||^^||SC||||||||||F\rR|1|^^^989/|139|mmol/l||N||F|||||P1\rL|1|N\r";
    arrives(&fleet, 1, text).await;
    let mut engineer = fleet.hub.browser(Role::Engineer).await;
    let page = engineer.get("/boitiers/paillasse-1").await.text;
    assert!(page.contains("−10\u{a0}min"), "{page}");
    assert!(
        page.contains("+3000\u{a0}ms") && page.contains("tenue par la pile du boîtier"),
        "{page}"
    );
}
