//! A line on which nothing is answered: whole messages go to the journal, ours go out without waiting.

use core::time::Duration;
use std::collections::VecDeque;

use super::assembler::{Assembled, Assembler, Boundary};
use crate::block::format;
use crate::counters::LinkCounters;
use crate::engine::{
    Admission, Delivery, Engine, Initiator, KeptMessage, Notice, Output, Submission, Tick, Token,
    Verdict,
};
use crate::link::{Link, SubmitError, transmission};
use crate::lis1a::Role;
use crate::lis1a::control::{ETX, STX};
use crate::lis1a::outbox::Outbox;
use crate::retention::Retention;

/// What a listening link has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenDialect {
    /// Which side we are: a computer has nothing to say to an analyzer that only prints.
    pub role: Role,
    /// What shows where messages begin and end.
    pub boundary: Boundary,
    /// The silence that ends a message.
    pub silence: Duration,
    /// Bytes of one message; a longer one is kept in pieces.
    pub message: usize,
    /// Bytes of messages that the journal has not taken yet.
    pub retained: usize,
    /// Bytes a second at which what is sent really leaves, on a serial line.
    pub line_rate: Option<u32>,
}

impl ListenDialect {
    /// The usual times and sizes.
    pub fn new(role: Role, boundary: Boundary) -> Self {
        Self {
            role,
            boundary,
            silence: Duration::from_secs(3),
            message: 4 * 1024 * 1024,
            retained: 8 * 1024 * 1024,
            line_rate: None,
        }
    }
}

/// The engine of a line on which nothing is answered.
///
/// ```
/// use lisiere_protocol::listen::{Boundary, ListenDialect, ListenLink};
/// use lisiere_protocol::lis1a::Role;
/// use lisiere_protocol::{Engine, Output, Tick};
///
/// let dialect = ListenDialect::new(Role::Computer, Boundary::Records);
/// let mut link = ListenLink::new(dialect);
/// link.receive(Tick(0), b"H|\\^&\nL|1|N\n");
/// let kept = std::iter::from_fn(|| link.next()).find_map(|output| match output {
///     Output::Keep { message, .. } => Some(message.text),
///     _ => None,
/// });
/// assert_eq!(kept.as_deref(), Some(&b"H|\\^&\nL|1|N\n"[..]));
/// ```
pub struct ListenLink {
    dialect: ListenDialect,
    assembler: Assembler,
    retention: Retention,
    queue: VecDeque<(Submission, Vec<u8>)>,
    /// When the message under way is out.
    leaving: Option<Tick>,
    submitted: u64,
    out: Outbox,
}

impl ListenLink {
    /// A link on a quiet line.
    pub fn new(dialect: ListenDialect) -> Self {
        Self {
            assembler: Assembler::new(dialect.boundary.clone(), dialect.message),
            retention: Retention::new(dialect.retained),
            queue: VecDeque::new(),
            leaving: None,
            submitted: 0,
            out: Outbox::default(),
            dialect,
        }
    }

    fn keep(&mut self, now: Tick, assembled: Assembled) {
        let message = KeptMessage {
            bytes: assembled.bytes,
            text: assembled.text,
            completion: assembled.completion,
            session_start: assembled.started,
            received: now,
            frames: assembled.parts,
        };
        self.out.counters.sessions += 1;
        self.out.notice(Notice::SessionOpened(Initiator::Peer));
        self.retention.offer(message, &mut self.out);
    }

    fn silence_ends(&self) -> Option<Tick> {
        self.assembler
            .is_open()
            .then(|| self.assembler.last_byte().after(self.dialect.silence))
    }

    /// A message as it goes out.
    fn encode(&self, text: &[u8]) -> Vec<u8> {
        match &self.dialect.boundary {
            Boundary::Records => text.to_vec(),
            // What has control characters of its own says itself where it begins and ends.
            Boundary::Report { .. } if text.iter().any(|byte| is_binary(*byte)) => text.to_vec(),
            Boundary::Report { .. } => {
                let mut bytes = vec![STX];
                bytes.extend_from_slice(text);
                bytes.push(ETX);
                bytes
            }
            Boundary::Blocks(dialect) => format::encode(text, true, dialect.check),
        }
    }

    fn send_next(&mut self, now: Tick) {
        if self.leaving.is_some() {
            return;
        }
        let Some((_, text)) = self.queue.front() else {
            return;
        };
        let bytes = self.encode(text);
        let gone = now.after(transmission(bytes.len(), self.dialect.line_rate));
        let bare = matches!(self.dialect.boundary, Boundary::Report { .. }) && bytes == *text;
        // Where no mark says that a message is over, the silence after it does: half as long again, so that it is heard.
        self.leaving = Some(if bare {
            gone.after(self.dialect.silence.mul_f32(1.5))
        } else {
            gone
        });
        self.out.counters.frames_sent += 1;
        self.out.send(bytes);
    }
}

impl Engine for ListenLink {
    fn receive(&mut self, now: Tick, bytes: &[u8]) {
        self.elapse(now);
        for &byte in bytes {
            for assembled in self.assembler.push(now, byte, &mut self.out) {
                self.keep(now, assembled);
            }
        }
    }

    fn elapse(&mut self, now: Tick) {
        if self.silence_ends().is_some_and(|end| end <= now)
            && let Some(assembled) = self.assembler.finish(&mut self.out)
        {
            let last = self.assembler.last_byte();
            self.keep(last, assembled);
        }
        self.retention.elapse(now, &mut self.out);
        while self.leaving.is_some_and(|out| out <= now) {
            self.leaving = None;
            if let Some((submission, _)) = self.queue.pop_front() {
                self.out.counters.messages_sent += 1;
                self.out
                    .push(Output::Deliver(Delivery::Sent { submission }));
            }
            self.send_next(now);
        }
    }

    fn confirm(&mut self, now: Tick, token: Token, verdict: Verdict) {
        self.elapse(now);
        self.retention.confirm(now, token, verdict, &mut self.out);
    }

    fn next(&mut self) -> Option<Output> {
        self.out.next()
    }

    fn deadline(&self) -> Option<Tick> {
        [self.silence_ends(), self.retention.deadline(), self.leaving]
            .into_iter()
            .flatten()
            .min()
    }

    /// There is nobody to tell "busy".
    fn admit(&mut self, _: Admission) {}

    fn counters(&self) -> &LinkCounters {
        &self.out.counters
    }
}

impl Link for ListenLink {
    fn submit(&mut self, now: Tick, text: Vec<u8>) -> Result<Submission, SubmitError> {
        let prints = !matches!(self.dialect.boundary, Boundary::Records);
        if prints && self.dialect.role == Role::Computer {
            return Err(SubmitError::ListenOnly);
        }
        if text.is_empty() {
            return Err(SubmitError::Empty);
        }
        let forbidden = |(_, byte): &(usize, &u8)| match &self.dialect.boundary {
            Boundary::Blocks(dialect) => format::is_forbidden(**byte, dialect.check),
            Boundary::Report { .. } => false,
            Boundary::Records => matches!(**byte, STX | ETX),
        };
        if let Some((at, &byte)) = text.iter().enumerate().find(forbidden) {
            return Err(SubmitError::Forbidden { at, byte });
        }
        self.submitted += 1;
        let submission = Submission(self.submitted);
        self.queue.push_back((submission, text));
        self.send_next(now);
        Ok(submission)
    }

    fn withdraw(&mut self, submission: Submission) -> bool {
        match self
            .queue
            .iter()
            .position(|(known, _)| *known == submission)
        {
            None => false,
            Some(0) if self.leaving.is_some() => false,
            Some(place) => self.queue.remove(place).is_some(),
        }
    }

    fn pending(&self) -> usize {
        self.queue.len()
    }

    fn is_neutral(&self) -> bool {
        !self.assembler.is_open() && self.retention.is_empty() && self.leaving.is_none()
    }

    fn line_error(&mut self) {
        self.out.counters.line_errors += 1;
        self.assembler.spoil();
    }
}

/// Whether a byte does not belong into print text.
const fn is_binary(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B)
}
