//! Pumps one link engine: bytes from the line in, bytes to the line out, messages to the journal, verdicts back.
//!
//! The engine alone decides what the analyzer hears; it hears "yes" only after the journal's word, which this pump passes on.

use crate::{
    board::{Board, Calls},
    clock::Clock,
    events,
    gate::Gate,
    health::{Health, Worth},
    journal::{Condition, Entry, Journal, Refusal, Stored},
    settings::PortSettings,
    stop::Stop,
    tap::Tap,
    worklist::{Counter, Desk, Moment, Plan, Work},
};
use lisiere_model::UtcMicros;
use lisiere_protocol::{
    Admission, Delivery, Initiator, KeptMessage, Link, LinkCounters, Notice, Output, Submission,
    Tick, Token, Verdict,
};
use lisiere_wire::{Capture, JournalId, LinkStats, TraceDirection};
use marks::Marks;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
    time,
};

mod ending;
mod hearing;
pub(crate) mod marks;

/// A line that takes nothing for so long is dead.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// A session under way may end within this time after the stop was asked for.
const STOP_PATIENCE: Duration = Duration::from_secs(2);
/// How often a quiet pump shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Counters and the moment last heard are reported no more often than this.
const REPORT: Duration = Duration::from_secs(1);
/// Messages of one session remembered; more are never candidates for a repetition either.
const SESSION_REMEMBERED: usize = 64;
/// Notices logged per port and minute; the rest is counted.
const NOTICES_PER_MINUTE: u32 = 6;

/// What a port's task works with.
#[derive(Clone, Debug)]
pub struct PortContext {
    /// The port.
    pub settings: PortSettings,
    /// Where messages go.
    pub journal: Journal,
    /// Where it reports.
    pub health: Health,
    /// Both clocks.
    pub clock: Clock,
    /// Tells when the appliance stops.
    pub stop: Stop,
    /// Answers the analyzer's questions, where it asks any.
    pub work: Option<Work>,
    /// Shows what goes over the line.
    pub tap: Tap,
    /// Where others ask for the line.
    pub calls: Calls,
    /// Where what they found is kept.
    pub board: Board,
}

impl PortContext {
    /// The port's name.
    pub fn name(&self) -> &str {
        self.settings.name.as_str()
    }
}

/// Why the pump returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PumpEnd {
    /// The line is gone, for this reason.
    Closed(String),
    /// Nothing was heard for so long that the line is opened anew to be sure.
    Silent,
    /// The appliance stops.
    Stopped,
}

/// What is peculiar to a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// After so long without a byte it is opened anew.
    pub silence: Option<Duration>,
    /// Whether the port marks damaged bytes and breaks (PARMRK).
    pub marked: bool,
}

/// Pumps until the line ends, falls silent for too long, or the appliance stops.
pub async fn pump<L>(
    line: &mut L,
    link: &mut dyn Link,
    context: &mut PortContext,
    manner: Manner,
) -> PumpEnd
where
    L: AsyncRead + AsyncWrite + Unpin,
{
    let now = context.clock.tick();
    let (answer, answers) = mpsc::unbounded_channel();
    let mut pump = Pump {
        link,
        counted: LinkCounters::default(),
        reported: now,
        heard: now,
        session: BTreeSet::new(),
        gate: Gate::new(NOTICES_PER_MINUTE, Duration::from_mins(1)),
        marks: manner.marked.then(Marks::default),
        answer,
        answers,
        desk: context.work.clone().map(Desk::new),
        plans: BTreeMap::new(),
        context,
    };
    let end = pump.run(line, manner.silence).await;
    pump.finish().await;
    pump.report();
    end
}

/// A verdict on its way back; at most one message waits at a time, so the channel stays short.
type Answer = (Token, Result<Stored, Refusal>);

struct Pump<'a> {
    link: &'a mut dyn Link,
    counted: LinkCounters,
    reported: Tick,
    heard: Tick,
    /// Numbers of the messages that came or were repeated in the session under way.
    session: BTreeSet<u64>,
    gate: Gate,
    /// Where the port marks damaged bytes.
    marks: Option<Marks>,
    answer: mpsc::UnboundedSender<Answer>,
    answers: mpsc::UnboundedReceiver<Answer>,
    /// Answers questions.
    desk: Option<Desk>,
    /// What is to be done about messages once they are stored.
    plans: BTreeMap<Token, Plan>,
    context: &'a mut PortContext,
}

impl Pump<'_> {
    async fn run<L>(&mut self, line: &mut L, silence: Option<Duration>) -> PumpEnd
    where
        L: AsyncRead + AsyncWrite + Unpin,
    {
        let mut buffer = vec![0; 4096];
        let mut pulse = self.context.journal.watch();
        let mut stop = self.context.stop.clone();
        let mut stopping: Option<Tick> = None;
        self.admit(&pulse.borrow_and_update().condition.clone(), false);
        loop {
            if let Err(reason) = self.drain(line).await {
                return PumpEnd::Closed(reason);
            }
            let now = self.context.clock.tick();
            self.context.health.beat(self.context.name());
            if now.since(self.reported) >= REPORT {
                self.report();
            }
            if let Some(since) = stopping
                && (self.link.is_neutral() || now.since(since) >= STOP_PATIENCE)
            {
                return PumpEnd::Stopped;
            }
            let idle = now.since(self.heard);
            if silence.is_some_and(|silence| idle >= silence && self.link.is_neutral()) {
                return PumpEnd::Silent;
            }
            let pause = self.pause(now, stopping.is_some());
            tokio::select! {
                read = line.read(&mut buffer) => match read {
                    Ok(0) => return PumpEnd::Closed("the other side closed the line".to_owned()),
                    Ok(count) => self.receive(buffer.get(..count).unwrap_or_default()),
                    Err(error) => return PumpEnd::Closed(error.to_string()),
                },
                Some((token, stored)) = self.answers.recv() => self.confirm(token, &stored),
                () = time::sleep(pause) => self.link.elapse(self.context.clock.tick()),
                changed = pulse.changed() => {
                    if changed.is_err() {
                        return PumpEnd::Closed("the journal is closed".to_owned());
                    }
                    self.admit(&pulse.borrow_and_update().condition.clone(), stopping.is_some());
                }
                () = stop.wanted(), if stopping.is_none() => {
                    stopping = Some(self.context.clock.tick());
                    self.link.admit(Admission::Busy);
                }
            }
        }
    }

    fn pause(&self, now: Tick, stopping: bool) -> Duration {
        let due = self
            .link
            .deadline()
            .map_or(HEARTBEAT, |deadline| deadline.since(now));
        let at_most = if stopping {
            Duration::from_millis(100)
        } else {
            HEARTBEAT
        };
        due.clamp(Duration::from_millis(1), at_most)
    }

    /// While the journal refuses, analyzers are told "busy" before they send anything.
    fn admit(&mut self, condition: &Condition, stopping: bool) {
        let open = *condition == Condition::Good && !stopping;
        self.link.admit(if open {
            Admission::Open
        } else {
            Admission::Busy
        });
    }

    fn confirm(&mut self, token: Token, stored: &Result<Stored, Refusal>) {
        let at = self.context.clock.now();
        self.context
            .health
            .port(self.context.name(), Worth::Noting, |port| match stored {
                Ok(Stored::New(_)) => {
                    port.messages += 1;
                    port.last_message = Some(at);
                }
                Ok(Stored::Repeat(_)) => port.repeats += 1,
                Err(_) => port.refused += 1,
            });
        if let Ok(Stored::New(seq) | Stored::Repeat(seq)) = stored {
            self.session.insert(*seq);
            if self.session.len() > SESSION_REMEMBERED {
                self.session.pop_first();
            }
        }
        let plan = self.plans.remove(&token);
        let verdict = match stored {
            Ok(_) => match plan.as_ref().and_then(|plan| plan.reply.clone()) {
                Some(reply) => Verdict::Answered { reply },
                None => Verdict::Stored,
            },
            Err(refusal) => Verdict::Refused {
                reason: refusal.to_string(),
            },
        };
        self.link.confirm(self.context.clock.tick(), token, verdict);
        // A repeated question is answered again: the analyzer has not heard the answer, or wants another.
        if let (Ok(_), Some(plan), Some(desk)) = (stored, plan, &mut self.desk) {
            let now = moment(self.context.clock);
            desk.stored(plan, &mut Mouth(self.link, now.tick), now);
        }
    }

    /// What became of a message to the analyzer.
    fn delivered(&mut self, delivery: &Delivery) {
        let Some(desk) = &mut self.desk else { return };
        let now = moment(self.context.clock);
        match delivery {
            Delivery::Sent { submission } => desk.sent(*submission, now),
            Delivery::Aborted {
                submission, reason, ..
            } => desk.aborted(*submission, *reason, &mut Mouth(self.link, now.tick), now),
        }
    }

    fn close_desk(&mut self) {
        if let Some(desk) = &mut self.desk {
            desk.line_lost(self.context.clock.now());
        }
    }

    /// Does what the engine wants done.
    async fn drain<L: AsyncWrite + Unpin>(&mut self, line: &mut L) -> Result<(), String> {
        while let Some(output) = self.link.next() {
            match output {
                Output::Send(bytes) => {
                    let write = async {
                        line.write_all(&bytes).await?;
                        line.flush().await
                    };
                    match time::timeout(WRITE_PATIENCE, write).await {
                        Ok(Ok(())) => self.show(TraceDirection::Sent, &bytes, 0),
                        Ok(Err(error)) => return Err(error.to_string()),
                        Err(_) => return Err("the line takes no bytes".to_owned()),
                    }
                }
                Output::Keep { token, message } => self.keep(token, message),
                Output::Notice(notice) => {
                    match notice {
                        Notice::SessionOpened(Initiator::Peer) => self.session.clear(),
                        // In the channel before the next message is, so that the order holds.
                        Notice::AnswersHeard => {
                            self.context.journal.settle(self.context.name()).await;
                        }
                        _ => {}
                    }
                    if let Some(untold) = self.gate.pass(self.context.clock.tick()) {
                        events::link_notice(self.context.name(), &notice, untold);
                    }
                }
                Output::Deliver(delivery) => self.delivered(&delivery),
            }
        }
        Ok(())
    }

    /// Hands a message to the journal. The task outlives the line: a message once handed over is kept, and the analyzer's
    /// repetition of it is recognised.
    fn keep(&mut self, token: Token, message: KeptMessage) {
        if let Some(desk) = &mut self.desk
            && let Some(plan) = desk.consider(&message.text, self.context.clock.now())
        {
            self.plans.insert(token, plan);
        }
        let entry = self.entry(message);
        let journal = self.context.journal.clone();
        let answer = self.answer.clone();
        tokio::spawn(async move {
            let stored = journal.store(entry).await;
            // The line may have ended meanwhile.
            let _ = answer.send((token, stored));
        });
    }

    fn entry(&self, message: KeptMessage) -> Entry {
        let wall = self.context.clock.wall();
        let age = self
            .context
            .clock
            .tick()
            .since(message.received)
            .as_micros();
        let received_at = UtcMicros(
            wall.at
                .0
                .saturating_sub(i64::try_from(age).unwrap_or(i64::MAX)),
        );
        let mut digest = [0; 32];
        digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, &message.text).as_ref());
        let counted = self
            .link
            .counters()
            .entries()
            .filter(|(_, count)| *count > 0);
        let capture = Capture {
            journal: JournalId([0; 16]),
            seq: 0,
            boot: 0,
            port: self.context.settings.name.to_string(),
            link: self.context.settings.link.kind.word().to_owned(),
            driver: self.context.settings.driver.clone(),
            received_at,
            clock: wall.quality,
            digest,
            bytes: message.bytes,
            stats: LinkStats(
                counted
                    .map(|(name, count)| (name.to_owned(), count))
                    .collect(),
            ),
        };
        Entry {
            capture,
            apart: self.session.clone(),
        }
    }

    fn report(&mut self) {
        let now = self.context.clock.tick();
        let counters = *self.link.counters();
        let last_heard = UtcMicros(
            self.context.clock.now().0
                - i64::try_from(now.since(self.heard).as_micros()).unwrap_or_default(),
        );
        let counted = self.counted;
        if counters != counted {
            self.context
                .health
                .port(self.context.name(), Worth::Noting, |port| {
                    port.add_counters(&counted, &counters);
                    port.last_heard = Some(last_heard);
                });
        }
        self.counted = counters;
        self.reported = now;
    }
}

/// The link as the desk speaks through it.
struct Mouth<'a>(&'a mut dyn Link, Tick);

impl Counter for Mouth<'_> {
    fn submit(&mut self, text: Vec<u8>) -> Option<Submission> {
        self.0.submit(self.1, text).ok()
    }

    fn withdraw(&mut self, submission: Submission) -> bool {
        self.0.withdraw(submission)
    }
}

fn moment(clock: Clock) -> Moment {
    Moment {
        at: clock.now(),
        tick: clock.tick(),
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;

#[cfg(test)]
mod clock_tests;
