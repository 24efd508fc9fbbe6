//! Recognition at pseudo-terminals and sockets: what is found, what the analyzer hears, and the port at work again afterwards.

use super::*;
use crate::{
    board::Told,
    port::supervise,
    testing::{ACK, Bench, ENQ, last_frame, run, send, text, until},
};
use std::{fs::File, path::PathBuf};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc::Receiver,
};
use tokio_serial::{SerialPort, SerialStream};

const HEADER: &[u8] = b"H|\\^&|||c311^1|||||host|RSUPL^REAL|P|1\r";

/// The analyzer's end of a pseudo-terminal, its device, and what keeps it from hanging up.
fn cable() -> (SerialStream, PathBuf, File) {
    let (end, far) = SerialStream::pair().unwrap();
    let device = PathBuf::from(far.name().unwrap());
    let held = File::open(&device).unwrap();
    (end, device, held)
}

fn serial_bench(device: &std::path::Path, baud: u32) -> Bench {
    let device = device.display();
    Bench::new(&format!(
        "[[port]]\nname = \"a\"\nserial = {{ device = \"{device}\", baud = {baud} }}\n"
    ))
}

async fn outcome(heard: &mut Receiver<Told>) -> (Outcome, Vec<String>) {
    let mut told = Vec::new();
    loop {
        match heard.recv().await.expect("an end") {
            Told::Progress(text) => told.push(text),
            Told::Outcome(outcome) => return (*outcome, told),
            Told::Failed(reason) => panic!("{reason} after {told:?}"),
        }
    }
}

/// Asks for the line until it is answered, then sends one frame.
async fn insist(line: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), frame: &[u8]) {
    line.write_all(&[ENQ]).await.unwrap();
    assert_eq!(line.read_u8().await.unwrap(), ACK);
    line.write_all(frame).await.unwrap();
}

#[test]
fn a_port_is_recognised_on_demand_and_works_again() {
    run(async {
        let (mut end, device, _held) = cable();
        let bench = serial_bench(&device, 19200);
        let port = tokio::spawn(supervise(bench.contexts[0].clone()));
        bench.until(0, |port| port.open).await;
        let mut heard = bench.board.recognise("a", PATIENCE).unwrap();
        assert!(matches!(heard.recv().await, Some(Told::Progress(_))));
        assert!(bench.health.recognising());
        let mut watching = bench.board.watch("a").unwrap();
        insist(&mut end, &last_frame(HEADER)).await;
        let (found, told) = outcome(&mut heard).await;
        assert_eq!(found.link.as_deref(), Some("lis1a"), "{told:?}");
        // Whoever watches the line sees the search too.
        let (seen, _) = watching.next().await.unwrap();
        assert_eq!(seen.bytes, [ENQ]);
        assert_eq!(found.answers, 1);
        assert_eq!(
            found.models[0].driver, "roche-cobas-c311",
            "{:?}",
            found.models
        );
        let proposal = found.proposal.clone().unwrap();
        assert!(
            proposal.contains("driver = \"roche-cobas-c311\"\nlink = \"lis1a\""),
            "{proposal}"
        );
        let proposed = crate::settings::Settings::parse(&proposal).unwrap();
        assert_eq!(proposed.ports[0].name.as_str(), "a");
        // A pseudo-terminal proves no speed, and the person is told so.
        assert!(!found.setting.clone().unwrap().is_proven);
        assert!(
            found.described().contains("plausible"),
            "{}",
            found.described()
        );
        assert_eq!(bench.board.found("a"), Some(found));
        // The frame was not answered, so that the analyzer keeps its message and sends it again.
        end.write_all(&[4]).await.unwrap();
        assert_eq!(send(&mut end, &text(1)).await, ACK);
        assert_eq!(bench.contents().await.len(), 1);
        bench.stopper.stop();
        port.await.unwrap();
    });
}

#[test]
fn a_listening_port_is_recognised_over_a_new_connection() {
    let bench = Bench::one_port();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    run(async {
        let target = Target::network(&format!("tcp:listen:{address}")).unwrap();
        let (news, mut heard) = News::channel();
        let clock = bench.contexts[0].clock;
        let mut stop = bench.contexts[0].stop.clone();
        let looking = tokio::spawn(async move {
            let manner = Manner {
                name: "bc",
                patience: PATIENCE,
                clock,
                tap: Tap::default(),
            };
            recognise(&target, manner, &news, &mut stop, || ()).await
        });
        heard.recv().await.unwrap();
        let mut line = TcpStream::connect(address).await.unwrap();
        let message = b"\x0bMSH|^~\\&|Analyzer|X|||20261123||ORU^R01|1|P|2.3.1\rPID|1\rOBX|1|NM|WBC||5.1\r\x1c\r";
        line.write_all(message).await.unwrap();
        let Told::Outcome(found) = looking.await.unwrap() else {
            panic!("found")
        };
        assert_eq!(found.link.as_deref(), Some("mllp"));
        assert_eq!((found.answers, found.setting), (0, None));
        // An unknown model is read by the generic driver.
        assert_eq!(found.models.last().unwrap().driver, "generic-hl7");
        let proposal = found.proposal.unwrap();
        assert!(
            proposal.contains(&format!("tcp = {{ listen = \"{address}\" }}")),
            "{proposal}"
        );
        drop(line);
    });
}

#[test]
fn whoever_goes_away_ends_it_and_the_port_works_on() {
    run(async {
        let (mut end, device, _held) = cable();
        let bench = serial_bench(&device, 9600);
        let port = tokio::spawn(supervise(bench.contexts[0].clone()));
        bench.until(0, |port| port.open).await;
        let mut heard = bench.board.recognise("a", PATIENCE).unwrap();
        heard.recv().await.unwrap();
        drop(heard);
        until(|| !bench.health.recognising()).await;
        assert_eq!(send(&mut end, &text(1)).await, ACK);
        bench.stopper.stop();
        port.await.unwrap();
    });
}

#[test]
fn a_place_that_cannot_be_opened_is_named() {
    for wrong in [
        "tcp:",
        "tcp:listen:5000",
        "tcp:connect:host",
        "tcp:host:0",
        "udp:1",
    ] {
        assert!(Target::network(wrong).is_err(), "{wrong}");
    }
    run(async {
        let bench = Bench::one_port();
        let target = Target::device("/nonexistent/tty".into());
        let (news, _heard) = News::channel();
        let manner = Manner {
            name: "x",
            patience: PATIENCE,
            clock: bench.contexts[0].clock,
            tap: Tap::default(),
        };
        let mut stop = bench.contexts[0].stop.clone();
        let told = recognise(&target, manner, &news, &mut stop, || ()).await;
        let Told::Failed(reason) = told else {
            panic!("{told:?}")
        };
        assert!(reason.contains("débranché ou absent"), "{reason}");
    });
}
