//! The envelope: one byte for the payload's kind and version, then postcard.
//!
//! The high four bits tell the kind, the low four the version, so that bytes that stray to another topic are refused by
//! name instead of being read as something else.

use crate::{
    Absence, Capture, Command, Confirm, Reply, Signed, State, TraceSlice, Worklist, WorklistHeld,
    payload::TraceSlice1, worklist::Worklist1,
};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

/// Why bytes are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// Nothing at all.
    #[error("the payload is empty")]
    Empty,
    /// Another kind of payload than this topic carries.
    #[error("the payload is of kind {found}, this topic carries kind {expected}")]
    Kind {
        /// The kind found.
        found: u8,
        /// The kind this topic carries.
        expected: u8,
    },
    /// Written by a newer program.
    #[error(
        "the payload has version {0}, which this program does not know: update this side first"
    )]
    Version(u8),
    /// Damaged or made by a stranger.
    #[error("the payload of {0} bytes cannot be read: {1}")]
    Damaged(usize, String),
}

mod sealed {
    pub trait Sealed {}
}

/// What may travel in an envelope.
pub trait Payload: Serialize + DeserializeOwned + sealed::Sealed {
    /// High four bits of the first byte.
    const KIND: u8;
    /// Low four bits of the first byte: the version this program writes.
    const VERSION: u8;

    /// Reads the body of an older version, with the bytes that are left; `None` for a version that never was.
    #[doc(hidden)]
    fn older(_version: u8, _body: &[u8]) -> Option<Result<(Self, &[u8]), postcard::Error>> {
        None
    }
}

macro_rules! payloads {
    ($($name:ident = $kind:literal version $version:literal $(, $old:literal as $Old:ty)*;)+) => {$(
        impl sealed::Sealed for $name {}
        impl Payload for $name {
            const KIND: u8 = $kind;
            const VERSION: u8 = $version;
            $(fn older(version: u8, body: &[u8]) -> Option<Result<(Self, &[u8]), postcard::Error>> {
                (version == $old).then(|| {
                    let (old, rest) = postcard::take_from_bytes::<$Old>(body)?;
                    Ok((old.into(), rest))
                })
            })*
        }
    )+};
}

payloads! {
    Capture = 1 version 1;
    Confirm = 2 version 1;
    State = 3 version 1;
    TraceSlice = 4 version 2, 1 as TraceSlice1;
    Worklist = 5 version 2, 1 as Worklist1;
    Absence = 6 version 1;
    Signed = 7 version 1;
    Command = 8 version 1;
    Reply = 9 version 1;
    WorklistHeld = 10 version 1;
}

/// Writes a payload in its newest version.
pub fn encode<P: Payload>(payload: &P) -> Result<Vec<u8>, EnvelopeError> {
    let start = vec![P::KIND << 4 | P::VERSION];
    postcard::to_extend(payload, start)
        .map_err(|error| EnvelopeError::Damaged(0, error.to_string()))
}

/// Reads a payload of any version this program knows. Bytes after the payload are an error: they would mean that the two
/// sides disagree about its shape.
pub fn decode<P: Payload>(bytes: &[u8]) -> Result<P, EnvelopeError> {
    let (first, body) = bytes.split_first().ok_or(EnvelopeError::Empty)?;
    let (kind, version) = (first >> 4, first & 0x0f);
    if kind != P::KIND {
        return Err(EnvelopeError::Kind {
            found: kind,
            expected: P::KIND,
        });
    }
    let damaged = |reason: String| EnvelopeError::Damaged(bytes.len(), reason);
    let read = if version == P::VERSION {
        postcard::take_from_bytes(body)
    } else {
        P::older(version, body).ok_or(EnvelopeError::Version(version))?
    };
    let (payload, rest) = read.map_err(|error| damaged(error.to_string()))?;
    if rest.is_empty() {
        Ok(payload)
    } else {
        Err(damaged(format!("{} bytes too many", rest.len())))
    }
}

/// The journal and number a damaged capture claims, if that much of it can be read. Not to be taken on trust.
pub fn claimed_number(bytes: &[u8]) -> Option<(crate::JournalId, u64)> {
    let (first, body) = bytes.split_first()?;
    if *first != Capture::KIND << 4 | Capture::VERSION {
        return None;
    }
    postcard::take_from_bytes(body)
        .ok()
        .map(|(number, _)| number)
}
