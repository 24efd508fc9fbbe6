//! The laboratory on real databases: from the bytes of a capture to a signed report, and everything that must not happen.

#[path = "../store/postgres.rs"]
mod postgres;
#[path = "../store/reports.rs"]
mod reports;

mod bench;
mod correction;
mod journey;
mod lifecycle;
mod mistakes;
mod order_file;
mod patients;
mod queue;
mod repeats;
mod sharing;
mod worklist;
