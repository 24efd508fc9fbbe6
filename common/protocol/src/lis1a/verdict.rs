//! The verdict of the journal and the answer that waits for it: in time, too late, or never.

use super::control::{ACK, NAK};
use super::receiver::{Answer, Arrival, Context, Late, Receiver, State};
use crate::engine::{Completion, Notice, Tick, Token, Verdict};

impl Receiver {
    pub(super) fn confirm(
        &mut self,
        now: Tick,
        token: Token,
        verdict: Verdict,
        context: &mut Context<'_>,
    ) {
        if self.retention.awaits(token) {
            return self.retention.confirm(now, token, verdict, context.out);
        }
        let stored = context.out.is_stored(verdict);
        let counters = &mut context.out.counters;
        let waiting =
            matches!(&self.state, State::Deciding { token: waiting, .. } if *waiting == token);
        let late = self.late.as_ref().is_some_and(|late| late.token == token);
        if waiting || late {
            counters.messages_stored += u64::from(stored);
            counters.messages_refused += u64::from(!stored);
        }
        if waiting {
            let answer = self.settle(now, stored, context);
            self.release(now, answer, context);
            return;
        }
        counters.late_verdicts += 1;
        if !late {
            return;
        }
        // Too late for an answer. When the frame comes again it is known and gets its ACK without being kept twice.
        let Some(Late {
            frame, answered, ..
        }) = self.late.take()
        else {
            return;
        };
        if let (false, Some(message)) = (stored, answered) {
            self.retention.hold(now, message, context.out);
        }
        if let (true, Some(frame), State::Receiving { session, .. }) =
            (stored, frame, &mut self.state)
        {
            session.complete(frame);
        }
    }

    /// The verdict is there in time: back to receiving, with the answer to give.
    fn settle(&mut self, now: Tick, stored: bool, context: &mut Context<'_>) -> Answer {
        let State::Deciding {
            mut session,
            frame,
            since,
            heard,
            ..
        } = std::mem::replace(&mut self.state, State::Neutral)
        else {
            return Answer::Nothing;
        };
        let Some(frame) = frame else {
            if !stored {
                let message = session.message(None, Completion::NoTerminator, since);
                self.retention.hold(now, message, context.out);
            } else if heard {
                context.out.notice(Notice::AnswersHeard);
            }
            return Answer::Nothing;
        };
        if stored {
            session.complete(frame);
            session.acknowledge(since, now);
        } else {
            session.dispute();
        }
        self.state = State::Receiving {
            session,
            until: now.after(context.dialect.timers.frame),
        };
        Answer::Reply(if stored { ACK } else { NAK })
    }

    /// Looks at what came while the answer was withheld. Whoever went on without the answer does not get it any more:
    /// it would be taken for the answer to something else. Only the last event is answered.
    fn release(&mut self, now: Tick, owed: Answer, context: &mut Context<'_>) {
        let mut owed = owed;
        context.arrival = Arrival::Held;
        while !matches!(self.state, State::Deciding { .. }) {
            let Some(byte) = self.held.pop_front() else {
                break;
            };
            match self.take(now, byte, context) {
                Answer::Unchanged => {}
                answer => owed = answer,
            }
        }
        context.arrival = Arrival::Live;
        let deciding = matches!(self.state, State::Deciding { .. });
        if let (Answer::Reply(reply), false, false) =
            (owed, deciding, self.decoder.is_inside_frame())
        {
            context.out.answer(reply);
        }
    }

    /// The journal takes longer than the sender waits. A refusal makes the sender repeat the frame, which gives the
    /// journal more time; once even that could be misread, there is silence.
    pub(super) fn verdict_overdue(&mut self, now: Tick, context: &mut Context<'_>) {
        let State::Deciding {
            session,
            token,
            frame,
            since,
            ..
        } = std::mem::replace(&mut self.state, State::Neutral)
        else {
            return;
        };
        let timers = &context.dialect.timers;
        context.out.counters.verdict_timeouts += 1;
        context.out.notice(Notice::VerdictLate);
        let mut answer = Answer::Nothing;
        let answered = frame
            .is_none()
            .then(|| session.message(None, Completion::NoTerminator, since));
        if frame.is_some() {
            self.state = State::Receiving {
                session,
                until: now.after(timers.frame),
            };
            if now.since(since) <= timers.answer_limit {
                answer = Answer::Reply(NAK);
            }
        }
        self.late = Some(Late {
            token,
            frame,
            answered,
        });
        self.release(now, answer, context);
    }
}
