//! How analyzers talk: sans-io link engines and record syntax.
//!
//! # What is absent, and stays so
//!
//! - No input, no output, no clock, no thread. An [`Engine`] is given bytes and the time, and gives back what is to be
//!   sent, kept and waited for. Whole sessions of minutes are tested in microseconds.
//! - No positive answer for a message that is not stored. The answer to the frame that completes a message exists only
//!   after [`Engine::confirm`] with [`Verdict::Stored`]; there is no other way through the code.
//! - No answer that could be taken for the answer to something else: whoever went on without waiting does not get it.
//! - No failure on bad bytes. Reading gives what can be read and lists what is odd; links count what they tolerate in
//!   [`LinkCounters`].
//! - No analyzer by name. What one of them does differently is a value in [`lis1a::Dialect`], [`block::BlockDialect`],
//!   [`listen::ListenDialect`] or [`lis2a2::ReadOptions`]; modules named after makers are named after their formats.
//! - No refusal where nobody listens. What a link without answers cannot refuse is held and offered again.
//! - No patient in a log line: [`Notice`] and `Debug` show sizes and places, never contents.
//!
//! # The smallest example
//!
//! A driver is a loop around five calls:
//!
//! ```
//! use lisiere_protocol::lis1a::{Dialect, Lis1Link};
//! use lisiere_protocol::{Engine, Output, Tick, Verdict};
//!
//! let mut analyzer = Lis1Link::new(Dialect::instrument());
//! let mut appliance = Lis1Link::new(Dialect::computer());
//! analyzer.submit(Tick(0), b"H|\\^&\rL|1|N\r".to_vec()).unwrap();
//!
//! let (mut journal, mut delivered) = (Vec::new(), false);
//! for now in (0..2_000).map(Tick) {
//!     while let Some(output) = analyzer.next() {
//!         match output {
//!             Output::Send(bytes) => appliance.receive(now, &bytes),
//!             Output::Deliver(_) => delivered = true,
//!             _ => {}
//!         }
//!     }
//!     while let Some(output) = appliance.next() {
//!         match output {
//!             Output::Send(bytes) => analyzer.receive(now, &bytes),
//!             Output::Keep { token, message } => {
//!                 journal.push(message.text);
//!                 appliance.confirm(now, token, Verdict::Stored);
//!             }
//!             _ => {}
//!         }
//!     }
//!     analyzer.elapse(now);
//!     appliance.elapse(now);
//! }
//! assert!(delivered);
//! assert_eq!(journal, [b"H|\\^&\rL|1|N\r".to_vec()]);
//! ```
//!
//! # Why a verdict may come late, and what happens then
//!
//! A sender waits 15 seconds for the answer to a frame (LIS01-A2 §6.5.2). When the journal is slower, the engine refuses
//! the frame shortly before, so that the sender repeats it; the repeated frame waits for the same verdict and is not
//! kept twice. When the sender has given up, the verdict changes nothing on the line, and new sessions are answered
//! "busy" until it has come. The sender then repeats the whole message, which the journal recognises by its text.
//!
//! # What no engine can prevent
//!
//! Answers of LIS1-A are single characters without a name, and its checksum has eight bits. Noise that forges an ACK, a
//! bit that makes an ACK of an EOT, a false EOT followed by a false ENQ, or a line that holds answers back again and
//! again for longer than the time limits can make a sender believe too much. The `pair` tests name each of these where
//! they leave it out; everything else they inject is survived. Where the standard leaves a choice, the safe one is
//! taken: after a refusal an enquiry is answered "busy", after a jump in the frame numbers only a new session is
//! accepted, and a frame with the last number but another text is no repetition.

pub mod abx;
pub mod au;
pub mod bci;
pub mod block;
pub mod counters;
pub mod engine;
#[doc(hidden)]
pub mod fuzzing;
pub mod hl7;
pub mod kx;
pub mod link;
pub mod lis1a;
pub mod lis2a2;
pub mod listen;
pub mod mllp;
pub mod monitor;
pub mod recognise;
mod retention;
mod scan;
pub mod session;
pub mod tosoh;
pub mod value;

pub use counters::LinkCounters;
pub use engine::{
    AbortReason, Admission, Completion, Delivery, Deviation, DropCause, Engine, FrameFault,
    Initiator, KeptMessage, Notice, Output, Submission, Tick, Token, Verdict,
};
pub use link::{Link, LinkKind, LinkSettings, SettingMistake, SubmitError};
