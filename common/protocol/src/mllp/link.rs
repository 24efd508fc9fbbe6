//! One connection with both halves on it: what a block is, and who it is for.

use super::answer::said;
use super::decoder::{Block, Decoder, Event};
use super::dialect::{Envelope, MllpDialect};
use super::hybrid::{self, Content};
use super::receiver::{Origin, Receiver, refuse, refuse_block};
use super::sender::{Heard, Sender};
use super::{CR, FS, LF, VT};
use crate::counters::LinkCounters;
use crate::engine::{
    Admission, Completion, Deviation, Engine, FrameFault, KeptMessage, Notice, Output, Submission,
    Tick, Token, Verdict,
};
use crate::hl7::Header;
use crate::link::{Link, SubmitError};
use crate::lis1a::ChecksumPolicy;
use crate::lis1a::outbox::Outbox;
use crate::retention::lose;

/// The engine of an HL7 v2 connection. It receives messages, and sends those given to [`Link::submit`].
///
/// ```
/// use lisiere_protocol::mllp::{MllpDialect, MllpLink};
/// use lisiere_protocol::{Engine, Output, Tick, Verdict};
///
/// let mut link = MllpLink::new(MllpDialect::default());
/// link.receive(Tick(0), b"\x0BMSH|^~\\&|A||||||ORU^R01|7|P|2.3.1\r\x1C\r");
/// let mut sent = Vec::new();
/// while let Some(output) = link.next() {
///     match output {
///         Output::Send(bytes) => sent.extend(bytes),
///         Output::Keep { token, message } => {
///             assert!(sent.is_empty());
///             assert_eq!(message.text, b"MSH|^~\\&|A||||||ORU^R01|7|P|2.3.1\r");
///             link.confirm(Tick(1), token, Verdict::Stored);
///         }
///         _ => {}
///     }
/// }
/// assert_eq!(
///     sent,
///     b"\x0BMSH|^~\\&|||A||||ACK^R01|7|P|2.3.1\rMSA|AA|7|Message accepted|||0\r\x1C\r"
/// );
/// ```
pub struct MllpLink {
    dialect: MllpDialect,
    decoder: Decoder,
    receiver: Receiver,
    sender: Sender,
    out: Outbox,
    /// Deviations already told on this connection.
    told: Vec<Deviation>,
}

impl MllpLink {
    /// A link on a connection just opened.
    pub fn new(dialect: MllpDialect) -> Self {
        Self {
            decoder: Decoder::new(),
            receiver: Receiver::new(&dialect),
            sender: Sender::new(),
            out: Outbox::default(),
            told: Vec::new(),
            dialect,
        }
    }

    /// The dialect the link was made with.
    pub fn dialect(&self) -> &MllpDialect {
        &self.dialect
    }

    fn tolerate(&mut self, deviation: Deviation) {
        self.out.tolerate(deviation, &mut self.told);
    }

    fn handle(&mut self, now: Tick, event: Event) {
        match event {
            Event::Noise(count) => self.out.counters.noise_bytes += count as u64,
            Event::Dropped { cause, bytes } => {
                if cause == crate::DropCause::Silence {
                    self.out.counters.character_timeouts += 1;
                }
                self.out.counters.incomplete_dropped += 1;
                self.out.notice(Notice::MessageDropped { cause, bytes });
            }
            Event::Block(block) => self.block(now, &block),
        }
    }

    fn block(&mut self, now: Tick, block: &Block) {
        let content = block.content();
        if content.iter().all(|byte| is_keepalive(*byte)) {
            self.out.counters.noise_bytes += block.raw.len() as u64;
            return;
        }
        if block.bare {
            self.tolerate(Deviation::BlockWithoutStart);
        }
        if block.without_cr {
            self.tolerate(Deviation::BlockWithoutCr);
        }
        if block.stray > 0 {
            self.out.counters.forbidden_bytes += block.stray;
            self.tolerate(Deviation::ForbiddenBytes);
        }
        let hybrid_block = hybrid::is_hybrid(content);
        let strict = self.dialect.checksum == ChecksumPolicy::Required;
        if !hybrid_block && (self.dialect.envelope == Envelope::Plain || !strict) {
            return self.message(now, block, content, Envelope::Plain);
        }
        if hybrid_block && self.dialect.envelope == Envelope::Plain {
            self.tolerate(Deviation::HybridBlock);
        }
        let opened = if block.too_long.is_some() {
            Content::Damaged(hybrid::Fault::TooLong)
        } else if block.spoiled {
            Content::Damaged(hybrid::Fault::Line)
        } else {
            hybrid::open(content, self.dialect.checksum)
        };
        match opened {
            Content::Damaged(fault) => refuse_block(fault, &mut self.out),
            Content::Refusal => self
                .sender
                .refused_by_link(now, &self.dialect, &mut self.out),
            Content::Data {
                text,
                unchecked,
                ignored,
            } => {
                if unchecked {
                    self.tolerate(Deviation::ChecksumMissing);
                }
                if ignored {
                    self.tolerate(Deviation::ChecksumIgnored);
                }
                self.message(now, block, text, Envelope::Hybrid);
            }
        }
    }

    fn message(&mut self, now: Tick, block: &Block, text: &[u8], envelope: Envelope) {
        let header = Header::read(text);
        let said = header.and_then(|header| said(&header, text));
        let origin = Origin::of(text, envelope, self.dialect.answers, said.is_some());
        if block.too_long.is_some() || block.spoiled {
            // What an answer answers is sent again when it is not heard.
            if origin.hears_refusals() || said.is_some() {
                self.refuse(block, &origin);
            } else {
                self.keep_damaged(now, block, text, envelope);
            }
            return;
        }
        if header.is_none() {
            // It is kept all the same: whatever it is, it was sent. Without a number it cannot be answered.
            self.out.counters.blocks_unreadable += 1;
            self.out.notice(Notice::Unreadable { bytes: text.len() });
        }
        self.line_ends(text);
        self.out.counters.frames_accepted += 1;
        if let Some(said) = said {
            let heard = self.sender.hear(now, &said, &self.dialect, &mut self.out);
            match heard {
                Heard::Ours | Heard::Refusal => {}
                Heard::Late => self.out.counters.late_answers += 1,
                Heard::Foreign => self.out.counters.foreign_answers += 1,
            }
            if matches!(heard, Heard::Late | Heard::Foreign) {
                let late = heard == Heard::Late;
                self.out.notice(Notice::AnswerIgnored { late });
            }
            // An answer that says more than "yes" is kept, so that nothing is lost.
            let refusal = heard == Heard::Refusal
                || heard == Heard::Ours && said.code != super::answer::Code::Accepted;
            if !said.has_content && !refusal {
                return;
            }
        }
        let message = KeptMessage {
            bytes: block.raw.clone(),
            text: text.to_vec(),
            completion: if block.without_cr {
                Completion::NoTerminator
            } else {
                Completion::Terminated
            },
            session_start: block.started,
            received: block.ended,
            frames: 1,
        };
        self.receiver
            .take(now, origin, message, &self.dialect, &mut self.out);
    }

    /// A message that came too large or with errors of the line.
    fn refuse(&mut self, block: &Block, origin: &Origin) {
        let fault = self.fault(block);
        let reason = match block.too_long {
            Some(_) => "message too large",
            None => "transmission error",
        };
        self.out.notice(Notice::FrameRefused(fault));
        refuse(origin, reason, &self.dialect, &mut self.out);
    }

    fn fault(&mut self, block: &Block) -> FrameFault {
        let limit = self.dialect.limits.block;
        let fault = match block.too_long {
            Some(_) => FrameFault::TooLong { limit },
            None => FrameFault::Line,
        };
        self.out.count_fault(fault);
        fault
    }

    /// A message that came too large or with errors of the line, from a sender that hears no refusal and so repeats
    /// nothing. It is kept without the end of its block and with SUB in its place (ISO/IEC 6429), so that whoever reads
    /// the capture sees damage; its text begins with SUB as well, so that nobody answers it. Of one that is too large
    /// only the head is there: the rest is told as lost.
    fn keep_damaged(&mut self, now: Tick, block: &Block, text: &[u8], envelope: Envelope) {
        let fault = self.fault(block);
        self.out.notice(Notice::KeptDamaged(fault));
        if let Some(size) = block.too_long {
            lose(size.saturating_sub(block.raw.len()), &mut self.out);
        }
        let mark = |byte: &u8| if *byte == FS { SUB } else { *byte };
        let body: Vec<u8> = block.content().iter().map(mark).collect();
        let message = KeptMessage {
            bytes: [&[VT], body.as_slice(), &[SUB]].concat(),
            text: [&[SUB], text, &[SUB]].concat(),
            completion: Completion::NoTerminator,
            session_start: block.started,
            received: block.ended,
            frames: 1,
        };
        let origin = Origin::of_damaged(&message.text, envelope);
        self.receiver
            .take(now, origin, message, &self.dialect, &mut self.out);
    }

    fn line_ends(&mut self, text: &[u8]) {
        if text.contains(&LF) {
            self.tolerate(Deviation::SegmentEnds);
        }
        if text.ends_with(&[CR, CR]) {
            self.tolerate(Deviation::BlockExtraCr);
        }
    }
}

/// Stands in the place of what is damaged.
const SUB: u8 = 0x1A;

/// What fills a block that says nothing, or the acknowledgement of a later edition of the protocol.
fn is_keepalive(byte: u8) -> bool {
    matches!(byte, 0 | 0x02 | 0x06 | 0x15 | CR | LF | b' ')
}

impl Engine for MllpLink {
    fn receive(&mut self, now: Tick, bytes: &[u8]) {
        self.elapse(now);
        let mut rest = bytes;
        while !rest.is_empty() {
            let (taken, event) = self.decoder.push(now, rest, &self.dialect);
            if let Some(event) = event {
                self.handle(now, event);
            }
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    fn elapse(&mut self, now: Tick) {
        if let Some(event) = self.decoder.elapse(now, &self.dialect) {
            self.handle(now, event);
        }
        self.receiver.elapse(now, &mut self.out);
        self.sender.elapse(now, &self.dialect, &mut self.out);
    }

    fn confirm(&mut self, now: Tick, token: Token, verdict: Verdict) {
        self.elapse(now);
        self.receiver
            .confirm(now, token, verdict, &self.dialect, &mut self.out);
    }

    fn next(&mut self) -> Option<Output> {
        self.out.next()
    }

    fn deadline(&self) -> Option<Tick> {
        let receiving = self.decoder.deadline(&self.dialect);
        [receiving, self.receiver.deadline(), self.sender.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    fn admit(&mut self, admission: Admission) {
        self.receiver.admit(admission);
    }

    fn counters(&self) -> &LinkCounters {
        &self.out.counters
    }
}

impl Link for MllpLink {
    fn submit(&mut self, now: Tick, text: Vec<u8>) -> Result<Submission, SubmitError> {
        if text.is_empty() {
            return Err(SubmitError::Empty);
        }
        let forbidden = text
            .iter()
            .enumerate()
            .find(|(_, byte)| matches!(**byte, VT | FS));
        if let Some((at, &byte)) = forbidden {
            return Err(SubmitError::Forbidden { at, byte });
        }
        if self.dialect.envelope == Envelope::Hybrid && hybrid::seal(&text).is_none() {
            let limit = hybrid::LARGEST;
            return Err(SubmitError::TooLong { limit });
        }
        let control_id = Header::read(&text)
            .map(|header| header.control_id().raw().trim_ascii().to_vec())
            .filter(|control_id| !control_id.is_empty())
            .ok_or(SubmitError::Nameless)?;
        let submission = self.sender.submit(control_id, text);
        self.sender.elapse(now, &self.dialect, &mut self.out);
        Ok(submission)
    }

    fn withdraw(&mut self, submission: Submission) -> bool {
        self.sender.withdraw(submission)
    }

    fn pending(&self) -> usize {
        self.sender.pending()
    }

    fn is_neutral(&self) -> bool {
        self.decoder.is_outside() && self.receiver.is_idle() && self.sender.is_idle()
    }

    fn line_error(&mut self) {
        self.out.counters.line_errors += 1;
        self.decoder.spoil();
    }
}
