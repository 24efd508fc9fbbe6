//! Room `laboratory`.

pub mod worker;
