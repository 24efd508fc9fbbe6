//! What an analyzer remembers: messages still to send, messages accepted, and what went wrong between.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::letter::Letter;

/// Counts of an analyzer's life so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages still in its memory.
    pub waiting: usize,
    /// Messages that got their final positive answer.
    pub accepted: usize,
    /// Results in the accepted messages.
    pub observations: usize,
    /// Attempts that ended without one.
    pub aborted: u64,
    /// "No" heard, for frames and enquiries.
    pub refusals: u64,
    /// Lines lost in mid-session.
    pub hangups: u64,
    /// Faults that the line made so far.
    pub faults: u64,
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |sum, one| Self {
            waiting: sum.waiting + one.waiting,
            accepted: sum.accepted + one.accepted,
            observations: sum.observations + one.observations,
            aborted: sum.aborted + one.aborted,
            refusals: sum.refusals + one.refusals,
            hangups: sum.hangups + one.hangups,
            faults: sum.faults + one.faults,
        })
    }
}

#[derive(Debug, Default)]
struct Pages {
    waiting: VecDeque<Letter>,
    accepted: Vec<String>,
    heard: Vec<Vec<u8>>,
    tally: Tally,
}

/// The memory and the diary of one analyzer.
#[derive(Debug, Default)]
pub struct Book {
    pages: Mutex<Pages>,
    loaded: Notify,
}

impl Book {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn load(&self, messages: impl IntoIterator<Item = Letter>) {
        self.pages().waiting.extend(messages);
        self.loaded.notify_one();
    }

    /// The next message, which stays in the memory until it is accepted; waits for one.
    pub(super) async fn next(&self) -> Letter {
        loop {
            if let Some(message) = self.pages().waiting.front().cloned() {
                return message;
            }
            self.loaded.notified().await;
        }
    }

    /// The other side took responsibility for the message in front.
    pub(super) fn accept(&self) {
        let mut pages = self.pages();
        if let Some(message) = pages.waiting.pop_front() {
            pages.tally.observations += message.observations;
            pages.accepted.push(message.name);
        }
    }

    /// The other side said something of its own.
    pub(super) fn hear(&self, text: Vec<u8>) {
        self.pages().heard.push(text);
    }

    pub(super) fn aborted(&self) {
        self.pages().tally.aborted += 1;
    }

    pub(super) fn hung_up(&self) {
        self.pages().tally.hangups += 1;
    }

    pub(super) fn struck(&self, faults: u64) {
        self.pages().tally.faults = faults;
    }

    pub(super) fn refused(&self, refusals: u64) {
        self.pages().tally.refusals += refusals;
    }

    /// The counts now.
    pub fn tally(&self) -> Tally {
        let pages = self.pages();
        Tally {
            waiting: pages.waiting.len(),
            accepted: pages.accepted.len(),
            ..pages.tally
        }
    }

    /// Specimens of the accepted messages, in order.
    pub fn accepted(&self) -> Vec<String> {
        self.pages().accepted.clone()
    }

    /// What the other side said of its own, from the message with this index on.
    pub fn heard(&self, from: usize) -> Vec<Vec<u8>> {
        self.pages().heard.get(from..).unwrap_or_default().to_vec()
    }

    /// Whether nothing is left to send.
    pub fn is_empty(&self) -> bool {
        self.pages().waiting.is_empty()
    }
}
