//! HL7 from outside: both envelopes, every way of acknowledgement, every deviation, the syntax, and the properties.

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

mod answers;
mod captures;
mod damage;
mod hybrid;
mod pair;
mod receiving;
mod sending;
mod smoke;
mod support;
mod syntax;
