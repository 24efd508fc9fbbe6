//! The bench's only look at a clock.

use std::time::{Duration, Instant};

/// Measures what `work` takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}
