//! A point in time as a report prints it: to the second, with the offset that applied then.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Unit};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A date and time that never loses its offset from UTC: a report that says 08:10 says where the clock hung.
///
/// ```
/// use lisiere_model::report::Moment;
/// let moment: Moment = "2026-11-02T08:10:00+01:00".parse().unwrap();
/// assert_eq!(moment.to_string(), "2026-11-02T08:10:00+01:00");
/// assert!("2026-11-02T08:10:00".parse::<Moment>().is_err(), "no offset");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moment {
    timestamp: Timestamp,
    offset: Offset,
}

/// Why a text is not a moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// The text is not a date and a time.
    #[error("`{0}` is not a date and time; write 2026-11-23T14:05:00+01:00")]
    Malformed(String),
    /// The offset from UTC is missing.
    #[error("`{0}` has no offset from UTC; end it with +01:00, +02:00 or Z")]
    NoOffset(String),
}

impl Moment {
    /// The moment `timestamp` as a clock at `offset` showed it, cut to the second.
    pub fn new(timestamp: Timestamp, offset: Offset) -> Self {
        let timestamp = timestamp
            .round(
                jiff::TimestampRound::new()
                    .smallest(Unit::Second)
                    .mode(jiff::RoundMode::Floor),
            )
            .unwrap_or(timestamp);
        Self { timestamp, offset }
    }

    /// The moment that lies `micros` microseconds after 1970-01-01T00:00:00Z, as clocks of `zone` showed it.
    /// `None` outside the years that the calendar covers.
    pub fn in_zone(micros: i64, zone: &TimeZone) -> Option<Self> {
        let timestamp = Timestamp::from_microsecond(micros).ok()?;
        Some(Self::new(timestamp, zone.to_offset(timestamp)))
    }

    /// The instant, free of any clock's offset.
    pub fn timestamp(self) -> Timestamp {
        self.timestamp
    }

    /// The offset from UTC that applied.
    pub fn offset(self) -> Offset {
        self.offset
    }

    /// Date and time as the clock on the wall showed them.
    pub fn civil(self) -> DateTime {
        self.offset.to_datetime(self.timestamp)
    }

    /// The date that the wall's calendar showed.
    pub fn date(self) -> Date {
        self.civil().date()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil();
        let seconds = self.offset.seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.unsigned_abs() / 60;
        write!(
            f,
            "{}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
            civil.date(),
            civil.hour(),
            civil.minute(),
            civil.second(),
            minutes / 60,
            minutes % 60
        )
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let malformed = || MomentError::Malformed(text.to_owned());
        let pieces = Pieces::parse(text).map_err(|_| malformed())?;
        let time = pieces.time().ok_or_else(malformed)?;
        let offset = pieces
            .to_numeric_offset()
            .ok_or_else(|| MomentError::NoOffset(text.to_owned()))?;
        let timestamp = offset
            .to_timestamp(pieces.date().to_datetime(time))
            .map_err(|_| malformed())?;
        Ok(Self::new(timestamp, offset))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offset_is_kept() {
        for text in [
            "2026-03-29T01:59:59+01:00",
            "2026-10-25T02:30:00+02:00",
            "2026-01-01T00:00:00-03:30",
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        }
        let zulu: Moment = "2026-11-23T05:00:00.987Z".parse().unwrap();
        assert_eq!(zulu.to_string(), "2026-11-23T05:00:00+00:00");
    }

    #[test]
    fn the_doubled_hour_of_october_stays_two_hours() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let first: Moment = "2026-10-25T02:30:00+02:00".parse().unwrap();
        let micros = first.timestamp().as_microsecond();
        assert_eq!(Moment::in_zone(micros, &zone).unwrap(), first);
        let second = Moment::in_zone(micros + 3_600_000_000, &zone).unwrap();
        assert_eq!(second.to_string(), "2026-10-25T02:30:00+01:00");
        assert!(first < second);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(matches!(
            "hier".parse::<Moment>(),
            Err(MomentError::Malformed(_))
        ));
        assert!(matches!(
            "2026-11-23".parse::<Moment>(),
            Err(MomentError::Malformed(_))
        ));
        assert!(matches!(
            "2026-11-23T10:00".parse::<Moment>(),
            Err(MomentError::NoOffset(_))
        ));
    }
}
