//! The box beside each analyzer: it speaks the analyzer's protocol, keeps every message on its disk, and sends it to the
//! hub until the hub says that it has it.
//!
//! Absent by construction: a positive answer to the analyzer before the message is durable (`link` only passes on the
//! journal's verdict), a message dropped before the hub confirmed it (`journal` drops confirmed ones only), and any clock
//! outside `clock`.

pub mod clock;
pub mod events;
pub mod journal;
pub mod settings;
