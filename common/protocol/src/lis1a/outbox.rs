//! Where the two halves of a link put what they have to say.

use std::collections::VecDeque;

use crate::counters::LinkCounters;
use crate::engine::{Deviation, KeptMessage, Notice, Output, Token};

use super::control::{ACK, EOT, NAK};

/// Outputs waiting for the driver, and the counters.
#[derive(Default)]
pub(super) struct Outbox {
    outputs: VecDeque<Output>,
    pub(super) counters: LinkCounters,
    tokens: u64,
}

impl Outbox {
    pub(super) fn next(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn notice(&mut self, notice: Notice) {
        self.push(Output::Notice(notice));
    }

    pub(super) fn send(&mut self, bytes: Vec<u8>) {
        self.push(Output::Send(bytes));
    }

    /// Sends the answer of a receiver.
    pub(super) fn answer(&mut self, reply: u8) {
        match reply {
            ACK => self.counters.acks_sent += 1,
            NAK => self.counters.naks_sent += 1,
            EOT => self.counters.interrupts_sent += 1,
            _ => {}
        }
        self.send(vec![reply]);
    }

    pub(super) fn keep(&mut self, message: KeptMessage) -> Token {
        self.tokens += 1;
        let token = Token(self.tokens);
        self.counters.messages_kept += 1;
        self.push(Output::Keep { token, message });
        token
    }

    /// Counts a deviation, and tells it once a session.
    pub(super) fn tolerate(&mut self, deviation: Deviation, told: &mut Vec<Deviation>) {
        let counters = &mut self.counters;
        let counter = match deviation {
            Deviation::TrailerWithoutLf => &mut counters.trailer_without_lf,
            Deviation::TrailerWithoutCr => &mut counters.trailer_without_cr,
            Deviation::TrailerExtraCr => &mut counters.trailer_extra_cr,
            Deviation::TrailerMissing => &mut counters.trailer_missing,
            Deviation::LineEndsRepaired => &mut counters.line_ends_repaired,
            Deviation::ChecksumMissing => &mut counters.checksum_missing,
            Deviation::ChecksumIgnored => &mut counters.checksum_ignored,
            Deviation::ChecksumLowerCase => &mut counters.checksum_lower_case,
            Deviation::LongFrame => &mut counters.long_frames,
            Deviation::OversizedFrame => &mut counters.oversized_frames,
            // Counted by the byte, where they are found.
            Deviation::ForbiddenBytes => &mut 0,
            Deviation::RepeatedEnquiry => &mut counters.repeated_enquiries,
            Deviation::MissingTerminator => &mut counters.missing_terminator,
        };
        *counter += 1;
        if !told.contains(&deviation) {
            told.push(deviation);
            self.notice(Notice::Tolerated(deviation));
        }
    }
}
