//! The pump with a real engine: what the analyzer hears, and what is on the disk by then.

use super::*;
use crate::{
    journal::faulty::FaultyMedium,
    testing::{ACK, BOUNDS, Bench, ENQ, EOT, NAK, ask, contents, last_frame, run, send, text},
};
use lisiere_protocol::{
    LinkKind, LinkSettings,
    link::Role,
    lis1a::frame::{self, FrameEnd},
};
use tokio::io::DuplexStream;

/// A line with the pump of a real engine on the far side.
fn line(bench: &Bench) -> (DuplexStream, tokio::task::JoinHandle<PumpEnd>) {
    line_with(bench, Manner::default())
}

fn line_with(bench: &Bench, manner: Manner) -> (DuplexStream, tokio::task::JoinHandle<PumpEnd>) {
    let (near, mut far) = tokio::io::duplex(4096);
    let mut context = bench.contexts[0].clone();
    let pumping = tokio::spawn(async move {
        let mut link = LinkSettings::standard(LinkKind::Lis1a).open(Role::Computer, None);
        pump(&mut far, &mut *link, &mut context, manner).await
    });
    (near, pumping)
}

#[test]
fn a_message_is_on_the_disk_when_its_last_frame_is_answered() {
    let bench = Bench::one_port();
    run(async {
        let (mut near, _pumping) = line(&bench);
        for number in 1..=20 {
            assert_eq!(send(&mut near, &text(number)).await, ACK);
            // Power fails in this very moment: only what was synced is left.
            let left = FaultyMedium::with_image(bench.medium.synced());
            let journal = Journal::open(left, BOUNDS, UtcMicros(0)).unwrap();
            let kept = contents(&journal).await;
            assert_eq!(kept.len() as u64, number);
            assert_eq!(kept.last().unwrap().bytes, last_frame(&text(number)));
            journal.stop().await;
        }
    });
}

#[test]
fn a_message_that_cannot_be_kept_is_refused_and_accepted_later() {
    let bench = Bench::one_port();
    run(async {
        let (mut near, _pumping) = line(&bench);
        assert_eq!(ask(&mut near, &[ENQ]).await, ACK);
        bench.medium.disk().broken = true;
        assert_eq!(ask(&mut near, &last_frame(&text(1))).await, NAK);
        near.write_all(&[EOT]).await.unwrap();
        // Until the disk works again the analyzer is told "busy" before it sends anything.
        assert_eq!(ask(&mut near, &[ENQ]).await, NAK);
        bench.medium.disk().broken = false;
        while bench.journal.pulse().condition != Condition::Good {
            assert!(
                bench
                    .journal
                    .tend(UtcMicros(0), Duration::from_secs(5))
                    .await
            );
        }
        while ask(&mut near, &[ENQ]).await != ACK {}
        assert_eq!(ask(&mut near, &last_frame(&text(1))).await, ACK);
        assert_eq!(bench.contents().await.len(), 1);
        bench
            .until(0, |port| port.refused == 1 && port.messages == 1)
            .await;
    });
}

#[test]
fn a_message_whose_answer_may_be_unheard_is_kept_once() {
    let bench = Bench::one_port();
    run(async {
        let (mut near, pumping) = line(&bench);
        // The line breaks before the analyzer hears the answer; it sends again on a new one.
        assert_eq!(ask(&mut near, &[ENQ]).await, ACK);
        near.write_all(&last_frame(&text(1))).await.unwrap();
        drop(near);
        assert!(matches!(pumping.await.unwrap(), PumpEnd::Closed(_)));
        let mut pulse = bench.journal.watch();
        pulse.wait_for(|pulse| pulse.last == 1).await.unwrap();
        let (mut near, _pumping) = line(&bench);
        assert_eq!(send(&mut near, &text(1)).await, ACK);
        bench.until(0, |port| port.repeats == 1).await;
        assert_eq!(bench.contents().await.len(), 1);
        // The hub sees it too.
        let state = bench
            .health
            .state(&bench.journal, lisiere_wire::Presence::Online);
        let repeats = ("repeats".to_owned(), 1);
        assert!(state.ports[0].stats.0.contains(&repeats), "{state:?}");
    });
}

#[test]
fn a_message_sent_again_after_a_session_in_good_order_is_kept_again() {
    let bench = Bench::one_port();
    run(async {
        let (mut near, _pumping) = line(&bench);
        for number in 1..=3 {
            assert_eq!(send(&mut near, &text(1)).await, ACK);
            assert_eq!(bench.contents().await.len(), number);
        }
        bench
            .until(0, |port| (port.messages, port.repeats) == (3, 0))
            .await;
    });
}

#[test]
fn equal_messages_of_one_session_are_kept_each() {
    let bench = Bench::one_port();
    run(async {
        let (mut near, pumping) = line(&bench);
        let frame = |number| frame::encode(number, &text(1), FrameEnd::Last);
        assert_eq!(ask(&mut near, &[ENQ]).await, ACK);
        assert_eq!(ask(&mut near, &frame(1)).await, ACK);
        assert_eq!(ask(&mut near, &frame(2)).await, ACK);
        drop(near);
        assert!(matches!(pumping.await.unwrap(), PumpEnd::Closed(_)));
        assert_eq!(bench.contents().await.len(), 2);
        // Broken off, it is repeated whole, and goes on.
        let (mut near, _pumping) = line(&bench);
        assert_eq!(ask(&mut near, &[ENQ]).await, ACK);
        for number in 1..=3 {
            assert_eq!(ask(&mut near, &frame(number)).await, ACK);
        }
        assert_eq!(bench.contents().await.len(), 3);
    });
}

#[test]
fn a_capture_says_where_it_came_from() {
    let settings =
        "[[port]]\nname = \"a\"\ndriver = \"some-driver\"\ntcp = { listen = \"127.0.0.1:0\" }\n";
    let bench = Bench::new(settings);
    run(async {
        let (mut near, _pumping) = line(&bench);
        let before = bench.contexts[0].clock.now();
        assert_eq!(ask(&mut near, b"noise\x05").await, ACK);
        assert_eq!(ask(&mut near, &last_frame(&text(1))).await, ACK);
        let capture = bench.contents().await.pop().unwrap();
        assert_eq!(
            (
                capture.port.as_str(),
                capture.link.as_str(),
                capture.driver.as_str()
            ),
            ("a", "lis1a", "some-driver")
        );
        assert_eq!((capture.seq, capture.boot), (1, 1));
        assert!(
            (before.0 - 5000..=bench.contexts[0].clock.now().0).contains(&capture.received_at.0)
        );
        assert!(
            capture.stats.0.contains(&("noise_bytes".to_owned(), 5)),
            "{:?}",
            capture.stats
        );
        let digest = ring::digest::digest(&ring::digest::SHA256, &text(1));
        assert_eq!(capture.digest, digest.as_ref());
    });
}

#[test]
fn the_stop_waits_for_the_session_under_way() {
    let bench = Bench::one_port();
    run(async {
        let (mut near, pumping) = line(&bench);
        assert_eq!(ask(&mut near, &[ENQ]).await, ACK);
        bench.stopper.stop();
        assert_eq!(ask(&mut near, &last_frame(&text(1))).await, ACK);
        near.write_all(&[EOT]).await.unwrap();
        assert_eq!(pumping.await.unwrap(), PumpEnd::Stopped);
        assert_eq!(bench.contents().await.len(), 1);
    });
}

#[test]
fn a_line_that_stays_silent_is_given_back_to_be_opened_anew() {
    let bench = Bench::one_port();
    run(async {
        let manner = Manner {
            silence: Some(Duration::ZERO),
            marked: false,
        };
        let (_near, pumping) = line_with(&bench, manner);
        assert_eq!(pumping.await.unwrap(), PumpEnd::Silent);
    });
}

#[test]
fn garbage_is_counted_and_harms_nothing() {
    let bench = Bench::one_port();
    run(async {
        let (mut near, _pumping) = line(&bench);
        let mut random = 7_u32;
        let garbage: Vec<u8> = std::iter::repeat_with(|| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            match (random >> 24) as u8 {
                // Asking for the line would open a session that then has to time out.
                ENQ => 0,
                byte => byte,
            }
        })
        .take(100_000)
        .collect();
        near.write_all(&garbage).await.unwrap();
        assert_eq!(send(&mut near, &text(1)).await, ACK);
        assert_eq!(bench.contents().await.len(), 1);
        bench
            .until(0, |port| {
                port.counters
                    .get("noise_bytes")
                    .is_some_and(|count| *count > 90_000)
            })
            .await;
    });
}

#[test]
fn a_frame_that_the_port_marks_as_damaged_is_refused_and_its_repetition_kept() {
    let bench = Bench::one_port();
    run(async {
        let manner = Manner {
            silence: None,
            marked: true,
        };
        let (mut near, _pumping) = line_with(&bench, manner);
        // An enquiry that came damaged is none.
        near.write_all(&[0xff, 0, ENQ]).await.unwrap();
        assert_eq!(ask(&mut near, &[ENQ]).await, ACK);
        let frame = last_frame(&text(1));
        let damaged = [&frame[..9], &[0xff, 0], &frame[9..]].concat();
        assert_eq!(ask(&mut near, &damaged).await, NAK);
        assert_eq!(ask(&mut near, &frame).await, ACK);
        near.write_all(&[EOT]).await.unwrap();
        assert_eq!(bench.contents().await[0].bytes, frame);
        let damaged =
            |port: &crate::health::PortHealth| port.counters.get("line_errors") == Some(&2);
        bench.until(0, damaged).await;
    });
}

#[test]
fn who_watches_sees_both_directions() {
    let bench = Bench::one_port();
    run(async {
        let mut watching = bench.contexts[0].tap.watch();
        let (mut near, _pumping) = line(&bench);
        assert_eq!(send(&mut near, &text(1)).await, ACK);
        let (mut received, mut sent) = (Vec::new(), Vec::new());
        while received.last() != Some(&EOT) {
            let (traced, lost) = watching.next().await.unwrap();
            assert_eq!(lost, 0);
            match traced.direction {
                TraceDirection::Received => received.extend_from_slice(&traced.bytes),
                TraceDirection::Sent => sent.extend_from_slice(&traced.bytes),
            }
        }
        assert_eq!(
            received,
            [&[ENQ][..], &last_frame(&text(1)), &[EOT]].concat()
        );
        assert_eq!(sent, [ACK, ACK]);
    });
}

#[test]
fn a_message_whose_end_is_the_end_of_the_connection_is_kept() {
    for (kind, bytes) in [
        (LinkKind::Records, &b"H|\\^&\rR|1|^^^K|4.1\rL|1|N"[..]),
        (LinkKind::ListenText, b"GLU 5.1\r\n"),
    ] {
        for is_replaced in [false, true] {
            let bench = Bench::one_port();
            run(async {
                let (mut near, mut far) = tokio::io::duplex(4096);
                let mut context = bench.contexts[0].clone();
                let pumping = tokio::spawn(async move {
                    let mut link = LinkSettings::standard(kind).open(Role::Computer, None);
                    pump(&mut far, &mut *link, &mut context, Manner::default()).await
                });
                let mut watching = bench.contexts[0].tap.watch();
                near.write_all(bytes).await.unwrap();
                watching.next().await.unwrap();
                if is_replaced {
                    pumping.abort();
                    let _ = pumping.await;
                } else {
                    drop(near);
                    assert!(matches!(pumping.await.unwrap(), PumpEnd::Closed(_)));
                }
                while bench.contents().await.is_empty() {
                    tokio::task::yield_now().await;
                }
                assert_eq!(bench.contents().await[0].bytes, bytes);
            });
        }
    }
}
