//! What each analyzer means: a profile (TOML) per model, the reading of captures with it, and the starter catalogue.
//!
//! A profile is data: where the records of a model carry the specimen number, the code, the value, the unit, and what the
//! maker's texts mean. Reading a capture never fails and never guesses: a specimen, code, unit, value or record that no rule
//! knows is in the answer with the reason for which it waits. No input or output, no clock, no floating point value.
//!
//! ```
//! let library = lisiere_driver::Library::builtin()?;
//! let capture = b"H|\\^&|||Afinion 2 Analyzer^^AF00000001|||||||P|1|20251104081500\rP|1\r\
//!     O|1||251104007|^^^HbA1c|||||||N\rR|1|^^^HbA1c|6.4|%||||F||||20251104081400\rL|1|N\r";
//! let best = &library.recognise(capture)[0];
//! assert_eq!(best.driver, "abbott-afinion2");
//! let driver = library.get(&best.driver).ok_or("no such driver")?;
//! let reading = &driver.interpret(capture).readings[0];
//! assert_eq!(reading.loinc.as_ref().map(|code| code.as_str()), Some("4548-4"));
//! assert_eq!(reading.unit.as_ref().map(|unit| unit.as_str()), Some("%"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod catalogue;
mod data;
mod driver;
mod interpret;
mod language;
mod library;
pub mod line;
mod mistake_words;
pub mod profile;
pub mod query;
mod reading;
mod recognise;
#[cfg(feature = "schema")]
mod schema;
mod unit;

pub use catalogue::{Catalogue, DeltaLimit, Scale, Test};
pub use data::DataError;
pub use driver::{Context, Driver};
pub use language::Language;
pub use library::{Library, check, ids, profile_of, profile_text, recognise};
pub use reading::{
    AsideRecord, ByteRange, Cause, Companion, Control, HostQuery, Interpretation, MessageFacts,
    Problem, Quarantine, Reading, ReadingTime, Severity,
};
pub use recognise::Recognition;
#[cfg(feature = "schema")]
pub use schema::schema;
pub use unit::Units;
