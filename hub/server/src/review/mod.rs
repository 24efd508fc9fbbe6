//! Review of observations by named people: who acts, what follows from what, and the acts themselves.

pub mod act;
pub mod actor;
pub mod biological;
pub mod state;
pub mod technical;

pub use act::Shown;
pub use actor::{Actor, Person, Role};
pub use state::{Act, State};
