//! LIS2-A2 (ASTM E1394): what the records of a message look like, read and written.

pub mod deframe;
pub mod delimiters;
pub mod escape;
pub mod measurement;
pub mod reader;
pub mod record;
pub mod writer;

pub use deframe::{Deframed, deframe};
pub use delimiters::Delimiters;
pub use escape::EscapeStyle;
pub use measurement::Measurement;
pub use reader::{Document, Message, ReadOptions, read};
pub use record::{Component, Field, Record, Repeat};
pub use writer::{FieldDraft, RecordDraft, write};
