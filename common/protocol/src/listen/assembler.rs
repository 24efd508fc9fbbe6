//! Where a message begins and ends on a line that says nothing about it.

use crate::block::BlockDialect;
use crate::block::decoder::{Block, Decoder, Event};
use crate::engine::{Completion, Deviation, FrameFault, Notice, Tick};
use crate::lis1a::control::{ACK, CR, ENQ, EOT, ETX, LF, NAK, NUL, STX};
use crate::lis1a::outbox::Outbox;

/// What shows where messages begin and end. In each case silence ends one too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Boundary {
    /// Text: from STX to ETX when it begins with STX, else from a line to a line, or to silence.
    Report {
        /// How the first line of a report begins.
        start: Option<Vec<u8>>,
        /// How its last line begins.
        end: Option<Vec<u8>>,
    },
    /// Records of LIS2-A2, from H to L.
    Records,
    /// Blocks, each a message or part of one.
    Blocks(Box<BlockDialect>),
}

/// A message as far as it is known when its end is seen.
pub(super) struct Assembled {
    pub(super) bytes: Vec<u8>,
    pub(super) text: Vec<u8>,
    pub(super) completion: Completion,
    pub(super) parts: u32,
    pub(super) started: Tick,
}

pub(super) struct Assembler {
    boundary: Boundary,
    limit: usize,
    decoder: Decoder,
    bytes: Vec<u8>,
    text: Vec<u8>,
    parts: u32,
    /// Where the line under way begins.
    line: usize,
    started: Tick,
    last_byte: Tick,
    told: Vec<Deviation>,
    /// The port reported an error inside the message: the byte that comes now is damaged, or follows one that was left out.
    spoiled: bool,
}

/// Stands for a character found to be in error.
const SUB: u8 = 0x1A;

/// The kinds of record that a line can be.
enum Record {
    Header,
    Terminator,
    Other,
}

impl Assembler {
    pub(super) fn new(boundary: Boundary, limit: usize) -> Self {
        Self {
            boundary,
            limit,
            decoder: Decoder::new(),
            bytes: Vec::new(),
            text: Vec::new(),
            parts: 0,
            line: 0,
            started: Tick::default(),
            last_byte: Tick::default(),
            told: Vec::new(),
            spoiled: false,
        }
    }

    /// Whether a message has begun.
    pub(super) fn is_open(&self) -> bool {
        !self.bytes.is_empty() || self.decoder.is_inside_block()
    }

    pub(super) fn spoil(&mut self) {
        self.decoder.spoil();
        self.spoiled = self.is_open();
    }

    pub(super) fn last_byte(&self) -> Tick {
        self.last_byte
    }

    pub(super) fn push(&mut self, now: Tick, byte: u8, out: &mut Outbox) -> Vec<Assembled> {
        if !self.is_open() {
            self.started = now;
        }
        self.last_byte = now;
        let spoiled = core::mem::take(&mut self.spoiled);
        // What ends a line or a block still does; in a line its last character is then not to be trusted.
        let ends = byte.is_ascii_control();
        let byte = if spoiled && !ends { SUB } else { byte };
        match &self.boundary {
            Boundary::Blocks(_) => self.push_to_block(now, byte, out),
            Boundary::Records | Boundary::Report { .. } if spoiled && ends => {
                let mut done = self.push_to_lines(now, SUB, out);
                done.extend(self.push_to_lines(now, byte, out));
                done
            }
            Boundary::Records | Boundary::Report { .. } => self.push_to_lines(now, byte, out),
        }
    }

    fn push_to_block(&mut self, now: Tick, byte: u8, out: &mut Outbox) -> Vec<Assembled> {
        let mut done = Vec::new();
        loop {
            let Boundary::Blocks(dialect) = &self.boundary else {
                return done;
            };
            let step = self.decoder.push(now, byte, dialect);
            match step.event {
                Some(Event::Block(block)) => done.extend(self.take_block(now, &block, out)),
                Some(Event::Noise) => out.counters.noise_bytes += 1,
                Some(Event::Restarted) => out.counters.blocks_restarted += 1,
                Some(Event::Control(EOT)) => done.extend(self.finish(out)),
                Some(Event::Control(_)) | None => {}
            }
            if step.consumed {
                return done;
            }
        }
    }

    /// A block, good or bad: nobody will send it again.
    fn take_block(&mut self, now: Tick, block: &Block, out: &mut Outbox) -> Option<Assembled> {
        match block.fault {
            Some(fault) => {
                out.count_fault(fault);
                out.notice(Notice::KeptDamaged(fault));
            }
            None => out.counters.frames_accepted += 1,
        }
        for deviation in &block.deviations {
            out.tolerate(*deviation, &mut self.told);
        }
        if self.bytes.is_empty() {
            self.started = now;
        } else {
            self.text.push(CR);
        }
        self.bytes.extend_from_slice(&block.raw);
        self.text.extend_from_slice(block.text());
        self.parts += 1;
        let ends = match &self.boundary {
            Boundary::Blocks(dialect) => dialect.ends_message(block.text(), block.is_last),
            Boundary::Records | Boundary::Report { .. } => true,
        };
        let is_cut = block.fault == Some(FrameFault::Silence);
        (ends || is_cut || self.bytes.len() > self.limit).then(|| {
            self.close(if is_cut {
                Completion::NoTerminator
            } else {
                Completion::Terminated
            })
        })
    }

    fn push_to_lines(&mut self, now: Tick, byte: u8, out: &mut Outbox) -> Vec<Assembled> {
        let mut done = Vec::new();
        let records = self.boundary == Boundary::Records;
        if records && matches!(byte, NUL | STX | ETX | EOT | ENQ | ACK | NAK) {
            out.counters.noise_bytes += 1;
            return done;
        }
        // A report that announces itself ends one that did, and noise. In any other text STX is a byte like others.
        let is_marked = self.bytes.first() == Some(&STX);
        if byte == STX && !self.bytes.is_empty() && (is_marked || self.is_noise()) {
            done.extend(self.finish(out));
            self.started = now;
        }
        if self.bytes.is_empty() && matches!(byte, CR | LF | NUL) {
            return done;
        }
        self.bytes.push(byte);
        if self.bytes.first() == Some(&STX) {
            match byte {
                STX => {}
                ETX => done.push(self.close(Completion::Terminated)),
                _ => self.text.push(byte),
            }
        } else {
            self.text.push(byte);
            if matches!(byte, CR | LF) {
                done.extend(self.line_ended(now, out));
            }
        }
        if self.bytes.len() > self.limit {
            done.extend(self.finish(out));
        }
        done
    }

    fn line_ended(&mut self, now: Tick, out: &mut Outbox) -> Vec<Assembled> {
        let from = self.line;
        self.line = self.text.len();
        let line = self.text.get(from..).unwrap_or_default().trim_ascii();
        if line.is_empty() {
            return Vec::new();
        }
        let line = line.to_vec();
        match &self.boundary {
            Boundary::Records => {
                let mut done = Vec::new();
                match kind(&line) {
                    Record::Header if from > 0 => done.extend(self.split_before(from, now, out)),
                    Record::Terminator => done.push(self.close_records(out)),
                    Record::Header | Record::Other => {}
                }
                done
            }
            Boundary::Report { start, end } => {
                let begins = |with: &Option<Vec<u8>>| {
                    with.as_ref().is_some_and(|with| line.starts_with(with))
                };
                if begins(end) {
                    vec![self.close(Completion::Terminated)]
                } else if begins(start) && from > 0 {
                    self.split_before(from, now, out).into_iter().collect()
                } else {
                    Vec::new()
                }
            }
            Boundary::Blocks(_) => Vec::new(),
        }
    }

    /// A message begins with the line at `from`; what came before is one without end.
    fn split_before(&mut self, from: usize, now: Tick, out: &mut Outbox) -> Option<Assembled> {
        let rest = self.text.split_off(from.min(self.text.len()));
        let cut = self.bytes.len().saturating_sub(rest.len());
        self.bytes.truncate(cut);
        let before = self.finish(out);
        self.bytes.clone_from(&rest);
        self.line = rest.len();
        self.text = rest;
        self.started = now;
        before
    }

    /// The line has been silent, or ends: whatever is there is a message.
    pub(super) fn finish(&mut self, out: &mut Outbox) -> Option<Assembled> {
        let cut = match &self.boundary {
            Boundary::Blocks(dialect) => self.decoder.elapse(dialect),
            Boundary::Records | Boundary::Report { .. } => None,
        };
        if let Some(Event::Block(block)) = cut
            && let Some(done) = self.take_block(self.last_byte, &block, out)
        {
            return Some(done);
        }
        if self.bytes.is_empty() {
            return None;
        }
        if self.is_noise() {
            out.counters.noise_bytes += self.bytes.len() as u64;
            drop(self.close(Completion::NoTerminator));
            return None;
        }
        if self.boundary == Boundary::Records
            && let Record::Terminator = kind(self.text.get(self.line..).unwrap_or_default())
        {
            return Some(self.close_records(out));
        }
        let expects_end = match &self.boundary {
            Boundary::Report { end, .. } => end.is_some() || self.bytes.first() == Some(&STX),
            Boundary::Records | Boundary::Blocks(_) => true,
        };
        if !expects_end {
            return Some(self.close(Completion::Terminated));
        }
        out.tolerate(Deviation::MissingTerminator, &mut self.told);
        self.note_header(out);
        Some(self.close(Completion::NoTerminator))
    }

    /// A few bytes of which none is a character are noise on the line.
    fn is_noise(&self) -> bool {
        self.bytes.len() < 8 && !self.bytes.iter().any(u8::is_ascii_graphic)
    }

    fn close_records(&mut self, out: &mut Outbox) -> Assembled {
        self.note_header(out);
        self.close(Completion::Terminated)
    }

    fn note_header(&mut self, out: &mut Outbox) {
        if self.boundary == Boundary::Records && !matches!(kind(&self.text), Record::Header) {
            out.tolerate(Deviation::HeaderMissing, &mut self.told);
        }
    }

    fn close(&mut self, completion: Completion) -> Assembled {
        self.line = 0;
        self.told.clear();
        Assembled {
            bytes: core::mem::take(&mut self.bytes),
            text: core::mem::take(&mut self.text),
            completion,
            parts: core::mem::take(&mut self.parts).max(1),
            started: self.started,
        }
    }
}

/// What kind of record a line is. Some loggers leave the frame digit before it.
fn kind(line: &[u8]) -> Record {
    let line = line.trim_ascii_start();
    let line = match line {
        [b'0'..=b'7', rest @ ..] => rest,
        _ => line,
    };
    match line {
        [b'H' | b'h', delimiter, ..] if delimiter.is_ascii_punctuation() => Record::Header,
        [b'L' | b'l', delimiter, ..] if delimiter.is_ascii_punctuation() => Record::Terminator,
        [b'L' | b'l'] => Record::Terminator,
        _ => Record::Other,
    }
}
