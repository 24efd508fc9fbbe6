//! Blocks between STX and ETX, as makers had them before or beside LIS1-A: what their links have in common.
//!
//! A block is answered with one character, like a frame of LIS1-A, but it has no number. Two things follow. A block that
//! equals the last one accepted is a repetition: its sender has not heard the answer. And when a message of several
//! blocks was broken off, nothing tells the rest of it from the start of another one, so only its first block or a new
//! enquiry is accepted after it.
//!
//! What one maker does differently is a value in [`BlockDialect`]: [`crate::bci`], [`crate::au`], [`crate::kx`],
//! [`crate::abx`] and [`crate::tosoh`] each give theirs. Analyzers that wait for no answer are heard by
//! [`crate::listen`], which uses the same decoder.

pub(crate) mod decoder;
mod dialect;
pub mod format;
mod link;
mod receiver;
mod sender;
mod session;
mod settings;
mod verdict;

pub use dialect::{BlockDialect, Ending, Opener};
pub use format::{Check, FoundBlock, find_blocks};
pub use link::BlockLink;
