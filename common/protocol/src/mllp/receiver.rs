//! The receiving half: gives messages out to be kept, one at a time and in order, and answers each after its verdict.

use std::collections::VecDeque;

use super::answer::{Outcome, Plan};
use super::dialect::{AnswerPolicy, Envelope, MllpDialect};
use super::memory::{Fingerprint, Memory};
use super::{block, hybrid};
use crate::engine::{Admission, FrameFault, Initiator, KeptMessage, Notice, Tick, Token, Verdict};
use crate::hl7::Header;
use crate::lis1a::outbox::Outbox;
use crate::retention::{Retention, lose};

/// Messages that wait at most, however small: each costs more than its text.
const WAITING: usize = 4096;

pub(super) struct Receiver {
    /// The message with the journal.
    deciding: Option<Deciding>,
    /// Whole messages behind it.
    waiting: VecDeque<(Origin, KeptMessage)>,
    waiting_bytes: usize,
    memory: Memory,
    /// Messages that were refused without anybody hearing it.
    retention: Retention,
    admission: Admission,
}

struct Deciding {
    token: Token,
    origin: Origin,
    /// The message once more, where its sender would not hear of a refusal.
    copy: Option<KeptMessage>,
}

/// What is needed to answer a message.
pub(super) struct Origin {
    /// The header segment; empty when there is none, and no answer possible.
    header: Vec<u8>,
    plan: Option<Plan>,
    print: Fingerprint,
    envelope: Envelope,
}

impl Origin {
    /// Where a message with this text comes from. An answer of the other side is answered differently.
    pub(super) fn of(
        text: &[u8],
        envelope: Envelope,
        policy: AnswerPolicy,
        is_answer: bool,
    ) -> Self {
        let header = Header::read(text);
        let plan = header.map(|header| {
            if is_answer {
                Plan::of_answer(&header, policy)
            } else {
                Plan::of(&header, policy)
            }
        });
        let control_id = header.map_or(&[][..], |header| header.control_id().raw());
        Self {
            header: header.map_or(Vec::new(), |header| header.segment().raw().to_vec()),
            plan,
            print: Fingerprint::of(control_id, text),
            envelope,
        }
    }

    /// Of a damaged message. It gets no answer, for what it asks for is not to be trusted, and it repeats nothing.
    pub(super) fn of_damaged(text: &[u8], envelope: Envelope) -> Self {
        Self {
            header: Vec::new(),
            plan: None,
            print: Fingerprint::of(&[], text),
            envelope,
        }
    }

    /// Whether the sender hears of a refusal, and so sends the message again.
    pub(super) fn hears_refusals(&self) -> bool {
        self.plan.is_some_and(Plan::hears_refusals)
    }

    /// The blocks that answer it.
    fn answer(
        &self,
        policy: AnswerPolicy,
        outcome: Outcome<'_>,
        own: Option<Vec<u8>>,
    ) -> Vec<Vec<u8>> {
        let (Some(header), Some(plan)) = (Header::read(&self.header), self.plan) else {
            return Vec::new();
        };
        let texts = plan.texts(&header, policy, outcome, own);
        texts
            .into_iter()
            .map(|text| enclose(&text, self.envelope))
            .collect()
    }
}

/// A message in its block; in a plain one where it is too large for the other.
pub(super) fn enclose(text: &[u8], envelope: Envelope) -> Vec<u8> {
    match envelope {
        Envelope::Plain => None,
        Envelope::Hybrid => hybrid::seal(text),
    }
    .unwrap_or_else(|| block(text))
}

impl Receiver {
    pub(super) fn new(dialect: &MllpDialect) -> Self {
        Self {
            deciding: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            memory: Memory::default(),
            retention: Retention::new(dialect.limits.waiting),
            admission: Admission::default(),
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.deciding.is_none() && self.waiting.is_empty() && self.retention.is_empty()
    }

    pub(super) fn deadline(&self) -> Option<Tick> {
        self.retention.deadline()
    }

    pub(super) fn elapse(&mut self, now: Tick, out: &mut Outbox) {
        self.retention.elapse(now, out);
    }

    pub(super) fn admit(&mut self, admission: Admission) {
        self.admission = admission;
    }

    /// A whole message has come.
    pub(super) fn take(
        &mut self,
        now: Tick,
        origin: Origin,
        message: KeptMessage,
        dialect: &MllpDialect,
        out: &mut Outbox,
    ) {
        out.counters.sessions += 1;
        if let Some(blocks) = self
            .memory
            .recall(now, &origin.print, dialect.timers.repetition)
        {
            out.counters.duplicate_messages += 1;
            out.notice(Notice::MessageRepeated);
            return say(blocks, out);
        }
        if self.is_under_way(&origin.print) {
            // Its answer is still to come, and will do for both.
            out.counters.duplicate_messages += 1;
            out.notice(Notice::MessageRepeated);
            return;
        }
        // Whoever hears no refusal would not send the message again: its only chance is to be kept.
        let full = self.waiting.len() >= WAITING
            || self.waiting_bytes + message.text.len() > dialect.limits.waiting;
        if origin.hears_refusals() && (self.admission == Admission::Busy || full) {
            out.counters.busy_answers += 1;
            out.notice(Notice::AnsweredBusy);
            return refuse(&origin, "busy, please send again", dialect, out);
        }
        if full && !self.waiting.is_empty() {
            return lose(message.bytes.len(), out);
        }
        self.waiting_bytes += message.text.len();
        self.waiting.push_back((origin, message));
        self.give_out(out);
    }

    fn is_under_way(&self, print: &Fingerprint) -> bool {
        let deciding = self.deciding.iter().map(|deciding| &deciding.origin);
        let waiting = self.waiting.iter().map(|(origin, _)| origin);
        deciding
            .chain(waiting)
            .any(|origin| origin.print.repeats(print))
    }

    fn give_out(&mut self, out: &mut Outbox) {
        if self.deciding.is_some() {
            return;
        }
        let Some((origin, message)) = self.waiting.pop_front() else {
            return;
        };
        self.waiting_bytes = self.waiting_bytes.saturating_sub(message.text.len());
        // Each message stands alone: one that comes again is a repetition, in whatever order.
        out.notice(Notice::SessionOpened(Initiator::Peer));
        let copy = (!origin.hears_refusals()).then(|| message.clone());
        self.deciding = Some(Deciding {
            token: out.keep(message),
            origin,
            copy,
        });
    }

    pub(super) fn confirm(
        &mut self,
        now: Tick,
        token: Token,
        verdict: Verdict,
        dialect: &MllpDialect,
        out: &mut Outbox,
    ) {
        if self.retention.awaits(token) {
            return self.retention.confirm(now, token, verdict, out);
        }
        let Some(Deciding { origin, copy, .. }) =
            self.deciding.take_if(|waiting| waiting.token == token)
        else {
            out.counters.late_verdicts += 1;
            return;
        };
        let is_question = matches!(verdict, Verdict::Answered { .. });
        let own = match verdict {
            Verdict::Stored => None,
            Verdict::Answered { reply } => Some(reply),
            Verdict::Refused { reason } => {
                out.counters.messages_refused += 1;
                refuse(&origin, &reason, dialect, out);
                out.notice(Notice::MessageRefused { reason });
                if let Some(message) = copy {
                    self.retention.hold(now, message, out);
                }
                return self.give_out(out);
            }
        };
        out.counters.messages_stored += 1;
        let blocks = origin.answer(dialect.answers, Outcome::Stored, own);
        out.counters.acks_sent += u64::from(!blocks.is_empty());
        if !is_question {
            self.memory.remember(now, origin.print, &blocks);
        }
        say(blocks, out);
        self.give_out(out);
    }
}

/// Says that a message was not taken, in words, to whoever wants to hear it.
pub(super) fn refuse(origin: &Origin, reason: &str, dialect: &MllpDialect, out: &mut Outbox) {
    let blocks = origin.answer(dialect.answers, Outcome::Refused { reason }, None);
    out.counters.naks_sent += u64::from(!blocks.is_empty());
    say(blocks, out);
}

/// Says that a block came damaged, where the protocol has a word for it.
pub(super) fn refuse_block(fault: hybrid::Fault, out: &mut Outbox) {
    let told = match fault {
        hybrid::Fault::Count { found, counted } => FrameFault::Length { counted, found },
        hybrid::Fault::Checksum { computed, found } => FrameFault::Checksum { computed, found },
        hybrid::Fault::Shape => FrameFault::Shape,
        hybrid::Fault::TooLong => FrameFault::TooLong {
            limit: hybrid::LARGEST,
        },
        hybrid::Fault::Line => FrameFault::Line,
    };
    out.count_fault(told);
    out.notice(Notice::FrameRefused(told));
    out.counters.naks_sent += 1;
    out.send(hybrid::refusal(fault));
}

fn say(blocks: Vec<Vec<u8>>, out: &mut Outbox) {
    for block in blocks {
        out.send(block);
    }
}
