//! The bodies of the fuzz targets, so that a bounded run of the same code belongs to every test run.
//!
//! Each takes any bytes and fails an assertion when a promise of this crate is broken.

pub mod hl7;
pub mod line;
pub mod makers;

use std::time::Duration;

use crate::engine::{Engine, Output, Tick, Token, Verdict};
use crate::lis1a::control::{ACK, ENQ, EOT, NAK, is_forbidden_in_text};
use crate::lis1a::decoder::{Decoder, Event};
use crate::lis1a::frame::{FrameEnd, encode};
use crate::lis1a::{ChecksumPolicy, Dialect, HeaderPolicy, Lis1Link, Role, TerminatorPolicy};
use crate::lis2a2::{Message, ReadOptions, RecordDraft, deframe, read, write};

/// Reads the bytes as a list of things that happen to a link: where reads are cut must not matter, and no ACK may
/// leave while a message waits for its verdict.
pub fn link_receive(data: &[u8]) {
    let mut bytes = data.iter().copied();
    let dialect = dialect(bytes.next().unwrap_or_default());
    let mut twin = Twin::new(&dialect);
    let mut now = Tick::default();
    while let Some(operation) = bytes.next() {
        let mut argument = || bytes.next().unwrap_or_default();
        match operation % 12 {
            0 => twin.receive(now, &[ENQ]),
            1 => twin.receive(now, &[EOT]),
            2 => twin.receive(now, &[ACK]),
            3 => twin.receive(now, &[NAK]),
            4 | 5 => now = now.after(Duration::from_millis(u64::from(argument()) * 80)),
            6 => twin.decide(now, || Verdict::Stored),
            7 => twin.decide(now, || Verdict::Refused {
                reason: String::new(),
            }),
            8 => twin.submit(now),
            9 => {
                let length = usize::from(argument() % 24);
                twin.receive(now, &bytes.by_ref().take(length).collect::<Vec<_>>());
            }
            kind => {
                let (number, shape) = (argument(), argument());
                let end = if shape & 1 == 0 {
                    FrameEnd::Last
                } else {
                    FrameEnd::Intermediate
                };
                let text: &[u8] = match shape >> 1 & 3 {
                    0 => b"H|\\^&\rL|1\r",
                    1 => b"H|\\^&\r",
                    2 => b"R|1|x\r",
                    _ => b"L|1\r",
                };
                let mut frame = encode(number, text, end);
                if kind == 11 {
                    frame.truncate(frame.len().saturating_sub(usize::from(argument() % 6)));
                }
                twin.receive(now, &frame);
            }
        }
        twin.elapse(now);
    }
}

/// A frame that is written is read back; with one bit flipped it is refused or still has the same text.
pub fn frame_decode(data: &[u8]) {
    let [number, place, bit, text @ ..] = data else {
        return;
    };
    let text: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !is_forbidden_in_text(*byte))
        .collect();
    let frame = encode(*number, &text, FrameEnd::Last);
    assert_eq!(
        accepted(&frame),
        std::slice::from_ref(&text),
        "a frame as the standard has it is accepted"
    );

    let mut flipped = frame;
    let place = usize::from(*place) % flipped.len().max(1);
    let Some(byte) = flipped.get_mut(place) else {
        return;
    };
    *byte ^= 1 << (bit % 8);
    // A bit that turns text into the end of a frame can make a shorter frame: no checksum of eight bits prevents that.
    if !matches!(*byte, 0x02 | 0x03 | 0x17) {
        assert!(
            accepted(&flipped).iter().all(|found| *found == text),
            "a flipped bit shows"
        );
    }
    let _ = accepted(data);
}

/// Records that are read, written and read again are the same.
pub fn record_read(data: &[u8]) {
    let document = read(data, ReadOptions::default());
    for problem in &document.problems {
        assert!(problem.at <= data.len(), "problems lie inside the text");
    }
    for message in &document.messages {
        for record in &message.records {
            assert_eq!(
                data.get(record.range()),
                Some(record.raw()),
                "a record knows its place"
            );
        }
        if let Some(drafts) = plain_records(message) {
            let text = write(&message.delimiters, &drafts);
            let again = read(
                &text,
                ReadOptions {
                    delimiters: Some(message.delimiters),
                    ..ReadOptions::default()
                },
            );
            let back: Vec<_> = again
                .messages
                .iter()
                .flat_map(|message| &message.records)
                .map(crate::lis2a2::Record::to_draft)
                .collect();
            assert!(back == drafts, "what is written is read back");
        }
    }
}

/// Any capture is taken apart, and each byte of the text is the byte of the capture that it points to.
pub fn deframing(data: &[u8]) {
    let deframed = deframe(data);
    for (at, byte) in deframed.text.iter().enumerate() {
        let place = deframed.capture_range(at..at + 1);
        assert_eq!(
            data.get(place),
            Some(&[*byte][..]),
            "a text offset leads to its byte"
        );
    }
    let frames = deframed.frames.iter().map(|frame| &frame.range);
    assert!(
        frames
            .clone()
            .zip(frames.skip(1))
            .all(|(a, b)| a.end <= b.start),
        "frames follow each other"
    );
    record_read(&deframed.text);
}

fn dialect(choice: u8) -> Dialect {
    let mut dialect = Dialect::computer();
    if choice & 1 != 0 {
        dialect.role = Role::Instrument;
    }
    if choice & 2 != 0 {
        dialect.header = HeaderPolicy::Optional;
    }
    dialect.terminator = match choice >> 2 & 3 {
        0 | 3 => TerminatorPolicy::Record,
        1 => TerminatorPolicy::RecordOrSessionEnd,
        _ => TerminatorPolicy::LastFrame,
    };
    dialect.checksum = match choice >> 4 & 3 {
        0 | 3 => ChecksumPolicy::Required,
        1 => ChecksumPolicy::Optional,
        _ => ChecksumPolicy::None,
    };
    dialect.interrupt = choice & 64 != 0;
    dialect.repair_line_ends = choice & 128 != 0;
    dialect.limits.message = 2_000;
    dialect
}

/// Two links that get the same bytes: one in the reads given, one byte by byte.
struct Twin {
    whole: Lis1Link,
    bytewise: Lis1Link,
    waiting: Vec<Token>,
    given: u64,
}

impl Twin {
    fn new(dialect: &Dialect) -> Self {
        let link = || Lis1Link::new(dialect.clone());
        Self {
            whole: link(),
            bytewise: link(),
            waiting: Vec::new(),
            given: 0,
        }
    }

    fn receive(&mut self, now: Tick, bytes: &[u8]) {
        self.whole.receive(now, bytes);
        for byte in bytes {
            self.bytewise.receive(now, &[*byte]);
        }
        self.compare();
    }

    fn elapse(&mut self, now: Tick) {
        self.whole.elapse(now);
        self.bytewise.elapse(now);
        self.compare();
    }

    fn submit(&mut self, now: Tick) {
        let text = b"H|\\^&\rL|1\r".to_vec();
        let submitted = (
            self.whole.submit(now, text.clone()),
            self.bytewise.submit(now, text),
        );
        assert!(
            submitted.0.is_ok() && submitted.0 == submitted.1,
            "both take the message"
        );
        self.compare();
    }

    fn decide(&mut self, now: Tick, verdict: impl Fn() -> Verdict) {
        if self.waiting.is_empty() {
            return;
        }
        // Time first: what it brings is said while the verdict is still out.
        self.elapse(now);
        let token = self.waiting.remove(0);
        self.whole.confirm(now, token, verdict());
        self.bytewise.confirm(now, token, verdict());
        self.compare();
    }

    fn compare(&mut self) {
        loop {
            let output = self.whole.next();
            assert!(
                output == self.bytewise.next(),
                "where reads are cut does not matter"
            );
            match output {
                None => break,
                Some(Output::Send(bytes)) => {
                    assert!(
                        bytes != [ACK] || self.waiting.is_empty(),
                        "no ACK before the verdict"
                    );
                }
                Some(Output::Keep { token, message }) => {
                    assert!(token.0 > self.given, "tokens are never used twice");
                    assert!(
                        !message.text.is_empty() && !message.bytes.is_empty(),
                        "a message is not empty"
                    );
                    self.given = token.0;
                    self.waiting.push(token);
                }
                Some(Output::Deliver(_) | Output::Notice(_)) => {}
            }
        }
        assert_eq!(
            self.whole.counters(),
            self.bytewise.counters(),
            "counts do not depend on reads"
        );
        assert_eq!(
            self.whole.deadline(),
            self.bytewise.deadline(),
            "deadlines do not depend on reads"
        );
    }
}

/// The texts of the frames that a decoder accepts.
fn accepted(bytes: &[u8]) -> Vec<Vec<u8>> {
    let dialect = Dialect::computer();
    let mut decoder = Decoder::new();
    let mut texts = Vec::new();
    let mut note = |event: Option<Event>| {
        if let Some(Event::Frame(Ok(frame))) = event {
            texts.push(frame.text().to_vec());
        }
    };
    for &byte in bytes {
        loop {
            let step = decoder.push(Tick::default(), byte, &dialect);
            note(step.event);
            if step.consumed {
                break;
            }
        }
    }
    note(decoder.elapse(&dialect));
    texts
}

/// The records of a message that a draft can hold as they are: a letter alone in field 1, and delimiters that cannot
/// be taken for text.
fn plain_records(message: &Message<'_>) -> Option<Vec<RecordDraft>> {
    let delimiters = message.delimiters;
    let [field, repeat] = [delimiters.field, delimiters.repeat];
    let all = [field, repeat, delimiters.component, delimiters.escape];
    if !all.iter().all(u8::is_ascii_punctuation) || !delimiters.is_distinct() {
        return None;
    }
    let plain = |raw: &[u8]| raw.len() == 1 && raw.iter().all(u8::is_ascii_alphabetic);
    let records = message.records.iter();
    Some(
        records
            .filter(|record| plain(record.field(1).raw()))
            .map(crate::lis2a2::Record::to_draft)
            .collect(),
    )
}
