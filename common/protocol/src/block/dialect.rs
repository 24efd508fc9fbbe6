//! How one maker's blocks differ from another's, as data.

use super::format::Check;
use crate::lis1a::{ChecksumPolicy, Limits, Retries, Role, Timers};

/// Everything a block link has to know about the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockDialect {
    /// Which side we are: it decides who gives way when both ask for the line.
    pub role: Role,
    /// How a block proves that it is whole.
    pub check: Check,
    /// What is done about checks.
    pub policy: ChecksumPolicy,
    /// What opens a session.
    pub opener: Opener,
    /// What ends a message.
    pub ending: Ending,
    /// Bytes a second at which what is sent really leaves, on a serial line. See [`crate::lis1a::Dialect::line_rate`].
    pub line_rate: Option<u32>,
    /// Sizes. `text_sent` matters only where a message may be cut into blocks.
    pub limits: Limits,
    /// Waiting times.
    pub timers: Timers,
    /// How often things are tried.
    pub retries: Retries,
}

/// What opens a session. Blocks that come without it are taken all the same, and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opener {
    /// Nothing: blocks just come, and an enquiry means nothing.
    None,
    /// ENQ, answered with ACK or, when busy, NAK.
    Enquiry,
    /// SOH, not answered.
    Heading,
}

/// What ends a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Every block is a message.
    EachBlock,
    /// A block that ends with ETX; those that end with ETB go on in the next.
    Etx,
    /// A block whose text begins with one of these characters, or the end of the session. The blocks before it are
    /// answered as they come.
    Types(Vec<u8>),
}

impl BlockDialect {
    /// Blocks without check or session, one a message.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            check: Check::None,
            policy: ChecksumPolicy::Required,
            opener: Opener::None,
            ending: Ending::EachBlock,
            line_rate: None,
            limits: Limits {
                text_sent: usize::MAX,
                ..Limits::default()
            },
            timers: Timers::default(),
            retries: Retries::default(),
        }
    }

    /// Whether a block with this text and end is the last of its message.
    pub(crate) fn ends_message(&self, text: &[u8], ends_with_etx: bool) -> bool {
        match &self.ending {
            Ending::EachBlock => true,
            Ending::Etx => ends_with_etx,
            Ending::Types(types) => text.first().is_some_and(|first| types.contains(first)),
        }
    }
}
