//! How one analyzer departs from the standard, as data: a driver profile fills it in, no engine has a special case.

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything a link has to know about the other side. The default is LIS01-A2 with the tolerance that costs no safety.
///
/// ```
/// use lisiere_protocol::lis1a::{ChecksumPolicy, Dialect};
///
/// let dialect = Dialect { checksum: ChecksumPolicy::Optional, ..Dialect::computer() };
/// assert_eq!(dialect.timers.reply.as_secs(), 15);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent switch of a driver profile"
)]
pub struct Dialect {
    /// Which side we are: it decides who gives way when both ask for the line (LIS01-A2 §6.2.7).
    pub role: Role,
    /// What is done about checksums.
    pub checksum: ChecksumPolicy,
    /// Whether a frame whose checksum holds only after its line ends are put back to CR is accepted.
    pub repair_line_ends: bool,
    /// Whether a frame may end with its checksum, without CR or LF.
    pub accept_missing_trailer: bool,
    /// Whether a message must begin with a header record.
    pub header: HeaderPolicy,
    /// What ends a message.
    pub terminator: TerminatorPolicy,
    /// Whether EOT in place of ACK is used, and honoured, as a request to interrupt (LIS01-A2 §6.3.5). Otherwise an EOT
    /// for a frame proves nothing, because it may be the end of the other side's own attempt: the frame is sent again.
    pub interrupt: bool,
    /// Whether several messages are sent in one session.
    pub chain_messages: bool,
    /// How messages are cut into frames for sending.
    pub framing: Framing,
    /// Bytes a second at which what is sent really leaves, on a serial line. With it, replies that come before the frame
    /// can have been out are known to belong to an earlier frame and are ignored. `None` on a network, and wherever
    /// bytes may travel faster than this.
    pub line_rate: Option<u32>,
    /// Sizes.
    pub limits: Limits,
    /// Waiting times.
    pub timers: Timers,
    /// How often things are tried.
    pub retries: Retries,
}

/// Which side of the line we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The analyzer: wins a contention.
    Instrument,
    /// The computer: gives way.
    Computer,
}

/// What is done about checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ChecksumPolicy {
    /// Must be there and right.
    Required,
    /// May be missing or `00`; otherwise it must be right.
    Optional,
    /// Is not looked at.
    None,
}

/// Whether a message must begin with a header record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HeaderPolicy {
    /// A first frame without one is refused: it is the rest of a message whose start was lost.
    Required,
    /// Anything may begin a message.
    Optional,
}

/// What ends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TerminatorPolicy {
    /// The terminator record in a frame that ends with ETX. Without it nothing is kept.
    Record,
    /// Also the end of the session, for analyzers that send no terminator. Their last frame is then answered before
    /// the message is kept, because nothing tells that it is the last.
    RecordOrSessionEnd,
    /// Every frame that ends with ETX, for analyzers that send no terminator and one ETX a message.
    LastFrame,
}

/// How messages are cut into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// A record begins a frame, and ETX ends each record.
    Records,
    /// A record begins a frame, and ETX ends the message only.
    RecordsUntilEtx,
    /// Frames are filled up, whatever the records.
    Filled,
}

/// Sizes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Text sent in one frame: 240 in E1381-95, 64 000 with overhead in LIS01-A2.
    pub text_sent: usize,
    /// Text of one message received, and with it of one frame. More is refused.
    pub message: usize,
}

/// Waiting times. Those named by LIS01-A2 §6.5.2 have its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// Sender: for the answer to an enquiry.
    pub enquiry: Duration,
    /// Sender: for the answer to a frame.
    pub reply: Duration,
    /// Receiver: for a frame or the end of the session.
    pub frame: Duration,
    /// Sender: after "busy" and before the next enquiry.
    pub busy: Duration,
    /// Instrument: after a contention.
    pub contention_instrument: Duration,
    /// Computer: after a contention, for the instrument's enquiry.
    pub contention_computer: Duration,
    /// Sender: silence after an interrupt was honoured.
    pub interrupt: Duration,
    /// Receiver: how long an answer may wait for the journal. Below the sender's `reply`, because the sender's clock
    /// starts first.
    pub verdict: Duration,
    /// Receiver: after this an answer could be taken for the answer to something else, so none is given.
    pub answer_limit: Duration,
    /// Receiver: a sender that goes on within this time after an answer has heard it. Far below `reply`, after which a
    /// sender that has heard nothing goes on as well. Not in the standard.
    pub heard: Duration,
    /// Receiver: between two characters of a frame. Not in the standard.
    pub character: Duration,
    /// Receiver: for the CR LF after a checksum. Not in the standard.
    pub trailer: Duration,
    /// Between the end of a session and our enquiry: several analyzers miss an immediate one. Not in the standard.
    pub pause: Duration,
    /// Sender: after an answer that is no reply character, before it counts as a refusal. Not in the standard.
    pub settle: Duration,
    /// Sender: before a failed message is sent again in full. Not in the standard.
    pub repeat: Duration,
}

/// How often things are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How often one frame is sent (LIS01-A2 §6.5.1).
    pub frame: u32,
    /// How many enquiries may be answered "busy" or contended before the attempt has failed.
    pub enquiry: u32,
    /// How many attempts a message gets before it is given back.
    pub message: u32,
}

impl Dialect {
    /// We are the computer at an analyzer's port.
    pub fn computer() -> Self {
        Self {
            role: Role::Computer,
            checksum: ChecksumPolicy::Required,
            repair_line_ends: false,
            accept_missing_trailer: true,
            header: HeaderPolicy::Required,
            terminator: TerminatorPolicy::Record,
            interrupt: false,
            chain_messages: false,
            framing: Framing::Records,
            line_rate: None,
            limits: Limits::default(),
            timers: Timers::default(),
            retries: Retries::default(),
        }
    }

    /// We are an analyzer, as a simulator is.
    pub fn instrument() -> Self {
        Self {
            role: Role::Instrument,
            ..Self::computer()
        }
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Self::computer()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_sent: 240,
            // A receiver holds up to six copies on the way to the disk: a small box has room for that.
            message: 12 * 1024 * 1024,
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            enquiry: Duration::from_secs(15),
            reply: Duration::from_secs(15),
            frame: Duration::from_secs(30),
            busy: Duration::from_secs(10),
            contention_instrument: Duration::from_secs(1),
            contention_computer: Duration::from_secs(20),
            interrupt: Duration::from_secs(15),
            verdict: Duration::from_secs(14),
            answer_limit: Duration::from_secs(15),
            heard: Duration::from_secs(2),
            character: Duration::from_secs(5),
            trailer: Duration::from_millis(150),
            pause: Duration::from_millis(200),
            settle: Duration::from_millis(300),
            repeat: Duration::from_secs(10),
        }
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            frame: 6,
            enquiry: 6,
            message: 3,
        }
    }
}
