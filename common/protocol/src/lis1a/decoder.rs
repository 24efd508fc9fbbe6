//! Finds frames in a stream of bytes, one byte at a time: where reads are cut cannot matter.

use super::checksum::{self, LineEndRepair};
use super::control::{CR, ENQ, EOT, LF, STX, is_forbidden_in_text};
use super::dialect::{ChecksumPolicy, Dialect};
use super::frame::{Frame, FrameEnd};
use crate::engine::{Deviation, FrameFault, Tick};

/// Text allowed in a frame by E1381-95.
const TEXT_E1381: usize = 240;
/// Frame allowed by LIS01-A2 §6.3.1, overhead included.
const FRAME_LIS01: usize = 64_000;
/// Overhead of a frame: STX, number, end, two digits, CR, LF.
const OVERHEAD: usize = 7;
/// Line ends after a checksum that still belong to the frame.
const TRAILER: usize = 8;

/// What a byte brought to light.
pub(crate) enum Event {
    /// A frame has ended, good or bad.
    Frame(Result<Frame, FrameFault>),
    /// An enquiry or an end of transmission outside a frame.
    Control(u8),
    /// A byte that means nothing where it stands.
    Noise,
}

/// One step of the decoder.
pub(crate) struct Step {
    pub(crate) event: Option<Event>,
    /// `false` when the byte ended a frame without being part of it, and has to be pushed again.
    pub(crate) consumed: bool,
}

pub(crate) struct Decoder {
    state: State,
    last_byte: Tick,
}

enum State {
    Idle,
    /// Inside the frame, up to ETB or ETX.
    Text(Draft),
    /// After ETB or ETX: the two digits.
    Digits {
        draft: Draft,
        end: FrameEnd,
        digits: Vec<u8>,
    },
    /// After the digits: CR LF, or what stands for it.
    Trailer {
        verdict: Result<Frame, FrameFault>,
        trailer: Vec<u8>,
    },
}

#[derive(Default)]
struct Draft {
    raw: Vec<u8>,
    forbidden: u64,
    fault: Option<FrameFault>,
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

    /// Whether a frame has begun and is not answered yet.
    pub(crate) fn is_inside_frame(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    pub(crate) fn reset(&mut self) {
        self.state = State::Idle;
    }

    /// The port reported a parity or framing error: the frame cannot be trusted.
    pub(crate) fn spoil(&mut self) {
        match &mut self.state {
            State::Text(draft) | State::Digits { draft, .. } => {
                draft.fault = Some(FrameFault::Line);
            }
            State::Idle | State::Trailer { .. } => {}
        }
    }

    pub(crate) fn push(&mut self, now: Tick, byte: u8, dialect: &Dialect) -> Step {
        let before = self.last_byte;
        self.last_byte = now;
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => self.idle(byte),
            State::Text(draft) => {
                self.text(draft, byte, dialect);
                Step::NOTHING
            }
            State::Digits { draft, end, digits } => self.digits(draft, end, digits, byte, dialect),
            State::Trailer {
                verdict,
                mut trailer,
            } => match byte {
                LF => {
                    trailer.push(LF);
                    Step::of(finish(verdict, &trailer, dialect))
                }
                CR if trailer.len() < TRAILER => {
                    trailer.push(CR);
                    self.state = State::Trailer { verdict, trailer };
                    Step::NOTHING
                }
                _ => {
                    self.last_byte = before;
                    Step {
                        event: Some(finish(verdict, &trailer, dialect)),
                        consumed: false,
                    }
                }
            },
        }
    }

    fn idle(&mut self, byte: u8) -> Step {
        match byte {
            STX => {
                self.state = State::Text(Draft {
                    raw: vec![STX],
                    ..Draft::default()
                });
                Step::NOTHING
            }
            ENQ | EOT => Step::of(Event::Control(byte)),
            // The rest of a trailer that is longer than it should be.
            CR | LF => Step::NOTHING,
            _ => Step::of(Event::Noise),
        }
    }

    fn text(&mut self, mut draft: Draft, byte: u8, dialect: &Dialect) {
        if byte == STX {
            // STX cannot stand in a text: what came before was noise, or a frame that was cut.
            draft = Draft {
                raw: vec![STX],
                ..Draft::default()
            };
            self.state = State::Text(draft);
            return;
        }
        let is_number = draft.raw.len() == 1;
        if is_number && !matches!(byte, b'0'..=b'7') {
            // Read on to the end all the same: an answer in the middle of a frame would not be heard.
            draft.fault = draft.fault.or(Some(FrameFault::Number(byte)));
        }
        let end = FrameEnd::from_byte(byte);
        let limit = dialect.limits.message;
        if draft.raw.len() < limit.saturating_add(OVERHEAD) {
            draft.raw.push(byte);
        } else {
            draft.fault = draft.fault.or(Some(FrameFault::TooLong { limit }));
        }
        if let Some(end) = end {
            self.state = State::Digits {
                draft,
                end,
                digits: Vec::with_capacity(2),
            }
        } else {
            draft.forbidden += u64::from(!is_number && is_forbidden_in_text(byte));
            self.state = State::Text(draft);
        }
    }

    fn digits(
        &mut self,
        draft: Draft,
        end: FrameEnd,
        mut digits: Vec<u8>,
        byte: u8,
        dialect: &Dialect,
    ) -> Step {
        let ends = match dialect.checksum {
            ChecksumPolicy::Required => matches!(byte, CR | LF | STX),
            ChecksumPolicy::Optional => matches!(byte, CR | LF | STX | ENQ | EOT),
            ChecksumPolicy::None => !byte.is_ascii_hexdigit(),
        };
        if ends {
            let verdict = judge(draft, end, &digits, dialect);
            self.state = State::Trailer {
                verdict,
                trailer: Vec::new(),
            };
            return Step {
                event: None,
                consumed: false,
            };
        }
        // Whatever stands here is read as a digit, so that the answer comes after the frame.
        digits.push(byte);
        self.state = if digits.len() < 2 {
            State::Digits { draft, end, digits }
        } else {
            State::Trailer {
                verdict: judge(draft, end, &digits, dialect),
                trailer: Vec::new(),
            }
        };
        Step::NOTHING
    }

    /// When [`Self::elapse`] is due.
    pub(crate) fn deadline(&self, dialect: &Dialect) -> Option<Tick> {
        let optional = dialect.checksum != ChecksumPolicy::Required;
        let span = match &self.state {
            State::Idle => return None,
            State::Digits { digits, .. } if optional && digits.is_empty() => dialect.timers.trailer,
            State::Text(_) | State::Digits { .. } => dialect.timers.character,
            State::Trailer { .. } => dialect.timers.trailer,
        };
        Some(self.last_byte.after(span))
    }

    /// The line has been silent up to the deadline.
    pub(crate) fn elapse(&mut self, dialect: &Dialect) -> Option<Event> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => None,
            State::Trailer { verdict, trailer } => Some(finish(verdict, &trailer, dialect)),
            State::Digits { draft, end, digits }
                if dialect.checksum != ChecksumPolicy::Required && digits.is_empty() =>
            {
                Some(finish(judge(draft, end, &digits, dialect), &[], dialect))
            }
            State::Text(_) | State::Digits { .. } => Some(Event::Frame(Err(FrameFault::Silence))),
        }
    }
}

/// Judges a frame whose digits have been read.
fn judge(
    draft: Draft,
    end: FrameEnd,
    digits: &[u8],
    dialect: &Dialect,
) -> Result<Frame, FrameFault> {
    if let Some(fault) = draft.fault {
        return Err(fault);
    }
    let Draft {
        mut raw, forbidden, ..
    } = draft;
    let number = match raw.get(1) {
        Some(byte @ b'0'..=b'7') => byte - b'0',
        other => return Err(FrameFault::Number(other.copied().unwrap_or_default())),
    };
    let mut deviations = Vec::new();
    let mut repaired = None;
    let summed = raw.get(1..).unwrap_or_default();
    let computed = checksum::sum(summed);
    let found = checksum::parse(digits);
    let repair = |found: u8| {
        LineEndRepair::ALL
            .into_iter()
            .find(|repair| checksum::sum_repaired(summed, *repair) == found)
    };
    match (dialect.checksum, found) {
        (_, Some(found)) if found == computed => {
            if digits.iter().any(u8::is_ascii_lowercase) {
                deviations.push(Deviation::ChecksumLowerCase);
            }
        }
        (ChecksumPolicy::None, None) | (ChecksumPolicy::Optional, None | Some(0)) => {
            // "No checksum" is nothing at all, or `00`; two other characters are a damaged checksum.
            if !digits.is_empty() && found.is_none() && dialect.checksum == ChecksumPolicy::Optional
            {
                return Err(FrameFault::ChecksumMissing);
            }
            deviations.push(Deviation::ChecksumMissing);
        }
        (ChecksumPolicy::None, Some(_)) => deviations.push(Deviation::ChecksumIgnored),
        (ChecksumPolicy::Required, None) => return Err(FrameFault::ChecksumMissing),
        (_, Some(found)) => match repair(found) {
            Some(repair) if dialect.repair_line_ends => {
                deviations.push(Deviation::LineEndsRepaired);
                let text = raw.get(2..raw.len().saturating_sub(1)).unwrap_or_default();
                repaired = Some(repair.apply(text));
            }
            _ => return Err(FrameFault::Checksum { computed, found }),
        },
    }
    let text_end = raw.len().saturating_sub(1);
    let length = text_end.saturating_sub(2);
    if length + OVERHEAD > FRAME_LIS01 {
        deviations.push(Deviation::OversizedFrame);
    } else if length > TEXT_E1381 {
        deviations.push(Deviation::LongFrame);
    }
    if forbidden > 0 {
        deviations.push(Deviation::ForbiddenBytes);
    }
    raw.extend_from_slice(digits);
    Ok(Frame {
        number,
        end,
        raw,
        text_end,
        repaired,
        deviations,
        forbidden,
    })
}

/// Closes a frame with the trailer it came with.
fn finish(verdict: Result<Frame, FrameFault>, trailer: &[u8], dialect: &Dialect) -> Event {
    Event::Frame(verdict.and_then(|mut frame| {
        let deviation = match trailer {
            [CR, LF] => None,
            [] if !dialect.accept_missing_trailer => return Err(FrameFault::TrailerMissing),
            [] => Some(Deviation::TrailerMissing),
            [LF] => Some(Deviation::TrailerWithoutCr),
            [CR] => Some(Deviation::TrailerWithoutLf),
            _ => Some(Deviation::TrailerExtraCr),
        };
        frame.deviations.extend(deviation);
        frame.raw.extend_from_slice(trailer);
        Ok(frame)
    }))
}
