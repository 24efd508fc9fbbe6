//! Messages acknowledged lately: one that comes again gets its answer again, and is not kept twice.
//!
//! Only an acknowledgement is worth repeating. Whoever asks a question again wants to know what is true now, and many
//! analyzers ask with the same number every time: a question is never remembered.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use core::time::Duration;

use crate::engine::Tick;

/// How many are remembered.
const REMEMBERED: usize = 32;
/// An answer larger than this is not remembered, nor its message.
const LARGEST_ANSWER: usize = 64 * 1024;

/// By what a repetition is known: its number, and every byte of its text. A number alone proves nothing, because many
/// analyzers count from 1 after every start.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Fingerprint {
    control_id: Vec<u8>,
    digest: u64,
    length: usize,
}

impl Fingerprint {
    pub(super) fn of(control_id: &[u8], text: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self {
            control_id: control_id.to_vec(),
            digest: hasher.finish(),
            length: text.len(),
        }
    }

    /// Whether both are the same message. Without a number nothing tells a repetition from an equal message.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        !self.control_id.is_empty() && self == other
    }
}

#[derive(Default)]
pub(super) struct Memory {
    answered: VecDeque<Answered>,
}

struct Answered {
    print: Fingerprint,
    at: Tick,
    blocks: Vec<Vec<u8>>,
}

impl Memory {
    pub(super) fn remember(&mut self, now: Tick, print: Fingerprint, blocks: &[Vec<u8>]) {
        if blocks.iter().map(Vec::len).sum::<usize>() > LARGEST_ANSWER {
            return;
        }
        self.answered.truncate(REMEMBERED - 1);
        self.answered.push_front(Answered {
            print,
            at: now,
            blocks: blocks.to_vec(),
        });
    }

    /// The answer to a message that has been answered within `window`. The window is counted from the first time: what
    /// comes again and again goes to the journal again and again, only not each time.
    pub(super) fn recall(
        &self,
        now: Tick,
        print: &Fingerprint,
        window: Duration,
    ) -> Option<Vec<Vec<u8>>> {
        let known = self
            .answered
            .iter()
            .find(|known| known.print.repeats(print) && now.since(known.at) <= window)?;
        Some(known.blocks.clone())
    }
}
