//! The bodies of the fuzz targets of makers' own formats: answered blocks, listening links, readers of their texts.

use std::time::Duration;

use crate::block::format::{Checked, encode};
use crate::block::{Check, find_blocks};
use crate::engine::{Admission, Output, Tick, Token, Verdict};
use crate::link::{Link, LinkKind, LinkSettings, Role};
use crate::lis1a::ChecksumPolicy;
use crate::lis1a::control::{ACK, ENQ, EOT, NAK};
use crate::{abx, bci};

/// Reads the bytes as a list of things that happen to a link of blocks: where reads are cut must not matter, and no
/// ACK may leave while a message waits for its verdict.
pub fn blocks_receive(data: &[u8]) {
    let mut bytes = data.iter().copied();
    let (kind, switches) = (
        bytes.next().unwrap_or_default(),
        bytes.next().unwrap_or_default(),
    );
    let settings = settings(kind, switches);
    let check = settings.blocks(Role::Computer, None).check;
    let mut twin = Twin::new(&settings, role(switches), true);
    play(&mut twin, &mut bytes, check);
}

/// The same for a link on which nothing is answered: nothing at all may leave, every message is offered until it is
/// stored, and what is offered again is the same.
pub fn listen_receive(data: &[u8]) {
    let mut bytes = data.iter().copied();
    let (kind, switches) = (
        bytes.next().unwrap_or_default(),
        bytes.next().unwrap_or_default(),
    );
    let mut settings = match kind % 3 {
        0 => LinkSettings::standard(LinkKind::Records),
        1 => LinkSettings::standard(LinkKind::ListenText),
        _ => settings(kind / 3, switches),
    };
    if matches!(settings.kind, LinkKind::ListenText) && switches & 8 != 0 {
        settings.report_start = Some("H".to_owned());
        settings.report_end = Some("L".to_owned());
    }
    settings.acknowledge = Some(false);
    settings.max_message = Some(400);
    let check = settings.blocks(Role::Computer, None).check;
    let mut twin = Twin::new(&settings, Role::Computer, false);
    play(&mut twin, &mut bytes, check);
}

/// Blocks that are written are found, with their texts; fields and lines point into the text they come from.
pub fn makers_read(data: &[u8]) {
    for check in [Check::None, Check::Group, Check::Bcc, Check::Line] {
        let mut end = 0;
        for block in find_blocks(data, check) {
            assert!(block.range.start >= end, "blocks follow each other");
            end = block.range.end;
            assert!(
                block.range.start <= block.text.start && block.text.end <= end && end <= data.len(),
                "a text lies in its block"
            );
        }
        let text: Vec<u8> = data
            .iter()
            .copied()
            .filter(|byte| !crate::block::format::is_forbidden(*byte, check))
            .collect();
        let block = encode(&text, true, check);
        let found = find_blocks(&block, check);
        assert_eq!(found.len(), 1, "one block is found");
        for only in found {
            assert_eq!(
                block.get(only.text),
                Some(text.as_slice()),
                "with the text that was written"
            );
            assert!(
                matches!(check, Check::None | Check::Line)
                    || matches!(only.checked, Checked::Right { .. }),
                "and a check that holds"
            );
        }
    }
    for field in bci::fields(data) {
        assert!(
            field.range.start <= field.range.end && field.range.end <= data.len(),
            "a field lies in the text"
        );
        assert!(
            field.value.len() + 2 <= field.range.len(),
            "a field holds what stands in the text, without folds"
        );
    }
    for line in abx::lines(data) {
        assert!(
            line.range.start <= line.value.start
                && line.value.end <= line.range.end
                && line.range.end <= data.len(),
            "a line lies in the text"
        );
    }
}

fn role(switches: u8) -> Role {
    if switches & 1 == 0 {
        Role::Computer
    } else {
        Role::Instrument
    }
}

fn settings(kind: u8, switches: u8) -> LinkSettings {
    let mut settings = LinkSettings::standard(match kind % 5 {
        0 => LinkKind::Bci,
        1 => LinkKind::Au,
        2 => LinkKind::Kx,
        3 => LinkKind::Abx,
        _ => LinkKind::Tosoh,
    });
    settings.acknowledge = Some(true);
    settings.checksum = match switches >> 4 & 3 {
        0 => None,
        1 => Some(ChecksumPolicy::Required),
        2 => Some(ChecksumPolicy::Optional),
        _ => Some(ChecksumPolicy::None),
    };
    if switches & 2 != 0 {
        settings.enquiry = Some(switches & 4 != 0);
    }
    if settings.kind == LinkKind::Tosoh && switches & 64 != 0 {
        settings.last_block = Some("37".to_owned());
    }
    if settings.kind == LinkKind::Au && switches & 128 != 0 {
        settings.max_text = Some(7);
    }
    settings.max_message = Some(2_000);
    settings
}

fn play(twin: &mut Twin, bytes: &mut dyn Iterator<Item = u8>, check: Check) {
    let mut now = Tick::default();
    while let Some(operation) = bytes.next() {
        let mut argument = || bytes.next().unwrap_or_default();
        match operation % 13 {
            0 => twin.receive(now, &[ENQ]),
            1 => twin.receive(now, &[EOT]),
            2 => twin.receive(now, &[ACK]),
            3 => twin.receive(now, &[NAK]),
            4 | 5 => now = now.after(Duration::from_millis(u64::from(argument()) * 80)),
            6 => twin.decide(now, &Verdict::Stored),
            7 => twin.decide(
                now,
                &Verdict::Refused {
                    reason: String::new(),
                },
            ),
            8 => twin.submit(now, argument()),
            9 => twin.admit(if argument() & 1 == 0 {
                Admission::Open
            } else {
                Admission::Busy
            }),
            10 => {
                let length = usize::from(argument() % 24);
                let read: Vec<u8> = (0..length).map(|_| argument()).collect();
                twin.receive(now, &read);
            }
            kind => {
                let (number, shape) = (argument() % 4, argument());
                let text = match shape >> 1 & 3 {
                    0 => format!("1head{number}"),
                    1 => format!("3 {number}"),
                    2 => format!("H|\\^&\rL|{number}\r"),
                    _ => format!("\u{1e}mtrsl|\u{1e}ci{number}|"),
                };
                let mut block = encode(text.as_bytes(), shape & 1 == 0, check);
                if kind == 12 {
                    block.truncate(block.len().saturating_sub(usize::from(argument() % 6)));
                }
                twin.receive(now, &block);
            }
        }
        twin.elapse(now);
    }
}

/// Two links that get the same bytes: one in the reads given, one byte by byte.
struct Twin {
    whole: Box<dyn Link>,
    bytewise: Box<dyn Link>,
    waiting: Vec<(Token, Vec<u8>)>,
    /// Messages that were refused on a link that cannot refuse them: they must be offered again.
    refused: Vec<Vec<u8>>,
    given: u64,
    answers: bool,
}

impl Twin {
    fn new(settings: &LinkSettings, role: Role, answers: bool) -> Self {
        Self {
            whole: settings.open(role, None),
            bytewise: settings.open(role, None),
            waiting: Vec::new(),
            refused: Vec::new(),
            given: 0,
            answers,
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

    fn submit(&mut self, now: Tick, number: u8) {
        let text = format!("S {number}").into_bytes();
        let submitted = (
            self.whole.submit(now, text.clone()),
            self.bytewise.submit(now, text),
        );
        assert!(
            submitted.0 == submitted.1,
            "both take the message or neither does"
        );
        self.compare();
    }

    fn decide(&mut self, now: Tick, verdict: &Verdict) {
        if self.waiting.is_empty() {
            return;
        }
        // Time first: what it brings is said while the verdict is still out.
        self.elapse(now);
        let (token, text) = self.waiting.remove(0);
        if !self.answers && matches!(verdict, Verdict::Refused { .. }) {
            self.refused.push(text);
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
                Some(Output::Send(bytes)) => {
                    assert!(
                        bytes != [ACK] || self.waiting.is_empty(),
                        "no ACK before the verdict"
                    );
                    assert!(
                        self.answers || !matches!(*bytes, [ACK | NAK]),
                        "a listening link answers nothing"
                    );
                }
                Some(Output::Keep { token, message }) => {
                    assert!(token.0 > self.given, "tokens are never used twice");
                    assert!(!message.bytes.is_empty(), "a message is not empty");
                    let again = self.refused.iter().position(|text| *text == message.text);
                    if let Some(place) = again {
                        self.refused.remove(place);
                    }
                    self.given = token.0;
                    self.waiting.push((token, message.text));
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
        assert!(
            self.refused.is_empty() || self.whole.deadline().is_some(),
            "what was refused is going to be offered again"
        );
    }
}
