//! The engines and codecs from outside: every row of the state tables, every deviation, and the properties.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::format_collect,
    clippy::verbose_bit_mask,
    reason = "test data is small and written to be read"
)]

mod captures;
mod contention;
mod deframing;
mod deviations;
mod hearing;
mod pair;
mod receiving;
mod records;
mod sending;
mod smoke;
mod support;
mod vendor;
mod verdicts;
