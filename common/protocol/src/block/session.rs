//! What has been received in one session: the message so far and the last block accepted.

use super::decoder::Block;
use super::dialect::BlockDialect;
use crate::engine::{Completion, Deviation, KeptMessage, Tick};
use crate::lis1a::control::CR;

pub(super) struct Session {
    started: Tick,
    bytes: Vec<u8>,
    text: Vec<u8>,
    blocks: u32,
    /// The text of the first block of the message under way.
    first: Option<Vec<u8>>,
    /// The text of the last block accepted.
    last: Option<Vec<u8>>,
    /// Whether it began without an enquiry.
    pub(super) is_implicit: bool,
    /// Whether our last answer was a refusal, and the sender may not have heard it.
    disputed: bool,
    /// Whether a message of this session is stored.
    stored: bool,
    acknowledged: Option<Acknowledged>,
    /// Deviations already told in this session.
    pub(super) told: Vec<Deviation>,
}

/// An ACK for a block, by which is judged whether what the sender does next shows that it was heard.
#[derive(Clone, Copy)]
struct Acknowledged {
    arrived: Tick,
    at: Tick,
    times: u32,
}

impl Session {
    pub(super) fn new(started: Tick, is_implicit: bool) -> Self {
        Self {
            started,
            bytes: Vec::new(),
            text: Vec::new(),
            blocks: 0,
            first: None,
            last: None,
            is_implicit,
            disputed: false,
            stored: false,
            acknowledged: None,
            told: Vec::new(),
        }
    }

    /// Whether the block is the last accepted one again: its sender has not heard our ACK.
    pub(super) fn repeats(&self, block: &Block) -> bool {
        self.last.as_deref() == Some(block.text())
    }

    /// Whether the block is the first of the message under way again: its sender has begun anew.
    pub(super) fn begins_again(&self, block: &Block) -> bool {
        self.first.as_deref() == Some(block.text())
    }

    /// Forgets the message under way.
    pub(super) fn forget(&mut self) {
        self.bytes.clear();
        self.text.clear();
        self.blocks = 0;
        self.first = None;
    }

    /// Whether nothing of a message is there yet.
    pub(super) fn is_between_messages(&self) -> bool {
        self.blocks == 0
    }

    pub(super) fn text_len(&self) -> usize {
        self.text.len()
    }

    /// A refusal is out: the sender may take what comes next for something else.
    pub(super) fn dispute(&mut self) {
        self.disputed = true;
    }

    pub(super) fn is_disputed(&self) -> bool {
        self.disputed
    }

    /// The first block of the message under way.
    pub(super) fn into_first(self) -> Option<Vec<u8>> {
        self.first
    }

    /// Takes a block that does not end the message.
    pub(super) fn append(&mut self, block: &Block) {
        if self.blocks == 0 {
            self.first = Some(block.text().to_vec());
        } else {
            self.text.push(CR);
        }
        self.bytes.extend_from_slice(&block.raw);
        self.text.extend_from_slice(block.text());
        self.blocks += 1;
        self.last = Some(block.text().to_vec());
        self.disputed = false;
    }

    /// The message with this last block; without one, as far as it has come.
    pub(super) fn message(
        &self,
        block: Option<&Block>,
        completion: Completion,
        received: Tick,
    ) -> KeptMessage {
        let mut message = KeptMessage {
            bytes: self.bytes.clone(),
            text: self.text.clone(),
            completion,
            session_start: self.started,
            received,
            frames: self.blocks + u32::from(block.is_some()),
        };
        if let Some(block) = block {
            if self.blocks > 0 {
                message.text.push(CR);
            }
            message.bytes.extend_from_slice(&block.raw);
            message.text.extend_from_slice(block.text());
        }
        message
    }

    /// The message with this last block is stored.
    pub(super) fn complete(&mut self, block: &Block) {
        self.forget();
        self.last = Some(block.text().to_vec());
        self.disputed = false;
        self.stored = true;
    }

    /// A block that came at `arrived` gets its ACK now.
    pub(super) fn acknowledge(&mut self, arrived: Tick, now: Tick) {
        self.acknowledged = Some(Acknowledged {
            arrived,
            at: now,
            times: 1,
        });
    }

    /// The last block came again and gets another ACK.
    pub(super) fn acknowledge_again(&mut self, now: Tick) {
        let before = self.acknowledged.map_or(0, |last| last.times);
        self.acknowledged = Some(Acknowledged {
            arrived: now,
            at: now,
            times: before.saturating_add(1),
        });
        self.disputed = false;
    }

    /// Whether a sender that goes on now shows by it that it heard our ACK for a stored message.
    pub(super) fn is_heard(&self, now: Tick, held: bool, dialect: &BlockDialect) -> bool {
        self.stored && self.blocks == 0 && self.is_answer_heard(now, held, dialect)
    }

    /// Whether a sender that goes on now shows by it that it heard our last ACK. One that did not hear it goes on too,
    /// but only after its time for an answer.
    pub(super) fn is_answer_heard(&self, now: Tick, held: bool, dialect: &BlockDialect) -> bool {
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
    }
}
