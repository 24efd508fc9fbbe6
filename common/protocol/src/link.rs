//! Every link language behind one trait, and the settings that say how one analyzer speaks its own.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::{Engine, Submission, Tick};
use crate::lis1a::{ChecksumPolicy, Dialect, Framing, HeaderPolicy, Lis1Link, TerminatorPolicy};
use crate::listen::ListenLink;
use crate::mllp::{AnswerPolicy, MllpDialect, MllpLink};

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
    /// The message is too large for the link.
    #[error("the message is larger than the {limit} bytes this link can carry")]
    TooLong {
        /// The bound.
        limit: usize,
    },
    /// An HL7 message needs a header with a control id, by which its answer is known.
    #[error(
        "the message has no header with a control id (MSH-10), by which its answer would be known"
    )]
    Nameless,
    /// The link's language has no way to send a message to the analyzer.
    #[error("this link only listens: the analyzer takes no messages")]
    ListenOnly,
}

/// A link language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// Which acknowledgements an HL7 message gets.
    pub answers: Option<AnswerPolicy>,
    /// Whether `MSH` at the start of a line begins an HL7 block of which the VT is missing.
    pub bare_start: Option<bool>,
    /// How often one message is sent before it is given back.
    pub attempts: Option<u32>,
    /// Whether each block of a maker's own link is answered; otherwise the analyzer waits for nothing.
    pub acknowledge: Option<bool>,
    /// Whether sessions of a maker's own link are opened with an enquiry (SOH for `abx`) and ended with EOT.
    pub enquiry: Option<bool>,
    /// The first characters of those blocks that end a message; without it each block is one.
    pub last_block: Option<String>,
    /// How the first line of a printed report begins.
    pub report_start: Option<String>,
    /// How the last line of a printed report begins.
    pub report_end: Option<String>,
}

/// A setting that means nothing to the link's language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` means nothing to a `{kind}` link: remove it, or set it on {}", list(.kinds))]
pub struct SettingMistake {
    /// The setting.
    pub key: &'static str,
    /// The link's language.
    pub kind: LinkKind,
    /// The languages that have it.
    pub kinds: &'static [LinkKind],
}

fn list(kinds: &[LinkKind]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
    words.join(", ")
}

const LIS1A: &[LinkKind] = &[LinkKind::Lis1a];
const HL7: &[LinkKind] = &[LinkKind::Mllp, LinkKind::Hllp];
const BLOCKS: &[LinkKind] = &[
    LinkKind::Bci,
    LinkKind::Au,
    LinkKind::Kx,
    LinkKind::Abx,
    LinkKind::Tosoh,
];
const PRINT: &[LinkKind] = &[LinkKind::ListenText];
/// Links that answer what they get.
const ANSWERED: &[LinkKind] = &[
    LinkKind::Lis1a,
    LinkKind::Mllp,
    LinkKind::Hllp,
    LinkKind::Bci,
    LinkKind::Au,
    LinkKind::Kx,
    LinkKind::Abx,
    LinkKind::Tosoh,
];
/// Links that check what they get.
const CHECKED: &[LinkKind] = &[
    LinkKind::Lis1a,
    LinkKind::Hllp,
    LinkKind::Bci,
    LinkKind::Au,
    LinkKind::Abx,
    LinkKind::Tosoh,
];
/// Links that cut messages for sending.
const CUT: &[LinkKind] = &[LinkKind::Lis1a, LinkKind::Au];

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
            answers: None,
            bare_start: None,
            attempts: None,
            acknowledge: None,
            enquiry: None,
            last_block: None,
            report_start: None,
            report_end: None,
        }
    }

    /// Every setting given that means nothing to the language.
    ///
    /// ```
    /// use lisiere_protocol::{LinkKind, LinkSettings};
    ///
    /// let mut settings = LinkSettings::standard(LinkKind::Mllp);
    /// settings.interrupt = Some(true);
    /// assert_eq!(
    ///     settings.mistakes()[0].to_string(),
    ///     "`interrupt` means nothing to a `mllp` link: remove it, or set it on lis1a"
    /// );
    /// ```
    pub fn mistakes(&self) -> Vec<SettingMistake> {
        let Self {
            kind,
            checksum,
            header,
            terminator,
            framing,
            repair_line_ends,
            interrupt,
            max_text,
            max_message,
            pause_ms,
            reply_ms,
            silence_ms,
            answers,
            bare_start,
            attempts,
            acknowledge,
            enquiry,
            last_block,
            report_start,
            report_end,
        } = self;
        let given = [
            ("checksum", checksum.is_some(), CHECKED),
            ("header", header.is_some(), LIS1A),
            ("terminator", terminator.is_some(), LIS1A),
            ("framing", framing.is_some(), LIS1A),
            ("repair_line_ends", repair_line_ends.is_some(), LIS1A),
            ("interrupt", interrupt.is_some(), LIS1A),
            ("max_text", max_text.is_some(), CUT),
            ("max_message", max_message.is_some(), &LinkKind::ALL),
            ("pause_ms", pause_ms.is_some(), ANSWERED),
            ("reply_ms", reply_ms.is_some(), ANSWERED),
            ("silence_ms", silence_ms.is_some(), &LinkKind::ALL),
            ("answers", answers.is_some(), HL7),
            ("bare_start", bare_start.is_some(), HL7),
            ("attempts", attempts.is_some(), ANSWERED),
            ("acknowledge", acknowledge.is_some(), BLOCKS),
            ("enquiry", enquiry.is_some(), BLOCKS),
            ("last_block", last_block.is_some(), &[LinkKind::Tosoh]),
            ("report_start", report_start.is_some(), PRINT),
            ("report_end", report_end.is_some(), PRINT),
        ];
        given
            .into_iter()
            .filter(|(_, given, kinds)| *given && !kinds.contains(kind))
            .map(|(key, _, kinds)| SettingMistake {
                key,
                kind: *kind,
                kinds,
            })
            .collect()
    }

    /// The link itself. `line_rate` is in bytes a second, on a serial line only.
    pub fn open(&self, role: Role, line_rate: Option<u32>) -> Box<dyn Link> {
        match self.kind {
            LinkKind::Mllp | LinkKind::Hllp => Box::new(MllpLink::new(self.mllp())),
            LinkKind::Bci | LinkKind::Au | LinkKind::Kx | LinkKind::Abx | LinkKind::Tosoh => {
                self.open_blocks(role, line_rate)
            }
            LinkKind::ListenText | LinkKind::Records => {
                Box::new(ListenLink::new(self.listening(role, line_rate)))
            }
            LinkKind::Lis1a => Box::new(Lis1Link::new(self.lis1a(role, line_rate))),
        }
    }

    /// The settings in the words of HL7 blocks.
    pub fn mllp(&self) -> MllpDialect {
        let mut dialect = match self.kind {
            LinkKind::Hllp => MllpDialect::hybrid(),
            _ => MllpDialect::default(),
        };
        dialect.answers = self.answers.unwrap_or(dialect.answers);
        dialect.bare_start = self.bare_start.unwrap_or(dialect.bare_start);
        dialect.checksum = self.checksum.unwrap_or(dialect.checksum);
        dialect.attempts = self.attempts.unwrap_or(dialect.attempts);
        dialect.limits.block = self.max_message.unwrap_or(dialect.limits.block);
        dialect.limits.waiting = dialect.limits.waiting.max(dialect.limits.block);
        let milliseconds =
            |given: Option<u64>, else_: Duration| given.map_or(else_, Duration::from_millis);
        dialect.timers.pause = milliseconds(self.pause_ms, dialect.timers.pause);
        dialect.timers.reply = milliseconds(self.reply_ms, dialect.timers.reply);
        dialect.timers.silence = milliseconds(self.silence_ms, dialect.timers.silence);
        dialect
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
        dialect.retries.message = self.attempts.unwrap_or(dialect.retries.message);
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

/// How long so many bytes are on the line.
pub(crate) fn transmission(bytes: usize, line_rate: Option<u32>) -> Duration {
    let Some(rate) = line_rate.filter(|rate| *rate > 0) else {
        return Duration::ZERO;
    };
    Duration::from_millis((bytes as u64).saturating_mul(1000) / u64::from(rate))
}
