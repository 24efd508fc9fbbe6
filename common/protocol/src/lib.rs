//! How analyzers talk: sans-io link engines and record syntax.

pub mod counters;
pub mod engine;
pub mod lis1a;
pub mod lis2a2;

pub use counters::LinkCounters;
pub use engine::{
    AbortReason, Admission, Completion, Delivery, Deviation, DropCause, Engine, FrameFault,
    Initiator, KeptMessage, Notice, Output, Submission, Tick, Token, Verdict,
};
