//! One line of blocks with both roles on it: who has the line, and what a byte therefore means.

use super::dialect::{BlockDialect, Opener};
use super::format::is_forbidden;
use super::receiver::{Arrival, Context, Receiver};
use super::sender::Sender;
use crate::counters::LinkCounters;
use crate::engine::{Admission, Engine, Output, Submission, Tick, Token, Verdict};
use crate::link::{Link, SubmitError};
use crate::lis1a::Role;
use crate::lis1a::control::STX;
use crate::lis1a::outbox::Outbox;

/// The engine of a line whose blocks are answered with ACK or NAK.
///
/// ```
/// use lisiere_protocol::block::BlockLink;
/// use lisiere_protocol::lis1a::Role;
/// use lisiere_protocol::{Engine, Output, Tick, Verdict, kx};
///
/// let mut link = BlockLink::new(kx::dialect(Role::Computer));
/// link.receive(Tick(0), b"\x02D1U...\x03");
/// let mut sent = Vec::new();
/// while let Some(output) = link.next() {
///     match output {
///         Output::Send(bytes) => sent.extend(bytes),
///         Output::Keep { token, message } => {
///             assert!(sent.is_empty());
///             assert_eq!(message.text, b"D1U...");
///             link.confirm(Tick(1), token, Verdict::Stored);
///         }
///         _ => {}
///     }
/// }
/// assert_eq!(sent, b"\x06");
/// ```
pub struct BlockLink {
    dialect: BlockDialect,
    receiver: Receiver,
    sender: Sender,
    out: Outbox,
}

impl BlockLink {
    /// A link on a line that is free.
    pub fn new(dialect: BlockDialect) -> Self {
        Self {
            receiver: Receiver::new(dialect.limits.message),
            sender: Sender::new(),
            out: Outbox::default(),
            dialect,
        }
    }

    /// The dialect the link was made with.
    pub fn dialect(&self) -> &BlockDialect {
        &self.dialect
    }

    fn push(&mut self, now: Tick, byte: u8) {
        if self.sender.owns_line() && !self.gives_way(byte) {
            self.sender.push(now, byte, &self.dialect, &mut self.out);
        } else {
            self.with_receiver(now, |receiver, context| receiver.push(now, byte, context));
        }
        self.ask_for_line(now);
    }

    /// Where nobody asks for the line, a block of the analyzer may meet one of ours: the analyzer's is heard, ours gets
    /// no answer and is sent again.
    fn gives_way(&self, byte: u8) -> bool {
        self.dialect.opener != Opener::Enquiry
            && self.dialect.role == Role::Computer
            && (byte == STX || self.receiver.is_inside_block())
    }

    /// Lets the receiver work, and tells the sender when that ended a session.
    fn with_receiver(&mut self, now: Tick, work: impl FnOnce(&mut Receiver, &mut Context<'_>)) {
        let was_idle = self.receiver.is_idle();
        let mut context = Context {
            dialect: &self.dialect,
            out: &mut self.out,
            arrival: Arrival::Live,
        };
        work(&mut self.receiver, &mut context);
        if !was_idle && self.receiver.is_idle() {
            self.sender.peer_finished(now, &self.dialect);
        }
    }

    fn ask_for_line(&mut self, now: Tick) {
        if self.receiver.is_idle() {
            self.sender.poll(now, &self.dialect, &mut self.out);
        }
    }
}

impl Engine for BlockLink {
    fn receive(&mut self, now: Tick, bytes: &[u8]) {
        self.elapse(now);
        for &byte in bytes {
            self.push(now, byte);
        }
    }

    fn elapse(&mut self, now: Tick) {
        self.with_receiver(now, |receiver, context| receiver.elapse(now, context));
        let is_free = self.receiver.is_idle();
        self.sender
            .elapse(now, is_free, &self.dialect, &mut self.out);
    }

    fn confirm(&mut self, now: Tick, token: Token, verdict: Verdict) {
        self.elapse(now);
        self.with_receiver(now, |receiver, context| {
            receiver.confirm(now, token, verdict, context);
        });
        self.ask_for_line(now);
    }

    fn next(&mut self) -> Option<Output> {
        self.out.next()
    }

    fn deadline(&self) -> Option<Tick> {
        let receiving = self.receiver.deadline(&self.dialect);
        let sending = self.sender.deadline(self.receiver.is_idle());
        [receiving, sending].into_iter().flatten().min()
    }

    fn admit(&mut self, admission: Admission) {
        self.receiver.admit(admission);
    }

    fn counters(&self) -> &LinkCounters {
        &self.out.counters
    }
}

impl Link for BlockLink {
    fn submit(&mut self, now: Tick, text: Vec<u8>) -> Result<Submission, SubmitError> {
        if text.is_empty() {
            return Err(SubmitError::Empty);
        }
        let forbidden = |(_, byte): &(usize, &u8)| is_forbidden(**byte, self.dialect.check);
        if let Some((at, &byte)) = text.iter().enumerate().find(forbidden) {
            return Err(SubmitError::Forbidden { at, byte });
        }
        let submission = self.sender.submit(text);
        self.ask_for_line(now);
        Ok(submission)
    }

    fn withdraw(&mut self, submission: Submission) -> bool {
        self.sender.withdraw(submission)
    }

    fn pending(&self) -> usize {
        self.sender.pending()
    }

    fn is_neutral(&self) -> bool {
        self.receiver.is_neutral() && self.receiver.retention.is_empty() && !self.sender.owns_line()
    }

    fn line_error(&mut self) {
        self.out.counters.line_errors += 1;
        self.receiver.spoil();
    }
}
