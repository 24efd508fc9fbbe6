//! What appliance and hub say to each other: topics as a type, and versioned postcard envelopes.
//!
//! Invariants: no other room formats a topic or numbers a payload version. Every version ever shipped stays readable; its
//! bytes are kept in `golden/`. Decoding foreign bytes never panics and never allocates more than it was given.
//!
//! ```
//! use lisiere_wire::{Label, Topic, UpChannel};
//! let topic = Topic::up("site-nord".parse()?, "box-7".parse()?, UpChannel::Message);
//! assert_eq!(topic.to_string().parse::<Topic>()?, topic);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod command;
mod envelope;
mod payload;
mod topic;
mod worklist;

pub use command::{Act, Command, Outcome, Reply, Signed};
pub use envelope::{EnvelopeError, Payload, claimed_number, decode, encode};
pub use payload::{
    Absence, AbsenceReason, Capture, Confirm, JournalId, LinkStats, PortState, Presence, State,
    TraceDirection, TraceSlice,
};
pub use topic::{
    Channel, DownChannel, Label, LabelError, SharedFilter, Topic, TopicError, UpChannel, filters,
};
pub use worklist::{
    ListId, ORDER_EVENT_LINK, OrderEvent, OrderEventState, OrderEventTube, Worklist, WorklistEntry,
    WorklistHeld, WorklistKey,
};
