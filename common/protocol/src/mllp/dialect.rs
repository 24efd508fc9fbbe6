//! How one HL7 analyzer departs from the rule, as data: a driver profile fills it in, no engine has a special case.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::lis1a::ChecksumPolicy;

/// Everything a link has to know about the other side.
///
/// ```
/// use lisiere_protocol::mllp::{AnswerPolicy, MllpDialect};
///
/// let dialect = MllpDialect { answers: AnswerPolicy::Law, ..MllpDialect::default() };
/// assert_eq!(dialect.limits.block, 4 * 1024 * 1024);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MllpDialect {
    /// What stands around a message.
    pub envelope: Envelope,
    /// Which acknowledgements a message gets.
    pub answers: AnswerPolicy,
    /// Whether `MSH` at the start of a line begins a block of which the VT is missing.
    pub bare_start: bool,
    /// What is done about the count and the checksum of the hybrid protocol.
    pub checksum: ChecksumPolicy,
    /// Sizes.
    pub limits: Limits,
    /// Waiting times.
    pub timers: Timers,
    /// How often one message is sent before it is given back.
    pub attempts: u32,
}

/// What stands around a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Envelope {
    /// VT … FS CR. A hybrid block is recognised all the same, and answered in its kind.
    Plain,
    /// VT `D21` CR … count checksum FS CR.
    Hybrid,
}

/// Which acknowledgements a message gets (HL7 v2.5.1 §2.9.2, §2.9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AnswerPolicy {
    /// What MSH-15 and MSH-16 ask for; one application acknowledgement when they ask for nothing.
    Auto,
    /// One application acknowledgement, whatever they say.
    Original,
    /// As they ask; commit and application acknowledgement when they are empty.
    Enhanced,
    /// IHE LAW: one application acknowledgement, always named `ACK^event^ACK`.
    Law,
    /// None at all.
    None,
}

/// Sizes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// One block received; a larger one is refused. Images make large blocks.
    pub block: usize,
    /// Whole messages that wait for the one before them to be stored; more are answered "busy".
    pub waiting: usize,
}

/// Waiting times. HL7 names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// For the acknowledgement, the first time. Doubles with every time it did not come, and follows an other side that
    /// answers late, so that it is not flooded with repetitions.
    pub reply: Duration,
    /// The doubling ends here.
    pub reply_most: Duration,
    /// After "busy" and before the same message again; doubles as well, up to `reply_most`.
    pub busy: Duration,
    /// Of silence inside a block, before what came of it is dropped.
    pub silence: Duration,
    /// For the CR after FS.
    pub trailer: Duration,
    /// Between the end of one message of ours and the next.
    pub pause: Duration,
    /// How long a message that comes again is known to be the same: beyond that, a control number may have been used
    /// again.
    pub repetition: Duration,
}

impl Default for MllpDialect {
    fn default() -> Self {
        Self {
            envelope: Envelope::Plain,
            answers: AnswerPolicy::Auto,
            bare_start: false,
            checksum: ChecksumPolicy::Required,
            limits: Limits::default(),
            timers: Timers::default(),
            attempts: 6,
        }
    }
}

impl MllpDialect {
    /// The hybrid protocol.
    pub fn hybrid() -> Self {
        Self {
            envelope: Envelope::Hybrid,
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            block: 4 * 1024 * 1024,
            waiting: 8 * 1024 * 1024,
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            reply: Duration::from_secs(30),
            reply_most: Duration::from_mins(10),
            busy: Duration::from_secs(5),
            silence: Duration::from_secs(30),
            trailer: Duration::from_millis(150),
            pause: Duration::ZERO,
            repetition: Duration::from_mins(5),
        }
    }
}
