//! How numbers, units, moments and people are shown, so that they cannot be misread.
//!
//! On every page and in both languages a decimal is written with a comma and a date day first: the laboratory is French,
//! and a number must not change its look when a colleague changes the language.

mod moment;
mod number;
mod range;
mod spark;

pub(in crate::web) use moment::{
    age, birth_date, clock_time, date, date_time, offset, time_or_date, waited,
};
pub(in crate::web) use number::{Shown, decimal};
pub(in crate::web) use range::{bar, interval};
pub(in crate::web) use spark::{Point, spark};
