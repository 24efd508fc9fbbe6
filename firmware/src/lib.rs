//! The box beside each analyzer: it speaks the analyzer's protocol, keeps every message on its disk, and sends it to the
//! hub until the hub says that it has it.
//!
//! Absent by construction: a positive answer to the analyzer before the message is durable (`link` only passes on the
//! journal's verdict), a message dropped before the hub confirmed it (`journal` drops confirmed ones only), and any clock
//! outside `clock`.

#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::maybe_infinite_iter,
        clippy::string_slice,
        reason = "tests work on small numbers and texts that they made themselves"
    )
)]

pub mod app;
pub mod board;
pub mod cli;
pub mod clock;
pub mod command;
pub mod control;
pub mod enrol;
pub mod events;
pub mod gate;
pub mod health;
pub mod identity;
pub mod journal;
pub mod link;
pub mod page;
pub mod panel;
pub mod person;
pub mod port;
pub mod recognise;
pub mod settings;
pub mod stop;
pub mod tap;
pub mod timekeeper;
pub mod uplink;
pub mod worklist;

#[cfg(test)]
mod testing;
