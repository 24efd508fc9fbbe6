//! Tools that need no running hub and no database: they read files and write files.

pub mod driver;
pub mod interpret;
pub mod report;
