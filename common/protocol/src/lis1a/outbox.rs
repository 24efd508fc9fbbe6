//! Where the two halves of a link put what they have to say.

use std::collections::VecDeque;

use crate::counters::LinkCounters;
use crate::engine::{Deviation, FrameFault, KeptMessage, Notice, Output, Token, Verdict};

use super::control::{ACK, EOT, NAK};

/// Outputs waiting for the driver, and the counters.
#[derive(Default)]
pub(crate) struct Outbox {
    outputs: VecDeque<Output>,
    pub(crate) counters: LinkCounters,
    tokens: u64,
}

impl Outbox {
    pub(crate) fn next(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(crate) fn notice(&mut self, notice: Notice) {
        self.push(Output::Notice(notice));
    }

    pub(crate) fn send(&mut self, bytes: Vec<u8>) {
        self.push(Output::Send(bytes));
    }

    /// Sends the answer of a receiver.
    pub(crate) fn answer(&mut self, reply: u8) {
        match reply {
            ACK => self.counters.acks_sent += 1,
            NAK => self.counters.naks_sent += 1,
            EOT => self.counters.interrupts_sent += 1,
            _ => {}
        }
        self.send(vec![reply]);
    }

    pub(crate) fn keep(&mut self, message: KeptMessage) -> Token {
        self.tokens += 1;
        let token = Token(self.tokens);
        self.counters.messages_kept += 1;
        self.push(Output::Keep { token, message });
        token
    }

    /// Counts a deviation, and tells it once a session.
    pub(crate) fn tolerate(&mut self, deviation: Deviation, told: &mut Vec<Deviation>) {
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
            Deviation::EnquiryMissing => &mut counters.enquiry_missing,
            Deviation::HeaderMissing => &mut counters.headless_kept,
            Deviation::BlockWithoutStart => &mut counters.blocks_without_start,
            Deviation::BlockWithoutCr => &mut counters.blocks_without_cr,
            Deviation::BlockExtraCr => &mut counters.blocks_extra_cr,
            Deviation::HybridBlock => &mut counters.hybrid_blocks,
            Deviation::SegmentEnds => &mut counters.segment_ends_lf,
        };
        *counter += 1;
        if !told.contains(&deviation) {
            told.push(deviation);
            self.notice(Notice::Tolerated(deviation));
        }
    }

    /// Counts what is wrong with a refused frame or block.
    pub(crate) fn count_fault(&mut self, fault: FrameFault) {
        let counters = &mut self.counters;
        match fault {
            FrameFault::Checksum { .. }
            | FrameFault::BlockChecksum { .. }
            | FrameFault::Length { .. } => counters.checksum_errors += 1,
            FrameFault::Shape => counters.blocks_unreadable += 1,
            FrameFault::ChecksumMissing => counters.checksum_missing += 1,
            FrameFault::TrailerMissing => counters.trailer_missing += 1,
            FrameFault::Number(_) | FrameFault::Sequence { .. } => {
                counters.frame_number_errors += 1;
            }
            FrameFault::Silence => counters.character_timeouts += 1,
            FrameFault::Line => {}
            FrameFault::TooLong { .. } => counters.too_long_refused += 1,
            FrameFault::NoHeader => counters.headless_refused += 1,
            FrameFault::Rest => counters.rests_refused += 1,
        }
    }

    /// Whether the verdict is that the message is stored; a refusal is told.
    pub(crate) fn is_stored(&mut self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Stored | Verdict::Answered { .. } => true,
            Verdict::Refused { reason } => {
                self.notice(Notice::MessageRefused { reason });
                false
            }
        }
    }
}
