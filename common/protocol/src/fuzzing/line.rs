//! Fuzz bodies of what is seen on a line: session files, gathered lines, and recognition.

use crate::engine::Tick;
use crate::recognise::{Action, Options, Recogniser};
use crate::session::{Direction, Gather, Session, head, spell, unspell};
use core::time::Duration;

/// Any text as a session file is read or refused; what is read is written and read back the same. Any bytes are spelled
/// and read back, and gathered without loss.
pub fn session_read(data: &[u8]) {
    let _ = Session::read(data);
    let file = [head(&[]).as_bytes(), data].concat();
    if let Ok(session) = Session::read(&file) {
        let again = Session::read(session.write().as_bytes());
        assert_eq!(again, Ok(session), "what is written is read back");
    }
    assert_eq!(
        unspell(&spell(data)).as_deref(),
        Ok(data),
        "bytes are spelled without loss"
    );
    let mut gather = Gather::default();
    let mut lines = gather.push(0, Direction::Received, data);
    lines.extend(gather.flush());
    let all: Vec<u8> = lines.into_iter().flat_map(|line| line.bytes).collect();
    assert_eq!(all, data, "gathering loses nothing");
}

/// Reads the bytes as a list of things that happen on a line: where reads are cut does not matter, nothing is ever said
/// but ACK after an enquiry, and there is one end.
pub fn recognise(data: &[u8]) {
    assert_eq!(
        scan(data, true),
        scan(data, false),
        "where reads are cut does not matter"
    );
}

fn scan(data: &[u8], whole: bool) -> Vec<Action> {
    let mut bytes = data.iter().copied();
    let patience = Duration::from_mins(5);
    let options = match bytes.next().unwrap_or_default() % 4 {
        0 => Options::network(patience),
        1 => Options::serial(false, patience),
        _ => Options::serial(true, patience),
    };
    let mut recogniser = Recogniser::new(options, Tick(0));
    let (mut now, mut done, mut enquiries) = (Tick(0), Vec::new(), 0_usize);
    while let Some(operation) = bytes.next() {
        let argument = bytes.next().unwrap_or_default();
        match operation % 6 {
            0 => recogniser.damaged(now, argument),
            1 | 2 => {
                now = now.after(Duration::from_millis(u64::from(argument) * 40));
                recogniser.elapse(now);
            }
            3 => {
                enquiries += 1;
                recogniser.receive(now, &[5]);
            }
            _ => {
                let run: Vec<u8> = bytes.by_ref().take(usize::from(argument % 48)).collect();
                enquiries += run.iter().filter(|byte| **byte & 0x7f == 5).count();
                if whole {
                    recogniser.receive(now, &run);
                } else {
                    for byte in run {
                        recogniser.receive(now, &[byte]);
                    }
                }
            }
        }
        done.extend(core::iter::from_fn(|| recogniser.action()));
    }
    recogniser.stop();
    done.extend(core::iter::from_fn(|| recogniser.action()));
    let mut sent = 0;
    for action in &done {
        if let Action::Send(bytes) = action {
            assert_eq!(bytes, &[6], "nothing is said but ACK");
            sent += 1;
        }
    }
    assert!(sent <= enquiries, "no ACK without an enquiry");
    let ends = done
        .iter()
        .filter(|action| matches!(action, Action::Done(_)));
    assert_eq!(ends.count(), 1, "one end");
    done
}
