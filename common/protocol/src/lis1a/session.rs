//! What has been received in one session: the message so far and the last frame accepted.

use super::dialect::Dialect;
use super::frame::{Frame, FrameEnd};
use crate::engine::{Completion, Deviation, KeptMessage, Tick};
use crate::lis2a2::reader::is_terminator;

pub(super) struct Session {
    started: Tick,
    bytes: Vec<u8>,
    text: Vec<u8>,
    frames: u32,
    tail: RecordTail,
    last: Option<Frame>,
    /// Whether a good frame came that was not the one due.
    derailed: bool,
    /// Whether our last answer was a refusal, and the sender may not have heard it.
    disputed: bool,
    /// Whether a message of this session is stored.
    stored: bool,
    /// Our last ACK for a frame.
    acknowledged: Option<Acknowledged>,
    /// Deviations already told in this session.
    pub(super) told: Vec<Deviation>,
}

/// An ACK for a frame, by which is judged whether what the sender does next shows that it was heard.
#[derive(Clone, Copy)]
struct Acknowledged {
    /// When the frame was there: the sender's clock for our answer started before that.
    arrived: Tick,
    /// When the ACK was given.
    at: Tick,
    /// How often the same frame has been answered.
    times: u32,
}

/// The start of the last record that is not empty: enough to tell a terminator, however the records are cut.
#[derive(Clone, Copy, Default)]
struct RecordTail {
    first: [Option<u8>; 2],
    closed: bool,
}

impl RecordTail {
    fn feed(mut self, text: &[u8]) -> Self {
        for &byte in text {
            match byte {
                b'\r' | b'\n' => self.closed = true,
                _ if self.closed => {
                    self = Self {
                        first: [Some(byte), None],
                        closed: false,
                    }
                }
                _ => match &mut self.first {
                    [slot @ None, _] | [_, slot @ None] => *slot = Some(byte),
                    _ => {}
                },
            }
        }
        self
    }

    fn is_terminator(self, field: u8) -> bool {
        match self.first {
            [Some(letter), None] => is_terminator(&[letter], field),
            [Some(letter), Some(next)] => is_terminator(&[letter, next], field),
            _ => false,
        }
    }
}

impl Session {
    pub(super) fn new(started: Tick) -> Self {
        Self {
            started,
            bytes: Vec::new(),
            text: Vec::new(),
            frames: 0,
            tail: RecordTail::default(),
            last: None,
            derailed: false,
            disputed: false,
            stored: false,
            acknowledged: None,
            told: Vec::new(),
        }
    }

    /// A frame that came at `arrived` gets its ACK now.
    pub(super) fn acknowledge(&mut self, arrived: Tick, now: Tick) {
        self.acknowledged = Some(Acknowledged {
            arrived,
            at: now,
            times: 1,
        });
    }

    /// The last frame came again and gets another ACK.
    pub(super) fn acknowledge_again(&mut self, now: Tick) {
        let before = self.acknowledged.map_or(0, |last| last.times);
        self.acknowledged = Some(Acknowledged {
            arrived: now,
            at: now,
            times: before.saturating_add(1),
        });
    }

    /// Whether a sender that ends the session now shows by it that it heard our last ACK. One that did not hear it ends
    /// the session too, but only after its time for an answer (LIS01-A2 §6.5.2.2) or its last try (§6.5.1.2).
    pub(super) fn is_heard(&self, now: Tick, held: bool, dialect: &Dialect) -> bool {
        let Some(last) = self.acknowledged else {
            return false;
        };
        // What was held came before the ACK, from a sender that does not wait for answers, or no longer.
        let limit = if held {
            dialect.timers.heard
        } else {
            dialect.timers.reply / 2
        };
        now.since(last.at) <= dialect.timers.heard
            && now.since(last.arrived) <= limit
            && last.times < dialect.retries.frame
            && !self.disputed
            && !self.derailed
    }

    /// Whether a message of this session is stored and nothing has come after it.
    pub(super) fn ends_with_stored(&self) -> bool {
        self.stored && self.text.is_empty()
    }

    /// The number the next frame must have. It starts at 1 with every session, not with every message
    /// (LIS01-A2 §6.3.2).
    pub(super) fn expected(&self) -> u8 {
        self.last.as_ref().map_or(1, |last| (last.number + 1) % 8)
    }

    /// Whether frames may still be accepted. A sender that goes on after a refusal leaves a gap, and the numbers of its
    /// later frames can fit again by chance; only a new session can mend that.
    pub(super) fn is_derailed(&self) -> bool {
        self.derailed
    }

    pub(super) fn is_disputed(&self) -> bool {
        self.disputed
    }

    pub(super) fn dispute(&mut self) {
        self.disputed = true;
    }

    pub(super) fn derail(&mut self) {
        self.derailed = true;
    }

    /// Whether the frame is the last one again. Its content counts too: a sender that starts every message at 1 must
    /// not have its second message taken for the first.
    pub(super) fn is_repetition(&self, frame: &Frame) -> bool {
        self.last.as_ref().is_some_and(|last| last.repeats(frame))
    }

    pub(super) fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Whether a frame that begins a message begins with a header record.
    pub(super) fn lacks_header(&self, frame: &Frame) -> bool {
        let mut start = self
            .text
            .iter()
            .chain(frame.text())
            .skip_while(|byte| matches!(byte, b'\r' | b'\n'));
        start
            .next()
            .is_some_and(|letter| !letter.eq_ignore_ascii_case(&b'H'))
    }

    /// Whether the message would end with a terminator record if the frame were part of it.
    pub(super) fn terminated_by(&self, frame: &Frame) -> bool {
        let mut start = self
            .text
            .iter()
            .chain(frame.text())
            .skip_while(|byte| matches!(byte, b'\r' | b'\n'));
        let field = start.nth(1).copied().unwrap_or(b'|');
        self.tail.feed(frame.text()).is_terminator(field)
    }

    /// The message as it would be with the frame.
    pub(super) fn message(
        &self,
        frame: Option<&Frame>,
        completion: Completion,
        now: Tick,
    ) -> KeptMessage {
        let (raw, text) = frame.map_or((&[][..], &[][..]), |frame| {
            (frame.raw.as_slice(), frame.text())
        });
        KeptMessage {
            bytes: [self.bytes.as_slice(), raw].concat(),
            text: [self.text.as_slice(), text].concat(),
            completion,
            session_start: self.started,
            received: now,
            frames: self.frames + u32::from(frame.is_some()),
        }
    }

    /// Makes the frame part of the message.
    pub(super) fn append(&mut self, frame: Frame) {
        self.bytes.extend_from_slice(&frame.raw);
        self.text.extend_from_slice(frame.text());
        self.tail = self.tail.feed(frame.text());
        self.frames = self.frames.saturating_add(1);
        self.last = Some(frame);
        self.disputed = false;
    }

    /// The message that ends with the frame is stored: the next frame begins another one.
    pub(super) fn complete(&mut self, frame: Frame) {
        let told = std::mem::take(&mut self.told);
        *self = Self {
            last: Some(frame),
            stored: true,
            told,
            ..Self::new(self.started)
        };
    }

    /// Whether the session may end here with a message that has no terminator.
    pub(super) fn may_end_here(&self) -> bool {
        !self.text.is_empty()
            && self
                .last
                .as_ref()
                .is_some_and(|last| last.end == FrameEnd::Last)
    }
}
