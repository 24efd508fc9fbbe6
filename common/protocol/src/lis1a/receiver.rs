//! The receiving half of a link (LIS01-A2 §6.3): answers frames, and the frame that completes a message only after the
//! journal's verdict.

use std::collections::VecDeque;

use super::control::{ACK, CR, ENQ, EOT, LF, NAK};
use super::decoder::{Decoder, Event};
use super::dialect::{Dialect, HeaderPolicy, TerminatorPolicy};
use super::frame::{Frame, FrameEnd};
use super::outbox::Outbox;
use super::session::Session;
use crate::engine::{
    Admission, Completion, Deviation, DropCause, FrameFault, Initiator, KeptMessage, Notice, Tick,
    Token,
};
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
    admission: Admission,
}

pub(super) enum State {
    Neutral,
    /// Waiting for a frame or the end of the session.
    Receiving {
        session: Session,
        until: Tick,
    },
    /// A message is with the journal; the answer to its last frame is withheld. Without a frame the session is over,
    /// and what comes next waits all the same.
    Deciding {
        session: Session,
        token: Token,
        frame: Option<Frame>,
        since: Tick,
        /// Whether the sender has shown, by ending the session, that it heard our last ACK.
        heard: bool,
    },
}

pub(super) struct Late {
    pub(super) token: Token,
    pub(super) frame: Option<Frame>,
    /// The message once more, when its session has ended after answers to all of its parts: nobody will send it again.
    pub(super) answered: Option<KeptMessage>,
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
    pub(super) dialect: &'a Dialect,
    pub(super) out: &'a mut Outbox,
    /// Whether our side has something urgent to send.
    pub(super) wants_line: bool,
    /// How the bytes came to be looked at.
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
            admission: Admission::Open,
        }
    }

    pub(super) fn is_neutral(&self) -> bool {
        matches!(self.state, State::Neutral)
    }

    pub(super) fn admit(&mut self, admission: Admission) {
        self.admission = admission;
    }

    fn is_busy(&self) -> bool {
        self.admission == Admission::Busy || !self.retention.is_empty()
    }

    pub(super) fn spoil(&mut self) {
        self.decoder.spoil();
    }

    pub(super) fn push(&mut self, now: Tick, byte: u8, context: &mut Context<'_>) {
        if let Answer::Reply(reply) = self.take(now, byte, context) {
            context.out.answer(reply);
        }
    }

    /// Looks at one byte and says what it calls for.
    pub(super) fn take(&mut self, now: Tick, byte: u8, context: &mut Context<'_>) -> Answer {
        match &mut self.state {
            State::Neutral => match byte {
                ENQ => self.open(now, context),
                CR | LF => Answer::Unchanged,
                _ => {
                    context.out.counters.noise_bytes += 1;
                    Answer::Unchanged
                }
            },
            State::Deciding { .. } => {
                self.hold(byte, context);
                Answer::Unchanged
            }
            State::Receiving { .. } => self.decode(now, byte, context),
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

    fn decode(&mut self, now: Tick, byte: u8, context: &mut Context<'_>) -> Answer {
        let step = self.decoder.push(now, byte, context.dialect);
        if let (true, State::Receiving { until, .. }) =
            (self.decoder.is_inside_frame(), &mut self.state)
        {
            // A long frame on a slow line is not silence.
            *until = now.after(context.dialect.timers.frame);
        }
        let answer = step
            .event
            .map_or(Answer::Unchanged, |event| self.handle(now, event, context));
        if step.consumed {
            return answer;
        }
        // The byte ended a frame and is something of its own. The answer to the frame goes out before it is looked at;
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

    fn handle(&mut self, now: Tick, event: Event, context: &mut Context<'_>) -> Answer {
        match event {
            Event::Noise => {
                context.out.counters.noise_bytes += 1;
                Answer::Unchanged
            }
            Event::Control(ENQ) => self.restart(now, context),
            Event::Control(_) => {
                self.end_session(now, DropCause::SessionEnded, context);
                Answer::Nothing
            }
            Event::Frame(Ok(frame)) => self.frame(now, frame, context),
            Event::Frame(Err(fault)) => self.refuse(now, fault, context),
        }
    }

    /// An enquiry on a free line.
    fn open(&mut self, now: Tick, context: &mut Context<'_>) -> Answer {
        if self.is_busy() || self.late.is_some() {
            return busy(context);
        }
        context.out.counters.sessions += 1;
        context.out.notice(Notice::SessionOpened(Initiator::Peer));
        self.decoder.reset();
        self.state = State::Receiving {
            session: Session::new(now),
            until: now.after(context.dialect.timers.frame),
        };
        Answer::Reply(ACK)
    }

    /// An enquiry inside a session: the sender began again (LIS01-A2 §6.4).
    fn restart(&mut self, now: Tick, context: &mut Context<'_>) -> Answer {
        let mut disputed = false;
        if let State::Receiving { session, .. } = &mut self.state {
            context
                .out
                .tolerate(Deviation::RepeatedEnquiry, &mut session.told);
            disputed = session.is_disputed();
        }
        self.end_session(now, DropCause::Restarted, context);
        if !self.is_neutral() {
            // The message before is with the journal: the enquiry is answered after it.
            self.held.push_front(ENQ);
            return Answer::Nothing;
        }
        // When the enquiry is noise, an ACK for it would be taken for the answer to the refused frame. "Busy" is right
        // in both cases: a frame is sent again, an enquiry too.
        if disputed {
            busy(context)
        } else {
            self.open(now, context)
        }
    }

    /// The session is over, for whatever reason. What is not a whole message is dropped: the sender has it still.
    fn end_session(&mut self, now: Tick, cause: DropCause, context: &mut Context<'_>) {
        self.decoder.reset();
        if let Some(late) = &mut self.late {
            late.frame = None;
        }
        let State::Receiving { mut session, .. } =
            std::mem::replace(&mut self.state, State::Neutral)
        else {
            return;
        };
        let held = context.arrival == Arrival::Held;
        // Some senders begin the next session without ending this one; that they go on at once says the same.
        let heard = cause != DropCause::Silence && session.is_heard(now, held, context.dialect);
        let heard = heard && self.late.is_none();
        let out = &mut *context.out;
        if session.may_end_here()
            && context.dialect.terminator == TerminatorPolicy::RecordOrSessionEnd
        {
            out.tolerate(Deviation::MissingTerminator, &mut session.told);
            let token = out.keep(session.message(None, Completion::NoTerminator, now));
            self.state = State::Deciding {
                session,
                token,
                frame: None,
                since: now,
                heard,
            };
        } else if session.text_len() > 0 {
            out.counters.incomplete_dropped += 1;
            out.notice(Notice::MessageDropped {
                cause,
                bytes: session.text_len(),
            });
        } else if heard && session.ends_with_stored() {
            out.notice(Notice::AnswersHeard);
        }
        if cause == DropCause::SessionEnded {
            out.notice(Notice::SessionClosed);
        }
    }

    fn frame(&mut self, now: Tick, frame: Frame, context: &mut Context<'_>) -> Answer {
        let State::Receiving { session, until } = &mut self.state else {
            return Answer::Unchanged;
        };
        *until = now.after(context.dialect.timers.frame);
        if let Some(late) = self.late.take() {
            return self.frame_while_late(now, frame, late, context);
        }
        if session.is_repetition(&frame) {
            context.out.counters.duplicate_frames += 1;
            session.acknowledge_again(now);
            return Answer::Reply(ACK);
        }
        let expected = session.expected();
        if session.is_derailed() || frame.number != expected {
            session.derail();
            let fault = FrameFault::Sequence {
                expected,
                found: frame.number,
            };
            return self.refuse(now, fault, context);
        }
        let limit = context.dialect.limits.message;
        if session.text_len() + frame.text().len() > limit {
            return self.refuse(now, FrameFault::TooLong { limit }, context);
        }
        if context.dialect.header == HeaderPolicy::Required && session.lacks_header(&frame) {
            return self.refuse(now, FrameFault::NoHeader, context);
        }
        for deviation in &frame.deviations {
            context.out.tolerate(*deviation, &mut session.told);
        }
        context.out.counters.forbidden_bytes += frame.forbidden;
        context.out.counters.frames_accepted += 1;
        match completion(session, &frame, context.dialect) {
            None => {
                session.append(frame);
                session.acknowledge(now, now);
                Answer::Reply(if context.wants_line { EOT } else { ACK })
            }
            Some(completion) => {
                if completion == Completion::NoTerminator {
                    context
                        .out
                        .tolerate(Deviation::MissingTerminator, &mut session.told);
                }
                let token = context
                    .out
                    .keep(session.message(Some(&frame), completion, now));
                self.decide(now, token, Some(frame));
                Answer::Nothing
            }
        }
    }

    /// The journal has not answered yet for a frame that was therefore refused: only that frame may come again.
    fn frame_while_late(
        &mut self,
        now: Tick,
        frame: Frame,
        late: Late,
        context: &mut Context<'_>,
    ) -> Answer {
        if late
            .frame
            .as_ref()
            .is_some_and(|waiting| waiting.repeats(&frame))
        {
            self.decide(now, late.token, Some(frame));
            return Answer::Nothing;
        }
        let expected = late
            .frame
            .as_ref()
            .map_or(frame.number, |waiting| waiting.number);
        self.late = Some(late);
        self.refuse(
            now,
            FrameFault::Sequence {
                expected,
                found: frame.number,
            },
            context,
        )
    }

    fn decide(&mut self, now: Tick, token: Token, frame: Option<Frame>) {
        match std::mem::replace(&mut self.state, State::Neutral) {
            State::Receiving { session, .. } | State::Deciding { session, .. } => {
                self.state = State::Deciding {
                    session,
                    token,
                    frame,
                    since: now,
                    heard: false,
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

    pub(super) fn deadline(&self, dialect: &Dialect) -> Option<Tick> {
        let session = self.session_deadline(dialect);
        session.into_iter().chain(self.retention.deadline()).min()
    }

    fn session_deadline(&self, dialect: &Dialect) -> Option<Tick> {
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
        match &mut self.state {
            State::Neutral => {}
            State::Receiving { .. } if self.decoder.is_inside_frame() => {
                let event = self.decoder.elapse(context.dialect);
                let answer =
                    event.map_or(Answer::Nothing, |event| self.handle(now, event, context));
                if let Answer::Reply(reply) = answer {
                    context.out.answer(reply);
                }
            }
            State::Receiving { .. } => {
                context.out.counters.session_timeouts += 1;
                self.end_session(now, DropCause::Silence, context);
            }
            State::Deciding { .. } => self.verdict_overdue(now, context),
        }
    }
}

fn busy(context: &mut Context<'_>) -> Answer {
    context.out.counters.busy_answers += 1;
    context.out.notice(Notice::AnsweredBusy);
    Answer::Reply(NAK)
}

/// Whether a frame completes the message, and how that is known.
fn completion(session: &Session, frame: &Frame, dialect: &Dialect) -> Option<Completion> {
    if frame.end != FrameEnd::Last {
        return None;
    }
    let whole = session.text_len() + frame.text().len() > 0;
    match dialect.terminator {
        _ if session.terminated_by(frame) => Some(Completion::Terminated),
        TerminatorPolicy::LastFrame if whole => Some(Completion::NoTerminator),
        _ => None,
    }
}
