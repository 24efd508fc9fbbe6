//! The settings of a port in the words of block links and of listening ones.

use core::time::Duration;

use super::dialect::{BlockDialect, Ending, Opener};
use super::format::Check;
use super::link::BlockLink;
use crate::link::{Link, LinkKind, LinkSettings};
use crate::lis1a::{ChecksumPolicy, Role};
use crate::listen::{Boundary, ListenDialect, ListenLink};
use crate::{abx, au, bci, kx, tosoh};

impl LinkSettings {
    /// A link of blocks: one that answers them, or one that only listens, as the analyzer is set.
    pub(crate) fn open_blocks(&self, role: Role, line_rate: Option<u32>) -> Box<dyn Link> {
        // In one direction an ABX analyzer waits for nothing.
        let answers = self.acknowledge.unwrap_or(self.kind != LinkKind::Abx);
        if answers {
            Box::new(BlockLink::new(self.blocks(role, line_rate)))
        } else {
            Box::new(ListenLink::new(self.listening(role, line_rate)))
        }
    }

    /// The settings in the words of a block link.
    pub fn blocks(&self, role: Role, line_rate: Option<u32>) -> BlockDialect {
        let last = self.last_block.as_deref().unwrap_or_default().as_bytes();
        let mut dialect = match self.kind {
            LinkKind::Bci => bci::dialect(role),
            LinkKind::Au => au::dialect(role),
            LinkKind::Abx => abx::dialect(role),
            LinkKind::Tosoh => tosoh::dialect(role, last),
            _ => kx::dialect(role),
        };
        dialect.line_rate = line_rate;
        dialect.policy = self.checksum.unwrap_or(dialect.policy);
        if dialect.policy == ChecksumPolicy::None && dialect.check == Check::Bcc {
            dialect.check = Check::None;
        }
        dialect.opener = match (self.enquiry, self.kind) {
            (None, _) => dialect.opener,
            (Some(false), _) => Opener::None,
            (Some(true), LinkKind::Abx) => Opener::Heading,
            (Some(true), _) => Opener::Enquiry,
        };
        if dialect.ending == Ending::Etx {
            dialect.limits.text_sent = self.max_text.unwrap_or(dialect.limits.text_sent);
        }
        dialect.limits.message = self.max_message.unwrap_or(dialect.limits.message);
        dialect.retries.message = self.attempts.unwrap_or(dialect.retries.message);
        let timers = &mut dialect.timers;
        timers.pause = milliseconds(self.pause_ms, timers.pause);
        timers.reply = milliseconds(self.reply_ms, timers.reply);
        timers.frame = milliseconds(self.silence_ms, timers.frame);
        dialect
    }

    /// The settings in the words of a listening link.
    pub fn listening(&self, role: Role, line_rate: Option<u32>) -> ListenDialect {
        let bytes = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
        let boundary = match self.kind {
            LinkKind::ListenText => Boundary::Report {
                start: bytes(&self.report_start),
                end: bytes(&self.report_end),
            },
            LinkKind::Bci | LinkKind::Au | LinkKind::Kx | LinkKind::Abx | LinkKind::Tosoh => {
                Boundary::Blocks(Box::new(self.blocks(role, line_rate)))
            }
            LinkKind::Records | LinkKind::Lis1a | LinkKind::Mllp | LinkKind::Hllp => {
                Boundary::Records
            }
        };
        let mut dialect = ListenDialect::new(role, boundary);
        dialect.line_rate = line_rate;
        dialect.silence = milliseconds(self.silence_ms, dialect.silence);
        dialect.message = self.max_message.unwrap_or(dialect.message);
        dialect
    }
}

fn milliseconds(given: Option<u64>, otherwise: Duration) -> Duration {
    given.map_or(otherwise, Duration::from_millis)
}
