//! A wall clock that is set while messages come neither reorders nor loses any (analyzer-protocols: receive time is a
//! label, the order is the journal's).

use super::*;
use crate::{
    journal::{Journal, faulty::FaultyMedium},
    testing::{ACK, BOUNDS, Bench, contents, run, send, text},
};
use lisiere_protocol::{LinkKind, LinkSettings, link::Role};
use tokio::io::DuplexStream;

const HOUR: i64 = 3_600_000_000;
const YEAR: i64 = 365 * 24 * HOUR;

fn line(bench: &Bench) -> DuplexStream {
    let (near, mut far) = tokio::io::duplex(4096);
    let mut context = bench.contexts[0].clone();
    tokio::spawn(async move {
        let mut link = LinkSettings::standard(LinkKind::Lis1a).open(Role::Computer, None);
        pump(&mut far, &mut *link, &mut context, Manner::default()).await
    });
    near
}

#[test]
fn whatever_the_wall_clock_does_messages_stay_in_order_and_none_is_lost() {
    let bench = Bench::one_port();
    run(async {
        let clock = bench.contexts[0].clock;
        let mut near = line(&bench);
        let jumps = [
            0,
            -HOUR,
            YEAR,
            -2 * YEAR,
            5 * HOUR,
            -40 * YEAR,
            40 * YEAR,
            1,
        ];
        let mut sent = 0;
        for jump in jumps {
            clock.set_by(jump);
            for _ in 0..3 {
                sent += 1;
                assert_eq!(send(&mut near, &text(sent)).await, ACK);
                // The journal is tended by the same clock: what is not confirmed stays, whatever its age seems to be.
                let tended = bench.journal.tend(clock.now(), Duration::from_secs(5));
                assert!(tended.await);
            }
        }
        let kept = bench.contents().await;
        let numbers: Vec<u64> = kept.iter().map(|capture| capture.seq).collect();
        assert_eq!(numbers, (1..=sent).collect::<Vec<_>>());
        for (capture, number) in kept.iter().zip(1..) {
            assert!(
                capture
                    .bytes
                    .windows(text(number).len())
                    .any(|part| part == text(number))
            );
        }
        // A link counts in whole milliseconds, so that two messages of one millisecond may seem to cross.
        let went_back = kept
            .windows(2)
            .filter(|pair| pair[1].received_at.0 + 1000 < pair[0].received_at.0)
            .count();
        assert_eq!(
            went_back, 3,
            "the times of reception are those of the clock"
        );
        // The same after the power failed: the order is that of the numbers.
        let left = FaultyMedium::with_image(bench.medium.synced());
        let journal = Journal::open(left, BOUNDS, UtcMicros(0)).unwrap();
        assert_eq!(contents(&journal).await, kept);
        journal.stop().await;
    });
}

#[test]
fn a_repetition_across_a_jump_of_minutes_is_still_one_message() {
    let bench = Bench::one_port();
    run(async {
        let clock = bench.contexts[0].clock;
        for jump in [0, -HOUR / 2, HOUR] {
            clock.set_by(jump);
            // A new connection each time: the analyzer never heard the answer and sends again.
            let mut near = line(&bench);
            assert_eq!(ask_for_one(&mut near).await, ACK);
            drop(near);
        }
        assert_eq!(bench.contents().await.len(), 1);
        bench.until(0, |port| port.repeats == 2).await;
    });
}

/// Sends one message and goes away before the end of the session.
async fn ask_for_one(near: &mut DuplexStream) -> u8 {
    use crate::testing::{ENQ, ask, last_frame};
    assert_eq!(ask(near, &[ENQ]).await, ACK);
    ask(near, &last_frame(&text(7))).await
}
