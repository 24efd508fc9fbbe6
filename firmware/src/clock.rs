//! The only place that reads clocks: wall time with how far it can be trusted, and ticks that never go back.

use lisiere_model::{ClockQuality, UtcMicros};
use lisiere_protocol::Tick;
use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::Instant,
};

/// Written by systemd-timesyncd once a time server has been heard since start.
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";
/// `1` when the kernel took its time from a battery-backed clock at start.
const FROM_RTC: &str = "/sys/class/rtc/rtc0/hctosys";

/// Both clocks of this process.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    known: &'static Known,
}

/// What is learned of the wall clock while the process runs.
#[derive(Debug, Default)]
struct Known {
    /// A time keeper vouches for it.
    vouched: AtomicBool,
    /// What tests set the wall clock off by, microseconds.
    shift: AtomicI64,
}

/// A moment by the wall clock, with what vouches for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallTime {
    /// The moment.
    pub at: UtcMicros,
    /// How the appliance knew it.
    pub quality: ClockQuality,
}

impl Clock {
    /// Starts counting ticks.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            // One for the life of the process, so that a clock can be handed about by value.
            known: Box::leak(Box::default()),
        }
    }

    /// A time keeper vouches for the wall clock, or does so no longer.
    pub fn vouch(&self, synchronised: bool) {
        self.known.vouched.store(synchronised, Ordering::Relaxed);
    }

    /// Sets the wall clock forward or back, as a time server does when it is first heard.
    #[cfg(test)]
    pub(crate) fn set_by(&self, micros: i64) {
        self.known.shift.fetch_add(micros, Ordering::Relaxed);
    }

    /// Milliseconds since the start; never goes back.
    pub fn tick(&self) -> Tick {
        Tick(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// The wall clock, which may jump when a time server is first heard.
    pub fn now(&self) -> UtcMicros {
        let shift = self.known.shift.load(Ordering::Relaxed);
        UtcMicros(
            UtcMicros::from(jiff::Timestamp::now())
                .0
                .saturating_add(shift),
        )
    }

    /// The wall clock, with what vouches for it.
    pub fn wall(&self) -> WallTime {
        WallTime {
            at: self.now(),
            quality: if self.known.vouched.load(Ordering::Relaxed) {
                ClockQuality::Ntp
            } else {
                quality(SYNCHRONISED, FROM_RTC)
            },
        }
    }
}

fn quality(synchronised: &str, from_rtc: &str) -> ClockQuality {
    if Path::new(synchronised).exists() {
        ClockQuality::Ntp
    } else if std::fs::read_to_string(from_rtc).is_ok_and(|text| text.trim() == "1") {
        ClockQuality::Rtc
    } else {
        ClockQuality::Unsynchronised
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_trusted_by_what_vouches_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (synchronised, rtc) = (
            folder.path().join("synchronized"),
            folder.path().join("hctosys"),
        );
        let judge = || quality(synchronised.to_str().unwrap(), rtc.to_str().unwrap());
        assert_eq!(judge(), ClockQuality::Unsynchronised);
        std::fs::write(&rtc, "1\n").unwrap();
        assert_eq!(judge(), ClockQuality::Rtc);
        std::fs::write(&synchronised, "").unwrap();
        assert_eq!(judge(), ClockQuality::Ntp);
    }
}
