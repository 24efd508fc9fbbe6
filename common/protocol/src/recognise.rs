//! Finds out what stands on a line: its speed and framing, its link language, and a message by which the model can be told.
//!
//! Nothing is ever transmitted, save one ACK for each confirmed enquiry: the frame that follows it is what proves the
//! speed. The sender of a frame that stays unanswered keeps its message and repeats it later (LIS01-A2 §6.5.2), so nothing
//! is lost by having been listened to.
//!
//! A [`Recogniser`] is driven like an engine: it says which setting to open and when it wants to be woken, and gets the
//! bytes, the damaged bytes and the time. What each burst of bytes says of the setting it was read at is in `score`, what a
//! byte looks like at the wrong setting in [`waveform`], what a language looks like in `dialect`.
//!
//! A port that reports parity and framing errors proves a speed by their absence. A pseudo-terminal or a network line
//! reports none: there the share of known bytes and right checksums must do, and [`Certainty`] says which of both it was.

mod dialect;
mod finding;
mod scan;
mod score;
mod setting;
pub mod waveform;

pub use dialect::{Dialect, dialects};
pub use finding::{Certainty, Finding, Tried};
pub use scan::{Action, Options, Recogniser};
pub use setting::{Framing, Parity, Setting, plan};
