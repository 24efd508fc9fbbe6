//! The only place of the harness that reads a clock.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Zoned, tz::TimeZone};

/// Measures how long something took.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Milliseconds since the start.
    pub fn millis(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Seconds since the start.
    pub fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Now, for lines that are paced to the microsecond.
pub fn moment() -> Instant {
    Instant::now()
}

/// Now, on the clock that the runtime's timers follow.
pub fn instant() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

/// An analyzer's clock: local time as `YYYYMMDDHHMMSS`, `back` ago (LIS2-A2 §5.6.2).
pub fn instrument_time(back: Duration) -> String {
    let back = SignedDuration::try_from(back).unwrap_or(SignedDuration::ZERO);
    let zone = TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC);
    let now = Zoned::now().with_time_zone(zone);
    let then = now.checked_sub(back).unwrap_or(now);
    then.strftime("%Y%m%d%H%M%S").to_string()
}

/// Today in Paris, as `YYYY-MM-DD`.
pub fn today() -> String {
    let zone = TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC);
    Zoned::now().with_time_zone(zone).date().to_string()
}

/// A seed for a run that was not given one.
pub fn seed() -> u64 {
    let nanos = jiff::Timestamp::now().as_nanosecond();
    u64::try_from(nanos.rem_euclid(1 << 48)).unwrap_or(1)
}
