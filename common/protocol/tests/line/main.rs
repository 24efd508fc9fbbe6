//! What is seen on a line from outside any engine: recorded sessions, and what recognition makes of a line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on has failed"
)]

mod recognising;
mod sessions;
mod smoke;
