//! Every link language behind one trait, and the settings that say how one analyzer speaks its own.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::{Engine, Submission, Tick};
use crate::lis1a::{ChecksumPolicy, Dialect, Framing, HeaderPolicy, Lis1Link, TerminatorPolicy};

pub use crate::lis1a::Role;

/// A link that can also send: what a port is pumped with, whatever its language.
pub trait Link: Engine + Send {
    /// Queues a message for sending. How it ends comes back as [`crate::Output::Deliver`]. The text is what stands
    /// between the marks of the link: records or segments, each ended by CR.
    fn submit(&mut self, now: Tick, text: Vec<u8>) -> Result<Submission, SubmitError>;

    /// Takes back a message that is not being sent yet; `false` when it is too late.
    fn withdraw(&mut self, submission: Submission) -> bool;

    /// How many messages wait to be sent, the one under way included.
    fn pending(&self) -> usize;

    /// Whether nobody is in the middle of a session or a block.
    fn is_neutral(&self) -> bool;

    /// The port saw a parity, framing or overrun error.
    fn line_error(&mut self);
}

/// Why a text cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SubmitError {
    /// There is nothing in it.
    #[error("the message is empty")]
    Empty,
    /// It holds a character that the link uses for itself (LIS01-A2 §6.6).
    #[error(
        "byte {at} is {byte:#04x}, which may not stand in a message: write it as an escape sequence"
    )]
    Forbidden {
        /// Where.
        at: usize,
        /// Which.
        byte: u8,
    },
    /// The link's language has no way to send a message to the analyzer.
    #[error("this link only listens: the analyzer takes no messages")]
    ListenOnly,
}

/// A link language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// ASTM E1381, CLSI LIS01-A2.
    Lis1a,
    /// HL7 v2 blocks (VT … FS CR), on a network or a serial line.
    Mllp,
    /// HL7 v2 blocks with count and checksum (HL7 hybrid lower layer protocol), on a serial line.
    Hllp,
    /// bioMérieux: ENQ, STX, tag groups, GS checksum ETX, EOT.
    Bci,
    /// Beckman AU: one fixed-width record a block.
    Au,
    /// Sysmex KX, K and XE fixed-length blocks.
    Kx,
    /// Horiba ABX: one STX … ETX block of lines.
    Abx,
    /// Tosoh HLC: typed blocks with a BCC byte.
    Tosoh,
    /// Print text: nothing is ever answered.
    ListenText,
    /// Records of LIS2-A2 without frames or answers.
    Records,
}

impl LinkKind {
    /// Every language.
    pub const ALL: [Self; 10] = [
        Self::Lis1a,
        Self::Mllp,
        Self::Hllp,
        Self::Bci,
        Self::Au,
        Self::Kx,
        Self::Abx,
        Self::Tosoh,
        Self::ListenText,
        Self::Records,
    ];

    /// Its name in settings, captures and pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lis1a => "lis1a",
            Self::Mllp => "mllp",
            Self::Hllp => "hllp",
            Self::Bci => "bci",
            Self::Au => "au",
            Self::Kx => "kx",
            Self::Abx => "abx",
            Self::Tosoh => "tosoh",
            Self::ListenText => "listen-text",
            Self::Records => "records",
        }
    }
}

impl fmt::Display for LinkKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl FromStr for LinkKind {
    type Err = UnknownLink;
    fn from_str(text: &str) -> Result<Self, UnknownLink> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == text)
            .ok_or_else(|| UnknownLink(text.to_owned()))
    }
}

/// A text that names no link language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no link: write lis1a, mllp, hllp, bci, au, kx, abx, tosoh, listen-text or records"
)]
pub struct UnknownLink(pub String);

/// How one analyzer speaks its link language: the `[link]` of a driver profile, which a port's own settings may
/// override key by key. A key that is absent leaves the language's standard in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct LinkSettings {
    /// Which language.
    pub kind: LinkKind,
    /// What is done about checksums.
    pub checksum: Option<ChecksumPolicy>,
    /// Whether a message must begin with a header record.
    pub header: Option<HeaderPolicy>,
    /// What ends a message.
    pub terminator: Option<TerminatorPolicy>,
    /// How messages are cut into frames for sending.
    pub framing: Option<Framing>,
    /// Whether line ends rewritten on the way may be repaired to prove a checksum.
    pub repair_line_ends: Option<bool>,
    /// Whether a request to interrupt is used and honoured.
    pub interrupt: Option<bool>,
    /// Bytes of text sent in one frame.
    pub max_text: Option<usize>,
    /// Bytes of one message received.
    pub max_message: Option<usize>,
    /// Milliseconds between the end of a session and our own.
    pub pause_ms: Option<u64>,
    /// Milliseconds for the answer to a frame or a block.
    pub reply_ms: Option<u64>,
    /// Milliseconds of silence that end a message or a block.
    pub silence_ms: Option<u64>,
}

impl LinkSettings {
    /// The standard of a language.
    pub const fn standard(kind: LinkKind) -> Self {
        Self {
            kind,
            checksum: None,
            header: None,
            terminator: None,
            framing: None,
            repair_line_ends: None,
            interrupt: None,
            max_text: None,
            max_message: None,
            pause_ms: None,
            reply_ms: None,
            silence_ms: None,
        }
    }

    /// The link itself. `line_rate` is in bytes a second, on a serial line only.
    pub fn open(&self, role: Role, line_rate: Option<u32>) -> Box<dyn Link> {
        Box::new(Lis1Link::new(self.lis1a(role, line_rate)))
    }

    /// The settings in the words of LIS1-A.
    pub fn lis1a(&self, role: Role, line_rate: Option<u32>) -> Dialect {
        let mut dialect = match role {
            Role::Computer => Dialect::computer(),
            Role::Instrument => Dialect::instrument(),
        };
        dialect.line_rate = line_rate;
        dialect.checksum = self.checksum.unwrap_or(dialect.checksum);
        dialect.header = self.header.unwrap_or(dialect.header);
        dialect.terminator = self.terminator.unwrap_or(dialect.terminator);
        dialect.framing = self.framing.unwrap_or(dialect.framing);
        dialect.repair_line_ends = self.repair_line_ends.unwrap_or(dialect.repair_line_ends);
        dialect.interrupt = self.interrupt.unwrap_or(dialect.interrupt);
        dialect.limits.text_sent = self.max_text.unwrap_or(dialect.limits.text_sent);
        dialect.limits.message = self.max_message.unwrap_or(dialect.limits.message);
        let milliseconds =
            |given: Option<u64>, else_: Duration| given.map_or(else_, Duration::from_millis);
        dialect.timers.pause = milliseconds(self.pause_ms, dialect.timers.pause);
        dialect.timers.reply = milliseconds(self.reply_ms, dialect.timers.reply);
        dialect.timers.frame = milliseconds(self.silence_ms, dialect.timers.frame);
        dialect
    }
}
