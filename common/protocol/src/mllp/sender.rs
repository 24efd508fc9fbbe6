//! The sending half: one message under way, sent again with the same control id until it is answered, never faster than
//! the other side answers.

use std::collections::VecDeque;

use core::time::Duration;

use super::answer::{Code, Said};
use super::dialect::MllpDialect;
use super::receiver::enclose;
use crate::engine::{AbortReason, Delivery, Notice, Output, Submission, Tick};
use crate::lis1a::outbox::Outbox;

/// Control ids remembered after their message has ended, to tell a late answer from a foreign one.
const REMEMBERED: usize = 32;

pub(super) struct Sender {
    queue: VecDeque<Outgoing>,
    state: State,
    submissions: u64,
    ended: VecDeque<Ended>,
    /// How long an answer may take: learnt from how long it took.
    patience: Option<Duration>,
}

struct Outgoing {
    submission: Submission,
    control_id: Vec<u8>,
    text: Vec<u8>,
    attempts: u32,
    refusals: u32,
    first_sent: Option<Tick>,
    /// Whether the other side's application has said nothing yet.
    undecided: bool,
}

struct Ended {
    control_id: Vec<u8>,
    /// Whether the application's word may still come: after a commit, or when nothing was heard in time.
    undecided: bool,
}

#[derive(Clone, Copy)]
enum State {
    /// Nothing is under way; the next message may go at that time.
    Idle { from: Tick },
    /// The first of the queue is sent, and its answer due.
    Waiting { until: Tick },
    /// The first of the queue was refused for now.
    Pausing { until: Tick },
}

/// What an answer was to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// The answer to the message under way.
    Ours,
    /// To a message that has ended already.
    Late,
    /// The application's "no" to a message that has ended without its word: it is news.
    Refusal,
    /// To nothing we sent.
    Foreign,
}

impl Sender {
    pub(super) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            state: State::Idle { from: Tick(0) },
            submissions: 0,
            ended: VecDeque::new(),
            patience: None,
        }
    }

    pub(super) fn submit(&mut self, control_id: Vec<u8>, text: Vec<u8>) -> Submission {
        self.submissions += 1;
        let submission = Submission(self.submissions);
        self.queue.push_back(Outgoing {
            submission,
            control_id,
            text,
            attempts: 0,
            refusals: 0,
            first_sent: None,
            undecided: true,
        });
        submission
    }

    pub(super) fn withdraw(&mut self, submission: Submission) -> bool {
        let under_way = usize::from(!matches!(self.state, State::Idle { .. }));
        let place = self
            .queue
            .iter()
            .skip(under_way)
            .position(|outgoing| outgoing.submission == submission);
        place.is_some_and(|place| self.queue.remove(place + under_way).is_some())
    }

    pub(super) fn pending(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle { .. })
    }

    pub(super) fn deadline(&self) -> Option<Tick> {
        match self.state {
            State::Idle { from } => (!self.queue.is_empty()).then_some(from),
            State::Waiting { until } | State::Pausing { until } => Some(until),
        }
    }

    pub(super) fn elapse(&mut self, now: Tick, dialect: &MllpDialect, out: &mut Outbox) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.state {
            State::Idle { .. } | State::Pausing { .. } => self.send(now, dialect, out),
            State::Waiting { .. } => {
                out.counters.reply_timeouts += 1;
                let patience = self.patience(dialect);
                self.patience = Some(patience.saturating_mul(2).min(dialect.timers.reply_most));
                if self.retry(now, AbortReason::NoReply, dialect, out) {
                    self.send(now, dialect, out);
                }
            }
        }
    }

    fn patience(&self, dialect: &MllpDialect) -> Duration {
        self.patience.unwrap_or(dialect.timers.reply)
    }

    fn send(&mut self, now: Tick, dialect: &MllpDialect, out: &mut Outbox) {
        let patience = self.patience(dialect);
        let Some(outgoing) = self.queue.front_mut() else {
            return;
        };
        if outgoing.attempts == 0 {
            out.counters.frames_sent += 1;
        } else {
            out.counters.frames_resent += 1;
        }
        outgoing.attempts = outgoing.attempts.saturating_add(1);
        outgoing.first_sent.get_or_insert(now);
        out.send(enclose(&outgoing.text, dialect.envelope));
        self.state = State::Waiting {
            until: now.after(patience),
        };
    }

    /// Whether the message under way may be sent once more; otherwise it has ended.
    fn retry(
        &mut self,
        now: Tick,
        reason: AbortReason,
        dialect: &MllpDialect,
        out: &mut Outbox,
    ) -> bool {
        let tried = self.queue.front().map_or(0, |outgoing| outgoing.attempts);
        if tried >= dialect.attempts {
            self.end(now, Some(reason), dialect, out);
            return false;
        }
        out.counters.attempts_failed += 1;
        out.notice(Notice::AttemptFailed(reason));
        true
    }

    /// An answer has come, for whichever message.
    pub(super) fn hear(
        &mut self,
        now: Tick,
        said: &Said<'_>,
        dialect: &MllpDialect,
        out: &mut Outbox,
    ) -> Heard {
        let control_id = said.control_id.trim_ascii();
        let is_idle = self.is_idle();
        let under_way = self.queue.front_mut().filter(|_| !is_idle);
        let ours = under_way.filter(|outgoing| outgoing.control_id == control_id);
        let Some(outgoing) = ours else {
            return self.hear_late(said, control_id);
        };
        if said.code != Code::Unknown {
            outgoing.undecided = said.is_commit;
        }
        let took = outgoing
            .first_sent
            .map_or(Duration::ZERO, |sent| now.since(sent));
        let refusals = outgoing.refusals;
        match said.code {
            Code::Accepted => {
                self.learn(took, dialect);
                self.end(now, None, dialect, out);
            }
            Code::Error => self.end(now, Some(AbortReason::Rejected), dialect, out),
            Code::Rejected => {
                out.counters.naks_received += 1;
                if self.retry(now, AbortReason::Busy, dialect, out) {
                    if let Some(outgoing) = self.queue.front_mut() {
                        outgoing.refusals = refusals.saturating_add(1);
                    }
                    let pause = dialect.timers.busy.saturating_mul(1 << refusals.min(16));
                    self.state = State::Pausing {
                        until: now.after(pause.min(dialect.timers.reply_most)),
                    };
                }
            }
            Code::Unknown => out.counters.garbled_replies += 1,
        }
        Heard::Ours
    }

    /// An answer to a message that has ended, or to none. The application's first "no" after a commit is news; what
    /// answers a repetition of ours is not.
    fn hear_late(&mut self, said: &Said<'_>, control_id: &[u8]) -> Heard {
        let known = |ended: &&mut Ended| ended.control_id == control_id;
        let Some(ended) = self.ended.iter_mut().find(known) else {
            return Heard::Foreign;
        };
        if said.is_commit || said.code == Code::Unknown || !ended.undecided {
            return Heard::Late;
        }
        ended.undecided = false;
        if said.code == Code::Accepted {
            Heard::Late
        } else {
            Heard::Refusal
        }
    }

    /// Twice as long as it took, counted from the first time the message was sent: which of several sendings was
    /// answered cannot be known, and too much patience costs less than a flood.
    fn learn(&mut self, took: Duration, dialect: &MllpDialect) {
        let timers = &dialect.timers;
        let most = timers.reply_most.max(timers.reply);
        self.patience = Some(took.saturating_mul(2).clamp(timers.reply, most));
    }

    /// The other side got a damaged block (hybrid protocol): it is sent again at once.
    pub(super) fn refused_by_link(&mut self, now: Tick, dialect: &MllpDialect, out: &mut Outbox) {
        if !matches!(self.state, State::Waiting { .. }) {
            out.counters.early_replies += 1;
            return;
        }
        out.counters.naks_received += 1;
        if self.retry(now, AbortReason::Refused, dialect, out) {
            self.send(now, dialect, out);
        }
    }

    fn end(
        &mut self,
        now: Tick,
        failed: Option<AbortReason>,
        dialect: &MllpDialect,
        out: &mut Outbox,
    ) {
        let Some(outgoing) = self.queue.pop_front() else {
            return;
        };
        self.ended.truncate(REMEMBERED - 1);
        self.ended.push_front(Ended {
            control_id: outgoing.control_id,
            undecided: outgoing.undecided,
        });
        let submission = outgoing.submission;
        let delivery = if let Some(reason) = failed {
            out.counters.messages_aborted += 1;
            Delivery::Aborted {
                submission,
                reason,
                text: outgoing.text,
            }
        } else {
            out.counters.messages_sent += 1;
            Delivery::Sent { submission }
        };
        out.push(Output::Deliver(delivery));
        self.state = State::Idle {
            from: now.after(dialect.timers.pause),
        };
        self.elapse(now, dialect, out);
    }
}
