//! Documents of other producers, and hostile ones, read: what is kept, what is shown, what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "reading/facts.rs"]
mod facts;
#[path = "reading/hostile.rs"]
mod hostile;
#[path = "reading/official.rs"]
mod official;
#[path = "reading/own.rs"]
mod own;
#[path = "gate/shared.rs"]
#[allow(dead_code, reason = "each test needs a part of it")]
mod shared;
