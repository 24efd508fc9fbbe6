//! The page as a browser and as a stranger see it.

use super::*;
use crate::{
    clock::Clock,
    settings::Settings,
    tap::Tap,
    testing::{self, Bench},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

struct Shown {
    bench: Bench,
    address: std::net::SocketAddr,
    tap: Tap,
    board: Board,
}

/// A page of a box with one port.
async fn shown() -> Shown {
    let bench = Bench::one_port();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ports = "[[port]]\nname = \"a\"\ntcp = { listen = \"127.0.0.1:0\" }\n";
    let board = Board::new(&Settings::parse(ports).unwrap().ports);
    let tap = board.place("a").unwrap().tap.clone();
    let settings =
        Settings::parse("[page]\nlisten = \"127.0.0.1:0\"\nnames = \"box-1\"\n").unwrap();
    let context = Context {
        settings: settings.page,
        health: bench.health.clone(),
        journal: bench.journal.clone(),
        clock: Clock::start(),
        board: board.clone(),
        stop: bench.contexts[0].stop.clone(),
    };
    tokio::spawn(serve(listener, context));
    Shown {
        bench,
        address,
        tap,
        board,
    }
}

impl Shown {
    async fn ask(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn get(&self, path: &str, host: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let mut answer = String::new();
        self.ask(&request)
            .await
            .read_to_string(&mut answer)
            .await
            .unwrap();
        answer
    }
}

#[test]
fn the_page_says_how_the_box_is_in_two_languages_under_its_own_names_only() {
    testing::run(async {
        let shown = shown().await;
        let french = shown.get("/", "127.0.0.1").await;
        assert!(french.starts_with("HTTP/1.1 200"), "{french}");
        assert!(french.contains("lang=\"fr\"") && french.contains("À faire"));
        assert!(french.contains("content-security-policy: default-src 'none'"));
        assert!(
            !french.contains("<script>")
                && !french.contains("style=")
                && !french.contains("onclick")
        );
        let english = shown.get("/?lang=en", "box-1.local:80").await;
        assert!(english.contains("What to do next") && !english.contains("À faire"));
        assert!(french.len() < 150_000);
        let foreign = shown.get("/", "evil.example").await;
        assert!(foreign.starts_with("HTTP/1.1 421"), "{foreign}");
        assert!(!foreign.contains("Lisière"), "{foreign}");
        assert!(
            shown
                .get("/nowhere", "localhost")
                .await
                .starts_with("HTTP/1.1 404")
        );
        let mut answer = String::new();
        let post = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
        shown
            .ask(post)
            .await
            .read_to_string(&mut answer)
            .await
            .unwrap();
        assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    });
}

#[test]
fn a_line_is_shown_as_it_is_spoken_without_what_it_says() {
    testing::run(async {
        let shown = shown().await;
        assert!(!shown.tap.is_watched());
        let mut stream = shown
            .ask("GET /ligne/a/flux HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await;
        while !shown.tap.is_watched() {
            tokio::task::yield_now().await;
        }
        let frame = testing::last_frame(b"P|1|||DUPONT^JEAN||19790328\rL|1|N\r");
        let at = || lisiere_model::UtcMicros(0);
        shown
            .tap
            .show(at, lisiere_wire::TraceDirection::Received, &frame, 2);
        let mut seen = String::new();
        while !seen.contains("[\"k\"]") {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "{seen}");
            seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        assert!(seen.contains("text/event-stream"), "{seen}");
        assert!(
            seen.contains("[\"c\",\"STX\"]") && seen.contains("P|9|||xxxxxx^xxxx||99999999"),
            "{seen}"
        );
        assert!(seen.contains("\"e\":2"));
        for secret in ["DUPONT", "JEAN", "1979"] {
            assert!(!seen.contains(secret), "{seen}");
        }
        drop(stream);
        // Nobody watches any more: the line costs nothing again.
        while shown.tap.is_watched() {
            shown
                .tap
                .show(at, lisiere_wire::TraceDirection::Received, b"x", 0);
            tokio::task::yield_now().await;
        }
        shown.bench.stopper.stop();
    });
}

#[test]
fn advice_names_what_is_wrong_and_what_to_do_and_the_worst_comes_first() {
    testing::run(async {
        let bench = Bench::one_port();
        let mut status = bench.health.status(&bench.journal);
        let first = |status: &crate::health::Status| advice(status, words::Words::French);
        status.uplink.enrolled = true;
        status.uplink.connected = true;
        status.clock = lisiere_model::ClockQuality::Ntp;
        status.ports[0].open = true;
        status.ports[0].driver = "roche-cobas-c311".to_owned();
        let all = first(&status);
        assert!(
            all.iter().all(|one| one.urgency == Urgency::Know),
            "{all:?}"
        );
        assert!(all[0].what.contains("rien entendu"), "{all:?}");
        status.ports[0].last_heard = Some(status.at);
        status.ports[0].messages = 4;
        assert_eq!(first(&status), []);
        status.certificate_days = Some(12);
        status.uplink.connected = false;
        status.refusing = true;
        status.ports[0].open = false;
        status.ports[0].trouble = "No such file".to_owned();
        status
            .alarms
            .push("journal illisible mis de côté : /x".to_owned());
        let all = first(&status);
        let now = all.iter().filter(|one| one.urgency == Urgency::Now).count();
        assert_eq!((now, all.len()), (3, 5), "{all:?}");
        assert!(
            all.windows(2)
                .all(|pair| pair[0].urgency <= pair[1].urgency)
        );
        assert!(all.iter().all(|one| !one.remedy.is_empty()));
        status.ports[0].open = true;
        status.ports[0]
            .counters
            .insert("checksum_errors".to_owned(), 30);
        status.ports[0]
            .counters
            .insert("frames_accepted".to_owned(), 900);
        assert!(
            first(&status)
                .iter()
                .any(|one| one.what.contains("30 trames abîmées"))
        );
    });
}

#[test]
fn what_was_recognised_is_shown_as_a_proposal() {
    testing::run(async {
        let shown = shown().await;
        let outcome = crate::recognise::Outcome {
            line: "/dev/serial/by-id/x".to_owned(),
            link: Some("lis1a".to_owned()),
            evidence: vec!["<ENQ> répété".to_owned()],
            proposal: Some("[[port]]\nname = \"a\"\n".to_owned()),
            ..crate::recognise::Outcome::default()
        };
        shown.board.keep("a", &outcome);
        let page = shown.get("/", "localhost").await;
        assert!(
            page.contains("Reconnu au port a") && page.contains("[[port]]"),
            "{page}"
        );
        assert!(
            page.contains("&lt;ENQ&gt; répété"),
            "everything is escaped: {page}"
        );
    });
}
