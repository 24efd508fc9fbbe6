//! From captured bytes back to record text, with a map from every text offset to the capture. Never fails.
//!
//! A capture may be frames as they came over the line, frames as a logger mangled them (line ends rewritten, trailers
//! lost), or records that never had frames. Whatever is odd is listed; nothing is thrown away in silence.

use std::fmt;
use std::ops::Range;

use super::reader::lines;
use crate::lis1a::checksum::{self, LineEndRepair};
use crate::lis1a::control::{ACK, CR, ENQ, EOT, ETB, ETX, LF, NAK, NUL, STX};
use crate::lis1a::frame::FrameEnd;
use crate::scan;

/// What a capture holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Deframed {
    /// The records.
    pub text: Vec<u8>,
    /// Whether there were frames.
    pub layer: Layer,
    /// Every frame, in order; empty for unframed text.
    pub frames: Vec<FrameReport>,
    /// What is odd.
    pub problems: Vec<Problem>,
    segments: Vec<Segment>,
}

/// Whether the capture still has its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// STX, number, text, end, checksum.
    Framed,
    /// Records only.
    Unframed,
}

/// One frame of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameReport {
    /// Where it stands in the capture, from STX to the end of its trailer.
    pub range: Range<usize>,
    /// Its number, when it has one.
    pub number: Option<u8>,
    /// How it ends; `None` when it is cut.
    pub end: Option<FrameEnd>,
    /// Whether its checksum holds.
    pub checksum: ChecksumVerdict,
    /// What became of its text.
    pub part: Part,
    content: Range<usize>,
}

/// Whether a checksum holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChecksumVerdict {
    /// As received.
    Valid,
    /// After line ends are put back to what the analyzer must have sent.
    ValidAfterRepair(LineEndRepair),
    /// Not at all.
    Wrong {
        /// Computed as received.
        computed: u8,
        /// As sent.
        found: u8,
    },
    /// There is none.
    Missing,
}

/// What became of the text of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// It is part of the text.
    Used,
    /// It repeats the frame before it.
    Duplicate,
    /// It is damaged, and the frame after it has the same number.
    Superseded,
}

/// Something odd in a capture, with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {kind}")]
pub struct Problem {
    /// Offset in the capture.
    pub at: usize,
    /// What it is.
    pub kind: ProblemKind,
}

/// What can be odd in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ProblemKind {
    /// The capture has no frames.
    #[error("no frames: read as plain records")]
    Unframed,
    /// The checksum is wrong, whatever is done about line ends.
    #[error("checksum is {found:02X}, computed {computed:02X}")]
    Checksum {
        /// Computed as received.
        computed: u8,
        /// As sent.
        found: u8,
    },
    /// The frame has no checksum.
    #[error("frame without checksum")]
    ChecksumMissing,
    /// The checksum holds only for other line ends: a logger rewrote them.
    #[error("line ends were rewritten after the analyzer sent them")]
    LineEndsRewritten,
    /// The byte after STX is no frame number.
    #[error("no frame number after STX")]
    NoNumber,
    /// The number is not the one due.
    #[error("frame {found} after frame {previous}")]
    Jump {
        /// The number before.
        previous: u8,
        /// This number.
        found: u8,
    },
    /// The frame stops without ETB or ETX.
    #[error("frame is cut")]
    Cut,
    /// The frame repeats the one before it.
    #[error("frame repeated")]
    Duplicate,
    /// The frame is damaged and sent again.
    #[error("damaged frame, sent again")]
    Superseded,
    /// Bytes outside frames.
    #[error("{length} bytes outside frames")]
    Noise {
        /// How many.
        length: usize,
    },
    /// Frame numbers stand before the records, as in some stored files.
    #[error("frame numbers before the records removed")]
    FrameDigits,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    text_from: usize,
    capture: Range<usize>,
}

/// Takes a capture apart.
///
/// ```
/// use lisiere_protocol::lis2a2::deframe;
///
/// let capture = b"\x05\x021H|\\^&\r\x17F9\r\n\x022L|1|N\r\x0305\r\n\x04";
/// let deframed = deframe(capture);
/// assert_eq!(deframed.text, b"H|\\^&\rL|1|N\r");
/// let terminator = deframed.capture_range(6..11);
/// assert_eq!(&capture[terminator], b"L|1|N");
/// ```
pub fn deframe(capture: &[u8]) -> Deframed {
    let mut deframed = Deframed {
        text: Vec::with_capacity(capture.len()),
        layer: Layer::Unframed,
        frames: Vec::new(),
        problems: Vec::new(),
        segments: Vec::new(),
    };
    let pieces = if capture.contains(&STX) {
        deframed.layer = Layer::Framed;
        let sessions = find_frames(capture, &mut deframed.problems);
        for session in sessions {
            deframed.take_session(session, capture);
        }
        let used = deframed
            .frames
            .iter()
            .filter(|frame| frame.part == Part::Used);
        used.map(|frame| frame.content.clone()).collect()
    } else {
        deframed.problems.push(Problem {
            at: 0,
            kind: ProblemKind::Unframed,
        });
        plain_runs(capture)
    };
    deframed.assemble(&pieces, capture);
    if let Some(digits) = frame_digits(&deframed.text, deframed.layer) {
        let cuts: Vec<usize> = digits
            .iter()
            .map(|at| deframed.capture_range(*at..*at + 1).start)
            .collect();
        if let Some(&at) = cuts.first() {
            deframed.problems.push(Problem {
                at,
                kind: ProblemKind::FrameDigits,
            });
        }
        deframed.assemble(&without(&pieces, &cuts), capture);
    }
    deframed.problems.sort_by_key(|problem| problem.at);
    deframed
}

impl Deframed {
    /// The stretch of the capture that a stretch of the text came from. When it spans frames, what lies between them
    /// is included.
    pub fn capture_range(&self, text: Range<usize>) -> Range<usize> {
        let start = self.capture_offset(text.start);
        match text.end.checked_sub(1) {
            Some(last) if last >= text.start => start..self.capture_offset(last) + 1,
            _ => start..start,
        }
    }

    fn capture_offset(&self, text: usize) -> usize {
        let after = self
            .segments
            .partition_point(|segment| segment.text_from <= text);
        match after
            .checked_sub(1)
            .and_then(|index| self.segments.get(index))
        {
            Some(segment) => {
                (segment.capture.start + (text - segment.text_from)).min(segment.capture.end)
            }
            None => 0,
        }
    }

    fn assemble(&mut self, pieces: &[Range<usize>], capture: &[u8]) {
        self.text.clear();
        self.segments.clear();
        self.segments.reserve(pieces.len());
        for piece in pieces {
            let Some(bytes) = capture.get(piece.clone()).filter(|bytes| !bytes.is_empty()) else {
                continue;
            };
            self.segments.push(Segment {
                text_from: self.text.len(),
                capture: piece.clone(),
            });
            self.text.extend_from_slice(bytes);
        }
    }

    /// Decides for each frame of a session whether it is part of the text.
    fn take_session(&mut self, mut session: Vec<FrameReport>, capture: &[u8]) {
        let content = |frame: &FrameReport| capture.get(frame.content.clone()).unwrap_or_default();
        let mut last_used = None;
        for index in 0..session.len() {
            let (before, rest) = session.split_at_mut(index);
            let Some((frame, after)) = rest.split_first_mut() else {
                break;
            };
            let previous = last_used.and_then(|place: usize| before.get(place));
            let sent_again = frame.number.is_some()
                && after
                    .first()
                    .is_some_and(|next| next.number == frame.number);
            let repeats = previous.is_some_and(|previous| {
                previous.number == frame.number
                    && previous.end == frame.end
                    && content(previous) == content(frame)
            });
            frame.part = match () {
                () if frame.is_damaged() && sent_again => Part::Superseded,
                () if repeats => Part::Duplicate,
                () => Part::Used,
            };
            let due = previous.and_then(|previous| previous.number);
            if frame.part == Part::Used {
                last_used = Some(index);
            }
            note_frame(frame, due, &mut self.problems);
        }
        if self.frames.is_empty() {
            self.frames = session;
        } else {
            self.frames.append(&mut session);
        }
    }
}

impl FrameReport {
    fn is_damaged(&self) -> bool {
        self.end.is_none() || matches!(self.checksum, ChecksumVerdict::Wrong { .. })
    }
}

/// Lists what is odd about a frame.
fn note_frame(frame: &FrameReport, previous: Option<u8>, problems: &mut Vec<Problem>) {
    let at = frame.range.start;
    let mut note = |kind| problems.push(Problem { at, kind });
    match frame.part {
        Part::Duplicate => note(ProblemKind::Duplicate),
        Part::Superseded => note(ProblemKind::Superseded),
        Part::Used => {
            match (frame.number, previous) {
                (None, _) => note(ProblemKind::NoNumber),
                (Some(found), Some(previous)) if found != (previous + 1) % 8 => {
                    note(ProblemKind::Jump { previous, found });
                }
                _ => {}
            }
            if frame.end.is_none() {
                note(ProblemKind::Cut);
            }
        }
    }
    match frame.checksum {
        ChecksumVerdict::ValidAfterRepair(_) => note(ProblemKind::LineEndsRewritten),
        ChecksumVerdict::Wrong { computed, found } => {
            note(ProblemKind::Checksum { computed, found });
        }
        ChecksumVerdict::Missing if frame.end.is_some() => note(ProblemKind::ChecksumMissing),
        ChecksumVerdict::Valid | ChecksumVerdict::Missing => {}
    }
}

/// Finds the frames, grouped by session: an enquiry or an end of transmission begins a new group.
fn find_frames(capture: &[u8], problems: &mut Vec<Problem>) -> Vec<Vec<FrameReport>> {
    let mut sessions = vec![Vec::new()];
    let mut noise: Option<Range<usize>> = None;
    let mut at = 0;
    while let Some(&byte) = capture.get(at) {
        match byte {
            STX => {
                let frame = scan_frame(capture, at);
                at = frame.range.end;
                if let Some(session) = sessions.last_mut() {
                    if session.is_empty() {
                        // Most sessions bring some tens of frames.
                        session.reserve(32);
                    }
                    session.push(frame);
                }
                continue;
            }
            ENQ | EOT => sessions.push(Vec::new()),
            ACK | NAK | NUL | CR | LF => {}
            _ => match &mut noise {
                Some(run) if run.end == at => run.end += 1,
                _ => {
                    problems.extend(noise.replace(at..at + 1).map(noise_problem));
                }
            },
        }
        at += 1;
    }
    problems.extend(noise.map(noise_problem));
    sessions
}

fn noise_problem(run: Range<usize>) -> Problem {
    Problem {
        at: run.start,
        kind: ProblemKind::Noise { length: run.len() },
    }
}

/// Reads the frame whose STX stands at `start`.
fn scan_frame(capture: &[u8], start: usize) -> FrameReport {
    let number = capture
        .get(start + 1)
        .filter(|byte| matches!(byte, b'0'..=b'7'))
        .map(|byte| byte - b'0');
    let from = start + 1 + usize::from(number.is_some());
    let rest = capture.get(from..).unwrap_or_default();
    let length = scan::controls(rest)
        .find(|at| matches!(rest.get(*at), Some(&(STX | ETX | ETB | EOT))))
        .unwrap_or(rest.len());
    let to = from + length;
    let end = capture.get(to).copied().and_then(FrameEnd::from_byte);
    let mut stop = to;
    let mut checksum = ChecksumVerdict::Missing;
    if end.is_some() {
        stop += 1;
        if let Some(found) = capture.get(stop..stop + 2).and_then(checksum::parse) {
            checksum = judge(capture.get(start + 1..stop).unwrap_or_default(), found);
            stop += 2;
        }
        let trailer = capture.get(stop..).unwrap_or_default();
        stop += trailer
            .iter()
            .take_while(|byte| matches!(**byte, CR | LF))
            .count();
    }
    FrameReport {
        range: start..stop,
        number,
        end,
        checksum,
        part: Part::Used,
        content: from..to,
    }
}

fn judge(summed: &[u8], found: u8) -> ChecksumVerdict {
    let computed = checksum::sum(summed);
    if computed == found {
        return ChecksumVerdict::Valid;
    }
    match LineEndRepair::ALL
        .into_iter()
        .find(|repair| checksum::sum_repaired(summed, *repair) == found)
    {
        Some(repair) => ChecksumVerdict::ValidAfterRepair(repair),
        None => ChecksumVerdict::Wrong { computed, found },
    }
}

/// The stretches of a capture without frames that are text rather than line control.
fn plain_runs(capture: &[u8]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, byte) in capture.iter().enumerate() {
        if matches!(*byte, NUL | ETX | EOT | ENQ | ACK | NAK | ETB) {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// Offsets of frame numbers that stand before every record, or `None` when that is not the pattern. Only in a frame
/// log is a leading digit a frame number, so every record must have one and they must count up.
fn frame_digits(text: &[u8], layer: Layer) -> Option<Vec<usize>> {
    let mut digits = Vec::new();
    let mut due = 1;
    for (at, line) in lines(text) {
        let first_of_frame = layer == Layer::Framed && digits.is_empty() && at == 0;
        if first_of_frame && matches!(line, [b'H' | b'h', ..]) {
            due = 2;
            continue;
        }
        match *line {
            [digit @ b'0'..=b'7', letter, ..] if letter.is_ascii_alphabetic() => {
                let number = digit - b'0';
                if number != due && number != 1 {
                    return None;
                }
                due = (number + 1) % 8;
                digits.push(at);
            }
            _ => return None,
        }
    }
    (!digits.is_empty()).then_some(digits)
}

/// The pieces without the single bytes at `cuts`, which are in order.
fn without(pieces: &[Range<usize>], cuts: &[usize]) -> Vec<Range<usize>> {
    let mut kept = Vec::with_capacity(pieces.len() + cuts.len());
    for piece in pieces {
        let mut from = piece.start;
        for &cut in cuts.iter().filter(|cut| piece.contains(cut)) {
            kept.push(from..cut);
            from = cut + 1;
        }
        kept.push(from..piece.end);
    }
    kept
}

impl fmt::Debug for Deframed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deframed")
            .field("text", &self.text.len())
            .field("layer", &self.layer)
            .field("frames", &self.frames)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}
