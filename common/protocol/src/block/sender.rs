//! The sending half of a block link: asks for the line where that is the custom, sends blocks, repeats what is refused.

use std::collections::VecDeque;
use std::time::Duration;

use super::dialect::{BlockDialect, Ending, Opener};
use super::format::{self, SOH};
use crate::engine::{AbortReason, Delivery, Initiator, Notice, Output, Submission, Tick};
use crate::link::transmission;
use crate::lis1a::Role;
use crate::lis1a::control::{ACK, ENQ, EOT, NAK};
use crate::lis1a::outbox::Outbox;

pub(super) struct Sender {
    state: State,
    queue: VecDeque<Outgoing>,
    submitted: u64,
}

enum State {
    /// Nothing under way; nothing before this moment.
    Idle { not_before: Tick },
    /// The other side has precedence, up to this moment or until it has had its session.
    GivingWay { until: Tick },
    /// ENQ is out.
    Enquiring { until: Tick },
    /// A block is out.
    AwaitingReply(Transfer),
}

struct Transfer {
    /// The block as sent, for sending it again.
    block: Vec<u8>,
    /// Where the text after this block begins.
    next: usize,
    refusals: u32,
    /// No answer can come before: the block is not out yet.
    earliest: Tick,
    until: Tick,
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
        let place = |outgoing: &Outgoing| outgoing.submission == submission;
        match self.queue.iter().position(place) {
            None => false,
            Some(0) if self.owns_line() => false,
            Some(index) => self.queue.remove(index).is_some(),
        }
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
    pub(super) fn peer_finished(&mut self, now: Tick, dialect: &BlockDialect) {
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

    /// Asks for the line, or takes it, when there is something to send and the time has come.
    pub(super) fn poll(&mut self, now: Tick, dialect: &BlockDialect, out: &mut Outbox) {
        let State::Idle { not_before } = self.state else {
            return;
        };
        if self.queue.is_empty() || now < not_before {
            return;
        }
        match dialect.opener {
            Opener::Enquiry => {
                out.counters.enquiries_sent += 1;
                out.send(vec![ENQ]);
                self.state = State::Enquiring {
                    until: now.after(dialect.timers.enquiry),
                };
            }
            opener => {
                if opener == Opener::Heading {
                    out.send(vec![SOH]);
                }
                out.notice(Notice::SessionOpened(Initiator::Us));
                self.send_block(now, 0, dialect, out);
            }
        }
    }

    /// A byte while we own the line.
    pub(super) fn push(&mut self, now: Tick, byte: u8, dialect: &BlockDialect, out: &mut Outbox) {
        match &mut self.state {
            State::Idle { .. } | State::GivingWay { .. } => {}
            State::Enquiring { .. } => self.enquiry_answered(now, byte, dialect, out),
            State::AwaitingReply(transfer) if now < transfer.earliest => {
                out.counters.early_replies += 1;
            }
            State::AwaitingReply(_) => match byte {
                ACK => self.advance(now, dialect, out),
                NAK => {
                    out.counters.naks_received += 1;
                    self.refused(now, dialect, out);
                }
                // Blocks have no numbers, so sending one again because of a byte that is no answer would be worse than
                // waiting for the answer.
                _ => out.counters.garbled_replies += 1,
            },
        }
    }

    fn enquiry_answered(&mut self, now: Tick, byte: u8, dialect: &BlockDialect, out: &mut Outbox) {
        let timers = &dialect.timers;
        match byte {
            ACK => {
                out.notice(Notice::SessionOpened(Initiator::Us));
                self.send_block(now, 0, dialect, out);
            }
            NAK => {
                out.counters.busy_received += 1;
                self.enquire_later(now, timers.busy, AbortReason::Busy, dialect, out);
            }
            ENQ => {
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
        dialect: &BlockDialect,
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

    /// Sends the block whose text begins at `from`, or closes the message when there is none.
    fn send_block(&mut self, now: Tick, from: usize, dialect: &BlockDialect, out: &mut Outbox) {
        let Some(outgoing) = self.queue.front() else {
            self.close(now, dialect, out);
            return;
        };
        let Some(rest) = outgoing.text.get(from..).filter(|rest| !rest.is_empty()) else {
            self.message_sent(now, dialect, out);
            return;
        };
        let most = match dialect.ending {
            Ending::Etx => dialect.limits.text_sent.max(1),
            Ending::EachBlock | Ending::Types(_) => usize::MAX,
        };
        let piece = rest.get(..most).unwrap_or(rest);
        let next = from + piece.len();
        let block = format::encode(piece, piece.len() == rest.len(), dialect.check);
        out.counters.frames_sent += 1;
        self.transmit(now, block, next, 0, dialect, out);
    }

    fn transmit(
        &mut self,
        now: Tick,
        block: Vec<u8>,
        next: usize,
        refusals: u32,
        dialect: &BlockDialect,
        out: &mut Outbox,
    ) {
        out.send(block.clone());
        // The last bytes may already be with the other side while they leave here.
        let nearly = block.len().saturating_sub(2);
        let sent = now.after(transmission(block.len(), dialect.line_rate));
        self.state = State::AwaitingReply(Transfer {
            earliest: now.after(transmission(nearly, dialect.line_rate)),
            until: sent.after(dialect.timers.reply),
            block,
            next,
            refusals,
        });
    }

    /// The block is accepted.
    fn advance(&mut self, now: Tick, dialect: &BlockDialect, out: &mut Outbox) {
        if let State::AwaitingReply(Transfer { next, .. }) = self.state {
            self.send_block(now, next, dialect, out);
        }
    }

    fn refused(&mut self, now: Tick, dialect: &BlockDialect, out: &mut Outbox) {
        let State::AwaitingReply(transfer) =
            core::mem::replace(&mut self.state, State::Idle { not_before: now })
        else {
            return;
        };
        let refusals = transfer.refusals + 1;
        if refusals >= dialect.retries.frame {
            leave(dialect, out);
            self.fail(now, AbortReason::Refused, dialect, out);
            return;
        }
        out.counters.frames_resent += 1;
        self.transmit(now, transfer.block, transfer.next, refusals, dialect, out);
    }

    fn message_sent(&mut self, now: Tick, dialect: &BlockDialect, out: &mut Outbox) {
        if let Some(outgoing) = self.queue.pop_front() {
            out.counters.messages_sent += 1;
            out.push(Output::Deliver(Delivery::Sent {
                submission: outgoing.submission,
            }));
        }
        self.close(now, dialect, out);
    }

    fn close(&mut self, now: Tick, dialect: &BlockDialect, out: &mut Outbox) {
        leave(dialect, out);
        out.notice(Notice::SessionClosed);
        self.state = State::Idle {
            not_before: now.after(dialect.timers.pause),
        };
    }

    /// The attempt has failed: the whole message again later, or back to the caller.
    fn fail(&mut self, now: Tick, reason: AbortReason, dialect: &BlockDialect, out: &mut Outbox) {
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

    /// When [`Self::elapse`] is due, given whether the line is free.
    pub(super) fn deadline(&self, line_is_free: bool) -> Option<Tick> {
        let waiting = line_is_free && !self.queue.is_empty();
        match &self.state {
            State::Idle { not_before } => waiting.then_some(*not_before),
            State::GivingWay { until } => waiting.then_some(*until),
            State::Enquiring { until } => Some(*until),
            State::AwaitingReply(transfer) => Some(transfer.until),
        }
    }

    pub(super) fn elapse(
        &mut self,
        now: Tick,
        line_is_free: bool,
        dialect: &BlockDialect,
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
                leave(dialect, out);
                self.fail(now, AbortReason::NoAnswer, dialect, out);
            }
            State::AwaitingReply(_) => {
                out.counters.reply_timeouts += 1;
                leave(dialect, out);
                self.fail(now, AbortReason::NoReply, dialect, out);
            }
        }
        if line_is_free {
            self.poll(now, dialect, out);
        }
    }
}

/// Says that the session is over, where sessions are the custom.
fn leave(dialect: &BlockDialect, out: &mut Outbox) {
    if dialect.opener != Opener::None {
        out.send(vec![EOT]);
    }
}
