//! The receiving half of a block link: answers blocks, and the block that completes a message only after the journal's
//! verdict.

use std::collections::VecDeque;

use super::decoder::{Block, Decoder, Event};
use super::dialect::{BlockDialect, Ending, Opener};
use super::format::SOH;
use super::session::Session;
use super::verdict::Late;
use crate::engine::{
    Admission, Completion, Deviation, DropCause, FrameFault, Initiator, Notice, Tick, Token,
};
use crate::lis1a::control::{ACK, ENQ, EOT, NAK};
use crate::lis1a::outbox::Outbox;
use crate::retention::Retention;

pub(super) struct Receiver {
    pub(super) state: State,
    pub(super) decoder: Decoder,
    /// A verdict that is still due although its answer can no longer be given.
    pub(super) late: Option<Late>,
    /// Bytes that came while an answer was withheld, to be looked at after it.
    pub(super) held: VecDeque<u8>,
    /// Messages of sessions that are over, which the journal has refused. Until it takes them the answer is "busy".
    pub(super) retention: Retention,
    /// The first block of a message of several blocks that was broken off: its rest must not pass for a message.
    broken: Option<Broken>,
    admission: Admission,
}

pub(super) enum State {
    Neutral,
    /// Waiting for a block or the end of the session.
    Receiving {
        session: Session,
        until: Tick,
    },
    /// A message is with the journal; the answer to its last block is withheld. Without a block the session is over.
    Deciding {
        session: Session,
        token: Token,
        block: Option<Block>,
        since: Tick,
    },
}

/// A message of several blocks that was broken off.
struct Broken {
    first: Vec<u8>,
    /// How often something else was refused: no sender goes on for ever.
    refusals: u32,
}

/// The answer that an event calls for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The event means nothing; an answer that is still owed stays owed.
    Unchanged,
    /// No answer, and none to what came before.
    Nothing,
    /// This character.
    Reply(u8),
}

/// How bytes came to be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Just received.
    Live,
    /// Held while an answer was withheld: whoever sent them has not waited for it.
    Held,
}

/// What the receiver needs from its surroundings.
pub(super) struct Context<'a> {
    pub(super) dialect: &'a BlockDialect,
    pub(super) out: &'a mut Outbox,
    pub(super) arrival: Arrival,
}

impl Receiver {
    /// Holds messages up to this size in all.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            state: State::Neutral,
            decoder: Decoder::new(),
            late: None,
            held: VecDeque::new(),
            retention: Retention::new(limit),
            broken: None,
            admission: Admission::Open,
        }
    }

    pub(super) fn is_neutral(&self) -> bool {
        matches!(self.state, State::Neutral) && !self.decoder.is_inside_block()
    }

    /// Whether the line is free for a block of ours: between messages, where no session has been asked for.
    pub(super) fn is_idle(&self) -> bool {
        match &self.state {
            State::Neutral => !self.decoder.is_inside_block(),
            State::Receiving { session, .. } => {
                session.is_implicit
                    && session.is_between_messages()
                    && !self.decoder.is_inside_block()
            }
            State::Deciding { .. } => false,
        }
    }

    /// Whether a block has begun and has not ended.
    pub(super) fn is_inside_block(&self) -> bool {
        self.decoder.is_inside_block()
    }

    /// The port reported an error: a block under way cannot be trusted.
    pub(super) fn spoil(&mut self) {
        self.decoder.spoil();
    }

    pub(super) fn admit(&mut self, admission: Admission) {
        self.admission = admission;
    }

    fn is_busy(&self) -> bool {
        self.admission == Admission::Busy || !self.retention.is_empty()
    }

    pub(super) fn push(&mut self, now: Tick, byte: u8, context: &mut Context<'_>) {
        if let Answer::Reply(reply) = self.take(now, byte, context) {
            context.out.answer(reply);
        }
    }

    /// Looks at one byte and says what it calls for.
    pub(super) fn take(&mut self, now: Tick, byte: u8, context: &mut Context<'_>) -> Answer {
        if matches!(self.state, State::Deciding { .. }) {
            self.hold(byte, context);
            return Answer::Unchanged;
        }
        let step = self.decoder.push(now, byte, context.dialect);
        if self.decoder.is_inside_block() {
            self.open_implicitly(now, context);
            if let State::Receiving { until, .. } = &mut self.state {
                // A long block on a slow line is not silence.
                *until = now.after(context.dialect.timers.frame);
            }
        }
        let answer = step
            .event
            .map_or(Answer::Unchanged, |event| self.handle(now, event, context));
        if step.consumed {
            return answer;
        }
        // The byte ended a block and is something of its own. The answer to the block goes out before it is looked at;
        // when that answer is withheld, the byte is held as well.
        if context.arrival == Arrival::Live {
            if let Answer::Reply(reply) = answer {
                context.out.answer(reply);
            }
            return self.take(now, byte, context);
        }
        match self.take(now, byte, context) {
            Answer::Unchanged => answer,
            next => next,
        }
    }

    fn hold(&mut self, byte: u8, context: &mut Context<'_>) {
        if context.arrival != Arrival::Live {
            // It was the oldest one held, and still is.
            self.held.push_front(byte);
        } else if self.held.len() < context.dialect.limits.message {
            self.held.push_back(byte);
        } else {
            context.out.counters.noise_bytes += 1;
        }
    }

    fn handle(&mut self, now: Tick, event: Event, context: &mut Context<'_>) -> Answer {
        match event {
            Event::Noise => {
                context.out.counters.noise_bytes += 1;
                Answer::Unchanged
            }
            Event::Restarted => {
                context.out.counters.blocks_restarted += 1;
                Answer::Unchanged
            }
            Event::Control(byte) => self.control(now, byte, context),
            Event::Block(block) => self.block(now, block, context),
        }
    }

    fn control(&mut self, now: Tick, byte: u8, context: &mut Context<'_>) -> Answer {
        let is_neutral = matches!(self.state, State::Neutral);
        match (byte, context.dialect.opener) {
            (SOH, Opener::Heading) => {
                self.end_session(now, DropCause::Restarted, context);
                if matches!(self.state, State::Deciding { .. }) {
                    self.held.push_front(SOH);
                } else {
                    self.begin(now, false, context);
                }
                Answer::Nothing
            }
            (ENQ, Opener::Enquiry) if is_neutral => self.open(now, context),
            (ENQ, Opener::Enquiry) => self.restart(now, context),
            (EOT, _) if !is_neutral => {
                self.end_session(now, DropCause::SessionEnded, context);
                Answer::Nothing
            }
            _ => {
                context.out.counters.noise_bytes += 1;
                Answer::Unchanged
            }
        }
    }

    /// An enquiry on a free line.
    fn open(&mut self, now: Tick, context: &mut Context<'_>) -> Answer {
        if self.is_busy() || self.late.is_some() {
            context.out.counters.busy_answers += 1;
            context.out.notice(Notice::AnsweredBusy);
            return Answer::Reply(NAK);
        }
        self.broken = None;
        self.begin(now, false, context);
        Answer::Reply(ACK)
    }

    fn begin(&mut self, now: Tick, is_implicit: bool, context: &mut Context<'_>) {
        context.out.counters.sessions += 1;
        context.out.notice(Notice::SessionOpened(Initiator::Peer));
        self.state = State::Receiving {
            session: Session::new(now, is_implicit),
            until: now.after(context.dialect.timers.frame),
        };
    }

    /// A block comes without having been announced.
    fn open_implicitly(&mut self, now: Tick, context: &mut Context<'_>) {
        if matches!(self.state, State::Neutral) {
            self.begin(now, true, context);
            if let (true, State::Receiving { session, .. }) =
                (context.dialect.opener == Opener::Enquiry, &mut self.state)
            {
                let told = &mut session.told;
                context.out.tolerate(Deviation::EnquiryMissing, told);
            }
        }
    }

    /// An enquiry inside a session: the sender began again.
    fn restart(&mut self, now: Tick, context: &mut Context<'_>) -> Answer {
        let mut disputed = false;
        if let State::Receiving { session, .. } = &mut self.state {
            disputed = session.is_disputed();
            if !session.is_implicit {
                let told = &mut session.told;
                context.out.tolerate(Deviation::RepeatedEnquiry, told);
            }
        }
        let whole = self.broken.is_none();
        self.end_session(now, DropCause::Restarted, context);
        if matches!(self.state, State::Deciding { .. }) {
            // The message before is with the journal: the enquiry is answered after it.
            self.held.push_front(ENQ);
            return Answer::Nothing;
        }
        // When the enquiry is noise, an ACK for it would be taken for the answer to the refused block. "Busy" is right
        // in both cases: a block is sent again, an enquiry too.
        if disputed {
            context.out.counters.busy_answers += 1;
            context.out.notice(Notice::AnsweredBusy);
            return Answer::Reply(NAK);
        }
        let broken = self.broken.take();
        let answer = self.open(now, context);
        if whole {
            self.broken = broken;
        }
        answer
    }

    /// The session is over, for whatever reason. What is not a whole message is dropped: the sender has it still.
    fn end_session(&mut self, now: Tick, cause: DropCause, context: &mut Context<'_>) {
        self.decoder.reset();
        let is_kept = self.late.as_ref().is_some_and(|late| late.block.is_some());
        if let Some(late) = &mut self.late {
            late.block = None;
        }
        let State::Receiving { mut session, .. } =
            core::mem::replace(&mut self.state, State::Neutral)
        else {
            return;
        };
        let out = &mut *context.out;
        let held = context.arrival == Arrival::Held;
        if cause != DropCause::Silence
            && self.late.is_none()
            && session.is_heard(now, held, context.dialect)
        {
            out.notice(Notice::AnswersHeard);
        }
        // What is with the journal already is not kept again.
        let partial = !session.is_between_messages() && !is_kept;
        // A sender that gave up ends the session too, and begins again later with all of the message.
        let ends_well = match cause {
            DropCause::SessionEnded => session.is_answer_heard(now, held, context.dialect),
            DropCause::Silence => !session.is_disputed(),
            DropCause::Restarted | DropCause::Unkept => false,
        };
        if partial && ends_well && matches!(context.dialect.ending, Ending::Types(_)) {
            out.tolerate(Deviation::MissingTerminator, &mut session.told);
            let token = out.keep(session.message(None, Completion::NoTerminator, now));
            self.state = State::Deciding {
                session,
                token,
                block: None,
                since: now,
            };
        } else if partial {
            out.counters.incomplete_dropped += 1;
            out.notice(Notice::MessageDropped {
                cause,
                bytes: session.text_len(),
            });
            self.broken = session
                .into_first()
                .map(|first| Broken { first, refusals: 0 });
        }
        if cause == DropCause::SessionEnded {
            out.notice(Notice::SessionClosed);
        }
    }

    fn block(&mut self, now: Tick, block: Block, context: &mut Context<'_>) -> Answer {
        if let Some(fault) = block.fault {
            return self.refuse(now, fault, context);
        }
        let State::Receiving { session, until } = &mut self.state else {
            return Answer::Unchanged;
        };
        let out = &mut *context.out;
        *until = now.after(context.dialect.timers.frame);
        if let Some(late) = self.late.take() {
            return self.block_while_late(now, block, late, context);
        }
        if session.repeats(&block) {
            out.counters.duplicate_frames += 1;
            session.acknowledge_again(now);
            return Answer::Reply(ACK);
        }
        if session.begins_again(&block) {
            out.counters.incomplete_dropped += 1;
            out.notice(Notice::MessageDropped {
                cause: DropCause::Restarted,
                bytes: session.text_len(),
            });
            session.forget();
        }
        if session.is_between_messages() {
            // Twice the refusals after which a sender gives a block up, because it may not have heard each.
            let patience = context.dialect.retries.frame.saturating_mul(2);
            let is_over =
                |broken: &Broken| broken.first == block.text() || broken.refusals >= patience;
            self.broken.take_if(|broken| is_over(broken));
            if let Some(broken) = &mut self.broken {
                broken.refusals += 1;
                return self.refuse(now, FrameFault::Rest, context);
            }
            let unkept = !self.retention.is_empty();
            if unkept || (session.is_implicit && self.admission == Admission::Busy) {
                out.counters.busy_answers += 1;
                out.notice(Notice::AnsweredBusy);
                session.dispute();
                return Answer::Reply(NAK);
            }
            let held = context.arrival == Arrival::Held;
            if session.is_heard(now, held, context.dialect) && session.is_implicit {
                out.notice(Notice::AnswersHeard);
            }
        }
        let limit = context.dialect.limits.message;
        if session.text_len() + block.text().len() > limit {
            return self.refuse(now, FrameFault::TooLong { limit }, context);
        }
        for deviation in &block.deviations {
            out.tolerate(*deviation, &mut session.told);
        }
        out.counters.frames_accepted += 1;
        if context.dialect.ends_message(block.text(), block.is_last) {
            let token = out.keep(session.message(Some(&block), Completion::Terminated, now));
            self.decide(now, token, Some(block));
            Answer::Nothing
        } else {
            session.append(&block);
            session.acknowledge(now, now);
            Answer::Reply(ACK)
        }
    }

    /// The journal has not answered yet for a block that was therefore refused: only that block may come again.
    fn block_while_late(
        &mut self,
        now: Tick,
        block: Block,
        late: Late,
        context: &mut Context<'_>,
    ) -> Answer {
        let same = |waiting: &Block| waiting.text() == block.text();
        if late.block.as_ref().is_some_and(same) {
            self.decide(now, late.token, Some(block));
            return Answer::Nothing;
        }
        self.late = Some(late);
        context.out.counters.busy_answers += 1;
        context.out.notice(Notice::AnsweredBusy);
        if let State::Receiving { session, .. } = &mut self.state {
            session.dispute();
        }
        Answer::Reply(NAK)
    }

    fn decide(&mut self, now: Tick, token: Token, block: Option<Block>) {
        match core::mem::replace(&mut self.state, State::Neutral) {
            State::Receiving { session, .. } | State::Deciding { session, .. } => {
                self.state = State::Deciding {
                    session,
                    token,
                    block,
                    since: now,
                };
            }
            State::Neutral => {}
        }
    }

    fn refuse(&mut self, now: Tick, fault: FrameFault, context: &mut Context<'_>) -> Answer {
        if let State::Receiving { session, until } = &mut self.state {
            *until = now.after(context.dialect.timers.frame);
            session.dispute();
        }
        context.out.count_fault(fault);
        context.out.notice(Notice::FrameRefused(fault));
        Answer::Reply(NAK)
    }

    pub(super) fn deadline(&self, dialect: &BlockDialect) -> Option<Tick> {
        let session = self.session_deadline(dialect);
        session.into_iter().chain(self.retention.deadline()).min()
    }

    fn session_deadline(&self, dialect: &BlockDialect) -> Option<Tick> {
        match &self.state {
            State::Neutral => None,
            State::Receiving { until, .. } => {
                Some(self.decoder.deadline(dialect).unwrap_or(*until))
            }
            State::Deciding { since, .. } => Some(since.after(dialect.timers.verdict)),
        }
    }

    pub(super) fn elapse(&mut self, now: Tick, context: &mut Context<'_>) {
        self.retention.elapse(now, context.out);
        if self
            .session_deadline(context.dialect)
            .is_none_or(|deadline| now < deadline)
        {
            return;
        }
        match &self.state {
            State::Neutral => {}
            State::Receiving { .. } if self.decoder.is_inside_block() => {
                let event = self.decoder.elapse(context.dialect);
                let answer =
                    event.map_or(Answer::Nothing, |event| self.handle(now, event, context));
                if let Answer::Reply(reply) = answer {
                    context.out.answer(reply);
                }
            }
            State::Receiving { session, .. } => {
                // Analyzers that announce nothing end nothing either: their silence is no anomaly.
                if !session.is_implicit {
                    context.out.counters.session_timeouts += 1;
                }
                self.end_session(now, DropCause::Silence, context);
            }
            State::Deciding { .. } => self.verdict_overdue(now, context),
        }
    }
}
