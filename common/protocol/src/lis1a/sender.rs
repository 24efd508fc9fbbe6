//! The sending half of a link (LIS01-A2 §6.2 and §6.3): asks for the line, sends frames, repeats what is refused.

use std::collections::VecDeque;
use std::time::Duration;

use super::control::{ACK, ENQ, EOT, NAK};
use super::dialect::{Dialect, Role};
use super::frame;
use super::outbox::Outbox;
use super::plan::piece;
use crate::engine::{AbortReason, Delivery, Initiator, Notice, Output, Submission, Tick};

pub(super) struct Sender {
    state: State,
    queue: VecDeque<Outgoing>,
    submitted: u64,
}

enum State {
    /// Nothing under way; no enquiry before this moment.
    Idle { not_before: Tick },
    /// The other side has precedence, up to this moment or until it has had its session.
    GivingWay { until: Tick },
    /// ENQ is out.
    Enquiring { until: Tick },
    /// A frame is out.
    AwaitingReply(Transfer),
}

struct Transfer {
    number: u8,
    /// The frame as sent, for sending it again.
    frame: Vec<u8>,
    /// Where the text after this frame begins.
    next: usize,
    refusals: u32,
    /// No answer can come before: the frame is not out yet.
    earliest: Tick,
    until: Tick,
    reply: Reply,
}

enum Reply {
    Due,
    /// Something came that is no reply; the real one may follow at once.
    Garbled,
}

struct Outgoing {
    submission: Submission,
    text: Vec<u8>,
    enquiries: u32,
    attempts: u32,
}

impl Sender {
    pub(super) fn new() -> Self {
        Self {
            state: State::Idle {
                not_before: Tick::default(),
            },
            queue: VecDeque::new(),
            submitted: 0,
        }
    }

    pub(super) fn submit(&mut self, text: Vec<u8>) -> Submission {
        self.submitted += 1;
        let submission = Submission(self.submitted);
        self.queue.push_back(Outgoing {
            submission,
            text,
            enquiries: 0,
            attempts: 0,
        });
        submission
    }

    /// Takes a message back that has not been begun.
    pub(super) fn withdraw(&mut self, submission: Submission) -> bool {
        let Some(index) = self
            .queue
            .iter()
            .position(|outgoing| outgoing.submission == submission)
        else {
            return false;
        };
        if index == 0 && self.owns_line() {
            return false;
        }
        self.queue.remove(index).is_some()
    }

    pub(super) fn pending(&self) -> usize {
        self.queue.len()
    }

    /// Whether bytes from the line are answers to us.
    pub(super) fn owns_line(&self) -> bool {
        matches!(
            self.state,
            State::Enquiring { .. } | State::AwaitingReply(_)
        )
    }

    /// The other side has had its session: our turn after a pause.
    pub(super) fn peer_finished(&mut self, now: Tick, dialect: &Dialect) {
        let earliest = now.after(dialect.timers.pause);
        match &mut self.state {
            State::Idle { not_before } => *not_before = earliest.max(*not_before),
            State::GivingWay { .. } => {
                self.state = State::Idle {
                    not_before: earliest,
                }
            }
            State::Enquiring { .. } | State::AwaitingReply(_) => {}
        }
    }

    /// Asks for the line when there is something to send and the time has come.
    pub(super) fn poll(&mut self, now: Tick, dialect: &Dialect, out: &mut Outbox) {
        if let State::Idle { not_before } = self.state
            && !self.queue.is_empty()
            && now >= not_before
        {
            out.counters.enquiries_sent += 1;
            out.send(vec![ENQ]);
            self.state = State::Enquiring {
                until: now.after(dialect.timers.enquiry),
            };
        }
    }

    /// An answer, while we own the line.
    pub(super) fn push(&mut self, now: Tick, byte: u8, dialect: &Dialect, out: &mut Outbox) {
        match &mut self.state {
            State::Idle { .. } | State::GivingWay { .. } => {}
            State::Enquiring { .. } => self.enquiry_answered(now, byte, dialect, out),
            State::AwaitingReply(transfer) if now < transfer.earliest => {
                out.counters.early_replies += 1;
            }
            State::AwaitingReply(transfer) => match byte {
                ACK => self.advance(now, dialect, out),
                // Without interrupts an EOT may as well be the end of the other side's own attempt. Sending the frame
                // again is right in both cases: a receiver that has it answers ACK.
                EOT if dialect.interrupt => self.interrupted(now, dialect, out),
                NAK => {
                    out.counters.naks_received += 1;
                    self.refused(now, dialect, out);
                }
                _ => {
                    out.counters.garbled_replies += 1;
                    if matches!(transfer.reply, Reply::Due) {
                        transfer.reply = Reply::Garbled;
                        transfer.until = transfer.until.min(now.after(dialect.timers.settle));
                    }
                }
            },
        }
    }

    fn enquiry_answered(&mut self, now: Tick, byte: u8, dialect: &Dialect, out: &mut Outbox) {
        let timers = &dialect.timers;
        match byte {
            ACK => {
                out.notice(Notice::SessionOpened(Initiator::Us));
                self.send_frame(now, 1, 0, dialect, out);
            }
            NAK => {
                out.counters.busy_received += 1;
                self.enquire_later(now, timers.busy, AbortReason::Busy, dialect, out);
            }
            ENQ => {
                // Contention: the instrument wins (LIS01-A2 §6.2.7).
                out.counters.contentions += 1;
                match dialect.role {
                    Role::Instrument => {
                        let wait = timers.contention_instrument;
                        self.enquire_later(now, wait, AbortReason::Contention, dialect, out);
                    }
                    Role::Computer => {
                        self.state = State::GivingWay {
                            until: now.after(timers.contention_computer),
                        };
                    }
                }
            }
            _ => out.counters.noise_bytes += 1,
        }
    }

    fn enquire_later(
        &mut self,
        now: Tick,
        wait: Duration,
        reason: AbortReason,
        dialect: &Dialect,
        out: &mut Outbox,
    ) {
        self.state = State::Idle {
            not_before: now.after(wait),
        };
        if let Some(outgoing) = self.queue.front_mut() {
            outgoing.enquiries += 1;
            if outgoing.enquiries >= dialect.retries.enquiry {
                self.fail(now, reason, dialect, out);
            }
        }
    }

    /// Sends the frame whose text begins at `from`, or closes the message when there is none.
    fn send_frame(
        &mut self,
        now: Tick,
        number: u8,
        from: usize,
        dialect: &Dialect,
        out: &mut Outbox,
    ) {
        let Some(outgoing) = self.queue.front() else {
            self.close(now, dialect, out);
            return;
        };
        let Some((range, end)) = piece(&outgoing.text, from, dialect) else {
            self.message_sent(now, number, dialect, out);
            return;
        };
        let next = range.end;
        let frame = frame::encode(number, outgoing.text.get(range).unwrap_or_default(), end);
        out.counters.frames_sent += 1;
        self.transmit(now, Transfer::new(number, frame, next), dialect, out);
    }

    fn transmit(&mut self, now: Tick, mut transfer: Transfer, dialect: &Dialect, out: &mut Outbox) {
        out.send(transfer.frame.clone());
        transfer.reply = Reply::Due;
        transfer.earliest = now.after(transmission(
            transfer.frame.len().saturating_sub(4),
            dialect,
        ));
        let sent = now.after(transmission(transfer.frame.len(), dialect));
        transfer.until = sent.after(dialect.timers.reply);
        self.state = State::AwaitingReply(transfer);
    }

    /// The frame is accepted.
    fn advance(&mut self, now: Tick, dialect: &Dialect, out: &mut Outbox) {
        if let State::AwaitingReply(Transfer { number, next, .. }) = self.state {
            self.send_frame(now, (number + 1) % 8, next, dialect, out);
        }
    }

    /// The frame is accepted, and the receiver would like the line (LIS01-A2 §6.3.5).
    fn interrupted(&mut self, now: Tick, dialect: &Dialect, out: &mut Outbox) {
        out.counters.interrupts_received += 1;
        let remains = match (&self.state, self.queue.front()) {
            (State::AwaitingReply(transfer), Some(outgoing)) => transfer.next < outgoing.text.len(),
            _ => false,
        };
        if dialect.interrupt && remains {
            out.send(vec![EOT]);
            self.fail(now, AbortReason::Interrupted, dialect, out);
            self.state = State::GivingWay {
                until: now.after(dialect.timers.interrupt),
            };
        } else {
            self.advance(now, dialect, out);
        }
    }

    fn refused(&mut self, now: Tick, dialect: &Dialect, out: &mut Outbox) {
        let State::AwaitingReply(transfer) =
            std::mem::replace(&mut self.state, State::Idle { not_before: now })
        else {
            return;
        };
        let refusals = transfer.refusals + 1;
        if refusals >= dialect.retries.frame {
            out.send(vec![EOT]);
            self.fail(now, AbortReason::Refused, dialect, out);
            return;
        }
        out.counters.frames_resent += 1;
        self.transmit(
            now,
            Transfer {
                refusals,
                ..transfer
            },
            dialect,
            out,
        );
    }

    fn message_sent(&mut self, now: Tick, number: u8, dialect: &Dialect, out: &mut Outbox) {
        if let Some(outgoing) = self.queue.pop_front() {
            out.counters.messages_sent += 1;
            out.push(Output::Deliver(Delivery::Sent {
                submission: outgoing.submission,
            }));
        }
        if dialect.chain_messages && !self.queue.is_empty() {
            self.send_frame(now, number, 0, dialect, out);
        } else {
            self.close(now, dialect, out);
        }
    }

    fn close(&mut self, now: Tick, dialect: &Dialect, out: &mut Outbox) {
        out.send(vec![EOT]);
        out.notice(Notice::SessionClosed);
        self.state = State::Idle {
            not_before: now.after(dialect.timers.pause),
        };
    }

    /// The attempt has failed: the whole message again later, or back to the caller.
    fn fail(&mut self, now: Tick, reason: AbortReason, dialect: &Dialect, out: &mut Outbox) {
        out.counters.attempts_failed += 1;
        self.state = State::Idle {
            not_before: now.after(dialect.timers.repeat),
        };
        let Some(outgoing) = self.queue.front_mut() else {
            return;
        };
        outgoing.attempts += 1;
        outgoing.enquiries = 0;
        if outgoing.attempts < dialect.retries.message {
            out.notice(Notice::AttemptFailed(reason));
        } else if let Some(Outgoing {
            submission, text, ..
        }) = self.queue.pop_front()
        {
            out.counters.messages_aborted += 1;
            out.push(Output::Deliver(Delivery::Aborted {
                submission,
                reason,
                text,
            }));
        }
    }

    /// When [`Self::elapse`] is due, given whether the line is free for an enquiry.
    pub(super) fn deadline(&self, line_is_free: bool) -> Option<Tick> {
        match &self.state {
            State::Idle { not_before } => {
                (line_is_free && !self.queue.is_empty()).then_some(*not_before)
            }
            State::GivingWay { until } => {
                (line_is_free && !self.queue.is_empty()).then_some(*until)
            }
            State::Enquiring { until } => Some(*until),
            State::AwaitingReply(transfer) => Some(transfer.until),
        }
    }

    pub(super) fn elapse(
        &mut self,
        now: Tick,
        line_is_free: bool,
        dialect: &Dialect,
        out: &mut Outbox,
    ) {
        if self
            .deadline(line_is_free)
            .is_none_or(|deadline| now < deadline)
        {
            return;
        }
        match &self.state {
            State::Idle { .. } => {}
            State::GivingWay { .. } => self.state = State::Idle { not_before: now },
            State::Enquiring { .. } => {
                out.counters.reply_timeouts += 1;
                out.send(vec![EOT]);
                self.fail(now, AbortReason::NoAnswer, dialect, out);
            }
            State::AwaitingReply(Transfer {
                reply: Reply::Garbled,
                ..
            }) => self.refused(now, dialect, out),
            State::AwaitingReply(_) => {
                out.counters.reply_timeouts += 1;
                out.send(vec![EOT]);
                self.fail(now, AbortReason::NoReply, dialect, out);
            }
        }
        if line_is_free {
            self.poll(now, dialect, out);
        }
    }
}

impl Transfer {
    fn new(number: u8, frame: Vec<u8>, next: usize) -> Self {
        let now = Tick::default();
        Self {
            number,
            frame,
            next,
            refusals: 0,
            earliest: now,
            until: now,
            reply: Reply::Due,
        }
    }
}

/// How long so many bytes are on the line.
fn transmission(bytes: usize, dialect: &Dialect) -> Duration {
    let Some(rate) = dialect.line_rate.filter(|rate| *rate > 0) else {
        return Duration::ZERO;
    };
    Duration::from_millis((bytes as u64).saturating_mul(1000) / u64::from(rate))
}
