//! A link on a bench: feed it, let time pass, and read what it did as a line of words.

use std::path::PathBuf;

use lisiere_protocol::hl7::read;
use lisiere_protocol::mllp::{MllpDialect, MllpLink, block, deblock};
use lisiere_protocol::{
    Delivery, Engine, KeptMessage, Link, LinkCounters, Notice, Output, Submission, SubmitError,
    Tick, Token, Verdict,
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

pub(crate) struct Bench {
    pub(crate) link: MllpLink,
    pub(crate) now: u64,
    pub(crate) kept: Vec<KeptMessage>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) sent: Vec<Vec<u8>>,
}

impl Bench {
    pub(crate) fn new(dialect: MllpDialect) -> Self {
        Self {
            link: MllpLink::new(dialect),
            now: 0,
            kept: Vec::new(),
            tokens: Vec::new(),
            notices: Vec::new(),
            sent: Vec::new(),
        }
    }

    pub(crate) fn usual() -> Self {
        Self::new(MllpDialect::default())
    }

    pub(crate) fn feed(&mut self, bytes: impl AsRef<[u8]>) -> String {
        self.link.receive(Tick(self.now), bytes.as_ref());
        self.words()
    }

    pub(crate) fn submit(&mut self, text: &str) -> String {
        self.try_submit(text).unwrap();
        self.words()
    }

    pub(crate) fn try_submit(&mut self, text: &str) -> Result<Submission, SubmitError> {
        self.link.submit(Tick(self.now), text.as_bytes().to_vec())
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

    pub(crate) fn answer(&mut self, reply: &str) -> String {
        let reply = reply.as_bytes().to_vec();
        self.decide(Verdict::Answered { reply })
    }

    pub(crate) fn refuse(&mut self) -> String {
        self.decide(Verdict::Refused {
            reason: "disk full".into(),
        })
    }

    pub(crate) fn decide(&mut self, verdict: Verdict) -> String {
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
                    self.sent.push(bytes);
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

    /// The text of the block sent last.
    pub(crate) fn last_sent(&self) -> String {
        let bytes = self.sent.last().expect("something was sent");
        let range = deblock(bytes).messages.first().expect("a message").clone();
        String::from_utf8(bytes[range].to_vec()).unwrap()
    }
}

/// An answer as its code and the control id it names, a message as its kind and control id; `h` before hybrid ones.
fn name(bytes: &[u8]) -> String {
    let found = deblock(bytes);
    let mark = if bytes.starts_with(b"\x0BD21") {
        "h"
    } else {
        ""
    };
    let Some(range) = found.messages.first() else {
        return match bytes {
            [0x0B, b'N', _, _, _, code, ..] => format!("N{}", char::from(*code)),
            _ => format!("{bytes:02x?}"),
        };
    };
    let document = read(&bytes[range.clone()]);
    let segments = &document.messages[0].segments;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match segments.get(1).filter(|segment| segment.name() == b"MSA") {
        Some(msa) => format!(
            "{mark}{}:{}",
            text(msa.field(1).raw()),
            text(msa.field(2).raw())
        ),
        None => format!(
            "{mark}{}:{}",
            text(segments[0].field(9).component(1).raw()),
            text(segments[0].field(10).raw())
        ),
    }
}

/// A result message without wishes about its acknowledgement.
pub(crate) fn result(id: &str) -> String {
    wishing(id, "", "")
}

/// A result message that asks for acknowledgements.
pub(crate) fn wishing(id: &str, commit: &str, application: &str) -> String {
    format!(
        "MSH|^~\\&|Lab^A|Ward|Host|Site|20260102030405||OUL^R22^OUL_R22|{id}|P|2.5.1|||{commit}|{application}||UNICODE UTF-8|||LAB-29^IHE\r\
         SPM|1|S{id}||SER\rOBR||\"\"||GLU^Glucose\rOBX|1|NM|GLU^Glucose||5.4|mmol/L||N|||F\r"
    )
}

/// An answer to a message of ours.
pub(crate) fn answering(code: &str, id: &str) -> Vec<u8> {
    block(format!("MSH|^~\\&|A||||||ACK|x{id}|P|2.5.1\rMSA|{code}|{id}\r").as_bytes())
}

/// A message of ours.
pub(crate) fn order(id: &str) -> String {
    format!("MSH|^~\\&|Host||A||20260102||OML^O33^OML_O33|{id}|P|2.5.1\rSPM|1|S1\rORC|NW\r")
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
