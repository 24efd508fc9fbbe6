//! Moments, and how far the clock that named them can be trusted.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Microseconds since 1970-01-01T00:00:00Z: the form in which moments are stored and sent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UtcMicros(pub i64);

impl UtcMicros {
    /// The moment as a timestamp; a value outside jiff's range (years -9999 to 9999) becomes the nearest end.
    pub fn to_timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }
}

impl From<Timestamp> for UtcMicros {
    fn from(moment: Timestamp) -> Self {
        Self(moment.as_microsecond())
    }
}

impl fmt::Display for UtcMicros {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_timestamp().fmt(formatter)
    }
}

/// How an appliance knew the time when it received a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockQuality {
    /// Nothing vouches for the clock.
    #[default]
    Unsynchronised,
    /// Carried over a restart by a battery-backed clock.
    Rtc,
    /// Kept by a time server.
    Ntp,
}
