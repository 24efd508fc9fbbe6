//! Messages that the journal has not taken yet, and that nobody will send again: offered until they are stored.

use core::time::Duration;
use std::collections::VecDeque;

use crate::engine::{DropCause, KeptMessage, Notice, Tick, Token, Verdict};
use crate::lis1a::outbox::Outbox;

/// Between a refusal and the next offer.
const AGAIN: Duration = Duration::from_secs(5);
/// What a message costs beside its bytes and its text.
const BESIDE: usize = 256;

pub(crate) struct Retention {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    bound: usize,
}

struct Waiting {
    message: KeptMessage,
    state: State,
}

enum State {
    /// With the journal.
    Offered(Token),
    /// Refused; to be offered again then.
    Refused(Tick),
}

impl Retention {
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            bytes: 0,
            bound,
        }
    }

    /// Gives a message to the journal and holds it until the journal has it.
    pub(crate) fn offer(&mut self, message: KeptMessage, out: &mut Outbox) {
        if !self.has_room(&message, out) {
            return;
        }
        // Nobody waits for an answer, so nobody repeats: one that equals an earlier one is another one.
        out.notice(Notice::AnswersHeard);
        let token = out.keep(message.clone());
        self.waiting.push_back(Waiting {
            message,
            state: State::Offered(token),
        });
    }

    /// Holds a message that the journal has refused just now.
    pub(crate) fn hold(&mut self, now: Tick, message: KeptMessage, out: &mut Outbox) {
        if self.has_room(&message, out) {
            self.waiting.push_back(Waiting {
                message,
                state: State::Refused(now.after(AGAIN)),
            });
        }
    }

    fn has_room(&mut self, message: &KeptMessage, out: &mut Outbox) -> bool {
        let size = weight(message);
        // One message always fits, however large: its size has a bound of its own.
        if !self.waiting.is_empty() && self.bytes + size > self.bound {
            lose(message.bytes.len(), out);
            return false;
        }
        self.bytes += size;
        true
    }

    /// Whether a verdict is for one of these messages.
    pub(crate) fn awaits(&self, token: Token) -> bool {
        let offered =
            |waiting: &Waiting| matches!(waiting.state, State::Offered(known) if known == token);
        self.waiting.iter().any(offered)
    }

    pub(crate) fn confirm(&mut self, now: Tick, token: Token, verdict: Verdict, out: &mut Outbox) {
        let stored = out.is_stored(verdict);
        let offered =
            |waiting: &Waiting| matches!(waiting.state, State::Offered(known) if known == token);
        let Some(place) = self.waiting.iter().position(offered) else {
            out.counters.late_verdicts += 1;
            return;
        };
        if stored {
            out.counters.messages_stored += 1;
            if let Some(done) = self.waiting.remove(place) {
                self.bytes = self.bytes.saturating_sub(weight(&done.message));
            }
        } else {
            out.counters.messages_refused += 1;
            if let Some(waiting) = self.waiting.get_mut(place) {
                waiting.state = State::Refused(now.after(AGAIN));
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn deadline(&self) -> Option<Tick> {
        let refused = |waiting: &Waiting| match waiting.state {
            State::Refused(again) => Some(again),
            State::Offered(_) => None,
        };
        self.waiting.iter().filter_map(refused).min()
    }

    pub(crate) fn elapse(&mut self, now: Tick, out: &mut Outbox) {
        for waiting in &mut self.waiting {
            if matches!(waiting.state, State::Refused(again) if again <= now) {
                out.counters.offered_again += 1;
                waiting.state = State::Offered(out.keep(waiting.message.clone()));
            }
        }
    }
}

/// Tells that bytes which nobody will send again could not be held.
pub(crate) fn lose(bytes: usize, out: &mut Outbox) {
    out.counters.unkept_lost += 1;
    out.notice(Notice::MessageDropped {
        cause: DropCause::Unkept,
        bytes,
    });
}

fn weight(message: &KeptMessage) -> usize {
    message.bytes.len() + message.text.len() + BESIDE
}
