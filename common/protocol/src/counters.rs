//! What a link counts: every anomaly and every tolerated deviation has its own number, so nothing is tolerated in silence.

pub mod words;

use serde::{Deserialize, Serialize};

macro_rules! link_counters {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// Counts since the engine was made. They only grow.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct LinkCounters {
            $($(#[$doc])+ pub $name: u64,)+
        }

        impl LinkCounters {
            /// Every counter with its name, in a fixed order.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$((stringify!($name), self.$name),)+].into_iter()
            }
        }
    };
}

link_counters! {
    /// Sessions opened by the other side.
    sessions,
    /// Frames accepted, repetitions not included.
    frames_accepted,
    /// Messages given out to be kept.
    messages_kept,
    /// Messages confirmed as stored.
    messages_stored,
    /// Messages refused by the journal.
    messages_refused,
    /// ACK sent.
    acks_sent,
    /// NAK sent, for whatever reason.
    naks_sent,
    /// Enquiries answered "busy".
    busy_answers,
    /// Frames with a wrong checksum.
    checksum_errors,
    /// Frames without a checksum, accepted or not.
    checksum_missing,
    /// Frames accepted although the checksum is wrong, because the profile says so.
    checksum_ignored,
    /// Frames whose checksum is in lower case.
    checksum_lower_case,
    /// Frames whose number is not a digit, or not the one due.
    frame_number_errors,
    /// Frames received again after they had been accepted.
    duplicate_frames,
    /// Bytes outside frames that mean nothing there.
    noise_bytes,
    /// Characters inside a text that the standard forbids.
    forbidden_bytes,
    /// Parity, framing and overrun errors reported by the port.
    line_errors,
    /// Frames cut by silence.
    character_timeouts,
    /// Sessions ended by silence.
    session_timeouts,
    /// Verdicts that did not come in time to answer.
    verdict_timeouts,
    /// Verdicts that came after the sender had moved on, or for no known message.
    late_verdicts,
    /// Frames that end with CR only.
    trailer_without_lf,
    /// Frames that end with LF only.
    trailer_without_cr,
    /// Frames that end with CR CR LF or more.
    trailer_extra_cr,
    /// Frames that end with the checksum.
    trailer_missing,
    /// Frames whose line ends were put back to CR.
    line_ends_repaired,
    /// Messages kept although they have no terminator record.
    missing_terminator,
    /// Partial messages dropped.
    incomplete_dropped,
    /// Frames with more than 240 characters of text.
    long_frames,
    /// Frames with more than 64 000 characters of text.
    oversized_frames,
    /// Frames refused because the message became larger than the bound.
    too_long_refused,
    /// First frames refused because they do not begin with a header record.
    headless_refused,
    /// Enquiries inside a session.
    repeated_enquiries,
    /// Sessions that we asked for.
    enquiries_sent,
    /// Frames sent for the first time.
    frames_sent,
    /// Frames sent again.
    frames_resent,
    /// NAK received for a frame.
    naks_received,
    /// "Busy" received for an enquiry.
    busy_received,
    /// Replies that are no reply character.
    garbled_replies,
    /// Replies that came before the frame can have been out: they belong to an earlier one and are ignored.
    early_replies,
    /// Replies that did not come.
    reply_timeouts,
    /// Enquiries that met an enquiry.
    contentions,
    /// Requests of the receiver to interrupt.
    interrupts_received,
    /// Requests of ours to interrupt.
    interrupts_sent,
    /// Attempts to send that failed.
    attempts_failed,
    /// Messages sent and accepted.
    messages_sent,
    /// Messages given back unsent.
    messages_aborted,
    /// Blocks that came without the enquiry that opens a session.
    enquiry_missing,
    /// Blocks that began inside another one, whose end is lost.
    blocks_restarted,
    /// Blocks refused because they look like the rest of a message that was broken off.
    rests_refused,
    /// Messages kept although they do not begin with a header record.
    headless_kept,
    /// Messages offered to the journal again, because nobody would send them again.
    offered_again,
    /// Messages lost, in whole or in part, that nobody would send again and that no longer fit into memory.
    unkept_lost,
    /// HL7 blocks without their VT.
    blocks_without_start,
    /// HL7 blocks without their CR.
    blocks_without_cr,
    /// HL7 blocks with an extra CR before their FS.
    blocks_extra_cr,
    /// HL7 blocks with count and checksum on a link without them.
    hybrid_blocks,
    /// HL7 messages whose segments end with LF.
    segment_ends_lf,
    /// Blocks that hold no message of the link's language.
    blocks_unreadable,
    /// Messages that came again within a short time, and were not kept again.
    duplicate_messages,
    /// Answers to messages of ours that had ended already.
    late_answers,
    /// Answers that name no message of ours.
    foreign_answers,
}

#[cfg(test)]
mod tests {
    use super::LinkCounters;

    #[test]
    fn counters_travel_as_json_and_tolerate_missing_ones() {
        let counters = LinkCounters {
            checksum_errors: 3,
            ..LinkCounters::default()
        };
        let json = serde_json::to_string(&counters).unwrap();
        assert_eq!(
            serde_json::from_str::<LinkCounters>(&json).unwrap(),
            counters
        );
        assert_eq!(
            serde_json::from_str::<LinkCounters>("{}").unwrap(),
            LinkCounters::default()
        );
        assert_eq!(counters.entries().map(|(_, n)| n).sum::<u64>(), 3);
    }
}
