//! What is said: the payload of each channel.

use lisiere_model::{ClockQuality, UtcMicros};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One life of an appliance's journal, chosen at random when the journal is made. Sequence numbers mean something only
/// beside it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JournalId(pub [u8; 16]);

impl fmt::Display for JournalId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for JournalId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JournalId({self})")
    }
}

impl JournalId {
    /// Reads the 32 hexadecimal digits that `Display` writes.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        if text.len() != 32 || !text.is_ascii() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// Counters of one link by name (`checksum errors`, `duplicate frames`…), only those that are not zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkStats(pub Vec<(String, u64)>);

/// `up/message`: one message of an analyzer, exactly as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The journal that holds it.
    pub journal: JournalId,
    /// Its number in that journal, from 1, without gaps.
    pub seq: u64,
    /// How often the appliance had started.
    pub boot: u32,
    /// The port it came in by.
    pub port: String,
    /// The link it came over (`lis1a`, `mllp`…).
    pub link: String,
    /// The driver set for the port; empty when none is.
    pub driver: String,
    /// When the last byte came, by the appliance's clock.
    pub received_at: UtcMicros,
    /// How far that clock can be trusted.
    pub clock: ClockQuality,
    /// SHA-256 of the message's text, by which an identical repetition is known.
    pub digest: [u8; 32],
    /// The accepted frames, exactly as received.
    pub bytes: Vec<u8>,
    /// What the link had counted by then.
    pub stats: LinkStats,
}

/// `down/confirm`: what the hub has committed to its database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// The journal spoken of.
    pub journal: JournalId,
    /// Every capture up to this number is committed.
    pub upto: u64,
    /// Ranges above it, first and last, that are wanted again.
    pub missing: Vec<(u64, u64)>,
}

/// Why an appliance cannot send a capture that the hub asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AbsenceReason {
    /// It was confirmed once and its time of keeping is over.
    Pruned,
    /// It is larger than the broker takes; the appliance keeps it.
    TooLarge,
    /// The journal cannot read it any more.
    Unreadable,
}

/// `up/reply`: numbers that the hub will not get, so that it need not wait for them. Each range is shown to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// The journal spoken of.
    pub journal: JournalId,
    /// Why.
    pub reason: AbsenceReason,
    /// First and last number of each range.
    pub ranges: Vec<(u64, u64)>,
}

/// Whether the appliance is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Presence {
    /// It says so itself.
    Online,
    /// It took its leave.
    Stopped,
    /// The broker says so for it (last will).
    Lost,
}

/// `up/state`: how the appliance is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Whether it is there.
    pub presence: Presence,
    /// Version of the firmware.
    pub version: String,
    /// When this was written, by the appliance's clock.
    pub at: UtcMicros,
    /// How far that clock can be trusted.
    pub clock: ClockQuality,
    /// The journal in use.
    pub journal: JournalId,
    /// How often the appliance has started.
    pub boot: u32,
    /// Captures not yet confirmed.
    pub queue: u64,
    /// Number of the last capture.
    pub last_seq: u64,
    /// Bytes the journal may still take.
    pub journal_free: u64,
    /// Days until the certificate ends.
    pub certificate_days: i32,
    /// What is wrong, in words; empty when nothing is.
    pub alarms: Vec<String>,
    /// Its ports.
    pub ports: Vec<PortState>,
}

/// How one port is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortState {
    /// Its name.
    pub name: String,
    /// The driver set for it.
    pub driver: String,
    /// Whether the line is open (for a TCP server: whether it listens).
    pub open: bool,
    /// When the analyzer was last heard.
    pub last_heard: Option<UtcMicros>,
    /// Messages stored since start.
    pub messages: u64,
    /// Counters of the link.
    pub stats: LinkStats,
}

/// Which way bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TraceDirection {
    /// From the analyzer.
    Received,
    /// To the analyzer.
    Sent,
}

/// `up/trace`: bytes of a line, while someone watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceSlice {
    /// The port.
    pub port: String,
    /// The link spoken there (`lis1a`, `mllp`…), by which a checksum can be judged.
    pub link: String,
    /// Which way.
    pub direction: TraceDirection,
    /// When.
    pub at: UtcMicros,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Parity and framing errors and breaks that the port reported among these bytes.
    pub errors: u32,
    /// Slices left out before this one, because they came faster than they could be taken.
    pub lost: u64,
}

/// The first version of [`TraceSlice`].
#[derive(Debug, Deserialize)]
pub(crate) struct TraceSlice1 {
    port: String,
    direction: TraceDirection,
    at: UtcMicros,
    bytes: Vec<u8>,
}

impl From<TraceSlice1> for TraceSlice {
    fn from(old: TraceSlice1) -> Self {
        Self {
            port: old.port,
            link: String::new(),
            direction: old.direction,
            at: old.at,
            bytes: old.bytes,
            errors: 0,
            lost: 0,
        }
    }
}
