//! The verdict of the journal and the answer that waits for it: in time, too late, or never.

use super::decoder::Block;
use super::receiver::{Answer, Arrival, Context, Receiver, State};
use crate::engine::{Completion, KeptMessage, Notice, Tick, Token, Verdict};
use crate::lis1a::control::{ACK, NAK};

/// A verdict that is still due.
pub(super) struct Late {
    pub(super) token: Token,
    pub(super) block: Option<Block>,
    /// The message once more, when its session has ended after answers to all of its parts: nobody will send it again.
    pub(super) answered: Option<KeptMessage>,
}

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
        let waiting =
            matches!(&self.state, State::Deciding { token: waiting, .. } if *waiting == token);
        let late = self.late.as_ref().is_some_and(|late| late.token == token);
        let counters = &mut context.out.counters;
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
        // Too late for an answer. When the block comes again it is known and gets its ACK without being kept twice.
        let Some(Late {
            block, answered, ..
        }) = self.late.take()
        else {
            return;
        };
        if let (false, Some(message)) = (stored, answered) {
            self.retention.hold(now, message, context.out);
        }
        if let (true, Some(block), State::Receiving { session, .. }) =
            (stored, block, &mut self.state)
        {
            session.complete(&block);
        }
    }

    /// The verdict is there in time: back to receiving, with the answer to give.
    fn settle(&mut self, now: Tick, stored: bool, context: &mut Context<'_>) -> Answer {
        let State::Deciding {
            mut session,
            block,
            since,
            ..
        } = core::mem::replace(&mut self.state, State::Neutral)
        else {
            return Answer::Nothing;
        };
        let Some(block) = block else {
            if !stored {
                let message = session.message(None, Completion::NoTerminator, since);
                self.retention.hold(now, message, context.out);
            }
            return Answer::Nothing;
        };
        if stored {
            session.complete(&block);
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
            (owed, deciding, self.decoder.is_inside_block())
        {
            context.out.answer(reply);
        }
    }

    /// The journal takes longer than the sender waits. A refusal makes the sender repeat the block, which gives the
    /// journal more time; once even that could be misread, there is silence.
    pub(super) fn verdict_overdue(&mut self, now: Tick, context: &mut Context<'_>) {
        let State::Deciding {
            mut session,
            token,
            block,
            since,
        } = core::mem::replace(&mut self.state, State::Neutral)
        else {
            return;
        };
        let timers = &context.dialect.timers;
        context.out.counters.verdict_timeouts += 1;
        context.out.notice(Notice::VerdictLate);
        let mut answer = Answer::Nothing;
        let answered = block
            .is_none()
            .then(|| session.message(None, Completion::NoTerminator, since));
        if block.is_some() {
            session.dispute();
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
            block,
            answered,
        });
        self.release(now, answer, context);
    }
}
