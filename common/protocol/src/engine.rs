//! The contract between a link engine and whoever drives it: bytes, time and verdicts in; outputs and a deadline out.

use core::fmt;
use core::time::Duration;

use crate::counters::LinkCounters;

/// Milliseconds since the driver of the engine started: time is an input, so no engine reads a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tick(pub u64);

impl Tick {
    /// The moment `span` later; stops at the end of time instead of wrapping.
    pub fn after(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
        )
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Names one message between [`Output::Keep`] and [`Engine::confirm`]. Never used twice by one engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// What became of a message that the engine asked to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The message is durable, or an identical one already was. Only now may the analyzer hear "yes".
    Stored,
    /// The message is durable, and whoever keeps it has answered it: this text goes out in place of the link's own
    /// positive answer. Links whose answers carry no text take it as [`Verdict::Stored`].
    Answered {
        /// The text between the marks of the link.
        reply: Vec<u8>,
    },
    /// The message could not be made durable; the analyzer hears "no" and keeps its results.
    Refused {
        /// Why, for the log; it never holds patient data.
        reason: String,
    },
}

/// Whether the journal can take another message at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Admission {
    /// Sessions are accepted.
    #[default]
    Open,
    /// Sessions are answered "busy" until further notice (disk full, shutting down).
    Busy,
}

/// A link protocol without its transport.
///
/// The driver calls `receive` with whatever the port gave, `elapse` when `deadline` has come, and `confirm` for every
/// [`Output::Keep`]; after each call it drains `next` until `None`. Every `Keep` must get exactly one verdict, even a
/// late one: an engine whose message is still out answers "busy".
pub trait Engine {
    /// Takes bytes from the port. Where reads are cut does not matter.
    fn receive(&mut self, now: Tick, bytes: &[u8]);

    /// Tells that time has passed. Calling it early or often is harmless.
    fn elapse(&mut self, now: Tick);

    /// Tells what became of a message given out by [`Output::Keep`].
    fn confirm(&mut self, now: Tick, token: Token, verdict: Verdict);

    /// The next thing to do, in order; `None` when there is nothing.
    fn next(&mut self) -> Option<Output>;

    /// When `elapse` is due; `None` when only bytes or calls can change anything.
    fn deadline(&self) -> Option<Tick>;

    /// Opens or closes the door for new sessions.
    fn admit(&mut self, admission: Admission);

    /// What the link has counted since it was made.
    fn counters(&self) -> &LinkCounters;
}

/// One thing the driver has to do for the engine.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// Write these bytes to the port.
    Send(Vec<u8>),
    /// Make this message durable, then call [`Engine::confirm`]. The analyzer's answer waits for it.
    Keep {
        /// Names the message in the verdict.
        token: Token,
        /// What is to be kept.
        message: KeptMessage,
    },
    /// A message given to the engine for sending has ended, one way or the other.
    Deliver(Delivery),
    /// Something worth a log line. Carries no patient data.
    Notice(Notice),
}

/// A whole message as it came over the line.
///
/// A repeated message is recognised by its `text`: frame numbers, trailers and therefore `bytes` may differ in a repeat.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptMessage {
    /// The accepted frames exactly as received, from STX to trailer, without line noise between them.
    pub bytes: Vec<u8>,
    /// The records, put together again from the frames.
    pub text: Vec<u8>,
    /// How the end of the message was known.
    pub completion: Completion,
    /// When the session began that brought the message.
    pub session_start: Tick,
    /// When the last byte of the message came.
    pub received: Tick,
    /// How many frames it took.
    pub frames: u32,
}

/// How the end of a message was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Completion {
    /// It ended with its terminator record.
    Terminated,
    /// It has no terminator; the profile allows the end of the frame or of the session to stand for it.
    NoTerminator,
}

/// Names a message given to a link for sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Submission(pub u64);

/// How the sending of a message ended.
#[derive(Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The other side has taken responsibility for the message.
    Sent {
        /// Which message.
        submission: Submission,
    },
    /// All attempts failed. The text comes back so that the caller can decide.
    Aborted {
        /// Which message.
        submission: Submission,
        /// What ended the last attempt.
        reason: AbortReason,
        /// The message text as it was submitted.
        text: Vec<u8>,
    },
}

/// What ended an attempt to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AbortReason {
    /// Nobody answered the enquiry.
    #[error(
        "the other side does not answer the enquiry: check the cable and that it is switched on"
    )]
    NoAnswer,
    /// The enquiry was answered "busy" too often.
    #[error("the other side stays busy")]
    Busy,
    /// The line was contended too often.
    #[error("the line is contended: check that only one side is set up as the instrument")]
    Contention,
    /// One frame was refused as often as the standard allows.
    #[error("one frame was refused too often: check the line and the checksum setting")]
    Refused,
    /// A frame was not answered in time.
    #[error("a frame was not answered in time")]
    NoReply,
    /// The receiver asked for the line and the profile honours that.
    #[error("the receiver asked for the line")]
    Interrupted,
    /// The other side took the message and rejects its content: sending it again would change nothing.
    #[error("the other side rejects the content of the message")]
    Rejected,
}

/// Who opened a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Initiator {
    /// The other side.
    Peer,
    /// This side.
    Us,
}

/// Something worth a log line. `Display` gives it in words; nothing in it can identify a patient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// A session began.
    #[error("session opened by {}", match .0 { Initiator::Peer => "the analyzer", Initiator::Us => "this side" })]
    SessionOpened(Initiator),
    /// A session ended in good order.
    #[error("session closed")]
    SessionClosed,
    /// The sender ended a session that brought messages, in a way that shows that it heard our ACK for the last of
    /// them: it has no reason to repeat any message given out so far. So it is on a link that answers nothing.
    #[error("the analyzer has heard that its messages are stored")]
    AnswersHeard,
    /// A frame was refused.
    #[error("frame refused: {0}")]
    FrameRefused(FrameFault),
    /// A damaged block was kept as it came, on a link that cannot ask for it again.
    #[error("damaged block kept as it came, because this link cannot ask for it again: {0}")]
    KeptDamaged(FrameFault),
    /// What had been received of a message was dropped; the sender has it still and will repeat it.
    #[error("{bytes} bytes of an incomplete message dropped: {cause}")]
    MessageDropped {
        /// Why.
        cause: DropCause,
        /// How much text was dropped.
        bytes: usize,
    },
    /// The journal refused a message.
    #[error("message refused by the journal: {reason}")]
    MessageRefused {
        /// The journal's word.
        reason: String,
    },
    /// The journal took longer than the analyzer may be kept waiting.
    #[error("the journal is too slow: the analyzer is asked to repeat the frame")]
    VerdictLate,
    /// A message came again, with every byte the same, and got its answer again without being kept twice.
    #[error("the analyzer sent a message again that is stored already")]
    MessageRepeated,
    /// An HL7 answer came for a message that is not under way.
    #[error("answer ignored: {}", if *.late { "its message has ended already" } else { "it names no message of ours" })]
    AnswerIgnored {
        /// Whether the message was one of ours.
        late: bool,
    },
    /// A block of HL7 has no header. It is kept, and cannot be answered.
    #[error("{bytes} bytes without a message header: kept, but not answered")]
    Unreadable {
        /// Its size.
        bytes: usize,
    },
    /// An enquiry was answered "busy".
    #[error("analyzer answered busy")]
    AnsweredBusy,
    /// A deviation from the standard was tolerated, told once a session; the counters have the rest.
    #[error("tolerated: {0}")]
    Tolerated(Deviation),
    /// An attempt to send failed and will be repeated.
    #[error("sending failed and will be repeated: {0}")]
    AttemptFailed(AbortReason),
}

/// What is wrong with a refused frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FrameFault {
    /// The checksum does not match.
    #[error("checksum is {found:02X}, computed {computed:02X}")]
    Checksum {
        /// Computed over the bytes received.
        computed: u8,
        /// As sent.
        found: u8,
    },
    /// There is no checksum, and the profile requires one.
    #[error("no checksum, but the profile requires one")]
    ChecksumMissing,
    /// Neither CR nor LF follows the checksum, and the profile requires them.
    #[error("no CR LF after the checksum, but the profile requires it")]
    TrailerMissing,
    /// The frame number is not a digit from 0 to 7.
    #[error("frame number {0:#04x} is not a digit from 0 to 7")]
    Number(u8),
    /// The frame number is neither the next one nor a repetition.
    #[error("frame number {found}, expected {expected}")]
    Sequence {
        /// The number that was due.
        expected: u8,
        /// The number that came.
        found: u8,
    },
    /// The line fell silent inside the frame.
    #[error("silence inside the frame")]
    Silence,
    /// The port reported a parity, framing or overrun error inside the frame.
    #[error("the port reported a line error: check baud rate and parity")]
    Line,
    /// The frame, or the message with it, is larger than the bound.
    #[error(
        "larger than the limit of {limit} bytes for a message: raise the limit in the driver profile"
    )]
    TooLong {
        /// The bound.
        limit: usize,
    },
    /// The first frame of a message does not begin with a header record.
    #[error("the first frame of the message has no header record")]
    NoHeader,
    /// The check of a maker's own block does not match.
    #[error("check is {found:02X}, computed {computed:02X}")]
    BlockChecksum {
        /// Computed over the bytes received.
        computed: u16,
        /// As sent.
        found: u16,
    },
    /// The count of a hybrid HL7 block does not match.
    #[error("count is {found}, counted {counted}")]
    Length {
        /// Counted over the bytes received.
        counted: u32,
        /// As sent.
        found: u32,
    },
    /// The block is none of the link's language.
    #[error("the block has not the shape it must have: check which link the profile names")]
    Shape,
    /// A message of several blocks was broken off, and this block is not its first one.
    #[error(
        "this looks like the rest of a message that was broken off: it has to be sent from its first block"
    )]
    Rest,
}

/// Why a partial message was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DropCause {
    /// The sender ended the session.
    #[error("the session ended before the message did")]
    SessionEnded,
    /// The sender began again.
    #[error("the sender started again")]
    Restarted,
    /// The sender fell silent.
    #[error("the sender fell silent")]
    Silence,
    /// The link has no way to refuse, and no more can be held in memory.
    #[error(
        "this link cannot refuse, and no more fits into memory: send it again from the analyzer"
    )]
    Unkept,
}

/// A departure from the standard that the dialect lets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Deviation {
    /// CR without LF at the end of a frame.
    #[error("frame ends without LF")]
    TrailerWithoutLf,
    /// LF without CR at the end of a frame.
    #[error("frame ends without CR")]
    TrailerWithoutCr,
    /// More than one CR at the end of a frame.
    #[error("frame ends with more than CR LF")]
    TrailerExtraCr,
    /// Nothing at the end of a frame.
    #[error("frame ends without CR LF")]
    TrailerMissing,
    /// The checksum matches only after line ends are put back to CR.
    #[error("line ends repaired")]
    LineEndsRepaired,
    /// No checksum was sent.
    #[error("frame without checksum")]
    ChecksumMissing,
    /// A wrong checksum was ignored because the profile says so.
    #[error("checksum not checked")]
    ChecksumIgnored,
    /// The checksum is written in lower case.
    #[error("checksum in lower case")]
    ChecksumLowerCase,
    /// The frame is longer than E1381-95 allows.
    #[error("frame longer than 240 characters")]
    LongFrame,
    /// The frame is longer than LIS01-A2 allows.
    #[error("frame longer than 64000 characters")]
    OversizedFrame,
    /// The text holds characters that the standard forbids.
    #[error("forbidden characters in the text")]
    ForbiddenBytes,
    /// The sender asked for the line again although it had it.
    #[error("enquiry inside a session")]
    RepeatedEnquiry,
    /// The message has no terminator record.
    #[error("message without terminator record")]
    MissingTerminator,
    /// A block came without the enquiry that opens a session.
    #[error("block without enquiry")]
    EnquiryMissing,
    /// Records came without the header that opens a message.
    #[error("records without header")]
    HeaderMissing,
    /// The VT of an HL7 block is missing.
    #[error("block without VT")]
    BlockWithoutStart,
    /// The CR of an HL7 block is missing.
    #[error("block without CR after FS")]
    BlockWithoutCr,
    /// An HL7 block ends with more than one CR before FS.
    #[error("block with an extra CR before FS")]
    BlockExtraCr,
    /// A block with count and checksum came on a link without them.
    #[error("hybrid block: set the link to hllp")]
    HybridBlock,
    /// Segments end with LF.
    #[error("segments end with LF")]
    SegmentEnds,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // One byte is a reply; anything longer may hold a patient and is only measured.
            Self::Send(bytes) => match bytes.as_slice() {
                [byte] => write!(f, "Send({byte:#04x})"),
                _ => write!(f, "Send({} bytes)", bytes.len()),
            },
            Self::Keep { token, message } => f
                .debug_struct("Keep")
                .field("token", token)
                .field("message", message)
                .finish(),
            Self::Deliver(delivery) => f.debug_tuple("Deliver").field(delivery).finish(),
            Self::Notice(notice) => f.debug_tuple("Notice").field(notice).finish(),
        }
    }
}

impl fmt::Debug for KeptMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptMessage")
            .field("bytes", &self.bytes.len())
            .field("text", &self.text.len())
            .field("completion", &self.completion)
            .field("session_start", &self.session_start)
            .field("received", &self.received)
            .field("frames", &self.frames)
            .finish()
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent { submission } => f
                .debug_struct("Sent")
                .field("submission", submission)
                .finish(),
            Self::Aborted {
                submission,
                reason,
                text,
            } => f
                .debug_struct("Aborted")
                .field("submission", submission)
                .field("reason", reason)
                .field("text", &text.len())
                .finish(),
        }
    }
}
