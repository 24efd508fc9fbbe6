//! The hub's database: one set of queries for SQLite and PostgreSQL, and the only room where SQL is written.
//!
//! A change is made in a [`Tx`] together with its audit entry ([`audit::append`], last before the commit); a look is
//! made on a connection from [`Store::read`]. Columns are `TEXT`, `INTEGER`, `BIGINT` and `BYTEA` only, parameters are
//! `$1`, times are microseconds, identifiers and decimals are text; sums are wrapped in `CAST(… AS BIGINT)` because
//! PostgreSQL would answer with a `NUMERIC` that the driver for both databases cannot read.

pub mod absence;
pub mod account;
pub mod appliance;
pub mod audit;
pub mod capture;
pub mod clocks;
pub mod command;
mod connection;
pub mod control;
mod dialect;
mod error;
mod gaps;
pub mod incoming;
pub mod ingest;
pub mod interpretation;
pub mod invitation;
pub mod journal;
pub mod laboratory;
mod migrations;
pub mod observation;
pub mod order;
pub mod patient;
pub mod quarantine;
pub mod queue;
mod recorded;
pub mod report;
pub mod session;
pub mod work;
pub mod work_state;
pub mod worklist;

pub use connection::{Connection, Reader, Store, Tx};
pub use dialect::Dialect;
pub use error::{Error, Result};

/// Text as a column takes it: PostgreSQL refuses the character NUL, which an analyzer may well send. What was received
/// stays exact in the capture and in JSON.
pub(crate) fn columnar(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
