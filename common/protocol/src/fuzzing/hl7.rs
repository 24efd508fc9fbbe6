//! The bodies of the fuzz targets of HL7: blocks, the hybrid protocol, segments.

use std::time::Duration;

use crate::engine::{Admission, Engine, Output, Tick, Token, Verdict};
use crate::hl7::{Charset, Header, Segment, read, write};
use crate::link::Link;
use crate::lis1a::ChecksumPolicy;
use crate::mllp::hybrid::{self, Content};
use crate::mllp::{AnswerPolicy, Envelope, Limits, MllpDialect, MllpLink, block, deblock};

/// Reads the bytes as a list of things that happen to a link: where reads are cut must not matter, and no "yes" may
/// leave for a message that is not stored.
pub fn mllp_receive(data: &[u8]) {
    let mut bytes = data.iter().copied();
    let mut next = || bytes.next();
    let mut twin = Twin::new(&dialect(next().unwrap_or_default()));
    let mut now = Tick::default();
    while let Some(operation) = next() {
        let mut argument = || next().unwrap_or_default();
        match operation % 12 {
            0 => now = now.after(Duration::from_millis(u64::from(argument()) * 90)),
            1 | 2 => twin.decide(now, &Verdict::Stored),
            3 => twin.decide(
                now,
                &Verdict::Refused {
                    reason: String::new(),
                },
            ),
            4 => twin.submit(now, argument() % 4),
            5 => {
                let (code, id) = (argument(), argument() % 4);
                let code = ["AA", "AE", "AR", "CA", "??"]
                    .get(usize::from(code % 5))
                    .copied()
                    .unwrap_or_default();
                let text = format!("MSH|^~\\&|A||||||ACK|x|P|2.5\rMSA|{code}|{id}\r");
                twin.receive(now, &block(text.as_bytes()));
            }
            6 => twin.admit(if argument() & 1 == 0 {
                Admission::Open
            } else {
                Admission::Busy
            }),
            7 => twin.receive(now, &hybrid::refusal(hybrid::Fault::Shape)),
            8 => {
                let length = usize::from(argument() % 24);
                let read: Vec<u8> = (0..length).map(|_| argument()).collect();
                twin.receive(now, &read);
            }
            kind => {
                let (id, shape) = (argument() % 4, argument());
                let message = message(id, shape);
                let mut block = if shape & 8 == 0 {
                    block(&message)
                } else {
                    hybrid::seal(&message).unwrap_or_default()
                };
                if kind == 11 {
                    let place = usize::from(argument()) % block.len().max(1);
                    block.remove(place);
                }
                twin.receive(now, &block);
            }
        }
        twin.elapse(now);
    }
}

/// A hybrid block that is made opens again; with one bit flipped or one byte gone it never gives another text.
pub fn hybrid_open(data: &[u8]) {
    let _ = hybrid::open(data, ChecksumPolicy::Required);
    let [place, bit, text @ ..] = data else {
        return;
    };
    let text: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, 0x0B | 0x1C))
        .collect();
    let sealed = hybrid::seal(&text).unwrap_or_default();
    let content = sealed
        .get(1..sealed.len().saturating_sub(2))
        .unwrap_or_default();
    let opened = hybrid::open(content, ChecksumPolicy::Required);
    assert!(
        matches!(opened, Content::Data { text: found, unchecked: false, ignored: false } if found == text),
        "what is sealed opens"
    );
    let place = usize::from(*place) % content.len().max(1);
    let mut damaged = content.to_vec();
    if let Some(byte) = damaged.get_mut(place) {
        *byte ^= 1 << (bit % 8);
    }
    // A bit that makes 999, "not computed", of a checksum leaves the text as it was.
    let is_wrong = |content: &[u8]| {
        let opened = hybrid::open(content, ChecksumPolicy::Required);
        matches!(opened, Content::Data { text: found, .. } if found != text)
    };
    assert!(!is_wrong(&damaged), "a flipped bit shows");
    let mut shorter = content.to_vec();
    shorter.remove(place);
    assert!(!is_wrong(&shorter), "a missing byte shows");
}

/// Segments that are read, written and read again are the same, and every part knows its place.
pub fn hl7_read(data: &[u8]) {
    let _ = read(data);
    let text = [&b"MSH|^~\\&|A||||||ORU^R01|1|P|2.5||||||8859/1\r"[..], data].concat();
    let document = read(&text);
    for problem in &document.problems {
        assert!(problem.at <= text.len(), "problems lie inside the text");
    }
    for message in &document.messages {
        let (charset, _) = Charset::of(message, Charset::LATIN_1);
        for segment in &message.segments {
            assert_eq!(
                text.get(segment.range()),
                Some(segment.raw()),
                "a segment knows its place"
            );
            for field in segment.fields() {
                assert_eq!(text.get(field.range()), Some(field.raw()));
                let _ = (field.text(), field.decode(charset));
                let parts = field.repeats().flat_map(|repeat| repeat.components());
                for part in parts.flat_map(|component| component.subcomponents()) {
                    assert_eq!(text.get(part.range()), Some(part.raw()));
                }
            }
        }
        if !message.delimiters.is_distinct() || message.segments.iter().any(|s| !is_plain(s)) {
            continue;
        }
        let drafts: Vec<_> = message
            .segments
            .iter()
            .filter_map(Segment::to_draft)
            .collect();
        let written = write(&message.delimiters, &drafts);
        let again = read(&written);
        let back: Vec<_> = again
            .messages
            .iter()
            .flat_map(|message| &message.segments)
            .filter_map(Segment::to_draft)
            .collect();
        assert!(back == drafts, "what is written is read back");
    }
}

/// Any capture is taken apart into messages that lie in it, in order.
pub fn hl7_deblock(data: &[u8]) {
    let found = deblock(data);
    let mut end = 0;
    for message in &found.messages {
        assert!(
            message.start >= end && message.start <= message.end && message.end <= data.len(),
            "messages follow each other inside the capture"
        );
        end = message.end;
    }
    for problem in &found.problems {
        assert!(problem.at <= data.len(), "problems lie inside the capture");
    }
    let text: Vec<u8> = data
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, 0x0B | 0x1C))
        .collect();
    let text = [b"MSH|", text.as_slice()].concat();
    let two = deblock(&[block(&text), block(&text)].concat()).messages;
    assert_eq!(two.len(), 2, "what is put into blocks comes out");
}

/// Segments that a draft can hold as they are.
fn is_plain(segment: &Segment<'_>) -> bool {
    let delimiters = segment.delimiters();
    let all = [
        delimiters.field,
        delimiters.component,
        delimiters.repeat,
        delimiters.escape,
        delimiters.subcomponent,
    ];
    let named = segment.name().len() == 3 && segment.name().iter().all(u8::is_ascii_alphanumeric);
    // A header in the middle would declare other delimiters than the writer's.
    let header = matches!(segment.name(), b"FHS" | b"BHS");
    named && !header && all.iter().all(u8::is_ascii_punctuation)
}

fn dialect(choice: u8) -> MllpDialect {
    MllpDialect {
        envelope: if choice & 1 == 0 {
            Envelope::Plain
        } else {
            Envelope::Hybrid
        },
        bare_start: choice & 2 != 0,
        answers: match choice >> 2 & 7 {
            0 => AnswerPolicy::Original,
            1 => AnswerPolicy::Enhanced,
            2 => AnswerPolicy::Law,
            3 => AnswerPolicy::None,
            _ => AnswerPolicy::Auto,
        },
        checksum: if choice & 32 == 0 {
            ChecksumPolicy::Required
        } else {
            ChecksumPolicy::Optional
        },
        limits: Limits {
            block: 300,
            waiting: 600,
        },
        ..MllpDialect::default()
    }
}

fn message(id: u8, shape: u8) -> Vec<u8> {
    let wishes = ["|", "NE|AL", "AL|AL", "NE|NE"]
        .get(usize::from(shape & 3))
        .copied()
        .unwrap_or_default();
    let mut text = format!(
        "MSH|^~\\&|A||||||ORU^R01|{id}|P|2.5|||{wishes}\rOBX|{}\r",
        shape >> 4
    );
    if shape & 4 != 0 {
        text.push_str(&"NTE|1||x\r".repeat(usize::from(shape >> 4) * 4));
    }
    text.into_bytes()
}

/// Two links that get the same bytes: one in the reads given, one byte by byte.
struct Twin {
    whole: MllpLink,
    bytewise: MllpLink,
    waiting: Vec<(Token, Vec<u8>)>,
    stored: Vec<Vec<u8>>,
    given: u64,
}

impl Twin {
    fn new(dialect: &MllpDialect) -> Self {
        Self {
            whole: MllpLink::new(dialect.clone()),
            bytewise: MllpLink::new(dialect.clone()),
            waiting: Vec::new(),
            stored: Vec::new(),
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

    fn admit(&mut self, admission: Admission) {
        self.whole.admit(admission);
        self.bytewise.admit(admission);
    }

    fn submit(&mut self, now: Tick, id: u8) {
        let text = format!("MSH|^~\\&|H||||||OML^O33|{id}|P|2.5\r").into_bytes();
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

    fn decide(&mut self, now: Tick, verdict: &Verdict) {
        if self.waiting.is_empty() {
            return;
        }
        // Time first: what it brings is said while the verdict is still out.
        self.elapse(now);
        let (token, control_id) = self.waiting.remove(0);
        if *verdict == Verdict::Stored {
            self.stored.push(control_id);
        }
        self.whole.confirm(now, token, verdict.clone());
        self.bytewise.confirm(now, token, verdict.clone());
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
                Some(Output::Send(bytes)) => self.sent(&bytes),
                Some(Output::Keep { token, message }) => {
                    assert!(token.0 > self.given, "tokens are never used twice");
                    let again = self.whole.counters().offered_again > 0;
                    assert!(
                        self.waiting.is_empty() || again,
                        "one message is kept at a time, beside those offered again"
                    );
                    assert!(!message.bytes.is_empty(), "a message is not empty");
                    self.given = token.0;
                    let header = Header::read(&message.text);
                    let control_id = header.map_or(&[][..], |header| header.control_id().raw());
                    self.waiting.push((token, control_id.to_vec()));
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

    /// No "yes" without a stored message of that number.
    fn sent(&self, block: &[u8]) {
        for range in deblock(block).messages {
            let document = read(block.get(range).unwrap_or_default());
            let segments = document
                .messages
                .iter()
                .flat_map(|message| &message.segments);
            for answer in segments.filter(|segment| segment.name() == b"MSA") {
                let yes = matches!(answer.field(1).raw(), b"AA" | b"CA");
                let control_id = answer.field(2).raw();
                assert!(
                    !yes || self.stored.iter().any(|stored| stored == control_id),
                    "no acknowledgement before the verdict"
                );
            }
        }
    }
}
