//! A link on a bench: feed it, let time pass, and read what it did as a line of words.

use std::path::PathBuf;

use lisiere_protocol::lis1a::frame::{FrameEnd, encode};
use lisiere_protocol::lis1a::{Dialect, Lis1Link};
use lisiere_protocol::{
    Delivery, Engine, KeptMessage, LinkCounters, Notice, Output, Tick, Token, Verdict,
};
use proptest::test_runner::{Config as ProptestConfig, RngSeed};

/// Properties are tried on the same cases in every run: a test that fails now and then tells nothing.
pub(crate) fn repeatable(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x11_5E),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

pub(crate) const HEADER: &str = "H|\\^&|||Bench\r";
pub(crate) const TERMINATOR: &str = "L|1|N\r";

pub(crate) struct Bench {
    pub(crate) link: Lis1Link,
    pub(crate) now: u64,
    pub(crate) kept: Vec<KeptMessage>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) sent: Vec<u8>,
}

impl Bench {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            link: Lis1Link::new(dialect),
            now: 0,
            kept: Vec::new(),
            tokens: Vec::new(),
            notices: Vec::new(),
            sent: Vec::new(),
        }
    }

    pub(crate) fn computer() -> Self {
        Self::new(Dialect::computer())
    }

    /// A computer whose line has just been opened by the analyzer.
    pub(crate) fn in_session() -> Self {
        Self::in_session_with(Dialect::computer())
    }

    pub(crate) fn in_session_with(dialect: Dialect) -> Self {
        let mut bench = Self::new(dialect);
        assert_eq!(bench.feed(b"\x05"), "ACK");
        bench
    }

    pub(crate) fn feed(&mut self, bytes: impl AsRef<[u8]>) -> String {
        self.link.receive(Tick(self.now), bytes.as_ref());
        self.words()
    }

    pub(crate) fn submit(&mut self, text: &str) -> String {
        self.link
            .submit(Tick(self.now), text.as_bytes().to_vec())
            .unwrap();
        self.words()
    }

    /// Lets time pass, waking the link at its deadlines as a driver does.
    pub(crate) fn wait(&mut self, milliseconds: u64) -> String {
        let end = self.now + milliseconds;
        let mut words = Vec::new();
        while let Some(Tick(deadline)) = self.link.deadline().filter(|deadline| deadline.0 <= end) {
            self.now = deadline.max(self.now);
            self.link.elapse(Tick(self.now));
            let said = self.words();
            if !said.is_empty() {
                words.push(said);
            }
        }
        self.now = end;
        words.join(" ")
    }

    pub(crate) fn store(&mut self) -> String {
        self.decide(Verdict::Stored)
    }

    pub(crate) fn refuse(&mut self) -> String {
        self.decide(Verdict::Refused {
            reason: "disk full".into(),
        })
    }

    fn decide(&mut self, verdict: Verdict) -> String {
        let token = *self.tokens.last().expect("a message was kept");
        self.link.confirm(Tick(self.now), token, verdict);
        self.words()
    }

    pub(crate) fn words(&mut self) -> String {
        let mut words = Vec::new();
        while let Some(output) = self.link.next() {
            match output {
                Output::Send(bytes) => {
                    words.push(name(&bytes));
                    self.sent.extend(bytes);
                }
                Output::Keep { token, message } => {
                    words.push("KEEP".to_owned());
                    self.tokens.push(token);
                    self.kept.push(message);
                }
                Output::Deliver(Delivery::Sent { .. }) => words.push("SENT".to_owned()),
                Output::Deliver(Delivery::Aborted { reason, .. }) => {
                    words.push(format!("ABORTED({reason:?})"));
                }
                Output::Notice(notice) => self.notices.push(notice),
            }
        }
        words.join(" ")
    }

    pub(crate) fn counters(&self) -> &LinkCounters {
        self.link.counters()
    }

    pub(crate) fn last_text(&self) -> String {
        String::from_utf8(self.kept.last().expect("a message was kept").text.clone()).unwrap()
    }
}

fn name(bytes: &[u8]) -> String {
    match bytes {
        [0x04] => "EOT".to_owned(),
        [0x05] => "ENQ".to_owned(),
        [0x06] => "ACK".to_owned(),
        [0x15] => "NAK".to_owned(),
        [0x02, number, ..] => format!("F{}", char::from(*number)),
        _ => format!("{bytes:02x?}"),
    }
}

/// A frame that ends with ETX.
pub(crate) fn last(number: u8, text: impl AsRef<[u8]>) -> Vec<u8> {
    encode(number, text.as_ref(), FrameEnd::Last)
}

/// A frame that ends with ETB.
pub(crate) fn part(number: u8, text: impl AsRef<[u8]>) -> Vec<u8> {
    encode(number, text.as_ref(), FrameEnd::Intermediate)
}

/// A whole small message in one frame.
pub(crate) fn message(number: u8) -> Vec<u8> {
    last(number, format!("{HEADER}{TERMINATOR}"))
}

/// A folder of third-party samples, or `None` when it is not on this machine.
pub(crate) fn captures() -> Option<PathBuf> {
    let root = std::env::var_os("LISIERE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = root.join("captures");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "captures are missing: {}",
        folder.display()
    );
    println!("skipped: no captures in {}", folder.display());
    None
}
