//! Links on which nothing is ever answered: print text, records without frames, and blocks whose sender does not wait.
//!
//! Such a sender repeats nothing. So nothing is refused here: what cannot be read is kept as it came, what the journal
//! refuses is held and offered again, and a message without an end is kept when the line has been silent for a while. Two
//! messages that are equal are two. A byte that the port reports as damaged is not given on as if it were good: SUB stands
//! in its place (ISO/IEC 6429, "in the place of a character found to be invalid or in error"), so that no value, code or
//! specimen number is read over it.

mod assembler;
mod link;

pub use assembler::Boundary;
pub use link::{ListenDialect, ListenLink};
