//! Lets a few things a period through and counts the others, so that what flaps for a night does not flood the log.

use lisiere_protocol::Tick;
use std::time::Duration;

/// A gate for one kind of log line.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    limit: u32,
    period: Duration,
    began: Tick,
    passed: u32,
    untold: u64,
}

impl Gate {
    /// At most so many a period.
    pub const fn new(limit: u32, period: Duration) -> Self {
        Self {
            limit,
            period,
            began: Tick(0),
            passed: 0,
            untold: 0,
        }
    }

    /// How many were held back before this one; `None` to hold this one back too.
    pub fn pass(&mut self, now: Tick) -> Option<u64> {
        if now.since(self.began) >= self.period {
            self.began = now;
            self.passed = 0;
        }
        if self.passed >= self.limit {
            self.untold += 1;
            return None;
        }
        self.passed += 1;
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_of_flapping_is_told_in_few_lines() {
        let mut gate = Gate::new(10, Duration::from_hours(1));
        let told: Vec<_> = (0..8 * 3600)
            .filter_map(|second| gate.pass(Tick(second * 1000)))
            .collect();
        assert_eq!(told.len(), 80);
        assert_eq!(told[10], 3590);
    }
}
