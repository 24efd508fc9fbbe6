//! The worklist: from open orders to what each appliance holds, in versions, and back to where each order stands.

use std::collections::BTreeMap;

use lisiere_hub::ingest::Post;
use lisiere_hub::laboratory::{Laboratory, dossier, orders, worker};
use lisiere_hub::store::appliance::{self, Announcement};
use lisiere_hub::store::ingest::{self, Arrival};
use lisiere_hub::store::work_state;
use lisiere_hub::worklist::{self, Keeper};
use lisiere_model::{ClockQuality, OrderId, UtcMicros};
use lisiere_wire::{
    Capture, DownChannel, LinkStats, ListId, ORDER_EVENT_LINK, OrderEvent, OrderEventState,
    OrderEventTube, Topic, UpChannel, Worklist, WorklistHeld, decode, encode,
};

use crate::bench::{DAY, JOURNAL, MINUTE, NOW, Place, c311, places, technician};

const C311: &str = "roche-cobas-c311";

/// An appliance as far as the worklist goes.
#[derive(Default)]
struct Boxed {
    list: ListId,
    version: u64,
    entries: BTreeMap<(String, String), Vec<String>>,
    drivers: Vec<String>,
}

impl Boxed {
    fn new(drivers: &[&str]) -> Self {
        Self {
            drivers: drivers.iter().map(|&driver| driver.into()).collect(),
            ..Self::default()
        }
    }

    /// Says what it holds.
    async fn say(&self, lab: &Laboratory, now: UtcMicros) {
        let topic = Topic::up(
            "centre".parse().unwrap(),
            "paillasse-1".parse().unwrap(),
            UpChannel::Reply,
        );
        let held = WorklistHeld {
            list: self.list,
            version: self.version,
            drivers: self.drivers.clone(),
        };
        worklist::held(&lab.store, &topic, &held, now.0)
            .await
            .expect("kept");
    }

    /// Takes what was posted; says how many payloads there were and whether all fitted.
    fn take(&mut self, post: &Post) -> (usize, bool) {
        let posted = post.take();
        let expected = Topic::down(
            "centre".parse().unwrap(),
            "paillasse-1".parse().unwrap(),
            DownChannel::Worklist,
        );
        let mut fits = true;
        for (topic, payload) in &posted {
            assert_eq!(*topic, expected.to_string());
            fits &= self.apply(decode(payload).expect("a worklist"));
        }
        (posted.len(), fits)
    }

    fn apply(&mut self, list: Worklist) -> bool {
        match list.since {
            None => self.entries.clear(),
            Some(_) if list.version <= self.version && list.list == self.list => return true,
            Some(since) if since == self.version && list.list == self.list => {}
            Some(_) => return false,
        }
        (self.list, self.version) = (list.list, list.version);
        for entry in list.entries {
            self.entries
                .insert((entry.key.driver, entry.key.specimen), entry.tests);
        }
        for key in list.removed {
            self.entries.remove(&(key.driver, key.specimen));
        }
        true
    }

    fn tests(&self, specimen: &str) -> Vec<&str> {
        let key = (C311.to_owned(), specimen.to_owned());
        self.entries
            .get(&key)
            .map(|tests| tests.iter().map(String::as_str).collect())
            .unwrap_or_default()
    }
}

async fn connect(lab: &Laboratory) {
    let said = Announcement {
        connected: true,
        queue_depth: 0,
        version: "1".into(),
        state: "{}".into(),
        state_at: NOW.0,
    };
    let mut tx = lab.store.begin().await.unwrap();
    assert!(
        appliance::announced(&mut tx, "paillasse-1", "centre", &said, NOW.0)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

/// What an appliance says of orders reaches the hub and is taken in.
async fn tell(place: &Place, event: &OrderEvent) {
    let seq = place.skip();
    let mut digest = [1; 32];
    digest[..8].copy_from_slice(&seq.to_be_bytes());
    let capture = Capture {
        journal: JOURNAL,
        seq,
        boot: 1,
        port: "c311".into(),
        link: ORDER_EVENT_LINK.into(),
        driver: C311.into(),
        received_at: event.at,
        clock: ClockQuality::Ntp,
        digest,
        bytes: serde_json::to_vec(event).unwrap(),
        stats: LinkStats(Vec::new()),
    };
    let (site, name): (lisiere_wire::Label, lisiere_wire::Label) =
        ("centre".parse().unwrap(), "paillasse-1".parse().unwrap());
    let arrival = Arrival {
        topic: Topic::up(site.clone(), name.clone(), UpChannel::Message).to_string(),
        site,
        appliance: name,
        payload: encode(&capture).unwrap().into(),
        capture,
    };
    ingest::apply(&place.lab.store, &[arrival], &[], NOW.0)
        .await
        .expect("ingest");
    while worker::process(&place.lab, NOW).await.expect("taken in") > 0 {}
}

fn event(state: OrderEventState, specimen: &str, tests: &[&str]) -> OrderEvent {
    OrderEvent {
        state,
        at: NOW,
        version: 2,
        tubes: vec![OrderEventTube {
            specimen: specimen.into(),
            tests: tests.iter().map(|&code| code.into()).collect(),
        }],
        reason: String::new(),
    }
}

async fn state(place: &Place, order: OrderId, code: &str) -> Option<String> {
    let dossier = dossier::view(&place.lab, order).await.expect("dossier");
    let line = dossier
        .lines
        .iter()
        .find(|line| line.asked.code.as_str() == code)
        .expect("test");
    let mut reader = place.lab.store.read().await.unwrap();
    let states = work_state::of_order(&mut reader, order)
        .await
        .expect("states");
    states
        .into_iter()
        .find(|state| state.test == line.asked.id)
        .map(|state| state.state)
}

#[tokio::test]
async fn an_appliance_gets_the_whole_list_then_what_changes() {
    for place in places().await {
        let name = place.name;
        let order = place.register("26110001", &["GLU", "K", "TSH"]).await;
        connect(&place.lab).await;
        let (post, mut boxed) = (Post::default(), Boxed::new(&[C311, "abbott-afinion2"]));
        let mut keeper = Keeper::new(place.lab.clone());
        keeper.round(&post, NOW.0).await.expect("round");
        assert!(
            post.take().is_empty(),
            "{name}: nobody has asked for anything"
        );

        boxed.say(&place.lab, NOW).await;
        keeper.round(&post, NOW.0).await.expect("round");
        assert_eq!(boxed.take(&post), (1, true), "{name}");
        assert_eq!(
            boxed.tests("26110001"),
            ["717", "990"],
            "{name}: TSH is no test of this analyzer"
        );
        assert!(
            boxed.entries.keys().all(|(driver, _)| driver == C311),
            "{name}: an analyzer that asks nothing gets nothing"
        );
        boxed.say(&place.lab, NOW).await;
        keeper.round(&post, NOW.0).await.expect("round");
        assert!(post.take().is_empty(), "{name}: it has all there is");

        place.register("26110002", &["GLU"]).await;
        keeper.round(&post, NOW.0).await.expect("round");
        assert_eq!(
            boxed.take(&post),
            (1, true),
            "{name}: a change fits what it holds"
        );
        assert_eq!(boxed.tests("26110002"), ["717"], "{name}");
        boxed.say(&place.lab, NOW).await;

        let test = dossier::view(&place.lab, order.id).await.unwrap().lines[0]
            .asked
            .id;
        orders::cancel_test(
            &place.lab,
            order.id,
            test,
            Some("tube insuffisant"),
            &technician(),
            NOW,
        )
        .await
        .expect("cancelled");
        place
            .receive(c311("26110002", &[("717", "0.92", "g/L")]))
            .await;
        keeper.round(&post, NOW.0).await.expect("round");
        assert_eq!(boxed.take(&post), (1, true), "{name}");
        assert_eq!(
            boxed.tests("26110001"),
            ["990"],
            "{name}: a cancelled test disappears"
        );
        assert!(
            boxed.tests("26110002").is_empty(),
            "{name}: a tube with its result disappears"
        );
    }
}

#[tokio::test]
async fn what_is_missed_is_found_out_and_made_up_for() {
    for place in places().await {
        let name = place.name;
        place.register("26110001", &["GLU"]).await;
        connect(&place.lab).await;
        let (post, mut boxed) = (Post::default(), Boxed::new(&[C311]));
        let mut keeper = Keeper::new(place.lab.clone());
        boxed.say(&place.lab, NOW).await;
        keeper.round(&post, NOW.0).await.expect("round");
        boxed.take(&post);
        boxed.say(&place.lab, NOW).await;

        // A change is lost on the way; the next one names a version that the appliance does not hold.
        place.register("26110002", &["GLU"]).await;
        keeper.round(&post, NOW.0).await.expect("round");
        assert_eq!(post.take().len(), 1);
        place.register("26110003", &["K"]).await;
        keeper.round(&post, NOW.0).await.expect("round");
        let (count, fits) = boxed.take(&post);
        assert!(
            count == 0 || fits,
            "{name}: a change goes from what it said it holds"
        );
        // Without its word the same is offered again after a while.
        keeper.round(&post, NOW.0 + MINUTE).await.expect("round");
        assert!(boxed.take(&post).1, "{name}");
        assert_eq!(
            (boxed.tests("26110002"), boxed.tests("26110003")),
            (vec!["717"], vec!["990"]),
            "{name}"
        );

        // An appliance that holds a list of another database gets the whole one.
        let mut stranger = Boxed::new(&[C311]);
        (stranger.list, stranger.version) = (ListId([3; 16]), 900);
        stranger
            .entries
            .insert((C311.into(), "alt".into()), vec!["717".into()]);
        stranger.say(&place.lab, NOW).await;
        keeper
            .round(&post, NOW.0 + 2 * MINUTE)
            .await
            .expect("round");
        assert_eq!(stranger.take(&post), (1, true), "{name}");
        assert_eq!(stranger.entries, boxed.entries, "{name}");

        // Removals are forgotten after days; whoever was away for longer gets the whole list as well.
        place
            .receive(c311("26110002", &[("717", "0.92", "g/L")]))
            .await;
        keeper
            .round(&post, NOW.0 + 3 * MINUTE)
            .await
            .expect("round");
        post.take();
        place.register("26110004", &["GLU"]).await;
        let later = UtcMicros(NOW.0 + 4 * DAY);
        keeper.round(&post, later.0).await.expect("round");
        post.take();
        boxed.say(&place.lab, later).await;
        keeper.round(&post, later.0).await.expect("round");
        assert_eq!(boxed.take(&post), (1, true), "{name}");
        assert!(
            boxed.tests("26110002").is_empty() && boxed.tests("26110004") == ["717"],
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hubs_make_one_list_and_one_offer() {
    for place in places().await {
        let name = place.name;
        for tube in 0..30 {
            place.register(&format!("T{tube:04}"), &["GLU"]).await;
        }
        connect(&place.lab).await;
        let mut boxed = Boxed::new(&[C311]);
        boxed.say(&place.lab, NOW).await;
        let other = place.other_hub().await;
        let (posts, mut keepers) = (
            [Post::default(), Post::default()],
            [Keeper::new(place.lab.clone()), Keeper::new(other)],
        );
        let [one, two] = &mut keepers;
        let rounds = tokio::join!(one.round(&posts[0], NOW.0), two.round(&posts[1], NOW.0));
        rounds.0.expect("one hub");
        rounds.1.expect("the other");
        let mut taken: Vec<_> = posts.iter().map(|post| boxed.take(post)).collect();
        taken.sort_unstable();
        assert_eq!(taken, [(0, true), (1, true)], "{name}: one of them offers");
        assert_eq!(boxed.entries.len(), 30, "{name}");
        assert_eq!(boxed.version, 2, "{name}: one change, whoever made it");
    }
}

#[tokio::test]
async fn what_became_of_an_order_is_known_test_by_test() {
    use OrderEventState as Event;
    for place in places().await {
        let name = place.name;
        let order = place.register("26110001", &["GLU", "K", "ALAT"]).await;
        tell(&place, &event(Event::Unknown, "26119999", &[])).await;
        tell(&place, &event(Event::Asked, "26110001", &["717", "990"])).await;
        assert_eq!(
            state(&place, order.id, "GLU").await.as_deref(),
            Some("asked"),
            "{name}"
        );
        assert_eq!(
            state(&place, order.id, "ALAT").await,
            None,
            "{name}: nobody asked for it"
        );
        tell(&place, &event(Event::Sent, "26110001", &["717", "990"])).await;
        // Two hubs may take events in out of order.
        let late = OrderEvent {
            at: UtcMicros(NOW.0 - MINUTE),
            ..event(Event::Asked, "26110001", &["717"])
        };
        tell(&place, &late).await;
        let refused = OrderEvent {
            reason: "UA".into(),
            ..event(Event::Refused, "26110001", &["990"])
        };
        tell(&place, &refused).await;
        assert_eq!(
            state(&place, order.id, "GLU").await.as_deref(),
            Some("sent"),
            "{name}"
        );
        assert_eq!(
            state(&place, order.id, "K").await.as_deref(),
            Some("refused"),
            "{name}"
        );
        place
            .receive(c311("26110001", &[("717", "0.92", "g/L")]))
            .await;
        assert_eq!(
            state(&place, order.id, "GLU").await.as_deref(),
            Some("resulted"),
            "{name}"
        );
        assert_eq!(
            state(&place, order.id, "K").await.as_deref(),
            Some("refused"),
            "{name}"
        );
        let mut reader = place.lab.store.read().await.unwrap();
        let asked = work_state::of_specimen(&mut reader, "26119999")
            .await
            .expect("events");
        assert_eq!(
            asked,
            [("unknown".to_owned(), "c311".to_owned(), NOW.0)],
            "{name}"
        );
    }
}
