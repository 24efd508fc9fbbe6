//! Ports on pseudo-terminals and sockets: unplugged, replaced, looked at, and restarted.

use super::*;
use crate::testing::{ACK, Bench, ENQ, ask, last_frame, run, send, text};
use std::{
    fs::File,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_serial::{SerialPort, SerialStream};

/// The analyzer's end of a pseudo-terminal.
struct Cable {
    end: SerialStream,
    /// Keeps the far end from counting as hung up before the appliance opens it.
    _far: File,
}

impl Cable {
    /// Plugs in: the device gets a new name, and the stable name leads to it.
    fn plug(stable: &Path) -> Self {
        let (end, far) = SerialStream::pair().unwrap();
        let device = far.name().unwrap();
        let held = File::open(&device).unwrap();
        drop(far);
        let _ = std::fs::remove_file(stable);
        std::os::unix::fs::symlink(device, stable).unwrap();
        Self { end, _far: held }
    }
}

fn serial_bench(stable: &Path) -> Bench {
    Bench::new(&format!(
        "[[port]]\nname = \"a\"\nserial = {{ device = \"{}\" }}\n",
        stable.display()
    ))
}

#[test]
fn an_adapter_unplugged_in_mid_frame_is_found_again_by_its_stable_name() {
    let folder = tempfile::tempdir().unwrap();
    let stable = folder.path().join("usb-A");
    let bench = serial_bench(&stable);
    run(async {
        let port = tokio::spawn(supervise(bench.contexts[0].clone()));
        bench.until(0, |port| !port.trouble.is_empty()).await;
        for round in 1..=10 {
            let mut cable = Cable::plug(&stable);
            bench.until(0, |port| port.open).await;
            assert_eq!(ask(&mut cable.end, &[ENQ]).await, ACK);
            cable
                .end
                .write_all(&last_frame(&text(round))[..20])
                .await
                .unwrap();
            drop(cable);
            bench.until(0, |port| !port.open).await;
            let mut cable = Cable::plug(&stable);
            bench.until(0, |port| port.open).await;
            assert_eq!(send(&mut cable.end, &text(round)).await, ACK);
            assert_eq!(bench.contents().await.len() as u64, round);
            drop(cable);
            bench.until(0, |port| !port.open).await;
        }
        bench.stopper.stop();
        port.await.unwrap();
    });
}

#[test]
fn a_device_that_is_none_is_named_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let stable = folder.path().join("usb-A");
    std::fs::write(&stable, "a file").unwrap();
    let bench = serial_bench(&stable);
    run(async {
        let port = tokio::spawn(supervise(bench.contexts[0].clone()));
        bench
            .until(0, |port| !port.open && !port.trouble.is_empty())
            .await;
        let mut cable = Cable::plug(&stable);
        bench.until(0, |port| port.open).await;
        assert_eq!(send(&mut cable.end, &text(1)).await, ACK);
        bench.stopper.stop();
        port.await.unwrap();
    });
}

/// The address a listening port has taken.
async fn address(bench: &Bench, port: usize) -> String {
    bench.until(port, |port| port.open).await;
    let status = bench.health.status(&bench.journal);
    status.ports[port]
        .line
        .strip_prefix("tcp listen ")
        .unwrap()
        .to_owned()
}

#[test]
fn an_analyzer_that_comes_back_takes_its_place_and_one_that_looks_does_not() {
    let bench = Bench::one_port();
    run(async {
        let port = tokio::spawn(supervise(bench.contexts[0].clone()));
        let address = address(&bench, 0).await;
        let mut first = TcpStream::connect(&address).await.unwrap();
        assert_eq!(ask(&mut first, &[ENQ]).await, ACK);
        // Connection tests and half-open connections in the middle of the session.
        let looking = futures_of(20, &address).await;
        assert_eq!(ask(&mut first, &last_frame(&text(1))).await, ACK);
        drop(looking);
        assert_eq!(send(&mut first, &text(2)).await, ACK);
        // The cable was changed: the old connection never ends by itself.
        let mut second = TcpStream::connect(&address).await.unwrap();
        assert_eq!(send(&mut second, &text(3)).await, ACK);
        assert_eq!(bench.contents().await.len(), 3);
        drop(second);
        let mut third = TcpStream::connect(&address).await.unwrap();
        assert_eq!(send(&mut third, &text(4)).await, ACK);
        bench.stopper.stop();
        port.await.unwrap();
    });
}

async fn futures_of(count: usize, address: &str) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(TcpStream::connect(address).await.unwrap());
    }
    streams
}

#[test]
fn a_port_that_connects_tries_until_the_analyzer_is_there() {
    run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let bench = Bench::new(&format!(
            "[[port]]\nname = \"a\"\ntcp = {{ connect = \"{address}\" }}\n"
        ));
        let port = tokio::spawn(supervise(bench.contexts[0].clone()));
        bench
            .until(0, |port| port.trouble.contains("connecting to"))
            .await;
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        for number in 1..=2 {
            let (mut analyzer, _) = listener.accept().await.unwrap();
            assert_eq!(send(&mut analyzer, &text(number)).await, ACK);
        }
        assert_eq!(bench.contents().await.len(), 2);
        bench.stopper.stop();
        port.await.unwrap();
    });
}

#[test]
fn a_panic_ends_one_link_which_starts_again_while_others_go_on() {
    let settings = "[[port]]\nname = \"a\"\ntcp = { listen = \"127.0.0.1:0\" }\n\
                    [[port]]\nname = \"b\"\ntcp = { listen = \"127.0.0.1:0\" }\n";
    let bench = Bench::new(settings);
    run(async {
        let tries = std::sync::Arc::new(AtomicU32::new(0));
        let counting = tries.clone();
        let first = tokio::spawn(supervised(bench.contexts[0].clone(), move |context| {
            let count = counting.fetch_add(1, Ordering::SeqCst);
            async move {
                assert!(count > 0, "the first try fails");
                serve(context).await;
            }
        }));
        let second = tokio::spawn(supervise(bench.contexts[1].clone()));
        let other = address(&bench, 1).await;
        let mut other = TcpStream::connect(other).await.unwrap();
        assert_eq!(send(&mut other, &text(1)).await, ACK);
        let address = address(&bench, 0).await;
        let mut line = TcpStream::connect(address).await.unwrap();
        assert_eq!(send(&mut line, &text(2)).await, ACK);
        assert_eq!(bench.health.status(&bench.journal).ports[0].restarts, 1);
        assert_eq!(bench.contents().await.len(), 2);
        bench.stopper.stop();
        first.await.unwrap();
        second.await.unwrap();
    });
}
