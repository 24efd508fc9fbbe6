//! The engines and codecs from outside: every row of the state tables, every deviation, and the properties.

mod captures;
mod contention;
mod deframing;
mod deviations;
mod pair;
mod receiving;
mod records;
mod sending;
mod smoke;
mod support;
mod verdicts;
