//! The pages as people use them: signing in, registering, reviewing, signing, reading; and everything that must be refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    missing_docs,
    reason = "a test says what it expects"
)]

#[path = "../store/postgres.rs"]
mod postgres;

mod doors;
mod fleet;
mod gallery;
mod gate;
mod incoming;
mod journey;
mod letterhead;
mod people;
mod rig;
mod writing;
