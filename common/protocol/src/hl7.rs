//! HL7 v2: what the segments of a message look like, read and written.

pub mod charset;
pub mod delimiters;
pub mod escape;
pub mod header;
pub mod observation;
pub mod path;
pub mod reader;
pub mod segment;
pub mod writer;

pub use charset::{Charset, CharsetSource, Text};
pub use delimiters::{Declaration, Delimiters};
pub use header::Header;
pub use observation::{Coded, Observation, Value};
pub use path::{Path, Place, Presence};
pub use reader::{Document, Message, read};
pub use segment::{Component, Field, Repeat, Segment, Subcomponent};
pub use writer::{FieldDraft, SegmentDraft, write};
