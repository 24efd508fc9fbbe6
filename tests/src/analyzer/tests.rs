//! The simulated analyzer against our own receiver, in one process.

use lisiere_protocol::{
    Engine as _, Output, Tick, Verdict,
    lis1a::{Dialect, Lis1Link},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use super::*;
use crate::{
    clock::Stopwatch,
    messages::{Message, Model},
};

/// Both sides' waiting times run so much faster than life.
const HASTE: u64 = 100;
/// Between two looks of the receiver at its clock.
const STEP: Duration = Duration::from_millis(5);

/// Stores everything it is given, and hangs up on the first connection after `patience` bytes.
async fn receive(listener: TcpListener, patience: usize, stored: watch::Sender<Vec<Vec<u8>>>) {
    let mut left = patience;
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut engine = Lis1Link::new(Dialect::computer());
        let watch = Stopwatch::start();
        let mut buffer = [0; 64];
        loop {
            let now = Tick(watch.millis() * HASTE);
            let n = match timeout(STEP, stream.read(&mut buffer)).await {
                Ok(Ok(n @ 1..)) => n,
                Ok(_) => break,
                Err(_) => 0,
            };
            engine.receive(now, &buffer[..n]);
            engine.elapse(now);
            while let Some(output) = engine.next() {
                match output {
                    Output::Send(bytes) => stream.write_all(&bytes).await.unwrap(),
                    Output::Keep { token, message } => {
                        stored.send_modify(|all| all.push(message.text));
                        engine.confirm(now, token, Verdict::Stored);
                    }
                    Output::Deliver(_) | Output::Notice(_) => {}
                }
            }
            if left > 0 {
                left = left.saturating_sub(n);
                if left == 0 {
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn every_message_arrives_over_a_line_that_is_bad_and_breaks() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stored, seen) = watch::channel(Vec::new());
    tokio::spawn(receive(listener, 3000, stored));
    let mut manner = Manner::plain(Dice::new(4));
    manner.haste = HASTE;
    manner.faults = Faults {
        flip: 700,
        lose: 4000,
        double: 4000,
        noise: 2000,
        silence: 0,
    };
    manner.link = Model::C311.link();
    let analyzer = Analyzer::connecting(address, manner);
    let mut dice = Dice::new(5);
    let messages: Vec<Message> = (0..30)
        .map(|n| Model::C311.message(&format!("S{n:05}"), &mut dice))
        .collect();
    let texts: Vec<Vec<u8>> = messages.iter().map(Message::text).collect();
    analyzer.load(messages);
    analyzer.emptied(Duration::from_mins(1)).await.unwrap();
    let tally = analyzer.book().tally();
    assert_eq!(tally.accepted, 30);
    assert!(tally.refusals > 0 && tally.hangups == 1, "{tally:?}");
    let seen = seen.borrow();
    assert!(
        texts.iter().all(|text| seen.contains(text)),
        "a message was changed or lost"
    );
}
