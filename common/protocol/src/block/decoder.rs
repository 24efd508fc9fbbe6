//! Finds blocks in a stream of bytes, one byte at a time: where reads are cut cannot matter.

use core::ops::Range;

use super::dialect::BlockDialect;
use super::format::{self, Check, Checked, SOH};
use crate::engine::{Deviation, FrameFault, Tick};
use crate::lis1a::ChecksumPolicy;
use crate::lis1a::control::{ACK, CR, ENQ, EOT, ETB, ETX, LF, NAK, STX};

/// Marks and check of a block.
const OVERHEAD: usize = 6;

/// What a byte brought to light.
pub(crate) enum Event {
    /// A block has ended, good or bad.
    Block(Block),
    /// An enquiry, a heading or an end of transmission outside a block.
    Control(u8),
    /// A block began inside another one, whose end is lost.
    Restarted,
    /// A byte that means nothing where it stands.
    Noise,
}

/// A block as it came.
pub(crate) struct Block {
    /// From STX to the last byte of the check.
    pub(crate) raw: Vec<u8>,
    pub(crate) inner: Range<usize>,
    /// Whether it ends with ETX.
    pub(crate) is_last: bool,
    pub(crate) fault: Option<FrameFault>,
    pub(crate) deviations: Vec<Deviation>,
}

/// One step of the decoder.
pub(crate) struct Step {
    pub(crate) event: Option<Event>,
    /// `false` when the byte ended a block without being part of it, and has to be pushed again.
    pub(crate) consumed: bool,
}

pub(crate) struct Decoder {
    state: State,
    last_byte: Tick,
}

enum State {
    Idle,
    /// Inside the block, up to ETX.
    Text(Draft),
    /// After ETX, where a check follows.
    Trailing {
        draft: Draft,
        missing: usize,
    },
}

struct Draft {
    raw: Vec<u8>,
    fault: Option<FrameFault>,
}

impl Draft {
    fn new() -> Self {
        Self {
            raw: vec![STX],
            fault: None,
        }
    }
}

impl Block {
    /// Its text, between the marks.
    pub(crate) fn text(&self) -> &[u8] {
        self.raw.get(self.inner.clone()).unwrap_or_default()
    }
}

impl Step {
    const NOTHING: Self = Self {
        event: None,
        consumed: true,
    };

    fn of(event: Event) -> Self {
        Self {
            event: Some(event),
            consumed: true,
        }
    }
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Idle,
            last_byte: Tick::default(),
        }
    }

    /// Whether a block has begun and has not ended.
    pub(crate) fn is_inside_block(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    pub(crate) fn reset(&mut self) {
        self.state = State::Idle;
    }

    /// The port reported a parity or framing error: the block cannot be trusted.
    pub(crate) fn spoil(&mut self) {
        match &mut self.state {
            State::Text(draft) | State::Trailing { draft, .. } => {
                draft.fault = Some(FrameFault::Line);
            }
            State::Idle => {}
        }
    }

    pub(crate) fn push(&mut self, now: Tick, byte: u8, dialect: &BlockDialect) -> Step {
        self.last_byte = now;
        match core::mem::replace(&mut self.state, State::Idle) {
            State::Idle => self.idle(byte),
            State::Text(draft) => self.text(draft, byte, dialect),
            State::Trailing { mut draft, missing } => {
                draft.raw.push(byte);
                if missing > 1 {
                    let missing = missing - 1;
                    self.state = State::Trailing { draft, missing };
                    return Step::NOTHING;
                }
                trailed(draft, byte, dialect)
            }
        }
    }

    fn idle(&mut self, byte: u8) -> Step {
        match byte {
            STX => {
                self.state = State::Text(Draft::new());
                Step::NOTHING
            }
            SOH | ENQ | EOT => Step::of(Event::Control(byte)),
            // Line ends between blocks belong to nobody.
            CR | LF => Step::NOTHING,
            _ => Step::of(Event::Noise),
        }
    }

    fn text(&mut self, mut draft: Draft, byte: u8, dialect: &BlockDialect) -> Step {
        if byte == STX {
            // STX cannot stand in a text: the end of the block before is lost, or it never was one.
            self.state = State::Text(Draft::new());
            return Step::of(Event::Restarted);
        }
        let limit = dialect.limits.message;
        let ends = matches!(byte, ETX | ETB);
        if ends || draft.raw.len() < limit.saturating_add(OVERHEAD) {
            draft.raw.push(byte);
        } else {
            draft.fault = draft.fault.or(Some(FrameFault::TooLong { limit }));
        }
        if !ends {
            self.state = State::Text(draft);
            return Step::NOTHING;
        }
        match trailing(dialect) {
            0 => Step::of(Event::Block(judge(draft, dialect))),
            missing => {
                self.state = State::Trailing { draft, missing };
                Step::NOTHING
            }
        }
    }

    /// When [`Self::elapse`] is due.
    pub(crate) fn deadline(&self, dialect: &BlockDialect) -> Option<Tick> {
        let span = match &self.state {
            State::Idle => return None,
            State::Trailing { .. } if dialect.policy != ChecksumPolicy::Required => {
                dialect.timers.trailer
            }
            State::Text(_) | State::Trailing { .. } => dialect.timers.character,
        };
        Some(self.last_byte.after(span))
    }

    /// The line has been silent up to the deadline.
    pub(crate) fn elapse(&mut self, dialect: &BlockDialect) -> Option<Event> {
        match core::mem::replace(&mut self.state, State::Idle) {
            State::Idle => None,
            State::Trailing { draft, .. } if dialect.policy != ChecksumPolicy::Required => {
                Some(Event::Block(judge(draft, dialect)))
            }
            State::Text(mut draft) | State::Trailing { mut draft, .. } => {
                draft.fault = Some(FrameFault::Silence);
                Some(Event::Block(judge(draft, dialect)))
            }
        }
    }
}

/// How many bytes follow ETX. Without a check the analyzer sends none.
fn trailing(dialect: &BlockDialect) -> usize {
    match dialect.policy {
        ChecksumPolicy::None => 0,
        ChecksumPolicy::Required | ChecksumPolicy::Optional => dialect.check.trailing(),
    }
}

/// The byte after ETX is there. Where the check may be missing, one that is wrong and means something of its own is that.
fn trailed(mut draft: Draft, byte: u8, dialect: &BlockDialect) -> Step {
    let wrong = matches!(dialect.check.of(&draft.raw), Checked::Wrong { .. });
    let means_something = matches!(byte, SOH | STX | EOT | ENQ | ACK | NAK | CR | LF);
    if dialect.policy == ChecksumPolicy::Optional && wrong && means_something {
        draft.raw.pop();
        return Step {
            event: Some(Event::Block(judge(draft, dialect))),
            consumed: false,
        };
    }
    Step::of(Event::Block(judge(draft, dialect)))
}

fn judge(draft: Draft, dialect: &BlockDialect) -> Block {
    let Draft { raw, mut fault } = draft;
    let mut deviations = Vec::new();
    let checked = match (dialect.check, dialect.policy) {
        (Check::Bcc, ChecksumPolicy::None) => Checked::Absent,
        (check, _) => check.of(&raw),
    };
    let found = match (checked, dialect.policy) {
        (Checked::Right { lower_case: true }, _) if dialect.check == Check::Line => {
            deviations.push(Deviation::ChecksumLowerCase);
            None
        }
        // Both cases are usual inside a group.
        (Checked::Right { .. }, _) => None,
        (Checked::Absent, _) if dialect.check == Check::None => None,
        (Checked::Absent, ChecksumPolicy::Required) => Some(FrameFault::ChecksumMissing),
        (Checked::Absent, _) => {
            deviations.push(Deviation::ChecksumMissing);
            None
        }
        (Checked::Wrong { .. }, ChecksumPolicy::None) => {
            deviations.push(Deviation::ChecksumIgnored);
            None
        }
        (Checked::Wrong { computed, found }, _) => {
            Some(FrameFault::BlockChecksum { computed, found })
        }
    };
    fault = fault.or(found);
    let is_last = format::ends_with_etx(&raw);
    let inner = format::text(&raw, dialect.check);
    Block {
        raw,
        inner,
        is_last,
        fault,
        deviations,
    }
}
