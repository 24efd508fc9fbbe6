//! One capture as it lies on the disk: a short header, then the very envelope that goes to the hub.

use lisiere_model::UtcMicros;
use thiserror::Error;

/// First byte of every record.
const FORMAT: u8 = 1;
/// Format, cost before it, moment received.
const HEADER: usize = 1 + 8 + 8;
/// A page of the store.
const PAGE: u64 = 4096;

/// A record without its envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Cost of all records ever written before this one, so that any range's cost is one subtraction.
    pub(super) before: u64,
    /// When the message was received.
    pub(super) received_at: UtcMicros,
}

/// Why bytes are not a record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// Too short to hold a header.
    #[error("a record of {0} bytes is too short")]
    Short(usize),
    /// Written by a newer program, or damaged.
    #[error("record format {0} is not known")]
    Format(u8),
}

/// How long the record of an envelope is.
pub(super) const fn length(envelope: &[u8]) -> usize {
    HEADER + envelope.len()
}

/// Writes a record in its place, which has its length: a large one is not copied on the way.
pub(super) fn fill(place: &mut [u8], header: Header, envelope: &[u8]) {
    let before = header.before.to_le_bytes();
    let received = header.received_at.0.to_le_bytes();
    let parts: [&[u8]; 4] = [&[FORMAT], &before, &received, envelope];
    let mut rest = place;
    for part in parts {
        let Some((here, after)) = rest.split_at_mut_checked(part.len()) else {
            return;
        };
        here.copy_from_slice(part);
        rest = after;
    }
}

/// Takes a record apart.
pub(super) fn split(record: &[u8]) -> Result<(Header, &[u8]), RecordError> {
    let short = || RecordError::Short(record.len());
    let (format, rest) = record.split_first().ok_or_else(short)?;
    if *format != FORMAT {
        return Err(RecordError::Format(*format));
    }
    let (before, rest) = rest.split_first_chunk::<8>().ok_or_else(short)?;
    let (received, envelope) = rest.split_first_chunk::<8>().ok_or_else(short)?;
    let header = Header {
        before: u64::from_le_bytes(*before),
        received_at: UtcMicros(i64::from_le_bytes(*received)),
    };
    Ok((header, envelope))
}

/// What an envelope of this length takes in the file: small records share pages, large ones take a power of two of them.
pub(super) fn cost(envelope: usize) -> u64 {
    let bytes = u64::try_from(envelope + HEADER + 24).unwrap_or(u64::MAX);
    if bytes <= PAGE / 2 {
        bytes + bytes / 3
    } else {
        bytes.max(PAGE).next_power_of_two()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn records_come_apart_as_they_were_joined(
            before: u64, received: i64, envelope in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let header = Header { before, received_at: UtcMicros(received) };
            let mut record = vec![0; length(&envelope)];
            fill(&mut record, header, &envelope);
            prop_assert_eq!(split(&record), Ok((header, envelope.as_slice())));
        }

        #[test]
        fn any_bytes_are_a_record_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = split(&bytes);
        }

        #[test]
        fn a_record_never_costs_less_than_its_bytes(length in 0usize..40_000_000) {
            prop_assert!(cost(length) >= length as u64);
            prop_assert!(cost(length) <= 2 * (length as u64 + 4096));
        }
    }
}
