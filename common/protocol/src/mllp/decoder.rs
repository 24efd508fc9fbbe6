//! From bytes to blocks: one byte at a time, in any chunking, back in step at the next VT whatever came before.

use super::dialect::MllpDialect;
use super::{CR, FS, LF, VT};
use crate::engine::{DropCause, Tick};
use crate::scan;

/// Of a block that is too large, this much is kept: enough for its header, to answer it.
const HEAD: usize = 4096;

pub(super) struct Decoder {
    state: State,
}

enum State {
    /// Between blocks; so many bytes of `MSH` and a delimiter have come at the start of a line, or the last byte was no
    /// line end.
    Outside(Seen),
    Inside(Open),
    /// FS has come; the next byte tells whether it is the end.
    Ending(Open),
}

#[derive(Clone, Copy)]
enum Seen {
    LineStart,
    Start(u8),
    Other,
}

struct Open {
    raw: Vec<u8>,
    bare: bool,
    started: Tick,
    last: Tick,
    /// Bytes of a block that is too large and not kept any more.
    flooded: usize,
    spoiled: bool,
    /// FS inside the text.
    stray: u64,
}

/// A whole block.
pub(super) struct Block {
    /// As received.
    pub(super) raw: Vec<u8>,
    /// Whether its VT is missing.
    pub(super) bare: bool,
    /// Whether its CR is missing.
    pub(super) without_cr: bool,
    /// Whether the port reported an error inside it.
    pub(super) spoiled: bool,
    /// Its size, when it is too large; `raw` is only its head then.
    pub(super) too_long: Option<usize>,
    /// FS inside the text.
    pub(super) stray: u64,
    pub(super) started: Tick,
    pub(super) ended: Tick,
}

pub(super) enum Event {
    /// A byte outside blocks that means nothing there.
    Noise(usize),
    Block(Block),
    /// A block that did not end.
    Dropped {
        cause: DropCause,
        bytes: usize,
    },
}

impl Block {
    /// What stands between the marks.
    pub(super) fn content(&self) -> &[u8] {
        let start = usize::from(!self.bare);
        let end = self.raw.iter().rposition(|byte| *byte == FS);
        let end = if self.too_long.is_some() { None } else { end };
        self.raw
            .get(start..end.unwrap_or(self.raw.len()))
            .unwrap_or_default()
    }
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self {
            state: State::Outside(Seen::LineStart),
        }
    }

    pub(super) fn is_outside(&self) -> bool {
        matches!(self.state, State::Outside(_))
    }

    /// The port reported an error.
    pub(super) fn spoil(&mut self) {
        if let State::Inside(open) | State::Ending(open) = &mut self.state {
            open.spoiled = true;
        }
    }

    /// Takes some of the bytes, at least one, and says how many and what they ended.
    pub(super) fn push(
        &mut self,
        now: Tick,
        bytes: &[u8],
        dialect: &MllpDialect,
    ) -> (usize, Option<Event>) {
        let Some(&byte) = bytes.first() else {
            return (0, None);
        };
        match std::mem::replace(&mut self.state, State::Outside(Seen::LineStart)) {
            State::Outside(seen) => (1, self.outside(now, seen, byte, dialect)),
            State::Inside(open) => self.inside(now, open, bytes, dialect),
            State::Ending(open) => self.ending(now, open, byte, dialect),
        }
    }

    fn outside(&mut self, now: Tick, seen: Seen, byte: u8, dialect: &MllpDialect) -> Option<Event> {
        let pending = match seen {
            Seen::Start(count) => usize::from(count),
            Seen::LineStart | Seen::Other => 0,
        };
        let noise = |count: usize| (count > 0).then_some(Event::Noise(count));
        match (seen, byte) {
            (_, VT) => {
                self.state = State::Inside(Open::new(now, false));
                noise(pending)
            }
            (_, CR | LF) => noise(pending),
            (Seen::LineStart, b'M') if dialect.bare_start => {
                self.state = State::Outside(Seen::Start(1));
                None
            }
            (Seen::Start(1), b'S') | (Seen::Start(2), b'H') => {
                self.state = State::Outside(Seen::Start(if byte == b'S' { 2 } else { 3 }));
                None
            }
            (Seen::Start(3), _) if byte.is_ascii_punctuation() => {
                let mut open = Open::new(now, true);
                open.raw.extend_from_slice(&[b'M', b'S', b'H', byte]);
                self.state = State::Inside(open);
                None
            }
            _ => {
                self.state = State::Outside(Seen::Other);
                noise(pending + 1)
            }
        }
    }

    fn inside(
        &mut self,
        now: Tick,
        mut open: Open,
        bytes: &[u8],
        dialect: &MllpDialect,
    ) -> (usize, Option<Event>) {
        let end = scan::find(bytes, [VT, FS]);
        let run = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes);
        open.last = now;
        open.extend(run, dialect.limits.block);
        let Some(end) = end else {
            self.state = State::Inside(open);
            return (bytes.len(), None);
        };
        if bytes.get(end) == Some(&FS) {
            self.state = State::Ending(open);
            return (end + 1, None);
        }
        // VT cannot stand in a message (HL7 v2.5.1 §2.7.1): the sender began again.
        self.state = State::Inside(Open::new(now, false));
        let event = open.dropped(DropCause::Restarted);
        (end + 1, Some(event))
    }

    fn ending(
        &mut self,
        now: Tick,
        mut open: Open,
        byte: u8,
        dialect: &MllpDialect,
    ) -> (usize, Option<Event>) {
        match byte {
            CR => (1, Some(Event::Block(open.finish(now, true)))),
            FS => {
                // The last of several is the end.
                open.extend(&[FS], dialect.limits.block);
                open.stray += 1;
                open.last = now;
                self.state = State::Ending(open);
                (1, None)
            }
            // What cannot be text ends the block; it is looked at once more.
            _ if byte < 0x20 || (byte == b'M' && dialect.bare_start) => {
                (0, Some(Event::Block(open.finish(now, false))))
            }
            // A block that goes on after FS has not ended there: an FS made by noise must not cut a message short.
            _ => {
                open.extend(&[FS], dialect.limits.block);
                open.stray += 1;
                open.last = now;
                self.state = State::Inside(open);
                (0, None)
            }
        }
    }

    pub(super) fn deadline(&self, dialect: &MllpDialect) -> Option<Tick> {
        match &self.state {
            State::Outside(_) => None,
            State::Inside(open) => Some(open.last.after(dialect.timers.silence)),
            State::Ending(open) => Some(open.last.after(dialect.timers.trailer)),
        }
    }

    /// Silence: an FS was the end, or the block has none.
    pub(super) fn elapse(&mut self, now: Tick, dialect: &MllpDialect) -> Option<Event> {
        if self.deadline(dialect).is_none_or(|deadline| now < deadline) {
            return None;
        }
        match std::mem::replace(&mut self.state, State::Outside(Seen::LineStart)) {
            State::Outside(seen) => {
                self.state = State::Outside(seen);
                None
            }
            State::Inside(open) => Some(open.dropped(DropCause::Silence)),
            State::Ending(open) => {
                let at = open.last;
                Some(Event::Block(open.finish(at, false)))
            }
        }
    }
}

impl Open {
    fn new(now: Tick, bare: bool) -> Self {
        Self {
            raw: if bare { Vec::new() } else { vec![VT] },
            bare,
            started: now,
            last: now,
            flooded: 0,
            spoiled: false,
            stray: 0,
        }
    }

    fn extend(&mut self, run: &[u8], limit: usize) {
        let room = limit.saturating_sub(self.raw.len());
        if self.flooded > 0 {
            self.flooded += run.len();
        } else if run.len() <= room {
            self.raw.extend_from_slice(run);
        } else {
            self.raw
                .extend_from_slice(run.get(..room).unwrap_or_default());
            self.flooded = run.len() - room;
            self.flooded += self.raw.len().saturating_sub(HEAD);
            self.raw.truncate(HEAD);
            self.raw.shrink_to_fit();
        }
    }

    fn len(&self) -> usize {
        self.raw.len() + self.flooded
    }

    /// Two VT in a row are one.
    fn dropped(&self, cause: DropCause) -> Event {
        let bytes = self.len();
        if bytes <= 1 {
            Event::Noise(bytes)
        } else {
            Event::Dropped { cause, bytes }
        }
    }

    fn finish(mut self, now: Tick, with_cr: bool) -> Block {
        let too_long = (self.flooded > 0).then(|| self.len());
        if too_long.is_none() {
            self.raw.push(FS);
            if with_cr {
                self.raw.push(CR);
            }
        }
        Block {
            raw: self.raw,
            bare: self.bare,
            without_cr: !with_cr,
            spoiled: self.spoiled,
            too_long,
            stray: self.stray,
            started: self.started,
            ended: now,
        }
    }
}
