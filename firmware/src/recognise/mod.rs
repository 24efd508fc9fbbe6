//! Finds out what stands on a line: opens it, drives the recogniser of the protocol crate, and asks the driver library which
//! models the message fits.

mod line;
mod outcome;

pub use line::Target;
pub use outcome::{Model, Outcome, SpeedFound};

use crate::{
    board::{News, Told},
    clock::Clock,
    stop::Stop,
    tap::Tap,
};
use line::{Heard, Line, Opened};
use lisiere_protocol::recognise::{Action, Finding, Options, Recogniser};
use lisiere_wire::TraceDirection;
use std::time::Duration;
use tokio::time;

/// How long to look unless told otherwise: analyzers repeat an enquiry every 10 to 30 s.
pub const PATIENCE: Duration = Duration::from_mins(5);
/// The longest wait without showing that the task is alive.
const BEAT: Duration = Duration::from_secs(1);
/// Pause before a line that was lost is opened again.
const REOPEN: Duration = Duration::from_millis(250);

/// What a recognition works with.
#[derive(Clone, Debug)]
pub struct Manner<'a> {
    /// The name of the port, or of the place in words.
    pub name: &'a str,
    /// How long to look at most.
    pub patience: Duration,
    /// Both clocks.
    pub clock: Clock,
    /// Shows what goes over the line to whoever watches it.
    pub tap: Tap,
}

/// Looks until something is found, time is over, the appliance stops or whoever asked has gone. `alive` is called at least
/// once a second.
pub async fn recognise(
    target: &Target,
    manner: Manner<'_>,
    news: &News,
    stop: &mut Stop,
    alive: impl Fn(),
) -> Told {
    let mut line = match Line::open(target).await {
        Ok(line) => line,
        Err(reason) => return Told::Failed(reason),
    };
    let finding = look(&mut line, &manner, news, stop, alive).await;
    drop(line);
    let target = target.clone();
    let name = manner.name.to_owned();
    // All profiles are read for it, which takes a moment.
    let named = tokio::task::spawn_blocking(move || Outcome::new(&name, &target, &finding)).await;
    match named {
        Ok(outcome) => Told::Outcome(Box::new(outcome)),
        Err(_) => Told::Failed("la recherche du modèle s'est interrompue ; recommencer".to_owned()),
    }
}

async fn look(
    line: &mut Line,
    manner: &Manner<'_>,
    news: &News,
    stop: &mut Stop,
    alive: impl Fn(),
) -> Finding {
    let clock = manner.clock;
    let options = match line.opened() {
        Opened::Serial { shows_errors } => Options::serial(shows_errors, manner.patience),
        Opened::Network => Options::network(manner.patience),
    };
    let mut recogniser = Recogniser::new(options, clock.tick());
    let mut trouble = None;
    loop {
        if let Some(finding) = perform(&mut recogniser, line, manner, news).await {
            return finding;
        }
        alive();
        let now = clock.tick();
        let due = recogniser.deadline().map_or(BEAT, |due| due.since(now));
        let pause = due.clamp(Duration::from_millis(1), BEAT);
        tokio::select! {
            read = line.read() => {
                let now = clock.tick();
                match read {
                    Ok(given) => {
                        trouble = None;
                        show(manner, &given);
                        for heard in given {
                            heard.tell(&mut recogniser, now);
                        }
                    }
                    Err(reason) => {
                        // Told once, however often the line is tried again.
                        if trouble.as_ref() != Some(&reason) {
                            news.progress(format!("ligne perdue : {reason}"));
                            trouble = Some(reason);
                        }
                        recogniser.elapse(now);
                        time::sleep(REOPEN).await;
                    }
                }
            }
            () = time::sleep(pause) => recogniser.elapse(clock.tick()),
            () = stop.wanted() => recogniser.stop(),
            () = news.gone() => recogniser.stop(),
        }
    }
}

fn show(manner: &Manner<'_>, heard: &[Heard]) {
    if !manner.tap.is_watched() {
        return;
    }
    let (mut bytes, mut errors) = (Vec::new(), 0);
    for heard in heard {
        match heard {
            Heard::Bytes(sound) => bytes.extend_from_slice(sound),
            Heard::Damaged(byte) => {
                bytes.push(*byte);
                errors += 1;
            }
        }
    }
    let at = || manner.clock.now();
    manner
        .tap
        .show(at, TraceDirection::Received, &bytes, errors);
}

async fn perform(
    recogniser: &mut Recogniser,
    line: &mut Line,
    manner: &Manner<'_>,
    news: &News,
) -> Option<Finding> {
    while let Some(action) = recogniser.action() {
        match action {
            Action::Open(setting) => line.set(setting),
            Action::Send(bytes) => {
                line.write(&bytes).await;
                let at = || manner.clock.now();
                manner.tap.show(at, TraceDirection::Sent, &bytes, 0);
            }
            Action::Tell(text) => news.progress(text),
            Action::Done(finding) => return Some(*finding),
        }
    }
    None
}

#[cfg(test)]
mod tests;
