//! One line with both roles on it: who has the line, and what a byte therefore means.

use super::control::is_forbidden_in_text;
use super::dialect::Dialect;
use super::outbox::Outbox;
use super::receiver::{Arrival, Context, Receiver};
use super::sender::Sender;
use crate::counters::LinkCounters;
use crate::engine::{Admission, Engine, Output, Submission, Tick, Token, Verdict};
use crate::link::{Link, SubmitError};

/// The engine of a LIS1-A line. It receives messages, and sends those given to [`Lis1Link::submit`], as analyzer or as
/// computer according to its [`Dialect`].
///
/// ```
/// use lisiere_protocol::lis1a::{Dialect, Lis1Link};
/// use lisiere_protocol::{Engine, Output, Tick, Verdict};
///
/// let mut link = Lis1Link::new(Dialect::computer());
/// link.receive(Tick(0), b"\x05\x021H|\\^&\rL|1|N\r\x03B5\r\n");
/// let mut sent = Vec::new();
/// while let Some(output) = link.next() {
///     match output {
///         Output::Send(bytes) => sent.extend(bytes),
///         Output::Keep { token, message } => {
///             assert_eq!(sent, b"\x06"); // the enquiry is answered, the frame is not
///             assert_eq!(message.text, b"H|\\^&\rL|1|N\r");
///             link.confirm(Tick(1), token, Verdict::Stored);
///         }
///         _ => {}
///     }
/// }
/// assert_eq!(sent, b"\x06\x06");
/// ```
pub struct Lis1Link {
    dialect: Dialect,
    receiver: Receiver,
    sender: Sender,
    out: Outbox,
}

impl Lis1Link {
    /// A link on a line that is free.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            receiver: Receiver::new(dialect.limits.message),
            sender: Sender::new(),
            out: Outbox::default(),
            dialect,
        }
    }

    /// The dialect the link was made with.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Queues a message for sending: records, each ended by CR. How it ends comes back as [`Output::Deliver`].
    pub fn submit(&mut self, now: Tick, text: Vec<u8>) -> Result<Submission, SubmitError> {
        if text.is_empty() {
            return Err(SubmitError::Empty);
        }
        if let Some((at, &byte)) = text
            .iter()
            .enumerate()
            .find(|(_, byte)| is_forbidden_in_text(**byte))
        {
            return Err(SubmitError::Forbidden { at, byte });
        }
        let submission = self.sender.submit(text);
        self.ask_for_line(now);
        Ok(submission)
    }

    /// Takes back a message that is not being sent yet; `false` when it is too late.
    pub fn withdraw(&mut self, submission: Submission) -> bool {
        self.sender.withdraw(submission)
    }

    /// How many messages wait to be sent, the one under way included.
    pub fn pending(&self) -> usize {
        self.sender.pending()
    }

    /// Whether nobody has the line.
    pub fn is_neutral(&self) -> bool {
        self.receiver.is_neutral() && self.receiver.retention.is_empty() && !self.sender.owns_line()
    }

    /// The port saw a parity, framing or overrun error: a frame under way is refused at its end (LIS01-A2 §6.3.4).
    pub fn line_error(&mut self) {
        self.out.counters.line_errors += 1;
        self.receiver.spoil();
    }

    fn push(&mut self, now: Tick, byte: u8) {
        if self.sender.owns_line() {
            self.sender.push(now, byte, &self.dialect, &mut self.out);
        } else {
            self.with_receiver(now, |receiver, context| receiver.push(now, byte, context));
        }
        self.ask_for_line(now);
    }

    /// Lets the receiver work, and tells the sender when that ended a session.
    fn with_receiver(&mut self, now: Tick, work: impl FnOnce(&mut Receiver, &mut Context<'_>)) {
        let was_neutral = self.receiver.is_neutral();
        let wants_line = self.dialect.interrupt && self.sender.pending() > 0;
        let mut context = Context {
            dialect: &self.dialect,
            out: &mut self.out,
            wants_line,
            arrival: Arrival::Live,
        };
        work(&mut self.receiver, &mut context);
        if !was_neutral && self.receiver.is_neutral() {
            self.sender.peer_finished(now, &self.dialect);
        }
    }

    fn ask_for_line(&mut self, now: Tick) {
        if self.receiver.is_neutral() {
            self.sender.poll(now, &self.dialect, &mut self.out);
        }
    }
}

impl Engine for Lis1Link {
    fn receive(&mut self, now: Tick, bytes: &[u8]) {
        self.elapse(now);
        for &byte in bytes {
            self.push(now, byte);
        }
    }

    fn elapse(&mut self, now: Tick) {
        self.with_receiver(now, |receiver, context| receiver.elapse(now, context));
        self.sender.elapse(
            now,
            self.receiver.is_neutral(),
            &self.dialect,
            &mut self.out,
        );
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
        let sending = self.sender.deadline(self.receiver.is_neutral());
        [receiving, sending].into_iter().flatten().min()
    }

    fn admit(&mut self, admission: Admission) {
        self.receiver.admit(admission);
    }

    fn counters(&self) -> &LinkCounters {
        &self.out.counters
    }
}

impl Link for Lis1Link {
    fn submit(&mut self, now: Tick, text: Vec<u8>) -> Result<Submission, SubmitError> {
        Self::submit(self, now, text)
    }

    fn withdraw(&mut self, submission: Submission) -> bool {
        Self::withdraw(self, submission)
    }

    fn pending(&self) -> usize {
        Self::pending(self)
    }

    fn is_neutral(&self) -> bool {
        Self::is_neutral(self)
    }

    fn line_error(&mut self) {
        Self::line_error(self);
    }
}
