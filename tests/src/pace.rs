//! Lets bytes through as fast as a serial line of a chosen speed would.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::clock;

/// Start, data and stop bits of one byte on a line set to 8N1.
const BITS_PER_BYTE: u64 = 10;

/// A line's speed; `None` lets everything through at once.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    baud: Option<u32>,
    free_at: Option<Instant>,
}

impl Pace {
    /// A serial line of `baud` bits per second.
    pub fn baud(baud: u32) -> Self {
        Self {
            baud: Some(baud),
            free_at: None,
        }
    }

    /// No limit.
    pub fn unlimited() -> Self {
        Self {
            baud: None,
            free_at: None,
        }
    }

    /// How many bytes the line carries in a second.
    pub fn bytes_a_second(&self) -> Option<u32> {
        self.baud.map(|baud| baud / 10)
    }

    /// How many bytes to hand over at a time, so that the other side sees a steady flow.
    pub fn chunk(&self) -> usize {
        self.baud.map_or(usize::MAX, |baud| {
            usize::try_from(baud / 1000).unwrap_or(1).max(1)
        })
    }

    /// Time that `bytes` take on the line.
    pub fn duration(&self, bytes: usize) -> Duration {
        let Some(baud) = self.baud else {
            return Duration::ZERO;
        };
        let bits = u64::try_from(bytes)
            .unwrap_or(u64::MAX)
            .saturating_mul(BITS_PER_BYTE);
        let micros = bits
            .saturating_mul(1_000_000)
            .checked_div(u64::from(baud))
            .unwrap_or(0);
        Duration::from_micros(micros)
    }

    /// Waits until a real line would have carried `bytes`.
    pub async fn carry(&mut self, bytes: usize) {
        if self.baud.is_none() {
            return;
        }
        let now = clock::instant();
        let start = self.free_at.filter(|at| *at > now).unwrap_or(now);
        let end = start + self.duration(bytes);
        self.free_at = Some(end);
        sleep_until(end).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_at_9600_baud_takes_about_a_millisecond() {
        assert_eq!(Pace::baud(9600).duration(960), Duration::from_secs(1));
        assert_eq!(Pace::unlimited().duration(960), Duration::ZERO);
    }
}
