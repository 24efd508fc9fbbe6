//! LIS1-A (ASTM E1381): the data link between an analyzer and us, in both roles.

pub mod checksum;
pub mod control;
pub(crate) mod decoder;
pub mod dialect;
pub mod frame;
pub mod link;
pub(crate) mod outbox;
mod plan;
mod receiver;
mod sender;
mod session;
mod verdict;

pub use dialect::{
    ChecksumPolicy, Dialect, Framing, HeaderPolicy, Limits, Retries, Role, TerminatorPolicy, Timers,
};
pub use link::Lis1Link;

pub use crate::link::SubmitError;
