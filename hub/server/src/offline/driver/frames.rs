//! The text of a capture, and the capture around it: taken apart for masking, put together again with right checksums.

use lisiere_driver::Language;
use lisiere_protocol::block::{Check, FoundBlock, find_blocks};
use lisiere_protocol::lis1a::checksum;
use lisiere_protocol::lis2a2::deframe::{ChecksumVerdict, Layer, Part, deframe};
use lisiere_protocol::mllp::hybrid;

use super::mask::covered;

/// A capture, and where each byte of its text stands in it.
pub(super) struct Taken {
    language: Language,
    bytes: Vec<u8>,
    /// The text of the records.
    pub(super) text: Vec<u8>,
    places: Vec<usize>,
}

/// Takes a capture apart.
pub(super) fn take(capture: &[u8], language: Language) -> Taken {
    let places: Vec<usize> = match language {
        Language::Lis2a2 => {
            let deframed = deframe(capture);
            (0..deframed.text.len())
                .map(|at| deframed.capture_range(at..at.saturating_add(1)).start)
                .collect()
        }
        Language::Bci => (0..capture.len())
            .filter(|at| capture.get(*at).is_some_and(|byte| !folds(*byte)))
            .collect(),
        _ => (0..capture.len()).collect(),
    };
    let text = places
        .iter()
        .map(|at| capture.get(*at).copied().unwrap_or_default())
        .collect();
    Taken {
        language,
        bytes: capture.to_vec(),
        text,
        places,
    }
}

/// Line ends that bioMérieux analyzers put into the middle of a value.
fn folds(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

impl Taken {
    /// The capture with the text as it is now: what stands outside the text is covered, and every checksum that was right is
    /// right again.
    pub(super) fn put(self) -> Vec<u8> {
        let original = self.bytes.clone();
        let mut bytes = self.bytes;
        if self.language == Language::Lis2a2 {
            cover_outside(&mut bytes, &self.places);
        }
        for (at, byte) in self.places.iter().zip(&self.text) {
            if let Some(place) = bytes.get_mut(*at) {
                *place = *byte;
            }
        }
        match self.language {
            Language::Lis2a2 => {
                repeat(&original, &mut bytes);
                lis1a(&original, &mut bytes);
            }
            Language::Hl7 => hllp(&mut bytes),
            Language::Bci => blocks(&original, &mut bytes, Check::Group),
            Language::Au | Language::Tosoh => blocks(&original, &mut bytes, Check::Bcc),
            Language::Abx => blocks(&original, &mut bytes, Check::Line),
            _ => {}
        }
        bytes
    }
}

/// Repeated and broken frames, and noise between them, may hold the same names as the frames that were read.
fn cover_outside(bytes: &mut [u8], places: &[usize]) {
    let deframed = deframe(bytes);
    if deframed.layer == Layer::Unframed {
        return;
    }
    let mut is_text = vec![false; bytes.len()];
    for at in places {
        if let Some(known) = is_text.get_mut(*at) {
            *known = true;
        }
    }
    for frame in &deframed.frames {
        // The number, and the two digits after the end mark, are the link's.
        let number = frame.range.start.saturating_add(1);
        let end = (frame.range.start..frame.range.end).rev().find(|at| {
            bytes
                .get(*at)
                .is_some_and(|byte| matches!(byte, 0x03 | 0x17))
        });
        let digits = end.map_or(0..0, |end| end.saturating_add(1)..end.saturating_add(3));
        for at in digits.chain([number]) {
            if let Some(known) = is_text.get_mut(at) {
                *known = true;
            }
        }
    }
    for (byte, known) in bytes.iter_mut().zip(is_text) {
        if !known {
            *byte = covered(*byte);
        }
    }
}

/// A frame that was sent twice is the same twice.
fn repeat(original: &[u8], bytes: &mut [u8]) {
    let frames = deframe(original).frames;
    let used = || frames.iter().filter(|frame| frame.part == Part::Used);
    for frame in frames.iter().filter(|frame| frame.part != Part::Used) {
        let same = |other: &&lisiere_protocol::lis2a2::deframe::FrameReport| {
            original.get(other.range.clone()) == original.get(frame.range.clone())
        };
        let Some(masked) = used()
            .find(same)
            .and_then(|other| bytes.get(other.range.clone()))
            .map(<[u8]>::to_vec)
        else {
            continue;
        };
        if let Some(place) = bytes.get_mut(frame.range.clone()) {
            place.copy_from_slice(&masked);
        }
    }
}

fn lis1a(original: &[u8], bytes: &mut [u8]) {
    for frame in deframe(original).frames {
        let repair = match frame.checksum {
            ChecksumVerdict::Valid => None,
            ChecksumVerdict::ValidAfterRepair(repair) => Some(repair),
            _ => continue,
        };
        let start = frame.range.start.saturating_add(1);
        let Some(end) = (start..frame.range.end).rev().find(|at| {
            bytes
                .get(*at)
                .is_some_and(|byte| matches!(byte, 0x03 | 0x17))
        }) else {
            continue;
        };
        let summed = bytes.get(start..=end).unwrap_or_default();
        let sum = match repair {
            None => checksum::sum(summed),
            Some(repair) => checksum::sum_repaired(summed, repair),
        };
        digits(bytes, end.saturating_add(1), &format!("{sum:02X}"));
    }
}

/// Writes digits in the case in which they stood.
fn digits(bytes: &mut [u8], at: usize, text: &str) {
    for (place, digit) in bytes.iter_mut().skip(at).zip(text.bytes()) {
        *place = if place.is_ascii_lowercase() {
            digit.to_ascii_lowercase()
        } else {
            digit
        };
    }
}

fn hllp(bytes: &mut [u8]) {
    let starts: Vec<usize> = positions(bytes, 0x0b);
    for start in starts {
        let from = start.saturating_add(1);
        let Some(length) = bytes
            .get(from..)
            .and_then(|rest| rest.iter().position(|byte| *byte == 0x1c))
        else {
            continue;
        };
        let Some(content) = bytes.get_mut(from..from.saturating_add(length)) else {
            continue;
        };
        if !hybrid::is_hybrid(content) || content.len() < 12 {
            continue;
        }
        let text = content
            .get(4..content.len().saturating_sub(8))
            .unwrap_or_default();
        // A sealed block is VT, content, FS, CR.
        if let Some(sealed) = hybrid::seal(text)
            && let Some(fresh) = sealed.get(1..sealed.len().saturating_sub(2))
            && fresh.len() == content.len()
        {
            content.copy_from_slice(fresh);
        }
    }
}

fn positions(bytes: &[u8], wanted: u8) -> Vec<usize> {
    let all = bytes.iter().enumerate();
    all.filter_map(|(at, byte)| (*byte == wanted).then_some(at))
        .collect()
}

fn blocks(original: &[u8], bytes: &mut [u8], check: Check) {
    use lisiere_protocol::block::format::Checked;
    for FoundBlock { range, checked, .. } in find_blocks(original, check) {
        if !matches!(checked, Checked::Right { .. }) {
            continue;
        }
        let Some(block) = bytes.get_mut(range) else {
            continue;
        };
        // The check says itself what it should be.
        if let Checked::Wrong { computed, .. } = check.of(block) {
            let end = block
                .iter()
                .position(|byte| matches!(byte, 0x03 | 0x17))
                .unwrap_or(block.len());
            match check {
                Check::Group => digits(block, end.saturating_sub(2), &format!("{computed:02X}")),
                Check::Bcc => {
                    if let Some(place) = block.get_mut(end.saturating_add(1)) {
                        *place = u8::try_from(computed).unwrap_or_default();
                    }
                }
                Check::Line => rewrite_line(block, end, computed),
                Check::None => {}
            }
        }
    }
}

/// The four digits of the last line before the end mark.
fn rewrite_line(block: &mut [u8], end: usize, computed: u16) {
    let last = (0..end)
        .rev()
        .find(|at| block.get(*at).is_some_and(u8::is_ascii_hexdigit));
    if let Some(last) = last {
        digits(block, last.saturating_sub(3), &format!("{computed:04X}"));
    }
}
