//! What to send next, given what was sent, what the broker took and what the hub confirmed. No I/O, no clock.
//!
//! Captures go out in order. A PUBACK only makes room (the broker has taken the message over); only the hub's confirmation
//! moves the window on. What is sent and unconfirmed never exceeds the window, so that a restart repeats no more than that.
//! A number that the hub will not get does not hold up those after it: while the hub waits there, each word of it moves the
//! window past what the broker has taken.

use super::ranges::Ranges;
use lisiere_protocol::Tick;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

/// Window right after connecting; it doubles with each confirmation, so that a flapping line repeats little.
const FIRST: u64 = 64;
/// Without a confirmation for this long, the oldest unconfirmed capture is sent again, alone.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest time between two such probes.
const PATIENCE_AT_MOST: Duration = Duration::from_mins(1);
/// Between probes while the broker says that no hub is subscribed.
const ALONE: Duration = Duration::from_secs(5);
/// A range the hub asks for again within this time after it was sent again is on its way already.
const ASKED: Duration = Duration::from_secs(2);
/// Ranges remembered for that.
const ASKED_REMEMBERED: usize = 64;

/// How much may be under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Captures sent and not confirmed.
    pub unconfirmed: u64,
    /// Their bytes, unless one alone is larger.
    pub unconfirmed_bytes: usize,
    /// Captures the broker has not taken yet: they occupy our memory.
    pub untaken: usize,
    /// Their bytes, unless one alone is larger.
    pub untaken_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unconfirmed: 1024,
            unconfirmed_bytes: 32 << 20,
            untaken: 256,
            untaken_bytes: 1 << 20,
        }
    }
}

/// What to read from the journal and send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// First number.
    pub from: u64,
    /// Last number.
    pub to: u64,
    /// How many at most.
    pub count: usize,
    /// How many bytes at most, unless the first alone is larger.
    pub bytes: usize,
}

/// What a confirmation meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Everything up to this is in the hub's database: note it durably.
    Progress(u64),
    /// Nothing new.
    Same,
    /// It speaks of captures that do not exist: not meant for this journal's present.
    Beyond,
}

/// The state of one journal's way to the hub.
#[derive(Clone, Debug)]
pub struct Window {
    limits: Limits,
    connected: bool,
    /// Confirmed, and durably noted.
    settled: u64,
    /// Confirmed, as heard.
    confirmed: u64,
    /// Number of the last capture in the journal.
    last: u64,
    /// Lowest number not yet sent on this connection.
    next: u64,
    /// To send again.
    again: Ranges,
    /// To send once more although the hub has it, when nothing else is to be sent.
    replay: Ranges,
    /// What the hub will not get, above what is settled.
    absent: Ranges,
    /// Those of them that the journal has, and must keep.
    withheld: Ranges,
    /// What the broker had taken when the hub last spoke, waiting for an absent number.
    passed: u64,
    /// Sent and unconfirmed, with their bytes.
    sent: BTreeMap<u64, usize>,
    sent_bytes: usize,
    /// What the broker has not taken, in order, with its bytes.
    untaken: VecDeque<(u64, usize)>,
    untaken_bytes: usize,
    allowed: u64,
    progress: Tick,
    patience: Duration,
    probe: Option<u64>,
    alone: bool,
    asked: VecDeque<(u64, u64, Tick)>,
}

impl Window {
    /// A window over a journal that ends with `last`, of which everything up to `confirmed` is with the hub.
    pub fn new(limits: Limits, confirmed: u64, last: u64) -> Self {
        Self {
            limits,
            connected: false,
            settled: confirmed,
            confirmed,
            last,
            next: confirmed + 1,
            again: Ranges::default(),
            replay: Ranges::default(),
            absent: Ranges::default(),
            withheld: Ranges::default(),
            passed: 0,
            sent: BTreeMap::new(),
            sent_bytes: 0,
            untaken: VecDeque::new(),
            untaken_bytes: 0,
            allowed: FIRST.min(limits.unconfirmed),
            progress: Tick(0),
            patience: PATIENCE,
            probe: None,
            alone: false,
            asked: VecDeque::new(),
        }
    }

    /// A connection stands: whatever was under way is sent again.
    pub fn connected(&mut self, now: Tick) {
        let replay = std::mem::take(&mut self.replay);
        *self = Self::new(self.limits, self.confirmed, self.last)
            .with_settled(self.settled)
            .with_connection(now);
        self.replay = replay;
    }

    fn with_settled(mut self, settled: u64) -> Self {
        self.settled = settled;
        self
    }

    fn with_connection(mut self, now: Tick) -> Self {
        self.connected = true;
        self.progress = now;
        self
    }

    /// Whether a connection stands.
    pub const fn is_connected(&self) -> bool {
        self.connected
    }

    /// The connection is gone.
    pub fn disconnected(&mut self) {
        self.connected = false;
    }

    /// The journal has more, or has durably noted a confirmation.
    pub fn journal(&mut self, now: Tick, last: u64, settled: u64) {
        if self.sent.is_empty() {
            self.progress = now;
        }
        self.last = self.last.max(last);
        self.settled = self.settled.max(settled);
        self.confirmed = self.confirmed.max(settled);
        self.absent.remove(0, self.settled);
        self.withheld.remove(0, self.settled);
    }

    /// From where the window counts: what is settled, unless the hub waits there for what it will not get.
    fn base(&self) -> u64 {
        let waits = self.absent.around(self.settled.saturating_add(1));
        waits.map_or(self.settled, |(_, to)| {
            self.confirmed.max(self.passed).max(to)
        })
    }

    /// Whether the hub waits for what it will not get.
    fn hub_waits(&self) -> bool {
        self.absent.around(self.confirmed + 1).is_some()
    }

    /// The hub has spoken, but waits for what it will not get: for the window, and for it only, what the broker took until
    /// then is as good as confirmed.
    fn pass(&mut self) {
        if !self.hub_waits() {
            return;
        }
        let untaken: BTreeSet<_> = self.untaken.iter().map(|(seq, _)| *seq).collect();
        let taken = self.sent.keys().filter(|seq| !untaken.contains(seq));
        self.passed = self.passed.max(taken.max().copied().unwrap_or_default());
        self.sent.retain(|seq, _| untaken.contains(seq));
        self.sent_bytes = self.sent.values().sum();
    }

    /// What may be noted as confirmed: not what is withheld, because the journal gives up what is confirmed.
    fn notable(&self) -> u64 {
        let withheld = self.withheld.first();
        withheld.map_or(self.confirmed, |(first, _)| {
            self.confirmed.min(first.saturating_sub(1))
        })
    }

    /// What the hub has confirmed in all, what is withheld included.
    pub const fn heard(&self) -> u64 {
        self.confirmed
    }

    /// What may be sent now.
    pub fn wanted(&self) -> Option<Wanted> {
        let count = self.limits.untaken.saturating_sub(self.untaken.len());
        let bytes = self.limits.untaken_bytes.saturating_sub(self.untaken_bytes);
        if !self.connected || count == 0 || (bytes == 0 && !self.untaken.is_empty()) {
            return None;
        }
        if let Some((from, to)) = self.again.first() {
            return Some(Wanted {
                from,
                to,
                count,
                bytes,
            });
        }
        let heavy = self.sent_bytes >= self.limits.unconfirmed_bytes;
        let to = self.last.min(self.base().saturating_add(self.allowed));
        let fresh = (!self.alone && !heavy && self.next <= to).then_some((self.next, to));
        let once_more = || self.replay.first().filter(|_| !self.alone);
        fresh.or_else(once_more).map(|(from, to)| Wanted {
            from,
            to,
            count,
            bytes,
        })
    }

    /// Someone wants captures sent once more that were sent already. Gives the range that will be.
    pub fn replay(&mut self, from: u64, to: u64) -> Option<(u64, u64)> {
        let (from, to) = (from.max(1), to.min(self.next.saturating_sub(1)));
        self.replay.insert(from, to);
        (from <= to).then_some((from, to))
    }

    /// A capture was handed to the connection.
    pub fn sent(&mut self, now: Tick, seq: u64, bytes: usize) {
        if self.sent.is_empty() {
            self.progress = now;
        }
        self.skip(seq, seq);
        self.untaken.push_back((seq, bytes));
        self.untaken_bytes += bytes;
        if seq > self.confirmed && self.sent.insert(seq, bytes).is_none() {
            self.sent_bytes += bytes;
        }
    }

    /// Captures are not to be sent now: go on with the next.
    fn skip(&mut self, from: u64, to: u64) {
        self.again.remove(from, to);
        self.replay.remove(from, to);
        if (from..=to).contains(&self.next) {
            self.next = to + 1;
        }
    }

    /// Captures are no longer in the journal.
    pub fn gone(&mut self, from: u64, to: u64) {
        self.skip(from, to);
        self.absent.insert(from.max(self.settled + 1), to);
    }

    /// A capture that cannot be sent stays in the journal.
    pub fn withhold(&mut self, seq: u64) {
        self.gone(seq, seq);
        self.withheld.insert(seq.max(self.settled + 1), seq);
    }

    /// How many captures are withheld, and the last of them.
    pub(super) fn withheld(&self) -> Option<(u64, u64)> {
        let last = self.withheld.iter().last()?;
        Some((self.withheld.count(), last.1))
    }

    /// What of a range is withheld.
    pub(super) fn withheld_within(&self, from: u64, to: u64) -> Vec<(u64, u64)> {
        self.withheld.within(from, to)
    }

    /// The broker took the oldest capture over. `heard` is false when it says that no hub is subscribed.
    pub fn taken(&mut self, now: Tick, heard: bool) {
        if let Some((_, bytes)) = self.untaken.pop_front() {
            self.untaken_bytes -= bytes;
        }
        match (heard, self.alone) {
            (false, false) => {
                self.alone = true;
                self.progress = now;
            }
            (true, true) => {
                // The hub is back, and what was sent meanwhile went nowhere.
                self.alone = false;
                self.patience = PATIENCE;
                self.progress = now;
                self.send_again(self.confirmed + 1, self.next.saturating_sub(1));
            }
            _ => {}
        }
    }

    /// The hub says what it has committed and what it misses.
    pub fn confirmed(&mut self, now: Tick, upto: u64, missing: &[(u64, u64)]) -> Heard {
        if upto > self.last {
            return Heard::Beyond;
        }
        let progress = upto > self.confirmed;
        if progress {
            self.settle_up_to(upto);
            self.progress = now;
            self.patience = PATIENCE;
            self.allowed = self.allowed.saturating_mul(2).min(self.limits.unconfirmed);
        }
        if self.probe.is_some_and(|probe| probe <= upto) {
            // If the probe was all the hub waited for, what followed it got lost too.
            if self.probe == Some(upto) {
                self.send_again(upto + 1, self.next.saturating_sub(1));
            }
            self.probe = None;
        }
        for (from, to) in missing {
            self.asked(now, *from, *to);
        }
        self.pass();
        if progress {
            Heard::Progress(self.notable())
        } else {
            Heard::Same
        }
    }

    fn settle_up_to(&mut self, upto: u64) {
        self.confirmed = upto;
        self.next = self.next.max(upto + 1);
        let rest = self.sent.split_off(&(upto + 1));
        let gone: usize = self.sent.values().sum();
        self.sent = rest;
        self.sent_bytes -= gone;
        self.again.remove(0, upto);
    }

    fn asked(&mut self, now: Tick, from: u64, to: u64) {
        let (from, to) = (from.max(1), to.min(self.next.saturating_sub(1)));
        let under_way = self
            .asked
            .iter()
            .any(|(first, last, at)| *first <= from && to <= *last && now.since(*at) < ASKED);
        if from > to || under_way {
            return;
        }
        self.asked.push_back((from, to, now));
        if self.asked.len() > ASKED_REMEMBERED {
            self.asked.pop_front();
        }
        self.send_again(from, to);
    }

    fn send_again(&mut self, from: u64, to: u64) {
        self.again.insert(from, to);
        for (from, to) in self.absent.within(from, to) {
            self.again.remove(from, to);
        }
    }

    /// The oldest capture that the hub could confirm if it came.
    fn oldest(&self) -> u64 {
        let oldest = self.confirmed + 1;
        self.absent.around(oldest).map_or(oldest, |(_, to)| to + 1)
    }

    /// Time has passed.
    pub fn elapse(&mut self, now: Tick) {
        let Some(deadline) = self.deadline() else {
            return;
        };
        if now < deadline {
            return;
        }
        self.progress = now;
        if !self.alone {
            self.patience = (self.patience * 2).min(PATIENCE_AT_MOST);
        }
        let oldest = self.oldest();
        self.probe = Some(oldest);
        self.send_again(oldest, oldest);
    }

    /// When [`Self::elapse`] is due.
    pub fn deadline(&self) -> Option<Tick> {
        let waiting = self.connected && self.next > self.oldest();
        waiting.then(|| {
            self.progress
                .after(if self.alone { ALONE } else { self.patience })
        })
    }

    /// The largest capture that the broker has not taken.
    pub fn largest_untaken(&self) -> usize {
        let sizes = self.untaken.iter().map(|(_, bytes)| *bytes);
        sizes.max().unwrap_or_default()
    }

    /// Whether the broker says that no hub is subscribed.
    pub const fn is_alone(&self) -> bool {
        self.alone
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
