//! LIS1-A (ASTM E1381): the data link between an analyzer and us, in both roles.

pub mod checksum;
pub mod control;
pub mod frame;
