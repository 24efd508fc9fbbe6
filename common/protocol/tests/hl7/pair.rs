//! Two links joined by a line that loses, doubles, cuts, flips and delays, in simulated time.
//!
//! Whatever the line and the journal do: a message that its sender believes to be accepted is in the journal, nothing
//! else is in the journal, no acknowledgement leaves before its message is stored, in the end everything arrives, and
//! what is kept twice is not more than what was sent twice.
//!
//! A plain block has no checksum. Its line therefore loses and cuts whole stretches, as a network does whose connection
//! breaks, but damages no byte; that is for the hybrid protocol.

use std::collections::VecDeque;

use lisiere_protocol::hl7::read;
use lisiere_protocol::mllp::{Envelope, MllpDialect, MllpLink, deblock};
use lisiere_protocol::{Delivery, Engine, Link, Output, Submission, Tick, Token, Verdict};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::repeatable;

/// Simulated time after which a run that has not ended is taken to hang: two days.
const PATIENCE: u64 = 48 * 3_600_000;

/// What the line does to one transmission. One fault each: a checksum of eight bits finds one, but not every two.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Flip {
        place: usize,
        bit: u8,
    },
    Drop {
        place: usize,
    },
    Double {
        place: usize,
    },
    Noise {
        place: usize,
        byte: u8,
    },
    /// Everything from there on is lost.
    Cut {
        place: usize,
    },
    /// The whole transmission comes twice.
    Twice,
    Lose,
    Delay {
        milliseconds: u64,
    },
}

/// What the journal does with one message.
#[derive(Debug, Clone, Copy)]
struct Decision {
    store: bool,
    after: u64,
}

struct Wire {
    bytes: VecDeque<(u64, u8)>,
    busy_until: u64,
    faults: VecDeque<Option<Fault>>,
}

struct End {
    link: MllpLink,
    decisions: VecDeque<Decision>,
    /// Messages with the journal: when the verdict is due, which, and the text.
    deciding: Vec<(u64, Token, bool, Vec<u8>)>,
    journal: Vec<Vec<u8>>,
    submitted: Vec<(Submission, Vec<u8>)>,
    sent: Vec<Submission>,
}

struct Pair {
    ends: [End; 2],
    wires: [Wire; 2],
    now: u64,
}

impl Wire {
    fn transmit(&mut self, now: u64, mut bytes: Vec<u8>) {
        let mut start = now.max(self.busy_until);
        let place = |place: usize, length: usize| place % length.max(1);
        match self.faults.pop_front().flatten() {
            None => {}
            Some(Fault::Flip { place: at, bit }) => {
                let at = place(at, bytes.len());
                bytes[at] ^= 1 << (bit % 8);
            }
            Some(Fault::Drop { place: at }) => {
                bytes.remove(place(at, bytes.len()));
            }
            Some(Fault::Double { place: at }) => {
                let at = place(at, bytes.len());
                bytes.insert(at, bytes[at]);
            }
            Some(Fault::Noise { place: at, byte }) => {
                let at = place(at, bytes.len() + 1);
                bytes.insert(at, byte);
            }
            Some(Fault::Cut { place: at }) => bytes.truncate(place(at, bytes.len())),
            Some(Fault::Twice) => bytes = bytes.repeat(2),
            Some(Fault::Lose) => bytes.clear(),
            Some(Fault::Delay { milliseconds }) => start += milliseconds,
        }
        // Ten bytes a millisecond.
        for (count, byte) in (0..).zip(bytes) {
            let at = start + count / 10;
            self.bytes.push_back((at, byte));
            self.busy_until = at;
        }
    }
}

impl Pair {
    fn new(dialect: &MllpDialect, faults: Line, decisions: &[Decision]) -> Self {
        let end = || End {
            link: MllpLink::new(dialect.clone()),
            decisions: decisions.iter().copied().collect(),
            deciding: Vec::new(),
            journal: Vec::new(),
            submitted: Vec::new(),
            sent: Vec::new(),
        };
        let wire = |faults: Vec<Option<Fault>>| Wire {
            bytes: VecDeque::new(),
            busy_until: 0,
            faults: faults.into(),
        };
        Self {
            ends: [end(), end()],
            wires: faults.map(wire),
            now: 0,
        }
    }

    fn submit(&mut self, end: usize, text: Vec<u8>) {
        let submission = self.ends[end]
            .link
            .submit(Tick(self.now), text.clone())
            .unwrap();
        self.ends[end].submitted.push((submission, text));
        self.settle();
    }

    /// Runs until nothing is left to send.
    fn run(&mut self) {
        while self
            .ends
            .iter()
            .any(|end| end.link.pending() > 0 || !end.deciding.is_empty())
        {
            let times = (0..2).flat_map(|at| {
                let end = &self.ends[at];
                let verdict = end.deciding.iter().map(|(due, ..)| *due).min();
                let byte = self.wires[at].bytes.front().map(|(time, _)| *time);
                let deadline = end.link.deadline().map(|deadline| deadline.0);
                [deadline, verdict, byte]
            });
            let next = times
                .flatten()
                .min()
                .expect("something is still going to happen");
            assert!(next < PATIENCE, "no end after {next} ms");
            self.now = next.max(self.now);
            self.step();
        }
    }

    fn step(&mut self) {
        let now = Tick(self.now);
        for at in 0..2 {
            let mut read = Vec::new();
            while let Some((_, byte)) = self.wires[at]
                .bytes
                .pop_front_if(|(time, _)| *time <= self.now)
            {
                read.push(byte);
            }
            self.ends[1 - at].link.receive(now, &read);
            self.settle();
        }
        for at in 0..2 {
            self.ends[at].link.elapse(now);
            self.settle();
            let end = &mut self.ends[at];
            if let Some(index) = end.deciding.iter().position(|(due, ..)| *due <= self.now) {
                let (_, token, store, text) = end.deciding.remove(index);
                let verdict = if store {
                    end.journal.push(text);
                    Verdict::Stored
                } else {
                    Verdict::Refused {
                        reason: "full".into(),
                    }
                };
                end.link.confirm(now, token, verdict);
            }
            self.settle();
        }
    }

    fn settle(&mut self) {
        for at in 0..2 {
            while let Some(output) = self.ends[at].link.next() {
                match output {
                    Output::Send(bytes) => {
                        self.judge(at, &bytes);
                        self.wires[at].transmit(self.now, bytes);
                    }
                    Output::Keep { token, message } => {
                        let end = &mut self.ends[at];
                        let decision = end.decisions.pop_front().unwrap_or(Decision {
                            store: true,
                            after: 0,
                        });
                        let due = self.now + decision.after;
                        end.deciding
                            .push((due, token, decision.store, message.text));
                    }
                    Output::Deliver(Delivery::Sent { submission }) => self.accepted(at, submission),
                    Output::Deliver(Delivery::Aborted { reason, .. }) => {
                        panic!("given up: {reason}")
                    }
                    Output::Notice(_) => {}
                }
            }
        }
    }

    /// A "yes" names a message that is in the journal.
    fn judge(&self, at: usize, block: &[u8]) {
        for range in deblock(block).messages {
            let document = read(&block[range]);
            for answer in document.messages[0].named(b"MSA") {
                let control_id = answer.field(2).raw();
                let stored = self.ends[at]
                    .journal
                    .iter()
                    .any(|text| id(text) == control_id);
                assert!(
                    stored || answer.field(1).raw() != b"AA",
                    "acknowledged before it is stored"
                );
            }
        }
    }

    fn accepted(&mut self, at: usize, submission: Submission) {
        let end = &mut self.ends[at];
        end.sent.push(submission);
        let submitted = end.submitted.iter();
        let (_, text) = submitted
            .clone()
            .find(|(known, _)| *known == submission)
            .unwrap();
        let text = text.clone();
        assert!(
            self.ends[1 - at].journal.contains(&text),
            "accepted but not stored: {}",
            text.escape_ascii()
        );
    }

    fn check(&self) {
        for (from, to) in [(0, 1), (1, 0)] {
            let (from, to) = (&self.ends[from], &self.ends[to]);
            assert_eq!(
                from.sent.len(),
                from.submitted.len(),
                "everything arrives, once"
            );
            // Refusals are answers that are kept as well.
            let results = || to.journal.iter().filter(|text| !is_answer(text));
            for text in results() {
                let known = from.submitted.iter().any(|(_, sent)| sent == text);
                assert!(known, "stored but never sent: {}", text.escape_ascii());
            }
            let doubled = results().count().saturating_sub(from.submitted.len()) as u64;
            let again = from.link.counters().frames_resent;
            assert!(doubled <= again, "{doubled} kept twice, {again} sent twice");
        }
    }
}

fn id(text: &[u8]) -> Vec<u8> {
    text.split(|byte| *byte == b'|')
        .nth(9)
        .unwrap_or_default()
        .to_vec()
}

fn is_answer(text: &[u8]) -> bool {
    text.windows(4).any(|window| window == b"MSA|")
}

fn dialect(envelope: Envelope, bare_start: bool) -> MllpDialect {
    MllpDialect {
        envelope,
        bare_start,
        attempts: u32::MAX,
        ..MllpDialect::default()
    }
}

fn text(number: usize, rows: usize) -> Vec<u8> {
    let rows: String = (0..rows)
        .map(|row| format!("OBX|{row}|NM|C{number}K+||{}.5|mmol/L<\r", row * 7))
        .collect();
    format!("MSH|^~\\&|Pair||||||ORU^R01|{number}|P|2.5|||NE|AL\r{rows}").into_bytes()
}

type Line = [Vec<Option<Fault>>; 2];

fn place() -> impl Strategy<Value = usize> {
    any::<usize>()
}

/// A network whose connection breaks and stalls.
fn network() -> impl Strategy<Value = Line> {
    let fault = prop_oneof![
        6 => Just(None),
        2 => Just(Some(Fault::Lose)),
        2 => Just(Some(Fault::Twice)),
        2 => place().prop_map(|place| Some(Fault::Cut { place })),
        2 => (0..200_000_u64).prop_map(|milliseconds| Some(Fault::Delay { milliseconds })),
    ];
    let faults = || vec(fault.clone(), 0..40);
    (faults(), faults()).prop_map(|(forth, back)| [forth, back])
}

/// A serial line that also damages bytes.
fn bad_line() -> impl Strategy<Value = Line> {
    let fault = prop_oneof![
        8 => Just(None),
        3 => (place(), 0..8_u8).prop_map(|(place, bit)| Some(Fault::Flip { place, bit })),
        3 => place().prop_map(|place| Some(Fault::Drop { place })),
        3 => place().prop_map(|place| Some(Fault::Double { place })),
        3 => (place(), any::<u8>()).prop_map(|(place, byte)| Some(Fault::Noise { place, byte })),
        3 => (place(), prop::sample::select(b"\x0B\x1C\rDN09\n".as_slice()))
            .prop_map(|(place, byte)| Some(Fault::Noise { place, byte })),
        1 => place().prop_map(|place| Some(Fault::Cut { place })),
        1 => Just(Some(Fault::Lose)),
        1 => (0..90_000_u64).prop_map(|milliseconds| Some(Fault::Delay { milliseconds })),
    ];
    let faults = || vec(fault.clone(), 0..40);
    (faults(), faults()).prop_map(|(forth, back)| [forth, back])
}

fn decision() -> impl Strategy<Value = Decision> {
    let after = prop_oneof![4 => Just(0), 2 => 0..3_000_u64, 1 => 13_000..90_000_u64];
    (prop::bool::weighted(0.8), after).prop_map(|(store, after)| Decision { store, after })
}

#[test]
fn a_quiet_line_needs_nothing_twice() {
    for envelope in [Envelope::Plain, Envelope::Hybrid] {
        let mut pair = Pair::new(&dialect(envelope, false), [vec![], vec![]], &[]);
        for number in 0..6 {
            pair.submit(number % 2, text(number, 20));
        }
        pair.run();
        pair.check();
        for end in &pair.ends {
            assert_eq!(end.journal.len(), 3);
            let counters = end.link.counters();
            assert_eq!(
                (
                    counters.frames_resent,
                    counters.noise_bytes,
                    counters.duplicate_messages,
                    counters.naks_sent,
                    counters.foreign_answers
                ),
                (0, 0, 0, 0, 0)
            );
        }
    }
}

proptest! {
    #![proptest_config(repeatable(250))]

    #[test]
    fn nothing_is_lost_on_a_network_that_breaks(
        line in network(),
        decisions in vec(decision(), 0..8),
        bare_start in any::<bool>(),
        turns in vec((0..2_usize, 0..5_usize), 1..6),
    ) {
        let mut pair = Pair::new(&dialect(Envelope::Plain, bare_start), line, &decisions);
        for (number, (end, rows)) in turns.into_iter().enumerate() {
            pair.submit(end, text(number, rows));
        }
        pair.run();
        pair.check();
    }

    #[test]
    fn nothing_is_lost_or_damaged_on_a_bad_line_with_the_hybrid_protocol(
        line in bad_line(),
        decisions in vec(decision(), 0..8),
        turns in vec((0..2_usize, 0..5_usize), 1..6),
    ) {
        let mut pair = Pair::new(&dialect(Envelope::Hybrid, false), line, &decisions);
        for (number, (end, rows)) in turns.into_iter().enumerate() {
            pair.submit(end, text(number, rows));
        }
        pair.run();
        pair.check();
    }
}
